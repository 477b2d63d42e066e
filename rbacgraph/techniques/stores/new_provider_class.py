"""Run a Pod that mounts a SecretProviderClass, existing or new, and read what it reads."""

from collections.abc import Iterator

from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.kubernetes.external_secrets import CSI_GROUP, PROVIDER_CLASS
from rbacgraph.model.node import PROVIDER_LOGIN, Node
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import where
from rbacgraph.techniques.stores.resource_writers import WIDE, writes

_MAKERS = ((MAKE_PODS, "made"), (APPLY_PODS, "applied"))


def _logins(world: Facts) -> dict[Node, str]:
    """Return the logins of SecretProviderClasses, each with the first namespace of a class."""
    found: dict[Node, str] = {}
    for read in world.part(ExternalSecrets).reads:
        if read.login is not None and read.maker.kind == PROVIDER_CLASS:
            found.setdefault(read.login, read.namespace)
    return found


WRITE_CLASS = writes(
    "write-provider-class",
    CSI_GROUP,
    ("secretproviderclasses",),
    lambda world: any(node[0] == PROVIDER_LOGIN for node in _logins(world)),
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    logins = _logins(world)
    shared = tuple(node for node in logins if node[0] == PROVIDER_LOGIN)
    for ability, called in _MAKERS if logins else ():
        for scope in present.scopes(ability):
            make = present.node(ability, scope)
            of_classes = tuple(_of_classes(world, scope))
            if make and of_classes:
                words = f"can have Pods made {where(scope)} that mount a SecretProviderClass"
                runs = If.DRIVER_MOUNTS_CLASS()
                yield Hyperarc((make,), of_classes, words, scope, ("existing", called), runs)
        for scope in present.shared_scopes(WRITE_CLASS, ability) if shared else ():
            make, write = present.node(ability, scope), present.node(WRITE_CLASS, scope)
            if make and write:
                words = f"can write SecretProviderClasses {where(scope)} and have Pods mount them"
                runs = If.DRIVER_MOUNTS_CLASS()
                yield Hyperarc((write, make), shared, words, scope, ("new", called), runs)


def _of_classes(world: Facts, scope: str) -> Iterator[Node]:
    """Yield the logins of the existing classes of a scope, each once."""
    reads = world.part(ExternalSecrets).reads
    yield from dict.fromkeys(
        read.login
        for read in reads
        if read.login is not None and read.maker.kind == PROVIDER_CLASS
        if scope in WIDE or read.namespace == scope
    )


EDGE = Conjunction(
    id="new-provider-class",
    summary="a new Pod mounts a SecretProviderClass, and reads a store with its login",
    effort=5,  # a Pod, and an object that remains visible
    certainty="always conditional: on the driver and its provider",
    abilities=(WRITE_CLASS, MAKE_PODS, APPLY_PODS),
    joins=_joins,
)
