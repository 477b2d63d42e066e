"""How Pods and workloads are reached from outside, and what the input lacks to know it."""

from collections.abc import Iterator
from functools import cached_property

from rbacgraph.facts.entry.controller_leads import ControllerLeads, let_in
from rbacgraph.facts.entry.direct_leads import DirectLeads
from rbacgraph.facts.entry.network_policies import NetworkPolicies
from rbacgraph.facts.entry.pod_services import PodServices
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.answers.risk.entry import Enter, Entry, Lack, LackingFact

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
        self._policies = world.part(NetworkPolicies)
        self._services = world.part(PodServices)
        self._direct = world.part(DirectLeads)
        self._by_controllers = world.part(ControllerLeads)

    def of(self, runner: PodSource) -> Iterator[Entry]:
        """Yield the entries to a Pod or a workload: from outside, else from inside the cluster."""
        evidence = self._world.rbac.evidence
        policies = self._policies.isolating(runner)
        shown = tuple(evidence(one, "NetworkPolicy", "") for one in policies)
        own_kind = () if shown else self._lacking("NetworkPolicy", Lack.NETWORK_POLICIES, runner)
        unlisted = (*own_kind, *map(Lack.OTHER_POLICIES, self._other_policies))
        shut, certain = False, False
        for lead in (*self._direct.to(runner), *self._by_controllers.to(runner)):
            judged = let_in(self._policies, runner, lead)
            if judged is None:
                shut = True
                continue
            certain = certain or not judged.condition
            doubted = judged.condition != lead.condition
            yield Entry(
                way=lead.way,
                evidence=(*lead.evidence, *shown) if doubted else lead.evidence,
                condition=judged.condition,
                lacking=unlisted,
            )
        if not certain:
            own = shown if shut else (evidence(runner.obj, runner.kind, ""),)
            unseen = (Lack.ENFORCEMENT(),) if shut and not self._policies.enforced else ()
            lacking = (*unseen, *self._lacking_leads(runner))
            yield Entry(
                way=(Enter.SHUT if shut else Enter.WORKLOAD)(), evidence=own, lacking=lacking
            )

    def _lacking_leads(self, runner: PodSource) -> Iterator[LackingFact]:
        """Yield what the input lacks of what may lead to a Pod."""
        yield from self._lacking("Service", Lack.SERVICES, runner)
        for service in self._services.leading_elsewhere(runner.node[1]):
            if any(self._direct.of_service(service)):
                yield Lack.ENDPOINTS(runner.node[1], service.metadata.name)
        yield from self._lacking("Ingress", Lack.INGRESSES, runner)
        yield from map(Lack.OTHER_ROUTES, self._other_routes)

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

    def _lacking(self, kind: str, lack: Lack, runner: PodSource) -> tuple[LackingFact, ...]:
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
