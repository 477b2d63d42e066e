"""The class Cluster: each question is a method that returns an answer."""

from rbacgraph.api.cluster_access import Ways
from rbacgraph.api.cluster_advice import Advice
from rbacgraph.api.cluster_rights import Rights


class Cluster(Rights, Ways, Advice):
    """A cluster, and the questions that it answers.

    Parameters
    ----------
    snapshot:
        Its objects; made by :func:`rbacgraph.load`.
    read:
        The input before assumptions and aggregation.
    reopen:
        Opens a file without a path again, by its name; None for one with a path.
    """
