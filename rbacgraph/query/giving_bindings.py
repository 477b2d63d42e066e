"""How somebody gives others the right to read a Secret by writing a binding.

Escalation prevention lets everybody grant what it holds: whoever reads a Secret by a role and
may create bindings can bind somebody else to that role. Other roles need be tried only where
the verb bind is held, or where bindings that there are may be changed.
"""

from collections.abc import Iterable
from itertools import product

from msgspec.structs import replace

from rbacgraph.edges.base import where
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.meta import RbacMeta
from rbacgraph.model.rbac import (
    RBAC_GROUP,
    AnyBinding,
    ClusterRoleBinding,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacgraph.query.giving import (
    READS,
    Identity,
    RoleKey,
    Target,
    Way,
    Write,
    resource_of,
    role_key,
)
from rbacgraph.query.rights import Rights

NEW = "passed-on"
"""Name of what is new, where any will do."""

OTHER = Subject(kind="User", name="somebody-else", api_group=RBAC_GROUP)
"""Whom the right is given to, where the writer can choose."""


def by_binding(target: Target, who: Identity) -> Way | None:
    """Return how an identity gives the right by a binding: a new one, else one that there is.

    It is one of the Secret's namespace, else one of the whole cluster.
    """
    rights = [Rights(target, who, scope) for scope in (target.namespace, "")]
    ways = (by(at) for by, at in product((_by_new, _by_existing), rights))
    return next((way for way in ways if way), None)


def _by_new(rights: Rights) -> Way | None:
    verb, name = _free(rights)
    if not verb:
        return None
    metadata, kind = RbacMeta(name, rights.scope), _kind(rights)
    writes, evidence = _enough(
        rights,
        (
            (verb, kind(metadata=metadata, role_ref=RoleRef(*role), subjects=(OTHER,)))
            for role in _grantable(rights)
        ),
    )
    if not writes:
        return None
    roles = " and ".join(f"{ref.kind} {ref.name}" for ref in (_ref(write) for write in writes))
    if verb == "create":
        what = f"{kind.__name__}s" if len(writes) > 1 else f"a {kind.__name__}"
    else:
        what = f"{kind.__name__} {name}"
    listed = rights.target.world.snapshot.is_listed(kind.__name__, rights.scope)
    doubt = "" if listed or verb == "create" else f"{what} does not exist, as in the input"
    words = f"can create {what}{_place(rights)} to {roles}"
    return Way(writes, words, evidence, condition=doubt)


def _by_existing(rights: Rights) -> Way | None:
    resource = resource_of(_kind(rights).__name__)
    editable = rights.editable(resource)
    first: dict[RoleKey, AnyBinding] = {}
    for binding in rights.target.giving[rights.scope]:
        if editable(binding.metadata.name):
            ref = binding.role_ref
            first.setdefault((ref.kind, ref.name), binding)
    writes, evidence = _enough(
        rights,
        (
            (rights.edits(resource, name), _with_other(first[role]))
            for role in _ordered(rights, first)
            if (name := first[role].metadata.name)
        ),
    )
    if not writes:
        return None
    kind = _kind(rights).__name__ + ("s" if len(writes) > 1 else "")
    names = " and ".join(write.obj.metadata.name for write in writes)
    return Way(writes, f"can add subjects to {kind} {names}{_place(rights)}", evidence)


def _kind(rights: Rights) -> type[AnyBinding]:
    return RoleBinding if rights.scope else ClusterRoleBinding


def _free(rights: Rights) -> tuple[str, str]:
    """Return a verb and a name by which a binding can be made."""
    kind = _kind(rights)
    resource = resource_of(kind.__name__)
    for name in (NEW, *rights.names(resource)):
        binding = kind(metadata=RbacMeta(name, rights.scope), role_ref=RoleRef())
        if not rights.target.authorizer.find(binding):
            for verb in rights.creates(resource, name):
                return verb, name
    return "", ""


def _grantable(rights: Rights) -> list[RoleKey]:
    """Return the roles that somebody may well give, those with most verbs first."""
    found = {role_key(held.role) for held in rights.reads}
    for kind in ("Role", "ClusterRole") if rights.scope else ("ClusterRole",):
        names = rights.named(resource_of(kind), "bind")
        if names != frozenset():
            roles = (role for role in rights.target.roles if role[0] == kind)
            found.update(role for role in roles if names is None or role[1] in names)
    return _ordered(rights, found)


def _ordered(rights: Rights, roles: Iterable[RoleKey]) -> list[RoleKey]:
    """Sort roles: those that give most verbs on the Secret, of these the smallest."""
    target = rights.target

    def rank(role: RoleKey) -> tuple[int, int, RoleKey]:
        found = target.authorizer.find_role(role[0], rights.scope, role[1])
        return -len(target.verbs_of(found)), sum(len(one.rules or ()) for one in found), role

    return sorted(roles, key=rank)


def _enough(
    rights: Rights, attempts: Iterable[tuple[str, AnyBinding]]
) -> tuple[tuple[Write, ...], tuple[Evidence, ...]]:
    """Return the writes that a server allows, as far as each gives a verb more."""
    writes: list[Write] = []
    evidence: list[Evidence] = []
    given: set[str] = set()
    for verb, binding in attempts:
        if len(given) == len(READS):
            break
        ref = binding.role_ref
        roles = rights.target.authorizer.roles_of(binding)
        write = Write(verb, binding, rights.target.verbs_of(roles))
        if verb and not given.issuperset(write.gives):
            found = rights.evidence(write, "bind", resource_of(ref.kind), ref.name)
            if found:
                given.update(write.gives)
                writes.append(write)
                evidence += found
    return tuple(writes), tuple(dict.fromkeys(evidence))


def _with_other(binding: AnyBinding) -> AnyBinding:
    return replace(binding, subjects=(*(binding.subjects or ()), OTHER))


def _ref(write: Write) -> RoleRef:
    assert isinstance(write.obj, AnyBinding)
    return write.obj.role_ref


def _place(rights: Rights) -> str:
    return f" {where(rights.scope)}" if rights.scope else ""
