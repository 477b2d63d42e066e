"""Doubts about operators, controllers of Ingresses and GitOps, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from rbacgraph.model.condition import If
from rbacgraph.report.text.doubts.parts import WordsByDoubt, both, either, object_name
from rbacgraph.report.text.layout.text import count


@dataclass(frozen=True)
class WhileRunning:
    """What must hold beside that an operator runs.

    Parameters
    ----------
    clause:
        What the operator does, without a subject, or a clause with a subject of its own.
    of_others:
        Whether the clause has a subject of its own.
    """

    clause: str
    of_others: bool = False

    def __call__(self, operator: str) -> str:
        """Return the whole sentence."""
        return f"{operator} runs in the cluster and {self.clause}"

    def beside(self, operator: str) -> str:
        """Return what is said after a sentence that has said that the operator runs."""
        return self.clause if self.of_others else f"{operator} {self.clause}"


_NAMED_FLAWS = 3
"""How many flaws a condition names."""


def _flaw(  # noqa: PLR0917 - the parts of one sentence
    program: str, kind: str, namespace: str, name: str, version: str, cves: Sequence[str]
) -> str:
    newest = cves[-_NAMED_FLAWS:]
    older = len(cves) - len(newest)
    flaws = either((*newest, count(older, "older flaw")) if older else newest)
    return f"{program} {version} of {object_name(kind, namespace, name)} still has {flaws}"


def _operators(*names: str) -> str:
    return f"{either(names) or 'an operator of custom workloads'} runs in the cluster"


OF_OPERATORS: WordsByDoubt = {
    If.OPERATOR_RUNS: _operators,
    If.OPERATOR_HEEDS_NAMESPACE: WhileRunning("heeds the namespace (by default, its own alone)"),
    If.OPERATOR_IS_NOT_LIMITED: WhileRunning(
        "no option limits what it reads or with whose rights it acts",
        of_others=True,
    ),
    If.OPERATOR_IS_ALLOWED_MORE: (
        "{} runs in the cluster with an option, or rights, that its manifests do not give it"
    ),
    If.OPERATOR_LACKS_FIX: "{} runs in the cluster in a release with a known flaw that allows it",
    If.OPERATOR_TAKES_SECRET: WhileRunning(
        "takes the Secret, for its label or as a workload uses it"
    ),
    If.OPERATOR_FINDS_REFERENCE: WhileRunning(
        "another object refers to that of the attacker",
        of_others=True,
    ),
    If.OPERATOR_FINDS_STORE: WhileRunning("finds a store or generator for the attacker's object"),
    If.OPERATOR_HAS_PACKAGE: WhileRunning(
        "a catalog has a package whose installation gives these rights",
        of_others=True,
    ),
    If.OPERATOR_CHANGES_NODES: WhileRunning("does on nodes what the object says"),
    If.OPERATOR_MAKES_VOLUME: WhileRunning("makes or deletes a volume on the node"),
    If.OPERATOR_MAKES_NODES: WhileRunning(
        "replaces nodes by new ones that start as the object says"
    ),
    If.OPERATOR_APPLIES_BY_PROJECT: WhileRunning(
        "the Application's project lets it apply that",
        of_others=True,
    ),
    If.OPERATOR_APPLIES_WIDENED_PROJECT: WhileRunning(
        "applies an Application of the changed project, whose source the attacker writes"
    ),
    If.OPERATOR_APPLIES_AS_ACCOUNT: WhileRunning(
        "applies, as the ServiceAccount that the object names, a source that the attacker writes"
    ),
    If.OPERATOR_APPLIES_SOURCE: (
        "{} runs in the cluster without --default-service-account, applying a source"
        " that the attacker writes"
    ),
    If.OPERATOR_GENERATES: WhileRunning("lets a policy generate or change that"),
    If.OPERATOR_INSTALLS_CHARTS: WhileRunning("installs charts as cluster-admin"),
    If.OPERATOR_INSTALLS_CHARTS_WITH_VALUES: WhileRunning(
        "installs charts as cluster-admin, which the attacker gives values that do that"
    ),
    If.OPERATOR_DEPLOYS_HERE: WhileRunning("deploys to this cluster"),
    If.OPERATOR_INSTALLS_OPERATORS: WhileRunning(
        "an OperatorGroup of the namespace lets it install operators for the whole cluster",
        of_others=True,
    ),
    If.OPERATOR_RESTORES_BACKUP: WhileRunning("restores a backup that the attacker writes"),
    If.OPERATOR_WRITES_TO_STORE: WhileRunning("writes it to a store that the attacker reads"),
    If.OPERATOR_SHOWS_TO_SERVER: WhileRunning("shows it to a server of the attacker's"),
    If.OPERATOR_SHOWS_LOGIN_TO_SERVER: WhileRunning(
        "shows it to a server of the attacker's, as its keys are those of a login"
    ),
    If.OPERATOR_IS_SCRAPED: WhileRunning(
        "what it runs sends it to a server of the attacker's",
        of_others=True,
    ),
    If.PROGRAM_FOLLOWS_NAMESPACE: (
        "{} {}/{} follows objects of namespace {}, whose labels the input does not show"
    ),
    If.OPERATOR_KEEPS_BACKUP: WhileRunning("keeps the backup where the attacker reads it"),
    If.OPERATOR_SHOWS_OWN_TOKEN: WhileRunning("shows its own token to a server of the attacker's"),
    If.OPERATOR_READS_STORE: WhileRunning("reads the store for the attacker's object"),
    If.OPERATOR_RUNS_PROXY: WhileRunning(
        "its proxy runs beside the token, in a Pod of the ServiceAccount",
        of_others=True,
    ),
    If.OPERATOR_COPIES: WhileRunning("copies it as the attacker's object says"),
    If.OPERATOR_COPIES_AS_ACCOUNT: WhileRunning(
        "copies it as a ServiceAccount that the attacker's object names"
    ),
    If.OPERATOR_COPIES_ALL: "{} runs in the cluster with --allow-all, which it does not by default",
    If.OPERATOR_SHOWS_SECRET: WhileRunning(
        "shows it in a message, or in an object, that the attacker sees"
    ),
    If.OPERATOR_SHOWS_BACKUP: WhileRunning("has a backup of it, which the attacker can download"),
    If.SECRET_MAY_BE_COPIED: "the annotations of Secret {}/{} let it be copied there",
    If.COPY_IS_CURRENT: "what {} copied is still the same in both Secrets",
    If.OPERATOR_COPIES_BY_SECRET: WhileRunning("copies it as the annotation of the copy says"),
    If.OPERATOR_COPIES_BY: lambda operator, *source: (
        f"{operator} runs in the cluster and copies it as {object_name(*source)} says"
    ),
    If.OPERATOR_COPIED_BY: lambda operator, *source: (
        f"{operator} has copied it there as {object_name(*source)} says"
    ),
    If.WRITE_MEETS_RULE: lambda *policy: (
        f"the write meets what else {object_name(*policy)} asks for: preconditions, or who writes"
    ),
    If.OPERATOR_CHANGES_OBJECTS: WhileRunning(
        "changes what others write as the attacker's object says"
    ),
    If.OPERATOR_BINDS: WhileRunning("grants what the attacker's object says"),
    If.OPERATOR_BINDS_IN_TENANTS: WhileRunning(
        "grants what the attacker's object says in the namespaces of a tenant"
    ),
    If.OPERATOR_BINDS_UNREFUSED: WhileRunning(
        "grants what the attacker's object says, which its webhook does not refuse"
    ),
    If.OPERATOR_BELIEVES_OBJECT: WhileRunning("lets the attacker in as the attacker's object says"),
    If.OPERATOR_MAKES_TOKEN_SECRET: WhileRunning(
        "makes the Secret of the type that the attacker's object names"
    ),
    If.OPERATOR_SIGNS: WhileRunning("signs what the attacker's object asks for"),
    If.SECRET_HOLDS_CLUSTERS_CA: (
        "the API server accepts client certificates of the CA in Secret {}/{}"
    ),
    If.PROXY_WATCHES_NAMESPACE: (
        "{0} of {1} {2}/{3} watches the namespace, which the input does not show"
    ),
    If.PROXY_TAKES_SNIPPETS: (
        "{0} of {1} {2}/{3} takes the snippet, which no policy and no list of words refuses"
    ),
    If.PROXY_TAKES_SETTINGS: (
        "{0} of {1} {2}/{3} loads the snippets that the attacker writes into ConfigMap {4}/{5}"
    ),
    If.PROXY_HAS_FLAW: _flaw,
    If.PROXY_IS_OLDER: (
        "{0} of {1} {2}/{3}, whose version the input does not show, is older than {4}"
    ),
    If.PROXY_IS_REACHED: "packets from the Pod reach port {3} of {0} {1}/{2}",
    If.INTERCEPTORS_ARE_REACHED: "packets from the Pod reach port 8443 of {0} {1}/{2}",
    If.CONFIG_MAP_ALLOWS_SNIPPETS: (
        "ConfigMap {}/{}, whose settings the input does not show, allows snippets in Ingresses"
    ),
    If.CODE_LEAVES_CHROOT: "the attacker's code leaves the chroot of NGINX",
    If.WEBHOOKS_ALLOW_INGRESS: lambda *names: f"{both(names)} lets the Ingress in",
    If.ARGO_CD_IS_REACHED: "the attacker reaches the API of Argo CD in namespace {}",
    If.ARGO_CD_HAS_ADMIN: "the account admin of Argo CD in namespace {} is not switched off",
    If.ARGO_CD_PASSWORD_IS_KEPT: "the admin of Argo CD in namespace {} has the first password",
    If.ARGO_CD_LETS_IN: "the attacker may log in to Argo CD in namespace {}",
    If.ARGO_CD_CACHE_IS_REACHED: "the attacker reaches the Redis of Argo CD in namespace {}",
    If.ARGO_CD_STARTS_AGAIN: "the Pods of Argo CD in namespace {} start again",
    If.ARGO_CD_DEPLOYS_TO_CLUSTER: (
        "Argo CD in namespace {} has an Application for the cluster that the Secret names"
    ),
    If.CREDENTIAL_WRITES_SOURCE: (
        "the credential in Secret {}/{} may write to the source that {} applies"
    ),
    If.FLUX_FETCHES_SOURCE: "Flux runs in the cluster and reaches the attacker's server",
    If.FLUX_APPLIES_UNSEEN: (
        "Flux has a {} of that source, without an account of its own, that the input lacks"
    ),
    If.FLUX_VALUES_DECIDE: "the values that {} {}/{} takes decide what Flux applies",
}
