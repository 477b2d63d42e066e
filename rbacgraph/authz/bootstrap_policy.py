"""Adds the roles and bindings that every API server creates, if the input lacks them.

The data comes from an API server v1.36. It marks known differences of earlier versions with
``since`` and ``until``, both inclusive; those that concern Secrets are:

* ``edit`` and ``admin`` may create ``serviceaccounts/token`` since v1.24
  (kubernetes pull request 107880);
* ``system:controller:legacy-service-account-token-cleaner``, which may patch and delete
  Secrets, exists since v1.29, when its feature gate came on by default;
* ``persistent-volume-binder`` and ``expand-controller`` may get Secrets until v1.31
  (pull request 125995).

For another version rbacgraph uses the nearest known state, and a diagnostic says so.

Source: kubernetes ``plugin/pkg/auth/authorizer/rbac/bootstrappolicy``.
"""

from functools import cache

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.snapshot import NEWEST_KUBERNETES, OLDEST_KUBERNETES, Snapshot
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.meta import RbacAnnotations
from rbacgraph.model.packaged import packaged

RECORDED = NEWEST_KUBERNETES
"""The version of the API server that the data comes from."""

CHECKED = OLDEST_KUBERNETES
"""The earliest version whose differences were examined."""

_UPDATED = RbacAnnotations(autoupdate="true")

_KINDS: dict[str, type[rbac.AnyRole | rbac.AnyBinding]] = {
    kind.__name__: kind
    for kind in (rbac.ClusterRole, rbac.ClusterRoleBinding, rbac.Role, rbac.RoleBinding)
}


class _Span(Struct, frozen=True):
    """The versions in which an object or rule exists, both inclusive."""

    since: str = "0.0"
    until: str = "999.0"

    def holds(self, version: tuple[int, int]) -> bool:
        return _numbers(self.since) <= version <= _numbers(self.until)


class _Head(_Span, frozen=True, kw_only=True):
    """The fields of the data besides the object itself."""

    kind: str
    rules: tuple[_Span, ...] = ()


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


@cache
def bootstrap_objects(
    version: tuple[int, int] = RECORDED,
) -> tuple[rbac.AnyRole | rbac.AnyBinding, ...]:
    """Return the roles and bindings that this version of the API server creates, all assumed.

    Aggregated ClusterRoles have no rules yet.
    """
    data = packaged("rbacgraph.authz", "data/bootstrap.json")
    objects: list[rbac.AnyRole | rbac.AnyBinding] = []
    for raw in msgspec.json.decode(data, type=list[msgspec.Raw]):
        head = msgspec.json.decode(raw, type=_Head)
        if not head.holds(version):
            continue
        obj = msgspec.json.decode(raw, type=_KINDS[head.kind])
        obj = replace(obj, metadata=replace(obj.metadata, annotations=_UPDATED))
        if isinstance(obj, rbac.Role | rbac.ClusterRole):
            spans = zip(head.rules, obj.rules or (), strict=True)
            rules = tuple(rule for span, rule in spans if span.holds(version))
            objects.append(replace(obj, rules=rules or None, assumed=True))
        else:
            objects.append(replace(obj, assumed=True))
    return tuple(objects)


def with_bootstrap(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with the bootstrap roles and bindings it lacks, marked as assumed.

    An object of the input wins over the assumed one of its name, and nothing is assumed of a kind
    that a server listed completely. Aggregated roles stay empty until
    :func:`rbacgraph.authz.aggregate.aggregate`.
    """
    version = snapshot.kubernetes_version or RECORDED
    added = lacking(snapshot)
    diagnostics = (_nearest(version),) if added and version != RECORDED else ()
    return replace(
        snapshot,
        diagnostics=(*snapshot.diagnostics, *diagnostics),
        cluster_roles=(
            *snapshot.cluster_roles,
            *(obj for obj in added if isinstance(obj, rbac.ClusterRole)),
        ),
        cluster_role_bindings=(
            *snapshot.cluster_role_bindings,
            *(obj for obj in added if isinstance(obj, rbac.ClusterRoleBinding)),
        ),
        roles=(*snapshot.roles, *(obj for obj in added if isinstance(obj, rbac.Role))),
        role_bindings=(
            *snapshot.role_bindings,
            *(obj for obj in added if isinstance(obj, rbac.RoleBinding)),
        ),
    )


def lacking(snapshot: Snapshot) -> tuple[rbac.AnyRole | rbac.AnyBinding, ...]:
    """Return the bootstrap roles and bindings that may exist though the input lacks them.

    Those of a kind that a server listed completely do not exist; a binding exists only together
    with its role.
    """
    unlisted = [
        obj
        for obj in bootstrap_objects(snapshot.kubernetes_version or RECORDED)
        if not snapshot.is_listed(type(obj).__name__, obj.metadata.namespace)
    ]
    if not unlisted:
        return ()
    held = {_key(obj) for obj in _rbac(snapshot)}
    found = [obj for obj in unlisted if _key(obj) not in held]
    roles = held | {_key(obj) for obj in found if isinstance(obj, rbac.Role | rbac.ClusterRole)}
    return tuple(obj for obj in found if _leads_to(obj, roles))


def _rbac(snapshot: Snapshot) -> tuple[rbac.AnyRole | rbac.AnyBinding, ...]:
    return (
        *snapshot.cluster_roles,
        *snapshot.cluster_role_bindings,
        *snapshot.roles,
        *snapshot.role_bindings,
    )


def _key(obj: rbac.AnyRole | rbac.AnyBinding) -> tuple[str, str, str]:
    return type(obj).__name__, obj.metadata.namespace, obj.metadata.name


def _leads_to(obj: rbac.AnyRole | rbac.AnyBinding, roles: set[tuple[str, str, str]]) -> bool:
    """Whether an object is no binding, or one to an existing role."""
    if isinstance(obj, rbac.Role | rbac.ClusterRole):
        return True
    ref = obj.role_ref
    return (ref.kind, obj.metadata.namespace if ref.kind == "Role" else "", ref.name) in roles


def _nearest(version: tuple[int, int]) -> Diagnostic:
    text = f"v{version[0]}.{version[1]}"
    looked_into = CHECKED <= version < RECORDED
    known = "is known where it touches Secrets" if looked_into else "was not looked into"
    return Diagnostic(
        "",
        0,
        "bootstrap-policy-nearest",
        f"the roles and bindings that every API server creates were assumed as of v1.36;"
        f" how they differ in {text} {known}",
        "add the cluster's own ClusterRoles and ClusterRoleBindings to the input",
        "note",
    )
