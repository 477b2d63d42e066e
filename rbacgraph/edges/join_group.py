"""Put a user of one's own into a Group of OpenShift's, which is then in it as soon as it logs in.

Precondition
    Update or patch on groups of user.openshift.io, names are those of groups; or create, by
    any name or by one with patch too, of a Group that does not exist yet. Whom it lists logs in
    by OpenShift's OAuth server: of ServiceAccounts, kubelets and certificates it says nothing,
    and its name holds no colon, so that it is none of Kubernetes' own groups. Looked at where
    the input is of OpenShift; a group is one that a binding or SecurityContextConstraints name,
    or a Group.
Use
    oc adm groups add-users GROUP ME
Close
    Give update, patch and create on groups to who administers the cluster alone; let the
    identity provider keep them.
References
    https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/understanding-authentication
    openshift/openshift-apiserver pkg/user/apis/user/validation/validation.go
    MITRE ATT&CK T1098 (account manipulation)
"""

from collections.abc import Iterator

from rbacgraph.edges import efforts
from rbacgraph.edges.abilities import (
    Ability,
    Found,
    Held,
    Present,
    cluster_wide,
    made_by_name,
    names_of,
)
from rbacgraph.edges.base import Right
from rbacgraph.edges.joint import Join, JointEdge
from rbacgraph.edges.world import World
from rbacgraph.model.node import GROUP, Node
from rbacgraph.model.openshift import USER_GROUP

_KIND = "Group"
_LOGS_IN = "the intruder logs in to OpenShift as a user, which a Group may list"
_CREATE = Right(("create",), USER_GROUP, "groups")
_PATCH = Right(("patch",), USER_GROUP, "groups")
_EDIT = Right(("update", "patch"), USER_GROUP, "groups")


def _edits(_world: World, held: Held) -> Iterator[Found]:
    for holding in cluster_wide(held.get(_EDIT, ())):
        for name in names_of(holding.match):
            yield Found("", name, (holding,))


def _makes(_world: World, held: Held) -> Iterator[Found]:
    creates, patches = (cluster_wide(held.get(right, ())) for right in (_CREATE, _PATCH))
    yield from made_by_name(creates, patches)


def _demanded(world: World) -> bool:
    return world.constraints.demanded


EDIT_GROUP = Ability(
    id="edit-group", rights=(_EDIT,), found=_edits, wanted=_demanded, cluster_scoped=True
)
MAKE_GROUP = Ability(
    id="make-group",
    rights=(_CREATE, _PATCH),
    found=_makes,
    joint=True,
    together=((_CREATE, _PATCH),),
    alone=(_CREATE,),
    wanted=_demanded,
    cluster_scoped=True,
)


def _joins(world: World, present: Present) -> Iterator[Join]:
    held = {group.metadata.name for group in world.snapshot.user_groups}
    others = not world.snapshot.is_listed(_KIND)
    for ability, does, there in ((EDIT_GROUP, "edit", True), (MAKE_GROUP, "make", False)):
        for scope, named in present.of(ability):
            names = [named] if named else _groups(world)
            found = [name for name in names if (name in held) == there or (there and others)]
            targets = tuple((GROUP, "", name) for name in found if _may_be(name))
            node = present.node(ability, scope, named) if targets else None
            if node:
                which = f"Group {named}" if named else "any Group"
                words = f"can {does} {which} of OpenShift's, with a user of its own in it"
                yield Join((node,), targets, words, "", f"{does} {named}".rstrip(), _LOGS_IN)


def _groups(world: World) -> list[str]:
    """Return the names of the groups that it matters to be in, sorted."""
    nodes = (*world.known_groups, *(node for node in world.constraints.listed if _is_group(node)))
    return sorted({node[2] for node in nodes})


def _is_group(node: Node) -> bool:
    return node[0] == GROUP


def _may_be(name: str) -> bool:
    """Whether a Group may have a name."""
    return ":" not in name


EDGE = JointEdge(
    id="join-group",
    summary="whoever writes a Group of OpenShift's is in it",
    page=__doc__,
    effort=efforts.JOIN_GROUP,
    certainty="conditional: somebody must log in as a user",
    abilities=(EDIT_GROUP, MAKE_GROUP),
    joins=_joins,
)
