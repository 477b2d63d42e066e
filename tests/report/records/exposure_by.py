"""Answers of ``exposure --by`` made by hand."""

from rbacgraph.model.answers.exposure_by import ExposureByResult, ExposureGroup
from tests.report.records.paths import hostile_paths
from tests.report.records.shared import BASIS, HOSTILE

GROUPS = {
    "principal": ("user:alice", "serviceaccount:shop/cert-manager", "group:ops"),
    "namespace": ("shop", "payments", ""),
    "technique": ("read-secret", "create-pod", "mounts-secret"),
    "binding": ("RoleBinding shop/readers", "ClusterRoleBinding admins", "RoleBinding web/ci"),
}


def shop(by):
    """Three rows: much and little, certain and conditional."""
    first, second, third = GROUPS[by]
    standings = ("reader", "operator", "admin") if by == "principal" else ("", "", "")
    techniques = () if by in {"technique", "binding"} else ("read-secret", "create-pod", "exec")
    numbers = (
        {
            "secrets": 1200,
            "conditional": 3,
            "control": 1,
            "high": 2,
            "medium": 1197,
            "low": 0,
            "high_conditional": 1,
            "medium_conditional": 2,
            "pairs_conditional": 55,
        },
        {"secrets": 4, "conditional": 0, "control": 0, "high": 0, "medium": 3, "low": 1},
        {
            "secrets": 0,
            "conditional": 1,
            "control": 0,
            "high": 0,
            "medium": 0,
            "low": 0,
            "medium_conditional": 1,
            "readers_conditional": 1,
            "principals_conditional": 2,
        },
    )
    people = ((1, 1, 1200), (0, 1, 0), (0, 0, 0))
    if by != "principal":
        people = ((14, 16, 15_000), (2, 30, 6), (0, 0, 0))
    groups = tuple(
        ExposureGroup(
            name=name,
            standing=standing,
            readers=readers,
            principals=principals,
            pairs=pairs,
            techniques=(*techniques, "mounts-secret") if place == 0 and techniques else techniques,
            role="ClusterRole view" if by == "binding" else "",
            file="k8s/rbac.yaml" if by == "binding" and place < 2 else "",
            line=7 if by == "binding" and place < 2 else 0,
            **counts,
        )
        for place, (name, standing, (readers, principals, pairs), counts) in enumerate(
            zip((first, second, third), standings, people, numbers, strict=True)
        )
    )
    return ExposureByResult(by=by, groups=groups, secrets=1210, basis=BASIS)


def nothing():
    """Nobody reaches a Secret of a namespace."""
    return ExposureByResult(by="binding", groups=(), secrets=2, namespace="shop", basis=BASIS)


def hostile():
    """Every name is hostile."""
    group = ExposureGroup(
        name=f"RoleBinding {HOSTILE}/{HOSTILE}",
        secrets=1,
        conditional=0,
        control=0,
        high=0,
        medium=1,
        low=0,
        readers=1,
        principals=1,
        pairs=1,
        role=f"Role {HOSTILE}",
        file=HOSTILE,
        line=1,
    )
    basis = hostile_paths().basis
    return ExposureByResult(
        by="binding", groups=(group,), secrets=1, namespace=HOSTILE, basis=basis
    )
