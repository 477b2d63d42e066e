"""The errors that rbacgraph raises: misuse, unusable input and its own faults, under one root.

Input that is only partly bad is not an error: it becomes a :class:`rbacgraph.model.Diagnostic` in
the answer.
"""


class RbacGraphError(Exception):
    """Root of all errors raised on purpose.

    Parameters
    ----------
    message:
        What is wrong, in one sentence.
    advice:
        What the reader can do about it; printed on a line of its own.
    """

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class UsageError(RbacGraphError):
    """The question itself cannot be understood."""


class NotFoundError(RbacGraphError):
    """The question names something that the input says does not exist."""


class InputError(RbacGraphError):
    """The input as a whole cannot be used."""


class NoClusterError(InputError):
    """No live cluster to ask: no kubeconfig names one."""


class FaultError(RbacGraphError):
    """What rbacgraph found is wrong, by its own proof: it is not shown."""
