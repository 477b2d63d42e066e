"""Whether a suggestion that was saved still holds on a cluster."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rbacgraph.advice.applying import applied
from rbacgraph.advice.assign import identity_nodes
from rbacgraph.advice.following import contradictions
from rbacgraph.advice.plan import Rights
from rbacgraph.advice.proof import UnprovenError, concerned, prove, prove_losses
from rbacgraph.advice.wording import role_name
from rbacgraph.authz.known import known_in
from rbacgraph.authz.resolve import Authorizer
from rbacgraph.model.change import Change, Changed, Key, changeable, key_of
from rbacgraph.model.core import ServiceAccount
from rbacgraph.model.node import Node, format_node
from rbacgraph.model.rbac import (
    RBAC_GROUP,
    AnyBinding,
    ClusterRole,
    ClusterRoleBinding,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacgraph.model.saved import RecheckResult, SavedSuggestion, Standing
from rbacgraph.model.suggestion import Proof
from rbacgraph.model.verification import Claim

if TYPE_CHECKING:
    from rbacgraph.graph.access import AccessGraph

_GROUPS = {"User": RBAC_GROUP, "Group": RBAC_GROUP}
"""The API groups of subjects; a ServiceAccount is of the core one."""

_TOLD = 3
"""How much of what does not follow from the changes is told."""


def recheck(
    authorizer: Authorizer,
    saved: SavedSuggestion,
    graph: "Callable[[Authorizer], AccessGraph] | None" = None,
) -> RecheckResult:
    """Hold a suggestion against a cluster, and prove it again.

    Parameters
    ----------
    authorizer:
        The RBAC in force.
    saved:
        The suggestion.
    graph:
        Makes the graph of one state of the cluster; None leaves out the effect on Secrets.
    """
    there = _objects(authorizer)
    standing = tuple(_standing(change, there.get(change.key)) for change in saved.changes)
    after = Authorizer(applied(authorizer.snapshot, _open(saved.changes, there)))
    proof: Proof | None = None
    failure = ""
    served = known_in(authorizer.snapshot) if saved.semantics == "served" else None
    try:
        if saved.manner:
            proof = prove_losses(authorizer, after, saved.changes, saved.losses, served)
        else:
            proof = prove(
                authorizer, after, saved.changes, saved.needs, saved.additions, served=served
            )
        if not any(one.state == "changed" for one in standing):
            was = Authorizer(applied(authorizer.snapshot, _undone(saved.changes, standing)))
            failure = "; ".join(islice(contradictions(was, after, saved, served), _TOLD))
    except UnprovenError as error:
        failure = str(error)
    failure = "; ".join([*islice(_refusals(saved.changes, there), _TOLD), *filter(None, [failure])])
    if failure:
        proof = None
    if proof is not None and graph is not None and saved.changes:
        from rbacgraph.advice.effect import effect

        proof = replace(proof, effect=effect(graph(authorizer), graph(after)))
    return RecheckResult(
        file=saved.file,
        asked=saved.asked,
        manner=saved.manner,
        standing=standing,
        failure=failure,
        proof=proof,
        additions=saved.additions,
    )


def _objects(authorizer: Authorizer) -> dict[Key, Changed]:
    return {key_of(obj): obj for obj in changeable(authorizer.snapshot)}


def _open(changes: tuple[Change, ...], there: dict[Key, Changed]) -> list[Change]:
    """Return the changes as they would be applied to what is there now."""
    return [
        replace(change, before=there.get(change.key))
        for change in changes
        if change.after is not None or change.key in there
    ]


def _undone(changes: tuple[Change, ...], standing: tuple[Standing, ...]) -> list[Change]:
    """Return what takes back the changes that are applied."""
    return [
        replace(change, before=change.after, after=change.before)
        for change, one in zip(changes, standing, strict=True)
        if one.state == "applied"
    ]


def _standing(change: Change, now: Changed | None) -> Standing:
    kind, namespace, name = change.key
    what = ""
    if _same(now, change.after):
        state = "applied"
    elif _same(now, change.before):
        state = "open"
    else:
        state = "changed"
        what = _difference(now, change.before)
    return Standing(
        action=change.action,
        kind=kind,
        namespace=namespace,
        name=name,
        state=state,  # type: ignore[arg-type]
        what=what,
    )


def _same(one: Changed | None, other: Changed | None) -> bool:
    if one is None or other is None:
        return one is other
    return _content(one) == _content(other)


def _content(obj: Changed) -> tuple[object, ...]:
    """Return what of an object a suggestion is about."""
    if isinstance(obj, ServiceAccount):
        return (obj.automount_service_account_token,)
    if isinstance(obj, Role | ClusterRole):
        return (obj.rules or (),)
    return _referred(obj), tuple(map(_defaulted, obj.subjects or ()))


def _referred(binding: AnyBinding) -> RoleRef:
    """Return a binding's role, with the API group that a server fills in."""
    ref = binding.role_ref
    return replace(ref, api_group=ref.api_group or RBAC_GROUP)


def _defaulted(subject: Subject) -> Subject:
    """Return a subject with the API group that a server fills in."""
    return replace(subject, api_group=subject.api_group or _GROUPS.get(subject.kind, ""))


def _refusals(changes: Iterable[Change], there: Mapping[Key, Changed]) -> Iterator[str]:
    """Yield the bindings that no API server would write, with the reason.

    Source: kubernetes ``pkg/apis/rbac/validation/validation.go``.
    """
    for change in changes:
        new, now = change.after, there.get(change.key)
        if not isinstance(new, RoleBinding | ClusterRoleBinding):
            continue
        title, ref = role_name(change.key), _referred(new)
        if isinstance(now, RoleBinding | ClusterRoleBinding) and _referred(now) != ref:
            yield f"{title} cannot be written: the roleRef of a binding never changes"
        elif ref.api_group != RBAC_GROUP:
            yield f"{title} cannot be written: no role is of the API group {ref.api_group!r}"
        for subject in map(_defaulted, new.subjects or ()):
            if subject.api_group != _GROUPS.get(subject.kind, ""):
                yield (
                    f"{title} cannot be written: no {subject.kind} is of the API group"
                    f" {subject.api_group!r}"
                )


def _difference(now: Changed | None, before: Changed | None) -> str:
    if now is None:
        return "it is not there any more"
    if before is None:
        return "there is another of this name"
    if isinstance(now, Role | ClusterRole):
        return "its rules are others"
    if isinstance(now, ServiceAccount):
        return "it mounts its token otherwise"
    return "its subjects or its role are others"


def claims_of(authorizer: Authorizer, saved: SavedSuggestion) -> list[Claim]:
    """Return what must be allowed today of those whom a suggestion is about.

    A server that says otherwise decides by something that is not seen here.
    """
    nodes = _subjects(authorizer, saved)
    rights = Rights(authorizer)
    found: dict[Claim, None] = {}
    for one in saved.needs:
        if nodes.isdisjoint(identity_nodes(one)):
            continue
        for needed in one.needs:
            request = needed.request
            if rights.allowed(one, request):
                claim = Claim(
                    principal=format_node(identity_nodes(one)[0]),
                    user=one.user,
                    groups=one.groups,
                    verb=request.verb,
                    group=request.group,
                    resource=request.resource,
                    subresource=request.subresource,
                    namespace=request.namespace,
                    name=request.name,
                    path=request.path,
                    allowed=True,
                    reason="needed",
                )
                found[claim] = None
    return list(found)


def _subjects(authorizer: Authorizer, saved: SavedSuggestion) -> set[Node]:
    """Return who has, or had, what a suggestion writes."""
    return {node for node, _ in concerned(authorizer, saved.changes)}
