"""Prepares the RBAC in force: bootstrap policy, then aggregation."""

from collections.abc import Iterator

from msgspec.structs import replace

from rbacgraph.authz.aggregate import aggregate
from rbacgraph.authz.bootstrap_policy import with_bootstrap
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.snapshot import Snapshot


def prepare(snapshot: Snapshot, *, bootstrap: bool = True) -> Snapshot:
    """Return a snapshot that is ready for an :class:`rbacgraph.authz.authorizer.Authorizer`.

    ``bootstrap``: whether to assume the roles and bindings that every API server creates, if the
        input lacks them.
    Returns the input with these objects, with the rules of aggregated ClusterRoles, and with
        diagnostics about guesses and ignored values.
    """
    whole = with_bootstrap(snapshot) if bootstrap else snapshot
    whole = whole.with_diagnostics((*whole.diagnostics, *_without_bindings(snapshot)))
    roles, diagnostics = aggregate(
        whole.cluster_roles, complete=whole.is_listed("ClusterRole"), where=whole.where
    )
    return replace(whole, cluster_roles=roles, diagnostics=(*whole.diagnostics, *diagnostics))


def _without_bindings(snapshot: Snapshot) -> Iterator[Diagnostic]:
    """Warn of an input with objects but no bindings, unless bindings were listed."""
    listed = snapshot.is_listed("RoleBinding") or snapshot.is_listed("ClusterRoleBinding")
    bound = snapshot.role_bindings or snapshot.cluster_role_bindings
    held = snapshot.secrets or snapshot.pods or snapshot.workloads or snapshot.service_accounts
    if held and not bound and not listed:
        yield Diagnostic(
            "",
            0,
            "no-bindings",
            "the input holds no RoleBindings or ClusterRoleBindings: nobody's rights can be seen",
            "add them: kubectl get rolebindings,clusterrolebindings,roles,clusterroles -A -o json",
        )
