"""How a person writes a resource."""

import pytest

from rbacgraph.authz.questions.api_resources import known_resources, resolve_resource
from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.snapshot import CustomResource

CUSTOM = (
    CustomResource("example.com", "widgets", "Widget", True),
    CustomResource("other.io", "widgets", "Widget", False),
    CustomResource("longhorn.io", "nodes", "Node", True),
    CustomResource("serving.knative.dev", "services", "Service", True),
    CustomResource("argoproj.io", "applications", "Application", True, ("app", "apps")),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("secrets", "secrets"),
        ("secret", "secrets"),
        ("Secrets", "secrets"),
        ("deploy", "deployments.apps"),
        ("deployments", "deployments.apps"),
        ("deployments.apps", "deployments.apps"),
        ("deployment.apps", "deployments.apps"),
        ("deploy.apps", "deployments.apps"),
        ("deployments.app", "deployments.apps"),
        ("deployments.v1.apps", "deployments.apps"),
        ("secrets.v1.", "secrets"),
        ("secrets.", "secrets"),
        ("sa", "serviceaccounts"),
        ("cj", "cronjobs.batch"),
        ("crd", "customresourcedefinitions.apiextensions.k8s.io"),
        ("hpa", "horizontalpodautoscalers.autoscaling"),
        ("horizontalpodautoscalers.v2.autoscaling", "horizontalpodautoscalers.autoscaling"),
        ("roles", "roles.rbac.authorization.k8s.io"),
        ("endpoints", "endpoints"),
        ("events", "events"),
        ("ev", "events"),
        ("events.events.k8s.io", "events.events.k8s.io"),
        ("nodes", "nodes"),
        ("nodes.longhorn.io", "nodes.longhorn.io"),
        ("services", "services"),
        ("service.serving.knative.dev", "services.serving.knative.dev"),
        ("application", "applications.argoproj.io"),
        ("app", "applications.argoproj.io"),
        ("app.argoproj.io", "applications.argoproj.io"),
        ("widgets.other.io", "widgets.other.io"),
        ("foos.made.up.example", "foos.made.up.example"),
        ("foos.v1alpha1.made.up", "foos.made.up"),
        ("users", "users"),
        ("groups", "groups"),
        ("uids", "uids.authentication.k8s.io"),
        ("signers", "signers.certificates.k8s.io"),
        ("psp", "podsecuritypolicies.policy"),
        ("*", "*"),
        ("*.apps", "*.apps"),
        ("*.*", "*.*"),
    ],
)
def test_resources(text, expected):
    target = resolve_resource(text, custom_resources=CUSTOM)
    assert target.resource.full_name == expected
    assert (target.name, target.subresource, target.path) == ("", "", None)


@pytest.mark.parametrize(
    ("text", "resource", "name", "subresource"),
    [
        ("secrets/db", "secrets", "db", ""),
        ("pods/exec", "pods", "exec", ""),
        ("deploy/Web.1", "deployments.apps", "Web.1", ""),
        ("deployments.apps/web", "deployments.apps", "web", ""),
        ("signers/kubernetes.io/kubelet-serving", "signers.certificates.k8s.io", None, ""),
        ("userextras/scopes", "userextras.authentication.k8s.io", "", "scopes"),
        ("userextras/example.com/x", "userextras.authentication.k8s.io", "", "example.com/x"),
    ],
)
def test_names(text, resource, name, subresource):
    target = resolve_resource(text)
    assert target.resource.full_name == resource
    assert target.name == ("kubernetes.io/kubelet-serving" if name is None else name)
    assert target.subresource == subresource


def test_a_path():
    assert resolve_resource("/metrics").path == "/metrics"


@pytest.mark.parametrize(
    ("text", "group", "resource"),
    [("widgets", "", "widgets"), ("secret", "", "secret"), ("pods", "apps", "pods")],
)
def test_a_given_group_is_literal(text, group, resource):
    found = resolve_resource(text, group, CUSTOM).resource
    assert (found.group, found.resource) == (group, resource)


def test_a_custom_resource_of_two_groups_is_refused():
    with pytest.raises(UsageError) as caught:
        resolve_resource("widget", custom_resources=CUSTOM)
    assert caught.value.message == "'widget' may be any of widgets.example.com, widgets.other.io"
    assert caught.value.advice == "say which, with its group"


def test_an_unknown_resource_is_refused_with_the_nearest():
    with pytest.raises(UsageError) as caught:
        resolve_resource("secerts", custom_resources=CUSTOM)
    assert caught.value.message == "no resource is called 'secerts'"
    assert caught.value.advice == (
        "did you mean secrets? A custom resource whose definition the input lacks is named whole,"
        " with its group: widgets.example.com"
    )


@pytest.mark.parametrize("text", ["", "/"])
def test_nothing_named(text):
    if text:
        assert resolve_resource(text).path == "/"
    else:
        with pytest.raises(UsageError, match="no resource is named"):
            resolve_resource(text)


def test_the_data():
    resources = known_resources()
    assert len(resources) == 67
    assert len({r.full_name for r in resources}) == 67
    assert [r.group for r in resources[:17]] == [""] * 17
    pods = next(r for r in resources if r.full_name == "pods")
    assert {"exec", "attach", "log", "ephemeralcontainers"} <= set(pods.subresources)
    assert pods.namespaced is True
    assert next(r for r in resources if r.full_name == "namespaces").namespaced is False
