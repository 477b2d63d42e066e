"""Labels that Pod Security does not heed, and Pods that name a missing ServiceAccount."""

import json

import pytest

from rbacgraph import load

PREFIX = "pod-security.kubernetes.io"


def _found(tmp_path, text, code, name="a.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return [d for d in load(path).diagnostics if d.code == code]


@pytest.mark.parametrize(
    ("label", "message", "advice"),
    [
        (f"{PREFIX}/enforced: restricted", f"has the label {PREFIX}/enforced", "/enforce"),
        (f"{PREFIX}/enforce_version: v1.30", f"label {PREFIX}/enforce_version", "/enforce-version"),
        (f"{PREFIX}/level: restricted", f"has the label {PREFIX}/level", "does not heed it"),
        ("podsecurity.kubernetes.io/enforce: restricted", "label podsecurity", f"{PREFIX}/enforce"),
        ("pod-security.k8s.io/warn: baseline", "label pod-security.k8s.io/warn", f"{PREFIX}/warn"),
        (f"{PREFIX}/enforce: Restricted", "'Restricted', which is no level", "as restricted"),
        (f'{PREFIX}/audit: ""', "'', which is no level", "privileged, baseline or restricted"),
        (f'{PREFIX}/enforce-version: "1.30"', "'1.30', which is no version", "as latest"),
        (f"{PREFIX}/warn-version: v1.030", "'v1.030', which is no version", "such as v1.33"),
    ],
)
def test_a_label_that_pod_security_does_not_heed(tmp_path, label, message, advice):
    text = (
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n"
        f"    team: a\n    {label}\n"
    )
    (found,) = _found(tmp_path, text, "pod-security-label")
    assert found.severity == "warning"
    assert found.line == 7
    assert message in found.message
    assert advice in found.advice


@pytest.mark.parametrize(
    "label",
    [
        f"{PREFIX}/enforce: restricted",
        f"{PREFIX}/warn: privileged",
        f"{PREFIX}/enforce-version: latest",
        f"{PREFIX}/audit-version: v1.0",
        f"{PREFIX}/enforce: ${{LEVEL}}",
        "security.openshift.io/scc.podSecurityLabelSync: 'false'",
        "example.com/enforced: restricted",
    ],
)
def test_a_label_that_is_right(tmp_path, label):
    text = f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    {label}\n"
    assert _found(tmp_path, text, "pod-security-label") == []


DEPLOYMENT = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    spec:
      serviceAccountName: buidler
      containers: [{name: c, image: i}]
"""
ACCOUNT = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: builder, namespace: NS}\n"


def test_manifests_that_lack_an_account_beside_others(tmp_path):
    text = DEPLOYMENT + ACCOUNT.replace("NS", "shop")
    (found,) = _found(tmp_path, text, "missing-service-account")
    assert (found.severity, found.line) == ("note", 8)
    assert (
        found.message == "Deployment shop/api runs as the ServiceAccount buidler, which is not here"
    )


@pytest.mark.parametrize(
    "text",
    [
        DEPLOYMENT,  # where its account is made is not known
        DEPLOYMENT + ACCOUNT.replace("NS", "other"),
        DEPLOYMENT + ACCOUNT.replace("NS", "shop").replace("builder", "default"),
        DEPLOYMENT.replace("buidler", "builder") + ACCOUNT.replace("NS", "shop"),
        DEPLOYMENT.replace("buidler", "default") + ACCOUNT.replace("NS", "shop"),
        DEPLOYMENT.replace("      serviceAccountName: buidler\n", "")
        + ACCOUNT.replace("NS", "shop"),
        DEPLOYMENT.replace("buidler", "'${NAME}'") + ACCOUNT.replace("NS", "shop"),
        DEPLOYMENT.replace("image: i", "") + ACCOUNT.replace("NS", "shop"),
    ],
)
def test_manifests_without_noise(tmp_path, text):
    assert _found(tmp_path, text, "missing-service-account") == []


def _dump(*items):
    for number, item in enumerate(items):
        item["metadata"]["uid"] = f"u-{number}"
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=4)


def _pod(name, account, phase="Running"):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"serviceAccountName": account, "containers": [{"name": "c", "image": "i"}]},
        "status": {"phase": phase},
    }


def test_a_dump_with_all_accounts(tmp_path):
    """Each missing account once; what has ended needs none."""
    accounts = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a", "namespace": ns}}
        for ns in ("shop", "other")
    ]
    pods = [_pod("x", "gone"), _pod("y", "gone"), _pod("z", "a"), _pod("w", "default")]
    text = _dump(*accounts, *pods, _pod("v", "other", "Succeeded"))
    (found,) = _found(tmp_path, text, "missing-service-account", "dump.json")
    assert found.severity == "warning"
    assert found.message == "Pod shop/x runs as the ServiceAccount gone, which does not exist"
    assert text.splitlines()[found.line - 1].strip() == '"serviceAccountName": "gone",'
