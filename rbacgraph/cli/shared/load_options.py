"""Reads the input once, and prints its problems."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from inspect import signature
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.exceptions import Exit

from rbacgraph.cli.shared import options as o
from rbacgraph.cli.shared.error_handling import note
from rbacgraph.cli.shared.stdio import UNUSABLE, say
from rbacgraph.errors import InputError, NoClusterError, UsageError
from rbacgraph.model.did_you_mean import did_you_mean, near
from rbacgraph.model.memory.unpack_limit import unpack_at_most

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rbacgraph.api.cluster import Cluster
    from rbacgraph.model.inputs.diagnostic import Diagnostic
    from rbacgraph.model.inputs.unread import Unread, UnreadKind

_SHOWN = 10
_EACH_SIDE = "each side"
_REFUSED = frozenset({"forbidden", "own-rights-incomplete"})
EMPTY = "empty-input"
"""As in :mod:`rbacgraph.model.inputs.diagnostic`, which opens what ``--help`` does not need."""
_NOTHING_THERE = "nothing-there"
_NOTHING = frozenset({EMPTY, _NOTHING_THERE, "empty-file"})


class Input(NamedTuple):
    """The values of the options about the input: files, or a live cluster."""

    filename: tuple[str, ...] = ()
    kube_context: str | None = None
    kubeconfig: str | None = None
    connect_as: str = ""
    connect_as_group: tuple[str, ...] = ()
    collect_namespace: tuple[str, ...] = ()
    no_secret_metadata: bool = False
    read_helm_releases: bool = False
    timeout: float = 60
    list_timeout: float = 600
    qps: float = 20
    burst: int = 40
    groups: str | None = None
    operators: str | None = None
    values: str | None = None
    kubernetes_version: str | None = None
    default_namespace: str = "default"
    no_bootstrap: bool = False
    vault_flavour: str | None = None
    oidc_issuer: tuple[str, ...] = ()
    cluster: str = ""
    max_input: int | None = None
    vault_mount: tuple[str, ...] = ()
    vault_address: tuple[str, ...] = ()
    strict: bool = False
    verbose: bool = False
    quiet: bool = False
    pace: Any = None
    """No option: a caller in Python passes it as click's object."""

    @property
    def settings(self) -> dict[str, Any]:
        """Parameters that :func:`rbacgraph.load` and its siblings share."""
        return {
            "groups": self.groups,
            "operators": self.operators,
            "values": self.values,
            "kubernetes_version": self.kubernetes_version,
            "bootstrap": not self.no_bootstrap,
            "oidc_issuers": self.oidc_issuer,
        }

    @property
    def file_settings(self) -> dict[str, Any]:
        """Parameters that :func:`rbacgraph.load` and :func:`rbacgraph.load_git` share."""
        return {
            **self.settings,
            "default_namespace": self.default_namespace,
            "vault_flavour": self.vault_flavour,
            "vault_mounts": own_mounts(self.vault_mount),
            "vault_addresses": self.vault_address,
            "eks_cluster": self.cluster,
        }

    @property
    def server(self) -> dict[str, Any]:
        """Parameters of :func:`rbacgraph.load_live` and :meth:`rbacgraph.Cluster.verify`."""
        return {
            "context": self.kube_context,
            "kubeconfig": self.kubeconfig,
            "connect_as": self.connect_as,
            "connect_as_groups": self.connect_as_group,
            "timeout": self.timeout,
            "qps": self.qps,
            "burst": self.burst,
            "pace": self.pace,
        }


def own_mounts(values: "Sequence[str]") -> tuple[str, ...]:
    """Parse ``MOUNT=this``.

    Raises UsageError if a value is not of that form.
    """
    for value in values:
        if not value.endswith("=this") or value == "=this":
            raise UsageError(
                f"--vault-mount {value} does not say which cluster",
                advice="give the auth mount of this cluster, as --vault-mount kubernetes=this",
            )
    return tuple(value.removesuffix("=this") for value in values)


def of_files(given: Input) -> Input:
    """Return the options without those of a live cluster."""
    return given._replace(**{name: Input._field_defaults[name] for name in o.LIVE})


def takes_input(*without: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of :class:`Input`; the command gets them as ``given``.

    An option that the command declares itself is also part of ``given``.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        own = signature(function).parameters
        shared = {
            name: declare
            for name, declare in (o.INPUT | o.LIVE).items()
            if name not in {*without, *own}
        }

        def command(**options: Any) -> None:
            known = {name: options[name] for name in Input._fields if name in options}
            asked = {name: value for name, value in options.items() if name not in shared}
            given = Input(**known, pace=click.get_current_context().obj)
            with unpack_at_most(given.max_input):
                function(given=given, **asked)

        for declare in reversed(shared.values()):
            declare(command)
        return command

    return decorate


KUBECTL = (
    "kubectl get secrets,sa,pods,deploy,sts,ds,cj,jobs,nodes,ns,quota,pv,pvc,sc,csidrivers,svc,"
    "endpointslices,ing,ingressclasses,netpol,roles,rolebindings,clusterroles,clusterrolebindings"
    " -A -o json"
)
"""The command that dumps everything rbacgraph reads."""


def read(options: Input) -> "Cluster":
    """Load the cluster, from files or live; print diagnostics to standard error."""
    from rbacgraph.model.inputs.unread import refused_lists

    if options.filename:
        cluster = _read_files(options)
    else:
        with _advised():
            cluster = _ask(options)
    report(cluster.diagnostics, options, refused=refused_lists(cluster.snapshot.unread))
    _check_version(cluster, options)
    _check_mounts(cluster, options)
    return cluster


def read_side(
    options: Input, sources: "Sequence[str]" = (), *, unheard: "Collection[str]" = ()
) -> "Cluster":
    """Load what may be empty, and print its diagnostics."""
    cluster = _load_side(options, sources)
    heard = _heard(cluster, unheard)
    report(heard, options, place=", ".join(sources) or "the input")
    _check_version(cluster, options)
    return cluster


class SideSource(NamedTuple):
    """One of two sides: its name; its file or folder, or else a revision and paths."""

    name: str
    path: str = ""
    git: "RevisionPaths | None" = None


def read_sides(options: Input, one: SideSource, other: SideSource) -> "tuple[Cluster, Cluster]":
    """Load both sides of a comparison, each of which may be empty; print their diagnostics.

    It prints what both have once: as of what -f names, else as of each side.
    """
    before, after = (
        _load_side(options, [side.path] if side.path else [], side.git) for side in (one, other)
    )
    pairs = zip(before.snapshot.files, after.snapshot.files, strict=False)
    beside = ", ".join(options.filename)
    # Files of -f are read first; the sides may be one file, too.
    named = {file for file, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)}
    named = named if beside and one.name != other.name else set()
    heard = {side.name: _heard(cluster) for side, cluster in ((one, before), (other, after))}
    both = set.intersection(*map(set, heard.values()))
    places: dict[str, list[Diagnostic]] = {}
    for name, found in heard.items():
        for diagnostic in dict.fromkeys(found):
            of_both, of_named = diagnostic in both, diagnostic.file in named
            own = f"{beside} with {name}" if of_named else name
            place = (beside if of_named else _EACH_SIDE) if of_both else own
            places.setdefault(place, []).append(diagnostic)
    for place, found in places.items():
        report(list(dict.fromkeys(found)), options, place=place)
    _check_version(before if before.snapshot.kubernetes_version else after, options)
    return before, after


def _load_side(
    options: Input, sources: "Sequence[str]" = (), git: "RevisionPaths | None" = None
) -> "Cluster":
    if git is None:
        return _read_files(options._replace(filename=(*options.filename, *sources)))
    from rbacgraph.api.loading import load_git

    return load_git(git.revision, *git.paths, beside=options.filename, **options.file_settings)


def _heard(cluster: "Cluster", unheard: "Collection[str]" = ()) -> "list[Diagnostic]":
    codes = _NOTHING.union(unheard)
    return [d for d in cluster.diagnostics if d.code not in codes]


def _check_mounts(cluster: "Cluster", options: Input) -> None:
    """Note what --vault-mount names and the dump does not: it says nothing of the others."""
    if options.quiet:
        return
    stores = cluster.snapshot.stores
    known = {name for one in stores for name in one.mount_names}
    known |= {f"{one.address}/{name}" for one in stores[1:] and stores for name in one.mount_names}
    for mount in own_mounts(options.vault_mount):
        if mount.strip("/") not in known:
            lack = (
                f"the dump of Vault has no mount {mount}" if stores else "there is no dump of Vault"
            )
            meant = did_you_mean([f"{one}=this" for one in near(mount, known)])
            note("; ".join(filter(None, (f"--vault-mount {mount}=this: {lack}", meant))))


def read_live(options: Input) -> "Cluster":
    """Ask the live cluster of the options, as one side of a comparison."""
    cluster = _ask(options)
    report(cluster.diagnostics, options, place=cluster.snapshot.files[0])
    return cluster


class RevisionPaths(NamedTuple):
    """Paths at a revision of the repository; None is the work tree."""

    revision: str | None
    paths: tuple[str, ...]


def _read_files(options: Input) -> "Cluster":
    if "" in options.filename:
        raise UsageError("-f is empty: give a file, a folder or -")
    refuse_live_options(options, "and -f reads files")
    from rbacgraph.api.loading import load

    return load(*options.filename, allow_empty=True, **options.file_settings)


def refuse_live_options(options: Input, why: str) -> None:
    """Refuse the options of a live cluster where none is asked.

    Raises UsageError if one of them is given.
    """
    for name in o.LIVE:
        if getattr(options, name) != Input._field_defaults[name]:
            option = name.removeprefix("kube_").replace("_", "-")
            raise UsageError(f"--{option} needs a live cluster, {why}")


def _ask(options: Input) -> "Cluster":
    for name in ("vault_flavour", "vault_mount", "vault_address"):
        if getattr(options, name):
            option = name.replace("_", "-")
            raise UsageError(f"--{option} is about a dump of Vault, and -f gives no file")
    from rbacgraph.api.loading import load_live
    from rbacgraph.cli.shared.progress import shown

    with shown(verbose=options.verbose, quiet=options.quiet) as progress:
        return load_live(
            collect_namespaces=options.collect_namespace,
            secret_metadata=not options.no_secret_metadata,
            read_helm_releases=options.read_helm_releases,
            list_timeout=options.list_timeout,
            progress=progress,
            **options.server,
            **options.settings,
        )


@contextmanager
def _advised() -> Iterator[None]:
    """Add to an error without a cluster how to read files."""
    try:
        yield
    except NoClusterError as error:
        advice = f"add -f FILE, -f FOLDER or -f -; make a dump with: {KUBECTL} > dump.json"
        raise NoClusterError(error.message, advice=advice) from None


def report(
    diagnostics: "Sequence[Diagnostic]",
    options: Input,
    *,
    place: str = "the input",
    refused: "Sequence[str]" = (),
) -> None:
    """Print the diagnostics that the options ask for.

    Refuses input without any usable object, and with ``--strict`` any input with warnings or
    errors.

    ``diagnostics``, ``options``: what to print, and how much of it.
    ``refused``: the resources that a live cluster refuses to list: many are one line.
    """
    grave = [d for d in diagnostics if d.severity != "note"]
    empty = next((d for d in diagnostics if d.code == EMPTY), None)
    strict = options.strict and grave
    needless = empty and not options.verbose  # one line is enough if everything was refused
    others = [d for d in diagnostics if d is not empty and not (needless and d.code in _REFUSED)]
    for line in _lines(others, place, refused, every=options.verbose or bool(strict)):
        if not options.quiet or strict:
            say(line)
    if empty:
        given = ", ".join(options.filename) or "the cluster"
        raise InputError(f"{given}: {empty.message}", advice=empty.advice)
    if strict:
        say(f"error: {place} has errors or warnings, which --strict refuses")
        raise Exit(UNUSABLE)


def only_one_reads_stdin(given: Input, **others: str | Iterable[str] | None) -> None:
    """Refuse two options that both read standard input.

    ``**others``: the paths of other options, by name.
    Raises UsageError if two options do.
    """
    named = {f"--{name.replace('_', '-')}": paths for name, paths in others.items()}
    named["-f"] = given.filename
    several = {n: [paths] if isinstance(paths, str) else paths or () for n, paths in named.items()}
    readers = [name for name, paths in several.items() if "-" in paths]
    if len(readers) > 1:
        raise UsageError(f"standard input cannot be both {' and '.join(readers)}")


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
        raise Exit(UNUSABLE)


UNREAD_KINDS = "unread-kinds"
"""The value of ``--fail-on`` by which a gate also fails for what is not looked into."""


def gates(fail_on: str, known: "Sequence[str]") -> tuple[str, ...]:
    """Return the values of ``--fail-on``, which commas separate.

    Raises UsageError if a value is not known.
    """
    found = tuple(fail_on.split(",")) if fail_on else ()
    for one in found:
        if one not in known:
            raise UsageError(
                f"{one!r} is not a value of --fail-on",
                advice=f"choose one of {', '.join(known)}, or several with commas",
            )
    return found


def refuse_unread(unread: "Sequence[Unread]", kinds: "Sequence[UnreadKind]" = ()) -> None:
    """Make a gate fail if something was not read, or is of a kind that is not looked into.

    Raises InputError if there is such a thing.
    """
    if kinds and not unread:
        from rbacgraph.report.formats.unread import unread_kinds_words

        advice = "review them by hand, or leave unread-kinds out of --fail-on"
        raise InputError(unread_kinds_words(kinds).rstrip("."), advice=advice)
    if unread:
        from rbacgraph.report.formats.unread import unread_sentence

        lists = [one.file for one in unread if not one.files]
        secrets = " --with-secrets" if "secrets" in lists else ""
        ways = ["fix it, or render or build it first"] if len(lists) < len(unread) else []
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


def _lines(
    diagnostics: "Sequence[Diagnostic]", place: str, refused: "Sequence[str]", *, every: bool
) -> list[str]:
    if not diagnostics:
        return []
    from rbacgraph.model.inputs.diagnostic import ALWAYS_TOLD
    from rbacgraph.model.inputs.unread import FEW, folded
    from rbacgraph.model.printable import clean
    from rbacgraph.report.formats.unread import refused_as_one
    from rbacgraph.report.text.layout.text import count, listing

    if every:
        return [clean(str(d)) for d in diagnostics]
    errors = folded([d for d in diagnostics if d.severity == "error"])
    if len(refused) > FEW:
        errors = refused_as_one(errors, refused)
    always = [d for d in diagnostics if d.code in ALWAYS_TOLD]
    diagnostics = [d for d in diagnostics if d.code not in ALWAYS_TOLD]
    lines = [clean(str(d)) for d in (*always, *errors[:_SHOWN])]
    if len(errors) > _SHOWN:
        more = len(errors) - _SHOWN
        them = "it" if more == 1 else "them"
        lines.append(f"… and {count(more, 'more error')}; -v shows {them}")
    numbers = [(kind, sum(d.severity == kind for d in diagnostics)) for kind in ("warning", "note")]
    rest = listing([count(number, kind) for kind, number in numbers if number])
    them = "it" if sum(number for _, number in numbers) == 1 else "them"
    return [*lines, f"{rest} in {clean(place)}; -v shows {them}"] if rest else lines
