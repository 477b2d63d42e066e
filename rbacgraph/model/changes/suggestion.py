"""What ``suggest`` answers: changes that leave only what is needed, each with its proof."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.changes.access_effect import Effect
from rbacgraph.model.changes.change import Change
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.rbac_write import DoubtfulWrite
from rbacgraph.model.inputs.required_requests import Needing

Semantics = Literal["strict", "served"]
"""What documents say of suggestions: ``strict``, always; they may have said ``served`` once."""


class Permission(Struct, frozen=True, kw_only=True, order=True):
    """The smallest part of a rule: one verb on one resource or URL, of one name or of any.

    ``resource`` holds the subresource (``pods/exec``), ``*`` stands as the rule has it, and
    ``name`` is None for any name. A ``path`` stands in the place of a resource.
    """

    verb: str
    group: str = ""
    resource: str = ""
    name: str | None = None
    path: str = ""


class RoleChange(Struct, frozen=True, kw_only=True):
    """What becomes of one role.

    Parameters
    ----------
    kind, namespace, name:
        The role.
    action:
        ``narrow`` where it is there, ``make`` where it is new, ``tidy`` where it allows the
        same by fewer rules.
    principals:
        Who has it afterwards.
    scopes:
        Namespaces in which they have it; ``""`` for all of them.
    kept, narrowed, removed, added:
        Its permissions. Of those that are narrowed it keeps a part, which is among those that
        are kept. Those that a new role has are kept where its principals had them before, by
        whatever role.
    rules_before, rules, bound:
        How many rules it had, has, and how many are needed at least for the same.
    why:
        The reason, as a sentence.
    """

    kind: str
    namespace: str
    name: str
    action: Literal["narrow", "make", "tidy"]
    principals: tuple[str, ...]
    scopes: tuple[str, ...]
    kept: tuple[Permission, ...]
    narrowed: tuple[Permission, ...]
    removed: tuple[Permission, ...]
    added: tuple[Permission, ...]
    rules_before: int = 0
    rules: int
    bound: int
    why: str


class Loss(Struct, frozen=True, kw_only=True):
    """What a principal cannot do any more, by its own bindings.

    Parameters
    ----------
    principal:
        A user, ServiceAccount or group.
    scope:
        Namespace of the bindings; ``""`` for cluster-wide ones.
    lost:
        Permissions that it held there.
    narrowed:
        Permissions that it held there and of which it keeps a part.
    seen:
        Whether a log or a statement tells of it at all.
    """

    principal: str
    scope: str
    lost: tuple[Permission, ...]
    narrowed: tuple[Permission, ...]
    seen: bool


class Leftover(Struct, frozen=True):
    """A command that deletes what nobody needs any more: applying manifests does not."""

    command: str
    why: str


class Proof(Struct, frozen=True, kw_only=True):
    """What was proven of the cluster after the changes, and of it after the deletions too.

    Parameters
    ----------
    requests:
        How many needed requests were replayed, all of which are allowed. Where nothing tells
        what is needed: how many known rights were to stay, all of which do.
    identities:
        How many identities need, or have, them.
    unexplained:
        Needed requests beside these that are not allowed before either, and stay so.
    permissions:
        How many permissions the roles that are written hold, each of which is needed, where
        something tells that: without any one of them some request is denied.
    covered:
        For how many principals and scopes was compared that nothing is held which was not
        held before, or is added.
    effect:
        Who reaches which Secrets before and after applying; None where it was not asked for.
    cleaned:
        The same once the deletions are done; None where there are none.
    writes:
        How many writes of roles and bindings were replayed by what they pass on, all of which
        escalation prevention lets pass.
    doubts:
        Those that it refuses afterwards, or may.
    """

    requests: int
    identities: int
    unexplained: int
    permissions: int
    covered: int
    effect: Effect | None = None
    cleaned: Effect | None = None
    writes: int = 0
    doubts: tuple[DoubtfulWrite, ...] = ()


class Addition(Struct, frozen=True):
    """A permission that a principal does not hold today, and where it gets it."""

    principal: str
    scope: str
    permission: Permission
    evidence: str


class LeftAlone(Struct, frozen=True):
    """A ServiceAccount that keeps all, as its Pods' references to Secrets tell too little.

    Parameters
    ----------
    principal:
        The ServiceAccount.
    operator:
        What it is known as; ``""`` where that is not why, but that the input holds no Pod and
        no template of it.
    sign:
        By which sign it is known.
    """

    principal: str
    operator: str
    sign: str


class SuggestResult(Struct, frozen=True, kw_only=True):
    """Answer of ``suggest``.

    Parameters
    ----------
    asked:
        The principal or role asked about, ``""`` for every role.
    manner:
        What was done to roles without regard to needs, in words; ``""`` where needs decided.
    changes:
        What to apply, in order.
    leftovers:
        What to delete then, in order.
    roles:
        What becomes of each role.
    losses:
        Who loses what.
    additions:
        What is needed and not granted today.
    notes:
        What a reader must know, in sentences.
    needs:
        What must stay allowed, with what was widened or kept without evidence.
    log:
        The log, None where there was none.
    proof:
        What was proven.
    diagnostics:
        What of logs and statements could not be read.
    guessed:
        Whether it rests on what Pods refer to, which shows nothing of what they ask the API for.
    left_alone:
        Who keeps all, where it was guessed.
    """

    asked: str
    changes: tuple[Change, ...]
    leftovers: tuple[Leftover, ...]
    roles: tuple[RoleChange, ...]
    losses: tuple[Loss, ...]
    additions: tuple[Addition, ...]
    notes: tuple[str, ...]
    needs: tuple[Needing, ...]
    log: LogSummary | None
    proof: Proof
    diagnostics: tuple[Diagnostic, ...] = ()
    manner: str = ""
    semantics: Semantics = "strict"
    guessed: bool = False
    left_alone: tuple[LeftAlone, ...] = ()
