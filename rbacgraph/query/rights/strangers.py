"""Finds the fewest requests that show whether a principal holds what other principals hold."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice

from msgspec.structs import replace

from rbacgraph.authz.match import Request
from rbacgraph.query.rights.claims import Asker, Question, request, rights
from rbacgraph.query.rights.rule_bits import Held, RuleBits
from rbacgraph.query.rights.rule_requests import RuleRequests

_SECRETS = Request("get", resource="secrets")


class Strangers:
    """Requests of principals that bindings do not name; each binding would allow one."""

    def __init__(
        self,
        bits: RuleBits,
        requests: RuleRequests,
        held: Mapping[Asker, Held],
        namespaces: Sequence[str],
    ) -> None:
        self._held = held
        self._bits = bits
        self._requests = requests
        self._scopes = ("", *namespaces)
        self._chosen: dict[tuple[str, int], Sequence[Request]] = {}

    def questions(self, most: int) -> list[Question] | None:
        """Return questions for every principal in every scope; None if they are more."""
        if len(self._held) * len(self._scopes) > most:
            return None
        found = [
            (asker, one)
            for asker, held in self._held.items()
            for scope in self._scopes
            for one in self._at(scope, held)
        ]
        return found if len(found) <= most else None

    def grouped(self) -> Iterator[Question]:
        """Yield questions for one of the principals that have the same bindings in a scope.

        One stands for all that have none there: the one with the fewest rules everywhere.
        """
        for scope in self._scopes:
            alike: dict[tuple[int, frozenset[int]], Asker] = {}
            for asker, held in self._local[scope]:
                own = frozenset(n for n in held.grants if self._grants[scope] >> n & 1)
                alike.setdefault((held.at(scope), own), asker)
            inside = {asker.node for asker, _ in self._local[scope]}
            outside = (asker for asker in self._by_rules if asker.node not in inside)
            for asker in (*alike.values(), *islice(outside, 1)):
                for one in self._at(scope, self._held[asker]):
                    yield asker, one

    @cached_property
    def _local(self) -> dict[str, list[tuple[Asker, Held]]]:
        """The principals that have bindings in a scope."""
        found: dict[str, list[tuple[Asker, Held]]] = defaultdict(list)
        for asker, held in self._held.items():
            for scope in dict.fromkeys(self._bits.grants[n].namespace for n in sorted(held.grants)):
                found[scope].append((asker, held))
        return found

    @cached_property
    def _by_rules(self) -> Sequence[Asker]:
        return sorted(self._held, key=lambda asker: self._held[asker].everywhere.bit_count())

    def _at(self, scope: str, principal: Held) -> Sequence[Request]:
        key = scope, principal.at(scope)
        if key not in self._chosen:
            self._chosen[key] = list(self._choose(*key))
        return self._chosen[key]

    def _choose(self, scope: str, held: int) -> Iterator[Request]:
        """Yield requests that hit the grants of others, those that hit most first.

        None hits a grant of its own: the rules of that are held.
        """
        others = self._grants[scope]
        first = replace(_SECRETS, namespace=scope)
        yield first
        allowing = self._bits.allowing(first)
        if not allowing & held:
            others &= ~self._hit(scope, allowing)
        pool = [
            (one, self._hit(scope, allowing) & others)
            for allowing, one in self._pool.items()
            if not allowing & held and (one.path is None or not scope)
        ]
        while pool and others:
            one, hit = max(pool, key=lambda found: (found[1] & others).bit_count())
            if not hit & others:
                break
            others &= ~hit
            yield one if one.path is not None else replace(one, namespace=scope)
        for number in self._bits.numbers(others):
            found = self.refused(self._bits.grants[number].rules, scope, held)
            if found is not None:
                yield found

    def refused(self, rules: int, scope: str, held: int) -> Request | None:
        """Return a request that rules would allow in a scope and that held rules do not."""
        for rule in self._bits.numbers(rules & ~held):
            fields = self._requests.fields(self._bits.rules[rule])
            for one in self._requests.of(fields, scope) if fields else ():
                if not self._bits.allowing(one) & held and (one.path is None or not scope):
                    return one
        return None

    def _hit(self, scope: str, allowing: int) -> int:
        """Return the grants of a scope that hold one of these rules."""
        key = scope, allowing
        if key not in self._hits:
            self._hits[key] = sum(
                1 << number
                for number in self._bits.numbers(self._grants[scope])
                if self._bits.grants[number].rules & allowing
            )
        return self._hits[key]

    @cached_property
    def _hits(self) -> dict[tuple[str, int], int]:
        return {}

    @cached_property
    def _grants(self) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for number, grant in enumerate(self._bits.grants):
            found[grant.namespace] |= 1 << number
        return found

    @cached_property
    def _pool(self) -> dict[int, Request]:
        """One request for each set of rules that some request is allowed by."""
        found: dict[int, Request] = {}
        for one in self._pooled():
            found.setdefault(self._bits.allowing(one), one)
        found.pop(0, None)
        return found

    def _pooled(self) -> Iterator[Request]:
        for right in rights():
            for verb in right.verbs:
                yield request(right, verb, "", "")
        for rule in self._bits.rules:
            fields = self._requests.fields(rule)
            for word in [word for known in fields.values() for word in known]:
                yield next(self._requests.of(fields, "", word))
