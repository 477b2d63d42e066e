"""Collects the diagnostics of one load: sorted, printable, and bounded in number."""

from collections import Counter
from collections.abc import Iterable

from rbacgraph.model.inputs.diagnostic import UNLISTED, Diagnostic
from rbacgraph.model.inputs.unread import PARTIAL_LIST, UnreadFile, weight
from rbacgraph.model.printable import clean

PER_FILE = 10
PER_CODE = 100
_LONGEST = 400
_ONE_EACH = frozenset({"forbidden"})
"""Codes with one diagnostic for each kind of object."""


class Problems:
    """Collects diagnostics; a repeated problem of one file is listed a few times, then counted.

    ``unread`` holds every file that was not read completely, with its first problem of those that
    hide most.
    """

    def __init__(self) -> None:
        self.unread: dict[str, UnreadFile] = {}
        self._kept: list[Diagnostic] = []
        self._by_file: Counter[tuple[str, str]] = Counter()
        self._by_code: Counter[str] = Counter()
        self._taken: dict[Diagnostic, None] = {}

    def take(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Add the diagnostics of another load, each once."""
        self._taken |= dict.fromkeys(diagnostics)

    def add(
        self,
        code: str,
        message: str,
        *,
        file: str = "",
        line: int = 0,
        advice: str = "",
        severity: str = "warning",
    ) -> None:
        left_out = severity == "error" or code == PARTIAL_LIST
        if file and left_out and code not in UNLISTED:
            first = UnreadFile(printable(file), line, code, printable(message))
            if weight(self.unread.setdefault(file, first).code) < weight(code):
                self.unread[file] = first
        if code not in _ONE_EACH and self._is_enough(file, code):
            return
        text = printable(message)
        self._kept.append(Diagnostic(printable(file), line, code, text, advice, severity))

    def _is_enough(self, file: str, code: str) -> bool:
        """Count a problem, and return whether enough of its kind are listed."""
        self._by_file[file, code] += 1
        if self._by_file[file, code] > PER_FILE:
            return True
        self._by_code[code] += 1
        return self._by_code[code] > PER_CODE

    def holds(self, code: str) -> bool:
        """Whether there is a diagnostic of some code."""
        return any(one.code == code for one in self._kept)

    @property
    def any(self) -> bool:
        """Whether this load has diagnostics of its own."""
        return bool(self._kept)

    def result(self) -> tuple[Diagnostic, ...]:
        """Return all diagnostics, each overflow counted after the last one of its kind."""
        files = {name: at for at, name in enumerate(dict.fromkeys(d.file for d in self._kept))}
        kept = sorted(self._kept, key=lambda d: (not d.file, files[d.file], d.line))
        last = {(d.file, d.code): position for position, d in enumerate(kept)}
        found: list[Diagnostic] = []
        for position, diagnostic in enumerate(kept):
            found.append(diagnostic)
            key = (diagnostic.file, diagnostic.code)
            more = self._by_file[key] - PER_FILE
            if more > 0 and last[key] == position:
                found.append(_more(diagnostic, more, "in this file"))
        for code, count in self._by_code.items():
            if count > PER_CODE:
                sample = next(d for d in kept if d.code == code)
                found.append(_more(sample, count - PER_CODE, "in other files", file=""))
        return *self._taken, *(one for one in found if one not in self._taken)


def _more(like: Diagnostic, count: int, where: str, file: str | None = None) -> Diagnostic:
    return Diagnostic(
        like.file if file is None else file,
        0,
        like.code,
        f"… and {count:,} more of these {where}",
        severity=like.severity,
    )


def printable(text: str) -> str:
    r"""Return text that is safe to print on a terminal, and short.

    Examples
    --------
    >>> printable("web\x1b[31m")
    'web\\x1b[31m'
    """
    text = clean(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
