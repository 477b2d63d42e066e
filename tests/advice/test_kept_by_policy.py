"""Rights that the log cannot show stay: by what they are, or by the audit Policy."""

import io
import json

import pytest

import rbacgraph as rg

RBAC = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ci, namespace: shop}
rules:
- {apiGroups: [""], resources: [secrets, pods], verbs: [get, list]}
- {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ci, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ci}
subjects: [{kind: ServiceAccount, name: ci}]
"""
EVENT = {
    "auditID": "1",
    "stage": "ResponseComplete",
    "requestURI": "/api/v1/namespaces/shop/pods",
    "verb": "list",
    "user": {"username": "system:serviceaccount:shop:ci", "groups": ["night"]},
    "objectRef": {"resource": "pods", "namespace": "shop"},
    "responseStatus": {"code": 200},
}
POLICY = """
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: LEVEL, verbs: [get], resources: [{group: "", resources: [RESOURCE]}], USERS}
- {level: Metadata}
"""
CASES = {
    "": {("list", "pods"), ("bind", "roles")},
    "secrets": {("list", "pods"), ("bind", "roles"), ("get", "secrets")},
    "events": {("list", "pods"), ("bind", "roles")},
}


def suggested(resource, users="", level="None"):
    text = POLICY.replace("RESOURCE", resource).replace("USERS", users).replace("LEVEL", level)
    return rg.load(io.BytesIO(RBAC.encode())).suggest(
        principal="sa:shop/ci",
        audit=io.BytesIO(json.dumps(EVENT).encode()),
        audit_policy=io.BytesIO(text.encode()) if resource else None,
    )


def permissions(answer):
    return {(one.verb, one.resource) for role in answer.result.roles for one in role.kept}


@pytest.mark.parametrize("resource", CASES)
def test_what_the_policy_keeps_out_of_the_log_stays(resource):
    answer = suggested(resource)
    assert permissions(answer) == CASES[resource]
    told = any("the audit policy leaves it out of the log" in note for note in answer.notes)
    assert told == (resource == "secrets")
    spots = " ".join(map(str, answer.result.log.blind_spots))
    assert ("by the audit policy" in spots) == bool(resource)


def test_a_policy_that_logs_secrets_themselves_is_told():
    answer = suggested("secrets", level="RequestResponse")
    assert "credentials-in-log" in {told.code for told in answer.result.diagnostics}


def test_what_the_policy_keeps_out_for_others_does_not_stay():
    assert permissions(suggested("secrets", "users: [bob]")) == CASES[""]
    assert permissions(suggested("secrets", "userGroups: [day]")) == CASES[""]
    assert permissions(suggested("secrets", "userGroups: [night]")) == CASES["secrets"]
    accounts = "userGroups: ['system:serviceaccounts:shop']"
    assert permissions(suggested("secrets", accounts)) == CASES["secrets"]
