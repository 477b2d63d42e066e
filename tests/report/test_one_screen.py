"""``paths`` and ``reach`` on one screen: a line for each way, and every line can be explained."""

import io
import random
import re
from itertools import pairwise

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.errors import UsageError
from rbacgraph.model.answers.inference import IN_INPUT
from rbacgraph.model.answers.paths import PathsResult, Reached, ReachResult, SecretPaths
from rbacgraph.model.condition import If, RunsAnd
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.model.phrase import fill
from rbacgraph.report.answer_formats import report_of
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import width
from rbacgraph.report.text.paths.way_table import short_condition
from tests.report.records.admins import shop_admins
from tests.report.records.paths import (
    create_pod,
    no_paths,
    read,
    shop_paths,
    tenant,
    three_secrets,
    through_pod,
)
from tests.report.records.reach import ci_reach
from tests.report.records.shared import BASIS, CI, EDIT
from tests.report.test_conditions import whole

LABEL = re.compile(r"^\[(\d+)\]")
ROW = re.compile(r"^ *(\d+)  (\S.*)$")
MORE = re.compile(r"^([\d,]+) more(?: with ([\d,]+) more (?:principals?|targets?))?: -o wide$")
MANY = 10_000
"""Columns in which no text is wrapped."""


def rendered(result, **look):
    return report_of(result).render("table", Look(**look))


def rows(text):
    """The lines of the tables of ways, by their numbers."""
    found = [ROW.match(line) for line in text.splitlines()]
    return {int(one[1]): one[2] for one in found if one}


def hidden(text):
    """How many lines are not shown, and how many names only these hold."""
    found = [one for line in text.splitlines() if (one := MORE.match(line))]
    numbers = [int((part or "0").replace(",", "")) for one in found for part in one.groups()]
    return numbers[-2:] or [0, 0]


def blocks(text):
    """The blocks of an answer with its evidence, by their numbers."""
    found = {}
    for block in text.split("\n\n"):
        if label := LABEL.match(block):
            found.setdefault(int(label[1]), []).append(block.rstrip("\n"))
    return found


def names_in(parts):
    """The names of all blocks: a single one stands in the head, several in the next line."""
    names = set()
    for block in parts:
        head, second, *_ = block.splitlines()
        several = head.rpartition("effort:")[0].rstrip().endswith(":")
        words = second if several else LABEL.sub("", head).rpartition("  effort:")[0]
        names.update(words.strip().split(", "))
    return names


def some_paths(seed, size):
    """Paths of principals that share ways at random, to Secrets that do."""
    dice = random.Random(seed)
    secrets = []
    for number in range(dice.randint(1, 4)):
        target = f"secret:shop/s{number % 2 if dice.random() < 0.5 else number}-{number}"
        paths = []
        for index in range(size):
            way = dice.randrange(4)
            if way == 0:
                paths.append(tenant(index + 1))
            elif way == 1:
                paths.append(read(f"user:u{index}", target))
            elif way == 2:
                path = create_pod(f"user:u{index}", target)
                hop = replace(path.hops[0], text=f"can create pods, {index}", effort=index % 7)
                paths.append(replace(path, hops=(hop,)))
            else:
                paths.append(through_pod(f"user:v{index}"))
        paths = [replace(path, target=target) for path in paths]
        paths.sort(key=lambda path: path.effort)
        secrets.append(three_secrets().secrets[0])
        secrets[-1] = replace(secrets[-1], secret=target, paths=tuple(paths))
    return PathsResult("", tuple(secrets), BASIS)


def some_reach(seed, size):
    """Targets of several kinds that a source gets by ways that some of them share."""
    dice = random.Random(seed)
    ci = "serviceaccount:shop/ci"
    kinds = ("secret", "serviceaccount", "pod", "registry")
    found = []
    for index in range(size):
        kind = dice.choice(kinds)
        target = f"{kind}:{'' if kind == 'registry' else f'n{index % 15}/'}t{index}"
        path = create_pod(ci, target)
        binding = replace(CI, name=f"b{dice.randrange(size)}")
        words = f"can create pods, {dice.randrange(3)}"
        hop = replace(path.hops[0], text=words, evidence=(binding, EDIT))
        doubt = If.ACCOUNT_EXISTS("shop", target) if dice.random() < 0.3 else hop.condition
        path = replace(path, hops=(replace(hop, condition=doubt),))
        value = dice.choice(tuple(ValueLevel)) if kind == "secret" else None
        ways = {"certain": path} if path.certain else {"conditional": path}
        found.append(Reached(target=target, kind=kind, value=value, **ways))
    return ReachResult(ci, tuple(found), BASIS)


@pytest.fixture(scope="module")
def answers():
    shop = rg.load("fixtures/clusters/shop")
    stores = rg.load("fixtures/clusters/shop-stores")
    return [
        shop.paths(secret="shop/db-credentials").result,
        shop.paths(secret="*/*").result,
        shop.paths(secret="*/*", source="sa:ci/runner").result,
        shop.paths(secret="shop/*", max_paths=3).result,
        stores.paths(secret="*/*").result,
        shop.reach(source="group:platform-admins").result,
        shop.reach(source="sa:ci/runner").result,
        *(some_paths(seed, size) for seed in range(3) for size in (3, 90)),
        *(some_reach(seed, size) for seed in range(3) for size in (3, 90)),
    ]


@pytest.fixture(scope="module")
def written(answers):
    """Each answer with its text, and the blocks of its wide text without wrapping."""
    return [(one, rendered(one), blocks(wide(one))) for one in answers]


def wide(result, columns=MANY):
    return report_of(result).render("wide", Look(width=columns))


def named(result):
    """Every principal of an answer about paths, every target of one about a blast radius."""
    if isinstance(result, ReachResult):
        return {one.target for one in result.reached}
    return {path.principal for secret in result.secrets for path in secret.paths}


def test_nobody_is_lost(written):
    """Each is on a line, in one that is folded, or counted among those that are not shown."""
    for result, text, every in written:
        shown, (lines, others) = rows(text), hidden(text)
        assert list(shown) == list(range(1, len(shown) + 1))
        seen = {name for number in shown for name in names_in(every[number])}
        assert len(seen) + others == len(named(result))
        assert len(every) == len(shown) + lines
        assert names_in(one for some in every.values() for one in some) == named(result)


def test_a_line_is_explained_as_the_wide_text_has_it(written):
    for result, _, every in written:
        for columns in (60, MANY):
            whole = every if columns == MANY else blocks(wide(result, columns))
            for numbers in ((1,), (len(every) // 2 + 1,), (len(every), 1)):
                alone = rendered(result, width=columns, explain=numbers)
                assert blocks(alone) == {number: whole[number] for number in numbers}


def test_a_line_names_the_first_and_counts_the_others(written):
    for _, text, every in written:
        for number, row in rows(text).items():
            names = names_in(every[number])
            first, _, more = row.split("  ")[0].partition(" (+")
            shown = first.split(", ")
            assert names >= set(shown)
            rest = int(more.removesuffix(" more)").replace(",", "")) if more else 0
            assert len(shown) + rest == len(names)


def test_an_answer_is_one_screen(written):
    for result, text, _ in written:
        lines = text.splitlines()
        assert len(rows(text)) <= (20 if isinstance(result, ReachResult) else 60)
        assert len(lines) < 85
        (checked,) = (number for number, line in enumerate(lines) if line.startswith("Checked "))
        assert len(lines) - checked <= 3


def test_what_is_certain_comes_first_then_what_takes_least(written):
    for result, text, every in written:
        certain, _, conditional = text.partition("\nCONDITIONAL\n")
        assert max(rows(certain), default=0) < min(rows(conditional), default=MANY)
        if isinstance(result, PathsResult):
            found = [re.search(r"effort: \w+(?: \((\d+)\))?", every[n][0]) for n in rows(certain)]
            efforts = [int(one[1] or 0) for one in found]
            assert all(one <= other for one, other in pairwise(efforts))


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_a_terminal_shows_whole_rows_and_tells_names_apart(written, columns):
    for result, text, every in written:
        narrow = rendered(result, width=min(columns, 120), cut=columns)
        shown = rows(narrow)
        assert list(shown) == list(rows(text))
        assert all(width(line) <= columns for line in narrow.splitlines() if ROW.match(line))
        cells = {}
        for number, row in shown.items():
            whole = frozenset(names_in(every[number]))
            cells.setdefault(row.split("  ")[0], set()).add(whole)
        assert all(len(whole) == 1 for whole in cells.values())


def test_a_number_that_no_line_has_is_refused():
    for result, last in (
        (shop_paths(), "the last one is 4"),
        (ci_reach(), "the last one is 3"),
        (no_paths(), "the answer has none"),
    ):
        with pytest.raises(UsageError, match="--explain 99: there is no such line") as refused:
            rendered(result, explain=(99,))
        assert refused.value.advice == last


def test_ways_to_several_secrets_that_read_alike_are_one_line():
    shop = rg.load("fixtures/clusters/shop").paths(secret="shop/*").result
    text = rendered(shop)
    (row,) = (row for row in rows(text).values() if row.startswith("group:platform-admins"))
    assert "  all 6  " in row
    certain = "13 principals reach some of them for certain"
    assert f"{certain}, 1 more only under a condition." in text


def test_what_a_source_reaches_is_counted():
    shop = rg.load("fixtures/clusters/shop", bootstrap=False)
    text = rendered(shop.paths(secret="*/*", source="group:oncall").result)
    counts = "3 of them for certain and 2 of them only under a condition"
    assert text.startswith(f"12 Secrets\ngroup:oncall reaches {counts}.\n")


def test_targets_that_differ_in_a_name_of_their_conditions_are_one_line():
    ci = "serviceaccount:shop/ci"
    found = []
    for name in ("a", "b", "c"):
        path = create_pod(ci, f"serviceaccount:shop/{name}")
        hop = replace(path.hops[0], condition=If.ACCOUNT_EXISTS("shop", name))
        path = replace(path, hops=(hop,))
        found.append(Reached(target=path.target, kind="serviceaccount", conditional=path))
    result = ReachResult(ci, tuple(found), BASIS)
    (row,) = rows(rendered(result)).values()
    assert row.endswith("  if ServiceAccount shop/a exists (others alike)")
    assert [len(some) for some in blocks(wide(result)).values()] == [3]


def test_a_secret_that_nobody_reaches_keeps_its_words():
    lone = SecretPaths(
        secret="secret:shop/lone", type="", inferred=IN_INPUT, file="", line=0, paths=()
    )
    several = three_secrets()
    text = rendered(replace(several, secrets=(*several.secrets, lone)))
    assert "\nshop/lone: No path was found: nobody reaches it.\n" in text
    alone = rendered(replace(several, secrets=(lone,)))
    assert "\nNo path was found: nobody reaches it.\n" in alone
    assert "  Techniques: read-secret, mounts-secret" in alone
    nobody = rendered(replace(several, secrets=(lone, replace(lone, secret="secret:shop/other"))))
    assert nobody.startswith("2 Secrets\nshop/lone, shop/other: No path was found: nobody reaches")
    assert "  Techniques: read-secret, mounts-secret" in nobody


def test_the_namespaces_of_a_blast_radius_are_counted():
    result = some_reach(1, 90)
    lines = rendered(result).splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("NAMESPACE"))
    assert lines[head].split() == ["NAMESPACE", "SECRETS", "IDENTITIES", "OTHERS"]
    assert lines[head + 12] == "5 more namespaces: -o wide"
    text = report_of(result).render("wide", Look())
    table = text[text.index("NAMESPACE") : text.index("\n\n", text.index("NAMESPACE"))]
    counts = [re.split(" {2,}", line)[1:] for line in table.splitlines()[1:]]
    assert len(counts) == 16
    for certain in (True, False):
        kinds = [one.kind for one in result.reached if bool(one.certain) is certain]
        several = ([int([*cell.split(" +"), 0][not certain]) for cell in row] for row in counts)
        assert [sum(column) for column in zip(*several, strict=True)] == [
            kinds.count("secret"),
            kinds.count("serviceaccount"),
            kinds.count("pod") + kinds.count("registry"),
        ]
        assert kinds


def test_admins_are_numbered_and_explained():
    result = shop_admins()
    text, every = rendered(result), blocks(wide(result, 100))
    assert list(rows(text)) == list(every) == list(range(1, 8))
    for number, row in rows(text).items():
        assert blocks(rendered(result, explain=(number,))) == {number: every[number]}
        assert row.split()[0] in every[number][0]
    with pytest.raises(UsageError, match="--explain 8: there is no such line"):
        rendered(result, explain=(8,))
    many = tuple(replace(result.admins[0], principal=f"user:{n}") for n in range(70))
    text = rendered(replace(result, admins=many))
    assert list(rows(text)) == list(range(1, 61))
    assert hidden(text) == [13, 0]
    assert "UNDER A CONDITION" not in text


def test_what_is_worth_most_comes_first():
    ci = "serviceaccount:shop/ci"

    def reached(target, value):
        path = create_pod(ci, target)
        hop = replace(path.hops[0], evidence=(replace(CI, name=target), EDIT))
        way, kind = replace(path, hops=(hop,)), target.partition(":")[0]
        return Reached(target=target, kind=kind, value=value, certain=way)

    found = tuple(
        reached(target, value)
        for target, value in (
            ("secret:shop/a", ValueLevel.LOW),
            ("secret:shop/b", ValueLevel.MEDIUM),
            ("serviceaccount:shop/c", None),
            ("secret:shop/d", ValueLevel.HIGH),
            ("serviceaccount:shop/e", ValueLevel.CONTROL),
        )
    )
    text = rendered(ReachResult(ci, found, BASIS))
    assert [row.split()[0][-1] for row in rows(text).values()] == ["e", "d", "b", "a", "c"]
    values = [row.split()[1] for row in rows(text).values()]
    assert values == ["control", "high", "medium", "low", "-"]


def test_what_is_reached_has_its_value():
    shop = rg.load("fixtures/clusters/shop").reach(source="group:platform-admins").result
    value = {one.target: one.value for one in shop.reached}
    assert value["group:system:masters"] is ValueLevel.CONTROL
    assert value["secret:ci/runner-token"] is ValueLevel.MEDIUM
    assert value["serviceaccount:ci/runner"] is None
    assert value["secret:shop/db-credentials"] is ValueLevel.MEDIUM


ROOT = """\
apiVersion: v1
kind: ServiceAccount
metadata: {{name: root, namespace: a}}
---
apiVersion: v1
kind: Secret
metadata: {{name: t, namespace: a, annotations: {{kubernetes.io/service-account.name: root}}}}
type: kubernetes.io/service-account-token
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: root}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}
subjects: [{{kind: ServiceAccount, name: root, namespace: a}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: alice, namespace: a}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}}
subjects: [{{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}}]
"""


@pytest.mark.parametrize(
    ("role", "token", "account"),
    [
        ("cluster-admin", ValueLevel.CONTROL, ValueLevel.CONTROL),
        ("view", ValueLevel.MEDIUM, None),
    ],
)
def test_an_admin_and_its_token_control_the_cluster(role, token, account):
    cluster = rg.load(io.BytesIO(ROOT.format(role=role).encode()))
    found = cluster.reach(source="user:alice").result.reached
    value = {one.target: one.value for one in found}
    assert value["secret:a/t"] is token
    assert value["serviceaccount:a/root"] is account


def test_a_condition_is_said_in_few_words():
    together = If.OPERATOR_APPLIES_BY_PROJECT("Argo CD") & If.OBJECT_IS_THERE()
    words = "if such an object exists and the Application's project lets it"
    assert short_condition([together]) == words
    nodes = [If.NODE_IS_READY_AGAIN(f"worker-{number:020}") for number in range(4)]
    assert short_condition(nodes) == f"if node worker-{0:020} is ready again (+3 more)"
    assert short_condition([]) == ""


def test_short_words_are_shorter():
    plain = {
        code: (code.short, whole(code.words))
        for code in If
        if isinstance(code.short, str) and isinstance(code.words, str | RunsAnd)
    }
    plain = {code: words for code, words in plain.items() if len(set(words)) > 1}
    assert len(plain) > 60
    for code, several in plain.items():
        subject = tuple(f"n{number}" for number in range(3 if ":object" in several[1] else 6))
        short, long = (fill(words, subject) for words in several)
        assert len(short) < len(long), code
        assert set(re.findall(r"n\d", short)) <= set(re.findall(r"n\d", long)), code
