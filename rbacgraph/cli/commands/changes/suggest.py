"""``rbacgraph suggest``: the roles that leave what is needed and nothing more."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from rbacgraph.cli.commands.arguments.suspicious_arguments import principal_doubt
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.complete_names import complete_principals
from rbacgraph.cli.shared.error_handling import notes
from rbacgraph.cli.shared.load_options import Input, only_one_reads_stdin, read, report, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.cli.shared.stdio import say
from rbacgraph.errors import UsageError
from rbacgraph.model.printable import clean
from rbacgraph.model.suggest_options import refuse_idle

if TYPE_CHECKING:
    from rbacgraph.model.changes.suggestion import Leftover, SuggestResult
    from rbacgraph.model.inputs.snapshot import Snapshot

_WITHOUT_NOTES = ("csv", "yaml")

HELP = """Suggest roles and bindings that leave what is needed and nothing more, each proven.

What is needed is what audit logs show and what --need states. By default exactly that: each
Secret by its name, each namespace by a Role of its own. A role that others have too is
narrowed for all of them where the evidence covers all; else, or with --split, a principal gets
a new one. Roles that are shipped, aggregated, or managed by Helm or an operator are not
edited: a new role takes their place. Rights that no log can show (bind, escalate, approve,
sign, use) stay where a rule names them.

Without evidence of what is needed: --tidy writes the same rights in the fewest rules;
--without RESOURCE takes a resource out, and where a * holds it, lists what else is known;
--from-references guesses: of Secrets it keeps those that the Pods of a ServiceAccount name.
Operators and controllers read others by the API: --all leaves them alone, and says which.

-o yaml writes only the manifests: applied, they narrow by themselves. The commands that delete
the rest go to standard error, in order. rbacgraph proves every suggestion: each needed request
is allowed, each permission is needed, and nobody gains a right but those listed as added.

\b
Examples:
  rbacgraph suggest --for sa:shop/ci --audit-log audit.log -f dump/
  rbacgraph suggest --for sa:shop/ci --audit-log audit.log -f dump/ -o yaml | kubectl apply -f -
  rbacgraph suggest --role shop/deployer --audit-log audit.log --split -f dump/
  rbacgraph suggest --all --audit-log '/var/log/kubernetes/audit*.log.gz' -f dump/ -o json
  rbacgraph suggest --for sa:shop/ci --need needs.txt -f dump/
  rbacgraph suggest --all --tidy -f dump/
  rbacgraph suggest --role ops --without secrets -f dump/ -o yaml
"""


@o.option(
    *("--for", "principal"),
    metavar="PRINCIPAL",
    help="ServiceAccount, user or group: its own bindings.",
    shell_complete=complete_principals,
)
@o.option("--role", metavar="[NAMESPACE/]NAME", help="Role or ClusterRole, for all who have it.")
@o.flag("--all", "every", help="Every role that is bound.")
@o.audit_log()
@o.need
@o.audit_policy
@o.option(
    "--split/--no-split",
    default=None,
    help="Give a principal a role of its own where others have it too, or narrow it for "
    "all; by default the second where the evidence covers all.",
)
@o.option(
    "--verbs",
    default="exact",
    metavar="exact|read",
    help="read: a principal that gets, lists or watches may do all three.",
    shell_complete=o.completed(("exact", "read")),
)
@o.option(
    "--names",
    default="exact",
    metavar="exact|any",
    help="any: a principal that needs some objects of a kind gets all in the namespace.",
    shell_complete=o.completed(("exact", "any")),
)
@o.option(
    "--max-names",
    type=click.IntRange(min=0),
    metavar="N",
    help="The same as --names any, for kinds with more than N needed names.",
)
@o.flag("--widen-secrets", help="Widen Secrets and tokens too by --verbs, --names and --max-names.")
@o.flag("--tidy", help="Write the same rights in the fewest rules.")
@o.several(
    "--without",
    metavar="RESOURCE",
    help="Take a resource out, as secrets or pods/exec; may be repeated.",
)
@o.flag(
    "--from-references", help="Guess: of Secrets only those that Pods of the ServiceAccount name."
)
@o.no_effect
@o.output()
@takes_input()
def command(
    given: Input,
    *,
    every: bool,
    audit_log: tuple[str, ...],
    need: tuple[str, ...],
    no_effect: bool,
    output: str,
    **asked: Any,
) -> None:
    """Parse, ask, render."""
    to = destination(output)
    asked = {"audit": audit_log, "need": need, **asked}
    _check(asked, every=every)
    only_one_reads_stdin(given, audit_log=audit_log, need=need, audit_policy=asked["audit_policy"])
    cluster = read(given)
    answer = cluster.suggest(effect=not no_effect, **asked)
    report(answer.result.diagnostics, given)
    if answer.result.log is not None and not answer.result.log.events:
        from rbacgraph.model.inputs.audit import no_events

        raise no_events(audit_log)  # every right would be removed
    seen = {one.user for one in answer.result.needs}
    doubt = principal_doubt(cluster.snapshot, asked["principal"] or "", seen)
    doubts = dict.fromkeys((doubt, *_doubts(cluster.snapshot, answer.result)))
    notes(doubts, quiet=given.quiet)
    write(answer.report(), to)
    if to.format in _WITHOUT_NOTES:
        notes(_notes(answer.result), quiet=given.quiet)
    _say_leftovers(answer.leftovers)


def _check(asked: Mapping[str, Any], *, every: bool) -> None:
    """Refuse contradictory options before rbacgraph reads anything."""
    questions = [bool(asked["principal"]), bool(asked["role"]), every].count(True)
    if questions != 1:
        raise UsageError(
            "--for, --role and --all exclude each other"
            if questions
            else "no principal or role given",
            advice="add one of --for PRINCIPAL, --role ROLE, --all",
        )
    evidence = asked["audit"] or asked["need"]
    rewrites = asked["tidy"] or asked["without"] or asked["from_references"]
    if not evidence and not rewrites:
        raise UsageError(
            "no evidence of what is needed given",
            advice="add --audit-log FILE or --need FILE; or --tidy, --without RESOURCE or"
            " --from-references",
        )
    if evidence and rewrites:
        raise UsageError(
            "--audit-log and --need exclude --tidy, --without and --from-references",
            advice="run suggest once with each",
        )
    refuse_idle(**{name: asked[name] for name in asked if name not in {"role", "need"}})


def _doubts(snapshot: "Snapshot", result: "SuggestResult") -> Iterator[str]:
    """Yield doubts about principals that only statements mention."""
    from rbacgraph.model.inputs.required_requests import is_stated

    for one in result.needs:
        if one.user and any(map(is_stated, one.needs)) and not any(n.count for n in one.needs):
            yield principal_doubt(snapshot, f"user:{one.user}")


def _notes(result: "SuggestResult") -> Iterator[str]:
    """Yield the notes that a format cannot hold."""
    from rbacgraph.report.advice.suggest import addition_words, doubt_sentences, left_alone_words

    yield from doubt_sentences(result.proof.doubts)
    yield from left_alone_words(result)
    yield from (f"added, {words}" for words in addition_words(result.additions))
    yield from map(str, result.notes)


def _say_leftovers(leftovers: "Iterable[Leftover]") -> None:
    """Print what to delete after applying: applying deletes nothing."""
    for number, leftover in enumerate(leftovers):
        if not number:
            say("# after you apply this, delete what nobody needs:")
        say(clean(f"{leftover.command}  # {leftover.why}"))
