"""What every API server creates, against what a real one recorded."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from rbacgraph.authz.aggregate import aggregate
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.bootstrap_policy import RECORDED, bootstrap_objects, with_bootstrap
from rbacgraph.authz.prepare import prepare
from rbacgraph.authz.questions.can_i import can_i
from rbacgraph.model.inputs.snapshot import Snapshot
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

USER_FACING = {"admin", "edit", "view"}


def key(obj):
    return type(obj).__name__, obj.metadata.namespace, obj.metadata.name


def of_kind(objects, kind):
    return tuple(o for o in objects if isinstance(o, kind))


def as_recorded(obj):
    """The object without what tells an assumed one, or a server's, from any other."""
    metadata = replace(obj.metadata, uid="")
    return replace(obj, metadata=metadata, assumed=False)


def test_the_data_is_what_the_server_recorded(recorded_bootstrap):
    recorded = {key(o): as_recorded(o) for o in recorded_bootstrap}
    ours = {key(o): as_recorded(o) for o in bootstrap_objects()}
    assert len(ours) == 133
    assert ours.keys() == recorded.keys()
    for name, obj in recorded.items():
        if name[2] not in USER_FACING:
            assert ours[name] == obj


def test_the_filled_roles_are_computed_from_their_pieces(recorded_bootstrap):
    roles, diagnostics = aggregate(of_kind(bootstrap_objects(), ClusterRole))
    filled = {r.metadata.name: r.rules for r in of_kind(recorded_bootstrap, ClusterRole)}
    computed = {r.metadata.name: r.rules for r in roles}
    assert computed == filled
    assert diagnostics == ()
    for name in USER_FACING:
        assert len(filled[name]) > 10


def test_everything_assumed_says_so():
    snapshot = with_bootstrap(Snapshot())
    added = (
        *snapshot.cluster_roles,
        *snapshot.cluster_role_bindings,
        *snapshot.roles,
        *snapshot.role_bindings,
    )
    assert len(added) == 133
    assert all(o.assumed and snapshot.where(o) == ("", 0) for o in added)
    assert snapshot.diagnostics == ()


def test_the_inputs_object_wins_over_the_assumed_one():
    own = ClusterRole(
        metadata=ClusterRoleMeta("view"), rules=(PolicyRule(("get",), ("",), ("secrets",)),)
    )
    snapshot = prepare(Snapshot(cluster_roles=(own,)))
    views = [r for r in snapshot.cluster_roles if r.metadata.name == "view"]
    assert views == [own]


@pytest.mark.parametrize(
    ("listed", "absent"),
    [
        (("ClusterRole", ""), ClusterRole),
        (("ClusterRoleBinding", ""), ClusterRoleBinding),
        (("Role", ""), Role),
        (("RoleBinding", ""), RoleBinding),
    ],
)
def test_nothing_is_assumed_of_a_kind_that_was_listed(listed, absent):
    snapshot = with_bootstrap(Snapshot(listed=frozenset({listed})))
    kinds = {
        ClusterRole: snapshot.cluster_roles,
        ClusterRoleBinding: snapshot.cluster_role_bindings,
        Role: snapshot.roles,
        RoleBinding: snapshot.role_bindings,
    }
    assert kinds[absent] == ()
    if absent in {ClusterRoleBinding, RoleBinding}:
        assert all(objects for kind, objects in kinds.items() if kind is not absent)
    # no assumed binding leads nowhere
    rbac = Authorizer(snapshot)
    assert all(map(rbac.roles_of, rbac.bindings))


def test_a_listed_namespace_has_no_assumed_role_and_the_others_have():
    snapshot = with_bootstrap(Snapshot(listed=frozenset({("Role", "kube-system")})))
    assert {r.metadata.namespace for r in snapshot.roles} == {"kube-public"}
    assert {b.metadata.namespace for b in snapshot.role_bindings} == {"kube-public"}


def test_a_manifest_that_aggregates_widens_the_assumed_roles():
    crd = PolicyRule(("get",), ("cert-manager.io",), ("certificates",))
    labels = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
    mine = ClusterRole(metadata=ClusterRoleMeta("cm-view", labels=labels), rules=(crd,))
    snapshot = prepare(Snapshot(cluster_roles=(mine,)))
    holders = {r.metadata.name for r in snapshot.cluster_roles if crd in (r.rules or ())}
    assert holders == {"cm-view", "view", "edit", "admin"}


def binder(version):
    authorizer = Authorizer(prepare(Snapshot(kubernetes_version=version)))
    return can_i(
        authorizer,
        "get",
        "secrets",
        namespace="shop",
        name="db",
        user="system:serviceaccount:kube-system:persistent-volume-binder",
    )


def token(version, role):
    (found,) = (
        r
        for r in prepare(Snapshot(kubernetes_version=version)).cluster_roles
        if r.metadata.name == role
    )
    return any("serviceaccounts/token" in (r.resources or ()) for r in found.rules)


def names(version):
    return {key(o) for o in bootstrap_objects(version)}


def test_what_differed_in_earlier_versions():
    assert binder((1, 31))
    assert not binder((1, 32))
    cleaner = "system:controller:legacy-service-account-token-cleaner"
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        assert (kind, "", cleaner) in names((1, 29))
        assert (kind, "", cleaner) not in names((1, 28))
    assert token((1, 24), "admin")
    assert not token((1, 23), "admin")


def test_every_version_has_roles_for_all_its_bindings():
    for minor in range(20, 40):
        held = names((1, minor))
        for obj in bootstrap_objects((1, minor)):
            if isinstance(obj, RoleBinding | ClusterRoleBinding):
                ref = obj.role_ref
                namespace = obj.metadata.namespace if ref.kind == "Role" else ""
                assert (ref.kind, namespace, ref.name) in held
    versions = [names((1, minor)) for minor in range(20, 40)]
    assert all(earlier <= later for earlier, later in pairwise(versions))


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (None, None),
        (RECORDED, None),
        ((1, 30), "how they differ in v1.30 is known where it touches Secrets"),
        ((1, 20), "how they differ in v1.20 was not looked into"),
        ((1, 40), "how they differ in v1.40 was not looked into"),
    ],
)
def test_another_version_is_the_nearest_known_and_it_is_said(version, words):
    diagnostics = with_bootstrap(Snapshot(kubernetes_version=version)).diagnostics
    assert [d.code for d in diagnostics] == (["bootstrap-policy-nearest"] if words else [])
    assert all(words in d.message and d.severity == "note" for d in diagnostics)


def test_no_word_about_versions_where_nothing_was_assumed():
    everything = frozenset(
        (kind, "") for kind in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
    )
    snapshot = Snapshot(kubernetes_version=(1, 30), listed=everything)
    assert with_bootstrap(snapshot) == snapshot


def test_without_bootstrap_nothing_is_added_but_aggregation_is_done():
    piece = ClusterRole(
        metadata=ClusterRoleMeta(
            "p", labels={"rbac.authorization.k8s.io/aggregate-to-view": "true"}
        ),
        rules=(PolicyRule(("get",), ("",), ("pods",)),),
    )
    view = next(o for o in bootstrap_objects() if key(o) == ("ClusterRole", "", "view"))
    snapshot = prepare(Snapshot(cluster_roles=(piece, view)), bootstrap=False)
    assert [r.rules for r in snapshot.cluster_roles] == [piece.rules, piece.rules]


def test_preparing_twice_changes_nothing():
    once = prepare(Snapshot(kubernetes_version=(1, 30)))
    assert prepare(once) == once


def test_default_rights_as_tried_on_a_server():
    """Holders of the default roles in one namespace, and what a server answered them."""
    authorizer = Authorizer(
        prepare(
            Snapshot(
                role_bindings=tuple(
                    RoleBinding(
                        metadata=RbacMeta(role, "ns"),
                        role_ref=RoleRef("ClusterRole", role),
                        subjects=(Subject("User", role),),
                    )
                    for role in sorted(USER_FACING)
                )
            )
        )
    )
    questions = {
        "secrets": ("get", "secrets", ""),
        "token": ("create", "serviceaccounts", "token"),
        "impersonate": ("impersonate", "serviceaccounts", ""),
        "pods": ("create", "pods", ""),
        "log": ("get", "pods", "log"),
        "ephemeral": ("patch", "pods", "ephemeralcontainers"),
        "namespace": ("patch", "namespaces", ""),
        "roles": ("create", "roles", ""),
        "escalate": ("escalate", "roles", ""),
    }
    held = {
        user: {
            word
            for word, (verb, resource, subresource) in questions.items()
            if can_i(authorizer, verb, resource, subresource=subresource, namespace="ns", user=user)
        }
        for user in sorted(USER_FACING)
    }
    edit = {"secrets", "token", "impersonate", "pods", "log"}
    assert held == {"view": {"log"}, "edit": edit, "admin": edit | {"roles"}}
