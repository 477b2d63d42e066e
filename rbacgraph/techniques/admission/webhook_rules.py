"""The common part of both kinds of admission webhook: the API server sends them written Secrets.

A webhook sees objects that are created, updated, patched or deleted, with their former state, in
dry runs too; it never sees the answer to a read or a token request. It sees what the token
controller writes into Secrets.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rbacgraph.model.condition import If
from rbacgraph.model.kubernetes.admission import Webhook, WebhookConfiguration
from rbacgraph.model.kubernetes.meta import LabelSelector
from rbacgraph.model.node import GraphNode
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.techniques.spec.compound_rights import CompoundRight, HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Hyperarc
from rbacgraph.techniques.spec.technique import where
from rbacgraph.techniques.tokens.create_token_secret import CREATE_SECRET


class Selected(NamedTuple):
    """For webhook configurations, what must match; empty if nothing must."""

    what: tuple[str, ...] = ()
    configurations: tuple[str, ...] = ()


def sees_new_tokens(
    kind: str, ability: CompoundRight, present: HeldCompoundRights
) -> Iterator[Hyperarc]:
    """Yield where an identity may create Secrets whose tokens a webhook then sees."""
    configure = present.node(ability, "")
    for scope in present.scopes(CREATE_SECRET) if configure else ():
        create = present.node(CREATE_SECRET, scope)
        if configure and create:
            inputs: tuple[GraphNode, ...] = (configure, create)
            accounts = EXISTING_ACCOUNTS_OF.everything(scope)
            words = f"can create token Secrets {where(scope)} and have a {kind} webhook see them"
            yield Hyperarc(inputs, (accounts,), words, scope, ("token",), If.WEBHOOK_IS_REACHED())


def selecting(webhooks: Sequence[tuple[WebhookConfiguration, Webhook]]) -> Selected:
    """Return what must match, if all of some webhooks have selectors or conditions."""
    what: dict[str, None] = {}
    for _, webhook in webhooks:
        selectors = _selects(webhook.namespace_selector) or _selects(webhook.object_selector)
        found = [*["selectors"] * selectors, *["conditions"] * bool(webhook.match_conditions)]
        if not found:
            return Selected()
        what.update(dict.fromkeys(found))
    names = dict.fromkeys(configuration.metadata.name for configuration, _ in webhooks)
    return Selected(tuple(what), tuple(names))


def _selects(selector: LabelSelector | None) -> bool:
    return selector is not None and bool(selector.match_labels or selector.match_expressions)
