"""What an answer rests on, said under it: a "no path" is worth as much as this."""

from collections.abc import Sequence

from rbacgraph.model.answers.paths import Basis
from rbacgraph.report.text.look import Look
from rbacgraph.report.text.text import count


def basis_lines(basis: Basis, look: Look, *, edges: bool = False) -> list[str]:
    """Say what the answer was concluded from; name every edge kind where ``edges``."""
    lines = look.prose(basis_sentence(basis), style="quiet")
    if edges or look.wide:
        lines += look.prose(
            f"Edges looked at: {', '.join(basis.edges)}", indent=2, hang=2, style="quiet"
        )
    for sentence in basis.assumptions:
        lines += look.prose(f"Assumed: {sentence}", indent=2, hang=2, style="quiet")
    return [*lines, *missing_lines(basis.missing, look)]


def basis_sentence(basis: Basis) -> str:
    """Say from how many kinds of edges, of which Kubernetes, and from how flawed an input."""
    words = f"Concluded from {count(len(basis.edges), 'kind')} of edges on Kubernetes "
    words += f"{basis.kubernetes_version}"
    if basis.excluded:
        words += f", without {', '.join(basis.excluded)}"
    if basis.diagnostics:
        words += f"; {count(basis.diagnostics, 'diagnostic')} in the input"
    return f"{words}."


def missing_lines(missing: Sequence[str], look: Look) -> list[str]:
    """Say what was not there to be looked at."""
    lines: list[str] = []
    for sentence in missing:
        lines += look.prose(f"Missing: {sentence}", indent=2, hang=2, style="conditional")
    return lines
