"""Finds API servers that allow everything: by AlwaysAllow, or because none is named.

A server asks its authorizers in order, and the first that allows or denies decides. Of those that
may precede AlwaysAllow only a webhook denies: the others, AlwaysDeny too, have no opinion.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/authorization/{union,authorizerfactory}``
and ``pkg/kubeapiserver/options/authorization.go``.
"""

from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.pods import ALWAYS_ALLOW, ApiServerFlags, Pod

_WEBHOOK = "Webhook"


class Opening(NamedTuple):
    """An API server that allows everything, and the condition on which it does."""

    pod: Pod
    flags: ApiServerFlags
    condition: Condition

    def evidence(self, snapshot: Snapshot) -> Evidence:
        """Return the Pod and its flags as evidence."""
        metadata = self.pod.metadata
        file, line = snapshot.where(self.pod)
        words = f"authorizes by {','.join(self.flags.authorizers)}"
        if self.flags.no_authorizer:
            words = "names no authorizer: AlwaysAllow"
        return Evidence("Pod", metadata.namespace, metadata.name, file, line, detail=words)


def opening(snapshot: Snapshot, *, anonymous: bool = False) -> Opening | None:
    """Return an API server that allows everything, preferably without a condition.

    One server of several is enough: the attacker may choose it, and a load balancer leads there
    sooner or later.

    ``anonymous``: whether the request has no credentials.
    """
    found = [
        Opening(pod, flags, both(*_conditions(pod, flags, anonymous)))
        for pod, flags in snapshot.api_servers
        if flags.always_allows and (flags.anonymous or not anonymous)
    ]
    return min(found, key=lambda one: (bool(one.condition), one.pod.metadata.name), default=None)


def _conditions(pod: Pod, flags: ApiServerFlags, anonymous: bool) -> Iterator[Condition]:
    name = pod.metadata.namespace, pod.metadata.name
    if not pod.mirror:
        yield If.POD_IS_API_SERVER(*name)
    earlier = takewhile(lambda mode: mode != ALWAYS_ALLOW, flags.authorizers)
    if _WEBHOOK in earlier:
        yield If.WEBHOOK_DOES_NOT_DENY(*name)
    if anonymous:
        yield If.ANONYMOUS_IS_LET_IN(*name)
