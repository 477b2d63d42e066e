"""``rbacgraph explain``: the page of a technique or of a topic."""

import click

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import NotFoundError
from rbacgraph.model.did_you_mean import page_advice

HELP = """Explain a technique or a topic, or list them all.

A technique's page has its precondition, use, remedy and references; a topic's page is
part of the documentation. Without a name: the list of both. Topic coverage is a table:
which rights on which resources techniques judge.

\b
Examples:
  rbacgraph explain
  rbacgraph explain read-secret
  rbacgraph explain limits
  rbacgraph explain coverage
  rbacgraph explain -o json
"""


@click.argument(
    "name",
    default="",
    metavar="[TECHNIQUE|TOPIC]",
    help="Id of a technique, as paths prints it, or a topic.",
    shell_complete=o.complete_pages,
)
@o.output()
def command(*, name: str, output: str) -> None:
    """Parse, look up, render."""
    to = destination(output, more=("markdown",))
    from rbacgraph.report.answers.coverage import COVERAGE, COVERAGE_TITLE, coverage_report
    from rbacgraph.report.answers.explain import pages_report, topic_report
    from rbacgraph.report.answers.topics import topic_text, topic_titles
    from rbacgraph.techniques.catalogue import pages

    if name == COVERAGE:
        from rbacgraph.api.functions import coverage

        write(coverage_report(coverage()), to)
        return
    known = pages(resources=True)
    chosen = tuple(page for page in known if name in {"", page.id})
    if chosen:
        topics = None if name else {**topic_titles(), COVERAGE: COVERAGE_TITLE}
        write(pages_report(chosen, one=bool(name), topics=topics), to)
        return
    text = topic_text(name)
    if text is None:
        names = [*(page.id for page in known), *topic_titles(), COVERAGE]
        raise NotFoundError(
            f"there is no technique or topic {name!r}", advice=page_advice(name, names)
        )
    write(topic_report(text), to)
