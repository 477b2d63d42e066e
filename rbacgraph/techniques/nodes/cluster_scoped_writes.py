"""Writing an object that is in no namespace: made anew, or one that is there changed."""

from collections.abc import Callable, Container, Iterator, Sequence
from itertools import product

from rbacgraph.facts.world import World
from rbacgraph.model.condition import CERTAIN, If
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.techniques.spec.compound_rights import (
    Ability,
    Found,
    Held,
    Holding,
    cluster_wide,
    common_names,
    names_of,
)
from rbacgraph.techniques.spec.technique import Right

Existing = Callable[[World], Sequence[Object]]


def creates(create: Sequence[Holding], patch: Sequence[Holding]) -> tuple[Holding, ...]:
    """Return what of the holdings lets one identity make an object; nothing where none does.

    A POST carries no name; server-side apply makes an object of the name that it carries.
    """
    for holding in create:
        if holding.match.nameless:
            return (holding,)
        for other in patch:
            if common_names(names_of(holding.match), names_of(other.match)):
                return holding, other
    return ()


def writes(id: str, group: str, kind: str, resource: str, existing: Existing) -> Ability:  # noqa: A002
    """Make the ability to have an object of a kind say whatever one likes.

    Parameters
    ----------
    id:
        Of the ability.
    group, kind, resource:
        What is written.
    existing:
        From the world to the objects of that kind in the input.
    """
    create = Right(("create",), group, resource)
    patch = Right(("patch",), group, resource)
    change = changes(id, group, kind, resource, existing, listed=(kind,))

    def found(world: World, held: Held) -> Iterator[Found]:
        made = creates(cluster_wide(held.get(create, ())), cluster_wide(held.get(patch, ())))
        if made:
            yield Found("", "", made)
        else:
            yield from change.found(world, held)

    rights = (create, patch, *change.rights)
    return _ability(id, rights, found)


def makes(
    id: str,  # noqa: A002
    kind: str,
    resource: str,
    taken: Callable[[World], Container[str]],
) -> Ability:
    """Make the ability to create a core object of a name that is free.

    Parameters
    ----------
    id:
        Of the ability.
    kind, resource:
        What is created; the kind is for a sentence.
    taken:
        From the world to the names that are not free.
    """
    create, patch = Right(("create",), "", resource), Right(("patch",), "", resource)

    def found(world: World, held: Held) -> Iterator[Found]:
        named: list[Holding] = []
        for holding in cluster_wide(held.get(create, ())):
            if holding.match.nameless:
                yield Found("", "", (holding,))
                return
            named.append(holding)
        patches = cluster_wide(held.get(patch, ())) if named else []
        used = taken(world) if patches else ()
        for holding, other in product(named, patches):
            names = common_names(names_of(holding.match), names_of(other.match))
            free = [name for name in names if name not in used]
            if free:
                certain = world.snapshot.is_listed(kind) or names == [""]
                doubt = CERTAIN if certain else If.NAME_IS_FREE_OF_KIND(kind, *free)
                yield Found("", "", (holding, other), doubt)

    return _ability(id, (create, patch), found)


def _ability(
    id: str,  # noqa: A002
    rights: tuple[Right, ...],
    found: Callable[[World, Held], Iterator[Found]],
) -> Ability:
    """Make an ability that the first right gives, or by its name the first two."""
    return Ability(
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
) -> Ability:
    """Make the ability to have an object that is there say whatever one likes.

    Parameters
    ----------
    id:
        Of the ability.
    group, kind, resource:
        What is changed; the kind is for a sentence.
    existing:
        From the world to those objects in the input that will do.
    listed:
        Kinds that an input must have listed if there are to be no others.
    """
    edit = Right(("update", "patch"), group, resource)

    def found(world: World, held: Held) -> Iterator[Found]:
        names = [obj.metadata.name for obj in existing(world)]
        others = not all(map(world.snapshot.is_listed, listed))
        for holding in cluster_wide(held.get(edit, ())):
            allowed = names_of(holding.match)
            if (allowed == ("",) and names) or not set(names).isdisjoint(allowed):
                yield Found("", "", (holding,))
            elif others and allowed:
                called = () if allowed == ("",) else allowed
                yield Found("", "", (holding,), If.KIND_IS_THERE(kind, *called))

    return Ability(id=id, rights=(edit,), found=found, cluster_scoped=True)
