"""Entries: where an attacker can start, each as a code and what it is about."""

from collections.abc import Mapping
from enum import IntEnum
from typing import TypeAlias, final

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import Node
from rbacgraph.model.phrase import Code, Phrase


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


def _node_port(namespace: str, name: str, ports: str) -> str:
    by = f"every node leads to it by Service {namespace}/{name}"
    return f"{by}, port {ports}" if ports else by


class Enter(Code):
    """How an attacker starts; called with what it is about, it is a way in.

    Examples
    --------
    >>> Enter.TOKEN_SECRET("shop", "ci-token").subject
    ('shop', 'ci-token')
    """

    ANONYMOUS = "the API server takes requests without credentials"
    EVERY_LOGIN = "every authenticated identity is in it"
    EVERY_ACCOUNT = "every ServiceAccount, and so every Pod with a token, is in it"
    ACCOUNTS_OF_NAMESPACE = "every ServiceAccount of namespace {} is in it"
    TOKEN_SECRET = "Secret {}/{} holds a token that does not expire"
    BOOTSTRAP_TOKEN = "Secret {}/{} is a bootstrap token"
    CI_LOGIN = "it is called as a CI system's tokens name their jobs"
    CI_NAME = "its name holds the word {}, as those of CI systems do"
    CI_WORKLOAD = "a Pod that runs as it is of a CI system: {}"
    CI_NAMESPACE = "a CI system runs in its namespace {}"
    LOAD_BALANCER = "a load balancer leads to it by Service {}/{}"
    EXTERNAL_IP = "external addresses lead to it by Service {}/{}"
    INGRESS = "Ingress {}/{} leads to it"
    GATEWAY = "{} {}/{} of Gateway {}/{} leads to it"
    ROUTE = "Route {}/{} leads to it"
    PRIVATE_LOAD_BALANCER = "an internal load balancer leads to it by Service {}/{} ({})"
    NARROWED_LOAD_BALANCER = "a load balancer for {2} leads to it by Service {0}/{1}"
    NODE_PORT = (_node_port,)
    PRIVATE_EXTERNAL_IP = "external addresses, all private, lead to it by Service {}/{}"
    PRIVATE_INGRESS = "Ingress {}/{} leads to it, from a private network"
    PRIVATE_GATEWAY = "{} {}/{} of Gateway {}/{} leads to it, from a private network"
    PRIVATE_ROUTE = "Route {}/{} leads to it, from a private network"
    HOST_PORT = "port {} of its node leads to it"
    HOST_NETWORK = "it is in the network of its node"
    MASTERS = "client certificates of administrators name it"
    USER = "a person who logs in as this user"
    GROUP = "a person who is in this group"
    OUTSIDE = "a person who logs in as it outside the cluster"
    CONTROL_PLANE = "the control plane uses it"
    NODES = "nodes use it"
    WORKLOAD = "its program, from inside the cluster"
    SHUT = "its program, which NetworkPolicies shut against requests from outside"
    PODS_NOT_SHOWN = "a Pod that the input does not show, if one runs as it"
    NOBODY_HAS_TOKEN = "no Pod has a token of it, and no Secret holds one"
    ACCOUNT_IS_MISSING = "there is no such ServiceAccount: it is for who creates it"

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
    code = way.code
    assert isinstance(code, Enter)
    return code


class Lack(Code):
    """What the input does not show; called with what it is about, it is a lacking fact."""

    PODS = "the input lacks Pods of namespace {}"
    TOKEN_SECRETS = "the input lacks Secrets of namespace {}"
    SERVICES = "the input lacks Services of namespace {}, or how they are reached"
    ENDPOINTS = "the input does not show to which Pods Service {}/{} leads"
    INGRESSES = "the input lacks Ingresses of namespace {}"
    NETWORK_POLICIES = "the input lacks NetworkPolicies of namespace {}"
    OTHER_ROUTES = "rbacgraph does not read what {} routes"
    OTHER_POLICIES = "rbacgraph does not read {}, which may shut Pods too"
    ENFORCEMENT = "the input does not show whether NetworkPolicies are enforced"

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
