"""Laws of plain text."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.model.answers.paths import Members
from rbacgraph.model.printable import clean
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count, cut, fitting, width, wrap
from rbacgraph.report.text.paths.summary import members_sentences
from rbacgraph.report.text.words import describe, split_node

anything = st.text(st.characters() | st.sampled_from("\u2800\u3164\ufe0f\U000e0100"))

# DerivedCoreProperties.txt of Unicode 16, Default_Ignorable_Code_Point: all of them.
IGNORABLE = [
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5)),
    *((0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164)),
    *((0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8)),
    *((0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
]
BLANKS = [0x00A0, 0x2003, 0x2028, 0x2800, 0x3000, 0x1D159]
INVISIBLE = [
    chr(code)
    for code in (*BLANKS, *(one for low, high in IGNORABLE for one in range(low, high + 1)))
]


@given(anything)
def test_clean_text_is_printable_and_stays_clean(text):
    assert clean(text).isprintable()
    assert not set(clean(text)) & set(INVISIBLE)
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("shop/db", "shop/db"),
        ("naïve 猫", "naïve 猫"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x9b2J", r"\x9b2J"),
        ("evil\u202etxt", r"evil\u202etxt"),
        ("\udcff", r"\udcff"),
        ("\U000e0041", r"\U000e0041"),
        ("Grüße ½ e\u0301 \U0001f510", "Grüße ½ e\u0301 \U0001f510"),
    ],
)
def test_clean(text, shown):
    assert clean(text) == shown


def test_what_prints_nothing_is_escaped():
    assert [hex(ord(char)) for char in INVISIBLE if clean(char) == char] == []


def test_what_prints_something_stays():
    """Of the letters, marks, signs and symbols of Unicode, only a few are blank."""
    printing = [chr(code) for code in range(sys.maxunicode) if chr(code).isprintable()]
    escaped = {char for char in printing if clean(char) != char}
    known = {"\U00013441", "\U00013442", "\U00016fe4"}  # two hieroglyphs and a filler
    assert escaped <= set(INVISIBLE) | known


@given(anything.map(clean), st.integers(2, 40))
def test_cut_text_fits_and_says_so(text, columns):
    short = cut(text, columns)
    assert width(short) <= columns
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@given(st.lists(st.text("abc", min_size=1), min_size=1), st.integers(1, 60))
def test_fitting_counts_every_word(words, columns):
    text = fitting(words, columns)
    shown, _, left = text.partition(" (+")
    more = int(left.removesuffix(" more)")) if left else 0
    assert shown.split(", ") == words[: len(words) - more]
    assert width(text) <= columns or len(shown.split(", ")) == 1 or not more


@given(st.lists(st.text("abc/:", min_size=1), min_size=1), st.integers(20, 60))
def test_wrapping_keeps_words_whole(words, columns):
    text = " ".join(words)
    lines = wrap(text, columns)
    assert " ".join(lines) == text
    assert all(width(line) <= columns or " " not in line for line in lines)


@given(anything, anything, st.integers(60, 120), st.integers(0, 10))
def test_a_pair_keeps_both_texts_and_the_width(left, right, columns, indent):
    lines = Look(width=columns).pair(left, right, indent=indent)
    joined = " ".join(lines).split()
    assert joined == f"{clean(left)} {clean(right)}".split()
    whole = clean(right).strip()  # the text at the right is a place: it is never broken
    assert all(
        width(line) <= columns or len(line.split()) == 1 or line.strip() == whole
        for line in lines
        if line.strip()
    )


def test_counts_have_thousands():
    assert count(200_000, "Secret") == "200,000 Secrets"
    assert count(0, "identity", "identities") == "0 identities"


@pytest.mark.parametrize(
    ("node", "parts"),
    [
        ("serviceaccount:shop/ci", ("serviceaccount", "shop", "ci")),
        ("user:https://issuer/alice", ("user", "", "https://issuer/alice")),
        ("group:a/b", ("group", "", "a/b")),
        ("node:worker-1", ("node", "", "worker-1")),
        ("service.serving.knative.dev:shop/web", ("service.serving.knative.dev", "shop", "web")),
        ("secrets:*/db", ("secrets", "*", "db")),
    ],
)
def test_split_node(node, parts):
    assert split_node(node) == parts


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ("secrets:*", "every Secret"),
        ("pods:shop/*", "every Pod in shop"),
        ("named-serviceaccounts:*/ci", "every ServiceAccount, existing or only named, named ci"),
        ("all:*", "the whole cluster"),
        ("all:shop/*", "everything in shop"),
        ("all:*/*", "everything in every namespace"),
        ("grant:shop/Role/reader", "Role reader in shop"),
        ("grant:*/ClusterRole/cluster-admin", "ClusterRole cluster-admin in every namespace"),
        ("grant:ClusterRole/view", "ClusterRole view in the whole cluster"),
        ("grant:system:masters", "grant:system:masters"),
        ("user:alice", "user:alice"),
    ],
)
def test_describe(node, words):
    assert describe(node) == words


def test_many_groups_are_told_in_one_sentence():
    few = [Members(f"group:{number}", number, 1, True) for number in range(1, 6)]
    many = [*few, Members("group:6", 6, 0, False)]
    assert len([*members_sentences(few, 30)]) == 5
    assert [*members_sentences(many, 30)] == [
        "Also reached as members of 6 groups: group:1, group:2 (+4 more); -o wide counts each."
    ]
    assert [*members_sentences(many, 30, every=True)][5] == (
        "Also reached as members: 6 ServiceAccounts through group:6, as the input says."
    )


def test_large_numbers_are_grouped():
    assert fitting(["name"] * 2001, 30) == "name, name, name (+1,998 more)"
