"""Which Pods get at their node: skipped, saying so, where the manifests are not here.

``badpods`` holds Pods that each are allowed one thing more; ``k8s_pod_security`` what the
Pod Security levels must let pass and must refuse.
"""

from itertools import groupby

import pytest

import rbacgraph
from rbacgraph.facts.pods.container_escapes import best_escape

LEVELS = {
    "everything-allowed": "certain",
    "priv-and-hostpid": "certain",
    "priv": "certain",
    "hostpath": "certain",
    "hostpid": "nothing",  # it sees processes, which is another edge
    "hostnetwork": "conditional",
    "hostipc": "conditional",
    "nothing-allowed": "nothing",
}


def _level(spec):
    found = best_escape(spec.host)
    return "nothing" if found is None else "conditional" if found.condition else "certain"


def _specs(path):
    snapshot = rbacgraph.load(path).snapshot
    return [one.spec for one in (*snapshot.pods, *snapshot.workloads)]


@pytest.mark.parametrize("name", LEVELS)
def test_every_bad_pod_has_its_level(shared, name):
    specs = _specs(shared / "corpora" / "badpods" / "manifests" / name)
    assert len(specs) > 10
    assert {_level(spec) for spec in specs} == {LEVELS[name]}


def test_all_bad_pods_are_tried(shared):
    assert {path.name for path in (shared / "corpora/badpods/manifests").iterdir()} == {*LEVELS}


def _pod_security(shared, level, passes):
    """Files of the newest version, by the check that they are about."""
    found = (shared / "corpora" / "k8s_pod_security").rglob(f"testdata/{level}/v*/{passes}/*.yaml")
    by_version = sorted(found, key=lambda path: (_version(path), path.name))
    newest = _version(by_version[-1])
    files = [path for path in by_version if _version(path) == newest]
    return {
        check: list(some)
        for check, some in groupby(files, lambda path: path.stem.rstrip("0123456789"))
    }


def _version(path):
    return tuple(map(int, path.parts[-3].removeprefix("v").split(".")))


@pytest.mark.parametrize("level", ["baseline", "restricted"])
def test_no_pod_that_passes_is_an_escape(shared, level):
    files = _pod_security(shared, level, "pass")
    specs = [(path, s) for some in files.values() for path in some for s in _specs(path)]
    assert len(specs) > 10
    assert [path for path, spec in specs if best_escape(spec.host)] == []


@pytest.mark.parametrize("check", ["privileged", "windowshostprocess", "procmount"])
def test_what_is_refused_for_its_privileges_is_an_escape(shared, check):
    for path in _pod_security(shared, "baseline", "fail")[check]:
        assert all(best_escape(spec.host) for spec in _specs(path)), path
