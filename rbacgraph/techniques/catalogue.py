"""The catalogue of edges, one file per kind. To add one: its file, and a line below."""

from collections.abc import Mapping

from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.techniques.admission import (
    mutating_admission_policy,
    mutating_webhook,
    validating_webhook,
    webhook_backend,
)
from rbacgraph.techniques.impersonation import (
    impersonate_constrained,
    impersonate_group,
    impersonate_serviceaccount,
    impersonate_user,
)
from rbacgraph.techniques.kubelet import (
    bind_pod,
    hosts_pod,
    kubelet_credential,
    node_reads_secret,
    node_requests_token,
)
from rbacgraph.techniques.new_pods import (
    add_pull_secret,
    apply_workload,
    create_pod,
    create_workload,
    update_workload,
)
from rbacgraph.techniques.nodes import (
    control_plane_host,
    create_persistentvolume,
    create_privileged_pod,
    escape_to_node,
    host_files,
    mount_persistentvolume,
    relabel_namespace,
    volume_secret,
)
from rbacgraph.techniques.operators import (
    create_custom_workload,
    operator_deputy,
    operator_sends_secret,
    update_custom_workload,
)
from rbacgraph.techniques.outside import (
    cloud_identity,
    cluster_credential,
    mapped_by_aws_auth,
    registry_login,
)
from rbacgraph.techniques.rbac_writes import (
    aggregate_role,
    bind_role,
    edit_aws_auth,
    escalate_role,
    join_group,
    mutate_binding,
    revive_binding,
    revive_serviceaccount,
)
from rbacgraph.techniques.read import (
    delete_secret,
    delete_secrets,
    etcd_client,
    helm_release,
    patch_secret,
    policy_parameters,
    read_configmap,
    read_secret,
    unseal,
)
from rbacgraph.techniques.running_pods import (
    attach,
    ephemeral_container,
    exec,  # noqa: A004 - the subresource's own name
    mounts_secret,
    node_proxy,
    patch_pod,
    pod_proxy,
    port_forward,
    runs_as,
    service_proxy,
)
from rbacgraph.techniques.spec.conjunction import JointEdge
from rbacgraph.techniques.spec.technique import EdgeKind, ObjectEdge, RuleEdge
from rbacgraph.techniques.structure import (
    always_allow,
    bound_by,
    contains,
    grants,
    holds,
    member_of,
    needs,
    system_masters,
)
from rbacgraph.techniques.tokens import (
    annotate_token_secret,
    approve_csr,
    automount_token,
    bootstrap_token_of,
    create_token_secret,
    node_client_csr,
    request_token,
    token_of,
    update_token_secret,
    write_bootstrap_token,
)

EDGES: tuple[ObjectEdge | RuleEdge | JointEdge, ...] = (
    member_of.EDGE,
    bound_by.EDGE,
    grants.EDGE,
    contains.EDGE,
    holds.EDGE,
    needs.EDGE,
    system_masters.EDGE,
    always_allow.EDGE,
    read_secret.EDGE,
    patch_secret.EDGE,
    delete_secret.EDGE,
    delete_secrets.EDGE,
    mounts_secret.EDGE,
    node_reads_secret.EDGE,
    token_of.EDGE,
    bootstrap_token_of.EDGE,
    read_configmap.EDGE,
    helm_release.EDGE,
    unseal.EDGE,
    etcd_client.EDGE,
    cluster_credential.EDGE,
    cloud_identity.EDGE,
    mapped_by_aws_auth.EDGE,
    registry_login.EDGE,
    runs_as.EDGE,
    hosts_pod.EDGE,
    escape_to_node.EDGE,
    host_files.EDGE,
    control_plane_host.EDGE,
    kubelet_credential.EDGE,
    node_requests_token.EDGE,
    request_token.EDGE,
    annotate_token_secret.EDGE,
    impersonate_serviceaccount.EDGE,
    impersonate_user.EDGE,
    impersonate_group.EDGE,
    impersonate_constrained.EDGE,
    exec.EDGE,
    attach.EDGE,
    node_proxy.EDGE,
    ephemeral_container.EDGE,
    patch_pod.EDGE,
    port_forward.EDGE,
    pod_proxy.EDGE,
    service_proxy.EDGE,
    bind_pod.EDGE,
    volume_secret.EDGE,
    add_pull_secret.EDGE,
    automount_token.EDGE,
    create_pod.EDGE,
    create_workload.EDGE,
    apply_workload.EDGE,
    create_privileged_pod.EDGE,
    relabel_namespace.EDGE,
    create_persistentvolume.EDGE,
    mount_persistentvolume.EDGE,
    create_token_secret.EDGE,
    update_token_secret.EDGE,
    write_bootstrap_token.EDGE,
    approve_csr.EDGE,
    node_client_csr.EDGE,
    bind_role.EDGE,
    escalate_role.EDGE,
    aggregate_role.EDGE,
    revive_binding.EDGE,
    revive_serviceaccount.EDGE,
    edit_aws_auth.EDGE,
    join_group.EDGE,
    update_workload.EDGE,
    create_custom_workload.EDGE,
    update_custom_workload.EDGE,
    operator_deputy.EDGE,
    operator_sends_secret.EDGE,
    policy_parameters.EDGE,
    mutating_admission_policy.EDGE,
    mutating_webhook.EDGE,
    validating_webhook.EDGE,
    webhook_backend.EDGE,
    mutate_binding.EDGE,
)

KINDS: Mapping[str, int] = {edge.id: number for number, edge in enumerate(EDGES)}
"""Number of each edge kind in the catalogue."""


def pages() -> tuple[EdgePage, ...]:
    """Return every edge kind's page, in the catalogue's order.

    Examples
    --------
    >>> pages()[8].id
    'read-secret'
    """
    return tuple(
        EdgePage(edge.id, edge.summary, edge.effort, edge.certainty, edge.page) for edge in EDGES
    )


__all__ = ["EDGES", "KINDS", "EdgeKind", "JointEdge", "ObjectEdge", "RuleEdge", "pages"]
