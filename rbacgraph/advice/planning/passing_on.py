"""Finds what escalation prevention and other checks of servers require.

A user may write a role or binding with ``escalate`` or ``bind``, or if it holds all rights that the
object passes on: then it needs these, although no log shows their use.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from rbacgraph.advice.changes.permissions import permission_for, permissions_of, request_of, rule_of
from rbacgraph.advice.planning.assignment import identity_nodes
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import covers_all
from rbacgraph.authz.match import ALL, rule_allows
from rbacgraph.authz.questions import escalation_check
from rbacgraph.authz.subjects import MASTERS
from rbacgraph.authz.versions.role_versions import Guard
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.inputs.audit import SINCE_STREAMS_NEED_CREATE
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.rbac_write import DoubtfulWrite, RbacWrite
from rbacgraph.model.inputs.required_requests import Needed, Needing, ServerChecks
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.meta import RbacMeta
from rbacgraph.model.node import Node, format_node
from rbacgraph.model.request import Request

_CHECKED = NeedEvidence.of(How.CHECKED)

_EXEMPTING = frozenset({"bind", "escalate", ALL})

Assured = Callable[[ServerChecks, Request], bool]
"""Whether an identity keeps a right anyway."""


def passing_needs(
    authorizer: Authorizer, beside: Sequence[ServerChecks], assured: Assured | None = None
) -> Iterator[Needing]:
    """Yield what the further checks of servers require, as far as it is held today.

    ``assured``: decides which rights an identity keeps anyway; None if none is known to stay.
    """
    for one, writes in _resolved_writes(authorizer, beside):
        if MASTERS in one.groups:
            continue
        needs = _Needs(authorizer, one, assured)
        for write in sorted(writes, key=lambda write: not write.is_role):
            needs.add(write)
        found = dict(needs.found)
        for request in one.checks:
            for enough in _checked(authorizer, one, request, assured):
                found.setdefault(enough, _CHECKED)
        yield Needing(
            user=one.user,
            groups=one.groups,
            needs=tuple(Needed(request=r, evidence=why) for r, why in found.items()),
            writes=tuple(dict.fromkeys(writes)),
        )


def known_writers(authorizer: Authorizer, beside: Sequence[ServerChecks]) -> frozenset[Node]:
    """Return of whom every write of a role or binding, of one at least, is known with its rules.

    For a group, the writes of all its members are.
    """
    found: dict[Node, bool] = {}
    for one, writes in _resolved_writes(authorizer, beside):
        known = all(write.rules is not None for write in writes)
        for node in identity_nodes(one) if writes else ():
            found[node] = found.get(node, True) and known
    return frozenset(node for node, known in found.items() if known)


def _resolved_writes(
    authorizer: Authorizer, beside: Iterable[ServerChecks]
) -> Iterator[tuple[ServerChecks, list[RbacWrite]]]:
    """Yield each identity with its writes, completed from the log and the input."""
    beside = tuple(beside)
    logged: dict[ObjectKey, tuple[rbac.PolicyRule, ...]] = {}
    for one in beside:
        for write in one.writes:
            if write.is_role and write.rules is not None:
                key = write.kind, write.namespace, write.name
                logged[key] = (*logged.get(key, ()), *write.rules)
    for one in beside:
        yield one, [_resolved(authorizer, write, logged) for write in one.writes]


class _Needs:
    """What one identity must hold for the roles and bindings that it writes."""

    def __init__(self, authorizer: Authorizer, one: ServerChecks, assured: Assured | None) -> None:
        self.found: dict[Request, NeedEvidence] = {}
        self._authorizer = authorizer
        self._one = one
        self._assured = assured
        self._exempting: list[Request] = []
        self._done: set[escalation_check.PassingOn] = set()

    def add(self, write: RbacWrite) -> None:
        """Add what a write requires: nothing if that is not known, or not allowed today."""
        if write.rules is None and not (write.is_role or write.role):
            return
        passed = escalation_check.passing_on(write)
        exempt = passed.exempt
        if self._assured is not None and self._assured(self._one, exempt):
            return
        if passed in self._done or any(includes(own, exempt) for own in self._exempting):
            return
        self._done.add(passed)
        parts = [request_of(p, exempt.namespace) for p in permissions_of(passed.rules)]
        if not self._prefers_exemption(write, passed, parts):
            for part in parts:
                if part not in self.found and self._allows(part):  # inert URLs are not
                    self._keep(part, write)
        elif self._allows(exempt):
            self._keep(exempt, write)

    def _keep(self, request: Request, write: RbacWrite) -> None:
        self.found[request] = _why(write)
        if request.verb in _EXEMPTING:
            self._exempting.append(request)

    def _prefers_exemption(
        self, write: RbacWrite, passed: escalation_check.PassingOn, parts: Iterable[Request]
    ) -> bool:
        """Whether to keep ``escalate`` or ``bind``, if the rest is not held, or is more."""
        one, exempt = self._one, passed.exempt
        held = [h.rule for h in self._authorizer.rules_for(one.user, one.groups, exempt.namespace)]
        if write.rules is None or not covers_all(held, passed.rules):
            return True
        if any(rule_allows(rule, exempt) for rule in passed.rules):
            return True
        if write.is_role or self._assured is None or set(parts) <= self.found.keys():
            return False
        return self._allows(exempt)

    def _allows(self, request: Request) -> bool:
        return self._authorizer.allows(request, self._one.user, self._one.groups) is not None


def includes(own: Request, request: Request) -> bool:
    """Whether permission for one request includes another one."""
    rule = rule_of(permission_for(own))
    return own.namespace in {"", request.namespace} and rule_allows(rule, request)


def _why(write: RbacWrite) -> NeedEvidence:
    what = " ".join(filter(None, (write.kind, _named(write))))
    return NeedEvidence.of(How.WRITE, write.evidence, write.verb, what)


def _named(write: RbacWrite) -> str:
    return f"{write.namespace}/{write.name}" if write.namespace and write.name else write.name


def completed(authorizer: Authorizer, needing: Iterable[Needing]) -> tuple[Needing, ...]:
    """Add what the cluster shows about writes whose passed-on rights were unknown."""
    return tuple(
        replace(
            one,
            writes=tuple(
                write if write.rules is not None else _resolved(authorizer, write, {})
                for write in one.writes
            ),
        )
        for one in needing
    )


def _resolved(
    authorizer: Authorizer,
    write: RbacWrite,
    logged: Mapping[tuple[str, str, str], tuple[rbac.PolicyRule, ...]],
) -> RbacWrite:
    """Complete a write from the input: its role or binding, and the role it names."""
    if write.is_role:
        known = authorizer.find_role(write.kind, write.namespace, write.name)
        rules = write.rules
        if rules is None and known:
            rules = tuple(rule for role in known for rule in role.rules or ())
        return replace(
            write,
            rules=rules,
            aggregated=write.aggregated or any(map(escalation_check.is_aggregated, known)),
        )
    if not write.role:
        refs = {(b.role_ref.kind, b.role_ref.name) for b in _bindings(authorizer, write)}
        if len(refs) != 1:
            return write
        ((kind, name),) = refs
        write = replace(write, role_kind=kind, role=name)
    found = authorizer.find_role(write.role_kind, write.namespace, write.role)
    rules = (
        tuple(rule for role in found for rule in role.rules or ())
        if found
        else logged.get(_referred(write))
    )
    return replace(write, rules=rules)


def _referred(write: RbacWrite) -> ObjectKey:
    """Return the key of the role that a binding names."""
    place = "" if write.role_kind == "ClusterRole" else write.namespace
    return write.role_kind, place, write.role


def _bindings(
    authorizer: Authorizer, write: RbacWrite
) -> Iterator[rbac.RoleBinding | rbac.ClusterRoleBinding]:
    of = rbac.ClusterRoleBinding if write.kind == "ClusterRoleBinding" else rbac.RoleBinding
    for obj in authorizer.find(of(RbacMeta(write.name, write.namespace), rbac.RoleRef())):
        if isinstance(obj, rbac.RoleBinding | rbac.ClusterRoleBinding):
            yield obj


def bound_by(needing: Iterable[Needing]) -> frozenset[ObjectKey]:
    """Return the roles that needed writes of bindings name: without them, the writes fail."""
    return frozenset(_referred(write) for one in needing for write in one.writes if write.role)


def _checked(
    authorizer: Authorizer, one: ServerChecks, request: Request, assured: Assured | None
) -> Iterator[Request]:
    """Yield what is enough for a check that passed, as far as it is allowed today."""
    if request.resource != "signers":
        version = authorizer.snapshot.kubernetes_version
        if version is not None and version < SINCE_STREAMS_NEED_CREATE:
            return
        options = [request]
    elif request.name:
        domain = request.name.partition("/")[0]
        options = [request, _renamed(request, f"{domain}/*")]
    else:
        options = [request]
        held = authorizer.rules_for(one.user, one.groups, "")
        names = {
            part.name
            for part in permissions_of(h.rule for h in held)
            if part.name and rule_allows(rule_of(part), _renamed(request, part.name))
        }
        if authorizer.allows(request, one.user, one.groups) is None:
            yield from (_renamed(request, name) for name in sorted(names))
            return
    if assured is not None and any(assured(one, option) for option in options):
        return
    for option in options:
        if authorizer.allows(option, one.user, one.groups) is not None:
            yield option
            return


def _renamed(request: Request, name: str) -> Request:
    return Request(request.verb, request.group, request.resource, name=name)


def replayed_writes(
    before: Authorizer, after: Authorizer, needing: Iterable[Needing]
) -> tuple[int, tuple[DoubtfulWrite, ...]]:
    """Replay writes of roles and bindings: count those that pass, return those that may fail.

    Writes that are not allowed before do not count. A write whose passed-on rights are unknown may
    fail if the writer holds less than before.
    """
    number = 0
    doubts: dict[DoubtfulWrite, None] = {}
    for one in needing:
        if MASTERS in one.groups:
            continue
        replay = _Replay(before, after, one)
        for write in one.writes:
            passes = replay.passes(write) if write.rules is not None else replay.may_pass(write)
            if passes:
                number += write.rules is not None
            elif passes is not None:
                doubt = DoubtfulWrite(
                    principal=format_node(identity_nodes(one)[0]),
                    verb=write.verb,
                    kind=write.kind,
                    namespace=write.namespace,
                    name=write.name,
                    evidence=write.evidence,
                    known=write.rules is not None,
                )
                doubts[doubt] = None
    return number, tuple(doubts)


class _Replay:
    """Replays the writes of one identity, each decided once."""

    def __init__(self, before: Authorizer, after: Authorizer, one: Needing) -> None:
        self._before = before
        self._after = after
        self._one = one
        self._passes: dict[escalation_check.PassingOn, bool | None] = {}
        self._less: dict[str, bool] = {}

    def passes(self, write: RbacWrite) -> bool | None:
        """Whether a write passes afterwards, whichever versions of objects a server holds.

        None if it does not pass before, or passes by some versions only, before and afterwards.
        """
        passed = escalation_check.passing_on(write)
        if passed not in self._passes:
            self._passes[passed] = self._decided(passed)
        return self._passes[passed]

    def _decided(self, passed: escalation_check.PassingOn) -> bool | None:
        before, after = (
            escalation_check.passed_on(rights, passed, self._one.user, self._one.groups)
            for rights in (self._before, self._after)
        )
        if not before.by_some:
            return None
        if after.by_some and not before.by_all:
            return after.by_all or None
        return after.by_all

    def may_pass(self, write: RbacWrite) -> bool:
        """Whether a write passes whatever it passes on, or as it did before."""
        one, scope = self._one, write.namespace
        if all(self._after.surely_allows(r, one.user, one.groups) for r in _exemptions(write)):
            return True
        if scope not in self._less:
            self._less[scope] = _holds_less(self._before, self._after, one, scope)
        return not self._less[scope]


def _exemptions(write: RbacWrite) -> Iterator[Request]:
    """Yield the requests that together are enough, whatever a write passes on."""
    if write.is_role or write.role:
        yield escalation_check.passing_on(write).exempt
        return
    for kind in ("ClusterRole", "Role"):
        if write.namespace or kind == "ClusterRole":
            yield Request("bind", rbac.RBAC_GROUP, f"{kind.lower()}s", namespace=write.namespace)


def _holds_less(before: Authorizer, after: Authorizer, one: Needing, scope: str) -> bool:
    """Whether somebody may hold less, by some version of an object or by all."""
    old, new = (
        [
            (held.rule, escalation_check.guard_of(rights, held))
            for held in rights.rules_for(one.user, one.groups, scope)
        ]
        for rights in (before, after)
    )
    lost: dict[Guard | None, list[rbac.PolicyRule]] = {}
    for rule, guard in old:
        if (rule, guard) not in new:
            lost.setdefault(guard, []).append(rule)
    return not all(
        covers_all([rule for rule, other in new if other in {(), guard}], rules)
        for guard, rules in lost.items()
        if guard is not None
    )
