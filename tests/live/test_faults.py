"""What goes wrong between here and the server: tried again, or said in one sentence."""

import signal
import ssl
import subprocess
import threading
import time

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app
from rbacgraph.errors import InputError
from rbacgraph.sources.live.connection.rate_limit import Limiter, Pace
from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.sources.live.load_live import load_live
from tests.cli.test_process import start
from tests.live.api import USUAL, Api
from tests.live.replies import Reply, recorded, status
from tests.live.server import AT_ONCE, serving, write_kubeconfig


def account(name):
    return {"kind": "ServiceAccount", "metadata": {"name": name, "namespace": "shop"}}


@pytest.fixture
def api():
    """Two pages of ServiceAccounts."""
    return Api(account(f"sa-{number:04}") for number in range(700))


def remembering(waits):
    """Wait for nothing, and remember for how long; no time passes."""
    return Pace(clock=lambda: 0.0, sleep=waits.append, jitter=lambda: 0.0)


def load(api, folder, pace=AT_ONCE, **settings):
    with serving(api, folder) as running:
        return load_live(Settings(kubeconfig=running.kubeconfig, pace=pace, **settings))


def whole(found):
    """Whether every ServiceAccount is there, once."""
    names = [a.metadata.name for a in found.service_accounts]
    return names == sorted(set(names)) and len(names) == 700


def busy(after=None):
    def fault(_request, _reply):
        reply = status(429, "TooManyRequests", "too many requests, please try again later")
        return reply._replace(headers={"Retry-After": after} if after else {})

    return fault


def test_a_busy_server_is_waited_for_as_long_as_it_says(api, tmp_path):
    waits = []
    api.times(2, busy("7"), "serviceaccounts")
    found = load(api, tmp_path, remembering(waits), burst=1000)
    assert whole(found)
    assert found.is_listed("ServiceAccount")
    assert waits == [7.0, 7.0]


def test_longer_and_longer_where_it_says_nothing(api, tmp_path):
    waits = []
    api.times(3, busy(), "serviceaccounts")
    assert whole(load(api, tmp_path, remembering(waits), burst=1000))
    assert waits == [0.125, 0.25, 0.5]


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_errors_of_the_server_are_tried_again(api, tmp_path, code):
    api.times(2, lambda _q, _r: status(code, "InternalError", "etcdserver: no leader"), "pods")
    found = load(api, tmp_path)
    assert found.is_listed("Pod")


def test_an_error_that_stays_is_said(api, tmp_path):
    api.faults.append(
        lambda q, _r: (
            status(503, "ServiceUnavailable", "no endpoints") if q.resource == "pods" else None
        )
    )
    found = load(api, tmp_path)
    assert whole(found)
    assert not found.is_listed("Pod")
    (error,) = [d for d in found.diagnostics if d.severity == "error"]
    assert error.message.startswith("the list of pods broke off: 503 no endpoints; that hides")
    assert sum(q.resource == "pods" for q in api.requests) == 6


@pytest.mark.parametrize("after", [0, 1, 5000])
def test_a_connection_that_drops_in_the_middle_of_a_page(api, tmp_path, after):
    api.times(3, lambda _q, reply: reply._replace(drop=after), "serviceaccounts")
    found = load(api, tmp_path)
    assert whole(found)
    assert found.is_listed("ServiceAccount")


def test_drops_on_every_kind(api, tmp_path):
    api.groups |= USUAL
    seen = set()

    def first(request, reply):
        key = request.path, request.query.get("continue")
        if key in seen or not request.resource or "/" not in request.path:
            return None
        seen.add(key)
        return reply._replace(drop=10)

    api.faults.append(lambda q, r: first(q, r) if q.path != "/version" else None)
    found = load(api, tmp_path)
    assert whole(found)
    assert found.is_listed("Role")


def test_a_page_that_is_cut_off_unnoticed(api, tmp_path):
    api.times(2, lambda _q, reply: reply._replace(body=reply.body[:900]), "serviceaccounts")
    found = load(api, tmp_path)
    assert whole(found)
    assert found.is_listed("ServiceAccount")


def test_a_page_of_a_proxy_is_no_list(api, tmp_path):
    api.faults.append(
        lambda q, r: r._replace(body=b"<html>hello</html>") if q.resource == "pods" else None
    )
    (error,) = [d for d in load(api, tmp_path).diagnostics if d.severity == "error"]
    words = "the list of pods broke off: the answer is an HTML page, as a proxy sends; that hides"
    assert words in error.message


def test_a_proxy_that_refuses_is_no_lack_of_a_right(api, tmp_path):
    page = Reply(403, b"<html><title>Blocked</title></html>")
    api.faults.append(lambda q, _r: page if q.resource == "pods" else None)
    (error,) = [d for d in load(api, tmp_path).diagnostics if d.severity == "error"]
    assert error.code == "unlisted"
    assert "pods broke off: 403 an HTML page (title 'Blocked'); that hides" in error.message


def test_slow_pages_are_waited_for(api, tmp_path):
    api.times(1, lambda _q, reply: reply._replace(slow=0.01), "serviceaccounts")
    assert whole(load(api, tmp_path, timeout=20))


def test_a_page_that_does_not_come_is_asked_for_again(api, tmp_path):
    api.times(1, lambda _q, reply: reply._replace(slow=0.05), "serviceaccounts")
    assert whole(load(api, tmp_path, timeout=0.5))


def test_a_compressed_answer(api, tmp_path):
    import gzip

    def packed(request, reply):
        assert "gzip" in request.headers["accept-encoding"]
        headers = {**reply.headers, "Content-Encoding": "gzip"}
        return reply._replace(body=gzip.compress(reply.body), headers=headers)

    api.faults.append(packed)
    assert whole(load(api, tmp_path))


def test_no_server(tmp_path):
    waits = []
    path = write_kubeconfig(tmp_path / "kubeconfig", "https://127.0.0.1:1")
    with pytest.raises(InputError, match=r"https://127.0.0.1:1 \(context test\) cannot be reached"):
        load_live(Settings(kubeconfig=path, pace=remembering(waits)))
    assert waits == []


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "https://", "https://[::1"])
def test_an_address_that_is_none(tmp_path, url):
    path = write_kubeconfig(tmp_path / "kubeconfig", url)
    words = r"cannot be reached: |is no URL: |cannot be used: "
    with pytest.raises(InputError, match=words):
        load_live(Settings(kubeconfig=path, pace=AT_ONCE))


def test_a_client_certificate_that_is_none(api, tmp_path):
    with serving(api, tmp_path) as running:
        text = (tmp_path / "kubeconfig").read_text()
        bad = tmp_path / "bad.pem"
        bad.write_text("no certificate")
        user = f"user:\n    client-certificate: {bad}\n    client-key: {bad}\n"
        (tmp_path / "kubeconfig").write_text(text.replace("user:\n    token", f"{user}    token"))
        with pytest.raises(InputError, match="cannot be reached: "):
            load_live(Settings(kubeconfig=running.kubeconfig, pace=AT_ONCE))


def test_a_server_that_is_another(api, tmp_path):
    """Its certificate is not the one that the kubeconfig trusts."""
    other = tmp_path / "other.pem"
    with serving(api, tmp_path) as running:
        text = (tmp_path / "kubeconfig").read_text()
        bundle = ssl.get_default_verify_paths().cafile
        if not bundle:
            pytest.skip("no certificates of the system")
        other.write_text(text.replace(str(_certificate()), bundle))
        with pytest.raises(InputError, match=r"cannot be reached: no authority that is"):
            load_live(Settings(kubeconfig=str(other), pace=AT_ONCE))
    assert running.api.requests == []


def _certificate():
    from tests.live.server import HERE

    return HERE / "tls" / "cert.pem"


def test_a_token_that_is_not_accepted(api, tmp_path):
    with serving(api, tmp_path) as running:
        path = write_kubeconfig(tmp_path / "kubeconfig", running.url, token="wrong")
        with pytest.raises(InputError, match="does not accept the credentials: 401 Unauth") as e:
            load_live(Settings(kubeconfig=path, pace=AT_ONCE))
    assert "wrong" not in str(e.value)
    assert len(api.requests) == 2


def test_a_token_that_ran_out_meanwhile_is_renewed(api, tmp_path):
    answer = recorded("40-401-bad-token")["response"]
    api.times(1, lambda _q, _r: status(401, "Unauthorized", answer["body"]["message"]), "pods")
    assert whole(load(api, tmp_path))


def test_nobody_in_particular(api, tmp_path):
    api.user = {"username": "system:anonymous", "groups": ["system:unauthenticated"]}
    with pytest.raises(InputError, match="the kubeconfig holds no credentials"):
        load(api, tmp_path)


def test_a_server_that_has_nothing_but_errors(api, tmp_path):
    api.faults.append(lambda *_: status(503, "ServiceUnavailable", "no"))
    with pytest.raises(InputError, match="answers with errors: 503"):
        load(api, tmp_path)
    assert {request.path for request in api.requests} == {"/version"}


def test_a_list_that_always_drops_is_missing_like_one_that_always_fails(api, tmp_path):
    def lost(request, reply):
        if request.resource != "serviceaccounts" or not request.query.get("continue"):
            return None
        return reply._replace(drop=100)

    api.faults.append(lost)
    found = load(api, tmp_path)
    assert len(found.service_accounts) == 500
    assert not found.is_listed("ServiceAccount")
    assert found.is_listed("Pod")
    (error,) = [d for d in found.diagnostics if d.severity == "error"]
    assert error.code == "unlisted"
    assert error.message.startswith(
        "the list of serviceaccounts broke off after 500: it closes the connection in the middle"
        " of its answer; that hides"
    )
    assert sum(bool(q.query.get("continue")) for q in api.requests) == 6


def test_a_server_that_goes_away_is_not_waited_for_list_by_list(api, tmp_path):
    """Four lists are tried again and again; when none came, the others are tried once."""
    waits = []

    def gone(request, reply):
        return reply._replace(drop=0) if request.query.get("limit") else None

    api.faults.append(gone)
    found = load(api, tmp_path, remembering(waits), burst=1000)
    assert [d.code for d in found.diagnostics if d.code == "empty-input"] == ["empty-input"]
    assert 20 <= len(waits) <= 40


def test_a_server_that_only_trickles_is_left_in_time(api, tmp_path):
    """Each piece comes long before a socket would give up."""
    api.faults.append(lambda q, r: r._replace(slow=0.05) if q.resource == "pods" else None)
    found = load(api, tmp_path, timeout=0.5)
    assert sum(q.resource == "pods" for q in api.requests) == 2
    (error,) = [d for d in found.diagnostics if d.severity == "error"]
    assert "pods broke off: no complete answer within 0.5 s (--timeout); that" in error.message


def test_the_limit_of_requests(api, tmp_path):
    waits = []
    with serving(api, tmp_path) as running:
        command = ["exposure", "--kubeconfig", running.kubeconfig, "--qps", "2", "--burst", "4"]
        done = CliRunner().invoke(app, command, obj=remembering(waits))
    assert done.exit_code == 0, done.output
    assert max(waits) == (len(api.requests) - 4) / 2


def test_the_limiter_lets_through_what_has_come_in_meanwhile():
    now, waits = [0.0], []
    limiter = Limiter(10, 2, Pace(clock=lambda: now[0], sleep=waits.append))
    for _ in range(3):
        limiter.wait()
    assert waits == [0.1]
    now[0] = 100.0
    for _ in range(3):
        limiter.wait()
    assert waits == [0.1, 0.1]


def test_an_interrupt_ends_it_at_once(api, tmp_path):
    hanging, ended = threading.Event(), threading.Event()

    def hang(request, reply):
        if request.resource == "pods":
            hanging.set()
            ended.wait(20)
        return reply

    api.faults.append(hang)
    with serving(api, tmp_path) as running:
        process = start(
            *("exposure", "--kubeconfig", running.kubeconfig),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert hanging.wait(60)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        took = time.monotonic() - begun
        ended.set()
    assert took < 15
    assert process.returncode == 130
    assert (out, err) == ("", "")
