"""Compound rights: the parts of techniques that need several rights.

A compound right is what one identity may do, by one rule or by several rules in one request. It is
a node, ``ability:shop/create-secret``: grants and identities lead to it, and a conjunction
(:class:`rbacgraph.techniques.spec.conjunction.Conjunction`) needs one or more of them. Its name is
empty if it holds for any name: a right that holds everywhere, or for any name, holds in each
namespace and for each name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from rbacgraph.facts.object_names import may_be_made
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole
from rbacgraph.model.node import ABILITY, EACH_NAMESPACE, GraphNode
from rbacgraph.model.node_keys import NamedRight, RightName, RoleName
from rbacgraph.techniques.spec.technique import Match, Right


class HeldRight(NamedTuple):
    """A rule that gives one of a compound right's rights.

    ``right``, ``match``: the right, and which part of it the rule gives.
    ``scope``: its namespace, ``""`` for everywhere, ``EACH_NAMESPACE`` for all namespaces without
        the cluster-scoped resources.
    ``role``, ``number``: the role and the index of the rule.
    ``binding``: the binding through which an identity holds it; None for a grant itself.
    """

    right: Right
    match: Match
    scope: str
    role: AnyRole
    number: int
    binding: AnyBinding | None = None


HeldRights = Mapping[Right, Sequence[HeldRight]]
"""The held rights of an identity; rights that it lacks are absent."""


Used = HeldRight | Evidence
"""The support of a compound right: a rule, or an object that must be deleted first."""


class FoundRight(NamedTuple):
    """A held compound right: its scope, its name (``""``: any), and the rules."""

    scope: str
    name: RightName
    uses: tuple[Used, ...]
    condition: Condition = CERTAIN


class EqualRules(NamedTuple):
    """Rules of a role, given as equal rules of another role that holds in another scope."""

    uses: tuple[Used, ...]
    role: AnyRole
    scope: str


Uses = tuple[Used, ...] | EqualRules
"""The supporting rules."""


def uses_of(basis: object) -> Iterator[HeldRight | AnyBinding | Evidence]:
    """Yield the rules and other support of an edge to a compound right."""
    if isinstance(basis, EqualRules):
        for use in basis.uses:
            if isinstance(use, HeldRight):
                yield use._replace(role=basis.role, scope=basis.scope)
            else:
                yield use
    elif isinstance(basis, tuple):
        yield from basis


def always(_world: Facts) -> bool:
    """Want a compound right in every cluster."""
    return True


def _anywhere(_world: Facts, _namespace: str) -> Condition:
    return CERTAIN


def _any(_world: Facts, _right: Right) -> bool:
    return True


@dataclass(frozen=True, kw_only=True, eq=False)
class CompoundRight:
    """One kind of compound right.

    ``id``: lower-case words with dashes, the name of its nodes.
    ``needs``: rights, at least one of them necessary; by default all rights.
    ``found``: returns the scopes and names of the right that an identity holds. One result may
        include another: the widest is kept.
    ``joint``: whether it may need several rules of one identity in one request, so that rules of
        different bindings and groups must be combined.
    ``together``: its bodies: each is a set of rights, all needed, with one rule enough for each.
        Without those that one rule is.
    ``alone``: the rights among them for which one rule without names is enough.
    ``apart``: the rights among them for requests of their own, such as the delete that frees a
        name: another identity of the attacker may make these.
    ``impersonated``: whether a header identity can use it; headers do not nest.
    ``objects``: from the world to what has it without any right: where and for which name, and who.
    ``inside``: from the world and a namespace to the condition under which somebody has it there
        who has it everywhere.
    ``wanted``: decides whether any edge may need it; if not, it is skipped.
    ``heeds``: decides whether a right matters in the cluster.
    ``cluster_scoped``: whether it needs a right on a cluster-scoped resource, which a RoleBinding
        does not give.
    """

    id: str
    rights: tuple[Right, ...]
    found: Callable[[Facts, HeldRights], Iterable[FoundRight]]
    needs: tuple[Right, ...] = ()
    joint: bool = False
    together: tuple[tuple[Right, ...], ...] = ()
    alone: tuple[Right, ...] = ()
    apart: tuple[Right, ...] = ()
    impersonated: bool = True
    objects: Callable[[Facts], Iterable[tuple["Key", "Holder"]]] | None = None
    inside: Callable[[Facts, str], Condition] = _anywhere
    wanted: Callable[[Facts], bool] = always
    heeds: Callable[[Facts, Right], bool] = _any
    cluster_scoped: bool = False

    def node(self, scope: str, name: RightName = "") -> GraphNode:
        return ABILITY, scope, NamedRight(self.id, name)

    def narrowed(self, world: Facts, wide: str, scope: str) -> Condition:
        """Condition under which somebody who has it in a wider scope has it in a scope.

        Who has it in each namespace is bound in each, by a RoleBinding that is created there.
        """
        if wide == scope or scope in {"", EACH_NAMESPACE}:
            return CERTAIN
        bound = world.identities.binding.get(scope, CERTAIN) if wide == EACH_NAMESPACE else CERTAIN
        return both(self.inside(world, scope), bound)


def by_one_rule(
    names: Callable[[Facts, str, Match], Iterable[str]],
) -> Callable[[Facts, HeldRights], Iterator[FoundRight]]:
    """Return a function that finds a compound right given by any one of its rights.

    ``names``: returns the names for which a rule is useful: ``""`` for any, nothing for none.
    """

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        for holding in (one for holdings in held.values() for one in holdings):
            for name in names(world, holding.scope, holding.match):
                yield FoundRight(holding.scope, name, (holding,))

    return found


def where_allowed(
    holdings: Iterable[HeldRight], allows: Callable[[HeldRight], Condition | None]
) -> Iterator[FoundRight]:
    """Yield a right for each rule that gives it, for any name.

    ``allows``: returns the condition on which a rule gives it; None if it does not.
    """
    for holding in holdings:
        condition = allows(holding)
        if condition is not None:
            yield FoundRight(holding.scope, "", (holding,), condition)


def nameless(_world: Facts, _scope: str, match: Match) -> Iterator[str]:
    """Accept a rule that allows requests without a name, such as a POST."""
    if match.nameless:
        yield ""


def names_of(match: Match) -> tuple[str, ...]:
    """Return the names that requests with a name may carry; ``""`` alone stands for any.

    Examples
    --------
    >>> names_of(Match(("get",), (), ())), names_of(Match(("get",), (), ("a",)))
    (('',), ('a',))
    """
    return match.exact_names if match.names else ("",)


def cluster_wide(holdings: Iterable[HeldRight]) -> list[HeldRight]:
    """Return the rules that hold everywhere: others have no effect on cluster-scoped resources."""
    return [holding for holding in holdings if not holding.scope]


def meet(first: str, second: str) -> str | None:
    """Return the intersection of two scopes; None if it is empty.

    Examples
    --------
    >>> meet("", "shop"), meet(EACH_NAMESPACE, "shop"), meet("shop", "payments")
    ('shop', 'shop', None)
    """
    for wide in ("", EACH_NAMESPACE):
        if first == wide:
            return second
        if second == wide:
            return first
    return first if first == second else None


def wider_scopes(scope: str) -> tuple[str, ...]:
    """Return a scope and all wider ones, the narrowest first.

    Examples
    --------
    >>> wider_scopes("shop"), wider_scopes(EACH_NAMESPACE), wider_scopes("")
    (('shop', '*', ''), ('*', ''), ('',))
    """
    if scope in {"", EACH_NAMESPACE}:
        return (EACH_NAMESPACE, "") if scope else ("",)
    return scope, EACH_NAMESPACE, ""


def common_names(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """Return the common names of two lists, where ``""`` stands for any name.

    Examples
    --------
    >>> common_names([""], ["a", "b"]), common_names(["a", "c"], ["a", "b"])
    (['a', 'b'], ['a'])
    """
    one, other = dict.fromkeys(first), dict.fromkeys(second)
    if "" in one:
        return list(other)
    if "" in other:
        return list(one)
    return [name for name in one if name in other]


def destroyed(world: Facts, kind: str, namespace: str, name: str) -> Evidence:
    """Return the evidence of an object whose name is taken, and that is deleted first."""
    found: Object | None = None
    if kind == "Secret":
        found = world.secrets.get((namespace, name))
    elif kind == "Pod" and (runner := world.running.runner(namespace, name)):
        found = runner.obj
    file, line = world.snapshot.where(found) if found else ("", 0)
    detail = f"is destroyed first{'' if found else ', if it exists'}, as it has the name"
    return Evidence(kind, namespace, name, file, line, detail=detail)


def used_by_name(holdings: Iterable[HeldRight]) -> Iterator[FoundRight]:
    """Yield the scopes and names in which rules give a right; ``""`` for any name."""
    for holding in holdings:
        for name in names_of(holding.match):
            yield FoundRight(holding.scope, name, (holding,))


def names_made(world: Facts, *uses: HeldRight) -> list[str]:
    """Return the names by which rules together let an object of the first's kind be created.

    ``""`` alone stands for any name that such an object may have.
    """
    names = [""]
    for use in uses:
        names = common_names(names, names_of(use.match))
    return [name for name in names if may_be_made(world, uses[0].right.key, name)]


def made_by_name(
    world: Facts, creates: Iterable[HeldRight], patches: Sequence[HeldRight]
) -> Iterator[FoundRight]:
    """Yield the scopes and names in which an identity creates an object: by POST or apply."""
    for create in creates:
        if create.match.nameless:
            yield FoundRight(create.scope, "", (create,))
            continue
        for patch in patches:
            scope = meet(create.scope, patch.scope)
            if scope is not None:
                for name in names_made(world, create, patch):
                    yield FoundRight(scope, name, (create, patch))


Key = tuple[str, str]
"""Scope and name of a compound right."""

RoleKey = tuple[str, RoleName]
"""Scope and role of a right to bind roles."""

AnyKey = tuple[str, RightName]
"""Scope, and name or role."""


class Holder(NamedTuple):
    """A holder of a compound right, with its rules or object, and the condition."""

    node: GraphNode
    uses: Uses
    condition: Condition


class HeldCompoundRights:
    """The held compound rights, and the nodes of those that conjunctions request."""

    def __init__(self, found: Mapping[str, Mapping[AnyKey, Sequence[Holder]]]) -> None:
        self._found = found
        self.asked: dict[GraphNode, tuple[CompoundRight, str, RightName]] = {}

    def of(self, ability: CompoundRight) -> tuple[Key, ...]:
        """Return the scopes and names in which a compound right is held, sorted."""
        return cast("tuple[Key, ...]", self._sorted(ability))

    def of_roles(self, bind: CompoundRight) -> tuple[RoleKey, ...]:
        """Return the scopes and roles in which a right to bind roles is held, sorted."""
        return cast("tuple[RoleKey, ...]", self._sorted(bind))

    def _sorted(self, ability: CompoundRight) -> tuple[AnyKey, ...]:
        found = cast("Iterable[Key]", self._found.get(ability.id, ()))  # all of one sort
        return tuple(sorted(found))

    def scopes(self, ability: CompoundRight) -> tuple[str, ...]:
        """Return the scopes in which a compound right is held, for any or some names, sorted."""
        return tuple(dict.fromkeys(scope for scope, _ in self._sorted(ability)))

    def shared_scopes(self, first: CompoundRight, second: CompoundRight) -> list[str]:
        """Return the scopes in which one of two compound rights is held, and the other too, sorted.

        Who has both everywhere needs no entry for each namespace, but has a path of its own there
        by one right of its own and the other of a group.
        """
        scopes = {*self.scopes(first), *self.scopes(second)}
        return sorted(s for s in scopes if self.has(first, s) and self.has(second, s))

    def holders(self, ability: CompoundRight, key: AnyKey) -> frozenset[GraphNode]:
        """Return the holders of exactly this right in a scope for a name."""
        return frozenset([holder.node for holder in self._found[ability.id].get(key, ())])

    def certain(self, ability: CompoundRight, key: AnyKey) -> frozenset[GraphNode]:
        """Return the holders without a condition."""
        holders = self._found[ability.id].get(key, ())
        return frozenset([holder.node for holder in holders if not holder.condition])

    def has(self, ability: CompoundRight, scope: str, name: RightName = "") -> bool:
        """Whether a right is held in a scope for a name, directly or by a wider one."""
        return next(self.wider(ability, scope, name), None) is not None

    def node(self, ability: CompoundRight, scope: str, name: RightName = "") -> GraphNode | None:
        """Return the node of a held right, directly or by a wider one."""
        if not self.has(ability, scope, name):
            return None
        node = ability.node(scope, name)
        self.asked[node] = ability, scope, name
        return node

    def wider(self, ability: CompoundRight, scope: str, name: RightName) -> Iterator[AnyKey]:
        """Yield the held rights that include one in a scope for a name: all wider ones."""
        found = self._found.get(ability.id, {})
        for at in wider_scopes(scope):
            if (at, name) in found:
                yield at, name
            if name and (at, "") in found:
                yield at, ""
