"""Opens what dumps of AWS say, for inputs that hold some: others do not pay for it."""

from typing import TYPE_CHECKING

from rbacgraph.facts.world import Facts

if TYPE_CHECKING:
    from rbacgraph.facts.external.aws_stores import AwsStores


def aws_stores(world: Facts) -> "AwsStores | None":
    """Return what the dumps say; ``None`` without one."""
    if world.snapshot.aws is None:
        return None
    from rbacgraph.facts.external.aws_stores import AwsStores

    return world.part(AwsStores)
