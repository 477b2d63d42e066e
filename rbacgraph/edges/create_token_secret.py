"""Create a Secret that a controller fills with a ServiceAccount's token, and read it back.

Precondition
    Verb create on core resource secrets, and a way to read the new Secret: get, list, watch,
    patch, delete or deletecollection, which may be another identity's. A POST carries no
    name, so names restrict only the reading, where the intruder chooses a name that is
    free. Or create and patch of one identity on the same free name: server-side apply
    creates with a name. The ServiceAccount must exist.
Use
    kubectl apply a Secret of type kubernetes.io/service-account-token with annotation
    kubernetes.io/service-account.name, then kubectl get it: the token does not expire.
Close
    Take create on secrets away from who can read them, also from who reads by patch.
References
    https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
    kubernetes pkg/controller/serviceaccount/tokens_controller.go
    MITRE ATT&CK T1528 (steal application access token)
"""

from collections.abc import Iterator

from rbacgraph.edges import efforts
from rbacgraph.edges.abilities import (
    Ability,
    Found,
    Held,
    Present,
    by_one_rule,
    common_names,
    meet,
    nameless,
    names_of,
)
from rbacgraph.edges.base import CERTAIN, Right, where
from rbacgraph.edges.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.edges.joint import Join, JointEdge
from rbacgraph.edges.world import World
from rbacgraph.model.node import EACH_NAMESPACE

_CREATE = Right(("create",), "", "secrets")
_PATCH = Right(("patch",), "", "secrets")
_READ = Right(("get", "list", "watch", "patch", "delete"), "", "secrets")
_READ_ALL = Right(("list", "watch", "deletecollection"), "", "secrets")


def _taken(world: World, scope: str, names: tuple[str, ...]) -> str | None:
    """Return the condition under which one of some names is free for a new Secret.

    None where the input holds Secrets of all of them; a Secret that it only refers to may
    or may not exist.
    """
    if names == ("",):
        return CERTAIN
    condition = None
    for namespace in world.namespaces if scope in {"", EACH_NAMESPACE} else (scope,):
        for name in names:
            if (namespace, name) not in world.secrets:
                return CERTAIN
            if condition is None and world.secrets[namespace, name] is None:
                condition = f"Secret {namespace}/{name} does not exist yet"
    return condition


def _reads_new(world: World, held: Held) -> Iterator[Found]:
    for holding in held.get(_READ_ALL, ()):
        if holding.match.nameless:
            yield Found(holding.scope, "", (holding,))
    for holding in held.get(_READ, ()):
        condition = _taken(world, holding.scope, names_of(holding.match))
        if condition is not None:
            yield Found(holding.scope, "", (holding,), condition)


def _applies(world: World, held: Held) -> Iterator[Found]:
    for create in held.get(_CREATE, ()):
        if create.match.nameless:
            continue  # then a POST does it
        for patch in held.get(_PATCH, ()):
            scope = meet(create.scope, patch.scope)
            names = common_names(names_of(create.match), names_of(patch.match))
            if scope is not None and names:
                condition = _taken(world, scope, tuple(names))
                if condition is not None:
                    yield Found(scope, "", (create, patch), condition)


CREATE_SECRET = Ability(id="create-secret", rights=(_CREATE,), found=by_one_rule(nameless))
READ_NEW_SECRET = Ability(id="read-new-secret", rights=(_READ, _READ_ALL), found=_reads_new)
APPLY_SECRET = Ability(id="apply-secret", rights=(_CREATE, _PATCH), found=_applies, joint=True)


def _joins(_world: World, present: Present) -> Iterator[Join]:
    for scope in present.shared_scopes(CREATE_SECRET, READ_NEW_SECRET):
        create, read = present.node(CREATE_SECRET, scope), present.node(READ_NEW_SECRET, scope)
        if create and read:
            accounts = EXISTING_ACCOUNTS_OF.everything(scope)
            words = f"can create token Secrets {where(scope)} and read them back"
            yield Join((create, read), (accounts,), words, scope)
    for scope in present.scopes(APPLY_SECRET):
        apply = present.node(APPLY_SECRET, scope)
        accounts = EXISTING_ACCOUNTS_OF.everything(scope)
        words = f"can apply a token Secret {where(scope)} and read it by a patch"
        assert apply is not None
        yield Join((apply,), (accounts,), words, scope, "applied")


EDGE = JointEdge(
    id="create-token-secret",
    summary="have a controller write a ServiceAccount's token into a new Secret",
    page=__doc__,
    effort=efforts.CREATE_TOKEN_SECRET,
    certainty="conditional where the ServiceAccount may not exist, or the new Secret may already",
    abilities=(CREATE_SECRET, READ_NEW_SECRET, APPLY_SECRET),
    joins=_joins,
)
