"""States of objects in which a server refuses what rights allow: twins that differ in the state.

Each row is a server's dump with one thing changed. In a state that may change, what rests on the
object is had under a condition that names the state; where nothing changes it, not at all.
"""

import io
import json
from copy import deepcopy
from functools import lru_cache

import pytest

import rbacgraph as rg

NOTHING, CERTAIN = None, ""
RBAC = "rbac.authorization.k8s.io"
DB, CI, N1 = "secret:shop/db", "serviceaccount:shop/ci", "node:n1"
EXEC, PATCH = ("create", "pods/exec"), ("patch", "pods")
DEBUG = ("patch", "pods/ephemeralcontainers")
PODS = ("create", "pods")


def _object(kind, name, namespace="", version="v1", **fields):
    metadata = {"name": name, "uid": f"{kind}-{namespace}-{name}", **fields.pop("metadata", {})}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def _container(name, **fields):
    return {"name": name, "image": "x", **fields}


def _running(name):
    return {"name": name, "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}


def _waiting(name, reason):
    return {"name": name, "state": {"waiting": {"reason": reason}}}


def _ended(name, code=0):
    return {"name": name, "state": {"terminated": {"reason": "Completed", "exitCode": code}}}


READS_DB = {"env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}}]}
HAS_TOKEN = {"volumeMounts": [{"name": "token", "mountPath": "/t"}]}
TOKEN = {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}


def _pod(name, *containers, told=(), **spec):
    """A Pod on node n1 that runs as ci, of whose containers it tells."""
    fields = {
        "serviceAccountName": "ci",
        "automountServiceAccountToken": False,
        "nodeName": "n1",
        "containers": list(containers),
        "volumes": [TOKEN],
        **spec,
    }
    status = {"phase": "Running", "containerStatuses": list(told)}
    return _object("Pod", name, "shop", spec=fields, status=status)


def _node(name, *, ready="True", **fields):
    conditions = [
        {"type": "MemoryPressure", "status": "False"},
        {"type": "Ready", "status": ready},
    ]
    info = {"kubeletVersion": "v1.36.2", "operatingSystem": "linux"}
    return _object("Node", name, status={"conditions": conditions, "nodeInfo": info}, **fields)


APP = _container("app", **READS_DB, **HAS_TOKEN)
WEB = _pod("web", APP, told=[_running("app")])
BESIDE = _pod("other", _container("x"), told=[_running("x")])


def _with(obj, **changes):
    """A copy of an object with some fields of ``status``, ``spec`` or ``metadata`` changed."""
    found = deepcopy(obj)
    for part, fields in changes.items():
        found[part] = {**found.get(part, {}), **fields}
    return found


def _status(*told, **fields):
    return _with(WEB, status={"containerStatuses": list(told), **fields})


def _allowed(*rights):
    rules = [
        {"verbs": verb.split(), "apiGroups": [group], "resources": [resource]}
        for verb, full in rights
        for resource, _, group in (full.partition("@"),)
    ]
    ref = {"apiGroup": RBAC, "kind": "Role", "name": "r"}
    alice = [{"apiGroup": RBAC, "kind": "User", "name": "alice"}]
    version = f"{RBAC}/v1"
    yield _object("Role", "r", "shop", version, rules=rules)
    yield _object("RoleBinding", "b", "shop", version, roleRef=ref, subjects=alice)


BASE = (
    _object("Namespace", "shop", status={"phase": "Active"}),
    _object("Namespace", "tools", status={"phase": "Active"}),
    _object("Secret", "db", "shop", type="Opaque", data={"p": "eA=="}),
    _object("ServiceAccount", "ci", "shop"),
    _object("ServiceAccount", "default", "tools"),
    _node("n1"),
    BESIDE,
)


def _gets(objects, rights, target):
    """Conditions of the way that depends on least; None for no way."""
    changed = {(one["kind"], one["metadata"]["name"]) for one in objects}
    same = [one for one in BASE if (one["kind"], one["metadata"]["name"]) not in changed]
    items = [one for one in (*same, *objects, *_allowed(*rights)) if not one.get("gone")]
    return _by_target(_dump(items)).get(target)


def _dump(items):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()


@lru_cache(4)  # a test asks what else one cluster gives
def _by_target(dump):
    cluster = rg.load(io.BytesIO(dump), kubernetes_version="1.36", bootstrap=False)
    return {
        found.target: "" if found.certain else "; ".join(map(str, found.conditional.conditions))
        for found in cluster.reach(source="user:alice")
    }


def _check(objects, rights, target, told):
    found = _gets(objects, rights, target)
    if told:
        assert found
        assert told in found
    else:
        assert found == told


SIDE = _container("side")
MIXED = _pod("web", APP, SIDE, told=[_waiting("app", "CrashLoopBackOff"), _running("side")])
OTHER_MIXED = _pod("web", APP, SIDE, told=[_running("app"), _waiting("side", "CrashLoopBackOff")])
ENDED = _pod("web", APP, SIDE, told=[_ended("app"), _running("side")], restartPolicy="Never")
FAILED = _pod("web", APP, SIDE, told=[_ended("app", 1), _running("side")])
SIDECAR = _pod(
    "web", SIDE, told=[_running("side")], initContainers=[{**APP, "restartPolicy": "Always"}]
)
ADDED = _pod("web", SIDE, told=[_running("side")], ephemeralContainers=[APP])
STARTS = _pod("web", SIDE, initContainers=[APP])


def _added(state):
    return {"ephemeralContainerStatuses": [state]}


CRASHES = _status(_waiting("app", "CrashLoopBackOff"))
PULLS = _status(_waiting("app", "ImagePullBackOff"))
CONFIGURED = _status(_waiting("app", "CreateContainerConfigError"))


@pytest.mark.parametrize(
    ("pod", "right", "target", "told"),
    [
        (WEB, EXEC, DB, CERTAIN),
        (WEB, EXEC, CI, CERTAIN),
        (CRASHES, EXEC, DB, "container app of Pod shop/web runs (it waits: CrashLoopBackOff)"),
        (CRASHES, EXEC, CI, "container app of Pod shop/web runs (it waits: CrashLoopBackOff)"),
        (CRASHES, ("create", "pods/attach"), DB, "CrashLoopBackOff"),
        (CRASHES, ("create", "pods/portforward"), DB, "CrashLoopBackOff"),
        (CRASHES, ("get", "pods/proxy"), DB, "CrashLoopBackOff"),
        (PULLS, EXEC, DB, "ImagePullBackOff"),
        (CONFIGURED, EXEC, DB, "CreateContainerConfigError"),
        (_status({"name": "app", "state": {}}), EXEC, DB, "(it waits)"),
        (_status({"name": "app"}), EXEC, DB, "(it waits)"),
        (_status(), EXEC, DB, "which its status does not show"),
        # A container of two: each has its own state.
        (MIXED, EXEC, DB, "CrashLoopBackOff"),
        (OTHER_MIXED, EXEC, DB, CERTAIN),
        (_with(OTHER_MIXED, status={"phase": "Pending"}), EXEC, DB, CERTAIN),
        (_with(MIXED, status={"phase": "Pending"}), EXEC, DB, "CrashLoopBackOff"),
        (_with(CRASHES, status={"phase": "Pending"}), EXEC, DB, "the pod starts running"),
        # One that ended: for good, or until it is started again.
        (ENDED, EXEC, DB, NOTHING),
        (ENDED, EXEC, CI, NOTHING),
        (_with(ENDED, spec={"restartPolicy": "OnFailure"}), EXEC, DB, NOTHING),
        (FAILED, EXEC, DB, "runs again (it has ended: Completed)"),
        (_with(FAILED, spec={"restartPolicy": "OnFailure"}), EXEC, DB, "has ended"),
        (_with(FAILED, spec={"restartPolicy": "Never"}), EXEC, DB, NOTHING),
        (_with(SIDECAR, status={"initContainerStatuses": [_running("app")]}), EXEC, DB, CERTAIN),
        (
            _with(SIDECAR, status={"initContainerStatuses": [_waiting("app", "CrashLoopBackOff")]}),
            EXEC,
            DB,
            "CrashLoopBackOff",
        ),
        (_with(ADDED, status={"ephemeralContainerStatuses": [_running("app")]}), EXEC, DB, CERTAIN),
        (_with(ADDED, status={"ephemeralContainerStatuses": [_ended("app")]}), EXEC, DB, NOTHING),
        # Another image runs where the old one crashed, or was not to be had.
        (CRASHES, PATCH, DB, CERTAIN),
        (CRASHES, PATCH, CI, CERTAIN),
        (MIXED, PATCH, DB, CERTAIN),
        (PULLS, PATCH, CI, CERTAIN),
        (FAILED, PATCH, CI, CERTAIN),
        (CONFIGURED, PATCH, DB, "CreateContainerConfigError"),
        (ENDED, PATCH, DB, NOTHING),
        # An added container runs beside those that wait.
        (CRASHES, DEBUG, DB, CERTAIN),
        (CRASHES, DEBUG, CI, CERTAIN),
        (ENDED, DEBUG, CI, CERTAIN),
        # The whole Pod.
        (_with(WEB, status={"phase": "Succeeded"}), EXEC, DB, NOTHING),
        (_with(WEB, status={"phase": "Failed"}), EXEC, DB, NOTHING),
        (_with(WEB, metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}), EXEC, DB, "deleted"),
        ({**WEB, "status": {}}, EXEC, DB, "Pod shop/web runs, which the input does not show"),
        ({**WEB, "status": {"phase": "Running"}}, EXEC, DB, "which the input does not show"),
    ],
)
def test_what_is_in_containers_is_had_of_those_that_run(pod, right, target, told):
    _check([pod], [right], target, told)


def test_of_pods_without_any_status_nothing_is_known():
    pods = [{**one, "status": {}} for one in (WEB, BESIDE)]
    _check(pods, [EXEC], DB, CERTAIN)
    pods = [{**one, "status": {"phase": "Running"}} for one in (WEB, BESIDE)]
    _check(pods, [EXEC], DB, CERTAIN)


HOST = {"name": "host", "hostPath": {"path": "/"}}
ROOT = {"volumeMounts": [{"name": "host", "mountPath": "/host"}]}
PRIVILEGED = {"securityContext": {"privileged": True}}


@pytest.mark.parametrize("has", [PRIVILEGED, ROOT])
@pytest.mark.parametrize(
    ("state", "told"),
    [
        (_running("app"), CERTAIN),
        (_waiting("app", "CrashLoopBackOff"), "(it waits: CrashLoopBackOff)"),
        (_ended("app"), "has ended"),
    ],
)
def test_a_container_breaks_out_while_it_runs(has, state, told):
    pod = _pod("web", _container("app", **has), told=[state], volumes=[HOST])
    _check([pod], [EXEC], N1, told)


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        ([_node("n1")], CERTAIN),
        ([_node("n1", ready="False")], "node n1 is ready again"),
        ([_node("n1", ready="Unknown")], "node n1 is ready again"),
        ([{**_node("n1"), "gone": True}, _node("n2")], "there is a Node n1, which the input lacks"),
        ([{**_node("n1"), "gone": True}], CERTAIN),  # of Nodes the input holds none
        ([_object("Node", "n1", status={})], CERTAIN),
    ],
)
@pytest.mark.parametrize("right", [EXEC, PATCH, DEBUG])
def test_a_kubelet_answers_while_its_node_is_ready(nodes, told, right):
    _check([WEB, *nodes], [right], DB, told)


@pytest.mark.parametrize("ready", ["True", "False"])
def test_a_new_privileged_pod_has_the_nodes_that_are_ready(ready):
    told = CERTAIN if ready == "True" else "node n1 is ready again"
    _check([_node("n1", ready=ready), _node("n2")], [PODS], N1, told)
    _check([_node("n1", ready=ready), _node("n2")], [PODS], "node:n2", CERTAIN)


def test_a_snapshot_keeps_what_is_told_of_states():
    pods = [CRASHES, _with(ENDED, metadata={"name": "ended"}), _with(WEB, metadata={"name": "up"})]
    gone = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
    more = [_with(FAILED, metadata={"name": "failed", **gone}), _node("n2", ready="Unknown")]
    dump = _dump([*BASE, *pods, *more, *_allowed(EXEC)])
    cluster = rg.load(io.BytesIO(dump), kubernetes_version="1.36", bootstrap=False)
    file = io.BytesIO()
    cluster.save(file)
    again = rg.load(io.BytesIO(file.getvalue()))
    fields = ("pods", "nodes")
    assert [getattr(again.snapshot, f) for f in fields] == [
        getattr(cluster.snapshot, f) for f in fields
    ]


TOKEN_SECRET = _object(
    "Secret",
    "token",
    "shop",
    metadata={"annotations": {"kubernetes.io/service-account.name": "default"}},
    type="kubernetes.io/service-account-token",
    data={"token": "eA=="},
)
DEPLOYED = _object(
    "Deployment", "d", "shop", "apps/v1", spec={"template": {"spec": {"containers": [APP]}}}
)
READER = _object(
    "Role",
    "reader",
    "shop",
    f"{RBAC}/v1",
    rules=[{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}],
)
READING = _object(
    "RoleBinding",
    "reading",
    "shop",
    f"{RBAC}/v1",
    roleRef={"apiGroup": RBAC, "kind": "Role", "name": "reader"},
    subjects=[],
)
DANGLING = _object(
    "RoleBinding",
    "dangling",
    "shop",
    f"{RBAC}/v1",
    roleRef={"apiGroup": RBAC, "kind": "Role", "name": "missing"},
    subjects=[{"apiGroup": RBAC, "kind": "User", "name": "alice"}],
)
ROLES, BINDINGS = f"roles@{RBAC}", f"rolebindings@{RBAC}"
CREATED = (
    ([PODS], DB),
    ([PODS], CI),
    ([PODS], N1),
    ([("create", "deployments@apps")], DB),
    ([("create", "cronjobs@batch")], CI),
    ([("patch", "deployments@apps")], DB),
    ([("patch", "deployments@apps")], CI),
    ([("create", "serviceaccounts/token")], CI),
    ([("create", "secrets"), ("list", "secrets")], CI),
    ([("create", BINDINGS), ("bind", ROLES)], DB),
    ([("create escalate", ROLES)], DB),
)
CHANGED = (
    ([EXEC], DB),
    ([DEBUG], DB),
    ([PATCH], DB),
    ([("get", "secrets")], DB),
    ([("patch", "secrets")], CI),
    ([("update", "secrets"), ("get", "secrets")], CI),
    ([("impersonate", "serviceaccounts")], CI),
    ([("update", BINDINGS), ("bind", ROLES)], DB),
)
"""Rights in a namespace, and what they give: by creating something in it, and otherwise."""

IN_SHOP = (WEB, TOKEN_SECRET, DEPLOYED, READER, READING, DANGLING)
GOES = _object("Namespace", "shop", status={"phase": "Terminating"})
MARKED = _object("Namespace", "shop", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})


@pytest.mark.parametrize(("rights", "target"), CREATED)
@pytest.mark.parametrize("namespace", [GOES, MARKED])
def test_nothing_is_created_in_a_namespace_that_goes(namespace, rights, target):
    _check(IN_SHOP, rights, target, CERTAIN)
    told = "namespace shop is created again (it is Terminating)"
    _check([*IN_SHOP, namespace], rights, target, told)


@pytest.mark.parametrize(("rights", "target"), CHANGED)
def test_what_is_there_is_changed_in_a_namespace_that_goes(rights, target):
    _check([*IN_SHOP, GOES], rights, target, CERTAIN)


IS_MADE_AGAIN = "namespace shop is created again (it is Terminating)"


@pytest.mark.parametrize(
    ("pod", "right", "told"),
    [
        # A kubelet asks for the token of a volume that no container mounts yet.
        (_pod("web", SIDE, told=[_running("side")]), DEBUG, IS_MADE_AGAIN),
        (_with(ADDED, status=_added(_waiting("app", "ContainerCreating"))), DEBUG, IS_MADE_AGAIN),
        (_with(STARTS, status={"phase": "Pending"}), DEBUG, IS_MADE_AGAIN),
        (_with(CRASHES, status={"phase": "Pending"}), PATCH, IS_MADE_AGAIN),
        # It keeps what a container had, or was to have.
        (WEB, DEBUG, CERTAIN),
        (WEB, PATCH, CERTAIN),
        (CRASHES, DEBUG, CERTAIN),
        (CRASHES, PATCH, CERTAIN),
        (PULLS, PATCH, CERTAIN),
        (FAILED, PATCH, CERTAIN),
        (ENDED, DEBUG, CERTAIN),
        (_with(STARTS, status={"containerStatuses": [_running("side")]}), DEBUG, CERTAIN),
        (_with(ADDED, status=_added(_ended("app"))), DEBUG, CERTAIN),
    ],
)
def test_a_kubelet_keeps_tokens_in_a_namespace_that_goes(pod, right, told):
    _check([pod, {**BESIDE, "gone": True}, GOES], [right], CI, told)


def _quota(name, hard, used=None, **spec):
    status = {} if used is None else {"hard": hard, "used": used}
    return _object("ResourceQuota", name, "shop", spec={"hard": hard, **spec}, status=status)


FULL = _quota("q", {"pods": "2", "requests.cpu": "1"}, {"pods": "2", "requests.cpu": "1"})
ANY_PODS = ([PODS], [("create", "deployments@apps")], [("create patch", "jobs@batch")])
MAKES_SECRETS = [("create", "secrets"), ("list", "secrets")]


@pytest.mark.parametrize(
    ("quotas", "told"),
    [
        ([FULL], "ResourceQuota shop/q has room again (its pods is used up)"),
        ([_quota("q", {"count/pods": "1k"}, {"count/pods": "1000"})], "its count/pods is used up"),
        ([_quota("q", {"pods": 1}, {"pods": 2})], "its pods is used up"),
        ([_quota("q", {"pods": "0"})], "its pods is used up"),
        ([_quota("q", {"pods": "2"}, {"pods": "1"})], CERTAIN),
        ([_quota("q", {"pods": "1Ki"}, {"pods": "1000"})], CERTAIN),
        ([_quota("q", {"pods": "2"})], CERTAIN),
        ([_quota("q", {"pods": "x"}, {"pods": "2"})], CERTAIN),
        ([_quota("q", {"pods": "2"}, {})], CERTAIN),
        # A Pod may ask for no CPU; of its scopes whoever makes it chooses others.
        ([_quota("q", {"requests.cpu": "1"}, {"requests.cpu": "2"})], CERTAIN),
        ([_with(FULL, spec={"scopes": ["BestEffort"]})], CERTAIN),
        ([_with(FULL, spec={"scopes": ["BestEffort", "NotBestEffort"]})], CERTAIN),
        (
            [
                _with(FULL, spec={"scopes": ["BestEffort"]}),
                _with(FULL, spec={"scopes": ["NotBestEffort"]}, metadata={"name": "r"}),
            ],
            "ResourceQuota shop/q has room again (its pods is used up) or ResourceQuota shop/r",
        ),
        (
            [
                _with(
                    FULL,
                    metadata={"name": operator.lower()},
                    spec={
                        "scopeSelector": {
                            "matchExpressions": [
                                {"scopeName": "PriorityClass", "operator": operator}
                            ]
                        }
                    },
                )
                for operator in ("Exists", "DoesNotExist")
            ],
            "has room again",
        ),
        ([_with(FULL, metadata={"namespace": "tools"})], CERTAIN),
    ],
)
@pytest.mark.parametrize("rights", ANY_PODS)
def test_pods_are_made_while_a_quota_has_room(quotas, told, rights):
    for target in (DB, CI, N1):
        _check(quotas, rights, target, told)


@pytest.mark.parametrize(
    ("counted", "rights", "target"),
    [
        ("secrets", MAKES_SECRETS, CI),
        ("count/secrets", MAKES_SECRETS, CI),
        (f"count/{ROLES.replace('@', '.')}", [("create escalate", ROLES)], DB),
        (f"count/{BINDINGS.replace('@', '.')}", [("create", BINDINGS), ("bind", ROLES)], DB),
        ("count/deployments.apps", [("create", "deployments@apps")], DB),
        ("count/replicasets.apps", [("create", "deployments@apps")], DB),
        ("count/jobs.batch", [("create", "cronjobs@batch")], DB),
    ],
)
def test_what_a_quota_counts_is_made_while_it_has_room(counted, rights, target):
    for used, told in (("1", CERTAIN), ("2", f"its {counted} is used up")):
        quota = _quota("q", {counted: "2"}, {counted: used})
        _check([*IN_SHOP, quota], rights, target, told)


@pytest.mark.parametrize(
    ("rights", "target"), [*CHANGED, ([("create", "serviceaccounts/token")], CI)]
)
def test_what_is_there_is_changed_whatever_a_quota_says(rights, target):
    full = {"pods": "0", "secrets": "0", f"count/{BINDINGS.replace('@', '.')}": "0"}
    _check([*IN_SHOP, _quota("q", full)], rights, target, CERTAIN)


def _everywhere(namespaced, *names):
    """Whoever creates RoleBindings in all namespaces, to a ClusterRole that reads Secrets."""
    version, ref = f"{RBAC}/v1", {"apiGroup": RBAC, "kind": "ClusterRole"}
    bind = {"apiGroups": [RBAC], "resources": ["clusterroles"], "resourceNames": ["reads"]}
    reads = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}
    create = {"verbs": ["create"], "apiGroups": [RBAC], "resources": ["rolebindings"]}
    rules = [create, {**bind, "verbs": ["bind"]}]
    alice = [{"apiGroup": RBAC, "kind": "User", "name": "alice"}]
    yield _object("ClusterRole", "reads", "", version, rules=[{**reads, **namespaced}])
    yield _object("ClusterRole", "binds", "", version, rules=rules)
    for name in names:
        about = {"roleRef": {**ref, "name": name}, "subjects": alice}
        yield _object("ClusterRoleBinding", name, "", version, **about)


@pytest.mark.parametrize("namespaced", [{}, {"resourceNames": ["db"]}])
@pytest.mark.parametrize(
    ("bound", "told"),
    [
        (["binds"], "namespace shop is created again (it is Terminating)"),
        (["binds", "reads"], CERTAIN),
    ],
)
def test_a_binding_in_every_namespace_is_none_in_one_that_goes(namespaced, bound, told):
    secrets = [_object("Secret", "db", at, type="Opaque") for at in ("shop", "tools")]
    objects = [*_everywhere(namespaced, *bound), *secrets, GOES]
    _check(objects, [], DB, told)
    _check(objects, [], "secret:tools/db", CERTAIN)
    _check([one for one in objects if one is not GOES], [], DB, CERTAIN)


_BY = {"apiVersion": "apps/v1", "name": "d-5d4f", "kind": "ReplicaSet", "controller": True}
OWNED = _with(WEB, metadata={"ownerReferences": [_BY], "labels": {"pod-template-hash": "5d4f"}})


@pytest.mark.parametrize(("pod", "told"), [(OWNED, CERTAIN), (None, "its pods is used up")])
@pytest.mark.parametrize("target", [DB, CI])
def test_a_changed_workload_replaces_its_pods_or_needs_room(pod, told, target):
    here = [one for one in (TOKEN_SECRET, DEPLOYED, pod) if one]
    rights = [("patch", "deployments@apps")]
    _check([*here, _quota("q", {"pods": "0"})], rights, target, told)


WINDOWS = {"labels": {"kubernetes.io/os": "windows"}}
ON_WINDOWS = _node("n1", metadata=WINDOWS)
TOLD_WINDOWS = _with(_node("n1"), status={"nodeInfo": {"operatingSystem": "windows"}})


def _agent(container, **spec):
    return _pod("web", {**APP, **container}, told=[_running("app")], **spec)


def _mounts(path, **fields):
    volume = {"name": "host", "hostPath": {"path": path}}
    mounts = [{"name": "host", "mountPath": "/host", **fields}]
    return _agent({"volumeMounts": mounts}, volumes=[volume])


ADMIN = "the account of container app is an administrator"
HOST_PROCESS = {"securityContext": {"windowsOptions": {"hostProcess": True}}}
SYS_ADMIN = {"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}


@pytest.mark.parametrize("node", [ON_WINDOWS, TOLD_WINDOWS])
@pytest.mark.parametrize(
    ("pod", "on_linux", "told"),
    [
        (_agent(PRIVILEGED), CERTAIN, NOTHING),
        (_agent(SYS_ADMIN), "AppArmor", NOTHING),
        (_agent({}, hostNetwork=True), "network", NOTHING),
        (_agent(HOST_PROCESS), NOTHING, ADMIN),  # the kubelet of Linux does not read it
        (_mounts("/"), CERTAIN, ADMIN),
        (_mounts("C:\\"), NOTHING, ADMIN),
        (_mounts("c:/Windows/System32"), NOTHING, ADMIN),
        (_mounts("/var/run/docker.sock"), CERTAIN, NOTHING),
        (_mounts(r"\\.\pipe\containerd-containerd"), NOTHING, ADMIN),
        (_mounts("C:\\logs"), NOTHING, NOTHING),
    ],
)
def test_what_has_a_node_that_runs_windows(node, pod, on_linux, told):
    _check([pod, _node("n1")], [EXEC], N1, on_linux)
    _check([pod, node], [EXEC], N1, told)


@pytest.mark.parametrize(
    "spec", [{"os": {"name": "windows"}}, {"nodeSelector": {"kubernetes.io/os": "windows"}}]
)
def test_a_pod_for_windows_has_no_node_by_being_privileged(spec):
    _check([_agent(PRIVILEGED, **spec)], [EXEC], N1, NOTHING)


def test_a_new_privileged_pod_has_the_nodes_that_run_linux():
    nodes = [ON_WINDOWS, _node("n2")]
    _check(nodes, [PODS], N1, "Windows node n1 runs HostProcess containers")
    _check(nodes, [PODS], "node:n2", CERTAIN)
    others = [_with(WEB, metadata={"namespace": "tools"}), ON_WINDOWS]
    hidden = _object("Secret", "db", "tools", type="Opaque", data={"p": "eA=="})
    _check([*others, hidden], [PODS], "secret:tools/db", "Windows node n1")


def test_no_privileged_container_is_added_on_windows():
    _check([WEB, _node("n1")], [DEBUG], N1, CERTAIN)
    _check([WEB, ON_WINDOWS], [DEBUG], N1, NOTHING)


FIXED = {**TOKEN_SECRET, "immutable": True}


@pytest.mark.parametrize(
    "rights", [[("patch", "secrets")], [("update", "secrets"), ("get", "secrets")]]
)
def test_a_token_secret_that_is_immutable_becomes_nobody_elses(rights):
    _check([TOKEN_SECRET], rights, CI, CERTAIN)
    _check([{**TOKEN_SECRET, "immutable": False}], rights, CI, CERTAIN)
    _check([FIXED], rights, CI, NOTHING)
    _check([FIXED], [*rights, ("create delete", "secrets"), ("list", "secrets")], CI, CERTAIN)


@pytest.mark.parametrize(
    ("phase", "runs"),
    [
        ("Running", ""),
        ("Pending", "the pod starts running and "),
        ("Unknown", "the pod still runs and "),
    ],
)
def test_an_account_created_again_gets_its_token_in_a_pod_that_runs(root, phase, runs):
    left = (root / "fixtures/edges/revive-serviceaccount/yes-left-pod.yaml").read_text("utf-8")
    text = left.replace("phase: Running", f"phase: {phase}")
    paths = rg.load(io.BytesIO(text.encode()), bootstrap=False).paths(
        "shop/db", source="user:alice"
    )
    hops = [hop for path in paths for hop in path.hops if hop.edge == "revive-serviceaccount"]
    renews = "the kubelet renews the Pod's token, as it does within the hour"
    assert [str(hop.condition) for hop in hops] == [runs + renews]
