"""The options that several commands share, each declared once.

An option has the name of its parameter in the methods of :class:`rbacgraph.Cluster`.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

import click

from rbacgraph.cli.shared.complete_names import (
    complete_namespaces,
    complete_principals,
    complete_secrets,
)
from rbacgraph.errors import UsageError
from rbacgraph.report.text.format_names import DATA, PICTURES, SCANS, TEXTS

_UNITS = "KMGT"
_SIZE = re.compile(rf"([0-9]+)([{_UNITS}]?)(?:I?B)?", re.IGNORECASE)

P = ParamSpec("P")
R = TypeVar("R")
Completion = Callable[[click.Context, click.Parameter, str], list[str]]


def option(*names: str, **settings: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare an option; ``--help`` shows its default unless it is empty."""
    default = settings.get("default")
    return click.option(*names, show_default=not (default is None or default == ""), **settings)


def flag(*names: str, help: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare an option without a value."""
    return click.option(*names, is_flag=True, help=help)


def several(*names: str, **settings: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare an option that may be repeated."""
    return click.option(*names, multiple=True, **settings)


def completed(words: Iterable[str]) -> Completion:
    """Complete one of a few words."""
    return lambda _context, _parameter, begun: [word for word in words if word.startswith(begun)]


def complete_edges(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Complete the id of an edge kind."""
    from rbacgraph.techniques.catalogue import pages

    return [page.id for page in pages() if page.id.startswith(begun)]


def complete_pages(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Complete the id of a technique, or a topic."""
    from rbacgraph.report.answers.coverage import COVERAGE
    from rbacgraph.report.answers.topics import topic_titles

    topics = [name for name in (*topic_titles(), COVERAGE) if name.startswith(begun)]
    return complete_edges(context, parameter, begun) + topics


class Size(click.ParamType[int]):
    """A number of bytes: 500000, 64M, 4GiB; the units are powers of 1,024."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the bytes."""
        found = _SIZE.fullmatch(str(value))
        if found is None:
            self.fail(
                f"{value!r} is no size: write bytes, or a number with K, M, G or T", param, ctx
            )
        unit = found[2].upper()
        return int(found[1]) << (10 * (_UNITS.index(unit) + 1) if unit else 0)


INPUT = {
    "filename": several(
        *("-f", "--filename"),
        metavar="PATH",
        help="File, folder or glob of YAML or JSON, also .gz and .zst; - is standard input. "
        "May be repeated. Without it rbacgraph asks the cluster of the current context.",
    ),
    "groups": option(
        "--groups",
        metavar="FILE",
        help="YAML mapping of users to their groups (user: [group, …]): Kubernetes does not "
        "store them.",
    ),
    "operators": option(
        "--operators",
        metavar="FILE",
        help="YAML file that says which bindings of operators are by design, and which are not.",
    ),
    "values": option(
        "--values",
        metavar="FILE",
        help="YAML file that says what Secrets are worth: low, medium, high or control.",
    ),
    "kubernetes_version": option(
        "--kubernetes-version", metavar="X.Y", help="Version, if the input does not say it."
    ),
    "default_namespace": option(
        "--default-namespace",
        default="default",
        metavar="NAMESPACE",
        help="Namespace of objects that name none.",
    ),
    "no_bootstrap": flag(
        "--no-bootstrap",
        help="Do not assume the roles and bindings that every API server creates.",
    ),
    "vault_flavour": option(
        "--vault-flavour",
        metavar="vault|openbao",
        help="Whose rules hold for a dump of Vault, if not those that it shows.",
        shell_complete=completed(("vault", "openbao")),
    ),
    "oidc_issuer": several(
        "--oidc-issuer",
        metavar="URL",
        help="Issuer of this cluster's ServiceAccount tokens, which shows the auth mounts of "
        "Vault, and the identities of clouds, that admit them. May be repeated.",
    ),
    "cluster": option(
        "--cluster",
        default="",
        metavar="NAME",
        help="The cluster's name in a dump of a cloud that has several.",
    ),
    "max_input": option(
        "--max-input",
        type=Size(),
        metavar="SIZE",
        help="Most that a compressed file may unpack to, by default 64M; a large one may always "
        "unpack to 1,000 times its size.",
    ),
    "vault_mount": several(
        "--vault-mount",
        metavar="MOUNT=this",
        help="An auth method or secrets engine of the Vault dump that belongs to this cluster; of "
        "several dumps ADDRESS/MOUNT=this. May be repeated.",
    ),
    "vault_address": several(
        "--vault-address",
        metavar="URL",
        help="An address by which objects of the cluster name the Vault of the dump; with several "
        "dumps OTHER=ADDRESS. May be repeated.",
    ),
    "strict": flag(
        "--strict", help="Exit 2 without an answer if the input has errors or warnings."
    ),
    "verbose": flag("-v", "--verbose", help="Print every diagnostic of the input."),
    "quiet": flag("-q", "--quiet", help="Print no diagnostics of the input."),
}
"""The options about the input."""

LIVE = {
    "kube_context": option(
        "--context",
        "kube_context",
        metavar="NAME",
        help="Context of the kubeconfig: a live cluster.",
    ),
    "kubeconfig": option("--kubeconfig", metavar="PATH", help="The kubeconfig to use."),
    "connect_as": option(
        "--connect-as",
        default="",
        metavar="USER",
        help="Impersonate this user on a live cluster, rather than the kubeconfig's as.",
    ),
    "connect_as_group": several(
        "--connect-as-group",
        metavar="GROUP",
        help="Impersonate this group too, rather than the kubeconfig's as-groups. May be repeated.",
    ),
    "collect_namespace": several(
        "--collect-namespace",
        metavar="NAMESPACE",
        help="Read only this namespace of a live cluster: a partial answer. May be repeated.",
    ),
    "no_secret_metadata": flag(
        "--no-secret-metadata",
        help="Ask a live cluster for names and types of Secrets alone: annotations can hold data.",
    ),
    "read_helm_releases": flag(
        "--read-helm-releases",
        help="Read the Secrets that hold Helm releases, one at a time; rbacgraph keeps only names.",
    ),
    "timeout": option(
        "--timeout",
        type=float,
        default=60,
        metavar="SECONDS",
        help="How long one request to a live cluster and its whole answer may take.",
    ),
    "list_timeout": option(
        "--list-timeout",
        type=float,
        default=600,
        metavar="SECONDS",
        help="How long one list of a live cluster may take, with all its pages and waits.",
    ),
    "qps": option(
        "--qps", type=float, default=20, metavar="N", help="Requests per second to a live cluster."
    ),
    "burst": option(
        "--burst", type=int, default=40, metavar="N", help="Requests at once, before --qps holds."
    ),
}
"""The options of a live cluster."""


def output(
    *formats: str, default: str = "table", shown: str = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare the destination of the answer; by default with the formats of every table."""
    names = formats or (*TEXTS, *DATA)
    return option(
        *("-o", "--output"),
        default=default,
        metavar="FORMAT|PATH",
        help=shown or f"{'|'.join(names)}, or a file whose suffix names the format.",
        shell_complete=completed(names),
    )


drawn_output = output(*TEXTS, *DATA, *PICTURES)
check_output = output(*TEXTS, *DATA, "markdown", *SCANS)
review_output = output(*TEXTS, *DATA, *PICTURES, *SCANS)
explain = several(
    "--explain",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show line N of the table alone, with its evidence. May be repeated.",
)


def secret(help: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare the Secret of the question."""
    return option(
        "--secret",
        default="",
        metavar="NAMESPACE/NAME",
        help=help,
        shell_complete=complete_secrets,
    )


def source(
    *names: str, start: str = "Start here only: ", more: str = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare the start of the paths."""
    return option(
        *("--from", *names, "source"),
        metavar="PRINCIPAL",
        help=f"{start}sa:NS/NAME, user:NAME, group:NAME, pod:NS/NAME, node:NAME, or me (live)."
        f"{more}",
        shell_complete=complete_principals,
    )


def words(what: str, name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Accept the value of an option without the option: see :func:`required`."""
    return click.argument(
        "words",
        nargs=-1,
        metavar=f"[{what}]",
        help=f"The same as {name}.",
        shell_complete=complete_secrets if name == "--secret" else complete_principals,
    )


def namespace(
    help: str = "Namespace of the object asked about.",
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a namespace."""
    return option(
        *("-n", "--namespace"),
        default="",
        metavar="NAMESPACE",
        help=help,
        shell_complete=complete_namespaces,
    )


def max_secrets(default: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare the number of Secrets to look for paths to."""
    return option(
        "--max-secrets",
        type=click.IntRange(min=1),
        default=default,
        metavar="N",
        help="To how many Secrets to look for paths.",
    )


def audit_log(*, required: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare the audit logs."""
    return several(
        "--audit-log",
        required=required,
        metavar="PATH",
        help="Audit log: file, folder or glob of events of audit.k8s.io, also .gz and .zst, or "
        "what CloudWatch and Azure Monitor export, or the log of a store of secrets; - is standard "
        "input. May be repeated.",
    )


def request(*, required: bool = True) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare the attributes of a request; the verb and resource may be ``""`` if not required."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        needed: dict[str, Any] = {} if required else {"default": ""}
        verb, resource = "VERB", "RESOURCE[.GROUP][/NAME]|/URL"
        for declare in (
            option(
                "--subresource", default="", metavar="NAME", help="For example exec, log or token."
            ),
            flag(
                *("-A", "--all-namespaces"), help="Ask about all namespaces at once, as without -n."
            ),
            namespace(),
            click.argument("name", default="", metavar="[NAME]", help="The object's name."),
            click.argument(
                "resource",
                metavar=resource if required else f"[{resource}]",
                help="The resource, or a URL such as /metrics.",
                **needed,
            ),
            click.argument(
                "verb",
                metavar=verb if required else f"[{verb}]",
                help="For example get, list or create.",
                **needed,
            ),
        ):
            function = declare(function)
        return function

    return decorate


audit_policy = option(
    "--audit-policy",
    metavar="FILE",
    help="The Policy of audit.k8s.io that the log is kept by (--audit-policy-file of the API "
    "server): shows what the log leaves out.",
)
need = several(
    "--need",
    metavar="PATH",
    help="File that states what is needed: lines of [PRINCIPAL] VERB[,VERB] "
    "RESOURCE[.GROUP][/SUBRESOURCE] [NAME…] [-n NAMESPACE | -A], or YAML or JSON of "
    "PolicyRules, or of roles with their bindings; - is standard input. May be repeated.",
)
certain = flag("--certain", help="Leave out what depends on a condition.")
via = several(
    "--via",
    metavar="EDGE",
    help="Only paths that use this technique. May be repeated: any of them.",
    shell_complete=complete_edges,
)
without = several(
    "--without",
    metavar="EDGE",
    help="Only paths that do not use this technique. May be repeated.",
    shell_complete=complete_edges,
)
system = flag("--system", help="Show the control plane's own identities on their shipped bindings.")
max_paths = option(
    "--max-paths",
    type=click.IntRange(min=1),
    metavar="N",
    help="Up to N paths per principal, rather than one of the lowest effort of each certainty.",
)
no_effect = flag("--no-effect", help="Leave out who reaches which Secrets before and after.")
allow_unread = several(
    "--allow-unread",
    metavar="GLOB",
    help="Do not exit 2 for files, folders or live lists (secrets) of this name that rbacgraph "
    "could not read whole. May be repeated.",
)


def required(option: str, value: str | None, words: tuple[str, ...], *, example: str) -> str:
    """Return the value of an option that must be given; it may also stand without the option.

    Raises UsageError if there is none, or there are words that no option takes.
    """
    first = given(value, words)
    if not first:
        raise UsageError(f"missing {option}", advice=f"write {option} {example}")
    return first


def given(value: str | None, words: tuple[str, ...]) -> str:
    """Return the value of an option, which may also stand without the option; "" if it is nowhere.

    Raises UsageError if there are words that no option takes.
    """
    first, rest = (value, words) if value or not words else (words[0], words[1:])
    if rest:
        raise UsageError(f"unexpected argument {rest[0]!r}")
    return first or ""
