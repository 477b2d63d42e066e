"""The catalogue of edges, one file per kind. To add one: its file, and a line below."""

from collections.abc import Mapping

from rbacgraph.edges import (
    annotate_token_secret,
    approve_csr,
    attach,
    bind_role,
    bootstrap_token_of,
    bound_by,
    cloud_identity,
    cluster_credential,
    contains,
    control_plane_host,
    create_custom_workload,
    create_persistentvolume,
    create_pod,
    create_privileged_pod,
    create_token_secret,
    create_workload,
    delete_secret,
    delete_secrets,
    edit_aws_auth,
    ephemeral_container,
    escape_to_node,
    exec,  # noqa: A004 - the subresource's own name
    grants,
    helm_release,
    holds,
    host_files,
    hosts_pod,
    impersonate_constrained,
    impersonate_group,
    impersonate_serviceaccount,
    impersonate_user,
    kubelet_credential,
    mapped_by_aws_auth,
    member_of,
    mounts_secret,
    mutating_admission_policy,
    mutating_webhook,
    needs,
    node_client_csr,
    node_proxy,
    node_reads_secret,
    node_requests_token,
    operator_deputy,
    patch_pod,
    patch_secret,
    pod_proxy,
    policy_parameters,
    port_forward,
    read_configmap,
    read_secret,
    registry_login,
    relabel_namespace,
    request_token,
    runs_as,
    service_proxy,
    system_masters,
    token_of,
    unseal,
    update_custom_workload,
    update_token_secret,
    update_workload,
    validating_webhook,
    write_bootstrap_token,
)
from rbacgraph.edges.base import EdgeKind, ObjectEdge, RuleEdge
from rbacgraph.edges.joint import JointEdge
from rbacgraph.model.results import EdgePage

EDGES: tuple[ObjectEdge | RuleEdge | JointEdge, ...] = (
    member_of.EDGE,
    bound_by.EDGE,
    grants.EDGE,
    contains.EDGE,
    holds.EDGE,
    needs.EDGE,
    system_masters.EDGE,
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
    create_pod.EDGE,
    create_workload.EDGE,
    create_privileged_pod.EDGE,
    relabel_namespace.EDGE,
    create_persistentvolume.EDGE,
    create_token_secret.EDGE,
    update_token_secret.EDGE,
    write_bootstrap_token.EDGE,
    approve_csr.EDGE,
    node_client_csr.EDGE,
    bind_role.EDGE,
    edit_aws_auth.EDGE,
    update_workload.EDGE,
    create_custom_workload.EDGE,
    update_custom_workload.EDGE,
    operator_deputy.EDGE,
    policy_parameters.EDGE,
    mutating_admission_policy.EDGE,
    mutating_webhook.EDGE,
    validating_webhook.EDGE,
)

KINDS: Mapping[str, int] = {edge.id: number for number, edge in enumerate(EDGES)}
"""Number of each edge kind in the catalogue."""


def pages() -> tuple[EdgePage, ...]:
    """Return every edge kind's page, in the catalogue's order.

    Examples
    --------
    >>> pages()[7].id
    'read-secret'
    """
    return tuple(
        EdgePage(edge.id, edge.summary, edge.effort, edge.certainty, edge.page) for edge in EDGES
    )


__all__ = ["EDGES", "KINDS", "EdgeKind", "JointEdge", "ObjectEdge", "RuleEdge", "pages"]
