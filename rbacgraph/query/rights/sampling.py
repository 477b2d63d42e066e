"""Draws a sample of questions about direct rights: most possible ones are a plain no."""

from collections.abc import Sequence
from random import Random

from msgspec.structs import replace

from rbacgraph.authz.match import ALL, Request
from rbacgraph.authz.questions.api_resources import STANDARD_VERBS
from rbacgraph.authz.subjects import subject_node
from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.query.rights.claims import UNNAMED, Asker, Claims, Question, path_of, request, rights
from rbacgraph.techniques.spec.technique import Right

FROM_RULE, CLOSE_BY, ANYTHING = range(3)
_ATTEMPTS = 20


def sample(claims: Claims, size: int, seed: int) -> list[Claim]:
    """Draw claims: a third from rules, a third near a rule, a third at random."""
    draw = _Draw(claims, Random(seed))  # noqa: S311 - no secret is made of it
    found: dict[Question, Claim] = {}
    turns = [0.0, 0.0, 0.0]
    for _ in range(size * _ATTEMPTS):
        sort = turns.index(min(turns))
        question = draw.question(sort)
        claim = claims.decided(question) if question and question not in found else None
        if question and claim:
            found[question] = claim
        turns[sort] += 1 if claim else 1 / _ATTEMPTS
        if len(found) == size:
            break
    return list(found.values())


class _Draw:
    """Draws questions, the same ones for the same seed."""

    def __init__(self, claims: Claims, random: Random) -> None:
        self._claims = claims
        self._random = random
        self._askers = list(claims.askers.values())

    def question(self, sort: int) -> Question | None:
        """Draw a question: from a rule, near a rule, or at random; maybe none."""
        if not self._askers:
            return None
        if sort == ANYTHING or not self._claims.bindings:
            return self._random.choice(self._askers), self._anything()
        question = self._from_rule()
        return self._close_by(*question) if question and sort == CLOSE_BY else question

    def _anything(self) -> Request:
        right = self._random.choice(rights())
        return self._placed(right, self._random.choice(right.verbs))

    def _placed(self, right: Right, verb: str) -> Request:
        return request(
            right,
            verb,
            self._random.choice(self._claims.scopes_of(right)),
            self._random.choice(self._claims.names_for(right.resource)),
        )

    def _from_rule(self) -> Question | None:
        """Draw a request that a binding allows one of its subjects."""
        binding = self._random.choice(self._claims.bindings)
        subject = self._random.choice(binding.subjects or ())
        node = subject_node(subject, binding.metadata.namespace)
        asker = self._claims.askers.get(node) if node else None
        rule = self._random.choice(self._claims.rules_of(binding))
        allowed = self._allowed_by(rule, binding.metadata.namespace)
        return (asker, allowed) if asker and allowed else None

    def _allowed_by(self, rule: PolicyRule, namespace: str) -> Request | None:
        verb = self._one_of(rule.verbs, STANDARD_VERBS)
        if rule.non_resource_urls and not rule.resources:
            return Request(verb, path=path_of(self._random.choice(rule.non_resource_urls)))
        if not (rule.resources and rule.api_groups):
            return None
        any_right = self._random.choice(rights())
        resource, _, subresource = self._random.choice(rule.resources).partition("/")
        right = Right(
            (verb,),
            self._one_of(rule.api_groups, [any_right.group]),
            any_right.resource if resource == ALL else resource,
            subresource,
        )
        names = rule.resource_names or ("", UNNAMED)
        drawn = replace(self._placed(right, verb), name=self._random.choice(names))
        return replace(drawn, namespace=namespace) if namespace else drawn

    def _one_of(self, words: Sequence[str] | None, instead: Sequence[str]) -> str:
        word = self._random.choice(words or ("",))
        return self._random.choice(instead) if word == ALL else word

    def _close_by(self, asker: Asker, allowed: Request) -> Question:
        """Return a request that differs in one thing: subject, verb, namespace or name."""
        what = self._random.choice(("who", "verb", "namespace", "name"))
        if what == "who" or allowed.path is not None:
            return self._random.choice(self._askers), allowed
        words = {
            "verb": STANDARD_VERBS,
            "namespace": ("", *self._claims.namespaces),
            "name": self._claims.names_for(allowed.resource),
        }
        return asker, replace(allowed, **{what: self._random.choice(words[what])})
