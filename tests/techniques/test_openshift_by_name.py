"""What a mere name of OpenShift's makes of answers: it takes no path away, and adds no certain one.

A cluster that is not OpenShift may hold a ClusterRole of such a name, from a chart or an old dump.
"""

import io

import pytest

import rbacgraph as rg
from rbacgraph.facts.admission.security_context_constraints import named_by, shows_openshift
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import ObjectMeta
from rbacgraph.model.kubernetes.rbac import ClusterRole
from tests.techniques.test_twins import CERTAIN, CONDITIONAL, EDGES, NOTHING, ROWS

ROLE = """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: system:openshift:controller:x
rules: []
"""
SPACE = "\n---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: openshift-infra\n"
SHOWN = """
---
apiVersion: config.openshift.io/v1
kind: ClusterVersion
metadata:
  name: version
"""
POWERS = {"create-privileged-pod", "relabel-namespace", "own-cluster-credential", "escape-to-node"}
TRIED = [row for row in ROWS if row.id in POWERS and not (row.beside or row.groups)]


def gets(row, text, more=""):
    cluster = rg.load(
        io.BytesIO((text + more).encode()),
        kubernetes_version=row.version,
        bootstrap=bool(row.bootstrap),
    )
    answer = cluster.reach(source=row.source)
    found = {one.target: CERTAIN if one.certain else CONDITIONAL for one in answer}
    return found, answer.basis.assumptions


def written(row):
    return (EDGES / row.id / f"{row.file}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("more", [ROLE, SPACE], ids=["role", "namespace"])
@pytest.mark.parametrize("row", TRIED, ids=str)
def test_a_mere_name_takes_no_path_away_and_adds_no_certain_one(row, more):
    text = written(row)
    before = gets(row, text, more.replace("openshift", "another"))[0]
    after = gets(row, text, more)[0]
    certain = {one for one, how in after.items() if how == CERTAIN and "-infra" not in one}
    assert {one for one in before if "-infra" not in one} <= after.keys()
    assert certain <= {one for one, how in before.items() if how == CERTAIN}


def first(file):
    return next(row for row in ROWS if row.id == "create-privileged-pod" and row.file == file)


def test_what_rests_on_a_name_is_conditional_and_said():
    row = first("yes")
    text = written(row)
    plain, said = gets(row, text)
    assert plain[row.target] == CERTAIN
    assert not any("OpenShift" in str(one) for one in said)
    for more, name in (
        (ROLE, "ClusterRole system:openshift:controller:x"),
        (SPACE, "Namespace openshift-infra"),
    ):
        found, said = gets(row, text, more)
        assert found[row.target] == CONDITIONAL
        (line,) = [str(one) for one in said if "OpenShift" in str(one)]
        assert name in line
        for kind in ("securitycontextconstraints.security", "groups.user", "oauths.config"):
            assert f"{kind}.openshift.io" in line
    _, said = gets(row, text, SHOWN)
    (line,) = [str(one) for one in said if "OpenShift" in str(one)]
    assert line.startswith("the cluster is OpenShift")


@pytest.mark.parametrize(("more", "how"), [("", None), (ROLE, CONDITIONAL), (SHOWN, CERTAIN)])
def test_a_namespace_of_openshifts_is_exempt_if_the_cluster_is_openshift(more, how):
    row = first("no-level")
    level = "pod-security.kubernetes.io/enforce"
    text = written(row).replace("tools", "default")
    assert row.gets == NOTHING
    assert level in text
    assert gets(row, text, more)[0].get(row.target) == how


@pytest.mark.parametrize(
    ("offered", "name", "shown"),
    [
        ((), "ClusterRole system:openshift:x", False),
        ((("", "pods"),), "", False),
        ((("", "pods"), ("security.openshift.io", "securitycontextconstraints")), "", True),
    ],
)
def test_what_a_live_cluster_serves_decides(offered, name, shown):
    role = ClusterRole(metadata=ObjectMeta(name="system:openshift:x"))
    snapshot = Snapshot(cluster_roles=(role,), offered=offered)
    assert (named_by(snapshot), shows_openshift(snapshot)) == (name, shown)
