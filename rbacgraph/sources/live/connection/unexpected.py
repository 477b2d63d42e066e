"""Recognizes answers that an API server would not give, and refusals to impersonate."""

import re
from urllib.parse import urlsplit

from msgspec import MsgspecError, Struct, json

from rbacgraph.sources.files.web_pages import is_web_page, web_page_words
from rbacgraph.sources.live.connection.server_answer import ServerAnswer

_START = 4096
_BAD_REQUEST, _FORBIDDEN, _PROXY_LOGIN = 400, 403, 407
_ELSEWHERE = range(300, 400)
_TO_TLS = re.compile(rb"\bHTTPS\b")
_IMPERSONATE = re.compile(r"\bcannot impersonate\b")


class _Status(Struct, frozen=True):
    message: str = ""


def web_page(answer: ServerAnswer) -> str:
    """Return what is to be said of an answer for browsers; ``""`` if it is none.

    Examples
    --------
    >>> web_page(ServerAnswer(200, b"<html><title>Sign in</title>", {}))
    "an HTML page (title 'Sign in')"
    """
    start = answer.body[:_START]
    declared = "html" in answer.headers.get("Content-Type", "")
    return web_page_words(start) if declared or is_web_page(start) else ""


def redirection(answer: ServerAnswer) -> str:
    """Return where an answer sends the client; ``""`` if nowhere. A query may hold secrets."""
    if answer.status not in _ELSEWHERE:
        return ""
    place = urlsplit(answer.headers.get("Location", ""))
    host = place.netloc.rpartition("@")[2]
    return f"a redirection to {host}" if host else "a redirection"


def foreign(answer: ServerAnswer) -> str:
    """Return what is to be said of an answer that no API server gives; ``""`` if it may be one."""
    found = redirection(answer) or web_page(answer)
    if found or answer.status == _PROXY_LOGIN:
        login = "a proxy wants a login" if answer.status == _PROXY_LOGIN else ""
        return f"{answer.status}, {login or found}"
    return ""


def wants_tls(answer: ServerAnswer) -> bool:
    """Whether the server says that it speaks only TLS on this port.

    Source: Go's ``net/http/server.go`` (``badRequestError`` for a record header that looks like
    HTTP); nginx says it in other words.
    """
    start = answer.body[:_START]
    return answer.status == _BAD_REQUEST and bool(_TO_TLS.search(start)) and b'"kind"' not in start


def refused_impersonation(answer: ServerAnswer) -> str:
    """Return the server's words if it does not let the caller impersonate; else ``""``.

    Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation``.
    """
    if answer.status != _FORBIDDEN:
        return ""
    try:
        words = " ".join(json.decode(answer.body, type=_Status).message.split())
    except MsgspecError:
        return ""
    return words if _IMPERSONATE.search(words) else ""
