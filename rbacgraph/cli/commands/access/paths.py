"""``rbacgraph paths``: every way to a Secret."""

from typing import Any

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import notes
from rbacgraph.cli.shared.load_options import Input, read, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.errors import UsageError
from rbacgraph.model.node import EXTERNAL_SECRETS

HELP = """Show every way to a Secret: who, how, by which binding.

One line each, least effort first. For every principal: the certain path of the lowest
effort found, and the conditional one where that takes less or is the only one. HOW is the
techniques (rbacgraph explain EDGE has the page of each), BY the binding and the role that
allow the first of them. Principals with the same way are one line. --explain N shows a line
with the evidence of each hop: the binding, the rule of the role (rules[0] is the first) and
the file and line where they stand; -o wide shows all lines so. -o json never folds.

\b
Examples:
  rbacgraph paths shop/db-credentials -f dump/
  rbacgraph paths shop/db-credentials -f dump/ --explain 3
  rbacgraph paths --secret db-credentials --from sa:shop/ci -f dump.json
  rbacgraph paths --secret vault:kv/data/prod/db -f dump/
  rbacgraph paths --secret 'payments/*' --without read-secret -f dump/ -o paths.md
"""


@o.words("NAMESPACE/NAME", "--secret")
@o.secret(
    "The Secret, also without --secret; NAME alone if only one has it; * and ? match many;"
    " vault:PATH, aws:SERVICE/NAME and so on for one in a store outside."
    "  [required]"
)
@o.namespace()
@o.source()
@o.max_paths
@o.via
@o.without
@o.certain
@o.system
@o.drawn_output
@o.explain
@takes_input()
def command(
    given: Input,
    *,
    words: tuple[str, ...],
    secret: str,
    namespace: str,
    output: str,
    explain: tuple[int, ...],
    **asked: Any,
) -> None:
    """Parse, ask, render."""
    to = destination(output, drawn=True, explain=explain)
    secret = o.required("--secret", secret, words, example="NAMESPACE/NAME")
    asked["secret"] = in_namespace(secret, namespace)
    answer = read(given).paths(**asked)
    notes(answer.basis.notes, quiet=given.quiet)
    write(answer.report(), to)


def in_namespace(secret: str, namespace: str) -> str:
    """Return a Secret with the namespace of ``-n``, if its name has none.

    ``secret/NAME`` with ``-n`` is NAME, as for kubectl.

    Examples
    --------
    >>> in_namespace("db", "shop"), in_namespace("secret/db", "shop"), in_namespace("a/db", "a")
    ('shop/db', 'shop/db', 'a/db')
    """
    if not namespace or secret.partition(":")[0] in EXTERNAL_SECRETS:
        return secret
    own, slash, name = secret.rpartition("/")
    if own != namespace and own in {"secret", "secrets"}:
        return f"{namespace}/{name}"
    if slash and own != namespace:
        raise UsageError(f"--secret {secret} and -n {namespace} name different namespaces")
    return secret if slash else f"{namespace}/{secret}"
