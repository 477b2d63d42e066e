"""Reads what policies of Kyverno and Gatekeeper refuse, from their text.

A rule counts as refusing something if a pattern, a condition or an expression names the field.
Rules that a Pod escapes by a name, a label or an annotation of the attacker's choice do not count.

Sources: https://kyverno.io/docs/policy-types/cluster-policy/match-exclude/;
https://kyverno.io/docs/policy-types/cluster-policy/validate/;
https://kyverno.io/docs/policy-types/validating-policy/;
https://open-policy-agent.github.io/gatekeeper/website/docs/howto/#the-match-field;
open-policy-agent/gatekeeper-library ``library/pod-security-policy``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from posixpath import normpath
from typing import Any

from msgspec import Struct, ValidationError, convert
from msgspec.structs import replace

from rbacgraph.model.kubernetes import admission
from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta
from rbacgraph.model.kubernetes.namespace_scope import NamespaceScope
from rbacgraph.model.kubernetes.pod_policies import (
    GATEKEEPER_GROUP,
    HOST_PATH,
    PRIVILEGED,
    PodPolicy,
    PolicyReach,
)
from rbacgraph.sources.pods.copy_rules import GENERATING, copies_of

_NODE = (PRIVILEGED, HOST_PATH)
_NAMED = re.compile(r"\b(privileged|hostPath)\b")
_LEVELS = ("baseline", "restricted")
_CONTROLS = {"Privileged Containers": PRIVILEGED, "HostPath Volumes": HOST_PATH}
_OF_THE_OBJECT = ("annotations", "name", "names", "selector")


class PolicyWire(Object, frozen=True, gc=False, rename="camel"):
    """A policy in its wire format."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    spec: dict[str, Any] | None = None


class _Validation(Struct, frozen=True, gc=False):
    expression: str = ""


class _ValidatingSpec(Struct, frozen=True, gc=False, rename="camel"):
    param_kind: admission.ParamKind | None = None
    match_constraints: admission.MatchResources | None = None
    validations: tuple[_Validation, ...] | None = None
    variables: tuple[_Validation, ...] | None = None


class ValidatingPolicyWire(Object, frozen=True, gc=False):
    """A ValidatingAdmissionPolicy in its wire format."""

    metadata: ObjectMeta
    spec: _ValidatingSpec | None = None


def to_validating(wire: ValidatingPolicyWire) -> admission.AdmissionPolicy:
    """Keep which parts of a Pod the expressions of a ValidatingAdmissionPolicy name."""
    spec = wire.spec
    if spec is None:
        return admission.AdmissionPolicy(metadata=wire.metadata)
    texts = [one.expression for one in (*(spec.validations or ()), *(spec.variables or ()))]
    kept = admission.AdmissionPolicySpec(spec.param_kind, spec.match_constraints, _named(texts))
    return admission.AdmissionPolicy(metadata=wire.metadata, spec=kept)


def to_policy(wire: PolicyWire) -> PodPolicy:
    """Keep what a policy refuses, and what it copies, and where."""
    spec = _map(wire.spec)
    reaches: Iterable[PolicyReach] = ()
    if wire.api_version.startswith(GATEKEEPER_GROUP):
        reaches = _of_constraint(wire.kind, spec)
    elif wire.kind == "ValidatingPolicy":
        reaches = _of_expressions(spec)
    elif wire.kind not in GENERATING:
        reaches = _of_rules(spec)
    return PodPolicy(
        kind=wire.kind,
        api_version=wire.api_version,
        metadata=wire.metadata,
        reaches=tuple(one for one in reaches if one.refuses),
        copies=copies_of(wire.kind, wire.spec) if wire.spec else (),
    )


# --- Gatekeeper ------------------------------------------------------------------------


def _of_constraint(kind: str, spec: Mapping[str, Any]) -> Iterator[PolicyReach]:
    match = _map(spec.get("match"))
    kinds = [_map(one) for one in _list(match.get("kinds"))]
    looks = not kinds or any(_is_pod(one) for one in kinds)
    evaded = bool(match.get("labelSelector") or match.get("name"))
    if not (looks and _denies(spec)) or evaded or match.get("scope") == "Cluster":
        return
    within = _names(match.get("namespaces"))
    yield PolicyReach(
        refuses=_refused_by(kind, _map(spec.get("parameters"))),
        within=(within,) if within else (),
        excluded=_names(match.get("excludedNamespaces")),
        selected=_selectors(match.get("namespaceSelector")),
    )


def _refused_by(kind: str, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    if kind == "K8sPSPPrivilegedContainer":
        return (PRIVILEGED,)
    if kind == "K8sPSPVolumeTypes":
        return () if {"*", HOST_PATH} & {*_names(parameters.get("volumes"))} else (HOST_PATH,)
    paths = [_map(one) for one in _list(parameters.get("allowedHostPaths"))]
    roots = [one for one in paths if normpath(f"/{one.get('pathPrefix')}") in {"/", "//"}]
    return () if any(one.get("readOnly") is not True for one in roots) else (HOST_PATH,)


def _is_pod(kinds: Mapping[str, Any]) -> bool:
    groups, names = _names(kinds.get("apiGroups")), _names(kinds.get("kinds"))
    return bool({"", "*"} & {*groups} and {"Pod", "*"} & {*names})


def _denies(spec: Mapping[str, Any]) -> bool:
    action = spec.get("enforcementAction") or "deny"
    if action != "scoped":
        return action == "deny"
    scoped = [_map(one) for one in _list(spec.get("scopedEnforcementActions"))]
    return any(one.get("action") == "deny" for one in scoped)


# --- Kyverno ---------------------------------------------------------------------------


def _of_rules(spec: Mapping[str, Any]) -> Iterator[PolicyReach]:
    for rule in map(_map, _list(spec.get("rules"))):
        validate = _map(rule.get("validate"))
        refuses = _refused(validate)
        for reach in _matched(_map(rule.get("match"))) if refuses else ():
            excluded, unselected = _excluded(_map(rule.get("exclude")))
            where = PolicyReach(reach.within, excluded, reach.selected, unselected, refuses=refuses)
            yield from _enforced(where, spec, validate)


def _refused(validate: Mapping[str, Any]) -> tuple[str, ...]:
    level = _map(validate.get("podSecurity"))
    if level:
        spared = {
            _CONTROLS.get(str(one.get("controlName")))
            for one in map(_map, _list(level.get("exclude")))
            if not one.get("images") or "*" in _names(one.get("images"))
        }
        return tuple(one for one in _NODE if level.get("level") in _LEVELS and one not in spared)
    return _named(_texts({key: one for key, one in validate.items() if key != "message"}))


def _enforced(
    where: PolicyReach, spec: Mapping[str, Any], validate: Mapping[str, Any]
) -> Iterator[PolicyReach]:
    """Yield where a rule refuses rather than warns, with its overrides for some namespaces."""
    action = validate.get("failureAction") or spec.get("validationFailureAction")
    others = validate.get("failureActionOverrides") or spec.get("validationFailureActionOverrides")
    overrides = [_map(one) for one in _list(others)]
    enforcing = _is_enforce(action)
    excluded, unselected = [*where.excluded], [*where.unselected]
    for one in overrides:
        names, selected = _names(one.get("namespaces")), _selectors(one.get("namespaceSelector"))
        if _is_enforce(one.get("action")) and not enforcing:
            within = (*where.within, names) if names else where.within
            yield replace(where, within=within, selected=(*where.selected, *selected))
        elif enforcing and not _is_enforce(one.get("action")) and not (names and selected):
            excluded += names
            unselected += selected
    if enforcing:
        yield replace(where, excluded=tuple(excluded), unselected=tuple(unselected))


def _is_enforce(action: object) -> bool:
    return isinstance(action, str) and action.lower() == "enforce"


def _matched(match: Mapping[str, Any]) -> Iterator[NamespaceScope]:
    """Yield where a rule matches Pods: by any of its blocks, or by all of them."""
    blocks = [_resources(one) for one in _list(match.get("any"))]
    together = [_resources(one) for one in _list(match.get("all"))]
    if not (blocks or together):
        together = [_resources(match)]
    for several in ([one] for one in blocks) if blocks else (together,):
        if all(map(_looks_at_pods, several)):
            names = [_names(one.get("namespaces")) for one in several]
            selectors = [_selectors(one.get("namespaceSelector")) for one in several]
            within = tuple(filter(None, names))
            yield NamespaceScope(within, selected=tuple(s for found in selectors for s in found))


def _excluded(exclude: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[LabelSelector, ...]]:
    """Return the excluded namespaces: by name, and by label."""
    together = _list(exclude.get("all"))
    blocks = _list(exclude.get("any")) or (together if len(together) == 1 else [])
    if not (blocks or together):
        blocks = [exclude]
    names: list[str] = []
    selectors: list[LabelSelector] = []
    for block in blocks:
        found = _resources(block)
        others = {*_map(block)} - {"resources"} or {*found} - {
            "kinds",
            "namespaces",
            "namespaceSelector",
        }
        own, labels = _names(found.get("namespaces")), _selectors(found.get("namespaceSelector"))
        pods = not found.get("kinds") or any(map(_is_kind_of_pod, _names(found.get("kinds"))))
        if pods and not others and not (own and labels):
            names += own
            selectors += labels
    return tuple(names), tuple(selectors)


def _resources(block: object) -> Mapping[str, Any]:
    return _map(_map(block).get("resources"))


def _looks_at_pods(resources: Mapping[str, Any]) -> bool:
    """Whether a match includes every created Pod, whatever its name."""
    operations = _names(resources.get("operations"))
    evaded = any(resources.get(field) not in (None, {}, [], ["*"]) for field in _OF_THE_OBJECT)
    created = not operations or "CREATE" in operations
    return created and not evaded and any(map(_is_kind_of_pod, _names(resources.get("kinds"))))


def _is_kind_of_pod(kind: str) -> bool:
    """Whether ``KIND``, ``VERSION/KIND`` or ``GROUP/VERSION/KIND`` is the kind of Pods.

    Examples
    --------
    >>> _is_kind_of_pod("v1/Pod"), _is_kind_of_pod("*"), _is_kind_of_pod("Pod/exec")
    (True, True, False)
    """
    return fnmatchcase("Pod", kind.rpartition("/")[2])


def _of_expressions(spec: Mapping[str, Any]) -> Iterator[PolicyReach]:
    """Yield where a ValidatingPolicy, written like Kubernetes' own, refuses Pods."""
    match = _map(spec.get("matchConstraints"))
    actions = _names(spec.get("validationActions")) or ("Deny",)
    rules = [_rule(one) for one in _list(match.get("resourceRules"))]
    looks = any(rule.looks_at("", "pods", "CREATE") for rule in rules if rule)
    if looks and "Deny" in actions and not match.get("objectSelector"):
        texts = _texts([spec.get("validations"), spec.get("variables")])
        selected = _selectors(match.get("namespaceSelector"))
        yield PolicyReach(selected=selected, refuses=_named(texts))


def _rule(value: object) -> admission.AdmissionRule | None:
    try:
        return convert(value, admission.AdmissionRule)
    except ValidationError:
        return None


# --- what is written -------------------------------------------------------------------


def _named(texts: Iterable[str]) -> tuple[str, ...]:
    found = {name for text in texts for name in _NAMED.findall(text)}
    return tuple(one for one in _NODE if one in found)


def _texts(value: object) -> Iterator[str]:
    """Yield every key and string of a value except messages."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            if key not in {"message", "messageExpression"}:
                yield str(key)
                yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _names(value: object) -> tuple[str, ...]:
    return tuple(one for one in _list(value) if isinstance(one, str))


def _selectors(value: object) -> tuple[LabelSelector, ...]:
    """Return a selector; none if it selects everything, or is not understood."""
    if not value:
        return ()
    try:
        return (convert(value, LabelSelector),)
    except ValidationError:
        return ()
