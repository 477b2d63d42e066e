"""What the RBAC evaluator answers: decisions, and who holds a right."""

from msgspec import Struct

from rbacgraph.model.evidence import Evidence
from rbacgraph.model.printable import clean


class Decision(Struct, frozen=True):
    """Whether a request is allowed; true or false as a bool.

    Parameters
    ----------
    allowed:
        The answer.
    reason:
        Why, in Kubernetes' own words.
    evidence:
        What allows it: the binding, and the rule of the role that it grants.
    missing:
        What was not there to be looked at, where that could have allowed it.
    """

    allowed: bool
    reason: str
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.allowed

    def __str__(self) -> str:
        lines = [f"{'yes' if self.allowed else 'no'}: {self.reason}"]
        lines += [f"  {evidence}" for evidence in self.evidence]
        lines += [f"  Missing: {sentence}" for sentence in self.missing]
        return "\n".join(map(clean, lines))


class Grantee(Struct, frozen=True, kw_only=True):
    """One subject that one binding gives the right asked about.

    Parameters
    ----------
    principal:
        The subject, printed as a node: ``user:alice``, ``group:ops``, ``serviceaccount:shop/ci``.
    scope:
        Namespace in which the right holds; ``""`` for all of them.
    only_names:
        Names to which the right is limited, where the question had none; ``()`` means any name.
    evidence:
        The binding, then the rules of its role; for ``system:masters`` the group itself.
    """

    principal: str
    scope: str
    only_names: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
