"""Awkward clusters: small, but with more ways through them than a real one of their size.

Each shape takes one number: how many of what makes it awkward.
"""

from collections.abc import Callable, Iterable, Iterator
from uuid import NAMESPACE_OID, uuid5

from objects import RBAC, Object

Rule = dict[str, list[str]]
Subject = dict[str, str]

_BIG = "big"
_NAMESPACES = 20
_PARTS = (
    *("pods", "secrets", "serviceaccounts", "pods/exec"),
    *("persistentvolumes", "namespaces", "nodes", "configmaps"),
)
_VERBS = (["create"], ["get"], ["list", "get"], ["patch"], ["update"], ["impersonate"])
_HOLDERS = 100
_ADMINS = 20


def _rule(group: str, resource: str, verbs: list[str], *names: str) -> Rule:
    found = {"apiGroups": [group], "resources": [resource], "verbs": verbs}
    return {**found, "resourceNames": list(names)} if names else found


_GET_SECRETS = _rule("", "secrets", ["get"])
_MAKE_PODS = _rule("", "pods", ["create", "get"])


def _object(api: str, kind: str, name: str, namespace: str = "", **more: object) -> Object:
    uid = str(uuid5(NAMESPACE_OID, f"{kind}/{namespace}/{name}"))
    metadata = {"name": name, "resourceVersion": "1", "uid": uid}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **more}


def _namespace(name: str, secrets: Iterable[str] = ()) -> Iterator[Object]:
    yield _object("v1", "Namespace", name)
    yield _object("v1", "ServiceAccount", "default", name)
    for secret in secrets:
        yield _object("v1", "Secret", secret, name, type="Opaque")


def _namespaces(count: int, secrets: int) -> Iterator[Object]:
    for number in range(count):
        yield from _namespace(f"n{number}", [f"s{one}" for one in range(secrets)])


def _account(namespace: str, name: str) -> Subject:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def _user(name: str) -> Subject:
    return {"apiGroup": RBAC, "kind": "User", "name": name}


def _group(name: str) -> Subject:
    return {"apiGroup": RBAC, "kind": "Group", "name": name}


def _role(name: str, rules: list[Rule], namespace: str = "") -> Object:
    kind = "Role" if namespace else "ClusterRole"
    return _object(f"{RBAC}/v1", kind, name, namespace, rules=rules)


def _bound(name: str, role: Object, subject: Subject, namespace: str = "") -> Object:
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    reference = {"apiGroup": RBAC, "kind": role["kind"], "name": role["metadata"]["name"]}
    more = {"roleRef": reference, "subjects": [subject]}
    return _object(f"{RBAC}/v1", kind, name, namespace, **more)


def binders(count: int) -> Iterator[Object]:
    """Users who may bind some of many ClusterRoles, each a part of some technique."""
    yield from _namespaces(50, 10)
    roles = [
        _role(f"c{number}", [_rule("", _PARTS[number % 8], _VERBS[number % 6])])
        for number in range(count)
    ]
    for number in range(count):
        names = [f"c{(number * 7 + step) % count}" for step in range(5)]
        bind = _rule(RBAC, "clusterroles", ["bind"], *names)
        binder = _role(f"b{number}", [bind, _rule(RBAC, "rolebindings", ["create"])])
        user, home = _user(f"u{number}"), f"n{number % 50}"
        yield from (roles[number], binder)
        yield _bound(f"b{number}", binder, user, home)
        yield _bound(f"h{number}", roles[number * 3 % count], user, home)


def group_chain(count: int) -> Iterator[Object]:
    """Each group may impersonate the next one, but nobody twice; the last reads the Secret."""
    yield from _namespaces(_NAMESPACES, 10)
    yield from _namespace(_BIG, ["db"])
    last = _role("rd", [_GET_SECRETS], _BIG)
    yield from (last, _bound("last", last, _group(f"g{count}"), _BIG))
    for number in range(count):
        groups = _rule("", "groups", ["impersonate"], f"g{number + 1}")
        users = _rule("", "users", ["impersonate"], f"u{number + 1}")
        role = _role(f"imp{number}", [groups, users])
        yield from (role, _bound(f"imp{number}", role, _group(f"g{number}")))


def token_chain(count: int) -> Iterator[Object]:
    """Each ServiceAccount may create a token of the next one; the last reads the Secret."""
    yield from _namespace(_BIG, ["db"])
    last = _role("rd", [_GET_SECRETS], _BIG)
    yield from (last, _bound("last", last, _account(_BIG, f"a{count}"), _BIG))
    for number in range(count + 1):
        yield _object("v1", "ServiceAccount", f"a{number}", _BIG)
    for number in range(count):
        create = _rule("", "serviceaccounts/token", ["create"], f"a{number + 1}")
        role = _role(f"t{number}", [create], _BIG)
        yield from (role, _bound(f"t{number}", role, _account(_BIG, f"a{number}"), _BIG))


def imp_users(count: int) -> Iterator[Object]:
    """Many users, each of whom may impersonate each of as many others."""
    yield from _namespaces(_NAMESPACES, 5)
    names = [f"u{number}" for number in range(count)]
    impersonator = _role("imp", [_rule("", "users", ["impersonate"], *names)])
    reader = _role("read-secrets", [_GET_SECRETS])
    yield from (impersonator, reader)
    for number, name in enumerate(names):
        yield _bound(f"i{number}", impersonator, _user(f"h{number}"))
        yield _bound(f"v{number}", reader, _user(name), f"n{number % _NAMESPACES}")


def crbs_admin(count: int) -> Iterator[Object]:
    """Many ClusterRoleBindings to roles that hold everything."""
    yield from _namespaces(200, 10)
    roles = [_role(f"adm{number}", [_rule("*", "*", ["*"])]) for number in range(_ADMINS)]
    yield from roles
    for number in range(count):
        yield _bound(f"c{number}", roles[number % _ADMINS], _user(f"u{number}"))


def many_rules(count: int) -> Iterator[Object]:
    """One role with a rule for each Secret, bound to many."""
    return _of_names(count, [_rule("", "secrets", ["get"], f"s{one}") for one in range(count)])


def many_names(count: int) -> Iterator[Object]:
    """One rule that names each Secret, in a role bound to many."""
    return _of_names(count, [_rule("", "secrets", ["get"], *(f"s{one}" for one in range(count)))])


def _of_names(count: int, rules: list[Rule]) -> Iterator[Object]:
    yield from _namespaces(_NAMESPACES, 10)
    yield from _namespace(_BIG, [f"s{number}" for number in range(count)])
    role = _role("r", rules, _BIG)
    yield role
    for number in range(_HOLDERS):
        yield _object("v1", "ServiceAccount", f"a{number}", _BIG)
        yield _bound(f"b{number}", role, _account(_BIG, f"a{number}"), _BIG)


def crossing(count: int) -> Iterator[Object]:
    """Roles that their user may bind, whose names cross those of the roles held."""
    yield from _namespace("x", ["db"])
    for number in range(count):
        first, second, user = f"r{number}", f"q{number}", _user(f"u{number}")
        makers = [_role(name, [_MAKE_PODS], "x") for name in (first, second)]
        held = _role(f"A{number}", _changes(first, second), "x")
        other = _role(f"B{number}", _changes(second, first), "x")
        bind = _rule(RBAC, "roles", ["bind"], f"B{number}")
        binder = _role(f"binder{number}", [bind, _rule(RBAC, "rolebindings", ["create"])], "x")
        yield from (*makers, held, other, binder)
        for role in makers:
            yield _bound(role["metadata"]["name"], role, _user(f"z{number}"), "x")
        yield _bound(f"a{number}", held, user, "x")
        yield _bound(f"b{number}", binder, user, "x")


def _changes(escalated: str, patched: str) -> list[Rule]:
    return [
        _rule(RBAC, "roles", ["escalate"], escalated),
        _rule(RBAC, "roles", ["patch"], patched),
    ]


SHAPES: dict[str, Callable[[int], Iterator[Object]]] = {
    one.__name__: one
    for one in (
        *(binders, group_chain, token_chain, imp_users),
        *(crbs_admin, many_rules, many_names, crossing),
    )
}
