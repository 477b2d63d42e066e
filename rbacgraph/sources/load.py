"""Reads files of every format that holds Kubernetes objects into a snapshot.

No value of a Secret is kept: see :mod:`rbacgraph.sources.objects.wire`.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.flux import FluxApplier
from rbacgraph.model.memory.gc_pause import gc_paused
from rbacgraph.model.stores.sops import SopsConfig
from rbacgraph.sources.config.groups_and_version import (
    GroupsInput,
    read_groups,
    wanted_issuers,
    wanted_version,
)
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.locate import DUMPS, FoundFile, Source, locate, report_unreadable
from rbacgraph.sources.files.streams import TooLarge, Window, byte_order_mark, digest, opened
from rbacgraph.sources.files.web_pages import is_web_page, web_page_words
from rbacgraph.sources.finish import finish
from rbacgraph.sources.git.reader import LARGEST, GitReader
from rbacgraph.sources.git.sops_config import is_config, read_config
from rbacgraph.sources.json import from_json
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.object_kinds import title
from rbacgraph.sources.snapshots import snapshot_files
from rbacgraph.sources.vault.places import Content, is_hcl, place_of
from rbacgraph.sources.vault.read_dump import wanted_flavour, with_flavour
from rbacgraph.stores.vault.policy_text import Flavour

__all__ = ["Source", "load"]

_SNIFFED = 1 << 13
_FLOW = 1 << 20  # what is larger is tried by the fast parser first
_JSON_NAMES = (".json", ".jsonl", ".ndjson")


def load(
    *sources: Source,
    groups: GroupsInput = None,
    kubernetes_version: str | None = None,
    default_namespace: str = "default",
    vault_flavour: str | None = None,
    oidc_issuers: Sequence[str] = (),
    meanwhile: Callable[[], object] | None = None,
) -> Snapshot:
    """Read everything that the sources hold into one snapshot.

    Parameters
    ----------
    *sources:
        Files, folders (read recursively, in order of name), globs, ``"-"`` for standard
        input, open binary files. Any of them may be compressed with gzip or zstd. The
        format is found by looking: YAML or JSON, one object or many, ``List`` and typed
        lists, JSON lines, kubectl's cluster-info dumps.
    groups:
        The groups of each user: a mapping, or a YAML file with one. Kubernetes does not store it.
    kubernetes_version:
        For example ``1.35``; by default the version in the input (``kubectl version -o json``,
        nodes).
    default_namespace:
        The namespace of an object that names none.
    vault_flavour:
        ``vault`` or ``openbao``, whose rules hold; by default as the dump shows.
    oidc_issuers:
        Issuers of this cluster's ServiceAccount tokens.
    meanwhile:
        Is called once other processes begin to read parts of a large file, if there are any.

    Returns
    -------
    Snapshot
        The objects, and a diagnostic for everything that could not be read as written.

    Raises
    ------
    InputError
        If a path does not exist, a glob matches nothing or ``groups`` is not usable.
    UsageError
        If no source is named, or the version, the flavour or an issuer is invalid.

    Examples
    --------
    >>> import io
    >>> text = b"{apiVersion: v1, kind: Namespace, metadata: {name: shop}}"
    >>> [found.metadata.name for found in load(io.BytesIO(text)).namespaces]
    ['shop']
    """
    if not sources:
        raise UsageError("nothing to read", advice="name a file or folder, or '-' for stdin")
    version = wanted_version(kubernetes_version)
    members = read_groups(groups)
    flavour, issuers = wanted_flavour(vault_flavour), wanted_issuers(oidc_issuers)
    problems = Problems()
    collector = Collector(problems, default_namespace)
    collector.meanwhile = meanwhile
    collector.vault.flavour = flavour
    with gc_paused():
        named = {os.fspath(source) for source in sources if isinstance(source, str | os.PathLike)}
        files = locate(sources, problems, DUMPS)
        git = GitReader(problems, _sops_configs(files, problems), default_namespace)
        for found in files:
            if is_config(found.name):
                continue
            if git.found_copy(found.name) and found.name not in named:
                continue
            if not _read_vault(found, collector, named=found.name in named):
                _read_file(found, collector, git)
        snapshot = finish(
            collector, groups=members, version=version, issuers=issuers, git=git.result()
        )
        return _of_flavour(snapshot, flavour)


def _of_flavour(snapshot: Snapshot, flavour: Flavour | None) -> Snapshot:
    """Return the snapshot with its dumps read again that were read as of another flavour."""
    if flavour is None or all(one.flavour == flavour for one in snapshot.stores):
        return snapshot
    problems = Problems()
    stores = tuple(
        one if one.flavour == flavour else with_flavour(one, flavour, problems)
        for one in snapshot.stores
    )
    diagnostics = (*snapshot.diagnostics, *problems.result())
    return replace(snapshot, stores=stores, diagnostics=diagnostics)


def _sops_configs(files: Iterable[FoundFile], problems: Problems) -> dict[str, SopsConfig]:
    """Read the configurations of SOPS: they say what other files should be."""
    found = {}
    for file in files:
        if is_config(file.name):
            config = _sops_config(file, problems)
            if config is not None:
                found[file.name] = config
    return found


def _sops_config(found: FoundFile, problems: Problems) -> SopsConfig | None:
    try:
        with opened(found.source) as stream:
            window = Window(stream)
            while window.end <= LARGEST and window.fill():
                pass
    except OSError as error:
        report_unreadable(problems, found.name, error)
        return None
    if window.eof and not window.fault:
        return read_config(found.name, bytes(window.data[: window.end]), problems)
    why = window.fault or f"it has more than {LARGEST >> 20} MiB"
    message = f"cannot be read as a configuration of SOPS: {why}"
    problems.add("sops-config", message, file=found.name, severity="error")
    return None


def _read_vault(found: FoundFile, collector: Collector, *, named: bool) -> bool:
    """Read a file of a Vault dump; return False if it is another file."""
    place = place_of(found.name)
    if place is None or (place.content is Content.UNKNOWN and is_hcl(found.name)):
        if not is_hcl(found.name):
            return False
        if named:
            collector.vault.misplaced(found.name)
        elif place is not None:
            collector.vault.unplaced(found.name)
        return True
    try:
        with opened(found.source) as stream:
            window = Window(stream)
            data = window.take_all()
    except (OSError, TooLarge):
        return False
    return not window.fault and collector.vault.read(found.name, place, data)


def _read_file(found: FoundFile, collector: Collector, git: GitReader) -> None:
    collector.open_file(found.name)
    skipped, appliers = Counter(collector.skipped), len(collector.objects["flux_appliers"])
    try:
        with opened(found.source) as stream:
            window = Window(stream)
            window.fill()
            if not window.fault:
                _read_stream(window, collector, git)
                read = collector.objects["flux_appliers"][appliers:]
                kinds = {
                    title(one.api_version, one.kind) for one in read if isinstance(one, FluxApplier)
                }
                git.passed_over(found.name, {*(collector.skipped - skipped), *kinds})
        if window.fault:
            message = f"cannot be read to its end: {window.fault}"
            advice = "what came before is kept" if collector.documents else "nothing of it is kept"
            collector.report.problem(0, "unreadable", message, advice, "error")
    except OSError as error:
        report_unreadable(collector.problems, found.name, error)
    except TooLarge:
        collector.report.problem(
            0, "too-large", "has one value of several GiB", "the rest was left out", "error"
        )
    collector.close_file()
    if unread := collector.problems.unread.get(found.name):
        with suppress(OSError):
            with_digest = replace(unread, content=digest(found.source))
            collector.problems.unread[found.name] = with_digest


def _read_stream(window: Window, collector: Collector, git: GitReader) -> None:
    try:
        mark = byte_order_mark(window)
    except UnicodeDecodeError:
        collector.documents += 1
        collector.report.broken(1, "not-utf-8", "is not the UTF-16 that it says it is")
        return
    if mark:
        message = f"begins with a byte order mark of {mark}"
        collector.report.problem(1, "byte-order-mark", message, "read as if it had none", "note")
    while window.end - window.start <= LARGEST and window.fill():
        pass
    data, start, end = window.data, window.start, window.end
    if snapshot_files.is_snapshot(bytes(data[start : min(end, start + _SNIFFED)])):
        _read_snapshot(window, collector)
        return
    file = collector.report.file
    if git.wants(file, data, start, end) and window.eof and git.read(file, bytes(data[start:end])):
        return
    if data.find(b"\0", start, min(end, start + _SNIFFED)) >= 0:
        collector.documents += 1
        collector.report.problem(
            0, "binary", "is a binary file", "name files of YAML or JSON; unpack archives", "error"
        )
    elif is_web_page(beginning := bytes(data[start : min(end, start + _SNIFFED)])):
        collector.documents += 1
        collector.report.problem(
            1,
            "html-page",
            f"is {web_page_words(beginning)}, no manifest",
            "a server or proxy may want a login: log in, and fetch the file again",
            "error",
        )
    elif bytes(data[start : min(end, start + _SNIFFED)]).lstrip()[:1] in (b"{", b"["):
        from_json.read(window, collector, partial(_as_yaml, collector))
    else:
        from rbacgraph.sources.yaml import from_yaml

        from_yaml.read(window, collector)
    if not collector.documents:
        collector.report.problem(0, "empty-file", "holds nothing", "", "note")


def _read_snapshot(window: Window, collector: Collector) -> None:
    """Take over a snapshot; half of one would mislead, so it is whole or nothing."""
    data = window.take_all()
    if window.fault:
        return
    try:
        collector.take(snapshot_files.decoded(data))
    except snapshot_files.UnreadableError as error:
        message = f"is a snapshot that cannot be used: {error}"
        collector.report.problem(0, "bad-snapshot", message, "make it again", "error")


def _as_yaml(collector: Collector, data: bytes, line: int) -> bool:
    """Read as YAML what begins like JSON and is not: flow style, a template, trailing commas."""
    if collector.documents and not data.startswith(b"---"):
        return False
    from rbacgraph.sources.yaml import from_yaml, values

    if len(data) > _FLOW and not values.is_flow(data, from_yaml.LARGEST):
        return False
    name = collector.report.file.removesuffix(".gz").removesuffix(".zst")
    if name.endswith(_JSON_NAMES):
        return values.parse_alone(data, line, collector)
    from_yaml.read(Window.of(data, line), collector)
    return True
