"""``rbacgraph reach``: the blast radius of one source."""

from typing import Any

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import notes
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write

HELP = """Show the blast radius of a principal, Pod or Node.

Whether it is effectively cluster-admin, how much it reaches in each namespace, and the
twenty ways that matter most: certain ones first, then those to what is worth most, then those
of the lowest effort found. VALUE is what the first target is worth: control of a cluster,
high, medium or low. Targets with the same way are one line. --explain N shows a line with the
evidence of each hop; -o wide shows all lines so, and -o json never folds.

For each target there is the certain path of the lowest effort found, and the conditional one
where that takes less or is the only one. A group stands for any of its members.

\b
Examples:
  rbacgraph reach --from sa:shop/ci -f dump/
  rbacgraph reach --from sa:shop/ci -f dump/ --explain 1 --explain 2
  rbacgraph reach --from group:system:authenticated --certain -f dump/
  rbacgraph reach --from pod:shop/api-7d9f -f dump/ -o csv
"""


@o.words("PRINCIPAL", "--from")
@o.source(start="", more="  [required]")
@o.via
@o.without
@o.certain
@o.drawn_output
@o.explain
@takes_input()
def command(
    given: Input,
    *,
    words: tuple[str, ...],
    source: str | None,
    output: str,
    explain: tuple[int, ...],
    **asked: Any,
) -> None:
    """Parse, ask, render."""
    to = destination(output, drawn=True, explain=explain)
    start = o.required("--from", source, words, example="sa:NAMESPACE/NAME")
    answer = read(given).reach(source=start, **asked)
    notes(answer.basis.notes, quiet=given.quiet)
    write(answer.report(), to)
