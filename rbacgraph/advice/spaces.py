"""What rules must allow, as cells of a space in which a rule is a box.

A rule allows every combination of its entries: each verb on each resource of each API group
under each name, or each verb on each URL. It is a box, and the smallest parts of rules are
cells. Rules with names, rules without, and rules on URLs never stand for one another in a
smallest set of rules, so each sort is a space of its own. A cell is *required* where a needed
part is covered by no other; it is *allowed* where a needed part covers it, by the server's own
comparison (:mod:`rbacgraph.authz.cover`): ``*`` covers all, ``*/SUBRESOURCE`` that subresource
of everything, no names every name.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

from rbacgraph.authz.cover import breakdown
from rbacgraph.authz.match import ALL
from rbacgraph.model.rbac import PolicyRule

Entry = str | None
"""An entry of a rule's list; None stands for a rule without names."""

Cell = tuple[Entry, ...]
"""One entry of each list: (verb, group, resource, name), or (verb, URL)."""

Served = Mapping[str, frozenset[str]]
"""By API group, its resources with their subresources: ``pods``, ``pods/exec``."""


class Space(NamedTuple):
    """Cells of one sort of rules.

    Parameters
    ----------
    required:
        Those that rules must cover.
    allowed:
        Those that they may cover, of all that entries of the required ones make.
    """

    required: frozenset[Cell]
    allowed: frozenset[Cell]


def spaces(needed: Iterable[PolicyRule], served: Served | None = None) -> tuple[Space, ...]:
    """Turn rules into the cells that must be covered, and those that may be.

    Parameters
    ----------
    needed:
        Rules that allow what is needed.
    served:
        Where given, resources that a group of it does not have are harmless: they may be
        covered too.
    """
    parts = [part for rule in needed for part in breakdown(rule)]
    urls = {
        (part.verbs[0], _canonical(part.non_resource_urls[0]))
        for part in parts
        if part.verbs and part.non_resource_urls
    }
    cells = _maximal(set(map(_resource_cell, (p for p in parts if p.resources))), _WIDER)
    named = frozenset(cell for cell in cells if cell[-1] is not None)
    paths = _maximal(urls, (_wider, _url_patterns(urls)))
    found = (
        _space(frozenset(cells) - named, cells, _WIDER, served),
        _space(named, cells, _WIDER, served),
        _space(frozenset(paths), paths, (_wider, _url_patterns(urls)), None),
    )
    return tuple(space for space in found if space.required)


def _resource_cell(part: PolicyRule) -> Cell:
    verbs, groups, resources = part.verbs or (), part.api_groups or (), part.resources or ()
    names = part.resource_names
    return verbs[0], groups[0], resources[0], names[0] if names else None


def _canonical(url: str) -> str:
    """Write a URL's pattern in one way: ``/a**`` is ``/a*``."""
    return url.rstrip(ALL) + ALL if url.endswith(ALL) else url


_Wider = Callable[[Entry], tuple[Entry, ...]]
"""The entries that cover an entry, itself first."""


def _wider(entry: Entry) -> tuple[Entry, ...]:
    return (entry,) if entry == ALL else (entry, ALL)


def _wider_resource(entry: Entry) -> tuple[Entry, ...]:
    assert entry is not None
    _, slash, subresource = entry.partition("/")
    return tuple(dict.fromkeys((entry, f"*/{subresource}", ALL) if slash else (entry, ALL)))


def _wider_name(entry: Entry) -> tuple[Entry, ...]:
    return (None,) if entry is None else (entry, None)


_WIDER: tuple[_Wider, ...] = (_wider, _wider, _wider_resource, _wider_name)


def _url_patterns(urls: Iterable[tuple[str, str]]) -> _Wider:
    patterns = sorted({url for _, url in urls if url.endswith(ALL)})

    def wider(entry: Entry) -> tuple[Entry, ...]:
        assert entry is not None
        found = (p for p in patterns if entry.startswith(p.rstrip(ALL)) and p != entry)
        return (entry, *found)

    return wider


def _maximal(cells: set[Cell] | set[tuple[str, str]], wider: tuple[_Wider, ...]) -> set[Cell]:
    """Return the cells that no other cell covers."""
    return {
        cell
        for cell in cells
        if not any(
            above in cells
            for above in product(*(up(entry) for up, entry in zip(wider, cell, strict=True)))
            if above != cell
        )
    }


def _space(
    required: frozenset[Cell],
    needed: Iterable[Cell],
    wider: tuple[_Wider, ...],
    served: Served | None,
) -> Space:
    axes = [dict.fromkeys(sorted(set(axis), key=str)) for axis in zip(*required, strict=True)]
    below: list[dict[Entry, list[Entry]]] = []
    for axis, up in zip(axes, wider, strict=False):
        narrower = defaultdict(list)
        for entry in axis:
            for above in up(entry):
                narrower[above].append(entry)
        below.append(narrower)
    allowed = {
        covered
        for cell in needed
        for covered in product(*(down.get(e, ()) for down, e in zip(below, cell, strict=False)))
    }
    if served is not None and axes:
        pairs = {(group, resource) for _, group, resource, _ in needed}
        allowed.update(_harmless(axes, served, pairs))
    return Space(required, frozenset(allowed))


def _harmless(
    axes: list[dict[Entry, None]], served: Served, needed: set[tuple[Entry, Entry]]
) -> Iterator[Cell]:
    """Yield the cells of resources that their group does not have and nobody asked for."""
    verbs, groups, resources, names = axes
    for group, resource in product(groups, resources):
        assert group is not None
        assert resource is not None
        if (group, resource) not in needed and _is_harmless(group, resource, served):
            yield from product(verbs, (group,), (resource,), names)


def _is_harmless(group: str, resource: str, served: Served) -> bool:
    if group not in served or resource == ALL or resource.startswith("*/"):
        return False
    return resource not in served[group]
