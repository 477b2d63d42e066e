"""The graph of who obtains what: columns of integers, and a networkx view to explore."""

from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.build import build

__all__ = ["AccessGraph", "build"]
