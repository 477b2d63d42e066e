"""Who may pass on the right to read a Secret, by trying every write that there is to try."""

from itertools import product

from msgspec.structs import replace

from rbacgraph.authz.can_i import Request
from rbacgraph.authz.may_write import may_write
from rbacgraph.authz.prepare import prepare
from rbacgraph.authz.resolve import Authorizer
from rbacgraph.authz.subjects import subject_node
from rbacgraph.edges.member_of import given_groups
from rbacgraph.edges.world import World
from rbacgraph.model.meta import ClusterRoleMeta, RbacMeta
from rbacgraph.model.node import format_node
from rbacgraph.model.rbac import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacgraph.query.passers import ways_of

RBAC = "rbac.authorization.k8s.io"
NAMED = ("get", "list", "watch", "patch", "delete")
STRANGER = Subject("User", "stranger")
NOBODIES = ("stranger", "somebody-else")
"""They are in no group, not even in that of everybody: whatever they get, they did not have."""

FIELDS = {
    Role: "roles",
    ClusterRole: "cluster_roles",
    RoleBinding: "role_bindings",
    ClusterRoleBinding: "cluster_role_bindings",
}


def identity(snapshot, node):
    """Username and groups with which a principal's requests come."""
    kind, namespace, name = node
    if name in NOBODIES:
        return name, ()
    everybody = "system:authenticated"
    if kind == "group":
        own = [name]
        if name.startswith("system:serviceaccounts:"):
            own.append("system:serviceaccounts")
        if name != "system:unauthenticated":
            own.append(everybody)
        return "", tuple(dict.fromkeys(own))
    user = f"system:serviceaccount:{namespace}:{name}" if kind == "serviceaccount" else name
    return user, Authorizer(snapshot).groups_of(user)


def with_object(snapshot, obj):
    """The snapshot after a write."""
    field = FIELDS[type(obj)]
    key = obj.metadata.namespace, obj.metadata.name
    others = [o for o in getattr(snapshot, field) if (o.metadata.namespace, o.metadata.name) != key]
    changed = replace(snapshot, **{field: (*others, obj)})
    return prepare(changed, bootstrap=False) if isinstance(obj, ClusterRole) else changed


def reads(authorizer, user, groups, namespace, name):
    """The verbs by which somebody may ask for a Secret and is answered with it."""
    requests = [(verb, name) for verb in NAMED]
    requests += [(verb, "") for verb in ("list", "watch", "deletecollection")]
    return {
        verb
        for verb, asked in requests
        if authorizer.authorize(Request(verb, "", "secrets", "", namespace, asked), user, groups)
    }


def subjects(snapshot, namespace):
    """Everybody that a binding names that holds in a namespace."""
    bindings = [
        *snapshot.cluster_role_bindings,
        *(b for b in snapshot.role_bindings if b.metadata.namespace == namespace),
    ]
    found = {
        subject_node(subject, binding.metadata.namespace)
        for binding in bindings
        for subject in binding.subjects or ()
    }
    return sorted(found - {None})


def readers(snapshot, namespace, name, but=None):
    """Who reads a Secret, otherwise than as a member of one group."""
    authorizer, found = Authorizer(snapshot), {}
    for node in subjects(snapshot, namespace):
        user, groups = identity(snapshot, node)
        others = [group for group in groups if ("group", "", group) != but]
        verbs = reads(authorizer, user, others, namespace, name)
        if verbs:
            found[node] = verbs
    return found


class Cluster:
    """A snapshot, and who reads the Secret as it is."""

    def __init__(self, snapshot, namespace, name):
        self.snapshot = snapshot
        self.key = namespace, name
        self.authorizer = Authorizer(snapshot)
        self.before = readers(snapshot, namespace, name)

    def gained(self, obj, node):
        """What others read after a write who read nothing before.

        A group that writes counts as one: what others get as its members they get by it.
        """
        after = readers(with_object(self.snapshot, obj), *self.key, but=node)
        return {
            one: verbs for one, verbs in after.items() if one not in self.before and one != node
        }


def groups_of(snapshot, node):
    return {("group", "", group) for group in identity(snapshot, node)[1]}


def check_way(cluster, node, way):
    """Each write is one that a server allows, and after it others read the Secret."""
    who = identity(cluster.snapshot, node)
    assert way.writes
    assert way.evidence
    for write in way.writes:
        assert may_write(cluster.authorizer, write.obj, *who, write.verb), way
        others = cluster.gained(write.obj, node)
        if way.to:
            assert set(way.to) <= set(map(format_node, others))
            for one in others:
                holders = map(format_node, (one, *groups_of(cluster.snapshot, one)))
                assert not set(way.to).isdisjoint(holders)
        else:
            assert ("user", "", "somebody-else") in others
        for verbs in others.values():
            assert set(write.gives) <= verbs
    assert set(way.verbs) == {verb for write in way.writes for verb in write.gives}


def told_names(authorizer, who, namespace):
    """Every name in the rules that somebody holds."""
    held = authorizer.rules_for(*who, namespace)
    return {name for one in held for name in one.rule.resource_names or () if name}


def every_write(cluster, who):
    """Every write that somebody may do and that could give others a right on the Secret."""
    snapshot, authorizer, namespace = cluster.snapshot, cluster.authorizer, cluster.key[0]
    told = told_names(authorizer, who, namespace)
    for kind, scope in ((RoleBinding, namespace), (ClusterRoleBinding, "")):
        there = {
            b.metadata.name: b
            for b in getattr(snapshot, FIELDS[kind])
            if b.metadata.namespace == scope
        }
        refs = {("Role", r.metadata.name) for r in snapshot.roles if scope}
        refs |= {("ClusterRole", r.metadata.name) for r in snapshot.cluster_roles}
        for verb, called in product(("create", "update", "patch"), {"fresh", *told, *there}):
            request = Request(verb, RBAC, f"{kind.__name__.lower()}s", "", scope, "")
            asked = replace(request, name="" if verb == "create" else called)
            if not authorizer.authorize(asked, *who):
                continue
            old = there.get(called)
            for ref in [(old.role_ref.kind, old.role_ref.name)] if old else sorted(refs):
                before = (old.subjects or ()) if old else ()
                obj = kind(
                    metadata=RbacMeta(called, scope),
                    role_ref=RoleRef(*ref),
                    subjects=(*before, STRANGER),
                )
                if (old is None or verb != "create") and may_write(authorizer, obj, *who, verb):
                    yield verb, obj
    yield from every_role_write(cluster, who)


def every_role_write(cluster, who):
    snapshot, authorizer, (namespace, name) = cluster.snapshot, cluster.authorizer, cluster.key
    told = told_names(authorizer, who, namespace)
    rights = [PolicyRule((verb,), ("",), ("secrets",), (name,)) for verb in NAMED]
    for verb in ("list", "watch", "deletecollection"):
        rights.append(PolicyRule((verb,), ("",), ("secrets",), ("",)))
        rights.append(PolicyRule((verb,), ("",), ("secrets",)))
    labels = {}
    for role in snapshot.cluster_roles:
        for selector in (
            role.aggregation_rule and role.aggregation_rule.cluster_role_selectors
        ) or ():
            labels |= selector.match_labels or {}
    bindings = (*snapshot.role_bindings, *snapshot.cluster_role_bindings)
    for kind, scope in ((Role, namespace), (ClusterRole, "")):
        there = {
            r.metadata.name: r
            for r in getattr(snapshot, FIELDS[kind])
            if r.metadata.namespace == scope
        }
        bound = {b.role_ref.name for b in bindings if b.role_ref.kind == kind.__name__}
        for verb, called in product(
            ("create", "update", "patch"), {"fresh", *told, *there, *bound}
        ):
            if verb == "create" and called in there:
                continue
            for right in rights:
                if scope:
                    obj = Role(metadata=RbacMeta(called, scope), rules=(right,))
                else:
                    obj = ClusterRole(
                        metadata=ClusterRoleMeta(called, labels=labels), rules=(right,)
                    )
                if may_write(authorizer, obj, *who, verb):
                    yield verb, obj
                    break


def check_law(snapshot, namespace, name):
    """Who is told can pass the right on; who is not, and no group of whose is told, cannot.

    What a group may write is its own matter, not that of its members.
    """
    cluster, world = Cluster(snapshot, namespace, name), World(snapshot)
    found = dict(ways_of(world, namespace, name))
    for node, way in found.items():
        check_way(cluster, node, way)
    for node in {*subjects(snapshot, namespace), *given_groups(world)}:
        if node in found or not found.keys().isdisjoint(groups_of(snapshot, node)):
            continue
        for verb, obj in every_write(cluster, identity(snapshot, node)):
            if not any(
                may_write(cluster.authorizer, obj, *identity(snapshot, group), verb)
                for group in groups_of(snapshot, node)
            ):
                assert not cluster.gained(obj, node), (node, obj)
