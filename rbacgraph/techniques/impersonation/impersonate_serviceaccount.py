"""Act as a ServiceAccount by the impersonation headers."""

from collections.abc import Iterable, Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.node import IMPERSONATED_GROUP, may_be_service_account, service_accounts_group
from rbacgraph.techniques.spec.collections import NAMED_ACCOUNTS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    yield from NAMED_ACCOUNTS_OF.with_names(world, scope, match)
    for namespace in _with_strangers(world, scope, match):
        _, _, group = service_accounts_group(namespace)
        yield (IMPERSONATED_GROUP, "", group), CERTAIN


def _with_strangers(world: Facts, scope: str, match: Match) -> Iterable[str]:
    """Return namespaces in which an otherwise unused name works: it has groups all the same."""
    if match.names:
        names, known = match.exact_names, world.identities.known_service_accounts
        return [
            namespace
            for namespace in ((scope,) if scope else world.identities.mentioned_namespaces)
            if any(
                (namespace, name) not in known and may_be_service_account(namespace, name)
                for name in names
            )
        ]
    if scope:
        return () if scope in world.identities.namespaces_with_service_accounts else (scope,)
    return world.identities.namespaces_without_service_accounts


def _words(scope: str, match: Match) -> str:
    return f"can impersonate {NAMED_ACCOUNTS_OF.words(scope, match)}"


EDGE = RuleEdge(
    id="impersonate-serviceaccount",
    summary="act as ServiceAccounts by impersonation",
    effort=2,  # one header; the log names both identities
    rights=(Right(("impersonate",), "", "serviceaccounts"),),
    targets=_targets,
    words=_words,
    impersonated=False,
)
