"""A controller and its Pods are one story, told by the Pods."""

import pytest

from rbacgraph.facts.pods.workload_owners import made_by, standalone
from rbacgraph.model.kubernetes.meta import OwnedMeta, OwnerReference
from rbacgraph.sources.pods.pods import to_pod, to_workload
from rbacgraph.sources.pods.wire_pods import (
    PodTemplateSpec,
    WirePod,
    WirePodSpec,
    WireWorkload,
    WorkloadSpec,
    WorkloadStatus,
)


def _meta(name, uid="", owner=None):
    references = (OwnerReference(*owner),) if owner else None
    return OwnedMeta(name=name, namespace="shop", uid=uid, owner_references=references)


def _workload(kind, name, uid="", owner=None, *, pods=None, account="x"):
    template = PodTemplateSpec(spec=WirePodSpec(service_account_name=account))
    found = WireWorkload(
        kind=kind,
        api_version="apps/v1",
        metadata=_meta(name, uid, owner),
        spec=WorkloadSpec(template=template),
        status=None if pods is None else WorkloadStatus(replicas=pods),
    )
    return to_workload(found)


def _pod(owner):
    return to_pod(WirePod(metadata=_meta("pod", "u-pod", owner)))


REPLICA_SET = ("ReplicaSet", "web-5d8f9c", "u-rs")

CASES = {
    "no pods": ([_workload("Deployment", "web", "u-d")], [], ["web"]),
    "its own pod": ([_workload("StatefulSet", "db", "u")], [_pod(("StatefulSet", "db", "u"))], []),
    "another's pod": ([_workload("Job", "a", "u")], [_pod(("Job", "b", "v"))], ["a"]),
    "through a ReplicaSet": (
        [
            _workload("Deployment", "web", "u-d"),
            _workload("ReplicaSet", "web-5d8f9c", "u-rs", ("Deployment", "web", "u-d")),
        ],
        [_pod(REPLICA_SET)],
        [],
    ),
    "through a ReplicaSet that is not here": (
        [_workload("Deployment", "web", "u-d")],
        [_pod(REPLICA_SET)],
        [],
    ),
    "a Deployment from Git": ([_workload("Deployment", "web")], [_pod(REPLICA_SET)], []),
    "a Deployment of a longer name": (
        [_workload("Deployment", "web-api", "u-d")],
        [_pod(REPLICA_SET)],
        ["web-api"],
    ),
    "same name, other uid": (
        [_workload("StatefulSet", "db", "new")],
        [_pod(("StatefulSet", "db", "old"))],
        ["db"],
    ),
    "same name, from Git": (
        [_workload("StatefulSet", "db")],
        [_pod(("StatefulSet", "db", "old"))],
        [],
    ),
    "an old ReplicaSet without Pods": (
        [
            _workload("Deployment", "web", "u-d"),
            _workload("ReplicaSet", "web-old", "u-old", ("Deployment", "web", "u-d")),
        ],
        [],
        ["web"],
    ),
    "a ReplicaSet with the Pods that its Deployment counts": (
        [
            _workload("Deployment", "web", "u-d", pods=1),
            _workload("ReplicaSet", "web-5d8f9c", "u-rs", ("Deployment", "web", "u-d"), pods=1),
        ],
        [],
        ["web"],
    ),
    "an old ReplicaSet with Pods of another template": (
        [
            _workload("Deployment", "web", "u-d", pods=2),
            _workload(
                "ReplicaSet", "web-old", "u-old", ("Deployment", "web", "u-d"), pods=1, account="y"
            ),
            _workload(
                "ReplicaSet", "web-older", "u-1", ("Deployment", "web", "u-d"), pods=0, account="y"
            ),
        ],
        [],
        ["web", "web-old"],
    ),
    "a Job with Pods, of a CronJob": (
        [
            _workload("CronJob", "night", "u-c"),
            _workload("Job", "night-1", "u-1", ("CronJob", "night", "u-c"), pods=0),
            _workload("Job", "night-2", "u-2", ("CronJob", "night", "u-c"), pods=1),
        ],
        [],
        ["night", "night-2"],
    ),
    "owned by what is not here": (
        [_workload("ReplicaSet", "roll-1", "u", ("Rollout", "roll", "r"))],
        [],
        ["roll-1"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_which_workloads_stand_for_themselves(case):
    workloads, pods, expected = CASES[case]
    assert [w.metadata.name for w in standalone(workloads, pods)] == expected


@pytest.mark.parametrize("case", CASES)
def test_which_workloads_made_the_pods(case):
    """Where there are Pods here, all those that do not stand for themselves."""
    workloads, pods, alone = CASES[case]
    made = {w.metadata.name: list(made_by(w, workloads, pods)) for w in workloads}
    assert made == {name: [] if name in alone else pods for name in made}
