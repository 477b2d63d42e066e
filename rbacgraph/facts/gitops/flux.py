"""Finds what Flux applies, from where, and as whom.

A Kustomization or HelmRelease is applied as the ServiceAccount of its namespace that it names, else
as the one that the controller's flag names, else with the controller's own rights.

Sources: kustomize-controller ``internal/controller/kustomization_controller.go``; helm-controller
``internal/kube/impersonate.go``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from rbacgraph.facts.operators.accounts import OperatorAccounts
from rbacgraph.facts.world import WorldPart
from rbacgraph.facts.writable_objects import WritableObjects
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.kubernetes.flux import (
    HELM_CHART,
    HELM_GROUP,
    HELM_RELEASE,
    KUSTOMIZATION,
    KUSTOMIZE_GROUP,
    FluxApplier,
    FluxReference,
    FluxSource,
)
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.node import SERVICE_ACCOUNT, Node

FLUX = "Flux"
CONTROLLERS = {KUSTOMIZATION: "kustomize-controller", HELM_RELEASE: "helm-controller"}
"""By what it applies, the controller, which is also the shipped name of its account."""

_RESOURCES = {
    KUSTOMIZATION: (KUSTOMIZE_GROUP, "kustomizations"),
    HELM_RELEASE: (HELM_GROUP, "helmreleases"),
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
        world, name = self._world, CONTROLLERS[kind]
        usable = world.identities.usable_accounts
        accounts = world.part(OperatorAccounts)
        shipped = accounts.called(name) if self.is_there(kind) else ()
        for node in dict.fromkeys((*accounts.of(FLUX, name, (name,)), *shipped)):
            condition = usable.get((node[1], node[2]))
            if condition is not None:
                yield node, condition

    def is_there(self, kind: str) -> bool:
        """Whether the input has such objects, defines them, or, if it may not, names them."""
        snapshot, resource = self._world.snapshot, _RESOURCES[kind]
        if resource in snapshot.served or any(one.kind == kind for one in snapshot.flux_appliers):
            return True
        named = self._world.part(WritableObjects).named_resources
        return resource in named and not snapshot.is_listed("CustomResourceDefinition")

    # --- as whom ---------------------------------------------------------------------

    def identities(self, applier: FluxApplier) -> Sequence[FluxIdentity]:
        """Return as whom an object is applied to this cluster."""
        if applier.remote:
            return ()
        if applier.account:
            return self._named(applier.metadata.namespace, applier.account)
        defaults = {self._default_of(node) for node, _ in self._accounts(applier.kind)} - {""}
        found = list(self.controllers[applier.kind])
        for account in sorted(defaults):
            found += self._named(applier.metadata.namespace, account)
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
        snapshot = self._world.snapshot
        found: dict[tuple[str, str], set[str]] = {}
        running: Iterable[Pod | Workload] = (*snapshot.pods, *snapshot.workloads)
        for one in running:
            key = one.metadata.namespace, one.spec.service_account
            found.setdefault(key, set()).add(one.spec.default_account)
        return {key: flags.pop() for key, flags in found.items() if len(flags) == 1}

    # --- from where ------------------------------------------------------------------

    @cached_property
    def by_source(self) -> Mapping[FluxReference, Sequence[FluxApplier]]:
        """What is applied from each source, also from that of a chart."""
        found: dict[FluxReference, list[FluxApplier]] = {}
        for applier in self._world.snapshot.flux_appliers:
            for source in self._chain(applier):
                found.setdefault(source, []).append(applier)
        return found

    def _chain(self, applier: FluxApplier) -> Iterator[FluxReference]:
        if applier.source is None:
            return
        source = _placed(applier.source, applier.metadata.namespace)
        yield source
        chart = self.sources.get(source) if source.kind == HELM_CHART else None
        if chart is not None and chart.source is not None:
            yield _placed(chart.source, chart.metadata.namespace)

    @cached_property
    def sources(self) -> Mapping[FluxReference, FluxSource]:
        """The sources of the input."""
        return {
            FluxReference(one.kind, one.metadata.namespace, one.metadata.name): one
            for one in self._world.snapshot.flux_sources
        }

    @cached_property
    def by_values(self) -> Mapping[FluxReference, Sequence[FluxApplier]]:
        """What takes values or variables from each ConfigMap or Secret."""
        found: dict[FluxReference, list[FluxApplier]] = {}
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


def _placed(reference: FluxReference, default: str) -> FluxReference:
    namespace = reference.namespace or default
    return FluxReference(reference.kind, namespace, reference.name)
