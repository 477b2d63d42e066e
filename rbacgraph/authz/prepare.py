"""From what was read to the RBAC in force: bootstrap policy, aggregation, and what is wrong."""

from collections.abc import Iterator

from msgspec.structs import replace

from rbacgraph.authz.aggregate import aggregate
from rbacgraph.authz.bootstrap import with_bootstrap
from rbacgraph.authz.resolve import Authorizer
from rbacgraph.authz.validate import validate
from rbacgraph.model.diagnostic import Diagnostic
from rbacgraph.model.rbac import AnyBinding, AnyRole
from rbacgraph.model.snapshot import Snapshot


def prepare(snapshot: Snapshot, *, bootstrap: bool = True) -> Snapshot:
    """Make a snapshot ready for an :class:`Authorizer`.

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
        With these, with the rules of aggregated ClusterRoles, and with diagnostics on
        bindings and rules that no server would hold or that grant nothing.
    """
    whole = with_bootstrap(snapshot) if bootstrap else snapshot
    roles, diagnostics = aggregate(
        whole.cluster_roles, complete=whole.is_listed("ClusterRole"), where=whole.where
    )
    whole = replace(whole, cluster_roles=roles)
    return replace(
        whole, diagnostics=(*whole.diagnostics, *diagnostics, *diagnose(Authorizer(whole)))
    )


def diagnose(authorizer: Authorizer) -> Iterator[Diagnostic]:
    """Yield what is wrong with the roles and bindings of the input, in order."""
    snapshot = authorizer.snapshot
    roles: tuple[AnyRole, ...] = (*snapshot.cluster_roles, *snapshot.roles)
    for obj in (*roles, *authorizer.bindings):
        if obj.assumed:
            continue
        for error in validate(obj):
            file, line = snapshot.where(obj)
            text = f"{_name(obj)}: {error}"
            advice = "no API server accepts this; it was taken literally"
            yield Diagnostic(file, line, "invalid-rbac", text, advice)
    for binding in authorizer.dangling():
        if not binding.assumed and not any(e.startswith("roleRef") for e in validate(binding)):
            yield _dangling(snapshot, binding)


def _dangling(snapshot: Snapshot, binding: AnyBinding) -> Diagnostic:
    file, line = snapshot.where(binding)
    ref = binding.role_ref
    namespace = binding.metadata.namespace if ref.kind == "Role" else ""
    missing = "does not exist" if snapshot.is_listed(ref.kind, namespace) else "is not in the input"
    return Diagnostic(
        file,
        line,
        "dangling-role-ref",
        f"{_name(binding)} grants {ref.kind} {ref.name}, which {missing}",
        "it grants nothing as it stands, and whatever that role says once it is created",
    )


def _name(obj: AnyRole | AnyBinding) -> str:
    namespace, name = obj.metadata.namespace, obj.metadata.name
    return (
        f"{type(obj).__name__} {namespace}/{name}" if namespace else f"{type(obj).__name__} {name}"
    )
