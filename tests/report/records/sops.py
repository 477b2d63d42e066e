"""Answers of ``sops`` made by hand: one finding of each kind, nothing, and hostile names."""

from typing import get_args

from rbacgraph.model.answers.encryption_at_rest.encrypted_files import (
    SOPS_SEVERITIES,
    EncryptedFile,
    SopsFinding,
    SopsFindingId,
    SopsResult,
)
from rbacgraph.model.inputs.unread import Unread
from tests.report.records.shared import HOSTILE


def shop_sops():
    """A repository with one finding of each kind."""
    findings = tuple(
        SopsFinding(
            id=name,
            severity=SOPS_SEVERITIES[number % len(SOPS_SEVERITIES)],
            file=f"apps/secret-{number}.yaml",
            line=number,
            keys=("stringData.password", "stringData.user"),
            count=number + 2,
            recipients=("age:age1cluster", "vault:transit/decrypt/shop"),
            secrets=(f"shop/db-{number}",) if number % 2 else (),
            rule=".sops.yaml:3",
        )
        for number, name in enumerate(get_args(SopsFindingId))
    )
    files = (
        EncryptedFile(
            file="apps/secret-1.yaml",
            line=1,
            secrets=("shop/db-1",),
            groups=(("age:age1cluster", "vault:transit/decrypt/shop"),),
            needed=1,
            rule=".sops.yaml:3",
        ),
        EncryptedFile(
            file="values/prod.env",
            line=1,
            secrets=(),
            groups=(("age:age1cluster",), ("pgp:85D77543",), ("azure:shop/keys/sops",)),
            needed=2,
            rule="",
        ),
    )
    return SopsResult(files=files, findings=findings, rules=2)


def no_sops():
    """Files without anything of SOPS."""
    return SopsResult(files=(), findings=(), rules=0)


def hostile_sops():
    """Names that mean harm, in every place that has one."""
    h = HOSTILE
    findings = tuple(
        SopsFinding(
            id=name,
            severity="high",
            file=h,
            line=1,
            keys=(h,),
            count=1,
            recipients=(h,),
            secrets=(h,),
            rule=h,
        )
        for name in get_args(SopsFindingId)
    )
    file = EncryptedFile(file=h, line=1, secrets=(h,), groups=((h,),), needed=1, rule=h)
    unread = Unread(file=h, line=1, message=h)
    return SopsResult(files=(file,), findings=findings, rules=1, unread=(unread,))
