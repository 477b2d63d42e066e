"""Finds the smallest policy that leaves what is needed, and proves it by the same evaluator.

Exact paths take the place of patterns. A pattern stays where exact paths cannot say the same, and
becomes a ``deny`` where a token's other policies would allow more without it.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from rbacgraph.advice.vault.policy_proof import (
    PathNeed,
    TokenNeeds,
    deciding_rule,
    lost_needs,
)
from rbacgraph.advice.vault.write_policy import can_be_written, policy_text
from rbacgraph.errors import UsageError
from rbacgraph.stores.vault.acl import AclRule, acl_of
from rbacgraph.stores.vault.compare_policies import limits, widened_paths
from rbacgraph.stores.vault.meeting_paths import meet, meeting_paths
from rbacgraph.stores.vault.operations import needs_sudo
from rbacgraph.stores.vault.policies import Policies, read_named_policy
from rbacgraph.stores.vault.policy_text import (
    DENY,
    SUDO,
    Flavour,
    PolicyTextError,
    Stanza,
    read_policy,
)
from rbacgraph.stores.vault.template import is_template

__all__ = [
    "KeptReason",
    "SmallestPolicy",
    "Unsuggested",
    "smallest_policy",
]

_LOST_FIELD = "list_scan_response_keys_filter_path"
_ALWAYS = frozenset({SUDO})


class KeptReason(Enum):
    """Why a stanza stays as it is."""

    DENY = "deny"
    """It only takes away."""
    TEMPLATE = "template"
    """It stands for another path for each token."""
    SEARCH = "search"
    """An operator searches below it."""
    SHARED_PATTERN = "shared-pattern"
    """Another policy of the same token has the same path, and the server joins both."""
    WILDCARD_IN_NAME = "wildcard-in-name"
    """A needed path would be read as a pattern."""
    LIMITS = "limits"
    """Stanzas with different limits allow the same path."""
    PROOF = "proof"
    """With an exact path in its place, another token could do more, or less than it needs."""


class Unsuggested(Enum):
    """Why there is no smaller policy."""

    SMALLEST = "smallest"
    NOTHING_NEEDED = "nothing-needed"
    LOST_FIELDS = "lost-fields"
    """It has parts that rbacgraph does not keep: an end, or somebody who must agree."""
    NOT_PROVEN = "not-proven"
    SHARED = "shared"
    """Others whose needs are not known have it, and no other can take its place for its users."""


class SmallestPolicy(NamedTuple):
    """A proven policy, and what became of the old stanzas.

    ``text``: the policy in HCL.
    ``exact``: the needed paths with their capabilities.
    ``kept``: the paths of the stanzas that stay, and why.
    ``denied``: the patterns that are denied now: another stanza of the same token would allow more.
    ``dropped``: the patterns that are gone, or gave way to exact paths.
    """

    text: str
    exact: tuple[tuple[str, tuple[str, ...]], ...]
    kept: tuple[tuple[str, KeptReason], ...]
    denied: tuple[str, ...]
    dropped: tuple[str, ...]


def smallest_policy(
    name: str,
    texts: Mapping[str, str],
    tokens: Sequence[TokenNeeds],
    flavour: Flavour = "vault",
    namespace: str = "",
) -> SmallestPolicy | Unsuggested:
    """Return the smallest policy of a name that leaves what its tokens need.

    Proven: whatever a token could do before and needs, it still can; whatever it could not do, it
    still cannot; and beyond kept stanzas the policy allows nothing but what is needed.

    ``name``, ``texts``: the policy, and all policies of its namespace.
    ``tokens``: the tokens that hold it, with what each needs.
    ``flavour``, ``namespace``: as for :class:`rbacgraph.stores.vault.Policies`.

    Examples
    --------
    >>> texts = {"app": 'path "kv/*" { capabilities = ["read", "list"] }'}
    >>> token = TokenNeeds(("app",), needs=(PathNeed("read", "kv/db"),))
    >>> found = smallest_policy("app", texts, [token])
    >>> print(found.text, end="")
    path "kv/db" {
      capabilities = ["read"]
    }
    """
    search = _Search(name, texts, tokens, flavour, namespace)
    if _LOST_FIELD in texts[name] or not all(map(can_be_written, search.stanzas)):
        return Unsuggested.LOST_FIELDS
    return search.result()


class _Search:
    def __init__(
        self,
        name: str,
        texts: Mapping[str, str],
        tokens: Sequence[TokenNeeds],
        flavour: Flavour,
        namespace: str,
    ) -> None:
        self._name, self._texts, self._flavour = name, texts, flavour
        self._namespace = namespace
        self._prefix = f"{namespace.strip('/')}/" if namespace.strip("/") else ""
        self.stanzas = read_named_policy(name, texts[name], flavour)
        self._own = {
            rule.path: rule
            for rule in sorted(
                acl_of(((name, stanza) for stanza in self.stanzas), flavour),
                key=lambda rule: min(origin.line for origin in rule.origins),
            )
        }
        held = [token for token in tokens if name in token.policies]
        self._tokens = [*held, TokenNeeds((name,))]
        self._old = [self._policies(token, texts[name]) for token in self._tokens]
        self._kept = {
            pattern: KeptReason.DENY if DENY in rule.capabilities else KeptReason.TEMPLATE
            for pattern, rule in self._own.items()
            if DENY in rule.capabilities or is_template(pattern)
        }
        self._joint = {
            rule.path.removeprefix(self._prefix)
            for old in self._old
            for rule in old.rules
            if any(origin.policy != name for origin in rule.origins)
        }
        self._denied: set[str] = set()
        self._exact: dict[str, dict[str, set[str]]] = {}
        """The capabilities of each exact path, by the pattern that gave them."""

        self._served = False

    def _policies(self, token: TokenNeeds, text: str) -> Policies:
        known = {one: self._texts[one] for one in token.policies if one in self._texts}
        known[self._name] = text
        return Policies(known, self._flavour, namespace=self._namespace, entity=token.entity)

    def result(self) -> SmallestPolicy | Unsuggested:
        """Look for exact paths, and step back until the proof succeeds."""
        for token, old in zip(self._tokens, self._old, strict=True):
            for need in token.needs:
                self._serve(need, old)
        if not self._served:
            return Unsuggested.NOTHING_NEEDED
        self._merge()
        for _ in range(2 * len(self._own) + 1):
            stanzas = self._written()
            text = self._readable(stanzas)
            if text is None:
                return Unsuggested.LOST_FIELDS
            if not self._step_back(text):
                return self._answer(text, stanzas)
        return Unsuggested.NOT_PROVEN

    # --- which paths are needed by it ------------------------------------------------------

    def _serve(self, need: PathNeed, old: Policies) -> None:
        """Find which stanza of the policy allows a need."""
        if need.below:
            self._serve_search(need)
            return
        rule = deciding_rule(need, old)
        if rule is None or need.capability not in rule.capabilities:
            return
        others = {origin.policy for origin in rule.origins} - {self._name}
        if len(others) == len({origin.policy for origin in rule.origins}):
            return  # another policy allows it
        self._served = True
        pattern = rule.path.removeprefix(self._prefix)
        if pattern not in self._own or pattern in self._kept:
            return  # a template, which stays
        if others:
            self._kept[pattern] = KeptReason.SHARED_PATTERN
            return
        path = need.path.removeprefix(self._prefix)
        if not self._is_exact(path):
            self._kept[pattern] = KeptReason.WILDCARD_IN_NAME
            return
        capabilities = self._exact.setdefault(path, {}).setdefault(pattern, set())
        capabilities.add(need.capability)
        if SUDO in rule.capabilities and needs_sudo(need.path):
            capabilities.add(SUDO)

    def _serve_search(self, need: PathNeed) -> None:
        area = f"{need.path.removeprefix(self._prefix)}*"
        for pattern, rule in self._own.items():
            if need.capability in rule.capabilities and meet(pattern, area):
                self._served = True
                self._kept.setdefault(pattern, KeptReason.SEARCH)

    def _is_exact(self, path: str) -> bool:
        """Whether a stanza can name this path and no other."""
        stanza = Stanza(path, frozenset({"read"}))
        if stanza.is_prefix or stanza.has_wildcards or "{{" in path or "}}" in path:
            return False
        return self._readable([stanza]) is not None

    def _readable(self, stanzas: Sequence[Stanza]) -> str | None:
        """Return the text of stanzas if the server reads the same from it."""
        try:
            text = policy_text(stanzas)
            again = read_policy(text, self._flavour)
        except (UsageError, PolicyTextError, UnicodeError):
            return None
        same = [(limits(one), one.path, one.capabilities) for one in again] == [
            (limits(one), one.path, one.capabilities) for one in stanzas
        ]
        return text if same else None

    def _merge(self) -> None:
        """Keep the stanzas that allow one path with different limits."""
        for patterns in self._exact.values():
            if len({limits(self._own[pattern]) for pattern in patterns}) > 1:
                for pattern in patterns:
                    self._kept.setdefault(pattern, KeptReason.LIMITS)

    # --- the policy ------------------------------------------------------------------------

    def _written(self) -> list[Stanza]:
        """Return the stanzas of the new policy, in the order of the old."""
        stanzas: dict[str, Stanza] = {}
        for pattern, rule in self._own.items():
            if pattern in self._kept:
                stanzas[pattern] = _stanza(rule, pattern, rule.capabilities)
                continue
            for path, capabilities in self._exact_of(pattern):
                if path in stanzas:
                    known = stanzas[path].capabilities
                    stanzas[path] = _stanza(rule, path, known | capabilities)
                elif path not in self._kept:
                    stanzas[path] = _stanza(rule, path, frozenset(capabilities))
            if pattern in self._denied:
                stanzas.setdefault(pattern, Stanza(pattern, frozenset({DENY})))
        return list(stanzas.values())

    def _exact_of(self, pattern: str) -> Iterator[tuple[str, set[str]]]:
        for path in sorted(self._exact):
            if pattern in self._exact[path]:
                yield path, self._exact[path][pattern]

    # --- the proof -------------------------------------------------------------------------

    def _step_back(self, text: str) -> bool:
        """Keep or deny what the proof asks for; return whether there was anything."""
        before = len(self._kept), len(self._denied)
        fixed = self._joint | self._denied
        for token, old in zip(self._tokens, self._old, strict=True):
            new = self._policies(token, text)
            for need, rule in lost_needs(token, old, new):
                self._keep(rule.path.removeprefix(self._prefix), need.path)
            for path, decided in widened_paths(old, new, self._asked(new)):
                pattern = (decided.path if decided else path).removeprefix(self._prefix)
                # Without a stanza of the policy, its own exact path beats another policy.
                exact = path.removeprefix(self._prefix) in self._exact
                if exact or pattern not in self._own or pattern in fixed:
                    self._keep(pattern, path)
                else:
                    self._denied.add(pattern)
        return before != (len(self._kept), len(self._denied))

    def _keep(self, pattern: str, path: str) -> None:
        """Keep a stanza, and all that allowed an exact path in its place."""
        givers = self._exact.get(path.removeprefix(self._prefix), {})
        for one in (pattern, *givers):
            if one in self._own:
                self._kept.setdefault(one, KeptReason.PROOF)

    def _asked(self, new: Policies) -> Iterator[str]:
        """Yield the paths at which removed stanzas and exact paths can change an answer.

        Each exact path is one that a removed stanza matched.
        """
        gone = [f"{self._prefix}{one}" for one in self._own if one not in self._kept]
        yield from meeting_paths(gone, [rule.path for rule in new.rules])

    # --- the answer ------------------------------------------------------------------------

    def _answer(self, text: str, stanzas: Sequence[Stanza]) -> SmallestPolicy | Unsuggested:
        new = {stanza.path: (stanza.capabilities, limits(stanza)) for stanza in stanzas}
        if new == {path: (one.capabilities, limits(one)) for path, one in self._own.items()}:
            return Unsuggested.SMALLEST
        exact = [one for one in stanzas if one.path in self._exact and one.path not in self._kept]
        return SmallestPolicy(
            text,
            exact=tuple((one.path, tuple(sorted(one.capabilities))) for one in exact),
            kept=tuple((one, self._kept[one]) for one in self._own if one in self._kept),
            denied=tuple(one for one in self._own if one in self._denied - self._kept.keys()),
            dropped=tuple(
                one for one in self._own if one not in self._kept and one not in self._denied
            ),
        )


def _stanza(rule: AclRule, path: str, capabilities: "frozenset[str] | set[str]") -> Stanza:
    return Stanza(
        path,
        frozenset(capabilities),
        allowed=rule.allowed,
        denied=rule.denied,
        required=rule.required,
        min_wrapping=rule.min_wrapping,
        max_wrapping=rule.max_wrapping,
        pagination=rule.pagination,
    )
