"""Of an Ingress controller's arguments and ConfigMap, the few that decide who runs code in it."""

import io
import json

import pytest

from rbacgraph.model.kubernetes.ingress_proxies import ProxyProgram, ProxySettings
from rbacgraph.sources.load import load
from rbacgraph.sources.pods.proxy_flags import proxy_flags
from rbacgraph.sources.pods.wire_pods import Container
from rbacgraph.sources.snapshots.saving import save

NGINX, F5 = ProxyProgram.INGRESS_NGINX, ProxyProgram.NGINX_INGRESS
IMAGES = {
    "registry.k8s.io/ingress-nginx/controller:v1.11.4@sha256:0": NGINX,
    "k8s.gcr.io/ingress-nginx/controller-chroot:v1.2.0": NGINX,
    "quay.io/kubernetes-ingress-controller/nginx-ingress-controller:0.32.0": NGINX,
    "docker.io/bitnami/nginx-ingress-controller:1.11.3-debian-12-r0": NGINX,
    "rancher/nginx-ingress-controller:nginx-1.11.5-rancher1": NGINX,
    "mcr.microsoft.com/oss/kubernetes/ingress/nginx-ingress-controller:v1.11.2": NGINX,
    "cgr.dev/chainguard/ingress-nginx-controller": NGINX,
    "nginx/nginx-ingress:5.0.0": F5,
    "private-registry.nginx.com:443/nginx-ic/nginx-plus-ingress:5.0.0": F5,
    "quay.io/jcmoraisjr/haproxy-ingress:v0.15.0": ProxyProgram.HAPROXY_INGRESS,
    "haproxytech/kubernetes-ingress:3.1": ProxyProgram.HAPROXY_KUBERNETES,
    "registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.0": None,
    "registry.k8s.io/ingress-nginx/opentelemetry:v20230721": None,
    "nginx:1.29": None,
    "shop.example/kubernetes-ingress:3": None,
    "controller:v1": None,
    "": None,
}


@pytest.mark.parametrize(("image", "program"), IMAGES.items())
def test_an_image_shows_the_program(image, program):
    found = proxy_flags([Container(image=image, command=None, args=None)], None)
    assert (found and found.program) == program


def test_a_flag_that_names_the_program_starts_none():
    container = Container(image="edge:1", args=["watch", "--of=/nginx-ingress-controller --x"])
    assert proxy_flags([container], None) is None


def flags(*args, image="registry.k8s.io/ingress-nginx/controller:v1", command=None):
    found = proxy_flags([Container(image=image, command=command, args=list(args))], None)
    assert found is not None
    return found


def test_flags_are_read_in_each_form():
    found = flags(
        "/nginx-ingress-controller",
        "--configmap=$(POD_NAMESPACE)/edge",
        "--watch-namespace",
        "a",
        "--watch-namespace=shop",
        "--enable-annotation-validation",
        "--validating-webhook=:8443",
        "--validating-webhook-key=/secret/PLANTED",
    )
    assert found.config_map_of("web") == ("web", "edge")
    assert (found.watches, found.validates, found.webhook) == (("shop",), True, 8443)
    assert "PLANTED" not in repr(found)


def test_a_shell_may_start_the_program():
    command = ["sh", "-c", "exec /nginx-ingress-controller --watch-namespace=shop --configmap a/b"]
    found = proxy_flags([Container(image="edge:1", command=command, args=None)], None)
    assert (found.program, found.watches, found.config_map) == (NGINX, ("shop",), "a/b")


@pytest.mark.parametrize(
    ("image", "args", "snippets", "of_config_map"),
    [
        ("nginx/nginx-ingress:5", ["-nginx-configmaps=a/b"], False, None),
        ("nginx/nginx-ingress:5", ["-enable-snippets", "-v=1"], True, None),
        ("nginx/nginx-ingress:5", ["-enable-snippets=$(ON)"], None, None),
        ("a/haproxy-ingress:1", [], True, None),
        ("a/haproxy-ingress:1", ["--disable-config-keywords=server"], True, None),
        ("a/haproxy-ingress:1", ["--disable-config-keywords", "*"], False, None),
        ("haproxytech/kubernetes-ingress", [], True, True),
        ("haproxytech/kubernetes-ingress", ["--disable-config-snippets=global"], True, True),
        ("haproxytech/kubernetes-ingress", ["--disable-config-snippets=backend"], False, True),
        (
            "haproxytech/kubernetes-ingress",
            ["--disable-config-snippets=global, frontend"],
            True,
            False,
        ),
        ("haproxytech/kubernetes-ingress", ["--disable-config-snippets=all"], False, False),
        ("registry.k8s.io/ingress-nginx/controller:v1", ["--enable-snippets"], None, None),
    ],
)
def test_flags_that_turn_snippets_on_or_off(image, args, snippets, of_config_map):
    found = flags(*args, image=image)
    assert (found.snippets, found.global_snippets) == (snippets, of_config_map)


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({"app.kubernetes.io/name": "ingress-nginx"}, False),
        (
            {
                "app.kubernetes.io/name": "ingress-nginx",
                "app.kubernetes.io/component": "controller",
            },
            True,
        ),
        (
            {
                "app.kubernetes.io/name": "ingress-nginx",
                "app.kubernetes.io/component": "admission-webhook",
            },
            False,
        ),
        ({"app.kubernetes.io/name": "web", "app.kubernetes.io/component": "controller"}, False),
    ],
)
def test_labels_show_a_controller_whose_image_is_called_otherwise(labels, found):
    assert bool(proxy_flags([Container(image="edge:1", command=None, args=None)], labels)) == found


def config_map(name, data, labels=None):
    metadata = {"name": name, "namespace": "edge", "labels": labels or {}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


SECRET = {"http-snippet": "set $key hunter2PLANTED"}


@pytest.mark.parametrize(
    ("found", "settings"),
    [
        (config_map("edge-nginx", SECRET), ProxySettings()),
        (config_map("edge", {"allow-snippet-annotations": "true"}), ProxySettings(snippets=True)),
        (
            config_map("edge", {**SECRET, "annotations-risk-level": "critical"}),
            ProxySettings(critical=True),
        ),
        (config_map("edge", SECRET, {"app.kubernetes.io/name": "ingress-nginx"}), ProxySettings()),
        (
            config_map("nginx", {"allow-snippet-annotations": "${ALLOW}"}),
            ProxySettings(snippets=False, unclear=True),
        ),
        (config_map("edge", SECRET), None),
        (config_map("edge", SECRET, {"app.kubernetes.io/name": "edge"}), None),
    ],
)
def test_only_settings_are_kept_of_a_config_map(found, settings, tmp_path):
    for text in (json.dumps(found), json.dumps(found, indent=2), f"---\n{json.dumps(found)}"):
        snapshot = load(io.BytesIO(text.encode()))
        assert [one.settings for one in snapshot.config_maps] == [settings] * (settings is not None)
        assert snapshot.skipped == ({} if settings else {"ConfigMap": 1})
        assert "PLANTED" not in repr(snapshot)
    save(snapshot, tmp_path / "saved.json")
    assert load(tmp_path / "saved.json").config_maps == snapshot.config_maps
