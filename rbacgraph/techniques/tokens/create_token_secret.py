"""Create a Secret that a controller fills with a ServiceAccount's token, and read it back."""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import NEW_SECRETS, RUNNING_PODS, WritableObjects
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import EACH_NAMESPACE, Node
from rbacgraph.techniques.new_pods.pod_makers import DEBUG_PODS
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, NAMESPACES_OF
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRight,
    HeldRights,
    Key,
    Used,
    by_one_rule,
    common_names,
    destroyed,
    meet,
    nameless,
    names_made,
    names_of,
    wider_scopes,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Right, where
from rbacgraph.techniques.tokens.reading_new_secrets import of_new_secrets

_SECRETS = "secrets"
_CREATE = Right(("create",), "", _SECRETS)
_PATCH = Right(("patch",), "", "secrets")
_READ = Right(("get", "list", "watch", "patch", "delete"), "", "secrets")
_READ_ALL = Right(("list", "watch", "deletecollection"), "", "secrets")


_DELETE = Right(("delete",), "", "secrets")
_WIDE = ("", EACH_NAMESPACE)


def _taken(world: Facts, namespace: str, names: Sequence[str]) -> Condition | None:
    """Return the condition on which one of some names is free for a new Secret.

    None if the input holds Secrets of all of them; a Secret that is only referred to may or may not
    exist.
    """
    condition = None
    for name in names:
        if (namespace, name) not in world.secrets:
            return CERTAIN
        if condition is None and world.secrets[namespace, name] is None:
            condition = If.SECRET_IS_NOT_YET_THERE(namespace, name)
    return condition


def _free(world: Facts, uses: tuple[HeldRight, ...], held: HeldRights) -> Iterator[FoundRight]:
    """Yield where rules suit a new Secret: one of their names is free, or can be freed."""
    scope: str | None = ""
    for use in uses:
        scope = None if scope is None else meet(scope, use.scope)
    names = names_made(world, *uses)
    if scope is None or not names:
        return
    if names == [""] or (scope in _WIDE and any(_unheard_of(world, name) for name in names)):
        yield FoundRight(scope, "", uses)
        return
    for namespace in world.identities.namespaces_of_accounts if scope in _WIDE else (scope,):
        condition = _taken(world, namespace, names)
        deletes = () if condition == CERTAIN else _deleting(world, held, namespace, names)
        if deletes:
            yield FoundRight(namespace, "", (*uses, *deletes))
        elif condition is not None:
            yield FoundRight(namespace, "", uses, condition)


def _unheard_of(world: Facts, name: str) -> bool:
    return not any(name in numbers for numbers in world.secret_numbers.values())


def _deleting(
    world: Facts, held: HeldRights, namespace: str, names: Sequence[str]
) -> tuple[Used, ...]:
    """Return the rule that first deletes a Secret of one of some names, if any, and the Secret."""
    for holding in held.get(_DELETE, ()):
        found = common_names(names, names_of(holding.match))
        if meet(holding.scope, namespace) and found:
            return holding, destroyed(world, "Secret", namespace, found[0])
    return ()


def _reads_new(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for holding in held.get(_READ_ALL, ()):
        if holding.match.nameless:
            yield FoundRight(holding.scope, "", (holding,))
    for holding in held.get(_READ, ()):
        yield from _free(world, (holding,), held)


def _applies(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for create in held.get(_CREATE, ()):
        if not create.match.nameless:  # else a POST does it
            for patch in held.get(_PATCH, ()):
                yield from _free(world, (create, patch), held)


CREATE_SECRET = CompoundRight(id="create-secret", rights=(_CREATE,), found=by_one_rule(nameless))
READ_NEW_SECRET = CompoundRight(
    id="read-new-secret",
    rights=(_READ, _READ_ALL, _DELETE),
    found=_reads_new,
    joint=True,
    together=((_READ, _DELETE),),
    alone=(_READ,),
    objects=of_new_secrets,
)
APPLY_SECRET = CompoundRight(
    id="apply-secret",
    rights=(_CREATE, _PATCH, _DELETE),
    needs=(_PATCH,),
    found=_applies,
    joint=True,
    together=((_CREATE, _PATCH), (_CREATE, _PATCH, _DELETE)),
    alone=(_CREATE,),
    apart=(_DELETE,),
)


def _debugging(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    """Yield where a container added to a running Pod reads a new token Secret."""
    everything = ("", "")
    by_reading = present.certain(CREATE_SECRET, everything) & present.certain(
        READ_NEW_SECRET, everything
    )

    def new(ability: CompoundRight) -> list[Key]:
        """Return the scopes and names of holders that do not read all new Secrets anyway."""
        return [key for key in present.of(ability) if present.holders(ability, key) - by_reading]

    creators = {scope for scope, _ in new(CREATE_SECRET)}
    places = {
        (namespace, name): None
        for scope, name in (new(DEBUG_PODS) if creators else ())
        for namespace in (world.identities.namespaces if scope in _WIDE else (scope,))
        if not creators.isdisjoint(wider_scopes(namespace))
    }
    for namespace, name in places:
        create = present.node(CREATE_SECRET, namespace)
        debug = present.node(DEBUG_PODS, namespace, name)
        if not (create and debug):
            continue
        if name:
            conditions = [RUNNING_PODS.named(world, namespace, name)]
        else:
            conditions = [*world.part(WritableObjects).somewhere(RUNNING_PODS).get(namespace, ())]
        for number, condition in enumerate(conditions):
            if condition is None:
                continue
            pod = f"Pod {namespace}/{name}" if name else "a Pod there"
            words = f"can create token Secrets in {namespace} and give them to {pod}"
            accounts = EXISTING_ACCOUNTS_OF.everything(namespace)
            name_of_join = ("debugging", name, *([f"{number}"] if number else []))
            room = both(condition, world.identities.creating_one(namespace, _SECRETS))
            yield Hyperarc((create, debug), (accounts,), words, namespace, name_of_join, room)


def _accounts(world: Facts, scope: str) -> Node:
    """Return the ServiceAccounts of a scope in which token Secrets are created."""
    if (
        scope in _WIDE
        and world.identities.creating_each(_SECRETS).keys() - world.identities.creating.keys()
    ):
        return NAMESPACES_OF.named("", NEW_SECRETS.resource)
    return EXISTING_ACCOUNTS_OF.everything(scope)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    yield from _debugging(world, present)
    for scope in present.shared_scopes(CREATE_SECRET, READ_NEW_SECRET):
        create, read = present.node(CREATE_SECRET, scope), present.node(READ_NEW_SECRET, scope)
        if create and read:
            accounts = _accounts(world, scope)
            words = f"can create token Secrets {where(scope)} and read them back"
            room = world.identities.creating_one(scope, _SECRETS)
            yield Hyperarc((create, read), (accounts,), words, scope, condition=room)
    for scope in present.scopes(APPLY_SECRET):
        apply = present.node(APPLY_SECRET, scope)
        accounts = _accounts(world, scope)
        words = f"can apply a token Secret {where(scope)} and read it by a patch"
        assert apply is not None
        room = world.identities.creating_one(scope, _SECRETS)
        yield Hyperarc((apply,), (accounts,), words, scope, ("applied",), room)


EDGE = Conjunction(
    id="create-token-secret",
    summary="have a controller write a ServiceAccount's token into a new Secret",
    effort=3,  # a Secret is created, a controller fills it, and it is read
    certainty="conditional where the ServiceAccount may not exist, the new Secret may already, or"
    " the Pod may not be running",
    abilities=(CREATE_SECRET, READ_NEW_SECRET, APPLY_SECRET, DEBUG_PODS),
    joins=_joins,
)
