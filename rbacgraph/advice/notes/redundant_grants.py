"""Finds needs that were granted twice and then depend on others' grants alone.

A second suggestion from the same input, for these others, could take the right from both.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rbacgraph.advice.changes.changeable_grants import ChangeTarget
from rbacgraph.advice.planning.assignment import identity_nodes
from rbacgraph.advice.planning.plan import Plan
from rbacgraph.advice.planning.write_roles import Draft
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import rule_allows
from rbacgraph.authz.subjects import MASTERS, subject_node
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.model.kubernetes.rbac import RoleBinding
from rbacgraph.model.node import Node
from rbacgraph.model.request import Request


class Granted(NamedTuple):
    """A role that a binding grants to one of an identity's subjects."""

    binding: ObjectKey
    node: Node
    role: ObjectKey


class Left(NamedTuple):
    """What supports a need after the change, if it was granted twice.

    ``bindings``: bindings of others that alone allow it afterwards.
    ``nodes``: the subjects, if the former support was the same binding through another subject.
    """

    bindings: tuple[ObjectKey, ...]
    nodes: tuple[Node, ...]


class SingleSupport(NamedTuple):
    """A needed request, and what alone allows it afterwards."""

    request: Request
    left: Left


def resting(
    made: Plan, draft: Draft, after: Authorizer, asked: ChangeTarget
) -> Iterator[SingleSupport]:
    """Yield needs that lose a support and afterwards depend on others' grants alone.

    Needs that a shipped binding grants are left out: nobody removes that.
    """
    written = {change.key for change in draft.changes if change.after is not None}
    chosen = {grant.node for grant in made.chosen.grants}
    for one in made.needing:
        if chosen.isdisjoint(identity_nodes(one)) or MASTERS in one.groups:
            continue
        for needed in one.needs:
            request = needed.request
            left = granting(after, one, request)
            others = dict.fromkeys(granted.binding for granted in left)
            gone = granting(made.grants.authorizer, one, request).keys() - left.keys()
            if (
                gone
                and left
                and made.grants.bindings.keys() >= others.keys()
                and not any(_is_own(granted, asked, written) for granted in left)
            ):
                same = others.keys() >= {granted.binding for granted in gone}
                nodes = dict.fromkeys(granted.node for granted in left) if same else ()
                yield SingleSupport(request, Left(tuple(others), tuple(nodes)))


def granting(authorizer: Authorizer, one: Needing, request: Request) -> dict[Granted, None]:
    """Return what allows an identity a request, in order."""
    nodes = frozenset(identity_nodes(one))
    found: dict[Granted, None] = {}
    for held in authorizer.rules_for(one.user, one.groups, request.namespace):
        if rule_allows(held.rule, request):
            binding = held.binding
            scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
            for subject in binding.subjects or ():
                node = subject_node(subject, scope)
                if node in nodes:
                    found[Granted(key_of(binding), node, key_of(held.role))] = None
    return found


def _is_own(granted: Granted, asked: ChangeTarget, written: set[ObjectKey]) -> bool:
    """Whether the question, or what is written for it, gives a right."""
    if asked.role is not None:
        return granted.role == asked.role or granted.role in written
    return granted.node == asked.node


def by_bindings(found: Iterator[SingleSupport]) -> Mapping[Left, list[Request]]:
    """Group needs by the bindings that support them."""
    together: dict[Left, list[Request]] = defaultdict(list)
    for one in found:
        if one.request not in together[one.left]:
            together[one.left].append(one.request)
    return together
