"""RESOURCE[.GROUP][/NAME] as kubectl reads it, --as, and the -o option."""

import pytest

from rbacgraph.cli.commands.access.paths import in_namespace
from rbacgraph.cli.commands.arguments.resource_argument import RequestTarget, parse_target
from rbacgraph.cli.commands.requests.can_i import impersonated_groups
from rbacgraph.cli.shared.output_option import Destination, destination
from rbacgraph.errors import UsageError
from rbacgraph.model.principal import username


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("secrets", RequestTarget("secrets", "")),
        ("secrets/db", RequestTarget("secrets", "db")),
        ("deployments.apps", RequestTarget("deployments.apps", "")),
        ("deployments.apps/web", RequestTarget("deployments.apps", "web")),
        ("services.serving.knative.dev/a.b", RequestTarget("services.serving.knative.dev", "a.b")),
        ("secrets.", RequestTarget("secrets.", "")),
        ("*", RequestTarget("*", "")),
        ("/metrics", RequestTarget(None, "", "/metrics")),
        ("/api/v1/*", RequestTarget(None, "", "/api/v1/*")),
    ],
)
def test_target(text, target):
    assert parse_target(text) == target


def test_name_may_stand_apart_but_once():
    assert parse_target("secrets", "db") == RequestTarget("secrets", "db")
    with pytest.raises(UsageError, match="two names given: db and db"):
        parse_target("secrets/db", "db")


@pytest.mark.parametrize(("text", "name"), [("secrets/", ""), ("", ""), ("/metrics", "x")])
def test_no_target(text, name):
    with pytest.raises(UsageError):
        parse_target(text, name)


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("alice", "alice"),
        ("system:anonymous", "system:anonymous"),
        ("system:serviceaccount:shop:ci", "system:serviceaccount:shop:ci"),
        ("sa:shop/ci", "system:serviceaccount:shop:ci"),
        ("serviceaccount:shop/ci", "system:serviceaccount:shop:ci"),
        ("user:sa:shop/ci", "sa:shop/ci"),
        ("https://issuer#alice", "https://issuer#alice"),
        ("user:group:admins", "group:admins"),
    ],
)
def test_username(text, user):
    assert username(text) == user


@pytest.mark.parametrize(
    ("given", "groups"),
    [
        (None, None),
        ([], None),
        (["dev"], ["dev", "system:authenticated"]),
        (["system:authenticated", "dev"], ["system:authenticated", "dev"]),
        (["system:unauthenticated"], ["system:unauthenticated"]),
    ],
)
def test_groups_as_impersonation_has_them(given, groups):
    assert impersonated_groups(given) == groups


@pytest.mark.parametrize(
    ("secret", "namespace", "asked"),
    [("db", "", "db"), ("db", "shop", "shop/db"), ("shop/db", "shop", "shop/db")],
)
def test_secret_in_its_namespace(secret, namespace, asked):
    assert in_namespace(secret, namespace) == asked


def test_two_namespaces_for_one_secret():
    with pytest.raises(UsageError, match="different namespaces"):
        in_namespace("shop/db", "pay")


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("json", Destination("json")),
        ("out.json", Destination("json", "out.json")),
        ("dir/out.YML", Destination("yaml", "dir/out.YML")),
        ("./a.txt", Destination("table", "./a.txt")),
    ],
)
def test_destination(output, expected):
    assert destination(output) == expected


@pytest.mark.parametrize("output", ["xml", "out.xml", "dir/out", "svg", "out.svg", ""])
def test_destination_that_is_none(output):
    with pytest.raises(UsageError, match="cannot be written"):
        destination(output)


def test_pictures_only_where_an_answer_is_drawn():
    assert destination("svg", drawn=True) == Destination("svg")
    assert destination("a.md", drawn=True) == Destination("markdown", "a.md")
