"""The class Cluster: each question is a method that returns an answer."""

from rbacgraph.api.cluster_access import ClusterAccess
from rbacgraph.api.cluster_advice import ClusterAdvice
from rbacgraph.api.cluster_rights import ClusterRights
from rbacgraph.api.cluster_stores import ClusterStores


class Cluster(ClusterRights, ClusterAccess, ClusterAdvice, ClusterStores):
    """A cluster, and the questions that it answers.

    :func:`rbacgraph.load` and the like make it.
    """
