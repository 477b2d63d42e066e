"""The line of a new rule or subject, wherever it stands, in every format that names lines."""

import json

import pytest

import rbacgraph as rg
from rbacgraph.report.answer_formats import report_of
from rbacgraph.techniques.catalogue import pages

RBAC = "rbac.authorization.k8s.io"
MANY = 5
METADATA = {"name": "own", "namespace": "shop"}
RULES = [
    {"resourceNames": [f"s{n}"], "verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}
    for n in range(MANY)
]
SUBJECTS = [{"name": f"s{n}", "kind": "User", "apiGroup": RBAC} for n in range(MANY)]
ROLE = {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": METADATA}
BINDING = {
    **ROLE,
    "kind": "RoleBinding",
    "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "own"},
}
OBJECTS = {"rules": (ROLE, RULES), "subjects": (BINDING, SUBJECTS)}
SECRETS = [
    {"apiVersion": "v1", "kind": "Secret", "metadata": {**METADATA, "name": f"s{n}"}}
    for n in range(MANY)
]


def pairs(fields):
    return [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in fields.items()]


def written(language, style, field, items):
    """The object below another line; the name of each item is in its first pair."""
    obj, _ = OBJECTS[field]
    flow = ",\n".join(map(json.dumps, items))
    if language == "yaml":
        block = "".join("\n- " + "\n  ".join(pairs(one)) for one in items)
        start = "\n".join(["# first", *pairs(obj), f"{field}:"])
        return f"{start}{block}\n" if style == "block" else f"{start} [\n{flow}\n]\n"
    block = ",\n".join("{\n" + ",\n".join(pairs(one)) + "\n}" for one in items)
    start = ",\n".join([*pairs(obj), f'"{field}": ['])
    return f"\n{{\n{start}\n{block if style == 'block' else flow}\n]}}\n"


@pytest.mark.parametrize("place", [0, MANY // 2, MANY - 1])
@pytest.mark.parametrize("field", OBJECTS)
@pytest.mark.parametrize("style", ["block", "flow"])
@pytest.mark.parametrize("language", ["yaml", "json"])
def test_a_new_part_is_named_with_its_own_line(language, style, field, place, tmp_path):
    other = next(one for one in OBJECTS if one != field)
    rest = [*SECRETS, {**OBJECTS[other][0], other: OBJECTS[other][1]}]
    items = OBJECTS[field][1]
    sides = tmp_path / "before", tmp_path / "after"
    for side, held in zip(sides, (items[:place] + items[place + 1 :], items), strict=True):
        side.mkdir()
        (side / f"own.{language}").write_text(written(language, style, field, held))
        (side / "rest.yaml").write_text("\n---\n".join(map(json.dumps, rest)))
    lines = (sides[1] / f"own.{language}").read_text().split("\n")
    (named,) = (number for number, line in enumerate(lines, 1) if f'"s{place}"' in line)
    line = named - 1 if (language, style) == ("json", "block") else named

    found = rg.diff(*(rg.load(side, bootstrap=False) for side in sides))
    report = report_of(found.result, pages=pages())
    assert f"own.{language}:{line}\n" in report.render("table")
    (change,) = json.loads(report.render("json"))["changes"]
    ((part,),) = (cause["parts"] for cause in change["causes"])
    assert (part["field"], part["index"], part["line"]) == (field, place, line)
    results = json.loads(report.render("sarif"))["runs"][0]["results"]
    regions = [one["locations"][0]["physicalLocation"]["region"] for one in results]
    assert regions == [{"startLine": line}]
