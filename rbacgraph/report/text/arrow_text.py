"""The words of an arrow, and what is left of them for several namespaces."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from rbacgraph.report.text.words import kind_of, kind_words, split_node

HERE = "\0"
"""Stands for the removed namespace; no shown text holds it."""
_PLACE = re.compile(r" in ([a-z0-9][-a-z0-9]*)(?=$|[,:]| \(| and | at once)")


class ArrowStep(Struct, frozen=True):
    """All words of an arrow.

    Parameters
    ----------
    text:
        The technique in words.
    edge:
        The id of the technique.
    conditional:
        Whether it depends on a condition.
    joint:
        The nodes that it needs together.
    beside:
        Whether its source is one of the further nodes that a technique needs.
    change:
        ``gained``, ``lost`` or nothing.
    sign:
        The mark before the words if the step depends on something that changed.
    """

    text: str
    edge: str
    conditional: bool
    joint: tuple[str, ...] = ()
    beside: bool = False
    change: str = ""
    sign: str = ""

    @property
    def label(self) -> str:
        """The words on the arrow."""
        return self.sign + self.text


class Placed(NamedTuple):
    """The words of a step without the namespace, and the namespace."""

    text: str
    namespace: str = ""


def placed(step: ArrowStep, source: str, target: str, namespaces: Iterable[str]) -> Placed:
    """Return a step's words without the namespace and the name of its target.

    Examples
    --------
    >>> step = ArrowStep("can create pods in shop", "create-pod", conditional=False)
    >>> placed(step, "user:a", "secret:shop/db", ["shop"]).namespace
    'shop'
    >>> step = ArrowStep("mounts Secret db", "mounts-secret", conditional=False)
    >>> placed(step, "pod:shop/web", "secret:shop/db", ["shop"]).text
    'mounts a Secret'
    """
    known = {*namespaces, split_node(source)[1], split_node(target)[1]}
    text = _unnamed(step.text, target)
    for found in reversed(list(_PLACE.finditer(text))):
        if found[1] in known:
            return Placed(text[: found.start(1)] + HERE + text[found.end(1) :], found[1])
    return Placed(text)


def _unnamed(text: str, target: str) -> str:
    _, namespace, name = split_node(target)
    if not name or name not in text:
        return text
    kind = kind_words(kind_of(target).removeprefix("impersonated-"))
    words = rf"\b{re.escape(kind)} ({re.escape(namespace)}/)?{re.escape(name)}(?=$|[ ,:;)])"
    return re.sub(words, lambda _: f"a {kind}", text, count=1)
