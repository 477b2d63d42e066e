"""Proves a cut: only kept principals reach the Secret, and what must stay allowed is."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from pyroaring import BitMap

from rbacgraph.advice.changes.nobody_gains import no_type_is_named_first, nobody_gains
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.cut.kept_paths import efforts
from rbacgraph.advice.cut.question import CutQuestion
from rbacgraph.advice.edits.required_support import direct_wants
from rbacgraph.advice.planning.passing_on import replayed_writes
from rbacgraph.advice.planning.plan import AllowedRequests
from rbacgraph.advice.proof.suggestion_proof import concerned, enough
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.cut import CutProof
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.inputs.required_requests import Needed, Needing
from rbacgraph.model.node import format_node
from rbacgraph.techniques.structure.member_of import closure, given_groups


def prove_cut(
    before: AccessGraph,
    after: AccessGraph,
    question: CutQuestion,
    changes: Iterable[Change],
    *,
    needing: Sequence[Needing],
    uncut: Collection[str] = (),
    reached: tuple[BitMap, BitMap] | None = None,
) -> CutProof:
    """Return the proof of a cut, or raise.

    ``before``, ``after``: the graphs of the cluster before and after the changes.
    ``question``: the Secret, and the principals that keep access.
    ``needing``: what must stay allowed, if it was allowed before.
    ``reached``: who reaches it in the two graphs, if that is known.
    Raises UnprovenError if another principal reaches it, a kept principal needs more effort than
        before, a needed request is denied, a principal holds a right that it did not hold
        before, or rules name a type of which the input shows nothing.
    """
    reached_before, reached_after = reached or (
        question.reaching(before),
        question.reaching(after),
    )
    left = _others(after, question, reached_after)
    more = sorted(left - set(uncut))
    if more:
        raise UnprovenError(Say.IS_NOT_CUT_OFF(more[0]))
    efforts_after, efforts_before = efforts(after, question), efforts(before, question)
    for node in question.kept:
        pairs = zip(efforts_after[node], efforts_before[node], strict=True)
        if any(new > old for new, old in pairs):
            raise UnprovenError(Say.IS_NOT_KEPT(format_node(node)))
    own = tuple(_needed_by(before, question))
    old, new = AllowedRequests(before.world.authorizer), AllowedRequests(after.world.authorizer)
    enough(old, new, own)
    replayed, unexplained = enough(old, new, needing)
    writes, doubts = replayed_writes(old.authorizer, new.authorizer, needing)
    given = given_groups(before.world)
    nobody_gains(
        *(old.authorizer, new.authorizer),
        parts=lambda node: (node, *closure(before.world, node, given)),
    )
    no_type_is_named_first(old.authorizer, new.authorizer, needing)
    surely = question.reaching_for_certain(before)
    return CutProof(
        principals=len(_others(before, question, reached_before & surely)),
        principals_conditional=len(_others(before, question, reached_before - surely)),
        left=tuple(sorted(left)),
        requests=sum(map(len, replayed)),
        unexplained=unexplained,
        covered=len(concerned(new.authorizer, changes)),
        writes=writes,
        doubts=doubts,
    )


def _others(graph: AccessGraph, question: CutQuestion, reached: BitMap) -> set[str]:
    """Return the principals that reach the Secret by a path of their own and are not kept."""
    found = (start.principal for start in question.others(graph))
    return {format_node(graph.nodes[one]) for one in found if one in reached}


def _needed_by(graph: AccessGraph, question: CutQuestion) -> Iterator[Needing]:
    """Yield what kept principals may do with the Secret itself."""
    for want in direct_wants(graph.world, question.kept, question.spared(graph)):
        needed = Needed(request=want.request, evidence=want.why)
        yield Needing(user=want.user, groups=want.groups, needs=(needed,))
