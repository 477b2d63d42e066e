"""Risks to lay out: of each kind, by design, and with hostile names."""

from msgspec.structs import replace

from rbacgraph.model.answers.paths import Path
from rbacgraph.model.answers.risk.entry import Enter, Lack
from rbacgraph.model.answers.risk.risk_review import Suppression
from rbacgraph.model.answers.risk.risk_scale import SCALE
from rbacgraph.model.answers.risk.risk_text import RiskCode
from rbacgraph.model.answers.risk.risks import (
    Risk,
    RiskChange,
    RiskFactor,
    RiskOpens,
    RisksResult,
    RisksReview,
    SuppressedRisk,
)
from rbacgraph.model.answers.risk.secret_value import Worth
from rbacgraph.model.changes.risk_fix import FixProof, RiskFixResult
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.unread import Unread
from tests.report.records.cuts import proven
from tests.report.records.paths import shop_paths
from tests.report.records.shared import BASIS, CI, CONDITIONS, HOSTILE, READER, READERS

_CERTAIN = RiskFactor(factor="certainty", level="certain", text=RiskCode.IS_CERTAIN())
_MAYBE = RiskFactor(factor="certainty", level="conditional", text=RiskCode.IS_CONDITIONAL())
_CONTROL = RiskFactor(factor="value", level="control", text=RiskCode.OPENS_CLUSTER(9))


def _path() -> Path:
    return next(one for secret in shop_paths().secrets for one in secret.paths)


def _reads() -> Risk:
    return Risk(
        id="0123456789",
        kind="role",
        severity="high",
        object_kind="Role",
        namespace="shop",
        name="reader",
        file="k8s/shop/rbac.yaml",
        line=12,
        text=RiskCode.ROLE_GIVES("Role", "shop", "reader", ("readers", "more")),
        subjects=("serviceaccount:shop/api", "group:system:serviceaccounts"),
        opens=RiskOpens(
            cluster=False,
            control_plane=False,
            principals=4,
            secrets=9,
            examples=("secret:shop/db-credentials", "secret:shop/tls"),
            pairs_alone=1030,
            admins_alone=0,
            exact=True,
        ),
        factors=(
            RiskFactor(
                factor="entry", level="every-identity", text=Enter.EVERY_ACCOUNT(), evidence=()
            ),
            RiskFactor(factor="value", level="high", text=Worth.REGISTRY_PUSH()),
            _CERTAIN,
        ),
        evidence=(READER, READERS),
        path=_path(),
        change=RiskCode.NARROWS_ROLE("Role", "shop", "reader", ("0", "1")),
    )


def _of_others() -> tuple[Risk, ...]:
    reads = _reads()
    opens = RiskOpens(
        cluster=True,
        control_plane=True,
        principals=1,
        secrets=9,
        examples=(),
        pairs_alone=9,
        admins_alone=1,
        exact=True,
    )
    admin = replace(
        reads,
        id="aaaaaaaaaa",
        kind="binding",
        severity="critical",
        object_kind="ClusterRoleBinding",
        namespace="",
        name="ci",
        file="",
        line=0,
        text=RiskCode.BINDING_GIVES("ClusterRoleBinding", "", "ci", "ClusterRole", "cluster-admin"),
        subjects=("serviceaccount:shop/ci",),
        opens=opens,
        factors=(
            RiskFactor(factor="entry", level="credential", text=Enter.CI_NAME("ci")),
            _CONTROL,
            _CERTAIN,
        ),
        evidence=(CI,),
        path=None,
        change=RiskCode.REMOVES_SUBJECTS(
            "ClusterRoleBinding", "", "ci", ("serviceaccount:shop/ci",)
        ),
    )
    pod = replace(
        admin,
        id="bbbbbbbbbb",
        kind="pod",
        severity="medium",
        object_kind="DaemonSet",
        namespace="logs",
        name="agent",
        text=RiskCode.POD_IS_NODE("DaemonSet", "logs", "agent", 3),
        subjects=("pod:logs/agent-1", "pod:logs/agent-2", "pod:logs/agent-3"),
        opens=replace(
            opens,
            secrets=0,
            secrets_conditional=9,
            pairs_alone=0,
            pairs_alone_conditional=1,
            admins_alone=0,
            exact=False,
        ),
        factors=(
            RiskFactor(
                factor="entry",
                level="inside",
                text=Enter.WORKLOAD(),
                condition=CONDITIONS[0],
                lacking=(Lack.SERVICES("logs"),),
            ),
            _CONTROL,
            _MAYBE,
        ),
        path=_path(),
        change=RiskCode.CHANGES_POD("DaemonSet", "logs", "agent"),
    )
    token = replace(
        admin,
        id="cccccccccc",
        kind="token",
        severity="low",
        object_kind="Secret",
        namespace="shop",
        name="ci-token",
        text=RiskCode.TOKEN_LASTS("shop", "ci-token", "serviceaccount:shop/ci"),
        opens=replace(opens, cluster=False, control_plane=False, pairs_alone=0, admins_alone=0),
        path=_path(),
        change=RiskCode.DELETES_SECRET("shop", "ci-token"),
    )
    return admin, pod, token


def shop_risks() -> RisksResult:
    """Risks of each kind, and one by design."""
    admin, pod, token = _of_others()
    return RisksResult(
        risks=(admin, _reads(), pod, token),
        by_design=(replace(_reads(), id="dddddddddd", operator="Argo CD"),),
        pairs=1044,
        pairs_conditional=55,
        admins=2,
        scale=SCALE,
        basis=BASIS,
    )


def fixed_risks() -> RiskFixResult:
    """Two causes closed: a role is narrowed, and a token is to be deleted by hand."""
    reads, token = _reads(), _of_others()[2]
    cut = proven()
    return RiskFixResult(
        risks=(reads, token),
        edits=cut.edits,
        changes=cut.changes,
        by_hand=(token.change,),
        proof=FixProof(
            pairs_before=1044,
            pairs_after=14,
            admins_before=2,
            admins_after=1,
            pairs_before_conditional=55,
            pairs_after_conditional=12,
            requests=3,
        ),
        denied=cut.needs,
        effect=cut.effect,
        basis=BASIS,
        most=1040,
    )


def reviewed_risks() -> RisksResult:
    """The same: one is suppressed, one is new, one changed and one fixed."""
    admin, pod, token = _of_others()
    accepted = Suppression(
        id=pod.id, reason="its node runs nothing else", until="2026-12-31", line=2
    )
    review = RisksReview(
        file="accepted.yaml",
        today="2026-11-29",
        suppressed=(SuppressedRisk(pod, accepted),),
        expired=(replace(accepted, id=token.id, until="2025-12-31", line=5),),
        unmatched=(Suppression(id="eeeeeeeeee", reason="gone", line=8),),
        since="main.snapshot",
        changes=(
            RiskChange(id=admin.id, news="new", was=None),
            RiskChange(id=_reads().id, news="changed", was=replace(_reads(), severity="low")),
            RiskChange(id="ffffffffff", news="fixed", was=replace(token, id="ffffffffff")),
        ),
        unread=(Unread("k8s/broken.yaml", 3, "is cut off"),),
    )
    return replace(shop_risks(), risks=(admin, _reads(), token), review=review)


def no_risks() -> RisksResult:
    """A cluster without any."""
    return replace(shop_risks(), risks=(), by_design=(), pairs=0, admins=0)


def hostile_risks(h: str = HOSTILE) -> RisksResult:
    """Risks whose every name is hostile."""
    evidence = Evidence(h, h, h, h, 1, 0, h)
    role = replace(
        _reads(),
        object_kind=h,
        namespace=h,
        name=h,
        file=h,
        text=RiskCode.ROLE_GIVES(h, h, h, (h,)),
        subjects=(f"user:{h}",),
        evidence=(evidence,),
        path=None,
        change=RiskCode.NARROWS_ROLE(h, h, h, (h,)),
        opens=replace(_reads().opens, examples=(f"secret:{h}/{h}",)),
    )
    named = replace(
        role,
        kind="binding",
        text=RiskCode.BINDING_GIVES(h, h, h, h, h),
        change=RiskCode.REMOVES_SUBJECTS(h, h, h, (h,)),
        operator=h,
    )
    accepted = Suppression(id="0123456789", reason=h, until=h, line=1)
    review = RisksReview(
        file=h,
        today=h,
        suppressed=(SuppressedRisk(role, accepted),),
        expired=(accepted,),
        unmatched=(accepted,),
        since=h,
        changes=(RiskChange(id=named.id, news="fixed", was=named),),
        unread=(Unread(h, 1, h),),
    )
    return replace(shop_risks(), risks=(role,), by_design=(named,), review=review)
