"""Truth tables of the predicates; rows that name an id were answered so by a real API server."""

import pytest

from rbacgraph.authz.match import (
    Request,
    api_group_matches,
    non_resource_url_matches,
    resource_matches,
    resource_name_matches,
    rule_allows,
    verb_matches,
)
from rbacgraph.model.kubernetes.rbac import PolicyRule


@pytest.mark.parametrize(
    ("held", "verb", "expected"),
    [
        (("get",), "get", True),
        (("get", "list"), "list", True),
        (("get",), "list", False),
        (("GET",), "get", False),
        (("*",), "get", True),
        (("*",), "impersonate", True),
        (("*",), "impersonate-on:user-info:get", True),
        (("*",), "", True),
        (("get*",), "get", False),
        (("impersonate:*",), "impersonate:user-info", False),
        (("",), "", True),
        ((), "get", False),
        (None, "get", False),
    ],
)
def test_verbs(held, verb, expected):
    assert verb_matches(PolicyRule(verbs=held), verb) is expected


@pytest.mark.parametrize(
    ("held", "group", "expected"),
    [
        (("",), "", True),
        (("apps",), "apps", True),
        (("apps",), "", False),
        (("",), "apps", False),
        (("*",), "", True),
        (("*",), "example.com", True),
        (("*.example.com",), "a.example.com", False),
        (("Apps",), "apps", False),
        ((), "", False),
        (None, "", False),
    ],
)
def test_api_groups(held, group, expected):
    assert api_group_matches(PolicyRule(api_groups=held), group) is expected


@pytest.mark.parametrize(
    ("held", "resource", "subresource", "expected"),
    [
        (("secrets",), "secrets", "", True),
        (("Secrets",), "secrets", "", False),
        (("secret",), "secrets", "", False),
        (("*",), "secrets", "", True),
        (("*",), "pods", "exec", True),
        (("pods",), "pods", "exec", False),
        (("pods/exec",), "pods", "exec", True),
        (("pods/exec",), "pods", "", False),
        (("pods/*",), "pods", "exec", False),
        (("pods/*",), "pods", "", False),
        (("pods/*",), "pods", "*", True),
        (("*/exec",), "pods", "exec", True),
        (("*/exec",), "pods", "", False),
        (("*/exec",), "pods", "attach", False),
        (("*/xec",), "pods", "exec", False),
        (("*/scale",), "scale", "", False),
        (("*/*",), "pods", "exec", False),
        (("*/*",), "pods", "", False),
        (("*/*",), "pods", "*", True),
        (("secrets/*",), "secrets", "", False),
        (("sec*",), "secrets", "", False),
        ((), "secrets", "", False),
        (None, "secrets", "", False),
    ],
)
def test_resources(held, resource, subresource, expected):
    assert resource_matches(PolicyRule(resources=held), resource, subresource) is expected


@pytest.mark.parametrize(
    ("held", "name", "expected"),
    [
        (None, "db", True),
        ((), "db", True),
        ((), "", True),
        (("db",), "db", True),
        (("db",), "Db", False),
        (("db",), "tls", False),
        (("db",), "", False),
        (("a.b",), "axb", False),
        (("db*",), "db-0", False),
        (("*",), "db", False),
        (("*",), "*", True),
        (("*",), "", False),
        (("",), "", True),
        (("",), "db", False),
        (("", "db"), "db", True),
    ],
)
def test_resource_names(held, name, expected):
    assert resource_name_matches(PolicyRule(resource_names=held), name) is expected


@pytest.mark.parametrize(
    ("held", "path", "expected"),
    [
        (("/healthz",), "/healthz", True),
        (("/healthz",), "/healthz/", False),
        (("/healthz*",), "/healthzfoo", True),
        (("/healthz*",), "/healthz", True),
        (("/healthz/*",), "/healthz", False),
        (("/healthz/*",), "/healthz/ping", True),
        (("/healthz**",), "/healthz/ping", True),
        (("/a/*/b",), "/a/x/b", False),
        (("/a/*/b",), "/a/*/b", True),
        (("*/b",), "/a/b", False),
        (("*",), "/anything", True),
        (("**",), "/anything", True),
        (("/",), "/", True),
        (("/",), "/a", False),
        ((), "/", False),
        (None, "/", False),
    ],
)
def test_non_resource_urls(held, path, expected):
    assert non_resource_url_matches(PolicyRule(non_resource_urls=held), path) is expected


def rule(groups, resources, verbs, names=None):
    return PolicyRule(verbs, groups, resources, names)


CORE = ("",)
EXEC = Request("create", resource="pods", subresource="exec", namespace="ns", name="x")
SECRET = Request("get", resource="secrets", namespace="ns", name="x")


@pytest.mark.parametrize(
    ("held", "request_", "expected"),
    [
        pytest.param(rule(CORE, ("pods/*",), ("create",)), EXEC, False, id="match-pods-star"),
        pytest.param(rule(CORE, ("*/exec",), ("create",)), EXEC, True, id="match-star-exec"),
        pytest.param(rule(CORE, ("*",), ("create",)), EXEC, True, id="match-star"),
        pytest.param(rule(CORE, ("*/*",), ("create",)), EXEC, False, id="match-star-star"),
        pytest.param(rule(CORE, ("pods",), ("create",)), EXEC, False, id="match-pods"),
        pytest.param(
            rule(CORE, ("*/token",), ("create",)),
            Request("create", resource="serviceaccounts", subresource="token", name="x"),
            True,
            id="match-star-token",
        ),
        pytest.param(rule(CORE, ("secrets/*",), ("get",)), SECRET, False, id="match-secrets-star"),
        pytest.param(
            rule(CORE, ("serviceaccounts",), ("*",)),
            Request("impersonate", resource="serviceaccounts", name="x"),
            True,
            id="match-verb-star-impersonate",
        ),
        pytest.param(
            rule(("rbac.authorization.k8s.io",), ("clusterroles",), ("*",)),
            Request("bind", "rbac.authorization.k8s.io", "clusterroles", name="x"),
            True,
            id="match-verb-star-bind",
        ),
        pytest.param(
            rule(("example.com",), ("secrets",), ("get",)), SECRET, False, id="match-group-other"
        ),
        pytest.param(
            rule(CORE, ("namespaces",), ("patch",)),
            Request("patch", resource="namespaces", namespace="ns", name="ns"),
            True,
            id="match-ns-self",
        ),
        pytest.param(
            PolicyRule(("get",), non_resource_urls=("/healthz*",)),
            Request("get", path="/healthzfoo"),
            True,
            id="match-nonres-glob",
        ),
        pytest.param(
            PolicyRule(("get",), non_resource_urls=("/a/*/b",)),
            Request("get", path="/a/x/b"),
            False,
            id="match-nonres-mid",
        ),
        pytest.param(rule(CORE, ("secrets",), ("GET",)), SECRET, False, id="match-upper"),
        pytest.param(rule(("*",), ("*",), ("get",)), SECRET, True, id="rule-star-all"),
        pytest.param(rule(CORE, ("*",), ("get",)), SECRET, True, id="rule-core-star"),
        pytest.param(rule(("*",), ("secrets",), ("get",)), SECRET, True, id="rule-star-secrets"),
        pytest.param(rule(("apps",), ("*",), ("get",)), SECRET, False, id="rule-apps-star"),
        pytest.param(rule(CORE, ("Secrets",), ("get",)), SECRET, False, id="rule-caps"),
        pytest.param(rule(CORE, ("secret",), ("get",)), SECRET, False, id="rule-singular"),
        pytest.param(
            rule(CORE, ("secrets",), ("list",), ("s1",)),
            Request("list", resource="secrets", namespace="ns", name="s1"),
            True,
            id="read-list-names-fs",
        ),
        pytest.param(
            rule(CORE, ("secrets",), ("list",), ("s1",)),
            Request("list", resource="secrets", namespace="ns"),
            False,
            id="read-list-names-nofs",
        ),
        pytest.param(
            rule(CORE, ("secrets",), ("deletecollection",), ("",)),
            Request("deletecollection", resource="secrets", namespace="ns"),
            True,
            id="names-empty-deletecollection",
        ),
        pytest.param(
            rule(CORE, ("secrets",), ("get",), ("*",)), SECRET, False, id="read-get-names-star"
        ),
    ],
)
def test_rules(held, request_, expected):
    assert rule_allows(held, request_) is expected


def test_one_rule_must_hold_all_dimensions():
    rules = (rule(CORE, ("pods",), ("get",)), rule(CORE, ("configmaps",), ("delete",)))
    assert not any(rule_allows(r, Request("delete", resource="pods", name="x")) for r in rules)


def test_a_path_is_never_a_resource():
    everything = rule(("*",), ("*",), ("*",))
    assert not rule_allows(everything, Request("get", path="/metrics"))
    every_path = PolicyRule(("*",), non_resource_urls=("*",))
    assert not rule_allows(every_path, SECRET)
    assert not rule_allows(every_path, Request("get"))
