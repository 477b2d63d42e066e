"""The command line: parse, ask the cluster one question, render, exit."""

import gc
import os
import sys

INTERRUPTED = 130


def main() -> None:
    """Run ``rbacgraph``, or ``kubectl rbacgraph`` where kubectl started it."""
    gc.disable()  # one answer and the process ends: looking for cycles would only cost time
    try:
        from rbacgraph.cli.app import app

        app(prog_name=_program())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _program() -> str:
    name = os.path.basename(sys.argv[0])  # noqa: PTH119 - pathlib costs time at each start
    return "kubectl rbacgraph" if name.startswith("kubectl-") else "rbacgraph"
