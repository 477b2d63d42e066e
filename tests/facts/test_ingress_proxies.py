"""Which code Ingress controllers take, by their version, their settings and what they watch."""

import io
import json
import re

import pytest

import rbacgraph as rg
from rbacgraph.facts.ingress.namespace_selectors import parsed_selector
from rbacgraph.facts.ingress.proxies import FLAWS, IngressProxies, version_of
from rbacgraph.facts.operators.marks import shown_by_images
from rbacgraph.facts.operators.table import OPERATORS
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.kubernetes.ingress_proxies import ProxyProgram
from tests.facts.kept import kept
from tests.facts.objects import item, namespace
from tests.sources.test_proxy_flags import IMAGES


def objects(version, data=None, args=(), **more):
    image = f"registry.k8s.io/ingress-nginx/controller{more.pop('suffix', '')}:v{version}"
    words = ["/nginx-ingress-controller", "--configmap=edge/edge-nginx", *args]
    container = {"name": "c", "image": image, "args": words}
    found = [item("Pod", "edge", "edge", spec={"containers": [container]})]
    if data is not None:
        found.append(item("ConfigMap", "edge-nginx", "edge", data=data))
    return [*found, *more.get("others", ())]


def proxies(*items):
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    world = Facts(rg.load(io.BytesIO(text.encode())).snapshot)
    found = kept(world, IngressProxies)
    return found, found.all[0]


def codes(condition):
    return None if condition is None else [doubt.code for doubt in condition.doubts]


def taken(version, data=None, *args, **more):
    found, proxy = proxies(*objects(version, data, args, **more))
    return codes(found.takes_code(proxy))


ON = {"allow-snippet-annotations": "true"}
CRITICAL = {"annotations-risk-level": "Critical"}
SNIPPETS, FLAW = [If.PROXY_TAKES_SNIPPETS], [If.PROXY_HAS_FLAW]
UNKNOWN = [If.CONFIG_MAP_ALLOWS_SNIPPETS]


@pytest.mark.parametrize(
    ("version", "data", "found"),
    [
        ("1.15.1", {}, None),
        ("1.15.1", None, UNKNOWN),
        ("1.15.1", ON, None),
        ("1.15.1", CRITICAL, None),
        ("1.15.1", {**ON, **CRITICAL}, SNIPPETS),
        ("1.15.1", {**ON, "annotations-risk-level": "High"}, None),
        ("1.15.1", {**ON, "annotations-risk-level": "ENC[AES256_GCM,data:x]"}, UNKNOWN),
        ("1.14.5", {}, None),
        ("1.14.4", {}, FLAW),
        ("1.13.9", {}, None),
        ("1.12.8", {}, FLAW),
        ("1.11.8", ON, SNIPPETS),
        ("1.9.0", {}, FLAW),
        ("1.8.2", {}, SNIPPETS),
        ("1.8.2", {"allow-snippet-annotations": "false"}, FLAW),
        ("0.49.0", {"allow-snippet-annotations": "false"}, SNIPPETS),
        ("2.0.0", {}, [If.PROXY_IS_OLDER]),
        ("2.0.0", {**ON, **CRITICAL}, SNIPPETS),
    ],
)
def test_versions_and_settings(version, data, found):
    assert taken(version, data) == found


def test_settings_whose_place_is_not_known_show_nothing():
    assert taken("1.15.1", ON, "--configmap=$(ELSE)/edge-nginx") is None


def test_a_flag_turns_validation_off_and_on():
    off, on = "--enable-annotation-validation=false", "--enable-annotation-validation"
    assert taken("1.15.1", {}, off) == FLAW
    assert taken("1.15.1", {}, on) is None
    found, proxy = proxies(*objects("1.11.4", {}, (on,)))
    (doubt,) = found.takes_code(proxy).doubts
    assert not {"CVE-2023-5044", "CVE-2025-24514"} & {*doubt.subject[-1]}
    found, proxy = proxies(*objects("1.11.4", {}))
    (doubt,) = found.takes_code(proxy).doubts
    assert {"CVE-2023-5044", "CVE-2025-24514"} <= {*doubt.subject[-1]}


def test_code_of_a_chroot_must_leave_it():
    left = [If.PROXY_HAS_FLAW, If.CODE_LEAVES_CHROOT]
    assert taken("1.13.0", {}, suffix="-chroot") == left
    assert taken("1.15.1", {**ON, **CRITICAL}, suffix="-chroot") is None
    found, proxy = proxies(*objects("1.15.1", {}, suffix="-chroot"))
    assert codes(found.takes_settings(proxy)) == [If.PROXY_TAKES_SETTINGS, If.CODE_LEAVES_CHROOT]


@pytest.mark.parametrize(
    ("version", "args", "found"),
    [
        ("1.11.4", ("--validating-webhook=:8443",), FLAW),
        ("1.12.0", ("--validating-webhook=:8443",), FLAW),
        ("1.11.5", ("--validating-webhook=:8443",), None),
        ("1.13.0", ("--validating-webhook=:8443",), None),
        ("1.11.4", (), None),
        ("9.0.0", ("--validating-webhook=:8443",), [If.PROXY_IS_OLDER]),
    ],
)
def test_packets(version, args, found):
    known, proxy = proxies(*objects(version, {}, args))
    assert codes(known.takes_packets(proxy)) == found


def test_every_flaw_has_its_issue_and_ends_with_its_repair():
    assert len({flaw.cve for flaw in FLAWS}) == len(FLAWS)
    for flaw in FLAWS:
        assert re.fullmatch(r"kubernetes/(kubernetes|ingress-nginx)#\d+", flaw.issue), flaw.cve
        for repaired in flaw.repaired:
            major, minor, patch = repaired
            assert not flaw.concerns(repaired), flaw.cve
            before = (major, minor, patch - 1) if patch else (major, minor - 1, 99)
            assert flaw.concerns(before), flaw.cve
        assert flaw.concerns((0, 9, 0))


@pytest.mark.parametrize(
    ("image", "labels", "found"),
    [
        ("a/controller:v1.12.1-hardened1@sha256:0", {}, (1, 12, 1)),
        ("host:5000/controller@sha256:0", {"app.kubernetes.io/version": "1.12.1"}, (1, 12, 1)),
        ("a/controller:main", {"app.kubernetes.io/version": "1.12.1"}, None),
        ("a/controller", {"helm.sh/chart": "ingress-nginx-4.9.0"}, None),
        ("a/controller", {"helm.sh/chart": "rke2-ingress-nginx-4.10.0"}, None),
        ("a/controller:2024.10.1", {}, None),
        ("a/controller:1.12", {}, None),
        ("a/controller:v1.12.0-beta.0", {}, (1, 12, 0)),
    ],
)
def test_what_shows_a_version(image, labels, found):
    assert version_of(image, labels) == found


WATCHES = If.PROXY_WATCHES_NAMESPACE


@pytest.mark.parametrize(
    ("args", "scope", "found"),
    [
        ((), "shop", []),
        (("--watch-namespace=shop",), "shop", []),
        (("--watch-namespace=shop",), "web", None),
        (("--watch-namespace=shop",), "", []),
        (("--watch-namespace=$(POD_NAMESPACE)",), "edge", []),
        (("--watch-namespace=$(POD_NAMESPACE)",), "shop", None),
        (("--watch-namespace=$(ELSE)",), "shop", [WATCHES]),
        (("--watch-namespace-selector=team=shop",), "shop", []),
        (("--watch-namespace-selector=team!=shop",), "shop", None),
        (("--watch-namespace-selector=team notin (shop, web)",), "shop", None),
        (("--watch-namespace-selector=team,!closed",), "shop", []),
        (("--watch-namespace-selector=closed",), "shop", None),
        (("--watch-namespace-selector=team=shop",), "web", [WATCHES]),
        (("--watch-namespace-selector=team=shop",), "", [WATCHES]),
        (("--watch-namespace-selector=team ~ shop",), "shop", [WATCHES]),
        (("--watch-namespace-selector=kubernetes.io/metadata.name=shop",), "shop", []),
        (("--namespace-blacklist=shop",), "shop", None),
    ],
)
def test_whose_ingresses_a_controller_takes(args, scope, found):
    others = [namespace("shop", team="shop")]
    known, proxy = proxies(*objects("1.11.4", {}, args, others=others))
    assert codes(known.heeds(proxy, scope)) == found


def test_other_webhooks_may_refuse_an_ingress():
    def hook(name, service):
        rule = {
            "operations": ["CREATE"],
            "apiGroups": ["networking.k8s.io"],
            "apiVersions": ["v1"],
            "resources": ["ingresses"],
        }
        client = {"service": {"name": "x", "namespace": service}}
        webhooks = [{"name": "a.example.com", "rules": [rule], "clientConfig": client}]
        version = "admissionregistration.k8s.io/v1"
        kind = "ValidatingWebhookConfiguration"
        return item(kind, name, "", version, webhooks=webhooks)

    assert taken("1.11.4", {}, others=[hook("own", "edge")]) == FLAW
    found = taken("1.11.4", {}, others=[hook("guard", "policies")])
    assert found == [*FLAW, If.WEBHOOKS_ALLOW_INGRESS]


def test_each_controller_counts_for_itself():
    pods = [
        item("Pod", name, "edge", spec={"containers": [{"name": "c", "image": image}]})
        for name, image in (
            ("old", "registry.k8s.io/ingress-nginx/controller:v1.11.4"),
            ("new", "registry.k8s.io/ingress-nginx/controller:v1.15.1"),
        )
    ]
    found, _ = proxies(*pods)
    assert [codes(found.takes_code(one)) for one in found.all] == [FLAW, None]


def test_the_table_of_operators_knows_each_program():
    known = {operator.name.removeprefix("the ") for operator in OPERATORS}
    assert {program.value for program in ProxyProgram} <= known
    for image, program in IMAGES.items():
        found = {one.name.removeprefix("the ") for one in shown_by_images((image,))}
        assert found == ({program.value} if program else set()), image


def test_selectors():
    assert parsed_selector("") is None
    assert parsed_selector("a=b,") is None
    (one, other) = parsed_selector("a in (b,c),d").match_expressions
    assert (one.values, other.operator) == (("b", "c"), "Exists")
