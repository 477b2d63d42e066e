"""Adds the caller's own rights, as the API server lists them, where roles and bindings are hidden.

The server says what the caller may do in a namespace, but not by which role and binding. These
rights stand as a ClusterRole and a binding whose names hold a slash: no object has such a name.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, product

from rbacgraph.errors import InputError
from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, RbacMeta
from rbacgraph.sources.live.all_lists import Lists
from rbacgraph.sources.live.asking.access_review import ask
from rbacgraph.sources.live.connection.connect import Connection
from rbacgraph.sources.live.reports import LiveReports
from rbacgraph.sources.objects.collector import Collector

RBAC_KINDS = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"})
_MOST = 100
"""The most reviews about rights in the whole cluster."""
_EVERYBODYS = frozenset({"authorization.k8s.io", "authentication.k8s.io"})


def add_own_rights(
    connection: Connection, collector: Collector, reports: LiveReports, lists: Lists, user: str
) -> None:
    """Add what the API server lists as the caller's rights, if roles or bindings are hidden.

    ``user``: the caller; ``""`` if the server does not say.
    """
    if not user or RBAC_KINDS.isdisjoint(kind for kind, _ in lists.forbidden()):
        return
    names = lists.asked_namespaces
    own = lists.own_rules(names)
    rules = {name: _of_interest(own[name].rules) for name in names}
    everywhere = _everywhere(connection, [set(held) for held in rules.values()])
    _add(collector, user, "", everywhere)
    for name in names:
        _add(collector, user, name, [rule for rule in rules[name] if rule not in everywhere])
    if any(rules.values()):
        reports.own_rights(names)
    reports.own_rights_incomplete([name for name in names if not own[name].complete])


def _of_interest(rules: Sequence[rbac.PolicyRule]) -> list[rbac.PolicyRule]:
    """Return the rules without those that let everybody ask about themselves."""
    return [
        rule
        for rule in dict.fromkeys(rules)
        if rule.resources and not set(rule.api_groups or ()) <= _EVERYBODYS
    ]


def _everywhere(
    connection: Connection, held: Sequence[set[rbac.PolicyRule]]
) -> list[rbac.PolicyRule]:
    """Return the rules that hold in the whole cluster: those of each namespace, if reviews agree.

    One review is about one verb on one resource, so a rule counts only if all its parts do.
    """
    common = sorted(set.intersection(*held), key=repr) if held else []
    found, left = [], _MOST
    for rule in common:
        parts = list(islice(_parts(rule), left + 1))
        if not 0 < len(parts) <= left:
            continue
        left -= len(parts)
        try:
            if all(ask(connection, part, own=True).allowed for part in parts):
                found.append(rule)
        except InputError:
            return []
    return found


def _parts(rule: rbac.PolicyRule) -> Iterator[Claim]:
    """Yield what a rule allows in the whole cluster; a literal ``*`` only ``*`` allows."""
    for verb, group, written, name in product(
        rule.verbs or (), rule.api_groups or (), rule.resources or (), rule.resource_names or ("",)
    ):
        resource, _, subresource = written.partition("/")
        yield Claim(
            principal="",
            user="",
            groups=(),
            verb=verb,
            group=group,
            resource=resource,
            subresource=subresource,
            name=name,
            allowed=True,
            reason="",
        )


def _add(collector: Collector, user: str, namespace: str, rules: Sequence[rbac.PolicyRule]) -> None:
    if not rules:
        return
    name = f"SelfSubjectRulesReview/{namespace}"
    ref = rbac.RoleRef("ClusterRole", name)
    subjects = (rbac.Subject("User", user),)
    role = rbac.ClusterRole(
        metadata=ClusterRoleMeta(name), rules=tuple(rules), origin=collector.base, reviewed=True
    )
    made = rbac.RoleBinding if namespace else rbac.ClusterRoleBinding
    binding = made(
        metadata=RbacMeta(name, namespace),
        role_ref=ref,
        subjects=subjects,
        origin=collector.base,
        reviewed=True,
    )
    collector.objects["cluster_roles"].append(role)
    collector.objects["role_bindings" if namespace else "cluster_role_bindings"].append(binding)
