"""Reads a flag of a container's command line; the rest of it is dropped."""

from itertools import pairwise

from rbacgraph.model.go.boolean import parse_bool
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


def switched_off(flag: str, *command: object) -> bool:
    """Whether the parts of a command line switch a boolean flag off, which takes an equals sign.

    Examples
    --------
    >>> switched_off("--watch-all-namespaces", ["manager"], ["--watch-all-namespaces=false"])
    True
    >>> switched_off("--watch-all-namespaces", None, ["--watch-all-namespaces", "false"])
    False
    """
    words = (word for part in command if part for word in texts(part))
    given = [word.partition("=")[2] for word in words if word.partition("=")[0] == flag]
    return bool(given) and parse_bool(given[-1]) is False
