"""HCL 1 as its library reads it: places of errors, strings, and texts that must not hang."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.stores.vault.hcl import HclError, Literal, read_hcl
from rbacgraph.stores.vault.hcl.strings import unquote
from rbacgraph.stores.vault.hcl.tree import DEEPEST


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("path 'a' {}", 1, 6),
        ('path "a" {\n  capabilities : []\n}', 2, 16),
        ('path "a" "b" = []', 1, 14),
        ('# c\n/* d\n*/ path "a" { x = concat() }', 3, 19),
        ('x = ["a" "b"]', 1, 10),
        ('x = "a\nb"', 1, 5),
        ('x = "\\q"', 1, 5),
        ("/* not closed", 1, 1),
        ("x = <<E\nbody", 1, 5),
        ("a = 1\n}", 2, 1),
    ],
)
def test_errors_have_their_place(text, line, column):
    with pytest.raises(HclError) as caught:
        read_hcl(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r"a\"b", 'a"b'),
        (r"\x41\u00e9\101", "AéA"),
        (r"\xc3\xa9", "é"),
        (r"${a\n\"b}", r"${a\n\"b}"),
        ("$x", "$x"),
    ],
)
def test_strings(written, value):
    (item,) = read_hcl(f'x = "{written}"').items
    assert isinstance(item.value, Literal)
    assert item.value.text == value
    assert unquote(written) == value


@pytest.mark.parametrize("opening", ["[", "{ a ", "a {", '{"a":', "x = ["])
def test_deep_nesting_is_an_error_and_no_crash(opening):
    with pytest.raises(HclError):
        read_hcl(f"x = {opening}" * 20000)
    with pytest.raises(HclError):
        read_hcl(opening * 20000)


@pytest.mark.parametrize(
    ("begin", "opening", "end", "closing"),
    [("x = ", "[", "", "]"), ("", "a {", "", "}"), ("", '{"a":', "1", "}")],
)
def test_the_deepest_nesting_that_is_read(begin, opening, end, closing):
    nested = [begin + opening * n + end + closing * n for n in (DEEPEST, DEEPEST + 1)]
    assert read_hcl(nested[0]).items
    with pytest.raises(HclError, match="levels"):
        read_hcl(nested[1])


@given(st.text(alphabet='path"{}[]=,:#/*<E\n \\x1-$', max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(HclError):
        assert read_hcl(text).items is not None


def test_the_json_form_may_lack_its_last_brace():
    tree = read_hcl('{"path": {"kv/a": {"capabilities": ["read"]}}')
    assert [key.text for key in tree.items[0].keys] == ["path", "kv/a"]
