"""Finds whose objects Prometheus, Alertmanager and VictoriaMetrics follow, and what they can send.

Sources: see :mod:`rbacgraph.model.kubernetes.monitoring`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.custom_resources.present import PresentRows
from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.operators.marks import INSTANCE, NAME
from rbacgraph.facts.operators.table import OPERATORS
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.secrets.made_secrets import labels_of
from rbacgraph.facts.world import WorldPart
from rbacgraph.model.condition import CERTAIN, Condition, If, both, without
from rbacgraph.model.kubernetes import monitoring
from rbacgraph.model.kubernetes.meta import LabelSelector
from rbacgraph.model.kubernetes.pods import labels_of_pack
from rbacgraph.model.node import EACH_NAMESPACE

_OPERATORS = {
    group: next(one.name for one in OPERATORS if group in one.groups)
    for group in (monitoring.PROMETHEUS_GROUP, monitoring.VICTORIA_GROUP)
}
_LABELS = {
    monitoring.PROMETHEUS: "prometheus",
    monitoring.PROMETHEUS_AGENT: "prometheus-agent",
    monitoring.ALERTMANAGER: "alertmanager",
    monitoring.VM_AGENT: "vmagent",
    monitoring.VM_SINGLE: "vmsingle",
    monitoring.VM_ALERTMANAGER: "vmalertmanager",
}
"""By kind of program, the label with which its operator names its Pods."""

_PROGRAM = "operator.prometheus.io/name"
_WIDE = ("", EACH_NAMESPACE)


class MonitoringSender(NamedTuple):
    """What sends a server what the author of an object names.

    ``places``: the namespaces of the objects that it follows, whose Secrets it sends; ``""`` for
        all.
    ``accounts``, ``secrets``: the ServiceAccounts and Secrets of its Pods: it sends their tokens,
        and their files.
    ``condition``: what must hold of it.
    """

    places: tuple[str, ...]
    accounts: tuple[Key, ...]
    secrets: tuple[Key, ...]
    condition: Condition


class MonitoringPrograms(WorldPart):
    """Knows the programs of monitoring in a cluster."""

    def senders(self, row: CustomResourceRow, scope: str) -> Iterator[MonitoringSender]:
        """Yield what sends what an object of a row, made in a scope, names.

        What the input does not show may be there, and follow every namespace.
        """
        for group, resource, kinds in self._followers(row):
            yield from self._of_group(row, scope, group, resource, kinds)

    def hides_account(self, row: CustomResourceRow) -> bool:
        """Whether a row is about files of a program whose ServiceAccount the input lacks."""
        if row.mechanism != "sends-token":
            return False
        for group, resource, kinds in self._followers(row):
            found = self._unseen(row, group, kinds, self._running(kinds))
            if self._may_lack(kinds) and not self._existing(found):
                return True
            if any(self._lacks_account(one, resource) for one in self._by_kinds(kinds)):
                return True
        return False

    def _lacks_account(self, program: monitoring.MonitoringProgram, resource: str) -> bool:
        follows = any(one.resource == resource for one in program.follows)
        account = program.metadata.namespace, program.account
        return (
            follows and program.reads_files and bool(account[1]) and not self._existing([account])
        )

    def _followers(self, row: CustomResourceRow) -> Iterator[tuple[str, str, Sequence[str]]]:
        """Yield by group what is made of the objects of a row, and the kinds that follow that."""
        for group in _OPERATORS:
            resource = (
                row.plural if row.group == group else monitoring.CONVERTED.get(row.plural, "")
            )
            kinds = [kind for kind, own in _kinds(group) if resource in own]
            if kinds and (row.group == group or self._converts()):
                yield group, resource, kinds

    def _of_group(
        self, row: CustomResourceRow, scope: str, group: str, resource: str, kinds: Sequence[str]
    ) -> Iterator[MonitoringSender]:
        condition = both(*(If[name](_OPERATORS[group]) for name in row.needs))
        files = row.mechanism == "sends-token"
        for program in self._by_kinds(kinds):
            accounts, secrets = self._sent(program, files=files)
            for places, followed in self._places(program, resource, scope):
                yield MonitoringSender(
                    () if files else places,
                    accounts,
                    secrets,
                    both(without(condition, If.OPERATOR_IS_NOT_LIMITED), followed),
                )
        if not self._may_lack(kinds):
            return
        if files:
            pods = self._running(kinds)
            accounts = self._existing(self._unseen(row, group, kinds, pods))
            yield MonitoringSender((), accounts, self._existing_secrets(_mounted(pods)), condition)
        else:
            yield MonitoringSender((("" if scope in _WIDE else scope),), (), (), condition)

    def _sent(
        self, program: monitoring.MonitoringProgram, *, files: bool
    ) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
        """Return the ServiceAccounts and Secrets of a program's Pods that it sends.

        ``files``: whether objects of others name the files, or a scrape class of its own does.
        """
        own = program.metadata.namespace
        token = program.reads_files if files else program.shows_token
        secrets = [(own, name) for name in (program.secrets if files else program.shown)]
        if files:
            secrets = [*secrets, *_mounted(self._pods_of(program))] if program.reads_files else []
        return (
            self._existing([(own, program.account)] if token else []),
            self._existing_secrets(secrets),
        )

    def _unseen(
        self, row: CustomResourceRow, group: str, kinds: Sequence[str], pods: Iterable[PodSource]
    ) -> Iterator[Key]:
        """Yield the accounts that programs may have, which the input does not show."""
        yield from ((one.node[1], one.spec.service_account) for one in pods)
        labels = [_LABELS[kind] for kind in kinds]  # labels of an object may be of any type
        for account in self._world.snapshot.service_accounts:
            marks = account.metadata.marks
            if marks is not None and any(one in labels for one in (marks.name, marks.component)):
                yield account.metadata.namespace, account.metadata.name
        if row.group == group:
            for _, namespace, name in self._world.part(PresentRows).accounts(row):
                yield namespace, str(name)

    # --- what there is -----------------------------------------------------------------

    def _converts(self) -> bool:
        """Whether the VictoriaMetrics operator may make its objects of those of the other one."""
        served = self._world.snapshot.served
        return any(group == monitoring.VICTORIA_GROUP for group, _ in served) or any(
            monitoring.PROGRAMS[one.kind] == monitoring.VICTORIA_GROUP
            for one in self._world.snapshot.monitoring_programs
        )

    def _by_kinds(self, kinds: Sequence[str]) -> Iterator[monitoring.MonitoringProgram]:
        return (one for one in self._world.snapshot.monitoring_programs if one.kind in kinds)

    def _may_lack(self, kinds: Sequence[str]) -> bool:
        """Whether the input may lack programs of some kinds: files with any are whole."""
        snapshot = self._world.snapshot
        if any(True for _ in self._by_kinds(kinds)):
            return any(snapshot.is_partial(kind) for kind in kinds)
        return not all(snapshot.is_listed(kind) for kind in kinds)

    # --- where -------------------------------------------------------------------------

    def _places(
        self, program: monitoring.MonitoringProgram, resource: str, scope: str
    ) -> Iterator[tuple[tuple[str, ...], Condition]]:
        """Yield where a program follows objects, within a scope, each with the condition."""
        for one in program.follows:
            if one.resource != resource:
                continue
            own = program.metadata.namespace
            if one.namespaces is None:
                if scope in {*_WIDE, own}:
                    yield (own,), CERTAIN
            elif not (one.namespaces.match_labels or one.namespaces.match_expressions):
                yield ("" if scope in _WIDE else scope,), CERTAIN
            else:
                yield from self._selected(program, one.namespaces, scope)

    def _selected(
        self, program: monitoring.MonitoringProgram, selector: LabelSelector, scope: str
    ) -> Iterator[tuple[tuple[str, ...], Condition]]:
        places = self._world.identities.namespaces if scope in _WIDE else (scope,)
        held = [one for one in places if one in self._labels]
        shown = tuple(
            one
            for one in held
            if any(selector_matches(selector, labels) for labels in self._labels[one])
        )
        if shown:
            yield shown, CERTAIN
        meta = program.metadata
        for one in places:
            if one not in self._labels:
                yield (
                    (one,),
                    If.PROGRAM_FOLLOWS_NAMESPACE(program.kind, meta.namespace, meta.name, one),
                )

    @cached_property
    def _labels(self) -> Mapping[str, Sequence[dict[str, str]]]:
        """The labels of the Namespaces of the input, in all of their versions."""
        snapshot = self._world.snapshot
        found: dict[str, list[dict[str, str]]] = {}
        for one in (*snapshot.namespaces, *snapshot.namespace_versions):
            found.setdefault(one.metadata.name, []).append(labels_of(one))
        return found

    # --- what it has -------------------------------------------------------------------

    def _existing(self, accounts: Iterable[Key]) -> tuple[Key, ...]:
        usable = self._world.identities.usable_accounts
        return tuple(one for one in dict.fromkeys(accounts) if one in usable)

    def _existing_secrets(self, secrets: Iterable[Key]) -> tuple[Key, ...]:
        numbers = self._world.secret_numbers
        return tuple(sorted({one for one in secrets if one[1] in numbers.get(one[0], ())}))

    def _running(self, kinds: Iterable[str]) -> Sequence[PodSource]:
        return [one for kind in kinds for one in self._pods.get(_LABELS[kind], ())]

    def _pods_of(self, program: monitoring.MonitoringProgram) -> Iterator[PodSource]:
        for one in self._pods.get(_LABELS[program.kind], ()):
            labels = labels_of_pack(one.obj.labels)
            called = labels.get(_PROGRAM) or labels.get(INSTANCE)
            if (one.node[1], called) == (program.metadata.namespace, program.metadata.name):
                yield one

    @cached_property
    def _pods(self) -> Mapping[str, Sequence[PodSource]]:
        """What runs, by the label of the programs of monitoring."""
        wanted = frozenset(_LABELS.values())
        found: dict[str, list[PodSource]] = {}
        for one in self._world.running.runners:
            if f"{NAME}=" in one.obj.labels:
                name = labels_of_pack(one.obj.labels).get(NAME)
                if name in wanted:
                    found.setdefault(str(name), []).append(one)
        return found


def _mounted(pods: Iterable[PodSource]) -> Iterator[Key]:
    """Yield the Secrets in the files of Pods."""
    return ((one.node[1], use.secret) for one in pods for use in one.spec.secrets if use.volume)


def is_followed(row: CustomResourceRow) -> bool:
    """Whether programs of monitoring decide whose objects of a row count."""
    return any(row.plural in own for _, own in _kinds(row.group))


def _kinds(group: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the kinds of programs of a group, each with the resources that it follows."""
    return (
        (kind, own)
        for kind, own in monitoring.FOLLOWED.items()
        if monitoring.PROGRAMS[kind] == group
    )
