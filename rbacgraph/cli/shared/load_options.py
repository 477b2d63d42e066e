"""Reads the input once, and prints its problems."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, NamedTuple, get_type_hints

import typer

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import note
from rbacgraph.cli.shared.stdio import UNUSABLE, say
from rbacgraph.errors import InputError, NoClusterError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rbacgraph.api.cluster import Cluster
    from rbacgraph.model.inputs.diagnostic import Diagnostic
    from rbacgraph.model.inputs.unread import Unread

_SHOWN = 10
_EMPTY = "empty-input"
_REFUSED = "forbidden"
_NOTHING_THERE = "nothing-there"
_NOTHING = frozenset({_EMPTY, _NOTHING_THERE, "empty-file"})


class Input(NamedTuple):
    """The options that say what to read: files, or a live cluster."""

    filename: o.Filename = None
    kube_context: o.Context = None
    kubeconfig: o.Kubeconfig = None
    connect_as: o.ConnectAs = ""
    connect_as_group: o.ConnectAsGroup = None
    collect_namespace: o.CollectNamespace = None
    no_secret_metadata: o.NoSecretMetadata = False
    read_helm_releases: o.ReadHelmReleases = False
    timeout: o.Timeout = 60
    qps: o.Qps = 20
    burst: o.Burst = 40
    groups: o.Groups = None
    kubernetes_version: o.KubernetesVersion = None
    default_namespace: o.DefaultNamespace = "default"
    no_bootstrap: o.NoBootstrap = False
    strict: o.Strict = False
    verbose: o.Verbose = False
    quiet: o.Quiet = False


LIVE = Input._fields[1 : Input._fields.index("groups")]
"""The options of a live cluster."""


def of_files(given: Input) -> Input:
    """Return the options without those of a live cluster."""
    return given._replace(**{name: Input._field_defaults[name] for name in LIVE})


def takes_input(*without: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of :class:`Input`; the command gets them as ``given``.

    An option that the command declares itself is also part of ``given``.

    Parameters
    ----------
    *without:
        Names of options that the command does not need.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        every = signature(function, eval_str=True).parameters.values()
        own = [parameter for parameter in every if parameter.name != "given"]
        left_out = {*without, *(parameter.name for parameter in own)}
        shared = [parameter for parameter in _parameters() if parameter.name not in left_out]

        def command(*arguments: object, **options: Any) -> None:  # noqa: ANN401 - typer's
            known = {name: options[name] for name in Input._fields if name in options}
            for parameter in shared:
                del options[parameter.name]
            function(*arguments, given=Input(**known), **options)

        parameters = [*own, *shared]
        command.__doc__ = function.__doc__
        command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        return command

    return decorate


@cache
def _parameters() -> tuple[Parameter, ...]:
    """Return the options as the parameters of a command."""
    hints = get_type_hints(Input, include_extras=True)
    return tuple(
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hints[name])
        for name, default in Input._field_defaults.items()
    )


KUBECTL = (
    "kubectl get secrets,sa,pods,deploy,sts,ds,cj,jobs,nodes,ns,quota,pv,"
    "roles,rolebindings,clusterroles,clusterrolebindings -A -o json"
)
"""The command that dumps everything rbacgraph reads."""


def read(options: Input) -> "Cluster":
    """Load the cluster, from files or live; print diagnostics to standard error."""
    cluster = _read_files(options) if options.filename else _ask(options)
    report(cluster.diagnostics, options)
    _check_version(cluster, options)
    return cluster


def read_side(
    options: Input, sources: "Sequence[str]" = (), *, git: "At | None" = None
) -> "Cluster":
    """Load one of two sides of a comparison: it may be empty.

    Parameters
    ----------
    options:
        What else to read, and how.
    sources:
        The files and folders of this side.
    git:
        A revision and paths instead of files.
    """
    place = ", ".join(sources)
    if git is None:
        given = options._replace(filename=[*(options.filename or ()), *sources])
        cluster = _read_files(given)
    else:
        from rbacgraph.api.loading import load_git

        cluster = load_git(
            git.revision,
            *git.paths,
            beside=options.filename or (),
            groups=options.groups,
            kubernetes_version=options.kubernetes_version,
            default_namespace=options.default_namespace,
            bootstrap=not options.no_bootstrap,
        )
        place = git.revision or "the work tree"
    report([d for d in cluster.diagnostics if d.code not in _NOTHING], options, place=place)
    _check_version(cluster, options)
    return cluster


class At(NamedTuple):
    """Paths at a revision of the repository; None is the work tree."""

    revision: str | None
    paths: tuple[str, ...]


def _read_files(options: Input) -> "Cluster":
    if "" in (options.filename or ()):
        raise UsageError("-f is empty: give a file, a folder or -")
    for name in LIVE:
        if getattr(options, name) != Input._field_defaults[name]:
            option = name.removeprefix("kube_").replace("_", "-")
            raise UsageError(f"--{option} needs a live cluster, and -f reads files")
    from rbacgraph.api.loading import load

    return load(
        *(options.filename or ()),
        groups=options.groups,
        kubernetes_version=options.kubernetes_version,
        default_namespace=options.default_namespace,
        bootstrap=not options.no_bootstrap,
    )


def _ask(options: Input) -> "Cluster":
    from rbacgraph.api.loading import load_live
    from rbacgraph.cli.shared.progress import shown

    with shown(verbose=options.verbose, quiet=options.quiet) as progress, _advised():
        return load_live(
            context=options.kube_context,
            kubeconfig=options.kubeconfig,
            connect_as=options.connect_as,
            connect_as_groups=options.connect_as_group or (),
            collect_namespaces=options.collect_namespace,
            secret_metadata=not options.no_secret_metadata,
            read_helm_releases=options.read_helm_releases,
            timeout=options.timeout,
            qps=options.qps,
            burst=options.burst,
            groups=options.groups,
            kubernetes_version=options.kubernetes_version,
            bootstrap=not options.no_bootstrap,
            progress=progress,
        )


@contextmanager
def _advised() -> Iterator[None]:
    """Add to an error without a cluster how to read files."""
    try:
        yield
    except NoClusterError as error:
        advice = f"add -f FILE, -f FOLDER or -f -; make a dump with: {KUBECTL} > dump.json"
        raise InputError(str(error), advice=advice) from None


def report(
    diagnostics: "Sequence[Diagnostic]", options: Input, *, place: str = "the input"
) -> None:
    """Print the diagnostics that the options ask for.

    Refuses input without any usable object, and with ``--strict`` any input with warnings or
    errors.
    """
    grave = [d for d in diagnostics if d.severity != "note"]
    empty = next((d for d in diagnostics if d.code == _EMPTY), None)
    strict = options.strict and grave
    needless = empty and not options.verbose  # one line is enough if everything was refused
    others = [d for d in diagnostics if d is not empty and not (needless and d.code == _REFUSED)]
    for line in _lines(others, place, every=options.verbose or bool(strict)):
        if not options.quiet or strict:
            say(line)
    if empty:
        given = ", ".join(options.filename or ()) or "the cluster"
        raise InputError(f"{given}: {empty.message}", advice=empty.advice)
    if strict:
        say(f"error: {place} has errors or warnings, which --strict refuses")
        raise typer.Exit(UNUSABLE)


def report_absent(options: Input, *sides: "Cluster") -> None:
    """Warn of named paths at which no side holds anything; with ``--strict`` it is an error."""
    from rbacgraph.model.printable import clean

    absent = [
        dict.fromkeys(d.file for d in side.diagnostics if d.code == _NOTHING_THERE)
        for side in sides
    ]
    found = [path for path in absent[0] if all(path in other for other in absent[1:])]
    for path in found if not options.quiet or options.strict else ():
        say(f"warning: {clean(path)}: neither side holds supported objects there")
    if found and options.strict:
        raise typer.Exit(UNUSABLE)


def refuse_unread(unread: "Sequence[Unread]") -> None:
    """Make a gate fail if something was not read.

    Raises
    ------
    InputError
        If something was not read.
    """
    if unread:
        from rbacgraph.report.formats.unread import unread_sentence

        lists = [one.file for one in unread if not one.files]
        secrets = " --with-secrets" if "secrets" in lists else ""
        ways = ["fix it, render templates first"] if len(lists) < len(unread) else []
        ways += [f"have all lists shown (rbacgraph collector-role{secrets})"] if lists else []
        allowed = "GLOB" if ways[:-1] or not lists else " --allow-unread ".join(lists)
        raise InputError(
            f"{unread_sentence(unread)}; what that grants is unknown",
            advice=f"{', '.join(ways)}, or accept it with --allow-unread {allowed}",
        )


def _check_version(cluster: "Cluster", options: Input) -> None:
    from rbacgraph.model.inputs.snapshot import NEWEST_KUBERNETES, OLDEST_KUBERNETES

    version = cluster.snapshot.kubernetes_version
    if not options.kubernetes_version or not version:
        return
    if not OLDEST_KUBERNETES <= version <= NEWEST_KUBERNETES and not options.quiet:
        oldest, newest = (".".join(map(str, v)) for v in (OLDEST_KUBERNETES, NEWEST_KUBERNETES))
        note(
            f"rbacgraph knows Kubernetes {oldest} to {newest}, not {options.kubernetes_version}; "
            "where versions differ it takes the nearest of them"
        )


def _lines(diagnostics: "Sequence[Diagnostic]", place: str, *, every: bool) -> list[str]:
    if not diagnostics:
        return []
    from rbacgraph.model.inputs.unread import folded
    from rbacgraph.model.printable import clean
    from rbacgraph.report.text.text import count, listing

    if every:
        return [clean(str(d)) for d in diagnostics]
    errors = folded([d for d in diagnostics if d.severity == "error"])
    lines = [clean(str(d)) for d in errors[:_SHOWN]]
    if len(errors) > _SHOWN:
        more = len(errors) - _SHOWN
        them = "it" if more == 1 else "them"
        lines.append(f"… and {count(more, 'more error')}; -v shows {them}")
    numbers = [(kind, sum(d.severity == kind for d in diagnostics)) for kind in ("warning", "note")]
    rest = listing([count(number, kind) for kind, number in numbers if number])
    them = "it" if sum(number for _, number in numbers) == 1 else "them"
    return [*lines, f"{rest} in {clean(place)}; -v shows {them}"] if rest else lines
