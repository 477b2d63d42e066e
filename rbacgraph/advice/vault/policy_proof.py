"""Compares what tokens may before and after: needs stay allowed, and nothing is added."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rbacgraph.stores.vault.acl import AclRule
from rbacgraph.stores.vault.compare_policies import covers, widened_paths
from rbacgraph.stores.vault.meeting_paths import meeting_paths
from rbacgraph.stores.vault.operations import LISTING
from rbacgraph.stores.vault.policies import Policies
from rbacgraph.stores.vault.policy_text import Flavour
from rbacgraph.stores.vault.template import Entity


class PathNeed(NamedTuple):
    """One capability on one path, or on all that begin so."""

    capability: str
    path: str
    below: bool = False


class TokenNeeds(NamedTuple):
    """The policies of a token, who holds it, and what it needs."""

    policies: tuple[str, ...]
    entity: Entity | None = None
    needs: tuple[PathNeed, ...] = ()


def deciding_rule(need: PathNeed, policies: Policies) -> AclRule | None:
    """Return the rule that decides about a need."""
    listing = need.capability in LISTING
    slash = "/" if listing and not need.path.endswith("/") else ""
    return policies.rule_for(f"{need.path}{slash}", listing=listing)


def stays_together(
    texts: Mapping[str, str],
    new: Mapping[str, str],
    tokens: Sequence[TokenNeeds],
    flavour: Flavour,
    namespace: str = "",
) -> bool:
    """Whether the proof holds as well once all new policies are written.

    ``texts``, ``new``: the present policies of a namespace, and those that take their place, by
        name.
    ``flavour``, ``namespace``: as for :class:`rbacgraph.stores.vault.Policies`.
    """
    for token in tokens:
        if len(new.keys() & set(token.policies)) > 1:
            held = {one: texts[one] for one in token.policies if one in texts}
            after = {one: new.get(one, text) for one, text in held.items()}
            now, then = (
                Policies(one, flavour, namespace=namespace, entity=token.entity)
                for one in (held, after)
            )
            paths = meeting_paths(*([rule.path for rule in one.rules] for one in (now, then)))
            changed = *lost_needs(token, now, then), *widened_paths(now, then, paths)
            if changed:
                return False
    return True


def lost_needs(
    token: TokenNeeds, old: Policies, new: Policies
) -> Iterator[tuple[PathNeed, AclRule]]:
    """Yield the needs that were allowed and are not, with the rule that allowed them."""
    for need in token.needs:
        one, other = (deciding_rule(need, found) for found in (old, new))
        if one is None or need.below or need.capability not in one.capabilities:
            continue
        if other is None or not covers(other, one, frozenset({need.capability})):
            yield need, one
