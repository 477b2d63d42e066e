"""The kinds to read of a live cluster, each with its resource and its form."""

from enum import Enum
from typing import NamedTuple

from rbacgraph.model.kubernetes.openshift import CONSTRAINTS
from rbacgraph.sources.external.external_kinds import EXTERNAL_KINDS
from rbacgraph.sources.gitops.flux_kinds import FLUX_KINDS
from rbacgraph.sources.monitoring.program_kinds import MONITORING_KINDS
from rbacgraph.sources.network.network_kinds import NETWORK_KINDS
from rbacgraph.sources.objects import object_kinds
from rbacgraph.sources.objects.object_kinds import Kind
from rbacgraph.sources.pods.secret_copiers import COPIER_KINDS
from rbacgraph.sources.pods.secret_makers import MAKINGS


class Form(Enum):
    """The form in which rbacgraph asks for a kind."""

    WHOLE = "whole"
    METADATA = "metadata"
    SECRETS = "as Tables without data"
    NAMES = "names"


class Wanted(NamedTuple):
    """One kind to ask for.

    ``kind``: its name.
    ``resource``: the plural under which the API serves it.
    ``hides``: what an answer lacks without it.
    ``form``: how much of each object rbacgraph asks for.
    """

    kind: str
    resource: str
    hides: str
    form: Form = Form.WHOLE

    @property
    def api_kind(self) -> str:
        """Its name as the API says it: without the group that tells it from another."""
        return self.kind.partition(".")[0]

    @property
    def read_as(self) -> Kind:
        """How it is read, from any source."""
        return _KINDS[self.kind]

    @property
    def groups(self) -> tuple[str, ...]:
        """API groups that may serve it, the first one best."""
        return self.read_as.groups

    @property
    def verbs(self) -> tuple[str, ...]:
        """The verbs that reading it needs; kinds with few relevant objects need ``get`` too."""
        single = self.form is Form.SECRETS or self.read_as.few is not None
        return ("get", "list") if single else ("list",)

    @property
    def namespaced(self) -> bool:
        """Whether its objects are in namespaces."""
        return self.read_as.namespaced


CUSTOM = "CustomResourceDefinition"
_KINDS = {kind.name: kind for kind in object_kinds.KINDS}
_PODS = "Pods that could be made of them, and what these hold"
_POLICIES = "policies that refuse Pods their node"
_COPIES = "policies that copy Secrets"
_MADE = "Secrets that operators make, where Secrets are not listed"
_ADMISSION = "what admission control sees and changes"

WANTED = (
    Wanted("Namespace", "namespaces", "Pod Security levels, and namespaces that hold nothing else"),
    Wanted("ResourceQuota", "resourcequotas", "where quotas let no more be created"),
    Wanted("ServiceAccount", "serviceaccounts", "which ServiceAccounts there are, pull Secrets"),
    Wanted("Service", "services", "which Services there are"),
    Wanted(
        "Secret",
        "secrets",
        "which Secrets there are, and their types; those that something refers to are inferred",
        Form.SECRETS,
    ),
    Wanted(
        "ConfigMap",
        "configmaps",
        "Helm releases in ConfigMaps, aws-auth, what Ingress controllers allow",
        Form.METADATA,
    ),
    Wanted("SealedSecret", "sealedsecrets", "what can be unsealed", Form.METADATA),
    Wanted("Role", "roles", "rights in namespaces"),
    Wanted("ClusterRole", "clusterroles", "rights that ClusterRoles hold"),
    Wanted("RoleBinding", "rolebindings", "who has rights in namespaces"),
    Wanted("ClusterRoleBinding", "clusterrolebindings", "who has rights in the whole cluster"),
    Wanted("Pod", "pods", "paths through Pods, and through the nodes that they run on"),
    Wanted("Deployment", "deployments", _PODS),
    Wanted("ReplicaSet", "replicasets", _PODS),
    Wanted("DaemonSet", "daemonsets", _PODS),
    Wanted("StatefulSet", "statefulsets", _PODS),
    Wanted("Job", "jobs", _PODS),
    Wanted("CronJob", "cronjobs", _PODS),
    Wanted("ReplicationController", "replicationcontrollers", _PODS),
    Wanted("PodTemplate", "podtemplates", _PODS),
    Wanted("Node", "nodes", "nodes without Pods, and which are of the control plane"),
    Wanted("PersistentVolume", "persistentvolumes", "Secrets that volumes refer to"),
    Wanted("PersistentVolumeClaim", "persistentvolumeclaims", "volumes that Pods claim"),
    Wanted("StorageClass", "storageclasses", "Secrets that storage classes refer to"),
    Wanted("CSIDriver", "csidrivers", "tokens of Pods that kubelets may ask for"),
    Wanted(
        "VolumeSnapshotClass", "volumesnapshotclasses", "Secrets that snapshot classes refer to"
    ),
    Wanted("Ingress", "ingresses", "Secrets that Ingresses refer to"),
    Wanted(
        CUSTOM,
        "customresourcedefinitions",
        "which of the resources that the API serves are custom",
        Form.NAMES,
    ),
    Wanted("MutatingWebhookConfiguration", "mutatingwebhookconfigurations", _ADMISSION),
    Wanted("ValidatingWebhookConfiguration", "validatingwebhookconfigurations", _ADMISSION),
    Wanted("ValidatingAdmissionPolicy", "validatingadmissionpolicies", _ADMISSION),
    Wanted("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", _ADMISSION),
    Wanted("MutatingAdmissionPolicy", "mutatingadmissionpolicies", _ADMISSION),
    Wanted("MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", _ADMISSION),
    Wanted(CONSTRAINTS, "securitycontextconstraints", "which Pods OpenShift lets have their node"),
    Wanted("Group", "groups", "who is in which group of OpenShift's"),
    Wanted("OAuth", "oauths", "which Secrets hold the passwords that OpenShift checks"),
    Wanted("ClusterPolicy", "clusterpolicies", f"{_POLICIES}; {_COPIES}"),
    Wanted("ValidatingPolicy", "validatingpolicies", _POLICIES),
    Wanted("GeneratingPolicy", "generatingpolicies", _COPIES),
    Wanted("K8sPSPHostFilesystem", "k8spsphostfilesystem", _POLICIES),
    Wanted("K8sPSPPrivilegedContainer", "k8spspprivilegedcontainer", _POLICIES),
    Wanted("K8sPSPVolumeTypes", "k8spspvolumetypes", _POLICIES),
    Wanted("Policy", "policies", f"{_POLICIES}; {_COPIES}"),
    Wanted("NamespacedGeneratingPolicy", "namespacedgeneratingpolicies", _COPIES),
    *(Wanted(making.kind, making.resource, _MADE) for making in MAKINGS),
    *(
        Wanted(one.kind, one.resource, one.hides)
        for one in (
            *(*EXTERNAL_KINDS, *NETWORK_KINDS, *FLUX_KINDS, *MONITORING_KINDS),
            *COPIER_KINDS,
        )
    ),
)
"""All kinds to read, in the order of :data:`rbacgraph.sources.objects.object_kinds.KINDS`."""
