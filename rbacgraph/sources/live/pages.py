"""Reads a list page by page, as the API serves it: no object is lost or read twice.

A list that leads nowhere has an end too. Sources: kubernetes
``staging/src/k8s.io/apiserver/pkg/storage/continue.go`` (an offered token has no resource version
that could expire), ``.../storage/etcd3/store.go`` (``GetList`` fills each page but the last), and
``staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/types.go`` (``ListOptions.Limit``: a page is
empty only if a selector leaves nothing of it).
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode

from msgspec import Struct, json

from rbacgraph.sources.json.values import BROKEN
from rbacgraph.sources.live.connection.server_answer import ServerAnswer
from rbacgraph.sources.live.connection.unexpected import redirection, web_page
from rbacgraph.sources.objects.wire import ListMeta

LIMIT = 500
"""The number of objects of one page, as in kubectl."""
_GONE = 410
_FRESH = 2
_BROKEN = 3
_REPEATED = "its pages repeat"


class _Status(Struct, frozen=True):
    message: str = ""
    metadata: ListMeta = ListMeta()


class Outcome(NamedTuple):
    """How a list ended.

    ``refused`` is the server's answer instead of a page; None if the list came to its end.
    ``torn`` says that its pages are not of one moment, so that objects may be missing; ``why``
    what is wrong with an answer that is a page.
    """

    refused: ServerAnswer | None = None
    torn: bool = False
    why: str = ""


class Page(NamedTuple):
    """What a page holds, before any of it is kept: that is for ``keep``.

    ``following`` is the token of the next page, ``""`` of the last one; ``known_by`` are the uids
    of its objects, or their names where they come without uids; ``other`` says how the answer
    differs from the list that was asked for, ``""`` if it does not.
    """

    following: str
    known_by: set[str]
    keep: Callable[[], None]
    other: str = ""


def read_pages(
    get: Callable[[str], ServerAnswer],
    path: str,
    query: dict[str, str],
    *,
    read: Callable[[bytes], Page],
    restart: Callable[[], None],
) -> Outcome:
    """Read a list to its end.

    If reading takes longer than the server keeps the list, rbacgraph begins again; if that fails
    too, it continues from the present state, and the list is torn. A page without a new object, a
    token that came before and an answer of another kind end the list.

    ``restart``: forgets what was read: the list begins again.
    """
    token, fresh, broken, torn, offered = "", 0, 0, False, False
    taken = _Taken()
    while True:
        more = {"continue": token} if token else {}
        answer = get(f"{path}?{urlencode({**query, 'limit': str(LIMIT), **more})}")
        if answer.status == _GONE and token:
            following = status_of(answer).metadata.continue_ or ""
            if fresh < _FRESH or not following:
                if fresh > _FRESH:
                    return Outcome(answer, torn)
                token, fresh, taken = "", fresh + 1, _Taken()
                restart()
            elif offered:
                return Outcome(answer, torn)
            else:
                token, torn, offered = following, True, True
            continue
        if not answer.ok:
            return Outcome(answer, torn)
        try:
            page = read(answer.body)
        except BROKEN:  # a proxy's page, or one that was cut off
            broken += 1
            if broken >= _BROKEN:
                return Outcome(answer, torn)
            continue
        why = taken.take(page, selected="fieldSelector" in query)
        if why or not page.following:
            return Outcome(answer if why else None, torn, why)
        token, offered = page.following, False


class _Taken:
    """The pages of a list since its beginning."""

    def __init__(self) -> None:
        self._tokens: set[str] = set()
        self._known: set[str] = set()

    def take(self, page: Page, *, selected: bool) -> str:
        """Take a page, and return why the list cannot go on after it; ``""`` if it can."""
        if page.other:
            return page.other
        if page.following and not page.known_by and not selected:
            return "a page that is not its last is empty"
        if page.known_by and page.known_by <= self._known:
            return _REPEATED
        page.keep()
        repeated = page.following in self._tokens
        self._known |= page.known_by
        self._tokens.add(page.following)
        return _REPEATED if repeated else ""


def status_of(answer: ServerAnswer) -> _Status:
    """Return the status of a refusal; an empty one if the server sent none."""
    try:
        return json.decode(answer.body, type=_Status)
    except BROKEN:
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
