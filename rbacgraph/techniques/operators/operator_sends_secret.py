"""Have an operator send a Secret, or a token, to a server of the attacker.

Precondition
    - One rule with create, update or patch on a resource of an operator listed below.
    - For update and patch, such an object exists; a POST carries no name.
    - The input defines the resource, or names it in some rule.
    - The operator runs, and can reach the attacker's server.
    Kinds that begin with "cluster" are cluster-scoped.
Variants
    - pushsecrets, clusterpushsecrets (external-secrets.io): External Secrets writes a Secret of
      the namespace, or of any, to the named store, which may be the attacker's.
    - secretstores, clustersecretstores: External Secrets requests a token of a ServiceAccount of
      the namespace, or of any, and shows it to the store's server.
    - servicemonitors, podmonitors, probes, scrapeconfigs, alertmanagerconfigs
      (monitoring.coreos.com): Prometheus or Alertmanager sends any key of a Secret of the
      namespace as a login to the named target.
    - gitrepositories, helmrepositories, ocirepositories, buckets (source.toolkit.fluxcd.io),
      providers (notification.toolkit.fluxcd.io): Flux logs in with a Secret of the namespace, if
      its keys are named like those of a login.
    - issuers (cert-manager.io): cert-manager shows a key of a Secret of the namespace, as a token,
      to the issuer's Vault server; clusterissuers: a Secret of its own namespace, mostly
      cert-manager.
    - backups, schedules (velero.io): Velero writes any Secret to the store of a backup.
Use
    Apply a PushSecret of the Secret to a SecretStore with the provider webhook and the attacker's
    URL
Close
    Give these rights only to identities that may read the Secrets of the namespace anyway; let
    operators connect only to known servers; turn off what is not used (such as PushSecret).
References
    https://external-secrets.io/latest/guides/security-best-practices/
    https://prometheus-operator.dev/docs/api-reference/api/
    https://fluxcd.io/flux/components/source/gitrepositories/#secret-reference
    https://cert-manager.io/docs/configuration/vault/
    MITRE ATT&CK T1567 (exfiltration over web service)
"""

from collections.abc import Iterator
from enum import Enum

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.node import Node
from rbacgraph.techniques.new_pods.known_operators import (
    Custom,
    object_there,
    operators_of,
    rights_on,
    words_on,
)
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target


class _Sent(Enum):
    """What is sent, and from where."""

    SECRETS = "Secrets of the namespace"
    ALL_SECRETS = "all Secrets"
    ANY_SECRETS = "all Secrets, by a resource in no namespace"
    ISSUERS_SECRETS = "Secrets of cert-manager's namespace, by a resource in no namespace"
    TOKENS = "tokens of the namespace"
    ANY_TOKENS = "all tokens, by a resource in no namespace"


_EVERYWHERE = frozenset({_Sent.ANY_SECRETS, _Sent.ISSUERS_SECRETS, _Sent.ANY_TOKENS})
_ISSUERS = "cert-manager"

_TABLE: dict[Custom, tuple[_Sent, If]] = {
    Custom(operator, group, resource): (sent, does)
    for operator, group, does, resources in (
        (
            "External Secrets",
            "external-secrets.io",
            If.OPERATOR_WRITES_TO_STORE,
            {"pushsecrets": _Sent.SECRETS, "clusterpushsecrets": _Sent.ANY_SECRETS},
        ),
        (
            "External Secrets",
            "external-secrets.io",
            If.OPERATOR_SHOWS_TO_SERVER,
            {"secretstores": _Sent.TOKENS, "clustersecretstores": _Sent.ANY_TOKENS},
        ),
        (
            "the Prometheus Operator",
            "monitoring.coreos.com",
            If.OPERATOR_IS_SCRAPED,
            dict.fromkeys(
                (
                    "servicemonitors",
                    "podmonitors",
                    "probes",
                    "scrapeconfigs",
                    "alertmanagerconfigs",
                ),
                _Sent.SECRETS,
            ),
        ),
        (
            "Flux",
            "source.toolkit.fluxcd.io",
            If.OPERATOR_SHOWS_LOGIN_TO_SERVER,
            dict.fromkeys(
                ("gitrepositories", "helmrepositories", "ocirepositories", "buckets"),
                _Sent.SECRETS,
            ),
        ),
        (
            "Flux",
            "notification.toolkit.fluxcd.io",
            If.OPERATOR_SHOWS_LOGIN_TO_SERVER,
            {"providers": _Sent.SECRETS},
        ),
        (
            "cert-manager",
            "cert-manager.io",
            If.OPERATOR_SHOWS_TO_SERVER,
            {"issuers": _Sent.SECRETS, "clusterissuers": _Sent.ISSUERS_SECRETS},
        ),
        (
            "Velero",
            "velero.io",
            If.OPERATOR_KEEPS_BACKUP,
            dict.fromkeys(("backups", "schedules"), _Sent.ALL_SECRETS),
        ),
    )
    for resource, sent in resources.items()
}
_BY_RESOURCE = {custom.resource: custom for custom in _TABLE}


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    there = object_there(match)
    found: dict[Node, Condition] = {}
    for resource in () if there is None else match.resources:
        custom = _BY_RESOURCE[resource]
        sent, does = _TABLE[custom]
        target = _given(world, scope, sent)
        runs = operators_of(world, (custom,)) if target is not None else None
        if target is not None and runs is not None and there is not None:
            found.setdefault(target, both(there, does(custom.operator)))
    yield from found.items()


def _given(world: Facts, scope: str, sent: _Sent) -> Node | None:
    """Return what a holder of the right at a scope can have sent; None for nothing."""
    if sent in _EVERYWHERE and scope:
        return None
    if sent is _Sent.TOKENS or sent is _Sent.ANY_TOKENS:
        return EXISTING_ACCOUNTS_OF.everything(scope)
    if sent is _Sent.ISSUERS_SECRETS:
        return SECRETS_OF.everything(_ISSUERS) if _ISSUERS in world.identities.namespaces else None
    return SECRETS_OF.everything("" if sent is _Sent.ALL_SECRETS else scope)


EDGE = RuleEdge(
    id="operator-sends-secret",
    summary="an operator sends a Secret, or a ServiceAccount's token, to a chosen server",
    page=__doc__,
    effort=7,  # an object that remains visible, and a server of the attacker
    certainty="always conditional: on the operator, and on the way to one's own server",
    rights=rights_on(_TABLE, "create", "update", "patch"),
    targets=_targets,
    words=words_on(_TABLE),
)
