"""Evidence stands where it says: the file is opened at the line, and what is cited looked for."""

import json
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from rbacgraph import load
from tests.query.plain.clusters.plain_clusters import objects_of_all, random_objects
from tests.query.plain.clusters.pod_clusters import objects_of_templates
from tests.query.plain.versions import with_pod_versions, with_versions
from tests.query.read_back import checked, fault, hops_of
from tests.worlds import worlds

FIXTURES = Path(__file__).parents[2] / "fixtures"
EDGES = sorted(one.parent.name for one in FIXTURES.glob("edges/*/yes.yaml"))
RBAC = "rbac.authorization.k8s.io"


@pytest.mark.parametrize("name", ["shop", "shop-manifests"])
def test_evidence_of_a_cluster_is_read_back(name):
    count, faults = checked(load(FIXTURES / "clusters" / name))
    assert (count > 100, faults) == (True, [])


@pytest.mark.parametrize("part", range(4))
def test_evidence_of_each_edge_is_read_back(part):
    total = 0
    for name in EDGES[part::4]:
        count, faults = checked(load(FIXTURES / "edges" / name / "yes.yaml", bootstrap=False))
        assert not faults, name
        total += count
    assert total > 50


def _files(folder, objects, seed):
    """Write objects over three files: JSON on many lines, on one, and YAML."""
    for number in range(3):
        items = objects[number::3]
        told = {"apiVersion": "v1", "kind": "List", "items": items}
        if number == 0:
            (folder / "0.json").write_text(json.dumps(told, indent=seed % 3 + 1))
        elif number == 1:
            (folder / "1.json").write_text("\n".join(map(json.dumps, items)))
        else:
            (folder / "2.yaml").write_text("# first\n" + yaml.safe_dump_all(items))
    return load(folder, bootstrap=False)


# a rule is held for one name only, by acting as another; a right is held by headers
READ_WRONGLY = [157662590, 879190031]


@pytest.mark.parametrize(
    ("more", "make"),
    [
        (with_versions, random_objects),
        (with_versions, objects_of_all),
        (with_pod_versions, objects_of_templates),
    ],
)
def test_evidence_of_versions_is_read_back(more, make, tmp_path):
    for seed in worlds(partial(more, make), 10, examples=READ_WRONGLY):
        folder = tmp_path / str(seed)  # a file that was read is not read again
        folder.mkdir(exist_ok=True)
        _, faults = checked(_files(folder, more(make, seed), seed))
        assert not faults


def test_a_fault_is_noticed():
    """The checks themselves fail where another object, rule or subject is cited."""
    cluster = load(FIXTURES / "clusters" / "shop-manifests", bootstrap=False)
    hops = [hop for hop in hops_of(cluster) if hop.evidence and hop.evidence[0].rule is None]
    told = set()
    for hop, other in pairwise(hops):
        for one, two in zip(hop.evidence, other.evidence, strict=False):
            if one.file and two.file:
                rule = one.rule if one.rule is None else one.rule + 9
                told.add(fault(replace(one, file=two.file, line=two.line), hop))
                told.add(fault(replace(one, rule=rule), hop))
                told.add(fault(one, other))
    assert {"another object", "no such rule", "no such subject"} <= told
