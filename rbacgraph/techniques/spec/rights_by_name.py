"""Compound rights to create an object of a kind, or to change one, each for a name."""

from collections.abc import Callable, Iterator, Sequence

from rbacgraph.facts.world import Facts
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldRight,
    HeldRights,
    always,
    cluster_wide,
    made_by_name,
    used_by_name,
)
from rbacgraph.techniques.spec.technique import Right


def creates_by_name(
    id: str,  # noqa: A002
    group: str,
    resource: str,
    *,
    wanted: Callable[[Facts], bool] = always,
    cluster_scoped: bool = False,
) -> CompoundRight:
    """Return the compound right to create an object, by POST or by server-side apply."""
    create, patch = Right(("create",), group, resource), Right(("patch",), group, resource)

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        creates, patches = (
            _usable(held, one, cluster_scoped=cluster_scoped) for one in (create, patch)
        )
        return made_by_name(world, creates, patches)

    return CompoundRight(
        id=id,
        rights=(create, patch),
        needs=(create,),
        found=found,
        joint=True,
        together=((create, patch),),
        alone=(create,),
        wanted=wanted,
        cluster_scoped=cluster_scoped,
    )


def uses_by_name(
    id: str,  # noqa: A002
    right: Right,
    *,
    wanted: Callable[[Facts], bool] = always,
    cluster_scoped: bool = False,
) -> CompoundRight:
    """Return the compound right that one rule gives, for the names that it includes."""

    def found(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        return used_by_name(_usable(held, right, cluster_scoped=cluster_scoped))

    return CompoundRight(
        id=id, rights=(right,), found=found, wanted=wanted, cluster_scoped=cluster_scoped
    )


def deletes_by_name(
    id: str,  # noqa: A002
    group: str,
    resource: str,
    *,
    wanted: Callable[[Facts], bool] = always,
    cluster_scoped: bool = False,
) -> CompoundRight:
    """Return the compound right to delete an object, alone or with all others."""
    one, every = (Right((verb,), group, resource) for verb in ("delete", "deletecollection"))

    def found(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        yield from used_by_name(_usable(held, one, cluster_scoped=cluster_scoped))
        for holding in _usable(held, every, cluster_scoped=cluster_scoped):
            if holding.match.nameless:
                yield FoundRight(holding.scope, "", (holding,))

    return CompoundRight(
        id=id, rights=(one, every), found=found, wanted=wanted, cluster_scoped=cluster_scoped
    )


def _usable(held: HeldRights, right: Right, *, cluster_scoped: bool) -> Sequence[HeldRight]:
    holdings = held.get(right, ())
    return cluster_wide(holdings) if cluster_scoped else holdings
