"""What logs of stores show: who read which secret, and who was refused."""

from typing import NamedTuple

from msgspec import Struct


class StoredSecret(NamedTuple):
    """A secret of a store, as its node has it; of AWS the address is the account and the region.

    ``below``: whether it stands for everything below the path.
    ``arn_path``: the path if an ARN lacks its six letters, as long as that is not decided.
    """

    kind: str
    address: str
    path: str
    below: bool = False
    arn_path: str = ""


class LoggedRead(Struct, frozen=True, gc=False):
    """The reads of one secret by one identity.

    ``who``: the identity as it is printed: ``sa:NS/NAME`` where the log names the ServiceAccount.
    ``issuer``: what says whose ServiceAccount it is; ``""`` if the log lacks it. Of AWS it is the
        issuer of its tokens, without scheme; of Vault the path of the auth mount.
    ``role``: the role of AWS as which it read, printed; ``""`` if none.
    ``last``: when it read last; ``""`` if it was refused each time.
    """

    who: str
    issuer: str
    role: str
    secret: StoredSecret
    reads: int
    refused: int
    last: str


class StoreLog(Struct, frozen=True, kw_only=True):
    """What the logs of stores are: the number of events, and when they begin and end."""

    events: int = 0
    first: str = ""
    last: str = ""
