"""The rights to give one object any content, whether it is there or not."""

from collections.abc import Iterator

from rbacgraph.facts.object_names import may_be_made
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.node import GraphNode
from rbacgraph.techniques.spec.compound_rights import CompoundRight, HeldCompoundRights
from rbacgraph.techniques.spec.technique import Match


def rights_to_write(
    world: Facts,
    present: HeldCompoundRights,
    abilities: tuple[CompoundRight, CompoundRight],
    obj: tuple[str, str],
    *,
    there: bool,
) -> Iterator[tuple[GraphNode, Condition]]:
    """Yield the rights to give a cluster-scoped object any content, with what each depends on.

    ``abilities``: those to change such an object, and to create one with a free name.
    ``there``: whether the input holds it.
    """
    change, create = abilities
    kind, name = obj
    listed = world.snapshot.is_listed(kind)
    exists, free = If.KIND_IS_THERE(kind, name), If.NAME_IS_FREE_OF_KIND(kind, name)
    may_be = not there and may_be_made(world, create.rights[0].key, name)
    for ability, possible, doubt in (
        (change, there or not listed, CERTAIN if there else exists),
        (create, may_be, CERTAIN if listed else free),
    ):
        by_name = any(key[1] for key in present.wider(ability, "", name))
        right = present.node(ability, "", name if by_name else "") if possible else None
        if right is not None:
            yield right, doubt


def rule_writes(
    match: Match, name: str, *, there: Condition | None, free: Condition | None
) -> Condition | None:
    """Return the condition on which a rule gives an object any content; None if it does not.

    ``match``: what the rule gives of create, update and patch on such objects.
    ``there``: the condition on which the object is there; None if it is not.
    ``free``: the condition on which it is not there, and may be created; None if it may not.

    Examples
    --------
    >>> there, free = If.OBJECT_IS_THERE("web"), If.NAME_IS_FREE("web")
    >>> for verbs in (("patch",), ("create",), ("create", "update")):
    ...     condition = rule_writes(Match(verbs, (), ()), "web", there=there, free=free)
    ...     print(condition or "always")
    there is such an object called web
    nothing is called web
    always
    """
    named = not match.names or name in match.exact_names
    changes = named and not {"update", "patch"}.isdisjoint(match.verbs)
    applies = named and "patch" in match.verbs  # server-side apply creates with a name
    creates = "create" in match.verbs and (match.nameless or applies)
    if changes and creates and free is not None:
        return CERTAIN
    if changes:
        return there
    return free if creates and there != CERTAIN else None


def secret_to_change(world: Facts, namespace: str, name: str) -> Condition | None:
    """Return the condition on which a Secret, or any one for no name, is there to be changed.

    None if there is none. One that the input only names may be missing.
    """
    names = (name,) if name else tuple(world.secret_numbers.get(namespace, {}))
    held = [found for one in names if (found := world.secrets.get((namespace, one)))]
    if not all(one.immutable for one in held):
        return CERTAIN
    if world.snapshot.is_listed("Secret", namespace) or (name and held):
        return None
    return If.OBJECT_IS_IN_NAMESPACE(*((name,) if name else ()))
