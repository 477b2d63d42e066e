"""Writes the page: one file that requests nothing and runs only its own scripts."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from string import Template
from typing import Any

from rbacgraph.model.answers.survey import SurveyResult
from rbacgraph.report.answers.exposure import (
    exposure_columns,
    exposure_document,
    exposure_text,
)
from rbacgraph.report.page.data import page_data
from rbacgraph.report.question_formats import QuestionFormats

_SCRIPTS = (
    *("dom", "data", "share", "badges", "list", "view", "graph", "routes", "secret", "principal"),
    *("summary", "app", "print", "start"),
)
_ACTIVE = re.compile(r"[<>&\u2028\u2029\x7f-\x9f]")


def page_html(result: SurveyResult) -> str:
    """Return a survey as a page.

    Names occur only in JSON, which no browser reads as HTML, and the scripts write them only as
    text. The page's policy allows only the scripts and the style with the listed hashes.
    """
    return "".join(page_pieces(result))


def page_pieces(result: SurveyResult) -> Iterator[str]:
    """Yield the page in pieces: a large one is never in memory as a whole."""
    data = page_data(result)
    library, script, style = _library(), _script(), _style()
    parts = {
        "csp": policy(library, script, style),
        "style": style,
        "library": library,
        "script": script,
    }
    before, after = _asset("page.html").split("$data")
    yield Template(before).substitute(parts)
    between = "{"
    for name in tuple(data):
        yield f"{between}{embedded(name)}:{embedded(data.pop(name))}"
        between = ","
    yield "}"
    yield Template(after).substitute(parts)


def policy(*sources: str) -> str:
    """Return the Content-Security-Policy of a page: scripts by their hashes, the style last."""
    *scripts, style = (f"'sha256-{_sha256(source)}'" for source in sources)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(scripts)}",
            f"style-src {style}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def embedded(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    r"""Return JSON that no browser reads as anything else, anywhere in a page.

    Examples
    --------
    >>> embedded("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = _ACTIVE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text.encode("utf-8", "backslashreplace").decode()


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


@cache
def _library() -> str:
    """Return dagre with its licence, without the reference to its source map."""
    code = _asset("dagre/dagre.min.js").partition("\n/*! For license")[0]
    licence = _asset("dagre/LICENSE").strip()
    return f"\n/*!\n@dagrejs/dagre, which draws the paths:\n\n{licence}\n*/\n{code}\n"


@cache
def _script() -> str:
    return "\n" + "\n".join(_asset(f"{name}.js") for name in _SCRIPTS)


@cache
def _style() -> str:
    dark = " ".join(_asset("dark.css").split())
    return "\n" + Template(_asset("page.css")).substitute(dark=dark)


SURVEY = QuestionFormats[SurveyResult](
    text=lambda result, look: exposure_text(result.exposure, look),
    columns=exposure_columns(lambda result: result.exposure.rows),
    document=lambda result: exposure_document(result.exposure),
    extras={"html": lambda result, _: page_pieces(result)},
)
