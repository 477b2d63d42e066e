"""Doubts about nodes and what a Pod has of them, in words."""

from rbacgraph.model.condition import If
from rbacgraph.report.text.doubts.parts import WordsByDoubt, either

OF_NODES: WordsByDoubt = {
    If.KERNEL_IS_THE_NODES: "RuntimeClass {} runs containers on the node's own kernel",
    If.ACCOUNT_IS_ADMINISTRATOR: "the account of container {} is an administrator",
    If.NO_POLICY_OF_NODE: "no AppArmor or SELinux policy of the node prevents it",
    If.KERNEL_LOADS_MODULES: "the node's kernel loads any module",
    If.NETWORK_GIVES_CREDENTIAL: (
        "the node's network gives a credential away, by a metadata service or an open port"
    ),
    If.MEMORY_GIVES_CREDENTIAL: "a process of the node keeps in shared memory what gives it away",
    If.SOMEBODY_LOGS_IN_TO_NODE: "somebody logs in to the node",
    If.NODE_STARTS_AGAIN: "the node starts again",
    If.NETWORK_PLUGINS_RUN: "the network plugins run what their configuration names",
    If.NODE_RUNS_CRON: "the node runs cron",
    If.SYSTEMD_READS_UNITS: "systemd reads its units again",
    If.USER_BECOMES_ROOT: "one of the node's users may become root",
    If.NODE_LOADS_MODULE: "the node loads a module from there",
    If.ROOT_RUNS_FILES: "root runs what lies there",
    If.NODE_INSTALLS_PACKAGES: "the node installs or updates packages",
    If.DAEMON_LISTENS: "a daemon of the node that makes containers or machines listens there",
    If.CONTAINER_RUNS_FILES: "a container that has the node runs what lies there",
    If.KUBELET_BELIEVES_FILES: "the kubelet believes what it finds there",
    If.SOMEBODY_READS_LOGS: "somebody reads the node's logs through its kubelet",
    If.RUNTIME_TAKES_PLUGINS: "the node's runtime takes plugins and hooks from there",
    If.CONTAINERD_RUNS_PROGRAMS: (
        "the node's containerd looks for programs there first, as it does by default"
    ),
    If.BUILDER_RUNS_PRIVILEGED: "its builder runs steps of a build with privileges",
    If.DISKS_ARE_OPEN: "the container may open the node's disks",
    If.DISK_IS_THE_NODES: "{} is a disk of the node's own system",
    If.METADATA_GIVES_CREDENTIAL: (
        "the metadata service of {} answers Pods, and gives them their node's credential"
    ),
    If.METADATA_GIVES_IDENTITY: (
        "the metadata service of {} answers Pods, and the managed identity that it gives them"
        " obtains the certificate of their node's kubelet"
    ),
    If.CONTAINER_BECOMES_ROOT: "container {} may become root",
    If.INIT_CONTAINER_IS_CAUGHT: "the Pod is caught while its init container {} runs",
    If.POD_HAS_FILES: "the Pod there has it in files, not in variables",
    If.PROCESSES_HAVE_SAME_USER: (
        "the processes there run as the same user, with no more capabilities"
    ),
    If.VARIABLES_ARE_KEPT: "the node's runtime keeps the variables of containers in that folder",
    If.LOG_HOLDS_IT: "a container of the Pod there prints it",
    If.FILE_HOLDS_KUBELETS_KEY: "the kubeconfig there holds the kubelet's key",
    If.FILE_HOLDS_TOKEN: "the kubeconfig there holds its token",
    If.KUBECONFIG_WAS_LEFT: "an administrator of the cluster left a kubeconfig there",
    If.POD_IS_ON_ETCD_NODE: "it runs on a node of etcd",
    If.POD_IS_ON_CONTROL_PLANE: "it runs on a node of the control plane",
    If.NODE_IS_SET_UP_BY: lambda *names: f"the node is set up by {either(names)}",
    If.SECRETS_ARE_PLAIN: "Secrets are not encrypted at rest",
    If.SECRETS_ARE_PLAIN_OR_KEYS_READ: (
        "Secrets are not encrypted at rest, or the keys in {} are read too"
    ),
    If.POD_IS_ON_VOLUMES_NODE: "it runs on the node of the volume",
    If.CLAIM_IS_MADE: "PersistentVolumeClaim {}/{} is made",
    If.DRIVER_MAKES_VOLUME: "a CSI driver runs that makes the volume",
    If.DRIVER_MAKES_VOLUME_OF: "the CSI driver of StorageClass {} runs and makes the volume",
    If.DRIVER_SENDS_SECRET: (
        "a CSI driver logs in with the Secret at the server that the volume or its class names"
    ),
}
