"""The parts of an edge kind: a small declaration and a pure function.

An edge A → B means: an attacker who controls A obtains B. An *object edge* reads objects; a *rule
edge* needs one PolicyRule at a scope. A *structural* edge is no technique: it has no effort and is
no hop, only evidence of one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from rbacgraph.authz.match import ALL, api_group_matches, resource_matches, verb_matches
from rbacgraph.facts.custom_resources.row import CustomResourceRow
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import NamingRule, PolicyRule
from rbacgraph.model.node import EACH_NAMESPACE, GraphNode, Node

_T = TypeVar("_T")
_FEW = 8
"""So many rights are tried one by one."""

End = GraphNode | int
"""A node, or its number in :attr:`Facts.index` if it is known: numbers are faster."""

Edge = tuple[End, End, object, Condition]
"""Source, target, basis (read back by ``explain``), condition or ``CERTAIN``."""


@dataclass
class EdgeBlock:
    """Edges as columns, for a kind with one edge for every Pod, Secret or binding.

    An iterator of :data:`Edge` says the same, in three times the time. Without ``basis``, every
    edge has the basis None; ``conditions`` are by position, if any.
    """

    sources: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    basis: Sequence[object] = ()
    conditions: dict[int, Condition] = field(default_factory=dict)


def each(edges: EdgeBlock | Iterable[Edge]) -> Iterator[Edge]:
    """Yield edges one by one, from either form."""
    if not isinstance(edges, EdgeBlock):
        yield from edges
        return
    for place, (source, target) in enumerate(zip(edges.sources, edges.targets, strict=True)):
        basis = edges.basis[place] if edges.basis else None
        yield source, target, basis, edges.conditions.get(place, CERTAIN)


Target = tuple[Node, Condition]
"""What has a name, and the condition on which it is had."""

RuleTarget = tuple[GraphNode, Condition]
"""Target of a rule edge and its condition: a token of a store has a key in place of a name."""

ResourceKey = tuple[str, str]
"""An API group, and a resource with its subresource, as rules write them."""

Explanation = tuple[str, tuple[Evidence, ...]]
"""The technique in words, without its subject, and its evidence."""


@dataclass(frozen=True, kw_only=True)
class EdgeKind:
    """The fields of all edge kinds.

    ``id``: lower-case words with dashes.
    ``summary``: one line: what control of the source gives.
    ``effort``: the effort of the technique for an attacker, relative to 1 for one read through the
        API; 0 for a structural edge. Only the order matters: how many steps it has, whether it
        leaves traces, and what else must succeed. 1: an everyday request. 2: one request that
        stands out in an audit log. 3: a slip breaks something or shows. 4 to 7: something is
        created or changed, and remains visible. 6 and 7 also depend on what is found there. 7 and 8
        depend on time and on others' actions.
    ``certainty``: ``certain``, or in words what may make the edge conditional.
    ``rows``: what it reads in the table of custom resources; ``explain`` lists it.
    """

    id: str
    summary: str
    effort: int
    certainty: str = "certain"
    rows: Sequence[CustomResourceRow] = ()

    @property
    def structural(self) -> bool:
        """Whether the edge is no technique of its own."""
        return self.effort == 0


@dataclass(frozen=True, kw_only=True)
class ObjectEdge(EdgeKind):
    """An edge that only objects decide."""

    edges: Callable[[Facts], Iterable[Edge] | EdgeBlock]
    explain: Callable[[Facts, Node, Node, object], Explanation]


class Right(NamedTuple):
    """Verbs on one resource, as the API server checks them."""

    verbs: tuple[str, ...]
    group: str
    resource: str
    subresource: str = ""

    def verbs_in(self, rule: PolicyRule) -> tuple[str, ...]:
        """Return the verbs that ``rule`` grants on the resource."""
        if not api_group_matches(rule, self.group):
            return ()
        if isinstance(rule, NamingRule) and (self.subresource or "create" not in self.verbs):
            return ()
        if not resource_matches(rule, self.resource, self.subresource):
            return ()
        return tuple(verb for verb in self.verbs if verb_matches(rule, verb))

    def part_of(self, rule: PolicyRule) -> PolicyRule:
        """Return what the right is of a rule that may hold more."""
        names = rule.resource_names
        return PolicyRule(self.verbs_in(rule), (self.group,), (self.full_resource,), names)

    @property
    def full_resource(self) -> str:
        """``resource`` or ``resource/subresource``."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    @property
    def key(self) -> ResourceKey:
        """The group with :attr:`full_resource`."""
        return self.group, self.full_resource

    @property
    def named_by(self) -> tuple[str, ...]:
        """Return entries: a rule must have one of them to include the resource, or ``*``.

        ``*`` stands for a right on any resource.
        """
        each = (f"{ALL}/{self.subresource}",) if self.subresource else ()
        return self.full_resource, *each

    @property
    def of_any(self) -> bool:
        """Whether it is a right on any resource."""
        return ALL in self.named_by


class RightIndex(Generic[_T]):
    """Finds things that need some right a rule may give; few of many do."""

    def __init__(self, things: Iterable[tuple[_T, Iterable[Right]]]) -> None:
        self._things: list[_T] = []
        self._of_any: list[int] = []
        self._places: dict[ResourceKey, list[int]] = {}
        for place, (thing, rights) in enumerate(things):
            self._things.append(thing)
            named = {(right.group, name) for right in rights for name in right.named_by}
            if any(name == ALL for _, name in named):
                self._of_any.append(place)
            for group, name in named:
                for key in ((group, name), (ALL, name), (group, ALL)):
                    places = self._places.setdefault(key, [])
                    if place not in places[-1:]:
                        places.append(place)

    def of(self, rule: PolicyRule) -> Sequence[_T]:
        """Return the things that may get a right from a rule, in their own order."""
        resources, groups = rule.resources or (), rule.api_groups or ()
        if not resources:
            return ()
        if ALL in resources and ALL in groups:
            return self._things
        places = set(self._of_any)
        for group in (ALL,) if ALL in groups else groups:
            for name in (ALL,) if ALL in resources else resources:
                places.update(self._places.get((group, name), ()))
        return [self._things[place] for place in sorted(places)]


class Match(NamedTuple):
    """What one rule gives of a rule edge's rights; no names means any name.

    ``by_name`` says that only requests with a name count, whatever name it is.
    """

    verbs: tuple[str, ...]
    keys: tuple[ResourceKey, ...]
    names: tuple[str, ...]
    by_name: bool = False

    @property
    def resources(self) -> tuple[str, ...]:
        """The resources without their groups, each once: several groups may share one."""
        return tuple(dict.fromkeys(resource for _, resource in self.keys))

    @property
    def nameless(self) -> bool:
        """Whether requests without a name are allowed: no names, or the empty one.

        Source: ``ResourceNameMatches`` in kubernetes
        ``pkg/apis/rbac/v1/evaluation_helpers.go``.
        """
        return not self.by_name and (not self.names or "" in self.names)

    @property
    def exact_names(self) -> tuple[str, ...]:
        """Return the names that a request with a name may carry, sorted."""
        return tuple(sorted({name for name in self.names if name}))


def _nothing_else(_world: Facts, _target: GraphNode) -> Iterable[Evidence]:
    return ()


@dataclass(frozen=True, kw_only=True)
class RuleEdge(EdgeKind):
    """An edge that one PolicyRule at a scope decides.

    ``rights``: any of these is enough.
    ``targets``: returns the targets and their conditions, from the world, the scope (a namespace,
        or ``""`` for everywhere) and what the rule gives.
    ``words``: the technique in words, from the scope and what the rule gives.
    ``impersonated``: whether a header identity can use the right; headers do not nest.
    ``cluster_scoped``: whether the resource is cluster-scoped, so that a RoleBinding gives nothing.
    ``cluster_keys``: those of several resources that are cluster-scoped.
    ``evidence``: yields what else than the rule shows that it leads to a target.
    """

    rights: tuple[Right, ...]
    targets: Callable[[Facts, str, Match], Iterable[RuleTarget]]
    words: Callable[[str, Match], str]
    impersonated: bool = True
    cluster_scoped: bool = False
    cluster_keys: frozenset[ResourceKey] = frozenset()
    evidence: Callable[[Facts, GraphNode], Iterable[Evidence]] = _nothing_else

    def given(self, world: Facts, scope: str, match: Match) -> Iterable[RuleTarget]:
        """Return what a grant at a scope gives by what its rule matches."""
        left = self.inside(match) if scope else match
        within = "" if scope == EACH_NAMESPACE else scope
        return self.targets(world, within, left) if left else ()

    def inside(self, match: Match) -> Match | None:
        """Return the part of a match that RoleBindings give, or None."""
        if self.cluster_scoped:
            return None
        if self.cluster_keys.isdisjoint(match.keys):
            return match
        keys = tuple(key for key in match.keys if key not in self.cluster_keys)
        return match._replace(keys=keys) if keys else None

    def match(self, rule: PolicyRule) -> Match | None:
        """Return the part of the rights that ``rule`` gives, or None.

        Examples
        --------
        >>> from rbacgraph.techniques.running_pods.exec import EDGE
        >>> rule = PolicyRule(verbs=("create",), api_groups=("",), resources=("*/exec",))
        >>> EDGE.match(rule).resources
        ('pods/exec',)
        """
        may = self._index.of(rule) if len(self.rights) > _FEW else self.rights
        held = [(right, verbs) for right in may if (verbs := right.verbs_in(rule))]
        if not held:
            return None
        return Match(
            verbs=tuple(dict.fromkeys(verb for _, verbs in held for verb in verbs)),
            keys=tuple(dict.fromkeys(right.key for right, _ in held)),
            names=rule.resource_names or (),
            by_name=isinstance(rule, NamingRule),
        )

    def first_held(self, rule: PolicyRule, match: Match) -> Right:
        """Return the first of the rights that ``rule`` gives, of those of its match."""
        held = (right for right in self._index.of(rule) if right.key in match.keys)
        return next(right for right in held if right.verbs_in(rule))

    @cached_property
    def _index(self) -> RightIndex[Right]:
        return RightIndex((right, (right,)) for right in self.rights)


def where(scope: str) -> str:
    """Return a scope in words: ``in shop`` or ``in every namespace``."""
    return "in every namespace" if scope in {"", EACH_NAMESPACE} else f"in {scope}"


def listed(words: Iterable[str]) -> str:
    """Join words for a sentence.

    Examples
    --------
    >>> listed(["get", "list"])
    'get, list'
    """
    return ", ".join(words)
