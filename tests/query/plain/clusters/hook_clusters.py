"""Small random clusters with admission webhooks of every sort, and who gets behind them."""

import random

from tests.query.plain.clusters.objects import PODS, RBAC, SPACES, _bound, _cluster, _object
from tests.query.plain.clusters.operator_clusters import ADMISSION
from tests.query.plain.clusters.plain_clusters import _somebody
from tests.query.plain.clusters.rights import Rights

GROUPS = (["*"], [""], ["apps"], ["batch", ""], [RBAC], ["apps", ""])
RESOURCES = (
    *(["*"], ["*/*"], ["secrets"], ["secrets/*"], ["pods"], ["pods/*"], ["pods/status"]),
    *(["*/status"], ["deployments", "jobs"], ["cronjobs/status"], ["clusterrolebindings"]),
    *(["statefulsets"], ["replicationcontrollers"], ["jobs"], ["clusterroles"], ["nodes"]),
)
OPERATIONS = (["*"], ["CREATE"], ["UPDATE"], ["DELETE"], ["CONNECT"], ["CREATE", "UPDATE"])
SCOPES = ({}, {}, {"scope": "*"}, {"scope": "Namespaced"}, {"scope": "Cluster"})
ENFORCE = "pod-security.kubernetes.io/enforce"
SELECTORS = (
    {},
    {"matchLabels": {"kubernetes.io/metadata.name": "a"}},
    {"matchLabels": {ENFORCE: "restricted"}},
    {
        "matchExpressions": [
            {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["b"]}
        ]
    },
    {"matchExpressions": [{"key": ENFORCE, "operator": "NotIn", "values": ["privileged"]}]},
    {"matchExpressions": [{"key": "hooked", "operator": "Exists"}]},
    {"matchExpressions": [{"key": "hooked", "operator": "DoesNotExist"}]},
)
CONDITIONS = ("true", "false", "request.userInfo.username != 'carol'")


def _some(rng, odds, field, make):
    return {field: make()} if rng.random() < odds else {}


def _webhook(rng, name):
    rule = {
        "apiGroups": rng.choice(GROUPS),
        "apiVersions": rng.choice((["*"], ["v1"], ["v1beta1", "v1"], ["v1beta1"])),
        "operations": rng.choice(OPERATIONS),
        "resources": rng.choice(RESOURCES),
        **rng.choice(SCOPES),
    }
    service = {"namespace": rng.choice(SPACES), "name": rng.choice(("svc", "svc", "other"))}
    return {
        "name": f"{name}.example.com",
        "clientConfig": {"service": service},
        "rules": [rule],
        "failurePolicy": rng.choice(("Fail", "Ignore")),
        "sideEffects": "None",
        **_some(rng, 0.4, "namespaceSelector", lambda: rng.choice(SELECTORS)),
        **_some(rng, 0.2, "objectSelector", lambda: rng.choice(SELECTORS)),
        **_some(
            rng,
            0.2,
            "matchConditions",
            lambda: [{"name": "c", "expression": rng.choice(CONDITIONS)}],
        ),
    }


def _hooks(rng):
    for space in SPACES:
        if rng.random() < 0.8:
            spec = {"selector": {"app": rng.choice(PODS)}}
            yield _object("Service", "svc", space, spec=spec)
    for kind in ("Mutating", "Validating"):
        webhooks = [_webhook(rng, name) for name in "ab"[: rng.randint(0, 2)]]
        version = f"{ADMISSION}/v1"
        yield _object(f"{kind}WebhookConfiguration", "hook", "", version, webhooks=webhooks)


def objects_of_hooks(seed):
    rng = random.Random(seed)
    objects, rights = [*_cluster(rng), *_hooks(rng)], Rights(rng)
    for obj in objects:
        if obj["kind"] in {"Namespace", "Secret"} and rng.random() < 0.3:
            obj["metadata"].setdefault("labels", {})["hooked"] = "yes"
    for number in range(rng.randint(2, 4)):
        rules = rights.running() if rng.random() < 0.7 else rights.of_a_technique()
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        space = rng.choice((*SPACES, ""))
        objects.append(_bound(number, "ClusterRole", space, [_somebody(rng)]))
    return objects
