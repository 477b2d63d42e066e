"""``rbacgraph cut``: the fewest changes that close the paths to a Secret."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rbacgraph.cli.commands.access.paths import in_namespace
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.complete_names import complete_principals
from rbacgraph.cli.shared.error_handling import notes
from rbacgraph.cli.shared.load_options import Input, only_one_reads_stdin, read, report, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.cli.shared.stdio import say
from rbacgraph.errors import UsageError
from rbacgraph.model.printable import clean

if TYPE_CHECKING:
    from rbacgraph.model.changes.change import Change

HELP = """Find the fewest changes after which only the kept principals reach a Secret.

A change takes a subject out of a binding, or a rule, verbs, resources, verbs on resources or a
name out of a role; binds a subject in the other namespaces alone; names the other Secrets, or
what is needed alone, in a rule; or turns automountServiceAccountToken off. Where a * holds
what is taken out, cut lists what else it stands for. Of the fewest changes cut chooses those
that take the least away, and shows the paths that force them, each with all changes that would
close it. It leaves rules of shipped, aggregated and managed roles alone, and what API servers
put back. A kept principal reaches the Secret as directly as before, and no other reaches it
through a kept one. Changes that take what operators need by design say so; --keep-operators
leaves them out. With --keep-usage no request that the log shows as allowed is denied;
--audit-policy shows where a change takes away what the log could not show.

-o yaml writes only the manifests to apply. The commands that patch ServiceAccounts go to standard
error: applying less than the whole object would remove its other fields.

\b
Examples:
  rbacgraph cut --secret shop/db --keep sa:shop/api -f dump/
  rbacgraph cut --secret shop/db --keep sa:shop/api --keep group:dba -f dump/ -o yaml
  rbacgraph cut --secret shop/db --keep sa:shop/api --keep-usage audit.log -f dump/
"""


@o.words("NAMESPACE/NAME", "--secret")
@o.secret("The Secret; NAME alone where it is unambiguous.  [required]")
@o.namespace()
@o.several(
    "--keep",
    metavar="PRINCIPAL",
    help="Principal that reaches it as before: sa:NS/NAME, user:NAME, group:NAME. May be repeated.",
    shell_complete=complete_principals,
)
@o.flag(
    "--keep-operators",
    help="Operators keep what they need by design.",
)
@o.several(
    "--keep-usage",
    metavar="PATH",
    help="Audit log: what it shows as allowed stays allowed. File, folder or glob, also "
    ".gz and .zst; - is standard input. May be repeated.",
)
@o.need
@o.audit_policy
@o.certain
@o.system
@o.output()
@takes_input()
def command(
    given: Input,
    *,
    words: tuple[str, ...],
    secret: str,
    namespace: str,
    keep_usage: tuple[str, ...],
    need: tuple[str, ...],
    audit_policy: str | None,
    output: str,
    **asked: Any,
) -> None:
    """Parse, ask, render."""
    from rbacgraph.report.advice.suggest import doubt_sentences
    from rbacgraph.report.text.layout.text import count

    to = destination(output)
    secret = o.required("--secret", secret, words, example="NAMESPACE/NAME")
    if audit_policy and not keep_usage:
        raise UsageError("--audit-policy needs an audit log", advice="add --keep-usage FILE")
    only_one_reads_stdin(given, keep_usage=keep_usage, need=need, audit_policy=audit_policy)
    answer = read(given).cut(
        secret=in_namespace(secret, namespace),
        usage=keep_usage,
        need=need,
        audit_policy=audit_policy,
        **asked,
    )
    report(answer.result.diagnostics, given)
    write(answer.report(), to)
    if to.format in {"csv", "yaml"}:
        notes(doubt_sentences(answer.result.proof.doubts), quiet=given.quiet)
    if not answer.possible and to.format == "yaml":
        left = len(answer.result.uncut)
        say(f"{count(left, 'principal')} cannot be cut off; -o table says why")
    if to.format == "yaml":
        _say_patches(answer.result.changes)


def _say_patches(changes: "Iterable[Change]") -> None:
    """Print what else to do besides applying the manifests."""
    from rbacgraph.report.advice.manifests import patches

    for number, command in enumerate(patches(changes)):
        if not number:
            say("# after you apply the manifests, run:")
        say(clean(command))
