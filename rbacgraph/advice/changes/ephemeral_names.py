"""Finds names that do not last: a controller's next object has another name.

A rule that names a Pod of a Deployment allows nothing after the next rollout. So a request with
such a name does not need this name, but the names of all later Pods too.
"""

import re
from functools import cached_property

from rbacgraph.model.changes.statement import NOTHING, Say, Statement
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.request import Request

_FADING = frozenset({"CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet"})
"""Kinds that give their objects generated names; a StatefulSet numbers its Pods."""

_LETTERS = "[bcdfghjklmnpqrstvwxz2456789]"
"""The characters of names that the API server and Deployments generate.

Source: ``SafeEncodeString`` and ``String`` in kubernetes
``staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go``.
"""

_MADE_UP = {
    ("", "pods"): re.compile(rf".*-{_LETTERS}{{5}}"),
    ("batch", "jobs"): re.compile(r".*-\d{8}"),  # of a CronJob: the time
    ("apps", "replicasets"): re.compile(rf".*-{_LETTERS}{{6,10}}"),
    ("certificates.k8s.io", "certificatesigningrequests"): re.compile(rf".*-{_LETTERS}{{5}}"),
}
"""The endings of generated names, by resource; other names are chosen by people."""

_KINDS = {
    ("", "pods"): "Pod",
    ("batch", "jobs"): "Job",
    ("apps", "replicasets"): "ReplicaSet",
}


class LastingNames:
    """Decides which names last."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def fading(self, request: Request) -> Statement:
        """Return why the name of a request does not last; nothing if it may."""
        place = request.group, request.resource
        kind = _KINDS.get(place, "")
        obj = self._objects.get((kind, request.namespace, request.name))
        called = kind or request.resource, request.name
        owners = obj.owners if obj is not None else ()
        if maker := next(filter(None, map(_maker, owners)), ""):
            return Say.NAME_IS_MADE_BY(*called, maker)
        pattern = _MADE_UP.get(place)
        if pattern and pattern.fullmatch(request.name):
            return Say.NAME_IS_MADE_UP(*called)
        return NOTHING

    @cached_property
    def _objects(self) -> dict[tuple[str, str, str], Pod | Workload]:
        several: tuple[Pod | Workload, ...] = (*self._snapshot.pods, *self._snapshot.workloads)
        return {
            (
                one.kind if isinstance(one, Workload) else "Pod",
                one.metadata.namespace,
                one.metadata.name,
            ): one
            for one in several
        }


def _maker(owner: str) -> str:
    """Return the controller behind an owner's identity, if its objects get generated names."""
    kind, slash, name = owner.partition("/")
    return f"{kind} {name}" if slash and kind in _FADING else ""
