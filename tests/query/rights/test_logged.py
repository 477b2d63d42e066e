"""What a Policy lets an API server log: kubernetes' own truth table (checker_test.go), and more."""

import io
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.authz.match import rule_allows
from rbacgraph.model.inputs.audit_policy import AuditPolicy, AuditRule, GroupResources
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.request import Request
from rbacgraph.query.rights.audit_policy_rules import is_logged, policy_blind_spots, rule_for
from rbacgraph.query.rights.logged_credentials import logged_credentials
from rbacgraph.query.rights.unlogged_rights import Unlogged
from rbacgraph.sources.audit.policy_file import read_audit_policy

RBAC = "rbac.authorization.k8s.io"
TIM = ("tim@k8s.io", ("humans", "developers"))
NOBODY = ("", ())
REQUESTS = {
    "namespaced": (Request("get", "", "pods", "", "default", "busybox"), TIM),
    "cluster": (Request("get", RBAC, "clusterroles", "", "", "edit"), TIM),
    "nonResource": (Request("get", path="/logs/kubelet.log"), TIM),
    "subresource": (Request("get", "", "pods", "log", "default", "busybox"), TIM),
    "Unauthorized": (Request("get", "", "pods", "", "default", "busybox"), NOBODY),
}


def on(*resources, group="", names=None):
    return (GroupResources(group, resources or None, names),)


RULES = {
    "default": AuditRule("Metadata"),
    "create": AuditRule("Request", verbs=("create",)),
    "tims": AuditRule("Metadata", users=("tim@k8s.io",)),
    "humans": AuditRule("Metadata", user_groups=("humans",)),
    "serviceAccounts": AuditRule("Request", user_groups=("system:serviceaccounts",)),
    "getPods": AuditRule("RequestResponse", verbs=("get",), resources=on("pods")),
    "getPodLogs": AuditRule("Request", verbs=("get",), resources=on("pods/log")),
    "all": AuditRule("Request", verbs=("get",), resources=on("*")),
    "*/log": AuditRule("Request", verbs=("get",), resources=on("*/log")),
    "pods/*": AuditRule("Request", verbs=("get",), resources=on("pods/*")),
    "core": AuditRule("Request", verbs=("get",), resources=on()),
    "*/*": AuditRule("Request", verbs=("get",), resources=on("*/*")),
    "named": AuditRule("Request", resources=on("pods", names=("busybox",))),
    "named other": AuditRule("Request", resources=on("pods", names=("x",))),
    "getClusterRoles": AuditRule(
        "RequestResponse",
        verbs=("get",),
        resources=on("clusterroles", group=RBAC),
        namespaces=("",),
    ),
    "getLogs": AuditRule("RequestResponse", verbs=("get",), non_resource_urls=("/logs*",)),
    "getMetrics": AuditRule("Request", verbs=("get",), non_resource_urls=("/metrics",)),
    "clusterRoleEdit": AuditRule(
        "Request", resources=on("clusterroles", group=RBAC, names=("edit",))
    ),
    "in default": AuditRule("Request", namespaces=("default",)),
    "in none": AuditRule("Request", namespaces=("",)),
}
LEVELS = [
    ("namespaced", "Metadata", "default"),
    ("namespaced", "None", "create"),
    ("namespaced", "Metadata", "tims"),
    ("namespaced", "Metadata", "humans"),
    ("namespaced", "None", "serviceAccounts"),
    ("namespaced", "RequestResponse", "getPods"),
    ("namespaced", "None", "getClusterRoles"),
    ("namespaced", "None", "getLogs"),
    ("namespaced", "None", "getMetrics"),
    ("namespaced", "Metadata", "getMetrics", "serviceAccounts", "default"),
    ("namespaced", "RequestResponse", "getMetrics", "getPods", "default"),
    ("namespaced", "RequestResponse", "getPodLogs", "getPods"),
    ("cluster", "Metadata", "default"),
    ("cluster", "None", "create"),
    ("cluster", "None", "getPods"),
    ("cluster", "RequestResponse", "getClusterRoles"),
    ("cluster", "Request", "clusterRoleEdit", "getClusterRoles"),
    ("cluster", "None", "getLogs"),
    ("cluster", "RequestResponse", "getMetrics", "getClusterRoles", "default"),
    ("cluster", "None", "getPodLogs", "getPods"),
    ("nonResource", "Metadata", "default"),
    ("nonResource", "None", "create"),
    ("nonResource", "Metadata", "tims"),
    ("nonResource", "None", "getPods"),
    ("nonResource", "None", "getClusterRoles"),
    ("nonResource", "RequestResponse", "getLogs"),
    ("nonResource", "None", "getMetrics"),
    ("nonResource", "RequestResponse", "getLogs", "getClusterRoles", "default"),
    ("subresource", "Request", "getPodLogs", "getPods"),
    ("subresource", "Request", "all"),
    ("subresource", "Request", "*/log"),
    ("subresource", "Request", "pods/*"),
    ("Unauthorized", "None", "tims"),
    ("Unauthorized", "Metadata", "tims", "default"),
    ("Unauthorized", "None", "humans"),
    # beyond the server's own table, as checker.go has it
    ("subresource", "None", "getPods"),
    ("subresource", "None", "*/*"),
    ("subresource", "Request", "core"),
    ("namespaced", "Request", "pods/*"),
    ("namespaced", "None", "*/log"),
    ("namespaced", "Request", "named"),
    ("namespaced", "None", "named other"),
    ("namespaced", "Request", "in default"),
    ("cluster", "None", "in default"),
    ("cluster", "Request", "in none"),
    ("nonResource", "None", "in none"),
    ("nonResource", "None", "all"),
]


@pytest.mark.parametrize("row", LEVELS, ids=" ".join)
def test_levels(row):
    which, level, *names = row
    request, who = REQUESTS[which]
    rule = rule_for(AuditPolicy(tuple(RULES[name] for name in names)), request, *who)
    assert (rule.level if rule else "None") == level


WATCH = Request("watch", "", "pods")
EXEC = Request("create", "", "pods", "exec", "shop", "web")
STAGES = [
    ((), (), True, True),
    (("RequestReceived", "Panic"), (), True, True),
    (("ResponseComplete",), (), False, True),
    ((), ("ResponseComplete",), False, True),
    (("ResponseStarted",), ("ResponseComplete",), False, False),
    (("ResponseStarted",), (), True, True),
]


@pytest.mark.parametrize(("whole", "own", "short", "long"), STAGES)
def test_stages(whole, own, short, long):
    policy = AuditPolicy((AuditRule("Metadata", omit_stages=own),), whole)
    assert is_logged(policy, Request("get", "", "pods"), *TIM) == short
    assert is_logged(policy, WATCH, *TIM) == is_logged(policy, EXEC, *TIM) == long


def test_a_request_that_no_rule_names_is_not_logged():
    assert not is_logged(AuditPolicy((RULES["create"],)), WATCH, *TIM)


def part(verb, group="", resource="", name=None, path=None):
    if path:
        return PolicyRule((verb,), non_resource_urls=(path,))
    return PolicyRule((verb,), (group,), (resource,), (name,) if name else None)


NO_READS = AuditRule("None", verbs=("get", "list", "watch"), resources=on("secrets", "pods/*"))
NO_EVENTS = AuditRule("None", resources=on("events"))
IN_SYSTEM = AuditRule("None", verbs=("get",), namespaces=("kube-system",), resources=on("pods"))
ONE_NAME = AuditRule("None", resources=on("configmaps", names=("lock",)))
OF_PROXY = AuditRule("None", users=("system:kube-proxy",), verbs=("watch",))
HEALTH = AuditRule("None", non_resource_urls=("/healthz*", "/version"))
NODES = AuditRule("None", namespaces=("shop",), resources=on("nodes"))
ALL = AuditRule("Metadata")
HIDES = [
    (NO_READS, part("get", "", "secrets"), "", True),
    (NO_READS, part("delete", "", "secrets"), "", False),
    (NO_READS, part("get", "", "pods/log"), "shop", True),
    (NO_READS, part("get", "", "configmaps"), "", False),
    (NO_READS, part("*", "", "secrets"), "", False),
    (NO_READS, part("get", "*", "*"), "", False),
    (NO_READS, part("get", "", "*/log"), "", False),
    (NO_EVENTS, part("*", "", "events"), "", True),
    (NO_EVENTS, part("create", "events.k8s.io", "events"), "", False),
    (IN_SYSTEM, part("get", "", "pods"), "", True),
    (IN_SYSTEM, part("get", "", "pods"), "shop", False),
    (IN_SYSTEM, part("get", "", "pods"), "kube-system", True),
    (ONE_NAME, part("get", "", "configmaps"), "shop", True),
    (ONE_NAME, part("get", "", "configmaps", "lock"), "shop", True),
    (ONE_NAME, part("get", "", "configmaps", "other"), "shop", False),
    (ONE_NAME, part("create", "", "configmaps"), "shop", False),
    (OF_PROXY, part("watch", "", "pods"), "", False),
    (HEALTH, part("get", path="/healthz/etcd"), "", True),
    (HEALTH, part("get", path="/healthz/*"), "", True),
    (HEALTH, part("get", path="/*"), "", False),
    (HEALTH, part("get", path="/metrics"), "", False),
    (NODES, part("get", "", "nodes"), "", False),
    (NO_READS, part("impersonate", "", "users"), "", False),
]


@pytest.mark.parametrize(("rule", "own", "scope", "hidden"), HIDES)
def test_rights_whose_use_a_policy_hides(rule, own, scope, hidden):
    unlogged = Unlogged(AuditPolicy((rule, ALL)))
    assert unlogged.hides(own, scope, "alice", ("system:authenticated",)) == hidden


def test_what_a_policy_hides_of_one_user_alone():
    unlogged = Unlogged(AuditPolicy((OF_PROXY, ALL)))
    assert unlogged.hides(part("watch", "", "pods"), "", "system:kube-proxy", ())


def test_acting_as_another_is_hidden_where_all_requests_are():
    unlogged = Unlogged(AuditPolicy((AuditRule("None", users=("alice",)), ALL)))
    assert unlogged.hides(part("impersonate", "", "users"), "", "alice", ())
    assert not unlogged.hides(part("impersonate", "", "users"), "", "bob", ())


VERBS, RESOURCES, PLACES = ("get", "list"), ("pods", "secrets", "pods/log"), ("", "a", "b")
NAMES = ("", "x", "y")


def some(values):
    return st.none() | st.lists(st.sampled_from(values), min_size=1, max_size=2).map(tuple)


held = st.builds(GroupResources, st.just(""), some((*RESOURCES, "*", "*/log", "pods/*")), st.none())
named = st.builds(GroupResources, st.just(""), st.just(("pods",)), some(("x",)))
audit_rules = st.builds(
    AuditRule,
    st.sampled_from(["None", "Metadata"]),
    users=some(("alice", "bob")),
    verbs=some(VERBS),
    namespaces=some(PLACES),
    resources=st.none() | st.lists(held | named, min_size=1, max_size=2).map(tuple),
)
policies = st.lists(audit_rules, max_size=4).map(lambda rules: AuditPolicy(tuple(rules)))
parts = st.builds(
    part,
    st.sampled_from((*VERBS, "*")),
    st.just(""),
    st.sampled_from((*RESOURCES, "*", "*/log")),
    st.sampled_from([None, "x"]),
)


@given(policies, parts, st.sampled_from(PLACES))
def test_hidden_is_what_requests_say_one_by_one(policy, own, scope):
    """Names that no Policy has stand for all others: here ``b``, ``y``, ``other`` and patch."""
    every = [
        Request(verb, "", *_split(text), place, name)
        for verb, text, place, name in product(
            (*VERBS, "patch"), (*RESOURCES, "other", "other/log"), ("", "a", "b", "c"), NAMES
        )
        if not scope or place == scope
    ]
    logged = [is_logged(policy, r, "alice", ()) for r in every if rule_allows(own, r)]
    wide = "*" in (own.verbs[0], own.resources[0].partition("/")[0])
    expected = not any(logged) if wide else not all(logged)
    assert Unlogged(policy).hides(own, scope, "alice", ()) == expected


def _split(text):
    resource, _, subresource = text.partition("/")
    return resource, subresource


WORDS = [
    (NO_READS, "get, list, watch on secrets, pods/*, by the audit policy (p.yaml:0)"),
    (ONE_NAME, "configmaps named lock, by the"),
    (IN_SYSTEM, "get on pods in kube-system, by the"),
    (AuditRule("None", namespaces=("",)), "all resources in no namespace, by the"),
    (OF_PROXY, "watch on everything by system:kube-proxy, by the"),
    (AuditRule("None", resources=on(group="apps")), "all of apps, by the"),
    (HEALTH, "/healthz*, /version, by the"),
    (AuditRule("None", user_groups=("system:nodes",)), "everything by members of system:nodes,"),
    (
        AuditRule("Metadata", verbs=("get",), omit_stages=("ResponseComplete",)),
        "the outcome of get on everything, but of watches and streams, by the",
    ),
]


@pytest.mark.parametrize(("rule", "words"), WORDS)
def test_words(rule, words):
    (found,) = policy_blind_spots(AuditPolicy((rule, ALL), file="p.yaml"))
    assert str(found).startswith(words)


def test_words_about_one_are_about_it_alone():
    policy = AuditPolicy((OF_PROXY, NO_EVENTS, ALL), file="p.yaml")
    (found,) = policy_blind_spots(policy, ("alice", ("devs",)))
    assert str(found).startswith("events, by")
    assert len(list(policy_blind_spots(policy, ("system:kube-proxy", ())))) == 2


def test_words_end_where_a_rule_takes_all():
    assert list(policy_blind_spots(AuditPolicy((ALL, NO_READS), file="p.yaml"))) == []
    (found,) = policy_blind_spots(AuditPolicy((RULES["create"],), file="p.yaml"))
    assert str(found) == "requests that no rule of the audit policy names (p.yaml)"


GOOD = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  resources:
  - group: ""
    resources: [events]
# all else
- level: Metadata
"""


def test_reads_a_policy():
    policy = read_audit_policy(io.BytesIO(GOOD.encode()))
    assert [(rule.level, rule.line) for rule in policy.rules] == [("None", 5), ("Metadata", 10)]
    assert policy.omit_stages == ("RequestReceived",)


def at(level, *resources, group="", **fields):
    return AuditRule(level, resources=on(*resources, group=group) if resources else None, **fields)


METADATA = at("Metadata", "secrets", "serviceaccounts/token")
CREDENTIALS = [
    ((at("RequestResponse"),), {"secrets", "serviceaccounts/token", "tokenreviews"}),
    ((METADATA, at("RequestResponse")), {"tokenreviews"}),
    ((at("Request"),), {"secrets", "tokenreviews"}),
    ((at("Request", verbs=("get", "list")),), set()),
    ((at("RequestResponse", verbs=("delete", "watch")),), set()),
    ((at("RequestResponse", "*", users=("bob",)), ALL), {"secrets", "serviceaccounts/token"}),
    (
        (at("RequestResponse", namespaces=("shop",)), ALL),
        {"secrets", "serviceaccounts/token"},
    ),
    ((at("RequestResponse", "configmaps"), ALL), set()),
    ((ALL, at("RequestResponse")), set()),
    ((at("None", "secrets"), at("Request", "secrets")), set()),
]


@pytest.mark.parametrize(("rules", "expected"), CREDENTIALS)
def test_policies_that_log_credentials_are_told(rules, expected):
    policy = AuditPolicy(tuple(rules), file="p.yaml")
    told = list(logged_credentials(policy))
    assert {one.message.rpartition(" ")[2] for one in told} == expected
