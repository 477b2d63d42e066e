"""Have Vault's secrets engine for Kubernetes make a token of a ServiceAccount."""

from collections.abc import Iterator, Mapping

from rbacgraph.facts.bindings.bindings import role_grant
from rbacgraph.facts.external.vault_engines import CredsRole, engines_of_stores
from rbacgraph.facts.external.vault_evidence import ROLE_KIND, stanza_evidence
from rbacgraph.facts.external.vault_gains import gains_of_stores
from rbacgraph.facts.external.vault_tokens import tokens_of_stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import (
    EVERY_SERVICE_ACCOUNT,
    SERVICE_ACCOUNT,
    GraphNode,
    service_accounts_group,
)
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc


def _joins(world: Facts, _present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for at, engines in world.part(engines_of_stores).items():
        gains = world.part(gains_of_stores)[at]
        for node, token in gains.tokens.items() if engines.roles else ():
            for role in engines.open_to(token.policies):
                yield from _of_role(world, node, role)


def _of_role(world: Facts, token: GraphNode, role: CredsRole) -> Iterator[Hyperarc]:
    at = token[1]
    tokens, engines = world.part(tokens_of_stores)[at], world.part(engines_of_stores)[at]
    held = world.part(gains_of_stores)[at].tokens[token]
    for namespace, allowed in engines.namespaces_of(role).items():
        for wide in (False, True) if role.is_cluster_role else (False,):
            targets = _targets(world, role, namespace, wide=wide)
            sent: Mapping[str, object] = {"kubernetes_namespace": namespace}
            if wide:
                sent = {**sent, "cluster_role_binding": True}
            asked = tokens.request(held, "POST", role.creds, sent)
            if asked is None or not targets:
                continue
            condition: Condition = both(asked.condition, allowed, engines.doubt(role))
            evidence = [
                Evidence(ROLE_KIND, role.entry.namespace, role.entry.path, role.entry.file, 1)
            ]
            if asked.decision is not None:
                evidence += stanza_evidence(asked.decision, asked.stanzas)
            scope = "" if wide else namespace
            words = f"can have {role.creds} made for {namespace}"
            name = role.creds, namespace
            yield Hyperarc((token,), targets, words, scope, name, condition, tuple(evidence))


def _targets(world: Facts, role: CredsRole, namespace: str, *, wide: bool) -> tuple[GraphNode, ...]:
    account, kind, name = role.account, role.kind, role.role
    if account:
        known = (namespace, account) in world.identities.usable_accounts
        return ((SERVICE_ACCOUNT, namespace, account),) if known else ()
    scope = "" if wide else namespace
    home = namespace if kind == "Role" else ""
    groups = (service_accounts_group(namespace), EVERY_SERVICE_ACCOUNT)
    found = tuple(one for one in groups if one in world.identities.known_groups)
    there = name and world.authorizer.find_role(kind, home, name)
    return (*found, role_grant(kind, name, scope)) if there else found


EDGE = Conjunction(
    id="vault-kubernetes-creds",
    summary="Vault's engine for Kubernetes makes a ServiceAccount's token for a token of Vault",
    effort=3,  # a request that Vault logs, and perhaps new objects in the cluster
    certainty="always conditional: on the rights of Vault in the cluster",
    abilities=(),
    joins=_joins,
    grants=True,
)
