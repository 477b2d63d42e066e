"""Abilities: the parts of techniques that need several rights.

An ability is what one identity may do, by one rule or by several rules in one request. It
is a node, ``ability:shop/create-secret``: grants and identities lead to it, and a joint
edge (:class:`rbacgraph.techniques.spec.conjunction.JointEdge`) needs one or more of them. Its
name is empty where it holds for any name: who has it everywhere, or for any name, has it in
each place and for each name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rbacgraph.facts.world import World
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole
from rbacgraph.model.node import ABILITY, EACH_NAMESPACE, Node
from rbacgraph.techniques.spec.technique import Match, Right


class Holding(NamedTuple):
    """A rule that gives one of an ability's rights.

    Parameters
    ----------
    right, match:
        The right, and what of it the rule gives.
    scope:
        Namespace it holds in, ``""`` for everywhere, ``EACH_NAMESPACE`` for all namespaces
        without the cluster-scoped resources.
    role, number:
        The role and the index of the rule.
    binding:
        Through what an identity holds it; None where a grant itself is looked at.
    """

    right: Right
    match: Match
    scope: str
    role: AnyRole
    number: int
    binding: AnyBinding | None = None


Held = Mapping[Right, Sequence[Holding]]
"""What somebody holds of the rights of abilities; absent where there is nothing."""


Used = Holding | Evidence
"""What an ability rests on: a rule, or an object that must go first."""


class Found(NamedTuple):
    """An ability that somebody has: where, for which name (``""``: any), by which rules."""

    scope: str
    name: str
    uses: tuple[Used, ...]
    condition: Condition = CERTAIN


class Alike(NamedTuple):
    """Rules of a role, told by the equal ones of another role that holds somewhere else."""

    uses: tuple[Used, ...]
    role: AnyRole
    scope: str


Uses = tuple[Used, ...] | Alike
"""The rules that something rests on."""


def uses_of(basis: object) -> Iterator[Holding | AnyBinding | Evidence]:
    """Yield the rules that an edge to an ability rests on, and what else it does."""
    if isinstance(basis, Alike):
        for use in basis.uses:
            if isinstance(use, Holding):
                yield use._replace(role=basis.role, scope=basis.scope)
            else:
                yield use
    elif isinstance(basis, tuple):
        yield from basis


def _always(_world: World) -> bool:
    return True


def _any(_world: World, _right: Right) -> bool:
    return True


@dataclass(frozen=True, kw_only=True, eq=False)
class Ability:
    """One sort of ability.

    Parameters
    ----------
    id:
        Lower-case words with dashes, the name of its nodes.
    rights:
        The rights it is made of.
    needs:
        Rights without any of which nobody has it; all of them by default.
    found:
        From the world and what one identity holds to where and for which names it has it.
        What is told may be wider than another thing told: the widest is kept.
    joint:
        Whether it may need several rules of one identity in one request, so that rules of
        different bindings and groups must be looked at together.
    together:
        Where it may need several rules: the rights of which all are needed then, and others
        like it.
    alone:
        Those of them by which one rule is enough where it has no names.
    impersonated:
        Whether whoever acts by impersonation can use it; headers do not nest.
    objects:
        From the world to what has it without any right: where and for which name, and who.
    wanted:
        From the world to whether any edge may need it; else nobody is looked at.
    heeds:
        From the world and one of the rights to whether it matters there.
    cluster_scoped:
        Whether it needs a right on a resource in no namespace, which a RoleBinding does not
        give.
    """

    id: str
    rights: tuple[Right, ...]
    found: Callable[[World, Held], Iterable[Found]]
    needs: tuple[Right, ...] = ()
    joint: bool = False
    together: tuple[tuple[Right, ...], ...] = ()
    alone: tuple[Right, ...] = ()
    impersonated: bool = True
    objects: Callable[[World], Iterable[tuple["Key", "Holder"]]] | None = None
    wanted: Callable[[World], bool] = _always
    heeds: Callable[[World, Right], bool] = _any
    cluster_scoped: bool = False

    def node(self, scope: str, name: str = "") -> Node:
        """Return the node of the ability in a place, for a name."""
        return ABILITY, scope, f"{self.id} {name}" if name else self.id


def by_one_rule(
    names: Callable[[World, str, Match], Iterable[str]],
) -> Callable[[World, Held], Iterator[Found]]:
    """Find an ability that any one of its rights gives.

    Parameters
    ----------
    names:
        From the world, a scope and what a rule gives to the names it is good for: ``""``
        for any, nothing for none.
    """

    def found(world: World, held: Held) -> Iterator[Found]:
        for holding in (one for holdings in held.values() for one in holdings):
            for name in names(world, holding.scope, holding.match):
                yield Found(holding.scope, name, (holding,))

    return found


def nameless(_world: World, _scope: str, match: Match) -> Iterator[str]:
    """Accept a rule that allows requests without a name, as a POST is."""
    if match.nameless:
        yield ""


def names_of(match: Match) -> tuple[str, ...]:
    """Return the names that requests with a name may carry; ``""`` alone stands for any.

    Examples
    --------
    >>> names_of(Match(("get",), ("secrets",), ())), names_of(Match(("get",), ("secrets",), ("a",)))
    (('',), ('a',))
    """
    return match.exact_names if match.names else ("",)


def cluster_wide(holdings: Iterable[Holding]) -> list[Holding]:
    """Return the holdings that hold everywhere: others are inert on cluster-scoped resources."""
    return [holding for holding in holdings if not holding.scope]


def meet(first: str, second: str) -> str | None:
    """Return the scope in which two scopes both hold, None for nowhere.

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
    """Return a scope and all that are wider, the narrowest first.

    Examples
    --------
    >>> wider_scopes("shop"), wider_scopes(EACH_NAMESPACE), wider_scopes("")
    (('shop', '*', ''), ('*', ''), ('',))
    """
    if scope in {"", EACH_NAMESPACE}:
        return (EACH_NAMESPACE, "") if scope else ("",)
    return scope, EACH_NAMESPACE, ""


def common_names(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """Return the names that two lists both hold, where ``""`` stands for any name.

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


def destroyed(world: World, kind: str, namespace: str, name: str) -> Evidence:
    """Return what to say of an object whose name is taken, and that is deleted first."""
    found: Object | None = None
    if kind == "Secret":
        found = world.secrets.get((namespace, name))
    elif kind == "Pod" and (runner := world.runner(namespace, name)):
        found = runner.obj
    file, line = world.snapshot.where(found) if found else ("", 0)
    detail = f"is destroyed first{'' if found else ', if it exists'}, as it has the name"
    return Evidence(kind, namespace, name, file, line, detail=detail)


def made_by_name(creates: Iterable[Holding], patches: Sequence[Holding]) -> Iterator[Found]:
    """Yield where and by which names somebody makes an object: by POST, or server-side apply."""
    for create in creates:
        if create.match.nameless:
            yield Found(create.scope, "", (create,))
            continue
        for patch in patches:
            scope = meet(create.scope, patch.scope)
            if scope is not None:
                for name in common_names(names_of(create.match), names_of(patch.match)):
                    yield Found(scope, name, (create, patch))


Key = tuple[str, str]
"""Scope and name of an ability."""


class Holder(NamedTuple):
    """Who has an ability, by which rules or as what says so, under which condition."""

    node: Node
    uses: Uses
    condition: Condition


class Present:
    """Which abilities somebody has, and the nodes of those that joint edges ask for.

    Parameters
    ----------
    found:
        Of each ability where and for which name somebody has it, and who.
    """

    def __init__(self, found: Mapping[str, Mapping[Key, Sequence[Holder]]]) -> None:
        self._found = found
        self.asked: dict[Node, tuple[Ability, str, str]] = {}

    def of(self, ability: Ability) -> tuple[Key, ...]:
        """Return where and for which names somebody has an ability, sorted."""
        return tuple(sorted(self._found.get(ability.id, ())))

    def scopes(self, ability: Ability) -> tuple[str, ...]:
        """Return where somebody has an ability, for any name or some, sorted."""
        return tuple(dict.fromkeys(scope for scope, _ in self.of(ability)))

    def shared_scopes(self, first: Ability, second: Ability) -> list[str]:
        """Return where it says something new that somebody has two abilities, sorted.

        Those who have both everywhere need no telling in each namespace.
        """
        one, other = set(self.scopes(first)), set(self.scopes(second))
        found = {scope for scope in one & other if scope}
        if self._lonely(first, second):
            found |= other
        if self._lonely(second, first):
            found |= one
        both = [s for s in ("", EACH_NAMESPACE) if self.has(first, s) and self.has(second, s)]
        return sorted({*found, *both[:1]})

    def _lonely(self, ability: Ability, other: Ability) -> bool:
        """Whether somebody has an ability in all namespaces, but not the other one too."""
        found = self._everywhere(ability)
        return not {node for node, _ in found} <= {
            n for n, told in self._everywhere(other) if not told
        }

    def _everywhere(self, ability: Ability) -> set[tuple[Node, Condition]]:
        """Return who has an ability in all namespaces, for any name, with the condition."""
        found = self._found.get(ability.id, {})
        holders = (holder for at in ("", EACH_NAMESPACE) for holder in found.get((at, ""), ()))
        return {(holder.node, holder.condition) for holder in holders}

    def holders(self, ability: Ability, key: Key) -> frozenset[Node]:
        """Return who has an ability in a place for a name, exactly these."""
        return frozenset([holder.node for holder in self._found[ability.id].get(key, ())])

    def certain(self, ability: Ability, key: Key) -> frozenset[Node]:
        """Return those of the holders whose having it depends on nothing."""
        holders = self._found[ability.id].get(key, ())
        return frozenset([holder.node for holder in holders if not holder.condition])

    def has(self, ability: Ability, scope: str, name: str = "") -> bool:
        """Whether somebody has an ability in a place for a name, as such or as part of more."""
        return next(self.wider(ability, scope, name), None) is not None

    def node(self, ability: Ability, scope: str, name: str = "") -> Node | None:
        """Return an ability's node where somebody has it there, as such or as part of more."""
        if not self.has(ability, scope, name):
            return None
        node = ability.node(scope, name)
        self.asked[node] = ability, scope, name
        return node

    def wider(self, ability: Ability, scope: str, name: str) -> Iterator[Key]:
        """Yield what somebody has that gives an ability in a place for a name: all wider ones."""
        found = self._found.get(ability.id, {})
        for at in wider_scopes(scope):
            if (at, name) in found:
                yield at, name
            if name and (at, "") in found:
                yield at, ""
