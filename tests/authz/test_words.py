"""Rules and requests in words."""

import pytest

from rbacgraph.authz.kubernetes_words import compact_string, describe_denial, describe_rule
from rbacgraph.authz.match import Request
from rbacgraph.model.kubernetes.rbac import PolicyRule

WIDE = PolicyRule(
    ("get", "list"), ("", "apps"), ("pods", "*/exec", "secrets"), ("db", "tls", ""), None
)


@pytest.mark.parametrize(
    ("rule", "request_", "words"),
    [
        (PolicyRule(("get",), ("",), ("secrets",)), None, "get on secrets"),
        (PolicyRule(("*",), ("*",), ("*",)), None, "* on *.*"),
        (
            WIDE,
            None,
            (
                "get, list on pods, */exec, secrets, pods.apps, */exec.apps, secrets.apps"
                ' named db, tls, ""'
            ),
        ),
        (WIDE, Request("get", resource="secrets", name="db"), "get, list on secrets named db"),
        (WIDE, Request("get", resource="secrets"), 'get, list on secrets named db, tls, ""'),
        (
            WIDE,
            Request("get", "apps", "pods", "exec", name="tls"),
            "get, list on */exec.apps named tls",
        ),
        (PolicyRule(("get",), None, None, None, ("/a", "/b*")), None, "get on /a, /b*"),
    ],
)
def test_rules(rule, request_, words):
    assert describe_rule(rule, request_) == words


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (
            Request("create", resource="pods", subresource="exec", namespace="shop", name="x"),
            (
                'User "é\\"" cannot create resource "pods/exec" in API group ""'
                ' in the namespace "shop"'
            ),
        ),
        (
            Request("list", "apps", "deployments"),
            (
                'User "é\\"" cannot list resource "deployments" in API group "apps"'
                " at the cluster scope"
            ),
        ),
        (Request("get", path="/metrics"), 'User "é\\"" cannot get path "/metrics"'),
    ],
)
def test_denials(request_, words):
    assert describe_denial(request_, 'é"') == words


def test_the_servers_short_form():
    assert compact_string(WIDE) == (
        '{APIGroups:["" "apps"], Resources:["pods" "*/exec" "secrets"],'
        ' ResourceNames:["db" "tls" ""], Verbs:["get" "list"]}'
    )
    urls = PolicyRule(("get",), non_resource_urls=("/a",))
    assert compact_string(urls) == '{NonResourceURLs:["/a"], Verbs:["get"]}'
