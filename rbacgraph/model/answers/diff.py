"""What a change of a cluster opens and closes: plain records, as those of the other answers."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Basis, Path
from rbacgraph.model.inputs.unread import Unread

Level = Literal["none", "conditional", "certain"]
"""How a principal gets at a Secret."""

Deed = Literal["added", "removed", "changed"]
"""What happened to an object."""


class Part(Struct, frozen=True, order=True):
    """One rule, subject or label, the roleRef or the aggregationRule of an object.

    Parameters
    ----------
    field:
        ``rules``, ``subjects``, ``metadata.labels``, ``roleRef`` or ``aggregationRule``.
    index:
        Of the rule, subject or label, from 0; else 0.
    text:
        What it says: ``get, list on secrets``, ``ServiceAccount shop/ci``.
    line:
        Its own line; 0 where that is not known.
    """

    field: str
    index: int
    text: str = ""
    line: int = 0


class Cause(Struct, frozen=True, order=True):
    """One object that changed, and thereby opened or closed a path.

    Parameters
    ----------
    kind, namespace, name:
        The object; of what is no object (``Kubernetes``, ``Group``) a kind in words.
    change:
        What happened to it.
    parts:
        What of it the path rests on; empty for the object as a whole.
    text:
        What changed, in words, where the parts do not say it.
    file, line:
        Where the object stands: in what came after, or before where the path is closed.
    into:
        Names of the aggregated ClusterRoles through which its rule is held.
    """

    kind: str
    namespace: str
    name: str
    change: Deed
    parts: tuple[Part, ...] = ()
    text: str = ""
    file: str = ""
    line: int = 0
    into: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, int]:
        """File and line to look at: the part's own line where there is just one."""
        own = self.parts[0].line if len(self.parts) == 1 else 0
        return self.file, own or self.line


class Opened(Struct, frozen=True, kw_only=True):
    """Principals, each of which gains, or loses, each of some Secrets by the same way.

    Parameters
    ----------
    principals, secrets:
        Printed nodes, sorted.
    before, after:
        How they got at them before, and get at them after.
    path:
        That of the first principal to the first Secret; where it is lost, as it was before.
    """

    principals: tuple[str, ...]
    secrets: tuple[str, ...]
    before: Level
    after: Level
    path: Path

    @property
    def pairs(self) -> int:
        """How many pairs of a principal and a Secret it stands for."""
        return len(self.principals) * len(self.secrets)


class Change(Struct, frozen=True, kw_only=True):
    """Everything that the same causes opened, or closed.

    Parameters
    ----------
    gained:
        Whether paths were opened rather than closed.
    causes:
        The objects that changed, all of which it took.
    ways:
        What is gained or lost; no pair of a principal and a Secret stands in two of them.
        Where other causes open the same by themselves, it stands in their change too.
    only_secrets:
        Whether nothing changed but that the Secrets themselves came or went.
    """

    gained: bool
    causes: tuple[Cause, ...]
    ways: tuple[Opened, ...]
    only_secrets: bool = False

    @property
    def principals(self) -> tuple[str, ...]:
        """Everybody who gains or loses something by it."""
        return tuple(sorted({p for way in self.ways for p in way.principals}))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every Secret that is gained or lost by it."""
        return tuple(sorted({s for way in self.ways for s in way.secrets}))

    @property
    def pairs(self) -> int:
        """How many pairs of a principal and a Secret it is about."""
        return sum(way.pairs for way in self.ways)

    @property
    def certain(self) -> bool:
        """Whether some path that it opened, or closed, depends on no condition."""
        return any(way.path.certain for way in self.ways)


class DiffResult(Struct, frozen=True, kw_only=True):
    """Answer of ``diff``: what was opened first, the gravest first.

    ``before`` and ``after`` say what was compared, ``unread`` what of it changed and was not read.
    """

    before: str
    after: str
    changes: tuple[Change, ...]
    new_secrets: tuple[str, ...] = ()
    gone_secrets: tuple[str, ...] = ()
    new_principals: tuple[str, ...] = ()
    gone_principals: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    basis: Basis

    @property
    def gained(self) -> tuple[Change, ...]:
        """What rights opened; not what is but the coming of Secrets."""
        return tuple(c for c in self.changes if c.gained and not c.only_secrets)

    @property
    def lost(self) -> tuple[Change, ...]:
        """What is closed; not what is but the going of Secrets."""
        return tuple(c for c in self.changes if not c.gained and not c.only_secrets)

    def with_unread(self, unread: tuple[Unread, ...]) -> "DiffResult":
        """Return the same answer, and what was not read."""
        return replace(self, unread=unread)


LineOf = Callable[[str, int, str, str, int], int]
"""From file and line of an object, its name, a field and an index to the line of that part."""


def located(result: DiffResult, opened: LineOf, closed: LineOf) -> DiffResult:
    """Return a result whose causes know the own lines of rules and subjects.

    Parameters
    ----------
    result:
        The result.
    opened, closed:
        What finds lines in what came after, and in what was before.
    """
    changes = (
        replace(
            change,
            causes=tuple(
                _with_lines(cause, opened if change.gained else closed) for cause in change.causes
            ),
        )
        for change in result.changes
    )
    return replace(result, changes=tuple(changes))


def _with_lines(cause: Cause, line_of: LineOf) -> Cause:
    parts = tuple(
        replace(part, line=line_of(cause.file, cause.line, cause.name, part.field, part.index))
        for part in cause.parts
    )
    return replace(cause, parts=parts)
