"""Answers of ``suggest``: changes that leave only what is needed, with a proof."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.changes.access_effect import Effect
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.statement import NOTHING, Statement
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.need_evidence import NeedEvidence
from rbacgraph.model.inputs.rbac_write import DoubtfulWrite
from rbacgraph.model.inputs.required_requests import Needing

Semantics = Literal["strict", "served"]
"""The value of new documents is ``strict``; older ones may hold ``served``."""


class Permission(Struct, frozen=True, kw_only=True, order=True):
    """The smallest part of a rule: one verb on one resource or URL, on one name or any.

    ``resource`` holds the subresource (``pods/exec``); ``*`` is kept as the rule has it; ``name``
    is None for any name. A ``path`` takes the place of a resource.
    """

    verb: str
    group: str = ""
    resource: str = ""
    name: str | None = None
    path: str = ""


class RoleChange(Struct, frozen=True, kw_only=True):
    """What a suggestion does with one role.

    ``kind``, ``namespace``, ``name``: the role.
    ``action``: ``narrow`` for an existing role, ``make`` for a new one, ``tidy`` where fewer rules
        allow the same.
    ``principals``: the principals that hold it afterwards.
    ``scopes``: namespaces in which they hold it; ``""`` for all of them.
    ``kept``, ``narrowed``, ``removed``, ``added``: its permissions. The role keeps a part of each
        narrowed permission; that part is among the kept ones. A new role's permissions are kept
        ones where its principals held them before by any role.
    ``rules_before``, ``rules``, ``bound``: how many rules it had, has, and needs at least for the
        same permissions.
    ``why``: the reason.
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
    why: Statement


class Loss(Struct, frozen=True, kw_only=True):
    """What a principal can no longer do by its own bindings.

    ``principal``: a user, ServiceAccount or group.
    ``scope``: namespace of the bindings; ``""`` for cluster-wide ones.
    ``lost``: permissions that it held there.
    ``narrowed``: permissions that it held there and keeps in part.
    ``seen``: whether a log or a statement mentions the principal at all.
    """

    principal: str
    scope: str
    lost: tuple[Permission, ...]
    narrowed: tuple[Permission, ...]
    seen: bool


class Leftover(Struct, frozen=True):
    """A command that deletes what is no longer needed: applying manifests deletes nothing."""

    command: str
    why: Statement


class Proof(Struct, frozen=True, kw_only=True):
    """What rbacgraph proved about the cluster after the changes, and after the deletions too.

    ``requests``: how many needed requests were replayed; all of them are allowed. Without evidence
        of needs: how many known rights were to stay; all of them do.
    ``identities``: how many identities need, or hold, them.
    ``unexplained``: further needed requests that were not allowed before either, and stay denied.
    ``permissions``: how many permissions the written roles hold. Where there is evidence of needs,
        each permission is needed: without it some request is denied.
    ``covered``: for how many principals and scopes rbacgraph checked that they hold no right that
        they did not hold before and that is not an addition.
    ``effect``: who reaches which Secrets before and after applying; None where it was not asked
        for.
    ``cleaned``: the same after the deletions; None where there are none.
    ``writes``: how many writes of roles and bindings were replayed with the rights that they pass
        on; escalation prevention allows all of them.
    ``doubts``: writes that escalation prevention refuses afterwards, or may refuse.
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
    """A permission that a principal lacks today, and the role that adds it."""

    principal: str
    scope: str
    permission: Permission
    evidence: NeedEvidence


class LeftAlone(Struct, frozen=True):
    """A ServiceAccount that keeps all rights, as references from Pods are too little evidence.

    ``principal``: the ServiceAccount.
    ``operator``: the operator that it is known as; ``""`` if the reason is instead that the input
        holds no Pod and no template of it.
    ``sign``: the sign by which the operator is known.
    """

    principal: str
    operator: str
    sign: Statement


class SuggestResult(Struct, frozen=True, kw_only=True):
    """Answer of ``suggest``.

    ``asked``: the principal or role asked about, ``""`` for every role.
    ``manner``: what was done to roles without regard to needs; nothing where needs decide.
    ``changes``: the objects to apply, in order.
    ``leftovers``: what to delete afterwards, in order.
    ``roles``: what happens to each role.
    ``losses``: who loses which rights.
    ``additions``: rights that are needed and not granted today.
    ``notes``: notes for the reader.
    ``needs``: what must stay allowed, with what was widened or kept without evidence.
    ``log``: the log; None where there was none.
    ``diagnostics``: what rbacgraph could not read of logs and statements.
    ``guessed``: whether the answer rests on references from Pods, which do not show API requests.
    ``left_alone``: the ServiceAccounts that keep all rights, where the answer is a guess.
    """

    asked: str
    changes: tuple[Change, ...]
    leftovers: tuple[Leftover, ...]
    roles: tuple[RoleChange, ...]
    losses: tuple[Loss, ...]
    additions: tuple[Addition, ...]
    notes: tuple[Statement, ...]
    needs: tuple[Needing, ...]
    log: LogSummary | None
    proof: Proof
    diagnostics: tuple[Diagnostic, ...] = ()
    manner: Statement = NOTHING
    semantics: Semantics = "strict"
    guessed: bool = False
    left_alone: tuple[LeftAlone, ...] = ()
