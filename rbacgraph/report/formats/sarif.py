"""Writes SARIF 2.1.0 for code scanning: findings at lines of files, with stable fingerprints.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

GitHub reads the number of a rule, not that of a result
(https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning#reportingdescriptor-object):
so each severity of a technique is a rule of its own.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path as FilePath
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from msgspec import Struct

from rbacgraph.model import node
from rbacgraph.model.answers.paths import EdgePage, Path
from rbacgraph.model.effort import is_high, path_effort
from rbacgraph.model.inputs.unread import Unread
from rbacgraph.model.printable import clean
from rbacgraph.model.version import VERSION
from rbacgraph.report.formats.unread import unread_words
from rbacgraph.report.text.layout.text import count, listing
from rbacgraph.report.text.words import evidence_words, namespace_of

_Level = Literal["error", "warning", "note"]
Json = dict[str, Any]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "rbacgraph/v1"
_BASE = "SRCROOT"
_BASE_WORDS = "The root of the repository, or the folder in which rbacgraph was called."
_REFERENCES = re.compile(r"^References\n", re.MULTILINE)
_URL = re.compile(r"https://\S+")


_Named = Callable[[str], str]
"""Returns the name of a file in the log."""


class Root(NamedTuple):
    """The base of relative URIs, and of relative file names.

    ``top``: the root of the Git repository around a folder, or the folder itself.
    """

    top: FilePath
    here: FilePath

    @classmethod
    def around(cls, here: FilePath) -> "Root":
        """Find the repository around a folder."""
        tops = (folder for folder in (here, *here.parents) if (folder / ".git").exists())
        return cls(next(tops, here), here)

    def name_of(self, file: str) -> str:
        """Return a file's name relative to the top; its own name if it is elsewhere.

        A file of a revision has that name already.
        """
        path = self.here / file
        if not path.is_relative_to(self.top) or ".." in path.parts:
            return file
        if not FilePath(file).is_absolute() and not path.exists():
            return file
        return path.relative_to(self.top).as_posix()


class SarifSpot(Struct, frozen=True):
    """A line of a file, and what to see there."""

    file: str
    line: int
    text: str = ""


class SecuritySeverity(NamedTuple):
    """A severity in a word, and its number from 0 to 10, with which GitHub sorts and filters."""

    name: str
    score: float


class SarifFinding(Struct, frozen=True, kw_only=True):
    """One result.

    ``identity``: what identifies the finding after lines have moved.
    ``state``: its ``baselineState``: ``new``, ``updated`` or ``unchanged``; ``""`` if nothing was
        compared.
    ``accepted``: why somebody accepts it; ``""`` if nobody does.
    """

    rule: str
    level: _Level
    text: str
    spot: SarifSpot | None
    others: tuple[SarifSpot, ...] = ()
    path: Path | None = None
    identity: tuple[str, ...]
    severity: SecuritySeverity | None = None
    state: str = ""
    accepted: str = ""

    @property
    def kind(self) -> "_Kind":
        """What it shares with its rule."""
        return self.rule, self.severity


_Kind = tuple[str, SecuritySeverity | None]


class Rule(Struct, frozen=True):
    """The kind of a finding: an edge kind, or a kind of its own."""

    id: str
    summary: str
    page: str
    level: _Level = "error"


def edge_rules(pages: Iterable[EdgePage]) -> dict[str, Rule]:
    """Return a rule for each edge kind: its page is the help."""
    return {page.id: Rule(page.id, page.summary, page.page) for page in pages}


def sarif_text(
    findings: Sequence[SarifFinding],
    rules: dict[str, Rule],
    unread: Sequence[Unread] = (),
    warnings: Sequence[SarifSpot] = (),
) -> str:
    """Return a log of one run, with only the rules that have findings.

    What was not read, and warnings about the question, are notifications of the invocation. Files
    of the repository around the working directory are named from its root.
    """
    named = cache(Root.around(FilePath.cwd()).name_of)
    kinds = sorted({finding.kind for finding in findings}, key=_rule_id)
    places = {kind: number for number, kind in enumerate(kinds)}
    run = {
        "tool": {
            "driver": {
                "name": "rbacgraph",
                "version": VERSION,
                "semanticVersion": VERSION,
                "rules": [_rule(kind, _called(kind[0], rules)) for kind in kinds],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": _BASE_WORDS}}},
        "results": [_result(finding, places, named) for finding in findings],
    }
    notices = [*(_unread(one, named) for one in unread), *(_warning(w, named) for w in warnings)]
    if notices:
        run["invocations"] = [
            {"executionSuccessful": not unread, "toolExecutionNotifications": notices}
        ]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _called(name: str, rules: dict[str, Rule]) -> Rule:
    return rules.get(name) or Rule(name, name, f"rbacgraph explain {name}")


def _rule_id(kind: _Kind) -> str:
    name, severity = kind
    return f"{name}/{severity.name}" if severity else name


def _rule(kind: _Kind, rule: Rule) -> Json:
    _, severity = kind
    words = [*rule.id.split("-"), *([severity.name] if severity else [])]
    link = reference(rule.page)
    score = {"security-severity": str(severity.score)} if severity else {}
    return {
        "id": _rule_id(kind),
        "name": "".join(word.title() for word in words),
        "shortDescription": {"text": _sentence(rule.summary)},
        "fullDescription": {"text": _sentence(rule.summary)},
        **({"helpUri": link} if link else {}),
        "help": {"text": rule.page, "markdown": f"```text\n{rule.page.strip()}\n```\n"},
        "defaultConfiguration": {"level": rule.level},
        "properties": {"tags": ["security", "kubernetes", "rbac"], **score},
    }


def reference(page: str) -> str:
    """Return the first address among the references of a technique's page."""
    _, *references = _REFERENCES.split(page)
    found = _URL.search(references[-1]) if references else None
    return found[0] if found else ""


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _result(finding: SarifFinding, places: dict[_Kind, int], named: _Named) -> Json:
    found: Json = {
        "ruleId": _rule_id(finding.kind),
        "ruleIndex": places[finding.kind],
        "level": finding.level,
        "message": {"text": _plain(finding.text)},
        "partialFingerprints": {FINGERPRINT: _digest(finding)},
    }
    if finding.spot:
        found["locations"] = [{"physicalLocation": _physical(finding.spot, named)}]
    others = [spot for spot in finding.others if spot != finding.spot]
    if others:
        found["relatedLocations"] = [_location(spot, n, named) for n, spot in enumerate(others, 1)]
    if finding.path:
        found["codeFlows"] = [_flow(finding.path, named)]
    if finding.state:
        found["baselineState"] = finding.state
    if finding.accepted:
        accepted = {"kind": "external", "justification": finding.accepted}
        found["suppressions"] = [accepted]
    return found


def _unread(one: Unread, named: _Named) -> Json:
    spot = SarifSpot(one.file, one.line) if one.file and one.files == 1 else None
    return _notification("error", unread_words(one), spot, named)


def _warning(spot: SarifSpot, named: _Named) -> Json:
    return _notification("warning", spot.text, spot, named)


def _notification(level: _Level, words: str, spot: SarifSpot | None, named: _Named) -> Json:
    places = {"locations": [{"physicalLocation": _physical(spot, named)}]} if spot else {}
    return {"level": level, "message": {"text": _plain(words)}, **places}


def _digest(finding: SarifFinding) -> str:
    identity = json.dumps([finding.rule, *finding.identity]).encode()
    return hashlib.sha256(identity).hexdigest()


def _physical(spot: SarifSpot, named: _Named) -> Json:
    found = uri(named(spot.file))
    base = {} if found.startswith("file:") else {"uriBaseId": _BASE}
    place: Json = {"artifactLocation": {"uri": found, **base}}
    return place | ({"region": {"startLine": spot.line}} if spot.line else {})


def _location(spot: SarifSpot, number: int, named: _Named) -> Json:
    message = {"message": {"text": _plain(spot.text)}} if spot.text else {}
    return {"id": number, "physicalLocation": _physical(spot, named), **message}


def _flow(path: Path, named: _Named) -> Json:
    steps: list[Json] = []
    for hop in path.hops:
        words = f"{hop.source} {hop.text}"
        steps.append(
            _step(
                f"{words}, {hop.condition!s}" if hop.condition else words,
                None,
                named,
            )
        )
        for evidence in hop.evidence:
            spot = SarifSpot(evidence.file, evidence.line) if evidence.file else None
            steps.append(_step(evidence_words(evidence), spot, named))
    return {"threadFlows": [{"locations": steps}]}


def _step(words: str, spot: SarifSpot | None, named: _Named) -> Json:
    place = {"physicalLocation": _physical(spot, named)} if spot else {}
    return {"location": {"message": {"text": _plain(words)}, **place}}


def _plain(words: str) -> str:
    """Escape what would be a link or a placeholder in a message."""
    escaped = clean(words).replace("\\", "\\\\")
    for char in "[]":
        escaped = escaped.replace(char, f"\\{char}")
    return escaped.replace("{", "{{").replace("}", "}}")


def uri(file: str) -> str:
    """Return a relative URI for a relative name, else a file URI.

    No name can become a scheme or a host.

    Examples
    --------
    >>> uri("k8s/a b.yaml"), uri("/srv/x.yaml"), uri("./x:y.yaml")
    ('k8s/a%20b.yaml', 'file:///srv/x.yaml', 'x%3Ay.yaml')
    """
    path = quote(file.removeprefix("./"), safe="/", errors="surrogatepass")
    return "file:///" + path.lstrip("/") if path.startswith("/") else path


CRITICAL = SecuritySeverity("critical", 9.5)
HIGH = SecuritySeverity("high", 8.0)
MEDIUM = SecuritySeverity("medium", 5.5)
LOW = SecuritySeverity("low", 2.5)

_MANY = frozenset(
    map(
        node.format_node,
        (node.ANONYMOUS, node.UNAUTHENTICATED, node.AUTHENTICATED, node.EVERY_SERVICE_ACCOUNT),
    )
)


class Rated:
    """Principals that each reach some Secrets or identities by a path of this kind.

    ``principals``, ``targets``: printed nodes; a target without a namespace, such as a Node, is of
        the whole cluster.
    ``path``: the path of the lowest effort.
    """

    def __init__(
        self, principals: Iterable[str], targets: Sequence[str], path: Path, *, certain: bool
    ) -> None:
        self._effort = path.effort
        self._certain = certain
        self._many = sorted(_MANY & set(principals))
        self._namespaces = len({namespace_of(target) for target in targets} - {""})
        self._cluster = any(not namespace_of(target) for target in targets)

    @property
    def severity(self) -> SecuritySeverity:
        """Return the severity: a certain path is high at least, a conditional one high at most."""
        wide = bool(self._many) or self._namespaces > 1 or self._cluster
        hard = is_high(self._effort)
        if self._certain:
            return CRITICAL if wide else HIGH
        if wide:
            return MEDIUM if hard else HIGH
        return LOW if hard else MEDIUM

    @property
    def sentence(self) -> str:
        """Return the severity with its factors."""
        factors = ["certain" if self._certain else "conditional", path_effort(self._effort)]
        if self._many:
            factors.append(f"from {listing(self._many)}")
        if self._namespaces > 1:
            factors.append(f"in {count(self._namespaces, 'namespace')}")
        if self._cluster:
            factors.append("of the whole cluster")
        return f"Severity {self.severity.name}: {', '.join(factors)}."
