"""Proves rewritten roles: the rest is still allowed, the removed rights are gone."""

from collections.abc import Iterable, Sequence

from rbacgraph.advice.changes.nobody_gains import nobody_gains
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.proof.suggestion_proof import concerned, held_by
from rbacgraph.advice.rewrite.rewrite import expanded
from rbacgraph.advice.rewrite.rewriter import Rewriter, smallest
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import covers
from rbacgraph.authz.questions.known_resources import KnownVerbs, known_verbs, rules_of
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.changes.suggestion import Proof
from rbacgraph.model.kubernetes.rbac import ClusterRole, PolicyRule, Role
from rbacgraph.model.node import Node


def prove_reshaped(
    before: Authorizer, after: Authorizer, changes: Sequence[Change], rewriter: Rewriter
) -> Proof:
    """Return the proof that rewritten roles leave what they should, or raise.

    For every principal whose rights change, in each scope, every known right is compared by the
    server's own comparison: rights to keep are held, and no others.

    Raises UnprovenError if something is lost, something is held that was not held before, or a
        removed right is written.
    """
    comparing = _Comparing(rewriter, known_verbs(rules_of(before.snapshot)))
    kept = sum(
        comparing.kept(held_by(before, *place), held_by(after, *place), place)
        for place in concerned(after, changes)
    )
    nobody_gains(before, after)
    written = [c.after for c in changes if isinstance(c.after, Role | ClusterRole)]
    for role in written:
        if any(map(rewriter.forbids, role.rules or ())):
            raise UnprovenError(Say.IS_STILL_WRITTEN(role.metadata.name))
    return Proof(
        requests=kept,
        identities=len({node for node, _ in concerned(after, changes)}),
        unexplained=0,
        permissions=sum(1 for role in written for _ in smallest(role.rules or ())),
        covered=len(concerned(after, changes)),
    )


class _Comparing:
    """Compares the rights of holders before and after; equal rules once."""

    def __init__(self, rewriter: Rewriter, verbs: KnownVerbs) -> None:
        self._rewriter = rewriter
        self._verbs = verbs
        self._seen: dict[object, int] = {}

    def kept(
        self, old: Iterable[PolicyRule], new: Iterable[PolicyRule], place: tuple[Node, str]
    ) -> int:
        """Count the rights that stay, or raise."""
        old, new = tuple(old), tuple(new)
        whom = place if self._rewriter.manner.references else None
        if (old, new, whom) not in self._seen:
            self._seen[old, new, whom] = self._compared(old, new, place)
        return self._seen[old, new, whom]

    def _compared(
        self, old: tuple[PolicyRule, ...], new: tuple[PolicyRule, ...], place: tuple[Node, str]
    ) -> int:
        whole = old
        if self._rewriter.manner.narrows:
            whole = expanded(old, self._rewriter.known, self._verbs).rules
        wanted = [kept for part in smallest(whole) for kept in self._rewriter.kept(part, *place)]
        enough, missing = covers(new, wanted)
        if not enough:
            raise UnprovenError(Say.IS_LOST(place, missing[:10]))
        return len(wanted)
