"""Reads files of every format that holds Kubernetes objects into a snapshot.

No value of a Secret is kept: see :mod:`rbacgraph.sources.objects.wire`.
"""

import glob
import io
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.inputs.unread import PassedOver
from rbacgraph.model.kubernetes.copy_rules import SecretCopier
from rbacgraph.model.kubernetes.flux import FluxApplier
from rbacgraph.model.kubernetes.pod_policies import PodPolicy
from rbacgraph.model.memory.gc_pause import gc_paused
from rbacgraph.model.role_carriers import may_hold_roles
from rbacgraph.model.stores.sops import SopsConfig
from rbacgraph.sources.builds.built_files import BuiltFiles
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
from rbacgraph.sources.git.placeholders import settle
from rbacgraph.sources.git.reader import LARGEST, GitReader
from rbacgraph.sources.git.sops_config import (
    is_config,
    is_read_as_objects,
    read_config,
)
from rbacgraph.sources.json import from_json
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.deciding_fields import ENCRYPTED, is_plain
from rbacgraph.sources.objects.object_kinds import title
from rbacgraph.sources.snapshots import snapshot_files

__all__ = ["Source", "load"]

NOTHING_SAID: Mapping[str, Mapping[str, object]] = MappingProxyType({})

_SNIFFED = 1 << 13
_LFS_POINTERS = (b"version https://git-lfs.github.com/spec/", b"version https://hawser.github.com/")
"""How a pointer begins. Source: git-lfs ``docs/spec.md``, and its earlier name."""
_CARRIERS = (
    *("flux_appliers", "pod_policies", "namespace_policies"),
    *("secret_copiers", "cluster_secret_copiers"),
)
"""The fields of kinds that may hold roles or bindings, which nobody looks for there."""

_FLOW = 1 << 20  # what is larger is tried by the fast parser first
_JSON_NAMES = (".json", ".jsonl", ".ndjson")


def load(
    *sources: Source,
    groups: GroupsInput = None,
    kubernetes_version: str | None = None,
    default_namespace: str = "default",
    dumps: Mapping[str, Mapping[str, object]] = NOTHING_SAID,
    oidc_issuers: Sequence[str] = (),
    meanwhile: Callable[[], object] | None = None,
) -> Snapshot:
    """Read everything that the sources hold into one snapshot.

    ``*sources``: files, folders (read recursively, in order of name), globs, ``"-"`` for standard
        input, open binary files. Any of them may be compressed with gzip or zstd. The format is
        found by looking: YAML or JSON, one object or many, ``List`` and typed lists, JSON lines,
        kubectl's cluster-info dumps.
    ``groups``: the groups of each user: a mapping, or a YAML file with one. Kubernetes does not
        store it.
    ``kubernetes_version``: for example ``1.35``; by default the version in the input (``kubectl
        version -o json``, nodes).
    ``default_namespace``: the namespace of an object that names none.
    ``dumps``: what the caller says of dumps, by the kind of the store, as their readers take it.
    ``meanwhile``: is called once other processes begin to read parts of a large file, if there are
        any.
    Returns the objects, and a diagnostic for everything that could not be read as written.
    Raises InputError if a path does not exist, a glob matches nothing or ``groups`` is not usable;
        UsageError if no source is named, or the version, an issuer or what is said of a dump is
        invalid.

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
    problems = Problems()
    collector = Collector(problems, default_namespace)
    collector.meanwhile = meanwhile
    collector.dumps.say(dumps)
    issuers = wanted_issuers(oidc_issuers)
    with gc_paused():
        named = {os.fspath(source) for source in sources if isinstance(source, str | os.PathLike)}
        for pattern in [one for one in named if glob.has_magic(one)]:
            named.update(glob.glob(pattern, recursive=True))  # noqa: PTH207 - also absolute ones
        files = locate(sources, problems, DUMPS)
        configs, manifests = _sops_configs(files, problems)
        git = GitReader(problems, configs, default_namespace)
        built, passed = BuiltFiles(), dict[str, PassedOver]()
        for found in files:
            is_named = found.name in named
            if is_config(found.name):
                text = manifests.get(found.name)
                rest = None if text is None else found._replace(source=io.BytesIO(text))
            elif git.found_copy(found.name) and not is_named:
                continue
            else:
                rest = collector.dumps.read(found, named=is_named)
            if rest is not None:
                one = _read_file(rest, collector, git, built, named=is_named)
                passed |= {found.name: one} if one else {}
        _sign(files, problems, settle(collector, files, default_namespace))
        _sign_links(problems)
        no_manifests = {name for name, one in passed.items() if not one.kinds}
        for name, unread in built.unread(no_manifests).items():
            first = problems.unread.get(name, unread)
            problems.unread[name] = replace(first, content=unread.content or first.content)
        return finish(
            collector,
            groups=members,
            version=version,
            issuers=issuers,
            git=git.result(),
            passed_over=[one for name, one in passed.items() if name not in problems.unread],
        )


def _sign(files: Iterable[FoundFile], problems: Problems, signs: Mapping[str, str]) -> None:
    """Give unread files that have none a digest of their content, and of what may fill it in."""
    for found in files:
        unread = problems.unread.get(found.name)
        if unread and (not unread.content or found.name in signs):
            with suppress(OSError):
                content = unread.content or digest(found.source)
                sign = signs.get(found.name, "")
                problems.unread[found.name] = replace(unread, content=content and content + sign)


def _sign_links(problems: Problems) -> None:
    """Give links that lead to nothing their targets as a digest: nothing else is to change."""
    for name, unread in problems.unread.items():
        path = Path(name)
        with suppress(OSError, ValueError):
            if not unread.content and path.is_symlink() and not path.exists():
                problems.unread[name] = replace(unread, content=f"link to {path.readlink()}")


def _sops_configs(
    files: Iterable[FoundFile], problems: Problems
) -> tuple[dict[str, SopsConfig], dict[str, bytes]]:
    """Read the configurations of SOPS: they say what other files should be.

    Also returns the content of files of that name that hold objects, too.
    """
    found, manifests = {}, {}
    for file in files:
        data = _sops_config(file, problems) if is_config(file.name) else None
        if data is not None:
            config = read_config(file.name, data, problems)
            if config is not None:
                found[file.name] = config
            if is_read_as_objects(file.name, data):
                manifests[file.name] = data
    return found, manifests


def _sops_config(found: FoundFile, problems: Problems) -> bytes | None:
    try:
        with opened(found.source) as stream:
            window = Window(stream)
            while window.end <= LARGEST and window.fill():
                pass
    except OSError as error:
        report_unreadable(problems, found.name, error)
        return None
    if window.eof and not window.fault:
        return bytes(window.data[: window.end])
    why = window.fault or f"it has more than {LARGEST >> 20} MiB"
    message = f"cannot be read as a configuration of SOPS: {why}"
    problems.add("sops-config", message, file=found.name, severity="error")
    return None


def _read_file(
    found: FoundFile,
    collector: Collector,
    git: GitReader,
    built: BuiltFiles,
    *,
    named: bool = False,
) -> PassedOver | None:
    """Read a file; return it if not all that it holds is looked into."""
    collector.open_file(found.name)
    before, skipped, carriers = Counter(collector.skipped), Counter[str](), set[str]()
    marks = {field: len(collector.objects[field]) for field in _CARRIERS}
    try:
        with opened(found.source) as stream:
            window = Window(stream)
            window.fill()
            if not window.fault:
                look = partial(built.look, found.name, found.source)
                _read_stream(window, collector, git, look, named=named)
                skipped = collector.skipped - before
                carriers = set(_carriers(collector, marks))
                git.passed_over(found.name, {*skipped, *carriers})
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
    skipped = skipped - collector.headless if collector.headless else skipped
    has_objects = collector.close_file()
    if unread := collector.problems.unread.get(found.name):
        with suppress(OSError):
            with_digest = replace(unread, content=digest(found.source))
            collector.problems.unread[found.name] = with_digest
        return None
    is_snapshot = found.name not in collector.files[-1:]  # which has its own
    kinds = sorted({*skipped, *filter(may_hold_roles, carriers)} - built.kinds_of(found.name))
    if is_snapshot or (has_objects and not kinds):
        return None
    content = digest(found.source) if isinstance(found.source, io.BytesIO) else ""
    return PassedOver(found.name, tuple(kinds), content)


def _carriers(collector: Collector, marks: Mapping[str, int]) -> Iterator[str]:
    """Yield the kinds of objects of which rbacgraph reads a part alone, as printed."""
    for field, mark in marks.items():
        for one in collector.objects[field][mark:]:
            assert isinstance(one, FluxApplier | PodPolicy | SecretCopier)
            yield title(one.api_version, one.kind)


def _read_stream(
    window: Window,
    collector: Collector,
    git: GitReader,
    look: Callable[[bytes], bool],
    *,
    named: bool,
) -> None:
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
    collector.encrypted = _holds_encrypted(window)
    collector.plain = window.eof and is_plain(data, start, end)
    wanted = git.wants(file, data, start, end) and window.eof
    if wanted and git.read(file, bytes(data[start:end]), named=named):
        return
    if look(bytes(data[start:end]) if window.eof else b""):
        collector.documents += 1
        return
    beginning = bytes(data[start : min(end, start + _SNIFFED)])
    if other := _other_format(beginning):
        collector.documents += 1
        collector.report.problem(*other, "error")
    elif beginning.lstrip()[:1] in (b"{", b"["):
        from_json.read(window, collector, partial(_as_yaml, collector))
    else:
        from rbacgraph.sources.yaml import from_yaml

        from_yaml.read(window, collector)
    if not collector.documents:
        collector.report.problem(0, "empty-file", "holds nothing", "", "note")


def _holds_encrypted(window: Window) -> bool | None:
    """Whether a file holds anything that SOPS encrypted; None for a large one."""
    mark = ENCRYPTED.encode()
    return window.data.find(mark, window.start, window.end) >= 0 if window.eof else None


def _other_format(beginning: bytes) -> tuple[int, str, str, str] | None:
    """Return what is wrong with a file that holds no text of objects; None if it may hold some."""
    if beginning.startswith(_LFS_POINTERS):
        message = "is a pointer of Git LFS: the content is elsewhere"
        return 1, "lfs-pointer", message, "fetch it (git lfs pull), and read the work tree"
    if b"\0" in beginning:
        advice = "name files of YAML or JSON; unpack archives"
        return 0, "binary", "is a binary file", advice
    if is_web_page(beginning):
        advice = "a server or proxy may want a login: log in, and fetch the file again"
        return 1, "html-page", f"is {web_page_words(beginning)}, no manifest", advice
    return None


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
