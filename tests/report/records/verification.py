"""Answers of ``verify`` made by hand: a server that agrees, one that does not, hostile names."""

from msgspec.structs import replace

from rbacgraph.model.answers.verification import (
    Claim,
    Disagreement,
    Review,
    Unanswered,
    VerifyResult,
)
from tests.report.records.shared import HOSTILE


def verified():
    """A server that agrees with a sample."""
    return VerifyResult(
        context="prod",
        server="https://10.0.0.1:6443",
        allowed=84,
        denied=116,
        principals=31,
        seed=0,
        disagreements=(),
    )


def disputed():
    """A server that sees one right more, and one less."""
    more = Claim(
        principal="serviceaccount:shop/ci",
        user="system:serviceaccount:shop:ci",
        groups=("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"),
        verb="get",
        resource="secrets",
        namespace="shop",
        name="db-credentials",
        allowed=False,
        reason='User "system:serviceaccount:shop:ci" cannot get resource "secrets"',
    )
    less = Claim(
        principal="group:ops",
        user="",
        groups=("ops", "system:authenticated"),
        verb="create",
        group="apps",
        resource="deployments",
        subresource="scale",
        allowed=True,
        reason='RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "edit" to Group "ops"',
    )
    path = replace(less, verb="get", group="", resource="", subresource="", path="/metrics")
    reason = 'RBAC: allowed by RoleBinding "new/shop" of Role "reader" to ServiceAccount "ci/shop"'
    found = (
        Disagreement(more, Review(allowed=True, reason=reason)),
        Disagreement(less, Review(allowed=False, reason="")),
        Disagreement(path, Review(allowed=False, reason="")),
    )
    return replace(verified(), seed=None, disagreements=found)


def hostile_verification():
    """Names that mean harm, in every place that has one."""
    h = HOSTILE
    claim = Claim(
        principal=f"user:{h}",
        user=h,
        groups=(h,),
        verb=h,
        group=h,
        resource=h,
        subresource=h,
        namespace=h,
        name=h,
        allowed=True,
        reason=h,
    )
    found = Disagreement(claim, Review(allowed=False, reason=h))
    gap = Unanswered(claim, h)
    return replace(verified(), context=h, server=h, disagreements=(found,), unanswered=(gap,) * 12)
