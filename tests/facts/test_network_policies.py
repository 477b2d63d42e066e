"""NetworkPolicies by truth tables: each sentence of their documentation with its nearest twin."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.facts.entry.network_policies import (
    OUTSIDE,
    SOMEWHERE,
    NetworkPolicies,
    Port,
    Sender,
    Verdict,
)
from rbacgraph.model.kubernetes.meta import LabelSelector, LabelSelectorRequirement
from rbacgraph.model.kubernetes.pods import labels_of_pack, packed_labels
from tests.facts.objects import NGINX, balanced, entries, kinds, namespace, pod, policy, world
from tests.worlds import fewer

ALL = {"cidr": "0.0.0.0/0"}
SHUT, UNKNOWN, OPEN = Verdict
HTTP = (Port(80),)


def judge(*objects, ports=HTTP, sender=None):
    """The verdict on requests from outside, or from a Pod of the input."""
    facts = world(*objects)
    policies, runner = NetworkPolicies(facts), facts.running.runner("shop", "web")
    source = OUTSIDE if sender is None else Sender(pods=(facts.running.runner(*sender),))
    return policies.judge(runner, ports, source).verdict


def test_a_pod_that_no_policy_selects_is_open():
    assert judge(pod()) == OPEN
    assert judge(pod(), policy(selector={"matchLabels": {"app": "db"}})) == OPEN
    assert judge(pod(), policy(selector={"matchLabels": {"app": "web"}})) == SHUT


def test_the_empty_selector_selects_every_pod_of_its_namespace_alone():
    assert judge(pod(), policy()) == SHUT
    assert judge(pod(), policy(namespace="other")) == OPEN


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ({"key": "app", "operator": "In", "values": ["web", "x"]}, SHUT),
        ({"key": "app", "operator": "In", "values": ["db"]}, OPEN),
        ({"key": "app", "operator": "NotIn", "values": ["db"]}, SHUT),
        ({"key": "app", "operator": "NotIn", "values": ["web"]}, OPEN),
        ({"key": "app", "operator": "Exists"}, SHUT),
        ({"key": "tier", "operator": "Exists"}, OPEN),
        ({"key": "tier", "operator": "DoesNotExist"}, SHUT),
        ({"key": "app", "operator": "DoesNotExist"}, OPEN),
    ],
)
def test_expressions_select_pods(expression, verdict):
    assert judge(pod(), policy(selector={"matchExpressions": [expression]})) == verdict


def test_labels_and_expressions_of_a_selector_must_all_match():
    has = {"key": "tier", "operator": "Exists"}
    selector = {"matchLabels": {"app": "web"}, "matchExpressions": [has]}
    assert judge(pod(), policy(selector=selector)) == OPEN
    assert judge(pod(labels={"app": "web", "tier": "1"}), policy(selector=selector)) == SHUT


@pytest.mark.parametrize(
    ("spec", "verdict"),
    [
        ({}, SHUT),  # absent types: always for ingress
        ({"egress": []}, SHUT),
        ({"policyTypes": ["Ingress"]}, SHUT),
        ({"policyTypes": ["Ingress", "Egress"]}, SHUT),
        ({"policyTypes": ["Egress"]}, OPEN),
        ({"policyTypes": ["Egress"], "ingress": []}, OPEN),
        ({"policyTypes": []}, SHUT),
        ({"policyTypes": None}, SHUT),
    ],
)
def test_only_policies_for_ingress_isolate(spec, verdict):
    assert judge(pod(), policy(**spec)) == verdict


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ([], SHUT),
        (None, SHUT),
        ([{}], OPEN),
        ([{"from": []}], OPEN),
        ([{"from": None}], OPEN),
        ([{"from": [{"ipBlock": ALL}]}], OPEN),
        ([{"from": [{"ipBlock": {"cidr": "::/0"}}]}], OPEN),
        ([{"from": [{"ipBlock": {**ALL, "except": ["10.0.0.0/8"]}}]}], UNKNOWN),
        ([{"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}], UNKNOWN),
        ([{"from": [{"ipBlock": {"cidr": "nonsense"}}]}], UNKNOWN),
        ([{"from": [{"podSelector": {}}]}], SHUT),
        ([{"from": [{"namespaceSelector": {}}]}], SHUT),
        ([{"from": [{"podSelector": {}}, {"ipBlock": ALL}]}], OPEN),
        ([{"from": [{"podSelector": {}}]}, {}], OPEN),
        ([{"from": [{}]}], SHUT),
    ],
)
def test_rules_for_requests_from_outside(rules, verdict):
    assert judge(pod(), policy(ingress=rules)) == verdict


def test_what_any_policy_allows_is_allowed():
    deny, allow = policy("deny"), policy("allow", ingress=[{}])
    assert judge(pod(), deny, allow) == judge(pod(), allow, deny) == OPEN
    assert judge(pod(), deny, policy("allow", namespace="other", ingress=[{}])) == SHUT


def test_the_parts_of_one_rule_must_all_match_but_not_those_of_two():
    peer, port = {"from": [{"podSelector": {}}]}, {"ports": [{"port": 80}]}
    assert judge(pod(), policy(ingress=[{**peer, **port}])) == SHUT
    assert judge(pod(), policy(ingress=[peer, port])) == OPEN


@pytest.mark.parametrize(
    ("port", "verdict"),
    [
        ({"port": 80}, OPEN),
        ({"port": 81}, SHUT),
        ({"port": 80, "protocol": "TCP"}, OPEN),
        ({"port": 80, "protocol": "UDP"}, SHUT),
        ({"protocol": "TCP"}, OPEN),
        ({"protocol": "SCTP"}, SHUT),
        ({}, OPEN),
        ({"port": 70, "endPort": 80}, OPEN),
        ({"port": 70, "endPort": 79}, SHUT),
        ({"port": 80, "endPort": 90}, OPEN),
        ({"port": 81, "endPort": 90}, SHUT),
        ({"port": "http"}, OPEN),
        ({"port": "admin"}, SHUT),
        ({"port": "none"}, SHUT),
    ],
)
def test_ports(port, verdict):
    ports = [{"containerPort": 80, "name": "http"}, {"containerPort": 81, "name": "admin"}]
    assert judge(pod(ports=ports), policy(ingress=[{"ports": [port]}])) == verdict


def test_no_ports_stand_for_all_of_them():
    assert judge(pod(), policy(ingress=[{"ports": []}])) == OPEN
    assert judge(pod(), policy(ingress=[{"ports": None}])) == OPEN


def test_of_several_ports_one_is_enough():
    rule = policy(ingress=[{"ports": [{"port": 80}]}])
    assert judge(pod(), rule, ports=(Port(81), Port(80))) == OPEN
    assert judge(pod(), rule, ports=(Port(81), Port(82))) == SHUT


def test_a_port_whose_number_is_not_known_may_be_allowed():
    assert judge(pod(), policy(ingress=[{"ports": [{"port": 80}]}]), ports=()) == UNKNOWN
    assert judge(pod(), policy(ingress=[{}]), ports=()) == OPEN
    assert judge(pod(), policy(), ports=()) == SHUT


EDGE = ("edge", "nginx")


def from_edge(*peers, edge=None, labels=NGINX, **spec):
    sender = pod("nginx", "edge", labels, **spec)
    objects = [pod(), sender, policy(ingress=[{"from": list(peers)}])]
    return judge(*objects, *([edge] if edge else []), sender=EDGE)


def labelled(**labels):
    return {"matchLabels": labels}


def test_a_pod_selector_alone_selects_pods_of_the_policys_namespace():
    assert from_edge({"podSelector": {}}) == SHUT
    here = pod("nginx", labels={"app": "edge"})
    rule = policy(ingress=[{"from": [{"podSelector": labelled(app="edge")}]}])
    assert judge(pod(), here, rule, sender=("shop", "nginx")) == OPEN
    other = policy(ingress=[{"from": [{"podSelector": labelled(app="x")}]}])
    assert judge(pod(), here, other, sender=("shop", "nginx")) == SHUT


def test_a_namespace_selector_selects_every_pod_of_namespaces():
    assert from_edge({"namespaceSelector": {}}) == OPEN
    assert from_edge({"namespaceSelector": labelled(tier="edge")}, edge=namespace("edge")) == SHUT
    edge = namespace("edge", tier="edge")
    assert from_edge({"namespaceSelector": labelled(tier="edge")}, edge=edge) == OPEN


def test_both_selectors_of_one_peer_must_match():
    spaces = {"namespaceSelector": labelled(tier="edge")}
    edge = namespace("edge", tier="edge")
    name = "app.kubernetes.io/name"
    right, wrong = labelled(**{name: "ingress-nginx"}), labelled(**{name: "traefik"})
    assert from_edge({**spaces, "podSelector": right}, edge=edge) == OPEN
    assert from_edge({**spaces, "podSelector": wrong}, edge=edge) == SHUT
    assert from_edge({**spaces, "podSelector": right}, edge=namespace("edge")) == SHUT
    assert from_edge(spaces, {"podSelector": wrong}, edge=edge) == OPEN  # two peers: either


def test_every_namespace_has_a_label_with_its_name_but_others_may_be_missing():
    name = "kubernetes.io/metadata.name"
    assert from_edge({"namespaceSelector": labelled(**{name: "edge"})}) == OPEN
    assert from_edge({"namespaceSelector": labelled(**{name: "other"})}) == SHUT
    assert from_edge({"namespaceSelector": labelled(tier="edge")}) == UNKNOWN


def test_which_address_of_a_pod_is_seen_is_not_known():
    assert from_edge({"ipBlock": ALL}) == UNKNOWN
    assert from_edge({"ipBlock": ALL}, hostNetwork=True) == OPEN
    assert from_edge({"namespaceSelector": {}}, hostNetwork=True) == UNKNOWN
    assert from_edge(hostNetwork=True) == OPEN


def test_if_it_is_not_known_who_sends_then_only_what_is_open_to_all_is_open():
    def judged(*peers):
        facts = world(pod(), policy(ingress=[{"from": list(peers)}] if peers else []))
        runner = facts.running.runner("shop", "web")
        return NetworkPolicies(facts).judge(runner, HTTP, SOMEWHERE).verdict

    assert judged() == SHUT
    assert judged({"namespaceSelector": {}}) == judged({"ipBlock": ALL}) == UNKNOWN


def test_policies_say_nothing_of_pods_in_the_network_of_their_node():
    assert judge(pod(hostNetwork=True), policy()) == OPEN


def plugin(**labels):
    return pod("cni", "kube-system", labels)


def test_a_shut_pod_is_not_exposed_if_a_plugin_enforces_policies():
    given = [pod(), balanced(), policy()]
    assert kinds(*given, plugin(**{"k8s-app": "cilium"})) == ["SHUT"]
    (found,) = entries(*given, plugin(**{"k8s-app": "cilium"}))
    assert [(one.kind, one.name) for one in found.evidence] == [("NetworkPolicy", "p")]
    (unseen,) = entries(*given)
    assert "ENFORCEMENT" in {one.code.name for one in unseen.lacking}
    assert "ENFORCEMENT" not in {one.code.name for one in found.lacking}


def test_a_plugin_that_ignores_policies_leaves_pods_exposed():
    given = [pod(), balanced(), policy(), plugin(app="flannel")]
    assert kinds(*given) == ["load_balancer", "WORKLOAD"]
    both = pod("canal", "kube-system", {"k8s-app": "canal"})
    assert kinds(*given, both) == ["SHUT"]


def test_an_open_policy_leaves_pods_exposed_and_an_unclear_one_perhaps():
    assert kinds(pod(), balanced(), policy(ingress=[{}])) == ["LOAD_BALANCER"]
    narrow = policy(ingress=[{"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}])
    assert kinds(pod(), balanced(), narrow) == ["load_balancer", "WORKLOAD"]


def test_a_policy_for_another_port_than_the_services_shuts():
    rule = policy(ingress=[{"ports": [{"port": 8080}]}])
    ports = [{"port": 80, "targetPort": 8080}]
    assert kinds(pod(), balanced(ports=ports), rule) == ["LOAD_BALANCER"]
    assert kinds(pod(), balanced(), rule) == ["SHUT"]


NAMES = st.sampled_from(["a", "b", "c"])
LABELS = st.dictionaries(NAMES, NAMES)


def by_definition(selector, labels):
    """What ``meta/v1`` says a selector matches, from its fields as they stand."""
    for key, value in (selector.match_labels or {}).items():
        if labels.get(key) != value:
            return False
    for one in selector.match_expressions or ():
        held = labels.get(one.key)
        met = {
            "In": held is not None and held in (one.values or ()),
            "NotIn": held is None or held not in (one.values or ()),
            "Exists": held is not None,
            "DoesNotExist": held is None,
        }
        if not met[one.operator]:
            return False
    return True


@st.composite
def selectors(draw):
    expressions = []
    for _ in range(draw(st.integers(0, 2))):
        operator = draw(st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]))
        listed = operator in {"In", "NotIn"}
        values = tuple(draw(st.lists(NAMES, min_size=1))) if listed else None
        expressions.append(LabelSelectorRequirement(draw(NAMES), operator, values))
    return LabelSelector(draw(LABELS) or None, tuple(expressions) or None)


@settings(max_examples=fewer(300))
@given(selectors(), LABELS)
def test_policies_select_the_pods_that_the_definition_says(selector, labels):
    spec = {
        "matchLabels": selector.match_labels or {},
        "matchExpressions": [
            {"key": one.key, "operator": one.operator, "values": list(one.values or ())}
            for one in selector.match_expressions or ()
        ],
    }
    facts = world(pod(labels=labels), policy(selector=json.loads(json.dumps(spec))))
    runner = facts.running.runner("shop", "web")
    matches = by_definition(selector, labels)
    assert selector_matches(selector, labels) == matches
    assert bool(NetworkPolicies(facts).isolating(runner)) == matches
    assert labels_of_pack(packed_labels(labels)) == labels
