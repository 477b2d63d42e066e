"""A key that occurs twice in one mapping is reported alike in every form of the input."""

import json
import random
import re

import pytest
import yaml

from rbacgraph.model.repeated_keys import may_repeat, repeated_keys
from rbacgraph.sources.load import load
from rbacgraph.sources.yaml.values import parse_fast
from tests.worlds import law

ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": {"name": "reader", "namespace": "shop", "uid": "u-1"},
    "rules": [{"apiGroups": [""], "first": ["secrets"], "resources": ["pods"], "verbs": ["get"]}],
}
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "db", "namespace": "shop", "uid": "u-2"},
}
FORMS = {
    "json": lambda role: json.dumps(role, indent=1),
    "one line of JSON": json.dumps,
    "yaml": lambda role: yaml.safe_dump(role, sort_keys=False),
    "flow YAML": lambda role: yaml.safe_dump(role, sort_keys=False, default_flow_style=True),
    "a JSON List of kubectl": lambda role: json.dumps(_list(role), indent=4),
    "a JSON List": lambda role: json.dumps(_list(role)),
    "a YAML List": lambda role: yaml.safe_dump(_list(role), sort_keys=False),
}


def _list(role):
    return {"apiVersion": "v1", "items": [SECRET, role, SECRET], "kind": "List"}


@pytest.mark.parametrize("uid", [True, False])
@pytest.mark.parametrize("form", FORMS)
def test_it_is_reported_with_uid_as_without(tmp_path, form, uid):
    role = ROLE if uid else {**ROLE, "metadata": {"name": "reader", "namespace": "shop"}}
    text = re.sub(r"\bfirst\b", "resources", FORMS[form](role))
    path = tmp_path / "roles.txt"
    path.write_text(text)
    snapshot = load(path)
    (found,) = (d for d in snapshot.diagnostics if d.code == "duplicate-key")
    assert found.message == "key 'resources' occurs twice in one mapping"
    lines = [at for at, line in enumerate(text.splitlines(), 1) if "resources" in line]
    assert found.line in range(lines[-1], lines[-1] + 2)
    assert [rule.resources for role in snapshot.roles for rule in role.rules] == [("pods",)]


@pytest.mark.parametrize("form", FORMS)
def test_equal_keys_of_different_mappings_are_none(tmp_path, form):
    path = tmp_path / "roles.txt"
    role = {**ROLE, "rules": ROLE["rules"] * 3}
    path.write_text(FORMS[form](role))
    assert "duplicate-key" not in [d.code for d in load(path).diagnostics]


def test_a_list_with_two_fields_of_items(tmp_path):
    """kubectl takes the last: so nothing of the kind counts as listed completely."""
    path = tmp_path / "list.json"
    text = json.dumps({**_list(ROLE), "twice": [], "metadata": {}}, indent=4)
    path.write_text(text.replace('"twice"', '"items"'))
    snapshot = load(path)
    (found,) = (d for d in snapshot.diagnostics if d.code == "duplicate-key")
    assert (found.severity, found.line) == ("error", text[: text.index('"twice"')].count("\n") + 1)
    assert snapshot.listed == frozenset()


def _random_value(rng, depth):
    """Return JSON as text, and whether a mapping in it holds a key twice."""
    kind = rng.randrange(4) if depth else 3
    blank = rng.choice(["", " ", "\n  "])
    if kind == 0:
        parts = [_random_value(rng, depth - 1) for _ in range(rng.randrange(4))]
        return f"[{blank}{','.join(text for text, _ in parts)}]", any(odd for _, odd in parts)
    if kind in (1, 2):
        keys = [rng.choice(["a", "b", "c", '\\"x', "\\u0061", "{", "a:"]) for _ in range(3)]
        parts = [_random_value(rng, depth - 1) for _ in keys]
        fields = [f'"{key}":{text}' for key, (text, _) in zip(keys, parts, strict=True)]
        names = [json.loads(f'"{key}"') for key in keys]
        odd = len(set(names)) < len(names)
        return f"{{{blank}{','.join(fields)}}}", odd or any(odd for _, odd in parts)
    return rng.choice(['"a\\":"', '"{\\"a\\":1,\\"a\\":2}"', "1", "null", '"\\\\"']), False


def test_a_hidden_colon_hides_nothing():
    assert may_repeat(rb'{"x": "\"\u003a", "a":1, "a":2}'.replace(b" ", b""))


def value_of(seed):
    return _random_value(random.Random(seed), 3)


@law(value_of, 200)
def test_the_fast_look_misses_none(seed):
    text, odd = value_of(seed)
    found = list(repeated_keys(text.encode()))
    assert bool(found) is odd
    assert may_repeat(text.encode()) is odd


@pytest.mark.parametrize(
    ("text", "twice"),
    [
        ("a:\n- b: 1\n  c: 2\n- b: 1\n", False),
        ("a:\n- b: 1\n  c: 2\n  b: 1\n", True),
        ("a:\n  - b:\n      c: 1\n    d:\n      c: 1\n", False),
        ("a:\n  - b:\n      c: 1\n    d:\n      c: 1\n      e: {}\n      'c': 2\n", True),
        ("- - a: 1\n    b: 2\n  - a: 1\n", False),
        ("- - a: 1\n    b: 2\n    a: 1\n", True),
        ("a: 1\nb:\n  a: 1\nc: 2\nb: 3\n", True),
        ("a: {b: 1, b: 2}\n", True),
        ("a:\n  {b: 1, b: 2}\n", True),
        ("a: [{b: 1, b: 2}]\n", True),
        ("a:b: 1\nc: 2\na:b: 2\n", True),
        ("? a\n: 1\n? a\n: 2\n", True),
        ('a: 1\n"\\x61": 2\n', True),
        ("a: |\n  {b: 1, b: 2}\n", False),
        ('"a": 1\na: 2\n', True),
        ("a: {}\nb: []\n", False),
    ],
)
def test_the_fast_parser_refuses_a_key_that_occurs_twice(text, twice):
    value = parse_fast(text.encode(), repeated_keys=True)
    assert value == yaml.safe_load(text)
    if twice:
        with pytest.raises(ValueError, match="duplicate"):
            parse_fast(text.encode())
    else:
        assert parse_fast(text.encode()) == value
