"""Answers ``who-can``: every subject to which a binding gives a right directly."""

from collections.abc import Iterator
from typing import Unpack

from msgspec.structs import replace

from rbacgraph.authz.authorizer import MASTERS_EVIDENCE, Authorizer, HeldRule
from rbacgraph.authz.match import Request, rule_allows
from rbacgraph.authz.questions.can_i import Attributes, request_for
from rbacgraph.authz.subjects import subject_node
from rbacgraph.model.answers.decision import Grantee
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole, PolicyRule
from rbacgraph.model.node import AUTHENTICATED, MASTERS, format_node

_NEVER_NAMED = frozenset({"deletecollection"})
"""Verbs whose requests carry no name, so that a rule with names grants nothing."""

_MASTERS = Grantee(principal=format_node(MASTERS), scope="", evidence=(MASTERS_EVIDENCE,))


def who_can(
    authorizer: Authorizer,
    verb: str,
    resource: str | None = None,
    **attributes: Unpack[Attributes],
) -> tuple[Grantee, ...]:
    """Return the subjects to which bindings give a right directly.

    ``verb``, ``resource``, ``**attributes``: the request, as
        :func:`rbacgraph.authz.questions.can_i.request_for` takes it. Without a namespace it is one
        at the cluster scope, for all namespaces at once.
    Returns one for each subject and binding, as written, except that a ``User`` with a
        ServiceAccount's name is the ServiceAccount: sorted, and ``system:masters`` always. If the
        question has no name, a right that is limited to names is listed with these names. Members
        of a group are not listed next to it. ``system:authenticated`` is listed if an API server
        allows everything.
    """
    request, _ = request_for(authorizer, verb, resource, **attributes)
    search = _Search(authorizer, request)
    found = {_MASTERS: None}
    if authorizer.opened is not None:
        everybody = format_node(AUTHENTICATED)
        found[Grantee(principal=everybody, scope="", evidence=(authorizer.opened,))] = None
    for place in authorizer.places_at(request.namespace):
        found.update(dict.fromkeys(search.grantees(authorizer.bindings[place])))
    return tuple(sorted(found, key=_order))


def _order(grantee: Grantee) -> tuple[bool, str, str, str, str, tuple[str, ...]]:
    binding = grantee.evidence[0]
    return (
        bool(grantee.only_names),
        grantee.principal,
        grantee.scope,
        binding.kind,
        binding.name,
        grantee.only_names,
    )


class _Search:
    """One request, tried on each role once."""

    def __init__(self, authorizer: Authorizer, request: Request) -> None:
        self._authorizer = authorizer
        self._request = request
        self._tried: dict[int, tuple[int, ...]] = {}

    def grantees(self, binding: AnyBinding) -> Iterator[Grantee]:
        """Yield to whom a binding gives the right: without limits, or else for some names."""
        held = [
            HeldRule(binding, role, index, (role.rules or ())[index])
            for role in self._authorizer.roles_of(binding)
            for index in self._matching(role)
        ]
        if not held:
            return
        unlimited = [h for h in held if rule_allows(h.rule, self._request)]
        names = {name for h in held for name in h.rule.resource_names or () if name}
        evidence: dict[Evidence, None] = {}
        for rule in unlimited or held:
            evidence.update(dict.fromkeys(self._authorizer.evidence(rule, self._request)))
        scope = binding.metadata.namespace
        nodes = [subject_node(subject, scope) for subject in binding.subjects or ()]
        for node in dict.fromkeys(nodes):
            if node is not None:
                yield Grantee(
                    principal=format_node(node),
                    scope=scope,
                    only_names=() if unlimited else tuple(sorted(names)),
                    evidence=tuple(evidence),
                )

    def _matching(self, role: AnyRole) -> tuple[int, ...]:
        """Return the indices of the rules that allow the request, for any name if it has none."""
        if id(role) not in self._tried:
            self._tried[id(role)] = tuple(
                index for index, rule in enumerate(role.rules or ()) if self._gives(rule)
            )
        return self._tried[id(role)]

    def _gives(self, rule: PolicyRule) -> bool:
        request = self._request
        if request.name or request.path is not None or request.verb in _NEVER_NAMED:
            return rule_allows(rule, request)
        return rule_allows(replace(rule, resource_names=None), request)
