"""Have External Secrets show its own token to a server of the attacker."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.external.controllers import EXTERNAL_SECRETS_OPERATOR
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.model.kubernetes.external_secrets import ESO_GROUP
from rbacgraph.model.node import SERVICE_ACCOUNT
from rbacgraph.techniques.spec.custom_resources import (
    cluster_keys,
    object_there,
    present,
    rights_on,
    words_on,
)
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target

_KEYS = ((ESO_GROUP, "clustersecretstores"), (ESO_GROUP, "secretstores"))
_ROWS = {key: rows_that("sends-token")[key] for key in _KEYS}


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    there = object_there(world, match)
    if there is None or not present(world, _ROWS, scope, match):
        return
    accounts = world.identities.usable_accounts
    for key in world.part(ExternalSecrets).logins.controllers.of(EXTERNAL_SECRETS_OPERATOR):
        if key in accounts:
            shows = If.OPERATOR_SHOWS_OWN_TOKEN(EXTERNAL_SECRETS_OPERATOR)
            yield (SERVICE_ACCOUNT, *key), both(accounts[key], there, shows)


EDGE = RuleEdge(
    id="store-without-login",
    summary="a SecretStore without a login shows the operator's own token to a chosen server",
    effort=7,  # an object that remains visible, and a server of the attacker
    certainty="always conditional: on the operator, and on the way to one's own server",
    rights=rights_on(_ROWS, "create", "update", "patch"),
    targets=_targets,
    words=words_on,
    cluster_keys=cluster_keys(_ROWS),
    rows=flat(_ROWS),
)
