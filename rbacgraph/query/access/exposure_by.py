"""Answers ``exposure --by``: the pairs of principals and Secrets, grouped four ways."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rbacgraph.facts.value.secret_values import SecretValues
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.graph.principals import Principals
from rbacgraph.model.answers.exposure_by import ExposureByResult, ExposureGroup
from rbacgraph.model.answers.groupings import Grouping
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.model.node import PRINCIPALS, SECRET, format_node, named_node
from rbacgraph.query.access.reader_groups import ReaderGroups
from rbacgraph.query.arrays.path_filter import PathFilter, kind_numbers
from rbacgraph.query.closure.certain_and_possible import Closures, secret_nodes, spreads
from rbacgraph.query.subject.basis import basis_of
from rbacgraph.techniques.catalogue import EDGES, KINDS

Integers = NDArray[np.int64]
_STANDINGS = ("reader", "operator", "admin")
_LEVELS = tuple(reversed(ValueLevel))
_COLLECTIONS = 3
"""The levels of collections: everything, one kind, one namespace."""


def exposure_by(
    graph: AccessGraph,
    by: Grouping,
    *,
    namespace: str | None = None,
    certain: bool = False,
    without: Sequence[str] = (),
    system: bool = False,
) -> ExposureByResult:
    """Return who reaches which Secrets, by principal, namespace, last technique or binding.

    ``namespace``: only the Secrets of this namespace; all by default.
    ``certain``, ``without``, ``system``: see :func:`rbacgraph.query.access.exposure.exposure`.
    Raises UsageError if an edge kind is unknown.
    """
    limits = PathFilter(certain=certain, without=kind_numbers(without))
    principals = graph.principals_unfolded if system else graph.principals
    pairs = _Pairs(graph, principals, limits, namespace)
    made = {
        "principal": pairs.by_principal,
        "namespace": pairs.by_namespace,
        "technique": pairs.by_technique,
        "binding": pairs.by_binding,
    }
    return ExposureByResult(
        by=by,
        groups=tuple(sorted(made[by](), key=_order)),
        secrets=len(pairs.numbers),
        namespace=namespace or "",
        basis=basis_of(graph, limits),
    )


def _order(group: ExposureGroup) -> tuple[object, ...]:
    rank = _STANDINGS.index(group.standing) if group.standing else 0
    sure = not group.readers, -group.control, -group.high, -group.medium, -group.pairs
    maybe = (
        not group.readers_conditional,
        *(-group.control_conditional, -group.high_conditional, -group.medium_conditional),
        -group.pairs_conditional,
    )
    return rank, *sure, -group.secrets, *maybe, -group.conditional, group.name


class _Reached(NamedTuple):
    """For some Secrets the numbers of the sets that reach them, for certain and at all."""

    sure: Integers
    every: Integers


class _Values(NamedTuple):
    """How many Secrets of each value are reached for certain, and how many only on a condition."""

    certain: Sequence[int]
    conditional: Sequence[int]

    @property
    def sure(self) -> int:
        """How many are reached for certain."""
        return sum(self.certain)

    @property
    def maybe(self) -> int:
        """How many are reached only under a condition."""
        return sum(self.conditional)

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a row."""
        names = [level.name.lower() for level in _LEVELS]
        return {
            "secrets": self.sure,
            "conditional": self.maybe,
            **dict(zip(names, self.certain, strict=True)),
            **dict(zip((f"{n}_conditional" for n in names), self.conditional, strict=True)),
        }


class _Pairs:
    """The pairs of principals and Secrets."""

    def __init__(
        self,
        graph: AccessGraph,
        principals: Principals,
        limits: PathFilter,
        namespace: str | None,
    ) -> None:
        self._graph = graph
        self._limits = limits
        self._principals = principals
        self._found = spreads(graph, principals, limits)
        self._sets = self._found.sets
        every = secret_nodes(graph)
        if namespace is not None:
            kept = [graph.nodes[n][:2] == (SECRET, namespace) for n in every.tolist()]
            every = every[np.array(kept, dtype=bool)]
        self.numbers: Integers = every
        self._reached = _Reached(*self._found.reaching(every))
        people = self._united(self._reached.every)
        self._groups = ReaderGroups(graph, self._found, people)
        self._admins = frozenset(named_node(graph.nodes[n]) for n in self._groups.sure_admins)

    def _united(self, numbers: Integers) -> BitMap:
        return BitMap.union(BitMap(), *(self._sets[n] for n in np.unique(numbers).tolist()))

    @cached_property
    def _levels(self) -> Integers:
        """For each Secret the place of its value among the levels, the worst first."""
        worth = self._graph.world.part(SecretValues)
        nodes = (named_node(self._graph.nodes[number]) for number in self.numbers.tolist())
        places = {level: place for place, level in enumerate(_LEVELS)}
        found = [places[worth.of(node, self._admins).level] for node in nodes]
        return np.array(found, dtype=np.int64)

    # --- by principal and by binding -------------------------------------------------

    def by_principal(self) -> Iterator[ExposureGroup]:
        """Yield a row for each principal that reaches a Secret."""
        counts = self._counted(self._found, self._reached)
        techniques = self._techniques_of()
        for number in self._united(self._reached.every):
            standing = self._standing(number)
            found = _Values(*counts[:, :, number].tolist())
            reader = standing == "reader"
            maybe = reader and self._may_be_reader(number)
            yield ExposureGroup(
                name=format_node(self._graph.nodes[number]),
                standing=standing,
                **found.fields,
                readers=int(reader and found.sure > 0),
                principals=int(found.sure > 0),
                pairs=found.sure if reader else 0,
                techniques=tuple(one for one, people in techniques if number in people),
                readers_conditional=int(maybe and not found.sure),
                principals_conditional=int(not found.sure),
                pairs_conditional=found.maybe if maybe else 0,
            )

    def _may_be_reader(self, number: int) -> bool:
        """Whether a reader is one of what it reaches under a condition too."""
        return number not in self._groups.admins(certain=False)

    def _standing(self, number: int) -> str:
        if number in self._groups.operators:
            return "operator"
        return "admin" if number in self._groups.admins(certain=True) else "reader"

    def _counted(self, found: Closures, reached: _Reached) -> Integers:
        """Count for each node the Secrets by value: that it reaches for certain, then the others.

        What it reaches at all includes what it reaches for certain.
        """
        counts = np.zeros((2, len(_LEVELS), len(self._graph.nodes)), dtype=np.int64)
        rows = np.array([*reached, self._levels])
        different, times = np.unique(rows, axis=1, return_counts=True)
        for (sure, every, level), weight in zip(different.T.tolist(), times.tolist(), strict=True):
            counts[0, level, np.array(found.sets[sure], dtype=np.int64)] += weight
            counts[1, level, np.array(found.sets[every], dtype=np.int64)] += weight
        counts[1] -= counts[0]
        return counts

    def _techniques_of(self) -> list[tuple[str, BitMap]]:
        """Return the last techniques, each with the principals whose paths end by it."""
        return [(EDGES[kind].id, self._united(reached.every)) for kind, reached in self._by_kind()]

    def by_binding(self) -> Iterator[ExposureGroup]:
        """Yield a row for each binding that gives access to a Secret by itself."""
        graph, rbac = self._graph, self._graph.world.rbac
        every = zip(rbac.binding_nodes, rbac.bindings, strict=True)
        bindings = {graph.index[node]: one for node, (one, _) in every if node in graph.index}
        starting = _Starting(graph, list(bindings))
        found = spreads(graph, starting, self._limits)
        counts = self._counted(found, _Reached(*found.reaching(self.numbers)))
        bound_by = KINDS["bound-by"]
        for number, binding in bindings.items():
            given = _Values(*counts[:, :, number].tolist())
            edges = [
                edge
                for edge in graph.incoming.of(number)
                if graph.kind_of[edge] == bound_by and self._counts_as_subject(edge)
            ]
            subjects = BitMap(graph.source_of[edge] for edge in edges)
            if not (given.sure + given.maybe and subjects):
                continue
            bound = BitMap(graph.source_of[one] for one in edges if not graph.condition_of[one])
            evidence = rbac.evidence(binding, type(binding).__name__, "")
            place = f"{evidence.namespace}/" if evidence.namespace else ""
            yield ExposureGroup(
                name=f"{evidence.kind} {place}{evidence.name}",
                **given.fields,
                **self._of_subjects(bound, subjects, given),
                role=f"{binding.role_ref.kind} {binding.role_ref.name}",
                file=evidence.file,
                line=evidence.line,
            )

    def _of_subjects(self, bound: BitMap, every: BitMap, found: _Values) -> dict[str, Any]:
        """Count subjects, those bound for certain and all, by what the binding gives them."""
        sure = bound if found.sure else BitMap()
        readers = bound - self._groups.operators - self._groups.admins(certain=True)
        if_readers = every - self._groups.operators - self._groups.admins(certain=False)
        may, must = len(if_readers - bound), len(if_readers & bound)
        return {
            "readers": len(readers & sure),
            "principals": len(sure),
            "pairs": len(readers) * found.sure,
            "readers_conditional": len(if_readers - sure),
            "principals_conditional": len(every - sure),
            "pairs_conditional": must * found.maybe + may * (found.sure + found.maybe),
        }

    def _counts_as_subject(self, edge: int) -> bool:
        """Whether a principal that counts starts by a binding, rather than a folded one."""
        graph = self._graph
        return graph.nodes[graph.source_of[edge]][0] in PRINCIPALS and edge in self._own_edges

    @cached_property
    def _own_edges(self) -> frozenset[int]:
        return frozenset(self._principals.start_edges.tolist())

    # --- by namespace and by technique -----------------------------------------------

    def by_namespace(self) -> Iterator[ExposureGroup]:
        """Yield a row for each namespace with a Secret that somebody reaches."""
        nodes = (self._graph.nodes[number] for number in self.numbers.tolist())
        names = np.array([str(one[1]) if one[0] == SECRET else "" for one in nodes])
        by_kind = list(self._by_kind())
        for name in np.unique(names).tolist():
            here = names == name
            techniques = tuple(
                EDGES[kind].id for kind, reached in by_kind if reached.every[here].any()
            )
            yield from self._row(name, self._reached, here, techniques)

    def by_technique(self) -> Iterator[ExposureGroup]:
        """Yield a row for each technique with which paths to Secrets end."""
        everywhere = np.ones(len(self.numbers), dtype=bool)
        for kind, reached in self._by_kind():
            yield from self._row(EDGES[kind].id, reached, everywhere, ())

    def _row(
        self, name: str, reached: _Reached, here: NDArray[np.bool_], techniques: tuple[str, ...]
    ) -> Iterator[ExposureGroup]:
        sure, every, levels = (one[here] for one in (*reached, self._levels))
        if not every.any():
            return
        people, certain = self._united(every), self._united(sure)
        groups = self._groups
        readers = certain - groups.operators - groups.admins(certain=True)
        if_readers = people - certain - groups.operators - groups.admins(certain=False)
        found = _Values(
            np.bincount(levels[sure != 0], minlength=len(_LEVELS)).tolist(),
            np.bincount(levels[(every != 0) & (sure == 0)], minlength=len(_LEVELS)).tolist(),
        )
        pairs, if_pairs = self._reader_pairs(sure, every)
        yield ExposureGroup(
            name=name,
            **found.fields,
            readers=len(readers),
            principals=len(certain),
            pairs=pairs,
            techniques=techniques,
            readers_conditional=len(if_readers),
            principals_conditional=len(people - certain),
            pairs_conditional=if_pairs,
        )

    def _reader_pairs(self, sure: Integers, every: Integers) -> tuple[int, int]:
        """Count the pairs of readers, certain ones and the others."""
        groups, certain, conditional = self._groups, 0, 0
        different, times = np.unique(np.array([sure, every]), axis=1, return_counts=True)
        for (one, whole), weight in zip(different.T.tolist(), times.tolist(), strict=True):
            certain += weight * groups.counts(one, certain=True).readers
            more = groups.counts(whole, certain=False).readers
            conditional += weight * (more - groups.counts(one, certain=False).readers)
        return certain, conditional

    def _by_kind(self) -> Iterator[tuple[int, _Reached]]:
        """Yield each last technique with who reaches which Secrets by it."""
        for kind in self._kinds.tolist():
            sure, every = (self._ending_by(kind, certain=certain) for certain in (True, False))
            every = self._found.including(sure, every, self._found.every)
            if every.any():
                yield kind, _Reached(sure, every)

    @cached_property
    def _concerned(self) -> Integers:
        """The Secrets, and the collections that hold them."""
        graph = self._graph
        contains = graph.kind == KINDS["contains"]
        nodes = self.numbers
        for _ in range(_COLLECTIONS):
            edges = graph.incoming.of_all(nodes)
            nodes = np.union1d(nodes, graph.source[edges[contains[edges]]])
        return nodes

    @cached_property
    def _kinds(self) -> Integers:
        """The techniques that give Secrets or collections of them."""
        edges = self._graph.incoming.of_all(self._concerned)
        return np.unique(self._graph.kind[edges[self._graph.efforts[edges] > 0]])

    def _ending_by(self, kind: int, *, certain: bool) -> Integers:
        """Return for each Secret the set that reaches it by a last technique of one kind."""
        graph, closure = self._graph, self._found.sure if certain else self._found.every
        edges = graph.incoming.of_all(self._concerned)
        edges = edges[self._found.kept[edges]]
        edges = edges[graph.condition[edges] == 0] if certain else edges
        inner = edges[graph.kind[edges] == KINDS["contains"]]
        starts = self._principals.start_edges
        found = closure.reaching_over(edges[graph.kind[edges] == kind], starts)
        for _ in range(_COLLECTIONS):
            numbers = found[graph.source[inner]]
            held = numbers != 0
            nodes = self._concerned
            owners = np.concatenate([graph.target[inner][held].astype(np.int64), nodes])
            numbers = np.concatenate([numbers[held], found[nodes]])
            ends, united = self._sets.gather(owners, numbers)
            found[ends] = united
        return found[self.numbers]


class _Starting(Principals):
    """Bindings in the place of principals: where what each gives begins."""

    def __init__(self, graph: AccessGraph, bindings: Sequence[int]) -> None:
        super().__init__(graph, system=False)
        self._bindings = bindings

    @cached_property
    def groups(self) -> Sequence[int]:
        """No group: a binding is a member of none."""
        return ()

    @cached_property
    def start_edges(self) -> Integers:
        """The edges from the bindings to their roles."""
        edges = self._graph.outgoing.of_all(np.array(self._bindings, dtype=np.int64))
        kept: Integers = edges[self._graph.kind[edges] == KINDS["grants"]]
        return kept
