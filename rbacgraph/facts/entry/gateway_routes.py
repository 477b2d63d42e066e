"""Which routes Gateways take, and to which Services these lead.

Source: gateway-api ``apis/v1/{gateway,shared}_types.go``: a listener takes routes of the namespaces
and kinds that it allows, whose host names meet its own; a route leads to a Service of another
namespace only by a ReferenceGrant there.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.kubernetes.networking import (
    Gateway,
    GatewayRoute,
    Listener,
    ParentReference,
    ReferenceGrant,
)

_NAME = "kubernetes.io/metadata.name"
_OF_PROTOCOL = {
    "HTTP": frozenset({"HTTPRoute", "GRPCRoute"}),
    "HTTPS": frozenset({"HTTPRoute", "GRPCRoute"}),
    "TLS": frozenset({"TLSRoute", "TCPRoute"}),
    "TCP": frozenset({"TCPRoute"}),
    "UDP": frozenset({"UDPRoute"}),
}


class Attached(NamedTuple):
    """A route that a Gateway takes, the Services and ports to which it leads, the condition."""

    gateway: Gateway
    route: GatewayRoute
    services: tuple[tuple[Key, int], ...]
    condition: Condition


class GatewayRoutes:
    """Joins routes with Gateways and Services."""

    def __init__(self, world: Facts) -> None:
        self._snapshot = world.snapshot

    def attached(self) -> Iterator[Attached]:
        """Yield every route with each Gateway that takes it."""
        gateways = {_key(one): one for one in self._snapshot.gateways}
        for route in self._snapshot.gateway_routes:
            services = tuple(self._services(route))
            best: dict[Key, Condition] = {}
            for parent in route.parents:
                key = parent.namespace or route.metadata.namespace, parent.name
                gateway = gateways.get(key)
                condition = None if gateway is None else self._takes(gateway, route, parent)
                if condition is not None:
                    best[key] = min(condition, best.get(key, condition))
            for key, condition in best.items() if services else ():
                yield Attached(gateways[key], route, services, condition)

    def _takes(
        self, gateway: Gateway, route: GatewayRoute, parent: ParentReference
    ) -> Condition | None:
        """Return the condition on which a listener of a Gateway takes a route."""
        found = (
            self._allows(gateway, one, route)
            for one in gateway.listeners
            if parent.section in {"", one.name} and parent.port in {0, one.port}
        )
        return min((one for one in found if one is not None), default=None)

    def _allows(
        self, gateway: Gateway, listener: Listener, route: GatewayRoute
    ) -> Condition | None:
        kinds = listener.kinds or _OF_PROTOCOL.get(listener.protocol, (route.kind,))
        if route.kind not in kinds or not _hosts_meet(listener.hostname, route.hostnames):
            return None
        home, namespace = gateway.metadata.namespace, route.metadata.namespace
        if listener.allows == "All" or (listener.allows == "Same" and home == namespace):
            return CERTAIN
        if listener.allows != "Selector":
            return None
        unsure = If.NAMESPACE_IS_TAKEN_BY_GATEWAY(namespace, home, gateway.metadata.name)
        if listener.selector is None:
            return unsure
        labels = self._labels.get(namespace)
        if selector_matches(listener.selector, {_NAME: namespace, **(labels or {})}):
            return CERTAIN
        return unsure if labels is None else None

    def _services(self, route: GatewayRoute) -> Iterator[tuple[Key, int]]:
        home = route.metadata.namespace
        for backend in route.backends:
            namespace = backend.namespace or home
            if namespace == home or self._granted(route, namespace, backend.service):
                yield (namespace, backend.service), backend.port

    def _granted(self, route: GatewayRoute, namespace: str, service: str) -> bool:
        return any(
            (route.kind, route.metadata.namespace) in grant.routes
            and any(name in {"", service} for name in grant.services)
            for grant in self._grants.get(namespace, ())
        )

    @cached_property
    def _grants(self) -> Mapping[str, list[ReferenceGrant]]:
        found: dict[str, list[ReferenceGrant]] = {}
        for grant in self._snapshot.reference_grants:
            found.setdefault(grant.metadata.namespace, []).append(grant)
        return found

    @cached_property
    def _labels(self) -> Mapping[str, dict[str, str]]:
        return {one.metadata.name: one.metadata.labels or {} for one in self._snapshot.namespaces}


def _hosts_meet(listener: str, hosts: tuple[str, ...]) -> bool:
    """Whether a listener's host name and one of a route's match; no name matches every one.

    Examples
    --------
    >>> _hosts_meet("*.example.com", ("a.example.com",)), _hosts_meet("a.org", ("*.org", "b"))
    (True, True)
    >>> _hosts_meet("*.example.com", ("example.com",)), _hosts_meet("a.org", ("b.org",))
    (False, False)
    """
    return not listener or not hosts or any(_meet(listener, host) for host in hosts)


def _meet(one: str, other: str) -> bool:
    one, other = one.lower(), other.lower()
    if one.startswith("*") and other.startswith("*"):
        return one[1:].endswith(other[1:]) or other[1:].endswith(one[1:])
    if one.startswith("*"):
        return len(other) >= len(one) and other.endswith(one[1:])
    if other.startswith("*"):
        return len(one) >= len(other) and one.endswith(other[1:])
    return one == other


def _key(found: Gateway) -> Key:
    return found.metadata.namespace, found.metadata.name
