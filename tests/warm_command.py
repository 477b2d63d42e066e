"""``rbacgraph`` as a program that starts at once: one process imports it, and forks for each call.

Importing takes four fifths of a question about a small cluster.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SHOP = str(ROOT / "fixtures/clusters/shop")
_POLICY = f"{_SHOP}-access.yaml"
_QUESTIONS = [
    [*question, "-o", form]
    for question in (["diff", _SHOP, _SHOP], ["check", "--policy", _POLICY, "-f", _SHOP])
    for form in ("table", "markdown", "sarif")
]
_CLIENT = """\
#!{python} -IS
import json, os, socket, sys
call = json.dumps([sys.argv, os.getcwd(), dict(os.environ)])
try:
    with socket.socket(socket.AF_UNIX) as server:
        server.connect({address!r})
        socket.send_fds(server, [call.encode()], [0, 1, 2])
        status = server.recv(1)[0]
except (OSError, IndexError):
    status = {broken}
sys.exit(status)
"""
_BROKEN = 99
"""No exit status of the command: the server is gone."""


@contextmanager
def warm_command(folder: Path) -> Iterator[None]:
    """Put the program into a folder, and serve it until the block ends."""
    address = str(folder / "socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        program = folder / "rbacgraph"
        program.write_text(_CLIENT.format(python=sys.executable, address=address, broken=_BROKEN))
        program.chmod(0o755)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, __file__, str(listener.fileno())]
        server = subprocess.Popen(
            command,
            env=environment,
            pass_fds=[listener.fileno()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def _serve(listener: socket.socket) -> None:
    from rbacgraph.cli import run

    for question in _QUESTIONS:
        sys.argv = ["rbacgraph", *question]
        run()  # opens what the answer needs
    while True:
        connection, _ = listener.accept()
        call, streams, *_ = socket.recv_fds(connection, 1 << 20, 3)
        child = os.fork()
        if child == 0:
            _answer(*json.loads(call), streams)
        _, status = os.waitpid(child, 0)
        connection.send(bytes([os.waitstatus_to_exitcode(status)]))
        connection.close()
        for stream in streams:
            os.close(stream)


def _answer(words: list[str], folder: str, environment: dict[str, str], streams: list[int]) -> None:
    from rbacgraph.cli import main

    try:
        sys.argv = words
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        main()
    finally:
        os._exit(_BROKEN)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
