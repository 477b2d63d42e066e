"""What an escalation is: its kind, the requests it takes, and what they give."""

from dataclasses import replace
from enum import Enum, auto
from typing import NamedTuple

from rbacgraph.stores.vault.acl import AclRule
from rbacgraph.stores.vault.template import Entity


class EscalationKind(Enum):
    """By what the holder of a token obtains more."""

    POLICY_WRITE = auto()
    TOKEN_CREATION = auto()
    TOKEN_ROLE_WRITE = auto()
    AUTH_ROLE_WRITE = auto()
    AUTH_CONFIG_WRITE = auto()
    APPROLE_LOGIN = auto()
    APPROLE_WRITE = auto()
    USER_PASSWORD = auto()
    USER_WRITE = auto()
    ENTITY_WRITE = auto()
    GROUP_WRITE = auto()
    ALIAS_WRITE = auto()
    ENTITY_MERGE = auto()
    AUTH_METHOD = auto()
    MOUNT_MOVE = auto()
    RAW_STORAGE = auto()
    KEY_EXPORT = auto()


class TakesEffect(Enum):
    """When the holder has what an escalation gives."""

    AT_ONCE = auto()
    NEW_TOKEN = auto()
    NEW_LOGIN = auto()


class EscalationNeed(Enum):
    """What an escalation needs besides the requests.

    ``LOGIN_MOUNT``: the auth mount admits a ServiceAccount of the attacker. ``ADDRESS``: the
    attacker's address lies in these networks. ``ATTACKER_SERVER``: Vault reaches a server of the
    attacker. ``RAW_ENDPOINT``: the server's configuration has ``raw_storage_endpoint``. ``EXISTS``:
    whether the entry exists already, which the dump does not show. ``APPROVAL``: a second person
    or factor agrees. ``EXPORTABLE``: the key was made exportable.
    """

    LOGIN_MOUNT = auto()
    ADDRESS = auto()
    ATTACKER_SERVER = auto()
    RAW_ENDPOINT = auto()
    EXISTS = auto()
    APPROVAL = auto()
    EXPORTABLE = auto()


class VaultRequest(NamedTuple):
    """A request that a token may send.

    ``method``, ``path``: as the server takes them; the path begins at the root namespace.
    ``parameters``: the names of the parameters in its body.
    ``rule``: the rule that allows it.
    ``needs_approval``: whether a second person or factor must agree.
    ``sender``: which of several tokens sends it, from 0.
    """

    method: str
    path: str
    parameters: tuple[str, ...]
    rule: AclRule | None
    needs_approval: bool
    sender: int = 0

    @property
    def limited(self) -> bool:
        """Whether the rule limits parameters."""
        return self.rule is not None and bool(self.rule.allowed or self.rule.denied)


class TokenChoice(NamedTuple):
    """A token with one more policy, which the attacker chooses.

    ``namespace``: the namespace of the token.
    ``kept``: the policies that the token has in any case.
    ``choices``: those from which one is added; ``None`` for any policy but ``root``, and empty for
        none.
    ``identity``: those of ``kept`` that the entity and its groups give.
    ``entity``: who holds the token; ``None`` for a token whose entity is new or not there.
    ``by_identity``: whether the chosen policy is one of the entity or of a group, not of the token
        itself.
    """

    namespace: str
    kept: tuple[str, ...]
    choices: tuple[str, ...] | None = ()
    identity: tuple[str, ...] = ()
    entity: Entity | None = None
    by_identity: bool = False


class WholeNamespace(NamedTuple):
    """Every request in a namespace and in those below it."""

    namespace: str


class PolicyTexts(NamedTuple):
    """The texts of policies, and so everything in the namespace for who holds one of them."""

    namespace: str
    policies: tuple[str, ...]


class MovedMounts(NamedTuple):
    """The secrets of every mount in a namespace that can be moved under a path one may read."""

    namespace: str


class KeyMaterial(NamedTuple):
    """A key of a transit mount, by the path that gives it."""

    path: str


EscalationGain = TokenChoice | WholeNamespace | PolicyTexts | MovedMounts | KeyMaterial
"""What an escalation gives."""


class VaultEscalation(NamedTuple):
    """One way from a token to more.

    ``kind``: by what.
    ``requests``: what the holder sends, in order.
    ``gain``: what it gives.
    ``effect``: when the holder has it.
    ``needs``: what must hold besides, each with what it is about.
    """

    kind: EscalationKind
    requests: tuple[VaultRequest, ...]
    gain: EscalationGain
    effect: TakesEffect
    needs: tuple[tuple[EscalationNeed, str], ...] = ()


def is_enough(found: VaultEscalation) -> bool:
    """Whether an escalation gives any policy, so that no other name of the entry gives more."""
    return (
        isinstance(found.gain, TokenChoice)
        and found.gain.choices is None
        and all(need is not EscalationNeed.EXISTS for need, _ in found.needs)
    )


NEW = "(new)"
"""A name that nothing has yet: the holder chooses it, or the server does."""


def logged_in(entity: Entity | None) -> Entity | None:
    """Return an entity with the id and the name that a login gives it, as far as unknown.

    Every login has an entity, also where the dump is older: its templates have values then.
    """
    if entity is None:
        return None
    return replace(entity, id=entity.id or NEW, name=entity.name or NEW)


class HeldToken(NamedTuple):
    """A token that the attacker has.

    ``namespace``: the namespace of the token.
    ``policies``: the policies of the token itself.
    ``identity``: the policies that its entity and the groups of that give.
    ``entity``: who holds it, as far as it is known.
    ``role``: the path of the auth role or user by which the attacker logs in:
        ``auth/k8s/role/shop``.
    ``batch``: whether it is a batch token, which creates no others.
    """

    namespace: str
    policies: tuple[str, ...]
    identity: tuple[str, ...] = ()
    entity: Entity | None = None
    role: str = ""
    batch: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All its policies, sorted."""
        return tuple(sorted({*self.policies, *self.identity}))

    @property
    def mount(self) -> str:
        """The auth mount of the login."""
        for kind in ("/role/", "/users/"):
            mount, found, _ = self.role.rpartition(kind)
            if found:
                return mount
        return ""
