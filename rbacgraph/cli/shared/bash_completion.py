"""Completes words with a colon in bash, which takes the colon for the end of a word."""

from itertools import chain
from typing import Any

from click.shell_completion import BashComplete, CompletionItem, add_completion_class

_COLON = ":"


class ColonComplete(BashComplete):
    """Joins what bash splits: ``user:al`` is ``user``, ``:`` and ``al`` in ``COMP_WORDS``.

    Bash replaces the last of them alone, so the answers begin after the last colon.
    """

    _before = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor, and the one at it."""
        words, begun = super().get_completion_args()
        joined: list[str] = []
        glued = False
        for word in chain(words, [begun]):
            colon = bool(word) and not word.strip(_COLON)
            if joined and (colon or glued):
                joined[-1] += word
            else:
                joined.append(word)
            glued = colon
        last = joined.pop()
        self._before = last[: last.rfind(_COLON) + 1]
        return joined, last

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return an answer as the rest of the word."""
        return f"{item.type},{str(item.value).removeprefix(self._before)}"


def complete_colons() -> None:
    """Have bash complete names such as ``user:alice``."""
    add_completion_class(ColonComplete)
