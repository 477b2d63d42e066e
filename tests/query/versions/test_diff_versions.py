"""What a change opens where the input holds an object in several versions."""

import json

import pytest

from rbacgraph import diff

RBAC = "apiVersion: rbac.authorization.k8s.io/v1"
SHOP = f"""
apiVersion: v1
kind: Secret
metadata: {{name: db, namespace: shop}}
---
{RBAC}
kind: Role
metadata: {{name: reader, namespace: shop}}
rules:
- {{apiGroups: [""], resources: [secrets], verbs: [get]}}
"""


def bound(*users, role="reader"):
    subjects = "".join(f"\n- {{kind: User, name: {user}}}" for user in users)
    ref = f"{{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {role}}}"
    head = f"{RBAC}\nkind: RoleBinding\nmetadata: {{name: b, namespace: shop}}"
    return f"{head}\nroleRef: {ref}\nsubjects:{subjects}\n"


def changes(folder, before, after):
    for side, files in (("before", before), ("after", after)):
        for name, text in {"shop": SHOP, **files}.items():
            (folder / side).mkdir(exist_ok=True)
            (folder / side / f"{name}.yaml").write_text(text)
    found = diff(folder / "before", folder / "after").result
    return [
        (
            change.gained,
            [(c.change, c.file.rsplit("/")[-1], [p.line for p in c.parts]) for c in change.causes],
            [(*way.principals, way.before, way.after) for way in change.ways],
        )
        for change in found.changes
    ]


ONE, OTHER, THIRD = bound("eve"), bound("bob"), bound("eve", "bob", "amy")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            {"a": ONE},
            {"a": ONE, "b": bound("eve", "amy")},
            (True, [("changed", "b.yaml", [7])], [("user:amy", "none", "conditional")]),
        ),
        (
            {"a": ONE},
            {"a": ONE, "b": bound("amy", "eve", role="missing")},
            (False, [("changed", "b.yaml", [])], [("user:eve", "certain", "conditional")]),
        ),
        (
            {"a": bound("eve", "amy"), "b": ONE},
            {"b": ONE},
            (False, [("changed", "a.yaml", [7])], [("user:amy", "conditional", "none")]),
        ),
        (
            {"a": bound("eve", "amy"), "b": ONE},
            {"a": bound("eve", "amy")},
            (True, [("changed", "b.yaml", [])], [("user:amy", "conditional", "certain")]),
        ),
    ],
)
def test_the_version_that_changed_is_named(before, after, expected, tmp_path):
    assert expected in changes(tmp_path, before, after)


TEMPLATE = {"spec": {"containers": [{"name": "c", "image": "i"}]}}
NAMING = {
    "spec": {
        "containers": [{"name": "c", "image": "i", "envFrom": [{"secretRef": {"name": "db"}}]}]
    }
}


def written(kind, name, uid="", owner=None, **fields):
    group = {"Deployment": "apps/v1", "ReplicaSet": "apps/v1"}.get(kind, "v1")
    version = RBAC.partition(": ")[2] if "Role" in kind else group
    owners = {"ownerReferences": [owner]} if owner else {}
    metadata = {"name": name, "namespace": "shop", "uid": uid, **owners}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def workload(kind, name, template, **fields):
    return written(kind, name, spec={"selector": {}, "template": template}, **fields)


DUMP = [
    workload("Deployment", "web", TEMPLATE, uid="d"),
    workload(
        "ReplicaSet",
        "web-1",
        TEMPLATE,
        uid="r",
        owner={"kind": "Deployment", "name": "web", "uid": "d"},
    ),
    written(
        "Pod",
        "web-1-x",
        uid="p",
        owner={"kind": "ReplicaSet", "name": "web-1", "uid": "r"},
        status={"phase": "Running"},
        **TEMPLATE,
    ),
    written("Secret", "db", uid="s", type="Opaque", data={"k": "eA=="}),
    written(
        "Role",
        "exec",
        uid="e",
        rules=[{"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}],
    ),
    written(
        "RoleBinding",
        "exec",
        uid="b",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "exec"},
        subjects=[{"kind": "User", "name": "amy"}],
    ),
]
PATCH = {"spec": {"containers": [{**NAMING["spec"]["containers"][0], "image": None}]}}


@pytest.mark.parametrize(
    ("name", "after", "level"),
    [
        ("web", NAMING, "conditional"),
        ("web", PATCH, "conditional"),
        ("fresh", NAMING, "certain"),
        ("web", TEMPLATE, None),
    ],
)
def test_a_manifest_beside_a_servers_dump_is_not_overlooked(name, after, level, tmp_path):
    (tmp_path / "dump.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": DUMP})
    )
    for side, template in (("before", TEMPLATE), ("after", after)):
        (tmp_path / side).mkdir()
        old = [] if name == "fresh" and side == "before" else [template]
        text = "\n".join(json.dumps(workload("Deployment", name, one)) for one in old)
        (tmp_path / side / "w.json").write_text(text)
    dump = tmp_path / "dump.json"
    found = diff([dump, tmp_path / "before"], [dump, tmp_path / "after"]).result
    told = [(change.gained, way.after) for change in found.changes for way in change.ways]
    assert told == ([(True, level)] if level else [])
