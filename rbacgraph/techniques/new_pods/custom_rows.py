"""Says whether a resource of the table is there, and whether its operator is."""

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.operators.accounts import OperatorAccounts
from rbacgraph.facts.operators.known_names import known_by_name
from rbacgraph.facts.operators.operators import Operators
from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import WritableObjects
from rbacgraph.model.node import SERVICE_ACCOUNT

_OWN = ("", "rbac.authorization.k8s.io")
"""Groups of Kubernetes: an operator heeds annotations of their objects."""


def is_there(world: Facts, row: CustomResourceRow) -> bool:
    """Whether the input shows the resource of a row.

    A resource exists if the input defines it, or, if the input may lack definitions, if some rule
    names it; a rule for everything does not count. OpenShift's resources have no definitions: a
    separate API server has them. Of Kubernetes' own resources, which are everywhere, the operator
    is looked for.
    """
    if row.group in _OWN:
        return _runs(world, row.operator)
    if row.key in world.snapshot.served or (row.openshift and world.constraints.demanded):
        return True
    if world.snapshot.is_listed("CustomResourceDefinition"):
        return False
    resources = world.part(WritableObjects).named_resources
    return not resources.isdisjoint({row.key, (row.group, "*")})


def _runs(world: Facts, operator: str) -> bool:
    """Whether an operator is recognised: by a name alone where the input shows no Pods."""
    if world.part(OperatorAccounts).of(operator, ""):
        return True
    named = world.rbac.named_service_accounts
    if not (world.snapshot.pods or world.snapshot.workloads):
        return any(known_by_name(name) == operator for _, name in named)
    if world.snapshot.is_listed("ServiceAccount"):
        return False
    found = (world.part(Operators).of((SERVICE_ACCOUNT, *key)) for key in named)
    return any(one is not None and one.name == operator for one in found)
