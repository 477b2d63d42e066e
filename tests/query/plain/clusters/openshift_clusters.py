"""Small random clusters of OpenShift: who may use the constraints for privileged Pods."""

import random

from tests.query.plain.clusters.objects import (
    ACCOUNTS,
    PODS,
    RBAC,
    SECRETS,
    SPACES,
    _bound,
    _object,
    _pod,
    _rule,
    _secret,
    _subject,
)
from tests.query.plain.clusters.rights import Rights

CONTROL = {"node-role.kubernetes.io/control-plane": ""}
LEVELS = ({}, {}, {}, {"pod-security.kubernetes.io/enforce": "baseline"})
RUN_LEVELS = (*({},) * 6, {"openshift.io/run-level": "1"}, {"openshift.io/run-level": "9"})
API = "security.openshift.io"
USER_API = "user.openshift.io"
CONSTRAINTS = (None, ["privileged"], ["privileged"], ["anyuid", "privileged"], ["anyuid"])


def _rules(rng, rights):
    using = _rule("use", "securitycontextconstraints", rng.choice(CONSTRAINTS))
    using["apiGroups"] = [API]
    debugs = _rule(rights.change(), "pods/ephemeralcontainers", rights.names(PODS))
    made = rng.choice(([rights.pods()], [debugs], [_rule(rights.change(), "namespaces")]))
    others = (rights.accounts, rights.reached, rights.acting, rights.running)
    return rng.choice(([using], [using], made, made, [using, *made], rng.choice(others)()))


USERS = ("alice", "bob", "system:serviceaccount:a:web", "system:serviceaccount:b:ghost")
GROUPS = ("dev", "ops", "system:serviceaccounts:a", "system:authenticated")


def objects_of_constraints(seed):
    """The same with constraints of other contents, and who they list; with who writes them."""
    rng = random.Random(seed)
    objects = objects_of_openshift(seed)
    for name in rng.sample(("privileged", "anyuid", "ours"), rng.randint(1, 3)):
        fields = {
            "allowPrivilegedContainer": rng.random() < 0.6,
            "users": rng.sample(USERS, rng.choice((0, 0, 1, 1, 2))),
            "groups": rng.sample(GROUPS, rng.choice((0, 0, 0, 1))),
            "runAsUser": {"type": "RunAsAny"},
            "seLinuxContext": {"type": "RunAsAny"},
        }
        kind = "SecurityContextConstraints"
        objects.append(_object(kind, name, "", f"{API}/v1", **fields))
    if rng.random() < 0.3:
        writing = _rule(rng.choice(("patch", "update", "use")), "securitycontextconstraints", None)
        writing["apiGroups"] = [API]
        objects.append(_object("ClusterRole", "writes", "", f"{RBAC}/v1", rules=[writing]))
        objects.append(_bound(99, "ClusterRole", rng.choice(("", "", "a")), [_subject(rng)]))
        objects[-1]["roleRef"]["name"] = "writes"
    return objects


def objects_of_groups(seed):
    """The same with Groups of OpenShift's own, whom they list, and who writes them."""
    rng = random.Random(seed)
    objects = objects_of_openshift(seed)
    names = ("dev", "ops", "keepers")
    for name in rng.sample(names, rng.randint(0, 3)):
        listed = rng.sample(("alice", "bob", "carol"), rng.choice((0, 1, 1, 2)))
        objects.append(_object("Group", name, "", f"{USER_API}/v1", users=listed))
    reading = _rule("get", "secrets")
    objects.append(_object("ClusterRole", "reads", "", f"{RBAC}/v1", rules=[reading]))
    for number, name in enumerate(rng.sample(names, 2)):
        subject = {"kind": "Group", "name": name, "apiGroup": RBAC}
        objects.append(_bound(90 + number, "ClusterRole", rng.choice((*SPACES, "")), [subject]))
        objects[-1]["roleRef"]["name"] = "reads"
    chosen = rng.choice((None, None, [rng.choice(names)], ["dev", "keepers"]))
    verbs = rng.sample(("create", "update", "patch", "delete", "deletecollection"), 2)
    writing = {**_rule("get", "groups", chosen), "verbs": verbs}
    writing["apiGroups"] = [USER_API if rng.random() < 0.8 else API]
    objects.append(_object("ClusterRole", "lists", "", f"{RBAC}/v1", rules=[writing]))
    objects.append(_bound(99, "ClusterRole", rng.choice(("", "", "a")), [_subject(rng)]))
    objects[-1]["roleRef"]["name"] = "lists"
    return objects


def objects_of_openshift(seed):
    rng = random.Random(seed)
    rights = Rights(rng)
    objects = [_object("Namespace", "openshift-infra"), _object("Node", "n2")]
    objects.append(_object("Node", "n1", metadata={"labels": CONTROL}))
    for space in SPACES:
        labels = {**rng.choice(LEVELS), **rng.choice(RUN_LEVELS)}
        objects.append(_object("Namespace", space, metadata={"labels": labels}))
        objects += [_object("ServiceAccount", name, space) for name in ACCOUNTS]
        objects += [_secret(rng, space, name) for name in SECRETS]
        objects += [_pod(rng, space, name) for name in PODS[: rng.randint(0, 2)]]
    for number in range(rng.randint(3, 7)):
        rules = _rules(rng, rights)
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        space = rng.choice((*SPACES, *SPACES, ""))
        subjects = [_subject(rng) for _ in range(rng.randint(1, 2))]
        objects.append(_bound(number, "ClusterRole", space, subjects))
    return objects
