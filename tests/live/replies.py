"""Requests and replies, some of them recorded from a real API server."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

RECORDINGS = Path(__file__).parents[2] / "fixtures" / "recordings"
_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>v[^/]+)"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<resource>[^/]+)(?:/(?P<name>[^/]+))?$"
)


class Request(NamedTuple):
    """What was asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def accept(self) -> str:
        return self.headers.get("accept", "")

    @property
    def resource(self) -> str:
        found = _PATH.match(self.path)
        return found["resource"] if found else ""

    @property
    def namespace(self) -> str:
        found = _PATH.match(self.path)
        return (found["namespace"] or "") if found else ""


class Reply(NamedTuple):
    """What is answered.

    ``drop`` closes the connection after so many bytes of the body; ``slow`` waits so many
    seconds before each of its some twenty chunks.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})
    drop: int | None = None
    slow: float = 0


Fault = Callable[[Request, Reply], Reply | None]
"""Sees a request and the answer to it, and may put another in its place."""


def status(code: int, reason: str, message: str, **more: Any) -> Reply:
    """Return a refusal as the API words it."""
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    body |= {"message": message, "reason": reason, "code": code} | more
    return Reply(code, json.dumps(body).encode(), {"Content-Type": "application/json"})


def found(value: Any, code: int = 200) -> Reply:
    """Return an answer."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Reply(code, body, {"Content-Type": "application/json"})


def recorded(name: str) -> dict[str, Any]:
    """Return one exchange with a real server."""
    exchange: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text())
    return exchange


def replay(*names: str) -> Fault:
    """Answer the requests of these recordings as the real server did.

    Of several formats that a request would take, a server that has the first gives that.
    """
    exchanges = [recorded(name) for name in names]

    def played(request: Request, _reply: Reply) -> Reply | None:
        for exchange in exchanges:
            asked = urlsplit(exchange["request"]["path"])
            query = dict(parse_qsl(asked.query))
            same = (asked.path, query) == (request.path, request.query)
            wanted = exchange["request"]["accept"].partition(",")[0]
            if same and wanted == request.accept.partition(",")[0]:
                answer = exchange["response"]
                body = answer["body"]
                text = body if isinstance(body, str) else json.dumps(body)
                kind = {"Content-Type": answer["headers"]["Content-Type"]}
                return Reply(answer["status"], text.encode(), kind)
        return None

    return played
