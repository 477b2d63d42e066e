"""Have an operator sign a client certificate with the key of the cluster's CA."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from rbacgraph.facts.cluster_secrets.credentials import ClusterCredentials
from rbacgraph.facts.custom_resources.present import PresentRows
from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.answers.risk.secret_value import Worth
from rbacgraph.model.condition import If
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.node import EVERYTHING
from rbacgraph.techniques.operators.custom_writes import WIDE, Given, by_row, read_right, seen
from rbacgraph.techniques.spec.custom_resources import is_there
from rbacgraph.techniques.stores.resource_writers import READ_SOME_SECRET

_ROWS = flat(rows_that("uses-key"))
_PAIR = frozenset({"tls.crt", "tls.key"})
_OF_CLUSTER_API = "cluster.x-k8s.io/secret"
_NAMED = re.compile(r"(kube|kubernetes|k8s|cluster|kube-apiserver|apiserver)(-client)?-ca(-.+)?")


class _Keys(WorldPart):
    """The Secrets with the key of the cluster's CA, if an operator is there that may use it."""

    @cached_property
    def secrets(self) -> Sequence[Secret]:
        world = self._world
        if not any(is_there(world, row) for row in _ROWS):
            return ()
        return [secret for secret in world.snapshot.secrets if _is_authority(world, secret)]


def _given(world: Facts, row: CustomResourceRow, scope: str) -> Iterator[Given]:
    own = _namespaces_of(world, row.operator)
    for secret in world.part(_Keys).secrets:
        namespace, name = secret.metadata.namespace, secret.metadata.name
        if _may_take(row, scope, namespace, own):
            yield Given(
                (namespace, name),
                (EVERYTHING,),
                If.SECRET_HOLDS_CLUSTERS_CA(namespace, name),
                (world.rbac.evidence(secret, "Secret", "holds the key of a CA"),),
                f"signs with the key in Secret {namespace}/{name}",
            )


def _is_authority(world: Facts, secret: Secret) -> bool:
    """Whether a Secret holds the key of the cluster's CA, as far as names and types say."""
    if secret.keys is not None and not _PAIR.issubset(secret.keys):
        return False
    name = secret.metadata.name
    if secret.type == _OF_CLUSTER_API:
        return name.endswith("-ca")
    if _NAMED.fullmatch(name):
        return True
    found = world.part(ClusterCredentials).of(secret)
    return any(Worth[one.row.worth] is Worth.CLUSTER_SIGNING_KEY for one in found)


def _namespaces_of(world: Facts, operator: str) -> Collection[str]:
    """Return where an operator runs, as those of its rows say that name its account."""
    rows = [row for row in _ROWS if row.operator == operator]
    return {place for row in rows for place in world.part(PresentRows).namespaces(row)}


def _may_take(row: CustomResourceRow, scope: str, namespace: str, own: Collection[str]) -> bool:
    """Whether an operator takes a Secret of a namespace for an object in a scope."""
    here = row.reach != "operator-namespace" and (scope in WIDE or scope == namespace)
    return here or (row.reach != "namespace" and namespace in own)


EDGE = by_row(
    "uses-key",
    _given,
    readers=lambda row: (READ_SOME_SECRET if row.lands == "secret" else read_right(seen(row)),),
    wanted=lambda world: bool(world.part(_Keys).secrets),
    summary="an operator signs a client certificate with the CA's key that it may take",
    effort=5,  # an object that remains visible
    certainty="always conditional: on the operator, and on what the API server accepts",
)
