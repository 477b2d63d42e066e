"""Finds rules of an audit Policy that let Secrets and tokens into the log."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from rbacgraph.authz.subjects import AUTHENTICATED
from rbacgraph.model.inputs.audit_policy import AuditPolicy, AuditRule
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.request import Request
from rbacgraph.query.rights.audit_policy_rules import rule_for

_OTHER = "\0other"
_WRITES = frozenset({"create", "patch", "update"})
_NONE: frozenset[str] = frozenset()


class _Kept(NamedTuple):
    """A resource with a credential: verbs whose request holds it, verbs whose response does."""

    words: str
    group: str
    resource: str
    subresource: str
    requests: frozenset[str]
    responses: frozenset[str]
    namespaced: bool = True


_CREDENTIALS = (
    _Kept("Secrets", "", "secrets", "", _WRITES, _WRITES | {"get", "list"}),
    _Kept("tokens", "", "serviceaccounts", "token", _NONE, frozenset({"create"})),
    _Kept(
        *("tokens", "authentication.k8s.io", "tokenreviews", ""),
        *(frozenset({"create"}), frozenset({"create"}), False),
    ),
)


def logged_credentials(policy: AuditPolicy) -> Iterator[Diagnostic]:
    """Yield a warning for each rule that lets Secrets or tokens into the log.

    Examples
    --------
    >>> policy = AuditPolicy((AuditRule("RequestResponse", line=4),), file="policy.yaml")
    >>> print(next(logged_credentials(policy)))
    policy.yaml:4: warning: Secrets get into the audit log with what they hold: create, get, list, \
patch, update on secrets (give them level Metadata in a rule before) [credentials-in-log]
    """
    for kept in _CREDENTIALS:
        found: dict[int, set[str]] = {}
        for verb, rule in _deciding(policy, kept):
            if verb in _shown(kept, rule.level):
                found.setdefault(rule.line, set()).add(verb)
        for line, verbs in sorted(found.items()):
            resource = f"{kept.resource}/{kept.subresource}".rstrip("/")
            yield Diagnostic(
                policy.file,
                line,
                "credentials-in-log",
                f"{kept.words} get into the audit log with what they hold: "
                f"{', '.join(sorted(verbs))} on {resource}",
                "give them level Metadata in a rule before",
            )


def _shown(kept: _Kept, level: str) -> frozenset[str]:
    """Return the verbs that log a credential at a level."""
    shown = {"Request": kept.requests, "RequestResponse": kept.requests | kept.responses}
    return shown.get(level, _NONE)


def _deciding(policy: AuditPolicy, kept: _Kept) -> Iterator[tuple[str, AuditRule]]:
    """Yield each verb with the rules that decide it, for any user, namespace and name."""
    rules = policy.rules or ()
    users = {_OTHER, *(user for rule in rules for user in rule.users or ())}
    groups = {AUTHENTICATED, *(name for rule in rules for name in rule.user_groups or ())}
    named = {name for rule in rules for name in rule.namespaces or ()} - {""}
    names = {_OTHER, ""}
    for rule in rules:
        for held in rule.resources or ():
            names.update(held.resource_names or ())
    what = kept.group, kept.resource, kept.subresource
    for verb in sorted(kept.requests | kept.responses):
        places = {_OTHER, *named} if kept.namespaced else {""}
        places |= {""} if verb == "list" else set()
        for user, group, place, name in product(users, groups, places, names):
            found = rule_for(policy, Request(verb, *what, place, name), user, (group,))
            if found is not None:
                yield verb, found
