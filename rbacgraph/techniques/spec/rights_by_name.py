"""Compound rights to create an object of a kind, or to change one, each for a name."""

from collections.abc import Callable, Iterator, Sequence

from rbacgraph.facts.world import Facts
from rbacgraph.techniques.spec import compound_rights
from rbacgraph.techniques.spec.technique import Right


def creates_by_name(
    id: str,  # noqa: A002
    group: str,
    resource: str,
    *,
    wanted: Callable[[Facts], bool] = compound_rights.always,
    cluster_scoped: bool = False,
) -> compound_rights.CompoundRight:
    """Return the compound right to create an object, by POST or by server-side apply."""
    create, patch = Right(("create",), group, resource), Right(("patch",), group, resource)

    def found(
        world: Facts, held: compound_rights.HeldRights
    ) -> Iterator[compound_rights.FoundRight]:
        creates, patches = (
            _usable(held, one, cluster_scoped=cluster_scoped) for one in (create, patch)
        )
        return compound_rights.made_by_name(world, creates, patches)

    return compound_rights.CompoundRight(
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
    wanted: Callable[[Facts], bool] = compound_rights.always,
    cluster_scoped: bool = False,
) -> compound_rights.CompoundRight:
    """Return the compound right that one rule gives, for the names that it includes."""

    def found(
        _world: Facts, held: compound_rights.HeldRights
    ) -> Iterator[compound_rights.FoundRight]:
        return compound_rights.used_by_name(_usable(held, right, cluster_scoped=cluster_scoped))

    return compound_rights.CompoundRight(
        id=id, rights=(right,), found=found, wanted=wanted, cluster_scoped=cluster_scoped
    )


def deletes_by_name(
    id: str,  # noqa: A002
    group: str,
    resource: str,
    *,
    wanted: Callable[[Facts], bool] = compound_rights.always,
    cluster_scoped: bool = False,
) -> compound_rights.CompoundRight:
    """Return the compound right to delete an object, alone or with all others."""
    one, every = (Right((verb,), group, resource) for verb in ("delete", "deletecollection"))

    def found(
        _world: Facts, held: compound_rights.HeldRights
    ) -> Iterator[compound_rights.FoundRight]:
        yield from compound_rights.used_by_name(_usable(held, one, cluster_scoped=cluster_scoped))
        for holding in _usable(held, every, cluster_scoped=cluster_scoped):
            if holding.match.nameless:
                yield compound_rights.FoundRight(holding.scope, "", (holding,))

    return compound_rights.CompoundRight(
        id=id, rights=(one, every), found=found, wanted=wanted, cluster_scoped=cluster_scoped
    )


def _usable(
    held: compound_rights.HeldRights, right: Right, *, cluster_scoped: bool
) -> Sequence[compound_rights.HeldRight]:
    holdings = held.get(right, ())
    return compound_rights.cluster_wide(holdings) if cluster_scoped else holdings
