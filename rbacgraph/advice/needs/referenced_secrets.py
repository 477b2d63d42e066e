"""Finds the Secrets that Pods of a ServiceAccount refer to, which need no right at all."""

from collections.abc import Iterator

from rbacgraph.facts.secrets.secret_uses import PULL_WORDS, container_words, kubelet_words
from rbacgraph.facts.secrets.volume_secrets import Volumes
from rbacgraph.model.inputs.required_requests import Referred
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.pods import PodSpec


def referred_by_pods(snapshot: Snapshot, namespace: str, account: str) -> tuple[Referred, ...]:
    """Return the Secrets that a ServiceAccount's Pods and templates refer to.

    The kubelet reads them for the Pod: in env, in envFrom, in volumes, to pull images, for volume
    drivers. So a Pod's Secret is no reason for a right to read it.

    ``namespace``, ``account``: the ServiceAccount, which need not exist.
    They are in order of Secret; one for each kind of reference.
    """
    volumes = Volumes(snapshot.persistent_volumes)
    found = {
        one
        for obj, kind, spec in _runners(snapshot)
        if (obj.metadata.namespace, spec.service_account) == (namespace, account)
        for one in _of(obj, kind, spec, volumes)
    }
    known = snapshot.service_account_index.get((namespace, account))
    for pull in (known.image_pull_secrets or ()) if known else ():
        if pull.name:
            by = f"ServiceAccount {namespace}/{account}"
            one = Referred(namespace=namespace, name=pull.name, by=by, how=PULL_WORDS)
            found.add(one)
    return tuple(sorted(found))


def _runners(snapshot: Snapshot) -> Iterator[tuple[Object, str, PodSpec]]:
    for pod in snapshot.pods:
        yield pod, "Pod", pod.spec
    for workload in snapshot.workloads:
        yield workload, workload.kind, workload.spec


def _of(obj: Object, kind: str, spec: PodSpec, volumes: Volumes) -> Iterator[Referred]:
    namespace, by = obj.metadata.namespace, f"{kind} {obj.metadata.namespace}/{obj.metadata.name}"
    for use in spec.secrets:
        how = container_words(use)
        yield Referred(namespace=namespace, name=use.secret, by=by, how=how)
    for named in spec.kubelet:
        how = kubelet_words(named)
        yield Referred(namespace=namespace, name=named.secret, by=by, how=how)
    for claim, volume in spec.claims:
        name = claim or f"{obj.metadata.name}-{volume}"
        for held, field, ref in volumes.secrets.get((namespace, name), ()):
            how = f"PersistentVolume {held.metadata.name}: {field}"
            yield Referred(namespace=ref.namespace, name=ref.name, by=by, how=how)
