"""Have an operator copy a Secret to where the attacker reads it.

Precondition
    - create, update or patch on a resource that rbacgraph explain lists below this page; for
      update and patch, such an object exists. For some, a second resource must be written
      too.
    - The operator reads the Secret: with its own rights, or as a ServiceAccount of the namespace
      that the object names.
    - The attacker reads the copy: some Secret of that namespace by RBAC, in a Pod that has it or
      in a Pod of its own; or the object itself, where its status shows the Secret. Some operators
      put the copy where the author chooses, so that nothing more is needed.
    - The input defines the resource, or names it in some rule. Operators that heed annotations of
      Secrets are recognised by labels and images.
    The author's own rights do not decide what is read.
Variants
    - secretstores with externalsecrets (external-secrets.io): a store with the provider kubernetes
      reads this cluster as any ServiceAccount of the namespace; clustersecretstores name one of any
      namespace.
    - externalsecrets, clusterexternalsecrets: the template function getSecretKey reads any Secret
      that External Secrets itself reads, from 0.20.2 until before 1.2.0 (GHSA-77v3-r3jw-j2v2). Some
      store or generator must give some value; a SecretStore with the provider fake does.
    - secrettemplates (secretgen.carvel.dev): a Secret of the namespace becomes another one;
      secretexports offer one, which secretimports take in another namespace.
    - secrets with the annotation reflects (Reflector) or replicate-from (kubernetes-replicator): a
      Secret is filled with another one, if annotations of that other one allow it for the
      namespace.
    - kustomizations (kustomize.toolkit.fluxcd.io) with substituteFrom, helmreleases
      (helm.toolkit.fluxcd.io) with valuesFrom: Flux puts a Secret of the namespace into what it
      applies for the author, such as a ConfigMap or the address of a Pod's request.
    - Kyverno, Gatekeeper, Crossplane: what they may read is shown in a message, in the object or in
      one that they change; a policy (kyverno.io) reads its own namespace alone, but any namespace
      before Kyverno 1.15.3 and 1.16.3 (CVE-2026-22039).
    - downloadrequests (velero.io): the status has an address from which a backup, with the Secrets
      in it, can be downloaded; in Velero's own namespace.
Use
    A SecretStore with provider kubernetes and auth.serviceAccount, and an ExternalSecret of it; or
    kubectl annotate secret mine reflector.v1.k8s.emberstack.com/reflects=shop/db
Close
    Take the right to write these resources away from edit and admin; bind no ServiceAccount of
    tenants' namespaces to roles that read Secrets; allow reflection only for named namespaces.
References
    https://external-secrets.io/latest/provider/kubernetes/
    https://external-secrets.io/latest/guides/security-best-practices/
    https://github.com/external-secrets/external-secrets/security/advisories/GHSA-77v3-r3jw-j2v2
    https://github.com/emberstack/kubernetes-reflector#usage
    https://github.com/mittwald/kubernetes-replicator#usage
    https://github.com/carvel-dev/secretgen-controller/blob/develop/docs/secret-template.md
    https://kyverno.io/docs/policy-types/cluster-policy/external-data-sources/
    https://velero.io/docs/main/api-types/
    MITRE ATT&CK T1552.007 (container API)
"""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import both
from rbacgraph.model.node import ABILITY, GraphNode
from rbacgraph.model.node_keys import NamedRight
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.operators.account_reads import AccountRead, AccountReads, inside, widest
from rbacgraph.techniques.operators.custom_writes import (
    WIDE,
    read_right,
    reads_of_operator,
    rights_of,
    scopes_of,
    seen,
    tail_of,
    words_of,
    write_right,
    written,
)
from rbacgraph.techniques.operators.filled_secrets import FILLING, SECRETS, filled_secrets
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import CompoundRight, HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import where
from rbacgraph.techniques.stores.resource_writers import READ_SOME_SECRET

_ROWS = flat(rows_that("copies"))
_CUSTOM = tuple(row for row in _ROWS if row.key != SECRETS)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for row in _CUSTOM:
        yield from _by_objects(world, present, row)
    yield from filled_secrets(world, present)


def _by_objects(
    world: Facts, present: HeldCompoundRights, row: CustomResourceRow
) -> Iterator[Hyperarc]:
    """Yield what a custom resource has copied, for each way to read the copy."""
    if row.lands == "elsewhere":
        yield from _elsewhere(world, present, row)
        return
    does = "copies Secrets"
    if row.rights == "named-account":
        does = f"{does} as a ServiceAccount that they name"
    for readers, called in _readers(row):
        for scope, tail in written(world, present, row, *readers):
            for number, one in enumerate(_copied(world, row, scope)):
                yield Hyperarc(
                    tail,
                    one.secrets,
                    words_of(row, scope, does),
                    scope,
                    (row.plural, row.group, row.fields[0], called, f"{number}"),
                    both(row.condition, one.condition),
                    one.evidence,
                )


def _elsewhere(
    world: Facts, present: HeldCompoundRights, row: CustomResourceRow
) -> Iterator[Hyperarc]:
    """Yield what is offered in one namespace, and taken and read in another."""
    taken: GraphNode = (ABILITY, "", NamedRight(f"take-{row.plural}"))
    takes = [write_right((row.group, one)) for one in row.also]
    found = False
    for scope in scopes_of(present, (*takes, READ_SOME_SECRET)):
        found = True
        tail = tail_of(present, (*takes, READ_SOME_SECRET), scope)
        words = f"can write {' and '.join(row.also)} {where(scope)}, and read what they take"
        yield Hyperarc(tail, (taken,), words, scope, (row.plural, row.group, "taken"))
    offers = write_right(row.key)
    for scope in present.scopes(offers) if found else ():
        tail = (*tail_of(present, (offers,), scope), taken)
        given = tuple(node for one in _copied(world, row, scope) for node in one.secrets)
        words = f"can write {row.full_name} {where(scope)}, and {row.operator} copies Secrets"
        yield Hyperarc(tail, given, words, scope, (row.plural, row.group, "offered"), row.condition)


def _readers(row: CustomResourceRow) -> Iterator[tuple[tuple[CompoundRight, ...], str]]:
    """Yield the ways to read what a row's operator copies, each with its name.

    Who makes Pods in a namespace has its Secrets and ServiceAccounts without any copy.
    """
    if row.lands == "object":
        yield (read_right(seen(row)),), "seen"
    elif not row.lands:
        yield (), "shown"
    else:
        yield (READ_SOME_SECRET,), "read"
        if row.reach == "cluster" and (row.cluster_scoped or row.rights != "named-account"):
            yield (MAKE_PODS,), "made"
            yield (APPLY_PODS,), "applied"


def _copied(world: Facts, row: CustomResourceRow, scope: str) -> Iterator[AccountRead]:
    """Yield what an operator copies for an object in a scope."""
    here = "" if scope in WIDE else scope
    place = here if row.reach == "namespace" else ""
    if row.rights == "everything":
        yield AccountRead((SECRETS_OF.everything(place),))
        return
    if row.rights == "named-account":
        found = world.part(AccountReads).together("" if row.cluster_scoped else here)
    else:
        found = widest(reads_of_operator(world, row))
    for read in found:
        secrets = inside(read.secrets, place, world)
        if secrets:
            yield read._replace(secrets=secrets)


EDGE = Conjunction(
    id="operator-copies-secret",
    summary="an operator copies a Secret to where the author of an object reads it",
    page=__doc__,
    effort=5,  # an object and a copy that remain visible
    certainty="always conditional: on the operator",
    abilities=(*rights_of(_CUSTOM), READ_SOME_SECRET, *FILLING),
    joins=_joins,
    rows=_ROWS,
)
