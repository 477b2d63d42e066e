"""Which policies a new token has that a holder of others creates.

Source: ``handleCreateCommon`` in ``vault/token_store.go``; the recorded creations in
``fixtures/stores/vault/identity-tokens-escalation.json``.
"""

from collections.abc import Iterable, Sequence

from rbacgraph.stores.vault.request_limits import glob_matches
from rbacgraph.stores.vault.role_fields import RoleData, texts

__all__ = ["created_policies", "may_give"]

_DEFAULT, _ROOT = "default", "root"
_NEVER = frozenset({"response-wrapping", "control-group"})


def created_policies(
    held: Iterable[str],
    *,
    sudo: bool = False,
    role: RoleData | None = None,
    requested: Sequence[str] = (),
    no_default: bool = False,
    no_parent: bool = False,
) -> tuple[str, ...] | None:
    """Return the policies of a token that the holder creates, or ``None`` if it may not.

    ``sudo``: whether they allow ``sudo`` on the path of the request.
    ``role``: the token role of ``auth/token/create/ROLE``; ``None`` for ``auth/token/create``.
    ``requested``: the policies that the request names; none means those of the holder or of the
        role.
    ``no_default``, ``no_parent``: the request's ``no_default_policy`` and ``no_parent``; a role
        decides about the parent alone.

    Examples
    --------
    >>> created_policies(["app"], requested=["other"]) is None
    True
    >>> created_policies(["app"], requested=["other"], sudo=True)
    ('default', 'other')
    >>> created_policies(["app"], role={"allowed_policies": ["other"]})
    ('default', 'other')
    """
    parent = _clean(held)
    wanted = _clean(requested)
    if no_parent and role is None and not sudo:
        return None
    if role is not None and _limits(role):
        given = _by_role(role, parent, wanted, no_default=no_default)
    elif not wanted:
        given = parent
    elif sudo:
        given = wanted | ({_DEFAULT} if not no_default else set())
    elif wanted <= parent:
        given = wanted | ({_DEFAULT} & parent if not no_default else set())
    else:
        given = None
    if given is None:
        return None
    if no_default:
        given = given - {_DEFAULT}
    if given & _NEVER or (_ROOT in given and _ROOT not in parent):
        return None
    return tuple(sorted(given))


def may_give(
    policy: str, held: Iterable[str], *, sudo: bool = False, role: RoleData | None = None
) -> bool:
    """Whether the holder can create a token that has the policy.

    Examples
    --------
    >>> may_give("other", ["app"], role={"disallowed_policies": ["admin"]})
    True
    """
    created = created_policies(held, sudo=sudo, role=role, requested=[policy])
    return created is not None and policy in created


def _by_role(
    role: RoleData, parent: frozenset[str], wanted: frozenset[str], *, no_default: bool
) -> frozenset[str] | None:
    """Return what a role gives that allows or refuses policies; the holder's own do not count."""
    allowed, refused = (
        _clean(texts(role, f"{kind}_policies")) for kind in ("allowed", "disallowed")
    )
    globs, refused_globs = (
        texts(role, f"{kind}_policies_glob") for kind in ("allowed", "disallowed")
    )
    adds_default = (
        not no_default
        and not role.get("token_no_default_policy")
        and _DEFAULT not in refused
        and not _among(_DEFAULT, refused_globs)
    )
    extra = frozenset({_DEFAULT}) if adds_default else frozenset()
    given = wanted | extra if wanted else frozenset()
    if allowed or globs:
        allowed |= extra
        if not given:
            given = allowed
        elif not all(policy in allowed or _among(policy, globs) for policy in given):
            return None
    elif not given:
        given = parent | extra
    if any(policy in refused or _among(policy, refused_globs) for policy in given):
        return None
    return given


def _limits(role: RoleData) -> bool:
    return any(
        texts(role, f"{kind}_policies{end}")
        for kind in ("allowed", "disallowed")
        for end in ("", "_glob")
    )


def _among(policy: str, globs: Iterable[str]) -> bool:
    return any(glob_matches(pattern, policy) for pattern in globs)


def _clean(policies: Iterable[str]) -> frozenset[str]:
    return frozenset(policy.strip().lower() for policy in policies if policy.strip())
