"""Cuts by which rules name what is needed of them."""

import random

import pytest

import rbacgraph as rg
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.edits.editor import LastingNames
from rbacgraph.advice.edits.required_support import RequiredRequest
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.request import Request
from tests.advice.cuts import LOGGED, SECRETS, Case, asked, binding, dense_snapshot, loaded, role
from tests.worlds import law

NAMED = (
    Request("create", resource="pods", subresource="exec", namespace="shop", name="tool-0"),
    Request("get", resource="pods", subresource="exec", namespace="shop", name="tool-0"),
    Request("get", resource="pods", subresource="exec", namespace="shop", name="db-0"),
    Request("update", "apps", "deployments", namespace="shop", name="tool"),
    Request("get", resource="secrets", namespace="shop", name="s1"),
)


def named_case(seed):
    """Everybody needs something by name of what leads to the Secret."""
    rng = random.Random(seed)
    wants = [
        RequiredRequest(user, user, (), request, LOGGED)
        for user in ("alice", "bob", "system:serviceaccount:shop:api")
        for request in rng.sample(NAMED[:2] + NAMED[3:] if rng.random() < 0.8 else NAMED, 2)
    ]
    return Case(dense_snapshot(seed, listed=False), "shop/s0", wants=wants)


@law(named_case, 25)
def test_what_is_needed_by_name_is_named_where_nothing_else_is_enough(seed):
    named_case(seed).check_fewest()


PODS = """
apiVersion: v1
kind: Pod
metadata:
  name: api-5c9bf-x2k4z
  namespace: shop
  ownerReferences: [{kind: ReplicaSet, name: api-5c9bf}]
spec: {containers: [{name: api, image: api, envFrom: [{secretRef: {name: db}}]}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: tool-5c9bf-bb2k4
  namespace: shop
  ownerReferences: [{kind: ReplicaSet, name: tool-5c9bf}]
spec: {containers: [{name: tool, image: tool}], automountServiceAccountToken: false}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, ownerReferences: [{kind: StatefulSet, name: web}]}
spec: {containers: [{name: web, image: web}], automountServiceAccountToken: false}
---
apiVersion: v1
kind: Pod
metadata: {name: node-debugger-n1-bb2k4, namespace: shop}
spec: {containers: [{name: sh, image: sh}], automountServiceAccountToken: false}
---
"""

EXEC = "[{apiGroups: [''], resources: [pods, pods/exec], verbs: [create, list]}]"


def exec_in(pod):
    return Request("create", resource="pods", subresource="exec", namespace="shop", name=pod)


def debugger(rules=EXEC):
    return loaded(SECRETS + PODS + role("debug", rules) + binding("a", "Role/debug", "user:al"))


def test_a_pod_is_named_and_the_rest_of_the_rule_is_as_before():
    source = debugger()
    found = asked(
        source,
        [("al", exec_in("web-0")), ("al", Request("list", resource="pods", namespace="shop"))],
    )
    assert [str(edit.text) for edit in found.edits] == [
        (
            "of create on pods/exec leave create on pods/exec named web-0 in rules[0]"
            " (create, list on pods, pods/exec)"
        ),
        "take create on pods out of rules[0] (create, list on pods, pods/exec)",
    ]
    assert [*map(str, found.edits[0].lost)] == ["create on pods/exec but for web-0"]
    assert "names are exact" in str(found.edits[0].note)
    assert not found.uncut
    (change,) = found.changes
    assert change.after.rules == (
        PolicyRule(("list",), ("",), ("pods",)),
        PolicyRule(("list",), ("",), ("pods/exec",)),
        PolicyRule(("create",), ("",), ("pods/exec",), ("web-0",)),
    )


def test_a_whole_rule_is_named():
    rules = "[{apiGroups: [''], resources: [pods/exec], verbs: [create]}]"
    (edit,) = asked(debugger(rules), [("al", exec_in("web-0"))]).edits
    assert str(edit.text) == "name web-0 alone in rules[0] (create on pods/exec)"


def test_who_needs_a_pod_that_leads_there_cannot_be_cut_off():
    """Nor does naming it help, and the path is told with the rule as it stands."""
    rules = "[{apiGroups: [''], resources: [pods/exec], verbs: [create]}]"
    source = loaded(
        SECRETS
        + PODS.replace("name: web-0", "name: db-0").replace(
            "image: web}", "image: web, envFrom: [{secretRef: {name: db}}]}"
        )
        + role("debug", rules)
        + binding("a", "Role/debug", "user:al")
    )
    found = asked(source, [("al", exec_in("db-0"))])
    assert not found.edits
    (uncut,) = found.uncut
    lead = uncut.path.hops[0]
    assert lead.text == "can run commands in running Pod db-0 in shop (create pods/exec)"
    assert "create on pods/exec" in {one.detail for one in lead.evidence}


def test_a_name_that_does_not_last_is_not_named():
    found = asked(debugger(), [("al", exec_in("tool-5c9bf-bb2k4"))])
    (uncut,) = found.uncut
    assert (
        "it names Pod tool-5c9bf-bb2k4, made by ReplicaSet tool-5c9bf: the next has another name"
        in {str(refused.why) for refused in uncut.refused}
    )
    assert not found.edits


def test_what_alone_could_go_and_together_may_not_is_told():
    """Either rule allows what is needed, by a name that does not last."""
    rules = EXEC[:-1] + ", {apiGroups: ['*'], resources: ['*'], verbs: ['*']}]"
    (uncut,) = asked(debugger(rules), [("al", exec_in("tool-5c9bf-bb2k4"))]).uncut
    assert (
        "together with the others that are needed, al would lose create on pods/exec"
        " tool-5c9bf-bb2k4 in shop (audit log)"
    ) in {str(refused.why) for refused in uncut.refused}


def test_a_secret_is_named_where_the_others_are_not_known():
    rules = "[{apiGroups: [''], resources: [secrets, configmaps], verbs: [get, list]}]"
    source = loaded(SECRETS + role("r", rules) + binding("a", "Role/r", "user:al"))
    web = Request("get", resource="secrets", namespace="shop", name="web")
    (edit,) = asked(source, [("al", web)]).edits
    assert str(edit.text) == (
        "of get, list on secrets leave get on secrets named web in rules[0]"
        " (get, list on secrets, configmaps)"
    )
    listed = Request("list", resource="secrets", namespace="shop")
    (uncut,) = asked(source, [("al", web), ("al", listed)]).uncut  # of a list nothing is named
    assert "al would lose list on secrets in shop (audit log)" in {
        str(one.why) for one in uncut.refused
    }


def test_a_rule_of_an_aggregated_role_is_named_where_it_comes_from():
    extra = ", labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}"
    rules = "[{apiGroups: [''], resources: [pods/exec], verbs: [create]}]"
    source = loaded(
        SECRETS
        + PODS
        + role("more", rules, "ClusterRole", extra=extra)
        + binding("a", "ClusterRole/view", "user:al"),
        bootstrap=True,
    )
    # Only certain paths: view lets al read logs too, which may hold the Secret.
    found = asked(source, [("al", exec_in("web-0"))], certain=True)
    (edit,) = found.edits
    assert (edit.name, str(edit.text)) == (
        "more",
        "name web-0 alone in rules[0] (create on pods/exec)",
    )
    after = rg.Cluster(applied(source.snapshot, found.changes))
    assert after.can_i(
        "create", "pods", subresource="exec", namespace="shop", name="web-0", user="al"
    )
    assert not after.can_i(
        "create", "pods", subresource="exec", namespace="shop", name="api-0", user="al"
    )


@pytest.mark.parametrize(
    ("request_", "fades"),
    [
        (exec_in("web-0"), False),
        (exec_in("tool-5c9bf-bb2k4"), True),
        (exec_in("gone-5c9bf-bb2k4"), True),  # the input does not hold it
        (exec_in("web-1"), False),
        (exec_in("nginx-proxy"), False),
        (exec_in("node-debugger-n1-bb2k4"), True),  # nobody owns it
        (Request("update", "apps", "deployments", namespace="shop", name="web-http2"), False),
        (Request("update", "apps", "deployments", namespace="shop", name="tool"), False),
        (Request("update", "apps", "replicasets", namespace="shop", name="tool-5c9bfd"), True),
        (Request("patch", "batch", "jobs", namespace="shop", name="backup-28791840"), True),
        (Request("patch", "batch", "jobs", namespace="shop", name="migrate"), False),
        (Request("get", resource="secrets", namespace="shop", name="api-token-x2k4z"), False),
        (
            Request(
                "update",
                "certificates.k8s.io",
                "certificatesigningrequests",
                "approval",
                name="csr-bb2k4",
            ),
            True,
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Request) else "",
)
def test_which_names_last(request_, fades):
    assert bool(LastingNames(debugger().snapshot).fading(request_)) is fades
