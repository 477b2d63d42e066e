"""Rewrites roles without evidence of needs: tidied, or without some rights."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.changes.changeable_grants import (
    ChangeableGrants,
    ChangeTarget,
    Chosen,
    Grant,
    choose,
)
from rbacgraph.advice.changes.nobody_gains import no_type_is_named_first, nobody_gains
from rbacgraph.advice.changes.permissions import permissions_of
from rbacgraph.advice.changes.reasons import Reason, UnseenPrincipal
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.notes.notes import plan_remarks
from rbacgraph.advice.notes.summaries import losses_of, role_change
from rbacgraph.advice.planning.assignment import Assigned, RoleSlot
from rbacgraph.advice.planning.plan import Plan
from rbacgraph.advice.planning.write_roles import Draft, GivenRules, RoleDrafting, emptied
from rbacgraph.advice.proof.suggestion_proof import concerned, held_by
from rbacgraph.advice.rewrite.operators import OperatorSign, OperatorSigns
from rbacgraph.advice.rewrite.rewrite import expanded
from rbacgraph.advice.rewrite.rewriter import Manner, Rewriter, Shares, smallest
from rbacgraph.advice.rules.fewest_rules import Fewest, fewest_rules
from rbacgraph.advice.suggest.suggest import asked_of, deletions_of, leftovers_of, with_effect
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import covers, given_in
from rbacgraph.authz.questions.known_resources import KnownVerbs, known_verbs, rules_of
from rbacgraph.model.changes.change import Change, ObjectKey
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.changes.suggestion import LeftAlone, Proof, SuggestResult
from rbacgraph.model.kubernetes.rbac import ClusterRole, PolicyRule, Role
from rbacgraph.model.node import SERVICE_ACCOUNT, Node, format_node

if TYPE_CHECKING:
    from rbacgraph.graph.attack_graph import AccessGraph


_Rules = tuple[PolicyRule, ...]


def reshape(
    authorizer: Authorizer,
    manner: Manner,
    *,
    principal: str | None = None,
    role: str | None = None,
    split: bool | None = None,
    graph: "Callable[[Authorizer], AccessGraph] | None" = None,
) -> SuggestResult:
    """Suggest rewritten roles, without evidence of their use.

    ``authorizer``, ``principal``, ``role``, ``graph``: see :func:`.suggest.suggest`.
    ``split``: whether a holder gets a role of its own if others hold the role too. None splits if
        the question is about one principal that loses something, or if the loss depends on the
        holder.
    Raises NotFoundError, UsageError if there is no such role, or no such principal can exist.
    """
    asked = asked_of(authorizer, principal, role)
    reshaping = _Reshaping(authorizer, manner, asked, split)
    made, draft = reshaping.made, reshaping.draft
    after = Authorizer(applied(authorizer.snapshot, draft.changes))
    proof = prove_reshaped(authorizer, after, draft.changes, reshaping.rewriter)
    bindings, roles = emptied(draft.reduced, draft.taken, made.grants)
    cleaned = after
    if deletions := deletions_of(bindings, roles):
        cleaned = Authorizer(applied(after.snapshot, deletions))
        prove_reshaped(authorizer, cleaned, draft.changes, reshaping.rewriter)
    if graph is not None and draft.changes and manner.narrows:
        proof = with_effect(proof, *map(graph, dict.fromkeys((authorizer, after, cleaned))))
    return SuggestResult(
        asked=format_node(asked.node) if asked.node else role or "",
        manner=manner.said(),
        changes=draft.changes,
        leftovers=tuple(leftovers_of(bindings, roles)),
        roles=tuple(role_change(made, written) for written in draft.roles),
        losses=tuple(losses_of(made, after)),
        additions=(),
        notes=(*plan_remarks(made, draft, asked), *reshaping.remarks(after)),
        guessed=manner.references,
        left_alone=tuple(reshaping.left_alone()),
        needs=(),
        log=None,
        proof=proof,
    )


class _Reshaping:
    """Decides what happens to roles, and writes it."""

    def __init__(
        self, authorizer: Authorizer, manner: Manner, asked: ChangeTarget, split: bool | None
    ) -> None:
        self.rewriter = Rewriter(authorizer.snapshot, manner)
        self._grants = ChangeableGrants(authorizer)
        self._operators = OperatorSigns(self._grants)
        self._asked = asked
        self._rules: dict[RoleSlot, dict[PolicyRule, None]] = {}
        self._lost: dict[Statement, list[ObjectKey]] = {}
        self._going: dict[ObjectKey, bool] = {}
        chosen = self._chosen(split)
        edited = frozenset(key for key in sorted(chosen.edited) if self._edit(key, chosen))
        taken = [g for g in chosen.grants if g.role not in chosen.edited and self._take(g)]
        grants = (*(g for g in chosen.grants if g.role in edited), *taken)
        given = {slot: self._fewest(slot, tuple(rules)) for slot, rules in self._rules.items()}
        slots = {slot: tuple(permissions_of(found.rules)) for slot, found in given.items()}
        self.made = Plan(
            grants=self._grants,
            chosen=Chosen(edited, grants, chosen.reasons, chosen.left),
            assigned=Assigned(slots, frozenset(grants) - frozenset(taken), (), {}),
            needing=(),
            odd=(),
            seen=frozenset(grant.node for grant in grants),
        )
        self.draft: Draft = RoleDrafting(self.made, GivenRules(given, manner.said())).draft()

    def _chosen(self, split: bool | None) -> Chosen:
        manner, split_given = self.rewriter.manner, split is not None
        if split is None:
            split = manner.references or (manner.narrows and self._asked.node is not None)
        chosen = choose(self._grants, self._asked, self._unconcerned, split)
        if not split_given:
            reasons = {role: why._replace(split=False) for role, why in chosen.reasons.items()}
            chosen = chosen._replace(reasons=reasons)
        if manner.references:
            return self._with_references(chosen)
        if manner.narrows:
            return chosen
        # A new role instead of one that cannot be edited is not tidier.
        grants = tuple(grant for grant in chosen.grants if grant.role in chosen.edited)
        return Chosen(chosen.edited, grants, {}, {**chosen.left, **chosen.reasons})

    def _with_references(self, chosen: Chosen) -> Chosen:
        """Leave out the roles without any holder whose Pods show what it needs."""
        left = {
            role: Reason(Say.HAS_NO_PODS) if why.is_unseen else why
            for role, why in chosen.left.items()
            if not why.is_unseen or not self._has_note_per_holder(role)
        }
        guided = {grant.role for grant in chosen.grants if not self._unconcerned(grant.node)}
        for role in sorted(chosen.edited & guided) if self._asked.all else ():
            if any(self._operators.of(grant.node) for grant in self._grants.by_role[role]):
                guided.remove(role)
                left[role] = Reason(Say.IS_OF_OPERATORS)
        grants = tuple(grant for grant in chosen.grants if grant.role in guided)
        return Chosen(chosen.edited & guided, grants, chosen.reasons, left)

    def _has_note_per_holder(self, role: ObjectKey) -> bool:
        """Whether a note per holder says why a role stays, or nothing of it would go."""
        holders = {grant.node for grant in self._grants.by_role[role]}
        asked = holders if self._asked.node is None else {self._asked.node}
        return not self._goes(role) or all(node[0] == SERVICE_ACCOUNT for node in asked)

    def _goes(self, role: ObjectKey) -> bool:
        """Whether a role holds something to remove."""
        if role not in self._going:
            rules = self._grants.rules[role]
            self._going[role] = any(map(self.rewriter.forbids, rules))
        return self._going[role]

    def _unconcerned(self, node: Node) -> UnseenPrincipal | None:
        """Return why a principal's rights stay: its Pods are missing, or do not show its needs."""
        spared = self._asked.all and self.rewriter.manner.references and self._operators.of(node)
        return UnseenPrincipal(node) if spared or not self.rewriter.concerns(node) else None

    def left_alone(self) -> Iterator[LeftAlone]:
        """Yield the ServiceAccounts that keep all, in order: references are too little evidence."""
        grants, asked = self._grants, self._asked
        nodes = grants.by_node if asked.node is None else {asked.node: ()}
        if asked.role is not None:
            nodes = {grant.node: () for grant in grants.by_role.get(asked.role, ())}
        changed = {grant.node for grant in self.made.chosen.grants}
        for node in sorted(set(nodes) - changed):
            if node[0] != SERVICE_ACCOUNT or not self._unconcerned(node):
                continue
            roles = {grant.role for grant in grants.by_node.get(node, ())}
            if any(map(self._goes, roles)):
                known = (asked.all and self._operators.of(node)) or OperatorSign()
                yield LeftAlone(format_node(node), known.name, known.sign)

    def _edit(self, role: ObjectKey, chosen: Chosen) -> bool:
        own = [grant for grant in chosen.grants if grant.role == role]
        shares = self.rewriter.shares(self._grants.rules[role], own)
        if shares.rules == self._grants.rules[role]:
            return False
        self._rules[RoleSlot(role)] = dict.fromkeys(shares.rules)
        self._note(role, shares)
        return True

    def _take(self, grant: Grant) -> bool:
        rules = self._grants.rules[grant.role]
        shares = self.rewriter.shares(rules, [grant])
        if shares.rules == rules:
            return False
        found = list(given_in(grant.scope, shares.rules))
        if found:
            self._add(RoleSlot(None, grant.node, grant.scope), found)
        self._note(grant.role, shares)
        return True

    def _note(self, role: ObjectKey, shares: Shares) -> None:
        for node, rules in shares.home:
            self._add(RoleSlot(None, node, node[1]), rules)
        for lost in shares.lost:
            if role not in self._lost.setdefault(lost, []):
                self._lost[lost].append(role)

    def _add(self, slot: RoleSlot, rules: Iterable[PolicyRule]) -> None:
        self._rules.setdefault(slot, {}).update(dict.fromkeys(rules))

    def _fewest(self, slot: RoleSlot, rules: _Rules) -> Fewest:
        found = fewest_rules(rules)
        tidy = self.rewriter.manner.tidy and slot.role is None and len(found.rules) < len(rules)
        return Fewest(found.rules if tidy else rules, found.bound)

    def remarks(self, after: Authorizer) -> Iterator[Statement]:
        """Yield what else was lost, and what could not be removed."""
        for lost, roles in self._lost.items():
            yield Say.TAKEN_TOO(lost, *roles)
        if self.rewriter.manner.references:
            yield from self._without_pods()
        if self.rewriter.manner.narrows:
            yield from self._disarmed()
            yield from self._left_over(after)

    def _without_pods(self) -> Iterator[Statement]:
        """Yield principals that keep nothing because none of their Pods shows a need."""
        nodes = dict.fromkeys(grant.node for grant in self.made.chosen.grants)
        accounts = [node for node in nodes if node[0] == SERVICE_ACCOUNT]
        none = [format_node(node) for node in accounts if not self.rewriter.references(node)]
        if none:
            yield Say.NO_POD_REFERS(*none)
        others = [format_node(node) for node in nodes if node not in accounts]
        if others:
            yield Say.NO_SECRET_IS_LEFT_TO(*others)
        role = self._asked.role
        holders = self._grants.by_role.get(role, ()) if role else ()
        if role and not any(grant.node[0] == SERVICE_ACCOUNT for grant in holders):
            yield Say.NO_POD_HAS_ROLE(role)

    def _disarmed(self) -> Iterator[Statement]:
        """Yield operators and controllers that lose something, with the sign of each."""
        nodes = dict.fromkeys(grant.node for grant in self.made.chosen.grants)
        known = [(format_node(node), *one) for node in nodes if (one := self._operators.of(node))]
        if known:
            yield Say.OPERATORS_LOSE(self.rewriter.manner.references, *known)

    def _left_over(self, after: Authorizer) -> Iterator[Statement]:
        nodes = dict.fromkeys(grant.node for grant in self.made.chosen.grants)
        found = [node for node in nodes if self._still_holds(after, node)]
        if found:
            yield Say.OTHER_GRANTS_GIVE_IT(*map(format_node, found))

    def _still_holds(self, after: Authorizer, node: Node) -> bool:
        scopes = {"", *(grant.scope for grant in self._grants.by_node[node])}
        return any(
            self.rewriter.forbids(rule)
            for scope in sorted(scopes)
            for rule in held_by(after, node, scope)
        )


# Proves rewritten roles: the rest is still allowed, the removed rights are gone.


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
    no_type_is_named_first(before, after)
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
