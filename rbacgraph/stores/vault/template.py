"""Templates in the paths of policies: ``{{identity.entity.name}}`` and what it stands for.

Source: ``sdk/helper/identitytpl/templating.go``; the recorded answers in
``fixtures/stores/vault/identity-tokens-escalation.json``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_OPEN, _CLOSE = "{{", "}}"
_UNBALANCED = "'{{' and '}}' do not match"


@dataclass(frozen=True, slots=True)
class Alias:
    """Who an entity is for one auth mount.

    ``accessor``: the mount's accessor, as ``auth_kubernetes_75e43478``.
    ``name``: the name that the mount gives: a ServiceAccount's uid, or ``namespace/name``.
    ``metadata``: what the login writes down: ``service_account_name`` and the like.
    """

    accessor: str
    name: str = ""
    id: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    custom_metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the identity store."""

    id: str = ""
    name: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entity:
    """Who holds a token, as the identity store knows it."""

    id: str = ""
    name: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    aliases: Sequence[Alias] = ()
    groups: Sequence[Group] = ()


class BlockedSubstitutionError(Exception):
    """OpenBao refuses every request of a token whose template becomes a wildcard or a slash."""


def is_template(path: str) -> bool:
    """Whether the path holds a template."""
    return _OPEN in path


def check_template(path: str) -> None:
    """Check that each ``{{`` has its ``}}``.

    Raises ValueError if not.
    """
    first, *rest = path.split(_OPEN)
    if _CLOSE in first or any(piece.count(_CLOSE) != 1 for piece in rest):
        raise ValueError(_UNBALANCED)


def fill_template(path: str, entity: Entity | None, blocked: Sequence[str] = ()) -> str | None:
    """Return the path with each template replaced, or ``None`` if one has no value.

    The server drops a stanza whose template has no value.

    ``entity``: who holds the token; ``None`` for a token without an entity.
    ``blocked``: texts that no value may hold, as OpenBao's ``*``, ``+`` and ``/``.
    Raises BlockedSubstitutionError if a value holds one.

    Examples
    --------
    >>> fill_template("kv/{{identity.entity.name}}/*", Entity(name="ann"))
    'kv/ann/*'
    """
    first, *rest = path.split(_OPEN)
    parts = [first]
    for piece in rest:
        name, _, tail = piece.partition(_CLOSE)
        value = _value(name.strip(), entity)
        if value is None:
            return None
        if any(text in value for text in blocked):
            raise BlockedSubstitutionError(name.strip())
        parts += [value, tail]
    return "".join(parts)


def _value(name: str, entity: Entity | None) -> str | None:
    if entity is None:
        return None
    if name.startswith("identity.entity."):
        return _entity_value(name.removeprefix("identity.entity."), entity)
    if name.startswith("identity.groups."):
        return _group_value(name.removeprefix("identity.groups."), entity.groups)
    return None


def _entity_value(name: str, entity: Entity) -> str | None:
    if name == "id":
        return entity.id or None
    if name == "name":
        return entity.name or None
    if name.startswith("metadata."):
        return entity.metadata.get(name.removeprefix("metadata."))
    if name.startswith("aliases."):
        accessor, dot, rest = name.removeprefix("aliases.").partition(".")
        for alias in entity.aliases:
            if dot and alias.accessor == accessor:
                return _alias_value(rest, alias)
    return None


def _alias_value(name: str, alias: Alias) -> str | None:
    if name == "id":
        return alias.id or None
    if name == "name":
        return alias.name or None
    if name.startswith("metadata."):
        return alias.metadata.get(name.removeprefix("metadata."))
    if name.startswith("custom_metadata."):
        return alias.custom_metadata.get(name.removeprefix("custom_metadata."))
    return None


def _group_value(name: str, groups: Sequence[Group]) -> str | None:
    by, _, rest = name.partition(".")
    chosen, dot, rest = rest.partition(".")
    if by not in {"ids", "names"} or not dot:
        return None
    for group in groups:
        if chosen != (group.id if by == "ids" else group.name):
            continue
        if rest == "id":
            return group.id
        if rest == "name":
            return group.name or None
        if rest.startswith("metadata."):
            return group.metadata.get(rest.removeprefix("metadata."))
        return None
    return None
