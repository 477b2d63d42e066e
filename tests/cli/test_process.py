"""The command line as a process: pipes, interrupts, terminals, time."""

import io
import os
import pty
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

MAIN = "from rbacgraph.cli import main; main()"
INTERRUPTIBLE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
"""Even where the tests run in the background, which shells start with interrupts ignored."""


def start(*arguments, program="rbacgraph", **options):
    code = f"import sys; sys.argv[0] = {program!r}; {INTERRUPTIBLE}{MAIN}"
    return subprocess.Popen([sys.executable, "-c", code, *arguments], text=True, **options)


def finish(*arguments, **options):
    done = start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    out, err = done.communicate(timeout=60)
    return done.returncode, out, err


@pytest.fixture
def on_a_terminal(status_of, capsys, monkeypatch):
    """Run with a terminal as standard output; gives what it showed."""

    def ask(*arguments, **environment):
        for name, value in {"TERM": "xterm", "COLUMNS": "100", **environment}.items():
            monkeypatch.setenv(name, value)
        ours, theirs = pty.openpty()
        with ThreadPoolExecutor() as reader, os.fdopen(theirs, "w", encoding="utf-8") as stream:
            shown = reader.submit(_read_all, ours)
            status = status_of(*arguments, stdout=stream)
            stream.close()
            text = shown.result(60).decode().replace("\r\n", "\n")
        os.close(ours)
        return status, text, capsys.readouterr().err

    return ask


def _read_all(terminal):
    shown = b""
    with suppress(OSError):  # Linux says so when the other side has closed
        while chunk := os.read(terminal, 65536):
            shown += chunk
    return shown


def test_a_pipe_has_no_colour_and_a_terminal_has(shop, run, on_a_terminal):
    _, piped, _ = run("paths", "--secret", "shop/db", "-f", shop)
    status, shown, _ = on_a_terminal("paths", "--secret", "shop/db", "-f", shop)
    assert status == 0
    assert "\x1b" not in piped
    assert "\x1b[1m" in shown


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_it_is_not_wanted(shop, on_a_terminal, variable):
    _, shown, _ = on_a_terminal("exposure", "-f", shop, **variable)
    assert "shop/db" in shown
    assert "\x1b" not in shown


def test_force_color_colours_a_pipe(shop, run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1m" in run("exposure", "-f", shop)[1]


def test_binary_to_a_terminal_is_refused(shop, on_a_terminal):
    status, shown, err = on_a_terminal("paths", "--secret", "shop/db", "-f", shop, "-o", "png")
    assert (status, shown) == (2, "")
    assert "binary" in err


@pytest.mark.parametrize("asked", [(), ("-o", "svg")])
def test_a_picture_is_not_printed_to_a_terminal(shop, run, on_a_terminal, asked):
    status, shown, err = on_a_terminal("render", "--secret", "shop/db", "-f", shop, *asked)
    assert (status, shown) == (2, "")
    assert err.startswith(
        "error: svg is a picture for browsers\n  write it to a file: -o answer.svg"
    )
    status, shown, _ = on_a_terminal("render", "--secret", "shop/db", "-f", shop, "-o", "mermaid")
    assert (status, shown.startswith("flowchart")) == (0, True)
    assert run("render", "--secret", "shop/db", "-f", shop, *asked)[1].startswith("<?xml")


def test_a_reader_that_leaves_is_no_error(shop):
    process = start(
        *("paths", "--secret", "shop/db", "-q", "-f", shop),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 141
    assert err == ""


@pytest.mark.parametrize("command", [("exposure",), ("snapshot", "-o", "x.json.zst")])
def test_an_interrupt_ends_quietly(tmp_path, root, command):
    process = start(
        *(*command, "-f", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    process.stdin.write("# more than a pipe holds\n" * 100_000)  # returns once most of it is read
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_kubectl_plugin_calls_itself_so(status_of):
    out = io.StringIO()
    status_of("--help", stdout=out, program="/usr/local/bin/kubectl-rbacgraph")
    assert out.getvalue().startswith("Usage: kubectl rbacgraph ")


def test_ascii_locale_still_prints(shop):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for arguments in (("paths", "--secret", "shop/db", "-f", shop), ("--help",)):
        status, out, err = finish(*arguments, env=environment)
        assert status == 0, err
        assert out


FULL = Path("/dev/full")
ANSWERED = {
    "exposure": ("exposure", "-q", "-f"),
    "paths": ("paths", "--secret", "db", "-q", "-f"),
    "who-can": ("who-can", "get", "secrets", "-q", "-f"),
    "can-i": ("can-i", "get", "secrets", "-n", "shop", "--as", "alice", "-f"),
    "admins": ("admins", "-q", "-f"),
    "risks": ("risks", "-q", "-f"),
    "rights": ("rights", "user:alice", "-q", "-f"),
    "snapshot": ("snapshot", "-q", "-f"),
}
NO_FILE = {
    "explain": ("explain",),
    "role": ("collector-role",),
    "help": ("--help",),
    "version": ("--version",),
}
NO_FILE["can-i help"] = ("can-i", "--help")
EVERY = pytest.mark.parametrize("name", [*ANSWERED, *NO_FILE])


def question(name, shop):
    return (*ANSWERED[name], shop) if name in ANSWERED else NO_FILE[name]


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@EVERY
def test_a_full_disk_is_said(shop, status_of, capsys, name):
    with FULL.open("w") as full:
        assert status_of(*question(name, shop), stdout=full) == 2
    err = capsys.readouterr().err
    assert err.splitlines()[-1] == "error: cannot write the answer: No space left on device"
    assert "Traceback" not in err


@EVERY
def test_a_closed_output_is_said(shop, status_of, capsys, name):
    assert status_of(*question(name, shop), stdout=None) == 2
    err = capsys.readouterr().err
    assert err.splitlines()[-1] == "error: cannot write the answer: standard output is closed"
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (">/dev/full", "No space left on device"),
        (">&-", "standard output is closed"),
    ],
)
@pytest.mark.parametrize("name", ["can-i", "help"])
@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_process_says_so_and_ends(shop, name, output, why):
    command = [sys.executable, "-c", MAIN, *question(name, shop)]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {output}', "sh", *command],
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"error: cannot write the answer: {why}"
    assert "Traceback" not in done.stderr


def test_an_answer_that_is_an_exit_status_needs_no_output(shop, status_of, capsys):
    with Path(os.devnull).open() as unwritable:
        assert status_of(*ANSWERED["can-i"], shop, "-q", stdout=unwritable) == 0
    assert capsys.readouterr().err == ""


def test_help_that_nobody_reads_is_no_answer():
    process = start("--help", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, "")


def test_a_bug_is_never_an_answer():
    code = "import sys; sys.modules['rbacgraph.cli.app'] = None; " + MAIN
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (70, "")
    assert "Traceback" in done.stderr
