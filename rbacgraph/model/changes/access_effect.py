"""What changes to a cluster do to who reaches which Secrets."""

from msgspec import Struct


class Reaching(Struct, frozen=True, kw_only=True):
    """How much is reached, for certain and only on a condition.

    Principals are counted as ``exposure`` counts them: a group once, without its members,
    and none of the control plane's own identities on shipped bindings.

    Parameters
    ----------
    secrets, conditional_secrets:
        Secrets that some principal reaches.
    principals, conditional_principals:
        Principals that reach some Secret.
    pairs, conditional_pairs:
        Pairs of a principal and a Secret that it reaches.
    """

    secrets: int
    conditional_secrets: int
    principals: int
    conditional_principals: int
    pairs: int
    conditional_pairs: int


class Linked(Struct, frozen=True):
    """A principal with Secrets, or a Secret with principals: the first, and how many in all."""

    name: str
    first: tuple[str, ...]
    total: int


class Pairs(Struct, frozen=True, kw_only=True):
    """Pairs of a principal and a Secret, told from both sides: those with most first.

    Parameters
    ----------
    total:
        How many pairs.
    by_principal, by_secret:
        The first principals and the first Secrets.
    principals, secrets:
        How many of each there are in all.
    """

    total: int = 0
    by_principal: tuple[Linked, ...] = ()
    by_secret: tuple[Linked, ...] = ()
    principals: int = 0
    secrets: int = 0


class Effect(Struct, frozen=True, kw_only=True):
    """Who reaches which Secrets before and after.

    ``gone`` are the pairs of which there is no path any more, not even as a member of a group;
    ``new`` those that had none before.
    """

    before: Reaching
    after: Reaching
    gone: Pairs
    new: Pairs
