"""The tokens that a kubelet may ask for besides those in a Pod's volumes: by drivers, or a right.

Source: kubernetes ``plugin/pkg/admission/noderestriction/admission.go`` (``podReferencesAudience``,
``getCSIFromPVC``, ``csiDriverHasAudience``, ``validateNodeServiceAccountAudience``).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.authz.authorizer import HeldRule
from rbacgraph.authz.match import Request, api_group_matches, rule_allows, verb_matches
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.tokens.mounted_tokens import API_AUDIENCES, audience_condition
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.core import PersistentVolume, PersistentVolumeClaim
from rbacgraph.model.kubernetes.storage import MIGRATED_DRIVERS, CSIDriver
from rbacgraph.model.node import NODE_USER, NODES_GROUP, USER

AUDIENCE_VERB = "request-serviceaccounts-token-audience"
"""The verb that lets a kubelet ask for more tokens; the audience is the resource."""

_DRIVER = "CSIDriver"


class TokenReason(NamedTuple):
    """What lets a kubelet get a token for the API server, on a condition.

    ``because`` is the driver that asks for it, or the rule that allows it; None where the input
    shows neither.
    """

    condition: Condition
    because: CSIDriver | HeldRule | None


class _Volume(NamedTuple):
    """A volume's driver, and the condition on which the API server finds it; None if it does not.

    The driver is ``""`` where the input does not show which one it is.
    """

    driver: str
    there: Condition | None


class KubeletTokens(WorldPart):
    """Finds what lets kubelets ask for tokens of Pods that have none in their volumes."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._rules: dict[tuple[str, str], Sequence[HeldRule]] = {}

    def reason(self, runner: PodSource, audience: str = "") -> TokenReason | None:
        """Return the reason with the weakest condition; None if there is no reason.

        The token is for an audience; ``""`` stands for any that the API server accepts.
        """
        found = [*self._by_drivers(runner, audience), *self._by_right(runner, audience)]
        return min(found, key=lambda one: one.condition, default=None)

    # --- by drivers -----------------------------------------------------------------

    def has_driver(self, name: str) -> bool:
        """Whether the input holds a CSIDriver."""
        return name in self._drivers

    def drivers(self, runner: PodSource) -> Sequence[str]:
        """Return the drivers of a Pod's volumes, each once; ``""`` for one that is not shown."""
        found = self._volumes_of(runner)
        return tuple(dict.fromkeys(one.driver for one in found if one.driver or one.there))

    def _volumes_of(self, runner: PodSource) -> Iterator[_Volume]:
        """Yield what the API server looks up of a Pod's volumes."""
        if runner.spec.drivers is None:
            yield _Volume("", If.KIND_IS_THERE(_DRIVER))
        for driver in runner.spec.drivers or ():
            yield _Volume(driver, self._there(driver))
        for claim, volume in runner.spec.claims:
            yield from self._of_claim(runner.node[1], claim or f"{runner.name}-{volume}")

    def _of_claim(self, namespace: str, name: str) -> Iterator[_Volume]:
        snapshot, claim = self._world.snapshot, self._claims.get((namespace, name))
        bound = claim.spec.volume_name if claim and claim.spec else ""
        volume = self._volumes.get(bound) if claim else self._claimed.get((namespace, name))
        if volume is not None:
            yield from (_Volume(one, self._there(one)) for one in _drivers_of(volume))
            if volume.spec is None or not volume.spec.shows_source:
                yield _Volume("", If.KIND_IS_THERE(_DRIVER))
        elif snapshot.is_listed("PersistentVolume") if bound else self._is_missing(namespace, name):
            yield _Volume("", None)
        else:
            yield _Volume("", If.CLAIM_IS_MADE(namespace, name))

    def _is_missing(self, namespace: str, name: str) -> bool:
        listed = self._world.snapshot.is_listed("PersistentVolumeClaim", namespace)
        return listed and (namespace, name) not in self._claims

    def _there(self, driver: str) -> Condition | None:
        """Return the condition on which the API server finds a driver; None if it does not."""
        if driver in self._drivers:
            return CERTAIN
        listed = self._world.snapshot.is_listed(_DRIVER)
        return None if listed else If.KIND_IS_THERE(_DRIVER, driver)

    def _by_drivers(self, runner: PodSource, audience: str) -> Iterator[TokenReason]:
        for volume in dict.fromkeys(self._volumes_of(runner)):
            driver = self._drivers.get(volume.driver)
            if driver is not None:
                for condition in _asked(driver, audience):
                    yield TokenReason(condition, driver)
            elif volume.driver and volume.there:
                yield TokenReason(If.DRIVER_ASKS_FOR_TOKENS(volume.driver, audience), None)
            elif volume.there and self._may_ask(audience):
                doubt = If.DRIVER_OF_VOLUME_ASKS_FOR_TOKENS(runner.node[1], audience)
                yield TokenReason(doubt, None)

    def _may_ask(self, audience: str) -> bool:
        """Whether some driver asks for tokens for an audience, or the input may lack one."""
        listed = self._world.snapshot.is_listed(_DRIVER)
        return not listed or any(_asked(one, audience) for one in self._drivers.values())

    @cached_property
    def _drivers(self) -> Mapping[str, CSIDriver]:
        return {one.metadata.name: one for one in self._world.snapshot.csi_drivers}

    @cached_property
    def _claims(self) -> Mapping[Key, PersistentVolumeClaim]:
        claims = self._world.snapshot.persistent_volume_claims
        return {(claim.metadata.namespace, claim.metadata.name): claim for claim in claims}

    @cached_property
    def _volumes(self) -> Mapping[str, PersistentVolume]:
        return {one.metadata.name: one for one in self._world.snapshot.persistent_volumes}

    @cached_property
    def _claimed(self) -> Mapping[Key, PersistentVolume]:
        """PersistentVolumes by the claim that they name."""
        refs = ((one, one.spec.claim_ref) for one in self._volumes.values() if one.spec)
        return {(ref.namespace, ref.name): one for one, ref in refs if ref}

    # --- by a right -----------------------------------------------------------------

    def _by_right(self, runner: PodSource, audience: str) -> Iterator[TokenReason]:
        """Yield the rules that let the kubelet of a Pod's node ask, if all drivers are found."""
        namespace, account = runner.node[1], runner.spec.service_account
        rules = self._rules_of(runner.spec.node_name, namespace)
        looked_up = [volume.there for volume in self._volumes_of(runner)] if rules else ()
        there = [condition for condition in looked_up if condition is not None]
        for held in rules if len(there) == len(looked_up) else ():  # else it refuses
            for named in (audience,) if audience else ("", *sorted(API_AUDIENCES)):
                request = Request(AUDIENCE_VERB, resource=named, namespace=namespace, name=account)
                accepted = _accepted(named, audience)
                if rule_allows(held.rule, request) and accepted is not None:
                    condition = both(accepted, *there, self._doubt(held))
                    yield TokenReason(condition, held)
                    break

    def _rules_of(self, node: str, namespace: str) -> Sequence[HeldRule]:
        """Return the rules with the verb that a kubelet holds in a namespace."""
        user = f"{NODE_USER}{node}" if node else ""
        world = self._world
        own = (USER, "", user) in world.rbac.bindings_by_subject or user in world.snapshot.groups
        key = user if own else "", namespace
        known = self._rules.get(key)
        if known is None:
            groups = (NODES_GROUP[2], *world.authorizer.groups_of(user or NODE_USER))
            known = self._rules[key] = [
                held
                for held in world.authorizer.rules_for(key[0], groups, namespace)
                if verb_matches(held.rule, AUDIENCE_VERB) and api_group_matches(held.rule, "")
            ]
        return known

    def _doubt(self, held: HeldRule) -> Condition:
        versions = self._world.rbac.versions
        if not versions:
            return CERTAIN
        guards = versions.of_binding(held.binding), versions.of_rule(held.role, held.rule_index)
        return both(*map(versions.condition, guards))


def _asked(driver: CSIDriver, audience: str) -> list[Condition]:
    """Return for each token for an audience that a driver asks for its condition."""
    requests = driver.spec.token_requests if driver.spec else None
    conditions = (_accepted(one.audience, audience) for one in requests or ())
    return [one for one in conditions if one is not None]


def _accepted(named: str, audience: str) -> Condition | None:
    """Return the condition on which a token that names an audience is for another; or None."""
    if audience:
        return CERTAIN if named == audience else None
    return audience_condition(named)


def _drivers_of(volume: PersistentVolume) -> Iterator[str]:
    spec = volume.spec
    if spec is not None and spec.csi is not None and spec.csi.driver:
        yield spec.csi.driver
    elif spec is not None:
        yield from (
            driver
            for source, driver in MIGRATED_DRIVERS.items()
            if getattr(spec, source) is not None
        )
