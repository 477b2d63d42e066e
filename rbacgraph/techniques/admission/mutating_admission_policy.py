"""Change Pods as others create them, by a MutatingAdmissionPolicy: no server is needed.

Precondition
    The writing of a MutatingAdmissionPolicy and of a MutatingAdmissionPolicyBinding, each
    by create without names; or by create and patch of one identity on the same name; or by
    update or patch of one that exists. Two identities may share them. Or update or patch of
    a policy that a binding binds already. Both are in no namespace, so a RoleBinding gives
    nothing. The API server has them since Kubernetes 1.36, before that (1.32) only where
    they are switched on. What it gives, Pods that others create must bring: another image,
    any Secret and any ServiceAccount of their namespace. What it can do to roles and bindings
    is told by mutate-binding.
Use
    A policy that matches pods and applies a volume with the Secret, serviceAccountName and
    an image of one's own
Close
    Leave admission policies and their bindings to cluster administrators.
References
    https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
    kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/policy/mutating/plugin.go
    MITRE ATT&CK T1610 (deploy container)
"""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.world import World
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.admission import ADMISSION_GROUP, AdmissionPolicy
from rbacgraph.techniques.nodes.cluster_scoped_writes import changes, writes
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import Present
from rbacgraph.techniques.spec.conjunction import Join, JointEdge

_ALPHA, _ON = (1, 32), (1, 36)


def _bound(world: World) -> Sequence[AdmissionPolicy]:
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


def served(world: World) -> Condition | None:
    """Say under which condition the API server has such policies; None where it has not."""
    snapshot = world.snapshot
    version = snapshot.kubernetes_version
    if snapshot.mutating_policies or (version and version >= _ON):
        return CERTAIN
    if version is None:
        return If.SERVER_HAS_MUTATING_POLICIES()
    return If.MUTATING_POLICIES_ARE_ON() if version >= _ALPHA else None


def _joins(world: World, present: Present) -> Iterator[Join]:
    has = served(world)
    if has is None:
        return
    condition = both(If.SOMEBODY_CREATES_POD(), has)
    targets = SECRETS_OF.everything(""), EXISTING_ACCOUNTS_OF.everything("")
    policy, binding = present.node(POLICY, ""), present.node(BINDING, "")
    if policy and binding:
        words = "can write a MutatingAdmissionPolicy and bind it, to change Pods"
        yield Join((policy, binding), targets, words, condition=condition)
    bound = present.node(BOUND, "")
    if bound:
        words = "can make a bound MutatingAdmissionPolicy change Pods"
        yield Join((bound,), targets, words, condition=condition)


EDGE = JointEdge(
    id="mutating-admission-policy",
    summary="a policy of one's own changes Pods as others create them",
    page=__doc__,
    effort=7,  # no server is needed, but somebody must create a Pod
    certainty="always conditional: on others who create Pods, and on the version",
    abilities=(POLICY, BINDING, BOUND),
    joins=_joins,
)
