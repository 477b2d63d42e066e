"""Whether addresses are those of private networks."""

from collections.abc import Sequence
from ipaddress import ip_address

_INTERNAL_NAME = "internal-"
"""The prefix of the names that AWS gives internal load balancers."""


def is_private(address: str) -> bool:
    """Whether an address, or the name of a load balancer, is one of a private network.

    Examples
    --------
    >>> is_private("10.1.2.3"), is_private("8.8.8.8"), is_private("fd00::1")
    (True, False, True)
    >>> is_private("internal-a1.elb.amazonaws.com"), is_private("a1.elb.amazonaws.com")
    (True, False)
    """
    try:
        return not ip_address(address).is_global
    except ValueError:
        return address.startswith(_INTERNAL_NAME)


def all_private(addresses: Sequence[str]) -> bool:
    """Whether there are addresses, and all are private ones."""
    return bool(addresses) and all(map(is_private, addresses))
