"""What whoever applies a suggestion must know beside it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rbacgraph.advice.draft import Draft
from rbacgraph.advice.holders import Asked
from rbacgraph.advice.kept import NO_LOG, NOT_LOGGED, lost_checks
from rbacgraph.advice.managers import is_shipped, manager_of
from rbacgraph.advice.plan import Plan
from rbacgraph.authz.subjects import subject_node
from rbacgraph.model.change import Key
from rbacgraph.model.node import GROUP, Node, format_node
from rbacgraph.model.rbac import AnyBinding, RoleBinding, Subject
from rbacgraph.model.suggestion import Permission

_SHOWN = 5
_STREAMS = frozenset({"pods/attach", "pods/exec", "pods/portforward"})


def remarks(made: Plan, draft: Draft, asked: Asked) -> Iterator[str]:
    """Yield what to know, in sentences without a full stop."""
    yield from plan_remarks(made, draft, asked)
    yield from _evidence(made, asked)
    yield from _unseen_verbs(made)
    yield from _of_roles(draft)


def plan_remarks(made: Plan, draft: Draft, asked: Asked) -> Iterator[str]:
    """Yield what is not changed, or may be changed back."""
    yield from _unedited(made)
    yield from _left(made)
    yield from _managed(draft)
    yield from _untouched(made, asked)
    yield from _unlisted(made)


def role_name(key: Key) -> str:
    """Name a role in words."""
    kind, namespace, name = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def listed(words: Iterable[str]) -> str:
    """List the first few, and count the others."""
    found = list(dict.fromkeys(words))
    more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    return f"{', '.join(found[:_SHOWN])}{more}"


def _unedited(made: Plan) -> Iterator[str]:
    taken = {grant.role for grant in made.chosen.grants}
    by_reason: dict[str, list[Key]] = defaultdict(list)
    for role, reason in made.chosen.reasons.items():
        if role in taken:
            by_reason[reason].append(role)
    for reason, roles in by_reason.items():
        if len(roles) == 1:
            yield f"{role_name(roles[0])} is not edited: {reason}"
        else:
            yield f"{len(roles):,} roles are not edited, {reason}: {listed(map(role_name, roles))}"


def _left(made: Plan) -> Iterator[str]:
    by_reason: dict[str, list[Key]] = defaultdict(list)
    for role, reason in made.chosen.left.items():
        by_reason[reason.partition(" (")[0]].append(role)
    for reason, roles in sorted(by_reason.items()):
        number = "1 role is" if len(roles) == 1 else f"{len(roles):,} roles are"
        yield f"{number} left alone, {reason}: {listed(map(role_name, roles))}"


def _managed(draft: Draft) -> Iterator[str]:
    for change in draft.reduced:
        assert change.before is not None
        manager = manager_of(change.before)  # type: ignore[arg-type]
        if manager:
            yield f"{role_name(change.key)} is {manager}, which may put back the subjects taken out"


def _untouched(made: Plan, asked: Asked) -> Iterator[str]:
    """Say which of the rights asked about stay, because nobody can change them here."""
    if asked.node is None:
        return
    authorizer = made.grants.authorizer
    names = [
        b.metadata.name
        for b in authorizer.bindings
        if is_shipped(b) and any(_node(s, b) == asked.node for s in b.subjects or ())
    ]
    if names:
        yield f"bindings that Kubernetes ships are left alone: {listed(names)}"


def _node(subject: Subject, binding: AnyBinding) -> Node | None:
    scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
    return subject_node(subject, scope)


def _unlisted(made: Plan) -> Iterator[str]:
    """Say what a live cluster did not show: who else may have a role."""
    snapshot = made.grants.authorizer.snapshot
    kinds = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    hidden = [f"{kind}s" for kind in kinds if not snapshot.is_listed(kind)]
    if snapshot.collected is not None and hidden:
        yield f"the cluster did not show all {listed(hidden)}: others may have these roles too"


def _evidence(made: Plan, asked: Asked) -> Iterator[str]:
    if asked.node is not None and not any(
        grant.node == asked.node for grants in made.grants.by_role.values() for grant in grants
    ):
        yield f"no binding that can be changed names {format_node(asked.node)}"
    elif asked.node is not None and not made.is_seen(asked.node):
        yield (
            f"nothing tells of {format_node(asked.node)}: whatever its own bindings give is"
            " taken away"
        )
    groups = [format_node(g.node) for g in made.chosen.grants if g.node[0] == GROUP]
    if groups:
        yield (
            "the members of a group are those that the log shows, and those that were told:"
            f" {listed(groups)}"
        )
    unmet = len({(w.nodes, w.request) for w in made.assigned.unmet})
    if unmet:
        requests = "1 request was" if unmet == 1 else f"{unmet:,} sorts of requests were"
        yield f"{requests} allowed though nothing in the input grants it: no role was made for it"
    if made.odd:
        yield (
            "requests for what is called * are not taken as needed: a rule that allows them"
            " allows everything"
        )


def _unseen_verbs(made: Plan) -> Iterator[str]:
    for evidence in (NO_LOG, NOT_LOGGED):
        kept = {
            f"{needed.request.verb} on {needed.request.path or needed.request.full_resource}"
            for one in made.needing
            for needed in one.needs
            if needed.evidence == evidence
        }
        if kept:
            yield f"{evidence}: {listed(sorted(kept))}"
    lost: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for role in dict.fromkeys(grant.role for grant in made.chosen.grants):
        verbs = lost_checks(made.grants, role)
        if verbs:
            lost[verbs].append(role_name(role))
    for verbs, names in lost.items():
        yield (
            f"{', '.join(verbs)} are not kept, which no log can show and only the * of"
            f" {listed(names)} gave: state them where they are needed"
        )


class _Held:
    """The permissions of one role, by resource."""

    def __init__(self, permissions: Iterable[Permission]) -> None:
        self.verbs: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.names: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(dict)
        for one in permissions:
            thing = one.group, one.resource
            self.verbs[thing].add(one.verb)
            if one.name:
                self.names[thing].setdefault(one.name, set()).add(one.verb)

    def halves(self) -> list[str]:
        """Resources of which there is a list or a watch, but not both."""
        return [name for (_, name), own in sorted(self.verbs.items()) if len(own & _PAIR) == 1]

    def streams(self) -> list[str]:
        """Streams that may be asked for, but not by what WebSockets need too."""
        return [
            name
            for (group, name), own in sorted(self.verbs.items())
            if not group and name in _STREAMS and "get" in own and "create" not in own
        ]

    def mints(self) -> bool:
        """Whether a Secret of one name may be made and patched."""
        own = self.names["", "secrets"].values()
        return any({"create", "patch"} <= verbs for verbs in own)

    def pods(self) -> int:
        """How many Pods are named."""
        return len(self.names["", "pods"])


def _of_roles(draft: Draft) -> Iterator[str]:
    """Yield what is odd about the rights that are written, each oddity once."""
    roles = {role_name(w.change.key): _Held(w.permissions) for w in draft.roles}
    half = [f"{role} ({listed(own)})" for role, held in roles.items() if (own := held.halves())]
    if half:
        yield (
            f"list or watch alone: {listed(half)}; what keeps a cache needs both, which"
            " --verbs read gives"
        )
    mints = [role for role, held in roles.items() if held.mints()]
    if mints:
        yield (
            f"create with patch on a Secret of one name: {listed(mints)}; that is enough to make a"
            " token of any ServiceAccount of the namespace"
        )
    streams = [f"{role} ({listed(own)})" for role, held in roles.items() if (own := held.streams())]
    if streams:
        yield (
            f"get on a stream: {listed(streams)}; that is how WebSockets ask, which since"
            " Kubernetes 1.35 need create too, and no log shows it: state it where it is needed"
        )
    pods = [role for role, held in roles.items() if held.pods() > 1]
    if pods:
        yield f"Pods by name, and Pods come and go: {listed(pods)}; --names any takes them all"


_PAIR = frozenset({"list", "watch"})
