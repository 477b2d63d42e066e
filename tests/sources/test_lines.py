"""The own lines of rules and subjects, in every form that an object is written in."""

import gzip
import io
import json
import re

import pytest
import yaml

import rbacgraph as rg
from rbacgraph.model.kubernetes.meta import unpack_origin
from rbacgraph.sources.files.source_lines import Lines

ROLE = """kind: Role
apiVersion: rbac.authorization.k8s.io/v1
metadata:
  name: reader
  namespace: shop
rules:
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
# the second
- verbs:
  - list
  apiGroups: [""]
  resources: [secrets]
"""
OTHER = ROLE.replace("reader", "other")


def indented(text):
    return "- " + text.replace("\n", "\n  ").rstrip() + "\n"


def as_json(text):
    return json.dumps(
        {"kind": "List", "apiVersion": "v1", "items": list(yaml.safe_load_all(text))}, indent=2
    )


FORMS = {
    "documents": f"# first\n---\n{OTHER}---\n{ROLE}---\n{OTHER}",
    "list": "apiVersion: v1\nkind: List\nitems:\n"
    f"{indented(OTHER)}{indented(ROLE)}{indented(OTHER)}metadata: {{}}\n",
    "json": as_json(f"{OTHER}---\n{ROLE}---\n{OTHER}"),
    "lines in a List": '{\n  "kind": "List",\n  "apiVersion": "v1",\n  "items": [\n'
    + ",\n".join(json.dumps(yaml.safe_load(text)) for text in (OTHER, ROLE, OTHER))
    + "\n]}",
    "crlf": f"{OTHER}---\n{ROLE}".replace("\n", "\r\n"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("packed", [False, True])
def test_every_rule_is_found(form, packed, tmp_path):
    text = FORMS[form]
    path = tmp_path / f"roles.{'json' if form == 'json' else 'yaml'}{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    cluster = rg.load(path, bootstrap=False)
    (role,) = [role for role in cluster.snapshot.roles if role.metadata.name == "reader"]
    file, line = cluster.snapshot.where(role)
    lines = text.split("\n")
    for index in (0, 1):
        found = cluster.lines.of(file, line, "reader", "rules", index)
        assert re.search(r"^\s*(- |\{)", lines[found - 1])
        assert (
            "apiGroups" in lines[found - 1 + (form == "json" and lines[found - 1].strip() == "{")]
            or index
        )
    second = cluster.lines.of(file, line, "reader", "rules", 1)
    assert '"list"' in "".join(lines[second - 1 : second + 4]) or "list" in lines[second]
    assert cluster.lines.of(file, line, "reader", "rules", 2) == 0
    assert cluster.lines.of(file, line, "reader", "subjects", 0) == 0


def test_what_is_another_object_now_has_no_line(tmp_path):
    path = tmp_path / "role.yaml"
    path.write_text(ROLE)
    assert Lines().of(str(path), 1, "reader", "rules", 0) == 7
    assert Lines().of(str(path), 1, "renamed", "rules", 0) == 0


@pytest.mark.parametrize(
    "text", ["", "{", "\t", "- [", "kind: Role", "rules: [", "a: &a [*a]", '{"a"']
)
def test_what_cannot_be_parsed_has_no_line(text):
    assert Lines(lambda _: io.BytesIO(text.encode())).of("f", 1, "reader", "rules", 0) == 0
    assert Lines(lambda _: io.BytesIO(b"\xff\xfe")).of("f", 1, "reader", "rules", 0) == 0
    assert Lines().of("", 0, "reader", "rules", 0) == 0
    assert Lines().of("/nonesuch", 1, "reader", "rules", 0) == 0


def test_items_behind_an_alias_are_in_the_line_of_their_list():
    text = "---\nold: &items\n" + indented(ROLE) + "kind: List\napiVersion: v1\nitems: *items\n"
    (role,) = rg.load(io.BytesIO(text.encode()), bootstrap=False).snapshot.roles
    assert unpack_origin(role.origin)[1] == 2
