"""Policies that an API server refuses are refused, with the place."""

import io

import pytest

from rbacgraph.errors import InputError
from rbacgraph.sources.audit.policy_file import read_audit_policy

HEAD = "apiVersion: audit.k8s.io/v1\nkind: Policy\n"
BAD = {
    "": "is no audit policy",
    "rules: [": "",
    "kind: Pod\napiVersion: v1": "is no audit policy",
    "kind: Policy\napiVersion: policy/v1\nrules: [{level: None}]": "is a Policy of 'policy/v1'",
    HEAD: "has no rules",
    HEAD + "rules: []": "has no rules",
    HEAD + "rules:\n- verbs: [get]": ":4: has no level",
    HEAD + "rules:\n- level: All": ":4: has level 'All'",
    HEAD + "rules:\n- level: None\n  omitStages: [Response]": ":4: omits 'Response'",
    HEAD + "omitStages: [X]\nrules: [{level: None}]": "omits 'X'",
    HEAD + "rules:\n- {level: None, nonResourceURLs: [/a], namespaces: [x]}": "non-resource URLs",
    HEAD + "rules:\n- {level: None, nonResourceURLs: [healthz]}": "'healthz' is no path",
    HEAD + "rules:\n- {level: None, nonResourceURLs: [/a*b]}": "'/a*b' is no path",
    HEAD + "rules:\n- {level: None, resources: [{group: apps/v1}]}": "'apps/v1' is no API group",
    HEAD + "rules:\n- {level: None, resources: [{resourceNames: [x]}]}": "without resources",
    HEAD + "rules: 7": "is no audit policy",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_policy(text):
    with pytest.raises(InputError) as error:
        read_audit_policy(io.BytesIO(text.encode()))
    assert BAD[text] in str(error.value)


def test_a_policy_that_is_not_there(tmp_path):
    with pytest.raises(InputError):
        read_audit_policy(tmp_path / "nowhere.yaml")
    with pytest.raises(InputError, match="is not one file"):
        read_audit_policy(tmp_path)


def test_json():
    text = b'{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "None"}]}'
    assert read_audit_policy(io.BytesIO(text)).rules[0].level == "None"
