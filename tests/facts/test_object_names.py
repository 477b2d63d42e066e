"""The table of objects' names: its schema, its sources, and what a server says of each name."""

import io
import json
import re
from importlib.resources import files

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rbacgraph as rg
from rbacgraph.authz.questions.api_resources import known_resources
from rbacgraph.facts.object_names import may_be_made
from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.snapshot import OBJECTS, CustomResource, Snapshot
from rbacgraph.model.object_names.rows import NameRow, name_rows
from rbacgraph.sources.checks.object_checks import misnamed
from tests.facts.objects import item
from tests.tables import each_of

ROWS = [row for rows in name_rows().values() for row in rows]
LINES = (
    (files("rbacgraph.model.object_names") / "rows.jsonl").read_text(encoding="utf-8").splitlines()
)
SOURCE = re.compile(r"[\w.-]+/[\w.-]+:[\w./-]+\.go \(\w+\)[^\n]*")
NOT_STORED = re.compile("bindings|.*reviews")
"""What is created of these is no object of that name."""

CORE = ""
NAMES = {  # whether each is one segment of a path, a DNS subdomain, a DNS label
    "web": "psl",
    "1web": "psl",
    "web.v1": "ps",
    "w" * 64: "ps",
    "w" * 253: "ps",
    "w" * 254: "p",
    "*": "p",
    "My_Name": "p",
    "My-Name": "p",
    "-web": "p",
    "web-": "p",
    "web..v1": "p",
    "system:web": "p",
    "a b": "p",
    "ümlaut": "p",
    "web\n": "p",
    "team/web": "",
    "team%2Fweb": "",
    ".": "",
    "..": "",
}
CLASSES = {
    "p": """
    certificatesigningrequests.certificates.k8s.io clusterrolebindings.rbac.authorization.k8s.io
    clusterroles.rbac.authorization.k8s.io poddisruptionbudgets.policy
    rolebindings.rbac.authorization.k8s.io roles.rbac.authorization.k8s.io unknown.example.com
    """,
    "s": """
    configmaps deployments.apps horizontalpodautoscalers.autoscaling
    ingresses.networking.k8s.io jobs.batch
    mutatingwebhookconfigurations.admissionregistration.k8s.io
    networkpolicies.networking.k8s.io nodes
    persistentvolumeclaims persistentvolumes pods secrets serviceaccounts
    storageclasses.storage.k8s.io validatingadmissionpolicies.admissionregistration.k8s.io
    validatingadmissionpolicybindings.admissionregistration.k8s.io
    validatingwebhookconfigurations.admissionregistration.k8s.io widgets.example.com
    """,
    "l": "namespaces services statefulsets.apps",
}
WIDGETS = CustomResource("example.com", "widgets", "Widget", namespaced=True)
OTHERS = [  # kinds with rules of their own
    (("apps", "statefulsets"), {"s" * 61: True, "s" * 62: False, "1web": True, "web.v1": False}),
    (("batch", "cronjobs"), {"c" * 52: True, "c" * 53: False, "web.v1": True, "My_Name": False}),
    (
        ("apiextensions.k8s.io", "customresourcedefinitions"),
        {"widgets.example.com": True, "widgets.com": False, "1s.example.com": False}
        | {"widgets": False, "Widgets.example.com": False, "*": False, "w.e.example.com": True},
    ),
    (
        ("apiregistration.k8s.io", "apiservices"),
        {"v1.": True, "v2.": False, "v1.apps": True, "v1.metrics.k8s.io": True, "v1": False}
        | {"1v.apps": False, "V1.apps": False, "v1.My": False, "*": False},
    ),
    (
        ("storage.k8s.io", "csidrivers"),
        {"files.example.com": True, "Files.Example.com": True, "files_example": False}
        | {"d" * 63: True, "d" * 64: False},
    ),
    (
        ("networking.k8s.io", "ipaddresses"),
        {"10.0.0.1": True, "2001:db8::1": True, "2001:DB8::1": False, "10.0.0.01": False}
        | {"web": False},
    ),
    (
        ("user.openshift.io", "groups"),
        {"devs": True, "My Devs": True, "system:devs": False, "~": False, "a/b": False},
    ),
]


def world(version=None, **fields):
    return Facts(Snapshot(kubernetes_version=version, custom_resources=(WIDGETS,), **fields))


def test_each_line_is_a_row_without_defaults():
    rows = [msgspec.json.decode(line, type=NameRow) for line in LINES]
    assert [json.dumps(msgspec.to_builtins(row)) for row in rows] == LINES
    keys = [(row.group, row.resource, row.rule) for row in rows]
    assert keys == sorted(set(keys))
    assert len(rows) == len(ROWS) > 50


@each_of(ROWS, lambda row: f"{row.resource}.{row.group}")
def test_a_row_says_where_it_was_read_and_what_keeps_such_objects(row):
    assert SOURCE.fullmatch(row.source)
    assert not row.kept or row.kept in OBJECTS
    assert not any(row.allows(name) for name in ("", ".", "..", "a/b", "a%2Fb"))
    assert row.since is None or row.until is None or row.since <= row.until


def test_every_kind_of_kubernetes_has_a_row():
    lacking = {
        (one.group, one.resource)
        for one in known_resources()
        if "create" in one.verbs and not NOT_STORED.fullmatch(one.resource)
    } - name_rows().keys()
    assert not lacking


def test_each_kind_takes_the_names_of_its_class():
    facts, wrong = world(), []
    for kind, resources in CLASSES.items():
        for resource, _, group in (one.partition(".") for one in resources.split()):
            for name, kinds in NAMES.items():
                if may_be_made(facts, (group, resource), name) is not (kind in kinds):
                    wrong.append((resource, name))
    assert not wrong


@pytest.mark.parametrize(("key", "names"), [pytest.param(*one, id=one[0][1]) for one in OTHERS])
def test_a_kind_with_a_rule_of_its_own(key, names):
    facts = world()
    assert {name: may_be_made(facts, key, name) for name in names} == names


@pytest.mark.parametrize(
    ("version", "expected"), [(None, True), ((1, 24), False), ((1, 33), False), ((1, 34), True)]
)
def test_a_service_may_begin_with_a_digit_where_the_server_may_be_new(version, expected):
    assert may_be_made(world(version), (CORE, "services"), "1web") is expected
    assert may_be_made(world(version), (CORE, "services"), "web")
    assert not may_be_made(world(version), (CORE, "services"), "web.v1")


def test_any_name_is_one_that_a_kind_takes():
    assert may_be_made(world(), (CORE, "namespaces"), "")


@pytest.mark.parametrize("name", ["{{ .Release.Name }}-web", "${NAME}", "${NAME:-web}", "$(NAME)"])
def test_what_is_yet_to_be_filled_in_may_be_any_name(name):
    assert may_be_made(world(), (CORE, "secrets"), name)


@given(
    st.sampled_from(["Secret", "ServiceAccount", "Namespace", "Service"]),
    st.one_of(st.sampled_from([*NAMES]), st.from_regex(r"[a-zA-Z0-9.*:-]{1,70}", fullmatch=True)),
)
def test_a_warning_says_of_core_kinds_what_the_table_says(kind, name):
    one = item(kind, name, "" if kind == "Namespace" else "shop")
    snapshot = rg.load(io.BytesIO(json.dumps(one).encode()), bootstrap=False).snapshot
    refused = not may_be_made(world(), (CORE, f"{kind.lower()}s"), name)
    assert bool([*misnamed(snapshot)]) is (refused and kind != "Service")


EXTERNAL = "external-secrets.io"
HOOKS = "admissionregistration.k8s.io"
TEMPLATE = {"template": {"spec": {"containers": [{"name": "c"}]}}}
DEFINITION = item(
    "CustomResourceDefinition",
    f"externalsecrets.{EXTERNAL}",
    "",
    "apiextensions.k8s.io/v1",
    spec={
        "group": EXTERNAL,
        "scope": "Namespaced",
        "names": {"kind": "ExternalSecret", "plural": "externalsecrets"},
    },
)
HELD = {  # by kind, the object, its resource, and another one
    "Secret": (item("Secret", "My_Name"), (CORE, "secrets"), (CORE, "configmaps")),
    "Namespace": (item("Namespace", "My_Name", ""), (CORE, "namespaces"), (CORE, "nodes")),
    "StatefulSet": (
        item("StatefulSet", "My_Name", version="apps/v1", spec=TEMPLATE),
        ("apps", "statefulsets"),
        ("apps", "deployments"),
    ),
    "ValidatingWebhookConfiguration": (
        item("ValidatingWebhookConfiguration", "My_Name", "", f"{HOOKS}/v1", webhooks=[]),
        (HOOKS, "validatingwebhookconfigurations"),
        (HOOKS, "mutatingwebhookconfigurations"),
    ),
    "ExternalSecret": (
        item("ExternalSecret", "My_Name", version=f"{EXTERNAL}/v1", spec={"target": {}}),
        (EXTERNAL, "externalsecrets"),
        (CORE, "secrets"),
    ),
}


@pytest.mark.parametrize("kind", HELD)
def test_a_name_that_an_object_of_the_kind_has_counts(kind):
    one, key, other = HELD[kind]
    text = "\n".join(json.dumps(found) for found in (DEFINITION, one))
    facts = Facts(rg.load(io.BytesIO(text.encode()), bootstrap=False).snapshot)
    assert may_be_made(facts, key, "My_Name")
    assert not may_be_made(facts, other, "My_Name")
    assert not may_be_made(facts, key, "My_Other")
