"""Finds who may write the custom resources by which operators read stores, and read the result."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.facts.custom_resources.rows import rows_that
from rbacgraph.facts.external.controllers import EXTERNAL_SECRETS_OPERATOR, VAULT_OPERATOR
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.external.logins import Login
from rbacgraph.facts.secrets.secret_uses import container_words, read_condition
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.external_secrets import ESO_GROUP, VSO_GROUP
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.node import EACH_NAMESPACE, Node
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldRight,
    HeldRights,
    Holder,
    Key,
    cluster_wide,
    names_made,
    where_allowed,
)
from rbacgraph.techniques.spec.custom_resources import is_there, object_there
from rbacgraph.techniques.spec.technique import Right

SEALED = "SealedSecret"
WIDE = ("", EACH_NAMESPACE)
_VERBS = ("create", "update", "patch")
_IN_SECRETS = [
    row
    for mechanism in ("copies", "uses-key")
    for rows in rows_that(mechanism).values()
    for row in rows
    if row.lands in {"elsewhere", "secret"}
]
"""What operators put into Secrets that the author of an object names."""
_KINDS = {
    "externalsecrets": "ExternalSecret",
    "clusterexternalsecrets": "ClusterExternalSecret",
    "vaultstaticsecrets": "VaultStaticSecret",
    "vaultdynamicsecrets": "VaultDynamicSecret",
    "vaultpkisecrets": "VaultPKISecret",
    "secretproviderclasses": "SecretProviderClass",
    "sealedsecrets": SEALED,
}


class Syncer(NamedTuple):
    """An operator that reads stores for custom resources, and who may write these."""

    operator: str
    kinds: str
    write: CompoundRight


def writes(
    name: str, group: str, resources: Sequence[str], wanted: Callable[[Facts], bool]
) -> CompoundRight:
    """Return the compound right to write custom resources of a group.

    ``wanted`` says of the world whether the right matters.
    """
    rights = tuple(Right(_VERBS, group, resource) for resource in resources)

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        for right, holdings in held.items():
            alone = right.resource.startswith("cluster")
            usable = cluster_wide(holdings) if alone else holdings
            yield from where_allowed(usable, lambda one: _there(world, one))

    return CompoundRight(id=name, rights=rights, found=found, wanted=wanted)


def _there(world: Facts, holding: HeldRight) -> Condition | None:
    """Return the condition on which a request is possible; None if it is not."""
    needed = object_there(world, holding.match)
    if not needed:
        return needed
    kind = _KINDS[holding.right.resource]
    snapshot, wide = world.snapshot, holding.scope in WIDE
    names = holding.match.exact_names
    makers = (*snapshot.secret_makers, *snapshot.cluster_secret_makers)
    objects: Iterable[Object] = (maker for maker in makers if maker.kind == kind)
    for found in snapshot.sealed_secrets if kind == SEALED else objects:
        meta = found.metadata
        there = wide or meta.namespace == holding.scope
        if there and (not names or meta.name in names):
            return CERTAIN
    listed = snapshot.is_listed(kind, "" if wide else holding.scope)
    return None if listed else needed


def _has_stores(world: Facts) -> bool:
    return bool(world.part(ExternalSecrets).logins)


def has_wide_sealed_secrets(world: Facts) -> bool:
    """Whether some SealedSecret can be unsealed under another name."""
    return any(sealed.is_wide for sealed in world.snapshot.sealed_secrets)


def _makes_secrets(world: Facts) -> bool:
    return (
        _has_stores(world)
        or has_wide_sealed_secrets(world)
        or any(is_there(world, row) for row in _IN_SECRETS)
    )


SYNCERS = (
    Syncer(
        EXTERNAL_SECRETS_OPERATOR,
        "ExternalSecrets",
        writes(
            "write-external-secret",
            ESO_GROUP,
            ("externalsecrets", "clusterexternalsecrets"),
            _has_stores,
        ),
    ),
    Syncer(
        VAULT_OPERATOR,
        "Vault secrets",
        writes(
            "write-vault-secret",
            VSO_GROUP,
            ("vaultstaticsecrets", "vaultdynamicsecrets", "vaultpkisecrets"),
            _has_stores,
        ),
    ),
)

_READ = Right(("get", "list", "watch", "patch", "delete"), "", "secrets")
_READ_ALL = Right(("list", "watch", "deletecollection"), "", "secrets")


def _reads_some(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    """Yield where some Secret can be read: the resource may be given its name."""
    for right in (_READ, _READ_ALL):
        for one in held.get(right, ()):
            if one.match.nameless if right is _READ_ALL else names_made(world, one):
                yield FoundRight(one.scope, "", (one,))


def _pods(world: Facts) -> Iterable[tuple[Key, Holder]]:
    """Yield the running Pods that read a Secret, which the resource may be given."""
    if not _makes_secrets(world):
        return
    held, first = world.numbered_secrets, world.secret_block.start
    seen: set[Node] = set()
    for runner, use, number in world.uses:
        condition = read_condition(runner, held[number - first], use)
        if condition is None or runner.running is None or runner.node in seen:
            continue
        seen.add(runner.node)
        again = CERTAIN if use.follows else If.CONTAINER_RESTARTS(use.container)
        detail = container_words(use)
        evidence = (world.rbac.evidence(runner.obj, runner.kind, detail),)
        yield (
            (runner.node[1], ""),
            Holder(runner.node, evidence, both(runner.running, condition, again)),
        )


READ_SOME_SECRET = CompoundRight(
    id="read-some-secret",
    rights=(_READ, _READ_ALL),
    found=_reads_some,
    objects=_pods,
    wanted=_makes_secrets,
)
"""Read some Secret of a namespace, of whatever name."""


def logins_in(world: Facts, scope: str, operator: str) -> list[Login]:
    """Return the logins that a resource of an operator may use somewhere in a scope."""
    external = world.part(ExternalSecrets)
    if scope in WIDE:
        return [one for one in external.known_logins.values() if one.operator == operator]
    return list(external.logins.of_namespace(scope, operator))
