"""Parses a KMS plugin's endpoint as the API server does.

Sources: Go ``src/net/url/url.go`` (``Parse``) and kubernetes
``staging/src/k8s.io/kms/pkg/util/util.go`` (``ParseEndpoint``).
"""

import re
from typing import NamedTuple

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})(.{0,2})", re.DOTALL)
_FORBIDDEN_IN_HOST = re.compile(r"[ \\^`{|}]")


class Endpoint(NamedTuple):
    """A parsed endpoint, or the error of Go's parser."""

    scheme: str = ""
    host: str = ""
    path: str = ""
    error: str = ""


def parse_endpoint(text: str) -> Endpoint:
    """Parse a URL as Go does.

    Examples
    --------
    >>> parse_endpoint("unix:///var/run/kms.sock").path
    '/var/run/kms.sock'
    >>> parse_endpoint("unix://var/run/kms.sock").host
    'var'
    >>> parse_endpoint(":x").error
    'missing protocol scheme'
    """
    rest = text.partition("#")[0]
    if _CONTROL.search(rest):
        return Endpoint(error="net/url: invalid control character in URL")
    if rest.startswith(":"):
        return Endpoint(error="missing protocol scheme")
    found = _SCHEME.fullmatch(rest)
    scheme, rest = (found[1].lower(), found[2]) if found else ("", rest)
    rest = rest.partition("?")[0]
    if not rest.startswith("/"):
        colon = not scheme and ":" in rest.partition("/")[0]
        return Endpoint(scheme, error="first path segment in URL cannot contain colon" * colon)
    host, path = "", rest
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        host, path = authority.rpartition("@")[2], slash + path
    return Endpoint(scheme, host, path, _host_error(host) or _escape_error(path))


def _host_error(host: str) -> str:
    forbidden = _FORBIDDEN_IN_HOST.search(host)
    if forbidden:
        return f'invalid character "{forbidden[0]}" in host name'
    if host.startswith("["):
        return "" if "]" in host else "missing ']' in host"
    _, colon, port = host.rpartition(":")
    if colon and not re.fullmatch(r"[0-9]*", port):
        return f'invalid port ":{port}" after host'
    return _escape_error(host)


def _escape_error(text: str) -> str:
    found = _ESCAPE.search(text)
    return f'invalid URL escape "%{found[1]}"' if found else ""
