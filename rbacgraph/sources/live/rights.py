"""Asks what may be listed in one namespace: one question instead of many refusals."""

from msgspec import MsgspecError, Struct, json

from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.sources.live.connection.connect import Connection
from rbacgraph.sources.live.discovery import Served

_PATH = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


class _Status(Struct, frozen=True, rename="camel"):
    resource_rules: tuple[PolicyRule, ...] | None = None
    incomplete: bool = True


class _Review(Struct, frozen=True):
    status: _Status = _Status()


def rules_in(connection: Connection, namespace: str) -> tuple[PolicyRule, ...] | None:
    """Return the asking user's rules in a namespace; None if the server lists only some."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    answer = connection.post(_PATH, json.encode(review))
    if not answer.ok:
        return None
    try:
        status = json.decode(answer.body, type=_Review).status
    except MsgspecError:
        return None
    return None if status.incomplete else status.resource_rules or ()


def may_list(rules: tuple[PolicyRule, ...], served: Served) -> bool:
    """Whether the rules allow listing all objects of a kind."""
    return any(
        _holds(rule.verbs, "list")
        and _holds(rule.api_groups, served.group)
        and _holds(rule.resources, served.resource)
        and (not rule.resource_names or "" in rule.resource_names)
        for rule in rules
    )


def _holds(words: tuple[str, ...] | None, word: str) -> bool:
    return bool(words) and not {word, "*"}.isdisjoint(words or ())
