"""Reads which Secrets policies of Kyverno copy: rules with ``generate``, and GeneratingPolicies.

Only whether a rule asks for preconditions, or for who makes the request, is read. A selector of the
object that triggers a rule restricts nobody who writes that object.

Sources: kyverno/kyverno ``api/kyverno/v1/common_types.go``, ``pkg/background/generate/clone.go``,
``pkg/engine/utils/match.go``; https://kyverno.io/docs/policy-types/generating-policy/.

Sources: carvel-dev/secretgen-controller ``docs/secret-export.md``,
``pkg/sharing/secret_import_reconciler.go``; projectcapsule/capsule
``api/v1beta2/tenantresource_{types,global,namespaced}.go``,
``internal/controllers/resources/collect.go``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import product
from typing import NamedTuple

from msgspec import ValidationError, convert

from rbacgraph.model.kubernetes import copy_rules
from rbacgraph.model.kubernetes.meta import (
    LabelSelector,
    LabelSelectorRequirement,
)
from rbacgraph.model.kubernetes.namespace_scope import NamespaceScope
from rbacgraph.sources.external.loose import LooseObject, items, mapping, text, texts

_IN_TENANTS = LabelSelector(
    match_expressions=(LabelSelectorRequirement("capsule.clastix.io/tenant", "Exists"),)
)

GENERATING = frozenset({"GeneratingPolicy", "NamespacedGeneratingPolicy"})
_WRITES = frozenset({"CREATE", "UPDATE", "*"})
_VARIABLE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_PLACES = {
    "request.namespace": copy_rules.WhichNamespace.OF_TRIGGER,
    "request.object.metadata.namespace": copy_rules.WhichNamespace.OF_TRIGGER,
    "request.object.metadata.name": copy_rules.WhichNamespace.CALLED_AS_TRIGGER,
    "request.name": copy_rules.WhichNamespace.CALLED_AS_TRIGGER,
    "namespaceObject.metadata.name": copy_rules.WhichNamespace.OF_TRIGGER,
    "object.metadata.namespace": copy_rules.WhichNamespace.OF_TRIGGER,
    "object.metadata.name": copy_rules.WhichNamespace.CALLED_AS_TRIGGER,
}
_ANY = copy_rules.RuleNamespace(copy_rules.WhichNamespace.ANY)
_WHO = ("subjects", "roles", "clusterRoles")
_PLAIN = frozenset({"kinds", "namespaces", "namespaceSelector"})


def copies_of(kind: str, spec: object) -> tuple[copy_rules.CopyRule, ...]:
    """Return what the rules of a policy copy."""
    found = _of_expressions(spec) if kind in GENERATING else _of_rules(spec)
    return tuple(found)


def _of_rules(spec: object) -> Iterator[copy_rules.CopyRule]:
    for rule in map(mapping, items(mapping(spec).get("rules"))):
        generate, guarded = mapping(rule, "generate"), _is_guarded(rule)
        several = items(generate.get("foreach"))
        patterns = [pattern for one in several or (generate,) for pattern in _copied(mapping(one))]
        for source, name, target, copy in patterns:
            for found in _triggers(rule):
                yield copy_rules.CopyRule(
                    text(rule.get("name")),
                    found.triggers,
                    source,
                    _placed(target, found.triggers),
                    found.others,
                    found.on_creation,
                    guarded,
                    found.scope,
                    name,
                    copy,
                )


def _is_guarded(rule: Mapping[str, object]) -> bool:
    """Whether a rule asks for preconditions, or for who makes the request."""
    blocks = [
        mapping(block)
        for part in (mapping(rule, "match"), mapping(rule, "exclude"))
        for block in (part, *items(part.get("any")), *items(part.get("all")))
    ]
    by_whom = any(block.get(field) for block in blocks for field in _WHO)
    return by_whom or any(rule.get(field) for field in ("preconditions", "celPreconditions"))


def _copied(
    pattern: Mapping[str, object],
) -> Iterator[tuple[copy_rules.RuleNamespace, str, copy_rules.RuleNamespace, str | None]]:
    """Yield the Secrets of a pattern: namespace and name of the source, and of the copy."""
    target = place_of(text(pattern.get("namespace")))
    clone, several = mapping(pattern, "clone"), mapping(pattern, "cloneList")
    if clone.get("name") and pattern.get("kind") == "Secret":
        name, copy = text(clone.get("name")), text(pattern.get("name"))
        source = place_of(text(clone.get("namespace")))
        yield source, _unless_variable(name) or "", target, _unless_variable(copy)
    elif any(one.rpartition("/")[2] == "Secret" for one in texts(several.get("kinds"))):
        yield place_of(text(several.get("namespace"))), "", target, ""


def _unless_variable(name: str) -> str | None:
    return None if _VARIABLE.search(name) else name


def place_of(name: str) -> copy_rules.RuleNamespace:
    """Return the namespace that a field means.

    Examples
    --------
    >>> place_of("dev"), place_of("{{ request.object.metadata.namespace }}").place.name
    (RuleNamespace(place=<WhichNamespace.GIVEN: 1>, namespace='dev'), 'OF_TRIGGER')
    >>> place_of("team-{{request.object.metadata.name}}").place.name
    'ANY'
    """
    found = _VARIABLE.fullmatch(name)
    if found:
        return copy_rules.RuleNamespace(_PLACES.get(found[1], copy_rules.WhichNamespace.ANY))
    return (
        _ANY
        if _VARIABLE.search(name)
        else copy_rules.RuleNamespace(copy_rules.WhichNamespace.GIVEN, name)
    )


def _placed(
    place: copy_rules.RuleNamespace, triggers: Iterable[tuple[str, str]]
) -> copy_rules.RuleNamespace:
    """Return a place, where the name of a Namespace is that of the place of the trigger."""
    if place.place == copy_rules.WhichNamespace.CALLED_AS_TRIGGER and set(triggers) == {
        copy_rules.NAMESPACES
    }:
        return copy_rules.RuleNamespace(copy_rules.WhichNamespace.OF_TRIGGER)
    return place


# --- what triggers a rule --------------------------------------------------------------


class _Trigger(NamedTuple):
    """What triggers a rule, as in :class:`CopyRule`."""

    triggers: tuple[tuple[str, str], ...]
    others: bool
    on_creation: bool
    scope: NamespaceScope


def _triggers(rule: Mapping[str, object]) -> Iterator[_Trigger]:
    """Yield what triggers a rule, Namespaces apart: any of its blocks, or all of them."""
    match, exclude = mapping(rule, "match"), mapping(rule, "exclude")
    any_of = [mapping(one, "resources") for one in items(match.get("any"))]
    all_of = [mapping(one, "resources") for one in items(match.get("all"))]
    if not (any_of or all_of):
        all_of = [mapping(match, "resources")]
    for several in ([one] for one in any_of) if any_of else (all_of,):
        kinds = [texts(one.get("kinds")) for one in several]
        named = [kind for kind in copy_rules.TRIGGERS if all(_has(one, kind) for one in kinds)]
        plain = {kind for one in kinds for kind in one if _title(kind) not in copy_rules.TRIGGERS}
        written = all(_is_of_writes(one.get("operations")) for one in several)
        for alone in (True, False):
            own = [kind for kind in named if (kind == "Namespace") == alone and written]
            triggers = tuple(copy_rules.TRIGGERS[kind] for kind in own)
            others = not alone and (bool(plain) or not written)
            seen = not (alone and any(one.get("namespaceSelector") for one in several))
            if (triggers or others) and seen:
                created = any(_is_of_creation(one.get("operations")) for one in several)
                scope = _scope(several, exclude, () if others else own, alone)
                yield _Trigger(triggers, others, created, scope)


def _has(patterns: Iterable[str], kind: str) -> bool:
    return any(fnmatchcase(kind, _title(pattern)) for pattern in patterns)


def _title(kind: str) -> str:
    """Return the kind of ``KIND``, ``VERSION/KIND`` or ``GROUP/VERSION/KIND``."""
    return kind.rpartition("/")[2]


def _is_of_writes(operations: object) -> bool:
    found = texts(operations)
    return not found or not _WRITES.isdisjoint(found)


def _is_of_creation(operations: object) -> bool:
    found = texts(operations)
    return bool(found) and {"UPDATE", "*"}.isdisjoint(found)


def _scope(
    blocks: Iterable[Mapping[str, object]],
    exclude: Mapping[str, object],
    kinds: Sequence[str],
    of_namespaces: bool,
) -> NamespaceScope:
    within: list[tuple[str, ...]] = []
    selected: list[LabelSelector] = []
    for one in blocks:
        within += _names(one, of_namespaces=of_namespaces)
        selected += selectors_of(one.get("selector" if of_namespaces else "namespaceSelector"))
    names: list[str] = []
    unselected: list[LabelSelector] = []
    for own, labels in _left_out(exclude, kinds, of_namespaces=of_namespaces):
        names += own
        unselected += labels
    return NamespaceScope(tuple(within), tuple(names), tuple(selected), tuple(unselected))


def _names(block: Mapping[str, object], *, of_namespaces: bool) -> list[tuple[str, ...]]:
    """Return the lists of patterns that a namespace must match.

    A Namespace is in its own namespace, as Kyverno sees it.
    """
    lists = [texts(block.get("namespaces"))]
    if of_namespaces:
        lists += [texts(block.get("names")), texts([block.get("name")])]
    return [one for one in lists if one]


def _left_out(
    exclude: Mapping[str, object], kinds: Sequence[str], *, of_namespaces: bool
) -> Iterator[tuple[tuple[str, ...], list[LabelSelector]]]:
    """Yield the namespaces that a rule leaves out, whatever of some kinds is written there."""
    together = items(exclude.get("all"))
    blocks = items(exclude.get("any")) or (together if len(together) == 1 else [])
    for block in map(mapping, blocks or ([] if together else [exclude])):
        found = mapping(block, "resources")
        patterns = texts(found.get("kinds"))
        every = not patterns or (bool(kinds) and all(_has(patterns, one) for one in kinds))
        known = {"kinds", "namespaces", "name", "names", "selector"} if of_namespaces else _PLAIN
        if every and not {*block} - {"resources"} and not {*found} - known:
            names = _names(found, of_namespaces=of_namespaces)
            chosen = found.get("selector" if of_namespaces else "namespaceSelector")
            labels = selectors_of(chosen)
            if len(names) + bool(chosen) == 1:  # a block asks for all that it names
                yield names[0] if names else (), labels


def selectors_of(value: object) -> list[LabelSelector]:
    """Return a selector; none if it selects everything, or is not understood."""
    if not value:
        return []
    try:
        return [convert(value, LabelSelector)]
    except ValidationError:
        return []


# --- policies of expressions -----------------------------------------------------------

_STRING = r"""["']([^"']*)["']"""
_READ = re.compile(
    rf"""resource\.(?:Get|get|List|list)\(\s*{_STRING}\s*,\s*["']secrets["']\s*,\s*([^,()]+?)\s*"""
    r"(?:,\s*([^,()]+?)\s*)?\)"
)
_APPLY = re.compile(r"generator\.[Aa]pply\(\s*([^,()]+?)\s*,")
_LITERAL = re.compile(_STRING)


def _of_expressions(spec: object) -> Iterator[copy_rules.CopyRule]:
    """Yield what a GeneratingPolicy copies: Secrets that it reads, into the namespaces named."""
    variables = {
        f"variables.{text(one.get('name'))}": text(one.get("expression"))
        for one in map(mapping, items(mapping(spec).get("variables")))
    }
    made = [text(mapping(one).get("expression")) for one in items(mapping(spec).get("generate"))]
    read = {found for one in (*variables.values(), *made) for found in _READ.findall(one)}
    targets = dict.fromkeys(found for one in made for found in _APPLY.findall(one))
    # An expression that writes metadata itself may give the copy another name.
    renames = any("metadata" in one and "{" in one for one in (*variables.values(), *made))
    for _, namespace, name in sorted(read):
        for target in targets:
            for found in _constrained(mapping(spec, "matchConstraints")):
                place = _placed(_resolved(target, variables), found.triggers)
                source = _resolved(namespace, variables)
                said = _resolved(name, variables)
                yield copy_rules.CopyRule(
                    "",
                    found.triggers,
                    source,
                    place,
                    found.others,
                    found.on_creation,
                    bool(mapping(spec).get("matchConditions")),
                    found.scope,
                    said.namespace
                    if name and said.place == copy_rules.WhichNamespace.GIVEN
                    else "",
                    None if renames else "",
                )


def _resolved(expression: str, variables: Mapping[str, str]) -> copy_rules.RuleNamespace:
    found = variables.get(expression, expression).strip()
    literal = _LITERAL.fullmatch(found)
    if literal:
        return copy_rules.RuleNamespace(copy_rules.WhichNamespace.GIVEN, literal[1])
    return copy_rules.RuleNamespace(_PLACES.get(found, copy_rules.WhichNamespace.ANY))


def _constrained(match: Mapping[str, object]) -> Iterator[_Trigger]:
    known = set(copy_rules.TRIGGERS.values())
    found: dict[tuple[str, str], bool] = {}
    others = False
    for rule in map(mapping, items(match.get("resourceRules"))):
        written = _is_of_writes(rule.get("operations"))
        groups, plurals = texts(rule.get("apiGroups")), texts(rule.get("resources"))
        core = [*groups, *[one for one in items(rule.get("apiGroups")) if one == ""]]
        for key in sorted(known):
            if written and {key[0], "*"}.intersection(core) and {key[1], "*"}.intersection(plurals):
                created = _is_of_creation(rule.get("operations"))
                found[key] = created and found.get(key, True)
        others |= not written or any((one, two) not in known for one in core for two in plurals)
    for alone, created in product((True, False), (True, False)):
        triggers = tuple(
            key
            for key, only in found.items()
            if ((key == copy_rules.NAMESPACES), only) == (alone, created)
        )
        selector = match.get("objectSelector" if alone else "namespaceSelector")
        beside = others and not (alone or created)
        if triggers or beside:
            scope = NamespaceScope(selected=tuple(selectors_of(selector)))
            yield _Trigger(triggers, beside, created, scope)


def to_copier(wire: LooseObject) -> copy_rules.SecretCopier:
    """Keep what a resource has copied."""
    copied = _imported(wire) if wire.kind == "SecretImport" else _replicated(wire.spec)
    return copy_rules.SecretCopier(
        kind=wire.kind,
        api_version=wire.api_version,
        metadata=wire.metadata,
        copies=tuple(copied),
    )


def _imported(wire: LooseObject) -> Iterator[copy_rules.CopyRule]:
    source, name = text(mapping(wire.spec).get("fromNamespace")), wire.metadata.name
    if source:
        given = copy_rules.WhichNamespace.GIVEN
        target = copy_rules.RuleNamespace(given, wire.metadata.namespace)
        yield copy_rules.CopyRule(
            "", (), copy_rules.RuleNamespace(given, source), target, name=name
        )


def _replicated(spec: object) -> Iterator[copy_rules.CopyRule]:
    """Yield what Capsule copies into the namespaces of tenants."""
    if mapping(spec).get("cordoned") is True or mapping(spec).get("scope") == "Tenant":
        return
    for resource in map(mapping, items(mapping(spec).get("resources"))):
        selected = (_IN_TENANTS, *selectors_of(resource.get("namespaceSelector")))
        for one in map(mapping, items(resource.get("namespacedItems"))):
            if one.get("kind") == "Secret":
                name = text(one.get("name"))
                yield copy_rules.CopyRule(
                    "",
                    (copy_rules.NAMESPACES,),
                    place_of(text(one.get("namespace"))),
                    copy_rules.RuleNamespace(copy_rules.WhichNamespace.OF_TRIGGER),
                    scope=NamespaceScope(selected=selected),
                    name="" if "{{" in name else name,
                )
