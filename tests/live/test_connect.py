"""Which cluster, by which credentials: as kubectl finds them."""

import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from rbacgraph.cli.app import app
from rbacgraph.errors import InputError, NoClusterError, UsageError
from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.sources.live.load_live import connected, load_live
from tests.live.api import TOKEN, Api
from tests.live.server import AT_ONCE, HERE, serving


def edited(path, change):
    """Change a kubeconfig."""
    config = yaml.safe_load(Path(path).read_text())
    change(config)
    Path(path).write_text(yaml.safe_dump(config))
    return path


@pytest.fixture
def running(shop, tmp_path):
    """The bundled cluster, served."""
    with serving(shop, tmp_path) as found:
        yield found


def load(path, **settings):
    return load_live(Settings(kubeconfig=path, pace=AT_ONCE, **settings))


def test_no_kubeconfig(tmp_path):
    path = str(tmp_path / "nonesuch")
    with pytest.raises(NoClusterError, match=f"no kubeconfig {path}"):
        load(path)


def test_the_kubeconfig_of_the_environment(running, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", f"/nonexistent:{running.kubeconfig}")
    assert load_live(Settings(pace=AT_ONCE)).files == ("test",)


def test_a_context_that_is_not_there(running):
    with pytest.raises(UsageError, match="the kubeconfig has no context 'prod'") as raised:
        load(running.kubeconfig, context="prod")
    assert raised.value.advice == "name one with --context: test"


def test_no_current_context(running):
    path = edited(running.kubeconfig, lambda c: c.pop("current-context"))
    with pytest.raises(UsageError, match="the kubeconfig has no current context"):
        load(path)
    assert load(path, context="test").files == ("test",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the kubeconfig cannot be read: .*file is empty"),
        ("- a\n", "is no kubeconfig"),
        ("word", "is no kubeconfig"),
        ("a: [", "is no kubeconfig"),
        ("contexts: [{name: x}]\ncurrent-context: x\n", "the kubeconfig cannot be used: "),
        ("contexts: [{context: {}}]\ncurrent-context: x\n", "the kubeconfig cannot be used: "),
        ("users: [7]\ncontexts: []\n", "kubeconfig"),
        ("{}", "the kubeconfig has no current context"),
    ],
)
def test_a_file_that_is_no_kubeconfig(tmp_path, text, words):
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    with pytest.raises((InputError, UsageError), match=words) as raised:
        load(str(path))
    assert "\n" not in raised.value.message


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        (
            "clusters",
            (
                *("certificate-authority-data", "tls-server-name", "proxy-url"),
                "insecure-skip-tls-verify",
            ),
        ),
        ("users", ("client-certificate", "client-key-data", "auth-provider", "exec", "as")),
        ("contexts", ("namespace", "extensions")),
    ],
)
def test_null_is_empty_as_in_kubectl(running, part, fields):
    def empty(config):
        entry = config[part][0][part.removesuffix("s")]
        entry.update(dict.fromkeys(fields))

    path = edited(running.kubeconfig, empty)
    before = Path(path).read_text()
    assert load(path).files == ("test",)
    assert Path(path).read_text() == before


def test_a_folder_is_no_kubeconfig(tmp_path):
    with pytest.raises(InputError, match="the kubeconfig cannot be read"):
        load(str(tmp_path))


def plugin(folder, code):
    """Write an exec plugin."""
    path = folder / "plugin"
    path.write_text(f"#!{sys.executable}\n{code}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {
        "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(path), "args": []}
    }


def test_an_exec_plugin(running, tmp_path):
    code = (
        "import json\n"
        "print(json.dumps({'apiVersion': 'client.authentication.k8s.io/v1',"
        f" 'kind': 'ExecCredential', 'status': {{'token': {TOKEN!r}}}}}))"
    )
    user = plugin(tmp_path, code)
    edited(running.kubeconfig, lambda c: c["users"][0].update(user=user))
    assert load(running.kubeconfig).files == ("test",)


def test_an_exec_plugin_that_fails(running, tmp_path, capsys):
    user = plugin(tmp_path, "import sys; sys.exit('log in first')")
    edited(running.kubeconfig, lambda c: c["users"][0].update(user=user))
    with pytest.raises(InputError, match=r"context test gives no credentials: .*log in first"):
        load(running.kubeconfig)
    assert capsys.readouterr().err == ""


def test_impersonation(running):
    found = load(
        running.kubeconfig, connect_as="bob", connect_as_groups=("ops", "system:authenticated")
    )
    assert (found.me, found.groups) == ("bob", {"bob": ("ops",)})
    for request in running.api.requests:
        assert request.headers["impersonate-user"] == "bob"
        assert request.headers["impersonate-group"] == "ops,system:authenticated"


def test_a_group_needs_a_user(running):
    with pytest.raises(UsageError, match="a group to connect as needs a user"):
        load(running.kubeconfig, connect_as_groups=("ops",))


@pytest.mark.parametrize("seconds", [float("inf"), 1e12])
def test_no_answer_takes_longer_than_a_day(running, seconds):
    with pytest.raises(UsageError, match="timeout must be at most 86,400 seconds"):
        load(running.kubeconfig, timeout=seconds)


def test_what_the_kubeconfig_holds_is_not_told(running):
    config = {"client-id": "x", "client-secret": "CANARY", "refresh-token": "CANARY"}
    user = {"auth-provider": {"name": "oidc", "config": config}}
    edited(running.kubeconfig, lambda c: c["users"][0].update(user=user))
    with pytest.raises(InputError, match="Expected key id-token in ") as raised:
        load(running.kubeconfig)
    assert "CANARY" not in str(raised.value)


@pytest.mark.parametrize("name", ["timeout", "burst"])
def test_numbers_are_positive(running, name):
    with pytest.raises(UsageError, match=f"{name} must be more than 0"):
        load(running.kubeconfig, **{name: 0})


def test_certificates_in_the_kubeconfig_leave_no_files(running, tmp_path, monkeypatch):
    import base64

    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    authority = base64.b64encode((HERE / "tls" / "cert.pem").read_bytes()).decode()
    key = base64.b64encode((HERE / "tls" / "key.pem").read_bytes()).decode()

    def inline(config):
        server = config["clusters"][0]["cluster"]
        del server["certificate-authority"]
        server["certificate-authority-data"] = authority
        config["users"][0]["user"] |= {
            "client-certificate-data": authority,
            "client-key-data": key,
        }

    edited(running.kubeconfig, inline)
    with connected(Settings(kubeconfig=running.kubeconfig, pace=AT_ONCE)) as connection:
        assert connection.get("/version").ok
        (private,) = folder.iterdir()
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == []
    assert load(running.kubeconfig).files == ("test",)
    assert list(folder.iterdir()) == []


def test_who_asks_too_late_leaves_nothing_open(running):
    with connected(Settings(kubeconfig=running.kubeconfig, pace=AT_ONCE)) as connection:
        pass
    assert connection.get("/version").ok
    assert len(connection._pool.pools) == 0


def test_a_login_in_the_address_of_the_server_is_kept_nowhere(running):
    def with_login(config):
        server = config["clusters"][0]["cluster"]
        server["server"] = server["server"].replace("://", "://user:CANARY@")

    edited(running.kubeconfig, with_login)
    snapshot = load(running.kubeconfig)
    assert snapshot.collected.server == running.url
    with connected(Settings(kubeconfig=running.kubeconfig, pace=AT_ONCE)) as connection:
        assert connection.server == running.url

    def no_url(config):
        config["clusters"][0]["cluster"]["server"] = "user:CANARY@kube.example.com"

    edited(running.kubeconfig, no_url)
    with pytest.raises(InputError, match=r"is no URL: 'kube\.example\.com'"):
        load(running.kubeconfig)


def test_a_server_that_is_not_verified_where_the_kubeconfig_says_so(running):
    def insecure(config):
        server = config["clusters"][0]["cluster"]
        del server["certificate-authority"]
        server["insecure-skip-tls-verify"] = True

    edited(running.kubeconfig, insecure)
    (found,) = [d for d in load(running.kubeconfig).diagnostics if d.severity == "warning"]
    assert found.code == "insecure-skip-tls-verify"
    done = CliRunner().invoke(app, ["exposure", "--kubeconfig", running.kubeconfig], obj=AT_ONCE)
    words = "the certificate of the API server was not checked: another server may have answered"
    assert f"Assumed: {words}" in " ".join(done.stdout.split())
    assert f"test: warning: {words} (" in done.stderr
    done = CliRunner().invoke(
        app, ["exposure", "--kubeconfig", running.kubeconfig, "--strict"], obj=AT_ONCE
    )
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_token_file_that_ends_in_a_newline(running, tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    user = {"tokenFile": str(tmp_path / "token")}
    edited(running.kubeconfig, lambda c: c["users"][0].update(user=user))
    assert load(running.kubeconfig).files == ("test",)


def test_inside_a_cluster(running, tmp_path, monkeypatch):
    from kubernetes.config import incluster_config

    from rbacgraph.sources.live.connection import kubeconfig

    folder = tmp_path / "pod"
    folder.mkdir()
    (folder / "token").write_text(TOKEN)
    (folder / "ca.crt").write_text((HERE / "tls" / "cert.pem").read_text())
    (folder / "namespace").write_text("shop\n")
    host, _, port = running.url.removeprefix("https://").partition(":")
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(folder / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(folder / "ca.crt"))
    monkeypatch.setattr(kubeconfig, "_POD", folder)
    found = load_live(Settings(pace=AT_ONCE))
    assert found.files == ("in-cluster",)


def test_a_version_that_the_caller_names(running):
    found = load_live(
        Settings(kubeconfig=running.kubeconfig, pace=AT_ONCE), kubernetes_version="1.30"
    )
    assert found.kubernetes_version == (1, 30)


def test_groups_that_the_caller_names(running):
    found = load_live(
        Settings(kubeconfig=running.kubeconfig, pace=AT_ONCE),
        groups={"alice": ["ops"], "bob": ["ops"]},
    )
    assert found.groups == {"alice": ("ops", "devs"), "bob": ("ops",)}


def test_an_api_alone(tmp_path):
    """A cluster that holds nothing at all."""
    with serving(Api(), tmp_path) as empty:
        found = load(empty.kubeconfig)
    assert [d.code for d in found.diagnostics] == ["empty-input"]
    assert os.environ.get("RBACGRAPH") is None
