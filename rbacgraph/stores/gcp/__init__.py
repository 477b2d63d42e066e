"""Google Cloud: allow and deny policies, members, conditions, service accounts, GKE."""

from rbacgraph.stores.gcp.vectors import decide

__all__ = ["decide"]
