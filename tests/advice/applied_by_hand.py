"""Applies what an answer prints to the objects of a file, as ``kubectl`` would, and no other way.

It knows nothing of the package but what it prints: manifests as YAML, and commands.
"""

import io
import json
import shlex

import yaml

import rbacgraph as rg
from rbacgraph.report.advice.manifests import patches


def applied_by_hand(objects, answer):
    """Return the objects of a file after the manifests and the commands of an answer."""
    by_key = {key_of(one): one for one in objects}
    for written in yaml.safe_load_all(answer.manifests()):
        old = by_key.get(key_of(written), {"metadata": {"uid": f"made-{len(by_key)}"}})
        metadata = {**old["metadata"], **written["metadata"]}
        by_key[key_of(written)] = {**old, **written, "metadata": metadata}
    for change in answer.changes:
        assert change.after is not None, "a deletion, which no answer here prints"
    for command in patches(answer.changes):
        kubectl, patch, kind, name, _, namespace, _, fields = shlex.split(command)
        assert (kubectl, patch, kind) == ("kubectl", "patch", "serviceaccount")
        by_key["ServiceAccount", namespace, name].update(json.loads(fields))
    return list(by_key.values())


def key_of(obj):
    """Return the kind, the namespace and the name of an object."""
    return obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def loaded(objects):
    """Load objects from the text of a file, as a user would."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    return rg.load(io.BytesIO(text.encode()), bootstrap=False)
