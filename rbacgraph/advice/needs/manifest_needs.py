"""Reads needs from manifests of roles and bindings, as charts ship them."""

from collections.abc import Iterator

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.prepare import prepare
from rbacgraph.authz.subjects import subject_node
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.required_requests import Stated
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole
from rbacgraph.model.node import format_node


def stated_by(manifests: Snapshot) -> Iterator[Stated | Diagnostic]:
    """Yield what roles state, for the subjects of the bindings among the manifests.

    Without any binding, a Role states needs of the principal in question, in its namespace; a
    ClusterRole in all namespaces.

    ``manifests``: only the roles and bindings of the manifests.
    """
    authorizer = Authorizer(prepare(manifests, bootstrap=False))
    roles: tuple[AnyRole, ...] = (*manifests.roles, *authorizer.snapshot.cluster_roles)
    if not authorizer.bindings:
        for role in roles:
            yield from _of(manifests, role, "", role.metadata.namespace)
    bound: set[int] = set()
    for binding in authorizer.bindings:
        found = authorizer.roles_of(binding)
        if not found:
            yield _without_role(manifests, binding)
        for role in found:
            bound.add(id(role))
            yield from _bound(manifests, binding, role)
    for role in roles if authorizer.bindings else ():
        if id(role) not in bound:
            yield _unbound(manifests, role)


def _bound(manifests: Snapshot, binding: AnyBinding, role: AnyRole) -> Iterator[Stated]:
    scope = binding.metadata.namespace
    for subject in binding.subjects or ():
        node = subject_node(subject, scope)
        if node is not None:
            yield from _of(manifests, role, format_node(node), scope)


def _of(manifests: Snapshot, role: AnyRole, principal: str, scope: str) -> Iterator[Stated]:
    file, line = manifests.where(role)
    for rule in role.rules or ():
        yield Stated(principal=principal, rule=rule, namespace=scope, file=file, line=line)


def _without_role(manifests: Snapshot, binding: AnyBinding) -> Diagnostic:
    name, ref = binding.metadata.name, binding.role_ref
    return Diagnostic(
        *manifests.where(binding),
        "need-without-role",
        f"{type(binding).__name__} {name} grants {ref.kind} {ref.name}, which is not there",
        "what it grants was not taken as needed; add the role",
    )


def _unbound(manifests: Snapshot, role: AnyRole) -> Diagnostic:
    return Diagnostic(
        *manifests.where(role),
        "need-of-nobody",
        f"{type(role).__name__} {role.metadata.name} is bound to nobody here",
        "what it allows was not taken as needed",
        "note",
    )
