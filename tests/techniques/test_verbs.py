"""The verbs by which each technique's rights can be held: golden, tried on the twins that work."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import rbacgraph as rg
from rbacgraph.techniques.catalogue import EDGES
from rbacgraph.techniques.spec.technique import ObjectEdge
from tests.techniques.experiments.cluster import NO
from tests.techniques.table.rows import cases, claim
from tests.techniques.test_twins import CERTAIN, NOTHING, ROWS, Row
from tests.techniques.test_twins import EDGES as FOLDER

MODES = ("user-info", "serviceaccount", "arbitrary-node", "associated-node")
REQUESTS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
VERBS = (
    *REQUESTS,
    *("bind", "escalate", "impersonate", "approve", "sign", "attest", "use"),
    *(f"impersonate:{mode}" for mode in MODES),
    *(f"impersonate-on:{mode}:{verb}" for mode in MODES for verb in REQUESTS),
)

GIVING: dict[str, dict[str, str]] = yaml.safe_load(
    Path(__file__).with_name("verbs.yaml").read_text(encoding="utf-8")
)
WITHOUT_RIGHTS = {"host-files", "vault-kubernetes-creds", "vault-two-tokens"}
"""Techniques that need several things, none of them a right."""


def working(file: str) -> Row:
    """The first of a file's twins that works."""
    return next(row for row in ROWS if f"{row.id}/{row.file}" == file and row.gets != NOTHING)


def documents(row: Row) -> list[Any]:
    text = (FOLDER / row.id / f"{row.file}.yaml").read_text(encoding="utf-8")
    return [document for document in yaml.load_all(text, yaml.CSafeLoader) if document]


def own_rules(row: Row, objects: list[Any]) -> Iterator[dict[str, Any]]:
    """The rules of the roles that the source is bound to by its name."""
    name = row.source.rpartition("/")[2].removeprefix("user:").replace("kubelet:", "system:node:")
    flat = [one for some in objects for one in some.get("items", [some])]
    bound = [
        (one["roleRef"]["kind"], one["roleRef"]["name"])
        for one in flat
        if any(subject["name"] == name for subject in one.get("subjects") or ())
    ]
    for one in flat:
        if (one.get("kind"), one["metadata"]["name"]) in bound:
            yield from one.get("rules") or ()


def works(row: Row, objects: list[Any]) -> bool:
    """Whether the source gets the target by the technique, as certainly as the twin says."""
    folder = FOLDER / row.id
    loaded = rg.load(
        io.StringIO("\n---\n".join(map(json.dumps, objects))),
        *([folder / row.beside] if row.beside else []),
        groups=folder / row.groups if row.groups else None,
        kubernetes_version=row.version,
        bootstrap=bool(row.bootstrap),
        vault_mounts=[row.mount] if row.mount else [],
    )
    reach = loaded.reach(source=row.source, via=[row.id], certain=row.gets == CERTAIN)
    return any(reached.target == row.target for reached in reach)


def giving(file: str, expected: dict[str, str]) -> dict[str, str]:
    """Return for each verb that is needed which ones can stand in its place."""
    row = working(file)
    objects = documents(row)
    found: dict[str, str] = {}
    for rule in own_rules(row, objects):
        written = rule["verbs"]

        def fits(*verbs: str, rule: dict[str, Any] = rule) -> bool:
            rule["verbs"] = verbs
            return works(row, objects)

        for verb in written:
            others = [one for one in written if one != verb]
            place = f"{verb} {' '.join(rule['resources'])}"
            assert place not in found
            likely = {verb, *expected.get(place, "").split()}
            # all the rest is tried at once: almost always it gives nothing
            tried = VERBS if fits(*others, *(set(VERBS) - likely)) else likely
            given = [one for one in VERBS if one in tried and fits(*others, one)]
            if place in expected or not fits(*others):
                found[place] = " ".join(given)
        rule["verbs"] = written
    return found


@pytest.mark.parametrize("file", GIVING)
def test_these_verbs_give_it_and_no_others(file: str) -> None:
    assert giving(file, GIVING[file]) == GIVING[file]


def test_each_technique_that_needs_rights_is_in_the_table() -> None:
    tried = {file.partition("/")[0] for file in GIVING}
    assert tried == {edge.id for edge in EDGES if not isinstance(edge, ObjectEdge)} - WITHOUT_RIGHTS


def test_a_verb_that_alone_gave_something_on_a_real_server_is_in_the_table() -> None:
    rows = [row for places in GIVING.values() for row in places.items()]
    table = {
        (verb, resource)
        for place, verbs in rows
        for resource in place.split()[1:]
        for verb in verbs.split()
    }
    resources = {resource for _, resource in table}
    gave = [case for case in cases() if claim(case) != NO and len(case.rights) == 1]
    rights = [right for case in gave for right in case.rights]
    shown = {(right.verb, right.resource) for right in rights if right.resource in resources}
    assert shown - {("*", "serviceaccounts")} <= table
    assert len(shown) > 30
