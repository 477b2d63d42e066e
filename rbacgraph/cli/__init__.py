"""The command line: parse, ask the cluster one question, render, exit."""

import gc
import os
import sys

from rbacgraph.cli import output


def main() -> None:
    """Run ``rbacgraph``, or ``kubectl rbacgraph`` where kubectl started it, and end the process.

    It ends at once: to take a large cluster apart object by object would only cost time.
    """
    output.leave(run())


def run() -> int:
    """Run the command that the arguments name; return its exit status."""
    gc.disable()  # one answer and the process ends: looking for cycles would only cost time
    output.open_output()
    try:
        from rbacgraph.cli.app import app

        app(prog_name=_program())
    except KeyboardInterrupt:
        return output.INTERRUPTED
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer exits 1 where --help meets one
            output.lose_output()
            return output.BROKEN_PIPE
        return end.code if isinstance(end.code, int) else output.BUG if end.code else 0
    except OSError as error:  # of --help and the like: the commands guard themselves
        output.lose_output()
        output.say(f"error: {output.unwritten(error)}")
        return output.UNUSABLE
    except Exception:  # noqa: BLE001 - whatever it is: exit 1 would be can-i's no
        output.show_bug()
        return output.BUG
    return 0


def _program() -> str:
    name = os.path.basename(sys.argv[0])  # noqa: PTH119 - pathlib costs time at each start
    return "kubectl rbacgraph" if name.startswith("kubectl-") else "rbacgraph"
