"""Small random clusters whose Secrets, ServiceAccounts and ConfigMaps lead out, or in."""

import json
import random
from base64 import b64encode

import yaml

from tests.query.plain.clusters.objects import RBAC, SPACES, _bound, _cluster, _object, _rule
from tests.query.plain.clusters.plain_clusters import _somebody
from tests.query.plain.clusters.rights import READS, Rights

SYSTEM = "kube-system"
ACCOUNT = "arn:aws:iam::123456789012"
ROLES = [f"{ACCOUNT}:role/{one}" for one in ("web", "Web", "team/web", "team/ops", "ops")]
USERS = [f"{ACCOUNT}:user/{one}" for one in ("bob", "team/bob")]
CLIENT = "0ABCDEF0-1234-1234-1234-123456789abc"
ANNOTATIONS = (
    *({"eks.amazonaws.com/role-arn": one} for one in ROLES),
    {"eks.amazonaws.com/role-arn": ROLES[0], "eks.amazonaws.com/audience": "vault"},
    {"azure.workload.identity/client-id": CLIENT},
    {"iam.gke.io/gcp-service-account": "web@project.iam.gserviceaccount.com"},
)
AUDIENCES = ("sts.amazonaws.com", "api://AzureADTokenExchange", "vault")


def _made(namespace, name, kind, data, **metadata):
    packed = {key: b64encode(value.encode()).decode() for key, value in data.items()}
    return _object("Secret", name, namespace, metadata=metadata, type=kind, data=packed)


def _entry(rng):
    """What a pull Secret has for one registry: a credential, or none."""
    login = b64encode(b"me:pw").decode()
    return rng.choice(
        (
            {"auth": login},
            {"username": "me", "password": "pw"},
            {"username": "me"},
            {"email": "me@example.com"},
            {"identitytoken": "x"},
            {},
        )
    )


def _pulling(rng, namespace):
    hosts = ("https://index.docker.io/v1/", "reg.example.com:5000", "Reg.example.com/team")
    entries = {host: _entry(rng) for host in rng.sample(hosts, rng.randint(1, 2))}
    kind, data = rng.choice(
        (
            ("kubernetes.io/dockerconfigjson", {".dockerconfigjson": {"auths": entries}}),
            ("kubernetes.io/dockercfg", {".dockercfg": entries}),
            ("Opaque", {".dockerconfigjson": {"auths": entries}}),
        )
    )
    return _made(namespace, "pull", kind, {key: json.dumps(one) for key, one in data.items()})


def _of_argo(rng, namespace):
    config = rng.choice(
        (
            {"bearerToken": "x"},
            {"username": "me", "password": "pw"},
            {"tlsClientConfig": {"keyData": "eA==", "certData": "eA=="}},
            {"tlsClientConfig": {"caData": "eA=="}},
            {"awsAuthConfig": {"clusterName": "c"}},
            {"execProviderConfig": {"command": "argocd-k8s-auth"}},
        )
    )
    server = rng.choice(("https://one.example.com:6443", "https://kubernetes.default.svc"))
    labels = {"argocd.argoproj.io/secret-type": rng.choice(("cluster", "cluster", "repository"))}
    data = {"name": "c", "server": server, "config": json.dumps(config)}
    return _made(namespace, "argo", "Opaque", data, labels=labels)


def _of_cluster_api(rng, namespace):
    name = f"c-{rng.choice(('kubeconfig', 'ca', 'etcd', 'proxy', 'sa', 'cloud'))}"
    data = rng.choice(({"value": "x"}, {"tls.key": "x", "tls.crt": "x"}, {"tls.crt": "x"}))
    kind = rng.choice(("cluster.x-k8s.io/secret", "cluster.x-k8s.io/secret", "Opaque"))
    return _made(namespace, name, kind, data)


def _kubeconfig(rng, namespace):
    told = rng.choice(
        (
            {"token": "x"},
            {"client-key-data": "eA==", "client-certificate-data": "eA=="},
            {"client-key": "/etc/key", "client-certificate": "/etc/cert"},
            {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "aws"}},
            {"username": "me", "password": "pw"},
        )
    )
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": "https://two.example.com"}}],
        "users": [{"name": "u", "user": told}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    key = rng.choice(("kubeconfig", "kubeconfig", "notes"))
    return _made(namespace, "admin", "Opaque", {key: yaml.safe_dump(config)})


def _of_etcd(rng, namespace):
    name = rng.choice(("etcd-certs", "calico-etcd-secrets", "my-etcd", "etcd-metrics", "other"))
    stem = rng.choice(("healthcheck-client", "etcd-client", "tls", "ca"))
    keys = rng.choice(([f"{stem}.key", f"{stem}.crt"], [f"{stem}.key"], [f"{stem}.crt"]))
    return _made(namespace, name, "Opaque", dict.fromkeys(keys, "x"))


def _secrets(rng):
    makes = (_pulling, _of_argo, _of_cluster_api, _kubeconfig, _of_etcd)
    places = (*SPACES, *SPACES, SYSTEM)
    return [make(rng, rng.choice(places)) for make in makes]


def _aws_auth(rng):
    fields = {}
    for field, name in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        found = [
            {
                name: rng.choice((*ROLES, *USERS)),
                "username": rng.choice(("alice", "bob", "node:{{SessionName}}")),
                **rng.choice(({}, {"groups": ["dev"]}, {"groups": ["ops", "dev"]})),
            }
            for _ in range(rng.randint(0, 2))
        ]
        if found:
            fields[field] = yaml.safe_dump(found)
    return _object("ConfigMap", "aws-auth", SYSTEM, data=fields)


def _in_clouds(rng, objects):
    """Annotate ServiceAccounts, and give Pods tokens for clouds as their webhooks do."""
    for obj in objects:
        if obj["kind"] == "ServiceAccount" and rng.random() < 0.6:
            obj["metadata"]["annotations"] = dict(rng.choice(ANNOTATIONS))
        if obj["kind"] == "Pod" and rng.random() < 0.5:
            token = {"serviceAccountToken": {"path": "token", "audience": rng.choice(AUDIENCES)}}
            obj["spec"]["volumes"].append({"name": "cloud", "projected": {"sources": [token]}})
            if rng.random() < 0.7:
                mount = {"name": "cloud", "mountPath": "/cloud"}
                obj["spec"]["containers"][0]["volumeMounts"].append(mount)


def _on_outside(rights):
    """What leads to Secrets, accounts and the ConfigMap by their names."""
    verbs = rights.one_of("patch", "update", "create", "create patch", "create delete", "get")
    names = ["pull", "argo", "admin", "etcd-certs", "my-etcd", "c-ca", "c-kubeconfig"]
    return rights.one_of(
        [_rule(verbs, "configmaps", rights.one_of(None, ["aws-auth"], ["x"]))],
        [_rule(rights.one_of(*READS), "secrets", rights.one_of(None, names[:3], names[3:]))],
        rights.accounts(),
        rights.running(),
        [_rule("create", rights.one_of("pods", "daemonsets"), None, rights.one_of("", "apps"))],
    )


def objects_of_outside(seed):
    """Credentials of other places, identities of clouds, and who comes in by these."""
    rng = random.Random(seed)
    objects, rights = [*_cluster(rng), _object("Namespace", SYSTEM), *_secrets(rng)], Rights(rng)
    _in_clouds(rng, objects)
    if rng.random() < 0.6:
        objects.append(_aws_auth(rng))
    if rng.random() < 0.3:
        told = {"nodeInfo": {"kubeletVersion": "v1.33.1-eks-1234567"}}
        objects.append(_object("Node", "e", status=told))
    for number in range(rng.randint(3, 6)):
        rules = _on_outside(rights) if rng.random() < 0.7 else rights.of_a_technique()
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        space = rng.choice((*SPACES, SYSTEM, SYSTEM, ""))
        objects.append(_bound(number, "ClusterRole", space, [_somebody(rng)]))
    return objects
