"""Names that spell other rights, or start other names, are not these: some paths hung on it."""

import json

import pytest

from rbacgraph.graph.build import build
from rbacgraph.query.access.reach import reach
from rbacgraph.sources.load import load
from tests.query.plain.clusters.objects import RBAC, _object, _rule


def _subject(kind, name):
    return {"kind": kind, "name": name, "apiGroup": RBAC}


def _role(name, *rules):
    return _object("ClusterRole", name, "", f"{RBAC}/v1", rules=list(rules))


def _bound(role, space, name, kind="User"):
    ref, made = _subject("ClusterRole", role), "RoleBinding" if space else "ClusterRoleBinding"
    fields = {"roleRef": ref, "subjects": [_subject(kind, name)]}
    return _object(made, f"b-{role}", space, f"{RBAC}/v1", **fields)


def _can_bind(role, bindings="rolebindings"):
    """What lets somebody put himself into the binding of a role."""
    return (
        _rule("update", bindings, [f"b-{role}"], RBAC),
        _rule("bind", "clusterroles", [role], RBAC),
    )


READER = (
    _object("Namespace", "a"),
    _object("Secret", "s", "a", type="Opaque"),
    _role("reader", _rule("get", "secrets")),
)


def _readers(objects, folder, *users):
    """Return which users get at the Secret."""
    path = folder / "dump.json"
    items = [*READER, *objects]
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    graph = build(load(path))
    found = {user: reach(graph, source=f"user:{user}").reached for user in users}
    return {user for user in users if "secret:a/s" in {one.target for one in found[user]}}


def _writers(names, ours, theirs):
    """Alice writes RoleBinding x, Bob creates what has these names; both can bind a binder."""
    create, update = (_rule(verb, "rolebindings", ["x"], RBAC) for verb in ("create", "update"))
    return [
        _role("binder", _rule("bind", "clusterroles", ["reader"], RBAC)),
        _bound("binder", "a", "nobody"),
        _role("editor", update),
        _bound("editor", "a", "nobody"),
        _role(ours, create, update, *_can_bind("binder")),
        _bound(ours, "a", "alice"),
        _role(theirs, _rule("create", "rolebindings", names, RBAC), *_can_bind("binder")),
        _bound(theirs, "a", "bob"),
        _role("of-dave", *_can_bind("editor")),
        _bound("of-dave", "a", "dave"),
    ]


SPELLED = f"x in a and update (of update/patch) on rolebindings.{RBAC} named x".split()


@pytest.mark.parametrize("roles", [("r1", "r2"), ("r2", "r1")])
@pytest.mark.parametrize("names", [["x"], SPELLED, SPELLED[::-1]])
def test_names_that_spell_another_right_give_nothing_of_it(names, roles, tmp_path):
    objects = _writers(names, *roles)
    assert _readers(objects, tmp_path, "alice", "bob", "dave") == {"alice"}


@pytest.mark.parametrize("held", ["ops", "ops/"])
def test_a_group_whose_name_starts_another_is_not_that_group(held, tmp_path):
    """Alice acts as carol in one group, and binds what lets her act as a member of another."""
    acts = _rule("impersonate", "users", ["carol"]), _rule("impersonate", "groups", [held])
    objects = [
        _bound("reader", "a", "ops/x", "Group"),
        _role("acts", *acts, *_can_bind("more", "clusterrolebindings")),
        _bound("acts", "", "alice"),
        _role("more", _rule("impersonate", "groups", ["ops/x"])),
        _bound("more", "", "nobody"),
    ]
    assert _readers(objects, tmp_path, "alice") == {"alice"}
