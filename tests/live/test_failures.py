"""A connection that fails: the cause in rbacgraph's words, and no text of Python's exceptions."""

import re
import socket
import ssl
import time
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from rbacgraph.cli.app import app
from tests.live.raw import read_request, reset, saying, talking
from tests.live.server import HERE, write_kubeconfig

HTTP_TO_TLS = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PYTHON = re.compile(
    r"HTTPS?Connection|object at 0x|Errno|\b\w+(Error|Exception)\b|Traceback|urllib3|_ssl|\[SSL|"
    r"IncompleteRead|b'|SSL:|Remote end|bytes read|NoneType|codec"
)


def wait(client):
    """Say nothing until the client goes."""
    while client.recv(4096):
        pass


def answer_garbage(client):
    """Answer what is no request as servers without TLS do."""
    client.recv(1)
    client.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")


def trickle(client):
    """Send a head that never ends, one byte at a time."""
    read_request(client)
    for byte in OK + b"X-Slow: " + b"x" * 400:
        client.sendall(bytes((byte,)))
        time.sleep(0.01)


def refuse_the_proxy(client):
    read_request(client)
    client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")


def old_tls(context):
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")  # no key of these tests can do it


def wants_a_client(context):
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(HERE / "tls" / "elsewhere.pem")


TALKS = {
    "closes": (lambda _client: None, {}, "it closes the connection without an answer"),
    "resets": (reset, {}, "it closes the connection without an answer"),
    "garbage": (saying(b"garbage\r\n\r\n"), {}, "its answer is not HTTP"),
    "binary": (saying(bytes(range(256))), {}, "its answer is not HTTP"),
    "cut off": (
        saying(OK + b"Content-Length: 900\r\n\r\n{"),
        {},
        "it closes the connection in the middle of its answer",
    ),
    "bad chunk": (
        saying(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"),
        {},
        "it closes the connection in the middle of its answer",
    ),
    "cut chunk": (
        saying(OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\nhello"),
        {},
        "it closes the connection in the middle of its answer",
    ),
    "bad gzip": (
        saying(OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
        {},
        "its compressed answer is damaged",
    ),
    "silent": (wait, {}, "no complete answer within 0.1 s (--timeout)"),
    "trickling head": (trickle, {}, "no complete answer within 0.1 s (--timeout)"),
    "expired": (reset, {"certificate": "expired.pem"}, "its certificate has expired"),
    "early": (reset, {"certificate": "early.pem"}, "its certificate is not valid yet"),
    "another name": (
        reset,
        {"certificate": "elsewhere.pem"},
        "its certificate is not for 127.0.0.1",
    ),
    "no TLS": (
        answer_garbage,
        {"certificate": ""},
        "it does not speak TLS there",
    ),
    "no common cipher": (
        reset,
        {"configure": old_tls},
        "it refuses the TLS handshake: it wants another version or cipher, or a client certificate",
    ),
    "wants a client certificate": (
        reset,
        {"configure": wants_a_client},
        "it does not accept the client's certificate",
    ),
}


EXPIRED = {
    "client-id": "rbacgraph",
    "client-secret": "CANARY",
    "refresh-token": "CANARY",
    "id-token": "x." + urlsafe_b64encode(b'{"exp": 1}  ').decode() + ".x",
    "idp-issuer-url": "https://127.0.0.1:1",
}


def asked(kubeconfig, *options):
    """Return what the command prints as an error, in two lines."""
    done = CliRunner().invoke(app, ["exposure", "--kubeconfig", str(kubeconfig), *options])
    assert (done.exit_code, done.stdout) == (2, ""), done.stderr
    assert not PYTHON.search(done.stderr), done.stderr
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) <= 2
    return done.stderr


@contextmanager
def kubeconfig_of(folder, talk, *, scheme="https", host="127.0.0.1", **options):
    """Run a server, and yield a kubeconfig that leads to it."""
    with talking(talk, **options) as port:
        path = write_kubeconfig(folder / "kubeconfig", f"{scheme}://{host}:{port}")
        trusted = options.get("certificate") or "cert.pem"
        edit(path, "clusters", {"certificate-authority": str(HERE / "tls" / trusted)})
        yield path


def edit(path, part, values):
    """Add values to the cluster or the user of a kubeconfig."""
    config = yaml.safe_load(Path(path).read_text())
    config[part][0][part.removesuffix("s")] |= values
    Path(path).write_text(yaml.safe_dump(config))


@pytest.mark.parametrize("name", TALKS)
def test_the_first_request_fails(tmp_path, name):
    talk, options, words = TALKS[name]
    patience = ("--timeout", "0.1") if "--timeout" in words else ()
    with kubeconfig_of(tmp_path, talk, **options) as path:
        assert f" (context test) cannot be reached: {words}\n" in asked(path, *patience)


def test_nobody_listens(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    path = write_kubeconfig(tmp_path / "kubeconfig", f"https://127.0.0.1:{port}")
    assert "cannot be reached: nothing accepts connections there\n" in asked(path)


@pytest.mark.parametrize("host", ["nonesuch.invalid", "a..b", "x" * 70 + ".invalid"])
def test_a_name_without_address(tmp_path, host):
    path = write_kubeconfig(tmp_path / "kubeconfig", f"https://{host}:6443")
    words = asked(path, "--timeout", "20")
    assert f"no address is known for {host}\n" in words or "that is no address" in words


def test_an_authority_that_signed_nothing(tmp_path):
    with kubeconfig_of(tmp_path, reset) as path:
        edit(path, "clusters", {"certificate-authority": str(HERE / "tls" / "elsewhere.pem")})
        assert "no authority that is trusted here has signed its certificate\n" in asked(path)


@pytest.mark.parametrize(
    "answer", [HTTP_TO_TLS, HTTP_TO_TLS.replace(b"\n\nClient sent an", b"\n\n<html>The plain")]
)
def test_http_to_a_port_of_tls(tmp_path, answer):
    with kubeconfig_of(tmp_path, saying(answer), scheme="http", certificate="") as path:
        words = asked(path)
    assert "(context test) speaks TLS, and its address begins with http://\n" in words
    assert "write https:// into the kubeconfig" in words


def test_what_only_asks_questions_says_so_too(tmp_path, root):
    with kubeconfig_of(tmp_path, saying(HTTP_TO_TLS), scheme="http", certificate="") as path:
        files = ("-f", str(root / "fixtures" / "clusters" / "shop"))
        done = CliRunner().invoke(app, ["verify", "-q", *files, "--kubeconfig", path])
    assert done.exit_code == 2
    assert "(context test) speaks TLS, and its address begins with http://\n" in done.stderr


def test_http_to_a_server_that_only_speaks_tls(tmp_path):
    with kubeconfig_of(tmp_path, reset, scheme="http") as path:
        assert "an API server usually wants https:// before its address" in asked(path)


def test_a_proxy_that_wants_a_login(tmp_path):
    with talking(refuse_the_proxy, certificate="") as port:
        path = write_kubeconfig(tmp_path / "kubeconfig", "https://127.0.0.1:6443")
        edit(path, "clusters", {"proxy-url": f"http://me:CANARY@127.0.0.1:{port}"})
        words = asked(path)
    assert "the proxy refuses to connect: 407 (the proxy wants a login)\n" in words
    assert "CANARY" not in words


def test_a_proxy_that_is_not_there(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    path = write_kubeconfig(tmp_path / "kubeconfig", "https://127.0.0.1:6443")
    edit(path, "clusters", {"proxy-url": f"http://me:CANARY@127.0.0.1:{port}"})
    assert "its proxy cannot be reached: connection refused\n" in asked(path)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"certificate-authority-data": "not base64!"}, "a value in it is not what kubectl"),
        ({"certificate-authority-data": "aGVsbG8="}, "certificate or key of the kubeconfig is no"),
        ({"certificate-authority": "/nonexistent/ca"}, "File does not exist: /nonexistent/ca"),
        ({"certificate-authority": ["x"]}, "a value in it is not what kubectl would read"),
        ({"server": None}, "cannot be used: context test leads to no server"),
        ({"server": 7}, "a value in it is not what kubectl would read"),
        ({"proxy-url": "nonsense"}, "proxy-url, or HTTPS_PROXY of the environment, is no URL"),
    ],
)
def test_a_cluster_that_cannot_be_used(tmp_path, values, words):
    with kubeconfig_of(tmp_path, reset) as path:
        edit(path, "clusters", values)
        assert words in asked(path)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"token": ["CANARY"]}, "cannot be used: a value in it is not what kubectl would read"),
        ({"token": "CANARY\nCANARY"}, "the token or password holds characters that no header"),
        ({"token": "CANARY-\u20ac"}, "the token or password holds characters that no header"),
        ({"token": None, "username": "\u20ac", "password": "CANARY"}, "cannot be used: a value"),
        ({"token": None, "tokenFile": "/nonexistent"}, "/nonexistent: no such file or directory"),
        ({"token": None, "client-certificate": "/nonexistent"}, "File does not exist"),
        ({"token": None, "exec": "x"}, "no credentials: "),
        ({"auth-provider": "gcp"}, "user test has an auth-provider without a name"),
        ({"auth-provider": {"name": "oidc", "config": EXPIRED}}, "oidc login that could not be re"),
        (
            {
                "token": None,
                "exec": {
                    "apiVersion": "client.authentication.k8s.io/v1",
                    "command": "nonesuch-auth-plugin",
                    "installHint": "Install it from\n here",
                },
            },
            "nonesuch-auth-plugin: no such file or directory\n  Install it from here",
        ),
        (
            {
                "token": None,
                "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "true"},
            },
            "no credentials: exec: its output is no JSON",
        ),
    ],
)
def test_a_user_that_cannot_be_used(tmp_path, values, words):
    path = write_kubeconfig(tmp_path / "kubeconfig", "https://127.0.0.1:1")
    edit(path, "users", values)
    config = yaml.safe_load(Path(path).read_text())
    user = config["users"][0]["user"]
    config["users"][0]["user"] = {k: v for k, v in user.items() if v is not None}
    Path(path).write_text(yaml.safe_dump(config))
    found = asked(path)
    assert "CANARY" not in found
    assert words in found
