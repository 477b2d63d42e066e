"""Techniques that read Secrets: through the API, or in what Helm keeps of a release."""

import gzip
import json
from base64 import b64decode
from itertools import product

from tests.query.plain.identities import user

BY_NAME = ("get", "list", "watch", "patch", "delete")
WITHOUT_NAME = ("list", "watch", "deletecollection")


def reads(mine, cluster):
    for who, k in product(mine.of("who"), cluster.of("Secret")):
        by_name = any(mine.may(who, verb, "secrets", *k) for verb in BY_NAME)
        if by_name or any(mine.may(who, verb, "secrets", k[0]) for verb in WITHOUT_NAME):
            yield "secret", k


def releases(mine, cluster):
    """What Helm applied last, and deployed, is what is in the release."""
    for kind, k in releases_read(mine, cluster):
        told = unpacked(kind, cluster.of(kind)[k])
        last = max(
            unpacked(holder, obj)["version"]
            for holder in ("Secret", "ConfigMap")
            for (place, name), obj in cluster.of(holder).items()
            if place == k[0] and name.startswith(f"sh.helm.release.v1.{told['name']}.v")
        )
        if told["info"]["status"] == "deployed" and told["version"] == last:
            yield from applied(cluster, told)


def releases_read(mine, cluster):
    for k in mine.of("secret"):
        if cluster.of("Secret")[k]["type"] == "helm.sh/release.v1":
            yield "Secret", k
    for k in (one for one in cluster.of("ConfigMap") if one[1].startswith("sh.helm.release.v1.")):
        if any(mine.any_may(verb, "configmaps", *k) for verb in BY_NAME) or any(
            mine.any_may(verb, "configmaps", k[0]) for verb in WITHOUT_NAME
        ):
            yield "ConfigMap", k


def unpacked(kind, obj):
    text = obj["data"]["release"]
    return json.loads(gzip.decompress(b64decode(b64decode(text) if kind == "Secret" else text)))


def applied(cluster, told):
    """Secrets that a release gave some key that they have."""
    for text in filter(str.strip, told["manifest"].split("---\n")):
        made = json.loads(text)
        k = made["metadata"].get("namespace", told["namespace"]), made["metadata"]["name"]
        if k in cluster.of("Secret") and made["data"].keys() & cluster.of("Secret")[k]["data"]:
            yield "secret", k


def everything(cluster):
    yield "who", user("admin", "system:masters")
    yield from (("secret", k) for k in cluster.of("Secret"))
