"""``explain`` as a person reads it: the list of edge kinds, and one kind's page."""

from collections.abc import Sequence

from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.report.text.look import Look
from rbacgraph.report.text.text import columns_of, wrap


def pages_text(pages: Sequence[EdgePage], look: Look) -> str:
    """List the edge kinds: id, effort and what each gives."""
    heads = [
        ("EDGE", "EFFORT"),
        *((page.id, str(page.effort) if page.effort else "-") for page in pages),
    ]
    widths = columns_of(heads)
    indent = sum(widths) + 4
    lines = []
    for (name, effort), text in zip(
        heads, ["WHAT IT GIVES", *(p.summary for p in pages)], strict=True
    ):
        first, *rest = wrap(text, look.width - indent)
        head = f"{name.ljust(widths[0])}  {effort.rjust(widths[1])}  "
        lines += [head + first, *(" " * indent + line for line in rest)]
    lines[0] = look.heading(lines[0])
    return "\n".join(lines) + "\n"


def page_text(page: EdgePage, look: Look) -> str:
    """Print one kind's page under its id, effort and certainty."""
    effort = f"effort {page.effort}" if page.effort else "structural, no effort"
    about = f"{page.id}  ({effort}; {page.certainty})"
    return f"{look.heading(about)}\n\n{page.page.rstrip()}\n"
