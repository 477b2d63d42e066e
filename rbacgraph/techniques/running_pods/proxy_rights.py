"""The common part of proxy subresources: verbs by HTTP method, names with scheme and port.

Source: kubernetes ``staging/src/k8s.io/apimachinery/pkg/util/net/port_split.go`` and
``staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go``.
"""

from rbacgraph.techniques.spec.technique import Match

METHODS = ("get", "create", "update", "patch", "delete")
"""The verbs that any HTTP method of a request through a proxy may need."""

_SCHEMES = frozenset({"", "http", "https"})


def without_port(match: Match, ports: frozenset[str] | None = None) -> Match:
    """Return what a rule gives, with its names without scheme and port.

    ``ports``: the useful ports, ``""`` for none; None for any. Names with other ports are left out.

    Examples
    --------
    >>> without_port(Match(("get",), (), ("web", "https:api:8443"))).exact_names
    ('api', 'web')
    """
    if not match.names:
        return match
    split = [_split(name) for name in match.names]
    names = [name for name, port in split if ports is None or port in ports]
    return match._replace(names=tuple(names) or ("",))


def _split(text: str) -> tuple[str, str]:
    """Split ``NAME``, ``NAME:PORT`` or ``SCHEME:NAME:PORT``; no name for other texts."""
    match text.split(":"):
        case [scheme, name, port] if scheme.lower() in _SCHEMES:
            return name, port
        case [name, port]:
            return name, port
        case [name]:
            return name, ""
    return "", ""
