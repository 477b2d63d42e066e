"""``rbacgraph export``."""

import pytest

from rbacgraph.report.text.format_names import EXPORTS

PLANTED = "cGxhbnRlZC12YWx1ZQ=="


@pytest.mark.parametrize("suffix", ["graphml", "gexf"])
def test_the_suffix_names_the_format(run, shop, tmp_path, suffix):
    target = tmp_path / f"shop.{suffix}"
    assert run("export", "-f", shop, "-o", str(target))[:2] == (0, "")
    assert suffix in target.read_text()[:200]


def test_a_folder_is_made(run, shop, tmp_path):
    target = tmp_path / "import"
    assert run("export", "-f", shop, "--format", "neo4j-csv", "-o", str(target))[0] == 0
    assert sorted(p.name for p in target.iterdir()) == ["nodes.csv", "relationships.csv"]


@pytest.mark.parametrize("name", EXPORTS)
def test_nothing_of_a_secrets_value_is_written(run, shop, tmp_path, name):
    target = tmp_path / "out"
    assert run("export", "-f", shop, "--format", name, "-o", str(target))[0] == 0
    files = [target] if target.is_file() else list(target.iterdir())
    for file in files:
        assert b"db" in file.read_bytes()
        assert b"planted" not in file.read_bytes()
        assert PLANTED.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no output given: add -o PATH"),
        (("-o", "x.json"), "x.json names no export format"),
        (("--format", "dot", "-o", "x"), "there is no export 'dot'"),
        (("-o", "nowhere/x.gexf"), "cannot write nowhere/x.gexf: No such file or directory"),
    ],
)
def test_what_cannot_be_is_refused(run, shop, arguments, words):
    status, out, err = run("export", "-f", shop, *arguments)
    assert (status, out) == (2, "")
    assert words in err
