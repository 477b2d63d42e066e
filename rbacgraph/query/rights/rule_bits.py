"""Numbers the rules that bindings grant: a set of rules is one integer, a decision one ``&``."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import ALL, Request
from rbacgraph.authz.subjects import subject_node, subject_user
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.query.rights.claims import Asker


class BoundRules(NamedTuple):
    """A binding, and the rules that it grants: none if its role is missing.

    ``namespace``: of the binding; ``""`` for a ClusterRoleBinding.
    ``rules``: its rules, as bits.
    ``askers``: the principals that its subjects name, each once.
    """

    namespace: str
    rules: int
    askers: Sequence[Asker]


class Held(NamedTuple):
    """The grants of a principal, with the rules that it holds everywhere and in one namespace."""

    grants: frozenset[int]
    everywhere: int
    local: dict[str, int]

    def at(self, scope: str) -> int:
        """Return the rules that apply to requests of a scope."""
        return self.everywhere | self.local.get(scope, 0)


class RuleBits:
    """The rules in force, numbered.

    ``roles`` are the roles that are bound: the namespace of each, and its rules.
    """

    def __init__(self, authorizer: Authorizer, askers: Sequence[Asker]) -> None:
        self._authorizer = authorizer
        self._askers = {asker.node: asker for asker in askers}
        self.rules: list[PolicyRule] = []
        self.roles: list[tuple[str, int]] = []
        self.grants: list[BoundRules] = []
        self._by_subject: dict[tuple[bool, str], list[int]] = defaultdict(list)
        self._number()

    def _number(self) -> None:
        roles: dict[int, int] = {}
        for binding in self._authorizer.bindings:
            mask = 0
            for role in self._authorizer.roles_of(binding):
                if id(role) not in roles:
                    own = [rule for rule in role.rules or () if rule.verbs]
                    roles[id(role)] = ((1 << len(own)) - 1) << len(self.rules)
                    self.rules += own
                    self.roles.append((role.metadata.namespace, roles[id(role)]))
                mask |= roles[id(role)]
            namespace = binding.metadata.namespace
            named: list[Asker] = []
            for subject in binding.subjects or ():
                user = subject_user(subject, namespace)
                is_group = subject.kind == "Group"
                if is_group or user is not None:
                    self._by_subject[is_group, user or subject.name].append(len(self.grants))
                node = subject_node(subject, namespace)
                named += [self._askers[node]] if node in self._askers else []
            self.grants.append(BoundRules(namespace, mask, tuple(dict.fromkeys(named))))

    def held(self, asker: Asker) -> Held:
        """Return the grants that apply to a principal by itself or by its groups."""
        keys = ((False, asker.user), *((True, group) for group in asker.groups))
        grants = frozenset(number for key in keys for number in self._by_subject.get(key, ()))
        everywhere, local = 0, dict[str, int]()
        for number in grants:
            grant = self.grants[number]
            if grant.namespace:
                local[grant.namespace] = local.get(grant.namespace, 0) | grant.rules
            else:
                everywhere |= grant.rules
        return Held(grants, everywhere, local)

    def allowing(self, request: Request) -> int:
        """Return the rules that allow a request."""
        found = self._verbs[request.verb] | self._verbs[ALL]
        if request.path is not None:
            return found & self._of_path(request.path)
        resources = self._resources
        named = resources[ALL]
        if request.subresource:
            named |= resources[f"{request.resource}/{request.subresource}"]
            named |= resources[f"*/{request.subresource}"]
        else:
            named |= resources[request.resource]
        groups = self._groups[request.group] | self._groups[ALL]
        return found & named & groups & (self._unnamed | self._names[request.name])

    def numbers(self, mask: int) -> Iterator[int]:
        """Yield the numbers of the rules of a set, lowest first."""
        while mask:
            lowest = mask & -mask
            yield lowest.bit_length() - 1
            mask ^= lowest

    def _of_path(self, path: str) -> int:
        found = 0
        for url, mask in self._urls.items():
            if url == path or (url.endswith(ALL) and path.startswith(url.rstrip(ALL))):
                found |= mask
        return found

    def _index(self, field: str) -> Counter[str]:
        found = Counter[str]()
        for number, rule in enumerate(self.rules):
            for word in getattr(rule, field) or ():
                found[word] |= 1 << number
        return found

    @cached_property
    def _verbs(self) -> Counter[str]:
        return self._index("verbs")

    @cached_property
    def _groups(self) -> Counter[str]:
        return self._index("api_groups")

    @cached_property
    def _resources(self) -> Counter[str]:
        return self._index("resources")

    @cached_property
    def _names(self) -> Counter[str]:
        return self._index("resource_names")

    @cached_property
    def _urls(self) -> Counter[str]:
        return self._index("non_resource_urls")

    @cached_property
    def _unnamed(self) -> int:
        return sum(1 << n for n, rule in enumerate(self.rules) if not rule.resource_names)
