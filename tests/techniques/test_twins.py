"""Each edge kind on minimal twins: one input that has the edge, one that lacks a single thing.

The files of ``fixtures/edges/<id>/`` say themselves what a source gets of a target in them: in
comments ``# twin: {…}``.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import pytest
import yaml

import rbacgraph as rg
from rbacgraph.authz.bootstrap_policy import bootstrap_objects
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.rbac import ClusterRole
from rbacgraph.techniques.catalogue import pages
from tests.api.walks import says_what_reach_says

EDGES = Path(__file__).parents[2] / "fixtures" / "edges"
CERTAIN, CONDITIONAL, NOTHING = "certain", "conditional", "nothing"
COMMENT = re.compile(r"^# twin: (\{.*\})$", re.MULTILINE)
BY_ANOTHER = {
    ("flux-source", "no-other-namespace"),
    ("operator-copies-secret", "no-external-secret"),
    ("operator-copies-secret", "no-policy"),
    ("operator-copies-secret", "no-read"),
    ("revive-serviceaccount", "no-left"),
}
"""Files whose source gets the target by another technique alone, on a further condition."""


class Row(NamedTuple):
    id: str
    file: str
    source: str
    target: str
    gets: str
    version: str | None = "1.36"
    groups: str | None = None
    bootstrap: bool | None = None  # None: with the bootstrap roles and without, the answer is one
    beside: str = ""
    mount: str = ""

    def __str__(self) -> str:
        version = "" if self.version == "1.36" else f"@{self.version}"
        return f"{self.id}/{self.file}{version}:{self.source}"

    @property
    def input(self) -> "Row":
        """What is loaded: rows that differ only in what they ask have the same."""
        return self._replace(source="", target="", gets="")


def rows_of(path: Path) -> list[Row]:
    """Return what a file says of itself; FOLDER stands for its own."""
    return [
        Row(path.parent.name, path.stem, **yaml.safe_load(written))
        for written in COMMENT.findall(
            path.read_text(encoding="utf-8").replace("FOLDER", path.parent.as_posix())
        )
    ]


FILES = sorted(EDGES.glob("*/*.yaml"))
ROWS = [row for path in FILES for row in rows_of(path)]
SHIPPED = {obj.metadata.name for obj in bootstrap_objects() if isinstance(obj, ClusterRole)}


@lru_cache(2)  # rows of one input follow each other
def load(row: Row) -> rg.Cluster:
    folder = EDGES / row.id
    return rg.load(
        folder / f"{row.file}.yaml",
        *([folder / row.beside] if row.beside else []),
        groups=folder / row.groups if row.groups else None,
        kubernetes_version=row.version,
        bootstrap=bool(row.bootstrap),
        vault_mounts=[row.mount] if row.mount else [],
    )


def names_bootstrap_roles(snapshot: Snapshot) -> bool:
    """Whether a binding or a rule of the input's own has the name of a bootstrap role."""
    bindings = (*snapshot.role_bindings, *snapshot.cluster_role_bindings)
    named = {binding.role_ref.name for binding in bindings if not binding.assumed}
    for role in (*snapshot.roles, *snapshot.cluster_roles):
        for rule in (role.rules or ()) if not role.assumed else ():
            if "clusterroles" in (rule.resources or ()):
                named.update(rule.resource_names or ())
    return not named.isdisjoint(SHIPPED)


@pytest.mark.parametrize(
    ("row", "bootstrap"),
    [
        *(pytest.param(row, row.bootstrap, id=str(row)) for row in ROWS),
        *(
            pytest.param(row, True, id=f"{row}+bootstrap", marks=pytest.mark.only_in_all)
            for row in ROWS
            if row.bootstrap is None
        ),
    ],
)
def test_what_the_source_gets(row: Row, bootstrap: bool | None) -> None:
    """It gets what the row says, the walks agree, and the edge lies on a way there."""
    cluster = load(row.input._replace(bootstrap=bootstrap))
    if row.bootstrap is not False:
        assert names_bootstrap_roles(cluster.snapshot) == bool(row.bootstrap)
    answer = cluster.reach(source=row.source)
    found = {reached.target: CERTAIN if reached.certain else CONDITIONAL for reached in answer}
    assert found.get(row.target, NOTHING) == row.gets
    graph = cluster.graph()
    assert len(graph) == len(cluster.access_graph.nodes), "two nodes have one name"
    says_what_reach_says(graph, answer)
    if row.gets == NOTHING:
        return
    source = row.source.replace("sa:", "serviceaccount:")
    after = {source, *rg.descendants(graph, source)}
    before = {row.target, *nx.ancestors(graph, row.target)}
    on_a_way = any(
        kind == row.id and start in after and end in before
        for start, end, kind in graph.edges(data="edge")
    )
    assert on_a_way == ((row.id, row.file) not in BY_ANOTHER)


def test_every_file_says_what_it_shows() -> None:
    others = {EDGES / row.id / name for row in ROWS for name in (row.groups, row.beside) if name}
    silent = [path for path in FILES if not rows_of(path) and path not in others]
    assert not silent, "add a comment '# twin: {source: …, target: …, gets: …}'"
    assert {row.gets for row in ROWS} == {CERTAIN, CONDITIONAL, NOTHING}


@pytest.mark.parametrize("technique", sorted(page.id for page in pages()))
def test_every_technique_has_both_twins(technique: str) -> None:
    """One that works, and its nearest twin that does not."""
    said = {(row.file, row.gets != NOTHING) for row in ROWS if row.id == technique}
    assert ("yes", True) in said
    assert ("no", False) in said
