"""What a change of a cluster opens and closes: plain frozen records."""

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Admin, Basis, Path
from rbacgraph.model.answers.risk.cause_text import NO_TEXT, CauseText
from rbacgraph.model.inputs.unread import Unread, UnreadKind

Level = Literal["none", "conditional", "certain"]
"""How a principal reaches a Secret."""

Deed = Literal["added", "removed", "changed", "unseen-before", "unseen-after"]
"""What happened to an object.

An unseen object is on one side only, and the other side could not list its kind.
"""


class Part(Struct, frozen=True, order=True):
    """One rule, subject or label, the roleRef or the aggregationRule of an object.

    ``field``: ``rules``, ``subjects``, ``metadata.labels``, ``roleRef`` or ``aggregationRule``.
    ``index``: the index of the rule, subject or label, from 0; else 0.
    ``text``: the content in words: ``get, list on secrets``, ``ServiceAccount shop/ci``.
    ``line``: the line of this part alone; 0 where that is not known.
    """

    field: str
    index: int
    text: str = ""
    line: int = 0


class Cause(Struct, frozen=True, order=True):
    """One changed object that opened or closed a path.

    ``kind``, ``namespace``, ``name``: the object; where no object changed (``Kubernetes``,
        ``Group``), a kind in words.
    ``change``: what happened to it; ``unseen-after``: only the old input shows it, but the new one
        could not list its kind.
    ``parts``: the parts of the object that the path needs; empty for the object as a whole.
    ``text``: what changed, in words, where the parts do not say it.
    ``file``, ``line``: where the object is: in the new input, or in the old one where the path is
        closed.
    ``into``: the aggregated ClusterRoles through which principals hold its rule.
    """

    kind: str
    namespace: str
    name: str
    change: Deed
    parts: tuple[Part, ...] = ()
    text: Annotated[CauseText, Meta(extra_json_schema={"default": ""})] = field(
        default_factory=lambda: NO_TEXT
    )
    file: str = ""
    line: int = 0
    into: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, int]:
        """Return the file and line to look at: the part's own line if there is only one."""
        own = self.parts[0].line if len(self.parts) == 1 else 0
        return self.file, own or self.line


class Opened(Struct, frozen=True, kw_only=True):
    """Principals that each gain, or lose, each of some Secrets by the same path.

    ``principals``, ``secrets``: printed nodes, sorted.
    ``before``, ``after``: how the principals reached the Secrets before, and how they reach them
        after.
    ``path``: the path of the first principal to the first Secret; if lost, the path before the
        change. From the first technique on it is that of every principal.
    """

    principals: tuple[str, ...]
    secrets: tuple[str, ...]
    before: Level
    after: Level
    path: Path

    @property
    def pairs(self) -> int:
        """Return how many pairs of a principal and a Secret this stands for."""
        return len(self.principals) * len(self.secrets)

    @property
    def certain(self) -> bool:
        """Whether a certain path is gained or lost, rather than one under a condition."""
        return "certain" in {self.before, self.after}


class AccessChange(Struct, frozen=True, kw_only=True):
    """Everything that the same causes opened, or everything that they closed.

    ``gained``: whether paths were opened rather than closed.
    ``causes``: the changed objects; the change needs all of them.
    ``ways``: what is gained or lost. Each pair of a principal and a Secret is in one of them only.
        Where other causes open the same pair by themselves, their change lists it too.
    ``only_secrets``: whether the only change is that the Secrets themselves appeared or
        disappeared.
    """

    gained: bool
    causes: tuple[Cause, ...]
    ways: tuple[Opened, ...]
    only_secrets: bool = False

    @property
    def principals(self) -> tuple[str, ...]:
        """Every principal that gains or loses something."""
        return tuple(sorted({p for way in self.ways for p in way.principals}))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every Secret that is gained or lost."""
        return tuple(sorted({s for way in self.ways for s in way.secrets}))

    @property
    def pairs(self) -> int:
        """How many pairs of a principal and a Secret gain, or lose, a certain path."""
        return sum(way.pairs for way in self.ways if way.certain)

    @property
    def pairs_conditional(self) -> int:
        """How many pairs gain, or lose, only a path under a condition."""
        return sum(way.pairs for way in self.ways if not way.certain)

    @property
    def unseen(self) -> bool:
        """Whether it rests on an object whose kind the other side could not list."""
        return any(cause.change.startswith("unseen") for cause in self.causes)

    @property
    def certain(self) -> bool:
        """Whether some opened, or closed, path depends on no condition."""
        return any(way.path.certain for way in self.ways)


class GainedIdentity(Struct, frozen=True, kw_only=True):
    """Principals that each gain, or lose, each of some identities and nodes.

    ``gained``: whether they gain rather than lose them.
    ``principals``, ``identities``: printed nodes, sorted; a Node stands for its kubelet too.
    ``before``, ``after``: how the principals controlled them before, and how they do after.
    ``appeared``: whether the identities are on one side only, so that old rights may lead to new
        ones.
    ``causes``: the changed objects of the principals' paths of the lowest effort; none where old
        rights lead to a new identity, and beyond the identities whose paths are searched.
    ``path``: the path of the lowest effort of all these principals to any of these identities, as
        far as they are searched; if lost, that before the change.
    """

    gained: bool
    principals: tuple[str, ...]
    identities: tuple[str, ...]
    before: Level
    after: Level
    appeared: bool = False
    causes: tuple[Cause, ...] = ()
    path: Path | None = None

    @property
    def pairs(self) -> int:
        """Return how many pairs of a principal and an identity this stands for."""
        return len(self.principals) * len(self.identities)

    @property
    def certain(self) -> bool:
        """Whether certain control is gained or lost, rather than that under a condition."""
        return "certain" in {self.before, self.after}


class AdminChange(Struct, frozen=True, kw_only=True):
    """Principals that each become effectively cluster-admin, or cease to be it.

    ``gained``: whether they become it.
    ``principals``: printed nodes, sorted.
    ``before``, ``after``: how they were it before, and how they are it after.
    ``causes``: the changed objects of the principals' ways of the lowest effort.
    ``way``: the way of the first principal; if lost, that before the change. From the first
        technique on it is that of every principal.
    """

    gained: bool
    principals: tuple[str, ...]
    before: Level
    after: Level
    causes: tuple[Cause, ...]
    way: Admin

    @property
    def unseen(self) -> bool:
        """Whether it rests on an object whose kind the other side could not list."""
        return any(cause.change.startswith("unseen") for cause in self.causes)


class ChangedObject(Struct, frozen=True, order=True):
    """A role, binding or ServiceAccount that changed, with the parts that open and close nothing.

    ``kind``, ``namespace``, ``name``: the object.
    ``change``: what happened to it.
    ``new``, ``gone``: the parts that only the new version has, and those that only the old one has,
        as far as no other change of the answer names them; none of an object that came or went as a
        whole.
    ``file``, ``line``: where the object is: in the new input, or in the old one if it went.
    """

    kind: str
    namespace: str
    name: str
    change: Deed
    new: tuple[Part, ...] = ()
    gone: tuple[Part, ...] = ()
    file: str = ""
    line: int = 0


class ComparedKind(Struct, frozen=True, order=True):
    """How many objects of a kind each side holds, without those assumed; and how many differ."""

    kind: str
    before: int
    after: int
    differing: int


class DiffResult(Struct, frozen=True, kw_only=True):
    """Answer of ``diff``: opened paths first, the most serious first.

    ``before``, ``after``: the names of the two sides.
    ``changes``: what opens and closes paths to Secrets.
    ``new_secrets``, ``gone_secrets``, ``new_principals``, ``gone_principals``: what only one side
        holds.
    ``unread``: changed files that were not read.
    ``identities``: who gains and loses which identities and nodes.
    ``without_effect``: the RBAC objects that changed without opening or closing a path to a Secret.
    ``compared``: what was compared, by kind.
    ``unread_kinds``: the kinds in changed files that are not looked into.
    ``not_manifests``: the number of changed files that hold no object.
    ``admins``: who becomes effectively cluster-admin, and who ceases to be it.
    ``basis``: what the answer rests on.
    """

    before: str
    after: str
    changes: tuple[AccessChange, ...]
    new_secrets: tuple[str, ...] = ()
    gone_secrets: tuple[str, ...] = ()
    new_principals: tuple[str, ...] = ()
    gone_principals: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    identities: tuple[GainedIdentity, ...] = ()
    without_effect: tuple[ChangedObject, ...] = ()
    compared: tuple[ComparedKind, ...] = ()
    unread_kinds: tuple[UnreadKind, ...] = ()
    not_manifests: int = 0
    admins: tuple[AdminChange, ...] = ()
    basis: Basis

    @property
    def gained(self) -> tuple[AccessChange, ...]:
        """What rights opened, without Secrets that are merely new."""
        return tuple(c for c in self.changes if c.gained and not c.only_secrets)

    @property
    def lost(self) -> tuple[AccessChange, ...]:
        """What is closed, without Secrets that are merely gone."""
        return tuple(c for c in self.changes if not c.gained and not c.only_secrets)

    def with_unread(
        self, unread: tuple[Unread, ...], kinds: tuple[UnreadKind, ...], not_manifests: int
    ) -> "DiffResult":
        """Return the same answer with the changed files that were not read or not looked into."""
        return replace(self, unread=unread, unread_kinds=kinds, not_manifests=not_manifests)


LineOf = Callable[[str, int, str, str, int], int]
"""Finds the line of a part from its object's file and line, its name, a field and an index."""


def located(result: DiffResult, opened: LineOf, closed: LineOf) -> DiffResult:
    """Return the result with the own lines of rules and subjects in its causes.

    ``opened``, ``closed``: find lines in the new input, and in the old one.
    """

    def with_causes(change: _Caused) -> _Caused:
        line_of = opened if change.gained else closed
        causes = (replace(c, parts=_with_lines(c, c.parts, line_of)) for c in change.causes)
        return replace(change, causes=tuple(causes))

    return replace(
        result,
        changes=tuple(map(with_causes, result.changes)),
        identities=tuple(map(with_causes, result.identities)),
        admins=tuple(map(with_causes, result.admins)),
        without_effect=tuple(
            replace(one, new=_with_lines(one, one.new, opened)) for one in result.without_effect
        ),
    )


_Caused = TypeVar("_Caused", AccessChange, AdminChange, GainedIdentity)


def _with_lines(
    obj: Cause | ChangedObject, parts: tuple[Part, ...], line_of: LineOf
) -> tuple[Part, ...]:
    return tuple(
        replace(part, line=line_of(obj.file, obj.line, obj.name, part.field, part.index))
        for part in parts
    )
