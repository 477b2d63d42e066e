"""Reads a flag of a container's command line; the rest of it is dropped."""

from itertools import pairwise

from rbacgraph.sources.external.loose import texts


def flag_value(flag: str, *command: object) -> str:
    """Return the value that the parts of a command line give a flag; ``""`` for none.

    Examples
    --------
    >>> flag_value("--controller-class", ["manager"], ["--controller-class=team", "--v=1"])
    'team'
    >>> flag_value("--controller-class", None, ["--controller-class", "team"])
    'team'
    >>> flag_value("--controller-class", None, [])
    ''
    """
    words = [word for part in command if part for word in texts(part)]
    for word, following in pairwise((*words, "")):
        if word == flag:
            return following
        if word.startswith(f"{flag}="):
            return word.removeprefix(f"{flag}=")
    return ""
