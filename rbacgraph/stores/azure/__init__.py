"""Azure: role assignments, key vaults' access policies, federated credentials, AKS."""

from rbacgraph.stores.azure.vectors import decide

__all__ = ["decide"]
