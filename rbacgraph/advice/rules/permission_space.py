"""Turns what rules must allow into cells of a space in which a rule is a box.

A rule allows every combination of its entries: each verb on each resource of each API group under
each name, or each verb on each URL. So it is a box, and the smallest parts of rules are cells.
Rules with names, rules without, and rules on URLs never replace one another in a smallest set of
rules, so each kind has a space of its own. A cell is *required* if it is a needed part that no
other covers; it is *allowed* if a needed part covers it, by the server's own comparison
(:mod:`rbacgraph.authz.coverage`): ``*`` covers everything, ``*/SUBRESOURCE`` that subresource of
everything, no names every name.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import NamedTuple

from rbacgraph.authz.coverage import breakdown
from rbacgraph.authz.match import ALL
from rbacgraph.model.kubernetes.rbac import PolicyRule

ListEntry = str | None
"""An entry of a rule's list; None if a rule has no such list."""

SpaceCell = tuple[ListEntry, ListEntry, ListEntry, ListEntry]
"""One entry of each list: (verb, name, group, resource), or (verb, None, None, URL)."""

EntryLists = tuple[
    frozenset[ListEntry], frozenset[ListEntry], frozenset[ListEntry], frozenset[ListEntry]
]
"""All entries of a rule, in the order of a cell."""

AXES = 4


class Space(NamedTuple):
    """The cells of one kind of rules.

    ``required``: cells that rules must cover.
    ``allowed``: cells that rules may cover, among all combinations of the required cells' entries.
    """

    required: frozenset[SpaceCell]
    allowed: frozenset[SpaceCell]


def spaces(needed: Iterable[PolicyRule]) -> tuple[Space, ...]:
    """Return the cells that must be covered, and those that may be."""
    parts = [part for rule in needed for part in breakdown(rule)]
    paths = {_path(part) for part in parts if part.non_resource_urls}
    asked = {_cell(part) for part in parts if part.resources}
    cells = _maximal(asked, _WIDER)
    named = {cell for cell in cells if cell[1] is not None}
    wider_path = (_wider, _same, _same, _url_patterns(paths))
    paths = _maximal(paths, wider_path)
    found = [_space(cells - named, cells, _WIDER), _space(named, cells, _WIDER)]
    found.append(_space(paths, paths, wider_path))
    return tuple(space for space in found if space.required)


def _cell(part: PolicyRule) -> SpaceCell:
    verbs, groups, resources = part.verbs or (), part.api_groups or (), part.resources or ()
    names = part.resource_names
    return verbs[0], names[0] if names else None, groups[0], resources[0]


def _path(part: PolicyRule) -> SpaceCell:
    verbs, urls = part.verbs or (), part.non_resource_urls or ()
    return verbs[0], None, None, _canonical(urls[0])


def _canonical(url: str) -> str:
    """Write a URL's pattern in its canonical form: ``/a**`` is ``/a*``."""
    return url.rstrip(ALL) + ALL if url.endswith(ALL) else url


_Wider = Callable[[ListEntry], tuple[ListEntry, ...]]
"""Returns the entries that cover an entry, itself first."""


def _same(entry: ListEntry) -> tuple[ListEntry, ...]:
    return (entry,)


def _wider(entry: ListEntry) -> tuple[ListEntry, ...]:
    return (entry,) if entry == ALL else (entry, ALL)


def _wider_name(entry: ListEntry) -> tuple[ListEntry, ...]:
    return (None,) if entry is None else (entry, None)


def _wider_resource(entry: ListEntry) -> tuple[ListEntry, ...]:
    _, slash, subresource = (entry or "").partition("/")
    return tuple(dict.fromkeys((entry, f"*/{subresource}", ALL) if slash else (entry, ALL)))


def _url_patterns(paths: Iterable[SpaceCell]) -> _Wider:
    patterns = sorted({url for *_, url in paths if url is not None and url.endswith(ALL)})

    def wider(entry: ListEntry) -> tuple[ListEntry, ...]:
        url = entry or ""
        return (entry, *(p for p in patterns if url.startswith(p.rstrip(ALL)) and p != url))

    return wider


_Widers = tuple[_Wider, _Wider, _Wider, _Wider]
_WIDER: _Widers = (_wider, _wider_name, _wider, _wider_resource)


def _covering(cell: SpaceCell, wider: _Widers) -> Iterator[SpaceCell]:
    """Yield the cells that cover a cell, itself first."""
    verb, name, group, resource = wider
    return product(verb(cell[0]), name(cell[1]), group(cell[2]), resource(cell[3]))


def _maximal(cells: set[SpaceCell], wider: _Widers) -> set[SpaceCell]:
    """Return the cells that no other cell covers."""
    return {
        cell
        for cell in cells
        if not any(above in cells for above in _covering(cell, wider) if above != cell)
    }


def _space(required: set[SpaceCell], needed: Iterable[SpaceCell], wider: _Widers) -> Space:
    below: list[dict[ListEntry, list[ListEntry]]] = []
    for axis, up in zip(_axes(required), wider, strict=False):
        narrower: dict[ListEntry, list[ListEntry]] = defaultdict(list)
        for entry in axis:
            for above in up(entry):
                narrower[above].append(entry)
        below.append(narrower)
    allowed = set[SpaceCell]()
    if required:
        verbs, names, groups, resources = below
        for v, n, g, r in needed:
            allowed.update(product(verbs[v], names[n], groups[g], resources[r]))
    return Space(frozenset(required), frozenset(allowed))


def _axes(cells: Iterable[SpaceCell]) -> list[list[ListEntry]]:
    """Return the entries of each field of some cells."""
    return [sorted(set(axis), key=str) for axis in zip(*cells, strict=True)]
