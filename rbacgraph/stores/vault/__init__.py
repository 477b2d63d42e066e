"""HashiCorp Vault and OpenBao: policies, logins of ServiceAccounts, decisions.

Examples
--------
>>> policies = Policies({"app": 'path "kv1/app/*" { capabilities = ["read"] }'})
>>> policies.allows(method="GET", path="kv1/app/db")
True
>>> policies.allows(method="GET", path="kv1/other")
False
"""

from rbacgraph.stores.vault.kubernetes_role import admits
from rbacgraph.stores.vault.policies import Policies
from rbacgraph.stores.vault.policy_text import Flavour, PolicyTextError

__all__ = ["Flavour", "Policies", "PolicyTextError", "admits"]
