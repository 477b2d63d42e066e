"""Reads files that state needs: plain lists of permissions, rules, or manifests."""

import io
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import ValidationError, convert

from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.diagnostic import EMPTY, Diagnostic
from rbacgraph.model.inputs.required_requests import Stated
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.sources.config.documents import parse
from rbacgraph.sources.diagnostics.file_problems import Reports
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.locate import Source, locate, report_unreadable
from rbacgraph.sources.files.streams import TooLarge, Window, byte_order_mark, opened
from rbacgraph.sources.load import load

LARGEST = 16 << 20

_CONTENT = re.compile(r"\s*(?!---\s*(?:#|$)|\.\.\.|#)\S")
_YAML = re.compile(r"[ \t]*(?:---|%|\{|\[|-\s|[A-Za-z]+:(?:\s|\Z))")
_BETWEEN = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_LEFT_OUT = "it was left out"


class NeedFiles(NamedTuple):
    """Content of the files: statements, and roles and bindings that state needs by granting."""

    stated: tuple[Stated, ...]
    manifests: Snapshot
    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


class _Named(io.BytesIO):
    """The bytes of a file with its name."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


def read_needs(*sources: Source, default_namespace: str = "default") -> NeedFiles:
    """Read files that state what is needed.

    ``*sources``: files, folders, globs, ``"-"`` for standard input, open binary files. Each is one
        of - a list, one permission a line, ``#`` begins a comment: ``[PRINCIPAL] VERB[,VERB]
        RESOURCE[.GROUP][/SUBRESOURCE] [NAME…] [-n NAMESPACE | -A]`` or ``[PRINCIPAL] VERB[,VERB]
        /PATH``; - YAML or JSON of PolicyRules: a list of them, or a mapping with ``rules``; -
        manifests: roles, and bindings that name their subjects.
    ``default_namespace``: the namespace of a Role or RoleBinding that names none.
    A diagnostic reports everything that cannot be understood; the rest is kept.
    Raises InputError if a path does not exist or a glob matches nothing; UsageError if no source is
        named.

    Examples
    --------
    >>> found = read_needs(io.BytesIO(b"sa:shop/api get secrets db"))
    >>> found.stated[0].principal, found.stated[0].rule.resource_names
    ('sa:shop/api', ('db',))
    """
    if not sources:
        raise UsageError("no file of needs to read", advice="name a file, or '-' for stdin")
    problems = Problems()
    report = Reports(problems)
    stated: list[Stated] = []
    manifests: list[_Named] = []
    files = locate(sources, problems)
    for found in files:
        report.begin(found.name)
        try:
            text = _text(found.source, report)
        except OSError as error:
            report_unreadable(problems, found.name, error)
            continue
        if text is None:
            continue
        if not _is_yaml(text):
            stated += _lines(text, report)
            continue
        own, rest = _rules(text, report)
        stated += own
        if _says_something(rest):
            manifests.append(_Named(rest.encode(), found.name))
    roles = load(*manifests, default_namespace=default_namespace) if manifests else Snapshot()
    reported = [d for d in roles.diagnostics if d.code != EMPTY]
    spoken = {*(one.file for one in stated), *(one.file for one in reported), *_files(roles)}
    for file in manifests:
        if file.name not in spoken:
            report.begin(file.name)
            report.problem(0, "no-needs", "holds no rules, roles or bindings", FORM)
    return NeedFiles(
        tuple(stated),
        roles.with_diagnostics(()),
        tuple(found.name for found in files),
        (*problems.result(), *reported),
    )


def _files(found: Snapshot) -> Iterator[str]:
    """Yield the files that hold roles or bindings."""
    bindings = (*found.role_bindings, *found.cluster_role_bindings)
    for one in (*found.roles, *found.cluster_roles, *bindings):
        yield found.where(one)[0]


def _text(source: Source, report: Reports) -> str | None:
    """Return the text of a file; None if it is no text."""
    with opened(source) as stream:
        window = Window(stream, limit=LARGEST)
        window.fill()
        try:
            byte_order_mark(window)
            text = bytes(window.take_all()).decode()
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            report.problem(line, "not-utf-8", "is not UTF-8", _LEFT_OUT, "error")
            return None
        except TooLarge:
            report.problem(0, "too-large", "is too large to state needs", _LEFT_OUT, "error")
            return None
    if window.fault:
        message = f"cannot be read to its end: {window.fault}"
        report.problem(0, "unreadable", message, "what came before is kept", "error")
    if not _says_something(text):
        report.problem(0, "no-needs", "states no need", FORM)
        return None
    return text


def _says_something(text: str) -> bool:
    """Whether there is more than separators and comments."""
    return any(_CONTENT.match(line) for line in text.split("\n"))


def _is_yaml(text: str) -> bool:
    """Whether the first meaningful line is one of YAML or JSON."""
    first = next(line for line in text.split("\n") if _CONTENT.match(line) or line[:3] == "---")
    return _YAML.match(first) is not None


def _lines(text: str, report: Reports) -> Iterator[Stated]:
    for number, line in enumerate(text.split("\n"), 1):
        try:
            found = parse_line(line)
        except BadLineError as error:
            report.problem(number, "bad-need", str(error), FORM, "error")
            continue
        if found:
            principal, rule, namespace = found
            yield Stated(
                principal=principal,
                rule=rule,
                namespace=namespace,
                file=report.file,
                line=number,
            )


def _rules(text: str, report: Reports) -> tuple[list[Stated], str]:
    """Return the rules that stand alone, and the text without their documents."""
    stated: list[Stated] = []
    rest: list[str] = []
    line = 1
    for part in _BETWEEN.split(text):
        found = _bare(part, line, report)
        stated += found or ()
        rest.append(part if found is None else "\n" * part.count("\n"))
        line += part.count("\n")
    return stated, "---".join(rest)


def _bare(text: str, line: int, report: Reports) -> list[Stated] | None:
    """Return the rules of a document that holds nothing else; None for another document."""
    if "rules" not in text and "verbs" not in text:
        return None
    document = parse(text.encode())
    value, spot = document.value, document.spot
    if isinstance(value, Mapping) and "kind" not in value and isinstance(value.get("rules"), list):
        fields = spot.fields().get("rules", []) if spot else []
        value, spot = value["rules"], fields[-1].value if fields else None
    elif not isinstance(value, list) or not all(_has_verbs(item) for item in value):
        return None
    items = spot.items() if spot else []
    lines = [item.place.line + line - 1 for item in items] or [line] * len(value)
    return list(_converted(zip(value, lines, strict=True), report))


def _has_verbs(item: object) -> bool:
    return isinstance(item, Mapping) and "verbs" in item


def _converted(items: Iterable[tuple[object, int]], report: Reports) -> Iterator[Stated]:
    for item, line in items:
        try:
            rule = convert(item, PolicyRule)
        except ValidationError as error:
            report.problem(line, "bad-need", f"is no PolicyRule: {error}", _LEFT_OUT, "error")
            continue
        if rule.api_groups is None and rule.resources:
            message = "is a rule without apiGroups: it gives nothing"
            report.problem(line, "bad-need", message, 'write apiGroups: [""] for core', "error")
        elif not rule.verbs or not (rule.resources or rule.non_resource_urls):
            message = "is a rule without verbs, or without resources and nonResourceURLs"
            report.problem(line, "bad-need", message, _LEFT_OUT, "error")
        else:
            yield Stated(rule=rule, file=report.file, line=line)


# Parses one line of a file that states needs.

FORM = "write [PRINCIPAL] VERB[,VERB] RESOURCE[.GROUP][/SUBRESOURCE] [NAME…] [-n NAMESPACE | -A]"

_COMMENT = re.compile(r"(?:^|\s)#.*")
_VERB = re.compile(r"(?:impersonate(?:-on)?:)")


class BadLineError(Exception):
    """A line that cannot be understood."""


class NeedLine(NamedTuple):
    """The content of a line; the resources are as a person writes them."""

    principal: str
    rule: PolicyRule
    namespace: str | None


def parse_line(text: str) -> NeedLine | None:
    """Parse one line; None if it is blank or a comment.

    Raises BadLineError if the line is no need.

    Examples
    --------
    >>> parse_line("sa:shop/api get,list pods/log -n pay").rule
    PolicyRule(verbs=('get', 'list'), api_groups=None, resources=('pods/log',), \
resource_names=None, non_resource_urls=None)
    """
    try:
        words = shlex.split(_COMMENT.sub("", text))
    except ValueError:
        raise BadLineError("has a quote that is not closed") from None
    if not words:
        return None
    words, namespace = _without_options(words)
    principal = words.pop(0) if words and _is_principal(words[0]) else ""
    if not words:
        raise BadLineError("names no verb")
    if len(words) == 1:
        raise BadLineError(f"does not say what to {words[0]}")
    verbs, what, *names = words
    if what.startswith("/"):
        if names:
            raise BadLineError(f"says {names[0]!r} after a path")
        return NeedLine(
            principal, PolicyRule(_several(verbs), non_resource_urls=(what,)), namespace
        )
    rule = PolicyRule(_several(verbs), None, _several(what), tuple(names) or None)
    return NeedLine(principal, rule, namespace)


def _without_options(words: list[str]) -> tuple[list[str], str | None]:
    """Return the words without the namespace option, and the namespace."""
    rest: list[str] = []
    found: list[str] = []
    left: Iterator[str] = iter(words)
    for word in left:
        option, equals, value = word.partition("=")
        if word in ("-A", "--all-namespaces"):
            found.append("")
        elif option in ("-n", "--namespace"):
            value = value if equals else next(left, "")
            if not value:
                raise BadLineError(f"has {option} without a namespace")
            found.append(value)
        elif word.startswith("-"):
            raise BadLineError(f"has {word!r}, which is no option here")
        else:
            rest.append(word)
    if len(found) > 1:
        raise BadLineError("names more than one namespace")
    return rest, found[0] if found else None


def _is_principal(word: str) -> bool:
    return ":" in word and not _VERB.match(word)


def _several(text: str) -> tuple[str, ...]:
    """Return the items of a comma-separated list."""
    entries = tuple(dict.fromkeys(text.split(",")))
    if "" in entries:
        raise BadLineError(f"has {text!r} with nothing before or after a comma")
    return entries
