"""See Secrets as they are written, and change Pods as they are created, by a webhook."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.kubernetes.admission import ADMISSION_GROUP
from rbacgraph.techniques.admission.webhook_rules import sees_new_tokens
from rbacgraph.techniques.nodes.cluster_scoped_writes import writes
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.tokens.create_token_secret import CREATE_SECRET

CONFIGURE = writes(
    "write-mutating-webhook",
    ADMISSION_GROUP,
    "MutatingWebhookConfiguration",
    "mutatingwebhookconfigurations",
    lambda world: world.snapshot.mutating_webhooks,
)


def _joins(_world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    node = present.node(CONFIGURE, "")
    if node:
        secrets, accounts = SECRETS_OF.everything(""), EXISTING_ACCOUNTS_OF.everything("")
        words = "can have a mutating webhook see Secrets that are written and change Pods"
        yield Hyperarc(
            (node,), (secrets,), words, condition=If.WEBHOOK_IS_REACHED_BY_SECRET_OR_POD()
        )
        yield Hyperarc((node,), (accounts,), words, condition=If.WEBHOOK_IS_REACHED_BY_POD())
    yield from sees_new_tokens("mutating", CONFIGURE, present)


EDGE = Conjunction(
    id="mutating-webhook",
    summary="a mutating webhook of one's own sees Secrets and changes Pods as they are written",
    effort=8,  # a server of the attacker's own, for which every write then waits
    certainty="always conditional: on the way to the webhook, and mostly on others' writes",
    abilities=(CONFIGURE, CREATE_SECRET),
    joins=_joins,
)
