"""See Secrets as they are written, by a validating webhook of the attacker's own."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.kubernetes.admission import ADMISSION_GROUP
from rbacgraph.techniques.admission.webhook_rules import sees_new_tokens
from rbacgraph.techniques.nodes.cluster_scoped_writes import writes
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.tokens.create_token_secret import CREATE_SECRET

CONFIGURE = writes(
    "write-validating-webhook",
    ADMISSION_GROUP,
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    lambda world: world.snapshot.validating_webhooks,
)


def _joins(_world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    node = present.node(CONFIGURE, "")
    if node:
        words = "can have a validating webhook see every Secret that is written"
        seen = If.WEBHOOK_IS_REACHED_BY_SECRET()
        yield Hyperarc((node,), (SECRETS_OF.everything(""),), words, condition=seen)
    yield from sees_new_tokens("validating", CONFIGURE, present)


EDGE = Conjunction(
    id="validating-webhook",
    summary="a validating webhook of one's own sees Secrets as they are written",
    effort=8,  # as mutating-webhook, and a Secret must be written
    certainty="always conditional: on the way to the webhook, and mostly on others' writes",
    abilities=(CONFIGURE, CREATE_SECRET),
    joins=_joins,
)
