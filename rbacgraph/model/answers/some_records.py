"""Makes answers that hold only some of the records of another answer."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

from msgspec.structs import replace

from rbacgraph.model.answers.admins import AdminsResult
from rbacgraph.model.answers.paths import Admin, Path, PathsResult, SecretExposure
from rbacgraph.model.answers.policy_check import CheckResult, Excess, ExcessAdmin, Expired
from rbacgraph.model.answers.risk.risks import Risk, RisksResult
from rbacgraph.model.answers.survey import SurveyResult


def only_paths(result: PathsResult, paths: tuple[Path, ...]) -> PathsResult:
    """Return an answer that holds only some of its paths, each with what is known of its Secret."""
    secrets = {secret.secret: secret for secret in result.secrets}
    groups = [(secret, tuple(own)) for secret, own in groupby(paths, lambda path: path.target)]
    some = tuple(replace(secrets[secret], paths=own) for secret, own in groups)
    return replace(result, secrets=some)


def only_survey_rows(result: SurveyResult, rows: tuple[SecretExposure, ...]) -> SurveyResult:
    """Return a survey whose table holds only some of its rows."""
    return replace(result, exposure=replace(result.exposure, rows=rows))


def only_admins(result: AdminsResult, some: tuple[Admin, ...]) -> AdminsResult:
    """Return an answer that holds only some of its admins."""
    own = [one for one in some if not one.operator]
    return replace(
        result,
        admins=tuple(one for one in own if one.certain),
        conditional=tuple(one for one in own if not one.certain),
        operators=tuple(one for one in some if one.operator),
    )


def only_risks(result: RisksResult, some: tuple[Risk, ...]) -> RisksResult:
    """Return an answer that holds only some of its causes."""
    risks = tuple(one for one in some if not one.by_design)
    return replace(result, risks=risks, by_design=tuple(one for one in some if one.by_design))


def only_findings(
    result: CheckResult, some: tuple[Excess | ExcessAdmin | Expired, ...]
) -> CheckResult:
    """Return an answer that holds only some of its findings or expired entries."""
    admins = tuple(one for one in some if isinstance(one, ExcessAdmin))
    findings = tuple(one for one in some if isinstance(one, Excess))
    expired = tuple(one for one in some if isinstance(one, Expired))
    return replace(result, findings=findings, expired=expired, admins=admins)


def only_in(field: str) -> Callable[[Any, tuple[Any, ...]], Any]:
    """Return a function that keeps only some records of a result, which holds them in one field."""
    return lambda result, some: replace(result, **{field: some})
