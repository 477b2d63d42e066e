"""Kinds that say what reaches Pods: read from every form, and kept in snapshots."""

import io
import json

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.facts.entry.entries import Entries
from rbacgraph.facts.world import Facts
from rbacgraph.model.kubernetes.meta import LabelSelector, ObjectMeta
from rbacgraph.model.kubernetes.networking import (
    Endpoints,
    EndpointSlice,
    Gateway,
    GatewayRoute,
    Ingress,
    IngressBackend,
    IngressClass,
    IngressRule,
    Listener,
    NetworkPolicy,
    OpenShiftRoute,
    ParentReference,
    PolicyPeer,
    PolicyPort,
    ReferenceGrant,
    RouteBackend,
    Service,
    ServicePort,
    ServiceSpec,
)
from tests.facts.objects import WEB, balanced, ingress, item, pod, policy, service
from tests.facts.test_exposed_workloads import (
    gateway,
    grant,
    ingress_class,
    openshift_route,
    route,
    sliced,
    target,
)
from tests.sources.test_formats import FORMS

NOTES = {"annotations": {"service.beta.kubernetes.io/azure-load-balancer-internal": "true"}}
SHOP, EDGE = ObjectMeta("web", "shop"), ObjectMeta("g", "edge")
PEERS = [{"podSelector": {}, "namespaceSelector": {"matchLabels": {"a": "b"}}},
         {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]  # fmt: skip
OBJECTS = [
    pod(ports=[{"containerPort": 80, "name": "http"}, {"containerPort": 81, "hostPort": 8081}]),
    balanced(
        metadata=NOTES,
        status={"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}, {"hostname": "x.org"}]}},
        ports=[
            {"port": 80, "targetPort": "http", "nodePort": 30080},
            {"port": 53, "protocol": "UDP"},
        ],
        externalIPs=["192.0.2.1"],
        loadBalancerSourceRanges=["192.0.2.0/24"],
    ),
    {**balanced("bare", selector={})},
    sliced(target(), None, service="bare"),
    item("Endpoints", "bare", subsets=[{"notReadyAddresses": [{"targetRef": target("db")}]}]),
    ingress(ingressClassName="nginx", tls=[{"secretName": "tls"}]),
    ingress_class(),
    policy("web", policyTypes=["Ingress"], ingress=[
        {"from": PEERS, "ports": [{"port": "http"}, {"port": 1, "endPort": 9, "protocol": "UDP"}]},
        {},
    ]),
    policy("out", policyTypes=["Egress"]),
    gateway(hostname="*.a.org", status={"addresses": [{"value": "8.8.8.8"}]}),
    route(hostnames=["x.a.org"]),
    grant(name="web"),
    openshift_route(port={"targetPort": "http"}),
]  # fmt: skip
EXPECTED = {
    "services": [
        Service(
            metadata=ObjectMeta("bare", "shop"),
            spec=ServiceSpec({}, "LoadBalancer", (ServicePort(80, "", 80),)),
        ),
        Service(
            metadata=SHOP,
            spec=ServiceSpec(
                WEB,
                "LoadBalancer",
                (ServicePort(80, "", "http", "TCP", 30080), ServicePort(53, "", 53, "UDP")),
                ("192.0.2.1",),
                ("192.0.2.0/24",),
            ),
            internal="service.beta.kubernetes.io/azure-load-balancer-internal",
            addresses=("10.0.0.1", "x.org"),
        ),
    ],
    "endpoint_slices": [
        EndpointSlice(metadata=ObjectMeta("s", "shop"), service="bare", pods=("web",), others=True)
    ],
    "endpoints": [Endpoints(metadata=ObjectMeta("bare", "shop"), pods=("db",))],
    "ingress_classes": [
        IngressClass(metadata=ObjectMeta("outer"), controller="k8s.io/ingress-nginx")
    ],
    "network_policies": [
        NetworkPolicy(metadata=ObjectMeta("out", "shop"), isolates=False, confines=True),
        NetworkPolicy(
            metadata=SHOP,
            rules=(
                IngressRule(
                    (
                        PolicyPeer(LabelSelector(), LabelSelector(match_labels={"a": "b"})),
                        PolicyPeer(cidr="10.0.0.0/8", excepts=("10.1.0.0/16",)),
                    ),
                    (PolicyPort("http"), PolicyPort(1, 9, "UDP")),
                ),
                IngressRule(),
            ),
        ),
    ],
    "gateways": [
        Gateway(
            metadata=EDGE,
            class_name="c",
            listeners=(Listener("web", 443, "HTTPS", "*.a.org", "All"),),
            addresses=("8.8.8.8",),
        )
    ],
    "gateway_routes": [
        GatewayRoute(
            kind="HTTPRoute",
            api_version="gateway.networking.k8s.io/v1",
            metadata=ObjectMeta("r", "shop"),
            parents=(ParentReference("g", "edge"),),
            hostnames=("x.a.org",),
            backends=(RouteBackend("web", "", 80),),
        )
    ],
    "reference_grants": [
        ReferenceGrant(
            metadata=ObjectMeta("x", "shop"),
            routes=(("HTTPRoute", "routes"),),
            services=("web",),
        )
    ],
    "openshift_routes": [
        OpenShiftRoute(
            metadata=ObjectMeta("r", "shop"), services=("web",), port="http", admitted=True
        )
    ],
}


def read(data):
    return rg.load(io.BytesIO(data)).snapshot


def bare(objects):
    plain = [replace(one, origin=0) for one in objects]
    return sorted(plain, key=lambda one: (one.metadata.namespace, one.metadata.name))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_alike(form):
    snapshot = read(FORMS[form](OBJECTS).encode())
    assert {field: bare(getattr(snapshot, field)) for field in EXPECTED} == EXPECTED
    (found,) = snapshot.ingresses
    assert replace(found, origin=0, spec=None) == Ingress(
        metadata=SHOP, backends=(IngressBackend("web", 80),), class_name="nginx"
    )
    assert [one.secret_name for one in found.spec.tls] == ["tls"]
    assert snapshot.skipped == {}


def lines():
    return "\n".join(map(json.dumps, OBJECTS)).encode()


def saved(cluster):
    target = io.BytesIO()
    cluster.save(target)
    return target.getvalue()


def judged(snapshot):
    facts = Facts(snapshot)
    found = facts.part(Entries)
    return [found.of(one.node) for one in facts.running.runners]


def test_a_snapshot_keeps_all_of_them():
    cluster = rg.load(io.BytesIO(lines()))
    again = read(saved(cluster))
    assert {field: bare(getattr(again, field)) for field in EXPECTED} == EXPECTED
    assert judged(again) == judged(cluster.snapshot)
    assert saved(rg.load(io.BytesIO(saved(cluster)))) == saved(cluster)


def without(value, *names):
    """A value of JSON without some fields, at any depth."""
    if isinstance(value, dict):
        return {key: without(one, *names) for key, one in value.items() if key not in names}
    return [without(one, *names) for one in value] if isinstance(value, list) else value


def test_a_snapshot_of_before_is_read_and_says_what_it_lacks():
    held = json.loads(saved(rg.load(io.BytesIO(lines()))))
    before = ("Pod", "Service", "Ingress")
    held["items"] = [
        without(
            one, "ports", "type", "externalIPs", "loadBalancerSourceRanges", "internal",
            "addresses", "backends", "className",
        )
        for one in held["items"]
        if one["kind"] in before
    ]  # fmt: skip
    snapshot = read(json.dumps(held).encode())
    assert [one.spec.selector for one in snapshot.services] == [WEB, {}]
    (found,) = judged(snapshot)
    assert [one.kind.name for one in found] == ["WORKLOAD"]
    assert {one.code.name for one in found[0].lacking} == {"SERVICES", "INGRESSES"}


def test_endpoints_of_a_service_with_a_selector_are_not_kept():
    kept = sliced(target(), service="bare"), balanced("bare", selector={})
    left = sliced(target(), service="web", name="t"), balanced()
    found = read("\n".join(map(json.dumps, (*kept, *left))).encode())
    assert [one.metadata.name for one in found.endpoint_slices] == ["s"]


def test_what_no_server_takes_for_a_policy_is_refused_with_its_line():
    wrong = policy(ingress=[{"from": [{"podSelector": {"matchLabels": {"a": 1}}}]}])
    found = rg.load(io.BytesIO(json.dumps(wrong).encode()), allow_empty=True)
    assert found.snapshot.network_policies == ()
    (reported,) = [one for one in found.diagnostics if "NetworkPolicy" in one.message]
    assert reported.line == 1


def test_parts_of_another_shape_count_as_missing():
    """A Service was read before its ports were: it stays readable, whatever these are."""
    odd = {**service(ports="none", externalIPs="x", type=["y"]), "status": [1]}
    (found,) = read(json.dumps(odd).encode()).services
    assert found.spec == ServiceSpec(WEB, "ClusterIP")


def test_kinds_of_the_same_name_of_others_are_not_read():
    own = [
        item("Gateway", "g", version="networking.istio.io/v1"),
        item("Route", "r", version="serving.knative.dev/v1"),
        item("NetworkPolicy", "p", version="projectcalico.org/v3"),
    ]
    found = read("\n".join(map(json.dumps, [*own, pod()])).encode())
    assert (found.gateways, found.openshift_routes, found.network_policies) == ((), (), ())
    assert sum(found.skipped.values()) == 3
    assert not [one for one in found.diagnostics if "group" in one.message]
