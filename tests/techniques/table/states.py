"""What existed when a row's experiment ran: the rows' texts and their section "Fixtures"."""

import gzip
import json
from itertools import chain
from pathlib import Path

from tests.techniques.experiments.cluster import (
    CSI,
    DEPLOYMENT,
    ENV,
    ENV_FROM,
    FINALIZED,
    FLEX,
    MOUNTABLE,
    PROJECTED,
    PULL,
    SECRET_VOLUME,
    default_role,
    grant,
    labelled,
    obj,
    pod,
    reads,
    running_as,
    subject,
    volume_secret,
)
from tests.techniques.table.objects import (
    BOOTSTRAP_BINDINGS,
    BOOTSTRAP_SECRET,
    PARAM_POLICY,
    READS,
    SERVICE,
    USES_S1,
    WEBHOOK,
    binding,
    role,
)

P = subject("ServiceAccount", "p", "attackers")
NOBODY = subject("User", "nobody")


SHIPPED = Path(__file__).parents[3] / "fixtures" / "oracle" / "reach" / "bootstrap.json.gz"
BOOTSTRAP = json.loads(gzip.decompress(SHIPPED.read_bytes()))
NODES = [obj("Node", "", "n1"), obj("Node", "", "n2")]
BASE = [
    *(obj("Namespace", "", name) for name in ("t1", "t2", "attackers", "kube-system")),
    *(obj("ServiceAccount", "t1", name) for name in ("default", "v", "low")),
    *(obj("ServiceAccount", "attackers", name) for name in ("default", "p", "x")),
    obj("ServiceAccount", "kube-system", "clusterrole-aggregation-controller"),
    *(obj("Secret", *key, data={"k": "AAAA"}) for key in (("t1", "s1"), ("t1", "s2"))),
    obj("Secret", "t2", "s1", data={"k": "AAAA"}),
    obj(
        "Secret",
        "t1",
        "lowtok",
        type="kubernetes.io/service-account-token",
        metadata={"annotations": {"kubernetes.io/service-account.name": "low"}},
        data={"token": "AAAA"},
    ),
    *grant(
        "readers",
        READS,
        subject("ServiceAccount", "v", "t1"),
        subject("ServiceAccount", "ghost", "t1"),
        subject("User", "victim"),
        subject("Group", "vgrp"),
    ),
    role("Role", "t1", "sr"),
    role("ClusterRole", "", "srX"),
    binding("t1", "ex", "ClusterRole", "srX", NOBODY),
    binding("t1", "third", "ClusterRole", "view", NOBODY),
    *NODES,
    *BOOTSTRAP,
]

SHAPES = {
    "env": pod(container=ENV),
    "envfrominit": pod(initContainers=[{"name": "i", "image": "i", **ENV_FROM}]),
    "vol": pod(volume=SECRET_VOLUME),
    "proj": pod(volume=PROJECTED),
    "pull": pod(**PULL),
    "csi": pod(volume=CSI),
    "flex": pod(volume=FLEX),
    "unrel": pod(container=ENV),
    "ephem": pod(ephemeralContainers=[{"name": "e", "image": "i", **ENV}]),
    "saimg": pod(serviceAccountName="low", **PULL),
    "done": pod(phase="Succeeded", container=ENV),
    "pending": pod(node="", phase="Pending", container=ENV),
    "pv-npub": volume_secret("nodePublishSecretRef"),
    "pv-nstage": volume_secret("nodeStageSecretRef"),
    "pv-nexp": volume_secret("nodeExpandSecretRef"),
    "pv-cpub": volume_secret("controllerPublishSecretRef"),
    "pv-cexp": volume_secret("controllerExpandSecretRef"),
    "pv-unrel": volume_secret("nodePublishSecretRef", "other"),
}
"""Pods of the rows node-get-…, by the rest of their ids."""

CONTROLLERS = (
    "generic-garbage-collector",
    "namespace-controller",
    "resourcequota-controller",
    "expand-controller",
    "persistent-volume-binder",
    "cronjob-controller",
    "legacy-service-account-token-cleaner",
    "endpoint-controller",
)
WITHOUT_V = {("ServiceAccount", "t1", "v"), ("RoleBinding", "t1", "readers")}

STATES = {
    "": [],
    "a Secret with a finalizer": FINALIZED,
    "the namespace's accounts read": reads(subject("Group", "system:serviceaccounts:t1")),
    "a binding names a missing ServiceAccount": reads(subject("ServiceAccount", "ghost", "t1")),
    "a binding names a missing Role": [binding("t1", "dangling", "Role", "ghost", P)],
    "bound to a ClusterRole": [
        role("ClusterRole", "", "weak", rules=[]),
        binding("", "weak", "ClusterRole", "weak", P),
    ],
    "controllers": [obj("ServiceAccount", "kube-system", name) for name in CONTROLLERS],
    "kubeadm": [*BOOTSTRAP_BINDINGS, *SHAPES["env"]],
    "a bootstrap token Secret": BOOTSTRAP_SECRET,
    "enforce=baseline": labelled("baseline"),
    "enforce=restricted": labelled("restricted"),
    "a running Pod": USES_S1,
    "a running Pod without Secrets": pod(serviceAccountName="low"),
    "a running Pod without Secrets, enforce=baseline": [
        *pod(serviceAccountName="low"),
        *labelled("baseline"),
    ],
    "a running Pod with a token": running_as("v"),
    "a pending Pod": pod(node="", phase="Pending", container=ENV),
    "a pending Pod without Secrets": pod(node="", phase="Pending"),
    "a Service": SERVICE,
    "a Deployment": DEPLOYMENT,
    "mountable": MOUNTABLE,
    "mountable, a running Pod": [*MOUNTABLE, *running_as("v", automount=False)],
    "own Pod and another's on the node": [
        obj(
            "Pod",
            "attackers",
            "own",
            spec={
                "nodeName": "n1",
                "serviceAccountName": "p",
                "containers": [{"name": "c", "image": "i"}],
            },
            status={"phase": "Running"},
        ),
        *SHAPES["env"],
    ],
    "own Pod on another node": [
        obj(
            "Pod",
            "attackers",
            "own",
            spec={
                "nodeName": "n2",
                "serviceAccountName": "p",
                "containers": [{"name": "c", "image": "i"}],
            },
            status={"phase": "Running"},
        ),
        *SHAPES["env"],
    ],
    "a webhook": WEBHOOK,
    "a policy with a Secret for its parameter": PARAM_POLICY,
    **{f"default {name}": default_role(name) for name in ("view", "edit", "admin")},
    **{f"Pod: {name}": shape for name, shape in SHAPES.items()},
    "Pod: automount": running_as("v"),
    "Pod: automount, of another account": running_as("low"),
    "Pod: automount, succeeded": running_as("v", phase="Succeeded"),
    "Pod: no token": running_as("v", automount=False),
    "Pod: token for vault": running_as("v", automount=False, audience="vault"),
    "Pod: mirror": pod(mirror=True, **PULL),
    "Pod: account with Secrets": [
        *pod(serviceAccountName="low", automountServiceAccountToken=False),
        obj("ServiceAccount", "t1", "low", secrets=[{"name": "lowtok"}]),
    ],
}
"""Objects beside those of every experiment, by the state's name."""


def key(one):
    metadata = one["metadata"]
    return one["kind"], metadata.get("namespace"), metadata["name"]


def cluster(state, rights, holder, home):
    """The objects of an experiment: its state, and one Role and ClusterRole of the holder."""
    base = BASE
    if state == "a binding names a missing ServiceAccount":
        base = [one for one in BASE if key(one) not in WITHOUT_V]
    owned = chain(
        grant("own", [r.rule() for r in rights if not r.everywhere], holder, namespace=home),
        grant("own", [r.rule() for r in rights if r.everywhere], holder, namespace=""),
    )
    return [*base, *owned, *STATES[state]]
