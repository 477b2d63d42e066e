"""Finds the Secrets of a question: by name or pattern; known, inferred or missing."""

import re
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import NamedTuple

from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.external.stores import Stores
from rbacgraph.facts.world import Facts
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.inference import IN_INPUT, Inference, Inferred
from rbacgraph.model.did_you_mean import did_you_mean, near_keys
from rbacgraph.model.node import AGE, EXTERNAL_SECRETS, PGP, SECRET, SOPS_FILE, Node
from rbacgraph.techniques.spec.collections import SECRETS_OF

_SHOWN = 3
_CLOSE = 0.6
_UNSEEN = {
    AGE: Inferred.KEYS_ARE_UNSEEN(),
    PGP: Inferred.KEYS_ARE_UNSEEN(),
    SOPS_FILE: Inferred.READERS_ARE_UNSEEN(),
}
"""What the input does not show of secrets in Git."""
_PRINCIPALS = frozenset({"sa", "serviceaccount", "user", "group"})
_PATTERN = re.compile(r"[*?\[]")


class AskedSecret(NamedTuple):
    """A Secret of the question; ``inferred`` says why it counts without an object.

    ``kind`` is that of its node: a secret of a store outside the cluster has another.
    """

    namespace: str
    name: str
    inferred: Inference
    kind: str = SECRET

    @property
    def node(self) -> Node:
        return self.kind, self.namespace, self.name

    @property
    def key(self) -> tuple[str, str] | None:
        """Its namespace and name in the cluster; None for a secret of a store."""
        return (self.namespace, self.name) if self.kind == SECRET else None


def asked_secrets(world: Facts, text: str) -> tuple[AskedSecret, ...]:
    """Return the Secrets that a text means.

    ``text``: ``NAMESPACE/NAME``, ``NAME`` alone if one namespace has it, or either with ``*``,
        ``?`` and ``[…]`` as in a shell, which no Secret's name holds. ``vault:PATH``,
        ``aws:SERVICE/NAME``, ``azure:VAULT/NAME``, ``gcp:PROJECT/NAME`` and
        ``external:PROVIDER/KEY`` are secrets of stores outside; ``age:KEY`` and ``pgp:FINGERPRINT``
        keys, ``sops:FILE`` an encrypted file.
    Raises UsageError if a name alone is ambiguous or the text is empty; NotFoundError if the input
        says that there is no such Secret; the error names similar ones.
    """
    if not isinstance(text, str):
        raise UsageError(f"secret is {text!r}, not a text", advice="write NAMESPACE/NAME or NAME")
    kind, colon, path = text.partition(":")
    if colon and kind in EXTERNAL_SECRETS:
        return asked_outside(world, kind, path)
    if colon and kind in _PRINCIPALS:
        raise UsageError(
            f"{text} is a principal, not a Secret",
            advice=f"rbacgraph reach {text} shows what it gets at",
        )
    namespace, slash, name = text.removeprefix("secret:").rpartition("/")
    if not name or (slash and not namespace) or "/" in namespace:
        raise UsageError(f"{text!r} names no Secret", advice="write NAMESPACE/NAME or NAME")
    if _PATTERN.search(text):
        return _matching(world, namespace or "*", name)
    if namespace:
        return (asked_secret(world, namespace, name),)
    found = [key for key in world.secrets if key[1] == name]
    if len(found) > 1:
        places = ", ".join(f"{key[0]}/{key[1]}" for key in sorted(found))
        raise UsageError(f"Secret {name} is in several namespaces", advice=f"choose one: {places}")
    if not found:
        raise NotFoundError(
            f"no Secret {name} in the input",
            advice=did_you_mean(_nearest(world, name)) or "name its namespace: NAMESPACE/NAME",
        )
    return (asked_secret(world, *found[0]),)


def asked_outside(world: Facts, kind: str, path: str) -> tuple[AskedSecret, ...]:
    """Return the secrets of stores outside that a path means, with or without the store's address.

    Raises UsageError if there is no path; NotFoundError if a pattern matches nothing, or the input
        names no store of this kind.
    """
    if not path:
        raise UsageError(f"{kind}: names no secret of a store", advice=f"write {kind}:PATH")
    external, store = world.part(ExternalSecrets), world.part(Stores).get(kind)
    if store is not None:
        store.check(path)
    found = external.called(kind, path)
    if found:
        return tuple(asked_node(world, node) for node in found)
    known = [node[2] for node in external.nodes if node[0] == kind]
    meant = [f"{kind}:{one}" for one in get_close_matches(path, known, _SHOWN, _CLOSE)]
    if _PATTERN.search(path) or not external.logins_of(kind):
        raise NotFoundError(
            f"the input names no secret {kind}:{path}",
            advice=did_you_mean(meant) or "see rbacgraph exposure",
        )
    unseen = _UNSEEN.get(kind, Inferred.POLICIES_ARE_UNSEEN())
    return (AskedSecret("", path, Inferred.IS_NAMED_NOWHERE(unseen, *meant), kind),)


def seeds_of(graph: AccessGraph, asked: AskedSecret) -> list[int]:
    """Return the target nodes of paths: the Secret, or collections that would hold it."""
    index = graph.index
    if asked.node in index:
        return [index[asked.node]]
    if asked.kind != SECRET:
        logins = graph.world.part(ExternalSecrets).logins_of(asked.kind)
        return [index[login] for login in logins if login in index]
    would_be_in = (
        SECRETS_OF.everything(asked.namespace),
        SECRETS_OF.named("", asked.name),
        SECRETS_OF.everything(""),
    )
    return [index[collection] for collection in would_be_in if collection in index]


def _matching(world: Facts, namespace: str, name: str) -> tuple[AskedSecret, ...]:
    found = sorted(
        key for key in world.secrets if fnmatchcase(key[0], namespace) and fnmatchcase(key[1], name)
    )
    if not found:
        raise NotFoundError(
            f"no Secret matches {namespace}/{name}",
            advice=did_you_mean(_nearest(world, f"{namespace}/{name}")),
        )
    return tuple(asked_secret(world, *key) for key in found)


def asked_secret(world: Facts, namespace: str, name: str) -> AskedSecret:
    """Return one Secret by its full name.

    Raises NotFoundError if the input says that there is none.
    """
    known = world.secrets.get((namespace, name), ...)
    if known is None:
        maker = world.made_secrets.get((namespace, name))
        why = Inferred.IS_MADE(str(maker)) if maker else Inferred.IS_REFERRED_TO()
        return AskedSecret(namespace, name, why)
    if known is not ...:
        return AskedSecret(namespace, name, IN_INPUT)
    nowhere = not world.identities.may_hold(namespace)
    if nowhere or world.snapshot.is_listed("Secret", namespace):
        raise NotFoundError(
            f"there is no Secret {namespace}/{name}"
            f"{f', nor a namespace {namespace}' if nowhere else ''}",
            advice=did_you_mean(_nearest(world, f"{namespace}/{name}")),
        )
    meant = _nearest(world, f"{namespace}/{name}")
    return AskedSecret(namespace, name, Inferred.MAY_BE_UNLISTED(*meant))


def asked_node(world: Facts, node: Node) -> AskedSecret:
    """Return a Secret, or a secret of a store outside, by its node."""
    kind, namespace, name = node
    if kind == SECRET:
        return asked_secret(world, namespace, name)
    store = world.part(Stores).get(kind)
    unseen = _UNSEEN.get(kind, Inferred.POLICIES_ARE_UNSEEN())
    why = unseen if store is None else store.inferred(node)
    return AskedSecret(namespace, name, why, kind)


def _nearest(world: Facts, text: str) -> list[str]:
    namespace, _, name = text.rpartition("/")
    keys = near_keys(namespace, name, world.secrets, cutoff=_CLOSE)
    return [f"{place}/{other}" for place, other in keys]
