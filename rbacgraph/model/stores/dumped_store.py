"""What the input may hold of stores outside the cluster: dumps, each of a store at its address."""

from rbacgraph.model.stores.vault_dump import VaultDump

DumpedStore = VaultDump
"""The dump of one store. ``address`` tells it from the others; ``""`` where nothing says it."""
