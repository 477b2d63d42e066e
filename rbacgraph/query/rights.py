"""What one identity holds of the rights to write roles and bindings."""

from collections.abc import Callable, Sequence
from functools import cached_property

from rbacgraph.authz.match import Request, api_group_matches, resource_matches, verb_matches
from rbacgraph.authz.may_write import may_write
from rbacgraph.authz.resolve import HeldRule
from rbacgraph.authz.subjects import MASTERS
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.rbac import RBAC_GROUP
from rbacgraph.query.giving import Identity, Target, Write, read_verbs

_EDITS = ("update", "patch")


class Rights:
    """What an identity holds at one scope, as far as it helps to give a Secret to others.

    Parameters
    ----------
    target:
        The Secret.
    who:
        The identity.
    scope:
        The Secret's namespace, or ``""`` for the whole cluster.
    """

    def __init__(self, target: Target, who: Identity, scope: str) -> None:
        self.target = target
        self.who = who
        self.scope = scope
        self.rules: Sequence[HeldRule] = tuple(target.authorizer.rules_for(*who, scope))

    @cached_property
    def reads(self) -> Sequence[HeldRule]:
        """The rules that give the Secret."""
        return [held for held in self.rules if read_verbs(held.rule, self.target.name)]

    def named(self, resource: str, *verbs: str) -> frozenset[str] | None:
        """Return the names for which rules give one of the verbs, None for any name.

        The name ``""`` is that of a request without one.
        """
        if MASTERS in self.who.groups:
            return None
        found: set[str] = set()
        for held in self.rules:
            rule = held.rule
            if (
                any(verb_matches(rule, verb) for verb in verbs)
                and api_group_matches(rule, RBAC_GROUP)
                and resource_matches(rule, resource)
            ):
                if not rule.resource_names:
                    return None
                found.update(rule.resource_names)
        return frozenset(found)

    def names(self, resource: str) -> list[str]:
        """Return the names for which some rule gives a verb on a resource, sorted."""
        found = {
            name
            for held in self.rules
            if api_group_matches(held.rule, RBAC_GROUP) and resource_matches(held.rule, resource)
            for name in held.rule.resource_names or ()
        }
        return sorted(found - {""})

    def editable(self, resource: str) -> Callable[[str], bool]:
        """Return what says for a name whether some rule may let it be changed."""
        names = self.named(resource, *_EDITS)
        return lambda name: names is None or name in names

    def may(self, verb: str, resource: str, name: str = "") -> bool:
        """Whether one request is allowed."""
        request = Request(verb, RBAC_GROUP, resource, "", self.scope, name)
        return bool(self.target.authorizer.authorize(request, *self.who))

    def edits(self, resource: str, name: str) -> str:
        """Return the verb by which an object that there is can be changed, ``""`` for none."""
        return next((verb for verb in _EDITS if self.may(verb, resource, name)), "")

    def creates(self, resource: str, name: str) -> list[str]:
        """Return the verbs by which an object can be made under a name: by POST, PUT or apply."""
        named = self.edits(resource, name) if self.may("create", resource, name) else ""
        nameless = "create" if self.may("create", resource) else ""
        return [verb for verb in (nameless, named) if verb]

    def evidence(self, write: Write, granting: str, resource: str, name: str) -> list[Evidence]:
        """Return what a write rests on; nothing where the server would refuse it.

        ``granting`` is the verb on ``resource`` that spares the writer from holding what it
        grants.
        """
        authorizer = self.target.authorizer
        decision = may_write(authorizer, write.obj, *self.who, write.verb)
        if not decision:
            return []
        found = list(decision.evidence)
        missing = set() if self.may(granting, resource, name) else set(write.gives)
        for held in self.reads:
            if not missing.isdisjoint(read_verbs(held.rule, self.target.name)):
                missing.difference_update(read_verbs(held.rule, self.target.name))
                found += authorizer.evidence(held)
        return found
