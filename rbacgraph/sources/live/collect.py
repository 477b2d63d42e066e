"""From a live cluster to a snapshot: each kind once, by the fewest requests."""

import time
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from rbacgraph.model.snapshot import Collected, CustomResource, Snapshot
from rbacgraph.sources.collect import Collector
from rbacgraph.sources.finish import finish
from rbacgraph.sources.live.connect import Connection
from rbacgraph.sources.live.discovery import Catalogue, discover
from rbacgraph.sources.live.parallel import each
from rbacgraph.sources.live.part import TOKENS, Part, Task, read_part
from rbacgraph.sources.live.reports import LiveReports
from rbacgraph.sources.live.settings import Listed, Progress, Settings
from rbacgraph.sources.live.wanted import WANTED, Form, Wanted
from rbacgraph.sources.live.whoami import given_groups, who_am_i
from rbacgraph.sources.problems import Problems

CUSTOM = "CustomResourceDefinition"


class Collection:
    """Everything that one cluster shows.

    Parameters
    ----------
    connection, settings:
        Whom to ask, and for what.
    progress:
        Is told each list when it is there.
    """

    def __init__(
        self, connection: Connection, settings: Settings, progress: Progress = lambda _: None
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._progress = progress
        self._problems = Problems()
        self._reports = LiveReports(self._problems, connection.name)
        self._collector = Collector(self._problems)
        self._collector.open_file(connection.name)
        self._catalogue = Catalogue({})
        self._done = self._total = 0
        self._forbidden: list[tuple[str, str]] = []

    def collect(
        self, *, groups: Mapping[str, tuple[str, ...]], version: tuple[int, int] | None
    ) -> Snapshot:
        """Ask for everything."""
        begun = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._ask_version()
        user, own = who_am_i(self._connection)
        self._catalogue = discover(self._connection)
        self._reports.catalogue(self._catalogue)
        parts = self._read_all()
        self._note_choices(parts)
        for wanted in WANTED:
            self._take(wanted, parts.get(wanted.kind, []))
        self._collector.close_file()
        snapshot = finish(self._collector, groups=given_groups(groups, user, own), version=version)
        names = [name for part in parts.get(CUSTOM, ()) for name in part.names]
        return replace(
            snapshot,
            me=user,
            collected=self._collected(begun),
            custom_resources=tuple(sorted(self._customs(names))),
        )

    def _collected(self, begun: str) -> Collected:
        return Collected(
            context=self._connection.name,
            server=self._connection.server,
            server_version=next(iter(self._collector.server_versions), ""),
            time=begun,
            forbidden=tuple(self._forbidden),
        )

    def _ask_version(self) -> None:
        from rbacgraph.sources.json_values import read_values

        answer = self._connection.get("/version")
        if answer.ok:
            read_values(answer.body, 0, self._collector, lambda _data, _line: True)

    # --- lists ---------------------------------------------------------------------

    def _read_all(self) -> dict[str, list[Part]]:
        """Read each kind as a whole, and by namespace where that is refused or not wanted."""
        first = [task for wanted in WANTED if (task := self._whole(wanted))]
        self._total = len(first) or 1
        parts = {part.task.wanted.kind: [part] for part in self._read(first)}
        namespaces = self._namespaces(parts)
        again = [task for wanted in WANTED for task in self._parted(wanted, parts, namespaces)]
        self._total += len(again)
        for part in self._read(again):
            kind = part.task.wanted.kind
            if kind in parts and not parts[kind][0].task.namespace and parts[kind][0].forbidden:
                parts[kind] = []
            parts.setdefault(kind, []).append(part)
        return parts

    def _whole(self, wanted: Wanted) -> Task | None:
        """Return the list of a kind in the whole cluster, where that is what to ask for."""
        served = self._catalogue.find(wanted.groups, wanted.resource)
        if served is None or (wanted.namespaced and self._settings.collect_namespaces):
            return None
        if wanted.form is Form.SECRETS and not self._settings.secret_metadata:
            return None
        return Task(wanted, served)

    def _parted(
        self, wanted: Wanted, parts: Mapping[str, Sequence[Part]], namespaces: Sequence[str]
    ) -> Iterator[Task]:
        served = self._catalogue.find(wanted.groups, wanted.resource)
        if served is None or not wanted.namespaced:
            return
        if wanted.kind in parts and not parts[wanted.kind][0].forbidden:
            return
        bare = wanted.form is Form.SECRETS and not self._settings.secret_metadata
        for namespace in namespaces:
            yield Task(wanted, served, namespace, bare)
            if bare:
                yield Task(wanted, served, namespace, selector=TOKENS)

    def _read(self, tasks: Sequence[Task]) -> list[Part]:
        return each(tasks, lambda task: read_part(self._connection, task), self._tell)

    def _tell(self, part: Part) -> None:
        self._done += 1
        title = part.task.wanted.resource
        if part.task.namespace:
            title += f" in {part.task.namespace}"
        self._progress(Listed(title, part.count, part.seconds, self._done, self._total))

    def _namespaces(self, parts: Mapping[str, Sequence[Part]]) -> list[str]:
        """Return the namespaces that are wanted, else those that there are or may be."""
        if self._settings.collect_namespaces:
            return list(dict.fromkeys(self._settings.collect_namespaces))
        found = self._held_namespaces(parts)
        return found or [self._connection.namespace]

    def _held_namespaces(self, parts: Mapping[str, Sequence[Part]]) -> list[str]:
        held = parts.get("Namespace", ())
        return [o.metadata.name for part in held for o in part.collector.objects["namespaces"]]

    # --- what came -----------------------------------------------------------------

    def _note_choices(self, parts: Mapping[str, Sequence[Part]]) -> None:
        wanted = list(dict.fromkeys(self._settings.collect_namespaces))
        if wanted:
            self._reports.narrowed(wanted)
        if not self._settings.secret_metadata:
            self._reports.names_only()
        namespaces = parts.get("Namespace", ())
        if wanted and namespaces and namespaces[0].complete:
            held = self._held_namespaces(parts)
            for name in wanted:
                if name not in held:
                    self._reports.no_such_namespace(name)

    def _take(self, wanted: Wanted, parts: Sequence[Part]) -> None:
        """Take what came of one kind, and say what did not."""
        for part in parts:
            self._merge(part)
        served = self._catalogue.find(wanted.groups, wanted.resource)
        forbidden = [part for part in parts if part.forbidden]
        self._forbidden += [(wanted.kind, part.task.namespace) for part in forbidden]
        if forbidden and served:
            places = [part.task.namespace for part in forbidden if part.task.namespace]
            whole = len(places) == len(parts) and not self._settings.collect_namespaces
            self._reports.forbidden(wanted, served.group, [] if whole else places)
        for part in parts:
            if part.outcome.refused and not part.forbidden and not part.absent:
                self._reports.unlisted(part)
            elif part.outcome.torn:
                self._reports.torn(part)
        self._mark_listed(wanted, parts)

    def _merge(self, part: Part) -> None:
        for field, objects in part.collector.objects.items():
            self._collector.objects[field] += objects
        self._collector.skipped.update(part.collector.skipped)
        for problem in part.collector.problems.result():
            self._problems.add(
                problem.code,
                problem.message,
                file=problem.file,
                line=problem.line,
                advice=problem.advice,
                severity=problem.severity,
            )

    def _mark_listed(self, wanted: Wanted, parts: Sequence[Part]) -> None:
        """Say of what the absence means something."""
        listed = self._collector.listed
        if not parts:
            known = not (self._catalogue.guessed or self._catalogue.stale)
            if known and not self._catalogue.find(wanted.groups, wanted.resource):
                listed.add((wanted.kind, ""))
            return
        failed = {p.task.namespace for p in parts if not (p.complete or p.absent)}
        listed.update(
            (wanted.kind, part.task.namespace)
            for part in parts
            if part.task.namespace not in failed
        )

    def _customs(self, names: Sequence[str]) -> Iterator[CustomResource]:
        """Return what the API serves by the definitions of these names."""
        served = self._catalogue.served
        for name in names:
            resource, _, group = name.partition(".")
            found = served.get((group, resource))
            if found:
                yield CustomResource(group, resource, found.kind, found.namespaced)
