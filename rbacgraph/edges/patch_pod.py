"""Run an image of one's own in a running Pod: its containers' images may be changed.

Precondition
    One rule with verb patch or update on core resource pods; resourceNames are Pod names,
    also those of a StatefulSet's Pods (web-0, web-1, …).
    Of a Pod that exists, little else than the images may be changed: no command, variable,
    volume or ServiceAccount. The kubelet restarts the container, which has what it had
    before. The Pod must run. The mirror of a static Pod will not do: the kubelet heeds its
    file. Nor will one that violates the Pod Security level that its namespace enforces by now:
    with another image it is looked at as a whole, as a new one is.
Use
    kubectl set image pod/NAME CONTAINER=IMAGE, with an image whose program at the
    container's command sends out what it finds
Close
    Take patch and update on pods out of standing roles; labels and annotations of Pods
    belong in their templates. Admit only images of one's own registries.
References
    https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement
    kubernetes pkg/apis/core/validation/validation.go (ValidatePodUpdate)
    MITRE ATT&CK T1610 (deploy container)
"""

from rbacgraph.edges import efforts
from rbacgraph.edges.base import Match, Right, RuleEdge, listed
from rbacgraph.edges.collections import RUNNING_PODS_OF, changeable_pods


def _words(scope: str, match: Match) -> str:
    pods = RUNNING_PODS_OF.words(scope, match)
    return f"can change the images of {pods} ({listed(match.verbs)} pods)"


EDGE = RuleEdge(
    id="patch-pod",
    summary="run another image in the containers of running Pods",
    page=__doc__,
    effort=efforts.PATCH_POD,
    certainty="conditional where the Pod may not be running",
    rights=(Right(("patch", "update"), "", "pods"),),
    targets=changeable_pods,
    words=_words,
)
