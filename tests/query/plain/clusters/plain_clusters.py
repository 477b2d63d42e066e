"""Small random clusters of plain objects, with most of the rights that techniques need."""

import random

from tests.query.plain.clusters.objects import (
    RBAC,
    SECRETS,
    SPACES,
    _bound,
    _cluster,
    _object,
    _rule,
    _subject,
)
from tests.query.plain.clusters.rights import Rights


def random_objects(seed):
    rng = random.Random(seed)
    objects = _cluster(rng)
    rights = Rights(rng)
    for number in range(rng.randint(3, 7)):
        space = rng.choice((*SPACES, ""))
        kind = "Role" if space and rng.random() < 0.5 else "ClusterRole"
        inside = space if kind == "Role" else ""
        rules = rights.of_a_technique()
        objects.append(_object(kind, f"r{number}", inside, f"{RBAC}/v1", rules=rules))
        name = None if rng.random() < 0.9 else "x"
        subjects = [_subject(rng) for _ in range(rng.randint(1, 2))]
        objects.append(_bound(number, kind, space, subjects, name))
    return objects


def objects_of_halves(seed):
    """Roles that do little alone; a user may bind some of them to itself beside others."""
    rng = random.Random(seed)
    objects = _cluster(rng)
    rights = Rights(rng)
    alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
    numbers = range(7)
    for number in numbers:
        rules = [rule for _ in range(rng.randint(1, 2)) for rule in rights.half()]
        space = rng.choice((*SPACES, "", ""))
        subject = _subject(rng)
        if number < 2:
            resource = rng.choice(("rolebindings", "clusterrolebindings"))
            names = [f"r{rng.choice(numbers)}" for _ in range(2)]
            rules += [
                _rule("create", resource, None, RBAC),
                _rule("bind", "clusterroles", names, RBAC),
            ]
            subject = alice
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        if number < 2 or rng.random() < 0.5:
            objects.append(_bound(number, "ClusterRole", space, [subject]))
    return objects


READING = _rule("get list watch", "pods")
EDITING = [
    _rule("get list watch", "secrets"),
    _rule("create delete deletecollection patch update", "secrets"),
    _rule("create delete deletecollection patch update", "pods"),
    _rule("create delete deletecollection patch update", "deployments", None, "apps"),
    _rule("create", "pods/exec"),
    _rule("impersonate", "serviceaccounts"),
    _rule("create", "serviceaccounts/token"),
]
ADMINISTERING = [
    _rule("create delete deletecollection get list patch update watch", "rolebindings", None, RBAC),
    _rule("create delete deletecollection get list patch update watch", "roles", None, RBAC),
]
SHIPPED = {"view": [READING], "edit": [READING, *EDITING]}
SHIPPED |= {"admin": [*SHIPPED["edit"], *ADMINISTERING]}
"""What matters of the roles that users are bound to, as the server fills them in."""

GROUPS = (
    *("system:authenticated", "system:serviceaccounts", "system:serviceaccounts:b"),
    *("system:unauthenticated", "system:nodes", "dev"),
)
NAMED = ("system:node:n1", "system:serviceaccount:a:x", "alice", "bob")


def _shipped(name):
    label = {f"rbac.authorization.k8s.io/aggregate-to-{name}": "true"}
    selected = {"clusterRoleSelectors": [{"matchLabels": label}]}
    version = f"{RBAC}/v1"
    return _object("ClusterRole", name, "", version, rules=SHIPPED[name], aggregationRule=selected)


def _somebody(rng):
    if rng.random() < 0.3:
        return _subject(rng)
    kind = rng.choice(("Group", "Group", "User"))
    return {
        "kind": kind,
        "name": rng.choice(GROUPS if kind == "Group" else NAMED),
        "apiGroup": RBAC,
    }


def objects_of_defaults(seed):
    """The roles that users are bound to, and the groups that every server knows."""
    rng = random.Random(seed)
    objects = [*_cluster(rng), *map(_shipped, SHIPPED)]
    rights = Rights(rng)
    for number in range(rng.randint(3, 6)):
        find = rng.choice((rights.of_a_technique, rights.aggregation))
        role = _object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=find())
        space = rng.choice((*SPACES, ""))
        name = rng.choice((None, None, *SHIPPED))
        objects += [role, _bound(number, "ClusterRole", space, [_somebody(rng)], name)]
    return objects


def objects_of_acting(seed):
    """Rights to act as others for some requests, beside rights of these others."""
    rng = random.Random(seed)
    objects, rights = _cluster(rng), Rights(rng)
    for number in range(rng.randint(4, 8)):
        acting = rng.random() < 0.4
        rules = rights.acting() if acting else rights.of_a_technique()
        space = rng.choice((*SPACES, "", "")) if acting else rng.choice((*SPACES, ""))
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        subjects = [_subject(rng) for _ in range(rng.randint(1, 2))]
        objects.append(_bound(number, "ClusterRole", space, subjects))
    return objects


def objects_of_applying(seed):
    """Rights to patch and update as others who may create, and some more of everybody."""
    rng = random.Random(seed)
    objects, rights = _cluster(rng), Rights(rng)
    numbers = iter(range(100))

    def give(rules, subject):
        number = next(numbers)
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        objects.append(_bound(number, "ClusterRole", rng.choice((*SPACES, "", "", "")), [subject]))

    for _ in range(rng.randint(1, 3)):
        acting, owned, other = rights.applying()
        give(acting, _subject(rng))
        for part in rng.choice(([owned], [owned], [owned[:1], owned[1:]])):
            give(part, other)
    if rng.random() < 0.3:
        give(rights.of_a_technique(), _subject(rng))
    return objects


def objects_of_all(seed):
    """Some of everything above: roles of several techniques, bound to whomever a server knows."""
    rng = random.Random(seed)
    shipped = [_shipped(name) for name in SHIPPED if rng.random() < 0.4]
    objects, rights = [*_cluster(rng), *shipped], Rights(rng)
    names = [None, None, None, "x", *(role["metadata"]["name"] for role in shipped)]
    for number in range(rng.randint(3, 8)):
        space = rng.choice((*SPACES, "", ""))
        kind = "Role" if space and rng.random() < 0.3 else "ClusterRole"
        finds = rng.choices(rights.finds(), k=rng.choice((1, 1, 2, 3)))
        rules = [rule for find in finds for rule in find()]
        inside = space if kind == "Role" else ""
        objects.append(_object(kind, f"r{number}", inside, f"{RBAC}/v1", rules=rules))
        if rng.random() < 0.8:
            name = rng.choice(names) if kind == "ClusterRole" else None
            subjects = [_somebody(rng) for _ in range(rng.randint(1, 2))]
            objects.append(_bound(number, kind, space, subjects, name))
    return objects


NOWHERE = "c"
"""A namespace that bindings name and that is not there."""


def _of_nowhere(rng):
    account = {"kind": "ServiceAccount", "namespace": NOWHERE}
    group = {"kind": "Group", "name": f"system:serviceaccounts:{NOWHERE}", "apiGroup": RBAC}
    names = rng.choice(("default", "ghost"))
    return rng.choice(({**account, "name": names}, {**account, "name": names}, group))


def objects_of_nowhere(seed):
    """Bindings to accounts of a namespace that is not there, beside rights to make it."""
    rng = random.Random(seed)
    objects, rights = _cluster(rng), Rights(rng)
    finds = rights.secrets, rights.token_secrets, rights.accounts, rights.workloads, rights.others
    for number in range(rng.randint(4, 8)):
        name = rng.choice((None, [NOWHERE], [NOWHERE], ["x"]))
        rules = rng.choice(finds)()
        if rng.random() < 0.4:
            rules = [
                _rule(rng.choice(("create", "create patch")), "namespaces", name),
                rng.choice(
                    (
                        _rule("create", "pods"),
                        _rule("create", "serviceaccounts/token"),
                        _rule("create", "serviceaccounts/token", ["default"]),
                    )
                ),
            ]
        elif rng.random() < 0.3:
            rules = [_rule("create", rng.choice(("serviceaccounts", "secrets"))), *rules]
        space = rng.choice((*SPACES, "", "", ""))
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        subject = _of_nowhere(rng) if rng.random() < 0.4 else _subject(rng)
        objects.append(_bound(number, "ClusterRole", space, [subject]))
    return objects + _left_behind(rng)


def _left_behind(rng):
    """What outlasted a namespace, or came with it after the namespaces were listed."""
    secret = _object("Secret", rng.choice(SECRETS), NOWHERE, type="Opaque", data={"k": "eA=="})
    account = _object("ServiceAccount", rng.choice(("default", "ghost", "x")), NOWHERE)
    return [one for one in (secret, account) if rng.random() < 0.4]
