"""Plans the questions that find any single deviation of a server from the RBAC of the input.

A request is decided by the rules that allow it and the rules that a principal holds. So a question
serves where the answer hangs on one thing alone: one subject, one word of one rule, one scope.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import Request, rule_allows
from rbacgraph.authz.subjects import MASTERS
from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.node import Node
from rbacgraph.query.rights.claims import Asker, Claims, Question
from rbacgraph.query.rights.rule_bits import BoundRules, Held, RuleBits
from rbacgraph.query.rights.rule_requests import Fields, RuleRequests, Word
from rbacgraph.query.rights.strangers import Strangers

MOST = 100_000
"""The number of questions above which principals with the same bindings count as one."""


class QuestionPlan(NamedTuple):
    """The claims to check, and whether principals with the same bindings count as one."""

    claims: Sequence[Claim]
    grouped: bool


def plan(authorizer: Authorizer, most: int = MOST) -> QuestionPlan:
    """Return claims: wherever the server differs in one thing, one of them is wrong.

    ``most``: the number of questions above which principals with the same bindings count as one.
    """
    claims = Claims(authorizer)
    planner = _Planner(authorizer, claims)
    questions = planner.questions(most)
    found = [claim for question in questions if (claim := claims.decided(question))]
    return QuestionPlan(found, planner.grouped)


class _Holder(NamedTuple):
    """A principal that holds a rule in a scope, and all rules that it holds there."""

    asker: Asker
    scope: str
    held: int


class _Planner:
    """Collects questions, each once."""

    def __init__(self, authorizer: Authorizer, claims: Claims) -> None:
        self._claims = claims
        self._requests = RuleRequests(claims)
        self._askers = [one for one in claims.askers.values() if MASTERS not in one.groups]
        self._bits = RuleBits(authorizer, self._askers)
        self._questions: dict[Question, None] = {}
        self._asked: dict[tuple[Node, str, Word], list[Request]] = defaultdict(list)
        self.grouped = False

    def questions(self, most: int) -> Sequence[Question]:
        """Return the questions, those about grants first."""
        self._about_masters()
        self._about_subjects()
        for number in range(len(self._bits.rules)):
            self._about_words(number)
            self._about_more_words(number)
        found = self._strangers.questions(most)
        self.grouped = found is None
        self._questions.update((one, None) for one in found or self._strangers.grouped())
        return list(self._questions)

    @cached_property
    def _strangers(self) -> Strangers:
        return Strangers(self._bits, self._requests, self._held, self._claims.namespaces)

    @cached_property
    def _held(self) -> dict[Asker, Held]:
        return {asker: self._bits.held(asker) for asker in self._askers}

    def _ask(self, asker: Asker, request: Request) -> None:
        self._questions[asker, request] = None

    # --- who holds ---------------------------------------------------------------

    def _about_masters(self) -> None:
        """Ask whether the group that bypasses authorization still does."""
        for asker in self._claims.askers.values():
            if MASTERS in asker.groups:
                self._ask(asker, Request("get", resource="secrets"))

    def _about_subjects(self) -> None:
        """Ask of each subject of each binding what it has by that binding alone, and where."""
        for number, grant in enumerate(self._bits.grants):
            found = [
                (asker, request)
                for asker in grant.askers
                if (request := self._only_by(number, asker)) is not None
            ]
            self._questions.update((question, None) for question in found)
            placed = next((one for one in found if one[1].path is None), None)
            if placed is not None:
                self._about_scopes(*placed, grant.namespace)
            elif grant.namespace:
                self._about_other_scopes(grant)
            self._about_other_roles(number, [self._bits.allowing(one) for _, one in found])

    def _only_by(self, number: int, asker: Asker, others: int = 0) -> Request | None:
        """Return a request that a principal may make by one of its grants, not by other rules."""
        grant = self._bits.grants[number]
        for other in self._held[asker].grants - {number}:
            if self._bits.grants[other].namespace in {"", grant.namespace}:
                others |= self._bits.grants[other].rules
        for rule in self._bits.numbers(grant.rules & ~others):
            fields = self._requests.fields(self._bits.rules[rule])
            for request in self._requests.of(fields, grant.namespace) if fields else ():
                if (
                    _is_within(request, grant.namespace)
                    and not self._bits.allowing(request) & others
                ):
                    return request
        return None

    def _about_scopes(self, asker: Asker, request: Request, namespace: str) -> None:
        """Ask the same beside the scope of a grant: in another namespace, in the whole cluster."""
        held, allowing = self._held[asker], self._bits.allowing(request)
        for other in self._claims.namespaces:
            rules = held.at(other) if namespace else held.local.get(other, 0)
            if other != namespace and not rules & allowing:
                self._ask(asker, replace(request, namespace=other))
                break
        if namespace:
            self._ask(asker, replace(request, namespace=""))

    def _about_other_scopes(self, grant: BoundRules) -> None:
        """Ask in every other scope, as nothing hangs on a grant in its own namespace."""
        for scope in ("", *self._claims.namespaces):
            for asker in grant.askers if scope != grant.namespace else ():
                request = self._strangers.refused(grant.rules, scope, self._held[asker].at(scope))
                if request is not None:
                    self._ask(asker, request)
                    break

    def _about_other_roles(self, number: int, lost: list[int]) -> None:
        """Ask for what subjects would have, or lack, if a grant were of another role.

        ``lost``: the rules that allow what its subjects are asked about: a role without one is
            found by what they lose.
        """
        grant, gained = self._bits.grants[number], list[int]()
        for namespace, role in self._bits.roles:
            if namespace not in {"", grant.namespace} or role & grant.rules == role:
                continue
            if any(not role & rules for rules in lost) or any(role & rules for rules in gained):
                continue
            for asker in grant.askers:
                held = self._held[asker].at(grant.namespace)
                more = self._strangers.refused(role, grant.namespace, held)
                request = more or self._only_by(number, asker, role)
                if request is not None:
                    self._ask(asker, request)
                    (gained if more else lost).append(self._bits.allowing(request))
                    break

    # --- what rules say ----------------------------------------------------------

    @cached_property
    def _holders(self) -> Sequence[Sequence[_Holder]]:
        """By rule, who holds it and where: each set of rules held together once."""
        found: list[dict[tuple[str, int], _Holder]] = [{} for _ in self._bits.rules]
        for grant in self._bits.grants:
            for asker in grant.askers:
                held = self._held[asker].at(grant.namespace)
                holder = _Holder(asker, grant.namespace, held)
                for rule in self._bits.numbers(grant.rules):
                    found[rule].setdefault((grant.namespace, held), holder)
        return [list(several.values()) for several in found]

    def _about_words(self, number: int) -> None:
        """Ask for each word of a rule what a holder has by that rule alone."""
        fields = self._requests.fields(self._bits.rules[number])
        shown = set[Word]()
        for word in [word for known in fields.values() for word in known]:
            question = None if word in shown else self._decisive(number, fields, word)
            if question is not None:
                self._ask(*question)
                shown.update(self._requests.words_in(fields, question[1]))

    def _decisive(self, number: int, fields: Fields, word: Word) -> Question | None:
        """Return a question about a word whose answer hangs on one rule alone."""
        by_scope: dict[str, list[_Holder]] = defaultdict(list)
        for holder in self._holders[number]:
            by_scope[holder.scope].append(holder)
        for scope, holders in by_scope.items():
            for request in self._requests.of(fields, scope, word):
                allowing = self._bits.allowing(request)
                for holder in holders if _is_within(request, scope) else ():
                    if allowing & holder.held == 1 << number:
                        return holder.asker, request
        return None

    def _about_more_words(self, number: int) -> None:
        """Ask for each word that a rule lacks what a holder would have by it."""
        rule, holders = self._bits.rules[number], self._holders[number]
        fields = self._requests.fields(rule)
        for word in self._requests.outside(rule) if holders else ():
            wider = replace(rule, **{word.field: (*(getattr(rule, word.field) or ()), word.word)})
            known = (self._asked[holder.asker.node, holder.scope, word] for holder in holders)
            if any(rule_allows(wider, request) for several in known for request in several):
                continue
            for holder in holders:
                request = self._refused(holder, fields, word)
                if request is not None:
                    self._ask(holder.asker, request)
                    self._asked[holder.asker.node, holder.scope, word].append(request)
                    break

    def _refused(self, holder: _Holder, fields: Fields, word: Word) -> Request | None:
        """Return a request with a word beside a rule that none of the holder's rules allows."""
        for request in self._requests.of(fields, holder.scope, word):
            if _is_within(request, holder.scope) and not (
                self._bits.allowing(request) & holder.held
            ):
                return request
        return None


def _is_within(request: Request, scope: str) -> bool:
    """Whether a grant of this scope applies: a request for a URL has no namespace."""
    return request.path is None or not scope
