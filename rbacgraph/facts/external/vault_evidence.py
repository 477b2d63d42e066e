"""The roles and policies of Vault that decide, as evidence."""

from collections.abc import Iterator

from rbacgraph.facts.external.vault_doubts import Stanzas
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.stores.vault.logins import VaultLogin
from rbacgraph.stores.vault.policies import VaultDecision

ROLE_KIND, POLICY_KIND = "VaultRole", "VaultPolicy"


def role_words(login: VaultLogin) -> str:
    """Return a role of Vault by its path, with its namespace if it has one."""
    namespace = login.role.namespace
    return f"{login.role.path} in {namespace}" if namespace else login.role.path


def role_evidence(login: VaultLogin) -> Evidence:
    """Return the role of Vault that admits a ServiceAccount."""
    role = login.role
    return Evidence(ROLE_KIND, role.namespace, role.path, role.file, 1)


def stanza_evidence(decision: VaultDecision, stanzas: Stanzas) -> Iterator[Evidence]:
    """Yield the policies of the rule that decides, each with the line of its stanza."""
    rule = decision.rule
    said = f"{', '.join(sorted(rule.capabilities))} on {rule.path}" if rule else ""
    for policy, line in stanzas:
        place = policy.line + line - 1 if policy.line else 0
        detail = said if place else f"{said} (line {line} of its text)"
        yield Evidence(
            POLICY_KIND, policy.namespace, policy.name, policy.file, place, detail=detail
        )
