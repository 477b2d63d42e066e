"""Truth table: whether a template counts, by Pods, uid, complete lists and status."""

import io
import json

import pytest

import rbacgraph
from rbacgraph.model.condition import CERTAIN, If
from tests.query.test_split_input import made

SPEC = {"serviceAccountName": "x", "containers": [{"name": "c", "image": "i"}]}
ACCOUNTS = [made("ServiceAccount", "x", space) for space in "ab"]
HAS, GETS = If.WORKLOAD_HAS_PODS, If.WORKLOAD_GETS_POD
SCALED, RUNS = If.WORKLOAD_IS_SCALED_UP, If.TEMPLATES_POD_RUNS
SEEN = {"observedGeneration": 1}

TABLE = [
    # kind, spec.replicas, status, with the template's condition
    ("Deployment", 2, None, HAS),
    ("Deployment", 2, {}, HAS),
    ("Deployment", 2, {**SEEN, "unavailableReplicas": 2}, GETS),
    ("Deployment", 2, {**SEEN, "replicas": 1}, CERTAIN),
    ("Deployment", 0, {**SEEN, "replicas": 1}, CERTAIN),
    ("Deployment", 0, SEEN, SCALED),
    ("Deployment", 0, None, SCALED),
    ("ReplicaSet", 1, {"replicas": 0}, GETS),
    ("StatefulSet", 1, {"replicas": 1}, CERTAIN),
    ("ReplicationController", 1, {"replicas": 0}, GETS),
    ("DaemonSet", None, {"currentNumberScheduled": 0, "desiredNumberScheduled": 3}, GETS),
    ("DaemonSet", None, {"currentNumberScheduled": 1}, CERTAIN),
    ("Job", None, {"active": 1}, CERTAIN),
    ("Job", None, {"succeeded": 1}, RUNS),
    ("CronJob", None, {"active": [{"kind": "Job", "name": "w-1"}]}, RUNS),
]


def workload(kind, replicas, status):
    spec = {"template": {"spec": SPEC}, **({} if replicas is None else {"replicas": replicas})}
    spec = {"jobTemplate": {"spec": spec}} if kind == "CronJob" else spec
    return made(kind, "w", "a", spec=spec, **({} if status is None else {"status": status}))


def runs(*lists):
    """Return the condition on which the template runs; None if it does not."""
    (found,) = all_runs(*lists)
    return found


def all_runs(*lists):
    """Return the same for each template."""
    written = ({"apiVersion": "v1", "kind": "List", "items": items} for items in lists)
    files = (io.BytesIO(json.dumps(one).encode()) for one in written)
    cluster = rbacgraph.load(*files, bootstrap=False)
    running = cluster.access_graph.world.running
    return [found.running for found in running.runners[len(running.pods) :]]


def condition(found, kind):
    return found if found == CERTAIN else found(kind)


@pytest.mark.parametrize(("kind", "replicas", "status", "found"), TABLE)
def test_a_status_decides_where_pods_may_be_missing(kind, replicas, status, found):
    one = workload(kind, replicas, status)
    assert runs([*ACCOUNTS, one]) == condition(found, kind)
    elsewhere = [made("Pod", "p", "b", spec=SPEC)]
    assert runs([*ACCOUNTS, one], elsewhere) == condition(found, kind)
    assert runs([*ACCOUNTS, one, *elsewhere]) is None  # the List proves that a has no Pods


@pytest.mark.parametrize(("kind", "replicas", "status"), [row[:3] for row in TABLE])
def test_the_status_of_a_manifest_says_nothing(kind, replicas, status):
    one = workload(kind, replicas, status)
    del one["metadata"]["uid"]
    wanted = RUNS if kind.endswith("Job") else SCALED if replicas == 0 else CERTAIN
    assert runs([one], ACCOUNTS) == condition(wanted, kind)


def test_pods_that_are_there_need_nobody_to_let_them_in():
    level = made("Namespace", "a")
    level["metadata"]["labels"] = {"pod-security.kubernetes.io/enforce": "restricted"}
    one = workload("Deployment", 1, {**SEEN, "replicas": 1})
    assert runs([level, made("ServiceAccount", "y", "a"), one]) == CERTAIN
    assert runs([level, *ACCOUNTS, workload("Deployment", 1, SEEN)]) is None


def test_a_pod_that_is_not_read_may_be_of_the_template_in_each_list():
    one, pods = (
        workload("Deployment", 1, None),
        [made("Pod", "p", space, spec=SPEC) for space in "ab"],
    )
    unread = made("Pod", 7, "a", spec=SPEC)
    assert runs([*ACCOUNTS, one, *pods]) is None
    assert runs([*ACCOUNTS, one, *pods, unread]) == HAS("Deployment")
    assert runs([*ACCOUNTS, one, *pods], [unread]) == HAS("Deployment")


OF_JOBS = [
    # status.active of a CronJob's Job, with the conditions of the CronJob's template and the Job's
    (None, [RUNS("CronJob")]),
    ({"succeeded": 1}, [RUNS("CronJob")]),
    ({"active": 1}, [RUNS("CronJob"), CERTAIN]),
]


@pytest.mark.parametrize(("status", "found"), OF_JOBS)
def test_the_job_of_a_cron_job_says_if_it_has_pods(status, found):
    cron = workload("CronJob", None, {"active": [{"kind": "Job", "name": "w-1"}]})
    fields = {"spec": {"template": {"spec": SPEC}}, **({"status": status} if status else {})}
    job = made("Job", "w-1", "a", cron, **fields)
    assert all_runs([*ACCOUNTS, cron], [job]) == found
    pods = [made("Pod", "p", space, spec=SPEC) for space in "ab"]
    assert set(all_runs([*ACCOUNTS, cron], [job], pods)) == {None}


@pytest.mark.parametrize("counts", [(1, None), (None, 1), (2, 1)])
def test_two_dumps_that_count_differently_are_no_versions(counts):
    lists = [[workload("ReplicaSet", 1, n and {"replicas": n})] for n in counts]
    assert runs(ACCOUNTS, *lists) == CERTAIN


@pytest.mark.parametrize("counts", [(1, 0), (0, 1)])
def test_a_dump_that_counts_none_is_believed(counts):
    lists = [[workload("ReplicaSet", 1, {"replicas": n})] for n in counts]
    assert runs(ACCOUNTS, *lists) == GETS("ReplicaSet")
