"""Makes names safe to print: anyone who may write objects chooses them."""

import re
from functools import lru_cache

_BLANK = re.compile(
    r"HANGUL (?:\w+ )?FILLER|KHITAN SMALL SCRIPT FILLER|KHMER VOWEL INHERENT|VARIATION SELECTOR|"
    r"GRAPHEME JOINER|BRAILLE PATTERN BLANK|HIEROGLYPH (?:FULL|HALF) BLANK|NULL NOTEHEAD"
)
"""What Unicode calls the characters that print nothing, of the categories that print.

These are the Default_Ignorable_Code_Points of such categories, and the blanks that are no spaces.
"""


def clean(text: str) -> str:
    r"""Replace characters that control a terminal, or are invisible, by escapes.

    Examples
    --------
    >>> clean("a\x1b[2Jb"), clean("shop\u3164"), clean("Gr\u00fc\u00dfe")
    ('a\\x1b[2Jb', 'shop\\u3164', 'Grüße')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if is_visible(c) else _escape(c) for c in text)


def without_controls(text: str) -> str:
    r"""Replace only characters that control a terminal, or what reads the text, by escapes.

    Examples
    --------
    >>> without_controls("a\x1b[2Jb"), without_controls("shop\u3164") == "shop\u3164"
    ('a\\x1b[2Jb', True)
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


@lru_cache(1 << 12)
def is_visible(char: str) -> bool:
    """Whether a character prints something, or is the common space."""
    if not char.isprintable():
        return False
    import unicodedata

    return char.isascii() or not _BLANK.search(unicodedata.name(char, ""))


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def no_command(file: str) -> str:
    """Return a file name for the start of a line that CI cannot take for a command.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions

    Examples
    --------
    >>> no_command("a.yaml"), no_command("::error::a.yaml")
    ('a.yaml', './::error::a.yaml')
    """
    return f"./{file}" if file.lstrip().startswith("::") else file
