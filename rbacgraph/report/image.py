"""SVG and PNG, drawn by Graphviz: the only door to the ``graphviz`` package."""

from rbacgraph.errors import RbacGraphError


def image(dot: str, kind: str) -> bytes:
    """Draw a DOT text as ``svg`` or ``png``.

    Raises
    ------
    RbacGraphError
        Where Graphviz is not installed, or cannot draw the picture.
    """
    import graphviz  # few need it

    try:
        drawn = graphviz.Source(dot).pipe(format=kind)
    except graphviz.ExecutableNotFound:
        raise RbacGraphError(
            f"cannot draw {kind}: Graphviz' program `dot` was not found",
            advice="install the package graphviz of your system, or choose dot or mermaid",
        ) from None
    except graphviz.CalledProcessError as error:
        raise RbacGraphError(
            f"Graphviz could not draw the picture (status {error.returncode})",
            advice="narrow the question, or choose dot or mermaid",
        ) from None
    assert isinstance(drawn, bytes)
    return drawn
