"""What logs of stores show: who read which secret, and who was refused."""

from msgspec import Struct


class LoggedRead(Struct, frozen=True, kw_only=True, gc=False):
    """The reads of one secret by one identity.

    ``who``: the identity as it is printed: ``sa:NS/NAME`` where the log names the ServiceAccount.
    ``issuer``: the issuer of that ServiceAccount's tokens, without scheme; ``""`` if the log lacks
        it.
    ``role``: the role of AWS as which it read, printed; ``""`` if none.
    ``kind``, ``address``, ``path``: the secret, as its node has them; of AWS the address is the
        account and the region.
    ``below``: whether it read everything below the path at once.
    ``last``: when it read last; ``""`` if it was refused each time.
    """

    who: str
    issuer: str = ""
    role: str = ""
    kind: str
    address: str
    path: str
    below: bool = False
    reads: int = 0
    refused: int = 0
    last: str = ""


class StoreLog(Struct, frozen=True, kw_only=True):
    """What the logs of stores are: the number of events, and when they begin and end."""

    events: int = 0
    first: str = ""
    last: str = ""
