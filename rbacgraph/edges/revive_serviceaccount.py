"""Create the ServiceAccount that a binding names though it does not exist, and be it.

Precondition
    A binding names a ServiceAccount that does not exist. One identity may create it: create
    on serviceaccounts without names, or create and patch on its name (server-side apply).
    This or another identity of the intruder can get the token of any ServiceAccount of the
    namespace, or of one of this name: by create on serviceaccounts/token, by a new Pod, by
    a token Secret. The namespace must exist. To impersonate it, it need not be created.
Use
    kubectl create serviceaccount NAME -n NAMESPACE, then kubectl create token NAME
Close
    Delete subjects that do not exist from bindings.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#periodic-review
    MITRE ATT&CK T1136 (create account)
"""

from collections.abc import Iterator

from rbacgraph.edges import efforts
from rbacgraph.edges.abilities import (
    Ability,
    Found,
    Held,
    Present,
    common_names,
    meet,
    names_of,
)
from rbacgraph.edges.base import Right
from rbacgraph.edges.bound import Key
from rbacgraph.edges.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.edges.joint import Join, JointEdge
from rbacgraph.edges.world import World
from rbacgraph.model.node import SERVICE_ACCOUNT

_CREATE = Right(("create",), "", "serviceaccounts")
_PATCH = Right(("patch",), "", "serviceaccounts")
_TOKEN = Right(("create",), "", "serviceaccounts", "token")


def _creates(_world: World, held: Held) -> Iterator[Found]:
    for create in held.get(_CREATE, ()):
        if create.match.nameless:
            yield Found(create.scope, "", (create,))
            continue
        for patch in held.get(_PATCH, ()):
            scope = meet(create.scope, patch.scope)
            if scope is not None:
                for name in common_names(names_of(create.match), names_of(patch.match)):
                    yield Found(scope, name, (create, patch))


def _tokens(_world: World, held: Held) -> Iterator[Found]:
    for holding in held.get(_TOKEN, ()):
        for name in holding.match.exact_names:
            yield Found(holding.scope, name, (holding,))


CREATE_ACCOUNT = Ability(
    id="create-serviceaccount",
    rights=(_CREATE, _PATCH),
    found=_creates,
    joint=True,
    together=((_CREATE, _PATCH),),
    alone=(_CREATE,),
)
TOKEN_BY_NAME = Ability(id="token-by-name", rights=(_TOKEN,), found=_tokens)
"""Requests for tokens that names limit: the others are good for all accounts anyway."""


def _joins(world: World, present: Present) -> Iterator[Join]:
    for namespace, name in _missing(world):
        create = present.node(CREATE_ACCOUNT, namespace, name)
        if create is None:
            continue
        target = (SERVICE_ACCOUNT, namespace, name)
        words = f"can create ServiceAccount {namespace}/{name}, which a binding names, and be it"
        every = EXISTING_ACCOUNTS_OF.everything(namespace)
        yield Join((create, every), (target,), words, namespace, name)
        token = present.node(TOKEN_BY_NAME, namespace, name)
        if token:
            yield Join((create, token), (target,), words, namespace, f"{name} by its name")


def _missing(world: World) -> Iterator[Key]:
    """Yield the ServiceAccounts that bindings name, and that may not exist, sorted."""
    namespaces = {namespace.metadata.name for namespace in world.snapshot.namespaces}
    listed = world.snapshot.is_listed("Namespace")
    for key in sorted(world.named_service_accounts):
        may_exist = world.service_accounts.get(key)
        if may_exist != "" and (key[0] in namespaces or not listed):
            yield key


EDGE = JointEdge(
    id="revive-serviceaccount",
    summary="create the missing ServiceAccount that a binding names, and get its token",
    page=__doc__,
    effort=efforts.REVIVE_SERVICEACCOUNT,
    abilities=(CREATE_ACCOUNT, TOKEN_BY_NAME),
    joins=_joins,
)
