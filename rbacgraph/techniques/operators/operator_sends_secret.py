"""Have an operator send a Secret, or a token, to a server of the attacker.

Precondition
    - One rule with create, update or patch on a resource that rbacgraph explain lists below this
      page.
    - For update and patch, such an object exists; a POST carries no name.
    - The input defines the resource, or names it in some rule.
    - The operator runs, and can reach the attacker's server.
Variants
    - External Secrets writes a Secret of the namespace (PushSecret), or of any (ClusterPushSecret),
      to the named store, which may be the attacker's; from 0.20.2 until before 1.2.0 a template of
      a PushSecret reads any that the operator reads (getSecretKey, GHSA-77v3-r3jw-j2v2). It
      requests a token of a ServiceAccount of the namespace (SecretStore), or of any
      (ClusterSecretStore), and shows it to the store's server.
    - Prometheus, Alertmanager and VictoriaMetrics send any key of a Secret of the namespace as a
      login to the named target; so do outputs of logging operators, Dapr's components, Argo
      Rollouts' metrics and the Grafana operator.
    - Prometheus, by a ServiceMonitor, and VMAgent send a file of their own Pod, such as the token
      of their ServiceAccount or a Secret that they mount: from any namespace that they follow,
      unless arbitraryFSAccessThroughSMs denies it. The VictoriaMetrics operator follows
      ServiceMonitors and the like too. What a scrape class of a Prometheus or VMAgent sends of its
      files, it sends to any target of an object that names the class. The selectors of a
      Prometheus, Alertmanager or VMAgent decide where objects count, by the labels that Namespaces
      have now; one that the input lacks may have any.
    - Flux logs in with a Secret of the namespace, if its keys are named like those of a login.
    - cert-manager shows a key of a Secret of the namespace, as a token, to an issuer's Vault
      server; for a ClusterIssuer a Secret of its own namespace. KEDA does the same at the server
      of a trigger.
    - The webhook of Bank-Vaults before 1.23.1 asks the Vault server that annotations of a Secret or
      ConfigMap name, as any ServiceAccount of the namespace or as itself (CVE-2026-54725).
    - Argo CD: the generators of an ApplicationSet show a Secret of its namespace to the named
      server; without an option only the namespace of Argo CD itself counts.
    - Velero writes any Secret to the store of a backup.
    - Tekton: a resolver shows a Secret of the namespace to the server that its parameters name.
      From Triggers 0.23.0 the interceptor github of an EventListener or Trigger logs in with a
      personalAccessToken at the host that the request names in X-GitHub-Enterprise-Host. Any
      sender may name one.
    - Infisical, Kyma's telemetry, Crossplane's provider-helm, Metacontroller: a Secret, or a token,
      of any namespace.
Use
    Apply a PushSecret of the Secret to a SecretStore with the provider webhook and the attacker's
    URL
Close
    Give these rights only to identities that may read the Secrets of the namespace anyway; let
    operators connect only to known servers; turn off what is not used (such as PushSecret). Set
    arbitraryFSAccessThroughSMs.deny, and let Prometheus read no Secrets.
References
    https://external-secrets.io/latest/guides/security-best-practices/
    https://prometheus-operator.dev/docs/api-reference/api/
    prometheus-operator pkg/prometheus/resource_selector.go
    https://fluxcd.io/flux/components/source/gitrepositories/#secret-reference
    https://cert-manager.io/docs/configuration/vault/
    tektoncd/triggers pkg/interceptors/github/github.go (makeClient)
    MITRE ATT&CK T1567 (exfiltration over web service)
"""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.monitoring import MonitoringPrograms, is_followed
from rbacgraph.facts.custom_resources.present import PresentRows
from rbacgraph.facts.custom_resources.row import CustomResourceRow, OperatorAccount
from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, If, both
from rbacgraph.model.node import SECRET, SERVICE_ACCOUNT
from rbacgraph.techniques.operators.account_reads import inside
from rbacgraph.techniques.operators.account_tokens import AccountTokens
from rbacgraph.techniques.operators.custom_writes import place_of, reads_of_operator
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.custom_resources import (
    cluster_keys,
    gained,
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
    there = object_there(world, match)
    if there is not None:
        yield from least(
            (target, both(there, condition))
            for row in present(world, _ROWS, scope, match)
            for target, condition in _sent(world, scope, row)
        )


def _sent(world: Facts, scope: str, row: CustomResourceRow) -> Iterator[Target]:
    """Yield what the operator of a row sends, and on which condition."""
    if is_followed(row):
        yield from _by_programs(world, scope, row)
    elif row.mechanism == "sends-token" and isinstance(row.rights, OperatorAccount):
        for node, condition in _tokens(world, scope, row):
            yield node, both(row.condition, condition)
    elif _is_by_reads(world, row):
        for read in reads_of_operator(world, row):
            for secrets in inside(read.secrets, place_of(row, scope), world):
                yield secrets, both(row.condition, read.condition)
    else:
        for namespace in reached(world, scope, row):
            yield _SENT[row.mechanism].everything(namespace), row.condition


def _is_by_reads(world: Facts, row: CustomResourceRow) -> bool:
    """Whether what an operator may read bounds what it sends.

    One that the input lacks may read the Secrets of the object's namespace.
    """
    if not isinstance(row.rights, OperatorAccount) or row.reach == "operator-namespace":
        return False
    return row.reach == "cluster" or bool(world.part(PresentRows).accounts(row))


def _by_programs(world: Facts, scope: str, row: CustomResourceRow) -> Iterator[Target]:
    """Yield what programs of monitoring send: Secrets of the object, or files of their own Pods."""
    for sender in world.part(MonitoringPrograms).senders(row, scope):
        for namespace in sender.places:
            yield SECRETS_OF.everything(namespace), sender.condition
        for account in sender.accounts:
            exists = world.identities.usable_accounts[account]
            yield (SERVICE_ACCOUNT, *account), both(sender.condition, exists)
        for secret in sender.secrets:
            yield (SECRET, *secret), sender.condition


def _tokens(world: Facts, scope: str, row: CustomResourceRow) -> Iterator[Target]:
    """Yield the token of the operator itself, or those that it may request in the namespace."""
    if row.reach != "namespace":
        for node in gained(world, scope, row):
            yield node, CERTAIN
        return
    accounts = world.part(PresentRows).accounts(row)
    for _, namespace, name in accounts:
        yield from world.part(AccountTokens).of((namespace, str(name)), scope)
    if not accounts:
        yield EXISTING_ACCOUNTS_OF.everything(scope), If.OPERATOR_IS_ALLOWED_MORE(row.operator)


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
    rows=flat(_ROWS),
)
