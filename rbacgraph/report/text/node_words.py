"""Words of the nodes that have a key in place of a name: no two keys have the same words."""

from collections.abc import Iterable
from functools import singledispatch
from typing import cast

from rbacgraph.model.node import EACH_NAMESPACE, GraphNode, KeyWords, NodeKey, format_node, one_word
from rbacgraph.model.node_keys import (
    AS_ANOTHER,
    ActedAs,
    Acting,
    AwsPodSession,
    BoundToItself,
    ConjunctionName,
    HeldParts,
    LoginByLabels,
    NamedRight,
    PartOfActing,
    PartOfGrants,
    RightPart,
    RoleForPart,
    RoleGrant,
    RoleName,
    SelfBoundParts,
    VaultChoice,
    VaultNamespace,
    VaultToken,
)

_AROUND_NAMES = frozenset({"and", "by", "in", "itself", "no", "with"})
_VARIANTS = {("as",), ("in",)}


@singledispatch
def key_words(key: NodeKey) -> str:
    """Return the words of a key.

    Examples
    --------
    >>> key_words(RoleName("ClusterRole", "view")), key_words(NamedRight("bind", "web"))
    ('ClusterRole/view', 'bind web')
    """
    raise TypeError(type(key))


@key_words.register
def _(key: RoleName) -> str:
    return f"{key.kind}/{key.name}"


@key_words.register
def _(key: NamedRight) -> str:
    name = key.name if isinstance(key.name, str) else key_words(key.name)
    return f"{key.right} {name}" if name else key.right


@key_words.register
def _(key: Acting) -> str:
    return f"act-as-another by {_by(key)}"


def _by(acting: Acting) -> str:
    by = _listed(acting.grants)
    return f"{by} on {acting.on[0]} {one_word(acting.on[2])}" if acting.on else by


def _listed(grants: Iterable[RoleGrant]) -> str:
    words = (
        f"{_role(role)} {_where(scope)}" if scope else _role(role) for _, scope, role in grants
    )
    return " and ".join(words)


def _role(role: RoleName) -> str:
    return f"{role.kind} {one_word(role.name)}"


def _where(scope: str) -> str:
    return "in every namespace" if scope == EACH_NAMESPACE else f"in {scope}"


@key_words.register
def _(key: PartOfActing) -> str:
    return f"part of acting as another by {_listed(key.grants)}"


@key_words.register
def _(key: ActedAs) -> str:
    return f"{one_word(key.name)} by {_by(key.by)}"


@key_words.register
def _(key: PartOfGrants) -> str:
    newly = ", where bound anew" if key.newly else ""
    namespace = f"{key.namespace}/" if key.namespace else ""
    return f"{key.kind}:{namespace}{key_words(key.other)}{newly}"


@key_words.register
def _(key: BoundToItself) -> str:
    return f"{_role(key.role) if key.role else 'full control'} bound to itself"


@key_words.register
def _(key: HeldParts) -> str:
    itself = " itself" if key.itself else ""
    return " and ".join(sorted(map(_part, key.parts))) + itself


@key_words.register
def _(key: RoleForPart) -> str:
    return f"a role to bind for {_part(key.part)}"


def _part(part: RightPart) -> str:
    on = f"{part.resource}/{part.subresource}" if part.subresource else part.resource
    on = f"{on}.{part.group}" if part.group else on
    some = f" (of {'/'.join(part.of)})" if part.verbs != part.of else ""
    named = f" named {' '.join(map(_word, part.names))}" if part.names else ""
    by_name = " by name" if part.by_name else ""
    where = _where(part.scope) if part.scope else "in the whole cluster"
    by = f" by {' '.join(map(_word, part.given_by))}" if part.given_by else ""
    return f"{'/'.join(part.verbs)}{some} on {on}{named}{by_name} {where}{by}"


def _word(name: str) -> str:
    """Write a name of a list as one word, none that stands after a list or for an empty one."""
    return f"\\{name}" if name in _AROUND_NAMES else one_word(name)


@key_words.register
def _(key: SelfBoundParts) -> str:
    return " with ".join(map(format_node, key.parts))


@key_words.register
def _(key: VaultToken) -> str:
    return _policies(key.policies, key.namespace, key.filled)


@key_words.register
def _(key: VaultChoice) -> str:
    return _policies(key.kept, key.namespace, key.filled)


@key_words.register
def _(key: VaultNamespace) -> str:
    return f"in {one_word(key.namespace)}" if key.namespace else "root"


def _policies(policies: Iterable[str], namespace: str, filled: Iterable[str]) -> str:
    """Write the policies of a token, with what its templates stand for."""
    names = " ".join(map(_word, policies)) or "no policy"
    inside = f" in {one_word(namespace)}" if namespace else ""
    values = " ".join(map(_word, filled))
    return f"{names}{inside} with {values}" if values else f"{names}{inside}"


@key_words.register
def _(key: LoginByLabels) -> str:
    inside = f" in {one_word(key.inside)}" if key.inside else ""
    return f"{one_word(key.role)}{inside} by {one_word(f'{key.namespace}/{key.name}')}"


@key_words.register
def _(key: AwsPodSession) -> str:
    parts = [one_word(key.arn)]
    parts += ["of", one_word(f"{key.namespace}/{key.name}")] if key.namespace else []
    parts += ["with any policy"] if key.raised else []
    parts += ["without its boundary"] if key.unbounded else []
    return " ".join(parts)


@key_words.register
def _(key: ConjunctionName) -> str:
    return " ".join((key.technique, *_variant(key), *map(_one_word, key.name)))


def _variant(key: ConjunctionName) -> tuple[str, ...]:
    if key.variant is None:
        return ("\\",) if key.name[:1] in _VARIANTS else ()
    if key.variant == AS_ANOTHER:
        return ("as another",)
    return (f"in each namespace {key.variant}",)


def _one_word(part: str | NodeKey) -> str:
    """Write a name, a key or a node as one word."""
    if isinstance(part, str):
        return one_word(part)
    return one_word(
        format_node(cast("GraphNode", part)) if type(part) is tuple else key_words(part)
    )


KeyWords.say = key_words
