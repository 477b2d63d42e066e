"""Answers ``exposure``: for each Secret the number of principals, techniques, lowest effort."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.value.secret_values import SecretValues
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.answers.paths import ExposureResult, SecretExposure
from rbacgraph.model.answers.risk.entry import EntryLevel
from rbacgraph.model.answers.risk.risk_scale import severity_of
from rbacgraph.model.answers.risk.risks import RISK_ENTRIES, RISK_VALUES, RiskEntry, RiskValue
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES, RiskSeverity
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.model.memory.gc_pause import give_back
from rbacgraph.model.node import GROUP, SECRET, Node, format_node, named_node
from rbacgraph.query.access.openings import opening_kinds
from rbacgraph.query.access.reader_groups import ReaderGroups
from rbacgraph.query.arrays.bitmap_store import distinct
from rbacgraph.query.arrays.path_filter import PathFilter, kind_numbers
from rbacgraph.query.arrays.witnesses import CheapestWay
from rbacgraph.query.closure.certain_and_possible import secret_nodes, spreads
from rbacgraph.query.subject.basis import basis_of
from rbacgraph.techniques.catalogue import EDGES, KINDS

Integers = NDArray[np.int64]

_NO_WAY = CheapestWay("", (), 0)
_READERS, _IF_READERS = 3, 6
"""The places of readers by a certain path, and by a conditional one, among the counts."""
_TOGETHER = 1 << 8
"""How many sets are united at a time."""
_ENTRIES = 10
"""The number of counts before those of entries."""
_VALUES: Mapping[ValueLevel, RiskValue] = dict(zip(reversed(ValueLevel), RISK_VALUES, strict=True))
_ENTRY_NAMES: Mapping[EntryLevel, RiskEntry] = dict(
    zip(reversed(EntryLevel), RISK_ENTRIES, strict=True)
)


def exposure(
    graph: AccessGraph,
    *,
    certain: bool = False,
    without: Sequence[str] = (),
    system: bool = False,
) -> ExposureResult:
    """Return for every Secret how many principals reach it.

    Returns one row per Secret, the most severe first.
    Raises UsageError if an edge kind is unknown.
    """
    limits = PathFilter(certain=certain, without=kind_numbers(without))
    principals = graph.principals_unfolded if system else graph.principals
    columns = _Table(graph, principals, limits).columns()
    give_back()  # the table's bitmaps: the rows are large too
    rows = _rows(graph, columns)
    return ExposureResult(rows=tuple(rows), basis=basis_of(graph, limits))


class _Counts(NamedTuple):
    """Counts that many Secrets share: the different ones, and for each Secret the place of its own.

    ``different``: one row for each of them.
    ``places``: for each Secret, the row.
    """

    different: Integers
    places: Integers

    def columns(self, *wanted: int) -> list[NDArray[np.int32]]:
        """Return some counts, each for all Secrets in order."""
        return [self.different[:, one].astype(np.int32)[self.places] for one in wanted]

    def rows(self) -> list[tuple[int, ...]]:
        """Return the counts of each Secret; equal ones are one object."""
        rows = list(map(tuple, self.different.tolist()))
        return [rows[place] for place in self.places.tolist()]


class _Columns(NamedTuple):
    """Columns for all Secrets, in the order of their numbers in the graph.

    ``counts`` are numbers for each: principals by a certain path, by a conditional one, as members
    by a certain one; then readers, operators and admins by a certain path, and by a conditional
    one; then members by a conditional one; then the level of the easiest entry to a reader with a
    certain path, and to one with a conditional path (0 for none).
    """

    ways: list[CheapestWay]
    counts: _Counts
    openings: list[tuple[str, ...]]
    ways_of_readers: list[CheapestWay]
    admins: frozenset[Node]


def _made_by(graph: AccessGraph, number: int) -> str:
    kind, namespace, name = named_node(graph.nodes[number])
    maker = graph.world.made_secrets.get((namespace, name)) if kind == SECRET else None
    return str(maker) if maker else ""


def _rows(graph: AccessGraph, columns: _Columns) -> list[SecretExposure]:
    """Return the rows, the most severe first."""
    world = graph.world
    block = secret_nodes(graph).tolist()
    secrets = [*world.numbered_secrets, *([None] * len(world.part(ExternalSecrets).numbers))]
    texts = [format_node(graph.nodes[number]) for number in block]
    worth = world.part(SecretValues)
    values = [_VALUES[worth.of(named_node(graph.nodes[n]), columns.admins).level] for n in block]
    counts = columns.counts.rows()
    severities = [
        _severity(value, *one[_ENTRIES:]) for value, one in zip(values, counts, strict=True)
    ]
    order = _order(texts, values, severities, columns)
    rows = [
        SecretExposure(
            secret=text,
            type=secret.type if secret else "",
            inferred=secret is None and number in world.secret_block,
            certain=certain,
            conditional=conditional,
            members=members,
            opening=opening,
            principal=way.principal,
            cheapest=way.techniques,
            effort=way.effort,
            made_by="" if secret else _made_by(graph, number),
            readers=readers,
            operators=operators,
            admins=admins,
            readers_conditional=if_readers,
            operators_conditional=if_operators,
            admins_conditional=if_admins,
            members_conditional=if_members,
            value=value,
            entry=_entry(sure, if_sure),
            severity=severity,
            reader=reader.principal,
            reader_techniques=reader.techniques,
            reader_effort=reader.effort,
        )
        for number, text, secret, value, severity, opening, way, reader, (
            certain,
            conditional,
            members,
            readers,
            operators,
            admins,
            if_readers,
            if_operators,
            if_admins,
            if_members,
            sure,
            if_sure,
        ) in zip(
            block,
            texts,
            secrets,
            values,
            severities,
            columns.openings,
            columns.ways,
            columns.ways_of_readers,
            counts,
            strict=True,
        )
    ]
    return [rows[place] for place in order]


def _order(
    texts: Sequence[str],
    values: Sequence[RiskValue],
    severities: Sequence[RiskSeverity | Literal[""]],
    columns: _Columns,
) -> list[int]:
    """Return the places of the rows: by severity, readers, value, all principals, effort, name.

    Admins reach everything: they come last, since each Secret has as many of them.
    """
    certain, conditional, readers, if_readers = columns.counts.columns(0, 1, _READERS, _IF_READERS)
    effort = np.array([way.effort for way in columns.ways], dtype=np.int32)
    worth = np.array([RISK_VALUES.index(value) for value in values], dtype=np.int32)
    ranks = {severity: rank for rank, severity in enumerate((*RISK_SEVERITIES, ""))}
    severity = np.array([ranks[one] for one in severities], dtype=np.int32)
    by_name = np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.int64)
    keys = effort, -conditional, -certain, worth, -if_readers, -readers, severity
    found: list[int] = by_name[np.lexsort([key[by_name] for key in keys])].tolist()
    return found


def _entry(sure: int, conditional: int) -> RiskEntry | Literal[""]:
    """Return the easiest entry to a reader, of one with a certain path if there is one."""
    level = sure or conditional
    return _ENTRY_NAMES[EntryLevel(level)] if level else ""


def _severity(value: RiskValue, sure: int, conditional: int) -> RiskSeverity | Literal[""]:
    """Return the severity by the easiest reader; by a conditional path it is one step less."""
    found = [
        severity_of(value, _ENTRY_NAMES[EntryLevel(level)], less)
        for less, level in enumerate((sure, conditional))
        if level
    ]
    return min(found, key=RISK_SEVERITIES.index) if found else ""


class _Table:
    """The table of all Secrets."""

    def __init__(self, graph: AccessGraph, principals: Principals, limits: PathFilter) -> None:
        self._graph = graph
        self._principals = principals
        self._limits = limits
        self._only_certain = limits.certain
        found = spreads(graph, principals, limits, at_once=True)
        self._sure, self._every, self._kept, self._sets, self._choices, _ = found
        self._spreads = found

    def columns(self) -> _Columns:
        """Return the columns; freed memory is returned between the steps that need much."""
        nodes = self._graph.nodes
        openings = self._openings()
        give_back()
        ways = self._ways()
        if not self._choices:
            self._sure.forget_searches()
            self._every.forget_searches()
        give_back()
        counts = self._counts
        give_back()
        admins = frozenset(named_node(nodes[n]) for n in self._reader_groups.sure_admins)
        return _Columns(ways, counts, openings, self._ways_of_readers(), admins)

    @cached_property
    def _reader_groups(self) -> ReaderGroups:
        people, numbers = BitMap(), distinct(self._reaching[1]).tolist()
        for start in range(0, len(numbers), _TOGETHER):
            some = map(self._sets.__getitem__, numbers[start : start + _TOGETHER])
            people = BitMap.union(people, *some)
        return ReaderGroups(self._graph, self._spreads, people)

    def _ways_of_readers(self) -> list[CheapestWay]:
        """Return the path of the lowest effort of a reader to each Secret, a certain one if any."""
        groups, found = self._reader_groups, [_NO_WAY] * len(self._numbers)
        for certain, count in ((True, _READERS), (False, _IF_READERS)):
            (some,) = self._counts.columns(count)
            left = [n for n in np.flatnonzero(some > 0).tolist() if found[n] is _NO_WAY]
            if left:
                closure = self._sure if certain else self._every
                others = groups.operators | groups.admins(certain=certain)
                ways = closure.ways_to(self._numbers[left].tolist(), without=others)
                for place, way in zip(left, ways, strict=True):
                    found[place] = way or _NO_WAY
                if closure is not self._every:
                    closure.forget_searches()
                give_back()
            if certain and self._choices:
                self._add_by_choices(found)
        return found

    def _add_by_choices(self, found: list[CheapestWay]) -> None:
        """Take readers with less effort of those who get there by each choice of versions.

        As in ``paths``, each has the path that is dearest among those of the choices.
        """
        nodes, groups, seen = self._numbers, self._reader_groups, set[tuple[int, int]]()
        others = groups.operators | groups.admins(certain=True)
        sure = self._sure.reaching(nodes)
        for together, certain in self._spreads.by_choices(nodes, sure):
            places: dict[int, list[int]] = {}
            pairs, which = np.unique(np.array([sure, certain]), axis=1, return_inverse=True)
            new = [self._sets[more] - self._sets[one] - others for one, more in pairs.T.tolist()]
            for place, pair in enumerate(which.reshape(-1).tolist()):
                for reader in new[pair]:
                    if (reader, place) not in seen:
                        seen.add((reader, place))
                        places.setdefault(reader, []).append(place)
            for reader, some in places.items():
                each = [choice.own_ways(reader, nodes[some].tolist()) for choice in together]
                for place, *ways in zip(some, *each, strict=True):
                    way = max(filter(None, ways), key=attrgetter("effort"))
                    if found[place] is _NO_WAY or way.effort < found[place].effort:
                        found[place] = way

    @cached_property
    def _numbers(self) -> Integers:
        return secret_nodes(self._graph)

    def _ways(self) -> list[CheapestWay]:
        """Return the path of the lowest effort found to each Secret, a certain one if any."""
        numbers = self._numbers.tolist()
        ways = dict(zip(numbers, self._sure.ways_to(numbers), strict=True))
        if self._every is not self._sure:
            left = [number for number, way in ways.items() if not way]
            ways.update(zip(left, self._every.ways_to(left), strict=True))
        if self._only_certain and self._choices:
            some = dict(zip(numbers, self._reaching[0].tolist(), strict=True))
            for choice in chain.from_iterable(self._choices):
                left = [number for number in numbers if some[number] and not ways[number]]
                ways.update(zip(left, choice.ways_to(left), strict=True))
        return [way or _NO_WAY for way in ways.values()]

    @cached_property
    def _reaching(self) -> tuple[Integers, Integers]:
        return self._spreads.reaching(self._numbers)

    @cached_property
    def _counts(self) -> _Counts:
        """The counts of :class:`_Columns` for each Secret."""
        sure, every = self._reaching
        span = int(every.max(initial=0)) + 1
        pairs = sure * span + every
        different = distinct(pairs)
        counts = [self._count(*divmod(pair, span)) for pair in different.tolist()]
        table = np.array(counts, dtype=np.int64).reshape(-1, _ENTRIES + 2)
        return _Counts(table, np.searchsorted(different, pairs))

    def _count(self, sure: int, every: int) -> tuple[int, ...]:
        certain, whole = self._sets.size(sure), self._sets.size(every)
        own, base = self._sets.own(every), self._sets.base(every)
        beside = self._beside((*(own & self._groups), *self._folded_groups), base)
        members = len(beside) - beside.intersection_cardinality(own)
        sure_members = members
        if sure != every:
            own_sure = self._sets.own(sure)
            surely = self._beside(
                (*(own_sure & self._groups), *self._folded_groups), self._sets.base(sure)
            )
            sure_members = (beside - own).intersection_cardinality(surely)
        groups = self._reader_groups
        conditional = groups.counts(every, certain=False).without(
            groups.counts(sure, certain=False)
        )
        easiest = (groups.easiest(sure, every, certain=one) or 0 for one in (True, False))
        return (
            certain,
            whole - certain,
            sure_members,
            *groups.counts(sure, certain=True),
            *conditional,
            members - sure_members,
            *easiest,
        )

    def _beside(self, groups: tuple[int, ...], base: BitMap) -> BitMap:
        """Return the members of groups, and of the groups in a base, without the base."""
        known = self._members_seen.get((groups, len(base)))
        if known is None:
            members = self._graph.membership.members
            known = BitMap.union(BitMap(), *(members[g] for g in groups if g in members))
            known &= self._principals.people
            if base:
                known = (known | self._beside(tuple(base & self._groups), BitMap())) - base
            self._members_seen[groups, len(base)] = known
        return known

    @cached_property
    def _members_seen(self) -> dict[tuple[tuple[int, ...], int], BitMap]:
        return {}

    @cached_property
    def _folded_groups(self) -> tuple[int, ...]:
        """The folded groups: system:masters, which reaches everything."""
        if KINDS["system-masters"] not in self._graph.kind[self._kept]:
            return ()
        folded = (start.principal for start in self._principals.folded)
        return tuple(n for n in folded if self._graph.nodes[n][0] == GROUP)

    @cached_property
    def _groups(self) -> BitMap:
        return BitMap(self._principals.groups)

    def _openings(self) -> list[tuple[str, ...]]:
        """Return for each Secret the kinds of technique that give it or a collection with it."""
        openings = self._openings_by(self._kept & self._every.used)
        if self._only_certain and self._choices:
            active = [one.allowed & one.used for one in chain(*self._choices)]
            more = self._openings_by(np.logical_or.reduce(active))
            some = self._reaching[0].tolist()
            openings = [
                one or (other if number else ())
                for one, other, number in zip(openings, more, some, strict=True)
            ]
        return openings

    def _openings_by(self, active: NDArray[np.bool_]) -> list[tuple[str, ...]]:
        kinds, places = opening_kinds(self._graph, active, self._numbers)
        ids = [tuple(EDGES[kind].id for kind in one) for one in kinds]
        return [ids[place] for place in places.tolist()]
