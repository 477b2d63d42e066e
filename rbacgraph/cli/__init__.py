"""The command line: parse, ask the cluster one question, render, exit."""

import gc
import os
import sys

from rbacgraph.cli.shared import stdio

_COMPLETES = "_RBACGRAPH_COMPLETE"
"""Is set by a shell that completes a word."""


def main() -> None:
    """Run ``rbacgraph``, or ``kubectl rbacgraph`` where kubectl started it, and end the process.

    It exits at once: freeing a large cluster object by object would only cost time.
    """
    stdio.leave(run())


def run() -> int:
    """Run the command that the arguments name; return its exit status."""
    gc.disable()  # one answer and the process ends: searching cycles would only cost time
    stdio.open_output()
    try:
        from rbacgraph.cli.app import app

        if _COMPLETES in os.environ:
            from rbacgraph.cli.shared.bash_completion import complete_colons

            complete_colons()
        app(prog_name=_program())
    except KeyboardInterrupt:
        return stdio.INTERRUPTED
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else stdio.BUG if end.code else 0
    except OSError as error:  # of --help and the like: the commands handle their own errors
        stdio.lose_output()
        stdio.say(f"error: {stdio.unwritten(error)}")
        return stdio.UNUSABLE
    except Exception:  # noqa: BLE001 - whatever it is: exit 1 would be can-i's no
        stdio.show_bug()
        return stdio.BUG
    return 0


def _program() -> str:
    name = os.path.basename(sys.argv[0])  # noqa: PTH119 - pathlib costs time at each start
    return "kubectl rbacgraph" if name.startswith("kubectl-") else "rbacgraph"
