"""Who can get at a Kubernetes Secret, by which path, and on what evidence.

Examples
--------
>>> import rbacgraph as rg
>>> cluster = rg.load("fixtures/clusters/shop")
>>> paths = cluster.paths(secret="shop/db-credentials")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rbacgraph.model.version import VERSION

if TYPE_CHECKING:
    from rbacgraph.api.cluster import Cluster
    from rbacgraph.api.functions import collector_role, diff, encryption, load_vault
    from rbacgraph.api.graph_walks import ancestors, descendants
    from rbacgraph.api.loading import load, load_git, load_live
    from rbacgraph.errors import (
        FaultError,
        InputError,
        NoClusterError,
        NotFoundError,
        RbacGraphError,
        UsageError,
    )

__version__ = VERSION

_HOMES = {
    "Cluster": "rbacgraph.api.cluster",
    "ancestors": "rbacgraph.api.graph_walks",
    "collector_role": "rbacgraph.api.functions",
    "descendants": "rbacgraph.api.graph_walks",
    "diff": "rbacgraph.api.functions",
    "encryption": "rbacgraph.api.functions",
    "load": "rbacgraph.api.loading",
    "load_git": "rbacgraph.api.loading",
    "load_live": "rbacgraph.api.loading",
    "load_vault": "rbacgraph.api.functions",
    "FaultError": "rbacgraph.errors",
    "InputError": "rbacgraph.errors",
    "NoClusterError": "rbacgraph.errors",
    "NotFoundError": "rbacgraph.errors",
    "RbacGraphError": "rbacgraph.errors",
    "UsageError": "rbacgraph.errors",
}

__all__ = [
    "Cluster",
    "FaultError",
    "InputError",
    "NoClusterError",
    "NotFoundError",
    "RbacGraphError",
    "UsageError",
    "__version__",
    "ancestors",
    "collector_role",
    "descendants",
    "diff",
    "encryption",
    "load",
    "load_git",
    "load_live",
    "load_vault",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """Open what is asked for when it is asked for, so that the import itself stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
