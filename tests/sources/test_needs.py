"""Files that state needs: what is taken, what is told."""

import gzip
import io

import pytest

from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.sources.advice.need_files import BadLineError, NeedLine, parse_line, read_needs


def read(text):
    return read_needs(io.BytesIO(text if isinstance(text, bytes) else text.encode()))


def rule(verbs, *resources, names=None, groups=None):
    return PolicyRule(tuple(verbs.split()), groups, resources, names)


LINES = {
    "get secrets db": NeedLine("", rule("get", "secrets", names=("db",)), None),
    "get,list  pods": NeedLine("", rule("get list", "pods"), None),
    "get pods,services -n shop": NeedLine("", rule("get", "pods", "services"), "shop"),
    "-n shop get pods": NeedLine("", rule("get", "pods"), "shop"),
    "get pods --namespace=shop": NeedLine("", rule("get", "pods"), "shop"),
    "list nodes -A": NeedLine("", rule("list", "nodes"), ""),
    "create pods/exec web-0 # by hand": NeedLine(
        "", rule("create", "pods/exec", names=("web-0",)), None
    ),
    "sa:shop/api get secrets db tls": NeedLine(
        "sa:shop/api", rule("get", "secrets", names=("db", "tls")), None
    ),
    "system:serviceaccount:shop:api get pods": NeedLine(
        "system:serviceaccount:shop:api", rule("get", "pods"), None
    ),
    "'user:Anna Berg' get pods -n x": NeedLine("user:Anna Berg", rule("get", "pods"), "x"),
    "user:a#b get pods -A": NeedLine("user:a#b", rule("get", "pods"), ""),
    "impersonate:user-info users.authentication.k8s.io bob": NeedLine(
        "",
        rule("impersonate:user-info", "users.authentication.k8s.io", names=("bob",)),
        None,
    ),
    "get /metrics": NeedLine("", PolicyRule(("get",), non_resource_urls=("/metrics",)), None),
    "# nothing": None,
    "": None,
    "  \r": None,
}


@pytest.mark.parametrize("line", LINES)
def test_a_line(line):
    assert parse_line(line) == LINES[line]


BAD_LINES = {
    "get": "does not say what to get",
    "sa:shop/api": "names no verb",
    "-A": "names no verb",
    "get pods -n": "has -n without a namespace",
    "get pods -n a -A": "names more than one namespace",
    "get pods --all": "has '--all', which is no option here",
    "get,,list pods": "with nothing before or after a comma",
    "get 'pods": "has a quote that is not closed",
    "get /metrics x": "says 'x' after a path",
}


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_bad_line(line):
    with pytest.raises(BadLineError, match=BAD_LINES[line]):
        parse_line(line)


def test_a_bad_line_is_told_and_the_rest_is_read():
    found = read("# needs\nget secrets db\nget\n\nlist pods\n")
    assert [(one.line, one.rule.verbs) for one in found.stated] == [(2, ("get",)), (5, ("list",))]
    (told,) = found.diagnostics
    assert (told.line, told.code, told.severity) == (3, "bad-need", "error")


RULES = """\
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [list]
"""
JSON_RULES = """\
[{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
 {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]}]"""
LAYOUTS = {
    "a list": (RULES, [1, 4]),
    "a mapping": ("# of the chart\nrules:\n" + RULES, [3, 6]),
    "a second document": ("---\n# none\n---\nrules:\n" + RULES, [5, 8]),
    "JSON": (
        '{"rules": ' + JSON_RULES + "}",
        [1, 2],
    ),
    "JSON list": (
        JSON_RULES,
        [1, 2],
    ),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_rules_that_stand_by_themselves(layout, pack):
    text, lines = LAYOUTS[layout]
    found = read(pack(text.encode()))
    assert [one.rule for one in found.stated] == [
        rule("get", "secrets", groups=("",)),
        rule("list", "deployments", groups=("apps",)),
    ]
    assert [one.line for one in found.stated] == lines
    assert found.diagnostics == ()


ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: api}
rules:
"""


def test_manifests_stay_manifests():
    found = read("---\n" + RULES + "---\n" + ROLE + RULES)
    assert len(found.stated) == 2
    (role,) = found.manifests.roles
    assert (role.metadata.namespace, len(role.rules)) == ("default", 2)
    assert found.manifests.where(role) == ("<stream>", 9)
    assert {d.code for d in found.diagnostics} == {"default-namespace"}


BAD = {
    "empty": (b"", "no-needs", "states no need"),
    "comments": (b"# a\n---\n# b\n", "no-needs", "states no need"),
    "other objects": (
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
        "no-needs",
        "holds no rules, roles or bindings",
    ),
    "values of a chart": (b"rbac:\n  create: true\n", "no-needs", "holds no rules"),
    "a rule without groups": (
        b"rules:\n- {resources: [pods], verbs: [get]}\n",
        "bad-need",
        "without apiGroups",
    ),
    "a rule of nothing": (b'rules:\n- {apiGroups: [""], verbs: [get]}\n', "bad-need", "without"),
    "a rule without verbs": (
        b'rules:\n- {apiGroups: [""], resources: [pods]}\n',
        "bad-need",
        "without verbs",
    ),
    "a wrong type": (b"rules:\n- {verbs: 7}\n", "bad-need", "is no PolicyRule"),
    "no rule": (b"rules:\n- get pods\n", "bad-need", "is no PolicyRule"),
    "no text": (b"get pods\n\xff\xfe\n", "not-utf-8", "is not UTF-8"),
    "broken YAML": (b"rules: [\n", "yaml-syntax", ""),
    "a template": (b"rules:\n{{- if .Values.rbac }}\n- {}\n{{ end }}\n", "template", ""),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_told(case):
    data, code, words = BAD[case]
    found = read(data)
    assert found.stated == ()
    (told,) = found.diagnostics
    assert told.code == code
    assert words in told.message


def test_a_damaged_archive_is_told():
    found = read(gzip.compress(b"get pods\n" * 9000)[:-12])
    assert "unreadable" in {d.code for d in found.diagnostics}
