"""Reads policies of who may reach which Secrets, and baselines: YAML that people review."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

from rbacgraph.errors import InputError, UsageError
from rbacgraph.model.answers.policy_check import Baseline, Default, Policy, PolicyEntry
from rbacgraph.model.did_you_mean import did_you_mean, near
from rbacgraph.model.node import EXTERNAL_SECRETS, PRINCIPALS, SECRET, format_node
from rbacgraph.model.principal import parse_principal
from rbacgraph.sources.config.documents import DocumentSpot, FieldSpot, parse
from rbacgraph.sources.config.whole_file import whole_file

_KEYS = ("access", "admins", "default")
_ENTRY = ("secret", "allow", "except", "until", "reason")
_KNOWN = ("certain", "cluster-admin", "principals", "secrets")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FORM = "write access: [{secret: NAMESPACE/NAME, allow: [sa:NAMESPACE/NAME, group:NAME]}]"
_LARGEST = 1 << 28
_T = TypeVar("_T")


def read_policy(file: str | Path) -> Policy:
    """Read a policy of who may reach which Secrets, and who may be effectively cluster-admin.

    A policy that names only admins says nothing about Secrets.

    Raises
    ------
    InputError
        If it cannot be read, or is not understood: the message has the line.
    """
    reader = _Reader(str(file))
    top = reader.mapping(reader.whole(), _KEYS)
    if "access" not in top and "admins" not in top:
        reader.fail(reader.whole(), "names neither access nor admins", advice=_FORM)
    default = (
        _default(reader, top.get("default")) if "access" in top or "default" in top else "allow"
    )
    access = reader.items(top["access"]) if "access" in top else ()
    admins = reader.items(top["admins"]) if "admins" in top else None
    return Policy(
        str(file),
        tuple(_entry(reader, item) for item in access),
        default,
        None if admins is None else tuple(reader.parsed(one, _principal) for one in admins),
    )


def read_baseline(file: str | Path) -> Baseline:
    """Read the baseline of known findings that ``check`` wrote.

    Raises
    ------
    InputError
        If it cannot be read, or is no baseline.
    """
    reader = _Reader(str(file))
    top = reader.mapping(reader.whole(), ("known",))
    found: dict[tuple[str, str], bool] = {}
    admins: dict[str, bool] = {}
    for item in reader.items(top["known"]) if "known" in top else ():
        block = reader.mapping(item, _KNOWN)
        certain = bool(block["certain"].value) if "certain" in block else False
        principals, secrets = (
            [reader.text(one) for one in reader.items(block[name])] if name in block else []
            for name in ("principals", "secrets")
        )
        for principal in principals:
            if "cluster-admin" in block and block["cluster-admin"].value is True:
                admins[principal] = admins.get(principal, False) or certain
            for secret in secrets:
                found[principal, secret] = found.get((principal, secret), False) or certain
    return Baseline(found, admins)


def day(text: str) -> str:
    """Return a day as ``2026-12-31``.

    Raises
    ------
    UsageError
        If the text is no day.

    Examples
    --------
    >>> day("2026-12-31")
    '2026-12-31'
    """
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "").isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is no day", advice="write it as 2026-12-31") from None


class _At(NamedTuple):
    """A value, and its place."""

    value: Any
    spot: DocumentSpot | None
    line: int


class _Reader:
    """Reads the fields of a document; each error has its line."""

    def __init__(self, file: str) -> None:
        self.file = file
        data = whole_file(file, file, largest=_LARGEST, kind="policy or baseline")
        self._document = parse(data)
        for fault in self._document.faults:
            raise InputError(f"{file}:{fault.place.line}: {fault.message}")

    def whole(self) -> _At:
        return _At(self._document.value, self._document.spot, 1)

    def fail(self, at: _At, words: str, *, advice: str = "") -> NoReturn:
        raise InputError(f"{self.file}:{at.line}: {words}", advice=advice)

    def mapping(self, at: _At, known: Sequence[str]) -> dict[str, _At]:
        """Return the fields of a mapping; an unknown or repeated field is an error."""
        if not isinstance(at.value, dict):
            self.fail(at, f"is no mapping of {', '.join(known)}", advice=_FORM)
        spots = at.spot.fields() if at.spot else {}
        found = {}
        for name, value in at.value.items():
            where = spots.get(name, [])
            own = _field(value, where[-1] if where else None, at.line)
            if name not in known:
                meant = did_you_mean(near(str(name), known)) or f"keys are {', '.join(known)}"
                self.fail(own, f"unknown key {name!r}", advice=meant)
            if len(where) > 1:
                self.fail(own, f"the key {name} is given twice")
            found[name] = own
        return found

    def items(self, at: _At) -> list[_At]:
        """Return the items of a list; a single text counts as a list of one."""
        if isinstance(at.value, str):
            return [at]
        if not isinstance(at.value, list):
            self.fail(at, "is no list")
        spots = at.spot.items() if at.spot else []
        if len(spots) != len(at.value):
            return [_At(value, None, at.line) for value in at.value]
        return [
            _At(value, spot, spot.place.line) for value, spot in zip(at.value, spots, strict=True)
        ]

    def text(self, at: _At) -> str:
        """Return a text."""
        if not isinstance(at.value, str) or not at.value.strip():
            self.fail(at, f"{at.value!r} is no text")
        return at.value

    def parsed(self, at: _At, parse_text: Callable[[str], _T]) -> _T:
        """Return a parsed text; an error in it gets its line."""
        try:
            return parse_text(self.text(at))
        except UsageError as error:
            self.fail(at, str(error), advice=error.advice)


def _field(value: object, spot: FieldSpot | None, line: int) -> _At:
    return _At(value, spot.value if spot else None, spot.place.line if spot else line)


def _entry(reader: _Reader, item: _At) -> PolicyEntry:
    fields = reader.mapping(item, _ENTRY)
    if "secret" not in fields:
        reader.fail(item, "the entry names no secret", advice=_FORM)
    left_out = reader.items(fields["except"]) if "except" in fields else []
    allow = reader.items(fields["allow"]) if "allow" in fields else []
    secrets = [one for one in left_out if _is_secret(reader.text(one))]
    principals = [one for one in left_out if one not in secrets]
    return PolicyEntry(
        secrets=tuple(reader.parsed(one, _secret) for one in reader.items(fields["secret"])),
        allow=tuple(reader.parsed(one, _principal) for one in allow),
        except_secrets=tuple(reader.parsed(one, _secret) for one in secrets),
        except_principals=tuple(reader.parsed(one, _principal) for one in principals),
        until=reader.parsed(fields["until"], day) if "until" in fields else "",
        reason=reader.text(fields["reason"]) if "reason" in fields else "",
        line=item.line,
    )


def _is_secret(text: str) -> bool:
    """Whether an exception names a Secret: else only principals hold a colon."""
    kind, colon, _ = text.partition(":")
    return not colon or kind == SECRET or kind in EXTERNAL_SECRETS


def _secret(text: str) -> str:
    kind, colon, path = text.partition(":")
    if colon and kind in EXTERNAL_SECRETS:
        if not path:
            raise UsageError(f"{text!r} names no secret of a store", advice=f"write {kind}:PATH")
        return text
    namespace, slash, name = text.removeprefix("secret:").partition("/")
    if not (namespace and slash and name) or "/" in name or ":" in namespace + name:
        raise UsageError(f"{text!r} names no Secret", advice="write NAMESPACE/NAME; * matches many")
    return f"{namespace}/{name}"


def _principal(text: str) -> str:
    node = parse_principal(text)
    if node[0] not in PRINCIPALS:
        raise UsageError(
            f"{text!r} is no principal that counts",
            advice="write sa:NAMESPACE/NAME, user:NAME or group:NAME; * matches many",
        )
    return format_node(node)


def _default(reader: _Reader, at: _At | None) -> Default:
    if at is None:
        return "deny"
    if at.value not in ("deny", "allow"):
        reader.fail(at, f"the default is {at.value!r}", advice="write deny or allow")
    return "allow" if at.value == "allow" else "deny"
