"""What is suggested from logs: on a real server's, and where others are known to be wrong."""

import gzip
import io
import json
from collections import defaultdict
from functools import cache

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.advice.needs.needs import needs_of
from rbacgraph.advice.suggest.suggest import suggest
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import rule_allows
from rbacgraph.authz.subjects import implied_groups
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.model.inputs.required_requests import Stated
from rbacgraph.model.inputs.snapshot import Collected
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.request import Request
from rbacgraph.sources.audit.audit import read_audit

NAMES = ("usage-1", "usage-2")


@cache
def recorded(root, name):
    """A recorded cluster, and by user the calls that a real server allowed.

    It let clients impersonate by constrained impersonation, and asked for that.
    """
    folder = root / "fixtures/audit"
    cluster = rg.load(str(folder / f"{name}.objects.json.gz"))
    truth = json.loads(gzip.decompress((folder / f"{name}.truth.json.gz").read_bytes()))
    calls = defaultdict(set)
    for call in truth["calls"]:
        if call["code"] != 403 and call["verb"] != "impersonate":
            calls[call["user"]].add(request(call))
    for caller in read_audit(folder / f"{name}.log.gz").callers:
        for act in caller.impersonations:
            calls[caller.user].update(act.checked)
    return cluster, dict(calls)


def request(call):
    where = [call[key] for key in ("verb", "group", "resource", "subresource", "namespace", "name")]
    return Request(call["verb"], path=call["path"]) if call["path"] else Request(*where)


def suggested(root, name, **options):
    cluster, _ = recorded(root, name)
    return cluster.suggest(audit=str(root / f"fixtures/audit/{name}.log.gz"), **options)


def after(answer, cluster):
    from rbacgraph.advice.changes.apply_changes import applied

    return Authorizer(applied(cluster.snapshot, answer.changes))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("split", [True, False, None])
def test_every_allowed_call_of_the_recordings_stays_allowed(root, name, split):
    cluster, calls = recorded(root, name)
    for user in sorted(calls):
        answer = suggested(root, name, principal=user, split=split, effect=False)
        rbac = after(answer, cluster)
        assert answer.changes
        for own in calls:
            for call in calls[own]:
                assert rbac.authorize(call, own, implied_groups(own)), (user, own, call)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_held_that_no_call_of_the_recordings_used(root, name):
    cluster, calls = recorded(root, name)
    for user, own in sorted(calls.items()):
        rbac = after(suggested(root, name, principal=user, split=True, effect=False), cluster)
        for binding in rbac.bindings_for(user, (), ""):
            unused_of(rbac, binding, "", own)
        for scope in {call.namespace for call in own}:
            for binding in rbac.bindings_for(user, (), scope):
                unused_of(rbac, binding, scope, own)


def unused_of(rbac, binding, scope, calls):
    """Every part of a rule is exactly one of the calls."""
    from rbacgraph.authz.coverage import breakdown

    if binding.metadata.namespace != scope:
        return
    for role in rbac.roles_of(binding):
        for rule in role.rules or ():
            for part in breakdown(rule):
                assert any(is_exactly(part, scope, call) for call in calls), (binding, part)


def is_exactly(part, scope, call):
    if not rule_allows(part, call) or "*" in {*part.verbs, *(part.resources or ())}:
        return False
    return call.path is not None or (
        call.namespace == scope and (part.resource_names or ("",)) == (call.name,)
    )


@pytest.mark.parametrize("name", NAMES)
def test_all_roles_at_once(root, name):
    """Of the shipped one nothing is left to those who were seen: each gets one of its own."""
    cluster, calls = recorded(root, name)
    answer = suggested(root, name)
    assert {(role.kind, role.name, role.action) for role in answer if role.action == "narrow"} == {
        ("ClusterRole", f"u{name[-1]}-ci", "narrow"),
        ("ClusterRole", f"u{name[-1]}-op", "narrow"),
    }
    rbac = after(answer, cluster)
    assert {b.role_ref.name for b in cluster.authorizer.bindings if b.subjects} >= {"edit"}
    for user, own in calls.items():
        for scope in {call.namespace for call in own}:
            bound = {binding.role_ref.name for binding in rbac.bindings_for(user, (), scope)}
            assert "edit" not in bound
        assert all(rbac.authorize(call, user, implied_groups(user)) for call in own)


def call(verb, resource, namespace="", name="", *, user="ci", code=200, path="", **ref):
    where = f"namespaces/{namespace}/" if namespace else ""
    place = path or f"/api/v1/{where}{resource}/{name}"
    account = f"system:serviceaccount:shop:{user}"
    found = {
        "stage": "ResponseComplete",
        "requestURI": place,
        "verb": verb,
        "user": {"username": account if ":" not in user else user.partition(":")[2]},
        "responseStatus": {"code": code},
    }
    if not path:
        found["objectRef"] = {"resource": resource, "namespace": namespace, "name": name, **ref}
    return found


def log(*events):
    lines = [json.dumps({"auditID": str(number), **event}) for number, event in enumerate(events)]
    return io.BytesIO("\n".join(lines).encode())


def cluster_of(text):
    return rg.load(io.BytesIO(text.encode()))


ADMIN = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: everything}
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
- {nonResourceURLs: ["*"], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ci}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everything}
subjects: [{kind: ServiceAccount, name: ci, namespace: shop}]
"""


def roles(answer):
    """The rules that are written, by kind and place."""
    return {
        (change.key[0], change.key[1]): change.after.rules
        for change in answer.changes
        if change.key[0].endswith("Role") and change.after is not None
    }


@pytest.mark.parametrize("wide", [{"names": "any"}, {"max_names": 1}])
def test_two_named_secrets_are_not_all_secrets(wide):
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(call("get", "secrets", "shop", "a"), call("get", "secrets", "shop", "b")),
        verbs="read",
        **wide,
    )
    assert roles(answer) == {
        ("Role", "shop"): (PolicyRule(("get",), ("",), ("secrets",), ("a", "b")),)
    }


def test_two_namespaces_are_not_the_cluster():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(call("list", "pods", "shop"), call("list", "pods", "pay")),
    )
    rule = PolicyRule(("list",), ("",), ("pods",))
    assert roles(answer) == {("Role", "shop"): (rule,), ("Role", "pay"): (rule,)}
    assert [leftover.command for leftover in answer.leftovers] == [
        "kubectl delete clusterrolebinding ci",
        "kubectl delete clusterrole everything",
    ]


def test_what_is_called_like_an_option_is_deleted_as_no_option():
    answer = cluster_of(ADMIN.replace("name: everything", "name: --all")).suggest(
        principal="sa:shop/ci", audit=log(call("list", "pods", "shop"))
    )
    assert [leftover.command for leftover in answer.leftovers] == [
        "kubectl delete clusterrolebinding ci",
        "kubectl delete clusterrole -- --all",
    ]


def test_a_list_of_all_namespaces_stays_cluster_wide_and_serves_each():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(
            call("list", "pods"), call("list", "pods", "shop"), call("get", "pods", "pay", "x")
        ),
    )
    assert roles(answer) == {
        ("ClusterRole", ""): (PolicyRule(("list",), ("",), ("pods",)),),
        ("Role", "pay"): (PolicyRule(("get",), ("",), ("pods",), ("x",)),),
    }


def test_a_denied_call_is_no_right():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(call("list", "pods", "shop"), call("get", "secrets", "shop", "db", code=403)),
    )
    assert roles(answer) == {("Role", "shop"): (PolicyRule(("list",), ("",), ("pods",)),)}


@pytest.mark.parametrize(
    ("version", "code", "verbs"),
    [
        (None, 101, ("get", "create")),
        ((1, 35), 101, ("get", "create")),
        ((1, 34), 101, ("get",)),
        ((1, 36), 403, ("get",)),
        ((1, 36), 400, ("get",)),
    ],
)
def test_a_websocket_that_was_opened_was_allowed_create_since_1_35(version, code, verbs):
    """A 403 tells that it was not; before v1.35 the server did not ask."""
    cluster = rg.Cluster(replace(cluster_of(ADMIN).snapshot, kubernetes_version=version))
    opened = call("get", "pods", "shop", "web-0", subresource="exec", code=code)
    opened["annotations"] = {"authorization.k8s.io/decision": "allow"}
    answer = cluster.suggest(principal="sa:shop/ci", audit=log(opened))
    rule = PolicyRule(verbs, ("",), ("pods/exec",), ("web-0",))
    assert roles(answer) == {("Role", "shop"): (rule,)}
    assert any("need create too" in n for n in answer.notes) is ("create" not in verbs)


def test_a_secret_that_an_apply_made_is_named_and_warned_of():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci", audit=log(call("patch", "secrets", "shop", "x", code=201))
    )
    rule = PolicyRule(("create", "patch"), ("",), ("secrets",), ("x",))
    assert roles(answer) == {("Role", "shop"): (rule,)}
    assert any("make a token of any ServiceAccount" in note for note in answer.notes)


def test_a_url_loses_its_query():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci", audit=log(call("get", "", path="/metrics?x=1"))
    )
    assert roles(answer) == {
        ("ClusterRole", ""): (PolicyRule(("get",), non_resource_urls=("/metrics",)),)
    }


def test_a_request_for_what_is_called_star_keeps_nothing():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(call("get", "*", "shop", code=404), call("list", "pods", "shop")),
    )
    assert roles(answer) == {("Role", "shop"): (PolicyRule(("list",), ("",), ("pods",)),)}
    assert any("a resource named *" in note for note in answer.notes)


def test_a_request_for_what_no_namespace_can_be_called_keeps_nothing():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci",
        audit=log(call("list", "pods", "Shop_1", code=404), call("list", "pods", "shop")),
    )
    assert roles(answer) == {("Role", "shop"): (PolicyRule(("list",), ("",), ("pods",)),)}
    (told,) = (note for note in answer.notes if "do not count as needed" in note)
    assert told == (
        "requests in namespaces with an impossible name do not count as needed: 'Shop_1'"
    )


def test_what_is_stated_is_added_and_named():
    answer = cluster_of(ADMIN.replace('resources: ["*"]', "resources: [pods]")).suggest(
        principal="sa:shop/ci", need=io.BytesIO(b"get secrets db\nlist pods -n shop\n")
    )
    (added,) = answer.result.additions
    assert (added.principal, added.scope) == ("serviceaccount:shop/ci", "shop")
    assert (added.permission.verb, added.permission.name) == ("get", "db")
    assert "Added, as nothing grants it today: get on secrets named db in shop" in str(answer)


def test_roles_from_nothing_for_whoever_has_none():
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/new", need=io.BytesIO(b"get,list pods\nget /metrics\n")
    )
    assert [(change.action, change.key) for change in answer.changes] == [
        ("create", ("ClusterRole", "", "shop-new-minimal")),
        ("create", ("Role", "shop", "new-minimal")),
        ("create", ("ClusterRoleBinding", "", "shop-new-minimal")),
        ("create", ("RoleBinding", "shop", "new-minimal")),
    ]
    assert len(answer.result.additions) == 3
    assert rg.load(io.BytesIO(answer.manifests().encode())).can_i(
        "list", "pods", namespace="shop", user="sa:shop/new"
    )


def test_the_widening_goes_no_further_than_what_is_granted():
    text = ADMIN.replace('verbs: ["*"]', "verbs: [get, list]")
    events = [call("get", "configmaps", "shop", name) for name in "abc"]
    cluster = cluster_of(text)
    for options, rule in (
        ({}, PolicyRule(("get",), ("",), ("configmaps",), ("a", "b", "c"))),
        ({"max_names": 3}, PolicyRule(("get",), ("",), ("configmaps",), ("a", "b", "c"))),
        ({"max_names": 2}, PolicyRule(("get",), ("",), ("configmaps",))),
        ({"names": "any"}, PolicyRule(("get",), ("",), ("configmaps",))),
        ({"names": "any", "verbs": "read"}, PolicyRule(("get", "list"), ("",), ("configmaps",))),
    ):
        answer = cluster.suggest(principal="sa:shop/ci", audit=log(*events), **options)
        assert roles(answer) == {("Role", "shop"): (rule,)}, options


@pytest.mark.parametrize(
    ("options", "flag"), [({"names": "any"}, "--names any"), ({"max_names": 0}, "--max-names 0")]
)
def test_what_is_not_granted_is_not_widened_and_what_is_names_the_flag(options, flag):
    cluster = cluster_of(ADMIN.replace('verbs: ["*"]', "verbs: [get]"))
    need = io.BytesIO(b"get configmaps a\ndelete services s\n")
    answer = cluster.suggest(principal="sa:shop/ci", need=need, verbs="read", **options)
    (added,) = answer.result.additions
    assert (added.permission.verb, added.permission.name) == ("delete", "s")
    (needing,) = answer.result.needs
    (wide,) = [one for one in needing.needs if not one.request.name]
    assert (wide.request.resource, str(wide.evidence)) == ("configmaps", flag)


@pytest.mark.parametrize(("secrets", "verbs"), [(False, {"get"}), (True, {"get", "list", "watch"})])
def test_a_star_holds_secrets(secrets, verbs):
    need = io.BytesIO(b"get * -n shop")
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci", need=need, verbs="read", widen_secrets=secrets
    )
    (rule,) = roles(answer)["Role", "shop"]
    assert set(rule.verbs) == verbs


@pytest.mark.parametrize("thing", ["secrets", "serviceaccounts"])
def test_secrets_are_widened_where_that_is_said(thing):
    sub = {"subresource": "token"} if thing == "serviceaccounts" else {}
    verb = "create" if sub else "get"
    events = [call(verb, thing, "shop", name, **sub) for name in "ab"]
    cluster = cluster_of(ADMIN)
    (exact,) = roles(cluster.suggest(principal="sa:shop/ci", audit=log(*events), names="any"))[
        "Role", "shop"
    ]
    assert exact.resource_names == ("a", "b")
    answer = cluster.suggest(
        principal="sa:shop/ci", audit=log(*events), names="any", widen_secrets=True
    )
    (wide,) = roles(answer)["Role", "shop"]
    assert wide.resource_names is None


SHARED = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop, labels: {LABEL}}
rules:
- {apiGroups: [""], resources: [pods, configmaps], verbs: [get, list]}
- {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: ci}, {kind: ServiceAccount, name: web}]
"""
BIND = PolicyRule(("bind",), ("rbac.authorization.k8s.io",), ("roles",))


def shared(label=""):
    return cluster_of(SHARED.replace("LABEL", label))


def test_a_shared_role_is_narrowed_for_all_where_all_are_seen():
    answer = shared().suggest(
        principal="sa:shop/ci",
        audit=log(call("list", "pods", "shop"), call("list", "configmaps", "shop", user="web")),
    )
    (change,) = answer.changes
    assert change.key == ("Role", "shop", "reader")
    assert set(change.after.rules) == {PolicyRule(("list",), ("",), ("configmaps", "pods")), BIND}
    assert {loss.principal for loss in answer.result.losses} == {
        "serviceaccount:shop/ci",
        "serviceaccount:shop/web",
    }


@pytest.mark.parametrize("split", [None, True])
def test_a_shared_role_is_split_where_one_is_not_seen_or_it_is_said(split):
    events = [call("list", "pods", "shop")]
    if split:
        events.append(call("list", "configmaps", "shop", user="web"))
    answer = shared().suggest(principal="sa:shop/ci", audit=log(*events), split=split)
    made, bound, reduced = answer.changes
    assert made.key == ("Role", "shop", "ci-minimal")
    assert set(made.after.rules) == {PolicyRule(("list",), ("",), ("pods",)), BIND}
    assert [subject.name for subject in bound.after.subjects] == ["ci"]
    assert [subject.name for subject in reduced.after.subjects] == ["web"]
    assert {loss.principal for loss in answer.result.losses} == {"serviceaccount:shop/ci"}


def test_a_shared_role_is_narrowed_for_those_who_are_not_seen_where_it_is_said():
    answer = shared().suggest(
        principal="sa:shop/ci", audit=log(call("list", "pods", "shop")), split=False
    )
    assert [change.key for change in answer.changes] == [("Role", "shop", "reader")]
    assert {(loss.principal, loss.seen) for loss in answer.result.losses} == {
        ("serviceaccount:shop/ci", True),
        ("serviceaccount:shop/web", False),
    }


@pytest.mark.parametrize(
    ("label", "manager"),
    [
        ("app.kubernetes.io/managed-by: Helm", "managed by Helm"),
        ("kubernetes.io/bootstrapping: rbac-defaults", "shipped with Kubernetes"),
        ("olm.owner: x", "managed by OLM"),
        ("operators.coreos.com/x.y: ''", "managed by OLM"),
        ("argocd.argoproj.io/instance: x", "managed by Argo CD"),
        ("kustomize.toolkit.fluxcd.io/name: x", "managed by Flux"),
        ("addonmanager.kubernetes.io/mode: Reconcile", "managed by the addon manager"),
    ],
)
def test_what_others_write_is_replaced_rather_than_edited(label, manager):
    answer = shared(label).suggest(
        principal="sa:shop/ci", audit=log(call("list", "pods", "shop")), split=False
    )
    assert ("Role", "shop", "reader") not in {change.key for change in answer.changes}
    assert ("Role", "shop", "ci-minimal") in {change.key for change in answer.changes}
    assert any(f"is not edited: {manager}" in note for note in answer.notes)


@pytest.mark.parametrize("managed", [False, True])
def test_of_all_roles_those_of_others_are_replaced_where_their_binding_can_be_changed(managed):
    text = SHARED.replace("LABEL", "app.kubernetes.io/managed-by: Helm")
    if managed:
        label = "labels: {app.kubernetes.io/managed-by: Helm}"
        text = text.replace(
            "kind: RoleBinding\nmetadata: {", f"kind: RoleBinding\nmetadata: {{{label}, "
        )
    answer = cluster_of(text).suggest(audit=log(call("list", "pods", "shop")))
    keys = [change.key for change in answer.changes]
    if managed:
        assert keys == []
        assert any("1 role is left alone, managed by Helm" in note for note in answer.notes)
    else:
        assert ("Role", "shop", "ci-minimal") in keys
        assert {loss.principal for loss in answer.result.losses} == {"serviceaccount:shop/ci"}


def test_rights_that_no_log_shows_stay_where_a_rule_names_them():
    answer = shared().suggest(role="shop/reader", audit=log(call("list", "pods", "shop")))
    assert any("kept: no log can show it: bind on roles" in note for note in answer.notes)
    answer = cluster_of(ADMIN).suggest(
        principal="sa:shop/ci", audit=log(call("list", "pods", "shop"))
    )
    assert any("bind, escalate" in note and "not kept" in note for note in answer.notes)


def test_rights_that_the_policy_keeps_out_of_the_log_stay_where_a_rule_names_them():
    policy = b"""
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: None, verbs: [get], resources: [{group: ""}]}
- {level: Metadata}
"""
    events = [call("list", "pods", "shop")]
    answer = shared().suggest(
        role="shop/reader",
        audit=log(*events, call("list", "pods", "shop", user="web")),
        audit_policy=io.BytesIO(policy),
    )
    (change,) = answer.changes
    allowed = {(v, r) for rule in change.after.rules for v in rule.verbs for r in rule.resources}
    assert allowed == {
        ("get", "configmaps"),
        ("get", "pods"),
        ("list", "pods"),
        ("bind", "roles"),
    }
    assert any("leaves it out of the log: get on configmaps" in n for n in answer.notes)
    assert any("by the audit policy" in str(spot) for spot in answer.result.log.blind_spots)


def test_what_a_binding_in_a_namespace_does_not_give_is_not_kept_either():
    policy = b"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None, users: [bob]}]\n"
    text = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: mixed}
rules:
- {nonResourceURLs: [/metrics], verbs: [get]}
- {apiGroups: [""], resources: [pods, secrets], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: mixed, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: mixed}
subjects: [{kind: User, name: bob}, {kind: User, name: eve}]
"""
    answer = cluster_of(text).suggest(
        principal="user:bob",
        audit=log(call("list", "pods", "shop", user="x:bob")),
        audit_policy=io.BytesIO(policy),
        split=True,
    )
    assert roles(answer) == {("Role", "shop"): (PolicyRule(("list",), ("",), ("pods", "secrets")),)}
    assert answer.result.additions == ()


def test_what_nobody_is_known_to_use_is_left_alone():
    answer = shared().suggest(audit=log(call("list", "pods", "shop", user="other")))
    assert answer.changes == ()
    assert any("no evidence about those who have it" in note for note in answer.notes)


def test_what_a_live_cluster_did_not_show_is_told():
    snapshot = replace(
        shared().snapshot,
        collected=Collected(),
        listed=frozenset({("Role", ""), ("ClusterRole", ""), ("ClusterRoleBinding", "")}),
    )
    needs = needs_of(
        None, [Stated(rule=BIND, namespace="shop", file="n", line=1)], source="sa:shop/ci"
    )
    answer = suggest(Authorizer(snapshot), needs, principal="sa:shop/ci")
    assert any("did not show all RoleBindings: others" in str(note) for note in answer.notes)


def test_questions_that_have_no_answer():
    cluster = shared()
    events = log(call("list", "pods", "shop"))
    with pytest.raises(NotFoundError, match="there is no Role shop/none"):
        cluster.suggest(role="shop/none", audit=events)
    with pytest.raises(NotFoundError, match="no binding that can be changed"):
        cluster.suggest(role="view", audit=events)
    with pytest.raises(UsageError, match="no subject of bindings"):
        cluster.suggest(principal="node:x", audit=events)
    with pytest.raises(UsageError, match="principal and role exclude each other"):
        cluster.suggest(principal="sa:shop/ci", role="shop/reader", audit=events)
    with pytest.raises(UsageError, match="no evidence of what is needed given"):
        cluster.suggest(principal="sa:shop/ci")
    with pytest.raises(UsageError, match="verbs cannot be"):
        cluster.suggest(principal="sa:shop/ci", audit=events, verbs="all")


WIDE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: wide}
rules:
- {apiGroups: [""], resources: [pods, nodes], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: wide}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: wide}
subjects: [{kind: ServiceAccount, name: ci, namespace: shop}]
"""


@pytest.mark.parametrize(
    ("needs", "why"),
    [
        (b"get pods -n pay\nget nodes\n", "in the place of ClusterRole wide"),
        (b"get pods -n pay\n", "in the place of ClusterRole wide"),
        (b"get services -n pay\nget nodes\n", "nothing gives this today"),
        (b"get services -n pay\n", "nothing gives this today"),
    ],
)
def test_a_new_role_is_in_the_place_of_what_gave_its_permissions(needs, why):
    answer = cluster_of(WIDE).suggest(principal="sa:shop/ci", need=io.BytesIO(needs))
    (new,) = (role for role in answer.result.roles if role.namespace == "pay")
    assert (new.action, str(new.why)) == ("make", why)
    (change,) = (change for change in answer.changes if change.key == ("Role", "pay", new.name))
    assert ("in the place of" in str(change.why)) == ("in the place of" in why)


def test_whoever_no_binding_names_is_told():
    cluster = cluster_of(WIDE)
    notes = cluster.suggest(principal="sa:shop/cii", audit=log(call("get", "pods", "shop")))
    words = "no binding that can be changed names serviceaccount:shop/cii"
    assert words in notes.notes
    named = cluster.suggest(principal="sa:shop/ci", audit=log(call("get", "pods", "shop")))
    assert not any("no binding that can be changed" in note for note in named.notes)


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (["web"], "no evidence about serviceaccount:shop/web, who has it too"),
        (["web", "x"], "no evidence about serviceaccount:shop/web and 1 other, who have it too"),
        (["web", "x", "z"], "serviceaccount:shop/web and 2 others, who have it too"),
    ],
)
def test_those_of_whom_nothing_is_known_are_counted(others, words):
    subjects = ", ".join(f"{{kind: ServiceAccount, name: {name}}}" for name in others)
    text = SHARED.replace("LABEL", "").replace("{kind: ServiceAccount, name: web}", subjects)
    answer = cluster_of(text).suggest(
        principal="sa:shop/ci", audit=log(call("list", "pods", "shop"))
    )
    assert any(words in note for note in answer.notes)
