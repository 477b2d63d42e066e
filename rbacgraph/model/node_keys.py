"""Names of nodes that stand for no object: records of typed parts, equal where all parts are.

Rights, AND nodes and what is had by acting as another have no name in the cluster. Their keys are
compared part by part, so that no name of an object can pass for one, and nothing takes them apart
again but by their fields. :mod:`rbacgraph.report.text.node_words` alone makes words of them.
"""

from typing import NamedTuple

from rbacgraph.model.node import GraphNode, Node, NodeKey


class RoleName(NamedTuple):
    """A Role or ClusterRole by its name, or any of its kind for the empty one."""

    kind: str
    name: str


RightName = str | RoleName
"""For which name a compound right is held; ``""`` for any."""


class NamedRight(NamedTuple):
    """A compound right, by its id, for a name."""

    right: str
    name: RightName = ""


RoleGrant = tuple[str, str, RoleName]
"""Node of a role at a scope."""


class Acting(NamedTuple):
    """The right to act as another for some requests.

    ``grants``: the grants that give it together, sorted.
    ``on``: the kubelet, if the requests reach what is on its node alone.
    """

    grants: tuple[RoleGrant, ...]
    on: Node | None = None


class PartOfActing(NamedTuple):
    """The grants held of such a right, where a role that can be bound gives the rest."""

    grants: tuple[RoleGrant, ...]


class ActedAs(NamedTuple):
    """An identity, as far as it is acted as for some requests."""

    name: str
    by: Acting


class PartOfGrants(NamedTuple):
    """What an identity's grants give to somebody who acts as it for some requests.

    ``kind``, ``namespace``, ``other``: the kind of the identity, its namespace, and how it is acted
        as.
    ``newly``: whether it holds only where a role is bound in each namespace.
    """

    kind: str
    namespace: str
    other: ActedAs
    newly: bool = False


class BoundToItself(NamedTuple):
    """A role that an attacker can bind to each identity that it controls.

    None stands for full control of a namespace.
    """

    role: RoleName | None


class RightPart(NamedTuple):
    """What a rule gives of a right, for any holder.

    ``group``, ``resource``, ``subresource``: what the right is on.
    ``verbs``, ``of``: the verbs that the rule gives, and all those of the right.
    ``names``, ``by_name``: the rule's names, and whether it allows requests with a name alone.
    ``scope``: its namespace, ``""`` for everywhere, ``EACH_NAMESPACE`` for every one.
    ``given_by``: the role and the binding, where it matters which, and their versions, if several.
    """

    group: str
    resource: str
    subresource: str
    verbs: tuple[str, ...]
    of: tuple[str, ...]
    names: tuple[str, ...]
    by_name: bool
    scope: str
    given_by: tuple[str, ...]


class HeldParts(NamedTuple):
    """Parts of rights that one requester holds, by itself if no impersonation is enough."""

    parts: tuple[RightPart, ...]
    itself: bool


class RoleForPart(NamedTuple):
    """A role that gives a part of a right, and that can be bound to each of an attacker's."""

    part: RightPart


class VaultToken(NamedTuple):
    """A token of Vault or OpenBao, by what decides what it may: equal ones may the same.

    ``namespace``: the namespace of Vault, ``""`` for the root namespace.
    ``policies``: the names of its policies, sorted.
    ``filled``: what the templates in these stand for, in their order: ``""`` for one without a
        value.
    """

    namespace: str
    policies: tuple[str, ...]
    filled: tuple[str, ...] = ()


class LoginByLabels(NamedTuple):
    """A token of a ServiceAccount, as far as a role of Vault takes it if its namespace has labels.

    ``inside``, ``role``: the namespace of Vault and the path of the role.
    ``namespace``, ``name``: the ServiceAccount.
    """

    inside: str
    role: str
    namespace: str
    name: str


class VaultChoice(NamedTuple):
    """A token of Vault that has one policy of the attacker's choice.

    ``namespace``: the namespace of Vault.
    ``kept``: the policies that it has in any case.
    ``filled``: what templates in the policies of the namespace stand for, for this holder.
    """

    namespace: str
    kept: tuple[str, ...]
    filled: tuple[str, ...] = ()


class VaultNamespace(NamedTuple):
    """A namespace of Vault with those below it, ``""`` for all."""

    namespace: str


class AwsPodSession(NamedTuple):
    """A session of an identity of AWS that differs from others of it.

    ``arn``: of the role or user.
    ``namespace``, ``name``: the ServiceAccount whose Pods get it, with which it is tagged.
    ``raised``, ``unbounded``: whether the attacker gave the identity a policy that allows
        everything, and took its permissions boundary away.
    """

    arn: str
    namespace: str = ""
    name: str = ""
    raised: bool = False
    unbounded: bool = False


NamedBy = tuple[str | NodeKey, ...]
"""Names, keys and nodes."""


Variant = int | None
"""None for a conjunction itself, ``AS_ANOTHER`` where its inputs are had by impersonation alone, or
the number of one of its parts where a kubelet is acted as by a role bound in each namespace."""

AS_ANOTHER = -1


class ConjunctionName(NamedTuple):
    """The AND node of a conjunction.

    ``technique``: the id of the technique.
    ``name``: what sets it apart from the technique's others in its scope.
    ``variant``: for what inputs it is.
    """

    technique: str
    name: NamedBy
    variant: Variant = None


class SelfBoundParts(NamedTuple):
    """The AND node of what is held and of roles that can be bound."""

    parts: tuple[GraphNode, ...]
