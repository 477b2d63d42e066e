"""Reads the risks that somebody accepts, each with a reason: YAML that people review."""

import re
from pathlib import Path

from rbacgraph.model.answers.risk.risk_review import Suppression, Suppressions
from rbacgraph.sources.config.yaml_reader import YamlReader, YamlValue, day

_ENTRY = ("id", "reason", "until")
_FORM = "write suppress: [{id: RISK, reason: WORDS, until: 2026-12-31}]; -o wide shows ids of risks"
_ID = re.compile(r"[0-9a-f]{10}")


def read_suppressions(file: str | Path) -> Suppressions:
    """Read a file of suppressions.

    Raises InputError if it cannot be read, or is not understood: the message has the line.
    """
    reader = YamlReader(str(file), kind="file of suppressions", form=_FORM)
    lines: dict[str, int] = {}
    entries = []
    for item in reader.entries("suppress"):
        entry = _entry(reader, item)
        first = lines.setdefault(entry.id, item.line)
        if first != item.line:
            reader.fail(item, f"risk {entry.id} is suppressed in line {first} already")
        entries.append(entry)
    return Suppressions(file=str(file), entries=tuple(entries))


def _entry(reader: YamlReader, item: YamlValue) -> Suppression:
    fields = reader.entry(item, _ENTRY, ("id", "reason"))
    return Suppression(
        id=_risk_id(reader, fields["id"]),
        reason=reader.text(fields["reason"]),
        until=reader.parsed(fields["until"], day) if "until" in fields else "",
        line=item.line,
    )


def _risk_id(reader: YamlReader, at: YamlValue) -> str:
    """Return an id; YAML reads some ids as numbers."""
    text = at.spot.scalar if at.spot else None
    if not _ID.fullmatch(text or ""):
        reader.fail(at, f"{at.value!r} is no id of a risk", advice="risks -o wide shows ids")
    return text or ""
