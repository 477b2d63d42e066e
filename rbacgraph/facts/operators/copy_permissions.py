"""Which Secrets their annotations let a copying operator copy, and into which namespaces.

Sources: emberstack/kubernetes-reflector ``Mirroring/Core/MirroringPropertiesExtensions.cs``;
mittwald/kubernetes-replicator ``replicate/common/generic-replicator.go``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.go.boolean import parse_bool
from rbacgraph.model.go.regex import search
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.meta import SecretAnnotations
from rbacgraph.model.node import SECRET, Node

REFLECTOR = "Reflector"
REPLICATOR = "kubernetes-replicator"


class CopyPermission(NamedTuple):
    """A Secret that an operator copies for anyone who asks in a fitting namespace.

    ``patterns``: what a namespace's name matches as a whole, one of them; None for any name.
    ``doubtful``: whether other namespaces may fit too: by their labels, or as the input lacks the
        annotations.
    """

    secret: Node
    patterns: Sequence[str] | None
    doubtful: bool = False

    def into(self, namespace: str) -> Condition | None:
        """Return the condition on which it is copied into a namespace; None if it is not."""
        if self.patterns is None:
            return CERTAIN
        found = [search(f"^{pattern}$", namespace) for pattern in self.patterns]
        if True in found:
            return CERTAIN
        if self.doubtful or None in found:
            return If.SECRET_MAY_BE_COPIED(self.secret[1], self.secret[2])
        return None


class CopyPermissions:
    """The Secrets that each operator may copy."""

    def __init__(self, world: Facts) -> None:
        self._found: dict[str, list[CopyPermission]] = {}
        for (namespace, name), secret in world.secrets.items():
            node: Node = (SECRET, namespace, name)
            for operator, allowed in _ALLOWED.items():
                found = _permission(node, secret, allowed)
                if found is not None:
                    self._found.setdefault(operator, []).append(found)

    def of(self, operator: str) -> Sequence[CopyPermission]:
        """Return the Secrets that an operator may copy."""
        return self._found.get(operator, ())


def _permission(
    node: Node,
    secret: Secret | None,
    allowed: Callable[[Node, SecretAnnotations], CopyPermission | None],
) -> CopyPermission | None:
    if secret is None:
        return CopyPermission(node, (), doubtful=True)
    notes = secret.metadata.annotations
    return allowed(node, notes) if notes is not None else None


def _reflected(node: Node, notes: SecretAnnotations) -> CopyPermission | None:
    if _text(notes.reflector_allows).strip().lower() != "true":
        return None
    by_labels = bool(_text(notes.reflector_selector))
    if not (_text(notes.reflector_namespaces) or by_labels):
        return CopyPermission(node, None)
    patterns = [f"(?:{pattern})" for pattern in _listed(notes.reflector_namespaces)]
    return CopyPermission(node, patterns, doubtful=by_labels)


def _replicated(node: Node, notes: SecretAnnotations) -> CopyPermission | None:
    if not parse_bool(notes.replicator_allows) or notes.replicator_namespaces is None:
        return None
    return CopyPermission(node, _listed(notes.replicator_namespaces))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _listed(value: object) -> Sequence[str]:
    return tuple(part for one in _text(value).split(",") if (part := one.strip()))


_ALLOWED: Mapping[str, Callable[[Node, SecretAnnotations], CopyPermission | None]] = {
    REFLECTOR: _reflected,
    REPLICATOR: _replicated,
}
