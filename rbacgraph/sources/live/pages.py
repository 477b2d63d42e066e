"""Reads a list page by page, as the API serves it: no object is lost or read twice.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/storage/continue.go``.
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode

from msgspec import MsgspecError, Struct, json

from rbacgraph.sources.live.connection.server_answer import ServerAnswer
from rbacgraph.sources.live.connection.unexpected import redirection, web_page
from rbacgraph.sources.objects.wire import ListMeta

LIMIT = 500
"""The number of objects of one page, as in kubectl."""
_GONE = 410
_FRESH = 2
_BROKEN = 3


class _Status(Struct, frozen=True):
    message: str = ""
    metadata: ListMeta = ListMeta()


class Outcome(NamedTuple):
    """How a list ended.

    ``refused`` is the server's answer instead of a page; None if the list came to its end.
    ``torn`` says that its pages are not of one moment, so that objects may be missing;
    ``repeated`` that the server led back to a page that it had shown before.
    """

    refused: ServerAnswer | None = None
    torn: bool = False
    repeated: bool = False


def read_pages(
    get: Callable[[str], ServerAnswer],
    path: str,
    query: dict[str, str],
    *,
    take: Callable[[bytes], str | None],
    restart: Callable[[], None],
) -> Outcome:
    """Read a list to its end.

    If reading takes longer than the server keeps the list, rbacgraph begins again; if that fails
    too, it continues from the present state, and the list is torn.

    Parameters
    ----------
    get:
        Sends a GET request for a path.
    path, query:
        The path and query of the list.
    take:
        Takes the body of a page and returns the token of the next one.
    restart:
        Forgets what was read: the list begins again.
    """
    token, fresh, broken, torn = "", 0, 0, False
    seen: set[str] = set()
    while True:
        more = {"continue": token} if token else {}
        answer = get(f"{path}?{urlencode({**query, 'limit': str(LIMIT), **more})}")
        if answer.status == _GONE and token:
            following = status_of(answer).metadata.continue_ or ""
            if fresh < _FRESH or not following:
                if fresh > _FRESH:
                    return Outcome(answer, torn)
                token, fresh = "", fresh + 1
                seen.clear()
                restart()
            else:
                token, torn = following, True
            continue
        if not answer.ok:
            return Outcome(answer, torn)
        try:
            following = take(answer.body) or ""
        except MsgspecError:  # a proxy's page, or one that was cut off
            broken += 1
            if broken >= _BROKEN:
                return Outcome(answer, torn)
            continue
        if not following:
            return Outcome(None, torn)
        if following in seen:
            return Outcome(answer, torn, repeated=True)
        seen.add(following)
        token = following


def status_of(answer: ServerAnswer) -> _Status:
    """Return the status of a refusal; an empty one if the server sent none."""
    try:
        return json.decode(answer.body, type=_Status)
    except MsgspecError:
        return _Status()


def reason_of(answer: ServerAnswer) -> str:
    """Return why a list was refused, in the server's words."""
    if answer.lost:
        return answer.lost
    page = web_page(answer)
    if answer.ok:
        return f"the answer is {page}, as a proxy sends" if page else "the answer is no list"
    words = page or redirection(answer) or " ".join(status_of(answer).message.split())
    code = str(answer.status)
    return words if words.startswith(code) else f"{code} {words}".strip()
