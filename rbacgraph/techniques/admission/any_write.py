"""Finds identities that may write anything, as an admission policy matching everything sees it.

Sources: kubernetes ``pkg/kubeapiserver/admission/exclusion/resources.go`` for what policies do not
see, and ``staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/validating/plugin.go``.
"""

from collections.abc import Callable, Iterator

from rbacgraph.authz.match import ALL, api_group_matches, resource_matches, verb_matches
from rbacgraph.authz.questions.api_resources import known_resources
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.kubernetes.admission import ADMISSION_GROUP
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldRight,
    HeldRights,
)
from rbacgraph.techniques.spec.technique import Right

CHANGES = ("create", "update", "patch")
WRITES = (*CHANGES, "delete", "deletecollection")

_UNSEEN = frozenset({ADMISSION_GROUP, "authentication.k8s.io", "authorization.k8s.io"})
"""Groups that policies ignore: their own, and reviews, which anyone may create."""

_EVERYWHERE = {"configmaps": "kube-root-ca.crt", "serviceaccounts": "default"}
"""Objects that every namespace holds."""

_NAMESPACES = Right(("update", "patch", "delete"), "", "namespaces")
_SOMETHING = If.SOMETHING_IS_WRITTEN()


class AnyWrite(Right):
    """Verbs on any resource of a rule, except resources that no policy sees."""

    def verbs_in(self, rule: PolicyRule) -> tuple[str, ...]:
        """Return the verbs that ``rule`` grants on some resource that policies see."""
        if not rule.resources or _UNSEEN.issuperset(rule.api_groups or ()):
            return ()
        return tuple(verb for verb in self.verbs if verb_matches(rule, verb))

    def part_of(self, rule: PolicyRule) -> PolicyRule:
        """Return the rule with its verbs alone, on the groups that policies see."""
        groups = tuple(group for group in rule.api_groups or () if group not in _UNSEEN)
        return PolicyRule(self.verbs_in(rule), groups, rule.resources, rule.resource_names)

    @property
    def named_by(self) -> tuple[str, ...]:
        """Any resource of a rule."""
        return (ALL,)


def any_write(
    name: str, verbs: tuple[str, ...], wanted: Callable[[Facts], bool]
) -> tuple[CompoundRight, CompoundRight]:
    """Return two compound rights: to write something anywhere, and in a namespace.

    ``wanted``: decides whether any edge needs them: nearly every identity has them.
    """
    right = AnyWrite(verbs, ALL, ALL)

    def anywhere(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        for holding in held.get(right, ()):
            condition = _condition(world, holding, inside=False)
            if condition is not None:
                yield FoundRight("", "", (holding,), condition)

    def inside(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        for holding in held.get(right, ()):
            condition = _condition(world, holding, inside=True)
            if condition is not None:
                yield FoundRight(holding.scope, "", (holding,), condition)

    return (
        CompoundRight(id=f"{name}-anywhere", rights=(right,), found=anywhere, wanted=wanted),
        CompoundRight(id=f"{name}-in-namespace", rights=(right,), found=inside, wanted=wanted),
    )


def _condition(world: Facts, holding: HeldRight, *, inside: bool) -> Condition | None:
    """Return the condition on which a rule allows some write; None if it allows none."""
    rule, match = (holding.role.rules or ())[holding.number], holding.match
    creates = "create" in match.verbs and match.nameless
    changes = set(match.verbs) - {"create", "deletecollection"}
    least: Condition | None = None
    if holding.scope and not inside and changes.intersection(_NAMESPACES.verbs_in(rule)):
        if not match.names:
            return CERTAIN  # a RoleBinding may grant rights on its own Namespace
        least = _SOMETHING
    for group, resource, namespaced in _resources(world):
        if not namespaced and (inside or holding.scope):
            continue  # a RoleBinding grants nothing outside namespaces
        if not (api_group_matches(rule, group) and resource_matches(rule, resource)):
            continue
        if creates and resource != "bindings":
            return CERTAIN
        there = _EVERYWHERE.get(resource) if not group else None
        if changes and there and (not match.names or there in match.names):
            return CERTAIN
        if not creates and (changes or match.nameless):
            least = _SOMETHING
    if least is None and _names_more(rule):
        least = _SOMETHING
    return least


def _resources(world: Facts) -> Iterator[tuple[str, str, bool]]:
    for known in known_resources():
        if known.group not in _UNSEEN and "create" in known.verbs:
            yield known.group, known.resource, bool(known.namespaced)
    for custom in world.snapshot.custom_resources:
        yield custom.group, custom.resource, custom.namespaced


def _names_more(rule: PolicyRule) -> bool:
    """Whether a rule names subresources, or resources that are probably served."""
    known = {found.resource for found in known_resources()}
    groups = [group for group in rule.api_groups or () if group not in _UNSEEN]
    return bool(groups) and any(one not in known for one in rule.resources or ())
