"""Draws SVG, PNG and PDF by Graphviz; nothing else imports the ``graphviz`` package."""

import subprocess
import sys
from pathlib import Path
from shutil import which

from rbacgraph.errors import RbacGraphError

_PURE = "graphviz-pure"
_SECONDS = 120
_NOT_PURE = "pdf"


def image(dot: str, kind: str) -> bytes:
    """Draw a DOT text as ``svg``, ``png`` or ``pdf``.

    The system's ``dot`` draws if it is installed, else that of the package graphviz-pure, which
    cannot make PDF.

    Raises RbacGraphError if neither is installed, or cannot draw the picture.
    """
    try:
        try:
            return _drawn(dot, kind)
        except subprocess.CalledProcessError:  # at some clusters the usual ranking gives up
            return _drawn(dot.replace("{", "{\n  graph [newrank=true]", 1), kind)
    except (subprocess.SubprocessError, OSError) as error:
        status = getattr(error, "returncode", None)
        why = type(error).__name__ if status is None else f"status {status}"
        raise RbacGraphError(
            f"Graphviz could not draw the picture ({why})",
            advice="narrow the question, or choose dot or mermaid",
        ) from None


def _drawn(dot: str, kind: str) -> bytes:
    pure = None if which("dot") else _pure()
    return _by_pure(pure, dot, kind) if pure and kind != _NOT_PURE else _by_system(dot, kind)


def _by_system(dot: str, kind: str) -> bytes:
    import graphviz  # few need it

    try:
        drawn = graphviz.Source(dot).pipe(format=kind, quiet=True)
    except graphviz.ExecutableNotFound:
        other = "svg, png, dot" if kind == _NOT_PURE else "dot"
        raise RbacGraphError(
            f"cannot draw {kind}: Graphviz' program `dot` was not found",
            advice=f"install the package graphviz of your system, or choose {other} or mermaid",
        ) from None
    assert isinstance(drawn, bytes)
    return drawn


def _by_pure(program: str, dot: str, kind: str) -> bytes:
    done = subprocess.run(  # noqa: S603 - a program of this environment, no shell
        [program, f"-T{kind}"],
        input=dot.encode(),
        capture_output=True,
        check=True,
        timeout=_SECONDS,
    )
    return done.stdout


def _pure() -> str | None:
    """Return the program next to the interpreter, where pip puts it, or on the ``PATH``."""
    return which(_PURE, path=str(Path(sys.executable).parent)) or which(_PURE)
