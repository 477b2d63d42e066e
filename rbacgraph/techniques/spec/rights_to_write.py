"""The rights to give one cluster-scoped object any content, whether it is there or not."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.node import GraphNode
from rbacgraph.techniques.spec.compound_rights import CompoundRight, HeldCompoundRights


def rights_to_write(
    world: Facts,
    present: HeldCompoundRights,
    abilities: tuple[CompoundRight, CompoundRight],
    obj: tuple[str, str],
    *,
    there: bool,
) -> Iterator[tuple[GraphNode, Condition]]:
    """Yield the rights to give an object any content, each with what it depends on.

    Parameters
    ----------
    world:
        The cluster.
    present:
        The compound rights that anyone has.
    abilities:
        Those to change such an object, and to create one with a free name.
    obj:
        The kind and the name of the object.
    there:
        Whether the input holds it.
    """
    change, create = abilities
    kind, name = obj
    listed = world.snapshot.is_listed(kind)
    exists, free = If.KIND_IS_THERE(kind, name), If.NAME_IS_FREE_OF_KIND(kind, name)
    for ability, possible, doubt in (
        (change, there or not listed, CERTAIN if there else exists),
        (create, not there, CERTAIN if listed else free),
    ):
        by_name = any(key[1] for key in present.wider(ability, "", name))
        right = present.node(ability, "", name if by_name else "") if possible else None
        if right is not None:
            yield right, doubt
