"""Causes, factors and changes of risks: the one place where words are made of them."""

from collections.abc import Callable, Iterable

from rbacgraph.model.answers.risk.risk_text import RiskCode, RiskText
from rbacgraph.report.text.codes.by_table import by_table
from rbacgraph.report.text.layout.text import count, listing
from rbacgraph.report.text.words import object_name


def _named(kind: str, namespace: str, name: str) -> str:
    return f"{kind} {object_name(namespace, name)}"


def _binding(kind: str, namespace: str, name: str, _role_kind: str, role: str) -> str:
    return f"{_named(kind, namespace, name)} → {role}"


def _role(kind: str, namespace: str, name: str, bindings: tuple[str, ...]) -> str:
    others = [one for one in bindings if one != name]
    by = f" by {others[0]}" if len(others) == 1 else ""
    return _named(kind, namespace, name) + (
        f" by {len(bindings):,} bindings" if not by and len(bindings) > 1 else by
    )


def _pod(kind: str, namespace: str, name: str, pods: int) -> str:
    number = f", {count(pods, 'Pod')}" if kind != "Pod" else ""
    return f"{_named(kind, namespace, name)}: has its node{number}"


def _removes(kind: str, namespace: str, name: str, subjects: tuple[str, ...]) -> str:
    return f"remove {listing(subjects)} from {_named(kind, namespace, name)}"


def _narrows(kind: str, namespace: str, name: str, rules: tuple[str, ...]) -> str:
    places = listing([f"rules[{rule}]" for rule in rules])
    return f"narrow {places} of {_named(kind, namespace, name)}"


def _masters(members: tuple[str, ...]) -> str:
    return f"group system:masters: the input names {count(len(members), 'member')}"


WORDS: dict[RiskCode, str | Callable[..., str]] = {
    RiskCode.NOTHING: "",
    RiskCode.BINDING_GIVES: _binding,
    RiskCode.ROLE_GIVES: _role,
    RiskCode.POD_IS_NODE: _pod,
    RiskCode.TOKEN_LASTS: "Secret {}/{}: a lasting token of {}",
    RiskCode.MASTERS_ARE_NAMED: _masters,
    RiskCode.CLOUD_IS_MASTERS: lambda *key: f"{_named(*key)} → group system:masters",
    RiskCode.ALWAYS_ALLOWS: lambda *key: f"{_named(*key)}: allows every request",
    RiskCode.NOBODY_STARTS: "nobody is known to start there",
    RiskCode.OPENS_CLUSTER: "full control of the cluster",
    RiskCode.OPENS_CONTROL_PLANE: "full control of the cluster, also through its control plane",
    RiskCode.IS_CERTAIN: "certain",
    RiskCode.IS_CONDITIONAL: "only under a condition",
    RiskCode.IS_DECLARED: "people who are bound to full control by name",
    RiskCode.REMOVES_SUBJECTS: _removes,
    RiskCode.NARROWS_ROLE: _narrows,
    RiskCode.DELETES_SECRET: "delete Secret {}/{} and use short-lived tokens",
    RiskCode.CHANGES_POD: lambda *key: f"take the host from the Pods of {_named(*key)}",
    RiskCode.TAKES_MEMBERS_OUT: lambda members: (
        f"take {listing(members)} out of group system:masters: a certificate stays valid until it"
        " expires"
    ),
    RiskCode.REMOVES_MAPPINGS: lambda *key: f"remove {listing(key[-1])} from {_named(*key[:-1])}",
    RiskCode.CHANGES_AUTHORIZERS: "set --authorization-mode=Node,RBAC for every API server",
}

_SHORT: dict[RiskCode, str | Callable[..., str]] = {
    RiskCode.REMOVES_SUBJECTS: lambda *subject: (
        "remove the subject" if len(subject[-1]) == 1 else f"remove {len(subject[-1]):,} subjects"
    ),
    RiskCode.NARROWS_ROLE: lambda *subject: f"narrow {count(len(subject[-1]), 'rule')}",
    RiskCode.DELETES_SECRET: "delete the Secret",
    RiskCode.CHANGES_POD: "take the host away",
    RiskCode.TAKES_MEMBERS_OUT: lambda members: f"take out {count(len(members), 'member')}",
    RiskCode.REMOVES_MAPPINGS: lambda *key: f"remove {count(len(key[-1]), 'mapping')}",
    RiskCode.CHANGES_AUTHORIZERS: "change the flag",
}

RiskText.words = by_table(WORDS)


def by_hand_sentences(changes: Iterable[RiskText]) -> list[str]:
    """Say which changes no manifest makes."""
    return [f"by hand: {change}" for change in changes]


def short_change(change: RiskText) -> str:
    """Return a change in few words, for a table.

    Examples
    --------
    >>> short_change(RiskCode.DELETES_SECRET("shop", "token"))
    'delete the Secret'
    """
    return by_table(_SHORT)(change)
