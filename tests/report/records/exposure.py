"""Answers of ``exposure`` made by hand: rows as different as they get, and hostile ones."""

from rbacgraph.model.answers.paths import ExposureResult, SecretExposure
from tests.report.records.paths import hostile_paths
from tests.report.records.shared import BASIS, DB, HOSTILE


def shop_exposure():
    """Rows as different as they get."""
    rows = (
        SecretExposure(
            secret=DB,
            type="Opaque",
            inferred=False,
            certain=14,
            conditional=1,
            members=36,
            opening=("read-secret", "create-pod", "mounts-secret"),
            principal="user:root",
            cheapest=("read-secret",),
            effort=1,
            readers=9,
            operators=3,
            admins=2,
            readers_conditional=1,
            members_conditional=2,
            value="high",
            entry="internet",
            severity="high",
            reader="user:alice",
            reader_techniques=("create-pod", "read-secret"),
            reader_effort=3,
        ),
        SecretExposure(
            secret="secret:shop/deployer-token",
            type="kubernetes.io/service-account-token",
            inferred=False,
            certain=1,
            conditional=0,
            members=0,
            opening=("read-secret",),
            principal="serviceaccount:shop/ci",
            cheapest=("create-pod", "read-secret"),
            effort=3,
            operators=1,
            value="medium",
        ),
        SecretExposure(
            secret="secret:shop/ghost",
            type="",
            inferred=True,
            certain=0,
            conditional=0,
            members=0,
            opening=(),
            principal="",
            cheapest=(),
            effort=0,
            value="medium",
        ),
    )
    return ExposureResult(rows, BASIS)


def hostile_exposure():
    """A row in which every name is hostile."""
    row = SecretExposure(
        secret=f"secret:{HOSTILE}/{HOSTILE}",
        type=HOSTILE,
        inferred=True,
        certain=1,
        conditional=0,
        members=0,
        opening=("read-secret",),
        principal=f"user:{HOSTILE}",
        cheapest=("read-secret",),
        effort=1,
    )
    return ExposureResult((row,), hostile_paths().basis)
