"""Stores equal parts of objects once: each reader and process makes its own.

A name that many objects share is then hashed once, and compared by identity.
"""

from collections.abc import Iterable
from sys import intern
from typing import Any

from msgspec.structs import force_setattr

from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.networking import Service
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.kubernetes.rbac import ClusterRole, PolicyRule, Role, Rules

_PARTS = ("verbs", "api_groups", "resources")


class Interner:
    """The parts of objects seen so far."""

    def __init__(self) -> None:
        self._seen: dict[Any, Any] = {}

    def share(self, objects: Iterable[Object]) -> None:
        """Replace parts by equal ones seen before; no object changes its value."""
        for found in objects:
            force_setattr(found.metadata, "namespace", intern(found.metadata.namespace))
            if isinstance(found, Pod | Workload):
                spec = found.spec
                force_setattr(spec, "service_account", intern(spec.service_account))
                force_setattr(spec, "node_name", intern(spec.node_name))
                force_setattr(spec, "ports", self._seen.setdefault(spec.ports, spec.ports))
                force_setattr(spec, "tokens", self._seen.setdefault(spec.tokens, spec.tokens))
                force_setattr(spec, "images", self._seen.setdefault(spec.images, spec.images))
            elif isinstance(found, Service) and found.spec is not None:
                ports = found.spec.ports
                force_setattr(found.spec, "ports", self._seen.setdefault(ports, ports))
            elif isinstance(found, Role | ClusterRole):
                force_setattr(found, "rules", self._shared_rules(found.rules))

    def _shared_rules(self, rules: Rules) -> Rules:
        known = self._seen.get(rules)
        if known is None and rules:
            known = self._seen[rules] = rules
            for rule in rules:
                self._share_parts(rule)
        return known or rules

    def _share_parts(self, rule: PolicyRule) -> None:
        for part in _PARTS:
            value = getattr(rule, part)
            force_setattr(rule, part, self._seen.setdefault(value, value))
