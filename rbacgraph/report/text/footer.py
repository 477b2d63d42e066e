"""The basis of an answer, printed below it: a "no path" is worth as much as this."""

from collections.abc import Iterable, Sequence

from rbacgraph.model.answers.assumption import Assume, Assumption
from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.printable import clean
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count, cut, fitting

_UNKNOWN_MEMBERS = {
    If.GROUP_MEMBERS_ARE_GIVEN(): "Group members unknown: pass --groups FILE",
    If.GROUPS_ARE_DUMPED(): "Group members unknown: dump groups.user.openshift.io",
}


def basis_lines(basis: Basis, look: Look, *, edges: bool = False) -> list[str]:
    """Return what rbacgraph checked; with ``edges``, name every technique."""
    lines = look.prose(basis_sentence(basis, flag=" (-v)"), style="quiet")
    if edges or look.wide:
        lines += look.prose(
            f"Techniques: {', '.join(basis.edges)}", indent=2, hang=2, style="quiet"
        )
    for one in basis.assumptions:
        words = f"Assumed: {one}"
        lines += look.prose(words, indent=2, hang=2, style="quiet")
    return [*lines, *missing_lines(basis.missing, look)]


_USUAL = (Assume.AUTHORIZERS, Assume.DEFAULTS_ARE_THERE, Assume.NEWEST_KUBERNETES)
"""What is assumed of nearly every input: a line has room for others first."""


def _unusual(one: Assumption) -> tuple[bool, bool]:
    """Order assumptions for a line: an answer always says that it rests on documentation alone."""
    return one.code != Assume.BY_DOCUMENTATION, one.code in _USUAL


def short_basis_lines(basis: Basis, look: Look) -> list[str]:
    """Return what rbacgraph checked, assumed and lacked: a line each, the rest counted."""
    assumed = sorted(basis.assumptions, key=_unusual)
    lacking = sorted(basis.missing, key=_UNKNOWN_MEMBERS.__contains__)
    said = (
        ("", [basis_sentence(basis, flag=" (-v)")], "quiet"),
        ("  Assumed: ", [str(one) for one in assumed], "quiet"),
        ("  ", [_missing_words(lack) for lack in lacking], "conditional"),
    )
    return [
        look.paint(f"{head}{_one_line(words, look.width - len(head))}", style)
        for head, words, style in said
        if words
    ]


def _one_line(sentences: Sequence[str], columns: int) -> str:
    """Return as many sentences as fit into a line, and count the rest."""
    first, *others = map(clean, sentences)
    room = columns - (len(f" (+{len(others):,} more)") if others else 0)
    return fitting([cut(first, room), *others], columns, separator="; ")


def basis_sentence(basis: Basis, *, flag: str = "") -> str:
    """Return how many techniques were checked, for which Kubernetes, and problems of the input.

    ``flag`` follows the problems: the option that shows them.
    """
    words = f"Checked {count(len(basis.edges), 'technique')} on Kubernetes "
    words += f"{basis.kubernetes_version}"
    if basis.excluded:
        words += f", without {', '.join(basis.excluded)}"
    if basis.diagnostics:
        words += f"; {count(basis.diagnostics, 'problem')} in the input{flag}"
    return f"{words}."


_WHETHER = frozenset(
    {
        If.POLICY_OF_VAULT_ALLOWS,
        If.POLICY_OF_VAULT_DOES_NOT_DENY,
        If.MOUNT_OF_VAULT_IS_THIS_CLUSTERS,
        If.NAMESPACE_IS_SELECTED_BY_VAULT,
        If.TOKEN_HAS_CLAIMS,
        If.TEMPLATES_OF_VAULT_DO_NOT_REFUSE,
        If.ACCOUNT_IS_ENTITY_OF_VAULT,
        If.ACCOUNT_IS_NO_ENTITY_OF_VAULT,
        If.APPROVAL_IS_GIVEN_IN_VAULT,
        If.SENTINEL_OF_VAULT_ALLOWS,
        If.LOGIN_HAS_SECOND_FACTOR,
    }
)
"""Doubts that are whole clauses, as those of paths are."""


def missing_lines(missing: Iterable[Condition], look: Look) -> list[str]:
    """Return what the input lacked."""
    lines: list[str] = []
    for lack in missing:
        lines += look.prose(_missing_words(lack), indent=2, hang=2, style="conditional")
    return lines


def _missing_words(lack: Condition) -> str:
    known = _UNKNOWN_MEMBERS.get(lack)
    if known is not None:
        return known
    words = str(lack)
    whether = any(doubt.code in _WHETHER for doubt in lack.doubts)
    return f"Unknown: whether {words}" if whether else f"Missing: {words}"
