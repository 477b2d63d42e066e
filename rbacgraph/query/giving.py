"""Who holds the right to read a Secret directly, and what it needs to give that to others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.authz.match import api_group_matches, resource_matches, verb_matches
from rbacgraph.authz.subjects import subject_node
from rbacgraph.edges.world import World
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.node import Node
from rbacgraph.model.rbac import AnyBinding, AnyRole, PolicyRule, Role, RoleBinding

READS = ("get", "list", "watch", "patch", "delete", "deletecollection")
"""Verbs that give a Secret's data."""

_EDITS = ("update", "patch")
WITHOUT_NAME = frozenset({"list", "watch", "deletecollection"})
"""Those of them that a rule with the empty name allows, in requests without one."""

RoleKey = tuple[str, str]
"""Kind and name of a role, as a binding refers to it."""


def read_verbs(rule: PolicyRule, name: str) -> tuple[str, ...]:
    """Return the verbs by which a rule gives the data of a Secret of its scope.

    Examples
    --------
    >>> read_verbs(PolicyRule(("get", "delete", "create"), ("",), ("secrets",)), "db")
    ('get', 'delete')
    >>> read_verbs(PolicyRule(("*",), ("",), ("secrets",), ("db",)), "db")
    ('get', 'list', 'watch', 'patch', 'delete')
    """
    if not (api_group_matches(rule, "") and resource_matches(rule, "secrets")):
        return ()
    names = rule.resource_names
    return tuple(
        verb
        for verb in READS
        if verb_matches(rule, verb)
        and (
            not names
            or (name in names and verb != "deletecollection")
            or ("" in names and verb in WITHOUT_NAME)
        )
    )


class Identity(NamedTuple):
    """A username, ``""`` for nobody's, and all groups."""

    user: str
    groups: tuple[str, ...]


class Write(NamedTuple):
    """One request: a role or binding as it is to become, and how it is written.

    ``gives`` are the verbs that others then have on the Secret.
    """

    verb: str
    obj: AnyRole | AnyBinding
    gives: tuple[str, ...]


class Way(NamedTuple):
    """Writes of one sort, each by itself enough to give somebody else a right on the Secret.

    Parameters
    ----------
    writes:
        The requests.
    words:
        What they do, without their subject.
    evidence:
        Both rights of the writer: to write, and the one that is given.
    to:
        Who gets it, as printed, where the writer cannot choose.
    condition:
        What must also hold.
    """

    writes: tuple[Write, ...]
    words: str
    evidence: tuple[Evidence, ...]
    to: tuple[str, ...] = ()
    condition: str = ""

    @property
    def verbs(self) -> tuple[str, ...]:
        """What others may do with the Secret after all of the writes."""
        return in_order(verb for write in self.writes for verb in write.gives)


def in_order(verbs: Iterable[str]) -> tuple[str, ...]:
    """Return each verb once, in the order of :data:`READS`."""
    found = set(verbs)
    return tuple(verb for verb in READS if verb in found)


class Target:
    """One Secret, with the roles and bindings that give it.

    Parameters
    ----------
    world:
        The cluster.
    namespace, name:
        The Secret.
    """

    def __init__(self, world: World, namespace: str, name: str) -> None:
        self.world = world
        self.namespace = namespace
        self.name = name
        self.authorizer = world.authorizer
        self._verbs: dict[int, tuple[str, ...]] = {}

    def verbs_of(self, roles: Iterable[AnyRole]) -> tuple[str, ...]:
        """Return the verbs that roles of the input give where they are bound."""
        return in_order(verb for role in roles for verb in self._verbs_of(role))

    def _verbs_of(self, role: AnyRole) -> tuple[str, ...]:
        known = self._verbs.get(id(role))
        if known is None:
            known = self._verbs[id(role)] = self.verbs_in(role.rules or ())
        return known

    def verbs_in(self, rules: Iterable[PolicyRule]) -> tuple[str, ...]:
        """Return the verbs that rules give."""
        return in_order(verb for rule in rules for verb in read_verbs(rule, self.name))

    @cached_property
    def roles(self) -> Sequence[RoleKey]:
        """The roles that give the Secret where they are bound, at any scope."""
        find, namespace = self.authorizer.find_role, self.namespace
        names = self.world.roles_in(namespace)
        local = [role for name in names for role in find("Role", namespace, name)]
        every = (*local, *self.world.snapshot.cluster_roles)
        return [role_key(role) for role in every if self._verbs_of(role)]

    @cached_property
    def bindings(self) -> Sequence[AnyBinding]:
        """All bindings that hold where the Secret is: cluster-wide, then in its namespace."""
        every = self.authorizer.bindings
        return [every[place] for place in self.authorizer.places_at(self.namespace)]

    @cached_property
    def giving(self) -> Mapping[str, Sequence[AnyBinding]]:
        """The bindings that give the Secret, by scope."""
        found: dict[str, list[AnyBinding]] = {self.namespace: [], "": []}
        for binding in self.bindings:
            if self.verbs_of(self.authorizer.roles_of(binding)):
                found[binding.metadata.namespace].append(binding)
        return found

    @cached_property
    def readers(self) -> frozenset[Node]:
        """The subjects of the bindings that give the Secret."""
        return frozenset(
            node
            for bindings in self.giving.values()
            for binding in bindings
            for node in subjects_of(binding)
        )


def resource_of(kind: str) -> str:
    """Return the resource of a kind of roles or bindings."""
    return f"{kind.lower()}s"


def role_key(role: AnyRole) -> RoleKey:
    """Return a role's kind and name."""
    return ("Role" if isinstance(role, Role) else "ClusterRole"), role.metadata.name


def subjects_of(binding: AnyBinding) -> Iterator[Node]:
    """Yield the principals that a binding names."""
    scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
    for subject in binding.subjects or ():
        node = subject_node(subject, scope)
        if node is not None:
            yield node
