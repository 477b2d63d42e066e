"""``rbacgraph snapshot``: everything that was read, in one file without values of Secrets."""

from pathlib import Path

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import printing
from rbacgraph.errors import UsageError

HELP = """Write everything that was read to one file.

The file holds no value of a Secret. rbacgraph -f reads it again, fast, and gives every answer
as it gave it from the input itself, with the files and lines of the evidence. It is a JSON
List of Kubernetes objects: roles and bindings as the API server has them; of Pods, workloads,
Secrets and ConfigMaps only what rbacgraph keeps. It is there as a whole or not at all.

\b
Examples:
  rbacgraph snapshot -o cluster.json.zst
  rbacgraph snapshot -f dump/ -o cluster.json.zst
  rbacgraph exposure -f cluster.json.zst
  rbacgraph snapshot -f dump/ | jq '.rbacgraph.diagnostics'
"""


@o.option(
    "-o",
    "--output",
    default="json",
    metavar="json|PATH",
    help="json for standard output, or a file that ends in .json, .json.gz or .json.zst.",
)
@takes_input("no_bootstrap")
def command(given: Input, *, output: str) -> None:
    """Parse, read, write."""
    check_snapshot_path(output)
    cluster = read(given)
    if output != "json":
        cluster.save(output)
        return
    with printing() as stream:
        cluster.save(stream)


def check_snapshot_path(output: str) -> None:
    """Refuse an unwritable file before anything is read."""
    from rbacgraph.model.inputs.snapshot import SNAPSHOT_SUFFIXES

    if output == "json":
        return
    if not output.endswith(SNAPSHOT_SUFFIXES):
        raise UsageError(
            f"this answer cannot be written as {output!r}",
            advice=f"choose json, or a file that ends in {', '.join(SNAPSHOT_SUFFIXES)}",
        )
    folder = Path(output).parent
    if not folder.is_dir():
        raise UsageError(f"cannot write {output}: the folder {folder} does not exist")
