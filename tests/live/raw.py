"""A server that sends what a test wants, byte by byte, in TLS or not."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress

from tests.live.server import HERE

Talk = Callable[[socket.socket], None]


@contextmanager
def talking(talk: Talk, *, certificate: str = "cert.pem", configure=lambda _context: None):
    """Accept connections and talk to each; yield the port.

    Parameters
    ----------
    talk:
        Talks to one client.
    certificate:
        The server's certificate; ``""`` for no TLS.
    configure:
        Changes the context of TLS.
    """
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(HERE / "tls" / certificate, HERE / "tls" / "key.pem")
        configure(context)
    ended = threading.Event()

    def serve(client: socket.socket) -> None:
        with suppress(OSError), client:
            client.settimeout(20)
            if context is None:
                talk(client)
                return
            secured = context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            with secured:
                try:
                    secured.do_handshake()
                except ssl.SSLError:
                    drain(secured)
                    raise
                talk(secured)

    def accept() -> None:
        while not ended.is_set():
            with suppress(OSError):
                client, _ = listener.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        ended.set()
        thread.join()


def drain(secured: ssl.SSLSocket) -> None:
    """Let the client read why TLS failed: unread bytes would make it a reset connection."""
    with socket.socket(fileno=secured.detach()) as bare:
        bare.settimeout(2)
        bare.shutdown(socket.SHUT_WR)
        while bare.recv(4096):
            pass


def saying(answer: bytes, *, rest: Callable[[socket.socket], None] = lambda _: None) -> Talk:
    """Read a request, say this, and close the connection."""

    def talk(client: socket.socket) -> None:
        read_request(client)
        client.sendall(answer)
        rest(client)

    return talk


def read_request(client: socket.socket) -> bytes:
    """Read the head of a request."""
    head = b""
    while b"\r\n\r\n" not in head:
        more = client.recv(4096)
        if not more:
            break
        head += more
    return head


def reset(client: socket.socket) -> None:
    """Close a connection as a process does that dies."""
    read_request(client)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
