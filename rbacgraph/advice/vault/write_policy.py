"""Writes the stanzas of a policy in HCL 1, so that the server reads the same again."""

from collections.abc import Iterable, Iterator, Mapping

from rbacgraph.errors import UsageError
from rbacgraph.stores.vault.policy_text import ParameterValues, Stanza

_PLAIN = range(0x20, 0x7F)
_BASIC_PLANE = 0xFFFF
_SURROGATES = range(0xD800, 0xE000)
_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ORDER = ("create", "read", "update", "patch", "delete", "list", "scan", "sudo", "deny")


def policy_text(stanzas: Iterable[Stanza]) -> str:
    r"""Return a policy with these stanzas.

    Raises UsageError if a stanza has a part that cannot be written again: an end, or who must
        agree.

    Examples
    --------
    >>> print(policy_text([Stanza("kv/a", frozenset({"read"}))]), end="")
    path "kv/a" {
      capabilities = ["read"]
    }
    """
    return "\n".join("\n".join((*_lines(stanza), "")) for stanza in stanzas)


def can_be_written(stanza: Stanza) -> bool:
    """Whether every part of a stanza is known."""
    return stanza.expires is None and not stanza.approval


def _lines(stanza: Stanza) -> Iterator[str]:
    if not can_be_written(stanza):
        raise UsageError(f"the stanza for {stanza.path!r} has parts that rbacgraph does not keep")
    yield f"path {quoted(stanza.path)} {{"
    capabilities = sorted(stanza.capabilities, key=_ORDER.index)
    yield f"  capabilities = [{', '.join(map(quoted, capabilities))}]"
    if stanza.allowed is not None:
        yield from _parameters("allowed_parameters", stanza.allowed)
    if stanza.denied is not None:
        yield from _parameters("denied_parameters", stanza.denied)
    if stanza.required:
        yield f"  required_parameters = [{', '.join(map(quoted, stanza.required))}]"
    for name, seconds in (
        ("min_wrapping_ttl", stanza.min_wrapping),
        ("max_wrapping_ttl", stanza.max_wrapping),
    ):
        if seconds:
            nanoseconds = int(seconds * 10**9)
            yield f'  {name} = "{nanoseconds}ns"'
    if stanza.pagination:
        yield f"  pagination_limit = {stanza.pagination}"
    yield "}"


def _parameters(name: str, values: ParameterValues) -> Iterator[str]:
    yield f"  {name} = {{"
    for key, allowed in values.items():
        yield f"    {quoted(key)} = [{', '.join(map(_value, allowed))}]"
    yield "  }"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return quoted(value)
    raise UsageError("a parameter of the policy has a value that rbacgraph does not write")


def quoted(text: str) -> str:
    r"""Return a string of HCL 1 that stands for a text, on one line of ASCII.

    ``$`` is escaped too: it may begin an interpolation.

    Examples
    --------
    >>> print(quoted('a"b\n${c}é'))
    "a\"b\n\u0024{c}\u00e9"
    """
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    known: Mapping[str, str] = _ESCAPED
    if character in known:
        return known[character]
    code = ord(character)
    if code in _PLAIN and character != "$":
        return character
    if code in _SURROGATES:  # a byte that is no UTF-8: see the reader of strings
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}" if code <= _BASIC_PLANE else f"\\U{code:08x}"
