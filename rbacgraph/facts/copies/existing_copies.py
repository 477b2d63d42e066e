"""Finds Secrets that are copies of others, as their labels and annotations say, or a rule does.

Sources: those of :mod:`rbacgraph.facts.copies.standing_copies`; kyverno/kyverno
``pkg/background/common/labels.go``, ``pkg/background/generate/source.go``.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum, auto
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.copies.standing_copies import (
    KYVERNO,
    SECRETGEN,
    SYNCER,
    StandingCopies,
    StandingCopy,
)
from rbacgraph.facts.operators.copy_permissions import REFLECTOR, REPLICATOR, CopyPermissions
from rbacgraph.facts.world import WorldPart
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.copy_rules import WhichNamespace
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.node import SECRET, Node


class SaidBy(IntEnum):
    """What shows that a Secret is a copy."""

    REFLECTS = auto()
    REPLICATE_FROM = auto()
    ORIGIN_LABELS = auto()
    KYVERNO_LABELS = auto()
    RULE = auto()


class ExistingCopy(NamedTuple):
    """A Secret that holds what another one holds.

    ``condition``: the condition on which it is true.
    """

    copy: Node
    source: Node
    said_by: SaidBy
    kind: str
    obj: Object
    condition: Condition


class ExistingCopies(WorldPart):
    """All copies of a cluster, found on first use."""

    @cached_property
    def copies(self) -> Mapping[tuple[Node, Node], ExistingCopy]:
        """The copies, by copy and source."""
        found: dict[tuple[Node, Node], ExistingCopy] = {}
        for one in (*self._marked(), *self._by_rules()):
            key = one.copy, one.source
            known = one.copy != one.source and self._is_known(one.source)
            if known and (key not in found or one.condition < found[key].condition):
                found[key] = one
        return found

    def _is_known(self, node: Node) -> bool:
        return node[2] in self._world.secret_numbers.get(node[1], ())

    def _marked(self) -> Iterator[ExistingCopy]:
        """Yield what the marks of Secrets say, which operators write."""
        for secret in self._world.snapshot.secrets:
            yield from self._annotated(secret)
            yield from self._labelled(secret)

    def _annotated(self, secret: Secret) -> Iterator[ExistingCopy]:
        notes = secret.metadata.annotations
        if notes is None:
            return
        for operator, source, version, said_by in (
            (REFLECTOR, notes.reflects, notes.reflected_version, SaidBy.REFLECTS),
            (REPLICATOR, notes.replicates, notes.replicated_version, SaidBy.REPLICATE_FROM),
        ):
            namespace, _, name = source.partition("/") if isinstance(source, str) else ("",) * 3
            if not (namespace and name):
                continue
            node: Node = (SECRET, namespace, name)
            condition: Condition | None = If.COPY_IS_CURRENT(operator)
            if not version:
                condition = self._filled(operator, node, secret.metadata.namespace)
            if condition is not None:
                yield _copy(secret, node, said_by, condition)

    def _filled(self, operator: str, source: Node, namespace: str) -> Condition | None:
        """Return the condition on which a Secret that asks for it is filled with another one."""
        copied = If.OPERATOR_COPIES_BY_SECRET(operator)
        for one in self._world.part(CopyPermissions).of(operator):
            if one.secret == source:
                into = one.into(namespace)
                if into is not None:
                    return both(copied, into)
        return If.OPERATOR_COPIES_ALL(operator) if operator == REPLICATOR else None

    def _labelled(self, secret: Secret) -> Iterator[ExistingCopy]:
        labels = secret.metadata.labels
        if labels is None:
            return
        namespace, name = labels.syncer_namespace, labels.syncer_name
        if isinstance(namespace, str) and isinstance(name, str):
            node: Node = (SECRET, namespace, name)
            yield _copy(secret, node, SaidBy.ORIGIN_LABELS, If.COPY_IS_CURRENT(SYNCER))
        if isinstance(labels.kyverno_source_namespace, str):
            origin = labels.kyverno_source_namespace
            for source in dict.fromkeys(self._sources(secret, origin)):
                condition = If.COPY_IS_CURRENT(KYVERNO)
                yield _copy(secret, (SECRET, *source), SaidBy.KYVERNO_LABELS, condition)

    def _sources(self, secret: Secret, origin: str) -> Iterable[Key]:
        """Return what Kyverno's labels say that a Secret was copied from."""
        labels = secret.metadata.labels
        assert labels is not None
        if isinstance(labels.kyverno_source_name, str):
            return [(origin, labels.kyverno_source_name)]
        by_uid = self._by_uid.get(labels.kyverno_source_uid)
        if by_uid is not None:
            return [by_uid]
        rules = [
            one
            for one in self._world.part(StandingCopies).every
            if one.operator == KYVERNO
            and one.obj.metadata.name == labels.kyverno_policy
            and one.obj.metadata.namespace == (labels.kyverno_policy_namespace or "")
        ]
        own = secret.metadata.name
        named = [one.rule.name or own for one in rules if one.rule.copy in {None, "", own}]
        return [(origin, name) for name in named or [own]]

    @cached_property
    def _by_uid(self) -> Mapping[object, Key]:
        held = [secret.metadata for secret in self._world.snapshot.secrets]
        return {meta.uid: (meta.namespace, meta.name) for meta in held if meta.uid}

    # --- rules ----------------------------------------------------------------------------

    def _by_rules(self) -> Iterator[ExistingCopy]:
        """Yield the Secrets whose name and namespace are those of a copy by a rule."""
        copies = self._world.part(StandingCopies)
        for one in copies.rules:
            rule = one.rule
            if rule.source.place != WhichNamespace.GIVEN or rule.copy is None:
                continue
            for target in self._targets(copies, one):
                for name in self._names(one):
                    copied = self._by_rule(one, target, rule.copy or name)
                    if copied is not None:
                        source: Node = (SECRET, rule.source.namespace, name)
                        node: Node = (SECRET, target, rule.copy or name)
                        yield ExistingCopy(node, source, SaidBy.RULE, one.kind, one.obj, copied)

    def _names(self, one: StandingCopy) -> Iterable[str]:
        name = one.rule.name
        return (name,) if name else self._world.secret_numbers.get(one.rule.source.namespace, ())

    def _targets(self, copies: StandingCopies, one: StandingCopy) -> Iterator[str]:
        """Yield the namespaces that may hold copies by a rule."""
        target = one.rule.target
        if target.place == WhichNamespace.GIVEN:
            yield target.namespace
        else:
            for namespace in self._world.secret_numbers:
                if target.place != WhichNamespace.OF_TRIGGER or copies.lets(one, namespace):
                    yield namespace

    def _by_rule(self, one: StandingCopy, namespace: str, name: str) -> Condition | None:
        """Return the condition on which a Secret is a copy by a rule; None if it is none.

        kubernetes-replicator, Config Syncer and secretgen-controller write over a Secret of that
        name; the others mark what they write.
        """
        if name not in self._world.secret_numbers.get(namespace, ()):
            return None
        held = self._world.secrets.get((namespace, name))
        if held is None or one.operator in {SYNCER, SECRETGEN}:
            return copied_by(one)
        if one.operator == REPLICATOR:
            notes = held.metadata.annotations
            done = notes is not None and notes.replicated_version
            return If.COPY_IS_CURRENT(REPLICATOR) if done else copied_by(one)
        return None


def copied_by(one: StandingCopy) -> Condition:
    """Return the condition on which an operator copies, or has copied, by a rule."""
    meta = one.obj.metadata
    said = If.OPERATOR_COPIED_BY if one.waits else If.OPERATOR_COPIES_BY
    return both(said(one.operator, one.kind, meta.namespace, meta.name), met_by_write(one))


def met_by_write(one: StandingCopy) -> Condition:
    """Return the condition on which a write that triggers a rule is one that it lets copy."""
    meta = one.obj.metadata
    asked = If.WRITE_MEETS_RULE(one.kind, meta.namespace, meta.name)
    return asked if one.rule.guarded else CERTAIN


def _copy(secret: Secret, source: Node, said_by: SaidBy, condition: Condition) -> ExistingCopy:
    meta = secret.metadata
    node: Node = (SECRET, meta.namespace, meta.name)
    return ExistingCopy(node, source, said_by, "Secret", secret, condition)
