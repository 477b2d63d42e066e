"""The edges against experiments: each row was tried on a kube-apiserver v1.36.2.

A row is one experiment: a fresh ServiceAccount ``attackers/p`` (or a node's identity) held
exactly these rights, and did or did not get the target. The cluster around it is the same
for all rows: namespace ``t1`` with Secrets ``s1`` and ``s2``; ServiceAccount ``v``, whom a
binding lets read Secrets; ``low``, without rights, with its token Secret ``lowtok``;
``ghost``, whom a reader's binding names though it does not exist. It is loaded as a server's
List, so that what it lacks does not exist.

An id with words in parentheses is the same experiment seen from another side, or one of its
knock-outs: the server was asked the same, the target is another.

Rights are written ``VERBS RESOURCE[.GROUP] [names=A,B] [@cluster]``, in ``t1`` by default, or
``VERBS /PATH @cluster``.
"""

import json
from dataclasses import dataclass, replace
from itertools import count

import pytest

import rbacgraph as rg

P, V, LOW = "sa:attackers/p", "serviceaccount:t1/v", "serviceaccount:t1/low"
GHOST = "serviceaccount:t1/ghost"
S1, S2, OTHER = "secret:t1/s1", "secret:t1/s2", "secret:t2/s1"
N1, N2 = "node:n1", "node:n2"
RBAC = "rbac.authorization.k8s.io"
YES, NO = "certain", "nothing"
_PSA = "pod-security.kubernetes.io"
IF = "conditional"  # the server authorised it; what it yields depends on more


def _obj(kind, namespace, name, api="v1", **fields):
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    metadata |= fields.pop("metadata", {})
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **fields}


def _rule(text):
    """Read one right; returns the rule and whether it is held cluster-wide."""
    verbs, resource, *options = text.split()
    if resource.startswith("/"):
        return {"nonResourceURLs": [resource], "verbs": verbs.split(",")}, "@cluster" in options
    resource, _, group = resource.partition(".")
    rule = {"apiGroups": [group], "resources": [resource], "verbs": verbs.split(",")}
    names = [option for option in options if option.startswith("names=")]
    if names:
        rule["resourceNames"] = names[0].removeprefix("names=").split(",")
    return rule, "@cluster" in options


def _subject(kind, name, namespace=None):
    group = {} if kind == "ServiceAccount" else {"apiGroup": RBAC}
    return {"kind": kind, "name": name, **group, **({"namespace": namespace} if namespace else {})}


def grant(name, rules, *subjects, namespace="t1"):
    """A role and its binding: a Role in a namespace, or a ClusterRole for ``""``."""
    prefix = "" if namespace else "Cluster"
    ref = {"apiGroup": RBAC, "kind": f"{prefix}Role", "name": name}
    api = f"{RBAC}/v1"
    return [
        _obj(f"{prefix}Role", namespace, name, api, rules=rules),
        _obj(f"{prefix}RoleBinding", namespace, name, api, roleRef=ref, subjects=list(subjects)),
    ]


def reads(*subjects, namespace="t1"):
    """Let somebody read Secrets."""
    return grant("extra", [_rule("get secrets")[0]], *subjects, namespace=namespace)


def default_role(name):
    """Bind ``attackers/p`` to a ClusterRole that every API server ships, in ``t1``."""
    ref = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
    subject = _subject("ServiceAccount", "p", "attackers")
    return [_obj("RoleBinding", "t1", name, f"{RBAC}/v1", roleRef=ref, subjects=[subject])]


def pod(node="n1", phase="Running", volume=None, container=None, mirror=False, **spec):
    """A Pod ``t1/x`` as a server has it, on a node."""
    notes = {"annotations": {"kubernetes.io/config.mirror": "hash"}} if mirror else {}
    spec = {"containers": [{"name": "c", "image": "i", **(container or {})}], **spec}
    if volume:
        spec["volumes"] = [{"name": "vol", **volume}]
    if node:
        spec["nodeName"] = node
    return [_obj("Pod", "t1", "x", metadata=notes, spec=spec, status={"phase": phase})]


def running_as(account, *, automount=True, audience=None, node="n1", phase="Running"):
    """A Pod with what admission gives it: a token, or a projected one, or none."""
    token = {} if audience is None else {"audience": audience}
    volume = {"projected": {"sources": [{"serviceAccountToken": {"path": "t", **token}}]}}
    path = "/var/run/secrets/kubernetes.io/serviceaccount"
    mount = {"volumeMounts": [{"name": "vol", "mountPath": path}]}
    held = automount or audience is not None
    return pod(
        node,
        phase,
        volume=volume if held else None,
        container=mount if held else None,
        serviceAccountName=account,
        automountServiceAccountToken=automount,
    )


def volume_secret(field, claim="claim-x"):
    """A PersistentVolume that names ``t2/s1``, and a Pod on ``n1`` that uses its claim."""
    csi = {"driver": "d", "volumeHandle": "h", field: {"name": "s1", "namespace": "t2"}}
    spec = {"claimRef": {"namespace": "t1", "name": claim}, "csi": csi}
    uses = pod(volume={"persistentVolumeClaim": {"claimName": "claim-x"}})
    return [*uses, _obj("PersistentVolume", "", "pv", spec=spec)]


ENV = {"env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "s1", "key": "k"}}}]}
ENV_FROM = {"envFrom": [{"secretRef": {"name": "s1"}}]}
SECRET_VOLUME = {"secret": {"secretName": "s1"}}
MOUNT = {"volumeMounts": [{"name": "vol", "mountPath": "/m"}]}
PROJECTED = {"projected": {"sources": [{"secret": {"name": "s1"}}]}}
CSI = {"csi": {"driver": "d", "nodePublishSecretRef": {"name": "s1"}}}
FLEX = {"flexVolume": {"driver": "d/f", "secretRef": {"name": "s1"}}}
PULL = {"imagePullSecrets": [{"name": "s1"}]}
MOUNTS_S1 = pod(volume=SECRET_VOLUME, container=MOUNT, serviceAccountName="low")


def _labelled(level):
    return [_obj("Namespace", "", "t1", metadata={"labels": {f"{_PSA}/enforce": level}})]


MOUNTABLE = [
    _obj(
        "ServiceAccount",
        "t1",
        "v",
        metadata={"annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}},
    )
]
OWN_GROUP = reads(_subject("Group", "system:serviceaccounts:t1"))


@dataclass(frozen=True)
class Row:
    """One experiment. ``via`` names the technique that it was about, if others matter too."""

    id: str
    held: str
    target: str
    works: str
    extra: tuple | list = ()
    source: str = P
    via: str = ""


ROWS = (
    # Direct reads
    Row("read-get", "get secrets", S1, YES),
    Row("read-get-names", "get secrets names=s1", S1, YES),
    Row("read-get-names-other", "get secrets names=s1", S2, NO),
    Row("read-get-names-star", "get secrets names=*", S1, NO),
    Row("read-list", "list secrets", S1, YES),
    Row("read-list-names-fs", "list secrets names=s1", S1, YES),
    Row("read-list-names-nofs", "list secrets names=s1", S2, NO),
    Row("read-list-names-fs-other", "list secrets names=s1", S2, NO),
    Row("read-list-names-empty", "list secrets names=", S1, YES),
    Row("read-list-allns-with-rolebinding", "list secrets", OTHER, NO),
    Row("read-list-allns", "list secrets @cluster", OTHER, YES),
    Row("read-list-allns-names-fs", "list secrets names=s1 @cluster", S1, YES),
    Row("read-list-allns-names-fs (other namespace)", "list secrets names=s1 @cluster", OTHER, YES),
    Row("read-watch", "watch secrets", S1, YES),
    Row("read-watch-names-fs", "watch secrets names=s1", S1, YES),
    Row("read-watch-names-nofs", "watch secrets names=s1", S2, NO),
    Row("read-watch-oldpath-names", "watch secrets names=s1", S1, YES),
    Row("read-watchlist-sendInitialEvents", "watch secrets", S1, YES),
    Row("watch-names-empty", "watch secrets names=", S1, YES),
    Row("vap-control-direct", "get secrets names=* @cluster", S1, NO),
    Row("vap-control-direct2", "get,list secrets names=* @cluster", S1, NO),
    # Writes that echo what the caller sent
    Row("update-put", "update secrets", S1, NO),
    Row("update-put-create", "update secrets; create secrets", S1, NO),
    Row("delete-names-empty", "delete secrets names=", S1, NO),
    Row("deletecollection-names-fs", "deletecollection secrets names=s1", S1, NO),
    Row("create-exists", "create secrets", S1, NO),
    Row("sa-token-secret-create-only", "create secrets", V, NO),
    # Rule matching
    Row("rule-star-all", "get *.*", S1, YES),
    Row("rule-core-star", "get *", S1, YES),
    Row("rule-star-secrets", "get secrets.*", S1, YES),
    Row("rule-apps-star", "get *.apps", S1, NO),
    Row("rule-caps", "get Secrets", S1, NO),
    Row("rule-singular", "get secret", S1, NO),
    Row("match-secrets-star", "get secrets/*", S1, NO),
    Row("match-group-other", "get secrets.example.com", S1, NO),
    Row("match-upper", "GET secrets", S1, NO),
    Row("match-pods-star", "create pods/*", S1, NO, MOUNTS_S1),
    Row("match-star-exec", "create */exec", S1, YES, MOUNTS_S1),
    Row("match-star", "create *", S1, YES, MOUNTS_S1, via="exec"),
    Row("match-star-star", "create */*", S1, NO, MOUNTS_S1),
    Row("match-pods", "create pods", S1, NO, MOUNTS_S1, via="exec"),
    Row("match-star-token", "create */token", V, YES),
    Row("match-verb-star-impersonate", "* serviceaccounts", V, YES),
    # Subjects
    Row(
        "subject-user-named-sa",
        "",
        S1,
        YES,
        reads(_subject("User", "system:serviceaccount:attackers:x")),
        source="sa:attackers/x",
    ),
    Row(
        "subject-group-sas",
        "",
        S1,
        YES,
        reads(_subject("Group", "system:serviceaccounts:attackers")),
    ),
    Row("subject-group-all-sas", "", S1, YES, reads(_subject("Group", "system:serviceaccounts"))),
    Row(
        "subject-group-authenticated", "", S1, YES, reads(_subject("Group", "system:authenticated"))
    ),
    Row("subject-sa-no-namespace", "", S1, NO, reads(_subject("ServiceAccount", "p"))),
    Row(
        "subject-user-wrong-case",
        "",
        S1,
        NO,
        reads(_subject("User", "system:serviceaccount:attackers:P")),
    ),
    Row(
        "subject-sa-no-namespace-own",
        "",
        S1,
        YES,
        reads(_subject("ServiceAccount", "low")),
        source="sa:t1/low",
    ),
    Row(
        "subject-sa-no-namespace-crb",
        "",
        S1,
        NO,
        reads(_subject("ServiceAccount", "p"), namespace=""),
    ),
    Row(
        "anon-bound-unauthenticated",
        "",
        S1,
        YES,
        reads(_subject("Group", "system:unauthenticated")),
        source="user:system:anonymous",
    ),
    Row(
        "anon-bound-anonymous",
        "",
        S1,
        YES,
        reads(_subject("User", "system:anonymous")),
        source="user:system:anonymous",
    ),
    Row(
        "anon-bound-authenticated",
        "",
        S1,
        NO,
        reads(_subject("Group", "system:authenticated")),
        source="user:system:anonymous",
    ),
    # Tokens
    Row("token-request", "create serviceaccounts/token", V, YES),
    Row("token-request (what it reads)", "create serviceaccounts/token", S1, YES),
    Row("token-request-names", "create serviceaccounts/token names=v", V, YES),
    Row("token-request-names-other", "create serviceaccounts/token names=other", V, NO),
    Row("token-request-sa-create-only", "create serviceaccounts", V, NO),
    Row("token-request-sa-star", "* serviceaccounts", V, NO, via="request-token"),
    Row("ghost-sa (token alone)", "create serviceaccounts/token", GHOST, NO),
    Row("ghost-sa (create alone)", "create serviceaccounts", GHOST, NO),
    Row(
        "sa-token-secret-create+get (existing Secret)",
        "get secrets names=lowtok",
        LOW,
        YES,
    ),
    # Impersonation
    Row("imp-sa", "impersonate serviceaccounts names=v", S1, YES),
    Row("imp-sa-ghost", "impersonate serviceaccounts names=ghost", S1, YES),
    Row("imp-sa-implicit-group", "impersonate serviceaccounts names=default", S1, YES, OWN_GROUP),
    Row("imp-sa-by-users", "impersonate users @cluster", V, NO, via="impersonate-serviceaccount"),
    Row("imp-user-rolebinding", "impersonate users", S1, NO),
    Row("imp-group-nouser", "impersonate groups names=vgrp @cluster", S1, NO),
    Row("imp-anon", "impersonate users names=system:anonymous @cluster", S1, NO),
    Row(
        "cimp-sa-coregroup",
        "impersonate:serviceaccount serviceaccounts names=v; "
        "impersonate-on:serviceaccount:get secrets",
        S1,
        NO,
    ),
    Row(
        "cimp-sa-by-userinfo",
        "impersonate:user-info users.authentication.k8s.io @cluster; "
        "impersonate-on:user-info:get secrets",
        V,
        NO,
    ),
    Row(
        "cimp-legacy-plus-on",
        "impersonate users.authentication.k8s.io names=victim @cluster",
        S1,
        NO,
    ),
    # Becoming a workload
    *(
        Row(f"workload-{resource.partition('.')[0]}", f"create {resource}", target, YES)
        for resource in (
            "pods",
            "deployments.apps",
            "replicasets.apps",
            "statefulsets.apps",
            "daemonsets.apps",
            "replicationcontrollers",
            "jobs.batch",
            "cronjobs.batch",
        )
        for target in (S1, V)
    ),
    Row("workload-pods (other namespace)", "create pods", OTHER, NO),
    Row("workload-patch-deployment-status", "patch deployments/status.apps names=x", S1, NO),
    Row("psa-baseline-secret-mount", "create pods", S1, YES, _labelled("baseline")),
    Row("psa-restricted-secret-mount", "create pods", S1, YES, _labelled("restricted")),
    Row("mountable-projected", "create pods", S1, YES, MOUNTABLE),
    Row("mountable-other-sa", "create pods", LOW, YES, MOUNTABLE),
    # Running Pods
    Row("pods-exec-get", "get pods/exec", S1, NO, MOUNTS_S1),
    Row("pods-exec-create", "create pods/exec", S1, YES, MOUNTS_S1),
    Row("pods-exec-get+create", "get,create pods/exec", S1, YES, MOUNTS_S1),
    Row("pods-attach-get", "get pods/attach", S1, NO, MOUNTS_S1),
    Row("pods-attach-create", "create pods/attach", S1, IF, MOUNTS_S1),
    Row("pods-attach-get+create", "get,create pods/attach", S1, IF, MOUNTS_S1),
    Row("pods-portforward-get", "get pods/portforward", S1, NO, MOUNTS_S1),
    Row("ephemeral-by-pods-patch", "patch pods names=x", S2, NO, MOUNTS_S1),
    # Default roles
    Row("default-view-in-ns", "", S1, NO, [*default_role("view"), *MOUNTS_S1]),
    Row("default-view-in-ns (account)", "", V, NO, default_role("view")),
    *(
        Row(f"default-{role}-in-ns ({technique})", "", target, YES, default_role(role), via=via)
        for role in ("edit", "admin")
        for technique, target, via in (
            ("get secrets", S1, "read-secret"),
            ("token", V, "request-token"),
            ("impersonate", V, "impersonate-serviceaccount"),
            ("create pods", V, "create-pod"),
        )
    ),
    # The Node authorizer
    Row("node-get-env", "", S1, YES, pod(container=ENV), N1),
    Row(
        "node-get-envfrominit",
        "",
        S1,
        YES,
        pod(initContainers=[{"name": "i", "image": "i", **ENV_FROM}]),
        N1,
    ),
    Row("node-get-vol", "", S1, YES, pod(volume=SECRET_VOLUME), N1),
    Row("node-get-proj", "", S1, YES, pod(volume=PROJECTED), N1),
    Row("node-get-pull", "", S1, YES, pod(**PULL), N1),
    Row("node-get-csi", "", S1, YES, pod(volume=CSI), N1),
    Row("node-get-flex", "", S1, YES, pod(volume=FLEX), N1),
    Row(
        "node-get-ephem",
        "",
        S1,
        YES,
        pod(ephemeralContainers=[{"name": "e", "image": "i", **ENV}]),
        N1,
    ),
    Row("node-get-saimg", "", S1, YES, pod(serviceAccountName="low", **PULL), N1),
    Row("node-get-done", "", S1, YES, pod(phase="Succeeded", container=ENV), N1),
    Row("node-get-unrel", "", S2, NO, pod(container=ENV), N1),
    Row("node-get-pending", "", S1, NO, [*pod(node="", container=ENV), _obj("Node", "", "n1")], N1),
    Row("node-get-pv-npub", "", OTHER, YES, volume_secret("nodePublishSecretRef"), N1),
    Row("node-get-pv-nstage", "", OTHER, YES, volume_secret("nodeStageSecretRef"), N1),
    Row("node-get-pv-nexp", "", OTHER, YES, volume_secret("nodeExpandSecretRef"), N1),
    Row("node-get-pv-cpub", "", OTHER, NO, volume_secret("controllerPublishSecretRef"), N1),
    Row("node-get-pv-cexp", "", OTHER, NO, volume_secret("controllerExpandSecretRef"), N1),
    Row("node-get-pv-unrel", "", OTHER, NO, volume_secret("nodePublishSecretRef", "other"), N1),
    Row("node-other", "", S1, NO, [*pod(container=ENV), _obj("Node", "", "n2")], N2),
    Row("node-nogroup", "", S1, NO, pod(container=ENV), "user:system:node:n1"),
    Row("node-list", "", S2, NO, pod(container=ENV), N1),
    Row("node-list-fs", "", S1, YES, pod(container=ENV), N1),
    Row("node-list-fs-unrel", "", S2, NO, pod(container=ENV), N1),
    Row("node-watch-fs", "", S1, YES, pod(container=ENV), N1),
    Row("node-mirror-secret", "", S1, NO, pod(mirror=True, **PULL), N1),
    Row("node-token-pod-bound", "", V, YES, running_as("v"), N1),
    Row("node-token-other-sa", "", V, NO, running_as("low"), N1),
    Row("node-token-other-node", "", V, NO, [*running_as("v"), _obj("Node", "", "n2")], N2),
    Row("node-token-automount-false", "", V, NO, running_as("v", automount=False), N1),
    Row("node-token-succeeded-pod", "", V, YES, running_as("v", phase="Succeeded"), N1),
    Row(
        "node-token-aud-api-not-in-volume",
        "",
        V,
        NO,
        running_as("v", automount=False, audience="vault"),
        N1,
    ),
    Row(
        "node-sa-secrets-list",
        "",
        "secret:t1/lowtok",
        NO,
        [
            *pod(serviceAccountName="low", automountServiceAccountToken=False),
            _obj("ServiceAccount", "t1", "low", secrets=[{"name": "lowtok"}]),
        ],
        N1,
    ),
)


@dataclass(frozen=True)
class Request:
    """One experiment with one request, rather than with what it leads to."""

    id: str
    held: str
    asked: dict
    allowed: bool
    user: str = "system:serviceaccount:attackers:p"
    extra: tuple = ()


def _secret(verb, name="", namespace="t1"):
    return {"verb": verb, "resource": "secrets", "namespace": namespace, "name": name}


ANONYMOUS = "system:anonymous"
REQUESTS = (
    Request("read-list-holding-get", "get secrets", _secret("list"), False),
    Request("read-list-holding-get-fs", "get secrets", _secret("list", "s1"), False),
    Request("read-get-holding-list", "list secrets", _secret("get", "s1"), False),
    Request("read-list-names-nofs", "list secrets names=s1", _secret("list"), False),
    Request("read-list-names-fs", "list secrets names=s1", _secret("list", "s1"), True),
    Request("read-list-names-fs-other", "list secrets names=s1", _secret("list", "s2"), False),
    Request("read-list-names-empty", "list secrets names=", _secret("list"), True),
    Request(
        "read-list-allns-with-rolebinding", "list secrets", _secret("list", namespace=""), False
    ),
    Request("read-list-allns", "list secrets @cluster", _secret("list", namespace=""), True),
    Request("read-watch-holding-list", "list secrets", _secret("watch"), False),
    Request("read-watch-names-nofs", "watch secrets names=s1", _secret("watch"), False),
    Request("read-get-named-watch-param", "watch secrets", _secret("get", "s1"), False),
    Request("patch-empty-names", "patch secrets names=s1", _secret("patch", "s1"), True),
    Request("patch-empty-names-other", "patch secrets names=s1", _secret("patch", "s2"), False),
    Request("ssa-existing-create-only", "create secrets", _secret("patch", "s1"), False),
    Request("post-create-names", "create secrets names=x1", _secret("create"), False),
    Request("post-create-names-empty", "create secrets names=", _secret("create"), True),
    Request(
        "deletecollection-holding-delete", "delete secrets", _secret("deletecollection"), False
    ),
    Request(
        "deletecollection-names-fs",
        "deletecollection secrets names=s1",
        _secret("deletecollection"),
        False,
    ),
    Request(
        "deletecollection-names-empty",
        "deletecollection secrets names=",
        _secret("deletecollection"),
        True,
    ),
    Request("delete-names-empty", "delete secrets names=", _secret("delete", "s1"), False),
    Request("vap-control-direct2", "list secrets names=* @cluster", _secret("list", "*"), True),
    Request(
        "match-verb-star-bind",
        f"* clusterroles.{RBAC}",
        {
            "verb": "bind",
            "resource": "clusterroles",
            "group": RBAC,
            "namespace": "t1",
            "name": "x",
        },
        True,
    ),
    Request(
        "match-ns-self",
        "patch namespaces",
        {"verb": "patch", "resource": "namespaces", "namespace": "t1", "name": "t1"},
        True,
    ),
    Request(
        "match-nonres-glob",
        "get /healthz* @cluster",
        {"verb": "get", "path": "/healthzfoo"},
        True,
    ),
    Request("match-nonres-mid", "get /a/*/b @cluster", {"verb": "get", "path": "/a/x/b"}, False),
    Request(
        "nodes-proxy-rolebinding",
        "get nodes/proxy",
        {"verb": "get", "resource": "nodes", "subresource": "proxy", "name": "n1"},
        False,
    ),
    Request(
        "nodes-star-not-proxy",
        "* nodes @cluster",
        {"verb": "get", "resource": "nodes", "subresource": "proxy", "name": "n1"},
        False,
    ),
    *(
        Request(
            f"anon-{path.strip('/').replace('/', '-')}",
            "",
            {"verb": "get", "path": path},
            allowed,
            ANONYMOUS,
        )
        for path, allowed in (
            ("/", False),
            ("/version", True),
            ("/healthz", True),
            ("/livez", True),
            ("/readyz", True),
            ("/api", False),
            ("/apis", False),
            ("/openapi/v2", False),
            ("/openapi/v3", False),
            ("/metrics", False),
            ("/.well-known/openid-configuration", False),
            ("/openid/v1/jwks", False),
            ("/flagz", False),
            ("/statusz", False),
            ("/debug/pprof/", False),
        )
    ),
    Request(
        "anon-api-v1-namespaces", "", {"verb": "list", "resource": "namespaces"}, False, ANONYMOUS
    ),
    Request(
        "anon-ssar",
        "",
        {
            "verb": "create",
            "resource": "selfsubjectaccessreviews",
            "group": "authorization.k8s.io",
        },
        False,
        ANONYMOUS,
    ),
)


def _cluster(row):
    reader = [_rule("get secrets")[0]]
    token_of_low = {"annotations": {"kubernetes.io/service-account.name": "low"}}
    objects = [
        *(_obj("Namespace", "", name) for name in ("t1", "t2", "attackers")),
        *(_obj("ServiceAccount", "t1", name) for name in ("default", "v", "low")),
        *(_obj("ServiceAccount", "attackers", name) for name in ("default", "p", "x")),
        *(_obj("Secret", *key, data={"k": "AAAA"}) for key in (("t1", "s1"), ("t1", "s2"))),
        _obj("Secret", "t2", "s1", data={"k": "AAAA"}),
        _obj(
            "Secret",
            "t1",
            "lowtok",
            type="kubernetes.io/service-account-token",
            metadata=token_of_low,
            data={"token": "AAAA"},
        ),
        *grant(
            "sr",
            reader,
            _subject("ServiceAccount", "v", "t1"),
            _subject("ServiceAccount", "ghost", "t1"),
            _subject("User", "victim"),
            _subject("Group", "vgrp"),
        ),
    ]
    for number, text in enumerate(filter(None, row.held.split("; "))):
        rule, everywhere = _rule(text)
        subject = _subject("ServiceAccount", "p", "attackers")
        objects += grant(f"own-{number}", [rule], subject, namespace="" if everywhere else "t1")
    return [*objects, *row.extra]


def _server_list(objects):
    """A List as a server makes it: each object once, with a uid."""
    found = {(o["kind"], o["metadata"].get("namespace"), o["metadata"]["name"]): o for o in objects}
    uids = count(1)
    items = [{**o, "metadata": {**o["metadata"], "uid": f"u-{next(uids)}"}} for o in found.values()]
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items}


def _claim(cluster, row):
    """What rbacgraph says of a row: certain, conditional or nothing."""
    via = [row.via] if row.via else []
    if row.target not in {item.target for item in cluster.reach(source=row.source, via=via)}:
        return NO
    sure = cluster.reach(source=row.source, via=via, certain=True)
    return YES if row.target in {item.target for item in sure} else IF


def _load(row, tmp_path):
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps(_server_list(_cluster(row))))
    cluster = rg.load(path, kubernetes_version="1.36")
    assert [d for d in cluster.diagnostics if d.severity == "error"] == []
    return cluster


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id}: {row.target}")
def test_what_the_server_gave_is_what_the_graph_claims(row, tmp_path):
    assert _claim(_load(row, tmp_path), row) == row.works


ONE_RIGHT = [row for row in ROWS if row.held and row.works != NO and ";" not in row.held]


@pytest.mark.parametrize("row", ONE_RIGHT, ids=lambda row: f"{row.id}: {row.target}")
def test_without_its_one_right_nothing_is_left(row, tmp_path):
    assert _claim(_load(replace(row, held=""), tmp_path), row) == NO


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row.id)
def test_what_the_server_answered_is_what_is_decided(row, tmp_path):
    assert bool(_load(row, tmp_path).can_i(**row.asked, user=row.user)) is row.allowed
