"""Reduces Prometheuses, Alertmanagers and the like to whose objects they follow, and as whom.

Parts of another shape than their operators' own count as not there.
"""

import re
from collections.abc import Iterator, Mapping

from rbacgraph.model.kubernetes import monitoring
from rbacgraph.model.kubernetes.meta import (
    LabelSelector,
    LabelSelectorRequirement,
)
from rbacgraph.sources.external.loose import LooseObject, items, mapping, text, texts

Spec = Mapping[str, object]
_TOKEN = "/serviceaccount/token"  # noqa: S105 - a path
_IN_SECRET = re.compile(r"/etc/(prometheus|vm)/secrets/([^/]+)/")
"""Where programs mount the Secrets that ``spec.secrets`` names."""


def to_program(wire: LooseObject) -> monitoring.MonitoringProgram:
    """Keep of a program whose objects it follows, and what its Pods have.

    Examples
    --------
    >>> from rbacgraph.model.kubernetes.meta import ObjectMeta
    >>> found = to_program(
    ...     LooseObject(
    ...         kind="Prometheus",
    ...         api_version="monitoring.coreos.com/v1",
    ...         metadata=ObjectMeta("k8s", "monitoring"),
    ...         spec={"serviceAccountName": "prometheus-k8s", "serviceMonitorSelector": {}},
    ...     )
    ... )
    >>> found.account, found.follows
    ('prometheus-k8s', (Followed(resource='servicemonitors', namespaces=None),))
    """
    spec = mapping(wire.spec)
    victoria = monitoring.PROGRAMS[wire.kind] == monitoring.VICTORIA_GROUP
    files = [*_class_files(spec)]
    return monitoring.MonitoringProgram(
        kind=wire.kind,
        api_version=wire.api_version,
        metadata=wire.metadata,
        account=_account(wire, spec, victoria=victoria),
        secrets=tuple(dict.fromkeys(filter(None, (*texts(spec.get("secrets")), *_mounted(spec))))),
        shows_token=any(one.endswith(_TOKEN) for one in files),
        shown=tuple(dict.fromkeys(one[2] for one in map(_IN_SECRET.match, files) if one)),
        reads_files=mapping(spec, "arbitraryFSAccessThroughSMs").get("deny") is not True,
        follows=tuple(_followed(wire.kind, spec, victoria=victoria)),
    )


def _account(wire: LooseObject, spec: Spec, *, victoria: bool) -> str:
    """Return the ServiceAccount of a program's Pods; ``""`` if they do not mount its token."""
    if victoria:
        bare = spec.get("disableAutomountServiceAccountToken") is True
        legacy = spec.get("useLegacyNaming") is True
        name = wire.metadata.name
        default = name if legacy else f"{wire.kind.lower()}-{name}"
    else:
        bare = spec.get("automountServiceAccountToken") is False
        default = "default"
    return "" if bare else text(spec.get("serviceAccountName")) or default


def _mounted(spec: Spec) -> Iterator[str]:
    """Yield the Secrets of a program's own volumes."""
    for volume in map(mapping, items(spec.get("volumes"))):
        yield text(mapping(volume, "secret").get("secretName"))
        for source in map(mapping, items(mapping(volume, "projected").get("sources"))):
            yield text(mapping(source, "secret").get("name"))


def _class_files(spec: Spec) -> Iterator[str]:
    """Yield the files that scrape classes send as a login."""
    for one in map(mapping, items(spec.get("scrapeClasses"))):
        yield text(one.get("bearerTokenFile"))
        yield text(mapping(one, "authorization").get("credentialsFile"))
        yield text(mapping(one, "basicAuth").get("password_file"))


def _followed(kind: str, spec: Spec, *, victoria: bool) -> Iterator[monitoring.Followed]:
    if spec.get("ingestOnlyMode", kind == monitoring.VM_SINGLE) is True:
        return
    for resource, name in monitoring.FOLLOWED[kind].items():
        objects = _selector(spec.get(f"{name}Selector"))
        namespaces = _selector(spec.get(f"{name}NamespaceSelector"))
        if objects is not None or (victoria and namespaces is not None):
            yield monitoring.Followed(resource, namespaces)
        elif victoria and spec.get("selectAllByDefault") is True:
            yield monitoring.Followed(resource, LabelSelector())
        elif kind == monitoring.ALERTMANAGER and mapping(spec, "alertmanagerConfiguration"):
            yield monitoring.Followed(resource)


def _selector(value: object) -> LabelSelector | None:
    """Return a selector of labels; None if there is none."""
    if not isinstance(value, dict):
        return None
    labels = mapping(value, "matchLabels")
    return LabelSelector(
        {key: text(one) for key, one in labels.items()} or None,
        tuple(
            LabelSelectorRequirement(
                text(one.get("key")), text(one.get("operator")), texts(one.get("values"))
            )
            for one in map(mapping, items(value.get("matchExpressions")))
        )
        or None,
    )
