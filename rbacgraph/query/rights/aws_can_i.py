"""Decides whether a ServiceAccount may do something in AWS, by the dump in the input."""

from rbacgraph.errors import UsageError
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.stores import Stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.node import AWS


def aws_can_i(world: Facts, action: str, resource: str, account: Key) -> Decision:
    """Decide whether some role that lets a ServiceAccount in may do something.

    Raises UsageError if the input has no dump of AWS, or the action names no service.
    """
    store = world.part(Stores).get(AWS)
    if store is None:
        raise UsageError("the input has no dump of AWS", advice="rbacgraph aws commands makes one")
    if ":" not in action:
        raise UsageError(f"{action} names no service", advice="give it as policies do: kms:Decrypt")
    from rbacgraph.facts.external.aws_stores import AwsStores

    assert isinstance(store, AwsStores)
    return store.can_i(action, resource, account)
