"""Writes of roles and bindings that a log shows: what escalation prevention asks is kept."""

import io
import json

import pytest
from msgspec.structs import replace

from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.api.cluster import Cluster
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.questions.escalation_check import may_write
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.meta import AnnotatedMeta, RbacMeta
from rbacgraph.model.kubernetes.rbac import (
    RBAC_GROUP,
    PolicyRule,
    RoleBinding,
    RoleRef,
    Subject,
)
from tests.advice.written_roles import (
    CI,
    GROUPS,
    READ,
    STAR,
    TO_WEB,
    WEB,
    WRITES,
    after,
    binding,
    cluster_of,
    event,
    given_by,
    held,
    logged,
    logged_bytes,
    on,
    role,
    suggested,
    wire,
)


def test_what_a_chart_passes_on_is_kept_where_the_log_holds_its_objects():
    authorizer = cluster_of(*held(WRITES, READ))
    result = suggested(authorizer, logged(on(WEB), on(TO_WEB)))
    assert given_by(result) == ["create rolebindings", "create roles", "get secrets"]
    assert (result.proof.writes, result.proof.doubts) == (2, ())
    for obj in (WEB, TO_WEB):
        new = Authorizer(applied(after(authorizer, result).snapshot, ()))
        with_web = cluster_of(*new.snapshot.roles, *new.snapshot.role_bindings, WEB)
        assert may_write(with_web, obj, CI, GROUPS)


def test_what_a_chart_passes_on_is_kept_where_the_input_holds_its_objects():
    authorizer = cluster_of(*held(WRITES, READ), WEB, TO_WEB)
    result = suggested(authorizer, logged(event("create", WEB), event("create", TO_WEB)))
    assert given_by(result) == ["create rolebindings", "create roles", "get secrets"]
    assert (result.proof.writes, result.proof.doubts) == (2, ())


def test_a_write_of_which_nothing_tells_what_it_passes_on_is_doubted_in_the_first_line():
    answer = Cluster(cluster_of(*held(WRITES, READ)).snapshot)
    lines = [{"auditID": "1", **event("create", WEB)}]
    log = io.BytesIO("\n".join(map(json.dumps, lines)).encode())
    found = answer.suggest(principal="sa:shop/ci", audit=log, effect=False)
    (doubt,) = found.result.proof.doubts
    assert (doubt.principal, doubt.verb, doubt.kind) == ("serviceaccount:shop/ci", "create", "Role")
    assert (doubt.namespace, doubt.name, doubt.known) == ("shop", "web", False)
    text = str(found)
    first = " ".join(text.partition("-o yaml")[0].split())
    assert "may refuse serviceaccount:shop/ci to create Role shop/web" in first
    assert "--need" in first
    assert "Enough:" not in text


NOTHING_DOUBTED = {
    "it was refused": ([WRITES, READ], event("create", WEB, code=403)),
    "escalate stays, as a rule names it": (
        [WRITES, READ, PolicyRule(("escalate",), (RBAC_GROUP,), ("roles",))],
        event("create", WEB),
    ),
    "nothing is lost": ([PolicyRule(("create",), (RBAC_GROUP,), ("roles",))], event("create", WEB)),
    "what the garbage collector patches is not checked": (
        [WRITES, READ],
        event("patch", WEB, 200, requestObject={"metadata": {"finalizers": []}}),
    ),
}


@pytest.mark.parametrize("case", NOTHING_DOUBTED)
def test_nothing_is_doubted_where(case):
    rules, one = NOTHING_DOUBTED[case]
    result = suggested(cluster_of(*held(*rules)), logged(one))
    assert result.proof.doubts == ()


KEPT = {
    "what is held is passed on": ([WRITES, READ], on(WEB), ["create roles", "get secrets"]),
    "a 403 proves that it was not held": ([WRITES, READ], on(WEB, code=403), ["create roles"]),
    "a conflict comes after the check": (
        [WRITES, READ],
        on(WEB, code=409),
        ["create roles", "get secrets"],
    ),
    "a star over all is no reason to keep it": ([STAR], on(WEB), ["create roles", "get secrets"]),
    "who passes on everything may escalate": (
        [STAR],
        on(role("all", STAR)),
        ["create roles", "escalate roles"],
    ),
    "bind, where only a star gives it, by name": (
        [STAR],
        on(binding("x", "view", kind="ClusterRole")),
        ["bind clusterroles view", "create rolebindings"],
    ),
    "an update escalates by name": (
        [STAR],
        event("update", role("all", STAR), 200, requestObject=wire(role("all", STAR))),
        ["escalate roles all", "update roles all"],
    ),
    "a patch at level Request, of rules alone": (
        [WRITES, READ],
        event("patch", WEB, 200, requestObject={"rules": wire(WEB)["rules"]}),
        ["get secrets", "patch roles web"],
    ),
    "a patch as a list, by its result": (
        [WRITES, READ],
        event("patch", WEB, 200, requestObject=[{"op": "add"}], responseObject=wire(WEB)),
        ["get secrets", "patch roles web"],
    ),
    "what is not held is not kept": (
        [WRITES],
        on(WEB),
        ["create roles"],
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_no_more_is_kept_than_a_write_takes(case):
    rules, one, expected = KEPT[case]
    result = suggested(cluster_of(*held(*rules)), logged(one))
    assert given_by(result) == expected
    assert result.proof.doubts == ()


NAMED = PolicyRule(("bind", "escalate"), (RBAC_GROUP,), ("roles", "rolebindings"))
TO_NAMED = {
    "what it grants is held, so neither is kept": (
        [WRITES, READ, NAMED],
        [on(WEB), on(TO_WEB)],
        ["create rolebindings", "create roles", "get secrets"],
    ),
    "what it grants is not held, so it escalates": (
        [WRITES, NAMED],
        [on(WEB)],
        ["create roles", "escalate roles"],
    ),
    "what it grants is not held, so it binds by name": (
        [WRITES, NAMED],
        [on(TO_WEB), on(WEB)],
        ["bind roles web", "create rolebindings", "create roles", "escalate roles"],
    ),
    "the log does not hold one role": (
        [WRITES, READ, NAMED],
        [on(TO_WEB), on(WEB), event("create", role("other"))],
        ["bind roles", "create rolebindings", "create roles", "escalate roles"],
    ),
    "it wrote nothing": (
        [WRITES, READ, NAMED, PolicyRule(("get",), (RBAC_GROUP,), ("roles",))],
        [event("get", WEB, 200)],
        ["bind roles", "escalate roles", "get roles web"],
    ),
    "of everything in the API group": (
        [WRITES, PolicyRule(("bind",), (RBAC_GROUP,), ("*",))],
        [event("create", WEB)],
        ["bind clusterroles", "bind roles", "create roles"],
    ),
    "a server of another API group may check it": (
        [READ, PolicyRule(("bind",), ("kcp.example.com",), ("rolebindings",))],
        [on(WEB)],
        ["bind rolebindings", "get secrets"],
    ),
}


@pytest.mark.parametrize("case", TO_NAMED)
def test_bind_and_escalate_that_a_rule_names(case):
    """What was written shows whether they are needed; on bindings, no server checks them."""
    rules, events, expected = TO_NAMED[case]
    authorizer = cluster_of(*held(*rules))
    result = suggested(authorizer, logged(*events), split=False)
    assert given_by(result) == expected
    assert not [one for one in result.proof.doubts if one.known]


def test_what_writes_show_to_be_needless_is_told():
    authorizer = cluster_of(*held(WRITES, READ, NAMED))
    result = suggested(authorizer, logged(on(WEB), on(TO_WEB)))
    (told,) = (words for words in map(str, result.notes) if "not kept" in words)
    assert told.startswith("bind, escalate on roles of Role shop/own: not kept, as the log holds")


def test_a_role_that_is_bound_anew_is_not_deleted():
    """Whoever writes bindings to it would fail, though nobody has it now."""
    tenant, bound = role("tenant", READ), binding("tenant", "tenant")
    authorizer = cluster_of(*held(WRITES, READ), tenant, bound)
    result = suggested(authorizer, logged(on(binding("more", "tenant", account="web"))))
    assert not any("delete role tenant" in one.command for one in result.leftovers)


def test_whoever_is_impersonated_writes():
    """In the groups that it had: the one impersonated passes on, not the one who impersonates."""
    other = {"username": CI, "groups": list(GROUPS)}
    one = on(WEB, impersonatedUser=other, user={"username": "flux", "groups": []})
    result = suggested(cluster_of(*held(WRITES, READ)), logged(one))
    assert given_by(result) == ["create roles", "get secrets"]


RULES_OF_WEB = wire(WEB)["rules"]
BODIES = {
    "whole": (wire(WEB), WEB.rules),
    "without kind": ({"rules": RULES_OF_WEB}, WEB.rules),
    "without rules": ({"kind": "Role"}, ()),
    "of another shape": ({"rules": "all"}, None),
    "a list": ([1], None),
    "nothing": (None, None),
    "deep": ({"x": json.loads("[" * 900 + "]" * 900), "rules": RULES_OF_WEB}, WEB.rules),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_none_leaves_the_write_unknown(case):
    body, rules = BODIES[case]
    fields = {"requestObject": body} if body is not None else {}
    (caller,) = logged(event("create", WEB, **fields)).callers
    (passed,) = caller.passed
    assert (passed.write.name, passed.write.rules) == ("web", rules)


def test_writes_of_too_many_names_are_kept_without_them(monkeypatch):
    monkeypatch.setattr("rbacgraph.sources.audit.audit._MOST_WRITES", 2)
    events = [event("create", role(f"r{number}", *WEB.rules)) for number in range(5)]
    (caller,) = logged(*events).callers
    names = sorted(one.write.name for one in caller.passed)
    assert names == ["", "r0", "r1"]


def clusterwide(*rules):
    """A cluster in which ci holds rules everywhere."""
    own = role("own", *rules, namespace="")
    return Cluster(cluster_of(own, binding("ci", "own", namespace="", kind="ClusterRole")).snapshot)


def on_clusterroles(*verbs, name=None):
    return PolicyRule(verbs, (RBAC_GROUP,), ("clusterroles", "clusterrolebindings"), name)


OTHER = role("other", READ, namespace="")
TO_OTHER = binding("other", "other", namespace="", kind="ClusterRole")
STILL = {
    "it may rewrite its own role": (
        [on_clusterroles("update", "escalate", "create")],
        [event("update", OTHER, 200), event("update", role("own", namespace=""), 200)],
        "escalate",
    ),
    "it may bind cluster-admin": (
        [on_clusterroles("create", "bind")],
        [event("create", TO_OTHER)],
        "bind",
    ),
    "it may rewrite only a role that it has not": (
        [on_clusterroles("update", "escalate", "create")],
        [event("update", OTHER, 200)],
        "",
    ),
    "it may bind only another role": (
        [on_clusterroles("create"), on_clusterroles("bind", name=("other",))],
        [event("create", TO_OTHER)],
        "",
    ),
    "it may bind, and write no binding": (
        [on_clusterroles("create", "bind")],
        [event("create", OTHER)],
        "",
    ),
    "the log shows that it needs neither": (
        [READ, on_clusterroles("create", "bind", "escalate", "update")],
        [on(OTHER), on(TO_OTHER)],
        "",
    ),
}


@pytest.mark.parametrize("case", STILL)
def test_who_stays_cluster_admin_is_told_in_the_first_lines(case):
    rules, events, verb = STILL[case]
    lines = [{"auditID": str(number), **one} for number, one in enumerate(events)]
    log = io.BytesIO("\n".join(map(json.dumps, lines)).encode())
    answer = clusterwide(*rules).suggest(
        principal="sa:shop/ci", audit=log, effect=False, split=False
    )
    assert answer.changes
    words = f"Note: still effectively cluster-admin by {verb}: serviceaccount:shop/ci."
    head = " ".join(str(answer).partition("\n\n")[0].split())
    assert (words in head) is bool(verb)
    assert str(answer).count("effectively cluster-admin") == bool(verb)


def on_roles(*verbs, name=None):
    return PolicyRule(verbs, (RBAC_GROUP,), ("roles", "rolebindings"), name)


def on_cluster_roles(*verbs, name=None):
    return PolicyRule(verbs, (RBAC_GROUP,), ("clusterroles",), name)


def everywhere(*rules):
    return (
        role("own", *rules, namespace=""),
        binding("ci", "own", namespace="", kind="ClusterRole"),
    )


OTHER_ROLE = role("other", READ)
TO_THE_OTHER = binding("other", "other")
ALL = role("cluster-admin", STAR, namespace="")
NAMESPACE = role("admin", READ, namespace="")
BOUND_TO_ALL = (
    ALL,
    binding("root", "cluster-admin", namespace="", kind="ClusterRole", account="root"),
)
TOKEN_OF_ROOT = {
    **event("create", role("x")),
    "requestURI": "/api/v1/namespaces/shop/serviceaccounts/root/token",
    "objectRef": {
        "resource": "serviceaccounts",
        "subresource": "token",
        "apiVersion": "v1",
        "namespace": "shop",
        "name": "root",
    },
}
OF_SHOP, OF_CLUSTER = "admin of namespace shop", "cluster-admin"
OF_NAMESPACE = {
    "it may rewrite its own Role": (
        held(on_roles("update", "escalate")),
        event("update", role("own"), 200),
        {OF_SHOP: "escalate"},
    ),
    "it may rewrite only a Role that it has not": (
        (*held(on_roles("update", "escalate", name=("other",))), OTHER_ROLE),
        event("update", OTHER_ROLE, 200),
        {},
    ),
    "it may rewrite that Role and bind it": (
        (
            *held(on_roles("update", "escalate", "bind", name=("other",)), on_roles("create")),
            OTHER_ROLE,
        ),
        [event("update", OTHER_ROLE, 200), event("create", TO_THE_OTHER)],
        {OF_SHOP: "escalate"},
    ),
    "it may rewrite its own Role, where an account of the namespace is cluster-admin": (
        (*held(on_roles("update", "escalate")), *BOUND_TO_ALL),
        event("update", role("own"), 200),
        {OF_CLUSTER: "escalate", OF_SHOP: "escalate"},
    ),
    "it may take the token of that account anyhow": (
        (
            *held(
                on_roles("update", "escalate"),
                PolicyRule(("create",), ("",), ("serviceaccounts/token",), ("root",)),
            ),
            *BOUND_TO_ALL,
        ),
        [event("update", role("own"), 200), TOKEN_OF_ROOT],
        {OF_SHOP: "escalate"},
    ),
    "it may bind any ClusterRole in its namespace": (
        (*held(on_roles("create"), on_cluster_roles("bind")), ALL),
        event("create", binding("x", "view", kind="ClusterRole")),
        {OF_SHOP: "bind"},
    ),
    "it may bind the one that administers a namespace": (
        (*held(on_roles("create"), on_cluster_roles("bind", name=("admin",))), NAMESPACE),
        event("create", binding("x", "admin", kind="ClusterRole")),
        {OF_SHOP: "bind"},
    ),
    "it may bind only another": (
        (*held(on_roles("create"), on_cluster_roles("bind", name=("other",))), OTHER),
        event("create", binding("x", "other", kind="ClusterRole")),
        {},
    ),
    "it may bind, and write no binding": (
        (*held(on_roles("update"), on_cluster_roles("bind")), ALL),
        event("update", role("own"), 200),
        {},
    ),
    "it may bind any ClusterRole in each namespace": (
        (*everywhere(on_roles("create"), on_cluster_roles("bind")), ALL),
        [event("create", binding("x", "view", kind="ClusterRole", namespace=one)) for one in "ab"],
        {"admin of namespaces a, b": "bind"},
    ),
    "it may bind any ClusterRole in every namespace": (
        (*everywhere(on_roles("create"), on_cluster_roles("bind")), ALL),
        f"create rolebindings.{RBAC_GROUP} -A\nbind clusterroles.{RBAC_GROUP} -A\n",
        {"admin of every namespace": "bind"},
    ),
    "it may rewrite a ClusterRole of a name, and bind it": (
        (
            *everywhere(
                on_clusterroles("update", "escalate", "bind", name=("other",)),
                on_clusterroles("create"),
            ),
            OTHER,
        ),
        [event("update", OTHER, 200), event("create", TO_OTHER)],
        {OF_CLUSTER: "escalate"},
    ),
    "it may rewrite a ClusterRole of a name, which its namespace gives it": (
        (
            *everywhere(on_cluster_roles("update", "escalate", name=("other",))),
            OTHER,
            RoleBinding(
                metadata=RbacMeta("y", "shop"),
                role_ref=RoleRef("ClusterRole", "other"),
                subjects=(Subject("Group", "system:serviceaccounts:shop"),),
            ),
        ),
        event("update", OTHER, 200),
        {OF_SHOP: "escalate"},
    ),
}


@pytest.mark.parametrize("case", OF_NAMESPACE)
def test_who_stays_admin_of_a_namespace_is_told_in_the_first_lines(case):
    objects, shown, told = OF_NAMESPACE[case]
    events = shown if isinstance(shown, list) else [shown]
    evidence = (
        {"need": io.BytesIO(shown.encode())}
        if isinstance(shown, str)
        else {"audit": logged_bytes(*events)}
    )
    root = ServiceAccount(metadata=AnnotatedMeta("root", "shop"))
    snapshot = replace(cluster_of(*objects).snapshot, service_accounts=(root,))
    answer = Cluster(snapshot).suggest(
        principal="sa:shop/ci", effect=False, split=False, **evidence
    )
    head = " ".join(str(answer).partition("\n\n")[0].split())
    for what, verb in told.items():
        assert f"Note: still effectively {what} by {verb}: serviceaccount:shop/ci." in head
    assert str(answer).count("still effectively") == len(told)
