"""Files of accepted risks: what is read, and what is refused with its line."""

import pytest

from rbacgraph.errors import InputError
from rbacgraph.sources.config.suppressions import read_suppressions

GOOD = """suppress:
- id: 0123456789
  reason: the auditors read it
  until: 2026-12-31
- {id: "1e23456789", reason: known}
- id: abcdef0123
  reason: |
    two
    lines
"""


def read(tmp_path, text):
    file = tmp_path / "accepted.yaml"
    file.write_text(text)
    return read_suppressions(file)


def test_ids_that_look_like_numbers_stay_as_they_are_written(tmp_path):
    found = read(tmp_path, GOOD).entries
    assert [one.id for one in found] == ["0123456789", "1e23456789", "abcdef0123"]
    assert [one.until for one in found] == ["2026-12-31", "", ""]
    assert [one.line for one in found] == [2, 5, 6]
    assert found[0].reason == "the auditors read it"


@pytest.mark.parametrize("key", ["1234567890", "0123456777", "1e23456789", "0000000000"])
def test_no_id_is_taken_for_a_number(tmp_path, key):
    (one,) = read(tmp_path, f"suppress:\n- id: {key}\n  reason: known\n").entries
    assert one.id == key


def test_no_entries_are_no_error(tmp_path):
    assert not read(tmp_path, "suppress: []\n").entries


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("suppressed: []\n", 1, "unknown key 'suppressed'"),
        ("{}\n", 1, "names no suppress"),
        ("suppress:\n- id: abcdef0123\n", 2, "the entry has no reason"),
        ("suppress:\n- reason: why\n", 2, "the entry has no id"),
        ("suppress:\n- id: abcdef0123\n  reason: ''\n", 3, "is no text"),
        ("suppress:\n- id: ABCDEF0123\n  reason: a\n", 2, "'ABCDEF0123' is no id of a risk"),
        ("suppress:\n- id: abc\n  reason: a\n", 2, "is no id of a risk"),
        ("suppress:\n- id: [a]\n  reason: a\n", 2, "is no id of a risk"),
        ("suppress:\n- id: abcdef0123\n  reason: a\n  until: soon\n", 4, "'soon' is no day"),
        ("suppress:\n- id: abcdef0123\n  reasn: a\n", 3, "unknown key 'reasn'"),
        (
            "suppress:\n- {id: abcdef0123, reason: a}\n- {id: abcdef0123, reason: b}\n",
            3,
            "risk abcdef0123 is suppressed in line 2 already",
        ),
        ("suppress: abcdef0123\n", 1, "is no mapping"),
        ("suppress: [\n", 2, ""),
    ],
)
def test_a_file_that_is_not_understood_is_refused_with_its_line(tmp_path, text, line, words):
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert f"accepted.yaml:{line}: " in str(error.value)
    assert words in str(error.value)
