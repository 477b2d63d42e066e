"""What servers ask beside a request: signers, finalizers of owners, and what Pods use."""

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.request import Request
from tests.advice.written_roles import (
    CI,
    GROUPS,
    SECRET,
    STAR,
    WEB,
    after,
    binding,
    cluster_of,
    event,
    given_by,
    logged,
    logged_bytes,
    role,
    suggested,
    with_objects,
)


def certificate(resource, subresource, verb="update", code=200, **fields):
    return {
        "stage": "ResponseComplete",
        "requestURI": f"/apis/certificates.k8s.io/v1/{resource}/x/{subresource}",
        "verb": verb,
        "user": {"username": CI, "groups": list(GROUPS)},
        "objectRef": {
            "resource": resource,
            "subresource": subresource,
            "apiGroup": "certificates.k8s.io",
            "name": fields.pop("name", "x"),
        },
        "responseStatus": {"code": code},
        "annotations": {"authorization.k8s.io/decision": "allow"},
        **fields,
    }


SIGNER = {"spec": {"signerName": "example.org/a"}}
CSR = "certificatesigningrequests"
CERTIFICATE = {**SIGNER, "status": {"certificate": "x"}}
SIGNERS = {
    "approval": (certificate(CSR, "approval", requestObject=SIGNER), ["approve example.org/a"]),
    "approval by patch": (
        certificate(CSR, "approval", "patch", responseObject=SIGNER),
        ["approve example.org/a"],
    ),
    "approval of an unknown signer": (certificate(CSR, "approval"), ["approve"]),
    "approval that was refused": (certificate(CSR, "approval", code=403), []),
    "signing": (certificate(CSR, "status", requestObject=CERTIFICATE), ["sign example.org/a"]),
    "a status without a certificate": (
        certificate(CSR, "status", requestObject={**SIGNER, "status": {}}),
        [],
    ),
    "signing for a Pod": (
        certificate("podcertificaterequests", "status", requestObject=CERTIFICATE),
        ["sign example.org/a"],
    ),
    "a bundle": (
        certificate("clustertrustbundles", "", "create", 201, name="example.org:a:x"),
        ["attest example.org/a"],
    ),
    "a bundle of no signer": (certificate("clustertrustbundles", "", "create", 201), []),
}


def with_star():
    return role("own", STAR, namespace=""), binding("ci", "own", namespace="", kind="ClusterRole")


@pytest.mark.parametrize("case", SIGNERS)
def test_a_signer_that_was_checked_is_kept(case):
    approval, expected = SIGNERS[case]
    result = suggested(cluster_of(*with_star()), logged(approval))
    words = [one.replace(" signers", "") for one in given_by(result) if "signers" in one]
    assert words == expected


def test_a_signer_that_was_allowed_by_its_domain_stays_so():
    rule = PolicyRule(("*",), ("certificates.k8s.io",), ("signers",), ("example.org/*",))
    update = PolicyRule(("update",), ("certificates.k8s.io",), (f"{CSR}/approval",))
    own = role("own", rule, update, namespace="")
    bound = binding("ci", "own", namespace="", kind="ClusterRole")
    log = logged(certificate(CSR, "approval", requestObject=SIGNER))
    result = suggested(cluster_of(own, bound), log)
    assert "approve signers example.org/*" in given_by(result)


SERVER = """
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver-a, namespace: kube-system, labels: {component: kube-apiserver}}
spec: {containers: [{name: a, image: x, command: [kube-apiserver, FLAG]}]}
"""
ENFORCED = {
    "by default": ("--v=1", False),
    "enabled": ("--enable-admission-plugins=OwnerReferencesPermissionEnforcement", True),
    "another": ("--enable-admission-plugins=NodeRestriction", False),
}


@pytest.mark.parametrize("case", ENFORCED)
def test_finalizers_of_owners_are_asked_for_where_the_plugin_is_on(case):
    """Then those who set blockOwnerDeletion must be allowed to update them."""
    flag, kept = ENFORCED[case]
    cluster = with_objects(SERVER.replace("FLAG", flag))
    checked = finalizers_of(cluster)
    assert checked == ({"kept"} if kept else set())


@pytest.mark.parametrize(("name", "kept"), [("openshift-infra", True), ("infra", False)])
def test_openshift_asks_for_finalizers_of_owners(name, kept):
    namespace = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"
    assert finalizers_of(with_objects(namespace)) == ({"kept"} if kept else set())


def finalizers_of(cluster):
    """Whether suggest keeps the right, and usage says so."""
    log = {**event("get", WEB, 200), "objectRef": {"resource": "pods", "namespace": "shop"}}
    result = cluster.suggest(principal="sa:shop/ci", audit=logged_bytes(log), effect=False).result
    use = cluster.usage(logged_bytes(log), source="sa:shop/ci").result
    (state,) = {p.state for g in use.grants for p in g.parts if "finalizers" in p.resource}
    asked = Request("update", "example.org", "widgets", "finalizers", "shop", "x")
    kept = after(cluster.authorizer, result).allows(asked, CI, GROUPS) is not None
    assert state == ("unseen" if kept else "never-used")
    return {"kept"} if kept else set()


INFRASTRUCTURE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: openshift-infra}\n"


@pytest.mark.parametrize(
    ("objects", "version", "what"),
    [
        (INFRASTRUCTURE, None, "securitycontextconstraints"),
        (SECRET, (1, 24), "podsecuritypolicies"),
        (SECRET, (1, 25), ""),
        (SECRET, None, ""),
    ],
)
def test_the_use_of_what_pods_need_is_told_where_only_a_star_gave_it(objects, version, what):
    cluster = with_objects(objects, STAR)
    cluster = rg.Cluster(replace(cluster.snapshot, kubernetes_version=version))
    log = {**event("get", WEB, 200), "objectRef": {"resource": "pods", "namespace": "shop"}}
    notes = cluster.suggest(principal="sa:shop/ci", audit=logged_bytes(log), effect=False).notes
    told = [note for note in notes if "use on" in note]
    assert len(told) == bool(what)
    assert all(f"use on {what}" in note for note in told)
