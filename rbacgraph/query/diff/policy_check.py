"""Answers ``check``: who reaches Secrets beyond what a policy allows."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import translate
from functools import cached_property

import numpy as np
from pyroaring import BitMap

from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.world import Facts
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers import policy_check
from rbacgraph.model.node import EXTERNAL_SECRETS, SECRET, Node, format_node, is_named
from rbacgraph.query.arrays.path_filter import PathFilter, kind_numbers
from rbacgraph.query.diff.gained_admins import ClusterAdmins
from rbacgraph.query.diff.gained_pairs import Gain, People, Side
from rbacgraph.query.diff.shared_collections import Lead, leads_of
from rbacgraph.query.diff.witness_tracer import Tracer
from rbacgraph.query.subject.basis import basis_of

_MAGIC = re.compile(r"[*?\[]")


def check(
    graph: AccessGraph,
    policy: policy_check.Policy,
    *,
    today: str,
    known: policy_check.Baseline | None = None,
    certain: bool = False,
    without: Sequence[str] = (),
    system: bool = False,
) -> policy_check.CheckResult:
    """Return who reaches Secrets against the policy.

    ``today``: the day to compare ``until`` with, as ``2026-12-31``.
    ``known``: known findings, which the answer leaves out.
    ``certain``: whether to leave out conditional paths.
    They have a path of their own, and are not allowed and in no allowed group.
    """
    limits = PathFilter(certain=certain, without=kind_numbers(without))
    side = Side(graph, limits, People(), system=system)
    asked = _Asked(side, policy, today, known.pairs if known else {})
    tracer = Tracer(side, {})
    found = [
        one for lead in leads_of(side, asked.gains(), {}) for one in _excesses(side, tracer, lead)
    ]
    admins, known_admins = _admins(side, policy, known.admins if known else {})
    met = asked.known_pairs + known_admins
    return policy_check.CheckResult(
        policy=policy.file,
        today=today,
        findings=tuple(sorted(found, key=_gravity)),
        expired=tuple(_expired(e) for e in policy.entries if e.expired(today)),
        unmatched=tuple(asked.unmatched()),
        secrets=len(side.secrets),
        without_entry=tuple(asked.without_entry),
        default=policy.default,
        known=met.now[True],
        known_conditional=met.now[False],
        gone=known.number(certain=True) - met.before[True] if known else 0,
        gone_conditional=known.number(certain=False) - met.before[False] if known else 0,
        admins=admins,
        wide=policy.wide,
        basis=basis_of(graph, limits),
    )


class _Met:
    """Counts what a baseline knows, by whether it is certain now, and by whether it was."""

    def __init__(self) -> None:
        self.now: Counter[bool] = Counter()
        self.before: Counter[bool] = Counter()

    def add(self, people: BitMap, surely: BitMap, *, certain: bool) -> None:
        """Count principals that are known; and those of them that are known for certain."""
        self.now[certain] += len(people)
        self.before[True] += len(people & surely)
        self.before[False] += len(people - surely)

    def __add__(self, other: "_Met") -> "_Met":
        found = _Met()
        found.now.update(self.now + other.now)
        found.before.update(self.before + other.before)
        return found


def _gravity(found: policy_check.Excess) -> tuple[object, ...]:
    return not found.certain, -found.pairs, found.path.effort, found.principals, found.secrets


def _expired(entry: policy_check.PolicyEntry) -> policy_check.Expired:
    return policy_check.Expired(
        secrets=entry.secrets,
        allow=entry.allow,
        until=entry.until,
        reason=entry.reason,
        line=entry.line,
    )


def _excesses(side: Side, tracer: Tracer, lead: Lead) -> Iterator[policy_check.Excess]:
    """Yield the findings through one node, alike principals together."""
    wanted = lead.by_person()
    alike: dict[tuple[bytes, tuple[int, ...]], tuple[list[str], Sequence[int]]] = {}
    for person, way in tracer.ways(lead, wanted):
        key = wanted[person].serialize(), tracer.tail(way)
        names, _ = alike.setdefault(key, ([], way))
        names.append(format_node(side.people.nodes[person]))
    for (numbers, _), (principals, way) in alike.items():
        secrets, path = tracer.path(lead, way, BitMap.deserialize(numbers))
        yield policy_check.Excess(
            principals=tuple(principals),
            secrets=secrets,
            certain=lead.certain,
            path=path,
        )


def _admins(
    side: Side, policy: policy_check.Policy, known: Mapping[str, bool]
) -> tuple[tuple[policy_check.ExcessAdmin, ...], _Met]:
    """Return who is effectively cluster-admin against the policy; and how many are known to be."""
    met = _Met()
    if policy.admins is None:
        return (), met
    asked = ClusterAdmins(side)
    allowed = side.with_members(_Named(side)(policy.admins))
    sure, every = (asked.own(certain=certain) for certain in (True, False))
    found: dict[tuple[bool, tuple[int, ...]], tuple[list[str], Sequence[int]]] = {}
    # As in `admins`: whose group is it for certain counts as a member.
    conditional = every - side.with_members(sure) - allowed
    possible = asked.ways_at_all(conditional)
    certainly = asked.certain_of(possible)
    sure = (sure | certainly) - allowed
    for certain, people in ((True, sure), (False, conditional - certainly)):
        names = {person: format_node(side.people.nodes[person]) for person in people}
        old = BitMap(
            one
            for one, name in names.items()
            if known.get(name, False) or (name in known and not certain)
        )
        met.add(old, BitMap(one for one in old if known[names[one]]), certain=certain)
        left = people - old
        ways = asked.ways(left, certain=True) if certain and left else possible.items()
        for person, way in ways:
            if person in left:
                alike, _ = found.setdefault((certain, asked.tail(way)), ([], way))
                alike.append(names[person])
    excesses = (
        policy_check.ExcessAdmin(
            principals=tuple(principals),
            certain=certain,
            way=asked.explain(way, certain=certain),
        )
        for (certain, _), (principals, way) in found.items()
    )
    return tuple(sorted(excesses, key=_admin_gravity)), met


def _admin_gravity(found: policy_check.ExcessAdmin) -> tuple[object, ...]:
    return not found.certain, found.way.effort, found.principals


class _Asked:
    """The policy applied to one cluster."""

    def __init__(
        self, side: Side, policy: policy_check.Policy, today: str, known: policy_check.KnownPairs
    ) -> None:
        self._side = side
        self._policy = policy
        self._valid = [not entry.expired(today) for entry in policy.entries]
        nodes = {node: n for n in side.secrets.values() if is_named(node := side.graph.nodes[n])}
        self._names = {number: format_node(node) for node, number in nodes.items()}
        self._matched = [_Matched(entry, side.graph.world, nodes) for entry in policy.entries]
        self._known = self._by_secret(known)
        self._allowed: dict[tuple[int, ...], BitMap] = {}
        self.known_pairs = _Met()

    def _by_secret(self, known: policy_check.KnownPairs) -> dict[str, tuple[BitMap, BitMap]]:
        """Return by Secret the principals known to reach it, certainly and at all."""
        numbers = {format_node(node): n for n, node in enumerate(self._side.people.nodes)}
        found: dict[str, tuple[BitMap, BitMap]] = {}
        for (principal, secret), certain in known.items():
            number = numbers.get(principal)
            if number is not None:
                sure, every = found.setdefault(secret, (BitMap(), BitMap()))
                every.add(number)
                if certain:
                    sure.add(number)
        return found

    def gains(self) -> Iterator[Gain]:
        """Yield who reaches each Secret against the policy."""
        side = self._side
        numbers = np.fromiter(side.secrets.values(), dtype=np.int64, count=len(side.secrets))
        sure, every = (side.reaching(numbers, certain=c).tolist() for c in (True, False))
        memory: dict[tuple[int, int, tuple[int, ...]], tuple[BitMap, BitMap]] = {}
        for secret, own_sure, own_every in zip(numbers.tolist(), sure, every, strict=True):
            applied = self._entries_of[secret]
            if not applied and self._policy.default == "allow":
                continue
            wanted = own_sure, own_every, applied
            found = memory.get(wanted)
            if found is None:
                allowed = self._allow(applied)
                for_sure = side.own(own_sure)
                found = for_sure - allowed, side.own(own_every) - for_sure - allowed
                memory[wanted] = found
            yield from self._beyond_known(secret, *found)

    def _beyond_known(self, secret: int, sure: BitMap, conditional: BitMap) -> Iterator[Gain]:
        name = self._names[secret]
        if name in self._known:
            known_sure, known_any = self._known[name]
            self.known_pairs.add(sure & known_sure, known_sure, certain=True)
            self.known_pairs.add(conditional & known_any, known_sure, certain=False)
            sure, conditional = sure - known_sure, conditional - known_any
        if sure:
            yield Gain(secret, True, "none", sure)
        if conditional:
            yield Gain(secret, False, "none", conditional)

    @cached_property
    def _entries_of(self) -> dict[int, tuple[int, ...]]:
        """By Secret the entries that cover it, expired ones too."""
        return {
            secret: tuple(n for n, matched in enumerate(self._matched) if secret in matched.secrets)
            for secret in self._names
        }

    @cached_property
    def without_entry(self) -> list[str]:
        """The Secrets that no entry covers."""
        found = (secret for secret, entries in self._entries_of.items() if not entries)
        return sorted(self._names[secret] for secret in found)

    def unmatched(self) -> Iterator[policy_check.Unmatched]:
        """Yield the patterns that match no Secret."""
        for entry, matched in zip(self._policy.entries, self._matched, strict=True):
            for pattern in matched.empty:
                yield policy_check.Unmatched(pattern, entry.line)

    def _allow(self, entries: tuple[int, ...]) -> BitMap:
        """Return who may, by valid entries, including members of allowed groups."""
        known = self._allowed.get(entries)
        if known is None:
            several = (self._allowed_by[n] for n in entries if self._valid[n])
            known = self._allowed[entries] = BitMap.union(BitMap(), *several)
        return known

    @cached_property
    def _allowed_by(self) -> list[BitMap]:
        named = _Named(self._side)
        return [
            self._side.with_members(named(entry.allow)) - named(entry.except_principals)
            for entry in self._policy.entries
        ]


class _Named:
    """Finds the principals of one side that patterns match."""

    def __init__(self, side: Side) -> None:
        names = map(format_node, side.people.nodes)
        self._numbers = {name: number for number, name in enumerate(names)}

    def __call__(self, patterns: Iterable[str]) -> BitMap:
        found = BitMap()
        for pattern in patterns:
            if _MAGIC.search(pattern):
                matches = re.compile(translate(pattern)).match
                found.update(number for name, number in self._numbers.items() if matches(name))
            elif pattern in self._numbers:
                found.add(self._numbers[pattern])
        return found


class _Matched:
    """The Secrets that an entry covers, and its patterns without a match."""

    def __init__(
        self, entry: policy_check.PolicyEntry, world: Facts, secrets: Mapping[Node, int]
    ) -> None:
        def matching(pattern: str) -> set[int]:
            return {secrets[node] for node in _matching(pattern, world, secrets)}

        found = {pattern: matching(pattern) for pattern in entry.secrets}
        left_out = {secret for one in entry.except_secrets for secret in matching(one)}
        self.secrets = {secret for several in found.values() for secret in several} - left_out
        self.empty = [pattern for pattern, several in found.items() if not several]


def _matching(pattern: str, world: Facts, secrets: Mapping[Node, int]) -> Iterable[Node]:
    kind, colon, path = pattern.partition(":")
    if colon and kind in EXTERNAL_SECRETS:
        return world.part(ExternalSecrets).called(kind, path)
    namespace, _, name = pattern.rpartition("/")
    if not _MAGIC.search(pattern):
        return secrets.keys() & {(SECRET, namespace, name)}
    in_namespace, named = (re.compile(translate(part)).match for part in (namespace, name))
    return [
        node for node in secrets if node[0] == SECRET and in_namespace(node[1]) and named(node[2])
    ]
