"""The few words of a technique on an arrow: a right as ``get secrets *``, else its id."""

import re
from typing import NamedTuple

from msgspec import Struct

from rbacgraph.model.answers.paths import Hop, UsedRight
from rbacgraph.model.printable import clean

HERE = "\0"
"""Stands for the namespace; no shown text holds it."""
EVERYWHERE = " *"
"""Ends the words of a right in every namespace; a name of that spelling stands in quotes."""
_ORDINARY = re.compile(r"[A-Za-z0-9][-A-Za-z0-9._:]*")


class Placed(NamedTuple):
    """Words with :data:`HERE` where the namespace stands, and the namespace."""

    text: str
    namespace: str = ""


class ArrowStep(Struct, frozen=True):
    """What distinguishes an arrow from others.

    ``text``, ``namespace``: the technique in few words, and its namespace, which they leave out.
    ``condition``: the condition in words; empty where it is certain.
    ``joint``: the nodes that it needs together.
    ``beside``: whether its source is one of the further nodes that a technique needs.
    ``change``: ``gained``, ``lost`` or nothing.
    ``sign``: the mark before the words if the step depends on something that changed.
    """

    text: str
    edge: str
    namespace: str = ""
    condition: str = ""
    joint: tuple[str, ...] = ()
    beside: bool = False
    change: str = ""
    sign: str = ""

    @property
    def words(self) -> str:
        """The words on the arrow, without the sign."""
        return self.text.replace(HERE, self.namespace)


def short_words(hop: Hop) -> Placed:
    """Return the technique of a hop in few words.

    Examples
    --------
    >>> right = UsedRight(("get", "list"), ("secrets",), (), "shop")
    >>> _right_words("read-secret", right).text.replace(HERE, "shop")
    'get secrets in shop'
    >>> _right_words("read-secret", UsedRight(("list",), ("secrets",))).text
    'list secrets *'
    >>> _right_words("read-secret", UsedRight(("get",), ("secrets",), ("db",), "shop")).text
    'get secret db'
    >>> _right_words("read-secret", UsedRight(("get",), ("secrets",), ("*",))).text
    "get secret '*' in every namespace"
    >>> _right_words("create-workload", UsedRight(("create",), ("jobs", "cronjobs"))).text
    'create-workload *'
    >>> _right_words("x", UsedRight(("create",), ("serviceaccounts/token",), ("ci",), "shop")).text
    'create serviceaccounts/token ci'
    """
    return _right_words(hop.edge, hop.right) if hop.right else Placed(hop.edge)


def _right_words(edge: str, right: UsedRight) -> Placed:
    names = right.names
    if len(right.resources) == 1:
        resource = right.resources[0]
        words = f"{right.verbs[0]} {resource.removesuffix('s') if len(names) == 1 else resource}"
    else:
        words = edge
    if len(names) == 1:
        words += f" {_name(names[0])}"
    elif names:
        words += f" of {len(names):,} names"
    if names:
        return Placed(words if right.namespace else f"{words} in every namespace")
    if right.namespace:
        return Placed(f"{words} in {HERE}", clean(right.namespace))
    return Placed(words + EVERYWHERE)


def _name(name: str) -> str:
    return name if _ORDINARY.fullmatch(name) else f"'{clean(name)}'"
