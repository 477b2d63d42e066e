"""Reads every list: of the whole cluster, or of namespaces where that is necessary."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from msgspec import MsgspecError, Struct, json

from rbacgraph.errors import InputError
from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.progress import Listed, Progress
from rbacgraph.sources.kinds import Form
from rbacgraph.sources.live.asking.access_review import ask
from rbacgraph.sources.live.connection.connect import Connection
from rbacgraph.sources.live.connection.parallel import each
from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.sources.live.discovery import Catalogue, Served
from rbacgraph.sources.live.list_part import TOKENS, ListPart, ListTask, forbidden_part, read_part
from rbacgraph.sources.objects.object_kinds import KINDS, Kind

# Asks what the caller may do in one namespace: one question instead of many refusals.

_PATH = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


class OwnRules(NamedTuple):
    """The caller's rules in a namespace, and whether the server says that these are all."""

    rules: tuple[PolicyRule, ...] = ()
    complete: bool = False


class _Status(Struct, frozen=True, rename="camel"):
    resource_rules: tuple[PolicyRule, ...] | None = None
    incomplete: bool = True


class _Review(Struct, frozen=True):
    status: _Status = _Status()


def rules_in(connection: Connection, namespace: str) -> OwnRules:
    """Return the caller's rules in a namespace; none if the server does not say."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    answer = connection.post(_PATH, json.encode(review))
    if not answer.ok:
        return OwnRules()
    try:
        status = json.decode(answer.body, type=_Review).status
    except MsgspecError:
        return OwnRules()
    return OwnRules(status.resource_rules or (), not status.incomplete)


def refuses_secrets(connection: Connection, namespace: str) -> bool:
    """Whether the server says that the caller may not list the Secrets of a namespace."""
    claim = Claim(
        principal="",
        user="",
        groups=(),
        verb="list",
        resource="secrets",
        namespace=namespace,
        allowed=False,
        reason="",
    )
    try:
        return not ask(connection, claim, own=True).allowed
    except InputError:
        return False


def may_list(rules: tuple[PolicyRule, ...], served: Served) -> bool:
    """Whether the rules allow listing all objects of a kind."""
    return any(
        _holds(rule.verbs, "list")
        and _holds(rule.api_groups, served.group)
        and _holds(rule.resources, served.resource)
        and (not rule.resource_names or "" in rule.resource_names)
        for rule in rules
    )


def _holds(words: tuple[str, ...] | None, word: str) -> bool:
    return bool(words) and not {word, "*"}.isdisjoint(words or ())


class Lists:
    """Reads all lists.

    ``parts`` holds the results, by kind. ``namespaces_known`` says that these are all namespaces
    of the cluster.

    ``progress``: is called with each list when it is complete.
    """

    def __init__(
        self,
        connection: Connection,
        settings: Settings,
        catalogue: Catalogue,
        progress: Progress,
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._catalogue = catalogue
        self._progress = progress
        self._done = self._total = 0
        self._own: dict[str, OwnRules] = {}
        self.parts: dict[str, Sequence[ListPart]] = self._whole()
        shown = self.parts.get("Namespace", ())
        self.namespaces_known = bool(shown) and all(part.complete for part in shown)
        self.parts |= self._by_namespace()

    @property
    def wanted_namespaces(self) -> list[str]:
        """The only namespaces to ask for, each once; empty for all."""
        return list(dict.fromkeys(self._settings.collect_namespaces))

    @property
    def held_namespaces(self) -> list[str]:
        """The namespaces that the server shows."""
        return [
            found.metadata.name
            for part in self.parts.get("Namespace", ())
            for found in part.collector.objects["namespaces"]
        ]

    @property
    def asked_namespaces(self) -> list[str]:
        """The namespaces to ask for one by one: wanted ones, shown ones, and the context's."""
        return self.wanted_namespaces or self.held_namespaces or [self._connection.namespace]

    def forbidden(self) -> Iterator[tuple[str, str]]:
        """Yield the lists that are forbidden: (kind, namespace), ``""`` for the whole cluster."""
        for wanted in KINDS:
            for part in self.parts.get(wanted.name, ()):
                if part.forbidden:
                    yield wanted.name, part.task.namespace

    def _whole(self) -> dict[str, Sequence[ListPart]]:
        """Read each kind in the whole cluster, if that is wanted."""
        tasks = []
        for wanted in KINDS:
            served = self._catalogue.find(wanted.groups, wanted.resource)
            narrowed = wanted.namespaced and self._settings.collect_namespaces
            if served and not narrowed and not self._is_bare(wanted):
                tasks.append(ListTask(wanted, served))
        return {part.task.wanted.name: [part] for part in self._read(tasks)}

    def _by_namespace(self) -> Mapping[str, Sequence[ListPart]]:
        """Read by namespace the kinds that cannot be, or are not to be, read as a whole."""
        names = self.asked_namespaces
        tasks = [task for wanted in KINDS for task in self._tasks(wanted, names)]
        hopeless = self._hopeless(tasks)
        parts = iter(self._read([task for task in tasks if task not in hopeless]))
        found: dict[str, list[ListPart]] = {}
        for task in tasks:
            part = forbidden_part(task, self._connection.name) if task in hopeless else next(parts)
            found.setdefault(task.wanted.name, []).append(part)
        return found

    def _hopeless(self, tasks: Sequence[ListTask]) -> set[ListTask]:
        """Return the lists that the server would refuse, if fewer questions show that.

        Refused lists of Secrets look like an attack in the server's log, so they are not tried.
        """
        names = list(dict.fromkeys(task.namespace for task in tasks))
        secrets = any(
            task.wanted.form is Form.SECRETS and self.parts.get(task.wanted.name) for task in tasks
        )
        if not secrets and len(tasks) <= 2 * len(names):
            return set()
        own = self.own_rules(names)
        refused = {task for task in tasks if not may_list(own[task.namespace].rules, task.served)}
        unsure = [task for task in tasks if task in refused and not own[task.namespace].complete]
        closed = self._closed({t.namespace for t in unsure if t.wanted.form is Form.SECRETS})
        return {
            task
            for task in refused
            if own[task.namespace].complete
            or (task.wanted.form is Form.SECRETS and task.namespace in closed)
        }

    def _closed(self, namespaces: Collection[str]) -> set[str]:
        """Return the namespaces whose Secrets the server says that the caller may not list."""
        names = sorted(namespaces)
        refused = each(names, partial(refuses_secrets, self._connection))
        return {name for name, no in zip(names, refused, strict=True) if no}

    def own_rules(self, namespaces: Sequence[str]) -> Mapping[str, OwnRules]:
        """Return the caller's rules in namespaces, as the server lists them; each asked once."""
        left = [name for name in dict.fromkeys(namespaces) if name not in self._own]
        self._own.update(zip(left, each(left, partial(rules_in, self._connection)), strict=True))
        return self._own

    def _tasks(self, wanted: Kind, namespaces: Sequence[str]) -> Iterator[ListTask]:
        served = self._catalogue.find(wanted.groups, wanted.resource)
        whole = self.parts.get(wanted.name)
        if served is None or not wanted.namespaced or (whole and not whole[0].forbidden):
            return
        bare = self._is_bare(wanted)
        for namespace in namespaces:
            yield ListTask(wanted, served, namespace, bare)
            if bare:
                yield ListTask(wanted, served, namespace, selector=TOKENS)

    def _is_bare(self, wanted: Kind) -> bool:
        """Whether to ask for names only: without its metadata no row has a namespace."""
        return wanted.form is Form.SECRETS and not self._settings.secret_metadata

    def _read(self, tasks: Sequence[ListTask]) -> list[ListPart]:
        self._total += len(tasks)
        return each(tasks, lambda task: read_part(self._connection, task), self._report)

    def _report(self, part: ListPart) -> None:
        self._done += 1
        title = part.task.wanted.resource
        if part.task.namespace:
            title += f" in {part.task.namespace}"
        self._progress(Listed(title, part.count, part.seconds, self._done, self._total))
