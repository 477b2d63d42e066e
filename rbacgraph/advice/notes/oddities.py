"""Finds odd rights that are written only because the log shows no more."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.changes.permissions import PermissionIndex
from rbacgraph.advice.needs.widen import Widening, holds_secrets
from rbacgraph.advice.planning.assignment import RoleSlot, identity_nodes
from rbacgraph.advice.planning.plan import AllowedRequests, Plan
from rbacgraph.advice.planning.write_roles import Draft, Written
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.model.node import Node
from rbacgraph.model.request import Request

_PAIR = frozenset({"list", "watch"})
_LOG = NeedEvidence.of(How.LOG)
_STREAMS = frozenset({"pods/attach", "pods/exec", "pods/portforward"})

_Place = tuple[Node, str]
"""A principal, and the namespace in which it has a role."""

_Options = tuple[str, ...]
_Where = tuple[tuple[ObjectKey, tuple[str, ...]], ...]
"""Roles, each with resources."""


class _Asked(NamedTuple):
    """A request that only a log shows, and its identity."""

    who: Needing
    request: Request

    def other(self, **fields: str) -> Request:
        """Return a similar request."""
        return replace(self.request, **fields)


class OddRights:
    """Finds odd rights."""

    def __init__(self, made: Plan, draft: Draft, after: Authorizer, widening: Widening) -> None:
        self._before = AllowedRequests(made.grants.authorizer)
        self._after = AllowedRequests(after)
        self._widening = widening
        self._places = places_of(made, draft)
        self._written = draft.roles
        self._asked: dict[Node, list[_Asked]] = defaultdict(list)
        for one in made.needing:
            seen = [_Asked(one, n.request) for n in one.needs if n.evidence == _LOG]
            for node in identity_nodes(one):
                self._asked[node] += [asked for asked in seen if _may_be_odd(asked.request)]

    def notes(self) -> Iterator[Statement]:
        """Yield each oddity once.

        A right that the identity does not hold today either is not odd: it works without.
        """
        for options, where in self._by_options(self._half, self._reads_options):
            yield Say.HALF_OF_A_CACHE(options, where)
        if mints := self._mints():
            yield Say.MAKES_TOKENS(*mints)
        for _, where in self._by_options(self._stream, lambda _: ()):
            yield Say.HALF_OF_A_STREAM(where)
        for _, where in self._by_options(self._named_pod, lambda _: (), least=2):
            yield Say.PODS_BY_NAME(where)

    def _by_options(
        self,
        is_odd: Callable[[_Asked], bool],
        options: Callable[[_Asked], _Options],
        *,
        least: int = 1,
    ) -> Iterator[tuple[_Options, _Where]]:
        """Yield the options that would widen it, with the odd roles and resources."""
        found: dict[_Options, dict[ObjectKey, dict[str, None]]] = defaultdict(dict)
        for written in self._written:
            odd = [asked for asked in self._served(written) if is_odd(asked)]
            if len({asked.request for asked in odd}) >= least:
                for asked in odd:
                    own = found[options(asked)].setdefault(written.change.key, {})
                    own[asked.request.full_resource] = None
        for some, roles in sorted(found.items()):
            yield some, tuple((role, tuple(own)) for role, own in roles.items())

    def _served(self, written: Written) -> Iterator[_Asked]:
        """Yield the requests that a written role serves."""
        index = PermissionIndex(written.permissions)
        for node, scope in self._places[written.slot]:
            for asked in self._asked.get(node, ()):
                here = scope in {"", asked.request.namespace}
                if here and any(index.allowing(asked.request)):
                    yield asked

    def _half(self, asked: _Asked) -> bool:
        """Whether an identity keeps a list or a watch, and loses the other."""
        return asked.request.verb in _PAIR and self._loses(asked, _other_half(asked))

    def _stream(self, asked: _Asked) -> bool:
        """Whether an identity keeps a stream, and loses what WebSockets need too."""
        request = asked.request
        stream = not request.group and request.full_resource in _STREAMS and request.verb == "get"
        return stream and self._loses(asked, asked.other(verb="create"))

    def _named_pod(self, asked: _Asked) -> bool:
        """Whether an identity keeps one Pod, and loses the others."""
        request = asked.request
        named = (request.group, request.resource) == ("", "pods") and bool(request.name)
        return named and self._loses(asked, asked.other(name=""))

    def _loses(self, asked: _Asked, other: Request) -> bool:
        """Whether a request is allowed today and not afterwards."""
        return self._before.allowed(asked.who, other) and not self._after.allowed(asked.who, other)

    def _reads_options(self, asked: _Asked) -> _Options:
        secret = holds_secrets(asked.request)
        return (
            *(() if self._widening.reads else ("--verbs read",)),
            *(("--widen-secrets",) if secret and not self._widening.secrets else ()),
        )

    def _mints(self) -> list[ObjectKey]:
        """Return the roles by which an identity may create and patch a Secret of one name."""
        verbs: dict[tuple[_Place, str], set[str]] = defaultdict(set)
        roles: dict[tuple[_Place, str], list[ObjectKey]] = defaultdict(list)
        for written in self._written:
            for one in written.permissions:
                if (one.group, one.resource) == ("", "secrets") and one.name:
                    for place in self._places[written.slot]:
                        verbs[place, one.name].add(one.verb)
                        roles[place, one.name].append(written.change.key)
        found = (roles[key] for key, own in sorted(verbs.items()) if {"create", "patch"} <= own)
        return [role for own in found for role in own]


def places_of(made: Plan, draft: Draft) -> dict[RoleSlot, list[_Place]]:
    """Return the holders of each written role, and their scopes."""
    staying: dict[ObjectKey, list[_Place]] = defaultdict(list)
    for grant in made.assigned.staying:
        staying[grant.role].append((grant.node, grant.scope))
    found: dict[RoleSlot, list[_Place]] = {}
    for slot in (written.slot for written in draft.roles):
        if slot.role is not None:
            found[slot] = sorted(staying[slot.role])
        elif slot.node is not None:
            found[slot] = [(slot.node, slot.scope)]
    return found


def _may_be_odd(request: Request) -> bool:
    return request.path is None and (request.verb in _PAIR or request.resource == "pods")


def _other_half(asked: _Asked) -> Request:
    (verb,) = _PAIR - {asked.request.verb}
    return asked.other(verb=verb)
