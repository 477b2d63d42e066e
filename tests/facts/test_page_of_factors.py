"""The page of factors: its tables are the scales, and its file of values is read."""

import re
from pathlib import Path

import rbacgraph
from rbacgraph.model.answers.risk.entry import LEVELS, Enter, EntryLevel
from rbacgraph.model.answers.risk.secret_value import WORTH_LEVELS, Worth
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.sources.config.secret_values import read_value_rules

PAGE = Path(rbacgraph.__file__).parent / "docs" / "factors.md"
ENTRIES, _, VALUES = PAGE.read_text(encoding="utf-8").partition("## What a Secret is worth")


def word(code):
    return code.name.lower().replace("_", "-")


def table(text):
    """The codes and levels of a table, in its order."""
    return re.findall(r"^\| `([a-z-]+)` \| `([a-z-]+)` \|", text, re.MULTILINE)


def scale(text):
    return re.findall(r"^\| `([a-z-]+)` \| [^`|]+ \|$", text, re.MULTILINE)


def test_the_scales_are_all_levels_the_worst_first():
    assert scale(ENTRIES) == [word(level) for level in sorted(EntryLevel, reverse=True)]
    assert scale(VALUES) == [word(level) for level in sorted(ValueLevel, reverse=True)]


def test_the_tables_are_all_entries_and_reasons_with_their_levels():
    assert dict(table(ENTRIES)) == {word(one): word(LEVELS[one]) for one in Enter}
    own = {Worth.LABEL, Worth.FILE, Worth.RELEASE_HOLDS}
    rest = {word(one): word(WORTH_LEVELS[one]) for one in Worth if one not in own}
    assert dict(table(VALUES)) == rest


def test_the_tables_are_ordered_by_level():
    for text, levels in ((ENTRIES, EntryLevel), (VALUES, ValueLevel)):
        found = [levels[level.upper().replace("-", "_")] for _, level in table(text)]
        assert found == sorted(found, reverse=True)


def test_the_file_of_values_on_the_page_is_read(tmp_path):
    (example,) = re.findall(r"```yaml\n(.*?)```", VALUES, re.DOTALL)
    file = tmp_path / "values.yaml"
    file.write_text(example, encoding="utf-8")
    (rule,) = read_value_rules(file)
    assert (rule.namespace, rule.name, rule.level) == ("payments", "*", ValueLevel.CONTROL)
