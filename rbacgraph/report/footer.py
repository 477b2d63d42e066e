"""What an answer rests on, said under it: a "no path" is worth as much as this."""

from collections.abc import Sequence

from rbacgraph.model.results import Basis
from rbacgraph.report.look import Look
from rbacgraph.report.text import count


def basis_lines(basis: Basis, look: Look, *, edges: bool = False) -> list[str]:
    """Say what the answer was concluded from; name every edge kind where ``edges``."""
    first = f"Concluded from {count(len(basis.edges), 'kind')} of edges on Kubernetes "
    first += f"{basis.kubernetes_version}"
    if basis.excluded:
        first += f", without {', '.join(basis.excluded)}"
    if basis.diagnostics:
        first += f"; {count(basis.diagnostics, 'diagnostic')} in the input"
    lines = look.prose(f"{first}.", style="quiet")
    if edges or look.wide:
        lines += look.prose(
            f"Edges looked at: {', '.join(basis.edges)}", indent=2, hang=2, style="quiet"
        )
    for sentence in basis.assumptions:
        lines += look.prose(f"Assumed: {sentence}", indent=2, hang=2, style="quiet")
    return [*lines, *missing_lines(basis.missing, look)]


def missing_lines(missing: Sequence[str], look: Look) -> list[str]:
    """Say what was not there to be looked at."""
    lines: list[str] = []
    for sentence in missing:
        lines += look.prose(f"Missing: {sentence}", indent=2, hang=2, style="conditional")
    return lines
