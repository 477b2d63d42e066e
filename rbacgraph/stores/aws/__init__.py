"""AWS: identity, resource and organisation policies, keys, trust, decisions."""

from rbacgraph.stores.aws.decision import decide

__all__ = ["decide"]
