"""The command line as a process: pipes, interrupts, terminals, time."""

import os
import pty
import signal
import subprocess
import sys

import pytest

MAIN = "from rbacgraph.cli import main; main()"


def start(*arguments, program="rbacgraph", **options):
    code = f"import sys; sys.argv[0] = {program!r}; {MAIN}"
    return subprocess.Popen([sys.executable, "-c", code, *arguments], text=True, **options)


def finish(*arguments, **options):
    done = start(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    out, err = done.communicate(timeout=60)
    return done.returncode, out, err


def on_a_terminal(*arguments, **environment):
    """Run with a terminal as standard output; gives what it showed."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", **environment}
    process = start(*arguments, stdout=theirs, stderr=subprocess.PIPE, env=environment)
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:
        pass  # Linux says so when the other side has closed
    _, err = process.communicate(timeout=60)
    os.close(ours)
    return process.returncode, shown.decode().replace("\r\n", "\n"), err


def test_a_pipe_has_no_colour_and_a_terminal_has(shop):
    _, piped, _ = finish("paths", "--secret", "shop/db", "-f", shop)
    status, shown, _ = on_a_terminal("paths", "--secret", "shop/db", "-f", shop)
    assert status == 0
    assert "\x1b" not in piped
    assert "\x1b[1m" in shown


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_it_is_not_wanted(shop, variable):
    _, shown, _ = on_a_terminal("exposure", "-f", shop, **variable)
    assert "\x1b" not in shown


def test_force_color_colours_a_pipe(shop):
    environment = {**os.environ, "FORCE_COLOR": "1"}
    _, out, _ = finish("exposure", "-f", shop, env=environment)
    assert "\x1b[1m" in out


def test_binary_to_a_terminal_is_refused(shop):
    status, shown, err = on_a_terminal("paths", "--secret", "shop/db", "-f", shop, "-o", "png")
    assert (status, shown) == (2, "")
    assert "binary" in err


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


def test_an_interrupt_ends_quietly():
    process = start(
        "exposure", "-f", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdin.write("# more than a pipe holds\n" * 100_000)  # returns once most of it is read
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err


def test_kubectl_plugin_calls_itself_so():
    _, out, _ = finish("--help", program="/usr/local/bin/kubectl-rbacgraph")
    assert out.startswith("Usage: kubectl rbacgraph ")


def test_ascii_locale_still_prints(shop):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for arguments in (("paths", "--secret", "shop/db", "-f", shop), ("--help",)):
        status, out, err = finish(*arguments, env=environment)
        assert status == 0, err
        assert out
