"""Every sort of bad input: a diagnostic with file and line, and the rest still loads.

What is said about fixtures/bad stands in bad_input.txt. After a change that is meant:
``python tests/sources/test_bad_input.py > tests/sources/bad_input.txt``, and read the difference.
"""

import gzip
import io
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import zstandard

from rbacgraph.errors import InputError, RbacGraphError, UsageError
from rbacgraph.sources.checks.object_checks import check
from rbacgraph.sources.diagnostics import problems
from rbacgraph.sources.load import load
from tests.worlds import ALL

BAD = Path(__file__).parents[2] / "fixtures" / "bad"
CASES = sorted(path for path in BAD.iterdir() if not path.name.startswith("."))
KNOWN = frozenset({"view", "edit", "admin", "cluster-admin"})

NOTHING_LEFT = {
    "binary.yaml",
    "empty.yaml",
    "only-comments.yaml",
    "other-kinds.yaml",
    "web-page.yaml",
}
OTHER_OBJECTS = {"merge.yaml", "partial-list.json"}


def transcript():
    """Return what is said about each fixture, with names as seen from its folder."""
    lines = []
    for case in CASES:
        snapshot = load(case)
        found = (*snapshot.diagnostics, *check(snapshot, KNOWN))
        lines.append(f"== {case.name}")
        lines += [str(d).replace(f"{BAD}/", "") for d in found] or ["nothing to say"]
    return "\n".join(lines) + "\n"


def names(snapshot):
    return {found.metadata.name for found in snapshot.service_accounts}


def test_what_is_said_about_each_case():
    expected = Path(__file__).with_name("bad_input.txt").read_text(encoding="utf-8")
    assert transcript() == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_rest_still_loads(case):
    snapshot = load(case)
    if case.name in NOTHING_LEFT:
        assert [d.code for d in snapshot.diagnostics][-1] == "empty-input"
    elif case.name in OTHER_OBJECTS:
        assert snapshot.secrets
    else:
        assert "still-here" in names(snapshot)
        assert "still-here-too" in names(snapshot) or "still-here-too" not in _text(case)


def _text(case):
    files = [case] if case.is_file() else case.iterdir()
    return " ".join(file.read_bytes().decode("latin-1") for file in files)


@pytest.mark.parametrize("text", ['{"kind": "Secret"', "[1, 2", '{"a": ' + "[" * 5000 + "]" * 5000])
def test_what_is_broken_from_its_beginning_is_not_called_empty(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text)
    codes = [d.code for d in load(path).diagnostics]
    assert len(codes) == 2
    assert codes[0] in {"json-syntax", "too-deep"}
    assert codes[1] == "empty-input"


def test_all_cases_at_once_keep_what_each_has():
    snapshot = load(BAD)
    assert {"still-here", "still-here-too"} <= names(snapshot)
    assert len(snapshot.files) == sum(1 for path in BAD.rglob("*.*") if path.suffix)


def test_what_stands_after_the_fault_is_right():
    (role,) = load(BAD / "duplicate-key.yaml").roles
    assert role.rules[0].resources == ("secrets",)
    (role,) = load(BAD / "duplicate-anchor.yaml").roles
    assert [rule.resources for rule in role.rules] == [("pods",), ("secrets",), ("secrets",)]
    assert "tab-is-space" in names(load(BAD / "tabs.yaml"))
    (role,) = load(BAD / "null.yaml").roles
    assert role.rules is None
    (namespace,) = load(BAD / "wrong-type.yaml").namespaces
    assert namespace.metadata.labels == {"tier": "7"}
    roles = load(BAD / "duplicates.yaml").roles
    assert [[rule.resources for rule in role.rules] for role in roles] == [
        [("pods",)],
        [("secrets",)],
    ]
    bindings = load(BAD / "duplicates.yaml").role_bindings
    assert [[s.name for s in binding.subjects] for binding in bindings] == [
        ["alice"],
        ["bob"],
        ["carol"],
    ]
    (secret,) = load(BAD / "duplicates.yaml").secrets
    assert secret.keys == ("a", "b")


KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
CHART = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
TEMPLATE = "{{- if .Values.rbac }}\nkind: Role\n{{- end }}\n"


@pytest.mark.parametrize(
    ("files", "advice"),
    [
        ({"kustomization.yaml": KUSTOMIZATION}, "run kustomize build IN > built.yaml"),
        ({"prod/kustomization.yml": "resources: [../base]"}, "run kustomize build IN/prod > "),
        (
            {"base/kustomization.yaml": KUSTOMIZATION, "prod/kustomization.yaml": KUSTOMIZATION},
            "run kustomize build OVERLAY > ",
        ),
        ({"Chart.yaml": CHART, "templates/role.yaml": TEMPLATE}, "run helm template IN > "),
        ({"templates/sub/role.yaml": TEMPLATE}, "run helm template IN > "),
        (
            {"Chart.yaml": CHART, "charts/db/Chart.yaml": CHART, "values.yaml": "a: 1"},
            "run helm template IN > ",
        ),
        ({"a/Chart.yaml": CHART, "b/Chart.yaml": CHART}, "run helm template CHART > "),
        ({"my chart/Chart.yaml": CHART}, "run helm template 'IN/my chart' > "),
        ({"values.yaml": "a: 1", "list.yaml": TEMPLATE}, "rbacgraph reads roles, "),
    ],
)
def test_what_a_tool_must_build_first_is_said(tmp_path, monkeypatch, files, advice):
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        path = Path("IN", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    empty = load("IN").diagnostics[-1]
    assert empty.code == "empty-input"
    assert empty.advice.startswith(advice)


def test_a_kustomization_beside_objects_is_no_problem(tmp_path):
    (tmp_path / "kustomization.yaml").write_text(KUSTOMIZATION)
    (tmp_path / "role.yaml").write_text(_role("read"))
    assert load(tmp_path).diagnostics == ()


# --- what cannot lie in a repository ---------------------------------------------------


def _role(name):
    return (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n"
        f"metadata: {{name: {name}, namespace: shop}}\n"
    )


def test_unreadable_files_of_a_folder(tmp_path):
    (tmp_path / "a.yaml").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "b.yaml")
    (tmp_path / "c.yaml").write_text(_role("read"))
    snapshot = load(tmp_path)
    assert [role.metadata.name for role in snapshot.roles] == ["read"]
    assert [(Path(d.file).name, d.code, d.message) for d in snapshot.diagnostics] == [
        ("a.yaml", "unreadable", "cannot be read: No such file or directory"),
        (
            "b.yaml",
            "unreadable",
            "is not a regular file (a pipe, socket or device) and was not read",
        ),
    ]


def test_a_file_without_permission(tmp_path):
    (tmp_path / "c.yaml").write_text(_role("read"))
    secret = tmp_path / "secret.yaml"
    secret.write_text(_role("closed"))
    secret.chmod(0)
    if os.access(secret, os.R_OK):
        pytest.skip("this user may read files of mode 0")
    snapshot = load(tmp_path, secret)
    assert [role.metadata.name for role in snapshot.roles] == ["read"]
    assert [d.message for d in snapshot.diagnostics] == ["cannot be read: Permission denied"]


def _many_roles(number):
    """Return a megabyte or two."""
    return "---\n".join(f"{_role(f'r{n}')}# {'x' * 1000}\n" for n in range(number)).encode()


@pytest.mark.parametrize("cut", [30, -9])
def test_a_damaged_archive_keeps_what_came_before(tmp_path, cut):
    packed = gzip.compress(_many_roles(900))
    path = tmp_path / "roles.yaml.gz"
    path.write_bytes(packed[:cut])
    snapshot = load(path)
    assert "unreadable" in [d.code for d in snapshot.diagnostics]
    assert (len(snapshot.roles) > 800) == (cut < 0)


def test_a_damaged_zstd_file(tmp_path):
    path = tmp_path / "roles.yaml.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + b"nonsense" * 4)
    assert [d.code for d in load(path).diagnostics] == ["unreadable", "empty-input"]
    packed = zstandard.compress(_many_roles(2_000))
    for size, complete in ((len(packed) // 2, False), (len(packed), True)):
        path.write_bytes(packed[:size])
        snapshot = load(path)
        assert (len(snapshot.roles) == 2_000) is complete
        assert [d.code for d in snapshot.diagnostics] == ([] if complete else ["unreadable"])
        assert snapshot.roles


def test_what_does_not_exist_is_an_error_with_advice(tmp_path):
    for source in (tmp_path / "gone", str(tmp_path / "*.yaml")):
        with pytest.raises(InputError) as error:
            load(source)
        assert error.value.advice
    with pytest.raises(UsageError):
        load()
    with pytest.raises(UsageError, match="latest"):
        load(BAD, kubernetes_version="latest")


@pytest.mark.parametrize("groups", ["[alice]", "alice: devs", "alice: [1]", "a: {b: c}", "a: 'x"])
def test_groups_that_are_none(tmp_path, groups):
    path = tmp_path / "groups.yaml"
    path.write_text(groups)
    with pytest.raises(RbacGraphError) as error:
        load(BAD, groups=path)
    assert str(path) in str(error.value)
    with pytest.raises(InputError):
        load(BAD, groups=tmp_path / "gone.yaml")


NOISE = (
    *(bytes([sign]) for sign in b"'\"*&![{\t:\n},\xff\0\r"),
    *(b"", b"---\n", b"- ", b"null", b"{{", b"yes", b"<<: ", b"|\n", b"..."),
    *(b"items:\n- ", b"kind: List\n"),
)


@pytest.mark.parametrize("seed", range(20))
def test_no_damage_raises(seed):
    rng = random.Random(seed)
    texts = [path.read_bytes() for path in sorted(BAD.rglob("*")) if path.is_file()]
    for _ in range(30):
        text = bytearray(rng.choice(texts) + rng.choice(texts))
        for _ in range(rng.randint(1, 5)):
            position = rng.randrange(len(text) + 1)
            text[position : position + rng.choice((0, 1, 8, 40))] = rng.choice(NOISE)
        snapshot = load(io.BytesIO(text))
        check(snapshot)
        assert "PLANTED" not in repr(snapshot.diagnostics)


def test_text_that_is_not_utf8_behind_a_wrong_type():
    """Both are wrong with one object, and the first look sees only one of them."""
    text = b'{"apiVersion": "v1", "kind": "Secret", "data": 1, "metadata": {"name": "\xff"}}'
    assert [d.code for d in load(io.BytesIO(text)).diagnostics] == ["not-utf-8", "empty-input"]


# --- bounds ----------------------------------------------------------------------------


def test_the_same_complaint_is_told_a_few_times_and_counted(tmp_path):
    path = tmp_path / "many.yaml"
    path.write_text("---\n".join(_role("yes") for _ in range(1_244)))
    found = load(path).diagnostics
    assert len(found) == problems.PER_FILE + 2
    assert (
        str(found[problems.PER_FILE])
        == f"{path}: error: … and 1,234 more of these in this file [wrong-type]"
    )


def test_the_same_complaint_about_many_files_too(tmp_path):
    for number in range(130):
        (tmp_path / f"{number:03}.yaml").write_text(_role("yes"))
    found = [d for d in load(tmp_path).diagnostics if d.code == "wrong-type"]
    assert len(found) == problems.PER_CODE + 1
    assert found[-1].message == "… and 30 more of these in other files"


def test_names_cannot_write_to_the_terminal(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(_role('"a\\e[31m\\nb"') + "rules: nothing\n")
    (found, _) = load(path).diagnostics
    assert found.message.startswith(r"Role shop/a\x1b[31m\nb is refused")


HUGE = (100 if ALL else 20) * 1024 * 1024
"""Larger than the largest document that is read."""
GOOD = b'{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"good","namespace":"shop"}}'
HUGE_CASES = {
    "one JSON string": (
        b'{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"n"},"data":{"k":"',
        b'"}}\n' + GOOD,
        [],
    ),
    "garbage after a brace": (b"{", b"\n" + GOOD, ["json-syntax"]),
    "one YAML scalar": (
        b"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {k: ",
        b"}\n---\n" + GOOD,
        ["too-large"],
    ),
    "one YAML list item": (
        b"apiVersion: v1\nkind: List\nitems:\n- ",
        b"\n- " + GOOD + b"\n",
        ["too-large"],
    ),
    "one word": (b"", b"", ["too-large", "empty-input"]),
}


@pytest.mark.parametrize("case", HUGE_CASES)
def test_a_line_of_many_megabytes(tmp_path, case):
    before, after, expected = HUGE_CASES[case]
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.write(before)
        for _ in range(HUGE >> 20):
            file.write(b"A" * (1 << 20))
        file.write(after)
    start = time.process_time()
    snapshot = load(path)
    assert time.process_time() - start < 10
    assert [d.code for d in snapshot.diagnostics] == expected
    assert names(snapshot) == ({"good"} if after else set())


@pytest.mark.only_in_all
def test_memory_stays_bounded(tmp_path):
    """A huge object that is no use costs its window, not its size (in a process of its own)."""
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.write(b"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {k: ")
        for _ in range(HUGE >> 20):
            file.write(b"A" * (1 << 20))
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux tells a process's peak memory under /proc")
    script = (
        "import sys; from rbacgraph.sources.load import load; load(sys.argv[1]);"
        "print(open('/proc/self/status').read())"
    )
    run = [sys.executable, "-c", script, str(path)]
    done = subprocess.run(run, cwd=BAD.parents[1], capture_output=True, text=True, check=True)
    peak = next(line for line in done.stdout.splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 80_000


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP = 100_000
NESTED = {
    "alias bomb": ("kind: Pod\napiVersion: v1\nmetadata: {name: p}\n" + BOMB, "alias-bomb"),
    "flow": ("kind: Pod\napiVersion: v1\nspec: " + "[" * DEEP, "too-deep"),
    "maps": ("kind: Pod\napiVersion: v1\nspec: " + "{a: " * DEEP, "too-deep"),
    "dashes": ("kind: Pod\napiVersion: v1\nspec:\n  " + "- " * DEEP, "too-deep"),
    "closed flow": ("kind: Pod\napiVersion: v1\nspec: " + "[" * DEEP + "]" * DEEP, "too-deep"),
    "json": ('{"kind":"Pod","apiVersion":"v1","spec":' + "[" * DEEP + "]" * DEEP + "}", "too-deep"),
    "anchors": ("kind: Pod\napiVersion: v1\nspec: &a [*a]\n", "yaml-syntax"),
}


@pytest.mark.parametrize("case", NESTED)
def test_nesting_and_aliases_are_bounded_in_time(tmp_path, case):
    text, code = NESTED[case]
    path = tmp_path / "x.yaml"
    path.write_text(text + "\n---\n" + _role("good"))
    start = time.process_time()
    snapshot = load(path)
    assert time.process_time() - start < 2
    assert code in [d.code for d in snapshot.diagnostics]
    assert [role.metadata.name for role in snapshot.roles] == ["good"] or case == "json"


def test_aliases_within_reason_are_fine(tmp_path):
    rule = "{apiGroups: [''], resources: [pods], verbs: [get]}"
    path = tmp_path / "x.yaml"
    path.write_text(_role("good") + f"rules: [&r {rule}{', *r' * 90}]\n")
    (role,) = load(path).roles
    assert len(role.rules) == 91


if __name__ == "__main__":
    sys.stdout.write(transcript())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kind: Secret\r\napiVersion: v1\r\nmetadata: {name: a}\r\n", [("crlf", 1)]),
        ("kind: Secret\rapiVersion: v1\rmetadata: {name: a}\r", [("lone-cr", 1)]),
        ('kind: Secret\napiVersion: v1\nmetadata: {name: a, uid: "x\ry"}\n', [("lone-cr", 3)]),
        ("kind: Secret\r\napiVersion: v1\rmetadata: {name: a}\r\n", [("crlf", 1), ("lone-cr", 2)]),
        ("kind: Secret\napiVersion: v1\nmetadata: {name: a}\n", []),
    ],
)
def test_carriage_returns(tmp_path, text, found):
    path = tmp_path / "a.yaml"
    path.write_bytes(text.encode())
    snapshot = load(path)
    notes = [(d.code, d.line) for d in snapshot.diagnostics if d.code in {"crlf", "lone-cr"}]
    assert notes == found
    assert [secret.metadata.name for secret in snapshot.secrets] == ["a"]
