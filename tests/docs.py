"""What is generated of the documentation: the pages of techniques and of questions.

``python -m tests.docs`` writes them.
"""

from itertools import groupby
from pathlib import Path

from rbacgraph.techniques.catalogue import pages
from tests.questions import questions

DOCS = Path(__file__).parents[1] / "rbacgraph" / "docs"
HEAD = """\
# Techniques

A path is a chain of edges. An edge A → B says: *an attacker who controls A obtains B*. An edge is
certain, or conditional with its condition in words; rbacgraph never counts the two together. The
effort orders paths; it is no score: low (1-2), medium (3-5) or high (6-8) for one technique, low
(1-3), medium (4-7) or high (8-) for a path, which takes the sum of its techniques'. `rbacgraph
explain ID` prints a technique's page.
"""
TAIL = """
Some edges leave the cluster: to a registry, another cluster, an identity of a cloud. `reach` lists
these ends; rbacgraph does not look at what lies behind them. What these techniques lack is under
[Limits](limits.md).
"""


def techniques():
    """Return the page: a table of the catalogue in its order, each group below its title."""
    groups = (
        f"| **{title}** | | |\n"
        + "".join(f"| `{p.id}` | {p.effort or '-'} | {p.summary} |\n" for p in members)
        for title, members in groupby(pages(), lambda page: page.group)
    )
    return f"{HEAD}\n| edge | effort | what it gives |\n|---|---|---|\n{''.join(groups)}{TAIL}"


if __name__ == "__main__":
    (DOCS / "techniques.md").write_text(techniques(), encoding="utf-8")
    (DOCS / "questions.md").write_text(questions(), encoding="utf-8")
