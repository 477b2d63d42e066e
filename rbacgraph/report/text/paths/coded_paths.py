"""Keeps paths as numbers: paths to many Secrets share most of their hops."""

from array import array
from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Hop, Path
from rbacgraph.model.memory.made_sequence import MadeSequence

_KEPT = 1 << 15
"""The number of hops to keep as they are: the next paths have most of them too."""
_OF_PATH = 0
"""Stands for the target of a path where that is the target of a hop too."""
_END = 0
"""What follows the last hop."""

_Value = TypeVar("_Value", bound=Hashable)


class PathCoder:
    """Numbers principals, targets, hops, and the rest of paths after their first hop.

    Examples
    --------
    >>> hop = Hop("exec", "user:a", "secret:x/y", "can exec", 1, ())
    >>> _, paths = PathCoder().code([Path("user:a", "secret:x/y", (hop,))])
    >>> paths[0].hops == (hop,)
    True
    """

    def __init__(self) -> None:
        self._names = _Numbered[str]("")
        self._hops = _Numbered[Hop](Hop("", "", "", "", 0, ()))
        self._deeds: dict[int, int] = {}
        self._rests = _Numbered[tuple[int, int, int]]((0, 0, 0))
        self._rests_apart: dict[int, int] = {_END: _END}
        self._seen: dict[int, tuple[Hop, int]] = {}
        self._made: dict[tuple[int, int], Hop] = {}

    def code(self, paths: Sequence[Path]) -> tuple[bytes, Sequence[Path]]:
        """Return what keeps paths apart, and the paths, made whenever they are asked for.

        Their own target, and what only that of the last hop changes, does not keep them apart.
        """
        numbers, apart = array("I"), array("I")
        for path in paths:
            principal, target = map(self._names.number, (path.principal, path.target))
            *steps, last = [(self._hop(hop), self._names.number(hop.target)) for hop in path.hops]
            steps.append((last[0], _OF_PATH if last[1] == target else last[1]))
            rest = _END
            for step in reversed(steps[1:]):
                rest = self._rest(*step, rest)
            first = steps[0]
            numbers.extend((principal, target, *first, rest))
            first_apart = first if rest else (self._deeds[first[0]], _OF_PATH)
            apart.extend((principal, *first_apart, self._rests_apart[rest]))

        def make(place: int) -> Path:
            return self._path(*numbers[5 * place : 5 * place + 5])

        return apart.tobytes(), MadeSequence(make, range(len(paths)))

    def _rest(self, hop: int, target: int, after: int) -> int:
        """Return the number of a hop and of what follows it."""
        number = self._rests.number((hop, target, after))
        if number not in self._rests_apart:
            step = (hop, target) if after else (self._deeds[hop], _OF_PATH)
            apart = self._rests.number((*step, self._rests_apart[after]))
            self._rests_apart[number] = apart
        return number

    def _hop(self, hop: Hop) -> int:
        """Return the number of a hop without its target."""
        seen = self._seen.get(id(hop))
        if seen is not None:
            return seen[1]
        number = self._hops.number(replace(hop, target=""))
        if number not in self._deeds:
            deed = replace(hop, target="", others=(), right=UNSET)
            self._deeds[number] = self._hops.number(deed)
        if len(self._seen) == _KEPT:
            self._seen.clear()
        self._seen[id(hop)] = hop, number  # held, so that no other hop gets its identity
        return number

    def _path(self, principal: int, target: int, hop: int, its_target: int, rest: int) -> Path:
        hops = [self._whole(hop, its_target or target)]
        while rest:
            hop, its_target, rest = self._rests.values[rest]
            hops.append(self._whole(hop, its_target or target))
        return Path(self._names.values[principal], self._names.values[target], tuple(hops))

    def _whole(self, number: int, target: int) -> Hop:
        made = self._made.get((number, target))
        if made is None:
            made = replace(self._hops.values[number], target=self._names.values[target])
            if len(self._made) == _KEPT:
                self._made.clear()
            self._made[number, target] = made
        return made


class _Numbered(Generic[_Value]):
    """Values with numbers from 1 on; the first one given stands at 0."""

    def __init__(self, first: _Value) -> None:
        self._known: dict[_Value, int] = {}
        self.values = [first]

    def number(self, value: _Value) -> int:
        number = self._known.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number
