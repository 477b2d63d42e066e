"""What a page shows, made by hand: the shop, and names that mean harm."""

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.answers.inference import IN_INPUT, Inferred
from rbacgraph.model.answers.risk.risk_text import RiskText
from rbacgraph.model.answers.survey import (
    ClusterSize,
    SecretChangers,
    SurveyedPrincipal,
    SurveyedSecret,
    SurveyResult,
)
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.snapshot import Collected
from tests.report.records.admins import hostile_admins, shop_admins
from tests.report.records.catalogue import pages
from tests.report.records.exposure import hostile_exposure, shop_exposure
from tests.report.records.paths import hostile_paths, shop_paths
from tests.report.records.reach import ci_reach, hostile_reach
from tests.report.records.shared import DB, HOSTILE
from tests.report.records.survey_risks import ranked


def shop_survey():
    """Everything that a page may hold; two of its Secrets are alike."""
    (secret,) = shop_paths().secrets
    lead = replace(secret, changers=(), references=())
    exposure = shop_exposure()
    names = [row.secret for row in exposure.rows]
    first = SurveyedSecret(
        secret=DB,
        inferred=IN_INPUT,
        file="k8s/shop/secrets.yaml",
        line=4,
        ways=0,
        beside=0,
        references=secret.references,
    )
    principals = [
        SurveyedPrincipal(name, ("group:dev",) if name == "user:alice" else (), ())
        for name in sorted({path.principal for path in lead.paths})
    ]
    ci = ci_reach()
    others = tuple(item for item in ci.reached if item.kind != "secret")
    principals[-1] = replace(principals[-1], others=others)
    return SurveyResult(
        exposure=exposure,
        secrets=(first, *(replace(first, secret=name, references=()) for name in names[1:2])),
        ways=(lead,),
        beside=(SecretChangers(secret.changers),),
        principals=tuple(principals),
        left_out=len(names) - 2,
        silent=3,
        diagnostics=(
            Diagnostic("k8s/broken.yaml", 7, "bad-yaml", "not YAML", "mend it", "error"),
            Diagnostic("", 0, "no-namespaces", "no Namespace objects", severity="note"),
        ),
        techniques=pages(),
        files=("k8s/shop/rbac.yaml", "k8s/shop/secrets.yaml"),
        size=ClusterSize(namespaces=2, service_accounts=3),
        admins=shop_admins(),
        risks=ranked(exposure.basis, lead.paths[0], "user:alice"),
    )


def hostile_survey(h=HOSTILE):
    """A page in which every name is hostile."""
    (secret,) = hostile_paths().secrets
    lead = replace(secret, changers=(), references=())
    whole = SurveyResult(
        exposure=hostile_exposure(),
        secrets=(
            SurveyedSecret(
                secret=secret.secret,
                inferred=Inferred.IS_MADE(HOSTILE),
                file=HOSTILE,
                line=1,
                ways=0,
                beside=0,
                references=secret.references,
            ),
        ),
        ways=(lead,),
        beside=(SecretChangers(secret.changers),),
        principals=(
            SurveyedPrincipal(f"user:{HOSTILE}", (f"group:{HOSTILE}",), hostile_reach().reached),
        ),
        diagnostics=(Diagnostic(HOSTILE, 1, "code", HOSTILE, HOSTILE),),
        files=(HOSTILE,),
        collected=Collected(context=HOSTILE, server=HOSTILE, time=HOSTILE),
        admins=hostile_admins(),
        risks=ranked(hostile_exposure().basis, lead.paths[0], f"user:{HOSTILE}"),
    )
    return whole if h == HOSTILE else _renamed(whole, h)


def _renamed(value, name):
    """The same record with another hostile name."""
    if isinstance(value, str):
        return value.replace(HOSTILE, name)
    if isinstance(value, tuple):
        return tuple(_renamed(item, name) for item in value)
    if isinstance(value, Struct):
        fields = {f: _renamed(getattr(value, f), name) for f in value.__struct_fields__}
        return type(value)(**fields)
    if isinstance(value, RiskText):
        return RiskText(value.code, _renamed(value.subject, name))
    return value
