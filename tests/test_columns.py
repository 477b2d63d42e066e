"""The page's table of columns is what DataFrames have: names, their order, and categoricals."""

import re
from pathlib import Path

import pandas as pd
import pytest

import rbacgraph as rg
from rbacgraph.api.answers import Verification
from tests.report import records

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """One answer of each sort."""
    shop, log = FIXTURES / "clusters/shop", str(FIXTURES / "audit/shop.log")
    cluster = rg.load(str(shop))
    suggestion = cluster.suggest(principal="sa:ci/runner", audit=log)
    saved = suggestion.render(tmp_path_factory.mktemp("saved") / "suggestion.json")
    return {
        "paths": cluster.paths(secret="shop/db-credentials"),
        "reach": cluster.reach(source="sa:ci/runner"),
        "exposure": cluster.exposure(),
        "survey": cluster.survey(),
        "who_can": cluster.who_can("get", "secrets", namespace="shop"),
        "usage": cluster.usage(log),
        "suggest": suggestion,
        "verify_suggestion": cluster.verify_suggestion(str(saved)),
        "cut": cluster.cut(secret="shop/db-credentials"),
        "diff": rg.diff(cluster, rg.load(str(shop), str(FIXTURES / "review/ci-restarts.yaml"))),
        "check": cluster.check(str(FIXTURES / "clusters/shop-access.yaml"), today="2026-03-03"),
        "encryption": rg.encryption(str(FIXTURES / "encryption/good/aescbc.yaml")),
        "verify": Verification(records.verified()),
    }


def documented():
    section = (ROOT / "rbacgraph/docs/columns.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)\(\)` \| [^|]+ \| ([^|]+) \|$", section, re.MULTILINE)
    return {name: columns.strip().split(", ") for name, columns in rows}, section


def columns_of(table):
    """The columns as the page writes them: categoricals in italics."""
    return [
        f"*{name}*" if isinstance(dtype, pd.CategoricalDtype) else name
        for name, dtype in table.dtypes.items()
    ]


def test_the_table_of_columns_is_what_there_is(answers):
    table, _ = documented()
    assert table == {name: columns_of(answer.to_frame()) for name, answer in answers.items()}


def test_every_column_is_explained(answers):
    _, section = documented()
    explained = set(
        re.findall(r"`(\w+)`", section.partition("\n\n|")[0] + section.rpartition("|\n\n")[2])
    )
    columns = {name for answer in answers.values() for name in answer.to_frame().columns}
    assert columns - explained == set()


def test_counts_are_numbers_and_yes_or_no_is_a_boolean(answers):
    for answer in answers.values():
        table = answer.to_frame()
        if table.empty:
            continue
        for name in {"effort", "length", "line", "requests", "certain", "inferred"} & set(table):
            kinds = "b" if table[name].dtype == bool else "i"
            assert table[name].dtype.kind == kinds
