"""On what the ways into Argo CD depend, where a twin does not show it."""

from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.facts.gitops.argo_cd import holds, matches
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.meta import SecretMeta

SETTINGS = Path(__file__).parents[2] / "fixtures" / "edges" / "argo-cd-settings"


@pytest.mark.parametrize(
    ("file", "condition"),
    [
        ("yes-relabelled", ""),
        ("yes-missing", "there is such an object called other in the namespace and "),
    ],
)
def test_a_secret_that_the_input_lacks_must_be_there(file, condition):
    found = rg.load(SETTINGS / f"{file}.yaml").paths("shop/db", source="user:alice")
    hops = [hop for path in found for hop in path.hops if hop.edge == "argo-cd-settings"]
    deploys = "Argo CD in namespace argocd has an Application for the cluster that the Secret names"
    assert [str(hop.condition) for hop in hops] == [f"{condition}{deploys}"]


DEPUTY = Path(__file__).parents[2] / "fixtures" / "edges" / "operator-deputy"
HEEDS = "heeds the namespace"
CONTROLLER = "argocd-application-controller"
VARIABLE = "ARGOCD_APPLICATION_NAMESPACES"
ENVIRONMENT = "\n        env: [{{name: {}, value: x}}]"
MAP = """
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: argocd-cmd-params-cm, namespace: argocd}}
{}
"""


def elsewhere(tmp_path, fields="", data=None, resource="applications"):
    """Return the conditions on which an object of another namespace is applied."""
    text = (DEPUTY / "yes-elsewhere.yaml").read_text("utf-8")
    image = "        image: quay.io/argoproj/argocd:v3.1.0\n"
    assert image in text
    text = text.replace(image, f"{image}        {fields}\n" if fields else image)
    text = text.replace("resources: [applications]", f"resources: [{resource}]")
    text = text.replace("applications.argoproj.io", f"{resource}.argoproj.io")
    text = text.replace("plural: applications", f"plural: {resource}")
    path = tmp_path / "cluster.yaml"
    path.write_text(text + (MAP.format(data) if data is not None else ""))
    found = rg.load(path).paths("shop/db", source="user:alice")
    return {
        str(hop.condition) for way in found for hop in way.hops if hop.edge == "operator-deputy"
    }


@pytest.mark.parametrize(
    ("fields", "data", "heeded"),
    [
        ("", None, None),
        ("", "data: {application.namespaces: 'dev, team-*'}", True),
        ("", "data: {application.namespaces: dev}", False),
        ("", "data: {application.namespaces: 'ENC[AES256_GCM,data:x]'}", None),
        ("", "data: {application.namespaces: '/^team-(.+)+$/'}", None),
        ("", "data: {application.namespaces: '/^team-/'}", True),
        ("", "data: {other: x}", None),
        ("", "immutable: false", None),
        (f"args: [{CONTROLLER}]", None, None),
        (f"args: [{CONTROLLER}]", "immutable: false", False),
        (f"args: [{CONTROLLER}]", "data: {other: x}", False),
        (f"args: [{CONTROLLER}]", "data: {application.namespaces: team-a}", True),
        (f"args: [{CONTROLLER}, --application-namespaces, 'dev,*']", None, True),
        (f"args: [{CONTROLLER}, --application-namespaces=dev]", None, False),
        (
            f"args: [{CONTROLLER}, --application-namespaces=dev]",
            "data: {application.namespaces: team-a}",
            False,
        ),
        (f"args: [{CONTROLLER}]{ENVIRONMENT.format(VARIABLE)}", "data: {other: x}", None),
        (f"args: [{CONTROLLER}]{ENVIRONMENT.format('OTHER')}", "data: {other: x}", False),
    ],
)
def test_an_application_elsewhere_counts_if_its_namespace_is_listed(fields, data, heeded, tmp_path):
    found = elsewhere(tmp_path, fields, data)
    if heeded is False:
        assert found == set()
    else:
        assert len(found) == 1
        assert (HEEDS in found.pop()) == (heeded is None)


def test_an_application_set_elsewhere_needs_one_more_option(tmp_path):
    listed = "data: {application.namespaces: team-a}"
    (condition,) = elsewhere(tmp_path, data=listed, resource="applicationsets")
    assert HEEDS in condition
    other = listed.replace("team-a", "dev")
    assert elsewhere(tmp_path, data=other, resource="applicationsets") == set()


@pytest.mark.parametrize(("size", "may"), [(None, True), (2, True), (0, False)])
def test_a_secret_whose_keys_a_server_does_not_name_may_hold_one_unless_it_is_empty(size, may):
    secret = Secret(metadata=SecretMeta("argocd-secret", "argocd", uid="u"), size=size)
    assert (holds(secret, "server.secretkey") is not None) == may


def test_one_slash_is_no_regular_expression():
    assert matches("/", "dev") is False
    assert matches("//", "dev") is True
