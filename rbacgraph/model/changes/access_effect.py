"""The effect of changes on who reaches which Secrets."""

from msgspec import Struct


class Reaching(Struct, frozen=True, kw_only=True):
    """How many Secrets are reached, for certain and only on a condition.

    Principals are counted as in ``exposure``: a group counts once, without its members;
    control-plane identities on shipped bindings do not count.

    ``secrets``, ``conditional_secrets``: Secrets that some principal reaches.
    ``principals``, ``conditional_principals``: principals that reach some Secret.
    ``pairs``, ``conditional_pairs``: pairs of a principal and a Secret that it reaches.
    """

    secrets: int
    conditional_secrets: int
    principals: int
    conditional_principals: int
    pairs: int
    conditional_pairs: int


class Linked(Struct, frozen=True):
    """A principal with the first of its Secrets, or a Secret with principals, and their number.

    ``total`` counts those whose path is certain, ``conditional`` the others; ``first`` holds both.
    """

    name: str
    first: tuple[str, ...]
    total: int
    conditional: int = 0

    @property
    def whole(self) -> bool:
        """Whether these are all."""
        return self.total + self.conditional == len(self.first)


class Pairs(Struct, frozen=True, kw_only=True):
    """Pairs of a principal and a Secret, listed from both sides.

    Those with most certain pairs are first, then those with most others.

    ``total``, ``conditional_total``: the number of pairs whose path is certain, where there is one,
        and of the others.
    ``by_principal``, ``by_secret``: the first principals and the first Secrets.
    ``principals``, ``secrets``: the number of principals and of Secrets of certain pairs.
    ``conditional_principals``, ``conditional_secrets``: the number of those that are only in
        others.
    """

    total: int = 0
    conditional_total: int = 0
    by_principal: tuple[Linked, ...] = ()
    by_secret: tuple[Linked, ...] = ()
    principals: int = 0
    conditional_principals: int = 0
    secrets: int = 0
    conditional_secrets: int = 0


class Effect(Struct, frozen=True, kw_only=True):
    """Who reaches which Secrets before and after.

    ``gone`` are the pairs without any path after the changes, not even as a member of a group;
    ``new`` are the pairs that had none before.
    """

    before: Reaching
    after: Reaching
    gone: Pairs
    new: Pairs
