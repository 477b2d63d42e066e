"""Proves of a changed cluster that nobody holds what the same principal did not hold before.

Whatever writes manifests asks it last. It looks at the two clusters alone, not at how the changes
came about, and compares rules as the API server does where it prevents escalation.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from rbacgraph.advice.changes.permissions import permission_for, permissions_of, rule_of
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.changes.vault_gains import vault_gains
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import breakdown, covers, covers_all, given_in
from rbacgraph.authz.questions.escalation_check import guard_of
from rbacgraph.authz.subjects import subject_node, username_of
from rbacgraph.authz.versions.role_versions import Guard, Versions, holds
from rbacgraph.model.changes.change import Changed, ObjectKey, changeable, key_of
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.changes.suggestion import Addition, Permission
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.model.kubernetes.rbac import AnyBinding, ClusterRole, PolicyRule, RoleBinding
from rbacgraph.model.node import GROUP, Node, format_node, user_node

_Place = tuple[Node, str]
"""A principal, and a namespace or ``""`` for the whole cluster."""

_RBAC = ("roles", "cluster_roles", "role_bindings", "cluster_role_bindings")
_Held = dict[tuple[PolicyRule, Guard], None]
"""Rules, each with the versions of objects that it rests on."""


def _alone(node: Node) -> tuple[Node, ...]:
    return (node,)


def nobody_gains(
    before: Authorizer,
    after: Authorizer,
    additions: Iterable[Addition] = (),
    *,
    needing: Iterable[Needing] = (),
    parts: Callable[[Node], Iterable[Node]] = _alone,
) -> None:
    """Prove that nobody holds afterwards what the same principal did not hold before.

    ``before``, ``after``: the RBAC before and after the changes, with the dump of Vault. Where the
        input holds objects in several versions, it is proven for each choice of them.
    ``additions``: what may be added.
    ``needing``: what of it a log shows that it was allowed counts as held if some version gave it:
        that is the one that the server holds.
    ``parts``: from a principal to itself and its groups, if rights may move from these to it.
    Raises UnprovenError if a principal does; it names the principal and the right.
    """
    added: dict[tuple[str, str], list[PolicyRule]] = defaultdict(list)
    for one in additions:
        added[one.principal, one.scope].append(rule_of(one.permission))
    logged: dict[_Place, list[PolicyRule]] = defaultdict(list)
    for node, scope, permission in shown_by_log(needing) if before.versions else ():
        logged[node, scope].append(rule_of(permission))
    for why in vault_gains(before.snapshot, after.snapshot):
        raise UnprovenError(why)
    for node, scope in _touched(before, after):
        own, name = tuple(parts(node)), format_node(node)
        held = _held(before, own, scope)
        every = [rule for rule, _ in held]
        for at in dict.fromkeys(("", scope)):
            shown = (rule for rule in logged.get((node, at), ()) if covers_all(every, (rule,)))
            held.update(((rule, ()), None) for rule in (*added.get((name, at), ()), *shown))
        gained = _gained(held, _held(after, own, scope), before.versions)
        if gained:
            raise UnprovenError(Say.GETS_MORE(name, next(permissions_of(gained)), scope))


def shown_by_log(needing: Iterable[Needing]) -> Iterator[tuple[Node, str, Permission]]:
    """Yield what a log shows that a user was allowed, and where."""
    for one in needing:
        for needed in one.needs if one.user else ():
            if needed.count:
                request = needed.request
                yield user_node(one.user), request.namespace, permission_for(request)


def _held(authorizer: Authorizer, own: Iterable[Node], scope: str) -> _Held:
    """Return the rules that a principal and its groups hold in a scope."""
    node, *_ = own = tuple(own)
    groups = [part[2] for part in own if part[0] == GROUP]
    found: _Held = {}
    for held in authorizer.rules_for(username_of(node), groups, scope):
        guard = guard_of(authorizer, held)
        if guard is not None:
            local = isinstance(held.binding, RoleBinding)
            for rule in given_in(scope if local else "", (held.rule,)):
                found[rule, guard] = None
    return found


def _gained(held: _Held, now: _Held, versions: Versions) -> list[PolicyRule]:
    """Return the first smallest part that somebody holds now and did not hold before."""
    for rule, guard in now:
        if (rule, guard) in held:
            continue
        if not covers_all((one for one, _ in held), (rule,)):
            return list(covers((one for one, _ in held), (rule,))[1][:1])
        for part in breakdown(rule) if versions else ():
            if not _is_held(part, guard, held, versions):
                return [part]
    return []


def _is_held(part: PolicyRule, guard: Guard, held: _Held, versions: Versions) -> bool:
    """Whether a part was held in every choice of versions in which it is held now."""
    guards = {of_rule for rule, of_rule in held if covers_all((rule,), (part,))}
    if guards & {(), guard}:
        return True
    choices = versions.choices([*guards, guard])
    return choices is not None and all(
        any(holds(one, choice) for one in guards) for choice in choices if holds(guard, choice)
    )


# --- who is to be asked about ------------------------------------------------------------------


def _touched(before: Authorizer, after: Authorizer) -> list[_Place]:
    """Return whom bindings may give more than before, and where."""
    if all(getattr(before.snapshot, one) is getattr(after.snapshot, one) for one in _RBAC):
        return []
    old, new = _by_key(before), _by_key(after)
    changed = {key for key in {*old, *new} if old.get(key) != new.get(key)}
    if before.versions and any(kind == "ClusterRole" for kind, _, _ in changed):
        # an aggregated role may hold the same rules as before, and rest on fewer versions
        changed |= {key for key, several in new.items() if any(map(_is_aggregated, several))}
    found: dict[_Place, None] = {}
    for binding in after.bindings:
        ref, scope = binding.role_ref, binding.metadata.namespace
        role = ref.kind, scope if ref.kind == "Role" else "", ref.name
        if not changed.isdisjoint((key_of(binding), role)):
            found.update(dict.fromkeys(places_of(binding)))
    return sorted(found)


def _is_aggregated(obj: Changed) -> bool:
    return isinstance(obj, ClusterRole) and obj.aggregation_rule is not None


def _by_key(authorizer: Authorizer) -> Mapping[ObjectKey, list[Changed]]:
    found: dict[ObjectKey, list[Changed]] = defaultdict(list)
    for one in changeable(authorizer.snapshot):
        found[key_of(one)].append(one)
    return found


def places_of(binding: AnyBinding) -> Iterator[_Place]:
    """Yield whom a binding gives its role, and where."""
    scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
    for subject in binding.subjects or ():
        node = subject_node(subject, scope)
        if node is not None:
            yield node, scope
