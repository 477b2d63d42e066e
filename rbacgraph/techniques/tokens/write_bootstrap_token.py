"""Log in by a bootstrap token of the attacker's own."""

from collections.abc import Iterable, Iterator, Sequence

from rbacgraph.facts.tokens.bootstrap_tokens import BOOTSTRAPPERS, accepted, extra_groups, users
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.core import BOOTSTRAP_NAMESPACE as NAMESPACE
from rbacgraph.model.kubernetes.core import token_id
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRight,
    HeldRights,
    common_names,
    destroyed,
    meet,
    names_of,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Right

_CREATE = Right(("create",), "", "secrets")
_PATCH = Right(("patch",), "", "secrets")
_DELETE = Right(("delete",), "", "secrets")
_EDIT = Right(("update", "patch"), "", "secrets")
_UNSEEN = If.BOOTSTRAP_TOKEN_IS_LACKING(NAMESPACE)


_NEW = "new"
"""The name of a token under a free name; no Secret has it."""


def _found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    yield from _created(world, held)
    for edit in _there(held, _EDIT):
        known = world.bootstrap_tokens
        listed = world.snapshot.is_listed("Secret", NAMESPACE)
        names = names_of(edit.match)
        there = [
            name
            for name, secret in known.items()
            if (names == ("",) or name in names) and not secret.immutable
        ]
        for name in there:
            yield FoundRight(NAMESPACE, name, (edit,))
        for name in names if not listed else ():
            if not name or (token_id(name) and not world.secrets.get((NAMESPACE, name))):
                yield FoundRight(NAMESPACE, name or "any", (edit,), _UNSEEN)


def _created(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    """Yield the tokens that can be made: of free names, or of those that are deleted first."""
    deletes, room = _there(held, _DELETE), world.identities.creating_one(NAMESPACE, "secrets")
    for create in _there(held, _CREATE):
        if create.match.nameless:
            yield from _of_any_name(world, (create,), deletes)
            continue
        for patch in _there(held, _PATCH):
            for name in common_names(names_of(create.match), names_of(patch.match)):
                if not name:
                    yield from _of_any_name(world, (create, patch), deletes)
                elif token_id(name) and world.secrets.get((NAMESPACE, name)):  # its type stays
                    for delete in _of_name(deletes, name):
                        used = create, patch, delete, _first(world, name)
                        yield FoundRight(NAMESPACE, name, used)
                elif token_id(name):
                    yield FoundRight(NAMESPACE, name, (create, patch), room)


def _of_any_name(
    world: Facts, uses: tuple[HeldRight, ...], deletes: Sequence[HeldRight]
) -> Iterator[FoundRight]:
    """Yield the tokens that can be made where the name is free to choose."""
    yield FoundRight(NAMESPACE, _NEW, uses, world.identities.creating_one(NAMESPACE, "secrets"))
    for name in _taken(world):
        for delete in _of_name(deletes, name):
            yield FoundRight(NAMESPACE, name, (*uses, delete, _first(world, name)))


def _first(world: Facts, name: str) -> Evidence:
    return destroyed(world, "Secret", NAMESPACE, name)


def _there(held: HeldRights, right: Right) -> list[HeldRight]:
    return [one for one in held.get(right, ()) if meet(one.scope, NAMESPACE) is not None]


def _of_name(holdings: Iterable[HeldRight], name: str) -> Iterator[HeldRight]:
    """Yield the first of some rules that covers a name, if any."""
    for holding in holdings:
        if common_names(names_of(holding.match), (name,)):
            yield holding
            return


def _taken(world: Facts) -> list[str]:
    """Return the names of bootstrap tokens that Secrets of the input have, of any type."""
    names = (f"bootstrap-token-{token}" for token in map(_id_of, users(world, "")))
    held = {name for name in names if world.secrets.get((NAMESPACE, name))}
    return sorted({*held, *world.bootstrap_tokens})


def _id_of(user: Node) -> str:
    return user[2].rpartition(":")[2]


WRITE_TOKEN = CompoundRight(
    id="write-bootstrap-token",
    rights=(_CREATE, _PATCH, _DELETE, _EDIT),
    found=_found,
    joint=True,
    together=((_CREATE, _PATCH), (_CREATE, _DELETE), (_CREATE, _PATCH, _DELETE)),
    apart=(_DELETE,),
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    condition = accepted(world)
    if condition is None:
        return
    groups = (BOOTSTRAPPERS, *extra_groups(world))
    for _, name in present.of(WRITE_TOKEN):
        node = present.node(WRITE_TOKEN, NAMESPACE, name)
        assert node is not None
        known = users(world, token_id(name) or "") if name != "any" else []
        if name == _NEW:
            taken = {token_id(one) for one in _taken(world)}
            known = [user for user in known if _id_of(user) not in taken]
        what = f"bootstrap token {token_id(name)}" if token_id(name) else "a bootstrap token"
        words = f"can write {what} and log in by it"
        yield Hyperarc((node,), (*groups, *known), words, NAMESPACE, (name,), condition)


EDGE = Conjunction(
    id="write-bootstrap-token",
    summary="log in by a bootstrap token of one's own",
    effort=3,  # a Secret is created, and remains visible
    certainty="conditional where the input does not show that the API server takes them",
    abilities=(WRITE_TOKEN,),
    joins=_joins,
)
