"""Answers of ``encryption`` made by hand: a file that is loaded, one that is not, and none."""

from msgspec.structs import replace

from rbacgraph.model.answers.encryption_at_rest.encryption import (
    ApiServer,
    EncryptionResult,
    Finding,
    ResourceEncryption,
)
from tests.report.records.shared import HOSTILE

ENC = "/etc/kubernetes/enc.yaml"
DOC = "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/"


def stored(resource, plaintext, *names, rule="", entry=None, line=0):
    """One row: the first provider writes."""
    return ResourceEncryption(
        resource=resource,
        rule=rule,
        entry=entry,
        writes=names[0],
        reads=names[1:],
        prefix="" if names[0] == "identity" else f"k8s:enc:{names[0].replace(' ', ':v1:')}:",
        plaintext=plaintext,
        file=ENC if line else "",
        line=line,
        column=5 if line else 0,
    )


def shop_encryption():
    """A file that the server loads; one of two API servers does not know it."""
    findings = (
        Finding(
            id="api-servers-differ",
            severity="high",
            message="kube-system/kube-apiserver-b runs without --encryption-provider-config.",
            advice="Give every API server the same configuration.",
            file="dump.yaml",
            line=40,
            reference=DOC,
        ),
        Finding(
            id="weak-aescbc",
            severity="medium",
            message="aescbc key1 writes secrets with AES-CBC.",
            advice="Use a kms v2 provider, or secretbox.",
            field="resources[0].providers[0].aescbc",
            resources=("secrets",),
            file=ENC,
            line=7,
            column=9,
            reference=DOC,
        ),
        Finding(
            id="custom-resources-not-covered",
            severity="info",
            message="Custom resources without an entry of their own are stored in plaintext.",
            field="resources",
            resources=("*.*",),
            file=ENC,
            line=3,
            column=1,
        ),
    )
    servers = (
        ApiServer(
            pod="kube-system/kube-apiserver-a",
            config=ENC,
            reload=True,
            etcd_servers=("https://127.0.0.1:2379", "https://etcd-1:2379"),
            file="dump.yaml",
            line=1,
        ),
        ApiServer(
            pod="kube-system/kube-apiserver-b",
            config="",
            reload=False,
            etcd_servers=(),
            file="dump.yaml",
            line=40,
        ),
    )
    return EncryptionResult(
        file=ENC,
        loads=True,
        resources=(
            stored(
                "secrets", "may-remain", "aescbc key1", "identity", rule="secrets", entry=0, line=5
            ),
            stored("configmaps", "unreadable", "secretbox k", rule="*.", entry=1, line=14),
            stored("*.*", "written", "identity"),
        ),
        findings=findings,
        servers=servers,
        searched=True,
        kubernetes_version="1.36",
    )


def refused():
    """A file that the server does not load, so that nothing can be answered."""
    finding = Finding(
        id="empty-file",
        severity="error",
        message="encryption provider configuration file is empty",
        file=ENC,
    )
    return EncryptionResult(
        file=ENC,
        loads=False,
        resources=(),
        findings=(finding,),
        servers=(),
        searched=False,
        kubernetes_version="1.30",
    )


def unseen():
    """No file, and no API server to look at."""
    return EncryptionResult(
        file="",
        loads=None,
        resources=(),
        findings=(),
        servers=(),
        searched=True,
        kubernetes_version="1.36",
    )


def hostile_encryption():
    """Names that mean harm, in every place that has one."""
    h = HOSTILE
    finding = Finding(
        id="unknown-resource",
        severity="medium",
        message=h,
        advice=h,
        field=h,
        resources=(h,),
        file=h,
        line=1,
        column=1,
        reference=DOC,
    )
    row = replace(stored(h, "unknown", h, h, rule=h, entry=0, line=1), file=h)
    server = ApiServer(
        pod=f"kube-system/{h}", config=h, reload=True, etcd_servers=(h,), file=h, line=1
    )
    return EncryptionResult(
        file=h,
        loads=False,
        resources=(row,),
        findings=(finding,),
        servers=(server,),
        searched=True,
        kubernetes_version="1.36",
    )
