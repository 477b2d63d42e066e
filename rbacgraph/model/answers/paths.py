"""What the questions return: plain frozen records, ready to be rendered or stored.

A node is printed as ``kind:namespace/name`` or ``kind:name``; a record holds the
printed form, so that it can be read without the graph it came from.
"""

from collections.abc import Hashable

from msgspec import Struct, field

from rbacgraph.model.condition import Condition
from rbacgraph.model.effort import path_effort
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.printable import clean

_ROLES = frozenset({"Role", "ClusterRole"})


class Hop(Struct, frozen=True):
    """One technique of a path: whoever controls ``source`` obtains ``target``.

    Parameters
    ----------
    edge:
        Id of the edge kind, e.g. ``create-pod``; ``rbacgraph explain ID`` has its page.
    source, target:
        Nodes. The target may be a collection (``secrets:shop/*``) where the technique
        yields all of its members.
    text:
        The technique in words, without its subject: ``can create pods in shop``.
    effort:
        Relative cost to an intruder; sums along a path.
    evidence:
        Why it holds: membership, binding, role and rule, or the object that says so.
    condition:
        What must also hold; empty where the hop is certain.
    others:
        Other nodes of the path whose control it needs beside that of the source.
    """

    edge: str
    source: str
    target: str
    text: str
    effort: int
    evidence: tuple[Evidence, ...]
    condition: Condition = field(default_factory=Condition)
    others: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, str, int, Condition]:
        """The technique, without whose it is and what it yields."""
        return self.edge, self.text, self.effort, self.condition

    @property
    def deed(self) -> Hashable:
        """All but what it yields."""
        return self.source, self.evidence, self.words


class Path(Struct, frozen=True):
    """A way from a principal to a target, of the lowest effort found of its sort."""

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
        """All that it says but the name of a target: of one kind, those got alike have the same."""
        last = self.hops[-1]
        through = "" if last.target == target else last.target
        return target.partition(":")[0], through, self.hops[:-1], last.deed

    @property
    def from_grant(self) -> Hashable:
        """All that it says but whom it starts at, and how that has the role of the first hop."""
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
    """Paths of one route that are not told: the last technique, and whom they start at."""

    opening: str
    certain: bool
    principals: tuple[str, ...]


class Members(Struct, frozen=True, order=True):
    """Principals that reach a target only as members of a group that is counted once.

    ``implied`` says that membership follows from what a principal is
    (``system:serviceaccounts``), rather than from a mapping the caller gave.
    """

    group: str
    service_accounts: int
    users: int
    implied: bool


class Changer(Struct, frozen=True, order=True):
    """Who may change or delete a Secret directly: shown beside the readers, never mixed."""

    principal: str
    verbs: tuple[str, ...]
    evidence: tuple[Evidence, ...]


class Reference(Struct, frozen=True, order=True):
    """An object that names a Secret without yielding it to whoever controls the object."""

    source: str
    detail: str
    file: str
    line: int


class SecretPaths(Struct, frozen=True, kw_only=True):
    """Everything about one Secret: paths to it, least effort first, and what stands beside them.

    ``inferred`` says why a Secret that the input does not hold is answered about
    (``""`` where the input holds it). ``folded`` counts control-plane identities
    whose every path uses only shipped bindings. ``truncated`` counts the paths that
    ``max_paths`` left out.
    """

    secret: str
    type: str
    inferred: str
    file: str
    line: int
    paths: tuple[Path, ...]
    members: tuple[Members, ...] = ()
    folded: tuple[str, ...] = ()
    truncated: int = 0
    changers: tuple[Changer, ...] = ()
    references: tuple[Reference, ...] = ()


NO_BINDINGS = "any RoleBindings or ClusterRoleBindings: nobody's rights can be seen"
"""What ``missing`` of a :class:`Basis` holds where no binding was read."""


class Basis(Struct, frozen=True, kw_only=True):
    """What an answer was concluded from; a "no path" is worth as much as this.

    ``edges`` are the ids considered, ``excluded`` those that the caller left out,
    ``assumptions`` and ``missing`` are sentences. Of paths only those were looked for that
    use one of ``via`` (any, where it is empty), have at most ``max_hops`` techniques and,
    where ``certain``, depend on no condition. ``notes`` doubt the question itself.
    """

    kubernetes_version: str
    edges: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    diagnostics: int = 0
    via: tuple[str, ...] = ()
    max_hops: int | None = None
    certain: bool = False
    notes: tuple[str, ...] = ()

    @property
    def unbound(self) -> bool:
        """Whether the input holds no bindings: the absence of a path then says nothing."""
        return NO_BINDINGS in self.missing

    @property
    def filtered(self) -> bool:
        """Whether the caller asked for some paths only."""
        return bool(self.via or self.excluded or self.max_hops or self.certain)


class PathsResult(Struct, frozen=True):
    """Answer of ``paths``: one entry per Secret asked about, in order of name.

    ``less_exposed`` counts the Secrets that ``max_secrets`` left out.
    """

    source: str
    secrets: tuple[SecretPaths, ...]
    basis: Basis
    less_exposed: int = 0


class Reached(Struct, frozen=True, kw_only=True):
    """One thing that a source gets: by a certain path, a conditional one, or both.

    ``conditional`` is given only where it is cheaper than the certain one or the only one.
    ``kind`` is the kind of the target node (``secret``, ``serviceaccount``, ``user``,
    ``group``, ``node`` …).
    """

    target: str
    kind: str
    inferred: bool = False
    certain: Path | None = None
    conditional: Path | None = None


class ReachResult(Struct, frozen=True):
    """Answer of ``reach``: the blast radius of one source, Secrets first, then identities."""

    source: str
    reached: tuple[Reached, ...]
    basis: Basis


class SecretExposure(Struct, frozen=True, kw_only=True):
    """One row of ``exposure``.

    ``certain`` and ``conditional`` count principals (those that have no certain path
    count as conditional); ``members`` counts those that get there only as members of a
    counted group. ``opening`` holds the ids of the last techniques, ``cheapest`` the
    edge ids of the path of the lowest effort found, which starts at ``principal``.
    ``made_by`` names what an operator makes it of, where the input does not hold it.
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


class ExposureResult(Struct, frozen=True):
    """Answer of ``exposure``: every Secret, the most exposed first.

    ``namespace`` is the one asked about (``""`` for all); where it has no Secrets,
    ``elsewhere`` holds the namespaces that have.
    """

    rows: tuple[SecretExposure, ...]
    basis: Basis
    namespace: str = ""
    elsewhere: tuple[str, ...] = ()

    def within(self, namespace: str) -> "ExposureResult":
        """Return the rows of one namespace alone."""
        prefix = f"secret:{namespace}/"
        rows = tuple(row for row in self.rows if row.secret.startswith(prefix))
        others = {row.secret.removeprefix("secret:").partition("/")[0] for row in self.rows}
        elsewhere = () if rows else tuple(sorted(others))
        return ExposureResult(rows, self.basis, namespace, elsewhere)


class EdgePage(Struct, frozen=True):
    """An edge kind's page, for ``rbacgraph explain``; ``group`` says what its group gives."""

    id: str
    summary: str
    effort: int
    certainty: str
    page: str
    group: str = ""
