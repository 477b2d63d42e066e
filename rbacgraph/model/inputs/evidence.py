"""Where an answer comes from: one object, or one rule of a role, and its place in the input."""

from msgspec import Struct


class Evidence(Struct, frozen=True, order=True):
    """One fact that an answer rests on.

    ``kind``, ``namespace``, ``name``: the object, e.g. ``RoleBinding``, ``shop``, ``readers``; no
        namespace where it is cluster-scoped.
    ``file``, ``line``: where it was read; ``""`` and 0 where it was not (an assumed object, a
        built-in rule).
    ``rule``: index into the role's rules; None where the evidence is the object as a whole.
    ``detail``: what the object says, in words: ``get, list on secrets``.
    ``assumed``: whether the object is one that every API server creates and the input did not hold.
    """

    kind: str
    namespace: str
    name: str
    file: str = ""
    line: int = 0
    rule: int | None = None
    detail: str = ""
    assumed: bool = False

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        rule = "" if self.rule is None else f" rules[{self.rule}]"
        detail = f": {self.detail}" if self.detail else ""
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        where = "assumed" if self.assumed else place
        return f"{self.kind} {name}{rule}{detail}" + (f"  ({where})" if where else "")
