"""What it takes to add a store: a row of the table, and what the row names. Nothing else does."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.model.stores import kinds
from tests.stores import boxes

CLUSTER = "".join(
    f"---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, namespace: shop}}\n"
    for name in ("api", "web")
)
BOX = {"id": "b1", "admits": ["shop/api"], "holds": {"db": True, "card": False}}
ROOM = Path(rg.__file__).parent


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "boxes").mkdir()
    (tmp_path / "cluster.yaml").write_text(CLUSTER)
    (tmp_path / "boxes" / "b1.json").write_text(json.dumps(BOX))
    return tmp_path


@pytest.fixture
def with_row(monkeypatch):
    monkeypatch.setattr(kinds, "KINDS", (*kinds.KINDS, kinds.StoreKind(*boxes.ROW)))


def steps(cluster, secret):
    (path,) = [one for one in cluster.paths(secret) if str(one.principal).endswith("shop/api")]
    return path, [hop.edge for hop in path.hops]


@pytest.mark.usefixtures("with_row")
def test_a_row_adds_its_edges_and_decides(folder):
    cluster = rg.load(folder)
    path, techniques = steps(cluster, "external:box/db")
    assert techniques == ["store-identity", "store-reads"]
    assert path.certain
    assert f"{folder}/boxes/b1.json" in {one.file for hop in path.hops for one in hop.evidence}
    doubtful, _ = steps(cluster, "external:BOX/CARD")
    assert [str(one) for one in doubtful.conditions] == [
        "the time, which the input does not show, is as the policies of Boxes ask"
    ]
    assert "what follows the one page of the boxes" in map(
        str, cluster.paths("external:box/db").basis.missing
    )
    words = {
        (secret, name): cluster.can_read(f"external:box/{secret}", user=f"sa:shop/{name}").word
        for secret in ("db", "card")
        for name in ("api", "web")
    }
    assert words == {
        ("db", "api"): "yes",
        ("card", "api"): "unknown",
        ("db", "web"): "no",
        ("card", "web"): "no",
    }
    cluster.save(folder / "saved.json")
    again = rg.load(folder / "saved.json")
    assert again.snapshot.dumps == cluster.snapshot.dumps
    assert steps(again, "external:box/db")[1] == techniques


def test_without_its_row_it_is_a_file_that_says_nothing(folder):
    cluster = rg.load(folder)
    assert not cluster.snapshot.dumps
    with pytest.raises(rg.errors.NotFoundError):
        cluster.paths("external:box/db")


@pytest.mark.usefixtures("with_row")
@pytest.mark.parametrize("where", ["boxes/b2.json", "b2.json"])
def test_a_file_counts_at_its_place_and_of_its_shape_alone(folder, where):
    other = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}}
    (folder / where).write_text(json.dumps(other if "/" in where else BOX))
    snapshot = rg.load(folder).snapshot
    assert [box.id for box in snapshot.dumps["external"].boxes] == ["b1"]
    assert [one.metadata.name for one in snapshot.secrets] == (["db"] if "/" in where else [])


@pytest.mark.parametrize("row", kinds.KINDS, ids=lambda row: row.kind)
def test_what_a_row_names_is_there(row):
    for name in filter(None, (row.dump, row.reader, row.names, row.store)):
        assert kinds.opened(name)
    assert kinds.opened(row.store).kind == row.kind


def test_a_store_is_opened_only_for_its_dump(folder):
    code = (
        "import sys, rbacgraph as rg\n"
        f"graph = rg.load({str(folder / 'cluster.yaml')!r}).graph()\n"
        "print(*(one for one in sys.modules if one.startswith('rbacgraph.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    named = {name.partition(":")[0] for row in kinds.KINDS for name in (row.reader, row.store)}
    named |= {row.names.partition(":")[0] for row in kinds.KINDS if row.names}
    assert "rbacgraph.facts.external.stores" in loaded
    assert not named & loaded


@pytest.mark.parametrize(
    "module",
    [
        *(f"techniques/stores/{name}" for name in ("store_login", "store_identity", "store_reads")),
        *("techniques/stores/store_accounts", "techniques/stores/store_hops"),
        *("query/subject/secrets", "query/subject/basis", "query/access/can_read", "graph/build"),
        *("sources/load", "facts/external/stores", "techniques/outside/cloud_identity"),
    ],
)
def test_what_serves_every_store_names_none(module):
    used: set[str] = set()
    for one in ast.walk(ast.parse((ROOM / f"{module}.py").read_text())):
        match one:
            case ast.ImportFrom(module=name):
                used |= {name, *(alias.name for alias in one.names)}
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                used.add(name)
    used -= {"rbacgraph.model.answers.vault_reason"}  # the words of all logins
    assert not [
        name for name in used if re.search(r"vault|aws\b|aws_|azure|gcp", name, re.IGNORECASE)
    ]
