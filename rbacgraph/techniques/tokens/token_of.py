"""Act as the ServiceAccount whose token a Secret holds."""

from collections.abc import Iterator

from rbacgraph.authz.versions.object_versions import object_versions, rests_on
from rbacgraph.facts.secrets.token_accounts import same_uid
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.core import TOKEN_TYPE, Secret, token_account
from rbacgraph.model.node import SECRET, SERVICE_ACCOUNT, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

_REFUSED_SINCE = (1, 28)


def _edges(world: Facts) -> Iterator[Edge]:
    for held, secret, version in _held(world):
        name = token_account(secret)
        key = secret.metadata.namespace, name
        if (
            name
            and key in world.identities.service_accounts
            and same_uid(secret, world.snapshot.service_account_index.get(key))
        ):
            condition = both(
                _accepted(world, secret), world.identities.service_accounts[key], version
            )
            yield (SECRET, *held), (SERVICE_ACCOUNT, *key), secret, condition


def _held(world: Facts) -> Iterator[tuple[tuple[str, str], Secret, Condition]]:
    """Yield the Secrets that hold tokens, with the versions of them that do for one account."""
    snapshot, several = world.snapshot, dict[tuple[str, str], None]()
    for key, versions in object_versions(snapshot).items() if snapshot.secret_versions else ():
        by_account: dict[str, list[int]] = {}
        for number, one in enumerate(versions):
            if isinstance(one, Secret):
                by_account.setdefault(token_account(one), []).append(number)
        for numbers in by_account.values():
            first = versions[numbers[0]]
            if isinstance(first, Secret):
                several[key[1:]] = None
                yield key[1:], first, rests_on(snapshot, key, numbers)
    for held, secret in world.token_secrets.items():
        if held not in several:
            yield held, secret, CERTAIN


def _accepted(world: Facts, secret: Secret) -> Condition:
    """Return the condition on which the API server accepts the token of an existing Secret."""
    metadata, version = secret.metadata, world.snapshot.kubernetes_version
    name = metadata.namespace, metadata.name
    if metadata.deletion_timestamp:
        return If.TOKEN_SECRET_STAYS(*name)
    refuses = version is None or version >= _REFUSED_SINCE
    if refuses and metadata.labels and metadata.labels.invalid_since:
        return If.TOKEN_SECRET_LOSES_LABEL(*name)
    return CERTAIN


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Secret)
    detail = f"type {TOKEN_TYPE}, annotated for ServiceAccount {target[2]}"
    return (
        f"holds a token of ServiceAccount {target[2]}",
        (world.rbac.evidence(basis, "Secret", detail),),
    )


EDGE = ObjectEdge(
    id="token-of",
    summary="a token Secret is its ServiceAccount",
    effort=1,  # the token is in the Secret
    certainty="conditional where the input does not show that the ServiceAccount exists, or the"
    " Secret is labelled as unused or is being deleted",
    edges=_edges,
    explain=_explain,
)
