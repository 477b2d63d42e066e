"""``verify --all``: it says what it will ask, goes on where it stopped, and admits gaps."""

import json
import signal
import stat
import subprocess
import time
from collections import Counter

import pytest
from click.testing import CliRunner

import rbacgraph
from rbacgraph.cli.app import app
from rbacgraph.errors import InputError
from rbacgraph.query.rights.question_plan import plan
from rbacgraph.sources.live.asking.access_review import PATH
from tests.cli.test_process import start
from tests.live.api import TOKEN
from tests.live.replies import status
from tests.live.server import AT_ONCE, serving
from tests.live.test_faults import remembering
from tests.live.test_verify import SMALL, by_kernel, reviewing


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return rbacgraph.load(path, bootstrap=False)


@pytest.fixture
def running(shop, tmp_path, small, monkeypatch):
    """A server that decides as the small cluster does."""
    shop.faults.append(reviewing(by_kernel(small)))
    with serving(shop, tmp_path) as found:
        monkeypatch.setenv("KUBECONFIG", found.kubeconfig)
        yield found


def verify(tmp_path, *arguments, pace=AT_ONCE):
    path = str(tmp_path / "small.yaml")
    arguments = ["verify", "-f", path, "--no-bootstrap", *arguments]
    done = CliRunner().invoke(app, arguments, obj=pace)
    return done.exit_code, done.stdout, done.stderr


def reviews(shop):
    return [json.dumps(json.loads(r.body)["spec"]) for r in shop.requests if r.path == PATH]


def broken(times, fault, spec_of=lambda _spec: True):
    """Break some reviews so many times each."""
    left = Counter()

    def once(request, reply):
        if request.path != PATH or not spec_of(json.loads(request.body)["spec"]):
            return None
        left[request.body] += 1
        return fault(reply) if left[request.body] <= times else None

    return once


def of_updates(spec):
    return spec.get("resourceAttributes", {}).get("verb") == "update"


def test_it_says_how_many_questions_and_how_long(running, small, tmp_path):
    total = len(plan(small.authorizer).claims)
    waits = []
    rate = ("--qps", "20", "--burst", "1")
    code, out, err = verify(tmp_path, "--all", *rate, pace=remembering(waits))
    assert (code, max(waits)) == (0, (len(running.api.requests) - 1) / 20)
    assert err.splitlines()[0].startswith(f"note: rbacgraph asks {total} questions: about ")
    assert "second" in err.splitlines()[0]
    assert f"checked {total} claims on direct rights and agrees with all" in " ".join(out.split())
    assert len(reviews(running.api)) == total
    assert verify(tmp_path, "--all", "-q")[2] == ""


@pytest.mark.parametrize(
    "fault",
    [
        lambda reply: reply._replace(drop=0),
        lambda reply: reply._replace(drop=10),
        lambda reply: reply._replace(body=reply.body[:20]),
        lambda _: status(503, "ServiceUnavailable", "no"),
        lambda _: status(429, "TooMany", "later")._replace(headers={"Retry-After": "0"}),
    ],
    ids=["reset", "cut", "half", "503", "429"],
)
def test_a_broken_review_is_asked_again(running, tmp_path, fault):
    running.api.faults.append(broken(2, fault))
    code, out, _ = verify(tmp_path, "--all", "-o", "json")
    assert (code, json.loads(out)["unanswered"]) == (0, [])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lambda reply: reply._replace(drop=0), "it closes the connection"),
        (lambda reply: reply._replace(body=b"<html>"), "answers a review with something else"),
        (lambda _: status(500, "InternalError", "etcd is away"), "500 etcd is away"),
    ],
    ids=["reset", "html", "500"],
)
def test_what_stays_broken_is_not_verified(running, tmp_path, fault, words):
    running.api.faults.append(broken(99, fault, of_updates))
    code, out, _ = verify(tmp_path, "--all", "-o", "json")
    answer = json.loads(out)
    assert code == 2
    assert answer["unanswered"]
    assert all(one["verb"] == "update" and words in one["why"] for one in answer["unanswered"])
    gaps = len(answer["unanswered"])
    asked = Counter(spec for spec in reviews(running.api) if of_updates(json.loads(spec)))
    assert len(asked) == gaps
    assert max(asked.values()) <= 6
    code, out, _ = verify(tmp_path, "--all")
    assert code == 2
    assert f"did not answer about {gaps} more: they are not verified" in " ".join(out.split())
    assert TOKEN not in out


def test_a_disagreement_beside_gaps_exits_1(running, tmp_path):
    running.api.faults.insert(0, reviewing(lambda _: (False, "")))
    running.api.faults[1] = broken(99, lambda _: status(500, "InternalError", "no"), of_updates)
    code, out, _ = verify(tmp_path, "--all", "-o", "json")
    answer = json.loads(out)
    assert code == 1
    assert answer["disagreements"]
    assert answer["unanswered"]


def test_a_server_that_went_away_is_not_asked_on_and_on(running, small, tmp_path):
    seen = []

    def dies(request, reply):
        if request.path == PATH:
            seen.append(request.body)
        return reply._replace(drop=0) if len(seen) > 15 and request.path == PATH else None

    running.api.faults.append(dies)
    total = len(plan(small.authorizer).claims)
    code, out, _ = verify(tmp_path, "--all", "-o", "json")
    answer = json.loads(out)
    assert code == 2
    assert answer["asked"] + len(answer["unanswered"]) == total
    assert sum("not asked, because" in one["why"] for one in answer["unanswered"]) > 10
    assert len(set(seen)) < total - 10


def test_it_goes_on_where_it_stopped(running, small, tmp_path):
    path = tmp_path / "answers.jsonl"
    total = len(plan(small.authorizer).claims)
    fault = broken(99, lambda _: status(500, "InternalError", "no"), of_updates)
    running.api.faults.append(fault)
    code, out, _ = verify(tmp_path, "--all", "--resume", str(path), "-o", "json")
    gaps = len(json.loads(out)["unanswered"])
    assert code == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert TOKEN not in path.read_text()
    with path.open("a") as file:
        file.write('{"line":"answer","claim":"cut')  # as a killed run leaves it
    running.api.faults.remove(fault)
    running.api.requests.clear()
    code, out, err = verify(tmp_path, "--all", "--resume", str(path), "-o", "json")
    assert (code, json.loads(out)["asked"]) == (0, total)
    assert len(reviews(running.api)) == gaps
    assert gaps == 1
    assert "asks 1 question:" in err
    assert f"holds the answers to {total - gaps} of {total} questions" in err
    running.api.requests.clear()
    code, _, err = verify(tmp_path, "--all", "--resume", str(path))
    assert (code, reviews(running.api)) == (0, [])
    assert "changed" not in err


def test_disagreements_are_kept_with_their_reasons(running, tmp_path):
    path = tmp_path / "answers.jsonl"
    running.api.faults.append(reviewing(lambda _: (True, "allowed by a webhook")))
    first = verify(tmp_path, "--all", "--resume", str(path), "-o", "json")
    assert first[0] == 1
    running.api.requests.clear()
    assert verify(tmp_path, "--all", "--resume", str(path), "-o", "json")[:2] == first[:2]
    assert reviews(running.api) == []


@pytest.mark.usefixtures("running", "small")
def test_a_changed_plan_is_said(tmp_path):
    path = tmp_path / "answers.jsonl"
    verify(tmp_path, "--all", "--resume", str(path))
    manifest = (tmp_path / "small.yaml").read_text()
    (tmp_path / "small.yaml").write_text(manifest.replace("[get, update]", "[get]"))
    code, out, err = verify(tmp_path, "--all", "--resume", str(path), "-o", "json")
    assert f"the rights changed since {path} was begun" in err
    assert code == 1  # the server still allows the update
    assert {one["verb"] for one in json.loads(out)["disagreements"]} == {"update"}


@pytest.mark.usefixtures("running")
def test_answers_of_another_cluster_are_refused(shop, tmp_path):
    path = tmp_path / "answers.jsonl"
    verify(tmp_path, "--all", "--resume", str(path))
    for one in shop.objects["namespaces"]:
        one["metadata"]["uid"] = "made again"
    code, out, err = verify(tmp_path, "--all", "--resume", str(path))
    assert (code, out) == (2, "")
    assert f"error: {path} holds the answers of another cluster" in err


@pytest.mark.parametrize(
    "text", ["hello\n", "{}\n", '{"line":"answer","claim":"x","allowed":true}\n']
)
@pytest.mark.usefixtures("running")
def test_another_file_is_not_overwritten(tmp_path, text):
    path = tmp_path / "precious"
    path.write_text(text)
    code, out, err = verify(tmp_path, "--all", "--resume", str(path))
    assert (code, out) == (2, "")
    assert "answer" in err
    assert path.read_text() == text


def test_a_link_is_not_followed(running, small, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(InputError, match="cannot be opened"):
        small.verify(kubeconfig=running.kubeconfig, resume=str(tmp_path / "link"))
    assert not (tmp_path / "target").exists()


@pytest.mark.usefixtures("running")
def test_verbose_shows_progress_without_a_terminal(tmp_path):
    _, _, err = verify(tmp_path, "--all", "-v")
    lines = [line for line in err.splitlines() if line.endswith("answers")]
    assert 5 <= len(lines) <= 12
    done, total = lines[-1].split(" answers")[0].split(" of ")
    assert done == total


def test_an_interrupt_says_how_to_go_on(running, tmp_path):
    path = tmp_path / "answers.jsonl"
    arguments = ["-f", str(tmp_path / "small.yaml"), "--no-bootstrap", "--all", "--burst", "1"]
    process = start(
        "verify", *arguments, "--qps", "5", "--resume", str(path), stderr=subprocess.PIPE
    )
    end = time.monotonic() + 60
    while time.monotonic() < end and (not path.exists() or path.read_text().count("\n") < 4):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"the same command with --resume {path} goes on" in err
    kept = path.read_text().count('"answer"')
    running.api.requests.clear()
    code, out, _ = verify(tmp_path, "--all", "--resume", str(path), "-o", "json")
    assert code == 0
    assert len(reviews(running.api)) == json.loads(out)["asked"] - kept
