"""The options that several commands share, each declared once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated

import typer

from rbacgraph.errors import UsageError
from rbacgraph.report.text.format_names import DATA, PICTURES, SCANS, TEXTS


def completed(words: tuple[str, ...]) -> Callable[[str], Iterator[str]]:
    """Complete one of a few words."""

    def complete(incomplete: str) -> Iterator[str]:
        return (word for word in words if word.startswith(incomplete))

    return complete


def complete_pages(incomplete: str) -> Iterator[str]:
    """Complete the id of a technique, or a topic."""
    from rbacgraph.report.answers.topics import topic_titles

    yield from complete_edges(incomplete)
    yield from (name for name in topic_titles() if name.startswith(incomplete))


def complete_edges(incomplete: str) -> Iterator[str]:
    """Complete the id of an edge kind."""
    from rbacgraph.techniques.catalogue import pages

    return (page.id for page in pages() if page.id.startswith(incomplete))


Filename = Annotated[
    list[str] | None,
    typer.Option(
        "-f",
        "--filename",
        metavar="PATH",
        help="File, folder or glob of YAML or JSON, also .gz and .zst; - is standard input. "
        "May be repeated. Without it rbacgraph asks the cluster of the current context.",
    ),
]
Groups = Annotated[
    str | None,
    typer.Option(
        "--groups",
        metavar="FILE",
        help="YAML mapping of users to their groups (user: [group, …]): Kubernetes does not "
        "store them.",
    ),
]
KubernetesVersion = Annotated[
    str | None,
    typer.Option(
        "--kubernetes-version", metavar="X.Y", help="Version, if the input does not say it."
    ),
]
DefaultNamespace = Annotated[
    str,
    typer.Option(
        "--default-namespace", metavar="NAMESPACE", help="Namespace of objects that name none."
    ),
]
NoBootstrap = Annotated[
    bool,
    typer.Option(
        "--no-bootstrap",
        help="Do not assume the roles and bindings that every API server creates.",
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Exit 2 without an answer if the input has errors or warnings.",
    ),
]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", help="Print every diagnostic of the input.")
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print no diagnostics of the input.")]
Context = Annotated[
    str | None,
    typer.Option("--context", metavar="NAME", help="Context of the kubeconfig: a live cluster."),
]
Kubeconfig = Annotated[
    str | None, typer.Option("--kubeconfig", metavar="PATH", help="The kubeconfig to use.")
]
ConnectAs = Annotated[
    str,
    typer.Option("--connect-as", metavar="USER", help="Impersonate this user on a live cluster."),
]
ConnectAsGroup = Annotated[
    list[str] | None,
    typer.Option("--connect-as-group", metavar="GROUP", help="… in this group. May be repeated."),
]
CollectNamespace = Annotated[
    list[str] | None,
    typer.Option(
        "--collect-namespace",
        metavar="NAMESPACE",
        help="Read only this namespace of a live cluster: a partial answer. May be repeated.",
    ),
]
NoSecretMetadata = Annotated[
    bool,
    typer.Option(
        "--no-secret-metadata",
        help="Ask a live cluster for names and types of Secrets alone: annotations can hold data.",
    ),
]
ReadHelmReleases = Annotated[
    bool,
    typer.Option(
        "--read-helm-releases",
        help="Read the Secrets that hold Helm releases, one at a time; rbacgraph keeps only names.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout", metavar="SECONDS", help="How long to wait for a live cluster to go on."
    ),
]
Qps = Annotated[
    float, typer.Option("--qps", metavar="N", help="Requests per second to a live cluster.")
]
Burst = Annotated[
    int, typer.Option("--burst", metavar="N", help="Requests at once, before --qps holds.")
]
AuditPolicy = Annotated[
    str | None,
    typer.Option(
        "--audit-policy",
        metavar="FILE",
        help="The Policy of audit.k8s.io that the log is kept by (--audit-policy-file of the "
        "API server): shows what the log leaves out.",
    ),
]
Need = Annotated[
    list[str] | None,
    typer.Option(
        "--need",
        metavar="PATH",
        help="File that states what is needed: lines of [PRINCIPAL] VERB[,VERB] "
        "RESOURCE[.GROUP][/SUBRESOURCE] [NAME…] [-n NAMESPACE | -A], or YAML or JSON of "
        "PolicyRules, or of roles with their bindings; - is standard input. May be repeated.",
    ),
]
Output = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT|PATH",
        help=f"{'|'.join((*TEXTS, *DATA))}, or a file whose suffix names the format.",
        autocompletion=completed((*TEXTS, *DATA)),
    ),
]
DrawnOutput = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT|PATH",
        help=f"{'|'.join((*TEXTS, *DATA, *PICTURES))}, or a file whose suffix names the format.",
        autocompletion=completed((*TEXTS, *DATA, *PICTURES)),
    ),
]
_CHECKED = (*TEXTS, *DATA, "markdown", *SCANS)
CheckOutput = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT|PATH",
        help=f"{'|'.join(_CHECKED)}, or a file whose suffix names the format.",
        autocompletion=completed(_CHECKED),
    ),
]
ReviewOutput = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT|PATH",
        help=f"{'|'.join((*TEXTS, *DATA, *PICTURES, *SCANS))}, or a file whose suffix names the "
        "format.",
        autocompletion=completed((*TEXTS, *DATA, *PICTURES, *SCANS)),
    ),
]
Namespace = Annotated[
    str,
    typer.Option(
        "-n", "--namespace", metavar="NAMESPACE", help="Namespace of the object asked about."
    ),
]
AllNamespaces = Annotated[
    bool,
    typer.Option("-A", "--all-namespaces", help="Ask about all namespaces at once, as without -n."),
]
Subresource = Annotated[
    str, typer.Option("--subresource", metavar="NAME", help="For example exec, log or token.")
]
Certain = Annotated[bool, typer.Option("--certain", help="Leave out what depends on a condition.")]
Via = Annotated[
    list[str] | None,
    typer.Option(
        "--via",
        metavar="EDGE",
        help="Only paths that use this technique. May be repeated: any of them.",
        autocompletion=complete_edges,
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="EDGE",
        help="Only paths that do not use this technique. May be repeated.",
        autocompletion=complete_edges,
    ),
]
System = Annotated[
    bool,
    typer.Option(
        "--system", help="Show the control plane's own identities on their shipped bindings."
    ),
]
MaxHops = Annotated[
    int | None,
    typer.Option("--max-hops", min=1, metavar="N", help="The most techniques a path may have."),
]
MaxPaths = Annotated[
    int | None,
    typer.Option(
        "--max-paths",
        min=1,
        metavar="N",
        help="Up to N paths per principal, rather than one of the lowest effort of each certainty.",
    ),
]

AllowUnread = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-unread",
        metavar="GLOB",
        help="Do not exit 2 for files, folders or live lists (secrets) of this name that rbacgraph"
        " could not read whole. May be repeated.",
    ),
]


def only_one_reads_stdin(given: Mapping[str, Iterable[str] | None]) -> None:
    """Refuse two options that both read standard input.

    Raises
    ------
    UsageError
        If two options do.
    """
    readers = [option for option, paths in given.items() if "-" in (paths or ())]
    if len(readers) > 1:
        raise UsageError(f"standard input cannot be both {' and '.join(readers)}")


POSITIONALS = {"allow_extra_args": True}
"""Settings of a command that accepts words without an option, to report the missing option."""


def required(option: str, value: str, words: list[str], *, example: str) -> str:
    """Return the value of an option that must be given; it may also stand without the option.

    Raises
    ------
    UsageError
        If there is none, or there are words that no option takes.
    """
    first, rest = (value, words) if value or not words else (words[0], words[1:])
    if not first:
        raise UsageError(f"missing {option}", advice=f"write {option} {example}")
    if rest:
        raise UsageError(f"unexpected argument {rest[0]!r}")
    return first
