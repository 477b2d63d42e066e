"""Describes the basis of an answer: versions, edge kinds, assumptions, missing input."""

from collections.abc import Iterator, Sequence

from rbacgraph.authz.always_allow import opening
from rbacgraph.authz.bootstrap_policy import lacking
from rbacgraph.authz.versions.object_versions import object_versions
from rbacgraph.facts.admission.unread_webhooks import heeded, looking_at_pods
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.diagnostic import ASKED_HOW, UNLISTED
from rbacgraph.model.inputs.snapshot import NEWEST_KUBERNETES, Snapshot
from rbacgraph.model.inputs.unread import FEW, FORBIDDEN, refused_lists
from rbacgraph.model.kubernetes.pods import (
    ALWAYS_ALLOW,
    ALWAYS_ALLOW_BY_DEFAULT,
    AUTHORIZATION_CONFIG,
)
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole, ClusterRole, Role
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.techniques.catalogue import EDGES

_AUTHORIZERS = frozenset({"Node", "RBAC"})
_HEEDED = _AUTHORIZERS | {ALWAYS_ALLOW, ALWAYS_ALLOW_BY_DEFAULT}
_OTHERS = (
    ("service_accounts", "ServiceAccount"),
    ("pods", "Pod"),
)


def basis_of(graph: AccessGraph, limits: PathFilter, *more: str) -> Basis:
    """Return the basis of an answer from this graph, within this filter.

    ``more`` are the question's own assumptions, in sentences.
    """
    snapshot = graph.world.snapshot
    techniques = [(number, edge.id) for number, edge in enumerate(EDGES) if not edge.structural]
    version = snapshot.kubernetes_version
    return Basis(
        kubernetes_version=".".join(map(str, version or NEWEST_KUBERNETES)),
        edges=tuple(name for number, name in techniques if number not in limits.without),
        excluded=tuple(name for number, name in techniques if number in limits.without),
        assumptions=(
            *_assumptions(snapshot, limits),
            *_versions(graph),
            *filter(None, more),
        ),
        missing=tuple(_missing(snapshot)),
        diagnostics=len(snapshot.diagnostics),
        via=tuple(name for number, name in techniques if number in limits.via),
        certain=limits.certain,
    )


def _assumptions(snapshot: Snapshot, limits: PathFilter) -> Iterator[str]:
    if snapshot.kubernetes_version is None:
        newest = ".".join(map(str, NEWEST_KUBERNETES))
        yield f"Kubernetes {newest}: the input does not say which version"
    assumed = _count([obj for obj in _rbac(snapshot) if obj.assumed])
    if assumed:
        yield f"{assumed} that every API server creates and the input lacks"
    elif left_out := _count(lacking(snapshot)):
        yield f"none of the {left_out} that every API server creates and the input lacks"
    yield (
        f"the authorizers {_authorizers(snapshot)} alone{_unusual_authorizers(snapshot)}, "
        f"and no admission policy beyond the built-in ones{_heeded_policies(snapshot)}"
        f"{_unheeded_guards(looking_at_pods(snapshot))}"
    )
    if snapshot.refuses_anonymous:
        yield (
            "only impersonation makes a request system:anonymous or system:unauthenticated: the"
            " flags of the API servers refuse requests without credentials"
        )
    yield from (d.message for d in snapshot.diagnostics if d.code in ASKED_HOW)
    if limits.certain:
        yield "conditional edges are left out"


def _versions(graph: AccessGraph) -> Iterator[str]:
    """Yield how many objects the input holds in several versions."""
    world = graph.world
    objects = {
        *world.rbac.versions.several,
        *object_versions(world.snapshot),
        *(part.whole for part in world.running.found_runners.parts),
    }
    if objects:
        what = "1 object is" if len(objects) == 1 else f"{len(objects)} objects are"
        yield f"{what} as one of several versions that the input holds, which is not known"


def _rbac(snapshot: Snapshot) -> Iterator[AnyRole | AnyBinding]:
    yield from snapshot.cluster_roles
    yield from snapshot.roles
    yield from snapshot.cluster_role_bindings
    yield from snapshot.role_bindings


def _count(objects: Sequence[AnyRole | AnyBinding]) -> str:
    """Return the numbers of roles and bindings in words; empty if there are none."""
    roles = sum(isinstance(obj, Role | ClusterRole) for obj in objects)
    numbers = ((roles, "roles"), (len(objects) - roles, "bindings"))
    return " and ".join(
        f"{number} {noun if number > 1 else noun.removesuffix('s')}"
        for number, noun in numbers
        if number
    )


def _authorizers(snapshot: Snapshot) -> str:
    return "Node and RBAC" if opening(snapshot) is None else "Node, RBAC and AlwaysAllow"


def _unusual_authorizers(snapshot: Snapshot) -> str:
    """Return which authorizers or plugins an API server's flags name, or lack."""
    named = [flags.authorizers for _, flags in snapshot.api_servers if flags.authorizers]
    others = sorted({one for authorizers in named for one in authorizers} - _HEEDED)
    others += sorted({one for _, flags in snapshot.api_servers for one in flags.refusing})
    by_modes = [one for one in named if AUTHORIZATION_CONFIG not in one]
    lacks = sorted({one for one in _AUTHORIZERS for modes in by_modes if one not in modes})
    plugins = sorted({one for _, flags in snapshot.api_servers for one in flags.disabled})
    parts = [f"with {' and '.join(others)}"] if others else []
    parts += [f"without {' or '.join(lacks)}"] if lacks else []
    parts += [f"without {' and '.join(plugins)}"] if plugins else []
    return f", though an API server is started {' and '.join(parts)}" if parts else ""


def _heeded_policies(snapshot: Snapshot) -> str:
    """Return that some policies of the input are heeded; empty if there are none."""
    return " and those that conditions name" if heeded(snapshot) else ""


def _unheeded_guards(guards: int) -> str:
    """Return that some webhooks or policies were not heeded; empty if there are none."""
    if not guards:
        return ""
    look = "looks at Pods and" if guards == 1 else "look at Pods and"
    return f", though {guards} of the input {look} may refuse some"


def _missing(snapshot: Snapshot) -> Iterator[Condition]:
    yield from _missing_rbac(snapshot)
    for kind in sorted(snapshot.partial - {""}):
        if not snapshot.is_listed(kind):
            yield If.PAGES_ARE_READ(kind)
    yield from _unlisted(snapshot)
    errors = sum(d.severity == "error" and d.code not in UNLISTED for d in snapshot.diagnostics)
    if errors:
        yield If.ERRORS_ARE_MENDED(errors)
    if not snapshot.groups.keys() - {snapshot.me}:
        yield _unknown_members(snapshot)
    if snapshot.collected:
        return  # diagnostics list what a live cluster did not show
    if not snapshot.is_listed("Secret"):
        yield If.LISTS_ARE_SEEN("Secret", "")
    absent = [kind for field, kind in _OTHERS if not getattr(snapshot, field)]
    if absent:
        yield If.KINDS_ARE_READ(*absent)


def _unlisted(snapshot: Snapshot) -> Iterator[Condition]:
    """Yield what a live cluster did not show; many refused lists as one."""
    refused = refused_lists(snapshot.unread)
    if len(refused) > FEW:
        yield If.LISTS_ARE_ALLOWED(*refused)
    for one in snapshot.diagnostics:
        if one.code in UNLISTED and (one.code != FORBIDDEN or len(refused) <= FEW):
            yield If.LIST_IS_GIVEN(one.message)


def _unknown_members(snapshot: Snapshot) -> Condition:
    """Return how rbacgraph could know the members of groups."""
    if snapshot.security_context_constraints and not snapshot.is_listed("Group"):
        return If.GROUPS_ARE_DUMPED()
    return If.GROUP_MEMBERS_ARE_GIVEN()


def _missing_rbac(snapshot: Snapshot) -> Iterator[Condition]:
    """Yield the kinds that the input lacks, unless a server listed them."""
    absent = {
        kind
        for kind, objects in (
            ("Role", snapshot.roles),
            ("ClusterRole", snapshot.cluster_roles),
            ("RoleBinding", snapshot.role_bindings),
            ("ClusterRoleBinding", snapshot.cluster_role_bindings),
        )
        if not snapshot.is_listed(kind) and all(obj.assumed for obj in objects)
    }
    if {"RoleBinding", "ClusterRoleBinding"} <= absent:
        yield If.BINDINGS_ARE_READ()
        return
    for kind in ("RoleBinding", "ClusterRoleBinding", "Role", "ClusterRole"):
        if kind in absent:
            yield If.KINDS_ARE_READ(kind)
