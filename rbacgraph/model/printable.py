"""Names come from whoever may write objects: none of them may act on a terminal."""


def clean(text: str) -> str:
    r"""Replace what a terminal would act on, or a reader could not see, by its escape.

    Examples
    --------
    >>> clean("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
