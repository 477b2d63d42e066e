"""A small real HTTPS server that answers as a kube-apiserver does, and fails on demand.

What went over the wire can be read afterwards.
"""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import yaml

from rbacgraph.sources.live.connection.rate_limit import Pace
from tests.live.api import TOKEN, Api
from tests.live.replies import Reply, Request

HERE = Path(__file__).parent
AT_ONCE = Pace(sleep=lambda _: None)
"""Waits for nothing."""
_LARGE = 128 << 10


def _packed(reply: Reply, encodings: str) -> Reply:
    """Compress a large answer, as the API server does."""
    if "gzip" not in encodings or len(reply.body) <= _LARGE or "Content-Encoding" in reply.headers:
        return reply
    headers = {**reply.headers, "Content-Encoding": "gzip"}
    return reply._replace(body=gzip.compress(reply.body, 1), headers=headers)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api: Api

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def do_PUT(self) -> None:
        self.do_POST()

    def _serve(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]},{value}" if key in headers else value
        query = dict(parse_qsl(parts.query))
        request = Request(self.command, parts.path, query, headers, body)
        api = self.api
        with api.lock:
            api.requests.append(request)
            api.busy += 1
            api.busiest = max(api.busiest, api.busy)
        try:
            reply = api.answer(request)
            with api.lock:
                api.wire += reply.body
            self._send(_packed(reply, headers.get("accept-encoding", "")))
        finally:
            with api.lock:
                api.busy -= 1

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        body = reply.body if reply.drop is None else reply.body[: reply.drop]
        if reply.slow:
            size = 1 + len(body) // 20
            for start in range(0, len(body), size):
                time.sleep(reply.slow)
                self.wfile.write(body[start : start + size])
        else:
            self.wfile.write(body)
        if reply.drop is not None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    """Ends with every connection closed: one that is left open warns in some later test."""

    daemon_threads = False

    def __init__(self, *args: object) -> None:
        self.connections: set[ssl.SSLSocket] = set()
        super().__init__(*args)

    def process_request(self, request, client_address) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        for connection in tuple(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that goes away is what some tests want."""


class Running(NamedTuple):
    """A server that runs, and a kubeconfig that leads to it."""

    url: str
    api: Api
    kubeconfig: str


def write_kubeconfig(path: Path, url: str, *, token: str = TOKEN, namespace: str = "shop") -> str:
    """Write a kubeconfig with one context, ``test``."""
    certificate = HERE / "tls" / "cert.pem"
    context = {"cluster": "test", "user": "test", "namespace": namespace}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": context}],
        "clusters": [
            {"name": "test", "cluster": {"server": url, "certificate-authority": str(certificate)}}
        ],
        "users": [{"name": "test", "user": {"token": token}}],
    }
    path.write_text(yaml.safe_dump(config))
    return str(path)


@contextmanager
def serving(api: Api, folder: Path):
    """Serve these answers over TLS until the block ends."""
    handler = type("Handler", (_Handler,), {"api": api})
    server = _Server(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(HERE / "tls" / "cert.pem", HERE / "tls" / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    before = set(threading.enumerate())
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"https://127.0.0.1:{server.server_address[1]}"
    try:
        yield Running(url, api, write_kubeconfig(folder / "kubeconfig", url))
    finally:
        others = set(threading.enumerate()) - before - {thread}
        _wait_for(one for one in others if one.daemon)
        server.shutdown()
        server.server_close()
        thread.join()


def _wait_for(clients: Iterable[threading.Thread], seconds: float = 2.0) -> None:
    """Let clients whose answers nobody wants any more come to their end.

    One that is only connecting while the server goes is reset before its handshake, and Python's
    ``ssl`` then forgets to close its socket: the warning comes in some later test.
    """
    end = time.monotonic() + seconds
    for client in clients:
        client.join(max(0.0, end - time.monotonic()))
