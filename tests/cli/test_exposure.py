"""``rbacgraph exposure`` as a person runs it."""

import csv

import pytest
from click.testing import CliRunner

from rbacgraph.cli.app import app


def run(*arguments):
    return CliRunner().invoke(app, ["exposure", *arguments])


def test_a_word_that_is_no_option_is_said_to_be_one(shop, tmp_path):
    for word, meant in (
        ("shop", "name a namespace by -n: rbacgraph exposure -n shop"),
        ("shop/db", "paths shows who gets at a Secret: rbacgraph paths shop/db"),
        (str(tmp_path), f"name a file or folder by -f: rbacgraph exposure -f {tmp_path}"),
    ):
        done = run(word, "-f", shop)
        assert done.exit_code == 2
        assert f"exposure takes no argument, and {word!r} is given" in done.stderr
        assert meant in done.stderr


@pytest.mark.parametrize("by", ["principal", "namespace", "technique", "binding"])
def test_pairs_are_grouped(by, root):
    done = run("--by", by, "-f", str(root / "fixtures/clusters/shop"), "-o", "csv", "-q")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert {row["by"] for row in rows} == {by}
    assert (
        rows[0]["name"]
        == {
            "principal": "group:observability",
            "namespace": "shop",
            "technique": "read-secret",
            "binding": "ClusterRoleBinding kube-state-metrics",
        }[by]
    )


def test_no_such_grouping(shop):
    done = run("--by", "secret", "-f", shop)
    assert done.exit_code == 2
    assert "choose one of principal, namespace, technique, binding" in done.stderr
