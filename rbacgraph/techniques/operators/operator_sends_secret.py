"""Have an operator send a Secret, or a token, to a server of the attacker."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.monitoring import MonitoringPrograms, is_followed
from rbacgraph.facts.custom_resources.present import PresentRows
from rbacgraph.facts.custom_resources.row import CustomResourceRow, OperatorAccount
from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, If, both
from rbacgraph.model.node import SECRET, SERVICE_ACCOUNT
from rbacgraph.techniques.operators.account_reads import inside
from rbacgraph.techniques.operators.account_rules import AccountTokens
from rbacgraph.techniques.operators.custom_writes import place_of, reads_of_operator
from rbacgraph.techniques.spec import custom_resources
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target

_ROWS = rows_that("sends-secret", "sends-token")
_SENT = {"sends-secret": SECRETS_OF, "sends-token": EXISTING_ACCOUNTS_OF}


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    there = custom_resources.object_there(world, match)
    if there is not None:
        yield from custom_resources.least(
            (target, both(there, condition))
            for row in custom_resources.present(world, _ROWS, scope, match)
            for target, condition in _sent(world, scope, row)
        )


def _sent(world: Facts, scope: str, row: CustomResourceRow) -> Iterator[Target]:
    """Yield what the operator of a row sends, and on which condition."""
    if is_followed(row):
        yield from _by_programs(world, scope, row)
    elif row.mechanism == "sends-token" and isinstance(row.rights, OperatorAccount):
        for node, condition in _tokens(world, scope, row):
            yield node, both(row.condition, condition)
    elif _is_by_reads(world, row):
        for read in reads_of_operator(world, row):
            for secrets in inside(read.secrets, place_of(row, scope), world):
                yield secrets, both(row.condition, read.condition)
    else:
        for namespace in custom_resources.reached(world, scope, row):
            yield _SENT[row.mechanism].everything(namespace), row.condition


def _is_by_reads(world: Facts, row: CustomResourceRow) -> bool:
    """Whether what an operator may read bounds what it sends.

    One that the input lacks may read the Secrets of the object's namespace.
    """
    if not isinstance(row.rights, OperatorAccount) or row.reach == "operator-namespace":
        return False
    return row.reach == "cluster" or bool(world.part(PresentRows).accounts(row))


def _by_programs(world: Facts, scope: str, row: CustomResourceRow) -> Iterator[Target]:
    """Yield what programs of monitoring send: Secrets of the object, or files of their own Pods."""
    for sender in world.part(MonitoringPrograms).senders(row, scope):
        for namespace in sender.places:
            yield SECRETS_OF.everything(namespace), sender.condition
        for account in sender.accounts:
            exists = world.identities.usable_accounts[account]
            yield (SERVICE_ACCOUNT, *account), both(sender.condition, exists)
        for secret in sender.secrets:
            yield (SECRET, *secret), sender.condition


def _tokens(world: Facts, scope: str, row: CustomResourceRow) -> Iterator[Target]:
    """Yield the token of the operator itself, or those that it may request in the namespace."""
    if row.reach != "namespace":
        for node in custom_resources.gained(world, scope, row):
            yield node, CERTAIN
        return
    accounts = world.part(PresentRows).accounts(row)
    for _, namespace, name in accounts:
        yield from world.part(AccountTokens).of((namespace, str(name)), scope)
    if not accounts:
        yield EXISTING_ACCOUNTS_OF.everything(scope), If.OPERATOR_IS_ALLOWED_MORE(row.operator)


EDGE = RuleEdge(
    id="operator-sends-secret",
    summary="an operator sends a Secret, or a ServiceAccount's token, to a chosen server",
    effort=7,  # an object that remains visible, and a server of the attacker
    certainty="always conditional: on the operator, and on the way to one's own server",
    rights=custom_resources.rights_on(_ROWS, "create", "update", "patch"),
    targets=_targets,
    words=custom_resources.words_on,
    cluster_keys=custom_resources.cluster_keys(_ROWS),
    rows=flat(_ROWS),
)
