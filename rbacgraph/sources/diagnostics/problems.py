"""Diagnostics of one load: by file and line, printable, and bounded however bad the input is."""

from collections import Counter
from collections.abc import Iterable

from rbacgraph.model.inputs.diagnostic import UNLISTED, Diagnostic
from rbacgraph.model.inputs.unread import UnreadFile

PER_FILE = 10
PER_CODE = 100
_LONGEST = 400
_ONE_EACH = frozenset({"forbidden"})
"""Codes that come once for each kind of object."""
_PARTIAL = "partial-list"


class Problems:
    """Collects diagnostics; the same complaint about one file is told a few times, then counted.

    ``unread`` has every file of which something was left out, with the first complaint of it.
    """

    def __init__(self) -> None:
        self.unread: dict[str, UnreadFile] = {}
        self._kept: list[Diagnostic] = []
        self._by_file: Counter[tuple[str, str]] = Counter()
        self._by_code: Counter[str] = Counter()
        self._taken: dict[Diagnostic, None] = {}

    def take(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Take over those of another load, which are told once."""
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
        """Take one complaint."""
        left_out = severity == "error" or code == _PARTIAL
        if file and left_out and code not in UNLISTED and file not in self.unread:
            told = UnreadFile(printable(file), line, code, printable(message))
            self.unread[file] = told
        if code not in _ONE_EACH and self._is_told(file, code):
            return
        text = printable(message)
        self._kept.append(Diagnostic(printable(file), line, code, text, advice, severity))

    def _is_told(self, file: str, code: str) -> bool:
        """Count a complaint, and say whether there were enough of its sort."""
        self._by_file[file, code] += 1
        if self._by_file[file, code] > PER_FILE:
            return True
        self._by_code[code] += 1
        return self._by_code[code] > PER_CODE

    def holds(self, code: str) -> bool:
        """Whether there is one of some sort."""
        return any(one.code == code for one in self._kept)

    @property
    def any(self) -> bool:
        """Whether there is any of this load's own."""
        return bool(self._kept)

    def result(self) -> tuple[Diagnostic, ...]:
        """All of them, each overflow counted after the last one of its sort."""
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
    r"""Make text safe to show on a terminal, and short.

    Examples
    --------
    >>> printable("web\x1b[31m")
    'web\\x1b[31m'
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
