"""Of ConfigMap aws-auth the mappings are kept, whatever else stands there."""

import io
import json

import pytest

from rbacgraph.model.kubernetes.aws_auth import AwsMapping
from rbacgraph.sources.load import load
from rbacgraph.sources.pods.aws_auth import read_mappings

ROLE = "arn:aws:iam::123456789012:role/web"
USER = "arn:aws:iam::123456789012:user/bob"


@pytest.mark.parametrize(
    ("roles", "users", "found"),
    [
        (
            f"- rolearn: {ROLE}\n  username: web\n  groups:\n  - devs\n",
            f"- userarn: {USER}\n  username: bob\n",
            (AwsMapping(ROLE, "web", ("devs",)), AwsMapping(USER, "bob", ())),
        ),
        (f"- {{userarn: {USER}}}", f"- {{rolearn: {ROLE}}}", ()),
        (
            f"- {{rolearn: {ROLE}, username: a}}\n- {{rolearn: {ROLE.upper()}, username: b}}",
            f"- {{userarn: {ROLE}, username: c}}",
            (AwsMapping(ROLE.upper(), "b", ()),),
        ),
        (f"- rolearn: {ROLE}\n  groups: x\n", "[]", (AwsMapping(ROLE, "", ()),)),
        (f"- rolearn: {ROLE}\n  username: 7\n  groups: [1]\n", "7", (AwsMapping(ROLE, "", ("",)),)),
        ("- rolearn: [\n", "\t", ()),
        (None, "", ()),
    ],
)
def test_mappings(roles, users, found):
    assert read_mappings(roles, users) == found


@pytest.mark.parametrize("name", ["aws-auth", "aws-auth-2", "my-aws-auth"])
def test_only_the_one_of_that_name_is_kept(name):
    data = {"mapRoles": f"- rolearn: {ROLE}", "password": "hunter2PLANTED"}
    meta = {"name": name, "namespace": "kube-system"}
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
    items = {"apiVersion": "v1", "kind": "List", "items": [obj]}
    for text in (json.dumps(obj), json.dumps(items), json.dumps(items, indent=4)):
        for ahead in ("", "---\n"):
            snapshot = load(io.BytesIO(f"{ahead}{text}".encode()))
            kept = [AwsMapping(ROLE, "", ())] if name == "aws-auth" else []
            assert [one for found in snapshot.config_maps for one in found.mappings] == kept
            assert len(snapshot.config_maps) == len(kept)
            assert "PLANTED" not in repr(snapshot)
