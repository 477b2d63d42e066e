"""``diff``: which lines of manifests are blamed for what is gained, by example."""

import io

import pytest

import rbacgraph as rg

BASE = """
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: api, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
- {apiGroups: [""], resources: [configmaps], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}
"""
RULE = '- {apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [db]}\n'
READER = '- {apiGroups: [""], resources: [configmaps], verbs: [get]}\n'
BOB = "- {apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}\n"


def named(text, name):
    """An open file of a name."""
    stream = io.BytesIO(text.encode())
    stream.name = name
    return stream


@pytest.fixture
def compared(tmp_path):
    def compare(before, after):
        for name, text in (("before", before), ("after", after)):
            (tmp_path / f"{name}.yaml").write_text(text)
        found = rg.diff(tmp_path / "before.yaml", tmp_path / "after.yaml")
        return [
            (
                change.gained,
                [
                    (c.kind, c.name, c.change, [(p.field, p.index, p.line) for p in c.parts])
                    for c in change.causes
                ],
                change.principals,
                change.secrets,
            )
            for change in found
        ]

    return compare


def line_of(text, piece):
    return text[: text.index(piece)].count("\n") + 1


def test_a_new_rule_is_blamed_by_its_line(compared):
    after = BASE.replace(READER, READER + RULE)
    cause = ("Role", "reader", "changed", [("rules", 1, line_of(after, RULE))])
    assert compared(BASE, after) == [(True, [cause], ("user:alice",), ("secret:shop/db",))]
    assert compared(after, BASE) == [(False, [cause], ("user:alice",), ("secret:shop/db",))]


def test_every_new_rule_that_opens_it_is_blamed(compared):
    """Whoever takes out one of them alone still leaves the path."""
    other = RULE.replace("[get]", "[list]")
    after = BASE.replace(READER, RULE + READER + other)
    parts = [("rules", 0, line_of(after, RULE)), ("rules", 2, line_of(after, other))]
    cause = ("Role", "reader", "changed", parts)
    assert compared(BASE, after) == [(True, [cause], ("user:alice",), ("secret:shop/db",))]


def test_a_new_subject_is_blamed_by_its_line(compared):
    before = BASE.replace(READER, READER + RULE)
    after = before + BOB
    cause = ("RoleBinding", "readers", "changed", [("subjects", 1, line_of(after, BOB))])
    assert compared(before, after) == [(True, [cause], ("user:bob",), ("secret:shop/db",))]


def test_a_rule_that_says_less_is_no_cause(compared):
    """Bob gains by the new subject: that the rule names the Secret now takes something away."""
    wide = RULE.replace("[get]", "[get, list]").replace(", resourceNames: [db]", "")
    before = BASE.replace(READER, READER + wide)
    after = BASE.replace(READER, READER + RULE) + BOB
    cause = ("RoleBinding", "readers", "changed", [("subjects", 1, line_of(after, BOB))])
    (gain,) = [found for found in compared(before, after) if found[0]]
    assert gain == (True, [cause], ("user:bob",), ("secret:shop/db",))


def test_a_role_ref_that_gives_less_is_no_cause(compared):
    other = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: wide, namespace: shop}
rules:
- {apiGroups: [""], resources: [secrets, pods], verbs: [get, list]}
"""
    ref = "kind: Role, name: reader}"
    before = BASE.replace(READER, RULE).replace(ref, ref.replace("reader", "wide")) + other
    after = BASE.replace(READER, RULE) + BOB + other
    cause = ("RoleBinding", "readers", "changed", [("subjects", 1, line_of(after, BOB))])
    (gain,) = [found for found in compared(before, after) if found[0]]
    assert gain == (True, [cause], ("user:bob",), ("secret:shop/db",))


def test_a_new_binding_is_one_change_for_all_it_opens(compared):
    binding = (
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n"
        "metadata: {name: admins}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n"
        f"subjects:\n{BOB}"
    )
    cause = (
        "ClusterRoleBinding",
        "admins",
        "added",
        [("subjects", 0, line_of(BASE + binding, BOB))],
    )
    both = ("secret:shop/api", "secret:shop/db")
    assert compared(BASE, BASE + binding) == [(True, [cause], ("user:bob",), both)]


def test_another_role_is_blamed_on_the_role_ref(compared):
    before = (
        BASE + "---\n" + BASE.split("---\n")[2].replace("reader", "other").replace(READER, RULE)
    )
    after = before.replace("kind: Role, name: reader}", "kind: Role, name: other}")
    line = line_of(after, "roleRef")
    cause = ("RoleBinding", "readers", "changed", [("roleRef", 0, line)])
    assert compared(before, after) == [(True, [cause], ("user:alice",), ("secret:shop/db",))]


def test_a_role_that_was_missing_is_blamed_itself(compared):
    documents = BASE.replace(READER, RULE).split("---\n")
    before = "---\n".join((*documents[:2], *documents[3:]))
    after = "---\n".join(documents)
    cause = ("Role", "reader", "added", [("rules", 0, line_of(after, RULE))])
    assert compared(before, after) == [(True, [cause], ("user:alice",), ("secret:shop/db",))]


def test_a_new_secret_within_old_rights_is_apart(compared, tmp_path):
    every = RULE.replace(", resourceNames: [db]", "")
    before = BASE.replace(READER, every)
    after = before + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: new, namespace: shop}\n"
    cause = ("Secret", "new", "added", [])
    assert compared(before, after) == [(True, [cause], ("user:alice",), ("secret:shop/new",))]
    found = rg.diff(tmp_path / "before.yaml", tmp_path / "after.yaml")
    assert not found.gained
    assert found[0].only_secrets


def test_what_only_moved_is_no_change(tmp_path):
    documents = BASE.replace(READER, RULE).split("---\n")
    for name, several in (("before", documents), ("after", documents[::-1])):
        (tmp_path / name).mkdir()
        for number, text in enumerate(several):
            (tmp_path / name / f"{name}-{number}.yaml").write_text("# a comment\n" * number + text)
    assert len(rg.diff(tmp_path / "before", tmp_path / "after")) == 0


def test_a_member_of_the_group_has_gained_nothing_by_a_binding_of_its_own(tmp_path):
    before = BASE.replace(READER, RULE).replace(
        "kind: User, name: alice", "kind: Group, name: devs"
    )
    (tmp_path / "before.yaml").write_text(before)
    (tmp_path / "after.yaml").write_text(before + BOB)
    old, new = (
        rg.load(tmp_path / f"{side}.yaml", groups={"bob": ["devs"]}) for side in ("before", "after")
    )
    assert len(rg.diff(old, new)) == 0
    alone = rg.load(tmp_path / "before.yaml")
    (change,) = rg.diff(alone, old)
    assert change.principals == ("user:bob",)
    assert [(c.kind, c.name) for c in change.causes] == [("Group", "devs")]


def test_a_member_of_a_group_that_gains_is_told_with_it(compared):
    accounts = (
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n"
        "metadata: {name: accounts}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n"
        "subjects:\n"
        "- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:serviceaccounts'}\n"
        "- {kind: ServiceAccount, name: ci, namespace: shop}\n"
    )
    account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ci, namespace: shop}\n"
    alone = accounts.partition("- {kind: ServiceAccount")[0]
    both = ("group:system:serviceaccounts", "serviceaccount:shop/ci")
    for text, told in ((alone, both[:1]), (accounts, both)):
        ((*_, principals, _),) = compared(BASE + account, BASE + account + text)
        assert principals == told
        ((*_, principals, _),) = compared(BASE + account + text, BASE + account)
        assert principals == told


def test_every_binding_that_lets_somebody_at_it_is_told(compared):
    """So is that of an account beside its group's, which is of no more use once that is gone."""
    account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ci, namespace: shop}\n"
    base = BASE.replace(READER, RULE) + account
    binding = "---\n" + BASE.split("---\n")[3]
    group = binding.replace("readers", "group").replace("kind: User, name: alice", "GROUP")
    group = group.replace("GROUP", "kind: Group, name: 'system:serviceaccounts:shop'")
    own = binding.replace("readers", "own").replace(
        "{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}",
        "{kind: ServiceAccount, name: ci, namespace: shop}",
    )
    again = own.replace("name: own", "name: again")
    told = {
        cause[1]: principals
        for _, (cause,), principals, _ in compared(base, base + group + own + again)
    }
    assert told == {
        "group": ("group:system:serviceaccounts:shop",),
        "own": ("serviceaccount:shop/ci",),
        "again": ("serviceaccount:shop/ci",),
    }


def test_what_a_cheaper_way_uses_beside_is_not_named(compared):
    """Impersonation alone is enough, by the Pods of old; to read the Secret is but cheaper."""
    binding = "---\n" + BASE.split("---\n")[3]
    account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ci, namespace: shop}\n"
    own = binding.replace("readers", "own").replace("name: reader", "name: maker")
    own = own.replace(
        "{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}",
        "{kind: ServiceAccount, name: ci, namespace: shop}",
    )
    maker = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: maker, namespace: shop}
rules:
- {apiGroups: [""], resources: [pods], verbs: [create]}
"""
    act = '- {apiGroups: [""], resources: [serviceaccounts], verbs: [impersonate]}\n'
    read = RULE.replace(", resourceNames: [db]", "")
    base = BASE.replace(READER, act.replace("impersonate", "get")) + account + own
    after = base.replace("verbs: [get]}", "verbs: [impersonate]}", 1)
    for before, changed, roles in (
        (base + maker, after + maker + read, {("reader",)}),
        (base + maker.replace("create", "get"), after + maker + read, {("maker", "reader")}),
    ):
        found = compared(before, changed)
        named = {
            tuple(cause[1] for cause in causes)
            for _, causes, principals, _ in found
            if principals == ("user:alice",)
        }
        assert named == roles


def test_a_rule_with_names_beside_one_without_is_told(compared):
    after = BASE.replace(READER, RULE + RULE.replace(", resourceNames: [db]", ""))
    lines = (line_of(after, RULE), line_of(after, RULE) + 1)
    parts = [("rules", number, line) for number, line in enumerate(lines)]
    ((_, causes, _, secrets),) = compared(BASE, after)
    assert causes == [("Role", "reader", "changed", parts)]
    assert secrets == ("secret:shop/api", "secret:shop/db")


def test_the_control_plane_gains_nothing_that_it_has_by_shipped_bindings(compared):
    subject = BOB.replace("bob", "system:kube-controller-manager")
    every = RULE.replace(", resourceNames: [db]", "")
    assert compared(BASE, BASE.replace(READER, every) + subject)[0][2] == ("user:alice",)


def test_an_aggregated_rule_is_blamed_where_it_stands(compared):
    roles = (
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
        "metadata: {name: more, labels: {part: whole}}\nrules:\n- RULE\n"
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
        "metadata: {name: whole}\n"
        "aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: whole}}]}\nrules: []\n"
    )
    base = BASE.replace("kind: Role, name: reader", "kind: ClusterRole, name: whole")
    before = base + roles.replace("- RULE\n", READER)
    after = base + roles.replace("- RULE\n", READER + RULE)
    cause = ("ClusterRole", "more", "changed", [("rules", 1, line_of(after, RULE))])
    assert compared(before, after) == [(True, [cause], ("user:alice",), ("secret:shop/db",))]
    unlabelled = after.replace("labels: {part: whole}", "labels: {part: none}", 1)
    ((_, causes, *_),) = compared(unlabelled, after)
    part = ("metadata.labels", 0, line_of(after, "labels: {part: whole}"))
    assert causes == [("ClusterRole", "more", "changed", [part])]
    apart = after.replace("matchLabels: {part: whole}", "matchLabels: {part: other}")
    ((_, causes, *_),) = compared(apart, after)
    part = ("aggregationRule", 0, line_of(after, "aggregationRule"))
    assert causes == [("ClusterRole", "whole", "changed", [part])]


POD = """---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - {name: c, image: i, envFrom: [{secretRef: {name: db}}]}
status: {phase: Running}
"""
EXEC = '- {apiGroups: [""], resources: [pods/exec], verbs: [create, get]}\n'


def test_a_pod_that_mounts_it_is_blamed_itself(compared):
    before = BASE.replace(READER, EXEC) + POD.replace("name: db", "name: api")
    after = BASE.replace(READER, EXEC) + POD
    opened, closed = compared(before, after)
    assert opened == (True, [("Pod", "web", "changed", [])], ("user:alice",), ("secret:shop/db",))
    assert closed == (False, [("Pod", "web", "changed", [])], ("user:alice",), ("secret:shop/api",))


NODE = """---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {node-role.kubernetes.io/control-plane: ""}}
"""
NAMESPACE = """---
apiVersion: v1
kind: Namespace
metadata: {name: tools, labels: {pod-security.kubernetes.io/enforce: LEVEL}}
"""


def test_what_no_evidence_names_is_blamed_as_it_changed(tmp_path):
    """The level of a namespace makes paths: a condition's end is a gain, its coming a loss."""
    maker = BASE.replace("namespace: shop}\nrules", "namespace: tools}\nrules")
    maker = maker.replace("readers, namespace: shop", "readers, namespace: tools") + NODE
    maker = maker.replace(READER, READER.replace("configmaps", "pods").replace("get", "create"))
    for level in ("restricted", "privileged"):
        (tmp_path / f"{level}.yaml").write_text(maker + NAMESPACE.replace("LEVEL", level))
    (tmp_path / "unknown.yaml").write_text(maker)

    def told(one, other):
        found = rg.diff(tmp_path / f"{one}.yaml", tmp_path / f"{other}.yaml")
        return {
            (change.gained, cause.kind, cause.change, way.before, way.after)
            for change in found
            for cause in change.causes
            for way in change.ways
        }

    changed = (True, "Namespace", "changed", "none", "certain")
    assert told("restricted", "privileged") == {changed}
    removed = (True, "Namespace", "removed", "none", "conditional")
    assert told("restricted", "unknown") == {removed}
    weaker = (False, "Namespace", "removed", "certain", "conditional")
    assert told("privileged", "unknown") == {weaker}
    stronger = (True, "Namespace", "added", "conditional", "certain")
    assert told("unknown", "privileged") == {stronger}
