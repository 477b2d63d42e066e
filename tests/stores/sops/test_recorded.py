"""Creation rules and selections, held to what SOPS itself did with random ones."""

import json
from pathlib import Path

import pytest
import yaml

from rbacgraph.model.stores.sops import Selection, SopsConfig
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.git.sops_config import read_config
from rbacgraph.stores.sops import encrypts, rule_for

RECORDED = json.loads(
    (Path(__file__).parents[3] / "fixtures" / "stores" / "sops" / "recorded.json").read_text()
)
FIELDS = ("unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex")


def config_of(written: dict) -> SopsConfig:
    found = read_config(".sops.yaml", yaml.safe_dump(written).encode(), Problems())
    assert found is not None
    return found


def test_a_file_has_the_rule_that_sops_takes():
    refused = chosen = 0
    for case in RECORDED["rules"]:
        config = config_of(case["config"])
        found = rule_for(config, case["path"])
        if found.unknown:
            tried = [rule.path_regex for rule in config.rules]
            refused += any(regex in {"[", "(?!prod)"} for regex in tried)
            assert case["chosen"] is None or "[[:digit:]]" in tried, case
            continue
        rule = None if found.number is None else config.rules[found.number]
        if case["chosen"] is None:
            assert rule is None or rule.fault, case
            continue
        assert rule is not None, case
        chosen += 1
        groups = [sorted(one.name for one in group) for group in rule.groups]
        assert groups == case["chosen"]["groups"], case
        # A single group decrypts whatever the threshold says.
        needed = case["chosen"]["threshold"] if len(groups) > 1 else 1
        assert rule.threshold == (needed or len(groups)), case
        kept = {field: case["chosen"][field] for field in FIELDS if field in case["chosen"]}
        assert {rule.selection.field: rule.selection.pattern} == kept, case
    assert chosen > 60
    assert refused > 10


def test_a_configuration_without_creation_rules_has_none_for_any_file():
    assert rule_for(config_of({"stores": {}}), "a.yaml").number is None


def leaves(value, keys=()):
    """Yield the keys above each value that is not empty."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*keys, key))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, keys)
    elif value is not None and value != "":
        yield keys


def test_a_value_is_encrypted_where_sops_encrypts_it():
    seen = set()
    for case in RECORDED["values"]:
        selection = Selection(case["field"], case["pattern"])
        places = set(leaves(case["document"]))
        expected = {tuple(keys) for keys in case["encrypted"]}
        found = {keys for keys in places if encrypts(selection, keys)}
        assert found == expected, case
        seen.add((case["field"], bool(found)))
    assert len(seen) == 2 * len(FIELDS)


@pytest.mark.parametrize("field", ["encrypted_comment_regex", "unencrypted_comment_regex"])
def test_where_comments_decide_nothing_is_said(field):
    assert encrypts(Selection(field, "secret"), ("data", "password")) is None
