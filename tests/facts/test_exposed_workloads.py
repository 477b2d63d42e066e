"""What leads from outside to Pods, by twins: each field that decides, with and without."""

from itertools import pairwise

import msgspec
import pytest

from rbacgraph.facts.entry.ingress_controllers import _PROJECTS
from rbacgraph.model.answers.risk.entry import Enter, EntryLevel
from rbacgraph.model.condition import If
from tests.facts.objects import (
    NGINX,
    POD,
    WEB,
    balanced,
    controller,
    edge,
    entries,
    ingress,
    item,
    kinds,
    namespace,
    pod,
    service,
)

AWS_INTERNAL = "service.beta.kubernetes.io/aws-load-balancer-internal"
AZURE_INTERNAL = "service.beta.kubernetes.io/azure-load-balancer-internal"
RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"


def noted(**annotations):
    return {"annotations": {key.replace("__", "/"): value for key, value in annotations.items()}}


def addresses(*found, field="ip"):
    return {"loadBalancer": {"ingress": [{field: one} for one in found]}}


def test_a_cluster_ip_leads_from_inside_alone():
    (found,) = entries(pod(), service())
    assert (found.kind, found.level) == (Enter.WORKLOAD, EntryLevel.INSIDE)


def test_a_load_balancer_leads_from_the_internet_with_its_place():
    (found,) = entries(pod(), balanced())
    assert (found.way, found.level) == (Enter.LOAD_BALANCER("shop", "web"), EntryLevel.INTERNET)
    assert [(one.kind, one.name, one.line) for one in found.evidence] == [("Service", "web", 2)]
    assert found.evidence[0].detail == "type=LoadBalancer"


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"metadata": {"annotations": {AWS_INTERNAL: "true"}}}, Enter.PRIVATE_LOAD_BALANCER),
        ({"metadata": {"annotations": {AWS_INTERNAL: "false"}}}, Enter.LOAD_BALANCER),
        ({"metadata": {"annotations": {AZURE_INTERNAL: "true"}}}, Enter.PRIVATE_LOAD_BALANCER),
        ({"status": addresses("10.1.2.3")}, Enter.PRIVATE_LOAD_BALANCER),
        ({"status": addresses("8.8.8.8")}, Enter.LOAD_BALANCER),
        ({"status": addresses("10.1.2.3", "8.8.8.8")}, Enter.LOAD_BALANCER),
        (
            {"status": addresses("internal-a.elb.amazonaws.com", field="hostname")},
            Enter.PRIVATE_LOAD_BALANCER,
        ),
        ({"status": addresses("a.elb.amazonaws.com", field="hostname")}, Enter.LOAD_BALANCER),
        ({"loadBalancerSourceRanges": ["203.0.113.0/24"]}, Enter.NARROWED_LOAD_BALANCER),
        ({"loadBalancerSourceRanges": ["203.0.113.0/24", "0.0.0.0/0"]}, Enter.LOAD_BALANCER),
        ({"metadata": {"annotations": {RANGES: "203.0.113.0/24"}}}, Enter.NARROWED_LOAD_BALANCER),
        ({"metadata": {"annotations": {RANGES: " 0.0.0.0/0 "}}}, Enter.LOAD_BALANCER),
    ],
)
def test_annotations_addresses_and_ranges_narrow_a_load_balancer(more, kind):
    (found,) = entries(pod(), balanced(**more))
    public = kind == Enter.LOAD_BALANCER
    level = EntryLevel.INTERNET if public else EntryLevel.NETWORK
    assert (found.kind, found.level) == (kind, level)


def test_a_servers_load_balancer_without_an_address_is_not_made_yet():
    made = balanced(metadata={"uid": "1"}, status=addresses("8.8.8.8"))
    assert kinds(pod(), made) == ["LOAD_BALANCER"]
    assert kinds(pod(), balanced(metadata={"uid": "1"})) == ["load_balancer", "WORKLOAD"]
    ports = [{"port": 80, "nodePort": 30080}]
    waiting = balanced(metadata={"uid": "1"}, ports=ports)
    assert kinds(pod(), waiting) == ["load_balancer", "NODE_PORT"]


def test_a_node_port_leads_from_the_nodes_network():
    given = service(type="NodePort", ports=[{"port": 80, "nodePort": 30080}, {"port": 81}])
    (found,) = entries(pod(), given)
    assert (found.way, found.level) == (
        Enter.NODE_PORT("shop", "web", "30080"),
        EntryLevel.NETWORK,
    )


@pytest.mark.parametrize("kind", ["ClusterIP", "NodePort", "LoadBalancer"])
def test_external_addresses_lead_with_any_type(kind):
    given = service(type=kind, externalIPs=["8.8.8.8"])
    assert "EXTERNAL_IP" in kinds(pod(), given)
    assert "PRIVATE_EXTERNAL_IP" in kinds(pod(), service(type=kind, externalIPs=["10.0.0.1"]))
    assert "EXTERNAL_IP" not in kinds(pod(), service(type=kind))


def test_an_external_name_leads_nowhere():
    given = service(type="ExternalName", externalName="x.org", externalIPs=["8.8.8.8"])
    assert kinds(pod(), given) == ["WORKLOAD"]


def test_a_service_leads_to_pods_of_its_namespace_with_all_labels():
    both = {**WEB, "tier": "1"}
    assert kinds(pod(labels=both), balanced()) == ["LOAD_BALANCER"]
    assert kinds(pod(), balanced(selector=both)) == ["WORKLOAD"]
    assert kinds(pod(), balanced(namespace="other")) == ["WORKLOAD"]


def sliced(*targets, service="web", name="s"):
    labels = {"kubernetes.io/service-name": service}
    found = [{"addresses": ["10.0.0.9"], **({"targetRef": one} if one else {})} for one in targets]
    version = "discovery.k8s.io/v1"
    return item(
        "EndpointSlice", name, version=version, metadata={"labels": labels}, endpoints=found
    )


def target(name="web", kind="Pod"):
    return {"kind": kind, "name": name, "namespace": "shop"}


def test_without_a_selector_endpoints_say_where_a_service_leads():
    empty = balanced(selector={})
    assert kinds(pod(), empty) == ["WORKLOAD"]
    assert kinds(pod(), empty, sliced(target())) == ["LOAD_BALANCER"]
    assert kinds(pod(), empty, sliced(target("db"))) == ["WORKLOAD"]
    assert kinds(pod(), empty, sliced(target(), service="other")) == ["WORKLOAD"]
    subsets = [{"addresses": [{"ip": "10.0.0.9", "targetRef": target()}]}]
    assert kinds(pod(), empty, item("Endpoints", "web", subsets=subsets)) == ["LOAD_BALANCER"]
    assert kinds(pod(), empty, item("Endpoints", "other", subsets=subsets)) == ["WORKLOAD"]


def test_endpoints_without_a_pod_say_not_where_they_lead():
    def shown(*objects):
        (found,) = entries(pod(), *objects)
        assert found.kind == Enter.WORKLOAD
        return "ENDPOINTS" in {one.code.name for one in found.lacking}

    assert shown(balanced(selector={}), sliced(None))
    assert shown(balanced(selector={}))
    assert not shown(balanced(selector={}), sliced(target("db")))
    assert not shown(service(selector={}), sliced(None))


def test_with_a_selector_endpoints_say_nothing():
    assert kinds(pod(), balanced(selector={"app": "db"}), sliced(target())) == ["WORKLOAD"]


def test_manifests_are_matched_by_the_labels_of_the_template():
    template = {
        "metadata": {"labels": WEB},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    given = item("Deployment", "web", version="apps/v1", spec={"template": template})
    assert kinds(given, balanced(), of=("deployment", "shop", "web")) == ["LOAD_BALANCER"]
    given["spec"]["template"]["metadata"]["labels"] = {"app": "db"}
    assert kinds(given, balanced(), of=("deployment", "shop", "web")) == ["WORKLOAD"]


@pytest.mark.parametrize(
    ("ports", "spec", "expected"),
    [
        ([{"containerPort": 80}], {}, ["WORKLOAD"]),
        ([{"containerPort": 80, "hostPort": 8080}], {}, ["HOST_PORT"]),
        ([{"containerPort": 80, "hostPort": 8080, "hostIP": "127.0.0.1"}], {}, ["WORKLOAD"]),
        ([{"containerPort": 80}], {"hostNetwork": True}, ["HOST_PORT"]),
        ([], {"hostNetwork": True}, ["host_network", "WORKLOAD"]),
    ],
)
def test_ports_and_networks_of_nodes_lead_to_pods(ports, spec, expected):
    assert kinds(pod(ports=ports, **spec)) == expected


def test_a_finished_pod_is_no_place_to_start():
    done = {**pod(), "status": {"phase": "Succeeded"}}
    assert kinds(done, balanced()) == []


def nodes(*names, version="1"):
    held = [{"metadata": {"name": name, "uid": name}} for name in names]
    metadata = {"resourceVersion": version} if version else {}
    return {"apiVersion": "v1", "kind": "NodeList", "metadata": metadata, "items": held}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([nodes("n", "m")], ["LOAD_BALANCER"]),
        ([nodes("n", version="")], ["LOAD_BALANCER"]),
        ([nodes("m")], []),
        ([nodes("m", version="")], ["load_balancer"]),
        ([], ["load_balancer"]),
    ],
)
def test_a_pod_is_no_place_to_start_without_its_node(more, expected):
    assert kinds(pod(nodeName="n"), balanced(), *more) == expected


def test_a_controller_leads_nowhere_without_its_node():
    on_node, other = controller(nodeName="n"), [nodes("m")]
    assert behind(on_node, edge(), nodes("n")) == ["INGRESS"]
    assert behind(on_node, edge(), *other) == behind(edge(), *other) == ["ingress", "WORKLOAD"]
    (found, _) = entries(
        pod(), service(), ingress(ingressClassName="nginx"), on_node, edge(), of=POD
    )
    assert found.condition == If.NODE_IS_THERE("n")
    waiting = {**controller(), "status": {"phase": "Pending"}}
    assert behind(waiting, edge()) == ["ingress", "WORKLOAD"]


# --- Ingresses --------------------------------------------------------------------------


def behind(*objects, **more):
    """The entries to a Pod behind an Ingress of nginx, whose controller has a load balancer."""
    return kinds(pod(), service(), ingress(ingressClassName="nginx", **more), *objects)


def test_an_ingress_leads_where_its_controller_is_reached():
    assert behind(controller(), edge()) == ["INGRESS"]
    internal = edge(metadata={"annotations": {AWS_INTERNAL: "true"}})
    assert behind(controller(), internal) == ["PRIVATE_INGRESS"]
    assert behind(controller(), edge(type="NodePort")) == ["PRIVATE_INGRESS"]
    ports = [{"containerPort": 80, "hostPort": 80}]
    assert behind(controller(ports=ports)) == ["PRIVATE_INGRESS"]


def test_the_evidence_of_an_ingress_is_all_that_leads():
    found = entries(pod(), service(), ingress(ingressClassName="nginx"), controller(), edge())
    shown = [(one.kind, one.namespace, one.name) for one in found[0].evidence]
    assert shown == [("Ingress", "shop", "web"), ("Service", "edge", "nginx")]


def test_if_the_input_lacks_the_controller_whether_it_is_reached_is_a_condition():
    assert behind() == ["ingress", "WORKLOAD"]
    assert behind(controller()) == ["ingress", "WORKLOAD"]


def test_a_controller_that_is_not_exposed_leads_nowhere():
    listed = {
        "apiVersion": "v1",
        "kind": "ServiceList",
        "metadata": {"resourceVersion": "1"},
        "items": [
            {"metadata": {"name": "web", "namespace": "shop", "uid": "1"},
             "spec": {"selector": WEB, "ports": [{"port": 80}]}},
            {"metadata": {"name": "nginx", "namespace": "edge", "uid": "2"},
             "spec": {"selector": {"app.kubernetes.io/name": "ingress-nginx"}}},
        ],
    }  # fmt: skip
    given = ingress(ingressClassName="nginx")
    assert kinds(pod(), given, controller(), listed) == ["WORKLOAD"]
    assert kinds(pod(), given, listed) == ["ingress", "WORKLOAD"]


def test_of_several_controllers_that_differ_one_may_serve_the_class():
    name = {"app.kubernetes.io/instance": "inner"}
    inner = pod("inner", "inner", {**NGINX, **name})
    internal = {"metadata": {"annotations": {AWS_INTERNAL: "true"}}}
    private = service("inner", "inner", {**NGINX, **name}, type="LoadBalancer", **internal)
    outer = controller(), edge()
    assert behind(*outer, inner, private) == ["ingress", "private_ingress", "WORKLOAD"]
    public = service("inner", "inner", {**NGINX, **name}, type="LoadBalancer")
    assert behind(*outer, inner, public) == ["INGRESS"]


def test_an_ingress_leads_only_to_its_backends():
    more = controller(), edge()
    assert behind(*more, backend="other") == ["WORKLOAD"]
    assert behind(*more, namespace="other") == ["WORKLOAD"]
    assert behind(*more, port=81) == ["WORKLOAD"]
    rest = {"service": {"name": "web", "port": {"number": 80}}}
    only = ingress(backend="other", ingressClassName="nginx", defaultBackend=rest)
    assert kinds(pod(), service(), only, *more) == ["INGRESS"]


def test_a_port_of_a_service_may_be_called_by_its_name():
    named = service(ports=[{"port": 80, "name": "http"}])
    target = {"service": {"name": "web", "port": {"name": "http"}}}
    other = {"service": {"name": "web", "port": {"name": "admin"}}}
    for backend, expected in ((target, "INGRESS"), (other, "WORKLOAD")):
        given = ingress(backend="x", ingressClassName="nginx", defaultBackend=backend)
        assert kinds(pod(), named, given, controller(), edge()) == [expected]


def test_backends_of_the_older_version_are_read():
    old = item(
        "Ingress",
        "web",
        version="extensions/v1beta1",
        metadata={"annotations": {"kubernetes.io/ingress.class": "nginx"}},
        spec={"backend": {"serviceName": "web", "servicePort": 80}},
    )
    assert kinds(pod(), service(), old, controller(), edge()) == ["INGRESS"]


def ingress_class(name="outer", controller="k8s.io/ingress-nginx", **annotations):
    version = "networking.k8s.io/v1"
    return item(
        "IngressClass",
        name,
        "",
        version,
        metadata={"annotations": annotations},
        spec={"controller": controller},
    )


def test_no_class_is_of_two_controllers_and_no_unknown_field_is_read():
    classes = [name for one in _PROJECTS for name in one.classes]
    assert sorted(set(classes)) == sorted(classes)
    starts = sorted(one.controller for one in _PROJECTS if one.controller)
    assert [pair for pair in pairwise(starts) if pair[1].startswith(pair[0])] == []
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"controller": "a.io/b", "clases": []}, type(_PROJECTS[0]))


def test_the_class_says_which_controller_serves():
    given = [pod(), service(), controller(), edge()]
    named = ingress(ingressClassName="outer")
    assert kinds(*given, named) == ["ingress", "WORKLOAD"]
    assert kinds(*given, named, ingress_class()) == ["INGRESS"]
    assert kinds(*given, named, ingress_class(controller="example.org/own")) == [
        "ingress",
        "WORKLOAD",
    ]
    assert kinds(*given, ingress(), ingress_class()) == ["ingress", "WORKLOAD"]
    default = ingress_class(**{"ingressclass.kubernetes.io/is-default-class": "true"})
    assert kinds(*given, ingress(), default) == ["INGRESS"]


def test_a_login_and_a_list_of_clients_lower_an_ingress():
    more = controller(), edge()
    auth = noted(**{"nginx.ingress.kubernetes.io/auth-url": "https://auth"})
    assert behind(*more, metadata=auth) == ["ingress", "WORKLOAD"]
    ranges = "nginx.ingress.kubernetes.io/whitelist-source-range"
    assert behind(*more, metadata=noted(**{ranges: "203.0.113.0/24"})) == ["PRIVATE_INGRESS"]
    assert behind(*more, metadata=noted(**{ranges: "0.0.0.0/0"})) == ["INGRESS"]


def test_clouds_make_load_balancers_of_their_own():
    scheme = "alb.ingress.kubernetes.io/scheme"
    given = [pod(), service()]
    alb = {"ingressClassName": "alb"}
    assert kinds(*given, ingress(**alb)) == ["PRIVATE_INGRESS"]
    public = noted(**{scheme: "internet-facing"})
    assert kinds(*given, ingress(metadata=public, **alb)) == ["INGRESS"]
    assert kinds(*given, ingress(ingressClassName="gce")) == ["INGRESS"]
    assert kinds(*given, ingress(ingressClassName="gce-internal")) == ["PRIVATE_INGRESS"]


def test_the_addresses_of_an_ingress_show_that_it_is_reached():
    def with_address(address):
        given = {**ingress(ingressClassName="own"), "status": addresses(address)}
        return kinds(pod(), service(), given)

    assert with_address("8.8.8.8") == ["INGRESS"]
    assert with_address("10.0.0.1") == ["PRIVATE_INGRESS"]


# --- Gateways ---------------------------------------------------------------------------

GATEWAY = "gateway.networking.k8s.io/v1"


def gateway(namespace="edge", allowed=None, status=None, metadata=None, **listener):
    found = {"name": "web", "port": 443, "protocol": "HTTPS", **listener}
    found["allowedRoutes"] = {"namespaces": allowed or {"from": "All"}}
    spec = {"gatewayClassName": "c", "listeners": [found]}
    more = {"status": status} if status else {}
    return item("Gateway", "g", namespace, GATEWAY, metadata, spec=spec, **more)


PUBLIC = {"addresses": [{"type": "IPAddress", "value": "8.8.8.8"}]}


def route(kind="HTTPRoute", namespace="shop", parent=None, backend=None, **spec):
    backend = {"name": "web", "port": 80, **(backend or {})}
    parent = {"name": "g", "namespace": "edge", **(parent or {})}
    spec = {"parentRefs": [parent], "rules": [{"backendRefs": [backend]}], **spec}
    return item(kind, "r", namespace, GATEWAY, spec=spec)


def routed(route, gateway, *more):
    return kinds(pod(), service(), route, gateway, *more)


def test_a_gateway_leads_where_it_is_reached():
    assert routed(route(), gateway(status=PUBLIC)) == ["GATEWAY"]
    private = {"addresses": [{"value": "10.0.0.1"}]}
    assert routed(route(), gateway(status=private)) == ["PRIVATE_GATEWAY"]
    assert routed(route(), gateway()) == ["gateway", "WORKLOAD"]
    labels = {"labels": {"gateway.networking.k8s.io/gateway-name": "g"}}
    made = balanced("g", "edge", selector={"g": "g"}, metadata=labels)
    assert routed(route(), gateway(), made) == ["GATEWAY"]
    assert routed(route(), gateway("other"), made) == ["WORKLOAD"]


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"])
def test_a_listener_takes_the_kinds_of_its_protocol(kind):
    taken = {
        "HTTP": {"HTTPRoute", "GRPCRoute"},
        "HTTPS": {"HTTPRoute", "GRPCRoute"},
        "TLS": {"TLSRoute", "TCPRoute"},
        "TCP": {"TCPRoute"},
    }
    for protocol, kinds_taken in taken.items():
        found = routed(route(kind), gateway(status=PUBLIC, protocol=protocol))
        assert found == (["GATEWAY"] if kind in kinds_taken else ["WORKLOAD"])


@pytest.mark.parametrize(
    ("allowed", "home", "more", "expected"),
    [
        ({"from": "All"}, "edge", (), ["GATEWAY"]),
        ({"from": "Same"}, "edge", (), ["WORKLOAD"]),
        ({"from": "Same"}, "shop", (), ["GATEWAY"]),
        ({}, "shop", (), ["GATEWAY"]),
        ({}, "edge", (), ["WORKLOAD"]),
        ({"from": "None"}, "shop", (), ["WORKLOAD"]),
        ("tier", "edge", (namespace("shop", tier="1"),), ["GATEWAY"]),
        ("tier", "edge", (namespace("shop"),), ["WORKLOAD"]),
        ("tier", "edge", (), ["gateway", "WORKLOAD"]),
    ],
)
def test_a_listener_takes_routes_of_the_namespaces_that_it_allows(allowed, home, more, expected):
    if allowed == "tier":
        allowed = {"from": "Selector", "selector": {"matchLabels": {"tier": "1"}}}
    given = gateway(home, allowed=allowed, status=PUBLIC)
    if not allowed:
        del given["spec"]["listeners"][0]["allowedRoutes"]
    assert routed(route(parent={"namespace": home}), given, *more) == expected


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        ({}, ["GATEWAY"]),
        ({"name": "other"}, ["WORKLOAD"]),
        ({"sectionName": "web"}, ["GATEWAY"]),
        ({"sectionName": "other"}, ["WORKLOAD"]),
        ({"port": 443}, ["GATEWAY"]),
        ({"port": 80}, ["WORKLOAD"]),
        ({"kind": "Service", "group": ""}, ["WORKLOAD"]),
    ],
)
def test_a_route_names_its_gateway_and_may_name_a_listener(parent, expected):
    assert routed(route(parent=parent), gateway(status=PUBLIC)) == expected


@pytest.mark.parametrize(
    ("listener", "hosts", "expected"),
    [
        ("", ["a.org"], ["GATEWAY"]),
        ("a.org", [], ["GATEWAY"]),
        ("a.org", ["a.org"], ["GATEWAY"]),
        ("a.org", ["b.org"], ["WORKLOAD"]),
        ("*.a.org", ["x.a.org"], ["GATEWAY"]),
        ("*.a.org", ["a.org"], ["WORKLOAD"]),
        ("x.a.org", ["*.a.org"], ["GATEWAY"]),
        ("*.a.org", ["*.x.a.org"], ["GATEWAY"]),
        ("*.a.org", ["*.b.org"], ["WORKLOAD"]),
    ],
)
def test_host_names_of_a_listener_and_a_route_must_meet(listener, hosts, expected):
    given = gateway(status=PUBLIC, **({"hostname": listener} if listener else {}))
    assert routed(route(hostnames=hosts), given) == expected


def test_a_backend_with_the_weight_0_is_not_reached():
    assert routed(route(backend={"weight": 0}), gateway(status=PUBLIC)) == ["WORKLOAD"]


def grant(kind="HTTPRoute", home="routes", name=None, namespace="shop"):
    group = GATEWAY.partition("/")[0]
    to = {"group": "", "kind": "Service", **({"name": name} if name else {})}
    spec = {"from": [{"group": group, "kind": kind, "namespace": home}], "to": [to]}
    return item("ReferenceGrant", "x", namespace, f"{group}/v1beta1", spec=spec)


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        ((), ["WORKLOAD"]),
        ((grant(),), ["GATEWAY"]),
        ((grant(name="web"),), ["GATEWAY"]),
        ((grant(name="db"),), ["WORKLOAD"]),
        ((grant(kind="GRPCRoute"),), ["WORKLOAD"]),
        ((grant(home="other"),), ["WORKLOAD"]),
        ((grant(namespace="routes"),), ["WORKLOAD"]),
    ],
)
def test_a_route_leads_to_another_namespace_only_by_a_grant_there(grants, expected):
    given = route(namespace="routes", backend={"namespace": "shop"})
    assert routed(given, gateway(status=PUBLIC), *grants) == expected


# --- Routes of OpenShift ----------------------------------------------------------------

ROUTER = "ingresscontroller.operator.openshift.io/deployment-ingresscontroller"


def openshift_route(to="web", admitted=True, **spec):
    conditions = [{"type": "Admitted", "status": str(admitted)}]
    status = {"ingress": [{"conditions": conditions}]}
    spec = {"to": {"kind": "Service", "name": to}, **spec}
    return item("Route", "r", version="route.openshift.io/v1", spec=spec, status=status)


def test_a_route_of_openshift_leads_where_its_router_is_reached():
    router = pod("router", "openshift-ingress", {ROUTER: "default"})
    out = balanced("router", "openshift-ingress", selector={ROUTER: "default"})
    given = [pod(), service(), router, out]
    assert kinds(*given, openshift_route()) == ["ROUTE"]
    assert kinds(*given, openshift_route(admitted=False)) == ["route", "WORKLOAD"]
    assert kinds(*given, openshift_route("db")) == ["WORKLOAD"]
    other = openshift_route("db", alternateBackends=[{"kind": "Service", "name": "web"}])
    assert kinds(*given, other) == ["ROUTE"]
    assert kinds(pod(), service(), openshift_route()) == ["route", "WORKLOAD"]
    assert kinds(*given, openshift_route(port={"targetPort": 80})) == ["ROUTE"]
    assert kinds(*given, openshift_route(port={"targetPort": 81})) == ["WORKLOAD"]


# --- what the input lacks ---------------------------------------------------------------


def lacking(*objects):
    return [one.code.name for one in entries(pod(), *objects)[0].lacking]


def test_what_the_input_lacks_is_said_and_what_it_holds_is_not():
    assert lacking() == ["SERVICES", "INGRESSES"]
    assert lacking(service("db", selector={"app": "db"})) == ["INGRESSES"]
    assert lacking(ingress(backend="db")) == ["SERVICES"]
    assert lacking(service("db", selector={"app": "db"}), ingress(backend="db")) == []


def test_an_exposed_pod_says_that_policies_may_be_lacking():
    assert lacking(balanced()) == ["NETWORK_POLICIES"]
    version = "networking.k8s.io/v1"
    other = item("NetworkPolicy", "p", "other", version, spec={"podSelector": {}})
    assert lacking(balanced(), other) == []


def test_routes_that_rbacgraph_does_not_read_are_named():
    virtual = item("VirtualService", "v", version="networking.istio.io/v1")
    assert "OTHER_ROUTES" in lacking(virtual)
    assert "OTHER_ROUTES" not in lacking(item("Sidecar", "v", version="networking.istio.io/v1"))


def test_policies_that_rbacgraph_does_not_read_are_named():
    other = item("CiliumNetworkPolicy", "p", version="cilium.io/v2")
    assert lacking(balanced(), other) == ["NETWORK_POLICIES", "OTHER_POLICIES"]
    assert "OTHER_POLICIES" not in lacking(other)
    names = {"kind": "CiliumNetworkPolicy", "plural": "ciliumnetworkpolicies"}
    spec = {"group": "cilium.io", "names": names, "scope": "Namespaced"}
    name, version = "ciliumnetworkpolicies.cilium.io", "apiextensions.k8s.io/v1"
    defined = item("CustomResourceDefinition", name, "", version, spec=spec)
    assert lacking(balanced(), defined) == ["NETWORK_POLICIES", "OTHER_POLICIES"]


def test_an_account_is_entered_as_the_pods_that_hold_its_token_are():
    token = {"serviceAccountToken": {"path": "token"}}
    volumes = [{"name": "t", "projected": {"sources": [token]}}]
    mount = {"name": "t", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    live = pod(serviceAccountName="web", volumes=volumes)
    live["spec"]["containers"][0]["volumeMounts"] = [mount]
    account = item("ServiceAccount", "web")
    found = entries(live, account, balanced(), of=("serviceaccount", "shop", "web"))
    assert [(one.kind, one.through) for one in found] == [(Enter.LOAD_BALANCER, POD)]
    group = ("group", "", "system:serviceaccounts:shop")
    assert "LOAD_BALANCER" in kinds(live, account, balanced(), of=group)
