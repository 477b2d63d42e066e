"""What every Kubernetes object has: names, owners, and where it was read.

Only fields that some technique or report reads are declared; the decoder skips the rest, so that
nothing else of a cluster is ever in memory.
"""

from msgspec import Struct, field
from msgspec.structs import astuple


class Annotations(Struct, frozen=True, gc=False, omit_defaults=True):
    """The few annotations that rbacgraph reads.

    All other annotations are dropped: ``last-applied-configuration`` of a Secret holds its data.
    """

    service_account_name: str | None = field(
        default=None, name="kubernetes.io/service-account.name"
    )
    service_account_uid: str | None = field(default=None, name="kubernetes.io/service-account.uid")
    config_mirror: str | None = field(default=None, name="kubernetes.io/config.mirror")
    enforce_mountable_secrets: str | None = field(
        default=None, name="kubernetes.io/enforce-mountable-secrets"
    )


VALUE_LABEL = "rbacgraph.io/value"
"""The label or annotation by which the owner of a Secret says what it is worth."""

VALUES = ("low", "medium", "high", "control")
"""The values of that label."""


class SecretAnnotations(Annotations, frozen=True, gc=False):
    """The annotations of a Secret: its Helm release, its value, and what is copied where."""

    release_name: str | None = field(default=None, name="meta.helm.sh/release-name")
    release_namespace: str | None = field(default=None, name="meta.helm.sh/release-namespace")
    value: object = field(default=None, name=VALUE_LABEL)
    value_reason: object = field(default=None, name="rbacgraph.io/value-reason")
    reflector_allows: object = field(
        default=None, name="reflector.v1.k8s.emberstack.com/reflection-allowed"
    )
    reflector_namespaces: object = field(
        default=None, name="reflector.v1.k8s.emberstack.com/reflection-allowed-namespaces"
    )
    reflector_selector: object = field(
        default=None, name="reflector.v1.k8s.emberstack.com/reflection-allowed-namespaces-selector"
    )
    replicator_allows: object = field(
        default=None, name="replicator.v1.mittwald.de/replication-allowed"
    )
    replicator_namespaces: object = field(
        default=None, name="replicator.v1.mittwald.de/replication-allowed-namespaces"
    )
    reflects: object = field(default=None, name="reflector.v1.k8s.emberstack.com/reflects")
    reflected_version: object = field(
        default=None, name="reflector.v1.k8s.emberstack.com/reflected-version"
    )
    reflector_auto: object = field(
        default=None, name="reflector.v1.k8s.emberstack.com/reflection-auto-enabled"
    )
    reflector_auto_namespaces: object = field(
        default=None, name="reflector.v1.k8s.emberstack.com/reflection-auto-namespaces"
    )
    reflector_auto_selector: object = field(
        default=None, name="reflector.v1.k8s.emberstack.com/reflection-auto-namespaces-selector"
    )
    replicates: object = field(default=None, name="replicator.v1.mittwald.de/replicate-from")
    replicated_version: object = field(
        default=None, name="replicator.v1.mittwald.de/replicated-from-version"
    )
    replicator_to: object = field(default=None, name="replicator.v1.mittwald.de/replicate-to")
    replicator_to_matching: object = field(
        default=None, name="replicator.v1.mittwald.de/replicate-to-matching"
    )
    syncer_to: object = field(default=None, name="kubed.appscode.com/sync")


class SecretLabels(Struct, frozen=True, gc=False, omit_defaults=True):
    """The labels of a Secret that show its purpose, and what it is a copy of."""

    argocd_type: str | None = field(default=None, name="argocd.argoproj.io/secret-type")
    sealed_secrets_key: str | None = field(
        default=None, name="sealedsecrets.bitnami.com/sealed-secrets-key"
    )
    invalid_since: str | None = field(default=None, name="kubernetes.io/legacy-token-invalid-since")
    part_of: object = field(default=None, name="app.kubernetes.io/part-of")
    value: object = field(default=None, name=VALUE_LABEL)
    cluster_api_name: object = field(default=None, name="cluster.x-k8s.io/cluster-name")
    istio_cluster: object = field(default=None, name="istio/multiCluster")
    kamaji_name: object = field(default=None, name="kamaji.clastix.io/name")
    rancher_name: object = field(default=None, name="rke.cattle.io/cluster-name")
    vcluster_name: object = field(default=None, name="vcluster-name")
    kyverno_policy: object = field(default=None, name="generate.kyverno.io/policy-name")
    kyverno_policy_namespace: object = field(
        default=None, name="generate.kyverno.io/policy-namespace"
    )
    kyverno_source_namespace: object = field(
        default=None, name="generate.kyverno.io/source-namespace"
    )
    kyverno_source_name: object = field(default=None, name="generate.kyverno.io/source-name")
    kyverno_source_uid: object = field(default=None, name="generate.kyverno.io/source-uid")
    syncer_namespace: object = field(default=None, name="kubed.appscode.com/origin.namespace")
    syncer_name: object = field(default=None, name="kubed.appscode.com/origin.name")

    @property
    def of_a_cluster(self) -> bool:
        """Whether it has one of those labels that mark a credential of a cluster."""
        return any(
            value is not None
            for value in (
                self.argocd_type,
                self.cluster_api_name,
                self.istio_cluster,
                self.kamaji_name,
                self.rancher_name,
                self.vcluster_name,
            )
        )

    @property
    def of_clusters(self) -> dict[str, str]:
        """All labels that are strings, by their keys."""
        held = zip(self.__struct_encode_fields__, astuple(self), strict=True)
        return {key: value for key, value in held if isinstance(value, str)}


class AccountAnnotations(Annotations, frozen=True, gc=False):
    """The annotations of a ServiceAccount: its identity in a cloud, and its Helm release."""

    aws_role: str | None = field(default=None, name="eks.amazonaws.com/role-arn")
    aws_audience: str | None = field(default=None, name="eks.amazonaws.com/audience")
    azure_client: str | None = field(default=None, name="azure.workload.identity/client-id")
    google_account: str | None = field(default=None, name="iam.gke.io/gcp-service-account")
    release_name: object = field(default=None, name="meta.helm.sh/release-name")
    release_namespace: object = field(default=None, name="meta.helm.sh/release-namespace")


class AccountLabels(Struct, frozen=True, gc=False, omit_defaults=True):
    """The labels of a ServiceAccount that show which project's it is."""

    name: object = field(default=None, name="app.kubernetes.io/name")
    part_of: object = field(default=None, name="app.kubernetes.io/part-of")
    component: object = field(default=None, name="app.kubernetes.io/component")
    instance: object = field(default=None, name="app.kubernetes.io/instance")
    chart: object = field(default=None, name="helm.sh/chart")
    app: object = None
    k8s_app: object = field(default=None, name="k8s-app")

    def as_mapping(self) -> dict[str, object]:
        """Return those that it has, by their keys."""
        held = zip(self.__struct_encode_fields__, astuple(self), strict=True)
        return {key: value for key, value in held if value is not None}


class SealedAnnotations(Struct, frozen=True, gc=False, omit_defaults=True):
    """The annotations of a SealedSecret that widen where it can be unsealed."""

    cluster_wide: object = field(default=None, name="sealedsecrets.bitnami.com/cluster-wide")
    namespace_wide: object = field(default=None, name="sealedsecrets.bitnami.com/namespace-wide")


class OwnerReference(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``metadata.ownerReferences[]``."""

    kind: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    controller: bool | None = None


class ObjectMeta(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``metadata`` of an object; a cluster-scoped object has namespace ``""``."""

    name: str = ""
    namespace: str = ""
    uid: str = ""


class SealedMeta(ObjectMeta, frozen=True, gc=False, rename="camel"):
    """``metadata`` of a SealedSecret."""

    annotations: SealedAnnotations | None = None


class LabelledMeta(ObjectMeta, frozen=True, gc=False, rename="camel"):
    """``metadata`` of objects whose labels matter (Namespace, ClusterRole)."""

    labels: dict[str, str] | None = None


class NodeAnnotations(Struct, frozen=True, gc=False, omit_defaults=True):
    """The annotations by which Cluster API marks the Nodes of a cluster that it makes."""

    cluster_name: object = field(default=None, name="cluster.x-k8s.io/cluster-name")
    cluster_namespace: object = field(default=None, name="cluster.x-k8s.io/cluster-namespace")


class NodeMeta(LabelledMeta, frozen=True, gc=False, rename="camel"):
    """``metadata`` of a Node: its labels, and whose cluster it is in."""

    annotations: NodeAnnotations | None = None


class NamespaceMeta(LabelledMeta, frozen=True, gc=False, rename="camel"):
    """``metadata`` of a Namespace: its labels, and whether it is being deleted."""

    deletion_timestamp: object = None


class RbacAnnotations(Struct, frozen=True, gc=False, omit_defaults=True):
    """Annotations of a role or binding that show which tool keeps restoring it.

    ``reconcile_protect`` is the opposite of ``autoupdate`` in OpenShift's form.
    """

    autoupdate: object = field(default=None, name="rbac.authorization.kubernetes.io/autoupdate")
    reconcile_protect: object = field(default=None, name="openshift.io/reconcile-protect")
    release_name: object = field(default=None, name="meta.helm.sh/release-name")
    release_namespace: object = field(default=None, name="meta.helm.sh/release-namespace")
    argocd_tracking: object = field(default=None, name="argocd.argoproj.io/tracking-id")


class RbacMeta(ObjectMeta, frozen=True, gc=False, rename="camel"):
    """``metadata`` of a role or binding, with the tool that manages it.

    Labels that are not strings are ignored; they are no reason to refuse the object.
    """

    labels: dict[str, object] | None = None
    annotations: RbacAnnotations | None = None
    owner_references: tuple[OwnerReference, ...] | None = None


class ClusterRoleMeta(LabelledMeta, frozen=True, gc=False, rename="camel"):
    """``metadata`` of a ClusterRole: its labels decide which ClusterRoles aggregate it."""

    annotations: RbacAnnotations | None = None
    owner_references: tuple[OwnerReference, ...] | None = None


class AnnotatedMeta(ObjectMeta, frozen=True, gc=False, rename="camel"):
    """``metadata`` of a ServiceAccount: its annotations, and whether it is being deleted.

    ``marks`` are the labels that show which project's it is.
    """

    annotations: AccountAnnotations | None = None
    deletion_timestamp: object = None
    marks: AccountLabels | None = field(default=None, name="labels")


class SecretMeta(ObjectMeta, frozen=True, gc=False, rename="camel"):
    """``metadata`` of a Secret."""

    annotations: SecretAnnotations | None = None
    labels: SecretLabels | None = None
    deletion_timestamp: object = None
    owner_references: tuple[OwnerReference, ...] | None = None

    @property
    def said_value(self) -> object:
        """What its label, else its annotation, says that it is worth; None for nothing."""
        by_label = self.labels.value if self.labels else None
        return (self.annotations and self.annotations.value) if by_label is None else by_label

    @property
    def value_level(self) -> str | None:
        """The same as the name of a level; None if it says nothing, or no level."""
        said = self.said_value
        return str(said).upper() if said in VALUES else None

    @property
    def value_reason(self) -> str:
        """Why it has this value, as its annotation says."""
        said = self.annotations.value_reason if self.annotations else None
        return said if isinstance(said, str) else ""


class OwnedMeta(ObjectMeta, frozen=True, gc=False, rename="camel"):
    """``metadata`` of objects that controllers make (Pods and workloads).

    Labels that are not strings are ignored; they are no reason to refuse the object.
    """

    labels: dict[str, object] | None = None
    annotations: Annotations | None = None
    owner_references: tuple[OwnerReference, ...] | None = None
    deletion_timestamp: object = None


class LabelSelectorRequirement(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``matchExpressions[]`` of a label selector."""

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] | None = None


class LabelSelector(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """A ``meta/v1`` LabelSelector; the empty one matches everything."""

    match_labels: dict[str, str] | None = None
    match_expressions: tuple[LabelSelectorRequirement, ...] | None = None


class Object(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel", kw_only=True):
    """Base of every Kubernetes object.

    ``origin`` is the place where it was read, packed by :func:`pack_origin`; 0 for objects that no
    file holds (assumed or inferred ones).
    """

    metadata: ObjectMeta
    origin: int = field(default=0, name="(origin)")


_LINE_BITS = 40


def pack_origin(file: int, line: int) -> int:
    """Pack a file's index in :attr:`Snapshot.files` and a 1-based line into one integer.

    Examples
    --------
    >>> unpack_origin(pack_origin(2, 17))
    (2, 17)
    """
    return (file + 1) << _LINE_BITS | line


def unpack_origin(origin: int) -> tuple[int, int]:
    """Return ``(file index, line)`` of a packed origin; the file index is -1 if there is none."""
    return (origin >> _LINE_BITS) - 1, origin & ((1 << _LINE_BITS) - 1)
