"""Turns a parsed value into one object of the model, or into a diagnostic.

The fast readers decode directly into typed objects. Values that they refuse come here, are read as
Go's decoder reads them (null is absent, null in a map of strings is ``""``), and are tried once
more.
"""

import re
from functools import partial
from typing import Any, Protocol, TypeGuard

from msgspec import ValidationError

from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.sources.diagnostics.file_problems import Reports
from rbacgraph.sources.objects.collector import Collector, Doubtful
from rbacgraph.sources.objects.deciding_fields import ENCRYPTED
from rbacgraph.sources.objects.kind_reader import CUT_OUT, KindSlot, ListContext
from rbacgraph.sources.objects.openshift_roles import ROLE_ELSEWHERE


class ProblemReporter(Protocol):
    """Reports a problem of the current object."""

    def __call__(self, code: str, message: str, advice: str, severity: str = ..., /) -> None:
        """Add one problem."""


_STRING_MAPS = frozenset({"labels", "annotations", "matchLabels", "data", "stringData"})
_WITH_PARAMETERS = frozenset({"StorageClass", "VolumeSnapshotClass"})
_ERROR = re.compile(
    r"Expected `(?P<want>[^`]+)`(?:, got `(?P<got>[^`]+)`)?"
    r"(?: - at (?P<key>`key` in )?`\$\.?(?P<path>[^`]*)`)?"
)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_WORDS = {
    "str": "a string",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "a mapping",
}


def is_mapping(value: object) -> TypeGuard[dict[Any, Any]]:
    """Whether a parsed value is a mapping."""
    return isinstance(value, dict)


def place(
    collector: Collector,
    slot: KindSlot,
    value: object,
    line: int,
    context: ListContext | None = None,
    *,
    header: tuple[str, str] | None = None,
    text: bytes | None = None,
) -> None:
    """Keep the object of a parsed value, or report why that is not possible.

    ``header`` is the apiVersion and kind that an item of a typed list omits, ``text`` what the
    value alone was parsed from.
    """
    kind = slot.kind.name
    if header and is_mapping(value):
        value = {**value, "apiVersion": header[0], "kind": header[1]}
    title = title_of(kind, value)
    if not slot.may_be_kept(value):
        collector.skipped[kind] += 1
        return

    def report(code: str, message: str, advice: str, severity: str = "warning") -> None:
        collector.report.problem(line, code, f"{title} {message}", advice, severity)

    try:
        found = made_of(slot, value, report)
    except ValidationError as error:
        if context:
            context.failed.add(kind)
        refuse = partial(_refuse, collector.report, line, kind, title, str(error))
        if not collector.doubt(Doubtful(slot, value, line, text, refuse=refuse)):
            refuse()
    except RecursionError:
        if context:
            context.failed.add(kind)
        collector.report.too_deep(line)
    else:
        collector.add(slot, found, line)
        collector.doubt(Doubtful(slot, value, line, text, found))


def made_of(slot: KindSlot, value: object, report: ProblemReporter) -> Object:
    """Return the object of a parsed value.

    Raises ValidationError if Kubernetes would refuse it.
    """
    value = _without_encrypted(_as_go(value, slot.kind.name, report))
    return slot.finish(slot.parse(value), value)


def _refuse(reports: Reports, line: int, kind: str, title: str, error: str) -> None:
    missing = _MISSING.match(error)
    if missing and missing[1] == "metadata":
        reports.nameless(line, kind)
    elif missing and missing[1] == "roleRef":
        reports.missing_role_ref(line, title)
    elif error == CUT_OUT:
        reports.cut_out(line, f"{title} {CUT_OUT}")
    elif error == ROLE_ELSEWHERE:
        reports.role_elsewhere(line, f"{title} {ROLE_ELSEWHERE}")
    else:
        reports.wrong_type(line, title, _explain(error))


def _explain(error: str) -> str:
    """Return msgspec's message in plain words: it holds types and paths, never a value."""
    found = _ERROR.match(error)
    if found is None:
        return "has a value of the wrong type"
    wanted = [_WORDS.get(word, word) for word in found["want"].split(" | ") if word != "null"]
    got = _WORDS.get(found["got"] or "", found["got"] or "something else")
    path = (found["path"] or "").lstrip(".")
    place = f"a key of {path}" if found["key"] else path or "it"
    if path.endswith("[...]"):
        place = f"a value of {path.removesuffix('[...]')}"
    return f"{place} is {got}, and must be {' or '.join(wanted)}"


def title_of(kind: str, value: object) -> str:
    """Return the printed name of the object of a parsed value."""
    metadata = value.get("metadata") if is_mapping(value) else None
    if not is_mapping(metadata):
        return kind
    prefix = metadata.get("generateName")
    generated = f"{prefix}…" if isinstance(prefix, str) and prefix else None
    names = [metadata.get("namespace"), metadata.get("name") or generated]
    return f"{kind} {'/'.join(n for n in names if isinstance(n, str) and n)}".rstrip()


def _as_go(value: object, kind: str, report: ProblemReporter) -> object:
    if not is_mapping(value):
        return value
    metadata = value.get("metadata")
    if is_mapping(metadata):
        metadata = dict(metadata)
        for field in ("labels", "annotations"):
            if is_mapping(metadata.get(field)):
                metadata[field] = _strings(metadata[field], field, report)
        prefix = metadata.get("generateName")
        if not metadata.get("name") and isinstance(prefix, str) and prefix:
            metadata["name"] = prefix
            advice = "here it goes by that prefix"
            report("generated-name", "has no name yet, only a generateName", advice, "note")
        value = {**value, "metadata": metadata}
    if kind in _WITH_PARAMETERS and is_mapping(value.get("parameters")):
        value = {**value, "parameters": _strings(value["parameters"], "parameters", report)}
    return _without_null(value, "")


def _without_encrypted(value: object) -> object:
    """Leave out the fields of an object that SOPS encrypted as a whole: their type is lost."""
    if not is_mapping(value) or not is_mapping(value.get("sops")):
        return value
    return {
        key: field
        for key, field in value.items()
        if not (isinstance(field, str) and field.startswith(ENCRYPTED))
    }


def _strings(values: dict[Any, Any], field: str, report: ProblemReporter) -> dict[Any, Any]:
    """Leave out labels, annotations and parameters that are not strings: few of them matter."""
    kept = {}
    for name, value in values.items():
        if isinstance(value, str | None):
            kept[name] = value
        else:
            got = _WORDS.get(type(value).__name__, "a list or mapping")
            advice = "it was ignored; Kubernetes would refuse the object"
            message = f"has the {field.removesuffix('s')} {name}, which is {got} and not a string"
            report("wrong-type", message, advice)
    return kept


def _without_null(value: object, key: object) -> object:
    if isinstance(value, dict):
        if key in _STRING_MAPS:
            return {k: "" if v is None else v for k, v in value.items()}
        return {k: _without_null(v, k) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        strings = all(isinstance(item, str | None) for item in value)
        return ["" if item is None and strings else _without_null(item, "") for item in value]
    return value
