"""The error of a proof that fails."""

from rbacgraph.errors import FaultError
from rbacgraph.model.changes.statement import Statement


class UnprovenError(FaultError):
    """A change that does not do what it says.

    Parameters
    ----------
    why:
        What it does instead.
    """

    def __init__(self, why: Statement) -> None:
        super().__init__(
            "the proof of the changes fails",
            advice="nothing is written: this is a fault of rbacgraph, please report it",
        )
        self.why = why

    def __str__(self) -> str:
        return f"{super().__str__()}: {self.why}"
