"""The class Cluster: each question is a method that returns an answer."""

from rbacgraph.api.cluster_access import Ways
from rbacgraph.api.cluster_advice import Advice
from rbacgraph.api.cluster_rights import Rights


class Cluster(Rights, Ways, Advice):
    """A cluster, and the questions that it answers.

    :func:`rbacgraph.load` and the like make it.
    """
