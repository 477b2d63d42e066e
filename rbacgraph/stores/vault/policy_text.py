"""Reads the text of a policy into its stanzas, or says why the server would refuse it.

Source: ``vault/policy.go`` of HashiCorp Vault, ``internal/vault/policy/policy.go`` of OpenBao; the
recorded answers of both in ``fixtures/stores/vault/policy-syntax.json``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Literal as OneOf

from rbacgraph.stores.vault import durations
from rbacgraph.stores.vault.hcl import HclError, Item, Literal, ObjectValue, Value, read_hcl
from rbacgraph.stores.vault.hcl.tree import ListValue, LiteralKind, number
from rbacgraph.stores.vault.template import check_template

Flavour = OneOf["vault", "openbao"]
"""HashiCorp Vault or OpenBao: they differ in LIST and in a few keys of a policy."""

DENY = "deny"
SUDO = "sudo"
CAPABILITIES = frozenset({"create", "read", "update", "delete", "list", SUDO, "patch", DENY})
_OPENBAO_CAPABILITIES = CAPABILITIES | {"scan"}

_OLD_POLICIES = {
    "deny": (DENY,),
    "read": ("read", "list"),
    "write": ("create", "read", "update", "delete", "list"),
    "sudo": ("create", "read", "update", "delete", "list", SUDO),
}
_KEYS = frozenset(
    {
        "comment",
        "policy",
        "capabilities",
        "allowed_parameters",
        "denied_parameters",
        "required_parameters",
        "min_wrapping_ttl",
        "max_wrapping_ttl",
        "mfa_methods",
        "control_group",
    }
)
_NO_TIME = Fraction(0)
_OPENBAO_KEYS = _KEYS | {"pagination_limit", "expiration", "list_scan_response_keys_filter_path"}

Scalar = str | int | float | bool | None
ParameterValues = Mapping[str, tuple[object, ...]]
"""Names of parameters in small letters, each with the values meant: none means any value."""


class PolicyTextError(Exception):
    """A policy that the server refuses to store.

    ``message``: what is wrong.
    ``line``, ``column``: where in the text, from 1; 0 if the place is unknown.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Stanza:
    """One ``path "…" { … }`` of a policy.

    ``path``: the pattern as it was written, without a leading slash.
    ``capabilities``: what it allows; ``deny`` stands alone.
    ``allowed``, ``denied``: the parameters that a request may or may not have; ``None`` where the
        stanza has no such key.
    ``required``: parameters that a request must have.
    ``min_wrapping``, ``max_wrapping``: bounds of the response's wrapping time in seconds; 0 for
        none.
    ``pagination``: the most entries of one LIST; 0 for no limit (OpenBao).
    ``expires``: when the stanza ends (OpenBao).
    ``approval``: whether a second person or factor must agree first (control group, MFA).
    ``line``: the line of its path in the text.
    """

    path: str
    capabilities: frozenset[str]
    allowed: ParameterValues | None = None
    denied: ParameterValues | None = None
    required: tuple[str, ...] = ()
    min_wrapping: Fraction = _NO_TIME
    max_wrapping: Fraction = _NO_TIME
    pagination: int = 0
    expires: datetime | None = None
    approval: bool = False
    line: int = 0

    @property
    def has_wildcards(self) -> bool:
        """Whether a ``+`` stands at the beginning of a segment."""
        return self.path == "+" or "/+" in self.path or self.path.startswith("+/")

    @property
    def is_prefix(self) -> bool:
        """Whether the pattern is a prefix alone: it ends in ``*`` and has no ``+``."""
        return self.path.endswith("*") and not self.has_wildcards


def read_policy(text: str, flavour: Flavour = "vault") -> tuple[Stanza, ...]:
    """Return the stanzas of a policy in their order.

    ``text``: HCL 1, or JSON.
    Raises PolicyTextError if the server would refuse the text.

    Examples
    --------
    >>> [stanza.path for stanza in read_policy('path "kv/a*" { capabilities = ["read"] }')]
    ['kv/a*']
    """
    return _read(text, flavour)


@lru_cache(1 << 14)  # one text is read to check it, and again for each set of policies with it
def _read(text: str, flavour: Flavour) -> tuple[Stanza, ...]:
    if flavour == "openbao" and not text:
        message = "the policy is empty"
        raise PolicyTextError(message)
    try:
        root = read_hcl(text)
        _check_keys(root, {"name", "path"})
        return tuple(_stanza(item, flavour) for item in root.named("path"))
    except HclError as error:
        raise PolicyTextError(error.message, error.line, error.column) from error


def _check_keys(tree: ObjectValue, valid: frozenset[str] | set[str]) -> None:
    for item in tree.items:
        key = item.keys[0]
        if key.text not in valid:
            raise HclError(f"unknown key {key.text!r}", key.line, key.column)


def _stanza(item: Item, flavour: Flavour) -> Stanza:
    body = item.value
    path = item.keys[0].text if item.keys else "path"
    if not isinstance(body, ObjectValue):
        message = f"path {path!r} has a value instead of a body in braces"
        raise HclError(message, body.line, body.column)
    line = item.keys[0].line if item.keys else body.line
    try:
        check_template(path)
    except ValueError as error:
        raise HclError(str(error), line) from error
    _check_keys(body, _OPENBAO_KEYS if flavour == "openbao" else _KEYS)
    path = path.removeprefix("/")
    if "+*" in path:
        raise HclError(f"path {path!r}: '+*' is forbidden", line)
    read = _Fields(body, body.values_by_key())
    capabilities = _capabilities(read, flavour)
    shortest, longest = (read.duration(f"{end}_wrapping_ttl") for end in ("min", "max"))
    if shortest and longest and longest < shortest:
        message = "max_wrapping_ttl is smaller than min_wrapping_ttl"
        raise HclError(message, line)
    expiration = read.text("expiration")
    read.text("comment")
    return Stanza(
        path=path,
        capabilities=frozenset({DENY}) if DENY in capabilities else frozenset(capabilities),
        allowed=read.parameters("allowed_parameters"),
        denied=read.parameters("denied_parameters"),
        required=tuple(read.texts("required_parameters")),
        min_wrapping=shortest,
        max_wrapping=longest,
        pagination=read.whole("pagination_limit"),
        expires=_moment(expiration, body) if expiration else None,
        approval=bool(read.texts("mfa_methods")) or _control_group(read, flavour),
        line=line,
    )


def _capabilities(read: "_Fields", flavour: Flavour) -> list[str]:
    """Return the capabilities up to a deny: what follows it the server does not read."""
    body = read.body
    written = list(read.texts("capabilities"))
    old = read.text("policy")
    if old:
        if old not in _OLD_POLICIES:
            raise HclError(f"unknown policy {old!r}", body.line, body.column)
        written = [DENY] if old == DENY else [*written, *_OLD_POLICIES[old]]
    known = _OPENBAO_CAPABILITIES if flavour == "openbao" else CAPABILITIES
    for place, capability in enumerate(written):
        if capability not in known:
            raise HclError(f"unknown capability {capability!r}", body.line, body.column)
        if capability == DENY:
            return written[: place + 1]
    return written


def _moment(text: str, body: ObjectValue) -> datetime:
    try:
        return durations.moment(text)
    except ValueError as error:
        raise HclError(f"expiration: {text!r} is no time", body.line, body.column) from error


def _control_group(read: "_Fields", flavour: Flavour) -> bool:
    """Whether the stanza has a control group; OpenBao asks each factor what it controls."""
    groups = read.values.get("control_group", [])
    for group in groups:
        if flavour == "openbao" and isinstance(group, ObjectValue):
            _check_keys(group, {"ttl", "self_auth_allowed", "factor"})
            for factor in group.named("factor"):
                if isinstance(factor.value, ObjectValue):
                    _check_keys(factor.value, {"controlled_capabilities", "identity"})
                    if not factor.value.named("controlled_capabilities"):
                        message = "a factor names no controlled_capabilities"
                        raise HclError(message, factor.value.line, factor.value.column)
    return bool(groups)


@dataclass(frozen=True, slots=True)
class _Fields:
    """Decodes the fields of a stanza; a field that comes twice is joined where it is a list."""

    body: ObjectValue
    values: Mapping[str, Sequence[Value]]

    def texts(self, key: str) -> Sequence[str]:
        return [
            _text(entry, key)
            for value in self.values.get(key, ())
            for entry in _entries(value, key)
        ]

    def text(self, key: str) -> str:
        values = [_text(value, key) for value in self.values.get(key, ())]
        return values[-1] if values else ""

    def whole(self, key: str) -> int:
        text = self.text(key)
        try:
            return number(text) if text else 0
        except ValueError as error:
            message = f"{key} is no whole number"
            raise HclError(message, self.body.line, self.body.column) from error

    def duration(self, key: str) -> Fraction:
        result = _NO_TIME
        for value in self.values.get(key, ()):
            try:
                result = durations.seconds(_plain(value))
            except ValueError as error:
                raise HclError(f"{key}: {error}", value.line, value.column) from error
        return result

    def parameters(self, key: str) -> ParameterValues | None:
        values = self.values.get(key)
        if values is None:
            return None
        result: dict[str, tuple[object, ...]] = {}
        for value in values:
            if not isinstance(value, ObjectValue):
                message = f"{key} is no object"
                raise HclError(message, value.line, value.column)
            for item in value.items:
                name = item.keys[0].text.lower()
                entries = tuple(_plain(entry) for entry in _entries(item.value, name))
                result[name] = result.get(name, ()) + entries
        return result


def _entries(value: Value, key: str) -> tuple[Value, ...]:
    if isinstance(value, ListValue):
        return value.values
    if isinstance(value, ObjectValue):
        return (value,)
    raise HclError(f"{key} is no list", value.line, value.column)


def _text(value: Value, key: str) -> str:
    if isinstance(value, Literal) and value.kind in {
        LiteralKind.STRING,
        LiteralKind.HEREDOC,
        LiteralKind.NUMBER,
    }:
        return value.text
    raise HclError(f"{key} holds something that is no text", value.line, value.column)


def _plain(value: Value) -> object:
    if isinstance(value, Literal):
        return value.python
    if isinstance(value, ListValue):
        return [_plain(entry) for entry in value.values]
    return [{item.keys[0].text: _plain(item.value)} for item in value.items]
