"""Describes the basis of an answer: versions, edge kinds, assumptions, missing input."""

from collections.abc import Iterator, Sequence
from itertools import chain

from rbacgraph.authz.always_allow import opening
from rbacgraph.authz.bootstrap_policy import lacking
from rbacgraph.authz.versions.object_versions import object_versions
from rbacgraph.facts.admission.security_context_constraints import named_by, shows_openshift
from rbacgraph.facts.admission.unread_webhooks import heeded, looking_at_pods
from rbacgraph.facts.external.stores import Stores
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.assumption import Assume, Assumption, Authorizing
from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.diagnostic import ASKED_HOW, UNLISTED
from rbacgraph.model.inputs.snapshot import NEWEST_KUBERNETES, Snapshot
from rbacgraph.model.inputs.unread import FEW, FORBIDDEN, refused_lists
from rbacgraph.model.kubernetes.openshift import CONSTRAINTS
from rbacgraph.model.kubernetes.pods import ALWAYS_ALLOW
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole, ClusterRole, Role
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.techniques.catalogue import EDGES

_AUTHORIZERS = frozenset({"Node", "RBAC"})
_HEEDED = _AUTHORIZERS | {ALWAYS_ALLOW}
_OTHERS = (
    ("service_accounts", "ServiceAccount"),
    ("pods", "Pod"),
)


def basis_of(graph: AccessGraph, limits: PathFilter, *more: Assumption) -> Basis:
    """Return the basis of an answer from this graph, within this filter.

    ``more`` are the question's own assumptions.
    """
    snapshot, stores = graph.world.snapshot, graph.world.part(Stores)
    techniques = [(number, edge.id) for number, edge in enumerate(EDGES) if not edge.structural]
    version = snapshot.kubernetes_version
    return Basis(
        kubernetes_version=".".join(map(str, version or NEWEST_KUBERNETES)),
        edges=tuple(name for number, name in techniques if number not in limits.without),
        excluded=tuple(name for number, name in techniques if number in limits.without),
        assumptions=(
            *_assumptions(snapshot, limits),
            *_versions(graph),
            *chain.from_iterable(store.assumed() for store in stores),
            *more,
        ),
        missing=(
            *chain.from_iterable(store.missing() for store in stores),
            *_missing(snapshot),
        ),
        diagnostics=len(snapshot.diagnostics),
        via=tuple(name for number, name in techniques if number in limits.via),
        certain=limits.certain,
    )


def _assumptions(snapshot: Snapshot, limits: PathFilter) -> Iterator[Assumption]:
    if snapshot.kubernetes_version is None:
        yield Assume.NEWEST_KUBERNETES(".".join(map(str, NEWEST_KUBERNETES)))
    assumed = [obj for obj in _rbac(snapshot) if obj.assumed]
    if assumed:
        yield Assume.DEFAULTS_ARE_THERE(*_counts(assumed))
    elif left_out := lacking(snapshot):
        yield Assume.DEFAULTS_ARE_NOT_THERE(*_counts(left_out))
    yield _authorizers(snapshot)
    by_name = named_by(snapshot)
    if by_name:
        yield Assume.OPENSHIFT_BY_NAME(by_name)
    elif shows_openshift(snapshot) and not snapshot.is_listed(CONSTRAINTS):
        yield Assume.OPENSHIFT_AS_SHIPPED()
    if snapshot.refuses_anonymous:
        yield Assume.ANONYMOUS_IS_REFUSED()
    yield from (
        Assume.ASKED_LIKE_THIS(d.message) for d in snapshot.diagnostics if d.code in ASKED_HOW
    )
    if limits.certain:
        yield Assume.NOTHING_CONDITIONAL()


def _versions(graph: AccessGraph) -> Iterator[Assumption]:
    """Yield how many objects the input holds in several versions."""
    world = graph.world
    objects = {
        *world.rbac.versions.several,
        *object_versions(world.snapshot),
        *(part.whole for part in world.running.found_runners.parts),
    }
    if objects:
        yield Assume.ONE_OF_SEVERAL_VERSIONS(len(objects))


def _rbac(snapshot: Snapshot) -> Iterator[AnyRole | AnyBinding]:
    yield from snapshot.cluster_roles
    yield from snapshot.roles
    yield from snapshot.cluster_role_bindings
    yield from snapshot.role_bindings


def _counts(objects: Sequence[AnyRole | AnyBinding]) -> tuple[int, int]:
    """Return the numbers of roles and bindings."""
    roles = sum(isinstance(obj, Role | ClusterRole) for obj in objects)
    return roles, len(objects) - roles


def _authorizers(snapshot: Snapshot) -> Assumption:
    """Return which authorizers and policies decide, and which others the input shows."""
    servers = [flags for _, flags in snapshot.api_servers]
    modes = {mode for flags in servers for mode in flags.authorizers}
    by_modes = [f for f in servers if not f.authorizer_file and (f.authorizers or f.no_authorizer)]
    lacks = {one for one in _AUTHORIZERS for flags in by_modes if one not in flags.authorizers}
    found = Authorizing(
        always_allows=opening(snapshot) is not None,
        others=tuple(sorted(modes - _HEEDED)),
        by_file=any(flags.authorizer_file for flags in servers),
        refusing=tuple(sorted({one for flags in servers for one in flags.refusing})),
        lacks=tuple(sorted(lacks)),
        disabled=tuple(sorted({one for flags in servers for one in flags.disabled})),
        heeded=heeded(snapshot),
        guards=looking_at_pods(snapshot),
    )
    return Assume.AUTHORIZERS(found)


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
