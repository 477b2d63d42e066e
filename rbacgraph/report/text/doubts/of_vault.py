"""Doubts about Vault and OpenBao, in words."""

from rbacgraph.model.condition import If
from rbacgraph.report.text.doubts.parts import WordsByDoubt, either


def _of(server: str = "") -> str:
    return f" of the Vault at {server}" if server else ""


def _is_at(address: str, server: str = "") -> str:
    if not server:
        return f"the dump of Vault is of the server at {address}"
    if not address:
        return f"objects that name no server mean the Vault at {server}"
    return f"the Vault at {server} is also at {address} (--vault-address {address}={server})"


OF_VAULT: WordsByDoubt = {
    If.POLICY_OF_VAULT_ALLOWS: (
        lambda role, *names: f"policy {either(names)} of {role}, which the input lacks, allows it"
    ),
    If.POLICY_OF_VAULT_DOES_NOT_DENY: (
        lambda role, *names: (
            f"policy {' and '.join(names)} of {role}, which the input lacks, does not deny it"
        )
    ),
    If.MOUNT_OF_VAULT_IS_THIS_CLUSTERS: (
        "{} of Vault admits ServiceAccounts of this cluster (--vault-mount {}=this)"
    ),
    If.ROLE_OF_VAULT_ADMITS: (
        lambda mount, names, more: (
            f"whom role {either(names)}{f' and {more:,} more' if more else ''} of {mount} admits"
        )
    ),
    If.AUTH_METHODS_OF_VAULT_ARE_SEEN: (
        lambda *server: f"the list of auth methods{_of(*server)} (vault/auth.json)"
    ),
    If.ROLES_OF_VAULT_ARE_SEEN: (
        lambda mount, *server: (
            f"the list of the roles of {mount}{_of(*server)} (vault/{mount}/role.json)"
        )
    ),
    If.TOKENS_OF_VAULT_OBTAIN_NO_MORE: "what {:,} more tokens of Vault, or pairs of them, obtain",
    If.NAMESPACE_IS_SELECTED_BY_VAULT: "namespace {} has the labels that {} selects: {}",
    If.APPROVAL_IS_GIVEN_IN_VAULT: "others approve, as policy {} asks of them",
    If.SENTINEL_OF_VAULT_ALLOWS: (
        lambda *names: f"Vault's Sentinel, by policy {' and '.join(names)}, lets the request pass"
    ),
    If.LOGIN_HAS_SECOND_FACTOR: (
        "who logs in by {} gives the second factor that login enforcement {} asks for"
    ),
    If.TOKEN_IS_FOR_AUDIENCE: (
        lambda role, audience: (
            f"the token is for the audience {audience}, which {role} asks for"
            if audience
            else f"the token is for no audience, as {role} asks"
        )
    ),
    If.TOKEN_HAS_CLAIMS: "the token's claims {1} are as {0} asks",
    If.TEMPLATES_OF_VAULT_DO_NOT_REFUSE: (
        "the templates of {} do not refuse ServiceAccount {}/{}, whose alias the input lacks"
    ),
    If.ACCOUNT_IS_ENTITY_OF_VAULT: (
        "ServiceAccount {}/{}, whose alias the input lacks, is entity {} of Vault"
    ),
    If.ACCOUNT_IS_NO_ENTITY_OF_VAULT: (
        "ServiceAccount {}/{}, whose alias the input lacks, is not entity {} of Vault"
    ),
    If.CALLER_IS_IN_NETWORKS: "the attacker reaches Vault from {1}, as {0} asks",
    If.ENGINE_ASKS_THIS_CLUSTER: (
        "the secrets engine {0} of Vault asks this cluster (--vault-mount {0}=this)"
    ),
    If.VAULT_MAKES_TOKENS: "the secrets engine {} of Vault has the rights that its roles need",
    If.VAULT_REACHES_ATTACKER: "Vault reaches an API server of the attacker, which {} then asks",
    If.VAULT_SHOWS_RAW_STORAGE: "the server's configuration has raw_storage_endpoint",
    If.ENTRY_OF_VAULT_IS_WRITABLE: (
        "{} exists or not as the policy asks: create and update differ, and the input lacks it"
    ),
    If.VAULT_IS_AT_ADDRESS: _is_at,
}
