"""Finds rights whose use an audit Policy keeps out of the log."""

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import product

from rbacgraph.authz.match import ALL
from rbacgraph.authz.questions.api_resources import STANDARD_VERBS, known_resources
from rbacgraph.model.inputs.audit_policy import AuditPolicy
from rbacgraph.model.inputs.snapshot import CustomResource
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.request import Request
from rbacgraph.query.rights.audit_policy_rules import is_logged

_OTHER = "\0other"
"""Stands for everything that a Policy does not name."""

_NAMELESS = frozenset({"create", "deletecollection"})
_HTTP_VERBS = ("delete", "get", "head", "options", "patch", "post", "put")
_ACTING = "impersonate"
_EVERYTHING = PolicyRule((ALL,), (ALL,), (ALL,))
_EVERY_PATH = PolicyRule((ALL,), non_resource_urls=(ALL,))


class Unlogged:
    """Decides which rights may be used without a trace in the log.

    A Policy distinguishes requests only by what it names: one request for each of its names, and
    one for all others, decide everything.
    """

    def __init__(
        self, policy: AuditPolicy, custom_resources: Iterable[CustomResource] = ()
    ) -> None:
        self._policy = policy
        self._custom = tuple(custom_resources)
        self._known: dict[tuple[PolicyRule, str, str, frozenset[str]], bool] = {}

    def hides(self, part: PolicyRule, scope: str, user: str, groups: Collection[str]) -> bool:
        """Whether the smallest part of a rule may be used without a trace in the log.

        A part with ``*`` is hidden if the log shows none of its uses; any other part is hidden if
        the log does not show all of its uses.

        ``part``: one verb on one resource, on one name at most, or on one URL.
        ``scope``: the namespace of the grant, ``""`` for all of them.
        """
        named = self._named
        key = (
            part,
            scope if not scope or scope in named["namespaces"] else _OTHER,
            user if user in named["users"] else _OTHER,
            named["user groups"].intersection(groups),
        )
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._hides(*key)
        return known

    def _hides(self, part: PolicyRule, scope: str, user: str, groups: Collection[str]) -> bool:
        requests = self._requests(part, scope)
        logged = (is_logged(self._policy, request, user, groups) for request in requests)
        return not any(logged) if _is_wide(part) else not all(logged)

    def _requests(self, part: PolicyRule, scope: str) -> Iterator[Request]:
        """Yield requests that the part allows, one of each kind that a Policy distinguishes."""
        (verb,) = part.verbs or ("",)
        if verb.startswith(_ACTING):  # headers, on any request
            yield from self._requests(_EVERYTHING, "")
            yield from self._requests(_EVERY_PATH, "")
        elif part.non_resource_urls:
            verbs = self._named["verbs"] | {*_HTTP_VERBS} if verb == ALL else {verb}
            for one, path in product(sorted(verbs), self._paths(part.non_resource_urls[0])):
                yield Request(one, path=path)
        else:
            (group,), (text,) = part.api_groups or ("",), part.resources or ("",)
            verbs = self._named["verbs"] | {*STANDARD_VERBS} if verb == ALL else {verb}
            groups = [*sorted(self._named["groups"] | {""}), _OTHER] if group == ALL else [group]
            names = part.resource_names or ()
            for one, kind in product(sorted(verbs), groups):
                for resource, subresource in self._resources(text):
                    what = one, kind, resource, subresource
                    yield from self._at(what, scope, names)

    def _at(
        self, what: tuple[str, str, str, str], scope: str, names: Collection[str]
    ) -> Iterator[Request]:
        verb, group, resource, subresource = what
        if verb in _NAMELESS and not subresource:
            names = ("",)
        for name in names or ("", *sorted(self._named["names"]), _OTHER):
            for namespace in self._namespaces(group, resource, name, scope):
                yield Request(*what, namespace, name)

    def _namespaces(self, group: str, resource: str, name: str, scope: str) -> Iterable[str]:
        if (group, resource) == ("", "namespaces"):
            return (name,)
        namespaced = self._namespaced.get((group, resource))
        if namespaced is False:
            return ("",)
        return (scope,) if scope else ("", *sorted(self._named["namespaces"]), _OTHER)

    def _resources(self, text: str) -> Iterator[tuple[str, str]]:
        resource, _, subresource = text.partition("/")
        if resource != ALL:
            yield resource, subresource
            return
        yield _OTHER, subresource
        for own, other in sorted(self._resource_names):
            if not subresource or other in (subresource, ALL):
                yield (_OTHER if own == ALL else own), subresource or other.replace(ALL, _OTHER)

    def _paths(self, url: str) -> Iterator[str]:
        if not url.endswith(ALL):
            yield url
            return
        prefix = url.rstrip(ALL)
        yield prefix + _OTHER
        for named in sorted(self._named["paths"]):
            if named.startswith(prefix):
                yield named.replace(ALL, _OTHER)

    @cached_property
    def _named(self) -> dict[str, frozenset[str]]:
        """What the Policy names, by field."""
        rules = self._policy.rules or ()
        held = [one for rule in rules for one in rule.resources or ()]
        return {
            "users": frozenset(name for rule in rules for name in rule.users or ()),
            "user groups": frozenset(name for rule in rules for name in rule.user_groups or ()),
            "verbs": frozenset(verb for rule in rules for verb in rule.verbs or ()),
            "groups": frozenset(one.group for one in held),
            "names": frozenset(name for one in held for name in one.resource_names or ()),
            "namespaces": frozenset(name for rule in rules for name in rule.namespaces or ()),
            "paths": frozenset(url for rule in rules for url in rule.non_resource_urls or ()),
        }

    @cached_property
    def _resource_names(self) -> frozenset[tuple[str, str]]:
        """The resources that the Policy names, with their subresources."""
        texts = {
            text
            for rule in self._policy.rules or ()
            for one in rule.resources or ()
            for text in one.resources or ()
        }
        return frozenset((text.partition("/")[0], text.partition("/")[2]) for text in texts)

    @cached_property
    def _namespaced(self) -> dict[tuple[str, str], bool | None]:
        found = {(one.group, one.resource): one.namespaced for one in self._custom}
        return {**found, **{(one.group, one.resource): one.namespaced for one in known_resources()}}


def _is_wide(part: PolicyRule) -> bool:
    (verb,) = part.verbs or ("",)
    entries = (*(part.api_groups or ()), *(text.partition("/")[0] for text in part.resources or ()))
    paths = part.non_resource_urls or ()
    acting = verb.startswith(_ACTING)
    return acting or verb == ALL or ALL in entries or any(url.endswith(ALL) for url in paths)
