"""Push to the repository that Argo CD or Flux applies, with the credential that a Secret holds."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.facts.gitops.argo_cd import ARGO_CD, ArgoCD, holds
from rbacgraph.facts.gitops.flux import FLUX, Flux
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.flux import (
    HELM_RELEASE,
    KUSTOMIZATION,
    SOURCE_GROUP,
    FluxApplier,
    FluxSource,
)
from rbacgraph.model.kubernetes.secret_types import ARGO_READERS, ARGO_WRITERS
from rbacgraph.model.node import SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

_REPOSITORIES = frozenset({*ARGO_READERS, *ARGO_WRITERS})
_CREDENTIALS = (
    *("password", "sshPrivateKey", "bearerToken", "githubAppPrivateKey"),
    *("tlsClientCertKey", "gcpServiceAccountKey", "azureServicePrincipalClientSecret"),
)
"""The keys of Argo CD's Secrets that hold something; argo-cd ``util/db/repository_secrets.go``."""


class _FluxLogin(NamedTuple):
    """A source that logs in with a Secret, and what is applied from it, if the input has it."""

    source: FluxSource
    applier: FluxApplier | None


def _edges(world: Facts) -> Iterator[Edge]:
    yield from _of_argo_cd(world)
    yield from _of_flux(world)


def _of_argo_cd(world: Facts) -> Iterator[Edge]:
    controllers = world.part(ArgoCD).controllers
    for secret in world.snapshot.secrets if controllers else ():
        namespace, name = secret.metadata.namespace, secret.metadata.name
        labels = secret.metadata.labels
        if labels is None or labels.argocd_type not in _REPOSITORIES:
            continue
        shown = holds(secret, *_CREDENTIALS)
        if shown is not None:
            writes = both(If.CREDENTIAL_WRITES_SOURCE(namespace, name, ARGO_CD), shown)
            for controller, there in controllers.get(namespace, {}).items():
                yield (SECRET, namespace, name), controller, secret, both(writes, there)


def _of_flux(world: Facts) -> Iterator[Edge]:
    flux = world.part(Flux)
    for reference, source in flux.sources.items():
        key = source.metadata.namespace, source.secret
        fetched = flux.heeds(SOURCE_GROUP, source.metadata.namespace)
        if not (source.secret and fetched and world.may_hold_credential(key)):
            continue
        writes = If.CREDENTIAL_WRITES_SOURCE(*key, FLUX)
        found: dict[Node, tuple[Condition, FluxApplier | None]] = {}
        for applier in flux.by_source.get(reference, ()):
            for node, there in flux.identities(applier):
                found.setdefault(node, (there, applier))
        for kind in (KUSTOMIZATION, HELM_RELEASE):
            for node, unseen in flux.unseen(kind, ""):
                found.setdefault(node, (unseen, None))
        for node, (there, used) in found.items():
            yield (SECRET, *key), node, _FluxLogin(source, used), both(writes, there)


def _explain(world: Facts, source: Node, _target: Node, basis: object) -> Explanation:
    evidence = world.rbac.evidence
    if isinstance(basis, Secret):
        assert basis.metadata.labels is not None
        detail = f"labelled as a {basis.metadata.labels.argocd_type} of Argo CD"
        return "logs in to what Argo CD applies", (evidence(basis, "Secret", detail),)
    assert isinstance(basis, _FluxLogin)
    login, applier = basis
    shown = [evidence(login, login.kind, f"logs in with Secret {source[2]}")]
    if applier is not None:
        by = f" as ServiceAccount {applier.account}" if applier.account else ""
        detail = f"applies {login.kind} {login.metadata.name}{by}"
        shown.append(evidence(applier, applier.kind, detail))
    return "logs in to what Flux applies", tuple(shown)


EDGE = ObjectEdge(
    id="source-credential",
    summary="a Secret by which Argo CD or Flux fetches what it applies may let its reader push",
    effort=5,  # a commit, which remains
    certainty="always conditional: whether the credential may write, the input does not show",
    edges=_edges,
    explain=_explain,
)
