"""What a change opens where the input holds an object in several versions."""

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
