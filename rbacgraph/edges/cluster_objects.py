"""Writing an object that is in no namespace: made anew, or one that is there changed."""

from collections.abc import Callable, Iterator, Sequence

from rbacgraph.edges.abilities import (
    Ability,
    Found,
    Held,
    Holding,
    cluster_wide,
    common_names,
    names_of,
)
from rbacgraph.edges.base import CERTAIN, Right
from rbacgraph.edges.world import World
from rbacgraph.model.meta import Object

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


def changeable(edit: Holding, names: Sequence[str]) -> list[str]:
    """Return those of the names of objects that a right lets be changed."""
    allowed = names_of(edit.match)
    return [name for name in names if allowed == ("",) or name in allowed]


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
    edit = Right(("update", "patch"), group, resource)

    def found(world: World, held: Held) -> Iterator[Found]:
        made = creates(cluster_wide(held.get(create, ())), cluster_wide(held.get(patch, ())))
        if made:
            yield Found("", "", made)
            return
        names = [obj.metadata.name for obj in existing(world)]
        for holding in cluster_wide(held.get(edit, ())):
            if changeable(holding, names):
                yield Found("", "", (holding,), CERTAIN)
            elif not world.snapshot.is_listed(kind):
                allowed = names_of(holding.match)
                if allowed:
                    called = "" if allowed == ("",) else f" called {' or '.join(allowed)}"
                    yield Found("", "", (holding,), f"there is a {kind}{called}")

    return Ability(id=id, rights=(create, patch, edit), found=found, joint=True)
