"""A cluster as a person holds it, and where it comes from."""

from rbacgraph.cluster.beside import collector_role, diff, encryption
from rbacgraph.cluster.loading import load, load_git, load_live
from rbacgraph.cluster.whole import Cluster

__all__ = ["Cluster", "collector_role", "diff", "encryption", "load", "load_git", "load_live"]
