"""Which requests a token may send, where the holder chooses what the server leaves open."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from rbacgraph.stores.vault.acl import AclRule
from rbacgraph.stores.vault.escalations.types import NEW, VaultRequest
from rbacgraph.stores.vault.operations import capability_for
from rbacgraph.stores.vault.policies import Policies
from rbacgraph.stores.vault.policy_text import SUDO

Body = Mapping[str, object]
"""The parameters of a request."""

_KEPT = 1 << 16
"""How many pairs of a pattern and a folder are kept: many tokens have the same rules."""

POLICY_NAMES = frozenset(
    {
        "policies",
        "token_policies",
        *(f"{kind}_policies{end}" for kind in ("allowed", "disallowed") for end in ("", "_glob")),
    }
)
"""Parameters that change what a request gives: the holder adds none of them without need."""


class TokenRequests:
    """Decides requests with the freedom that their sender has.

    The holder adds parameters that a rule requires, and a wrapping time that it asks for.

    ``policies``: the policies of the token.
    ``others``: those of other tokens that the attacker has: they send what the token itself may
        not.
    """

    def __init__(self, policies: Policies, *others: Policies) -> None:
        self._senders = policies, *others
        self._rules = tuple(rule for one in self._senders for rule in one.rules)
        self.limits_met = 0
        """How often a rule with limits of parameters refused a request."""

    @property
    def rules(self) -> Sequence[AclRule]:
        """The rules of all senders."""
        return self._rules

    @property
    def are_limited(self) -> bool:
        """Whether some rule limits parameters."""
        return any(rule.allowed or rule.denied for rule in self._rules)

    @property
    def patterns(self) -> Iterator[str]:
        """The paths of the rules, from the root namespace."""
        return (rule.path for rule in self._rules)

    def send(
        self, method: str, path: str, body: Body | None = None, *, exists: bool | None = None
    ) -> VaultRequest | None:
        """Return a request if one of the tokens may send it, the token itself first.

        ``method``, ``path``, ``body``, ``exists``: as :meth:`Policies.decide` takes them.
        """
        sent = (
            self._sent(sender, method, path, body or {}, exists=exists)
            for sender in range(len(self._senders))
        )
        return next((one for one in sent if one is not None), None)

    def _may_with_some_body(self, method: str, path: str, *, exists: bool | None) -> bool:
        """Whether a rule has the capability, so that the body decides."""
        capability = capability_for(method, exists=exists, listing=False)
        decisions = (one.decide(method=method, path=path, exists=exists) for one in self._senders)
        return any(
            found.allowed or (found.rule is not None and capability in found.rule.capabilities)
            for found in decisions
        )

    def send_itself(
        self, method: str, path: str, bodies: Iterable[Body] = ({},)
    ) -> VaultRequest | None:
        """Return a request if the token itself may send it, with the first body allowed."""
        sent = (self._sent(0, method, path, body) for body in bodies)
        return next((one for one in sent if one is not None), None)

    def _sent(
        self, sender: int, method: str, path: str, body: Body, *, exists: bool | None = None
    ) -> VaultRequest | None:
        decision, body = self._senders[sender].decide_completed(
            method=method,
            path=path,
            exists=exists,
            parameters=body,
            chosen=() if method == "GET" else POLICY_NAMES,  # a read gives no policy
        )
        rule = decision.rule
        if not decision.allowed:
            self.limits_met += bool(rule and (rule.allowed or rule.denied))
            return None
        return VaultRequest(
            method,
            path,
            tuple(body),
            rule,
            needs_approval=decision.needs_approval,
            sender=sender,
        )

    def has_sudo(self, path: str) -> bool:
        """Whether the rule that decides an update by the token itself has ``sudo``."""
        rule = self._senders[0].decide(method="POST", path=path).rule
        return rule is not None and SUDO in rule.capabilities

    def first(
        self,
        method: str,
        path: str,
        bodies: Iterable[Body],
        *,
        exists: bool | None = None,
    ) -> VaultRequest | None:
        """Return the request with the first body that the token may send."""
        if not self._may_with_some_body(method, path, exists=exists):
            return None
        sent = (self.send(method, path, body, exists=exists) for body in bodies)
        return next((one for one in sent if one is not None), None)

    def reaches(self, before: str) -> bool:
        """Whether a rule may match a path that begins so."""
        return any(may_match(rule.path, before) for rule in self._rules)

    def names(self, before: str, known: Iterable[str] = ()) -> Iterator[str]:
        """Yield one name for each way in which the rules decide about ``before`` and a name.

        ``before``: the path up to the name, with its last slash.
        ``known``: names that exist: each of them counts.
        """
        if not self.reaches(before):
            return
        found = dict.fromkeys((NEW, *known))
        for rule in self._rules:
            name = _name_in(rule.path, before)
            if name:
                found[name] = None
        yield from found


@lru_cache(_KEPT)
def may_match(pattern: str, before: str) -> bool:
    """Whether a pattern may match a path that begins with a folder, which ends in a slash.

    Examples
    --------
    >>> may_match("auth/k*", "auth/k8s/role/"), may_match("kv/+/a", "auth/")
    (True, False)
    """
    parts = before.split("/")[:-1]
    prefix = pattern.endswith("*")
    segments = pattern.removesuffix("*").split("/")
    last = len(segments) - 1
    for place, (one, part) in enumerate(zip(segments, parts, strict=False)):
        if prefix and place == last:
            return part.startswith(one)
        if one not in {"+", part}:
            return False
    return len(segments) > len(parts)


@lru_cache(_KEPT)
def _name_in(pattern: str, before: str) -> str:
    """Return a name that a pattern matches in a folder; ``""`` if it matches none.

    Examples
    --------
    >>> _name_in("auth/+/role/ab*", "auth/k8s/role/")
    'ab(new)'
    >>> _name_in("auth/k8s/role/shop", "auth/k8s/role/")
    'shop'
    """
    parts = before.split("/")[:-1]
    prefix = pattern.endswith("*")
    segments = pattern.removesuffix("*").split("/")
    if len(segments) <= len(parts):
        return ""
    if any(one not in {"+", part} for one, part in zip(segments, parts, strict=False)):
        return ""
    name = segments[len(parts)]
    if name == "+":
        return NEW
    return name + NEW if prefix and len(segments) == len(parts) + 1 else name


def naming(policy: str, *keys: str) -> Iterator[dict[str, object]]:
    """Yield the parameters that name a policy: by each key, as a list and as a text."""
    for key in keys:
        yield {key: [policy]}
        yield {key: policy}


POLICY_KEYS = ("token_policies", "policies")
"""The parameter that names the policies of a role or a user, and its older name."""


def role_policies(policy: str) -> tuple[Body, ...]:
    """Return the parameters of a role or a user that give a policy, without ``default`` first."""
    bodies = tuple(naming(policy, *POLICY_KEYS))
    return *({**body, "token_no_default_policy": True} for body in bodies), *bodies


def default_of(requests: Iterable[VaultRequest]) -> tuple[str, ...]:
    """Return the policy ``default`` unless one of the requests leaves it out."""
    dropped = {"no_default_policy", "token_no_default_policy"}
    return () if any(dropped & set(one.parameters) for one in requests) else ("default",)


def joined(fixed: Body, parts: Iterable[Body]) -> Iterator[Body]:
    """Yield each of the parts with the fixed parameters."""
    for part in parts:
        yield {**fixed, **part}
