"""What lies outside the cluster, and who comes in from there, for ``engine.py``.

Registries, other clusters, the cloud's identities, etcd past its API server: by what the
projects document that read such Secrets, annotations and ConfigMaps.
"""

import json
import re
from base64 import b64decode
from urllib.parse import urlsplit

import yaml

from tests.query.plain import pods
from tests.query.plain.identities import Somebody, account, node_of, user, with_implied
from tests.query.plain.possible import POSSIBLE
from tests.query.plain.read_secrets import everything
from tests.query.plain.techniques import TECHNIQUES

CLUSTER_API = "cluster.x-k8s.io/secret"
ARGO_CLUSTER = "argocd.argoproj.io/secret-type"
AWS_AUTH = "kube-system", "aws-auth"
ROLE_ARN, AUDIENCE = "eks.amazonaws.com/role-arn", "eks.amazonaws.com/audience"
CLIENT_ID = "azure.workload.identity/client-id"
GOOGLE = "iam.gke.io/gcp-service-account"


def _text(secret, name):
    return b64decode(secret["data"].get(name, "")).decode()


def _host(address):
    """The host of an address, with its port if it has one; it may lack a scheme."""
    return urlsplit(address if "//" in address else f"//{address}").netloc.lower()


def registries(secret):
    """Where a pull Secret logs in: each entry has its own credential, or none."""
    found = {}
    if secret["type"] == "kubernetes.io/dockerconfigjson":
        found = json.loads(_text(secret, ".dockerconfigjson"))["auths"]
    if secret["type"] == "kubernetes.io/dockercfg":
        found = json.loads(_text(secret, ".dockercfg"))
    for address, entry in found.items():
        if any(entry.get(one) for one in ("auth", "password", "identitytoken", "registrytoken")):
            yield f"registry:{_host(address)}"


def clusters(secret, *, surely):
    """Clusters whose credential a Secret holds.

    A key for etcd needs etcd too, and one that signs tokens needs the uids of accounts.
    """
    (namespace, name), held = _key(secret), secret["data"].keys()
    if secret["type"] == CLUSTER_API:
        cluster, _, purpose = name.rpartition("-")
        needed = "value" if purpose == "kubeconfig" else "tls.key"
        purposes = {"kubeconfig", "ca", "proxy", *(() if surely else ("etcd", "sa"))}
        if purpose in purposes and needed in held:
            yield f"cluster:{namespace}/{cluster}"
    elif secret["metadata"].get("labels", {}).get(ARGO_CLUSTER) == "cluster":
        config = json.loads(_text(secret, "config"))
        tls = config.get("tlsClientConfig", {})
        if config.get("bearerToken") or config.get("password") or tls.get("keyData"):
            yield f"cluster:{_host(_text(secret, 'server'))}"
    elif "kubeconfig" in held:
        told = yaml.safe_load(_text(secret, "kubeconfig"))
        (found,) = [one["user"] for one in told["users"]]
        if found.keys() & {"token", "password", "client-key-data"}:
            yield f"cluster:{_host(told['clusters'][0]['cluster']['server'])}"


def _key(obj):
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def opens_etcd(secret):
    """Whether a Secret has a client certificate for the etcd of the API server, with its key."""
    (namespace, name), held = _key(secret), secret["data"].keys()
    system = namespace == "kube-system" or namespace.startswith("openshift-")
    for key in held:
        stem = key.removesuffix(".key")
        if stem != key and f"{stem}.crt" in held:
            by_name = any("etcd" in re.split("[^a-z]", one) for one in (name, stem))
            told = name in {"calico-etcd-secrets", "etcd-certs"} or stem == "healthcheck-client"
            if told or (system and by_name and "metrics" not in name):
                return True
    return False


def registry_logins(mine, cluster):
    for k in mine.of("secret"):
        yield from (("outside", one) for one in registries(cluster.of("Secret")[k]))


def cluster_credentials(mine, cluster, *, surely=False):
    for k in mine.of("secret"):
        found = clusters(cluster.of("Secret")[k], surely=surely)
        yield from (("outside", one) for one in found)


def sure_cluster_credentials(mine, cluster):
    return cluster_credentials(mine, cluster, surely=True)


def etcd_clients(mine, cluster):
    if any(opens_etcd(cluster.of("Secret")[k]) for k in mine.of("secret")):
        yield from everything(cluster)


def identities(obj):
    """Whom a ServiceAccount says it is in clouds, with the audience of the token for it."""
    told = obj["metadata"].get("annotations", {})
    if ROLE_ARN in told:
        yield f"aws-role:{told[ROLE_ARN]}", told.get(AUDIENCE, "sts.amazonaws.com")
    if CLIENT_ID in told:
        yield f"azure-identity:{told[CLIENT_ID].lower()}", "api://AzureADTokenExchange"
    if GOOGLE in told:
        yield f"google-serviceaccount:{told[GOOGLE]}", ""


def cloud_identities(mine, cluster):
    """Whoever has tokens of a ServiceAccount, or is in a Pod with one for a cloud."""
    held = {(k[0], spec["serviceAccountName"]): set() for k, spec in cluster.running()}
    for k in mine.of("pod"):
        spec = cluster.of("Pod")[k]["spec"]
        held[k[0], spec["serviceAccountName"]] |= {"", *pods.mounted_audiences(spec)}
    nodes = set(filter(None, map(node_of, mine.of("who"))))
    for k, pod in cluster.of("Pod").items():
        if pod["spec"].get("nodeName") in nodes and not pods.is_mirror(pod):
            found = held.setdefault((k[0], pod["spec"]["serviceAccountName"]), set())
            found |= {audience for _, audience in pods.audiences(pod["spec"])} - {""}
    for k, obj in cluster.of("ServiceAccount").items():
        whole = account(*k) in mine.of("who")
        for identity, audience in identities(obj):
            if whole or audience in held.get(k, ()):
                yield "outside", identity


def mappings(cluster):
    """What aws-auth maps: names in lower case, roles first, of several the last one counts."""
    data, found = cluster.of("ConfigMap").get(AWS_AUTH, {"data": {}})["data"], {}
    for field, name in (("mapUsers", "userarn"), ("mapRoles", "rolearn")):
        told = yaml.safe_load(data.get(field, "[]"))
        found |= {one[name].lower(): (one[name], one) for one in told}
    return found


def aws_identities(cluster):
    """Roles and users of AWS that somebody names."""
    arns = [arn for arn, _ in mappings(cluster).values()]
    told = [obj["metadata"].get("annotations", {}) for obj in cluster.of("ServiceAccount").values()]
    arns += [one[ROLE_ARN] for one in told if ROLE_ARN in one]
    return sorted({f"aws-{'role' if ':role/' in arn else 'user'}:{arn}" for arn in arns})


def _signs_in(arn):
    """How the server names who signs in: a session has no path of its role."""
    prefix, kind, name = re.fullmatch("(.*):(role|user)/(.*)", arn).groups()
    if kind == "role":
        name = name.rpartition("/")[2]
    return f"{prefix}:{kind}/{name}".lower()


def aws_logins(mine, cluster):
    for one in mine.of("outside"):
        arn = one.partition(":")[2]
        if one.startswith("aws-") and _signs_in(arn) in mappings(cluster):
            yield "who", _mapped(mappings(cluster)[_signs_in(arn)][1])


def _mapped(found):
    groups = frozenset().union(*map(with_implied, found.get("groups", ())))
    name = found["username"]
    return Somebody("" if "{{" in name else name, user(name).groups | groups)


def edited_aws_auth(mine, cluster):
    """Whoever writes it maps an identity of its own to anybody."""
    there = AWS_AUTH in cluster.of("ConfigMap")
    looked_at = there or cluster.on_eks  # whose ConfigMaps nobody listed
    if looked_at and any(mine.any_may(v, "configmaps", *AWS_AUTH) for v in ("patch", "update")):
        yield from everything(cluster)
    if (
        looked_at
        and mine.frees("ConfigMap", "configmaps", *AWS_AUTH)
        and any(mine.makes(who, "configmaps", *AWS_AUTH) for who in mine.of("who"))
    ):
        yield from everything(cluster)


OUTSIDE = (*TECHNIQUES, registry_logins, sure_cluster_credentials)
POSSIBLY_OUTSIDE = (
    *POSSIBLE,
    registry_logins,
    cluster_credentials,
    etcd_clients,
    cloud_identities,
    aws_logins,
    edited_aws_auth,
)
