"""Records of paths, reach and exposure: plain and frozen, ready to print or store.

Records hold nodes in printed form, ``kind:namespace/name`` or ``kind:name``, so that they can be
read without the graph.
"""

from collections.abc import Hashable, Sequence
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from rbacgraph.model.answers.assumption import Assumption
from rbacgraph.model.answers.coverage import TechniqueResource, UnjudgedRight
from rbacgraph.model.answers.inference import Inference
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.effort import path_effort
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.model.printable import clean

_ROLES = frozenset({"Role", "ClusterRole"})


class UsedRight(Struct, frozen=True):
    """What a technique needs of one rule, as that gives it.

    ``verbs``, ``resources``: the verbs and resources that the rule gives, of those that the
        technique needs.
    ``names``: the only names that count; any, if empty.
    ``namespace``: where the rule is bound; empty for every namespace.
    """

    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    names: tuple[str, ...] = ()
    namespace: str = ""


class Hop(Struct, frozen=True):
    """One technique of a path: control of ``source`` gives ``target``.

    ``edge``: id of the edge kind, e.g. ``create-pod``; ``rbacgraph explain ID`` has its page.
    ``source``, ``target``: Nodes. The target may be a collection (``secrets:shop/*``) where the
        technique gives all of its members.
    ``text``: the technique in words, without its subject: ``can create pods in shop``.
    ``effort``: relative cost to an attacker; efforts add up along a path.
    ``evidence``: why it holds: membership, binding, role and rule, or the object that states it.
    ``condition``: the condition; empty where the hop is certain.
    ``others``: other nodes of the path that the attacker must control too.
    ``right``: the right that the technique uses; absent where several rights or no rule make it.
    """

    edge: str
    source: str
    target: str
    text: str
    effort: int
    evidence: tuple[Evidence, ...]
    condition: Annotated[Condition, Meta(extra_json_schema={"default": ""})] = field(
        default_factory=Condition
    )
    others: tuple[str, ...] = ()
    right: UsedRight | UnsetType = UNSET

    @property
    def words(self) -> tuple[str, str, int, Condition]:
        """The technique, without its subject and its target."""
        return self.edge, self.text, self.effort, self.condition

    @property
    def deed(self) -> Hashable:
        """All of the hop but its target."""
        return self.source, self.evidence, self.words


class Path(Struct, frozen=True):
    """A path from a principal to a target, of the lowest effort found of its kind."""

    principal: str
    target: str
    hops: tuple[Hop, ...]

    @property
    def effort(self) -> int:
        """Sum of the hops' efforts."""
        return sum(hop.effort for hop in self.hops)

    @property
    def certain(self) -> bool:
        """Whether no hop depends on a condition."""
        return not any(hop.condition for hop in self.hops)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of all hops, each once, in order."""
        return tuple(dict.fromkeys(hop.condition for hop in self.hops if hop.condition))

    def way_to(self, target: str) -> Hashable:
        """Return the path without the target's name: equal for targets reached alike."""
        last = self.hops[-1]
        through = "" if last.target == target else last.target
        return target.partition(":")[0], through, self.hops[:-1], last.deed

    @property
    def from_grant(self) -> Hashable:
        """Return the path without its start and how that holds the role of the first hop."""
        first, *rest = self.hops
        roles = [(e.kind, e.namespace, e.name, e.rule) for e in first.evidence if e.kind in _ROLES]
        return self.target, first.target, tuple(roles), first.words, tuple(rest)

    @property
    def opening(self) -> str:
        """Edge id of the last technique, the one that yields the target."""
        return self.hops[-1].edge

    def __str__(self) -> str:
        lines = [f"{self.principal} → {self.target}  ({path_effort(self.effort)})"]
        for hop in self.hops:
            under = f", {hop.condition}" if hop.condition else ""
            beside = f", with {', '.join(hop.others)}," if hop.others else ""
            lines += [f"  {hop.source}{beside} {hop.text}  [{hop.edge}]{under}"]
            lines += [f"    {evidence}" for evidence in hop.evidence]
        return "\n".join(map(clean, lines))


class Counted(Struct, frozen=True):
    """Paths of one route that are only counted: the last technique, and where they start."""

    opening: str
    certain: bool
    principals: tuple[str, ...]


class Members(Struct, frozen=True, order=True):
    """Principals that reach a target only as members of a group that counts once.

    ``implied`` says that membership follows from the kind of a principal
    (``system:serviceaccounts``), not from the caller's list of members.
    """

    group: str
    service_accounts: int
    users: int
    implied: bool


class Changer(Struct, frozen=True, order=True):
    """A principal that can change or delete a Secret directly; listed apart from readers."""

    principal: str
    verbs: tuple[str, ...]
    evidence: tuple[Evidence, ...]


class Reference(Struct, frozen=True, order=True):
    """An object that names a Secret without giving it to a principal that controls the object."""

    source: str
    detail: str
    file: str
    line: int


class SecretPaths(Struct, frozen=True, kw_only=True):
    """Everything about one Secret: paths to it, least effort first, and related facts.

    ``inferred`` says why the answer holds a Secret that the input lacks (nothing where the input
    holds it). ``folded`` counts control-plane identities whose every path uses only shipped
    bindings. ``truncated`` counts the paths that ``max_paths`` left out.
    """

    secret: str
    type: str
    inferred: Inference
    file: str
    line: int
    paths: tuple[Path, ...]
    members: tuple[Members, ...] = ()
    folded: tuple[str, ...] = ()
    truncated: int = 0
    changers: tuple[Changer, ...] = ()
    references: tuple[Reference, ...] = ()


class Basis(Struct, frozen=True, kw_only=True):
    """What an answer rests on; a "no path" is worth as much as this.

    ``edges`` are the ids considered, ``excluded`` the ids that the caller left out;
    ``assumptions`` are sentences, ``missing`` is what the input lacks. The search covered only
    paths that use one of ``via`` (any, if empty) and, with ``certain``, depend on no condition;
    ``max_hops`` is always null. ``notes`` are doubts about the question itself.
    """

    kubernetes_version: str
    edges: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    missing: tuple[Condition, ...] = ()
    diagnostics: int = 0
    via: tuple[str, ...] = ()
    max_hops: int | None = None
    certain: bool = False
    notes: tuple[str, ...] = ()

    @property
    def unbound(self) -> bool:
        """Whether the input holds no bindings: then the absence of a path means nothing."""
        return If.BINDINGS_ARE_READ() in self.missing

    @property
    def filtered(self) -> bool:
        """Whether the caller asked for only some of the paths."""
        return bool(self.via or self.excluded or self.certain)


class PathsResult(Struct, frozen=True):
    """Answer of ``paths``: one entry per Secret asked about, ordered by name.

    Entries with many paths are found each time that they are asked for, and not held.
    ``less_exposed`` counts the Secrets that ``max_secrets`` left out. Where the source has no path
    to some Secret, ``unjudged`` are the write rights that it holds, or gets, and that no technique
    judges; where nobody reaches some Secret, ``unjudged_holders`` counts the principals that hold
    such rights.
    """

    source: str
    secrets: Sequence[SecretPaths]
    basis: Basis
    less_exposed: int = 0
    unjudged: tuple[UnjudgedRight, ...] = ()
    unjudged_holders: int = 0


class Reached(Struct, frozen=True, kw_only=True):
    """One target that a source gets: by a certain path, a conditional one, or both.

    ``conditional`` is set only where it is cheaper than the certain path or the only one.
    ``kind`` is the kind of the target node (``secret``, ``serviceaccount``, ``user``,
    ``group``, ``node`` …). ``value`` is what a Secret, or something outside the cluster, is worth,
    and that of an identity that is cluster-admin by its bindings; None where nothing shows it.
    """

    target: str
    kind: str
    inferred: bool = False
    certain: Path | None = None
    conditional: Path | None = None
    value: ValueLevel | None = None


class Admin(Struct, frozen=True, kw_only=True):
    """The way by which one principal gets full control of the cluster.

    ``principal``: the user, group or ServiceAccount, printed as a node.
    ``path``: the techniques, up to the whole cluster or to an identity or role that has every
        right; None if the principal's own bindings give it every right.
    ``rights``: the binding and the rule by which the end of the path, or the principal itself, has
        every right on every resource; ``()`` if the path ends at the whole cluster.
    ``condition``: which versions of objects give these rights, where the input holds several.
    ``operator``: the operator that needs this by design; ``""`` for none.
    """

    principal: str
    path: Path | None
    rights: tuple[Evidence, ...]
    condition: Condition
    operator: str = ""

    @property
    def certain(self) -> bool:
        """Whether the way depends on no condition."""
        return not self.condition and (self.path is None or self.path.certain)

    @property
    def effort(self) -> int:
        """The effort of the path; 0 for own rights."""
        return self.path.effort if self.path else 0

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of the whole way, each once, in order."""
        of_path = self.path.conditions if self.path else ()
        return tuple(dict.fromkeys((*of_path, *([self.condition] if self.condition else ()))))


class ReachResult(Struct, frozen=True):
    """Answer of ``reach``: the blast radius of one source, Secrets first, then identities.

    ``admin`` is the way by which the source gets full control of the cluster, a certain one if
    there is one; None if it does not get it. Where it gets no Secret, ``unjudged`` are the write
    rights that it holds, or gets, and that no technique judges.
    """

    source: str
    reached: tuple[Reached, ...]
    basis: Basis
    admin: Admin | None = None
    unjudged: tuple[UnjudgedRight, ...] = ()


class SecretExposure(Struct, frozen=True, kw_only=True):
    """One row of ``exposure``.

    ``certain`` and ``conditional`` count principals (those without a certain path count as
    conditional); ``members`` counts principals that reach it only as members of a counted group:
    one with a certain path; ``members_conditional`` counts those of other groups. ``opening``
    holds the ids of the last techniques, ``cheapest`` the edge ids of the path of the lowest effort
    found, which starts at ``principal``. ``made_by`` names the object from which an operator makes
    the Secret, where the input lacks the Secret.

    ``readers``, ``operators`` and ``admins`` are the ``certain`` ones: operators have each power by
    design, admins are all others who get full control of the cluster, readers are the rest;
    ``…_conditional`` are the ``conditional`` ones. ``value`` is the level of what the Secret is
    worth, ``entry`` that of the easiest start of a reader, and ``severity`` follows from both;
    the latter two are ``""`` without a reader. ``reader`` has the path of the lowest effort among
    readers, by ``reader_techniques`` at ``reader_effort``.
    """

    secret: str
    type: str
    inferred: bool
    certain: int
    conditional: int
    members: int
    opening: tuple[str, ...]
    principal: str
    cheapest: tuple[str, ...]
    effort: int
    made_by: str = ""
    readers: int = 0
    operators: int = 0
    admins: int = 0
    readers_conditional: int = 0
    operators_conditional: int = 0
    admins_conditional: int = 0
    value: str = ""
    entry: str = ""
    severity: str = ""
    reader: str = ""
    reader_techniques: tuple[str, ...] = ()
    reader_effort: int = 0
    members_conditional: int = 0


class ExposureResult(Struct, frozen=True):
    """Answer of ``exposure``: every Secret, the most exposed first.

    ``namespace`` is the one asked about (``""`` for all); if it has no Secrets, ``elsewhere``
    holds the namespaces that have.
    """

    rows: tuple[SecretExposure, ...]
    basis: Basis
    namespace: str = ""
    elsewhere: tuple[str, ...] = ()

    def within(self, namespace: str) -> "ExposureResult":
        """Return the rows of one namespace only."""
        prefix = f"secret:{namespace}/"
        rows = tuple(row for row in self.rows if row.secret.startswith(prefix))
        others = {row.secret.removeprefix("secret:").partition("/")[0] for row in self.rows}
        elsewhere = () if rows else tuple(sorted(others))
        return ExposureResult(rows, self.basis, namespace, elsewhere)


class EdgePage(Struct, frozen=True):
    """The page of an edge kind, for ``rbacgraph explain``; ``group`` describes its group.

    ``resources`` are what it reads in the table of custom resources, if it was asked for.
    """

    id: str
    summary: str
    effort: int
    certainty: str
    page: str
    group: str = ""
    resources: tuple[TechniqueResource, ...] | UnsetType = UNSET
