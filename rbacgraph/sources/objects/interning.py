"""Stores equal parts of objects once: each reader and process makes its own.

A name that many objects share is then hashed once, and compared by identity.
"""

from collections.abc import Iterable
from sys import intern
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.core import Secret, ServiceAccount
from rbacgraph.model.kubernetes.meta import Object, SecretLabels
from rbacgraph.model.kubernetes.networking import Service
from rbacgraph.model.kubernetes.pods import Pod, PodSpec, Workload, packed_owners

_PARTS = ("verbs", "api_groups", "resources")
_NO_LABELS = SecretLabels()


class Interner:
    """The parts of objects seen so far."""

    def __init__(self) -> None:
        self._seen: dict[Any, Any] = {}
        self._labels: dict[tuple[tuple[str, object], ...], dict[str, object]] = {}

    def share(self, objects: Iterable[Object]) -> None:
        """Replace parts by equal ones seen before; no object changes its value."""
        for found in objects:
            _intern(found.metadata, "namespace")
            if isinstance(found, Secret):
                self._share(found, "keys")
                self._share(found.metadata, "name")  # Pods name it too
                if found.metadata.labels == _NO_LABELS:
                    force_setattr(found.metadata, "labels", _NO_LABELS)
            elif isinstance(found, Pod | Workload):
                self._share_owners(found)
                if isinstance(found, Pod):
                    _intern(found, "phase")
                self._share_spec(found.spec)
            elif isinstance(found, rbac.Role | rbac.ClusterRole):
                _intern(found.metadata, "name")
                self._share_labels(found.metadata)
                force_setattr(found, "rules", self._shared_rules(found.rules))
            elif isinstance(found, rbac.RoleBinding | rbac.ClusterRoleBinding):
                self._share_labels(found.metadata)
                self._share_subjects(found)
            elif isinstance(found, ServiceAccount):
                _share_account(found)
            elif isinstance(found, Service) and found.spec is not None:
                self._share(found.spec, "ports")

    def _share(self, held: Struct, *fields: str) -> None:
        """Replace the values of fields by equal ones seen before."""
        for field in fields:
            value = getattr(held, field)
            force_setattr(held, field, self._seen.setdefault(value, value))

    def _share_owners(self, found: Pod | Workload) -> None:
        if isinstance(found.owned, tuple):  # from a snapshot
            force_setattr(found, "owned", packed_owners(found.owned))
        self._share(found, "owned", "labels")

    def _share_spec(self, spec: PodSpec) -> None:
        _intern(spec, "service_account", "node_name", "violates")
        self._share(spec, "ports", "tokens", "images")
        for use in spec.secrets:
            self._share(use, "secret", "keys")
            _intern(use, "container", "place")
        for named in spec.kubelet:
            self._share(named, "secret")
            _intern(named, "place")

    def _share_labels(self, metadata: Any) -> None:  # noqa: ANN401 - of a role or a binding
        """Share labels that are strings: equal numbers may be of different types."""
        labels = metadata.labels
        if labels is not None and all(isinstance(value, str) for value in labels.values()):
            known = self._labels.setdefault(tuple(labels.items()), labels)
            force_setattr(metadata, "labels", known)

    def _share_subjects(self, binding: rbac.AnyBinding) -> None:
        _intern(binding.role_ref, "kind", "name", "api_group")
        self._share(binding, "role_ref")
        if binding.subjects:
            subjects = tuple(map(self._shared_subject, binding.subjects))
            force_setattr(binding, "subjects", subjects)

    def _shared_subject(self, subject: rbac.Subject) -> rbac.Subject:
        known: rbac.Subject | None = self._seen.get(subject)
        if known is None:
            known = self._seen[subject] = subject
            _intern(subject, "kind", "name", "namespace", "api_group")
        return known

    def _shared_rules(self, rules: rbac.Rules) -> rbac.Rules:
        known = self._seen.get(rules)
        if known is None and rules:
            known = self._seen[rules] = rules
            for rule in rules:
                self._share_parts(rule)
        return known or rules

    def _share_parts(self, rule: rbac.PolicyRule) -> None:
        self._share(rule, *_PARTS)


def _share_account(account: ServiceAccount) -> None:
    _intern(account.metadata, "name")
    if account.metadata.annotations:
        _intern(account.metadata.annotations, "release_name", "release_namespace")


def _intern(held: Struct, *fields: str) -> None:
    """Intern the values of fields that are strings."""
    for field in fields:
        value = getattr(held, field)
        if type(value) is str:
            force_setattr(held, field, intern(value))
