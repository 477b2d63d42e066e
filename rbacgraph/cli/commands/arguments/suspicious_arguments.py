"""Finds questions that can be answered but may not be what the user meant."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rbacgraph.model.did_you_mean import Key, did_you_mean, near, near_keys
from rbacgraph.model.node import SERVICE_ACCOUNT, USER, format_node, user_node
from rbacgraph.model.principal import parse_principal

if TYPE_CHECKING:
    from collections.abc import Container

    from rbacgraph.model.inputs.snapshot import Snapshot
    from rbacgraph.model.kubernetes.rbac import AnyBinding

_ALIKE = 0.6
"""The required similarity of two verbs: they are short, and two letters are easily swapped."""

_OWN_PATHS_OF_VAULT = frozenset({"auth", "cubbyhole", "identity", "sys"})


def verb_doubt(verb: str, *, url: bool) -> str:
    """Return a doubt about a verb that is unknown to Kubernetes but similar to a known one."""
    from rbacgraph.model.request import RESOURCE_VERBS, URL_VERBS, VERBS_OF_WORDS

    known = (*(URL_VERBS if url else RESOURCE_VERBS), "*")
    said = ", ".join(() if url else VERBS_OF_WORDS.get(verb.lower(), ()))
    meant = (
        "" if verb in known else did_you_mean([said] if said else near(verb, known, cutoff=_ALIKE))
    )
    return f"{verb!r} is not a Kubernetes verb; {meant}" if meant else ""


def namespace_doubt(snapshot: "Snapshot", namespace: str) -> str:
    """Return a doubt about a namespace that holds nothing and may not exist."""
    if not namespace or namespace in (known := _namespaces(snapshot)):
        return ""
    said = f"nothing in the input mentions the namespace {namespace}"
    return "; ".join(filter(None, (said, did_you_mean(near(namespace, known)))))


def scope_doubt(snapshot: "Snapshot", resource: str, name: str) -> str:
    """Return a doubt about a named object without its namespace."""
    from rbacgraph.api.cluster_rights import full_name_if_namespaced

    named = full_name_if_namespaced(snapshot, resource) if name else ""
    if not named:
        return ""
    return (
        f"{named} are namespaced: without -n, rights in one namespace do not count"
        f" (-n NAMESPACE asks about {name} there, -A about all namespaces at once)"
    )


def user_doubt(snapshot: "Snapshot", user: str) -> str:
    """Return a doubt about a ServiceAccount that is missing, though others are not."""
    kind, *key = user_node(user)
    namespace, name = key
    known = {(o.metadata.namespace, o.metadata.name) for o in snapshot.service_accounts}
    listed = snapshot.is_listed("ServiceAccount", namespace)
    if kind != SERVICE_ACCOUNT or not (known or listed) or (namespace, name) in known:
        return ""
    if not listed and (name == "default" or (namespace, name) in _named(snapshot)):
        return ""
    meant = did_you_mean([f"sa:{place}/{one}" for place, one in near_keys(namespace, name, known)])
    said = f"the input holds no ServiceAccount {namespace}/{name}"
    return "; ".join(filter(None, (said, meant)))


def principal_doubt(snapshot: "Snapshot", text: str, seen: "Container[str]" = ()) -> str:
    """Return a doubt about a principal that nothing names, if it is similar to another.

    ``seen`` are usernames that another source mentions.
    """
    if not text:
        return ""
    kind, namespace, name = node = parse_principal(text)
    if kind == SERVICE_ACCOUNT:
        return user_doubt(snapshot, f"system:serviceaccount:{namespace}:{name}")
    subjects = (s for binding in _bindings(snapshot) for s in binding.subjects or ())
    known = {subject.name for subject in subjects if subject.kind.lower() == kind}
    said = snapshot.groups.values()
    known.update(snapshot.groups if kind == USER else (group for own in said for group in own))
    if name in known or name in seen:
        return ""
    meant = did_you_mean([f"{kind}:{match}" for match in near(name, known)])
    return f"nothing in the input names {format_node(node)}; {meant}" if meant else ""


def vault_path_doubt(snapshot: "Snapshot", text: str) -> str:
    """Return a doubt about a path of Vault that no engine of the dump answers as it is meant."""
    from rbacgraph.api.cluster_stores import vault_engines_near

    known = vault_engines_near(snapshot, text)
    if known.value:
        return f"the engine keeps versions: the secret is at {known.value}"
    if known.mounted or known.first in _OWN_PATHS_OF_VAULT:
        return ""
    said = f"the dump has no secrets engine at {known.first}"
    return "; ".join(filter(None, (said, did_you_mean(near(known.first, known.engines)))))


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
