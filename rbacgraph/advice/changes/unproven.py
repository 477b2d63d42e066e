"""The error of a proof that fails."""

from rbacgraph.errors import FaultError
from rbacgraph.model.changes.statement import Statement


class UnprovenError(FaultError):
    """A change whose proof fails: ``why`` says what it does."""

    why: Statement

    def __init__(self, why: Statement) -> None:
        super().__init__(why)
