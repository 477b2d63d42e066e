"""Which Secrets a StorageClass has volumes name for a kubelet, by definition.

A technique for the engine of ``engine.py``. What the parameters mean, and that a value may
be empty: kubernetes-csi/external-provisioner ``pkg/controller/controller.go``, and
https://kubernetes-csi.github.io/docs/secrets-and-credentials-storage-class.html.
"""

import re
from fnmatch import fnmatchcase
from itertools import product

from tests.query.plain.identities import node_of

PREFIX = "csi.storage.k8s.io/"
PURPOSES = ("node-stage-", "node-publish-", "node-expand-")
CHOSEN = ((r"\$\{pvc\.name\}", "?*"), (r"\$\{pvc\.annotations\['[^']*'\]\}", "*"))
"""What the author of a claim chooses: a name, which is not empty, and annotations."""


def class_secrets(mine, cluster):
    """A new Pod's claim has a volume made, and the kubelet of the Pod reads what that names."""
    nodes = {name for _, name in cluster.of("Node")}
    places = mine.of("makes") if nodes.intersection(map(node_of, mine.of("who"))) else ()
    for one, place in product(cluster.of("StorageClass").values(), places):
        for name, namespace in _templates(one["parameters"]):
            for secret in cluster.of("Secret"):
                if _becomes(namespace, secret[0], place) and _becomes(
                    name, secret[1], place, CHOSEN
                ):
                    yield "secret", secret


def _templates(parameters):
    """The names and namespaces of Secrets for the node; one is for what has none of its own."""
    for purpose in PURPOSES:
        own = f"{PREFIX}{purpose}secret-name" in parameters
        field = f"{PREFIX}{purpose if own else ''}secret-name"
        if field in parameters:
            yield parameters[field], parameters[f"{field}space"]


def _becomes(template, text, place, chosen=()):
    """Whether a claim of a place has a template become a text."""
    for field, value in ((r"\$\{pvc\.namespace\}", place), *chosen):
        template = re.sub(field, value, template)
    return "$" not in template and fnmatchcase(text, template)
