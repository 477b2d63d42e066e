"""Tables lose columns on a terminal, the most expendable first, and nothing in a pipe."""

from rbacgraph.report.answers.decisions import grantees_text
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import width
from tests.report.records.decisions import grantees

COLUMNS = [
    Column("NAME", ["a" * 20, "b"]),
    Column("SIZE", ["1", "20"], number=True),
    Column("COLOUR", ["c" * 20, "d"], expendable=1),
    Column("SHAPE", ["e" * 20, "f"], expendable=2),
]


def test_nothing_is_cut_in_a_pipe():
    lines, left_out = table_lines(COLUMNS, Look())
    assert lines[0] == f"{'NAME':20}  SIZE  {'COLOUR':20}  SHAPE"
    assert lines[2] == f"{'b':20}    20  {'d':20}  f"
    assert left_out == ""


def test_the_most_expendable_column_goes_first():
    lines, left_out = table_lines(COLUMNS, Look(cut=60))
    assert lines[0] == f"{'NAME':20}  SIZE  COLOUR"
    assert left_out == "-o wide shows SHAPE too"


def test_the_rest_is_cut():
    lines, left_out = table_lines(COLUMNS, Look(cut=15))
    assert left_out == "-o wide shows COLOUR and SHAPE too"
    assert lines[1] == "aaaaaaaaaaaaaa…"


def test_wide_is_whole_on_a_terminal_too():
    assert table_lines(COLUMNS, Look(cut=15, wide=True)) == table_lines(COLUMNS, Look())


def test_wide_characters_take_two_columns():
    lines, _ = table_lines([Column("NAME", ["猫", "ab"]), Column("X", ["1", "2"])], Look())
    assert lines == ["NAME  X", "猫    1", "ab    2"]


def test_no_rows_is_a_header():
    assert table_lines([Column("NAME", []), Column("X", [])], Look())[0] == ["NAME  X"]


def test_columns_that_shrink_are_cut_to_one_width():
    columns = [
        Column("KIND", ["user"]),
        Column("NAME", ["n" * 30], shrinks=True),
        Column("ROLE", ["r" * 5], shrinks=True),
        Column("BINDING", ["b" * 20], shrinks=True),
    ]
    lines, _ = table_lines(columns, Look(cut=40))
    assert lines[1] == f"user  {'n' * 11}…  rrrrr  {'b' * 11}…"
    assert len(lines[1]) == 39  # one more would be 41
    assert lines[0] == "KIND  NAME          ROLE   BINDING"
    assert table_lines(columns, Look())[0][1].endswith("b" * 20)


def test_names_are_cut_in_their_middle():
    names = ["cert-manager/cert-manager", "cert-manager/cert-manager-cainjector"]
    columns = [Column("NAME", names, shrinks=True, names=True), Column("ROLE", ["r", "s"])]
    lines, _ = table_lines(columns, Look(cut=21))
    assert lines[1:] == ["cert-man…anager  r", "cert-man…jector  s"]


def test_the_kind_of_a_serviceaccount_is_never_cut():
    names = ["serviceaccount:shop/api", "serviceaccount:monitoring/prometheus", "user:alice"]
    column = Column("PRINCIPAL", names, shrinks=True, names=True)
    lines, _ = table_lines([column, Column("N", ["1"] * 3)], Look(cut=20))
    assert [line.split()[0] for line in lines[1:]] == [
        "sa:shop/api",
        "sa:monito…metheus",
        "user:alice",
    ]
    same = ["serviceaccount:a", "sa:a"]  # as roles may be called
    lines, _ = table_lines([Column("ROLE", same, shrinks=True, names=True)], Look(cut=10))
    assert len(set(lines[1:])) == len(same)


def test_names_are_never_cut_to_the_same():
    names = ["argocd/argocd-application-controller", "argocd/argocd-applicationset-controller"]
    columns = [
        Column("NAME", [*names, names[0]], shrinks=True, names=True),
        Column("ROLE", ["r" * 30] * 3, shrinks=True),
    ]
    lines, _ = table_lines(columns, Look(cut=40))
    assert lines[1:] == [
        "argocd/argocd…n-controller  rrrrrrrrrrr…",
        "argocd/argocd…t-controller  rrrrrrrrrrr…",
        "argocd/argocd…n-controller  rrrrrrrrrrr…",
    ]
    narrow, _ = table_lines(columns[:1], Look(cut=12))
    assert len({*narrow[1:]}) == 1  # a terminal without room for that cuts the line


def test_chains_keep_whole_links():
    columns = [Column("HOW", ["request-token > read-secret > token-of"], shrinks=True, chains=True)]
    shown = [table_lines(columns, Look(cut=cut))[0][1] for cut in (38, 37, 27, 16)]
    assert shown == [
        "request-token > read-secret > token-of",
        "request-token > … > token-of",
        "request-token > …",
        "request-token >…",
    ]


def test_a_column_is_cut_a_little_before_another_is_left_out():
    columns = [
        Column("NAME", ["n" * 30], shrinks=True, enough=20),
        Column("PLACE", ["p" * 10], expendable=1),
    ]
    assert table_lines(columns, Look(cut=32)) == (
        [f"NAME{' ' * 18}PLACE", f"{'n' * 19}…  {'p' * 10}"],
        "",
    )
    assert table_lines(columns, Look(cut=31)) == (
        ["NAME", "n" * 30],
        "-o wide shows PLACE too",
    )


def test_a_terminal_without_room_shows_the_shorter_names():
    columns = [
        Column("NAME", ["serviceaccount:shop/ci"], shorter=["sa:shop/ci"]),
        Column("ROLE", ["r" * 10]),
    ]
    assert table_lines(columns, Look(cut=34))[0][1] == f"serviceaccount:shop/ci  {'r' * 10}"
    assert table_lines(columns, Look(cut=33))[0][1] == f"sa:shop/ci  {'r' * 10}"
    assert table_lines(columns, Look())[0][1] == f"serviceaccount:shop/ci  {'r' * 10}"


def test_a_column_with_too_little_room_is_left_out():
    columns = [
        Column("NAME", ["n" * 20]),
        Column("ROLE", ["r" * 20], shrinks=True, least=10),
        Column("BINDING", ["b" * 20], shrinks=True, least=10),
    ]
    lines, left_out = table_lines(columns, Look(cut=44))
    assert (lines[1], left_out) == (f"{'n' * 20}  {'r' * 9}…  {'b' * 9}…", "")
    lines, left_out = table_lines(columns, Look(cut=43))
    assert (lines[1], left_out) == (
        f"{'n' * 20}  {'r' * 20}",
        "-o wide shows BINDING too",
    )
    lines, left_out = table_lines(columns, Look(cut=31))
    assert (lines[1], left_out) == ("n" * 20, "-o wide shows ROLE and BINDING too")


def test_who_can_keeps_binding_and_role_on_a_narrow_terminal():
    head, *rows, note = grantees_text(grantees(), Look(width=60, cut=60)).splitlines()
    assert head.split() == ["SUBJECT", "NAME", "BINDING", "ROLE"]
    assert any("shop/reader" in row.split()[-1] for row in rows)
    assert all(width(row) <= 60 for row in rows)
    assert note == "(-o wide shows SCOPE, FILE:LINE and RULE too)"
