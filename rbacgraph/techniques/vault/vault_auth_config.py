"""Have an auth method of Vault ask an API server, or trust keys, of the attacker.

Precondition
    - The policies allow POST on auth/MOUNT/config of a kubernetes, jwt or oidc mount, with update.
    - The stanza leaves kubernetes_host and kubernetes_ca_cert, or jwt_validation_pubkeys,
      jwks_url or oidc_discovery_url to the writer.
    - Vault reaches the attacker's server, unless keys are given.
    Then the attacker is any ServiceAccount for every role of the mount, in whichever cluster.
Use
    vault write auth/kubernetes/config kubernetes_host=https://ATTACKER kubernetes_ca_cert=@ca.pem;
    then log in to each role with a token that this server accepts.
Close
    Let administrators alone write the configurations of auth methods; close Vault's way out.
References
    https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#configure-method
    https://developer.hashicorp.com/vault/api-docs/auth/jwt#configure
    https://openbao.org/api-docs/auth/kubernetes/
    MITRE ATT&CK T1556 (modify authentication process)
"""

from rbacgraph.stores.vault.escalations import EscalationKind
from rbacgraph.techniques.spec.technique import ObjectEdge
from rbacgraph.techniques.vault.vault_gains_edges import explained, gains_by

EDGE = ObjectEdge(
    id="vault-auth-config",
    summary="a token of Vault writes the configuration of an auth method",
    page=__doc__,
    effort=6,  # logins of others fail until it is put right
    certainty="conditional: on the way from Vault to the attacker, unless keys are given,"
    " and by networks",
    edges=gains_by(EscalationKind.AUTH_CONFIG_WRITE),
    explain=explained("lets an auth method ask its own server and logs in"),
)
