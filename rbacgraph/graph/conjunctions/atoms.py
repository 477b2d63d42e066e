"""What a rule gives of a right, and the nodes that such parts of rights have."""

from collections.abc import Iterable
from typing import NamedTuple

from rbacgraph.model.node import ABILITY, ALL, GRANT, GraphNode
from rbacgraph.model.node_keys import BoundToItself, HeldParts, RightPart, RoleForPart, RoleName
from rbacgraph.techniques.spec.compound_rights import CompoundRight
from rbacgraph.techniques.spec.technique import Match, Right

IN_PART = "acting"
"""Stands for what gives an atom that is had by acting as another for some requests."""


class Atom(NamedTuple):
    """What a rule gives of a right, for any holder.

    ``right``, ``match``, ``scope``: the right, what of it the rule gives, and where.
    ``given_by``: what gives it, where that matters: the role and the binding if the technique
        deletes such an object first, the versions if there are several, acting as another in part.
    """

    right: Right
    match: Match
    scope: str
    given_by: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str] | None:
        """The names that requests may carry, None for any."""
        free = self.match.nameless or not self.match.names
        return None if free else frozenset(self.match.exact_names)

    @property
    def in_part(self) -> bool:
        """Whether it is had by acting as another for some requests."""
        return self.given_by[:1] == (IN_PART,)

    @property
    def key(self) -> RightPart:
        """The same for the key of a node."""
        right, match = self.right, self.match
        return RightPart(
            right.group,
            right.resource,
            right.subresource,
            match.verbs,
            right.verbs,
            match.names,
            by_name=match.by_name,
            scope=self.scope,
            given_by=self.given_by,
        )


def held_node(atoms: Iterable[Atom], ability: CompoundRight) -> GraphNode:
    """Return the node of holding some atoms at once."""
    return (
        ABILITY,
        "",
        HeldParts(tuple(sorted(atom.key for atom in atoms)), itself=not ability.impersonated),
    )


def bound_node(atom: Atom) -> GraphNode:
    """Return the node of what any identity of somebody can be given."""
    return ABILITY, "", RoleForPart(atom.key)


def bindable(node: GraphNode) -> GraphNode:
    """Return the node of a role that can be bound to any identity of somebody."""
    kind, scope, role = node
    if kind == ALL:
        return GRANT, scope, BoundToItself(None)
    assert isinstance(role, RoleName), "only roles are bound"
    return GRANT, scope, BoundToItself(role)
