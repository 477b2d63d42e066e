"""Makes names safe to print: anyone who may write objects chooses them."""


def clean(text: str) -> str:
    r"""Replace characters that control a terminal, or are invisible, by escapes.

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
    """Return a file name for the start of a line that CI cannot take for a command.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions

    Examples
    --------
    >>> no_command("a.yaml"), no_command("::error::a.yaml")
    ('a.yaml', './::error::a.yaml')
    """
    return f"./{file}" if file.lstrip().startswith("::") else file
