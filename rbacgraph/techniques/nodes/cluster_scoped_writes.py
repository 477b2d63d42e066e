"""Compound rights to create or change a cluster-scoped object."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from itertools import product

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, If
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldRight,
    HeldRights,
    cluster_wide,
    names_made,
    names_of,
)
from rbacgraph.techniques.spec.technique import Right

Existing = Callable[[Facts], Sequence[Object]]


def creates(
    world: Facts, create: Sequence[HeldRight], patch: Sequence[HeldRight]
) -> tuple[HeldRight, ...]:
    """Return the rules that let one identity create an object; empty if there are none.

    A POST carries no name; server-side apply creates an object of the name that it carries.
    """
    for holding in create:
        if holding.match.nameless:
            return (holding,)
        for other in patch:
            if names_made(world, holding, other):
                return holding, other
    return ()


def writes(id: str, group: str, kind: str, resource: str, existing: Existing) -> CompoundRight:  # noqa: A002
    """Return the compound right to give an object of a kind any content."""
    create = Right(("create",), group, resource)
    patch = Right(("patch",), group, resource)
    change = changes(id, group, kind, resource, existing, listed=(kind,))

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        made = creates(world, cluster_wide(held.get(create, ())), cluster_wide(held.get(patch, ())))
        if made:
            yield FoundRight("", "", made)
        else:
            yield from change.found(world, held)

    rights = (create, patch, *change.rights)
    return _ability(id, rights, found)


def makes(
    id: str,  # noqa: A002
    kind: str,
    resource: str,
    taken: Callable[[Facts], Container[str]],
    group: str = "",
) -> CompoundRight:
    """Return the compound right to create a cluster-scoped object with a free name.

    ``kind``, ``resource``: the kind to create, and its name for a sentence.
    """
    create, patch = Right(("create",), group, resource), Right(("patch",), group, resource)

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        named: list[HeldRight] = []
        for holding in cluster_wide(held.get(create, ())):
            if holding.match.nameless:
                yield FoundRight("", "", (holding,))
                return
            named.append(holding)
        patches = cluster_wide(held.get(patch, ())) if named else []
        used = taken(world) if patches else ()
        for holding, other in product(named, patches):
            names = names_made(world, holding, other)
            free = [name for name in names if name not in used]
            if free:
                certain = world.snapshot.is_listed(kind) or names == [""]
                doubt = CERTAIN if certain else If.NAME_IS_FREE_OF_KIND(kind, *free)
                yield FoundRight("", "", (holding, other), doubt)

    return _ability(id, (create, patch), found)


def _ability(
    id: str,  # noqa: A002
    rights: tuple[Right, ...],
    found: Callable[[Facts, HeldRights], Iterator[FoundRight]],
) -> CompoundRight:
    """Return a compound right that the first right gives, or, by name, the first two."""
    return CompoundRight(
        id=id,
        rights=rights,
        found=found,
        joint=True,
        together=(rights[:2],),
        alone=rights[:1],
        cluster_scoped=True,
    )


def changes(
    id: str,  # noqa: A002
    group: str,
    kind: str,
    resource: str,
    existing: Existing,
    *,
    listed: Sequence[str],
) -> CompoundRight:
    """Return the compound right to give an existing object any content."""
    edit = Right(("update", "patch"), group, resource)

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        names = {obj.metadata.name for obj in existing(world)}
        others = not all(map(world.snapshot.is_listed, listed))
        yield from changed(held.get(edit, ()), kind, names, others=others)

    return CompoundRight(id=id, rights=(edit,), found=found, cluster_scoped=True)


def changed(
    holdings: Iterable[HeldRight], kind: str, names: Collection[str], *, others: bool
) -> Iterator[FoundRight]:
    """Yield the rules that let somebody change some object of a kind.

    ``others``: whether the input may lack objects.
    """
    for holding in cluster_wide(holdings):
        allowed = names_of(holding.match)
        if (allowed == ("",) and names) or any(name in names for name in allowed):
            yield FoundRight("", "", (holding,))
        elif others and allowed:
            called = () if allowed == ("",) else allowed
            yield FoundRight("", "", (holding,), If.KIND_IS_THERE(kind, *called))
