"""Make an admission policy reveal the Secret that it takes as a parameter."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.facts.admission.policy_parameters import (
    MUTATING_POLICY,
    VALIDATING_POLICY,
    SecretParameter,
)
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.admission import ADMISSION_GROUP, AdmissionPolicyBinding, ParamRef
from rbacgraph.model.node import EACH_NAMESPACE, GraphNode
from rbacgraph.techniques.admission.any_write import CHANGES, WRITES, any_write
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRights,
    cluster_wide,
    names_of,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Right, Target


class _Sort(NamedTuple):
    """One kind of policy: its kind, the right to change one, and the writes that it matches."""

    kind: str
    change: CompoundRight
    anywhere: CompoundRight
    inside: CompoundRight


def _sort(kind: str, resource: str, name: str, verbs: tuple[str, ...]) -> _Sort:
    edit = Right(("update", "patch"), ADMISSION_GROUP, resource)

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        policies = {one.policy.metadata.name for one in world.secret_parameters[kind]}
        for holding in cluster_wide(held.get(edit, ())):
            for policy in names_of(holding.match):
                if policy in policies or not policy:
                    yield FoundRight("", policy, (holding,))

    def wanted(world: Facts) -> bool:
        return bool(world.secret_parameters[kind])

    change = CompoundRight(
        id=f"change-{name}-policy",
        rights=(edit,),
        found=found,
        wanted=wanted,
        cluster_scoped=True,
    )
    return _Sort(kind, change, *any_write(f"{name}-write", verbs, wanted))


_SORTS = (
    _sort(VALIDATING_POLICY, "validatingadmissionpolicies", "validating", WRITES),
    _sort(MUTATING_POLICY, "mutatingadmissionpolicies", "mutating", CHANGES),
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for sort in _SORTS:
        for one in world.secret_parameters[sort.kind]:
            name = one.policy.metadata.name
            change = present.node(sort.change, "", name)
            for scope, write in _writes(present, sort, one) if change else ():
                found = _parameters(world, scope, one.ref)
                if change and found:
                    target, condition = found
                    yield Hyperarc(
                        (change, write),
                        (target,),
                        f"can have {sort.kind} {name} print its Secret parameters",
                        scope,
                        (sort.kind, name, one.binding.metadata.name),
                        both(condition, _matching(one.binding)),
                        _evidence(world, sort, one),
                    )


def _writes(
    present: HeldCompoundRights, sort: _Sort, one: SecretParameter
) -> Iterator[tuple[str, GraphNode]]:
    """Yield the namespaces of revealed Secrets, with the writes that reveal them."""
    ref = one.ref
    if ref.namespace:
        anywhere = present.node(sort.anywhere, "")
        if anywhere:
            yield ref.namespace, anywhere
        return
    for scope in present.scopes(sort.inside):
        inside = present.node(sort.inside, scope)
        if inside:
            yield scope, inside


def _parameters(world: Facts, scope: str, ref: ParamRef) -> Target | None:
    """Return the Secrets that a binding names, with the condition."""
    if ref.name:
        wide = scope in {"", EACH_NAMESPACE}
        if wide or ref.name in world.secret_numbers.get(scope, ()):
            return SECRETS_OF.named(scope, ref.name), CERTAIN
    elif ref.selector is not None:
        all_of_them = not (ref.selector.match_labels or ref.selector.match_expressions)
        labelled = If.SECRET_HAS_LABELS()
        return SECRETS_OF.everything(scope), CERTAIN if all_of_them else labelled
    return None


def _matching(binding: AdmissionPolicyBinding) -> Condition:
    """Return what a binding's own restrictions require of the write."""
    matched = binding.spec and binding.spec.match_resources
    if not matched:
        return CERTAIN
    selectors = matched.namespace_selector, matched.object_selector
    selects = any(s and (s.match_labels or s.match_expressions) for s in selectors)
    if not (selects or matched.resource_rules or matched.exclude_resource_rules):
        return CERTAIN
    return If.BINDING_MATCHES_WRITE(binding.metadata.name)


def _evidence(world: Facts, sort: _Sort, one: SecretParameter) -> tuple[Evidence, ...]:
    ref = one.ref
    place = f"of namespace {ref.namespace}" if ref.namespace else "of the write's namespace"
    named = f"Secret {ref.name}" if ref.name else "Secrets by their labels,"
    return (
        world.rbac.evidence(one.policy, sort.kind, "takes Secrets as parameters"),
        world.rbac.evidence(one.binding, f"{sort.kind}Binding", f"names {named} {place}"),
    )


EDGE = Conjunction(
    id="policy-parameters",
    summary="an admission policy reveals the Secret that it takes as a parameter",
    effort=4,  # a policy changes for all, and then something is written
    certainty="conditional where the binding selects Secrets by labels, or matches not every write",
    abilities=tuple(a for sort in _SORTS for a in (sort.change, sort.anywhere, sort.inside)),
    joins=_joins,
)
