"""Compares the objects of two clusters, to find whether evidence is new."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.authz.coverage import covers_all
from rbacgraph.authz.subjects import subject_node
from rbacgraph.model.answers.diff import Deed, Part
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.meta import Object, ObjectMeta
from rbacgraph.model.kubernetes.pods import PodSpec
from rbacgraph.model.node import GraphNode, Node, format_node

ObjectKey = tuple[str, str, str]
"""Kind, namespace and name."""

_APART = frozenset({"origin", "assumed", "uid", "owner_references", "marks"})
_KINDS = {
    "mutating_webhooks": "MutatingWebhookConfiguration",
    "validating_webhooks": "ValidatingWebhookConfiguration",
    "validating_policies": "ValidatingAdmissionPolicy",
    "validating_policy_bindings": "ValidatingAdmissionPolicyBinding",
    "mutating_policies": "MutatingAdmissionPolicy",
    "mutating_policy_bindings": "MutatingAdmissionPolicyBinding",
    "openshift_routes": "Route",
    "user_groups": "Group",
}


class Objects:
    """The objects of a cluster, by kind and name; several may share a name."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def __getitem__(self, key: ObjectKey) -> Sequence[Object]:
        return self._by_key.get(key, ())

    def __iter__(self) -> Iterator[ObjectKey]:
        return iter(self._by_key)

    @cached_property
    def _by_key(self) -> Mapping[ObjectKey, list[Object]]:
        found: dict[ObjectKey, list[Object]] = {}
        for field, objects in self.snapshot.objects():
            kind = _KINDS.get(field, "")
            for obj in objects:
                own = kind or getattr(obj, "kind", "") or type(obj).__name__
                key = own, obj.metadata.namespace, obj.metadata.name
                found.setdefault(key, []).append(obj)
        return found

    def meant(self, evidence: Evidence) -> Object | None:
        """Return the object of some evidence; among several, the one at its place."""
        found = self[evidence.kind, evidence.namespace, evidence.name]
        where = evidence.file, evidence.line
        return next(
            (obj for obj in found if self.snapshot.where(obj) == where), next(iter(found), None)
        )


def same(one: Struct, other: Struct) -> bool:
    """Whether two objects are equal except for their place, uid, images and ports."""
    if type(one) is not type(other):
        return False
    return all(
        _same(getattr(one, name), getattr(other, name))
        for name in one.__struct_fields__
        if name not in _APART
    )


def _same(one: object, other: object) -> bool:
    if isinstance(one, ObjectMeta) and isinstance(other, ObjectMeta):
        return same(one, other)
    if isinstance(one, PodSpec) and isinstance(other, PodSpec):
        bare = [replace(spec, images=(), ports=()) for spec in (one, other)]
        return bare[0] == bare[1]
    return one == other


def deed(obj: Object, others: Sequence[Object]) -> Deed | None:
    """Return what happened to an object; None if another one of its name equals it."""
    if not others:
        return "added"
    return None if any(same(obj, other) for other in others) else "changed"


def new_subjects(
    binding: rbac.AnyBinding, others: Sequence[Object], node: GraphNode | None
) -> tuple[Part, ...]:
    """Return the subjects of a binding that the others of its name lack, or one of them."""
    scope = binding.metadata.namespace
    known = {
        found
        for other in others
        if isinstance(other, rbac.RoleBinding | rbac.ClusterRoleBinding)
        for found in _subjects(other)
    }
    parts = {
        number: Part("subjects", number, format_node(found))
        for number, subject in enumerate(binding.subjects or ())
        if (found := subject_node(subject, scope)) is not None and found not in known
    }
    own = [
        part
        for number, part in parts.items()
        if subject_node((binding.subjects or ())[number], scope) == node
    ]
    return tuple(own or parts.values())


def _subjects(binding: rbac.AnyBinding) -> Iterator[Node]:
    for subject in binding.subjects or ():
        node = subject_node(subject, binding.metadata.namespace)
        if node is not None:
            yield node


def rules_of(obj: Object) -> tuple[rbac.PolicyRule, ...]:
    """Return the rules of an object, if it is a role with rules."""
    rules: tuple[rbac.PolicyRule, ...] = getattr(obj, "rules", None) or ()
    return rules


UsedRules = Sequence[Sequence[rbac.PolicyRule]]
"""What a use needs of rules: every rule of one of these alternatives."""


def gave(objects: Sequence[Object], used: UsedRules) -> bool:
    """Whether some roles gave the use already: a narrower rule is nothing new."""
    return all(
        any(covers_all(rules_of(obj), (rule,)) for obj in objects for rule in options)
        for options in used
    )


def has_rule(objects: Sequence[Object], rule: rbac.PolicyRule) -> bool:
    """Whether any of some roles has a rule, in any order of words."""
    wanted = rbac.meaning_of(rule)
    return any(rbac.meaning_of(one) == wanted for obj in objects for one in rules_of(obj))
