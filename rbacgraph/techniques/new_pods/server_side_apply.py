"""Finds identities that can have Pods made by server-side apply, with create limited to names."""

from collections.abc import Iterator, Sequence

from rbacgraph.authz.match import verb_matches
from rbacgraph.facts.states.full_quotas import PODS
from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import WORKLOADS, WritableObjects
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.rbac import AnyRole, PolicyRule
from rbacgraph.model.node import EACH_NAMESPACE
from rbacgraph.techniques.spec import compound_rights
from rbacgraph.techniques.spec.technique import Right

MADE = (
    ("", "pods"),
    ("apps", "deployments"),
    ("apps", "daemonsets"),
    ("apps", "statefulsets"),
    ("apps", "replicasets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
    ("", "replicationcontrollers"),
)
"""Pods and the workloads that make them, by group and resource."""

_KINDS = {"pods": "Pod", "jobs": "Job"}
_RIGHTS = {
    resource: (
        Right(("create",), group, resource),
        Right(("patch",), group, resource),
        Right(("delete",), group, resource),
    )
    for group, resource in MADE
}


def _applies(
    world: Facts, held: compound_rights.HeldRights
) -> Iterator[compound_rights.FoundRight]:
    for resource, (create, patch, delete) in _RIGHTS.items():
        for first in held.get(create, ()):
            if first.match.nameless:
                continue  # a POST does it
            for other in held.get(patch, ()):
                yield from _makes(world, resource, (first, other), held.get(delete, ()))


def _makes(
    world: Facts,
    resource: str,
    uses: tuple[compound_rights.HeldRight, compound_rights.HeldRight],
    deletes: Sequence[compound_rights.HeldRight],
) -> Iterator[compound_rights.FoundRight]:
    create, patch = uses
    scope = compound_rights.meet(create.scope, patch.scope)
    if scope is None:
        return
    names = compound_rights.names_made(world, create, patch)
    if names == [""]:  # some name is free
        for at, made_if in making(world, scope, (resource,)):
            yield compound_rights.FoundRight(at, "", uses, made_if)
        return
    for namespace in world.identities.namespaces if scope in {"", EACH_NAMESPACE} else (scope,):
        for name in names:
            condition = _free(world, resource, namespace, name)
            deleted = () if condition == CERTAIN else _deleting(deletes, namespace, name)
            made_if = world.identities.making_by(namespace, resource)
            if deleted:
                kind = _KINDS.get(resource)  # other kinds are changed rather than created
                first = (compound_rights.destroyed(world, kind, namespace, name),) if kind else ()
                yield compound_rights.FoundRight(namespace, "", (*uses, *deleted, *first), made_if)
            elif condition is not None:
                yield compound_rights.FoundRight(namespace, "", uses, both(condition, made_if))


def pods_made(world: Facts, namespace: str) -> Condition:
    """Condition under which Pods are created in a namespace that is there."""
    room = world.identities.full_quotas.get(namespace, {}).get(PODS, CERTAIN)
    return both(world.identities.closed_namespaces.get(namespace, CERTAIN), room)


def making(world: Facts, scope: str, resources: Sequence[str]) -> Iterator[tuple[str, Condition]]:
    """Yield where Pods are made in a scope by creating any of some resources, and the condition.

    That is the scope itself, or each of its namespaces where a quota of these is used up in some.
    """
    wide = scope in {"", EACH_NAMESPACE}
    apart = (
        wide
        and world.identities.full_quotas
        and world.identities.making_where(resources) != world.identities.making_pods
    )
    for at in world.identities.namespaces if apart else (scope,):
        yield at, min(world.identities.making_by(at, resource) for resource in resources)


def _free(world: Facts, resource: str, namespace: str, name: str) -> Condition | None:
    """Return the condition on which an apply makes Pods by a name; None for never."""
    if resource in WORKLOADS:  # present or not, its template is the applied one
        there = WORKLOADS[resource].named(world, namespace, name)
        return None if there == CERTAIN else CERTAIN
    kind = _KINDS[resource]
    if resource == "pods":
        there_is = world.running.runner(namespace, name) is not None
    else:
        there_is = name in world.part(WritableObjects).workloads.get(kind, {}).get(namespace, ())
    if there_is:
        return None
    listed = world.snapshot.is_listed(kind, namespace)
    return CERTAIN if listed else If.OBJECT_IS_ABSENT(kind, namespace, name)


def _deleting(
    deletes: Sequence[compound_rights.HeldRight], namespace: str, name: str
) -> tuple[compound_rights.HeldRight, ...]:
    for holding in deletes:
        names = compound_rights.names_of(holding.match)
        if compound_rights.meet(holding.scope, namespace) and (names == ("",) or name in names):
            return (holding,)
    return ()


def _wanted(world: Facts) -> bool:
    """Whether any rule allows creation by name, as patches under constrained impersonation do."""
    roles: tuple[AnyRole, ...] = (*world.snapshot.roles, *world.snapshot.cluster_roles)
    return any(
        _makes_pods(rule.resources)
        and ((rule.resource_names and verb_matches(rule, "create")) or _patches_as_another(rule))
        for role in roles
        for rule in role.rules or ()
    )


def _patches_as_another(rule: PolicyRule) -> bool:
    return any(
        verb.startswith("impersonate-on:") and verb.endswith(":patch") for verb in rule.verbs or ()
    )


def _makes_pods(resources: Sequence[str] | None) -> bool:
    return any(one == "*" or one in _RIGHTS for one in resources or ())


APPLY_PODS = compound_rights.CompoundRight(
    id="apply-pods",
    rights=tuple(right for rights in _RIGHTS.values() for right in rights),
    needs=tuple(patch for _, patch, _ in _RIGHTS.values()),
    found=_applies,
    joint=True,
    together=tuple(body for rights in _RIGHTS.values() for body in (rights[:2], rights)),
    alone=tuple(create for create, _, _ in _RIGHTS.values()),
    apart=tuple(delete for *_, delete in _RIGHTS.values()),
    inside=pods_made,
    wanted=_wanted,
)
"""Have Pods of a chosen spec made under some names, even to control their node."""
