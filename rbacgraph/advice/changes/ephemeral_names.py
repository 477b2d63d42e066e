"""Names that do not last: what a controller makes has another name the next time.

A rule that names a Pod of a Deployment allows nothing any more after the next rollout. So a
request that was made by such a name does not need the name, but any that comes after it.
"""

import re
from functools import cached_property

from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.request import Request

_FADING = frozenset({"CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet"})
"""What makes objects by names that are made up each time; a StatefulSet counts them."""

_LETTERS = "[bcdfghjklmnpqrstvwxz2456789]"
"""Of what the API server and Deployments make up names.

Source: ``SafeEncodeString`` and ``String`` in kubernetes
``staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go``.
"""

_MADE_UP = {
    ("", "pods"): re.compile(rf".*-{_LETTERS}{{5}}"),
    ("batch", "jobs"): re.compile(r".*-\d{8}"),  # of a CronJob: the time
    ("apps", "replicasets"): re.compile(rf".*-{_LETTERS}{{6,10}}"),
    ("certificates.k8s.io", "certificatesigningrequests"): re.compile(rf".*-{_LETTERS}{{5}}"),
}
"""How names end that are made up, by what has such names; of others people think them up."""

_KINDS = {
    ("", "pods"): "Pod",
    ("batch", "jobs"): "Job",
    ("apps", "replicasets"): "ReplicaSet",
}


class Lasting:
    """Knows which names last.

    Parameters
    ----------
    snapshot:
        The cluster.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def fading(self, request: Request) -> str:
        """Say why the name of a request does not last, "" where it does or nothing tells."""
        place = request.group, request.resource
        kind = _KINDS.get(place, "")
        obj = self._objects.get((kind, request.namespace, request.name))
        called = f"{kind or request.resource} {request.name}"
        owners = obj.owners if obj is not None else ()
        if maker := next(filter(None, map(_maker, owners)), ""):
            return f"it names {called}, made by {maker}: the next has another name"
        pattern = _MADE_UP.get(place)
        if pattern and pattern.fullmatch(request.name):
            return f"it names {called}, a name that is made up: the next has another"
        return ""

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
    """Say who makes what it owns by names that do not last, from what identifies an owner."""
    kind, slash, name = owner.partition("/")
    return f"{kind} {name}" if slash and kind in _FADING else ""
