"""Change Pods as others create them, by a MutatingAdmissionPolicy of the attacker's own."""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.admission import ADMISSION_GROUP, AdmissionPolicy
from rbacgraph.techniques.nodes.cluster_scoped_writes import changes, writes
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc

_ALPHA, _ON = (1, 32), (1, 36)


def _bound(world: Facts) -> Sequence[AdmissionPolicy]:
    snapshot = world.snapshot
    bindings = snapshot.mutating_policy_bindings
    bound = {binding.spec.policy_name for binding in bindings if binding.spec}
    return [policy for policy in snapshot.mutating_policies if policy.metadata.name in bound]


POLICY = writes(
    "write-mutating-policy",
    ADMISSION_GROUP,
    "MutatingAdmissionPolicy",
    "mutatingadmissionpolicies",
    lambda world: world.snapshot.mutating_policies,
)
BINDING = writes(
    "write-mutating-policy-binding",
    ADMISSION_GROUP,
    "MutatingAdmissionPolicyBinding",
    "mutatingadmissionpolicybindings",
    lambda world: world.snapshot.mutating_policy_bindings,
)
BOUND = changes(
    "change-bound-mutating-policy",
    ADMISSION_GROUP,
    "bound MutatingAdmissionPolicy",
    "mutatingadmissionpolicies",
    _bound,
    listed=("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"),
)


def served(world: Facts) -> Condition | None:
    """Return the condition on which the API server has such policies; None if it has none."""
    snapshot = world.snapshot
    version = snapshot.kubernetes_version
    if snapshot.mutating_policies or (version and version >= _ON):
        return CERTAIN
    if version is None:
        return If.SERVER_HAS_MUTATING_POLICIES()
    return If.MUTATING_POLICIES_ARE_ON() if version >= _ALPHA else None


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    has = served(world)
    if has is None:
        return
    condition = both(If.SOMEBODY_CREATES_POD(), has)
    targets = SECRETS_OF.everything(""), EXISTING_ACCOUNTS_OF.everything("")
    policy, binding = present.node(POLICY, ""), present.node(BINDING, "")
    if policy and binding:
        words = "can write a MutatingAdmissionPolicy and bind it, to change Pods"
        yield Hyperarc((policy, binding), targets, words, condition=condition)
    bound = present.node(BOUND, "")
    if bound:
        words = "can make a bound MutatingAdmissionPolicy change Pods"
        yield Hyperarc((bound,), targets, words, condition=condition)


EDGE = Conjunction(
    id="mutating-admission-policy",
    summary="a policy of one's own changes Pods as others create them",
    effort=7,  # no server is needed, but a Pod must be created
    certainty="always conditional: on others who create Pods, and on the version",
    abilities=(POLICY, BINDING, BOUND),
    joins=_joins,
)
