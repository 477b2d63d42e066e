"""What ``admins`` answers: who controls the whole cluster, and how."""

from msgspec import Struct

from rbacgraph.model.answers.paths import Admin, Basis, Members


class AdminsResult(Struct, frozen=True, kw_only=True):
    """Answer of ``admins``: the least effort first.

    ``admins``: those who are it for certain.
    ``conditional``: those who are it only if a condition holds.
    ``operators``: ServiceAccounts of operators that need it by design, certain ones first.
    ``shipped``: identities of the control plane that are it by the bindings shipped for them alone.
    ``members``: who is it only as a member of a group among the others.
    ``basis``: what the answer rests on.
    """

    admins: tuple[Admin, ...]
    conditional: tuple[Admin, ...]
    operators: tuple[Admin, ...]
    shipped: tuple[Admin, ...]
    members: tuple[Members, ...]
    basis: Basis

    @property
    def every(self) -> tuple[Admin, ...]:
        """All but operators and the shipped ones, certain ones first."""
        return (*self.admins, *self.conditional)

    @property
    def listed(self) -> tuple[Admin, ...]:
        """All but the shipped ones, operators last."""
        return (*self.every, *self.operators)
