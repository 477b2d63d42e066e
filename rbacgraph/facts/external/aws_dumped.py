"""Opens what dumps of AWS say, for inputs that hold some: others do not pay for it."""

from typing import TYPE_CHECKING

from rbacgraph.facts.world import Facts
from rbacgraph.model.node import AWS

if TYPE_CHECKING:
    from rbacgraph.facts.external.aws_stores import AwsStores


def aws_stores(world: Facts) -> "AwsStores | None":
    """Return what the dumps say; ``None`` without one."""
    if AWS not in world.snapshot.dumps:
        return None
    from rbacgraph.facts.external.aws_stores import AwsStores

    return world.part(AwsStores)
