"""The table of operators: its rows, and the powers of rules."""

import re
from collections import Counter

import msgspec
import pytest

from rbacgraph.facts.operators.marks import shown_by_images, shown_by_labels
from rbacgraph.facts.operators.power import ROWS, Power, PowerRow, powers_of
from rbacgraph.facts.operators.table import OPERATORS, Operator
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.packaged import packaged
from tests.tables import each_of

EACH = each_of(OPERATORS, lambda row: row.name)
LINES = packaged("rbacgraph.facts.operators", "rows.jsonl").splitlines()
_SOURCE = re.compile(r"[\w.-]+(/[\w.-]+)+:\S")
_LABEL = re.compile(r"[a-zA-Z0-9][\w.-]*(/[\w.-]+)?=[\w.-]*")
_WORD = re.compile(r"[a-zA-Z0-9][\w.-]*")


def test_no_two_operators_have_one_name():
    names = Counter(row.name for row in OPERATORS)
    assert [name for name, number in names.items() if number > 1] == []


@each_of(list(zip(LINES, OPERATORS, strict=True)), lambda pair: pair[1].name)
def test_a_line_is_one_row_without_defaults_and_in_order(pair):
    line, row = pair
    assert msgspec.json.encode(msgspec.json.decode(line)) == msgspec.json.encode(row)


@each_of(ROWS, lambda row: row.group or row.resource)
def test_a_power_has_its_source_and_is_said_once(row):
    assert row.source.startswith("https://")
    assert bool(row.group) != bool(row.resource)
    assert [(one.group, one.resource) for one in ROWS].count((row.group, row.resource)) == 1
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"source": "https://", "groups": row.group}, PowerRow)


def test_an_unknown_field_or_power_is_refused():
    row = {"name": "a", "parts": [{"names": ["b"]}], "needs": ["read-secrets"]}
    assert msgspec.convert(row, Operator).needs == (Power.READ_SECRETS,)
    for wrong in ({"nams": []}, {"parts": [{"names": [], "need": []}]}, {"needs": ["read"]}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(row | wrong, Operator)


@EACH
def test_a_row_says_how_its_operator_is_recognised(row):
    named = row.families or row.known_as
    assert row.images or row.names or row.parts_of or row.charts or row.labels or named
    for name in (*row.names, *row.parts_of, *row.components, *row.charts, *named):
        assert _WORD.fullmatch(name), name
    assert all(map(_LABEL.fullmatch, row.labels))
    assert not any("." not in group for group in row.groups)


@EACH
def test_a_row_has_its_source(row):
    assert _SOURCE.match(row.source) or not row.images, row.source
    assert row.read or not (row.needs or row.own_needs or row.ships or row.parts), (
        "what an operator needs by design is read before it counts"
    )


@EACH
def test_a_row_repeats_nothing(row):
    for field in msgspec.structs.astuple(row):
        if isinstance(field, tuple):
            assert len(set(field)) == len(field), field
    assert Power.OTHER not in {*row.needs, *row.own_needs}
    if Power.EVERYTHING in row.needs:
        assert not row.own_needs
        assert row.needs == (Power.EVERYTHING,)
    assert not set(row.needs) & set(row.own_needs)
    for part in row.parts:
        assert part.names
        assert part.needs or part.roles


@EACH
def test_an_image_has_a_project(row):
    """One word is a name that any registry may have."""
    for image in row.images:
        assert "/" in image
        assert not image.startswith("*")
        assert shown_by_images((f"registry.example.com/{image.replace('*', 'x')}:1",)) == {row}


@EACH
def test_a_name_shows_one_operator(row):
    for name in row.names:
        assert shown_by_labels({"app.kubernetes.io/name": name}) == {row}
    for part in row.parts_of:
        assert row in shown_by_labels({"app.kubernetes.io/part-of": part})
    for chart in row.charts:
        assert shown_by_labels({"helm.sh/chart": f"{chart}-1.2.3"}) == {row}


def rule(verbs, group, resources, names=None):
    return PolicyRule(tuple(verbs.split()), (group,), tuple(resources.split()), names)


@pytest.mark.parametrize(
    ("verbs", "group", "resources", "powers"),
    [
        ("get", "", "secrets", "READ_SECRETS"),
        ("list", "*", "secrets", "READ_SECRETS"),
        ("get list watch", "", "pods services configmaps nodes", ""),
        ("get", "", "*", "READ_SECRETS ENTER_PODS READ_LOGS NODE_PROXY"),
        ("get", "apps", "*", ""),
        ("get", "", "pods/exec", "ENTER_PODS"),
        ("get", "", "services/proxy", "ENTER_PODS"),
        ("get", "", "nodes/proxy", "NODE_PROXY"),
        ("get", "", "nodes/log pods/log", "READ_LOGS"),
        ("get", "", "nodes/metrics", ""),
        ("patch", "", "secrets", "WRITE_SECRETS"),
        ("delete", "", "secrets", "WRITE_SECRETS"),
        ("create", "", "pods", "RUN_PODS"),
        ("delete", "", "pods", ""),
        ("create", "", "pods/exec pods/attach", "ENTER_PODS"),
        ("patch", "", "pods/ephemeralcontainers", "ENTER_PODS"),
        ("create", "", "pods/binding", "RUN_PODS"),
        ("create", "", "pods/eviction", ""),
        ("create", "", "bindings", "OTHER"),
        ("update", "apps", "deployments", "RUN_PODS"),
        ("patch", "*", "*/scale", ""),
        ("update", "*", "*/finalizers", ""),
        ("update", "*", "*/status", "WRITE_NODES SIGN_CERTIFICATES WRITE_CUSTOM"),
        ("patch", "", "nodes/status", "WRITE_NODES"),
        ("update", "", "pods/status services/status", ""),
        ("create", "batch", "jobs", "RUN_PODS"),
        ("create", "", "serviceaccounts/token", "REQUEST_TOKENS"),
        ("create", "", "serviceaccounts", "WRITE_ACCOUNTS"),
        ("impersonate", "", "users", "IMPERSONATE"),
        ("impersonate", "authentication.k8s.io", "uids", "IMPERSONATE"),
        ("impersonate:user-info", "authentication.k8s.io", "users", "IMPERSONATE"),
        ("*", "", "serviceaccounts", "WRITE_ACCOUNTS IMPERSONATE"),
        ("bind", "rbac.authorization.k8s.io", "clusterroles", "WRITE_RBAC"),
        ("create", "rbac.authorization.k8s.io", "rolebindings", "WRITE_RBAC"),
        ("get", "rbac.authorization.k8s.io", "roles", ""),
        ("approve", "certificates.k8s.io", "signers", "SIGN_CERTIFICATES"),
        ("update", "certificates.k8s.io", "certificatesigningrequests/status", "SIGN_CERTIFICATES"),
        ("patch", "admissionregistration.k8s.io", "validatingwebhookconfigurations",
         "WRITE_ADMISSION"),
        ("create", "apiextensions.k8s.io", "customresourcedefinitions", "WRITE_APIS"),
        ("create", "apiregistration.k8s.io", "apiservices", "WRITE_APIS"),
        ("use", "security.openshift.io", "securitycontextconstraints", "USE_CONSTRAINTS"),
        ("use", "policy", "podsecuritypolicies", "USE_CONSTRAINTS"),
        ("create", "networking.k8s.io", "ingresses", "WRITE_NETWORK"),
        ("create", "extensions", "ingresses", "WRITE_NETWORK"),
        ("create", "extensions", "deployments", "RUN_PODS"),
        ("create", "storage.k8s.io", "csidrivers", "WRITE_STORAGE"),
        ("create patch", "", "events", ""),
        ("*", "coordination.k8s.io", "leases", ""),
        ("create", "authorization.k8s.io", "subjectaccessreviews", ""),
        ("update", "", "widgets", "OTHER"),
        ("create", "own.example.com", "things", ""),
        ("create", "shared.example.com", "things things/status", ""),
        ("create", "shared.example.com", "others", "WRITE_CUSTOM"),
        ("create", "other.example.com", "things", "WRITE_CUSTOM"),
        ("get", "other.example.com", "things", ""),
        ("frob", "", "pods", "RUN_PODS"),
        ("update", "", "deployments leases", ""),
        ("patch", "", "pods/resize", ""),
    ],
)  # fmt: skip
def test_every_right_has_its_power(verbs, group, resources, powers):
    own = ("own.example.com", "things.shared.example.com")
    found = powers_of([rule(verbs, group, resources)], own)
    assert found == {Power[name] for name in powers.split()}
    assert powers_of([rule(verbs, group, resources, ("one",))], own) == found


def test_a_resource_of_any_group_may_be_of_each():
    found = powers_of([rule("create", "*", "jobs")])
    assert {Power.RUN_PODS, Power.WRITE_CUSTOM, Power.WRITE_RBAC} <= found
    assert powers_of([rule("create", "*", "pods")]) == {Power.RUN_PODS, Power.WRITE_CUSTOM}


def test_every_right_is_every_power():
    assert powers_of([rule("*", "*", "*")]) == set(Power)
    almost = powers_of([rule("get create update patch delete", "*", "*")])
    assert almost == set(Power) - {Power.EVERYTHING}
    assert Power.EVERYTHING not in powers_of([rule("*", "", "*"), rule("*", "apps", "*")])


def test_urls_have_no_power():
    assert powers_of([PolicyRule(("get",), non_resource_urls=("*",))]) == set()
