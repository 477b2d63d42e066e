"""As whom a connection asks: the kubeconfig's ``as`` and its siblings, and the options."""

import json

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app
from rbacgraph.errors import InputError, UsageError
from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.sources.live.load_live import load_live
from tests.live.replies import status
from tests.live.server import AT_ONCE, serving
from tests.live.test_failures import edit

WHOLE = {
    "as": "jürgen",
    "as-uid": "7-a",
    "as-groups": ["ops", "system:authenticated"],
    "as-user-extra": {"example.com/über%": ["x", "y"], "Scopes": ["z"]},
}
USER = "jürgen".encode().decode("latin-1")  # as Python's server reads the bytes of UTF-8


@pytest.fixture
def running(shop, tmp_path):
    """The bundled cluster, served."""
    with serving(shop, tmp_path) as found:
        yield found


def load(running, user, **settings):
    """Load it as this user of the kubeconfig."""
    edit(running.kubeconfig, "users", user)
    return load_live(Settings(kubeconfig=running.kubeconfig, pace=AT_ONCE, **settings))


def headers(running):
    """Return the headers of impersonation, the same in each request."""
    (found,) = {
        tuple(sorted((k, v) for k, v in request.headers.items() if k.startswith("impersonate-")))
        for request in running.api.requests
    }
    return dict(found)


def test_the_kubeconfig_impersonates(running):
    found = load(running, WHOLE)
    assert headers(running) == {
        "impersonate-user": USER,
        "impersonate-uid": "7-a",
        "impersonate-group": "ops,system:authenticated",
        "impersonate-extra-example.com%2f%c3%bcber%25": "x,y",
        "impersonate-extra-scopes": "z",
    }
    assert found.groups[found.me] == ("ops",)


@pytest.mark.parametrize(
    ("user", "options", "expected"),
    [
        ({"as": "bob"}, {}, {"user": "bob"}),
        ({"as": ""}, {}, {}),
        ({}, {"connect_as": "bob"}, {"user": "bob"}),
        ({"as": "bob"}, {"connect_as": "eve"}, {"user": "eve"}),
        ({"as": "bob"}, {"connect_as_groups": ("a",)}, {"user": "bob", "group": "a"}),
        (
            {"as": "bob", "as-groups": ["a", "b"], "as-uid": "1"},
            {"connect_as": "eve"},
            {"user": "eve", "group": "a,b", "uid": "1"},
        ),
        (
            {"as": "bob", "as-groups": ["a", "b"]},
            {"connect_as_groups": ("c",)},
            {"user": "bob", "group": "c"},
        ),
        ({"as-groups": ["a"]}, {"connect_as": "eve"}, {"user": "eve", "group": "a"}),
    ],
)
def test_each_option_overrides_its_field_as_in_kubectl(running, user, options, expected):
    load(running, user, **options)
    assert headers(running) == {f"impersonate-{name}": value for name, value in expected.items()}


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ({"as-groups": ["a"]}, "user test has as-groups, as-uid or as-user-extra without as"),
        ({"as-uid": "1"}, "without as"),
        ({"as-user-extra": {"a": ["b"]}}, "without as"),
        ({"as": 7}, "user test has an as, as-uid, as-groups or as-user-extra of another form"),
        ({"as": "x", "as-groups": "ops"}, "of another form"),
        ({"as": "x", "as-groups": [1]}, "of another form"),
        ({"as": "x", "as-user-extra": {"a": "b"}}, "of another form"),
    ],
)
def test_what_kubectl_would_refuse(running, user, words):
    with pytest.raises(InputError, match=words):
        load(running, user)
    assert running.api.requests == []


@pytest.mark.parametrize("name", ["a\nImpersonate-Group: system:masters", "a\r", "\x00", "\x7f"])
def test_no_name_adds_a_header(running, name):
    for options in ({"connect_as": name}, {"connect_as": "x", "connect_as_groups": (name,)}):
        with pytest.raises(UsageError, match="no user, group, uid or extra value can be called"):
            load(running, {}, **options)
    assert running.api.requests == []


def test_a_group_alone_needs_a_user(running):
    with pytest.raises(UsageError, match="a group to connect as needs a user"):
        load(running, {}, connect_as_groups=("ops",))


def ask(running, *arguments):
    done = CliRunner().invoke(
        app, [*arguments, "--kubeconfig", running.kubeconfig, "--qps", "1000"]
    )
    return done.exit_code, done.stdout, done.stderr


def test_the_answer_says_as_whom_it_was_asked(running, tmp_path):
    edit(running.kubeconfig, "users", {"as": "bob", "as-groups": ["ops", "devs"]})
    words = "rbacgraph asked as bob (groups ops, devs), whom it impersonates"
    code, out, err = ask(running, "exposure")
    assert code == 0
    assert f"Assumed: {words}" in out
    assert f"test: note: {words}" in err
    path = str(tmp_path / "cluster.json")
    assert ask(running, "snapshot", "-o", path)[0] == 0
    done = CliRunner().invoke(app, ["exposure", "-f", path, "-o", "json"])
    assert any(words in text for text in json.loads(done.stdout)["basis"]["assumptions"])
    _, _, err = ask(running, "can-i", "get", "secrets", "-A", "--as", "me")
    assert f"test: note: {words}" in err


def test_without_impersonation_it_says_nothing(running):
    _, out, err = ask(running, "exposure")
    assert "impersonates" not in out + err


def test_me_is_the_impersonated_user_even_if_the_server_cannot_say(running):
    running.api.faults.append(
        lambda q, _: status(404, "NotFound", "no") if q.path.endswith("subjectreviews") else None
    )
    assert load(running, {"as": "bob", "as-groups": ["ops"]}).groups == {"bob": ("ops",)}


@pytest.mark.parametrize("by", ["kubeconfig", "option"])
def test_a_server_that_refuses_to_impersonate(running, by):
    message = (
        'users "bob" is forbidden: User "alice" cannot impersonate resource "users" in API group'
        ' "" at the cluster scope'
    )
    running.api.faults.append(lambda *_: status(403, "Forbidden", message))
    if by == "kubeconfig":
        edit(running.kubeconfig, "users", {"as": "bob"})
    options = () if by == "kubeconfig" else ("--connect-as", "bob")
    code, out, err = ask(running, "exposure", *options)
    assert (code, out) == (2, "")
    assert f"(context test) does not let rbacgraph ask as bob: {message}\n" in err
    assert "with the verb impersonate" in err


def test_a_review_that_may_not_impersonate(running, root):
    message = 'users "bob" is forbidden: User "alice" cannot impersonate resource "users"'
    running.api.faults.append(lambda *_: status(403, "Forbidden", message))
    files = ("-f", str(root / "fixtures" / "clusters" / "shop"))
    code, _, err = ask(running, "verify", *files, "--connect-as", "bob")
    assert code == 2
    assert f"(context test) does not let rbacgraph ask as bob: {message}\n" in err


PROVIDERS = [
    (
        "gcp",
        "the auth-provider gcp, which Kubernetes has removed in 1.26",
        "install gke-gcloud-auth-plugin",
    ),
    (
        "azure",
        "the auth-provider azure, which Kubernetes has removed in 1.26",
        "kubelogin convert-kubeconfig",
    ),
    ("openstack", "the auth-provider openstack, which is not known", "use an exec plugin"),
    (None, "an auth-provider without a name", "use an exec plugin"),
]


@pytest.mark.parametrize(("name", "words", "advice"), PROVIDERS)
def test_an_auth_provider_that_is_gone(running, name, words, advice):
    provider = {"config": {"access-token": "CANARY", "cmd-path": "/nonexistent"}}
    edit(
        running.kubeconfig, "users", {"auth-provider": provider | ({"name": name} if name else {})}
    )
    code, out, err = ask(running, "exposure")
    assert (code, out) == (2, "")
    assert f"user test has {words}\n" in err
    assert advice in err
    assert "CANARY" not in err
    assert len(err.splitlines()) == 2
