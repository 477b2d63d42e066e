"""Get a client certificate for another identity by approving the attacker's own request."""

from collections.abc import Iterator

from rbacgraph.facts.object_names import may_be_made
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.node import NODES_GROUP
from rbacgraph.techniques.spec.collections import CERTIFIED_OF, EXISTING_ACCOUNTS_OF, KUBELETS_OF
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRights,
    cluster_wide,
    names_of,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.rights_by_name import creates_by_name
from rbacgraph.techniques.spec.technique import Match, Right

API_GROUP = "certificates.k8s.io"
REQUESTS = "certificatesigningrequests"
_APPROVAL = Right(("update", "patch"), API_GROUP, REQUESTS, "approval")
_APPROVE = Right(("approve",), API_GROUP, "signers")

_CLIENT = "kubernetes.io/kube-apiserver-client"
_KUBELET = "kubernetes.io/kube-apiserver-client-kubelet"

KUBELET_TARGETS = (KUBELETS_OF.everything(""), NODES_GROUP)
"""The targets of a node's certificate: the group's rights too, if no node is known."""

_EVERYBODY = (
    CERTIFIED_OF.everything(""),
    EXISTING_ACCOUNTS_OF.everything(""),
    KUBELETS_OF.everything(""),
)


def _signs(match: Match, signer: str) -> bool:
    """Whether a right on signers covers one of them: a plugin also tries its domain's ``/*``."""
    names = match.names
    return not names or signer in names or f"{signer.partition('/')[0]}/*" in names


def _approved(held: HeldRights, *, client: bool) -> Iterator[FoundRight]:
    for approve in cluster_wide(held.get(_APPROVE, ())):
        any_client = _signs(approve.match, _CLIENT)
        if any_client if client else _signs(approve.match, _KUBELET) and not any_client:
            for approval in cluster_wide(held.get(_APPROVAL, ())):
                for name in names_of(approval.match):
                    yield FoundRight("", name, (approval, approve))


def _approves_clients(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    return _approved(held, client=True)


def _approves_kubelets(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    return _approved(held, client=False)


CREATE_CSR = creates_by_name("create-csr", API_GROUP, REQUESTS, cluster_scoped=True)
APPROVE_CLIENT = CompoundRight(
    id="approve-client-csr",
    rights=(_APPROVAL, _APPROVE),
    needs=(_APPROVE,),
    found=_approves_clients,
    joint=True,
    together=((_APPROVAL, _APPROVE),),
    cluster_scoped=True,
)
APPROVE_KUBELET = CompoundRight(
    id="approve-kubelet-csr",
    rights=(_APPROVAL, _APPROVE),
    needs=(_APPROVE,),
    found=_approves_kubelets,
    joint=True,
    together=((_APPROVAL, _APPROVE),),
    cluster_scoped=True,
)


def both_named(
    world: Facts, present: HeldCompoundRights, first: CompoundRight, second: CompoundRight
) -> Iterator[str]:
    """Yield the names of new requests for which both rights are held, each by some identity."""
    for _, name in sorted({*present.of(first), *present.of(second)}):
        held = present.has(first, "", name) and present.has(second, "", name)
        if held and may_be_made(world, (API_GROUP, REQUESTS), name):
            yield name


def signing(world: Facts) -> Condition:
    """Return the condition on which the cluster signs client certificates: EKS does not."""
    return If.CLIENT_CERTIFICATES_ARE_SIGNED() if world.hosts.managed_by_eks else CERTAIN


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for ability, targets, whom in (
        (APPROVE_CLIENT, _EVERYBODY, "anybody but system:masters"),
        (APPROVE_KUBELET, KUBELET_TARGETS, "any node"),
    ):
        for name in both_named(world, present, CREATE_CSR, ability):
            parts = present.node(CREATE_CSR, "", name), present.node(ability, "", name)
            assert parts[0] is not None
            assert parts[1] is not None
            words = f"can request and approve a client certificate of {whom}"
            title = ability.id.removeprefix("approve-").removesuffix("-csr")
            yield Hyperarc((parts[0], parts[1]), targets, words, "", (title, name), signing(world))


EDGE = Conjunction(
    id="approve-csr",
    summary="approve a client certificate of one's own for any identity but system:masters",
    effort=3,  # a request is created, approved, signed by a controller, and read
    certainty="conditional on EKS, which signs no client certificates",
    abilities=(CREATE_CSR, APPROVE_CLIENT, APPROVE_KUBELET),
    joins=_joins,
)
