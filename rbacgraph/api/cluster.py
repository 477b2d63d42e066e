"""A cluster as a person holds it: each question is a method that returns an answer."""

from rbacgraph.api.cluster_access import Ways
from rbacgraph.api.cluster_advice import Advice
from rbacgraph.api.cluster_rights import Rights


class Cluster(Rights, Ways, Advice):
    """A cluster as it was read, and the questions that it answers.

    Parameters
    ----------
    snapshot:
        Its objects; made by :func:`rbacgraph.load`.
    read:
        The same as it was read, before anything was assumed or filled in.
    reopen:
        Opens a file again that has no path, by its name; None where it has one.
    """
