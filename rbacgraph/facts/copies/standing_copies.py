"""Finds what operators copy without being asked: by policies, and by annotations of Secrets.

Sources: kyverno/kyverno ``pkg/background/generate/clone.go``; emberstack/kubernetes-reflector
``Mirroring/Core/{ResourceMirror,MirroringPropertiesExtensions}.cs``;
mittwald/kubernetes-replicator ``replicate/common/generic-replicator.go``;
config-syncer/config-syncer ``pkg/syncer/secret.go``; those of
:mod:`rbacgraph.sources.pods.copy_rules`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import NamedTuple

from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.facts.ingress.namespace_selectors import parsed_selector
from rbacgraph.facts.operators.accounts import OperatorAccounts
from rbacgraph.facts.operators.copy_permissions import REFLECTOR, REPLICATOR
from rbacgraph.facts.secrets.made_secrets import labels_of
from rbacgraph.facts.world import WorldPart
from rbacgraph.model.go.regex import search
from rbacgraph.model.kubernetes import copy_rules
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.meta import LabelSelector, Object, SecretAnnotations
from rbacgraph.model.kubernetes.namespace_scope import NamespaceScope
from rbacgraph.model.kubernetes.pod_policies import PodPolicy

KYVERNO = "Kyverno"
SYNCER = "Config Syncer"
SECRETGEN = "secretgen-controller"
CAPSULE = "Capsule"
_TENANT = "capsule.clastix.io/tenant"
_NAME = "kubernetes.io/metadata.name"
_LITERAL = re.compile(r"\^?(?:\(\?:)?[-a-z0-9]+\)?\$?\Z")
_IN_EACH = copy_rules.RuleNamespace(copy_rules.WhichNamespace.OF_TRIGGER)

NamespaceLabels = dict[str, str] | None
"""The labels of a namespace; None if the input lacks it."""


class StandingCopy(NamedTuple):
    """What an operator copies by one rule.

    ``operator``: its name in the table of operators.
    ``kind``, ``obj``: the object that holds the rule.
    ``rule``: what is copied, whither and upon what; the operator itself sees new namespaces, and
        changed labels of others.
    ``lets``: returns of a namespace, by its name and labels, whether a write there triggers the
        rule; False if it does with other labels, None if never.
    ``waits``: whether it copies only when something is written.
    ``names``: the only namespaces that may trigger it, whatever their labels; None for any.
    ``number``: which one it is of that object and operator.
    """

    operator: str
    kind: str
    obj: Object
    rule: copy_rules.CopyRule
    lets: Callable[[str, NamespaceLabels], bool | None]
    waits: bool = False
    names: Sequence[str] | None = None
    number: int = 0


class StandingCopies(WorldPart):
    """All of these in a cluster, found on first use."""

    @cached_property
    def rules(self) -> Sequence[StandingCopy]:
        """The rules of operators that the input shows, or of all if it may lack their Pods."""
        world = self._world
        if not (self.every and world.snapshot.is_listed("Pod")):
            return self.every
        accounts = world.part(OperatorAccounts)
        return [one for one in self.every if accounts.of(one.operator, "", ())]

    @cached_property
    def every(self) -> Sequence[StandingCopy]:
        """All rules: policies', other custom resources', and those of annotated Secrets."""
        snapshot = self._world.snapshot
        policies = (*snapshot.pod_policies, *snapshot.namespace_policies)
        return (
            *(rule for policy in policies for rule in _of_policy(policy)),
            *(
                rule
                for copier in (*snapshot.secret_copiers, *snapshot.cluster_secret_copiers)
                for rule in self._of_copier(copier)
            ),
            *(rule for secret in snapshot.secrets for rule in _of_secret(secret)),
        )

    def _of_copier(self, copier: copy_rules.SecretCopier) -> Iterator[StandingCopy]:
        operator = SECRETGEN if copier.kind == "SecretImport" else CAPSULE
        tenant = (self._labels.get(copier.metadata.namespace) or {}).get(_TENANT)
        for number, copied in enumerate(copier.copies):
            rule = copied
            if operator == CAPSULE and tenant is not None:
                rule = copied.among(LabelSelector(match_labels={_TENANT: tenant}))
            lets = _in_scope(rule.scope)
            yield StandingCopy(operator, copier.kind, copier, rule, lets, number=number)

    @cached_property
    def _labels(self) -> Mapping[str, NamespaceLabels]:
        return {one.metadata.name: labels_of(one) for one in self._world.snapshot.namespaces}

    def lets(self, rule: StandingCopy, namespace: str) -> bool | None:
        """Return whether a write in a namespace triggers a rule, as :class:`StandingCopy` does."""
        return rule.lets(namespace, self._labels.get(namespace))

    def lets_new(self, rule: StandingCopy) -> bool:
        """Whether some new namespace, with a name and labels of choice, triggers a rule."""
        known = self._world.identities.namespace_names
        return rule.names is None or not known.issuperset(rule.names)


def _of_policy(policy: PodPolicy) -> Iterator[StandingCopy]:
    own = policy.metadata.namespace
    for number, copied in enumerate(policy.copies):
        rule = copied.inside(own) if own else copied
        plain = [group for group in rule.scope.within if all(map(_LITERAL.match, group))]
        yield StandingCopy(
            KYVERNO,
            policy.kind,
            policy,
            rule,
            _in_scope(rule.scope),
            waits=True,
            names=plain[0] if plain else None,
            number=number,
        )


def _in_scope(scope: NamespaceScope) -> Callable[[str, NamespaceLabels], bool | None]:
    def lets(namespace: str, labels: NamespaceLabels) -> bool | None:
        if not scope.has_name(namespace):
            return None
        fits = all(_fits(one, labels) for one in scope.selected) and not any(
            labels is not None and selector_matches(one, labels) for one in scope.unselected
        )
        return True if fits else _by_labels((*scope.selected, *scope.unselected))

    return lets


def _fits(selector: LabelSelector, labels: NamespaceLabels) -> bool:
    """Whether a selector may match labels; unknown ones may be any, and so may patterns."""
    if labels is None or any("*" in one or "?" in one for one in (selector.match_labels or {})):
        return True
    wild = any("*" in one or "?" in one for one in (selector.match_labels or {}).values())
    return wild or selector_matches(selector, labels)


def _by_labels(selectors: Sequence[LabelSelector]) -> bool | None:
    """Return False if other labels help; None if the selectors use the name alone."""
    keys = {key for one in selectors for key in one.match_labels or ()}
    keys |= {part.key for one in selectors for part in one.match_expressions or ()}
    return None if keys <= {_NAME} else False


# --- annotations of Secrets ------------------------------------------------------------


def _of_secret(secret: Secret) -> Iterator[StandingCopy]:
    meta = secret.metadata
    if meta.annotations is None:
        return
    source = copy_rules.RuleNamespace(copy_rules.WhichNamespace.GIVEN, meta.namespace)
    rule = copy_rules.CopyRule("", (copy_rules.NAMESPACES,), source, _IN_EACH, name=meta.name)
    for number, (operator, chosen) in enumerate(_copied_by(meta.annotations)):
        lets = partial(_let_by, chosen)
        names = [found for one in chosen if (found := one.names) is not None]
        yield StandingCopy(
            operator,
            "Secret",
            secret,
            rule,
            lets,
            names=names[0] if names else None,
            number=number,
        )


class _Chosen(NamedTuple):
    """The namespaces that annotations choose: by patterns or labels; all if there are neither."""

    patterns: Sequence[str]
    selector: str = ""

    @property
    def names(self) -> Sequence[str] | None:
        """The only ones; None if patterns or labels leave it open."""
        plain = not self.selector and all(map(_LITERAL.match, self.patterns))
        return [one.strip("^$(?:)") for one in self.patterns] if plain and self.patterns else None

    def lets(self, name: str, labels: NamespaceLabels) -> bool | None:
        """Whether a namespace is one of them; False if it is with other labels."""
        if not (self.patterns or self.selector):
            return True
        if any(search(one, name) is not False for one in self.patterns):
            return True
        parsed = parsed_selector(self.selector) if self.selector else None
        if parsed is None:
            return None  # the operators refuse what is no selector
        return True if labels is None or selector_matches(parsed, labels) else _by_labels((parsed,))


def _let_by(chosen: Iterable[_Chosen], name: str, labels: NamespaceLabels) -> bool | None:
    found = [one.lets(name, labels) for one in chosen]
    return None if None in found else all(found)


def _copied_by(notes: SecretAnnotations) -> Iterator[tuple[str, Sequence[_Chosen]]]:
    if _is_true(notes.reflector_allows) and _is_true(notes.reflector_auto):
        lists = (
            (notes.reflector_namespaces, notes.reflector_selector),
            (notes.reflector_auto_namespaces, notes.reflector_auto_selector),
        )
        yield (
            REFLECTOR,
            [
                _Chosen([f"^(?:{one})$" for one in _listed(names)], _text(selector))
                for names, selector in lists
            ],
        )
    patterns = [_strict(one) for one in _listed(notes.replicator_to)]
    if patterns:
        yield REPLICATOR, [_Chosen(patterns)]
    if _text(notes.replicator_to_matching):
        yield REPLICATOR, [_Chosen((), _text(notes.replicator_to_matching))]
    if isinstance(notes.syncer_to, str):
        yield SYNCER, [_Chosen((), "" if notes.syncer_to == "true" else notes.syncer_to)]


def _strict(pattern: str) -> str:
    start, end = not pattern.startswith("^"), not pattern.endswith("$")
    return f"{'^' * start}{pattern}{'$' * end}"


def _listed(value: object) -> list[str]:
    return [part for one in _text(value).split(",") if (part := one.strip())]


def _is_true(value: object) -> bool:
    return _text(value).strip().lower() == "true"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
