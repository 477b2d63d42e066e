"""All techniques that need nothing which the input does not show."""

from tests.query.plain.identities import AUTHENTICATED
from tests.query.plain.impersonation import acted_as_for_some_requests, impersonated
from tests.query.plain.nodes import certified, certified_nodes, hosts, kubelets
from tests.query.plain.own_pods import own_pods, relabelled
from tests.query.plain.read_secrets import everything, reads, releases
from tests.query.plain.role_writes import bound, widened
from tests.query.plain.running_pods import entered_pods, node_proxies, what_pods_hold
from tests.query.plain.tokens import (
    bootstrap_tokens,
    changed_token_secrets,
    held_token_secrets,
    new_namespaces,
    new_token_secrets,
    revived_accounts,
    tokens,
)
from tests.query.plain.volumes import volume_secrets


def opened(mine, cluster):
    if cluster.is_open() and any(AUTHENTICATED in who.groups for who in mine.of("who")):
        yield from everything(cluster)


TECHNIQUES = (
    reads,
    tokens,
    revived_accounts,
    new_namespaces,
    releases,
    bootstrap_tokens,
    held_token_secrets,
    new_token_secrets,
    changed_token_secrets,
    entered_pods,
    what_pods_hold,
    relabelled,
    own_pods,
    hosts,
    volume_secrets,
    kubelets,
    certified_nodes,
    node_proxies,
    impersonated,
    acted_as_for_some_requests,
    bound,
    widened,
    certified,
    opened,
)
