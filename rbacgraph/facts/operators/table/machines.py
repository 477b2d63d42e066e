"""Operators of nodes, machines, clusters and databases."""

from rbacgraph.facts.operators.row import Operator

MACHINES = (
    Operator(
        "Cluster API",
        labels=(
            "cluster.x-k8s.io/provider=bootstrap-kubeadm",
            "cluster.x-k8s.io/provider=cluster-api",
            "cluster.x-k8s.io/provider=control-plane-kubeadm",
        ),
        images=(
            "cluster-api/cluster-api-controller",
            "cluster-api/kubeadm-bootstrap-controller",
            "cluster-api/kubeadm-control-plane-controller",
        ),
        groups=(
            "addons.cluster.x-k8s.io",
            "bootstrap.cluster.x-k8s.io",
            "cluster.x-k8s.io",
            "controlplane.cluster.x-k8s.io",
        ),
        source="kubernetes-sigs/cluster-api:config/default/kustomization.yaml; Makefile",
    ),
    Operator(
        "Karpenter",
        names=("karpenter",),
        charts=("karpenter",),
        images=("karpenter/controller",),
        groups=("karpenter.k8s.aws", "karpenter.sh"),
        source="aws/karpenter-provider-aws:charts/karpenter",
    ),
    Operator(
        "Kernel Module Management",
        names=("kmm",),
        parts_of=("kmm",),
        groups=("kmm.sigs.x-k8s.io",),
        source="kubernetes-sigs/kernel-module-management:config/default/kustomization.yaml",
    ),
    Operator(
        "MARIN3R",
        images=("3scale-sre/marin3r",),
        groups=("marin3r.3scale.net", "operator.marin3r.3scale.net"),
        source="3scale-sre/marin3r:config/manager",
    ),
    Operator(
        "Metal3",
        images=("metal3-io/baremetal-operator",),
        groups=("metal3.io",),
        source="metal3-io/baremetal-operator:config/base/manager.yaml",
    ),
    Operator(
        "Open Cluster Management",
        labels=("app=klusterlet-manifestwork-agent",),
        charts=("cluster-manager", "klusterlet"),
        images=(
            "open-cluster-management/registration",
            "open-cluster-management/registration-operator",
            "open-cluster-management/work",
        ),
        groups=(
            "addon.open-cluster-management.io",
            "cluster.open-cluster-management.io",
            "operator.open-cluster-management.io",
            "work.open-cluster-management.io",
        ),
        source="open-cluster-management-io/ocm:manifests/klusterlet",
    ),
    Operator(
        "OpenShift Logging",
        names=("cluster-logging-operator",),
        images=("openshift-logging/cluster-logging-operator",),
        groups=("logging.openshift.io", "observability.openshift.io"),
        source="openshift/cluster-logging-operator:bundle/manifests",
    ),
    Operator(
        "Percona Operator for MongoDB",
        names=("percona-server-mongodb-operator",),
        parts_of=("percona-server-mongodb-operator",),
        images=(
            "percona/percona-server-mongodb-operator",
            "perconalab/percona-server-mongodb-operator",
        ),
        groups=("psmdb.percona.com",),
        source="percona/percona-server-mongodb-operator:deploy/operator.yaml",
    ),
    Operator(
        "Percona Operator for PostgreSQL",
        names=("percona-postgresql-operator",),
        images=(
            "percona/percona-postgresql-operator",
            "perconalab/percona-postgresql-operator",
        ),
        groups=("pgv2.percona.com", "upstream.pgv2.percona.com"),
        source="percona/percona-postgresql-operator:deploy/operator.yaml",
    ),
    Operator(
        "the Aiven operator",
        names=("aiven-operator",),
        charts=("aiven-operator",),
        images=("aivenoy/aiven-operator",),
        groups=("aiven.io",),
        source="aiven/aiven-operator:charts/aiven-operator",
    ),
    Operator(
        "the Machine Config Operator",
        labels=("k8s-app=machine-config-controller", "k8s-app=machine-config-operator"),
        groups=("machineconfiguration.openshift.io",),
        source="openshift/machine-config-operator:install; manifests/machineconfigcontroller",
    ),
    Operator(
        "the Node Tuning Operator",
        labels=("name=cluster-node-tuning-operator",),
        groups=("performance.openshift.io", "tuned.openshift.io"),
        source="openshift/cluster-node-tuning-operator:manifests",
    ),
    Operator(
        "the NVIDIA GPU Operator",
        names=("gpu-operator",),
        charts=("gpu-operator",),
        images=("nvidia/gpu-operator",),
        groups=("nvidia.com",),
        source="NVIDIA/gpu-operator:deployments/gpu-operator",
    ),
    Operator(
        "the System Upgrade Controller",
        names=("system-upgrade-controller",),
        images=("rancher/system-upgrade-controller",),
        groups=("upgrade.cattle.io",),
        source="rancher/system-upgrade-controller:manifests/system-upgrade-controller.yaml",
    ),
)
