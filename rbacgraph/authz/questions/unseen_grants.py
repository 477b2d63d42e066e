"""Finds what may allow a request unseen: incomplete lists, versions, an API server."""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from rbacgraph.authz.always_allow import opening
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import Request, rule_allows
from rbacgraph.authz.subjects import MASTERS
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.diagnostic import UNLISTED
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.inputs.unread import OF_NO_RIGHT, PARTIAL_LIST, unread_of
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole, ClusterRole

_FEW = 3
_ROLES = frozenset({"ClusterRole", "Role"})
_EVERYWHERE = ("ClusterRole", "ClusterRoleBinding")
_IN_NAMESPACES = ("Role", "RoleBinding")


def unseen_rights(snapshot: Snapshot, namespace: str) -> tuple[Condition, ...]:
    """Return what may give anyone rights in a namespace but is not in the input.

    These are incomplete lists, files that could not be read, or an API server that allows
    everything on a condition.

    ``snapshot``: the input. Files are taken to hold what their owner wants to be analysed, except
        for Lists that are incomplete and for what was left out because it cannot be read.
    ``namespace``: the namespace of the question; ``""`` for the whole cluster.
    """
    return (*_lists(snapshot, namespace, _ROLES), *_unread(snapshot), *_doubted(snapshot))


def decided(
    authorizer: Authorizer, request: Request, user: str, groups: Collection[str]
) -> Decision:
    """Decide a request; if the input is not enough, it is ``unknown``, with what is missing."""
    decision = authorizer.authorize(request, user, groups)
    if not decision:
        return as_far_as_seen(authorizer, decision, request.namespace, user, groups)
    missing = tuple(dict.fromkeys(disputed(authorizer, request, user, groups)))
    if not missing:
        return decision
    reason = f"one version of what the input holds twice allows it: {decision.reason}"
    return replace(decision, allowed=False, reason=reason, missing=missing)


def disputed(
    authorizer: Authorizer, request: Request, user: str, groups: Collection[str]
) -> Iterator[Condition]:
    """Yield which versions of objects allow the request, if others do not."""
    versions = authorizer.versions
    sure = MASTERS in groups or authorizer.opened is not None or not versions
    if sure or authorizer.surely_allows(request, user, groups):
        return
    for held in authorizer.rules_for(user, groups, request.namespace):
        if rule_allows(held.rule, request):
            doubt = versions.doubt(held.binding, held.role, held.rule_index)
            yield If.VERSIONS_ALLOW(*doubt.doubts)


def as_far_as_seen(
    authorizer: Authorizer,
    no: Decision,
    namespace: str,
    user: str,
    groups: Collection[str],
    *,
    asked: str = "",
) -> Decision:
    """Return a "no" with what may allow the request nevertheless, if there is anything.

    ``authorizer``: the RBAC of the input. A list of roles counts only if it may hold a role that
        one of the user's bindings grants.
    ``namespace``: the namespace of the request; ``""`` for the whole cluster.
    """
    snapshot = authorizer.snapshot
    missing = unseen_rights(snapshot, namespace)
    if missing:
        applying = authorizer.bindings_for(user, groups, namespace)
        unread = {b.role_ref.kind for b in applying if _is_unread(authorizer, b)}
        lists = _lists(snapshot, namespace, {*unread, asked})
        missing = (*lists, *_unread(snapshot), *_doubted(snapshot))
    if not missing:
        return no
    return replace(no, reason=f"as far as rights were seen: {no.reason}", missing=missing)


def _is_unread(authorizer: Authorizer, binding: AnyBinding) -> bool:
    """Whether the role of a binding is missing, or may have other rules than are known."""
    roles = authorizer.roles_of(binding)
    return not roles or any(role.assumed or _is_computed(role) for role in roles)


def _is_computed(role: AnyRole) -> bool:
    """Whether the rules of a role were filled in from other roles, and not by a server."""
    aggregated = isinstance(role, ClusterRole) and role.aggregation_rule is not None
    return aggregated and not role.metadata.uid


def _lists(snapshot: Snapshot, namespace: str, roles: Collection[str]) -> Iterator[Condition]:
    """Yield the incomplete lists: of bindings, and of these kinds of roles."""
    for kind in _EVERYWHERE:
        if (kind not in _ROLES or kind in roles) and snapshot.is_partial(kind):
            yield If.LISTS_ARE_SEEN(kind, "")
    for kind in _IN_NAMESPACES if namespace else ():
        if (kind not in _ROLES or kind in roles) and snapshot.is_partial(kind, namespace):
            yield If.LISTS_ARE_SEEN(kind, namespace)


def _unread(snapshot: Snapshot) -> Iterator[Condition]:
    """Yield the files that may hold any object, as they could not be read; the first by name."""
    found = [
        one for one in snapshot.unread if one.code not in UNLISTED | OF_NO_RIGHT | {PARTIAL_LIST}
    ]
    files = [one.file for one in unread_of(found)]
    if files:
        yield If.FILES_ARE_READ(tuple(files[:_FEW]), max(len(files) - _FEW, 0))


def _doubted(snapshot: Snapshot) -> Iterator[Condition]:
    found = opening(snapshot)
    if found and found.condition:
        yield If.ALWAYS_ALLOW_ALLOWS(*found.condition.doubts)
