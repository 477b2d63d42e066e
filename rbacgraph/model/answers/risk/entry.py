"""Entries: where an attacker can start, each as a code and what it is about.

Words are made of them in :mod:`rbacgraph.report.text.codes.factors.entries` alone.
"""

from collections.abc import Mapping
from enum import IntEnum, auto
from typing import TypeAlias, final

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import Node
from rbacgraph.model.phrase import Phrase


class EntryLevel(IntEnum):
    """How little an attacker needs in order to start; more is easier."""

    UNUSED = 1
    """Nobody starts there now: only what else gives the identity leads to it."""
    INSIDE = 2
    """An attacker who breaks a program inside the cluster, or is one of its parts."""
    PERSON = 3
    """An attacker who is a person with a login, or has that person's."""
    CREDENTIAL = 4
    """An attacker who finds a credential that stays valid, or controls what a CI system builds."""
    NETWORK = 5
    """An attacker who breaks a program, and is in a network from which it is reached."""
    INTERNET = 6
    """An attacker who breaks a program, from anywhere."""
    EVERY_IDENTITY = 7
    """An attacker who has any identity of the cluster: that of any Pod, or of any login."""
    ANYONE = 8
    """An attacker without any credential."""


EnterSubject: TypeAlias = str | int
"""What an entry is about: names, ports, addresses."""


class Enter(IntEnum):
    """How an attacker starts; called with what it is about, it is a way in.

    Examples
    --------
    >>> Enter.TOKEN_SECRET("shop", "ci-token").subject
    ('shop', 'ci-token')
    """

    ANONYMOUS = auto()
    EVERY_LOGIN = auto()
    EVERY_ACCOUNT = auto()
    ACCOUNTS_OF_NAMESPACE = auto()
    TOKEN_SECRET = auto()
    BOOTSTRAP_TOKEN = auto()
    CI_LOGIN = auto()
    CI_NAME = auto()
    CI_WORKLOAD = auto()
    CI_NAMESPACE = auto()
    LOAD_BALANCER = auto()
    EXTERNAL_IP = auto()
    INGRESS = auto()
    GATEWAY = auto()
    ROUTE = auto()
    PRIVATE_LOAD_BALANCER = auto()
    NARROWED_LOAD_BALANCER = auto()
    NODE_PORT = auto()
    PRIVATE_EXTERNAL_IP = auto()
    PRIVATE_INGRESS = auto()
    PRIVATE_GATEWAY = auto()
    PRIVATE_ROUTE = auto()
    HOST_PORT = auto()
    HOST_NETWORK = auto()
    MASTERS = auto()
    USER = auto()
    GROUP = auto()
    OUTSIDE = auto()
    CONTROL_PLANE = auto()
    NODES = auto()
    WORKLOAD = auto()
    SHUT = auto()
    PODS_NOT_SHOWN = auto()
    NOBODY_HAS_TOKEN = auto()
    ACCOUNT_IS_MISSING = auto()

    def __call__(self, *subject: EnterSubject) -> "Entering":
        """Return the way in through a subject."""
        return Entering(self, subject)


LEVELS: Mapping[Enter, EntryLevel] = {
    Enter.ANONYMOUS: EntryLevel.ANYONE,
    Enter.EVERY_LOGIN: EntryLevel.EVERY_IDENTITY,
    Enter.EVERY_ACCOUNT: EntryLevel.EVERY_IDENTITY,
    Enter.ACCOUNTS_OF_NAMESPACE: EntryLevel.INSIDE,
    Enter.TOKEN_SECRET: EntryLevel.CREDENTIAL,
    Enter.BOOTSTRAP_TOKEN: EntryLevel.CREDENTIAL,
    Enter.CI_LOGIN: EntryLevel.CREDENTIAL,
    Enter.CI_NAME: EntryLevel.CREDENTIAL,
    Enter.CI_WORKLOAD: EntryLevel.CREDENTIAL,
    Enter.CI_NAMESPACE: EntryLevel.CREDENTIAL,
    Enter.LOAD_BALANCER: EntryLevel.INTERNET,
    Enter.EXTERNAL_IP: EntryLevel.INTERNET,
    Enter.INGRESS: EntryLevel.INTERNET,
    Enter.GATEWAY: EntryLevel.INTERNET,
    Enter.ROUTE: EntryLevel.INTERNET,
    Enter.PRIVATE_LOAD_BALANCER: EntryLevel.NETWORK,
    Enter.NARROWED_LOAD_BALANCER: EntryLevel.NETWORK,
    Enter.NODE_PORT: EntryLevel.NETWORK,
    Enter.PRIVATE_EXTERNAL_IP: EntryLevel.NETWORK,
    Enter.PRIVATE_INGRESS: EntryLevel.NETWORK,
    Enter.PRIVATE_GATEWAY: EntryLevel.NETWORK,
    Enter.PRIVATE_ROUTE: EntryLevel.NETWORK,
    Enter.HOST_PORT: EntryLevel.NETWORK,
    Enter.HOST_NETWORK: EntryLevel.NETWORK,
    Enter.MASTERS: EntryLevel.PERSON,
    Enter.USER: EntryLevel.PERSON,
    Enter.GROUP: EntryLevel.PERSON,
    Enter.OUTSIDE: EntryLevel.PERSON,
    Enter.CONTROL_PLANE: EntryLevel.INSIDE,
    Enter.NODES: EntryLevel.INSIDE,
    Enter.WORKLOAD: EntryLevel.INSIDE,
    Enter.SHUT: EntryLevel.INSIDE,
    Enter.PODS_NOT_SHOWN: EntryLevel.INSIDE,
    Enter.NOBODY_HAS_TOKEN: EntryLevel.UNUSED,
    Enter.ACCOUNT_IS_MISSING: EntryLevel.UNUSED,
}
"""The level of each way in."""


@final
class Entering(Phrase):
    """How an attacker starts somewhere."""

    __slots__ = ()


def enter_code(way: Entering) -> Enter:
    """Return the code of a way in."""
    code = way.code
    assert isinstance(code, Enter)
    return code


class Lack(IntEnum):
    """What the input does not show; called with what it is about, it is a lacking fact."""

    PODS = auto()
    TOKEN_SECRETS = auto()
    SERVICES = auto()
    ENDPOINTS = auto()
    INGRESSES = auto()
    NETWORK_POLICIES = auto()
    OTHER_ROUTES = auto()
    OTHER_POLICIES = auto()
    ENFORCEMENT = auto()

    def __call__(self, *subject: EnterSubject) -> "LackingFact":
        """Return what is lacking about a subject."""
        return LackingFact(self, subject)


@final
class LackingFact(Phrase):
    """What the input does not show, so that there may be an easier entry."""

    __slots__ = ()


class Entry(Struct, frozen=True, kw_only=True):
    """One place where an attacker can start.

    ``way``: how.
    ``through``: the Pod or workload that an attacker breaks to be the ServiceAccount asked about;
        None where the entry is to what was asked about itself.
    ``evidence``: the objects that show it.
    ``condition``: what else must hold.
    ``lacking``: what the input does not show: there may be an easier entry.
    """

    way: Entering
    through: Node | None = None
    evidence: tuple[Evidence, ...] = ()
    condition: Condition = CERTAIN
    lacking: tuple[LackingFact, ...] = ()

    @property
    def kind(self) -> Enter:
        """The code of the way in."""
        return enter_code(self.way)

    @property
    def level(self) -> EntryLevel:
        """How little an attacker needs for it."""
        return LEVELS[self.kind]

    def under(self, condition: Condition) -> "Entry":
        """Return the same entry if something else must hold too."""
        return replace(self, condition=both(condition, self.condition)) if condition else self

    def by(self, runner: Node) -> "Entry":
        """Return the entry to a ServiceAccount by that to a Pod or workload that runs as it."""
        return replace(self, through=runner)
