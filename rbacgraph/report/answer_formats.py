"""The formats that an answer can be written in, by name and by file suffix."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from msgspec import Struct

from rbacgraph.errors import UsageError
from rbacgraph.model.answers.decision import Decision, Grantee
from rbacgraph.model.answers.diff import DiffResult
from rbacgraph.model.answers.encryption import EncryptionResult
from rbacgraph.model.answers.paths import EdgePage, ExposureResult, PathsResult, ReachResult
from rbacgraph.model.answers.policy_check import CheckResult
from rbacgraph.model.answers.survey import SurveyResult
from rbacgraph.model.answers.usage import UsageResult
from rbacgraph.model.answers.verification import VerifyResult
from rbacgraph.model.changes.cut import CutResult
from rbacgraph.model.changes.saved_suggestion import RecheckResult
from rbacgraph.model.changes.suggestion import SuggestResult
from rbacgraph.model.condition import Condition
from rbacgraph.report.text.format_names import DRAWN, MOST_DRAWN, SUFFIXES
from rbacgraph.report.text.look import Look
from rbacgraph.report.text.text import listing

if TYPE_CHECKING:
    from rbacgraph.report.documents.document import Document
    from rbacgraph.report.formats.rows import Rows
    from rbacgraph.report.picture.shapes import Picture

Writer = Callable[[Look], str | bytes | Iterator[str]]


class Report(Struct, frozen=True):
    """One answer in every format that it has, by name; nothing is written before it is asked."""

    writers: Mapping[str, Writer]

    def render(self, name: str, look: Look | None = None) -> str | bytes:
        """Write the answer in one format.

        Raises
        ------
        UsageError
            Where this answer has no such format.
        """
        content = self._written(name, look)
        return content if isinstance(content, str | bytes) else "".join(content)

    def pieces(self, name: str, look: Look | None = None) -> Iterator[bytes]:
        """Write the answer in pieces: what is long is never held as a whole.

        Raises
        ------
        UsageError
            Where this answer has no such format, at once.
        """
        content = self._written(name, look)
        if isinstance(content, bytes):
            return iter([content])
        texts = [content] if isinstance(content, str) else content
        return (text.encode("utf-8") for text in texts)

    def _written(self, name: str, look: Look | None) -> str | bytes | Iterator[str]:
        if name not in self.writers:
            raise UsageError(
                f"this answer cannot be written as {name}",
                advice=f"it can be as {listing(list(self.writers), last='or')}",
            )
        return self.writers[name](look or Look())


def format_of(path: str) -> str:
    """Name the format that the suffix of a file stands for.

    Raises
    ------
    UsageError
        Where the suffix stands for none.

    Examples
    --------
    >>> format_of("out/paths.svg")
    'svg'
    """
    suffix = PurePath(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(
            f"{path}: no format has the suffix {suffix!r}",
            advice=f"use one of {', '.join(SUFFIXES)}",
        )
    return SUFFIXES[suffix]


def paths_report(result: PathsResult, most: int = MOST_DRAWN) -> Report:
    """Return every format of a ``paths`` answer; a picture shows about ``most`` paths."""
    from rbacgraph.report.answers.paths import paths_text
    from rbacgraph.report.documents import document
    from rbacgraph.report.formats import rows

    make, flat = partial(document.paths_document, result), partial(rows.paths_rows, result)

    def draw() -> "Picture":
        from rbacgraph.report.picture.picture import paths_picture

        return paths_picture(result, most)

    return Report(
        {
            **_texts(partial(paths_text, result)),
            **_data(make, flat),
            **_pictures(draw),
        }
    )


def reach_report(result: ReachResult, most: int = MOST_DRAWN) -> Report:
    """Return every format of a ``reach`` answer; a picture shows about ``most`` paths."""
    from rbacgraph.report.answers.reach import reach_text
    from rbacgraph.report.documents import document
    from rbacgraph.report.formats import rows

    make, flat = partial(document.reach_document, result), partial(rows.reach_rows, result)

    def draw() -> "Picture":
        from rbacgraph.report.picture.picture import reach_picture

        return reach_picture(result, most)

    return Report(
        {
            **_texts(partial(reach_text, result)),
            **_data(make, flat),
            **_pictures(draw),
        }
    )


def exposure_report(result: ExposureResult) -> Report:
    """Return every format of an ``exposure`` answer."""
    from rbacgraph.report.answers.exposure import exposure_text
    from rbacgraph.report.documents import document
    from rbacgraph.report.formats import rows

    make, flat = partial(document.exposure_document, result), partial(rows.exposure_rows, result)
    return Report({**_texts(partial(exposure_text, result)), **_data(make, flat)})


def survey_report(result: SurveyResult) -> Report:
    """Return every format of a ``report`` answer: the page, and the table of its Secrets."""
    return Report(
        {
            **exposure_report(result.exposure).writers,
            "html": partial(_page, result),
        }
    )


def decision_report(decision: Decision) -> Report:
    """Return every format of a ``can-i`` answer."""
    from rbacgraph.report.answers.decisions import decision_text
    from rbacgraph.report.documents import document
    from rbacgraph.report.formats import rows

    make = partial(document.decision_document, decision)
    flat = partial(rows.decision_rows, decision)
    return Report({**_texts(partial(decision_text, decision)), **_data(make, flat)})


def grantees_report(grantees: Sequence[Grantee], missing: Sequence[Condition] = ()) -> Report:
    """Return every format of a ``who-can`` answer."""
    from rbacgraph.report.answers.decisions import grantees_text
    from rbacgraph.report.documents import document
    from rbacgraph.report.formats import rows

    make, flat = (
        partial(document.grantees_document, grantees, missing),
        partial(rows.grantees_rows, grantees),
    )
    return Report(
        {**_texts(partial(grantees_text, grantees, missing=missing)), **_data(make, flat)}
    )


def topic_report(text: str) -> Report:
    """Return a topic's page: Markdown, as it is."""
    return Report({**_texts(lambda _: text), "markdown": lambda _: text})


def pages_report(
    pages: Sequence[EdgePage], *, one: bool, topics: Mapping[str, str] | None = None
) -> Report:
    """Return every format of an ``explain`` answer: the list, or one kind's page."""
    from rbacgraph.report.answers.explain import page_text, pages_text
    from rbacgraph.report.documents import document
    from rbacgraph.report.formats import rows

    make, flat = partial(document.edges_document, pages), partial(rows.pages_rows, pages)
    text = partial(page_text, pages[0]) if one else partial(pages_text, pages, topics=topics)
    return Report({**_texts(text), **_data(make, flat)})


def encryption_report(result: EncryptionResult) -> Report:
    """Return every format of an ``encryption`` answer; CSV holds the findings."""
    from rbacgraph.report.answers.encryption import encryption_text
    from rbacgraph.report.documents import document
    from rbacgraph.report.formats import rows

    make = partial(document.encryption_document, result)
    flat = partial(rows.findings_rows, result.findings)
    return Report({**_texts(partial(encryption_text, result)), **_data(make, flat)})


def verify_report(result: VerifyResult) -> Report:
    """Return every format of a ``verify`` answer; CSV holds the disagreements."""
    from rbacgraph.report.answers.verify import verify_text
    from rbacgraph.report.documents import document
    from rbacgraph.report.formats import rows

    make, flat = partial(document.verify_document, result), partial(rows.verify_rows, result)
    return Report({**_texts(partial(verify_text, result)), **_data(make, flat)})


def usage_report(result: UsageResult) -> Report:
    """Return every format of a ``usage`` answer; CSV holds the parts of rules."""
    from rbacgraph.report.answers.usage import usage_text
    from rbacgraph.report.answers.usage_rows import usage_rows
    from rbacgraph.report.documents import document

    make, flat = partial(document.usage_document, result), partial(usage_rows, result)
    return Report({**_texts(partial(usage_text, result)), **_data(make, flat)})


def suggest_report(result: SuggestResult) -> Report:
    """Return every format of a ``suggest`` answer; YAML holds the manifests and nothing else."""
    from rbacgraph.report.advice.manifests import manifests_text
    from rbacgraph.report.advice.suggest import suggest_text
    from rbacgraph.report.advice.suggest_rows import suggest_rows
    from rbacgraph.report.documents.suggest_document import suggest_document

    make, flat = partial(suggest_document, result), partial(suggest_rows, result)
    return Report(
        {
            **_texts(partial(suggest_text, result)),
            **_data(make, flat),
            "yaml": lambda _: manifests_text(result.changes),
        }
    )


def recheck_report(result: RecheckResult) -> Report:
    """Return every format of a ``verify-suggestion`` answer."""
    from rbacgraph.report.advice.recheck import recheck_rows, recheck_text
    from rbacgraph.report.documents.suggest_document import recheck_document

    make, flat = partial(recheck_document, result), partial(recheck_rows, result)
    return Report({**_texts(partial(recheck_text, result)), **_data(make, flat)})


def cut_report(result: CutResult) -> Report:
    """Return every format of a ``cut`` answer; YAML holds the manifests and nothing else."""
    from rbacgraph.report.advice.cut import cut_text
    from rbacgraph.report.advice.cut_rows import cut_rows
    from rbacgraph.report.advice.manifests import manifests_text
    from rbacgraph.report.documents.cut_document import cut_document

    make, flat = partial(cut_document, result), partial(cut_rows, result)
    return Report(
        {
            **_texts(partial(cut_text, result)),
            **_data(make, flat),
            "yaml": lambda _: manifests_text(result.changes),
        }
    )


def diff_report(
    result: DiffResult, most: int = MOST_DRAWN, *, pages: Sequence[EdgePage] = ()
) -> Report:
    """Return every format of a ``diff`` answer; CSV holds the pairs of principal and Secret.

    ``pages`` are those of the edge kinds, which SARIF gives as help.
    """
    from rbacgraph.report.documents import document
    from rbacgraph.report.review.diff import diff_text
    from rbacgraph.report.review.diff_markdown import diff_markdown
    from rbacgraph.report.review.diff_rows import diff_rows
    from rbacgraph.report.review.diff_sarif import diff_sarif

    make, flat = partial(document.diff_document, result), partial(diff_rows, result)

    def draw() -> "Picture":
        from rbacgraph.report.review.diff_picture import diff_picture

        return diff_picture(result, most)

    return Report(
        {
            **_texts(partial(diff_text, result)),
            **_data(make, flat),
            **_pictures(draw),
            "markdown": lambda _: diff_markdown(result),
            "sarif": lambda _: diff_sarif(result, pages),
        }
    )


def check_report(result: CheckResult, *, pages: Sequence[EdgePage] = ()) -> Report:
    """Return every format of a ``check`` answer; CSV holds the pairs of principal and Secret."""
    from rbacgraph.report.documents import document
    from rbacgraph.report.review.check import check_text
    from rbacgraph.report.review.check_markdown import check_markdown
    from rbacgraph.report.review.check_rows import check_rows
    from rbacgraph.report.review.check_sarif import check_sarif

    make, flat = partial(document.check_document, result), partial(check_rows, result)
    return Report(
        {
            **_texts(partial(check_text, result)),
            **_data(make, flat),
            "markdown": lambda _: check_markdown(result),
            "sarif": lambda _: check_sarif(result, pages),
        }
    )


def _texts(text: Callable[[Look], str]) -> dict[str, Writer]:
    return {"table": text, "wide": lambda look: text(_widened(look))}


def _widened(look: Look) -> Look:
    return Look(width=look.width, colour=look.colour, wide=True)


def _data(make: "Callable[[], Document]", flat: "Callable[[], Rows]") -> dict[str, Writer]:
    from rbacgraph.report.documents.as_json import json_pieces
    from rbacgraph.report.documents.as_yaml import yaml_pieces
    from rbacgraph.report.formats.as_csv import csv_pieces

    return {
        "json": lambda _: json_pieces(make()),
        "yaml": lambda _: yaml_pieces(make()),
        "csv": lambda _: csv_pieces(flat()),
    }


def _pictures(draw: "Callable[[], Picture]") -> dict[str, Writer]:
    from rbacgraph.report.picture.dot import dot_text
    from rbacgraph.report.picture.mermaid import markdown_text, mermaid_text

    return {
        "dot": lambda _: dot_text(draw()),
        "mermaid": lambda _: mermaid_text(draw()),
        "markdown": lambda _: markdown_text(draw()),
        **{kind: partial(_drawn, draw, kind) for kind in DRAWN},
    }


def _drawn(draw: "Callable[[], Picture]", kind: str, _: Look) -> bytes:
    from rbacgraph.report.picture.dot import dot_text
    from rbacgraph.report.picture.image import image

    return image(dot_text(draw()), kind)


def _page(result: SurveyResult, _: Look) -> str:
    from rbacgraph.report.page.html import page_html

    return page_html(result)
