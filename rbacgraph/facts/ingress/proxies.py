"""Finds the Ingress controllers that are proxies, and judges whose configuration they take.

An author of Ingresses chooses their class, so a controller takes those of each namespace that it
watches, whatever its class.

Sources of the flaws: the issues of kubernetes/kubernetes and kubernetes/ingress-nginx that each row
names, and the projects' changelogs for the versions that hold the repair.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct, json

from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.ingress.namespace_selectors import parsed_selector
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import WorldPart
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.core import ConfigMap
from rbacgraph.model.kubernetes.ingress_proxies import (
    ProxyFlags,
    ProxyProgram,
    ProxySettings,
    namespace_of,
)
from rbacgraph.model.kubernetes.pods import labels_of_pack
from rbacgraph.model.packaged import packaged

_NAME_LABEL = "kubernetes.io/metadata.name"
_CHROOT = "-chroot"


ProxyVersion = tuple[int, int, int]
"""A version of ingress-nginx."""

NEWEST: ProxyVersion = (1, 15, 1)
"""The last version: the project was retired in March 2026, and repairs nothing since."""


class ProxyFlaw(Struct, frozen=True, forbid_unknown_fields=True):
    """A flaw of ingress-nginx.

    ``repaired``: the first repaired version of each line of releases; none where no version repairs
        it.
    ``by_network``: whether a packet to the admission webhook suffices.
    ``validated``: whether ``--enable-annotation-validation`` stops it.
    ``outside_chroot``: whether it gives nothing in the image where NGINX runs in a chroot, as its
        issue says.
    """

    cve: str
    repaired: tuple[ProxyVersion, ...]
    issue: str
    by_network: bool = False
    validated: bool = False
    outside_chroot: bool = False

    def concerns(self, release: ProxyVersion) -> bool:
        """Whether a version has it: older lines of releases than the repaired ones have it too.

        Examples
        --------
        >>> flaw = ProxyFlaw("CVE-2025-1097", ((1, 11, 5), (1, 12, 1)), "")
        >>> [flaw.concerns(one) for one in ((1, 10, 9), (1, 11, 5), (1, 12, 0), (1, 13, 0))]
        [True, False, True, False]
        """
        later = [one for one in self.repaired if one[:2] >= release[:2]]
        return release < min(later) if later else not self.repaired


_ROWS = packaged("rbacgraph.facts.ingress", "flaws.jsonl")
FLAWS = tuple(json.Decoder(ProxyFlaw).decode_lines(_ROWS))
"""The flaws that give the attacker the controller, the oldest first."""

VALIDATES_SINCE: ProxyVersion = (1, 9, 0)
"""The first version that has the validation of annotations."""
VALIDATES_ALWAYS_SINCE: ProxyVersion = (1, 12, 0)
"""The first version in which it is on unless a flag turns it off."""
REFUSES_SNIPPETS_SINCE: ProxyVersion = (1, 9, 0)
"""The first version in which snippets are off unless the ConfigMap turns them on."""
KNOWS_SETTING_SINCE: ProxyVersion = (1, 0, 1)
"""The first version in which the ConfigMap can turn them off."""
KNOWS_RISKS_SINCE: ProxyVersion = (1, 9, 0)
"""The first version that rates annotations by their risk."""
REFUSES_RISKS_SINCE: ProxyVersion = (1, 12, 0)
"""The first version in which snippets are too risky unless the ConfigMap says otherwise."""

_IN_TAG = re.compile(r"(?:^|[^\d.])v?(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CHART = re.compile(r"ingress-nginx-4\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CHARTS_SINCE = 10
"""From chart 4.10.0 on, chart 4.x.y holds version 1.x.y."""
_VERSION_LABEL, _CHART_LABEL = "app.kubernetes.io/version", "helm.sh/chart"


def version_of(image: str, labels: Mapping[str, object]) -> ProxyVersion | None:
    """Return the version of ingress-nginx that an image's tag shows, or else labels.

    Examples
    --------
    >>> version_of("rancher/nginx-ingress-controller:nginx-1.11.5-rancher1", {})
    (1, 11, 5)
    >>> version_of("controller@sha256:0", {"helm.sh/chart": "ingress-nginx-4.11.3"})
    (1, 11, 3)
    >>> version_of("controller:latest", {"app.kubernetes.io/version": "2.0.0"})
    """
    name = image.partition("@")[0].rpartition("/")[2]
    _, colon, tag = name.partition(":")
    found = _IN_TAG.search(tag) if colon else None
    label, chart = labels.get(_VERSION_LABEL), labels.get(_CHART_LABEL)
    if not colon and isinstance(label, str):
        found = _IN_TAG.search(label)
    if found:
        release = int(found[1]), int(found[2]), int(found[3])
        return release if release <= NEWEST else None
    of_chart = _CHART.fullmatch(chart) if not colon and isinstance(chart, str) else None
    if of_chart and int(of_chart[1]) >= _CHARTS_SINCE:
        release = 1, int(of_chart[1]), int(of_chart[2])
        return release if release <= NEWEST else None
    return None


class IngressProxy(NamedTuple):
    """An Ingress controller that is a proxy, and runs.

    ``config_map``: the ConfigMap with its settings; None where it has none, or the input does not
        name it.
    ``release``: the version of ingress-nginx; None where the input does not show it, or it is
        another.
    ``in_chroot``: whether NGINX runs in a chroot, apart from the controller's token.
    """

    runner: PodSource
    flags: ProxyFlags
    config_map: Key | None
    release: ProxyVersion | None
    in_chroot: bool

    @property
    def is_ingress_nginx(self) -> bool:
        """Whether it is the community's ingress-nginx."""
        return self.flags.program is ProxyProgram.INGRESS_NGINX


class IngressProxies(WorldPart):
    """The proxies of a cluster, and which code they take from whom."""

    @cached_property
    def all(self) -> Sequence[IngressProxy]:
        """Every proxy that runs, in the order of what runs."""
        return [
            _proxy(one, one.spec.proxy)
            for one in self._world.running.runners
            if one.spec.proxy is not None and one.running is not None
        ]

    @cached_property
    def by_node(self) -> Mapping[object, IngressProxy]:
        """The proxies by the node of their Pod."""
        return {one.runner.node: one for one in self.all}

    # --- whose Ingresses ---------------------------------------------------------------

    def heeds(self, proxy: IngressProxy, scope: str) -> Condition | None:
        """Return the condition on which a proxy takes Ingresses of a namespace; None if not.

        ``""`` stands for any namespace.
        """
        flags, own = proxy.flags, proxy.runner.node[1]
        watched = [namespace_of(one, own) for one in flags.watches]
        if watched:
            if scope in watched or (not scope and all(watched)):
                return CERTAIN
            return None if all(watched) else If.PROXY_WATCHES_NAMESPACE(*_called(proxy))
        if scope and scope in [namespace_of(one, own) for one in flags.ignores]:
            return None
        return self._selects(proxy, scope) if flags.selector else CERTAIN

    def has_ingress(self, scope: str, names: Sequence[str]) -> bool:
        """Whether the input holds an Ingress of one of some names in a namespace; any without."""
        every = self._ingresses
        held = [every[scope]] if scope in every else [] if scope else every.values()
        return any(not names or not few.isdisjoint(names) for few in held)

    @cached_property
    def _ingresses(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for one in self._world.snapshot.ingresses:
            found.setdefault(one.metadata.namespace, set()).add(one.metadata.name)
        return {namespace: frozenset(names) for namespace, names in found.items()}

    def _selects(self, proxy: IngressProxy, scope: str) -> Condition | None:
        selector = parsed_selector(proxy.flags.selector)
        labels = self._labels.get(scope)
        if selector is None or labels is None:
            return If.PROXY_WATCHES_NAMESPACE(*_called(proxy))
        return CERTAIN if selector_matches(selector, labels) else None

    @cached_property
    def _labels(self) -> Mapping[str, dict[str, str]]:
        return {
            one.metadata.name: {_NAME_LABEL: one.metadata.name, **(one.metadata.labels or {})}
            for one in self._world.snapshot.namespaces
        }

    # --- which code ---------------------------------------------------------------------

    def takes_code(self, proxy: IngressProxy) -> Condition | None:
        """Return the condition on which an Ingress injects code into a proxy; None if none does.

        Code is configuration that the proxy's program runs, or that makes it show its files.
        """
        taken = self._takes_snippets(proxy)
        if taken and not proxy.in_chroot:
            return both(If.PROXY_TAKES_SNIPPETS(*_called(proxy)), self._let_in)
        if proxy.is_ingress_nginx:
            found = self._has_flaw(proxy, by_network=False)
            if found is not None:
                return both(found, self._let_in)
        if taken is None and proxy.config_map and not proxy.in_chroot:
            return both(If.CONFIG_MAP_ALLOWS_SNIPPETS(*proxy.config_map), self._let_in)
        return None

    def takes_packets(self, proxy: IngressProxy) -> Condition | None:
        """Return the condition on which packets to its webhook inject code; None if none do."""
        if not (proxy.is_ingress_nginx and proxy.flags.webhook):
            return None
        return self._has_flaw(proxy, by_network=True)

    def takes_settings(self, proxy: IngressProxy) -> Condition | None:
        """Return the condition on which its ConfigMap injects code; None if it does not."""
        if proxy.config_map is None or proxy.flags.global_snippets is False:
            return None
        left = If.CODE_LEAVES_CHROOT() if proxy.in_chroot else CERTAIN
        return both(If.PROXY_TAKES_SETTINGS(*_called(proxy), *proxy.config_map), left)

    def _has_flaw(self, proxy: IngressProxy, *, by_network: bool) -> Condition | None:
        left = If.CODE_LEAVES_CHROOT() if proxy.in_chroot else CERTAIN
        having = [one for one in FLAWS if one.by_network == by_network]
        if proxy.in_chroot:
            having = [one for one in having if not one.outside_chroot]
        if proxy.release is None:
            repaired = max((max(one.repaired) for one in having if one.repaired), default=NEWEST)
            return both(If.PROXY_IS_OLDER(*_called(proxy), _written(repaired)), left)
        names = tuple(one.cve for one in having if _is_open(one, proxy.release, proxy.flags))
        if not names:
            return None
        return both(If.PROXY_HAS_FLAW(*_called(proxy), _written(proxy.release), names), left)

    def _takes_snippets(self, proxy: IngressProxy) -> bool | None:
        """Whether a proxy takes snippets of Ingresses; None where the input does not show it."""
        if not proxy.is_ingress_nginx:
            return proxy.flags.snippets
        settings = self._settings_of(proxy)
        found = {_allows_snippets(one, proxy.release) for one in settings}
        return next((one for one in (True, None, False) if one in found), None)

    def _settings_of(self, proxy: IngressProxy) -> Sequence[ProxySettings | None]:
        if not proxy.flags.config_map:
            return (ProxySettings(),)
        return [one.settings for one in self.config_maps_of(proxy)] or (None,)

    @cached_property
    def _config_maps(self) -> Mapping[Key, Sequence[ConfigMap]]:
        found: dict[Key, list[ConfigMap]] = {}
        for one in self._world.snapshot.config_maps:
            found.setdefault((one.metadata.namespace, one.metadata.name), []).append(one)
        return found

    def may_lack_config_map(self, place: Key) -> bool:
        """Whether a ConfigMap may not exist: the input does not hold it."""
        return place not in self._config_maps

    @cached_property
    def _let_in(self) -> Condition:
        """The condition on which admission lets an Ingress with code in."""
        own = {one.runner.node[1] for one in self.all}
        names = [
            configuration.metadata.name
            for configuration in self._world.snapshot.validating_webhooks
            for webhook in configuration.webhooks or ()
            if webhook.looks_at("networking.k8s.io", "ingresses", "CREATE", "UPDATE")
            and not (
                webhook.client_config.service and webhook.client_config.service.namespace in own
            )
        ]
        return If.WEBHOOKS_ALLOW_INGRESS(*sorted(set(names))) if names else CERTAIN

    def config_maps_of(self, proxy: IngressProxy) -> Sequence[ConfigMap]:
        """Return the versions of a proxy's ConfigMap that the input holds."""
        return self._config_maps.get(proxy.config_map, ()) if proxy.config_map else ()


def _proxy(runner: PodSource, flags: ProxyFlags) -> IngressProxy:
    labels = labels_of_pack(runner.obj.labels)
    nginx = flags.program is ProxyProgram.INGRESS_NGINX
    return IngressProxy(
        runner,
        flags,
        flags.config_map_of(runner.node[1]),
        version_of(flags.image, labels) if nginx else None,
        nginx and _repository(flags.image).endswith(_CHROOT),
    )


def _repository(image: str) -> str:
    path, _, name = image.partition("@")[0].rpartition("/")
    return f"{path}/{name.partition(':')[0]}"


def _is_open(flaw: ProxyFlaw, release: ProxyVersion, flags: ProxyFlags) -> bool:
    validates = flags.validates
    if validates is None:
        validates = release >= VALIDATES_ALWAYS_SINCE
    stopped = flaw.validated and validates and release >= VALIDATES_SINCE
    return flaw.concerns(release) and not stopped


def _allows_snippets(settings: ProxySettings | None, release: ProxyVersion | None) -> bool | None:
    if release is not None and release < KNOWS_SETTING_SINCE:
        return True
    if settings is None or settings.unclear:
        return None
    allowed, risky = settings.snippets, settings.critical
    if allowed is None and release is not None:
        allowed = release < REFUSES_SNIPPETS_SINCE
    if release is not None and release < KNOWS_RISKS_SINCE:
        risky = True
    elif risky is None and release is not None:
        risky = release < REFUSES_RISKS_SINCE
    if False in (allowed, risky):
        return False
    return None if None in (allowed, risky) else True


def _called(proxy: IngressProxy) -> tuple[str, str, str, str]:
    """Return how a condition calls a proxy: its program, and its kind, namespace and name."""
    runner = proxy.runner
    return proxy.flags.program.value, runner.kind, runner.node[1], runner.node[2]


def _written(release: ProxyVersion) -> str:
    return ".".join(map(str, release))
