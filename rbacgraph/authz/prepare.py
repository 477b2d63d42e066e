"""From what was read to the RBAC in force: bootstrap policy, then aggregation."""

from msgspec.structs import replace

from rbacgraph.authz.aggregate import aggregate
from rbacgraph.authz.bootstrap import with_bootstrap
from rbacgraph.model.snapshot import Snapshot


def prepare(snapshot: Snapshot, *, bootstrap: bool = True) -> Snapshot:
    """Make a snapshot ready for an :class:`rbacgraph.authz.resolve.Authorizer`.

    Parameters
    ----------
    snapshot:
        What was read.
    bootstrap:
        Whether to assume the roles and bindings that every API server creates where the
        input does not hold them.

    Returns
    -------
    Snapshot
        With these, with the rules of aggregated ClusterRoles filled in, and with diagnostics
        on what had to be guessed or ignored.
    """
    whole = with_bootstrap(snapshot) if bootstrap else snapshot
    roles, diagnostics = aggregate(
        whole.cluster_roles, complete=whole.is_listed("ClusterRole"), where=whole.where
    )
    return replace(whole, cluster_roles=roles, diagnostics=(*whole.diagnostics, *diagnostics))
