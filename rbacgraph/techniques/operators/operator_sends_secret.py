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

from rbacgraph.facts.custom_resources.rows import rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import both
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.custom_resources import (
    cluster_keys,
    least,
    object_there,
    present,
    reached,
    rights_on,
    words_on,
)
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target

_ROWS = rows_that("sends-secret", "sends-token")
_SENT = {"sends-secret": SECRETS_OF, "sends-token": EXISTING_ACCOUNTS_OF}


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    there = object_there(match)
    if there is not None:
        yield from least(
            (_SENT[row.mechanism].everything(namespace), both(there, row.condition))
            for row in present(world, _ROWS, scope, match)
            for namespace in reached(world, scope, row)
        )


EDGE = RuleEdge(
    id="operator-sends-secret",
    summary="an operator sends a Secret, or a ServiceAccount's token, to a chosen server",
    page=__doc__,
    effort=7,  # an object that remains visible, and a server of the attacker
    certainty="always conditional: on the operator, and on the way to one's own server",
    rights=rights_on(_ROWS, "create", "update", "patch"),
    targets=_targets,
    words=words_on,
    cluster_keys=cluster_keys(_ROWS),
)
