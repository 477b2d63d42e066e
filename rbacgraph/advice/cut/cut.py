"""Answers ``cut``: the fewest changes after which only the kept reach a Secret."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from rbacgraph.advice.changes.access_effect import effect
from rbacgraph.advice.cut.proof import prove_cut
from rbacgraph.advice.cut.question import CutQuestion, Cutting
from rbacgraph.advice.cut.required_rights import RequiredRights, kept_tokens
from rbacgraph.advice.cut.search import ImplicitHittingSet
from rbacgraph.advice.edits.apply_edits import apply
from rbacgraph.advice.edits.described_edit import EditDescriber
from rbacgraph.advice.edits.edit_weight import EditWeights
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import AUTOMOUNT, Edit
from rbacgraph.advice.edits.losers import EditLosses, Hidden
from rbacgraph.advice.edits.required_support import direct_wants, needed_wants
from rbacgraph.advice.planning.passing_on import passing_needs
from rbacgraph.advice.planning.plan import AllowedRequests, acting_needs, joined
from rbacgraph.errors import UsageError
from rbacgraph.facts.operators.operators import Operators
from rbacgraph.facts.world import Facts
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.changes.change import Change, ObjectKey, key_of
from rbacgraph.model.changes.cut import (
    CutEdit,
    CutProof,
    CutResult,
    Forcing,
    Refused,
    Staying,
    Uncut,
)
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.inputs.audit_policy import AuditPolicy
from rbacgraph.model.inputs.required_requests import Needing, Needs
from rbacgraph.model.kubernetes.rbac import ClusterRole, Role
from rbacgraph.model.node import PRINCIPALS, SERVICE_ACCOUNT, Node, format_node, named_node
from rbacgraph.model.principal import ME, parse_principal
from rbacgraph.query.access.by_design import operators_by_design
from rbacgraph.query.access.explain_path import PathExplainer
from rbacgraph.query.access.reachers import ReachingPrincipals
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.rights.audit_policy_rules import policy_blind_spots
from rbacgraph.query.rights.logged_credentials import logged_credentials
from rbacgraph.query.rights.unlogged_rights import Unlogged
from rbacgraph.query.subject.basis import basis_of
from rbacgraph.query.subject.secrets import AskedSecret, asked_secrets
from rbacgraph.query.subject.source import find_source


def cut(
    graph: AccessGraph,
    *,
    secret: str,
    keep: Sequence[str] = (),
    needs: Needs | None = None,
    policy: AuditPolicy | None = None,
    certain: bool = False,
    system: bool = False,
    keep_operators: bool = False,
) -> CutResult:
    """Return the fewest changes after which only the kept principals reach a Secret.

    ``secret``: one Secret, as ``paths`` takes it, or one secret of a store.
    ``keep``: principals that keep access, with the known members of groups among them.
    ``policy``: the audit Policy of the log: edits mention rights whose use it leaves out.
    ``certain``: whether conditional paths may stay.
    ``system``: whether control-plane identities are cut off too.
    ``keep_operators``: whether operators that need their access by design keep it too.
    Raises UsageError, NotFoundError if the Secret or a principal is not found, or there are several
        Secrets.
    """
    asked = only_secret(graph.world, secret)
    kept = tuple(dict.fromkeys(_principal(graph, text) for text in keep))
    question = CutQuestion(asked, kept, certain=certain, system=system)
    if keep_operators:
        kept = tuple(dict.fromkeys((*kept, *reaching_operators(graph, question))))
        question = question._replace(kept=kept)
    spared = question.spared(graph)
    wants = [*direct_wants(graph.world, kept, spared)]
    needing = _needing(graph, needs) if needs else ()
    wants += needed_wants(needing, AllowedRequests(graph.world.authorizer))
    editor = Editor(graph.world, spared, kept, wants)
    tokens = kept_tokens(graph.world, kept, needs)
    found = ImplicitHittingSet(graph, question, editor, RequiredRights(editor, tokens)).cut()
    answer = _Result(graph, question, editor, found, needing=needing, keep_operators=keep_operators)
    if needs is None:
        return answer.result()
    spots = policy_blind_spots(policy) if policy else None
    hidden = Unlogged(policy, graph.world.snapshot.custom_resources) if policy else None
    return replace(
        answer.result(Hidden(hidden)) if needs.log else answer.result(),
        log=needs.log.summary(spots) if needs.log else None,
        diagnostics=(*needs.diagnostics, *(logged_credentials(policy) if policy else ())),
    )


def _needing(graph: AccessGraph, needs: Needs) -> tuple[Needing, ...]:
    """Return what must stay allowed, with the further checks of servers."""
    passing = passing_needs(graph.world.authorizer, needs.beside)
    acting = acting_needs(AllowedRequests(graph.world.authorizer), needs.needing, needs.log)
    return tuple(joined((*needs.needing, *passing, *acting)))


_FEW = 5


def only_secret(world: Facts, secret: str) -> AskedSecret:
    """Return the one Secret that a text means."""
    asked = asked_secrets(world, secret)
    if len(asked) > 1:
        few = ", ".join(format_node(one.node) for one in asked[:_FEW])
        more = ", …" if len(asked) > _FEW else ""
        raise UsageError(
            f"cut takes one Secret; {secret} matches {len(asked)}",
            advice=f"choose one: {few}{more}",
        )
    return asked[0]


def _principal(graph: AccessGraph, text: str) -> Node:
    source = find_source(graph, text)
    node = named_node(graph.nodes[source.number]) if text == ME else parse_principal(text)
    if node[0] not in PRINCIPALS:
        raise UsageError(
            f"{source.printed} is no principal that can be kept",
            advice="keep a ServiceAccount, user or group: sa:NAMESPACE/NAME, user:NAME, group:NAME",
        )
    return node


class _Result:
    def __init__(
        self,
        graph: AccessGraph,
        question: CutQuestion,
        editor: Editor,
        found: Cutting,
        *,
        needing: Sequence[Needing],
        keep_operators: bool,
    ) -> None:
        self._graph = graph
        self._question = question
        self._editor = editor
        self._found = found
        self._needing = tuple(needing)
        self._keep_operators = keep_operators
        after = found.graph.world.authorizer
        losing = EditLosses(editor, EditWeights(editor, graph.world), graph.world, after)
        self._describer = EditDescriber(editor, graph.world, losing)
        self._statements = self._describer.statements
        self._operators = OperatorRights(editor, graph.world)

    def result(self, hidden: Hidden | None = None) -> CutResult:
        """Return the answer; with a log, also what the log cannot show."""
        found, question = self._found, self._question
        asked = question.asked
        made = apply(self._editor, found.edits, self._statements.why)
        forced = [Forcing(one.path, self._texts(one.choices)) for one in found.forcing]
        edits = [edit for one in found.forcing for edit in one.choices]
        kept = tuple(map(self._staying, question.kept))
        return CutResult(
            secret=format_node(asked.node),
            inferred=asked.inferred,
            principals=found.principals[0],
            principals_conditional=found.principals[1],
            edits=tuple(sorted(map(partial(self._edit, hidden=hidden), found.edits), key=_closes)),
            changes=made.changes,
            bound=found.bound,
            proven=found.proven,
            forcing=tuple(forced),
            apart=len(set(edits)) == len(edits) and len(forced) == len(found.edits),
            uncut=tuple(self._uncut()),
            kept=kept,
            folded=tuple(self._folded()),
            effect=effect(
                self._graph,
                found.graph,
                limits=PathFilter(certain=question.certain),
                system=question.system,
            ),
            proof=self._proof(made.changes),
            notes=tuple(self._notes(kept)),
            basis=basis_of(self._graph, question.limits(self._graph)),
            certain=question.certain,
            system=question.system,
            keep_operators=self._keep_operators,
            needs=self._needing,
        )

    def _proof(self, changes: Sequence[Change]) -> CutProof:
        found = self._found
        proof = prove_cut(
            self._graph,
            found.graph,
            self._question,
            changes,
            needing=self._needing,
            uncut=found.blocked,
            reached=found.reached,
        )
        return replace(proof, fewest=found.bound if found.proven else None)

    def _texts(self, edits: frozenset[Edit]) -> tuple[Statement, ...]:
        """State edits, the chosen ones first."""
        made = frozenset(self._found.edits)
        order = sorted(edits, key=lambda edit: (edit not in made, edit))
        return tuple(map(self._statements.whole, order))

    def _edit(self, edit: Edit, hidden: Hidden | None) -> CutEdit:
        found = self._describer.describe(edit, closes=self._found.closes[edit], hidden=hidden)
        return replace(found, operators=self._operators.touched(edit, found.loses))

    def _uncut(self) -> Iterator[Uncut]:
        for principal, blocked in sorted(self._found.blocked.items()):
            denied = (Refused(self._statements.whole(edit), why) for edit, why in blocked.denied)
            refused = tuple(denied) or tuple(self._untouched(blocked.path))
            yield Uncut(principal, blocked.path, refused)

    def _untouched(self, path: Path) -> Iterator[Refused]:
        """Yield why each object that a path needs is not edited."""
        seen: dict[tuple[str, str, str], Statement] = {}
        for evidence in (one for hop in path.hops for one in hop.evidence):
            key = evidence.kind, evidence.namespace, evidence.name
            if key in self._editor.objects and key not in seen:
                seen[key] = self._editor.refusal(key)
        for key, why in seen.items():
            if why:
                yield Refused(Say.EDIT_OF(key), why)

    def _staying(self, node: Node) -> Staying:
        graph, question = self._found.graph, self._question
        number = graph.index.get(node)
        operator = operator_of(self._graph, node) if self._keep_operators else ""
        if number is None:
            return Staying(format_node(node), None, operator)
        seeds = question.seeds(graph)
        reachers = ReachingPrincipals(
            graph, question.principals(graph), question.limits(graph), seeds
        )
        way = reachers.way_from(number)
        path = None if way is None else PathExplainer(graph).path_of(way.edges)
        return Staying(format_node(node), path, operator)

    def _folded(self) -> Iterator[str]:
        graph, question = self._found.graph, self._question
        seeds = question.seeds(graph)
        reachers = ReachingPrincipals(
            graph, question.principals(graph), question.limits(graph), seeds
        )
        names = (format_node(graph.nodes[number]) for number in reachers.folded())
        yield from (name for name in names if name not in self._found.blocked)

    def _notes(self, kept: Sequence[Staying]) -> Iterator[Statement]:
        yield from (Say.DOES_NOT_REACH_IT(one.principal) for one in kept if one.path is None)
        if any(self._found.principals):
            yield Say.STILL_KNOWS_IT()
        if not self._found.proven:
            yield Say.SEARCH_WAS_ENDED()


def _closes(edit: CutEdit) -> tuple[int, int]:
    return -edit.closes, -edit.closes_conditional


# Finds what a cut has to do with operators: whom they let keep access, what it takes from them.


def reaching_operators(graph: AccessGraph, question: CutQuestion) -> tuple[Node, ...]:
    """Return the ServiceAccounts that reach the Secret and are operators by design."""
    reached = question.reaching(graph)
    found = (number for number in operators_by_design(graph) if number in reached)
    return tuple(sorted(named_node(graph.nodes[number]) for number in found))


def operator_of(graph: AccessGraph, node: Node) -> str:
    """Return the operator that a principal is by design; ``""`` for none."""
    operators = graph.world.part(Operators)
    operator = operators.of(node) if operators.is_by_design(node) else None
    return operator.name if operator else ""


class OperatorRights:
    """Finds the operators from which an edit takes what they need by design."""

    def __init__(self, editor: Editor, world: Facts) -> None:
        self._editor = editor
        self._world = world
        self._operators = world.part(Operators)

    def touched(self, edit: Edit, losers: Collection[str]) -> tuple[str, ...]:
        """Return the names of operators, by the printed principals that lose something."""
        found = dict[str, None]()
        for node in self._world.rbac.bindings_by_subject:
            if node[0] == SERVICE_ACCOUNT and format_node(node) in losers:
                operator = self._operators.of(node)
                if operator and any(self._is_by_design(key, node) for key in self._of(edit, node)):
                    found[operator.name] = None
        return tuple(sorted(found))

    def _is_by_design(self, binding: ObjectKey, node: Node) -> bool:
        return self._operators.by_design(binding, node)

    def _of(self, edit: Edit, node: Node) -> Iterator[ObjectKey]:
        """Yield the bindings by which an edit takes something from a ServiceAccount."""
        world = self._world
        edited = self._editor.objects[edit.key]
        for place in world.rbac.bindings_by_subject[node]:
            binding = world.rbac.bindings[place][0]
            if edit.sort == AUTOMOUNT or edit.key == key_of(binding):
                yield key_of(binding)
            elif isinstance(edited, Role | ClusterRole):
                roles = world.authorizer.roles_of(binding)
                sources = (one for role in roles for one in self._editor.whole_sources(role))
                if edit.key in map(key_of, sources):
                    yield key_of(binding)
