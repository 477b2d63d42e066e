"""The table of custom resources against the definitions that real projects ship."""

import re
from collections import defaultdict

import pytest
import yaml

from rbacgraph.facts.custom_resources.rows import custom_resource_rows

_DEFINITION = b"kind: CustomResourceDefinition"
_STEP = re.compile(r"\[\]|\*|[\w-]+")
_OPEN = "x-kubernetes-preserve-unknown-fields"


class Loader(yaml.CSafeLoader):
    """Reads ``=`` as a text, which one enum holds."""


Loader.add_constructor(
    "tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node)
)


def documents(path):
    """Yield the documents of a file; none of one that is a template."""
    try:
        yield from yaml.load_all(path.read_bytes(), Loader)
    except yaml.YAMLError:
        return


@pytest.fixture(scope="module")
def definitions(shared):
    """Every CustomResourceDefinition of the corpora, by group and plural."""
    found = defaultdict(list)
    for path in sorted((shared / "corpora").rglob("*.y*ml")):
        if path.is_file() and _DEFINITION in path.read_bytes():
            for one in documents(path):
                if isinstance(one, dict) and one.get("kind") == "CustomResourceDefinition":
                    spec = one["spec"]
                    found[spec["group"], spec["names"]["plural"]].append(spec)
    return found


def has(schema, steps):
    """Whether a schema has a field, or does not say what its part holds."""
    if not steps or schema.get(_OPEN):
        return True
    step, *more = steps
    if step == "[]":
        return "items" in schema and has(schema["items"], more)
    if step == "*":
        inner = schema.get("additionalProperties")
        each = [inner] if isinstance(inner, dict) else [*schema.get("properties", {}).values()]
        return any(has(one, more) for one in each)
    properties = schema.get("properties")
    if not properties:
        return schema.get("type") == "object" and "additionalProperties" not in schema
    return step in properties and has(properties[step], more)


def schemas(spec):
    """Yield the schema of each version; none of one that says nothing."""
    for version in spec["versions"]:
        schema = version.get("schema", {}).get("openAPIV3Schema")
        if schema:
            yield schema


def steps_of(field):
    return [step for name in field.split(".") for step in _STEP.findall(name)]


def test_fields_are_looked_up_as_the_table_writes_them():
    pod = {"type": "object", "properties": {"name": {"type": "string"}}}
    schema = {"properties": {"spec": {"properties": {"a": {"items": pod}}}}}
    schema["properties"]["data"] = {"additionalProperties": pod}
    for field in ("spec.a[].name", "data.*.name", "spec.a", "spec.*[].name"):
        assert has(schema, steps_of(field)), field
    for field in ("spec.a.name", "spec.b", "spec.a[].image", "data.name", "data[]", "spec.*.name"):
        assert not has(schema, steps_of(field)), field


@pytest.mark.only_in_all
def test_rows_agree_with_the_definitions(definitions):
    wrong, seen = [], set()
    for row in custom_resource_rows():
        for spec in definitions.get(row.key, ()):
            seen.add(row.key)
            if (spec["scope"] == "Cluster") != row.cluster_scoped:
                wrong.append((row.full_name, "scope"))
        known = [one for spec in definitions.get(row.key, ()) for one in schemas(spec)]
        fields = [one for one in row.fields if not one.startswith("metadata.")]
        wrong += [
            (row.full_name, field)
            for field in fields
            if known and not any(has(one, steps_of(field)) for one in known)
        ]
    assert sorted(set(wrong)) == []
    assert len(seen) > 10
