"""One byte of Latin-1, wherever it stands: that document is left out, and gates do not pass.

kubectl refuses YAML that is not UTF-8. In JSON the API server takes such a byte for a sign of its
own, so that it matters where rbacgraph reads it.
"""

import json

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app
from rbacgraph.sources.load import load
from tests.cli.conftest import bare

BAD = "\udce9"
"""A byte that is no UTF-8, for the codec's surrogateescape."""


def _secret(name, more=""):
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: shop\n{more}"


A, B, C = map(_secret, "abc")
ITEMS = "".join(
    f"- apiVersion: v1\n  kind: Secret\n  metadata: {{name: {name}, namespace: shop}}\n"
    for name in "ab"
)
LIST = "apiVersion: v1\nkind: List\nitems:\n"
OBJECT = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "shop"}}


def _json(**more):
    """A Secret, and one with a bad byte, as two documents."""
    other = {**OBJECT, "metadata": {**OBJECT["metadata"], "name": "b"}, **more}
    return f"{json.dumps(OBJECT)}\n{json.dumps(other)}".replace("BAD", BAD)


YAML = {
    # where the byte stands: the text, the Secrets that are kept, the line that is named
    "a comment before the first document": (f"# {BAD}\n{A}---\n{B}", "b", 1),
    "the same, indented": (f"\n   # {BAD}\n{A}---\n{B}", "b", 2),
    "a comment with a document of its own": (f"# {BAD}\n---\n{A}---\n{B}", "ab", 1),
    "a comment on the first separator": (f"--- # {BAD}\n{A}---\n{B}", "b", 1),
    "a comment on a separator": (f"{A}--- # {BAD}\n{B}", "a", 6),
    "a comment behind a separator": (f"{A}---\n# {BAD}\n{B}---\n{C}", "ac", 7),
    "a second comment": (f"{A}---\n# é\n# {BAD}\n{B}---\n{C}", "ac", 8),
    "a comment in the middle": (f"{A}---\n{B}# {BAD}\ntype: Opaque\n---\n{C}", "ac", 12),
    "a comment at the end": (f"{A}---\n{B}# {BAD}\n", "a", 12),
    "the same, without a newline": (f"{A}---\n{B}# {BAD}", "a", 12),
    "a document of a comment at the end": (f"{A}---\n{B}---\n# {BAD}\n", "ab", 13),
    "such a one without a newline": (f"{A}---\n{B}---\n# {BAD}", "ab", 13),
    "a separator at the end": (f"{A}---\n{B}--- # {BAD}", "ab", 12),
    "a directive": (f"%YAML 1.1 # {BAD}\n---\n{A}", "a", 1),
    "a string": (_secret("a", f"  labels: {{x: '{BAD}'}}\n") + f"---\n{B}", "b", 6),
    "a key": (_secret("a", f"  labels: {{{BAD}: x}}\n") + f"---\n{B}", "b", 6),
    "a name": (_secret(f"a{BAD}") + f"---\n{B}", "b", 4),
    "an object of another kind": (A.replace("Secret", "Service") + f"# {BAD}\n---\n{B}", "b", 6),
    "a comment before a List": (f"# {BAD}\n{LIST}{ITEMS}", "ab", 1),
    "a comment before the items": (f"{LIST}# {BAD}\n{ITEMS}", "ab", 4),
    "a comment between items": (f"{LIST}{ITEMS[:-1]} # {BAD}\n", "a", 9),
    "the end of a List": (f"apiVersion: v1\nitems:\n{ITEMS}kind: List # {BAD}\n", "ab", 9),
    "nothing but a comment": (f"# {BAD}\n", "", 1),
}
JSON = {
    "a name": (_json(metadata={"name": "bBAD", "namespace": "shop"}), "a", 2),
    "a type": (_json(type="BAD"), "a", 2),
}
READ = {
    "no bad byte": ("x.yaml", f"# é\n{A}--- # é\n{B}"),
    "a field that is not read, in JSON": ("x.json", _json(more="BAD")),
    "another kind, in JSON": ("x.json", _json(kind="Service", more="BAD")),
}


def _run(*arguments):
    return CliRunner().invoke(app, bare([str(one) for one in arguments]))


def _written(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode(errors="surrogateescape"))
    return path


@pytest.fixture
def policy(tmp_path):
    return _written(tmp_path / "access.yaml", "access: []\n")


def _gates(tmp_path, policy, path):
    """The exit codes of both gates, and what they say on standard error."""
    before = _written(tmp_path / "before" / "other.yaml", C).parent
    _written(path.parent / "other.yaml", C)
    allow = ("--allow-unread", path)
    check = ("check", "--policy", policy, "-f", path.parent)
    diff = ("diff", before, path.parent, "--fail-on", "gained:certain")
    return [_run(*asked, *more) for asked in (check, diff) for more in ((), allow)]


@pytest.mark.parametrize(
    ("name", "row"),
    [
        *(pytest.param("x.yaml", row, id=f"{where} in YAML") for where, row in YAML.items()),
        *(pytest.param("x.json", row, id=f"{where} in JSON") for where, row in JSON.items()),
    ],
)
def test_a_byte_that_is_no_utf8_leaves_its_document_out(tmp_path, policy, name, row):
    text, kept, line = row
    path = _written(tmp_path / "after" / name, text)
    found = load(path)
    assert "".join(secret.metadata.name for secret in found.secrets) == kept
    told = [(one.line, one.severity) for one in found.diagnostics if one.code == "not-utf-8"]
    assert told == [(line, "error")]
    check, allowed_check, diff, allowed_diff = _gates(tmp_path, policy, path)
    for done in (check, diff):
        assert done.exit_code == 2, done.output
        assert f"1 file was not read whole: {path}" in done.stderr
        assert f"{path}:{line}: error: holds bytes that are not UTF-8" in done.stderr
    assert (allowed_check.exit_code, allowed_diff.exit_code) == (0, 0)


@pytest.mark.parametrize("case", READ)
def test_a_byte_that_nobody_minds_leaves_nothing_out(tmp_path, policy, case):
    name, text = READ[case]
    path = _written(tmp_path / "after" / name, text)
    assert [one.metadata.name for one in load(path).secrets][:1] == ["a"]
    assert [done.exit_code for done in _gates(tmp_path, policy, path)] == [0, 0, 0, 0]


@pytest.mark.parametrize("case", YAML)
def test_what_a_stream_cuts_is_told_alike(tmp_path, case):
    """Documents far behind the first ones are cut at other places."""
    text, kept, line = YAML[case]
    if text.startswith("%"):
        return  # nothing stands before a directive
    filler = "apiVersion: v1\nkind: Event\nmetadata: {name: x}\n---\n" * 3000
    found = load(_written(tmp_path / "x.yaml", filler + text))
    assert "".join(secret.metadata.name for secret in found.secrets) == kept
    (told,) = [one.line for one in found.diagnostics if one.code == "not-utf-8"]
    assert told == filler.count("\n") + line
