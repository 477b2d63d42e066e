"""Finds what Flux applies, from where, and as whom.

A Kustomization or HelmRelease is applied as the ServiceAccount of its namespace that it names, else
as the one that the controller's flag names, else with the controller's own rights. A controller
heeds all namespaces, or its own alone.

Sources: kustomize-controller ``internal/controller/kustomization_controller.go``, ``main.go``;
helm-controller ``internal/kube/impersonate.go``; https://fluxcd.io/flux/components/kustomize/options/.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property

from rbacgraph.facts.operators.accounts import OperatorAccounts
from rbacgraph.facts.world import WorldPart
from rbacgraph.facts.writable_objects import WritableObjects
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.kubernetes import flux
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.node import SERVICE_ACCOUNT, Node

FLUX = "Flux"
CONTROLLERS = {flux.KUSTOMIZATION: "kustomize-controller", flux.HELM_RELEASE: "helm-controller"}
"""By what it applies, the controller, which is also the shipped name of its account."""

_BY_GROUP = {
    flux.KUSTOMIZE_GROUP: CONTROLLERS[flux.KUSTOMIZATION],
    flux.HELM_GROUP: CONTROLLERS[flux.HELM_RELEASE],
    flux.SOURCE_GROUP: "source-controller",
    "notification.toolkit.fluxcd.io": "notification-controller",
    "image.toolkit.fluxcd.io": "image-reflector-controller",
}

_RESOURCES = {
    flux.KUSTOMIZATION: (flux.KUSTOMIZE_GROUP, "kustomizations"),
    flux.HELM_RELEASE: (flux.HELM_GROUP, "helmreleases"),
}

FluxIdentity = tuple[Node, Condition]
"""A ServiceAccount, and the condition on which Flux acts as it."""


class Flux(WorldPart):
    """Knows what Flux applies in a cluster."""

    @cached_property
    def controllers(self) -> Mapping[str, Sequence[FluxIdentity]]:
        """By what they apply, the accounts of controllers that act with their own rights."""
        return {
            kind: [found for found in self._accounts(kind) if not self._default_of(found[0])]
            for kind in CONTROLLERS
        }

    def _accounts(self, kind: str) -> Iterator[FluxIdentity]:
        usable = self._world.identities.usable_accounts
        for node in self._called(CONTROLLERS[kind], shipped=self.is_there(kind)):
            condition = usable.get((node[1], node[2]))
            if condition is not None:
                yield node, condition

    def _called(self, name: str, *, shipped: bool = True) -> Iterable[Node]:
        """Return the accounts of a controller, and those that only have its shipped name."""
        accounts = self._world.part(OperatorAccounts)
        named = accounts.called(name) if shipped else ()
        return dict.fromkeys((*accounts.of(FLUX, name, (name,)), *named))

    def is_there(self, kind: str) -> bool:
        """Whether the input has such objects, defines them, or, if it may not, names them."""
        snapshot, resource = self._world.snapshot, _RESOURCES[kind]
        if resource in snapshot.served or any(one.kind == kind for one in snapshot.flux_appliers):
            return True
        named = self._world.part(WritableObjects).named_resources
        return resource in named and not snapshot.is_listed("CustomResourceDefinition")

    # --- where -----------------------------------------------------------------------

    def heeds(self, group: str, namespace: str) -> bool:
        """Whether a controller of Flux may heed objects of an API group in a namespace."""
        name = _BY_GROUP.get(group)
        nodes = self._called(name) if name else ()
        return not nodes or any(self._reaches(node, namespace) for node in nodes)

    def _reaches(self, controller: Node, namespace: str) -> bool:
        return controller[1] == namespace or controller[1:] not in self._own_alone

    @cached_property
    def _own_alone(self) -> frozenset[tuple[str, str]]:
        """The accounts of controllers that heed their own namespace alone, by their flag."""
        running = self._running.items()
        return frozenset(key for key, flags in running if all(own for _, own in flags))

    @cached_property
    def _running(self) -> Mapping[tuple[str, str], AbstractSet[tuple[str, bool]]]:
        """The flags of what runs as each account."""
        snapshot = self._world.snapshot
        found: dict[tuple[str, str], set[tuple[str, bool]]] = {}
        running: Iterable[Pod | Workload] = (*snapshot.pods, *snapshot.workloads)
        for one in running:
            key = one.metadata.namespace, one.spec.service_account
            found.setdefault(key, set()).add((one.spec.default_account, one.spec.own_namespace))
        return found

    # --- as whom ---------------------------------------------------------------------

    def identities(self, applier: flux.FluxApplier) -> Sequence[FluxIdentity]:
        """Return as whom an object is applied to this cluster."""
        namespace = applier.metadata.namespace
        if applier.remote or not self.heeds(_RESOURCES[applier.kind][0], namespace):
            return ()
        if applier.account:
            return self._named(namespace, applier.account)
        heeding = [
            found for found in self._accounts(applier.kind) if self._reaches(found[0], namespace)
        ]
        defaults = {self._default_of(node) for node, _ in heeding}
        found = [one for one in heeding if not self._default_of(one[0])]
        for account in sorted(defaults - {""}):
            found += self._named(namespace, account)
        return found

    def _named(self, namespace: str, account: str) -> Sequence[FluxIdentity]:
        condition = self._world.identities.usable_accounts.get((namespace, account))
        return () if condition is None else [((SERVICE_ACCOUNT, namespace, account), condition)]

    @cached_property
    def limited(self) -> frozenset[Node]:
        """The accounts of controllers that apply nothing with their own rights, by their flag."""
        return frozenset(
            (SERVICE_ACCOUNT, *key) for key, account in self._defaults.items() if account
        )

    def _default_of(self, controller: Node) -> str:
        return self._defaults.get((controller[1], controller[2]), "")

    @cached_property
    def _defaults(self) -> Mapping[tuple[str, str], str]:
        """By a controller's account, the one that its flag names, if all that runs as it has it."""
        found = ((key, {name for name, _ in flags}) for key, flags in self._running.items())
        return {key: names.pop() for key, names in found if len(names) == 1}

    # --- from where ------------------------------------------------------------------

    @cached_property
    def by_source(self) -> Mapping[flux.FluxReference, Sequence[flux.FluxApplier]]:
        """What is applied from each source, also from that of a chart."""
        found: dict[flux.FluxReference, list[flux.FluxApplier]] = {}
        for applier in self._world.snapshot.flux_appliers:
            for source in self._chain(applier):
                found.setdefault(source, []).append(applier)
        return found

    def _chain(self, applier: flux.FluxApplier) -> Iterator[flux.FluxReference]:
        if applier.source is None:
            return
        source = _placed(applier.source, applier.metadata.namespace)
        yield source
        chart = self.sources.get(source) if source.kind == flux.HELM_CHART else None
        if chart is not None and chart.source is not None:
            yield _placed(chart.source, chart.metadata.namespace)

    @cached_property
    def sources(self) -> Mapping[flux.FluxReference, flux.FluxSource]:
        """The sources of the input."""
        return {
            flux.FluxReference(one.kind, one.metadata.namespace, one.metadata.name): one
            for one in self._world.snapshot.flux_sources
        }

    @cached_property
    def by_values(self) -> Mapping[flux.FluxReference, Sequence[flux.FluxApplier]]:
        """What takes values or variables from each ConfigMap or Secret."""
        found: dict[flux.FluxReference, list[flux.FluxApplier]] = {}
        for applier in self._world.snapshot.flux_appliers:
            for one in applier.values:
                found.setdefault(_placed(one, applier.metadata.namespace), []).append(applier)
        return found

    @cached_property
    def config_maps(self) -> frozenset[tuple[str, str]]:
        """The ConfigMaps of the input, by namespace and name."""
        held = (one.metadata for one in self._world.snapshot.config_maps)
        return frozenset((one.namespace, one.name) for one in held)

    def unseen(self, kind: str, namespace: str) -> Sequence[FluxIdentity]:
        """Return as whom Flux may apply what the input lacks, of a kind and in a namespace."""
        snapshot = self._world.snapshot
        lacking = not any(one.kind == kind for one in snapshot.flux_appliers)
        if snapshot.is_listed(kind, namespace) or not (
            lacking or snapshot.is_partial(kind, namespace)
        ):
            return ()
        unseen = If.FLUX_APPLIES_UNSEEN(kind)
        return [(node, both(there, unseen)) for node, there in self.controllers[kind]]


def _placed(reference: flux.FluxReference, default: str) -> flux.FluxReference:
    namespace = reference.namespace or default
    return flux.FluxReference(reference.kind, namespace, reference.name)
