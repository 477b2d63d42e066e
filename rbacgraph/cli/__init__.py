"""The command line: parse, ask the cluster one question, render, exit."""

import gc
import os
import sys

from rbacgraph.cli import output


def main() -> None:
    """Run ``rbacgraph``, or ``kubectl rbacgraph`` where kubectl started it."""
    gc.disable()  # one answer and the process ends: looking for cycles would only cost time
    output.open_output()
    try:
        from rbacgraph.cli.app import app

        app(prog_name=_program())
    except KeyboardInterrupt:
        sys.exit(output.INTERRUPTED)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer exits 1 where --help meets one
            output.lose_output()
            sys.exit(output.BROKEN_PIPE)
        raise
    except OSError as error:  # of --help and the like: the commands guard themselves
        output.lose_output()
        output.say(f"error: {output.unwritten(error)}")
        sys.exit(output.UNUSABLE)
    except Exception:  # noqa: BLE001 - whatever it is: exit 1 would be can-i's no
        output.show_bug()
        sys.exit(output.BUG)


def _program() -> str:
    name = os.path.basename(sys.argv[0])  # noqa: PTH119 - pathlib costs time at each start
    return "kubectl rbacgraph" if name.startswith("kubectl-") else "rbacgraph"
