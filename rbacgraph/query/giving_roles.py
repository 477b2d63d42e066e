"""How somebody gives others the right to read a Secret by writing a role.

The role is one that others are bound to already, one that a binding names though it does not
exist, or one that is labelled into an aggregated ClusterRole. Escalation prevention lets
everybody write the rules that it holds itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.authz.aggregate import selected_labels
from rbacgraph.edges.base import where
from rbacgraph.edges.member_of import Groups, closure
from rbacgraph.model.meta import ClusterRoleMeta, RbacMeta
from rbacgraph.model.node import MASTERS, Node, format_node
from rbacgraph.model.rbac import AnyBinding, AnyRole, ClusterRole, PolicyRule, Role
from rbacgraph.query.giving import (
    READS,
    WITHOUT_NAME,
    Identity,
    RoleKey,
    Target,
    Way,
    Write,
    in_order,
    read_verbs,
    resource_of,
    subjects_of,
)
from rbacgraph.query.giving_bindings import NEW
from rbacgraph.query.rights import Rights

_NAMED = tuple(verb for verb in READS if verb != "deletecollection")


class Bound(NamedTuple):
    """A role that principals without the right are bound to.

    Parameters
    ----------
    roles:
        What the input holds under its name.
    to:
        These principals.
    """

    roles: tuple[AnyRole, ...]
    to: tuple[Node, ...]


def bound_roles(target: Target, given: Groups) -> dict[RoleKey, Bound]:
    """Return the roles by which others would get the right, were it in them.

    Parameters
    ----------
    target:
        The Secret.
    given:
        Groups of users, by the mapping that the caller gave.
    """
    found: dict[RoleKey, tuple[tuple[AnyRole, ...], dict[Node, None]]] = {}
    lacking: dict[Node, bool] = {}
    readers = target.readers | {MASTERS}
    for binding in target.bindings:
        ref = binding.role_ref
        if ref.kind != "ClusterRole" and not (ref.kind == "Role" and binding.metadata.namespace):
            continue
        for node in subjects_of(binding):
            lacks = lacking.get(node)
            if lacks is None:
                groups = closure(target.world, node, given)
                lacks = lacking[node] = readers.isdisjoint((node, *groups))
            if lacks:
                roles = target.authorizer.roles_of(binding)
                found.setdefault((ref.kind, ref.name), (roles, {}))[1][node] = None
    return {key: Bound(roles, tuple(sorted(to))) for key, (roles, to) in sorted(found.items())}


def by_role(
    target: Target, bound: Mapping[RoleKey, Bound], who: Identity, node: Node
) -> Way | None:
    """Return how an identity gives the right by a role: of the namespace, else a ClusterRole.

    Parameters
    ----------
    target, bound:
        The Secret, and what :func:`bound_roles` told of it.
    who, node:
        The writer: only what others than itself get counts.
    """
    for scope, kind in ((target.namespace, "Role"), ("", "ClusterRole")):
        rights = Rights(target, who, scope)
        if not rights.reads and rights.named(resource_of(kind), "escalate") == frozenset():
            continue
        roles = {
            key[1]: Bound(one.roles, to)
            for key, one in bound.items()
            if key[0] == kind and (to := tuple(n for n in one.to if n != node))
        }
        ways = (by(rights, roles) for by in (_by_existing, _by_missing, _by_label))
        way = next((way for way in ways if way), None)
        if way:
            return way
    return None


def _by_existing(rights: Rights, bound: Mapping[str, Bound]) -> Way | None:
    for name, (roles, to) in bound.items():
        for role in roles[:1]:
            verb = rights.edits(_resource(rights), name)
            way = _way(rights, verb, role, to, f"can write it into {_words(rights, name)}")
            if way:
                return way
    return None


def _by_missing(rights: Rights, bound: Mapping[str, Bound]) -> Way | None:
    resource, kind = _resource(rights), _kind(rights).__name__
    listed = rights.target.world.snapshot.is_listed(kind, rights.scope)
    for name, (roles, to) in bound.items():
        if roles:
            continue
        what, role = _words(rights, name), _new(rights, name)
        for verb in rights.creates(resource, name):
            way = _way(rights, verb, role, to, f"can create {what}")
            if way:
                either = listed or _edits_too(rights, way.writes[0], name)
                doubt = f"{what} does not exist, as in the input"
                return way if either else way._replace(condition=doubt)
    return None


def _edits_too(rights: Rights, write: Write, name: str) -> bool:
    """Whether a role could be written just so if it existed."""
    resource = _resource(rights)
    holds = not rights.may("escalate", resource, _name(write.verb, write.obj))
    return bool(rights.edits(resource, name)) and (holds or rights.may("escalate", resource, name))


def _by_label(rights: Rights, bound: Mapping[str, Bound]) -> Way | None:
    for name, (roles, to) in bound.items():
        for role in roles:
            labels = None if isinstance(role, Role) else selected_labels(role)
            if labels is None:
                continue
            for verb, source in _sources(rights, name):
                labelled = ClusterRoleMeta(
                    source.metadata.name, labels={**(source.metadata.labels or {}), **labels}
                )
                one = "a ClusterRole" if verb == "create" else f"ClusterRole {labelled.name}"
                words = f"can label {one} into {_words(rights, name)}"
                way = _way(rights, verb, replace(source, metadata=labelled), to, words)
                if way:
                    return way
    return None


def _sources(rights: Rights, name: str) -> Iterator[tuple[str, ClusterRole]]:
    """Yield the ClusterRoles that can be written, new ones first, but for one name."""
    resource = _resource(rights)
    for new in (NEW, *rights.names(resource)):
        role = ClusterRole(metadata=ClusterRoleMeta(new))
        if new != name and not rights.target.authorizer.find(role):
            for verb in rights.creates(resource, new):
                yield verb, role
    editable = rights.editable(resource)
    for role in rights.target.world.snapshot.cluster_roles:
        if role.metadata.name != name and editable(role.metadata.name):
            yield rights.edits(resource, role.metadata.name), role


def _way(rights: Rights, verb: str, role: AnyRole, to: Sequence[Node], words: str) -> Way | None:
    """Return the way to write the right into a role: any right, or what the writer holds."""
    if not verb:
        return None
    for rules in (_any_right(rights), _held(rights)):
        written = replace(role, rules=rules)
        if isinstance(written, ClusterRole):
            written = replace(written, aggregation_rule=None)
        gives = rights.target.verbs_in(rules)
        write = Write(verb, written, gives)
        evidence = rights.evidence(write, "escalate", _resource(rights), _name(verb, role))
        if gives and evidence:
            names = tuple(map(format_node, to))
            return Way((write,), words, tuple(dict.fromkeys(evidence)), names)
    return None


def _any_right(rights: Rights) -> tuple[PolicyRule, ...]:
    return (_rule(_NAMED, rights.target.name), _rule(("deletecollection",)))


def _held(rights: Rights) -> tuple[PolicyRule, ...]:
    """Return rules that give what the writer holds on the Secret, and no more."""
    name = rights.target.name
    found: dict[PolicyRule, None] = {}
    for held in rights.reads:
        verbs, names = read_verbs(held.rule, name), held.rule.resource_names
        named = tuple(verb for verb in verbs if verb != "deletecollection")
        if not names or name in names:
            found[_rule(named, name)] = None
            nameless = verbs[len(named) :] if not names else ()
            if nameless:
                found[_rule(nameless)] = None
        if names and "" in names:
            found[_rule(in_order({*verbs} & WITHOUT_NAME), "")] = None
    return tuple(rule for rule in found if rule.verbs)


def _rule(verbs: tuple[str, ...], *names: str) -> PolicyRule:
    return PolicyRule(verbs, ("",), ("secrets",), names or None)


def _kind(rights: Rights) -> type[AnyRole]:
    return Role if rights.scope else ClusterRole


def _resource(rights: Rights) -> str:
    return resource_of(_kind(rights).__name__)


def _new(rights: Rights, name: str) -> AnyRole:
    if rights.scope:
        return Role(metadata=RbacMeta(name, rights.scope))
    return ClusterRole(metadata=ClusterRoleMeta(name))


def _name(verb: str, role: AnyRole | AnyBinding) -> str:
    """Name that a request carries: one to create has none."""
    return "" if verb == "create" else role.metadata.name


def _words(rights: Rights, name: str) -> str:
    return f"{_kind(rights).__name__} {name}" + (f" {where(rights.scope)}" if rights.scope else "")
