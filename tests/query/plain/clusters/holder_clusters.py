"""Small random clusters in which Secrets and ConfigMaps hold other Secrets, or an identity."""

import json
import random
import zlib
from base64 import b64encode

from tests.query.plain.clusters.objects import (
    RBAC,
    SECRETS,
    SPACES,
    _bound,
    _cluster,
    _object,
    _pod,
    _subject,
)
from tests.query.plain.clusters.rights import RELEASES, TOKEN, Rights

SYSTEM = "kube-system"
BOOTSTRAPPERS = ("system:bootstrappers", "system:bootstrappers:x", "system:bootstrap:abcdef")

GZIP = 31
"""What makes zlib write gzip's format, the same in each version of Python."""


def _release(rng, space, full_name):
    """What Helm keeps of a release, in a Secret or a ConfigMap."""
    *_, name, revision = full_name.split(".")
    made = {"kind": "Secret", "apiVersion": "v1", "data": {rng.choice("kkkj"): "eA=="}}
    texts = [
        json.dumps({**made, "metadata": {"name": secret, **rng.choice(({}, {"namespace": "b"}))}})
        for secret in rng.sample(SECRETS, rng.randint(1, 2))
    ]
    told = {
        "name": name,
        "namespace": space,
        "version": int(revision[1:]),
        "info": {"status": rng.choice(("deployed", "deployed", "superseded", "failed"))},
        "manifest": "".join(f"---\n{text}\n" for text in texts),
        "hooks": [],
    }
    packed = b64encode(zlib.compress(json.dumps(told).encode(), wbits=GZIP)).decode()
    if rng.random() < 0.3:
        return _object("ConfigMap", full_name, space, data={"release": packed})
    twice = b64encode(packed.encode()).decode()
    return _object("Secret", full_name, space, type="helm.sh/release.v1", data={"release": twice})


def _control_plane(rng):
    """A namespace of the control plane, its node, and maybe a bootstrap token."""
    yield from (_object("Namespace", SYSTEM), _object("Node", "cp", metadata={"labels": CONTROL}))
    if rng.random() < 0.7:
        pod = _pod(rng, SYSTEM, "kube-apiserver-cp")
        takes = rng.choice(("true", "true", "false"))
        tokens = f"--enable-bootstrap-token-auth={takes}"
        container = {
            **pod["spec"]["containers"][0],
            "command": ["kube-apiserver", "--authorization-mode=Node,RBAC", tokens],
            "volumeMounts": [],
            "envFrom": [],
        }
        spec = {**pod["spec"], "nodeName": "cp", "volumes": [], "containers": [container]}
        yield {**pod, "spec": spec, "status": {"phase": "Running"}}
    if rng.random() < 0.5:
        data = {
            "token-id": "eA==",
            "token-secret": "eA==",
            "usage-bootstrap-authentication": "eA==",
        }
        token_type = "bootstrap.kubernetes.io/token"
        yield _object("Secret", TOKEN, SYSTEM, type=token_type, data=data)


CONTROL = {"node-role.kubernetes.io/control-plane": ""}


def objects_of_holders(seed):
    """Secrets and ConfigMaps that hold other Secrets, and Secrets that are an identity."""
    rng = random.Random(seed)
    objects, rights = [*_cluster(rng), *_control_plane(rng)], Rights(rng)
    objects += [
        _release(rng, space, name) for space in SPACES for name in RELEASES if rng.random() < 0.4
    ]
    for number in range(rng.randint(3, 7)):
        find = rng.choice((rights.held, rights.held, rights.of_a_technique))
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=find()))
        name = rng.choice(BOOTSTRAPPERS)
        kind = "User" if name == BOOTSTRAPPERS[-1] else "Group"
        if find == rights.held or rng.random() < 0.3:
            space, subject = rng.choice((*SPACES, SYSTEM, SYSTEM, "")), _subject(rng)
        else:
            space, subject = "", {"kind": kind, "name": name, "apiGroup": RBAC}
        objects.append(_bound(number, "ClusterRole", space, [subject]))
    return objects
