"""What a packed file may unpack to is bounded."""

import gzip
import tracemalloc

import click
import pytest
import zstandard
from click.testing import CliRunner

from rbacgraph import load
from rbacgraph.cli.app import app
from rbacgraph.cli.shared.options import Size
from rbacgraph.model.memory.unpack_limit import MAX_INPUT, RATIO, unpack_at_most

SECRET = b"apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n---\n"
PACK = {"gz": lambda data: gzip.compress(data, 9), "zst": zstandard.compress}
MIB = 1 << 20
BLANK = (b"#" + b" " * 16382 + b"\n") * 192
"""Three MiB of comments."""
LIMITS = pytest.mark.parametrize(
    "limit", [8 * MIB, pytest.param(MAX_INPUT, marks=pytest.mark.only_in_all)]
)


def _bomb(limit):
    return SECRET + b'a: "' + b"a" * (2 * limit)


def _written(tmp_path, suffix, data, name="dump.yaml"):
    path = tmp_path / f"{name}.{suffix}"
    path.write_bytes(PACK[suffix](data))
    return path


def _secret(tmp_path):
    path = tmp_path / "secret.yaml"
    path.write_bytes(SECRET)
    return path


def _faults(cluster):
    return [d.message for d in cluster.diagnostics if d.code == "unreadable"]


@LIMITS
@pytest.mark.parametrize("suffix", PACK)
def test_a_bomb_is_left_where_it_exceeds_the_bound(tmp_path, suffix, limit):
    """The message names the file, the figures and the option; what came before is kept."""
    path = _written(tmp_path, suffix, _bomb(limit))
    assert path.stat().st_size * RATIO < 2 * limit
    tracemalloc.start()
    cluster = load(path, max_input=None if limit == MAX_INPUT else limit)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    found = next(d for d in cluster.diagnostics if d.code == "unreadable")
    assert found.file == str(path)
    assert found.severity == "error"
    assert (
        f"more than 1000 times as much; --max-input SIZE (now {limit // MIB} MB)" in found.message
    )
    assert [secret.metadata.name for secret in cluster.snapshot.secrets] == ["db"]
    assert limit < MAX_INPUT or peak < 2 * limit  # buffers alone are larger than a small bomb


def test_max_input_raises_the_bound(tmp_path):
    path = _written(tmp_path, "zst", BLANK + SECRET)
    with unpack_at_most(MIB):
        assert "(now 1 MB)" in _faults(load(path, _secret(tmp_path)))[0]
        assert not _faults(load(path, max_input=4 * MIB))
    assert not _faults(load(path))


@pytest.mark.parametrize("suffix", PACK)
def test_what_packs_as_text_does_is_not_bounded(tmp_path, suffix):
    """Above the bound a byte may still unpack to a thousand."""
    text = b"".join(b"# %d %s\n" % (n, b"x" * 200) for n in range(20_000))
    path = _written(tmp_path, suffix, text + SECRET)
    assert len(text) > 3 * MIB
    assert not _faults(load(path, max_input=MIB))


@LIMITS
@pytest.mark.parametrize("outer", PACK)
@pytest.mark.parametrize("inner", PACK)
def test_an_archive_in_an_archive_is_not_unpacked(tmp_path, outer, inner, limit):
    path = _written(tmp_path, outer, PACK[inner](_bomb(limit)))
    cluster = load(path, _secret(tmp_path))
    assert "is a binary file" in [d.message for d in cluster.diagnostics]


def test_a_snapshot_is_not_taken_in_part(tmp_path):
    saved = tmp_path / "saved.json"
    load(_secret(tmp_path)).save(saved)
    text = saved.read_bytes().rstrip().removesuffix(b"}") + b" " * (3 * MIB) + b"}"
    path = _written(tmp_path, "zst", text, "saved.json")
    assert load(path).snapshot.secrets
    with unpack_at_most(MIB):
        cluster = load(path, allow_empty=True)
    assert _faults(cluster)
    assert not cluster.snapshot.secrets


@pytest.mark.parametrize(
    "question",
    [
        ["exposure", "-f", "BOMB"],
        ["diff", "SECRET", "BOMB"],
        ["usage", "-f", "SECRET", "--audit-log", "BOMB"],
        ["usage", "-f", "SECRET", "--audit-log", "SECRET", "--need", "BOMB"],
        ["usage", "-f", "SECRET", "--audit-log", "SECRET", "--audit-policy", "BOMB"],
        ["verify-suggestion", "BOMB", "-f", "SECRET"],
    ],
)
def test_every_file_of_a_command_is_bounded(tmp_path, question):
    paths = {
        "BOMB": _written(tmp_path, "zst", BLANK, "x"),
        "SECRET": _secret(tmp_path),
    }
    said = {}
    for bound in ("1M", "8M"):
        words = [str(paths.get(word, word)) for word in question]
        said[bound] = CliRunner().invoke(app, [*words, "--max-input", bound]).output
    assert "--max-input SIZE (now 1 MB)" in said["1M"]
    assert str(paths["BOMB"]) in said["1M"]
    assert "--max-input" not in said["8M"]


def test_every_command_that_reads_files_takes_the_option():
    readers = {
        name: command
        for name, command in app.commands.items()
        if any("-f" in parameter.opts for parameter in command.params)
    }
    assert len(readers) > 10
    lacking = [
        name
        for name, command in readers.items()
        if all("--max-input" not in parameter.opts for parameter in command.params)
    ]
    assert lacking == []


@pytest.mark.parametrize(
    ("text", "size"),
    [("7", 7), ("2k", 2 << 10), ("64M", 64 << 20), ("4GiB", 4 << 30), ("1TB", 1 << 40)],
)
def test_sizes(text, size):
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "-1", "1.5G", "64 M", "M", "1P"])
def test_no_sizes(text):
    with pytest.raises(click.BadParameter, match="is no size"):
        Size().convert(text, None, None)
