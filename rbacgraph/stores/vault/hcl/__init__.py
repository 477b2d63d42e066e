"""HCL 1 and its JSON form, read as the library does in which Vault's policies are written.

HCL 2 is another language: it refuses texts that Vault accepts, and the reverse.

Source: ``github.com/hashicorp/hcl`` at ``v1.0.1-vault-7``.
"""

from rbacgraph.stores.vault.hcl.read import read_hcl
from rbacgraph.stores.vault.hcl.tree import HclError, Item, ItemKey, Literal, ObjectValue, Value

__all__ = ["HclError", "Item", "ItemKey", "Literal", "ObjectValue", "Value", "read_hcl"]
