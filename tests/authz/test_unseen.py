"""A "no" is said where nothing that was not seen can allow it, and nowhere else."""

import json
import random

import pytest
from msgspec.structs import replace

import rbacgraph
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.prepare import prepare
from rbacgraph.authz.questions.can_i import can_i
from rbacgraph.model.condition import If
from rbacgraph.model.inputs.snapshot import Collected
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, RbacMeta
from rbacgraph.model.kubernetes.rbac import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from tests.query.rbac_clusters import random_rbac
from tests.worlds import worlds

KINDS = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
FIELDS = dict(
    zip(
        KINDS,
        ("roles", "cluster_roles", "role_bindings", "cluster_role_bindings"),
        strict=True,
    )
)
USERS = ("alice", "bob", "system:serviceaccount:a:x", "nobody")
ALL = (PolicyRule(("*",), ("*",), ("*",)), PolicyRule(("*",), non_resource_urls=("*",)))
EVERYBODY = (Subject("Group", "system:authenticated"), *(Subject("User", u) for u in USERS))
NAMESPACES = ("a", "b")


def seen_of(whole, rng):
    """What a live cluster shows of itself: of some lists all, of others less, or nothing."""
    fields = {}
    listed = set()
    for kind in KINDS:
        objects = getattr(whole, FIELDS[kind])
        places = NAMESPACES if kind in {"Role", "RoleBinding"} else ("",)
        hidden = {place for place in places if rng.random() < 0.3}
        if hidden:
            listed.update((kind, place) for place in places if place not in hidden)
        else:
            listed.add((kind, ""))
        fields[FIELDS[kind]] = tuple(
            one for one in objects if one.metadata.namespace not in hidden or rng.random() < 0.5
        )
    seen = replace(whole, listed=frozenset(listed), collected=Collected(), **fields)
    return prepare(_unfilled(seen), bootstrap=False)


def _unfilled(snapshot):
    roles = (
        role if role.aggregation_rule is None else replace(role, rules=None)
        for role in snapshot.cluster_roles
    )
    return replace(snapshot, cluster_roles=tuple(roles))


def most_of(seen):
    """The same with all that may stand in the lists that are not complete."""
    places = {
        kind: [
            place
            for place in (NAMESPACES if kind in {"Role", "RoleBinding"} else ("",))
            if not seen.is_listed(kind, place)
        ]
        for kind in KINDS
    }
    held = {role.metadata.name for role in seen.cluster_roles}
    own = {(role.metadata.namespace, role.metadata.name) for role in seen.roles}
    bindings = (*seen.role_bindings, *seen.cluster_role_bindings)
    named = {(b.role_ref.kind, b.role_ref.name) for b in bindings}
    every = RoleRef("ClusterRole", "every")
    more = {
        "roles": [
            Role(metadata=RbacMeta(name, place), rules=ALL)
            for place in places["Role"]
            for kind, name in named
            if kind == "Role" and (place, name) not in own
        ],
        "cluster_roles": [
            *(
                ClusterRole(metadata=ClusterRoleMeta(name), rules=ALL)
                for _ in places["ClusterRole"]
                for kind, name in named
                if kind == "ClusterRole" and name not in held
            ),
            *(
                ClusterRole(metadata=ClusterRoleMeta("into-agg", labels={"into": "agg"}), rules=ALL)
                for _ in places["ClusterRole"]
            ),
        ],
        "role_bindings": [
            RoleBinding(metadata=RbacMeta("more", place), role_ref=every, subjects=EVERYBODY)
            for place in places["RoleBinding"]
        ],
        "cluster_role_bindings": [
            ClusterRoleBinding(metadata=RbacMeta("more"), role_ref=every, subjects=EVERYBODY)
            for _ in places["ClusterRoleBinding"]
        ],
    }
    more["cluster_roles"].append(ClusterRole(metadata=ClusterRoleMeta("every"), rules=ALL))
    fields = {field: (*getattr(seen, field), *objects) for field, objects in more.items()}
    return prepare(_unfilled(replace(seen, **fields)), bootstrap=False)


QUESTIONS = tuple(
    (verb, resource, name, namespace)
    for verb, resource, name in (
        ("get", "secrets", "s"),
        ("list", "secrets", ""),
        ("create", "rolebindings", ""),
        ("bind", "clusterroles", "r0"),
        ("escalate", "roles", "r1"),
    )
    for namespace in ("", *NAMESPACES)
)


def answers(snapshot, user):
    authorizer = Authorizer(snapshot)
    for verb, resource, name, namespace in QUESTIONS:
        yield can_i(authorizer, verb, resource, name=name, namespace=namespace, user=user)


def test_what_is_seen_never_says_what_the_whole_contradicts():
    """A yes and a no hold in the cluster; unknown is what may be, and is said nowhere else."""
    words = {"yes": 0, "no": 0, "unknown": 0}
    for seed in worlds(random_rbac, 150):
        whole = random_rbac(seed)
        seen = seen_of(whole, random.Random(seed))
        most = most_of(seen)
        for user in USERS:
            three = zip(*(answers(snapshot, user) for snapshot in (whole, seen, most)), strict=True)
            for there, here, possible in three:
                words[here.word] += 1
                assert not there.unknown
                assert here.word != "yes" or there.allowed
                assert here.word != "no" or not (there.allowed or possible.allowed)
                assert here.word != "unknown" or possible.allowed
    assert min(words.values()) > 500


# --- files -----------------------------------------------------------------------------

READER = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": {"name": "reader", "namespace": "shop"},
    "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}],
}
READERS = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "readers", "namespace": "shop", "uid": "u"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
    "subjects": [{"kind": "User", "name": "alice", "apiGroup": "rbac.authorization.k8s.io"}],
}
PODS = {"apiVersion": "v1", "kind": "PodList", "metadata": {"continue": "x"}, "items": []}


def page(more, items=(READERS,), kind="RoleBindingList"):
    metadata = {"resourceVersion": "7", **({"continue": "x"} if more else {})}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": metadata,
        "items": list(items),
    }


@pytest.mark.parametrize("suffix", ["json", "yaml"])
@pytest.mark.parametrize(
    ("documents", "word", "missing"),
    [
        ([READER, READERS], "no", ()),
        ([READER], "no", ()),  # a kind that is absent is what its owner wants to be looked at
        ([READER, page(True)], "unknown", (If.LISTS_ARE_SEEN("RoleBinding", "shop"),)),
        ([READER, page(True), page(False, ())], "unknown", None),
        ([READER, page(True), page(False)], "no", ()),  # the last page tells that it is all
        ([READER, PODS, READERS], "no", ()),
        (
            [READERS, page(True, [READER], "RoleList")],
            "no",  # bob has no binding, whatever the other Roles are
            (),
        ),
    ],
)
def test_a_page_of_many_is_no_list(tmp_path, documents, word, missing, suffix):
    for number, document in enumerate(documents):
        (tmp_path / f"{number}.{suffix}").write_text(json.dumps(document))
    cluster = rbacgraph.load(tmp_path)
    decision = cluster.can_i("get", "secrets", namespace="shop", user="bob")
    assert decision.word == word
    assert missing is None or decision.missing == missing
    cluster.save(tmp_path / "saved.json")
    again = rbacgraph.load(tmp_path / "saved.json")
    assert again.can_i("get", "secrets", namespace="shop", user="bob") == decision
    who = cluster.who_can("get", "secrets", namespace="shop")
    assert bool(who.missing) == bool(decision.missing) or word == "no"


def test_the_role_of_ones_own_binding_counts(tmp_path):
    other = {**READER, "metadata": {"name": "other", "namespace": "shop", "uid": "u"}}
    documents = [READERS, page(True, [other], "RoleList")]
    (tmp_path / "x.json").write_text("\n".join(map(json.dumps, documents)))
    cluster = rbacgraph.load(tmp_path)
    decision = cluster.can_i("get", "secrets", namespace="shop", user="alice")
    assert decision.unknown
    assert decision.missing == (If.LISTS_ARE_SEEN("Role", "shop"),)
    assert str(decision).startswith("unknown: as far as rights were seen: User ")


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_a_list_that_is_cut_off_may_hold_anything(tmp_path, suffix):
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [READER, READERS]}, indent=1)
    if suffix == "yaml":
        text = "apiVersion: v1\nitems:\n- " + json.dumps(READER) + "\n"
    path = tmp_path / f"x.{suffix}"
    path.write_text(text[: text.rindex("roleRef")] if suffix == "json" else text)
    decision = rbacgraph.load(path).can_i("get", "secrets", namespace="shop", user="bob")
    assert decision.unknown
    assert If.LISTS_ARE_SEEN("ClusterRoleBinding", "") in decision.missing


def test_what_is_written_is_unknown_where_it_may_be_allowed(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(page(True)))
    cluster = rbacgraph.load(tmp_path)
    decision = cluster.can_write(READER, user="bob")
    assert decision.unknown
    assert decision.missing == (If.LISTS_ARE_SEEN("RoleBinding", "shop"),)
    (tmp_path / "x.json").write_text(json.dumps(READERS))
    assert not rbacgraph.load(tmp_path).can_write(READER, user="bob").unknown


# --- versions --------------------------------------------------------------------------


def test_versions_that_disagree_are_unknown(tmp_path):
    """A server holds one of them: yes and no are said where every one says so."""
    other = {**READER, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}
    both = {**READER, "rules": [*READER["rules"], *other["rules"]]}
    binding = {**READERS, "metadata": {"name": "readers", "namespace": "shop"}}
    for number, document in enumerate((other, both, binding)):
        (tmp_path / f"{number}.json").write_text(json.dumps(document))
    cluster = rbacgraph.load(tmp_path)
    words = {
        resource: cluster.can_i("get", resource, namespace="shop", user="alice").word
        for resource in ("pods", "secrets", "configmaps")
    }
    assert words == {"pods": "yes", "secrets": "unknown", "configmaps": "no"}
    decision = cluster.can_i("get", "secrets", namespace="shop", user="alice")
    assert len(decision.evidence) == 2
    (missing,) = decision.missing
    assert str(missing).startswith("whether Role shop/reader is as in ")
    assert "1.json" in str(missing)
    for number, allowed in ((0, False), (1, True)):
        (tmp_path / f"{number}.json").rename(tmp_path / "gone")
        alone = rbacgraph.load(tmp_path).can_i("get", "secrets", namespace="shop", user="alice")
        assert (alone.allowed, alone.unknown) == (not allowed, False)
        (tmp_path / "gone").rename(tmp_path / f"{number}.json")


GRANTS = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reads}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reads}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reads}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
"""
BINDS_BOB = (
    GRANTS.partition("---\n")[2].replace("alice", "bob").replace("reads}\nroleRef", "b}\nroleRef")
)
UNREAD_FILES = {
    "no YAML": ("x.yaml", f"{BINDS_BOB}  [\n"),
    "a comment of Latin-1": ("x.yaml", f"# caf\udce9\n{BINDS_BOB}"),
    "a template": ("x.yaml", f"{{{{ if .Values.bob }}}}\n{BINDS_BOB}{{{{ end }}}}\n"),
    "no JSON": ("x.json", '{"kind": "ClusterRoleBinding", "subjects": ['),
    "a binding without a list": ("x.yaml", BINDS_BOB.replace("[{", "{").replace("}]", "}")),
}
READ_FILES = {
    "a comment": ("x.yaml", "# café\n"),
    "no object": ("x.yaml", "replicas: 3\n"),
    "no manifest by its name": ("x.txt", "{{ x }}"),
    "a page of Pods": (
        "x.json",
        '{"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": "x"}, "items": []}',
    ),
}


def _answers(folder, file):
    """Whether bob and alice may get Secrets by a folder that holds one more file."""
    name, text = file
    (folder / "grants.yaml").write_text(GRANTS)
    (folder / name).write_bytes(text.encode(errors="surrogateescape"))
    cluster = rbacgraph.load(folder)
    return [cluster.can_i("get", "secrets", user=user) for user in ("bob", "alice")]


@pytest.mark.parametrize("case", UNREAD_FILES)
def test_what_a_file_grants_that_could_not_be_read_is_unknown(tmp_path, case):
    bob, alice = _answers(tmp_path, UNREAD_FILES[case])
    assert (bob.allowed, bob.unknown) == (False, True)
    name = UNREAD_FILES[case][0]
    assert bob.missing == (If.FILES_ARE_READ((str(tmp_path / name),), 0),)
    assert str(bob.missing[0]) == f"what could not be read of {tmp_path / name}"
    assert (alice.allowed, alice.unknown) == (True, False)


@pytest.mark.parametrize("case", READ_FILES)
def test_a_file_that_grants_nothing_changes_no_answer(tmp_path, case):
    bob, alice = _answers(tmp_path, READ_FILES[case])
    assert (bob.allowed, bob.unknown) == (False, False)
    assert (alice.allowed, alice.unknown) == (True, False)


def test_of_many_files_that_could_not_be_read_the_first_are_named(tmp_path):
    for number in range(5):
        (tmp_path / f"{number}.yaml").write_text("kind: [\n")
    bob, _ = _answers(tmp_path, READ_FILES["no object"])
    files = ", ".join(str(tmp_path / f"{number}.yaml") for number in range(3))
    assert list(map(str, bob.missing)) == [f"what could not be read of {files} and 2 more"]
