"""YAML as kubectl reads it: go-yaml's own table, and the fast road held to the exact one."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.objects import object_kinds
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.yaml import values
from rbacgraph.sources.yaml.values import Piece, parse_fast, read_piece
from rbacgraph.sources.yaml11 import parser
from rbacgraph.sources.yaml11.faults import YamlFault

# goyaml.v2/decode_test.go, as far as it is about values of no declared type.
GO_YAML = {
    "v: hi": "hi",
    "v: true": True,
    "v: 10": 10,
    "v: 0b10": 2,
    "v: 0xA": 10,
    "v: 4294967296": 4294967296,
    "v: 0.1": 0.1,
    "v: .1": 0.1,
    "v: -10": -10,
    "v: -.1": -0.1,
    "v: 6.8523e+5": 6.8523e5,
    "v: 685.230_15e+03": 685.23015e03,
    "v: 685_230.15": 685230.15,
    "v: y": True,
    "v: NO": False,
    "v: True": True,
    "v: on": True,
    "v: +685_230": 685230,
    "v: 02472256": 685230,
    "v: 0x_0A_74_AE": 685230,
    "v: 0b1010_0111_0100_1010_1110": 685230,
    "v: -0b101010": -42,
    "v:": None,
    "v: ~": None,
    "v: null": None,
    "v: [A,B,C,]": ["A", "B", "C"],
    "v: [A,1,C]": ["A", 1, "C"],
    "v: | # Comment\n\n literal\n\n \ttext\n\n": "\nliteral\n\n\ttext\n",
    "v: {b: c}": {"b": "c"},
    "v: '\"2\"'": '"2"',
    "v:\n- A\n- 'B\n\n  C'\n": ["A", "B\nC"],
    "v: !!float '1.1'": 1.1,
    "v: !!float 0": 0.0,
    "v: !!null ''": None,
    "v: ! test": "test",
    "v: -b_c": "-b_c",
    "v: 50cent_of_dollar": "50cent_of_dollar",
    "v: {b: https://github.com/go-yaml/yaml}": {"b": "https://github.com/go-yaml/yaml"},
    "v: [https://github.com/go-yaml/yaml]": ["https://github.com/go-yaml/yaml"],
    "v: 1:1\n": "1:1",
    "v: !!binary aGk=\n": "hi",
    "v: 2015-01-01": "2015-01-01",
    'v: "2015-01-01"': "2015-01-01",
    "v: !!str 2015-01-01": "2015-01-01",
    'v: !!timestamp "2015-01-01"': "2015-01-01",
    "v: 123456e1\n": 123456e1,
    "a: &anchor Foo\nb: *anchor\nc: &anchor Bar\nv: *anchor\n": "Bar",
    "---\nv: 1\n...\n}not yaml": 1,
    # what decides whether a word is a string
    "v: 'yes'": "yes",
    "v: oN": "oN",
    "v: 0o17": 15,
    "v: 08": 8.0,
    "v: 1e400": "1e400",
    "v: 1e3": 1000.0,
    "v: 0x": "0x",
    "v: =": "=",
    "v: !local 12": "12",
    # keys are strings in JSON
    "v: {1: a}": {"1": "a"},
    "v: {yes: a}": {"true": "a"},
    "v: {0123: a}": {"83": "a"},
    "v: {1.10: a}": {"1.1": "a"},
    "v: {1e9: a}": {"1e+09": "a"},
    "v: {2001-01-01: a}": {"2001-01-01": "a"},
    # merges; a later key wins, be it merged or not
    "v: {<<: {a: 1, b: 2}, b: 3}": {"a": 1, "b": 3},
    "v: {b: 3, <<: {a: 1, b: 2}}": {"a": 1, "b": 2},
    "v: {<<: [{a: 1}, {a: 2, b: 2}]}": {"a": 1, "b": 2},
    'v: {"<<": 1}': {"<<": 1},
    "v: {a: 1, a: 2}": {"a": 2},
    "v:\tx": "x",
    "v: 'a\nb'": "a b",
    "v: x\r\n": "x",
    "\ufeffv: x": "x",
}
REFUSED = {
    "v: *nope": "not defined",
    "v: &x {b: *x}": "contains itself",
    "v: {<<: 5}": "'<<'",
    "v: {<<: [5]}": "'<<'",
    "v: !!int foo": "!!int",
    "v: !!bool 1": "!!bool",
    "v: !!binary '***'": "base64",
    "v: {[a, b]: 1}": "as a key",
    "v: {~: 1}": "null",
    "v: .inf": ".inf",
    "v: .nan": ".nan",
    "v: \x01": "control characters",
    "v: a: b": "': '",
    "v:\n\tb: 1": "tab",
    "v: 'x": "quote",
    "v: [x": "bracket",
    'v: "\\q"': "escape",
    "v\nw: 1": "': '",
    "v: @x": "quotes",
}


@pytest.mark.parametrize("text", GO_YAML)
def test_values_are_those_of_go_yaml(text):
    value = parser.load(text).value["v"]
    assert value == GO_YAML[text]
    assert type(value) is type(GO_YAML[text])


@pytest.mark.parametrize("text", REFUSED)
def test_what_go_yaml_refuses(text):
    with pytest.raises(YamlFault) as fault:
        parser.load(text)
    assert REFUSED[text] in fault.value.message


@pytest.mark.parametrize(
    "secret", ["*hunter2", "@hunter2", "!!int hunter2", '"\\qhunter2', "{hunter2"]
)
def test_faults_quote_nothing(secret):
    with pytest.raises(YamlFault) as fault:
        parser.load(f"kind: Secret\nstringData:\n  password: {secret}\n")
    assert "hunter2" not in str(fault.value)
    assert fault.value.line >= 2


@pytest.mark.parametrize("text", ["", "# only a comment", "---\n", "~"])
def test_empty_documents(text):
    assert parser.load(text) == (None, [], [])


def test_remarks_have_lines():
    text = "a: &x 1\nb: &x 2\nc:\n  d: 1\n  e: 1\n  d: 2\n"
    assert [(r.line, r.code) for r in parser.load(text).remarks] == [
        (1, "duplicate-anchor"),
        (5, "duplicate-key"),
    ]
    for text, line in ((" a: 1\nb: 2\n", 1), ("a: 1\n...\nb: 2\n", 2), ("a: 1\n...\n}{\n", 2)):
        value, _, remarks = parser.load(text)
        assert value == {"a": 1}
        assert [(r.line, r.code) for r in remarks] == [(line, "ignored-text")]


def test_items_have_lines():
    assert parser.load("kind: List\nitems:\n- a: 1\n  b: [x, y]\n- c\n").item_lines == [2, 4]
    assert parser.load("- [a]\n- b\n").item_lines == [0, 1]


PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" \n\t"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | PRINTABLE,
    lambda inner: st.lists(inner) | st.dictionaries(PRINTABLE, inner),
    max_leaves=8,
)


@given(VALUES)
def test_json_is_read_as_what_it_is(value):
    text = json.dumps({"v": value}, ensure_ascii=False)
    assert parser.load(text).value == {"v": value}


@given(VALUES)
def test_what_a_yaml_library_writes_is_read_as_what_it_is(value):
    text = yaml.safe_dump({"v": value}, default_style='"', allow_unicode=True)
    assert parser.load(text).value == {"v": value}


# --- the fast road ---------------------------------------------------------------------

TRICKY = """
    yes no on off y n Yes NO true ~ null 0123 08 0o17 1e3 1_000 0x1F 0b11 1:30 2001-01-01 .5 -.5
    1. +1 .inf = << a-b x/y '1' 'yes' "no" "a\\tb" "\\x41" 'it''s' !x !!str* &a *a |- > - -x {} []
    [a] {a:b} {a: [b, c: d @ ` % # a#b a: :a ?a ü 😀 "" '' 9999999999999999999999 1.10 \\ "\\/"
"""
WORDS = st.sampled_from(TRICKY.split()) | st.text("abc019-_.:'\"#&*!|>%@`{}[],? \téx", max_size=6)


@given(
    name=WORDS, labels=st.dictionaries(WORDS, WORDS, max_size=3), words=st.lists(WORDS, max_size=4)
)
def test_the_fast_road_is_the_exact_one_or_none(name, labels, words):
    items = "".join(f"\n  - {word}" for word in words) or " []"
    pairs = "".join(f"\n    {key}: {value}" for key, value in labels.items()) or " {}"
    text = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n"
        f"  uid: abc\n  name: {name}\n  labels:{pairs}\nrules:\n- verbs:{items}\n"
    )
    assert_both_roads_agree(text.encode())


@given(type_=WORDS, data=st.dictionaries(WORDS, WORDS, max_size=4))
def test_the_fast_road_for_secrets(type_, data):
    pairs = "".join(f"\n  {key}: {value}" for key, value in data.items()) or " {}"
    text = (
        "apiVersion: v1\nkind: Secret\nmetadata:\n  uid: abc\n  name: db\n"
        f"type: {type_}\ndata:{pairs}\n"
    )
    assert_both_roads_agree(text.encode())


@given(st.integers(0, 200), st.text("yn01 :-#'\"{}[]\n\t&*!|>%@`,?x", min_size=1, max_size=4))
def test_the_fast_road_on_damaged_text(position, noise):
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  uid: abc\n  namespace: shop\nspec:\n"
        "  automountServiceAccountToken: false\n  containers:\n  - name: c\n    env:\n"
        "    - name: A\n      valueFrom:\n"
        "        secretKeyRef: {key: k, name: db, optional: true}\nstatus:\n  phase: Running\n"
    )
    position %= len(text)
    assert_both_roads_agree((text[:position] + noise + text[position:]).encode())


@pytest.mark.parametrize(
    "odd",
    ["~: x", ": x", "a: {~: x}", "a: \x01", "a: \x7f", "a: '\x9f'", "a: \ufffe", "\ufeffa: x"],
)
def test_the_fast_road_takes_no_null_key_and_no_control_character(odd):
    text = f"apiVersion: v1\nkind: Namespace\nmetadata:\n  uid: abc\n  name: shop\nspec:\n  {odd}\n"
    assert_both_roads_agree(text.encode())


@pytest.mark.parametrize("text", ["- " * 60, "- ? " * 30, "a:\n" + " " * 101 + "b: 1"])
def test_the_fast_parser_is_not_given_what_may_be_too_deep(text):
    with pytest.raises(ValueError, match="too deep"):
        parse_fast(text.encode() + b"\n")


def assert_both_roads_agree(text):
    """What the fast road takes, the exact road takes, and makes the same object of it."""
    fast, _ = _read(text, read_piece)
    exact, complaints = _read(text, _read_exactly)
    assert fast == exact, complaints


def _read_exactly(piece, collector):
    values._read_exact(piece.text.replace(b"\r\n", b"\n"), piece.line, collector, None)


def _read(text, road):
    problems = Problems()
    collector = Collector(problems)
    collector.open_file("x")
    road(Piece(text, 1, 0), collector)
    return collector.objects, problems.result()


def test_the_fast_road_is_taken_where_it_is_safe():
    slot = Collector(Problems()).slot("v1", "Namespace")
    text = b"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  uid: abc\n"
    header = ("v1", "Namespace")
    assert values.read_fast(text, slot, header).metadata.name == "shop"
    assert values.read_fast(text.replace(b"shop", b"'shop'"), slot, header)
    assert values.read_fast(text.replace(b"shop", b"yes"), slot, header) is None
    assert values.read_fast(text.replace(b"shop", b"'yes'"), slot, header).metadata.name == "yes"
    assert object_kinds.find(*header).field == "namespaces"


NUMBERS = st.from_regex(r"[-+]?[0-9]?[0-9a-fxXoOeE_.+-]{1,7}", fullmatch=True)


@given(st.lists(st.one_of(NUMBERS, st.sampled_from(sorted(GO_YAML)).map(lambda v: v[3:]))))
def test_the_fast_road_with_words_that_look_like_numbers(words):
    """Each word once with quotes, and once without: as a name, which must be a string."""
    for word in words:
        for written in (f"'{word}'", word):
            text = f"apiVersion: v1\nkind: Namespace\nmetadata:\n  uid: abc\n  name: {written}\n"
            assert_both_roads_agree(text.encode())


@pytest.mark.parametrize("word", ["4f4608b20", "0", "0777", "1e5", "yes", "0b11", "1_000", "<<"])
def test_quotes_take_the_doubt_from_a_word(word):
    slot = Collector(Problems()).slot("v1", "Namespace")
    text = f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: '{word}'\n  uid: abc\n"
    found = values.read_fast(text.encode(), slot, ("v1", "Namespace"))
    assert found is not None
    assert found.metadata.name == word


def test_the_fast_road_is_taken_for_a_pod_of_a_server():
    text = (
        b'apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    pod-template-hash: "4f4608b20"\n'
        b'    pod-index: "0"\n  name: web\n  namespace: shop\n  uid: abc\nspec:\n  priority: 0\n'
        b"status:\n  containerStatuses:\n  - name: c\n    restartCount: 0\n    state:\n"
        b'      running:\n        startedAt: "2025-12-07T09:54:35Z"\n  phase: Running\n'
    )
    slot = Collector(Problems()).slot("v1", "Pod")
    short = values._short_status(text, 0)
    assert len(short) < len(text)
    assert values.read_fast(short, slot, ("v1", "Pod")).metadata.name == "web"
    assert_both_roads_agree(text)
