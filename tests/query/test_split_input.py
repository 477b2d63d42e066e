"""Laws: an input that is split into more Lists and files says the same, or less for certain.

Worlds are a server's: statuses count the Pods that there are, and what is named is there. So what a
List proves to be all, and no part of it proves, is what the answers may lose. A List in which some
objects have no uid is nobody's: it proves nothing, which its parts may do.
"""

import io
import json
import random
from contextlib import suppress
from copy import deepcopy
from itertools import chain

import rbacgraph
from rbacgraph import NotFoundError
from tests.worlds import another, law

SPACES = ("a", "b", "c")
RBAC = "rbac.authorization.k8s.io"
COUNTED = {
    **dict.fromkeys(
        ("Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"), "replicas"
    ),
    "DaemonSet": "currentNumberScheduled",
    "Job": "active",
}
VERSIONS = {
    **dict.fromkeys(("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"), "apps/v1"),
    **dict.fromkeys(("Job", "CronJob"), "batch/v1"),
    **dict.fromkeys(("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"), f"{RBAC}/v1"),
}
MADE_BY = {"Deployment": "ReplicaSet", "CronJob": "Job"}
RIGHTS = (
    {"resources": ["pods/exec"], "verbs": ["create"]},
    {"resources": ["pods"], "verbs": ["patch"]},
    {"resources": ["pods/ephemeralcontainers"], "verbs": ["patch"]},
    {"resources": ["pods/exec"], "verbs": ["create"], "resourceNames": ["w-0"]},
    {"resources": ["secrets"], "verbs": ["get"], "resourceNames": ["t"]},
    {"resources": ["serviceaccounts/token"], "verbs": ["create"]},
)


def made(kind, name, namespace="", owner=None, **fields):
    metadata = {"name": name, "uid": f"{kind}-{namespace}-{name}"}
    if namespace:
        metadata["namespace"] = namespace
    if owner:
        metadata["ownerReferences"] = [
            {
                "apiVersion": owner["apiVersion"],
                "kind": owner["kind"],
                "name": owner["metadata"]["name"],
                "uid": owner["metadata"]["uid"],
                "controller": True,
            }
        ]
    return {"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata, **fields}


def template(rng):
    env = {"name": "E", "valueFrom": {"secretKeyRef": {"name": rng.choice("st"), "key": "k"}}}
    container = {"name": "c", "image": "i", "env": [env] if rng.random() < 0.8 else []}
    if rng.random() < 0.2:
        container["securityContext"] = {"privileged": True}
    return {"serviceAccountName": rng.choice("xy"), "containers": [container]}


def status_of(rng, kind, pods):
    """Return a status as the controller of a kind writes it; sometimes none is left."""
    if rng.random() < 0.15:
        return {}
    if kind == "CronJob":  # its Job may have no Pod, or none yet
        return {"status": {"active": [{"kind": "Job"}]} if pods or rng.random() < 0.5 else {}}
    counted = {COUNTED[kind]: pods} if pods or kind not in {"Deployment", "Job"} else {}
    return {"status": {"observedGeneration": 1, **counted}}


def workloads(rng, namespace):
    """Yield a workload, what it makes in between, and its Pods."""
    kind, spec = rng.choice((*COUNTED, "CronJob")), template(rng)
    pods = rng.choice((0, 0, 1, 1, 2))
    replicas = {}
    if kind in {"Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"}:
        replicas["replicas"] = rng.choice((0, 1, 2))
    inner = {"template": {"spec": spec}, **replicas}
    outer = {"jobTemplate": {"spec": inner}} if kind == "CronJob" else inner
    old = rng.choice((0, 1)) if kind == "Deployment" and rng.random() < 0.4 else None
    top = made(kind, "w", namespace, spec=outer, **status_of(rng, kind, pods + (old or 0)))
    yield top
    owner = top
    if kind in MADE_BY and (pods or rng.random() < 0.5):
        between = MADE_BY[kind]
        owner = made(between, "w-7f", namespace, top, spec=inner, **status_of(rng, between, pods))
        yield owner
    yield from pods_of(rng, namespace, owner, spec, pods)
    if old is not None:  # of the template before, which is not all replaced
        spec = template(rng)
        before = {"template": {"spec": spec}, **replicas}
        owner = made(
            "ReplicaSet", "w-6d", namespace, top, spec=before, **status_of(rng, "ReplicaSet", old)
        )
        yield owner
        yield from pods_of(rng, namespace, owner, spec, old, first=pods)


def pods_of(rng, namespace, owner, spec, count, *, first=0):
    for number in range(first, first + count):
        phase = rng.choice(("Running", "Running", "Pending", "Succeeded"))
        running = {"status": {"phase": phase}}
        ran = {**spec, "nodeName": "n", "automountServiceAccountToken": rng.random() < 0.5}
        yield made("Pod", f"w-{number}", namespace, owner, spec=ran, **running)


def objects_of_server(seed):
    """What a server lists, of all kinds or of some."""
    rng = random.Random(seed)
    objects = [made("Node", "n")]
    for namespace in SPACES[: rng.randint(2, 3)]:
        level = rng.choice(({}, {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}))
        space = made("Namespace", namespace)
        space["metadata"] |= level
        objects.append(space)
        objects += [made("ServiceAccount", name, namespace) for name in ("x", "y", "default")]
        objects += [made("Secret", name, namespace, data={"k": "eA=="}) for name in "st"]
        objects += workloads(rng, namespace) if rng.random() < 0.9 else ()
        if rng.random() < 0.3:
            objects.append(made("Pod", "p", namespace, spec=template(rng)))
        for number in range(rng.randint(1, 3)):
            rules = [{"apiGroups": [""], **one} for one in rng.sample(RIGHTS, rng.randint(1, 2))]
            name = f"r{number}"
            objects.append(made("Role", name, namespace, rules=rules))
            account = {"kind": "ServiceAccount", "name": rng.choice("xy"), "namespace": namespace}
            person = {"kind": "User", "name": rng.choice(("alice", "bob")), "apiGroup": RBAC}
            reference = {"apiGroup": RBAC, "kind": "Role", "name": name}
            subjects = [rng.choice((account, person))]
            objects.append(
                made("RoleBinding", name, namespace, roleRef=reference, subjects=subjects)
            )
    lacking = rng.choice(((), (), {"Pod"}, {"ReplicaSet"}, {"Job"}, {"Pod", "Job"}, {"Node"}))
    return [one for one in objects if one["kind"] not in lacking]


def objects_of_manifests(seed):
    """What somebody writes: nothing that a server gives or makes."""
    found = []
    for one in deepcopy(objects_of_server(seed)):
        if "ownerReferences" not in one["metadata"]:
            del one["metadata"]["uid"]
            one.pop("status", None)
            found.append(one)
    return found


def parts_of(objects, seed):
    """Split objects into Lists at random, each in the order in which they stand."""
    rng = random.Random(seed)
    count, by = rng.randint(2, 5), rng.choice(("item", "kind", "namespace", "run"))
    ends = sorted(rng.randrange(len(objects)) for _ in range(count))
    signs = {
        "item": lambda _: rng.random(),
        "kind": lambda place: objects[place]["kind"],
        "namespace": lambda place: objects[place]["metadata"].get("namespace", ""),
        "run": lambda place: sum(end <= place for end in ends),
    }
    parts, drawn = [[] for _ in range(count)], {}
    for place, one in enumerate(objects):
        parts[drawn.setdefault(signs[by](place), rng.randrange(count))].append(one)
    return [part for part in parts if part]


def read(*parts):
    written = ({"apiVersion": "v1", "kind": "List", "items": part} for part in parts)
    files = (io.BytesIO(json.dumps(one).encode()) for one in written)
    return rbacgraph.load(*files, bootstrap=False, kubernetes_version="1.36")


def had(cluster):
    """Return what each source gets, and whether for certain."""
    sources = ["user:alice", "user:bob", *(f"sa:{a}/{b}" for a in SPACES for b in "xy")]
    found = {}
    for source in sources:
        with suppress(NotFoundError):
            found |= {(source, one.target): one.certain for one in cluster.reach(source).reached}
    return found


def told(cluster):
    """Return the answers as documents, without the places of what they rest on."""
    there = sorted({(o.metadata.namespace, o.metadata.name) for o in cluster.snapshot.secrets})
    secrets = [cluster.paths("/".join(key)) for key in there]
    every = (cluster.exposure(), cluster.admins(), *secrets)
    return [_placeless(json.loads(b"".join(answer.report().pieces("json")))) for answer in every]


def _placeless(value):
    if isinstance(value, dict):
        return {k: _placeless(v) for k, v in value.items() if k not in {"file", "line", "files"}}
    return list(map(_placeless, value)) if isinstance(value, list) else value


@law(objects_of_server, 200, another)
def test_what_a_server_lists_in_more_parts_is_never_more_certain_nor_less_possible(seed, split):
    split_up = parts_of(objects_of_server(seed), split)
    whole, parts = read([*chain(*split_up)]), read(*split_up)
    before, after = had(whole), had(parts)
    assert before.keys() <= after.keys()
    assert {key for key, sure in after.items() if sure} <= {k for k, sure in before.items() if sure}
    if whole.snapshot.listed == parts.snapshot.listed:
        assert told(whole) == told(parts)


@law(objects_of_manifests, 100, another)
def test_manifests_say_the_same_in_more_files(seed, split):
    parts = parts_of(objects_of_manifests(seed), split)
    assert told(read([*chain(*parts)])) == told(read(*parts))


def objects_of_nobody(seed):
    """What a server lists, with manifests among it, of the same names and of others."""
    rng = random.Random(seed)
    written = objects_of_manifests(rng.randrange(10**9))
    found = objects_of_server(seed) + rng.sample(written, rng.randint(1, 4))
    rng.shuffle(found)
    return found


@law(objects_of_nobody, 100, another)
def test_a_list_with_manifests_in_it_is_never_more_certain_nor_less_possible_than_its_parts(
    seed, split
):
    split_up = parts_of(objects_of_nobody(seed), split)
    whole, parts = read([*chain(*split_up)]), read(*split_up)
    before, after = had(whole), had(parts)
    assert not whole.snapshot.listed
    assert after.keys() <= before.keys()
    assert {key for key, sure in before.items() if sure} <= {k for k, sure in after.items() if sure}


def test_to_take_a_manifest_out_of_a_list_lets_the_rest_prove_more():
    """The law of splitting is not of such a List: what is left of it is a server's."""
    spec = {"serviceAccountName": "x", "containers": [{"name": "c", "image": "i"}]}
    env = {"name": "E", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    runs = {**spec, "containers": [{"name": "c", "image": "i", "env": [env]}]}
    rules = [{"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}]
    reference = {"apiGroup": RBAC, "kind": "Role", "name": "r"}
    subjects = [{"kind": "User", "name": "alice", "apiGroup": RBAC}]
    server = [
        made("ServiceAccount", "x", "a"),
        made("Secret", "s", "a", data={"k": "eA=="}),
        made("Pod", "p", "a", spec=spec),
        made("Deployment", "w", "a", spec={"replicas": 1, "template": {"spec": runs}}),
        made("Role", "r", "a", rules=rules),
        made("RoleBinding", "r", "a", roleRef=reference, subjects=subjects),
    ]
    manifest = made("Node", "n")
    del manifest["metadata"]["uid"]
    found = had(read([*server, manifest]))
    assert not found["user:alice", "secret:a/s"], "it is certain"
    assert ("user:alice", "secret:a/s") not in had(read(server, [manifest]))
