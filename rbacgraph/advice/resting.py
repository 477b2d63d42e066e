"""What is needed and was granted twice: afterwards it may rest on what others have alone.

Whoever narrows these others too, by another answer made from the same input, may then take it
from both.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rbacgraph.advice.assign import identity_nodes
from rbacgraph.advice.draft import Draft
from rbacgraph.advice.holders import Asked, Grant
from rbacgraph.advice.plan import Plan
from rbacgraph.authz.match import rule_allows
from rbacgraph.authz.resolve import Authorizer, HeldRule
from rbacgraph.authz.subjects import MASTERS, subject_node
from rbacgraph.model.change import Key, key_of
from rbacgraph.model.need import Needing
from rbacgraph.model.node import Node
from rbacgraph.model.rbac import RoleBinding
from rbacgraph.model.request import Request


class Resting(NamedTuple):
    """A request that is needed, and the bindings of others that alone allow it afterwards."""

    request: Request
    bindings: tuple[Key, ...]


def resting(made: Plan, draft: Draft, after: Authorizer, asked: Asked) -> Iterator[Resting]:
    """Yield what was allowed by what may change as well, and rests on others alone afterwards.

    What a shipped binding gives is left out: nobody takes that away.
    """
    written = {change.key for change in draft.changes if change.after is not None}
    by_node: dict[Node, list[Grant]] = defaultdict(list)
    for grant in made.chosen.grants:
        by_node[grant.node].append(grant)
    for one in made.needing:
        own = [grant for node in identity_nodes(one) for grant in by_node.get(node, ())]
        if not own or MASTERS in one.groups:
            continue
        for needed in one.needs:
            request = needed.request
            if not _gave(made, own, request):
                continue
            left = list(_allowing(after, one, request))
            others = {key_of(held.binding): None for held in left}
            if (
                left
                and made.grants.bindings.keys() >= others.keys()
                and not any(_is_own(held, one, asked, written) for held in left)
            ):
                yield Resting(request, tuple(others))


def _gave(made: Plan, grants: Sequence[Grant], request: Request) -> bool:
    return any(
        rule_allows(rule, request)
        for grant in grants
        if grant.scope in {"", request.namespace}
        for rule in made.grants.rules[grant.role]
    )


def _allowing(after: Authorizer, one: Needing, request: Request) -> Iterator[HeldRule]:
    for held in after.rules_for(one.user, one.groups, request.namespace):
        if rule_allows(held.rule, request):
            yield held


def _is_own(held: HeldRule, one: Needing, asked: Asked, written: set[Key]) -> bool:
    """Whether a rule is given by what was asked about, or by what is written in its place."""
    if asked.role is not None:
        return key_of(held.role) == asked.role or key_of(held.role) in written
    scope = held.binding.metadata.namespace if isinstance(held.binding, RoleBinding) else ""
    mine = set(identity_nodes(one)) & {asked.node}
    return any(subject_node(subject, scope) in mine for subject in held.binding.subjects or ())


def by_bindings(found: Iterator[Resting]) -> Mapping[tuple[Key, ...], list[Request]]:
    """Put together what rests on the same bindings."""
    together: dict[tuple[Key, ...], list[Request]] = defaultdict(list)
    for one in found:
        if one.request not in together[one.bindings]:
            together[one.bindings].append(one.request)
    return together
