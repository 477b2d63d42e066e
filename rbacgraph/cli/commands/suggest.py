"""``rbacgraph suggest``: the roles that leave what is needed and nothing more."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rbacgraph.cli.commands.suspicious_arguments import principal_doubt
from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import guarded, note
from rbacgraph.cli.shared.load_options import Input, read, report, takes_input
from rbacgraph.cli.shared.output_option import destination, write
from rbacgraph.cli.shared.stdio import say
from rbacgraph.errors import InputError, UsageError
from rbacgraph.model.inputs.required_requests import is_stated
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
--from-references guesses: it leaves of Secrets those that the Pods of a ServiceAccount name.
Operators and controllers read others by the API: --all leaves them alone, and says which.

-o yaml writes only the manifests: applied, they narrow by themselves. The commands that delete
the rest go to standard error, in order. Every suggestion was proven: each needed request is
allowed, each permission is needed, and nobody gains a right but those listed as added.

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


@takes_input()
def command(
    *,
    given: Input,
    principal: Annotated[
        str,
        typer.Option(
            "--for", metavar="PRINCIPAL", help="ServiceAccount, user or group: its own bindings."
        ),
    ] = "",
    role: Annotated[
        str,
        typer.Option(
            "--role",
            metavar="[NAMESPACE/]NAME",
            help="Role or ClusterRole, for all who have it.",
        ),
    ] = "",
    every: Annotated[bool, typer.Option("--all", help="Every role that is bound.")] = False,
    audit_log: Annotated[
        list[str] | None,
        typer.Option(
            "--audit-log",
            metavar="PATH",
            help="Audit log: file, folder or glob of events of audit.k8s.io, also .gz and "
            ".zst, or what CloudWatch and Azure Monitor export; - is standard input. May be "
            "repeated.",
        ),
    ] = None,
    need: o.Need = None,
    audit_policy: o.AuditPolicy = None,
    split: Annotated[
        bool | None,
        typer.Option(
            "--split/--no-split",
            help="Give a principal a role of its own where others have it too, or narrow it for "
            "all; by default the second where the evidence covers all.",
        ),
    ] = None,
    verbs: Annotated[
        str,
        typer.Option(
            "--verbs",
            metavar="exact|read",
            help="read: a principal that gets, lists or watches may do all three.",
            autocompletion=o.completed(("exact", "read")),
        ),
    ] = "exact",
    names: Annotated[
        str,
        typer.Option(
            "--names",
            metavar="exact|any",
            help="any: a principal that needs some objects of a kind gets all in the namespace.",
            autocompletion=o.completed(("exact", "any")),
        ),
    ] = "exact",
    max_names: Annotated[
        int | None,
        typer.Option("--max-names", min=0, metavar="N", help="any, where there are more names."),
    ] = None,
    widen_secrets: Annotated[
        bool,
        typer.Option(
            "--widen-secrets",
            help="Let --verbs, --names and --max-names go for Secrets and tokens too.",
        ),
    ] = False,
    tidy: Annotated[
        bool, typer.Option("--tidy", help="The same rights in the fewest rules.")
    ] = False,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="RESOURCE",
            help="Take a resource out, as secrets or pods/exec; may be repeated.",
        ),
    ] = None,
    from_references: Annotated[
        bool,
        typer.Option(
            "--from-references",
            help="Guess: of Secrets only those that Pods of the ServiceAccount name.",
        ),
    ] = False,
    semantics: Annotated[
        str,
        typer.Option(
            "--semantics",
            metavar="strict|served",
            help="served: API groups may share a rule although one of them does not have all "
            "of its resources.",
            autocompletion=o.completed(("strict", "served")),
        ),
    ] = "strict",
    no_effect: Annotated[
        bool,
        typer.Option("--no-effect", help="Leave out who reaches which Secrets before and after."),
    ] = False,
    output: o.Output = "table",
) -> None:
    """Parse, ask, render."""
    with guarded():
        to = destination(output)
        questions = [bool(principal), bool(role), every].count(True)
        if questions != 1:
            raise UsageError(
                "--for, --role and --all exclude each other"
                if questions
                else "no principal or role given",
                advice="add one of --for PRINCIPAL, --role ROLE, --all",
            )
        evidence, anew = bool(audit_log or need), bool(tidy or without or from_references)
        if not evidence and not anew:
            raise UsageError(
                "no evidence of what is needed given",
                advice="add --audit-log FILE or --need FILE; or --tidy, --without RESOURCE or"
                " --from-references",
            )
        if evidence and anew:
            raise UsageError(
                "--audit-log and --need exclude --tidy, --without and --from-references",
                advice="run suggest once with each",
            )
        asked: dict[str, Any] = {
            "principal": principal or None,
            "audit": audit_log or (),
            "audit_policy": audit_policy,
            "split": split,
            "verbs": verbs,
            "names": names,
            "max_names": max_names,
            "widen_secrets": widen_secrets,
            "tidy": tidy,
            "without": without or (),
            "from_references": from_references,
        }
        refuse_idle(**asked)  # before anything is read
        o.only_one_reads_stdin(
            {
                "--audit-log": audit_log,
                "--need": need,
                "--audit-policy": [audit_policy or ""],
                "-f": given.filename,
            }
        )
        cluster = read(given)
        answer = cluster.suggest(
            role=role or None,
            need=need or (),
            semantics=semantics,
            effect=not no_effect,
            **asked,
        )
        report(answer.result.diagnostics, given)
        if answer.result.log is not None and not answer.result.log.events:
            # # Without events every right would be removed.
            raise InputError(
                f"{', '.join(audit_log or ())}: no audit events found",
                advice="rbacgraph reads events of audit.k8s.io/v1, as the API server logs them",
            )
        if not given.quiet:
            seen = {one.user for one in answer.result.needs}
            doubt = principal_doubt(cluster.snapshot, principal, seen)
            for words in dict.fromkeys((doubt, *_doubts(cluster.snapshot, answer.result))):
                note(words)
        write(answer.report(), to)
        if to.format in _WITHOUT_NOTES and not given.quiet:
            _say_notes(answer.result)
        _say_leftovers(answer.leftovers)


def _doubts(snapshot: "Snapshot", result: "SuggestResult") -> Iterator[str]:
    """Yield doubts about principals that only statements mention."""
    for one in result.needs:
        if one.user and any(map(is_stated, one.needs)) and not any(n.count for n in one.needs):
            yield principal_doubt(snapshot, f"user:{one.user}")


def _say_notes(result: "SuggestResult") -> None:
    """Print the notes that a format cannot hold."""
    from rbacgraph.report.advice.suggest import addition_words, doubt_sentences, left_alone_words

    for words in (
        *doubt_sentences(result.proof.doubts),
        *left_alone_words(result),
        *(f"added, {words}" for words in addition_words(result.additions)),
        *result.notes,
    ):
        note(words)


def _say_leftovers(leftovers: "Iterable[Leftover]") -> None:
    """Print what to delete after applying: applying deletes nothing."""
    for number, leftover in enumerate(leftovers):
        if not number:
            say("# after you apply this, delete what nobody needs:")
        say(clean(f"{leftover.command}  # {leftover.why}"))
