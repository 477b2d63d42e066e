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


def no_command(file: str) -> str:
    """Return the name of a file that may begin a line, where CI may take lines for commands.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions

    Examples
    --------
    >>> no_command("a.yaml"), no_command("::error::a.yaml")
    ('a.yaml', './::error::a.yaml')
    """
    return f"./{file}" if file.lstrip().startswith("::") else file
