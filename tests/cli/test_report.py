"""``report``: one page, to a file or a pipe."""

import signal
import subprocess
import sys

import pytest

from tests.cli.conftest import PLANTED


def test_a_page_in_a_file(run, shop, tmp_path):
    path = tmp_path / "report.html"
    assert run("report", "-f", shop, "-o", str(path))[:2] == (0, "")
    text = path.read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert "shop/db" in text
    assert PLANTED not in text
    assert "planted-value" not in text
    assert run("report", "-f", shop)[1] == text


def test_a_page_that_is_not_finished_is_not_there(shop, tmp_path):
    """Nor is the one that was there before lost: whatever ends the process."""
    path = tmp_path / "report.html"
    ends = (
        "import os, signal, sys\n"
        "from rbacgraph.cli import run\n"
        "from rbacgraph.report.question_formats import AnswerReport\n"
        "AnswerReport.pieces = lambda *_: (\n"
        "    one or os.kill(os.getpid(), signal.SIGKILL) for one in (b'<html>', b'')\n"
        ")\n"
        f"sys.argv = ['rbacgraph', 'report', '-f', {shop!r}, '-o', {str(path)!r}]\n"
        "run()\n"
    )
    for before in (None, "the page before"):
        if before:
            path.write_text(before)
        done = subprocess.run([sys.executable, "-c", ends], capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL
        assert (path.read_text() if path.exists() else None) == before


def test_a_page_is_as_readable_as_the_one_before(run, shop, tmp_path):
    new, old = tmp_path / "new.html", tmp_path / "old.html"
    plain = tmp_path / "plain"
    plain.touch()
    old.touch()
    old.chmod(0o640)
    for path in (new, old):
        assert run("report", "-f", shop, "-o", str(path))[:2] == (0, "")
    assert new.stat().st_mode == plain.stat().st_mode
    assert old.stat().st_mode & 0o777 == 0o640
    assert not [*tmp_path.glob(".*.html.*")]


def test_same_question_same_bytes(run, shop):
    assert run("report", "-f", shop) == run("report", "-f", shop)


@pytest.mark.parametrize("output", ["table", "json", "report.txt", "svg"])
def test_it_is_a_page_and_nothing_else(run, shop, output):
    status, out, err = run("report", "-f", shop, "-o", output)
    assert (status, out) == (2, "")
    assert "choose html" in err


def test_secrets_of_one_namespace(run, shop):
    assert "1 Secret, 1 of them reachable" in run("report", "-n", "shop", "-f", shop)[1]
    assert "No Secrets in namespace pay" in run("report", "-n", "pay", "-f", shop)[1]


def test_without_a_technique(run, shop):
    assert "without read-secret" in run("report", "--without", "read-secret", "-f", shop)[1]


def test_strict_writes_nothing(run, shop, broken, tmp_path):
    path = tmp_path / "report.html"
    assert run("report", "-f", shop, "-f", broken, "--strict", "-o", str(path))[0] == 2
    assert not path.exists()


def test_causes_are_ranked_unless_the_caller_does_not_want_them(run, shop, monkeypatch):
    ranked = '"risks":{"counts":[["critical"'
    assert ranked in run("report", "-f", shop)[1]
    assert '"risks":null' in run("report", "--no-risks", "-f", shop)[1]
    monkeypatch.setattr("rbacgraph.api.cluster_access._MOST_RANKED", 1)
    assert '"risks":null' in run("report", "-f", shop)[1]
    assert ranked in run("report", "--risks", "-f", shop)[1]
