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
        What the reader can do about it; ``str`` has it on a line of its own.
    """

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice

    @property
    def message(self) -> str:
        """What is wrong, without the advice."""
        return str(self.args[0])

    def __str__(self) -> str:
        return f"{self.message}\n  {self.advice}" if self.advice else self.message


class UsageError(RbacGraphError):
    """The question itself cannot be understood."""


class NotFoundError(RbacGraphError):
    """The question names something that the input says does not exist."""


class InputError(RbacGraphError):
    """The input as a whole cannot be used."""


class NoClusterError(InputError):
    """No live cluster to ask: no kubeconfig names one."""


class FaultError(RbacGraphError):
    """A change that does not do what it says: it is not shown.

    Parameters
    ----------
    why:
        What it does instead; its words are made when somebody reads them.
    """

    def __init__(self, why: object) -> None:
        super().__init__(
            "the proof of the changes fails",
            advice="nothing is written: this is a fault of rbacgraph, please report it",
        )
        self.why = why

    @property
    def message(self) -> str:
        """What is wrong, and why."""
        return f"{self.args[0]}: {self.why}"
