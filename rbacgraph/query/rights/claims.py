"""Makes claims about direct rights, both yes and no, to verify with a live server.

A decision depends on a name only if a rule names it: one name that no rule has stands for all
others. So the number of questions is finite, and a sample can be drawn.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import NamedTuple

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import ALL, Request
from rbacgraph.authz.questions.api_resources import known_resources
from rbacgraph.authz.questions.unseen_grants import decided
from rbacgraph.authz.subjects import (
    AUTHENTICATED,
    UNAUTHENTICATED,
    service_account_user,
    subject_node,
)
from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.inputs.snapshot import CustomResource
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole, PolicyRule
from rbacgraph.model.node import GROUP, NODE_USER, SERVICE_ACCOUNT, USER, Node, format_node
from rbacgraph.techniques.catalogue import EDGES, Conjunction, RuleEdge
from rbacgraph.techniques.spec.technique import Right

UNNAMED = "some-name"


class Asker(NamedTuple):
    """A principal as a review names it; a group alone has no user."""

    node: Node
    user: str
    groups: tuple[str, ...]


Question = tuple[Asker, Request]


class Claims:
    """The possible questions about the direct rights of a cluster.

    Kubelets are left out, because the Node authorizer decides for them too.
    """

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    def decided(self, question: Question) -> Claim | None:
        """Decide a question; None if it is unknown."""
        asker, request = question
        decision = decided(self._authorizer, request, asker.user, asker.groups)
        if decision.unknown:
            return None
        return Claim.of(
            request,
            principal=format_node(asker.node),
            user=asker.user,
            groups=asker.groups,
            allowed=decision.allowed,
            reason=str(decision.reason),
        )

    # --- who -----------------------------------------------------------------------

    @cached_property
    def askers(self) -> Mapping[Node, Asker]:
        """Every user, group and ServiceAccount that exists or that a binding names."""
        snapshot = self._authorizer.snapshot
        nodes: set[Node] = {
            (SERVICE_ACCOUNT, one.metadata.namespace, one.metadata.name)
            for one in snapshot.service_accounts
        }
        nodes.update((USER, "", user) for user in snapshot.groups)
        for binding in self._authorizer.bindings:
            for subject in binding.subjects or ():
                node = subject_node(subject, binding.metadata.namespace)
                if node is not None:
                    nodes.add(node)
        return {
            node: self._asker(node)
            for node in sorted(nodes)
            if not (node[0] == USER and node[2].startswith(NODE_USER))
        }

    def _asker(self, node: Node) -> Asker:
        kind, namespace, name = node
        if kind == GROUP:
            more = () if name in {AUTHENTICATED, UNAUTHENTICATED} else (AUTHENTICATED,)
            return Asker(node, "", (name, *more))
        user = service_account_user(namespace, name) if kind == SERVICE_ACCOUNT else name
        return Asker(node, user, self._authorizer.groups_of(user))

    # --- what ----------------------------------------------------------------------

    @property
    def custom_resources(self) -> Sequence[CustomResource]:
        """The resources that the input defines."""
        return self._authorizer.snapshot.custom_resources

    @cached_property
    def bindings(self) -> Sequence[AnyBinding]:
        """Bindings that grant something to someone."""
        return [b for b in self._authorizer.bindings if b.subjects and self.rules_of(b)]

    def rules_of(self, binding: AnyBinding) -> list[PolicyRule]:
        """Return the rules that a binding grants."""
        roles = self._authorizer.roles_of(binding)
        return [rule for role in roles for rule in role.rules or () if rule.verbs]

    @cached_property
    def namespaces(self) -> Sequence[str]:
        """Every namespace of the input."""
        return tuple(sorted(self._authorizer.snapshot.held_namespaces))

    @cached_property
    def rules(self) -> Sequence[PolicyRule]:
        """Every rule of a role, each once."""
        snapshot = self._authorizer.snapshot
        roles: tuple[AnyRole, ...] = (*snapshot.cluster_roles, *snapshot.roles)
        return list(dict.fromkeys(rule for role in roles for rule in role.rules or ()))

    @cached_property
    def _named(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = {}
        for rule in self.rules:
            for resource in rule.resources or ():
                held = found.setdefault(resource.partition("/")[0], set())
                held.update(rule.resource_names or ())
        return found

    def names_for(self, resource: str) -> list[str]:
        """Return all names that matter: none, those of rules, one that no rule has."""
        named = self._named.get(resource, set()) | self._named.get(ALL, set())
        return ["", *sorted(named - {""}), UNNAMED]

    def scopes_of(self, right: Right) -> tuple[str, ...]:
        """Return the scopes of a right: everywhere at once, and each namespace."""
        place = right.group, right.resource
        return ("",) if place in _cluster_scoped() else ("", *self.namespaces)


def request(right: Right, verb: str, scope: str, name: str) -> Request:
    return Request(verb, right.group, right.resource, right.subresource, scope, name)


def path_of(url: str) -> str:
    """Return a path that a rule's URL covers.

    Examples
    --------
    >>> path_of("/healthz/*"), path_of("/metrics"), path_of("*")
    ('/healthz/x', '/metrics', '/x')
    """
    path = f"{url.rstrip(ALL)}x" if url.endswith(ALL) else url
    return path if path.startswith("/") else f"/{path}"


@cache
def rights() -> Sequence[Right]:
    """Return the rights that techniques need, in order, the verbs of each resource together."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for right in _declared():
        key = right.group, right.resource, right.subresource
        found.setdefault(key, set()).update(right.verbs)
    return [Right(tuple(sorted(verbs)), *key) for key, verbs in sorted(found.items())]


def _declared() -> Iterator[Right]:
    for edge in EDGES:
        if isinstance(edge, RuleEdge):
            yield from edge.rights
        elif isinstance(edge, Conjunction):
            for ability in edge.abilities:
                yield from ability.rights


@cache
def _cluster_scoped() -> frozenset[tuple[str, str]]:
    return frozenset((r.group, r.resource) for r in known_resources() if r.namespaced is False)
