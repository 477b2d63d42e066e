"""How Pods and workloads are reached from outside, and what the input lacks to know it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.entry import network_policies
from rbacgraph.facts.entry.direct_leads import DirectLeads, PodLead, all_private
from rbacgraph.facts.entry.gateway_routes import Attached, GatewayRoutes
from rbacgraph.facts.entry.ingress_controllers import Controller, IngressControllers
from rbacgraph.facts.entry.pod_services import PodServices, target_ports
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.answers.risk import entry
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.networking import (
    Gateway,
    Ingress,
    OpenShiftRoute,
    PortName,
    Service,
)

_OTHER_ROUTES = {
    "VirtualService.networking.istio.io": "Istio",
    "IngressRoute.traefik.io": "Traefik",
    "IngressRoute.traefik.containo.us": "Traefik",
    "IngressRouteTCP.traefik.io": "Traefik",
    "HTTPProxy.projectcontour.io": "Contour",
    "ApisixRoute.apisix.apache.org": "APISIX",
    "Mapping.getambassador.io": "Emissary",
    "VirtualServer.k8s.nginx.org": "nginx.org",
    "TunnelBinding.networking.cfargotunnel.com": "Cloudflare Tunnel",
}
"""Kinds that lead to Services too, and that rbacgraph does not read."""

_OTHER_POLICIES = (
    *("NetworkPolicy.projectcalico.org", "GlobalNetworkPolicy.projectcalico.org"),
    *("NetworkPolicy.crd.projectcalico.org", "GlobalNetworkPolicy.crd.projectcalico.org"),
    *("CiliumNetworkPolicy.cilium.io", "CiliumClusterwideNetworkPolicy.cilium.io"),
    *("AdminNetworkPolicy.policy.networking.k8s.io",),
    *("BaselineAdminNetworkPolicy.policy.networking.k8s.io",),
    "AuthorizationPolicy.security.istio.io",
)
"""Kinds that shut Pods too, and that rbacgraph does not read."""


class Workloads(WorldPart):
    """Finds the entries to Pods and workloads."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._snapshot = world.snapshot
        self._policies = world.part(network_policies.NetworkPolicies)
        self._services = world.part(PodServices)
        self._direct = world.part(DirectLeads)
        self._by_controllers = world.part(ControllerLeads)

    def of(self, runner: PodSource) -> Iterator[entry.Entry]:
        """Yield the entries to a Pod or a workload: from outside, else from inside the cluster."""
        evidence = self._world.rbac.evidence
        policies = self._policies.isolating(runner)
        shown = tuple(evidence(one, "NetworkPolicy", "") for one in policies)
        own_kind = (
            () if shown else self._lacking("NetworkPolicy", entry.Lack.NETWORK_POLICIES, runner)
        )
        unlisted = (*own_kind, *map(entry.Lack.OTHER_POLICIES, self._other_policies))
        shut, certain = False, False
        for lead in (*self._direct.to(runner), *self._by_controllers.to(runner)):
            judged = let_in(self._policies, runner, lead)
            if judged is None:
                shut = True
                continue
            certain = certain or not judged.condition
            doubted = judged.condition != lead.condition
            yield entry.Entry(
                way=lead.way,
                evidence=(*lead.evidence, *shown) if doubted else lead.evidence,
                condition=judged.condition,
                lacking=unlisted,
            )
        if not certain:
            own = shown if shut else (evidence(runner.obj, runner.kind, ""),)
            unseen = (entry.Lack.ENFORCEMENT(),) if shut and not self._policies.enforced else ()
            lacking = (*unseen, *self._lacking_leads(runner))
            yield entry.Entry(
                way=(entry.Enter.SHUT if shut else entry.Enter.WORKLOAD)(),
                evidence=own,
                lacking=lacking,
            )

    def _lacking_leads(self, runner: PodSource) -> Iterator[entry.LackingFact]:
        """Yield what the input lacks of what may lead to a Pod."""
        yield from self._lacking("Service", entry.Lack.SERVICES, runner)
        for service in self._services.leading_elsewhere(runner.node[1]):
            if any(self._direct.of_service(service)):
                yield entry.Lack.ENDPOINTS(runner.node[1], service.metadata.name)
        yield from self._lacking("Ingress", entry.Lack.INGRESSES, runner)
        yield from map(entry.Lack.OTHER_ROUTES, self._other_routes)

    @cached_property
    def _unread_kinds(self) -> frozenset[str]:
        """The kinds that the input holds or defines, with their groups."""
        defined = (f"{one.kind}.{one.group}" for one in self._snapshot.custom_resources)
        return frozenset((*self._snapshot.skipped, *defined))

    @cached_property
    def _other_routes(self) -> tuple[str, ...]:
        names = {name for kind, name in _OTHER_ROUTES.items() if kind in self._unread_kinds}
        return tuple(sorted(names))

    @cached_property
    def _other_policies(self) -> tuple[str, ...]:
        return tuple(kind for kind in _OTHER_POLICIES if kind in self._unread_kinds)

    def _lacking(
        self, kind: str, lack: entry.Lack, runner: PodSource
    ) -> tuple[entry.LackingFact, ...]:
        """Return that the input lacks the objects of a kind, if it does not hold them all."""
        snapshot, namespace = self._snapshot, runner.node[1]
        if snapshot.is_listed(kind, namespace) and kind not in self._unread:
            return ()
        some = {"Service": snapshot.services, "Ingress": snapshot.ingresses}
        held = some.get(kind, snapshot.network_policies)
        known = bool(held) and not snapshot.is_partial(kind) and kind not in self._unread
        return () if known else (lack(namespace),)

    @cached_property
    def _unread(self) -> frozenset[str]:
        """The kinds that an older snapshot holds only in part."""
        snapshot = self._snapshot
        services = any(one.spec and not one.spec.type for one in snapshot.services)
        ingresses = any(one.backends is None for one in snapshot.ingresses)
        return frozenset([*["Service"] * services, *["Ingress"] * ingresses])


# What leads from outside to Services through a controller: Ingresses, Gateways, Routes.


class _Front(NamedTuple):
    """How what stands before Pods is reached, and what these see as the source of requests."""

    level: entry.EntryLevel
    condition: Condition
    evidence: tuple[Evidence, ...] = ()
    source: network_policies.Sender = network_policies.SOMEWHERE


class _Way(NamedTuple):
    """What leads to a Service: at which of its ports, 0 for every one."""

    way: entry.Entering
    port: PortName
    source: network_policies.Sender
    evidence: tuple[Evidence, ...]
    condition: Condition


class ControllerLeads(WorldPart):
    """Finds what leads to Pods through controllers."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._snapshot = world.snapshot
        self._services = world.part(PodServices)
        self._direct = world.part(DirectLeads)
        self._controllers = IngressControllers(world)

    def to(self, runner: PodSource) -> Iterator[PodLead]:
        """Yield what leads to a Pod."""
        for service in self._services.of(runner) if self._ways else ():
            key = service.metadata.namespace, service.metadata.name
            for way in self._ways.get(key, ()):
                ports = target_ports(service, way.port, runner)
                if ports or not service.spec or not service.spec.ports:
                    yield PodLead(way.way, ports, way.source, way.evidence, way.condition)

    @cached_property
    def _ways(self) -> Mapping[Key, list[_Way]]:
        found: defaultdict[Key, list[_Way]] = defaultdict(list)
        for ingress in self._snapshot.ingresses:
            for key, way in self._of_ingress(ingress) if ingress.backends else ():
                found[key].append(way)
        for attached in GatewayRoutes(self._world).attached():
            for key, way in self._of_gateway(attached):
                found[key].append(way)
        for route in self._snapshot.openshift_routes:
            for key, way in self._of_route(route):
                found[key].append(way)
        return found

    # --- Ingresses and Routes ------------------------------------------------------------

    def _of_ingress(self, ingress: Ingress) -> Iterator[tuple[Key, _Way]]:
        controller, key = self._controllers.of(ingress), _key(ingress)
        login = If.LOGIN_IS_PASSED(ingress.login) if ingress.login else CERTAIN
        named = f"ingressClassName={controller.name}" if controller.name else ""
        own = self._evidence(ingress, "Ingress", named)
        shown = self._shown(ingress, controller)
        for front in self._before(controller) if shown is None else (shown,):
            public = front.level == entry.EntryLevel.INTERNET and not ingress.narrowed
            way = (entry.Enter.INGRESS if public else entry.Enter.PRIVATE_INGRESS)(*key)
            evidence, condition = (own, *front.evidence), both(front.condition, login)
            for backend in ingress.backends or ():
                target = key[0], backend.service
                yield target, _Way(way, backend.port, front.source, evidence, condition)

    def _shown(self, ingress: Ingress, controller: Controller) -> _Front | None:
        """Return how an Ingress is reached as far as it shows that itself: by its addresses."""
        source = network_policies.OUTSIDE if controller.in_cloud else _from(controller.runners)
        private = bool(ingress.internal) or all_private(ingress.addresses)
        if not (ingress.addresses or controller.in_cloud):
            return None
        public = ingress.public or (controller.public and not private) or not controller.in_cloud
        level = entry.EntryLevel.INTERNET if public and not private else entry.EntryLevel.NETWORK
        return _Front(level, CERTAIN, (), source)

    def _of_route(self, route: OpenShiftRoute) -> Iterator[tuple[Key, _Way]]:
        key, own = _key(route), self._evidence(route, "Route", "")
        admitted = CERTAIN if route.admitted else If.ROUTE_IS_ADMITTED(*key)
        for front in self._before(self._controllers.openshift):
            public = front.level == entry.EntryLevel.INTERNET
            way = (entry.Enter.ROUTE if public else entry.Enter.PRIVATE_ROUTE)(*key)
            evidence, condition = (own, *front.evidence), both(front.condition, admitted)
            for service in route.services:
                yield (key[0], service), _Way(way, route.port, front.source, evidence, condition)

    def _before(self, controller: Controller) -> tuple[_Front, ...]:
        """Return how a controller is reached; nothing if the input shows that it is not.

        If the input lacks its Pods or its Services, whether it is reached is a condition.
        """
        if not controller.runners:
            return (_Front(entry.EntryLevel.INTERNET, If.CONTROLLER_IS_REACHED(controller.name)),)
        several = [self._before_pods(controller.name, pods) for pods in controller.deployments()]
        alike = {(one.level, one.condition) for one in several[0]}
        if all({(one.level, one.condition) for one in fronts} == alike for fronts in several):
            return several[0]
        return tuple(
            one._replace(condition=both(one.condition, self._serves(controller, one.source)))
            for fronts in several
            for one in fronts
        )

    def _serves(self, controller: Controller, source: network_policies.Sender) -> Condition:
        return If.CONTROLLER_SERVES_CLASS(source.pods[0].node[1], controller.name)

    def _before_pods(self, name: str, runners: tuple[PodSource, ...]) -> tuple[_Front, ...]:
        """Return how the Pods of one deployment of a controller are reached."""
        source, policies = _from(runners), self._world.part(network_policies.NetworkPolicies)
        fronts = _fronts(
            (
                judged._replace(condition=both(judged.condition, runs))
                for runner in runners
                if (runs := self._services.runs(runner)) is not None
                for lead in self._direct.to(runner)
                if (judged := let_in(policies, runner, lead)) is not None
            ),
            source,
        )
        if fronts or self._snapshot.is_listed("Service", runners[0].node[1]):
            return fronts
        return (_Front(entry.EntryLevel.INTERNET, If.CONTROLLER_IS_REACHED(name), (), source),)

    # --- Gateways ------------------------------------------------------------------------

    def _of_gateway(self, attached: Attached) -> Iterator[tuple[Key, _Way]]:
        gateway, route = attached.gateway, attached.route
        home = _key(gateway)
        own = (
            self._evidence(route, route.kind, f"parentRefs={home[0]}/{home[1]}"),
            self._evidence(gateway, "Gateway", f"gatewayClassName={gateway.class_name}"),
        )
        for front in self._before_gateway(gateway):
            public = front.level == entry.EntryLevel.INTERNET
            code = entry.Enter.GATEWAY if public else entry.Enter.PRIVATE_GATEWAY
            way = code(route.kind, *_key(route), *home)
            evidence = (*own, *front.evidence)
            condition = both(front.condition, attached.condition)
            for service, port in attached.services:
                yield service, _Way(way, port, front.source, evidence, condition)

    def _before_gateway(self, gateway: Gateway) -> tuple[_Front, ...]:
        """Return how a Gateway is reached: by its addresses, or the Service made for it."""
        key = _key(gateway)
        made = [one for one in self._world.services.values() if _is_of(one, key)]
        source = _from(tuple(run for one in made for run in self._services.behind(one)))
        if gateway.addresses or gateway.internal:
            private = bool(gateway.internal) or all_private(gateway.addresses)
            level = entry.EntryLevel.NETWORK if private else entry.EntryLevel.INTERNET
            return (_Front(level, CERTAIN, (), source),)
        fronts = _fronts(
            (
                PodLead(one.way, (), network_policies.OUTSIDE, (one.evidence,), one.condition)
                for service in made
                for one in self._direct.of_service(service)
            ),
            source,
        )
        unseen = If.GATEWAY_IS_REACHED(*key)
        return fronts or (_Front(entry.EntryLevel.INTERNET, unseen, (), source),)

    def _evidence(self, obj: Object, kind: str, detail: str) -> Evidence:
        return self._world.rbac.evidence(obj, kind, detail)


def let_in(
    policies: network_policies.NetworkPolicies, runner: PodSource, lead: PodLead
) -> PodLead | None:
    """Return what leads to a Pod, with what NetworkPolicies make of it; None if they shut it."""
    verdict, isolating = policies.judge(runner, lead.ports, lead.source)
    if not isolating or verdict == network_policies.Verdict.OPEN:
        return lead
    name = runner.node[1], runner.node[2]
    doubt = If.NETWORK_POLICIES_LET_IN(*name)
    if verdict == network_policies.Verdict.SHUT:
        if policies.enforced is not False:
            return None
        doubt = If.NETWORK_POLICIES_ARE_IGNORED(*name)
    return lead._replace(condition=both(lead.condition, doubt))


def _from(runners: tuple[PodSource, ...]) -> network_policies.Sender:
    return network_policies.Sender(pods=runners) if runners else network_policies.SOMEWHERE


def _fronts(leads: Iterable[PodLead], source: network_policies.Sender) -> tuple[_Front, ...]:
    """Return how leads are reached: from the internet, and from a network if less is doubtful."""
    best: dict[entry.EntryLevel, PodLead] = {}
    for lead in leads:
        level = entry.LEVELS[entry.enter_code(lead.way)]
        if level not in best or lead.condition < best[level].condition:
            best[level] = lead
    found = [
        _Front(level, one.condition, one.evidence, source)
        for level, one in sorted(best.items(), reverse=True)
    ]
    return tuple(one for place, one in enumerate(found) if not _is_covered(one, found[:place]))


def _is_covered(front: _Front, easier: Iterable[_Front]) -> bool:
    return any(not front.condition < one.condition for one in easier)


def _is_of(service: Service, gateway: Key) -> bool:
    return (service.metadata.namespace, service.gateway) == gateway


def _key(found: Object) -> Key:
    return found.metadata.namespace, found.metadata.name
