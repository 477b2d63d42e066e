"""Collects the notes of a suggestion."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rbacgraph.advice.changes.changeable_grants import ChangeTarget, Grant
from rbacgraph.advice.changes.managers import is_shipped, manager_of
from rbacgraph.advice.changes.permissions import PermissionIndex
from rbacgraph.advice.needs.known_members import EvidentMembers
from rbacgraph.advice.needs.widen import Widening, is_nowhere
from rbacgraph.advice.notes.oddities import OddRights
from rbacgraph.advice.notes.unseen_checks import unseen_checks
from rbacgraph.advice.planning.assignment import RoleSlot, identity_nodes, needs_by_node
from rbacgraph.advice.planning.plan import Plan
from rbacgraph.advice.planning.write_roles import Draft
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import rule_allows
from rbacgraph.authz.subjects import MASTERS, implied_groups, subject_node, username_of
from rbacgraph.facts.secrets.secret_uses import PULL_WORDS, container_words, kubelet_words
from rbacgraph.facts.secrets.volume_secrets import Volumes
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.inputs.required_requests import Needing, Referred
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.pods import PodSpec
from rbacgraph.model.kubernetes.rbac import AnyBinding, RoleBinding, Subject
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, format_node
from rbacgraph.model.request import Request


def remarks(
    made: Plan, draft: Draft, asked: ChangeTarget, after: Authorizer, widening: Widening
) -> Iterator[Statement]:
    yield from plan_remarks(made, draft, asked)
    yield from _evidence(made, draft, asked)
    yield from _absent(made, draft)
    yield from _resting(made, draft, after, asked)
    yield from _spare(made)
    yield from _mounted(made, after, asked)
    yield from unseen_checks(made, draft, after)
    yield from OddRights(made, draft, after, widening).notes()


def plan_remarks(made: Plan, draft: Draft, asked: ChangeTarget) -> Iterator[Statement]:
    """Yield what is not changed, or may be changed back."""
    yield from _unedited(made)
    yield from _left(made)
    yield from _managed(draft)
    yield from _untouched(made, asked)
    yield from _unlisted(made)
    if asked.node is not None and asked.node not in made.grants.by_node:
        yield Say.NO_BINDING_NAMES(format_node(asked.node))
    if asked.role is not None and asked.role not in made.grants.by_role:
        yield Say.NO_BINDING_GIVES(asked.role)


def _unedited(made: Plan) -> Iterator[Statement]:
    taken = {grant.role for grant in made.chosen.grants}
    by_reason: dict[Statement, list[ObjectKey]] = defaultdict(list)
    for role, reason in made.chosen.reasons.items():
        if role in taken:
            by_reason[reason.said()].append(role)
    for why, roles in by_reason.items():
        yield Say.ROLES_ARE_NOT_EDITED(why, *roles)


def _left(made: Plan) -> Iterator[Statement]:
    by_reason: dict[Statement, list[tuple[object, ...]]] = defaultdict(list)
    for role, reason in made.chosen.left.items():
        some = reason.why is Say.SOME_ARE_UNSEEN
        by_reason[reason.said(brief=True)].append((role, reason.principals if some else None))
    for why, roles in sorted(by_reason.items()):
        yield Say.ROLES_ARE_LEFT(why, *roles)


def _managed(draft: Draft) -> Iterator[Statement]:
    for change in draft.reduced:
        assert change.before is not None
        manager = manager_of(change.before)  # type: ignore[arg-type]
        if manager:
            yield Say.SUBJECTS_MAY_COME_BACK(change.key, manager.said())


def _untouched(made: Plan, asked: ChangeTarget) -> Iterator[Statement]:
    """Yield which rights in question stay because nobody can change them here."""
    if asked.node is None:
        return
    authorizer = made.grants.authorizer
    names = [
        b.metadata.name
        for b in authorizer.bindings
        if is_shipped(b) and any(_node(s, b) == asked.node for s in b.subjects or ())
    ]
    if names:
        yield Say.SHIPPED_BINDINGS_STAY(*names)


def _node(subject: Subject, binding: AnyBinding) -> Node | None:
    scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
    return subject_node(subject, scope)


def _unlisted(made: Plan) -> Iterator[Statement]:
    """Yield what a live cluster did not show: other holders of a role."""
    snapshot = made.grants.authorizer.snapshot
    kinds = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    hidden = [f"{kind}s" for kind in kinds if not snapshot.is_listed(kind)]
    if snapshot.collected is not None and hidden:
        yield Say.OTHERS_MAY_HAVE_ROLES(*hidden)


def _evidence(made: Plan, draft: Draft, asked: ChangeTarget) -> Iterator[Statement]:
    left = made.chosen.left.values()
    if asked.node is not None and any(one.why is Say.ASKED_IS_UNSEEN for one in left):
        yield _unknown(made, asked.node)
    losing = list(dict.fromkeys(grant.node for grant in _narrowed(made, draft)))
    if nodes := sorted(node for node in losing if not made.is_seen(node)):
        yield Say.UNSEEN_LOSE(*map(format_node, nodes))
    yield from _members(made, losing)
    unmet = len({(w.nodes, w.request) for w in made.assigned.unmet})
    if unmet:
        yield Say.NEEDS_ARE_UNMET(unmet)
    yield from _odd(made)


def _unknown(made: Plan, node: Node) -> Statement:
    """Return which evidence is missing about a principal that keeps everything."""
    name = format_node(node)
    if not made.is_seen(node):
        return Say.NO_EVIDENCE(name)
    missing = EvidentMembers(made.grants.authorizer, (), made.seen).missing(node)
    return Say.NO_EVIDENCE_OF_MEMBERS(name, *map(format_node, missing))


def _narrowed(made: Plan, draft: Draft) -> Iterator[Grant]:
    """Yield the grants that are removed, and those that give less."""
    roles, taken = {written.slot.role for written in draft.roles}, frozenset(draft.taken)
    for grant in made.chosen.grants:
        if grant.role in roles or grant in taken:
            yield grant


def _odd(made: Plan) -> Iterator[Statement]:
    """Yield which requests of the log do not count as needed."""
    odd = [needed.request for needed in made.odd]
    if not all(map(is_nowhere, odd)):
        yield Say.STARS_DO_NOT_COUNT()
    if nowhere := [request.namespace for request in odd if is_nowhere(request)]:
        yield Say.IMPOSSIBLE_NAMESPACES(*nowhere)


def _absent(made: Plan, draft: Draft) -> Iterator[Statement]:
    """Yield which new roles are in namespaces that may be gone since the log."""
    snapshot = made.grants.authorizer.snapshot
    here = snapshot.held_namespaces
    if snapshot.is_listed("Namespace"):
        here = frozenset(namespace.metadata.name for namespace in snapshot.namespaces)
    scopes = {written.slot.scope for written in draft.roles if written.slot.role is None}
    absent = scopes - here - {""}
    if absent and snapshot.namespaces:
        yield Say.NAMESPACES_ARE_ABSENT(*sorted(absent))


def _members(made: Plan, losing: Iterable[Node]) -> Iterator[Statement]:
    if groups := [node for node in losing if node[0] == GROUP]:
        yield Say.MEMBERS_ARE_THOSE_SEEN(*map(format_node, groups))
        evident = EvidentMembers(made.grants.authorizer, (), made.seen)
        for group in groups:
            if missing := evident.missing(group):
                yield Say.UNSEEN_MEMBERS_LOSE(format_node(group), *map(format_node, missing))


def _resting(
    made: Plan, draft: Draft, after: Authorizer, asked: ChangeTarget
) -> Iterator[Statement]:
    if asked.all:
        return
    for left, requests in by_bindings(resting(made, draft, after, asked)).items():
        what = tuple((r.verb, r.path or r.full_resource) for r in requests)
        yield Say.IS_LEFT_TO_OTHERS(left.bindings, tuple(map(format_node, left.nodes)), what)


def _mounted(made: Plan, after: Authorizer, asked: ChangeTarget) -> Iterator[Statement]:
    """Yield Secrets that a principal can no longer read but its Pods still receive."""
    if asked.node is None or asked.node[0] != SERVICE_ACCOUNT:
        return
    _, namespace, account = node = asked.node
    before = made.grants.authorizer
    found: dict[str, str] = {}
    for one in referred_by_pods(before.snapshot, namespace, account):
        get = Request("get", resource="secrets", namespace=one.namespace, name=one.name)
        user, groups = username_of(node), implied_groups(username_of(node))
        if before.allows(get, user, groups) and not after.allows(get, user, groups):
            found.setdefault(f"{one.namespace}/{one.name}", one.by)
    if found:
        yield Say.KUBELET_GIVES_SECRETS(*found.items())


def _spare(made: Plan) -> Iterator[Statement]:
    found: dict[ObjectKey, list[tuple[str, int, str]]] = defaultdict(list)
    for one in spares(made):
        found[one.role].append((format_node(one.node), one.number, one.scope))
    if found:
        yield Say.SPARE_PERMISSIONS(*((role, tuple(own)) for role, own in found.items()))


# Finds the Secrets that Pods of a ServiceAccount refer to, which need no right at all.


def referred_by_pods(snapshot: Snapshot, namespace: str, account: str) -> tuple[Referred, ...]:
    """Return the Secrets that a ServiceAccount's Pods and templates refer to.

    The kubelet reads them for the Pod: in env, in envFrom, in volumes, to pull images, for volume
    drivers. So a Pod's Secret is no reason for a right to read it.

    ``namespace``, ``account``: the ServiceAccount, which need not exist.
    They are in order of Secret; one for each kind of reference.
    """
    volumes = Volumes(snapshot.persistent_volumes)
    found = {
        one
        for obj, kind, spec in _runners(snapshot)
        if (obj.metadata.namespace, spec.service_account) == (namespace, account)
        for one in _of(obj, kind, spec, volumes)
    }
    known = snapshot.service_account_index.get((namespace, account))
    for pull in (known.image_pull_secrets or ()) if known else ():
        if pull.name:
            by = f"ServiceAccount {namespace}/{account}"
            one = Referred(namespace=namespace, name=pull.name, by=by, how=PULL_WORDS)
            found.add(one)
    return tuple(sorted(found))


def _runners(snapshot: Snapshot) -> Iterator[tuple[Object, str, PodSpec]]:
    for pod in snapshot.pods:
        yield pod, "Pod", pod.spec
    for workload in snapshot.workloads:
        yield workload, workload.kind, workload.spec


def _of(obj: Object, kind: str, spec: PodSpec, volumes: Volumes) -> Iterator[Referred]:
    namespace, by = obj.metadata.namespace, f"{kind} {obj.metadata.namespace}/{obj.metadata.name}"
    for use in spec.secrets:
        how = container_words(use)
        yield Referred(namespace=namespace, name=use.secret, by=by, how=how)
    for named in spec.kubelet:
        how = kubelet_words(named)
        yield Referred(namespace=namespace, name=named.secret, by=by, how=how)
    for claim, volume in spec.claims:
        name = claim or f"{obj.metadata.name}-{volume}"
        for held, field, ref in volumes.secrets.get((namespace, name), ()):
            how = f"PersistentVolume {held.metadata.name}: {field}"
            yield Referred(namespace=ref.namespace, name=ref.name, by=by, how=how)


# Finds needs that were granted twice and then depend on others' grants alone.
#
# A second suggestion from the same input, for these others, could take the right from both.


class Granted(NamedTuple):
    """A role that a binding grants to one of an identity's subjects."""

    binding: ObjectKey
    node: Node
    role: ObjectKey


class Left(NamedTuple):
    """What supports a need after the change, if it was granted twice.

    ``bindings``: bindings of others that alone allow it afterwards.
    ``nodes``: the subjects, if the former support was the same binding through another subject.
    """

    bindings: tuple[ObjectKey, ...]
    nodes: tuple[Node, ...]


class SingleSupport(NamedTuple):
    """A needed request, and what alone allows it afterwards."""

    request: Request
    left: Left


def resting(
    made: Plan, draft: Draft, after: Authorizer, asked: ChangeTarget
) -> Iterator[SingleSupport]:
    """Yield needs that lose a support and afterwards depend on others' grants alone.

    Needs that a shipped binding grants are left out: nobody removes that.
    """
    written = {change.key for change in draft.changes if change.after is not None}
    chosen = {grant.node for grant in made.chosen.grants}
    for one in made.needing:
        if chosen.isdisjoint(identity_nodes(one)) or MASTERS in one.groups:
            continue
        for needed in one.needs:
            request = needed.request
            left = granting(after, one, request)
            others = dict.fromkeys(granted.binding for granted in left)
            gone = granting(made.grants.authorizer, one, request).keys() - left.keys()
            if (
                gone
                and left
                and made.grants.bindings.keys() >= others.keys()
                and not any(_is_own(granted, asked, written) for granted in left)
            ):
                same = others.keys() >= {granted.binding for granted in gone}
                nodes = dict.fromkeys(granted.node for granted in left) if same else ()
                yield SingleSupport(request, Left(tuple(others), tuple(nodes)))


def granting(authorizer: Authorizer, one: Needing, request: Request) -> dict[Granted, None]:
    """Return what allows an identity a request, in order."""
    nodes = frozenset(identity_nodes(one))
    found: dict[Granted, None] = {}
    for held in authorizer.rules_for(one.user, one.groups, request.namespace):
        if rule_allows(held.rule, request):
            binding = held.binding
            scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
            for subject in binding.subjects or ():
                node = subject_node(subject, scope)
                if node in nodes:
                    found[Granted(key_of(binding), node, key_of(held.role))] = None
    return found


def _is_own(granted: Granted, asked: ChangeTarget, written: set[ObjectKey]) -> bool:
    """Whether the question, or what is written for it, gives a right."""
    if asked.role is not None:
        return granted.role == asked.role or granted.role in written
    return granted.node == asked.node


def by_bindings(found: Iterator[SingleSupport]) -> Mapping[Left, list[Request]]:
    """Group needs by the bindings that support them."""
    together: dict[Left, list[Request]] = defaultdict(list)
    for one in found:
        if one.request not in together[one.left]:
            together[one.left].append(one.request)
    return together


# Finds rights that a holder keeps without need because all holders share the role.


class Spare(NamedTuple):
    """The number of a role's permissions that a holder does not need in one place."""

    role: ObjectKey
    node: Node
    scope: str
    number: int


def spares(made: Plan) -> list[Spare]:
    """Return who keeps more of an edited role than needed, as far as known."""
    needs = needs_by_node(made.needing)
    found: list[Spare] = []
    indexes: dict[ObjectKey, PermissionIndex] = {}
    for grant in sorted(made.assigned.staying):
        if not made.is_seen(grant.node):
            continue
        whole = made.assigned.slots.get(RoleSlot(grant.role), ())
        if grant.role not in indexes:
            indexes[grant.role] = PermissionIndex(whole)
        own = [one for one in whole if not (grant.scope and one.path)]
        used = {
            permission
            for request in needs.get(grant.node, ())
            if grant.scope in {"", request.namespace}
            for permission in indexes[grant.role].allowing(request)
        }
        if idle := len({*own} - used):
            found.append(Spare(grant.role, grant.node, grant.scope, idle))
    return found
