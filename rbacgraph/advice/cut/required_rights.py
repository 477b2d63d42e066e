"""Finds which edits would deny what must stay allowed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.edits.apply_edits import edited_binding
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import AUTOMOUNT, ELSEWHERE, Edit
from rbacgraph.advice.edits.required_support import RequiredRequest, Support
from rbacgraph.authz.match import rule_allows
from rbacgraph.authz.subjects import first_match, username_of
from rbacgraph.facts.world import Facts
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.changes.statement import NOTHING, Say, Statement
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needs
from rbacgraph.model.kubernetes.rbac import ClusterRoleBinding
from rbacgraph.model.node import SERVICE_ACCOUNT, Node, format_node
from rbacgraph.techniques.structure.member_of import closure, given_groups


def kept_tokens(
    world: Facts, kept: Iterable[Node], needs: Needs | None
) -> dict[ObjectKey, Statement]:
    """Return why ServiceAccounts must keep the tokens that their Pods mount."""
    stay, given = set(kept), given_groups(world)
    used = {
        one.user: one.needs[0].evidence for one in (needs.needing if needs else ()) if one.needs
    }
    found: dict[ObjectKey, Statement] = {}
    for account in world.snapshot.service_accounts:
        node = SERVICE_ACCOUNT, account.metadata.namespace, account.metadata.name
        why = used.get(username_of(node))
        if stay and not stay.isdisjoint((node, *closure(world, node, given))):
            why = NeedEvidence.of(How.KEPT)
        if why:
            found[key_of(account)] = Say.TOKEN_IS_NEEDED(format_node(node), why)
    return found


class Denial(NamedTuple):
    """Edits that may not all be made, by support, and the request that they would deny."""

    want: RequiredRequest
    supports: tuple[frozenset[Edit], ...]


class RequiredRights:
    """Finds which edits deny which requests.

    ``tokens``: why ServiceAccounts must keep their tokens: see :func:`kept_tokens`.
    """

    def __init__(self, editor: Editor, tokens: Mapping[ObjectKey, Statement] | None = None) -> None:
        self._editor = editor
        self._tokens = tokens or {}
        self._supports = editor.supported
        self._touched: dict[ObjectKey, list[tuple[int, int]]] = defaultdict(list)
        for number, (_, supports) in enumerate(self._supports):
            for place, support in enumerate(supports):
                for key in {key_of(support.held.binding), key_of(support.role)}:
                    self._touched[key].append((number, place))
        self._breaking: dict[int, dict[int, set[Edit]]] = defaultdict(lambda: defaultdict(set))
        self._seen: set[Edit] = set()
        self._denials: Sequence[Denial] | None = None
        self._forbidden: Mapping[Edit, RequiredRequest] | None = None

    def refusal(self, edit: Edit) -> Statement:
        """Return what an edit would take besides requests, if that is needed.

        It may take a token, or a right that is needed by a name that does not last.
        """
        if edit.sort == AUTOMOUNT:
            return self._tokens.get(edit.key, NOTHING)
        return self._editor.fading(edit)

    def heed(self, edits: Iterable[Edit]) -> None:
        """Check what some more edits deny."""
        for edit in edits:
            if edit in self._seen:
                continue
            self._seen.add(edit)
            for number, place in self._touched.get(edit.key, ()):
                want, supports = self._supports[number]
                if self._breaks(edit, want, supports[place]):
                    self._breaking[number][place].add(edit)
                    self._denials = self._forbidden = None

    def _breaks(self, edit: Edit, want: RequiredRequest, support: Support) -> bool:
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
        alone = replace(binding, subjects=(support.subject,))
        after_binding = edited_binding(self._editor, alone, [edit])
        return first_match(after_binding, want.user, want.groups) is None

    def denials(self) -> Sequence[Denial]:
        """Return what the checked edits could deny."""
        if self._denials is None:
            self._denials = tuple(self._found())
        return self._denials

    def _found(self) -> Iterator[Denial]:
        for number, breaking in self._breaking.items():
            want, supports = self._supports[number]
            if len(breaking) == len(supports):
                yield Denial(want, tuple(frozenset(edits) for edits in breaking.values()))

    def forbidden(self) -> Mapping[Edit, RequiredRequest]:
        """Return the edits that alone deny something, with what they deny."""
        if self._forbidden is None:
            found: dict[Edit, RequiredRequest] = {}
            for denial in self.denials():
                for edit in frozenset.intersection(*denial.supports):
                    found.setdefault(edit, denial.want)
            self._forbidden = found
        return self._forbidden
