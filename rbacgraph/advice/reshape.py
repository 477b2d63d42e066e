"""Roles written anew where nothing tells what is needed: tidied, or without something."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from rbacgraph.advice.applying import applied
from rbacgraph.advice.assign import Assigned, Slot
from rbacgraph.advice.draft import Draft, Drafting, Given, emptied
from rbacgraph.advice.fewest import Fewest, fewest_rules
from rbacgraph.advice.holders import TO_SPLIT, UNSEEN, Asked, Chosen, Grant, Grants, choose
from rbacgraph.advice.permissions import permissions_of, rule_of
from rbacgraph.advice.plan import Plan
from rbacgraph.advice.proof import counts, held_by
from rbacgraph.advice.remarks import plan_remarks
from rbacgraph.advice.reshape_proof import prove_reshaped
from rbacgraph.advice.rewriter import Manner, Rewriter, Shares
from rbacgraph.advice.suggest import asked_of, deletions_of, leftovers_of, with_effect
from rbacgraph.advice.telling import losses_of, role_change
from rbacgraph.advice.wording import listed, role_name
from rbacgraph.authz.cover import given_in
from rbacgraph.authz.resolve import Authorizer
from rbacgraph.model.change import Key
from rbacgraph.model.node import SERVICE_ACCOUNT, Node, format_node
from rbacgraph.model.rbac import PolicyRule
from rbacgraph.model.suggestion import Permission, Semantics, SuggestResult

if TYPE_CHECKING:
    from rbacgraph.graph.access import AccessGraph

Rules = tuple[PolicyRule, ...]

_NO_PODS = "for only ServiceAccounts have Pods"


def reshape(
    authorizer: Authorizer,
    manner: Manner,
    *,
    principal: str | None = None,
    role: str | None = None,
    split: bool | None = None,
    graph: "Callable[[Authorizer], AccessGraph] | None" = None,
) -> SuggestResult:
    """Suggest roles that are written anew, without evidence of their use.

    Parameters
    ----------
    authorizer, principal, role, graph:
        As for :func:`.suggest.suggest`.
    manner:
        What is done to rules.
    split:
        Whether somebody gets a role of their own where others have the role too. None does so
        where one principal is asked about and loses something, and where what is lost depends
        on who has the role.

    Raises
    ------
    NotFoundError, UsageError
        Where there is no such role, or no such principal can be.
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
        manner=manner.words(),
        semantics="served" if manner.served else "strict",
        changes=draft.changes,
        leftovers=tuple(leftovers_of(bindings, roles)),
        roles=tuple(role_change(made, written) for written in draft.roles),
        losses=tuple(losses_of(made, after)),
        additions=(),
        notes=(*plan_remarks(made, draft, asked), *reshaping.remarks(after)),
        needs=(),
        log=None,
        proof=proof,
    )


class _Reshaping:
    """Decides what becomes of roles, and drafts it."""

    def __init__(
        self, authorizer: Authorizer, manner: Manner, asked: Asked, split: bool | None
    ) -> None:
        self.rewriter = Rewriter(authorizer.snapshot, manner)
        self._grants = Grants(authorizer)
        self._asked = asked
        self._rules: dict[Slot, dict[PolicyRule, None]] = {}
        self._lost: dict[str, list[Key]] = {}
        chosen = self._chosen(split)
        edited = frozenset(key for key in sorted(chosen.edited) if self._edit(key, chosen))
        taken = [g for g in chosen.grants if g.role not in chosen.edited and self._take(g)]
        grants = (*(g for g in chosen.grants if g.role in edited), *taken)
        given = {slot: self._fewest(slot, tuple(rules)) for slot, rules in self._rules.items()}
        slots = {slot: tuple(self._permissions(found.rules)) for slot, found in given.items()}
        self.made = Plan(
            grants=self._grants,
            chosen=Chosen(edited, grants, chosen.reasons, chosen.left),
            assigned=Assigned(slots, frozenset(grants) - frozenset(taken), (), {}),
            needing=(),
            odd=(),
            seen=frozenset(grant.node for grant in grants),
        )
        self.draft: Draft = Drafting(self.made, Given(given, manner.words())).draft()

    def _chosen(self, split: bool | None) -> Chosen:
        manner, told = self.rewriter.manner, split is not None
        if split is None:
            split = manner.references or (manner.narrows and self._asked.node is not None)
        chosen = choose(self._grants, self._asked, self._unconcerned, split)
        if not told:
            reasons = {role: why.removesuffix(TO_SPLIT) for role, why in chosen.reasons.items()}
            chosen = chosen._replace(reasons=reasons)
        if manner.references:
            left = {
                role: _NO_PODS if why.startswith(UNSEEN) else why
                for role, why in chosen.left.items()
            }
            with_pods = {
                grant.role for grant in chosen.grants if self.rewriter.concerns(grant.node)
            }
            grants = tuple(grant for grant in chosen.grants if grant.role in with_pods)
            return Chosen(chosen.edited & with_pods, grants, chosen.reasons, left)
        if manner.narrows:
            return chosen
        # A new role in the place of one that cannot be edited is nothing tidier.
        grants = tuple(grant for grant in chosen.grants if grant.role in chosen.edited)
        return Chosen(chosen.edited, grants, {}, {**chosen.left, **chosen.reasons})

    def _permissions(self, rules: Rules) -> Iterator[Permission]:
        """Yield what rules allow that anybody can ask for."""
        for permission in permissions_of(rules):
            if counts(rule_of(permission), self.rewriter.served):
                yield permission

    def _unconcerned(self, node: Node) -> str:
        return "" if self.rewriter.concerns(node) else format_node(node)

    def _edit(self, role: Key, chosen: Chosen) -> bool:
        own = [grant for grant in chosen.grants if grant.role == role]
        shares = self.rewriter.shares(self._grants.rules[role], own)
        if shares.rules == self._grants.rules[role]:
            return False
        self._rules[Slot(role)] = dict.fromkeys(shares.rules)
        self._note(role, shares)
        return True

    def _take(self, grant: Grant) -> bool:
        rules = self._grants.rules[grant.role]
        shares = self.rewriter.shares(rules, [grant])
        if shares.rules == rules:
            return False
        found = list(given_in(grant.scope, shares.rules))
        if found:
            self._add(Slot(None, grant.node, grant.scope), found)
        self._note(grant.role, shares)
        return True

    def _note(self, role: Key, shares: Shares) -> None:
        for node, rules in shares.home:
            self._add(Slot(None, node, node[1]), rules)
        for words in shares.lost:
            if role not in self._lost.setdefault(words, []):
                self._lost[words].append(role)

    def _add(self, slot: Slot, rules: Iterable[PolicyRule]) -> None:
        self._rules.setdefault(slot, {}).update(dict.fromkeys(rules))

    def _fewest(self, slot: Slot, rules: Rules) -> Fewest:
        served = self.rewriter.served
        semantics: Semantics = "served" if served else "strict"
        found = fewest_rules(rules, semantics=semantics, served=served)
        tidy = self.rewriter.manner.tidy and slot.role is None and len(found.rules) < len(rules)
        return Fewest(found.rules if tidy else rules, found.bound)

    def remarks(self, after: Authorizer) -> Iterator[str]:
        """Yield what was lost beside, and what stays of what was to be taken out."""
        for words, roles in self._lost.items():
            yield f"taken away too: {words} ({listed(map(role_name, roles))})"
        if self.rewriter.manner.references:
            yield from self._without_pods()
        if self.rewriter.manner.narrows:
            yield from self._left_over(after)

    def _without_pods(self) -> Iterator[str]:
        """Yield who keeps nothing, because no Pod of theirs tells what they need."""
        nodes = dict.fromkeys(grant.node for grant in self.made.chosen.grants)
        accounts = [node for node in nodes if node[0] == SERVICE_ACCOUNT]
        none = [format_node(node) for node in accounts if not self.rewriter.references(node)]
        if none:
            yield f"no Pod of these refers to a Secret by name: {listed(none)}"
        others = [format_node(node) for node in nodes if node not in accounts]
        if others:
            yield f"only ServiceAccounts have Pods: no Secret is left to {listed(others)}"
        role = self._asked.role
        holders = self._grants.by_role.get(role, ()) if role else ()
        if role and not any(grant.node[0] == SERVICE_ACCOUNT for grant in holders):
            yield f"only ServiceAccounts have Pods, and none has {role_name(role)}"

    def _left_over(self, after: Authorizer) -> Iterator[str]:
        nodes = dict.fromkeys(grant.node for grant in self.made.chosen.grants)
        found = [node for node in nodes if self._still_holds(after, node)]
        if found:
            yield (
                "other grants still give what was to be taken away to"
                f" {listed(map(format_node, found))}"
            )

    def _still_holds(self, after: Authorizer, node: Node) -> bool:
        scopes = {"", *(grant.scope for grant in self._grants.by_node[node])}
        return any(
            self.rewriter.forbids(rule)
            for scope in sorted(scopes)
            for rule in held_by(after, node, scope)
        )
