"""Entries in words: the one place where words are made of where an attacker starts."""

from collections.abc import Callable

from rbacgraph.model.answers.risk.entry import Enter, Entering, EntryLevel, Lack, LackingFact
from rbacgraph.report.text.codes.by_table import by_table

LEVEL_WORDS: dict[EntryLevel, str] = {
    EntryLevel.UNUSED: "nobody now: only what else gives this identity",
    EntryLevel.INSIDE: "who breaks a program inside the cluster",
    EntryLevel.PERSON: "a person with a login",
    EntryLevel.CREDENTIAL: "who finds a credential that stays valid, or controls a CI job",
    EntryLevel.NETWORK: "who is in a network around the cluster, and breaks a program",
    EntryLevel.INTERNET: "everybody who breaks a program that is reached from outside",
    EntryLevel.EVERY_IDENTITY: "every identity of the cluster",
    EntryLevel.ANYONE: "everybody, without a credential",
}


def _node_port(namespace: str, name: str, ports: str) -> str:
    by = f"every node leads to it by Service {namespace}/{name}"
    return f"{by}, port {ports}" if ports else by


WORDS: dict[Enter, str | Callable[..., str]] = {
    Enter.ANONYMOUS: "the API server takes requests without credentials",
    Enter.EVERY_LOGIN: "every authenticated identity is in it",
    Enter.EVERY_ACCOUNT: "every ServiceAccount, and so every Pod with a token, is in it",
    Enter.ACCOUNTS_OF_NAMESPACE: "every ServiceAccount of namespace {} is in it",
    Enter.TOKEN_SECRET: "Secret {}/{} holds a token that does not expire",
    Enter.BOOTSTRAP_TOKEN: "Secret {}/{} is a bootstrap token",
    Enter.CI_LOGIN: "it is called as a CI system's tokens name their jobs",
    Enter.CI_NAME: "its name holds the word {}, as those of CI systems do",
    Enter.CI_WORKLOAD: "a Pod that runs as it is of a CI system: {}",
    Enter.CI_NAMESPACE: "a CI system runs in its namespace {}",
    Enter.LOAD_BALANCER: "a load balancer leads to it by Service {}/{}",
    Enter.EXTERNAL_IP: "external addresses lead to it by Service {}/{}",
    Enter.INGRESS: "Ingress {}/{} leads to it",
    Enter.GATEWAY: "{} {}/{} of Gateway {}/{} leads to it",
    Enter.ROUTE: "Route {}/{} leads to it",
    Enter.PRIVATE_LOAD_BALANCER: "an internal load balancer leads to it by Service {}/{} ({})",
    Enter.NARROWED_LOAD_BALANCER: "a load balancer for {2} leads to it by Service {0}/{1}",
    Enter.NODE_PORT: _node_port,
    Enter.PRIVATE_EXTERNAL_IP: "external addresses, all private, lead to it by Service {}/{}",
    Enter.PRIVATE_INGRESS: "Ingress {}/{} leads to it, from a private network",
    Enter.PRIVATE_GATEWAY: "{} {}/{} of Gateway {}/{} leads to it, from a private network",
    Enter.PRIVATE_ROUTE: "Route {}/{} leads to it, from a private network",
    Enter.HOST_PORT: "port {} of its node leads to it",
    Enter.HOST_NETWORK: "it is in the network of its node",
    Enter.MASTERS: "client certificates of administrators name it",
    Enter.USER: "a person who logs in as this user",
    Enter.GROUP: "a person who is in this group",
    Enter.OUTSIDE: "a person who logs in as it outside the cluster",
    Enter.CONTROL_PLANE: "the control plane uses it",
    Enter.NODES: "nodes use it",
    Enter.WORKLOAD: "its program, from inside the cluster",
    Enter.SHUT: "its program, which NetworkPolicies shut against requests from outside",
    Enter.PODS_NOT_SHOWN: "a Pod that the input does not show, if one runs as it",
    Enter.NOBODY_HAS_TOKEN: "no Pod has a token of it, and no Secret holds one",
    Enter.ACCOUNT_IS_MISSING: "there is no such ServiceAccount: it is for who creates it",
}

LACKING_WORDS: dict[Lack, str | Callable[..., str]] = {
    Lack.PODS: "the input lacks Pods of namespace {}",
    Lack.TOKEN_SECRETS: "the input lacks Secrets of namespace {}",
    Lack.SERVICES: "the input lacks Services of namespace {}, or how they are reached",
    Lack.ENDPOINTS: "the input does not show to which Pods Service {}/{} leads",
    Lack.INGRESSES: "the input lacks Ingresses of namespace {}",
    Lack.NETWORK_POLICIES: "the input lacks NetworkPolicies of namespace {}",
    Lack.OTHER_ROUTES: "rbacgraph does not read what {} routes",
    Lack.OTHER_POLICIES: "rbacgraph does not read {}, which may shut Pods too",
    Lack.ENFORCEMENT: "the input does not show whether NetworkPolicies are enforced",
}

Entering.words = by_table(WORDS)
LackingFact.words = by_table(LACKING_WORDS)
