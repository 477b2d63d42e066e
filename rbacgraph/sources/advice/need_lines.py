"""Parses one line of a file that states needs."""

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.model.kubernetes.rbac import PolicyRule

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
