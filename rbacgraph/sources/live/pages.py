"""A list as the API serves it, page by page: nothing lost, nothing taken twice.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/storage/continue.go``.
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode

from msgspec import MsgspecError, Struct, json

from rbacgraph.sources.live.connection.connect import Answer
from rbacgraph.sources.objects.wire import ListMeta

LIMIT = 500
"""Objects of one page, as kubectl asks for them."""
_GONE = 410
_FRESH = 2
_BROKEN = 3


class _Status(Struct, frozen=True):
    message: str = ""
    metadata: ListMeta = ListMeta()


class Outcome(NamedTuple):
    """How a list ended.

    ``refused`` is what the server answered in the place of a page; None where the list came
    to its end. ``torn`` says that it is not of one moment, so that something may be missing.
    """

    refused: Answer | None = None
    torn: bool = False


def read_pages(
    get: Callable[[str], Answer],
    path: str,
    query: dict[str, str],
    *,
    take: Callable[[bytes], str | None],
    restart: Callable[[], None],
) -> Outcome:
    """Read a list to its end.

    A list that takes longer than the server remembers is begun anew; where that does not
    help, it goes on as of now and is torn.

    Parameters
    ----------
    get:
        Asks the server for a path.
    path, query:
        Of the list.
    take:
        Takes the body of a page and returns the token of the next one.
    restart:
        Forgets what was taken: the list begins anew.
    """
    token, fresh, broken, torn = "", 0, 0, False
    while True:
        more = {"continue": token} if token else {}
        answer = get(f"{path}?{urlencode({**query, 'limit': str(LIMIT), **more})}")
        if answer.status == _GONE and token:
            following = status_of(answer).metadata.continue_ or ""
            if fresh < _FRESH or not following:
                if fresh > _FRESH:
                    return Outcome(answer, torn)
                token, fresh = "", fresh + 1
                restart()
            else:
                token, torn = following, True
            continue
        if not answer.ok:
            return Outcome(answer, torn)
        try:
            following = take(answer.body) or ""
        except MsgspecError:  # a proxy's page, or one that was cut off unnoticed
            broken += 1
            if broken >= _BROKEN:
                return Outcome(answer, torn)
            continue
        if not following:
            return Outcome(None, torn)
        if following == token:
            return Outcome(answer, torn)
        token = following


def status_of(answer: Answer) -> _Status:
    """Return what the server says of a refusal; an empty one where it says nothing."""
    try:
        return json.decode(answer.body, type=_Status)
    except MsgspecError:
        return _Status()


def reason_of(answer: Answer) -> str:
    """Return why a list was refused, in the server's words."""
    if answer.ok:
        return "the answer is no list"
    code, words = str(answer.status), " ".join(status_of(answer).message.split())
    return words if words.startswith(code) else f"{code} {words}".strip()
