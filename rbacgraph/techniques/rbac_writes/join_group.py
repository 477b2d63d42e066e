"""Put a user of the attacker into a Group of OpenShift; its next login is in the group."""

from collections.abc import Iterator
from itertools import product

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.kubernetes.openshift import USER_GROUP
from rbacgraph.model.node import GROUP
from rbacgraph.model.object_names.rows import name_rows
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.rights_by_name import creates_by_name, deletes_by_name, uses_by_name
from rbacgraph.techniques.spec.technique import Right

_KIND = "Group"
_LOGS_IN = If.INTRUDER_LOGS_IN_AS_LISTED()
_EDITS = "put a user of its own into {} of OpenShift's"
_MAKES = "make {} of OpenShift's, with a user of its own in it"
_EDIT = Right(("update", "patch"), USER_GROUP, "groups")


def _demanded(world: Facts) -> bool:
    return world.constraints.demanded


EDIT_GROUP = uses_by_name("edit-group", _EDIT, wanted=_demanded, cluster_scoped=True)
MAKE_GROUP = creates_by_name(
    "make-group", USER_GROUP, "groups", wanted=_demanded, cluster_scoped=True
)
DELETE_GROUP = deletes_by_name(
    "delete-group", USER_GROUP, "groups", wanted=_demanded, cluster_scoped=True
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    held = {group.metadata.name for group in world.snapshot.user_groups}
    others = not world.snapshot.is_listed(_KIND)
    for ability, does, says, there in (
        (EDIT_GROUP, "edit", _EDITS, True),
        (MAKE_GROUP, "make", _MAKES, False),
    ):
        for scope, named in present.of(ability):
            names = [named] if named else _groups(world)
            found = [name for name in names if (name in held) == there or (there and others)]
            targets = tuple((GROUP, "", name) for name in found if _may_be(name))
            node = present.node(ability, scope, named) if targets else None
            if node:
                which = f"Group {named}" if named else "any Group"
                words = f"can {says.format(which)}"
                yield Hyperarc((node,), targets, words, "", (does, named), _LOGS_IN)
    yield from _recreated(world, present, held)


def _recreated(world: Facts, present: HeldCompoundRights, held: set[str]) -> Iterator[Hyperarc]:
    """Yield where an existing Group can be deleted, and created with other users."""
    for (_, deleted), (_, made) in product(present.of(DELETE_GROUP), present.of(MAKE_GROUP)):
        if not (deleted and made) or deleted == made:
            named = deleted or made
            names = [named] if named else _groups(world)
            targets = tuple((GROUP, "", name) for name in names if name in held and _may_be(name))
            delete = present.node(DELETE_GROUP, "", deleted) if targets else None
            make = present.node(MAKE_GROUP, "", made) if targets else None
            if delete and make:
                which = f"Group {named}" if named else "any Group"
                words = (
                    f"can delete {which} of OpenShift's and create it again, with a user of its own"
                )
                name_of_join = "anew", deleted, made
                yield Hyperarc((delete, make), targets, words, "", name_of_join, _LOGS_IN)


def _groups(world: Facts) -> list[str]:
    """Return the names of the groups with rights, sorted."""
    return sorted(name for _, _, name in world.identities.known_groups)


def _may_be(name: str) -> bool:
    return all(row.allows(name) for row in name_rows()[USER_GROUP, "groups"])


EDGE = Conjunction(
    id="join-group",
    summary="a writer of an OpenShift Group can join it",
    effort=2,  # one line in a Group, which remains visible
    certainty="conditional: the attacker must log in as a user",
    abilities=(EDIT_GROUP, MAKE_GROUP, DELETE_GROUP),
    joins=_joins,
)
