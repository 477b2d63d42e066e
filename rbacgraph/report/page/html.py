"""Writes the page: one file that requests nothing and runs only its own scripts."""

import base64
import hashlib
import json
import re
from collections.abc import Hashable, Iterator, Sequence
from functools import cache
from importlib import resources
from string import Template
from typing import Any

from rbacgraph.model.answers import paths
from rbacgraph.model.answers.survey import (
    SecretChangers,
    SurveyedPrincipal,
    SurveyedSecret,
    SurveyResult,
)
from rbacgraph.model.printable import clean
from rbacgraph.report.answers.exposure import (
    exposure_columns,
    exposure_document,
    exposure_sentence,
    exposure_text,
    ordered_openings,
)
from rbacgraph.report.page.summary_tab import input_options, summary_tab
from rbacgraph.report.page.tables import NumberTable, PageTables
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.footer import basis_sentence
from rbacgraph.report.text.format_names import MOST_ROUTES
from rbacgraph.report.text.paths.changers import rules_beside
from rbacgraph.report.text.paths.fold_paths import certain_paths, conditional_paths, fold_targets
from rbacgraph.report.text.paths.summary import (
    folded_sentence,
    members_sentences,
    opening_sentence,
    reach_sentence,
)
from rbacgraph.report.text.words import is_in_store, kind_of, secret_name, split_node

_SCRIPTS = (
    *("dom", "data", "share", "badges", "list", "view", "graph", "routes", "secret", "principal"),
    *("summary", "app", "print", "start"),
)
_ACTIVE = re.compile(r"[<>&\u2028\u2029\x7f-\x9f]")


def page_pieces(result: SurveyResult) -> Iterator[str]:
    """Yield a survey as a page, in pieces: a large one is never in memory as a whole.

    Names occur only in JSON, which no browser reads as HTML, and the scripts write them only as
    text. The page's policy allows only the scripts and the style with the listed hashes.
    """
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


# The data of the HTML page: records in words, compact enough for every Secret.

MOST_TARGETS = 100
"""The limit of a principal's routes to targets other than Secrets."""
_EVERYONE = 10**6
NOWHERE = -1
_SEVERITIES = ("error", "warning", "note")
_CLOSE = re.compile(r"^Close\n((?: .*\n|\n)+)", re.MULTILINE)


def page_data(result: SurveyResult, most: int = MOST_ROUTES) -> dict[str, Any]:
    """Return everything that a page shows, as JSON values.

    What several things share is in a list once, and other places hold its index.

    ``most``: the number of routes to one Secret, certain ones first, then least effort; for further
        routes the page lists only where they start.
    """
    tables = PageTables(result.files)
    basis = result.exposure.basis
    counted = result.counted or ((),) * len(result.ways)
    ways = [
        _ways(ways, rest, basis, tables, most)
        for ways, rest in zip(result.ways, counted, strict=True)
    ]
    document: dict[str, Any] = {
        "summary": clean(_summary(result.exposure)),
        "overview": summary_tab(result, tables),
        "options": list(map(clean, input_options(result, tables.root))),
        "certain": basis.certain,
        "secrets": _secrets(result, tables),
        "ways": ways,
        "beside": [_beside(beside, tables) for beside in result.beside],
        "principals": [_principal(one, tables) for one in result.principals],
        "left_out": result.left_out,
        "silent": result.silent,
        "basis": {
            "sentence": clean(basis_sentence(basis)),
            "assumptions": [clean(str(one)) for one in basis.assumptions],
            "missing": [clean(str(lack)) for lack in basis.missing],
        },
        "diagnostics": [
            (
                d.severity,
                tables.place(d.file, d.line),
                *map(clean, (d.code, d.message, d.advice)),
            )
            for d in sorted(result.diagnostics, key=lambda d: _SEVERITIES.index(d.severity))
        ],
    }
    document |= tables.document()
    document["pages"] = {
        page.id: (page.summary, page.effort, page.certainty, page.page, _close(page.page))
        for page in result.techniques
        if page.id in tables.used
    }
    return document


def _close(page: str) -> str:
    r"""Return the section of a technique's page that says how to close it.

    Examples
    --------
    >>> _close("Title.\n\nClose\n    Remove it;\n    or else.\nReferences\n    https://...")
    'Remove it; or else.'
    """
    found = _CLOSE.search(page)
    return " ".join(found[1].split()) if found else ""


def _summary(exposure: paths.ExposureResult) -> str:
    words = exposure_sentence(exposure)
    if not (exposure.namespace and exposure.rows):
        return words
    return f"{words} Only those of namespace {exposure.namespace} are here."


def _secrets(result: SurveyResult, tables: PageTables) -> dict[str, list[Any]]:
    """Return the Secrets as columns, in the order of the exposure."""
    rows, chains, openings, references = (
        result.exposure.rows,
        NumberTable(),
        NumberTable(),
        NumberTable(),
    )
    asked = [*result.secrets, *(None for _ in range(result.left_out))]
    columns: dict[str, list[Any]] = {
        "node": [tables.node(row.secret) for row in rows],
        "namespace": [clean(split_node(row.secret)[1]) for row in rows],
        "name": [clean(secret_name(row.secret)) for row in rows],
        "type": [clean(row.type) for row in rows],
        "severity": [row.severity for row in rows],
        "readers": [row.readers for row in rows],
        "certain": [row.certain for row in rows],
        "conditional": [row.conditional for row in rows],
        "members": [row.members for row in rows],
        "members_conditional": [row.members_conditional for row in rows],
        "effort": [row.effort for row in rows],
        "principal": [tables.node(r.principal) if r.cheapest else NOWHERE for r in rows],
        "chain": [chains.number(tuple(map(tables.technique, row.cheapest))) for row in rows],
        "opening": [
            openings.number(tuple(map(tables.technique, ordered_openings(row)))) for row in rows
        ],
        "inferred": [_inferred(row, one) for row, one in zip(rows, asked, strict=True)],
        "place": [tables.place(one.file, one.line) if one else "" for one in asked],
        "ways": [one.ways if one else NOWHERE for one in asked],
        "beside": [one.beside if one else NOWHERE for one in asked],
        "references": [
            [references.number(_reference(r, tables)) for r in one.references] if one else []
            for one in asked
        ],
    }
    return columns | {
        "chains": chains.values(),
        "openings": openings.values(),
        "told_references": references.values(),
    }


def _inferred(row: paths.SecretExposure, secret: SurveyedSecret | None) -> str:
    if not row.inferred and not is_in_store(kind_of(row.secret)):
        return ""
    return clean(str(secret.inferred) if secret else "the input does not hold it")


def _reference(reference: paths.Reference, tables: PageTables) -> tuple[str, str]:
    words = f"{reference.source}  {reference.detail}".rstrip()
    return clean(words), tables.place(reference.file, reference.line)


def _ways(
    secret: paths.SecretPaths,
    counted: Sequence[paths.Counted],
    basis: paths.Basis,
    tables: PageTables,
    most: int,
) -> dict[str, Any]:
    """Return the routes to a Secret, certain ones first, and the sentences about them."""
    words = [reach_sentence(secret, "", "it", basis, counted)]
    words += [opening_sentence(secret.paths, counted)] if secret.paths else []
    also = members_sentences(secret.members, _EVERYONE, every=True)
    routes, rest = tables.routes_to(secret.paths, most, counted)
    folded = folded_sentence(secret.folded, _EVERYONE) if secret.folded else ""
    return {
        "words": list(map(clean, words)),
        "also": list(map(clean, also)),
        "routes": routes,
        "rest": rest,
        "folded": clean(folded),
    }


def _beside(beside: SecretChangers, tables: PageTables) -> dict[str, list[Any]]:
    changers: dict[Hashable, list[paths.Changer]] = {}
    for changer in beside.changers:
        changers.setdefault((changer.verbs, rules_beside(changer)), []).append(changer)
    return {"changers": [_who(group, tables) for group in changers.values()]}


def _who(group: Sequence[paths.Changer], tables: PageTables) -> tuple[Any, ...]:
    """Return who may do what, with the evidence."""
    evidence = dict.fromkeys(e for who in group for e in who.evidence)
    principals = tables.nodes(who.principal for who in group)
    return principals, clean(", ".join(group[0].verbs)), tables.evidence(evidence)


def _principal(one: SurveyedPrincipal, tables: PageTables) -> tuple[Any, ...]:
    """Return a principal, its groups, and its routes with their targets other than Secrets."""
    pairs = [*certain_paths(one.others), *conditional_paths(one.others)]
    routes = sorted(fold_targets(pairs), key=lambda r: (not r.lead.certain, r.lead.effort))
    shown = [(tables.route(route), tables.nodes(route.names)) for route in routes[:MOST_TARGETS]]
    left = one.untold + sum(len(route.names) for route in routes[MOST_TARGETS:])
    return tables.node(one.principal), tables.nodes(one.groups), shown, left
