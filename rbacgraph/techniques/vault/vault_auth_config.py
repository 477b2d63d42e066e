"""Have an auth method of Vault ask an API server, or trust keys, of the attacker."""

from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-auth-config",
    summary="a token of Vault writes the configuration of an auth method",
    effort=6,  # logins of others fail until it is put right
    certainty="conditional: on the way from Vault to the attacker, unless keys are given,"
    " and by networks",
    edges=gains_by("AUTH_CONFIG_WRITE"),
    explain=explained("lets an auth method ask its own server and logs in"),
)
