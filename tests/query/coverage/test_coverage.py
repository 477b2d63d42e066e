"""The table of resources: whole, sourced, and at one with what techniques declare."""

import json

import pytest
import yaml

import rbacgraph as rg
from rbacgraph.api.functions import coverage
from rbacgraph.authz.questions.known_resources import known_entries
from rbacgraph.query.coverage.api_table import READS, api_table
from rbacgraph.query.coverage.judgements import judged_rights, judgement_of
from rbacgraph.techniques.catalogue import EDGES, ObjectEdge
from tests.techniques.test_twins import ROWS, load

TABLE = api_table()
BUILT_IN = {one.group for one in TABLE.resources}
BY_KEY = {(one.group, one.resource): one for one in TABLE.resources}
OF_ANY_WRITE = "policy-parameters"
"""It asks about every write alike, as far as an admission policy looks at it."""

OF_OBJECTS = {OF_ANY_WRITE, *(edge.id for edge in EDGES if isinstance(edge, ObjectEdge))}
"""Techniques that no right on one resource opens, or all rights together."""


def recorded(root):
    """What the recorded discovery of a server serves: group, resource, scope, verbs."""
    for file in ("42-discovery-aggregated-apis", "43-discovery-aggregated-api"):
        text = (root / f"fixtures/recordings/{file}.json").read_text(encoding="utf-8")
        for item in json.loads(text)["response"]["body"]["items"]:
            group = item["metadata"].get("name", "")
            for one in (r for version in item["versions"] for r in version["resources"]):
                namespaced = one["scope"] == "Namespaced"
                yield group, one["resource"], namespaced, one["verbs"]
                for part in one.get("subresources", ()):
                    name = f"{one['resource']}/{part['subresource']}"
                    yield group, name, namespaced, part["verbs"]


def test_what_a_recorded_server_serves_is_in_the_table(root):
    served = {(group, name): namespaced for group, name, namespaced, _ in recorded(root)}
    assert {key for key, one in BY_KEY.items() if one.source == "served"} == set(served)
    for group, name, namespaced, verbs in recorded(root):
        row = BY_KEY[group, name]
        assert row.namespaced == namespaced
        assert set(verbs) <= set(row.verbs)


def test_what_rules_may_name_of_kubernetes_is_in_the_table():
    """Each resource that ``*`` may stand for, but for what admission alone asks about."""
    known = {
        (group, name)
        for group, names in known_entries().items()
        if group in BUILT_IN
        for name in names
    }
    others = {key for key in known - set(BY_KEY) if not key[1].endswith("/finalizers")}
    assert others == {
        # of other versions, which no server of v1.36 has
        ("resource.k8s.io", "podschedulingcontexts"),
        ("resource.k8s.io", "resourceclasses"),
    }


def test_each_row_is_whole():
    assert len(BY_KEY) == len(TABLE.resources), "no resource twice"
    assert {one.source for one in TABLE.resources} == set(TABLE.sources)
    for one in TABLE.resources:
        assert one.verbs
        assert list(one.verbs) == sorted(set(one.verbs))
    for harmless in TABLE.harmless:
        assert harmless.reason
        assert harmless.source.startswith(("https://kubernetes.io/", "kubernetes "))
        assert not READS.intersection(harmless.verbs)
        assert "*" in harmless.resource or (harmless.group, harmless.resource) in BY_KEY
    assert {one.technique for one in TABLE.in_part} <= {edge.id for edge in EDGES}


def test_nothing_is_both_judged_and_harmless():
    both = [
        (key, verb, harmless.reason)
        for key, verbs in judged_rights().items()
        for verb in verbs
        for harmless in TABLE.harmless
        if harmless.covers(*key, verb)
    ]
    assert not both


def test_techniques_ask_about_resources_and_verbs_that_kubernetes_has():
    strange = [
        (key, verb)
        for key, verbs in judged_rights().items()
        if key[0] in BUILT_IN
        for verb in verbs
        if key not in BY_KEY or verb not in BY_KEY[key].verbs
    ]
    assert not strange


def test_every_resource_that_can_be_written_is_in_the_answer():
    rows = {}
    for row in coverage():
        for verb in row.verbs:
            assert (row.api_group, row.resource, verb) not in rows
            rows[row.api_group, row.resource, verb] = row
    writes = {
        (*key, verb) for key, one in BY_KEY.items() for verb in one.verbs if verb not in READS
    }
    assert writes <= set(rows)
    assert {("", "pods/log", "get"), ("", "nodes/log", "get")} <= set(rows)
    for (group, resource, verb), row in rows.items():
        assert judgement_of(group, resource, verb).judgement == row.judgement
        assert bool(row.techniques) == row.judgement.startswith("judged")


def test_custom_resources_of_an_input_are_rows_too(tmp_path):
    """Of one that a technique knows, and of one that nobody has heard of."""
    path = tmp_path / "definitions.yaml"
    path.write_text(
        yaml.safe_dump_all(
            definition(group, plural)
            for group, plural in (("external-secrets.io", "pushsecrets"), ("heard.of", "nobodies"))
        ),
        encoding="utf-8",
    )
    known = coverage()
    rows = [row for row in coverage(rg.load(path, allow_empty=True)) if row not in known]
    assert [(row.full_name, row.judgement) for row in rows] == [
        ("pushsecrets.external-secrets.io", "unknown"),
        ("nobodies.heard.of", "unknown"),
    ]
    assert rows[0].verbs == ("delete", "deletecollection")
    assert rows[1].verbs == ("create", "delete", "deletecollection", "patch", "update")


def definition(group, plural):
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": plural.title()},
            "versions": [{"name": "v1", "served": True, "storage": True}],
        },
    }


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.gets != "nothing" and row.file == "yes"],
    ids=str,
)
def test_what_opens_a_technique_in_its_fixture_is_judged(row):
    """Each rule of the source by which its fixtures make edges names a right that is judged."""
    cluster = load(row.input)
    if not row.source.startswith(("user:", "group:", "sa:")):
        return
    for rule in cluster.rights(row.source).rules:
        for opened in rule.techniques:
            assert opened.technique in OF_OBJECTS or asks_about(opened.technique, rule)


def asks_about(technique, rule):
    """Whether a technique declares one of the rights of a rule; ``*`` stands for any."""
    for (group, resource), verbs in judged_rights().items():
        _, _, sub = resource.partition("/")
        named = {resource, "*", *([f"*/{sub}"] if sub else [])}
        if named.isdisjoint(rule.resources) or {group, "*"}.isdisjoint(rule.api_groups):
            continue
        held = {v for v in verbs if v in rule.verbs or "*" in rule.verbs}
        if any(technique in verbs[verb] for verb in held):
            return True
    return any(verb.startswith("impersonate-on:") for verb in rule.verbs)
