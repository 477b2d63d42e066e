"""The answer to one request, as it came."""

from collections.abc import Mapping
from typing import NamedTuple


class ServerAnswer(NamedTuple):
    """The server's answer; of one that never came whole, the status is 0.

    ``lost`` says why it never came (all tries failed, of a server that had answered before, or
    the time for its list is over), or why it was not asked for again.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]
    lost: str = ""

    @property
    def ok(self) -> bool:
        """Whether the server did what was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004
