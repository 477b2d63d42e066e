"""What a token may do that holds these policies."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property

from rbacgraph.stores.vault import request_limits
from rbacgraph.stores.vault.acl import Acl, AclRule, acl_of
from rbacgraph.stores.vault.operations import (
    LISTING,
    WITH_PARAMETERS,
    capability_for,
    needs_no_token,
    needs_sudo,
)
from rbacgraph.stores.vault.policy_text import (
    SUDO,
    Flavour,
    PolicyTextError,
    Stanza,
    read_policy,
)
from rbacgraph.stores.vault.template import (
    BlockedSubstitutionError,
    Entity,
    fill_template,
    is_template,
)

ROOT = "root"
_BLOCKED = ("*", "+", "/")


@dataclass(frozen=True, slots=True)
class VaultDecision:
    """Whether the server allows a request, and the rule that decides.

    ``allowed``: the answer.
    ``rule``: the rule that decides; ``None`` where no stanza matches, for the root policy, and for
        paths that need no token.
    ``needs_approval``: whether a control group or a second factor must agree as well.
    """

    allowed: bool
    rule: AclRule | None = None
    needs_approval: bool = False


class Policies:
    """The policies of one token, and the decisions that follow.

    ``texts``: the policies by name, in HCL or JSON. The name ``root`` allows everything, and stands
        alone.
    ``flavour``: ``vault`` for HashiCorp Vault, ``openbao`` for OpenBao: LIST differs.
    ``namespace``: the namespace of the policies, as ``team/app``; their paths begin there. The
        paths of requests begin at the root namespace.
    ``entity``: who holds the token, for templates; a stanza whose template has no value is dropped.
    ``unchecked``: for OpenBao, by policy: the characters of ``*``, ``+`` and ``/`` that the values
        of its templates may hold (its ``allow_*_in_identity_templates``).
    ``now``: when the question is asked, for stanzas that expire; by default the present.
    Raises PolicyTextError if the server would refuse one of the texts.

    Examples
    --------
    >>> policies = Policies({"app": 'path "kv1/+/db" { capabilities = ["read"] }'})
    >>> policies.allows(method="GET", path="kv1/shop/db")
    True
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        flavour: Flavour = "vault",
        *,
        namespace: str = "",
        entity: Entity | None = None,
        unchecked: Mapping[str, str] | None = None,
        now: datetime | None = None,
    ) -> None:
        self._flavour = flavour
        self._entity = entity
        self._unchecked = dict(unchecked or {})
        self._prefix = f"{namespace.strip('/')}/" if namespace.strip("/") else ""
        self._now = now or datetime.now(UTC)
        self._is_root = ROOT in texts
        self._stanzas = [
            (name, stanza)
            for name, text in texts.items()
            if name != ROOT
            for stanza in read_named_policy(name, text, flavour)
        ]

    def allows(
        self,
        *,
        method: str,
        path: str,
        exists: bool | None = None,
        parameters: Mapping[str, object] | None = None,
        wrapping: Fraction | int | None = None,
    ) -> bool:
        """Whether the server lets a request through.

        ``method``: ``GET``, ``LIST``, ``PUT``, ``POST``, ``PATCH``, ``DELETE``, and OpenBao's
            ``SCAN``.
        ``exists``: whether a write finds its entry: an update then, else a create. ``None`` for
            paths that do not tell the two apart, as ``sys/`` has them: an update.
        ``parameters``: the body of the request, or its query.
        ``wrapping``: the response's wrapping time in seconds that the request asks for.
        Raises UsageError if the method is none of Vault's.

        Examples
        --------
        >>> policies = Policies({"app": 'path "kv1/*" { capabilities = ["create"] }'})
        >>> policies.allows(method="PUT", path="kv1/new", exists=False)
        True
        >>> policies.allows(method="PUT", path="kv1/old", exists=True)
        False
        """
        return self.decide(
            method=method, path=path, exists=exists, parameters=parameters, wrapping=wrapping
        ).allowed

    def decide(
        self,
        *,
        method: str,
        path: str,
        exists: bool | None = None,
        parameters: Mapping[str, object] | None = None,
        wrapping: Fraction | int | None = None,
    ) -> VaultDecision:
        """Decide as :meth:`allows`, and name the rule that decides."""
        path = path.lstrip("/")
        given = dict(parameters or {})
        listing = str(given.get("list", "")).lower() in {"true", "1", "t"}
        capability = capability_for(method, exists=exists, listing=listing)
        if self._is_root or needs_no_token(path):
            return VaultDecision(allowed=True)
        if capability in LISTING:
            given.pop("list", None)
            # The server adds the slash before it decides.
            path = path if path.endswith("/") else f"{path}/"
        if self._acl is None:
            return VaultDecision(allowed=False)
        rule = self._acl.rule_for(path, listing=capability in LISTING)
        if rule is None:
            return VaultDecision(allowed=False)
        allowed = (
            capability in rule.capabilities
            and (SUDO in rule.capabilities or not needs_sudo(path))
            and request_limits.wrapping_fits(rule, None if wrapping is None else Fraction(wrapping))
            and (capability not in WITH_PARAMETERS or request_limits.parameters_fit(rule, given))
            and (capability not in LISTING or request_limits.page_fits(rule, given))
        )
        return VaultDecision(allowed, rule, needs_approval=allowed and rule.approval)

    def decide_completed(
        self,
        *,
        method: str,
        path: str,
        exists: bool | None = None,
        parameters: Mapping[str, object] | None = None,
        chosen: Container[str] = (),
    ) -> tuple[VaultDecision, Mapping[str, object]]:
        """Decide a request to which the sender adds what its rule requires.

        ``method``, ``path``, ``exists``, ``parameters``: the request, as :meth:`allows` takes it.
        ``chosen``: parameters that are not added: the sender has chosen them already.
        Returns the decision, and all parameters of the request. A wrapping time changes nothing
            else: the sender unwraps the answer.
        """
        given = dict(parameters or {})
        decision = self.decide(method=method, path=path, exists=exists, parameters=given)
        rule = decision.rule
        if not decision.allowed and rule is not None:
            required = sorted({name.lower() for name in rule.required})
            added = {name: _value(rule, name) for name in required if name not in chosen}
            given = {**added, **given}
            decision = self.decide(
                method=method,
                path=path,
                exists=exists,
                parameters=given,
                wrapping=rule.min_wrapping or rule.max_wrapping or None,
            )
        return decision, given

    def capabilities(self, path: str) -> tuple[str, ...]:
        """Return what ``sys/capabilities`` answers for a path, in alphabetical order.

        Examples
        --------
        >>> Policies({"app": 'path "kv1/a" { policy = "read" }'}).capabilities("kv1/a")
        ('list', 'read')
        """
        if self._is_root:
            return (ROOT,)
        rule = self._acl.rule_for(path.lstrip("/"), listing=True) if self._acl else None
        return tuple(sorted(rule.capabilities)) if rule and rule.capabilities else ("deny",)

    def rule_for(self, path: str, *, listing: bool = False) -> AclRule | None:
        """Return the rule that decides about a path, whatever it allows.

        ``path``: the path, as :meth:`allows` takes it; that of a LIST ends in a slash.
        ``listing``: whether the request is a LIST or a SCAN.
        """
        return self._acl.rule_for(path.lstrip("/"), listing=listing) if self._acl else None

    @property
    def rules(self) -> Sequence[AclRule]:
        """The rules of the token; the root policy has none."""
        return () if self._acl is None else tuple(self._acl)

    @cached_property
    def _acl(self) -> Acl | None:
        """The rules, or ``None`` if OpenBao refuses every request of the token."""
        try:
            return acl_of(self._live(), self._flavour)
        except BlockedSubstitutionError:
            return None

    def _live(self) -> Iterable[tuple[str, Stanza]]:
        for name, stanza in self._stanzas:
            if stanza.expires is not None and stanza.expires < self._now:
                continue
            path: str | None = stanza.path
            if is_template(stanza.path):
                path = fill_template(stanza.path, self._entity, self._blocked(name))
            if path is not None:
                path = self._prefix + path
                yield name, stanza if path == stanza.path else replace(stanza, path=path)

    def _blocked(self, policy: str) -> Sequence[str]:
        if self._flavour == "vault":
            return ()
        unchecked = self._unchecked.get(policy, "")
        return [character for character in _BLOCKED if character not in unchecked]


def templates_in(texts: Mapping[str, str], flavour: Flavour) -> tuple[str, ...]:
    """Return the paths with templates in policies, in their order.

    Examples
    --------
    >>> templates_in({"own": 'path "kv/{{identity.entity.name}}" { policy = "read" }'}, "vault")
    ('kv/{{identity.entity.name}}',)
    """
    return tuple(
        stanza.path
        for name, text in texts.items()
        for stanza in read_named_policy(name, text, flavour)
        if is_template(stanza.path)
    )


def filled(paths: Iterable[str], flavour: Flavour, entity: Entity | None) -> tuple[str, ...]:
    """Return what templates stand for, with ``""`` for one without a value.

    Nothing at all if the server refuses every request of that entity's token.

    Examples
    --------
    >>> filled(["kv/{{identity.entity.name}}/*"], "vault", Entity(name="ann"))
    ('kv/ann/*',)
    """
    blocked = () if flavour == "vault" else _BLOCKED
    try:
        return tuple(fill_template(path, entity, blocked) or "" for path in paths)
    except BlockedSubstitutionError:
        return ()


def read_named_policy(name: str, text: str, flavour: Flavour) -> tuple[Stanza, ...]:
    """Read a policy; the error names it.

    Raises PolicyTextError if the server would refuse the text.
    """
    try:
        return read_policy(text, flavour)
    except PolicyTextError as error:
        raise PolicyTextError(
            f"policy {name}: {error.message}", error.line, error.column
        ) from error


def _value(rule: AclRule, name: str) -> object:
    """Return a value that the rule allows for a parameter that it requires."""
    values = (rule.allowed or {}).get(name.lower(), ())
    return values[0] if values else "1"
