"""Suggests changes that leave only what is needed of what is granted, with a proof."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from shlex import quote
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.changes.changeable_grants import ChangeableGrants, ChangeTarget
from rbacgraph.advice.needs.widen import Widening
from rbacgraph.advice.notes.notes import remarks
from rbacgraph.advice.notes.summaries import additions_of, losses_of, role_change
from rbacgraph.advice.notes.unseen_checks import passing_on
from rbacgraph.advice.planning.passing_on import bound_by
from rbacgraph.advice.planning.plan import Plan, plan
from rbacgraph.advice.planning.write_roles import RoleDrafting, emptied
from rbacgraph.advice.proof.suggestion_proof import prove, same_rights
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.model.changes.change import Change, ObjectKey
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.changes.suggestion import Leftover, Proof, SuggestResult
from rbacgraph.model.did_you_mean import did_you_mean, near_keys
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.audit_policy import AuditPolicy
from rbacgraph.model.inputs.required_requests import Needs
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole
from rbacgraph.model.node import PRINCIPALS, format_node
from rbacgraph.model.principal import parse_principal
from rbacgraph.query.rights.audit_policy_rules import policy_blind_spots
from rbacgraph.query.rights.logged_credentials import logged_credentials
from rbacgraph.query.rights.unlogged_rights import Unlogged

if TYPE_CHECKING:
    from rbacgraph.graph.attack_graph import AccessGraph


def suggest(
    authorizer: Authorizer,
    needs: Needs,
    *,
    principal: str | None = None,
    role: str | None = None,
    split: bool | None = None,
    widening: Widening | None = None,
    policy: AuditPolicy | None = None,
    graph: "Callable[[Authorizer], AccessGraph] | None" = None,
) -> SuggestResult:
    """Return changes that leave a principal, or all holders of a role, only what they need.

    ``role``: the role that may change, as a person writes it: see :func:`parse_role`. Without a
        principal and a role, every bound role.
    ``split``: whether a holder gets a role of its own if others hold the role too; None splits if
        some of the others have no evidence.
    ``policy``: the audit Policy of the log: rights whose use it leaves out stay.
    ``graph``: builds the graph of one state of the cluster; None leaves out the effect on Secrets.
    Raises NotFoundError, UsageError if there is no such role, or no such principal can exist.
    """
    asked = asked_of(authorizer, principal, role)
    made = plan(
        authorizer,
        needs.needing,
        asked,
        split=split,
        widening=widening,
        hidden=Unlogged(policy, authorizer.snapshot.custom_resources) if policy else None,
        beside=needs.beside,
        log=needs.log,
    )
    draft = RoleDrafting(made).draft()
    after = Authorizer(applied(authorizer.snapshot, draft.changes))
    additions = tuple(additions_of(made))
    bound = bound_by(made.needing)
    bindings, roles = emptied(draft.reduced, draft.taken, made.grants, bound)
    deletions = deletions_of(bindings, roles)
    proof = prove(authorizer, after, draft.changes, made.needing, additions)
    cleaned = after
    if deletions:
        cleaned = Authorizer(applied(after.snapshot, deletions))
        same_rights(after, cleaned)
    graphs = cache(graph or _built)
    if graph is not None and draft.changes:
        proof = with_effect(proof, *map(graphs, dict.fromkeys((authorizer, after, cleaned))))
    return SuggestResult(
        asked=format_node(asked.node) if asked.node else role or "",
        changes=draft.changes,
        leftovers=tuple(leftovers_of(bindings, roles)),
        roles=tuple(role_change(made, written) for written in draft.roles),
        losses=tuple(losses_of(made, after)),
        additions=additions,
        notes=(
            *_still_admins(made, after, graphs),
            *remarks(made, draft, asked, after, widening or Widening()),
        ),
        needs=made.needing,
        log=_summary(needs, policy),
        proof=proof,
        diagnostics=(*needs.diagnostics, *(logged_credentials(policy) if policy else ())),
    )


def _still_admins(
    made: Plan, after: Authorizer, graph: "Callable[[Authorizer], AccessGraph]"
) -> Iterator[Statement]:
    """Yield who stays admin by rights that no log shows; most hold none of them."""
    if nodes := passing_on(made, after):
        from rbacgraph.advice.notes.still_admins import still_admins

        yield from still_admins(nodes, after, graph(after))


def _built(authorizer: Authorizer) -> "AccessGraph":
    from rbacgraph.graph.build import build

    return build(authorizer.snapshot)


def asked_of(authorizer: Authorizer, principal: str | None, role: str | None) -> ChangeTarget:
    """Parse the question."""
    if principal and role:
        raise UsageError("principal and role exclude each other", advice="give one of them")
    if role:
        return ChangeTarget(role=parse_role(authorizer, role))
    if not principal:
        return ChangeTarget()
    node = parse_principal(principal)
    if node[0] not in PRINCIPALS:
        raise UsageError(
            f"{principal!r} is no subject of bindings", advice="give sa:NS/NAME, user: or group:"
        )
    return ChangeTarget(node=node)


def parse_role(authorizer: Authorizer, text: str) -> ObjectKey:
    """Return the bound Role of ``NAMESPACE/NAME``, or the bound ClusterRole of ``NAME``."""
    namespace, slash, name = text.rpartition("/")
    kind = "Role" if slash else "ClusterRole"
    if not authorizer.find_role(kind, namespace, name):
        meant = did_you_mean(_nearest_roles(authorizer, namespace, name))
        raise NotFoundError(
            f"there is no {kind} {text}",
            advice=meant or "write NAMESPACE/NAME for a Role, NAME for others",
        )
    key = (kind, namespace, name)
    if key not in ChangeableGrants(authorizer).roles:
        raise NotFoundError(
            f"no binding that can be changed gives {kind} {text} to anybody",
            advice="rbacgraph usage --system shows shipped bindings",
        )
    return key


def _nearest_roles(authorizer: Authorizer, namespace: str, name: str) -> list[str]:
    """Return similar roles, as ``--role`` takes them."""
    snapshot = authorizer.snapshot
    roles: tuple[AnyRole, ...] = (*snapshot.roles, *snapshot.cluster_roles)
    every = ((role.metadata.namespace, role.metadata.name) for role in roles)
    nearest = near_keys(namespace, name, every)
    return [f"{scope}/{other}" if scope else other for scope, other in nearest]


def deletions_of(bindings: Iterable[AnyBinding], roles: Iterable[AnyRole]) -> list[Change]:
    """Return the changes that delete bindings and roles that nobody needs."""
    return [Change(before=obj, after=None, why=Say.NOBODY_HAS_IT()) for obj in (*bindings, *roles)]


def with_effect(
    proof: Proof, before: "AccessGraph", after: "AccessGraph", cleaned: "AccessGraph | None" = None
) -> Proof:
    """Add who reaches which Secrets in the graphs of before and after."""
    from rbacgraph.advice.changes.access_effect import effect

    return replace(
        proof,
        effect=effect(before, after),
        cleaned=effect(before, cleaned) if cleaned is not None else None,
    )


def leftovers_of(bindings: Iterable[AnyBinding], roles: Iterable[AnyRole]) -> Iterator[Leftover]:
    """Yield the commands that delete bindings and roles that nobody needs."""
    for binding in bindings:
        yield Leftover(_delete(binding), Say.HAS_NO_SUBJECTS())
    for role in roles:
        yield Leftover(_delete(role), Say.NOBODY_HAS_IT())


def _delete(obj: AnyBinding | AnyRole) -> str:
    metadata = obj.metadata
    what, name = f"kubectl delete {type(obj).__name__.lower()}", quote(metadata.name)
    where = f" -n {quote(metadata.namespace)}" if metadata.namespace else ""
    if metadata.name.startswith("-"):  # no option: --all would delete every one
        return f"{what}{where} -- {name}"
    return f"{what} {name}{where}"


def _summary(needs: Needs, policy: AuditPolicy | None) -> LogSummary | None:
    spots = policy_blind_spots(policy) if policy else None
    return needs.log.summary(spots) if needs.log else None
