"""The rules that the policies of one token make together, and the one that decides for a path.

A rule is what stanzas of the same path string give together. One rule alone decides: an exact
path, else the pattern with the highest priority. A narrower stanza therefore also takes rights
away, and ``deny`` holds for its own pattern alone.

Source: ``NewACL``, ``AllowOperation`` and ``CheckAllowedFromNonExactPaths`` in ``vault/acl.go`` of
HashiCorp Vault and ``internal/vault/policy/acl.go`` of OpenBao.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TypeVar

from rbacgraph.stores.vault.operations import pattern_of
from rbacgraph.stores.vault.policy_text import DENY, Flavour, ParameterValues, Stanza

__all__ = ["Acl", "AclRule", "Origin", "acl_of"]

_Bound = TypeVar("_Bound", int, Fraction)


@dataclass(frozen=True, slots=True)
class Origin:
    """The stanza of a policy that gives a rule something."""

    policy: str
    line: int


@dataclass(frozen=True, slots=True)
class AclRule:
    """What all stanzas of one path string allow together.

    ``path``: the path as it was written.
    ``capabilities``: the union of theirs, or ``deny`` alone.
    ``allowed``, ``denied``, ``required``, ``min_wrapping``, ``max_wrapping``, ``pagination``,
        ``approval``: as in :class:`~rbacgraph.stores.vault.policy_text.Stanza`, joined.
    ``origins``: the stanzas in the order of the policies.
    """

    path: str
    capabilities: frozenset[str]
    allowed: ParameterValues | None
    denied: ParameterValues | None
    required: tuple[str, ...]
    min_wrapping: Fraction
    max_wrapping: Fraction
    pagination: int
    approval: bool
    origins: tuple[Origin, ...]


class Acl:
    """The rules of one token, found by the path of a request.

    ``rules``: the rules by their path as it was written.
    ``flavour``: who decides: LIST differs.
    """

    def __init__(self, rules: Mapping[str, AclRule], flavour: Flavour) -> None:
        self._exact: dict[str, AclRule] = {}
        self._prefixes: dict[str, AclRule] = {}
        self._wildcards: list[AclRule] = []
        self._flavour = flavour
        for path, rule in rules.items():
            kind = Stanza(path, frozenset())
            if kind.has_wildcards:
                self._wildcards.append(rule)
            elif kind.is_prefix:
                self._prefixes[path[:-1]] = rule
            else:
                self._exact[path] = rule
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)
        ranked = sorted(self._wildcards, key=lambda rule: _priority(rule.path), reverse=True)
        self._patterns = [(pattern_of(rule.path), rule) for rule in ranked]
        self._found: dict[tuple[str, bool], AclRule | None] = {}

    def __iter__(self) -> Iterator[AclRule]:
        yield from self._exact.values()
        yield from self._prefixes.values()
        yield from self._wildcards

    def rule_for(self, path: str, *, listing: bool = False) -> AclRule | None:
        """Return the rule that decides a request, or ``None`` if none matches.

        ``path``: the path of the request, from the root namespace, without a leading slash.
        ``listing``: whether the request is a LIST or a SCAN: a path with its trailing slash and the
            same path without it are then both looked up.
        """
        key = path, listing
        if key not in self._found:
            self._found[key] = self._rule_for(path, listing=listing)
        return self._found[key]

    def _rule_for(self, path: str, *, listing: bool) -> AclRule | None:
        bare = path.removesuffix("/") if listing else path
        rule = self._exact.get(path)
        if rule is None and listing:
            rule = self._exact.get(bare)
        if rule is not None:
            return rule
        if not listing or bare == path:
            return self._pattern_for(path)
        # Vault asks without the slash first, OpenBao with it.
        order = (bare, path) if self._flavour == "vault" else (path, bare)
        return self._pattern_for(order[0]) or self._pattern_for(order[1])

    def _pattern_for(self, path: str) -> AclRule | None:
        prefix = next(
            (
                self._prefixes[path[:length]]
                for length in self._lengths
                if path[:length] in self._prefixes and length <= len(path)
            ),
            None,
        )
        wildcard = next((rule for pattern, rule in self._patterns if pattern.fullmatch(path)), None)
        if prefix is None or wildcard is None:
            return prefix or wildcard
        return max(prefix, wildcard, key=lambda rule: _priority(rule.path))


@lru_cache(1 << 14)
def _priority(path: str) -> tuple[int, bool, int, int, bytes]:
    """Order patterns that match the same path; the largest decides.

    First the place of the first ``+`` or ``*``, then patterns without a last ``*``, then those
    with fewer ``+``, then the longer, then the larger in bytes.
    """
    bare = path.removesuffix("*")
    first = path.find("+") if Stanza(path, frozenset()).has_wildcards else len(bare)
    wildcards = sum(part == "+" for part in bare.split("/"))
    encoded = bare.encode("utf-8", "surrogateescape")
    return first, not path.endswith("*"), -wildcards, len(encoded), encoded


def acl_of(stanzas: Iterable[tuple[str, Stanza]], flavour: Flavour) -> Acl:
    """Join stanzas, each with its policy's name, to the rules of a token.

    Examples
    --------
    >>> from rbacgraph.stores.vault.policy_text import read_policy
    >>> text = 'path "kv/*" { capabilities = ["deny"] } path "kv/a" { capabilities = ["read"] }'
    >>> acl = acl_of([("p", stanza) for stanza in read_policy(text)], "vault")
    >>> sorted(acl.rule_for("kv/a").capabilities), sorted(acl.rule_for("kv/b").capabilities)
    (['read'], ['deny'])
    """
    rules: dict[str, AclRule] = {}
    for policy, stanza in stanzas:
        origin = Origin(policy, stanza.line)
        known = rules.get(stanza.path)
        rules[stanza.path] = _new(stanza, origin) if known is None else _join(known, stanza, origin)
    return Acl(rules, flavour)


def _new(stanza: Stanza, origin: Origin) -> AclRule:
    return AclRule(
        path=stanza.path,
        capabilities=stanza.capabilities,
        allowed=stanza.allowed,
        denied=stanza.denied,
        required=stanza.required,
        min_wrapping=stanza.min_wrapping,
        max_wrapping=stanza.max_wrapping,
        pagination=stanza.pagination,
        approval=stanza.approval,
        origins=(origin,),
    )


def _join(rule: AclRule, stanza: Stanza, origin: Origin) -> AclRule:
    if DENY in rule.capabilities:
        return replace(rule, origins=(*rule.origins, origin))
    if DENY in stanza.capabilities:
        return replace(
            rule,
            capabilities=stanza.capabilities,
            allowed=None,
            denied=None,
            origins=(*rule.origins, origin),
        )
    return replace(
        rule,
        capabilities=rule.capabilities | stanza.capabilities,
        allowed=_join_parameters(rule.allowed, stanza.allowed),
        denied=_join_parameters(rule.denied, stanza.denied),
        required=tuple(dict.fromkeys((*rule.required, *stanza.required))),
        min_wrapping=_smaller(rule.min_wrapping, stanza.min_wrapping),
        max_wrapping=_smaller(rule.max_wrapping, stanza.max_wrapping),
        pagination=_smaller(rule.pagination, stanza.pagination),
        approval=rule.approval or stanza.approval,
        origins=(*rule.origins, origin),
    )


def _join_parameters(
    one: ParameterValues | None, other: ParameterValues | None
) -> ParameterValues | None:
    """Join the values of each parameter; an empty list means any value and wins."""
    if not other:
        return one
    if one is None:
        return other
    joined = dict(one)
    for name, values in other.items():
        known = one.get(name)
        joined[name] = () if not values or known == () else (*values, *(known or ()))
    return joined


def _smaller(one: _Bound, other: _Bound) -> _Bound:
    """Return the smaller of two bounds where 0 means none."""
    return min(one, other) if one and other else one or other
