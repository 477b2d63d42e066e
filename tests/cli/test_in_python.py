"""What Python answers: a sentence where it is asked wrongly, and what JSON says."""

import io
import json

import pytest
from click.testing import CliRunner

import rbacgraph as rg
from rbacgraph.cli.app import app
from rbacgraph.errors import UsageError
from tests.report.records.hops import read_hops, recorded_hops


@pytest.mark.parametrize("source", ["", None, 3])
def test_a_source_of_input_that_is_none(source):
    with pytest.raises(UsageError, match=r"a source is empty|is no source") as raised:
        rg.load(source)
    assert "file" in raised.value.advice


def test_an_error_says_what_to_do(shop):
    cluster = rg.load(shop, bootstrap=False)
    with pytest.raises(UsageError) as raised:
        cluster.who_can("get", "secerts")
    error = raised.value
    assert error.message == "no resource is called 'secerts'"
    assert error.advice.startswith("did you mean secrets?")
    assert str(error) == f"{error.message}\n  {error.advice}"
    assert str(UsageError("without advice")) == "without advice"
    done = CliRunner().invoke(app, ["who-can", "get", "secerts", "-q", "-f", shop])
    assert done.stderr == f"error: {error}\n"


SEVERAL = {
    "cut": {"secret": "shop/db-credentials", "keep": "sa:shop/importer"},
    "paths": {"secret": "shop/db-credentials", "via": "exec"},
    "reach": {"source": "sa:ci/runner", "without": "exec"},
    "admins": {"without": "exec"},
    "exposure": {"without": "exec"},
    "risks": {"without": "exec"},
    "survey": {"without": "exec"},
    "fix_risks": {"which": 1, "without": "exec"},
    "can_i": {"verb": "get", "resource": "pods", "user": "x", "groups": "platform-admins"},
    "rights": {"principal": "user:x", "groups": "platform-admins"},
}


@pytest.mark.parametrize("question", SEVERAL)
def test_one_text_is_taken_as_a_list_of_it(root, question):
    """Not as its letters: of groups these would be other groups."""
    cluster = rg.load(root / "fixtures/clusters/shop", bootstrap=False)
    asked = SEVERAL[question]
    listed = {key: [text] for key, text in asked.items() if key == [*asked][-1]}
    one, other = (getattr(cluster, question)(**kwargs) for kwargs in (asked, asked | listed))
    assert one == other or one.result == other.result


def test_input_without_any_object_is_an_error_as_on_the_command_line(root, tmp_path):
    """But in a comparison, one side of which may be empty."""
    page = root / "README.md"
    done = CliRunner().invoke(app, ["exposure", "-f", str(page)])
    with pytest.raises(rg.InputError) as raised:
        rg.load(page, bootstrap=False)
    assert done.exit_code == 2
    assert f"error: {raised.value.message}\n" in done.stderr
    assert "rbacgraph reads roles, bindings" in raised.value.advice
    assert f"{page}:3: error: is not valid YAML here" in raised.value.advice
    assert [d.code for d in rg.load(page, bootstrap=False, allow_empty=True).diagnostics][
        -1
    ] == "empty-input"
    (tmp_path / "empty.yaml").touch()
    shop = root / "fixtures/clusters/shop"
    assert rg.diff(tmp_path / "empty.yaml", shop).result.changes
    with pytest.raises(rg.InputError, match="no supported Kubernetes objects"):
        rg.load(io.BytesIO(b""), bootstrap=False)


@pytest.mark.parametrize("secret", [None, 3])
def test_a_secret_that_is_no_text(shop, secret):
    with pytest.raises(UsageError, match=f"secret is {secret}, not a text"):
        rg.load(shop).paths(secret=secret)


@pytest.mark.parametrize("source", [None, 3])
def test_a_source_that_is_no_text(shop, source):
    with pytest.raises(UsageError, match=f"source is {source}, not a text"):
        rg.load(shop).reach(source=source)


def test_notes_and_filters_are_in_the_records(shop):
    cluster = rg.load(shop)
    basis = cluster.paths(
        secret="db", source="user:Alice", via=["exec"], without=["attach"], certain=True
    ).basis
    assert (basis.via, basis.excluded) == (("exec",), ("attach",))
    assert basis.certain
    assert basis.filtered
    assert basis.notes == ("nothing in the input names user:Alice; did you mean user:alice?",)
    plain = cluster.paths(secret="db").basis
    assert not plain.filtered
    assert plain.notes == ()


@pytest.mark.parametrize(
    ("command", "asked", "source"),
    [
        ("paths", {"secret": "shop/db-credentials"}, "clusters/shop"),
        ("reach", {"source": "group:oncall"}, "clusters/shop"),
        ("reach", {"source": "user:alice"}, "edges/approve-csr/yes-two.yaml"),
    ],
)
def test_hops_in_json_are_those_of_python(root, command, asked, source):
    folder = str(root / "fixtures" / source)
    done = CliRunner().invoke(app, [command, *asked.values(), "-f", folder, "-o", "json"])
    read = [*read_hops(json.loads(done.stdout))]
    assert read == [*recorded_hops(getattr(rg.load(folder), command)(**asked).result)]
    assert any(len(hops) > 1 for hops in read)
