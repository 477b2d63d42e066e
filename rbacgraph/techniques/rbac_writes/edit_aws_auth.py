"""Map an IAM identity of the attacker to any user, even system:masters, in an EKS cluster."""

from collections.abc import Callable, Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If
from rbacgraph.model.kubernetes.aws_auth import AWS_AUTH
from rbacgraph.model.node import EACH_NAMESPACE, EVERYTHING
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRights,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Match, Right

_SYSTEM, _NAME = AWS_AUTH


def _by_name(match: Match) -> bool:
    return not match.names or _NAME in match.names


def _nameless(match: Match) -> bool:
    return match.nameless


def _in_system(
    *tests: tuple[Right, Callable[[Match], bool]],
) -> Callable[[Facts, HeldRights], Iterator[FoundRight]]:
    """Return a function that finds rights in kube-system, on the ConfigMap or without a name."""

    def found(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        for right, test in tests:
            for holding in held.get(right, ()):
                there = holding.scope in {"", EACH_NAMESPACE, _SYSTEM} and test(holding.match)
                if there and world.identities.clouds.may_use_aws_auth:
                    yield FoundRight(_SYSTEM, "", (holding,))

    return found


_EDIT = Right(("update", "patch"), "", "configmaps")
_DELETE = Right(("delete",), "", "configmaps")
_DELETE_ALL = Right(("deletecollection",), "", "configmaps")
_CREATE = Right(("create",), "", "configmaps")

EDIT = CompoundRight(id="edit-aws-auth", rights=(_EDIT,), found=_in_system((_EDIT, _by_name)))
DELETE = CompoundRight(
    id="delete-aws-auth",
    rights=(_DELETE, _DELETE_ALL),
    found=_in_system((_DELETE, _by_name), (_DELETE_ALL, _nameless)),
)
CREATE = CompoundRight(
    id="create-configmap", rights=(_CREATE,), found=_in_system((_CREATE, _nameless))
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    if not world.identities.clouds.may_use_aws_auth:
        return
    edit, delete, create = (present.node(a, _SYSTEM) for a in (EDIT, DELETE, CREATE))
    exists = world.identities.clouds.aws_auth is not None
    mapped = If.IAM_IDENTITY() if exists else If.IAM_IDENTITY_BY_LACKING_MAP()
    if edit:
        words = "can map an IAM identity to anybody in ConfigMap kube-system/aws-auth"
        yield Hyperarc((edit,), (EVERYTHING,), words, _SYSTEM, ("edited",), mapped)
    if create and not exists:
        words = "can make ConfigMap kube-system/aws-auth, which maps IAM identities to anybody"
        made = If.IAM_IDENTITY_BY_NEW_MAP()
        yield Hyperarc((create,), (EVERYTHING,), words, _SYSTEM, ("made",), made)
    if delete and create:
        words = "can delete ConfigMap kube-system/aws-auth and create it again, with other mappings"
        yield Hyperarc((delete, create), (EVERYTHING,), words, _SYSTEM, ("anew",), mapped)


EDGE = Conjunction(
    id="edit-aws-auth",
    summary="a writer of ConfigMap aws-auth of an EKS cluster can act as any user",
    effort=2,  # one line in a ConfigMap, which remains visible
    certainty="always conditional: on an IAM identity, and on how the cluster authenticates",
    abilities=(EDIT, DELETE, CREATE),
    joins=_joins,
)
