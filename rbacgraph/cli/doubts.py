"""Doubts about a question: what is asked may be answered, and yet not be what was meant."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rbacgraph.model.near import did_you_mean, near
from rbacgraph.model.node import SERVICE_ACCOUNT, user_node

if TYPE_CHECKING:
    from rbacgraph.model.rbac import AnyBinding
    from rbacgraph.model.snapshot import Snapshot

_RESOURCE_VERBS = (
    *("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"),
    *("impersonate", "bind", "escalate", "use", "approve", "sign", "attest", "*"),
)
_URL_VERBS = ("get", "head", "post", "put", "patch", "delete", "options", "*")

_ALIKE = 0.6
"""How like two verbs must be: they are short, and two letters are easily swapped."""

Key = tuple[str, str]


def verb_doubt(verb: str, *, url: bool) -> str:
    """Say so where a verb is none of Kubernetes' but looks like one; others may be anybody's."""
    known = _URL_VERBS if url else _RESOURCE_VERBS
    meant = "" if verb in known else did_you_mean(near(verb, known, cutoff=_ALIKE))
    return f"{verb!r} is not a verb that Kubernetes uses; {meant}" if meant else ""


def namespace_doubt(snapshot: "Snapshot", namespace: str) -> str:
    """Say so where nothing is in a namespace, and nothing says that it is there."""
    if not namespace or namespace in (known := _namespaces(snapshot)):
        return ""
    said = f"nothing in the input mentions the namespace {namespace}"
    return "; ".join(filter(None, (said, did_you_mean(near(namespace, known)))))


def user_doubt(snapshot: "Snapshot", user: str) -> str:
    """Say so where a ServiceAccount is not there, though others are."""
    kind, *key = user_node(user)
    namespace, name = key
    known = {(o.metadata.namespace, o.metadata.name) for o in snapshot.service_accounts}
    listed = snapshot.is_listed("ServiceAccount", namespace)
    if kind != SERVICE_ACCOUNT or not (known or listed) or (namespace, name) in known:
        return ""
    if not listed and (name == "default" or (namespace, name) in _named(snapshot)):
        return ""
    own = {other[1] for other in known if other[0] == namespace}
    meant = did_you_mean([f"sa:{namespace}/{match}" for match in near(name, own)])
    said = f"the input holds no ServiceAccount {namespace}/{name}"
    return "; ".join(filter(None, (said, meant)))


def _bindings(snapshot: "Snapshot") -> "Iterator[AnyBinding]":
    yield from snapshot.role_bindings
    yield from snapshot.cluster_role_bindings


def _named(snapshot: "Snapshot") -> set[Key]:
    return {
        (subject.namespace or binding.metadata.namespace, subject.name)
        for binding in _bindings(snapshot)
        for subject in binding.subjects or ()
        if subject.kind == "ServiceAccount"
    }


def _namespaces(snapshot: "Snapshot") -> set[str]:
    return {*snapshot.held_namespaces, *(namespace for namespace, _ in _named(snapshot))}
