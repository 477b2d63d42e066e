"""Operators and tools that watch the cluster, or collect its logs and traces."""

from rbacgraph.facts.operators.power import Power
from rbacgraph.facts.operators.row import Operator, OperatorProgram

_READ, _WRITE = Power.READ_SECRETS, Power.WRITE_SECRETS

MONITORING = (
    Operator(
        "the Prometheus Operator",
        names=("prometheus-operator",),
        parts_of=("kube-prometheus-stack",),
        charts=("kube-prometheus-stack",),
        images=("prometheus-operator/prometheus-operator",),
        groups=("monitoring.coreos.com",),
        known_as=("prometheus-operator",),
        needs=(
            _READ,
            _WRITE,
            Power.RUN_PODS,
            Power.WRITE_CONFIG_MAPS,
            Power.WRITE_NETWORK,
        ),
        programs=(
            *(
                OperatorProgram(name, (name,), (name,))
                for name in (
                    "alertmanager",
                    "prometheus",
                    "prometheus-agent",
                    "prometheus-operator",
                )
            ),
            OperatorProgram("thanos-ruler", ("thanos-ruler",), ("thanos",)),
        ),
        source="prometheus-operator/kube-prometheus:manifests/prometheusOperator-clusterRole.yaml",
        read=True,
    ),
    Operator(
        "kube-state-metrics",
        names=("kube-state-metrics",),
        charts=("kube-state-metrics",),
        images=("kube-state-metrics/kube-state-metrics",),
        known_as=("kube-state-metrics",),
        needs=(_READ,),
        source="prometheus-operator/kube-prometheus:manifests/kubeStateMetrics-clusterRole.yaml",
        read=True,
    ),
    Operator(
        "metrics-server",
        names=("metrics-server",),
        labels=("k8s-app=metrics-server",),
        charts=("metrics-server",),
        images=("metrics-server/metrics-server", "k8s-staging-metrics-server/metrics-server"),
        ships=(
            ("metrics-server-auth-reader", "extension-apiserver-authentication-reader"),
            ("metrics-server:system:auth-delegator", "system:auth-delegator"),
            ("system:metrics-server", "system:metrics-server"),
        ),
        source="kubernetes-sigs/metrics-server:manifests/base/rbac.yaml",
        read=True,
    ),
    Operator(
        "the Grafana operator",
        names=("grafana-operator",),
        parts_of=("grafana-operator",),
        charts=("grafana-operator",),
        images=("grafana/grafana-operator",),
        groups=("grafana.integreatly.org",),
        known_as=("grafana-operator",),
        needs=(
            _READ,
            _WRITE,
            Power.RUN_PODS,
            Power.WRITE_ACCOUNTS,
            Power.WRITE_CONFIG_MAPS,
            Power.WRITE_NETWORK,
        ),
        source="grafana/grafana-operator:deploy/helm/grafana-operator/files/rbac.yaml",
        read=True,
    ),
    Operator(
        "the OpenTelemetry Operator",
        names=("opentelemetry-operator",),
        charts=("opentelemetry-operator",),
        images=("opentelemetry-operator/opentelemetry-operator",),
        groups=("opentelemetry.io",),
        known_as=("opentelemetry-operator",),
        needs=(
            _READ,
            Power.RUN_PODS,
            Power.USE_CONSTRAINTS,
            Power.WRITE_ACCOUNTS,
            Power.WRITE_CONFIG_MAPS,
            Power.WRITE_CUSTOM,
            Power.WRITE_NETWORK,
        ),
        source="open-telemetry/opentelemetry-operator:config/rbac/role.yaml",
        read=True,
    ),
    Operator(
        "the VictoriaMetrics operator",
        names=("victoria-metrics-operator",),
        labels=("control-plane=vm-operator",),
        charts=("victoria-metrics-operator",),
        images=("victoriametrics/operator",),
        groups=("operator.victoriametrics.com",),
        known_as=("victoria-metrics-operator",),
        programs=(
            OperatorProgram(
                "operator", ("victoria-metrics-operator", "vm-operator"), ("operator",)
            ),
            OperatorProgram("vmagent", ("vmagent",), ("vmagent",)),
            OperatorProgram("vmalert", ("vmalert",), ("vmalert",)),
            OperatorProgram("vmalertmanager", ("vmalertmanager",), ("alertmanager",)),
            OperatorProgram("vmsingle", ("vmsingle",), ("victoria-metrics",)),
        ),
        source="VictoriaMetrics/operator:config/rbac",
    ),
    Operator(
        "the Logging operator",
        names=("logging-operator",),
        charts=("logging-operator",),
        images=("kube-logging/logging-operator",),
        groups=("logging.banzaicloud.io", "logging-extensions.banzaicloud.io"),
        known_as=("logging-operator",),
        source="kube-logging/logging-operator:config",
    ),
    Operator(
        "Fluent Operator",
        names=("fluent-operator",),
        charts=("fluent-operator",),
        images=("fluent/fluent-operator", "kubesphere/fluent-operator"),
        groups=("fluentbit.fluent.io", "fluentd.fluent.io"),
        source="fluent/fluent-operator:charts/fluent-operator",
    ),
    Operator(
        "Kyma Telemetry",
        images=("kyma-project/telemetry-manager",),
        groups=("telemetry.kyma-project.io",),
        source="kyma-project/telemetry-manager:config",
    ),
)
