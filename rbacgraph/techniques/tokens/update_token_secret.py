"""Replace an existing token Secret for another ServiceAccount, and read the new token."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import RUNNING_PODS, TOKEN_SECRETS, WritableObjects
from rbacgraph.model.kubernetes.rbac import AnyRole
from rbacgraph.model.node import EACH_NAMESPACE
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRight,
    HeldRights,
    by_one_rule,
    common_names,
    meet,
    names_of,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Match, Right, where
from rbacgraph.techniques.spec.writable_object_targets import given_by
from rbacgraph.techniques.tokens.reading_new_secrets import of_token_secrets

_UPDATE = Right(("update", "patch"), "", "secrets")
_WIDE = ("", EACH_NAMESPACE)
_READ = Right(("get", "list", "watch", "delete"), "", "secrets")
_DEBUG = Right(("update", "patch"), "", "pods", "ephemeralcontainers")
_READ_ALL = Right(("list", "watch", "deletecollection"), "", "secrets")


def _names(world: Facts, scope: str, match: Match) -> Iterator[str]:
    """Yield the names of token Secrets that a rule covers."""
    for name in names_of(match):
        if not name or any(True for _ in _namespaces(world, scope, name)):
            yield name


def _namespaces(world: Facts, scope: str, name: str) -> Iterator[str]:
    """Yield the namespaces of a scope that hold or may hold a token Secret of that name."""
    for namespace in world.identities.namespaces if scope in _WIDE else (scope,):
        if TOKEN_SECRETS.named(world, namespace, name) is not None:
            yield namespace


def _updates(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    """Leave out identities that may patch: that alone is enough."""
    holdings = [one for one in held.get(_UPDATE, ()) if "patch" not in one.match.verbs]
    return by_one_rule(_names)(world, {_UPDATE: holdings})


def _reads(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for holding in held.get(_DEBUG, ()):
        yield from _debugs(world, holding)
    for holding in held.get(_READ_ALL, ()):
        if holding.match.nameless:
            yield FoundRight(holding.scope, "", (holding,))
    for holding in held.get(_READ, ()):
        for name in _names(world, holding.scope, holding.match):
            yield FoundRight(holding.scope, name, (holding,))


def _debugs(world: Facts, holding: HeldRight) -> Iterator[FoundRight]:
    """Yield the namespaces with token Secrets in which a container can be added to a Pod."""
    names = names_of(holding.match)
    running = world.part(WritableObjects).somewhere(RUNNING_PODS)
    with_tokens = world.part(WritableObjects).somewhere(TOKEN_SECRETS)
    inside = (holding.scope,) if holding.scope in with_tokens else ()
    for namespace in with_tokens if holding.scope in _WIDE else inside:
        conditions = [RUNNING_PODS.named(world, namespace, name) for name in names if name]
        if names == ("",):
            conditions = [*running.get(namespace, ())]
        for condition in conditions:
            if condition is not None:
                yield FoundRight(namespace, "", (holding,), condition)


def _wanted(world: Facts) -> bool:
    """Whether there is a token Secret to replace, and a rule that gives only that."""
    snapshot = world.snapshot
    roles: tuple[AnyRole, ...] = (*snapshot.cluster_roles, *snapshot.roles)
    rules = {id(role.rules): role.rules for role in roles}.values()  # equal rules are one object
    return bool(world.part(WritableObjects).somewhere(TOKEN_SECRETS)) and any(
        _UPDATE.verbs_in(rule) == ("update",) for several in rules for rule in several or ()
    )


UPDATE = CompoundRight(id="update-token-secret", rights=(_UPDATE,), found=_updates, wanted=_wanted)
READ = CompoundRight(
    id="read-token-secret",
    rights=(_READ, _READ_ALL, _DEBUG),
    found=_reads,
    objects=of_token_secrets,
    wanted=_wanted,
)


def _places(world: Facts, present: HeldCompoundRights) -> Iterator[tuple[str, str]]:
    """Yield the scopes and names in which both rights are held, each by some identity."""
    for scope, name in present.of(UPDATE):
        for other_scope, other_name in present.of(READ):
            both = meet(scope, other_scope)
            if both is None:
                continue
            for common in common_names([name], [other_name]):
                places = _namespaces(world, both, common) if common else (both,)
                yield from ((place, common) for place in places)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for scope, name in sorted(set(_places(world, present))):
        update, read = present.node(UPDATE, scope, name), present.node(READ, scope, name)
        match = Match(("update",), (("", "secrets"),), (name,) if name else ())
        given = dict(given_by((TOKEN_SECRETS,), world, "" if scope in _WIDE else scope, match))
        if update and read and given:
            which = f"Secret {scope}/{name}" if name else f"token Secrets {where(scope)}"
            words = f"can put {which} for another ServiceAccount and read the new token"
            yield Hyperarc((update, read), tuple(given), words, scope, (name,), max(given.values()))


EDGE = Conjunction(
    id="update-token-secret",
    summary="a replaced token Secret becomes that of any ServiceAccount of its namespace",
    effort=5,  # users of the former token lose it
    certainty="conditional where the input does not show the token Secret or the ServiceAccount,"
    " or a container must restart to get the new token",
    abilities=(UPDATE, READ),
    joins=_joins,
)
