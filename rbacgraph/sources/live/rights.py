"""Asks what the caller may do in one namespace: one question instead of many refusals."""

from typing import NamedTuple

from msgspec import MsgspecError, Struct, json

from rbacgraph.errors import InputError
from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.sources.live.asking.access_review import ask
from rbacgraph.sources.live.connection.connect import Connection
from rbacgraph.sources.live.discovery import Served

_PATH = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


class OwnRules(NamedTuple):
    """The caller's rules in a namespace, and whether the server says that these are all."""

    rules: tuple[PolicyRule, ...] = ()
    complete: bool = False


class _Status(Struct, frozen=True, rename="camel"):
    resource_rules: tuple[PolicyRule, ...] | None = None
    incomplete: bool = True


class _Review(Struct, frozen=True):
    status: _Status = _Status()


def rules_in(connection: Connection, namespace: str) -> OwnRules:
    """Return the caller's rules in a namespace; none if the server does not say."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    answer = connection.post(_PATH, json.encode(review))
    if not answer.ok:
        return OwnRules()
    try:
        status = json.decode(answer.body, type=_Review).status
    except MsgspecError:
        return OwnRules()
    return OwnRules(status.resource_rules or (), not status.incomplete)


def refuses_secrets(connection: Connection, namespace: str) -> bool:
    """Whether the server says that the caller may not list the Secrets of a namespace."""
    claim = Claim(
        principal="",
        user="",
        groups=(),
        verb="list",
        resource="secrets",
        namespace=namespace,
        allowed=False,
        reason="",
    )
    try:
        return not ask(connection, claim, own=True).allowed
    except InputError:
        return False


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
