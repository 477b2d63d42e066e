"""Programs of monitoring that an operator runs, and whose objects each of them follows.

Sources: prometheus-operator ``pkg/apis/monitoring/v1/{prometheus,alertmanager}_types.go``,
``pkg/prometheus/resource_selector.go``, ``pkg/alertmanager/operator.go``; VictoriaMetrics operator
``api/operator/v1beta1/{common_scrapeparams,vmagent_types,vmsingle_types,vmalertmanager_types}.go``,
``internal/controller/operator/factory/{k8stools/selectors,converter/apis}.go``.
"""

from collections.abc import Mapping

from msgspec import Struct

from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta

PROMETHEUS_GROUP = "monitoring.coreos.com"
VICTORIA_GROUP = "operator.victoriametrics.com"

PROMETHEUS, PROMETHEUS_AGENT, ALERTMANAGER = "Prometheus", "PrometheusAgent", "Alertmanager"
VM_AGENT, VM_SINGLE, VM_ALERTMANAGER = "VMAgent", "VMSingle", "VMAlertmanager"

PROGRAMS = {
    **dict.fromkeys((PROMETHEUS, PROMETHEUS_AGENT, ALERTMANAGER), PROMETHEUS_GROUP),
    **dict.fromkeys((VM_AGENT, VM_SINGLE, VM_ALERTMANAGER), VICTORIA_GROUP),
}
"""The kinds of programs, each with its group."""

_OF_PROMETHEUS = {
    "servicemonitors": "serviceMonitor",
    "podmonitors": "podMonitor",
    "probes": "probe",
    "scrapeconfigs": "scrapeConfig",
}
_OF_VICTORIA = {
    "vmservicescrapes": "serviceScrape",
    "vmpodscrapes": "podScrape",
    "vmprobes": "probe",
    "vmnodescrapes": "nodeScrape",
    "vmstaticscrapes": "staticScrape",
    "vmscrapeconfigs": "scrapeConfig",
}
FOLLOWED: Mapping[str, Mapping[str, str]] = {
    PROMETHEUS: _OF_PROMETHEUS,
    PROMETHEUS_AGENT: _OF_PROMETHEUS,
    ALERTMANAGER: {"alertmanagerconfigs": "alertmanagerConfig"},
    VM_AGENT: _OF_VICTORIA,
    VM_SINGLE: _OF_VICTORIA,
    VM_ALERTMANAGER: {"vmalertmanagerconfigs": "config"},
}
"""By kind of program, the resources of its group that it follows, with their selectors' names."""

CONVERTED = {
    "servicemonitors": "vmservicescrapes",
    "podmonitors": "vmpodscrapes",
    "probes": "vmprobes",
    "scrapeconfigs": "vmscrapeconfigs",
    "alertmanagerconfigs": "vmalertmanagerconfigs",
}
"""What the VictoriaMetrics operator makes of the objects of the Prometheus Operator."""


class Followed(Struct, frozen=True, gc=False, omit_defaults=True):
    """The objects of one resource that a program follows.

    ``resource``: the plural of the resource, in the group of the program.
    ``namespaces``: selects their namespaces; None for the program's own.
    """

    resource: str
    namespaces: LabelSelector | None = None


class MonitoringProgram(Object, frozen=True, gc=False, rename="camel"):
    """A Prometheus, an Alertmanager, or one of their like.

    ``account``: the ServiceAccount whose token its Pods have; ``""`` if they have none.
    ``secrets``: the Secrets that its Pods mount.
    ``reads_files``: whether objects of others may name files of its Pods.
    ``shows_token``, ``shown``: whether a scrape class, which objects of others may name, sends that
        token, and which of those Secrets one sends.
    ``follows``: whose objects it follows; a resource that is not there it does not follow.
    """

    kind: str
    api_version: str
    metadata: ObjectMeta
    account: str = ""
    secrets: tuple[str, ...] = ()
    reads_files: bool = True
    shows_token: bool = False
    shown: tuple[str, ...] = ()
    follows: tuple[Followed, ...] = ()
