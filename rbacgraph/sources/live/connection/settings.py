"""The caller's settings for a live cluster."""

import re
from typing import NamedTuple

from rbacgraph.errors import UsageError
from rbacgraph.sources.live.connection.rate_limit import Pace

_LONGEST = 86_400
"""More seconds than any answer takes."""
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


class Settings(NamedTuple):
    """Settings for a cluster: which one, as which user, how much, and how fast.

    ``context``, ``kubeconfig``: as in kubectl; the current ones by default.
    ``connect_as``, ``connect_as_groups``: whom the connection itself impersonates; each overrides
        that of the kubeconfig.
    ``collect_namespaces``: the only namespaces whose objects are asked for; all by default.
    ``secret_metadata``: whether the metadata of Secrets may be asked for: annotations are part of
        it, and one of them can hold a Secret's data.
    ``helm_releases``: whether to read Helm releases, which are whole Secrets, one at a time.
    ``timeout``: seconds for one request and the whole answer to it.
    ``list_timeout``: seconds for one list: all its pages, and the waits between them.
    ``qps``, ``burst``: requests per second, and how many at once before that holds.
    ``pace``: the clock and the sleep between requests; the real ones by default.
    """

    context: str | None = None
    kubeconfig: str | None = None
    connect_as: str = ""
    connect_as_groups: tuple[str, ...] = ()
    collect_namespaces: tuple[str, ...] = ()
    secret_metadata: bool = True
    helm_releases: bool = False
    timeout: float = 60
    list_timeout: float = 600
    qps: float = 20
    burst: int = 40
    pace: Pace | None = None

    def checked(self) -> "Settings":
        """Return them, or say what cannot be.

        Raises UsageError if a number is not positive, or a namespace has a name that none can have.
        """
        for name in ("timeout", "list_timeout", "qps", "burst"):
            value = getattr(self, name)
            if not value > 0:
                raise UsageError(f"{name} must be more than 0")
            if name.endswith("timeout") and value > _LONGEST:
                raise UsageError(f"{name} must be at most {_LONGEST:,} seconds, which is a day")
        for name in self.collect_namespaces:
            if not _NAMESPACE.fullmatch(name):
                raise UsageError(
                    f"no namespace can be called {name!r}",
                    advice="name each namespace by itself: --collect-namespace a"
                    " --collect-namespace b",
                )
        return self
