"""What must stay allowed, and which edits would deny it.

A request is allowed by each rule that somebody holds through each binding. As long as one of
these supports stays, it is allowed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rbacgraph.advice.edited import edited_binding
from rbacgraph.advice.editor import Editor
from rbacgraph.advice.edits import AUTOMOUNT, ELSEWHERE, Edit
from rbacgraph.authz.match import Request, rule_allows
from rbacgraph.authz.resolve import HeldRule
from rbacgraph.authz.subjects import MASTERS, first_match
from rbacgraph.edges.member_of import closure, given_groups
from rbacgraph.edges.world import World
from rbacgraph.model.change import Key, key_of
from rbacgraph.model.need import Needs
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, format_node
from rbacgraph.model.rbac import AnyRole, ClusterRoleBinding

_ON_SECRET = ("get", "list", "watch", "update", "patch", "delete")
_ON_SECRETS = ("list", "watch", "deletecollection")


class Want(NamedTuple):
    """A request that must stay allowed to somebody.

    Parameters
    ----------
    who:
        As printed.
    user, groups:
        As an authorizer takes them.
    request:
        The request.
    why:
        Why it must, in words.
    """

    who: str
    user: str
    groups: tuple[str, ...]
    request: Request
    why: str


def words_of(want: Want) -> str:
    """Say what may not be denied."""
    request = want.request
    what = request.path or request.full_resource
    name = f" {request.name}" if request.name else ""
    where = f" in {request.namespace}" if request.namespace else ""
    return f"{want.who} would lose {request.verb} on {what}{name}{where} ({want.why})"


class _Support(NamedTuple):
    """A rule through a binding; a rule of an aggregated ClusterRole by where it comes from."""

    held: HeldRule
    role: AnyRole
    rule: int


def direct_wants(world: World, kept: Iterable[Node], secret: tuple[str, str]) -> Iterator[Want]:
    """Yield the requests on a Secret itself that those who are kept may make."""
    namespace, name = secret
    given = given_groups(world)
    for node in kept:
        groups = [part[2] for part in closure(world, node, given) if part[0] == GROUP]
        user = _username(node)
        if node[0] == GROUP:
            groups.insert(0, node[2])
        requests = [Request(verb, "", "secrets", "", namespace, name) for verb in _ON_SECRET]
        requests += [Request(verb, "", "secrets", "", namespace) for verb in _ON_SECRETS]
        for request in requests:
            yield Want(format_node(node), user, tuple(groups), request, "it is kept")


def _username(node: Node) -> str:
    kind, namespace, name = node
    if kind == SERVICE_ACCOUNT:
        return f"system:serviceaccount:{namespace}:{name}"
    return "" if kind == GROUP else name


def kept_tokens(world: World, kept: Iterable[Node], needs: Needs | None) -> dict[Key, str]:
    """Return why ServiceAccounts must keep the tokens that their Pods mount."""
    stay, given = set(kept), given_groups(world)
    used = {
        one.user: one.needs[0].evidence for one in (needs.needing if needs else ()) if one.needs
    }
    found: dict[Key, str] = {}
    for account in world.snapshot.service_accounts:
        node = SERVICE_ACCOUNT, account.metadata.namespace, account.metadata.name
        why = used.get(_username(node), "")
        if stay and not stay.isdisjoint((node, *closure(world, node, given))):
            why = "it is kept"
        if why:
            found[key_of(account)] = f"{format_node(node)} would lose its token in Pods ({why})"
    return found


def needed_wants(needs: Needs) -> Iterator[Want]:
    """Yield the requests that are needed."""
    for needing in needs.needing:
        who = needing.user or ", ".join(needing.groups)
        for needed in needing.needs:
            for request in (needed.request, *needed.instead):
                yield Want(who, needing.user, needing.groups, request, needed.evidence)


class Denial(NamedTuple):
    """Edits that may not all be made, by support, and what they would deny."""

    want: Want
    supports: tuple[frozenset[Edit], ...]


class Keeping:
    """Tells which edits deny what.

    Parameters
    ----------
    editor:
        The edits that there are.
    world:
        The cluster.
    wants:
        What must stay allowed, as far as it is allowed now.
    tokens:
        Why ServiceAccounts must keep their tokens: see :func:`kept_tokens`.
    """

    def __init__(
        self,
        editor: Editor,
        world: World,
        wants: Iterable[Want],
        tokens: Mapping[Key, str] | None = None,
    ) -> None:
        self._editor = editor
        self._tokens = tokens or {}
        self._world = world
        self._supports: list[tuple[Want, Sequence[_Support]]] = []
        self._touched: dict[Key, list[tuple[int, int]]] = defaultdict(list)
        for want in dict.fromkeys(wants):
            if MASTERS not in want.groups:
                self._note(want)
        self._breaking: dict[int, dict[int, set[Edit]]] = defaultdict(lambda: defaultdict(set))
        self._seen: set[Edit] = set()

    def _note(self, want: Want) -> None:
        authorizer, request = self._world.authorizer, want.request
        found = []
        for held in authorizer.rules_for(want.user, want.groups, request.namespace):
            if rule_allows(held.rule, request):
                sources = self._editor.sources(held.role, held.rule_index)
                found += [_Support(held, role, rule) for role, rule in sources]
        if not found:
            return
        number = len(self._supports)
        self._supports.append((want, found))
        for place, support in enumerate(found):
            for key in {key_of(support.held.binding), key_of(support.role)}:
                self._touched[key].append((number, place))

    def token(self, edit: Edit) -> str:
        """Say whose needed token an edit takes, "" where it takes none."""
        return self._tokens.get(edit.key, "") if edit.sort == AUTOMOUNT else ""

    def heed(self, edits: Iterable[Edit]) -> None:
        """Look at what some more edits deny."""
        for edit in edits:
            if edit in self._seen:
                continue
            self._seen.add(edit)
            for number, place in self._touched.get(edit.key, ()):
                want, supports = self._supports[number]
                if self._breaks(edit, want, supports[place]):
                    self._breaking[number][place].add(edit)

    def _breaks(self, edit: Edit, want: Want, support: _Support) -> bool:
        if edit.rule >= 0:
            if (edit.key, edit.rule) != (key_of(support.role), support.rule):
                return False
            after = self._editor.narrowed(support.role, support.rule, [edit])
            return not any(rule_allows(one, want.request) for one in after)
        binding = support.held.binding
        if edit.key != key_of(binding):
            return False
        if edit.sort == ELSEWHERE and isinstance(binding, ClusterRoleBinding):
            moved = want.request.namespace in self._editor.other_namespaces
            if moved and want.request.path is None:
                return False
        after_binding = edited_binding(self._editor, binding, [edit])
        return first_match(after_binding, want.user, want.groups) is None

    def denials(self) -> Iterator[Denial]:
        """Yield what could be denied by the edits that were looked at."""
        for number, breaking in self._breaking.items():
            want, supports = self._supports[number]
            if len(breaking) == len(supports):
                yield Denial(want, tuple(frozenset(edits) for edits in breaking.values()))

    def forbidden(self) -> Mapping[Edit, Want]:
        """Return the edits that alone deny something, with what they deny."""
        found: dict[Edit, Want] = {}
        for denial in self.denials():
            for edit in frozenset.intersection(*denial.supports):
                found.setdefault(edit, denial.want)
        return found
