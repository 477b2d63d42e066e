"""Finds the question that a record answers, and writes it."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from rbacgraph.model.answers.admins import AdminsResult
from rbacgraph.model.answers.decision import Decision, GranteesResult
from rbacgraph.model.answers.diff import DiffResult
from rbacgraph.model.answers.encryption_at_rest.encrypted_files import SopsResult
from rbacgraph.model.answers.encryption_at_rest.encryption import EncryptionResult
from rbacgraph.model.answers.exposure_by import ExposureByResult
from rbacgraph.model.answers.paths import EdgePage, ExposureResult, PathsResult, ReachResult
from rbacgraph.model.answers.policy_check import CheckResult
from rbacgraph.model.answers.rights import RightsResult
from rbacgraph.model.answers.risk.risks import RisksResult
from rbacgraph.model.answers.survey import SurveyResult
from rbacgraph.model.answers.usage import UsageResult
from rbacgraph.model.answers.verification import VerifyResult
from rbacgraph.model.changes.cut import CutResult
from rbacgraph.model.changes.risk_fix import RiskFixResult
from rbacgraph.model.changes.saved_suggestion import RecheckResult
from rbacgraph.model.changes.suggestion import SuggestResult
from rbacgraph.model.changes.vault_suggestion import VaultSuggestResult
from rbacgraph.report.formats.rows import Rows
from rbacgraph.report.question_formats import AnswerReport, QuestionFormats
from rbacgraph.report.text.format_names import MOST_DRAWN

_QUESTIONS: dict[type, tuple[str, str]] = {
    PathsResult: ("answers.paths", "PATHS"),
    ReachResult: ("answers.reach", "REACH"),
    ExposureResult: ("answers.exposure", "EXPOSURE"),
    ExposureByResult: ("answers.exposure_by", "EXPOSURE_BY"),
    AdminsResult: ("answers.admins", "ADMINS"),
    RisksResult: ("review.risks", "RISKS"),
    SurveyResult: ("page.html", "SURVEY"),
    Decision: ("answers.decisions", "DECISION"),
    GranteesResult: ("answers.decisions", "GRANTEES"),
    RightsResult: ("answers.rights", "RIGHTS"),
    EncryptionResult: ("answers.encryption", "ENCRYPTION"),
    SopsResult: ("answers.sops", "SOPS"),
    VerifyResult: ("answers.verify", "VERIFY"),
    UsageResult: ("answers.usage", "USAGE"),
    SuggestResult: ("advice.suggest", "SUGGEST"),
    RecheckResult: ("advice.recheck", "RECHECK"),
    VaultSuggestResult: ("advice.vault_suggest", "VAULT_SUGGEST"),
    RiskFixResult: ("advice.risk_fix", "RISK_FIX"),
    CutResult: ("advice.cut", "CUT"),
    DiffResult: ("review.diff", "DIFF"),
    CheckResult: ("review.check", "CHECK"),
}
"""Module and name of each record's question: an answer imports only its own."""


def question_of(result: object) -> QuestionFormats[Any]:
    """Return the question that a record answers."""
    module, name = _QUESTIONS[type(result)]
    found: QuestionFormats[Any] = getattr(import_module(f"rbacgraph.report.{module}"), name)
    return found


def report_of(
    result: object, most: int = MOST_DRAWN, *, pages: Sequence[EdgePage] = ()
) -> AnswerReport:
    """Return an answer in every format.

    ``pages``: the techniques' pages, which are SARIF's help.
    """
    return question_of(result).report(result, most, pages)


def rows_of(result: object) -> Rows:
    """Return an answer as flat rows."""
    return question_of(result).columns.rows(result)
