"""Finds why a path exists in one cluster and not in another: the changed objects."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise, starmap

from msgspec.structs import replace

from rbacgraph.authz.aggregate import contribution, selector_of
from rbacgraph.authz.coverage import covers_all
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.diff import Cause, Deed, Part
from rbacgraph.model.answers.risk.cause_text import NO_TEXT, CauseText, Happening
from rbacgraph.model.inputs.diagnostic import NO_UID, Diagnostic
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import NEWEST_KUBERNETES, Snapshot
from rbacgraph.model.kubernetes.meta import LabelSelector, Object
from rbacgraph.model.kubernetes.rbac import (
    AnyBinding,
    AnyRole,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
)
from rbacgraph.model.node import SECRET, SERVICE_ACCOUNT, GraphNode, is_named
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.diff.changed_objects import (
    ObjectKey,
    Objects,
    UsedRules,
    deed,
    gave,
    has_rule,
    new_subjects,
    rules_of,
)
from rbacgraph.techniques.catalogue import RuleEdge
from rbacgraph.techniques.spec.compound_rights import HeldRight, uses_of
from rbacgraph.techniques.spec.technique import Right
from rbacgraph.techniques.structure.member_of import IMPLIED

HOLDS = "holds"
MOST_GUESSED = 20
"""The number of changed objects to name if no evidence shows the cause."""

Identity = tuple[str, str, str, str, int]
"""Kind, namespace, name and place of an object, which may have several versions."""

_OBJECTS = {
    SECRET: "Secret",
    SERVICE_ACCOUNT: "ServiceAccount",
    "pod": "Pod",
    "node": "Node",
    "configmap": "ConfigMap",
}
_BINDINGS = (RoleBinding, ClusterRoleBinding)
_RBAC = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"})


class Causes:
    """Finds the causes of paths that a new cluster has and an old one lacks."""

    def __init__(self, old: AccessGraph, new: AccessGraph) -> None:
        self._old = old
        self._new = new
        self._old_objects = Objects(old.world.snapshot)
        self._new_objects = Objects(new.world.snapshot)
        self._known: dict[tuple[int, bool], bool] = {}
        self._told: dict[int, tuple[Cause, ...]] = {}
        pairs = zip(new.world.rbac.binding_nodes, new.world.rbac.bindings, strict=True)
        self._bindings: dict[GraphNode, AnyBinding] = {
            node: binding for node, (binding, _) in pairs
        }
        self._guess: tuple[Cause, ...] | None = None

    def of(self, edges: Sequence[int], limits: PathFilter) -> tuple[Cause, ...]:
        """Return the new or changed evidence of a path's new edges."""
        new = [edge for edge in edges if self._is_new(edge, limits)]
        alike = (other for edge in new for other in self._alike(edge, limits))
        return merged(cause for edge in alike for cause in self.of_edge(edge))

    def _alike(self, edge: int, limits: PathFilter) -> Iterator[int]:
        """Yield an edge, and the edges by which other rules of the role give the same."""
        graph = self._new
        yield edge
        if isinstance(graph.kind_at(edge), RuleEdge):
            target, kind = graph.target_of[edge], graph.kind_of[edge]
            for other in graph.outgoing.of(graph.source_of[edge]):
                if (
                    other != edge
                    and (graph.target_of[other], graph.kind_of[other]) == (target, kind)
                    and limits.allows(graph, other)
                ):
                    yield other

    def beside(self, edges: Sequence[int], limits: PathFilter) -> tuple[Cause, ...]:
        """Return possible causes if no evidence shows one; never empty.

        These are the new targets of a path's new edges, or else all changed objects.
        """
        new = [edge for edge in edges if self._is_new(edge, limits)]
        return merged(self._appeared(new)) or self._guessed()

    def _is_new(self, edge: int, limits: PathFilter) -> bool:
        key = edge, limits.certain
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = not self._was_there(edge, limits)
        return known

    def _was_there(self, edge: int, limits: PathFilter) -> bool:
        new, old, limits = self._new, self._old, limits._replace(shut=frozenset())
        source = old.index.get(new.nodes[new.source_of[edge]])
        target = old.index.get(new.nodes[new.target_of[edge]])
        if source is None or target is None:
            return False
        kind = new.kind_of[edge]
        out, into = old.outgoing.of(source), old.incoming.of(target)
        if len(out) <= len(into):
            there = (e for e in out if old.target_of[e] == target)
        else:
            there = (e for e in into if old.source_of[e] == source)
        return any(old.kind_of[e] == kind and limits.allows(old, e) for e in there)

    def of_edge(self, edge: int) -> tuple[Cause, ...]:
        """Return the new or changed evidence of an edge of the new graph."""
        known = self._told.get(edge)
        if known is None:
            known = self._told[edge] = tuple(self._find(edge))
        return known

    def _find(self, edge: int) -> Iterator[Cause]:
        graph = self._new
        source = graph.nodes[graph.source_of[edge]]
        binding = self._bindings.get(source)
        if binding is not None:  # a binding's edge has its role as the target, and no evidence
            yield from self._binding(binding, None)
        for evidence in graph.explain(edge)[1]:
            yield from self._of_evidence(evidence, source, edge)

    def _of_evidence(self, evidence: Evidence, source: GraphNode, edge: int) -> Iterator[Cause]:
        obj = self._new_objects.meant(evidence)
        if obj is None:
            # Who is in a group by its kind is so wherever it exists at all.
            if evidence.kind == "Group" and self._new.basis_of(edge) != IMPLIED:
                yield Cause("Group", "", evidence.name, "added", text=_said(evidence))
        elif isinstance(obj, _BINDINGS):
            yield from self._binding(obj, source)
        elif isinstance(obj, Role | ClusterRole) and evidence.rule is not None:
            used = self._used(edge, obj, evidence.rule)
            yield from self._rule(obj, evidence.rule, evidence.detail, used)
        else:
            key = evidence.kind, evidence.namespace, evidence.name
            change = deed(obj, self._old_objects[key])
            if change:
                yield self._cause(obj, Cause(*key, change, text=_said(evidence)))

    def _binding(self, binding: AnyBinding, source: GraphNode | None) -> Iterator[Cause]:
        key = _key(binding)
        others = self._old_objects[key]
        if not others:
            parts = new_subjects(binding, (), source) if source else ()
            yield self._cause(binding, Cause(*key, "added", parts))
            return
        refs = {other.role_ref for other in others if isinstance(other, _BINDINGS)}
        if binding.role_ref not in refs and not self._gave(binding, others):
            ref = binding.role_ref
            part = Part("roleRef", 0, f"{ref.kind} {ref.name}")
            yield self._cause(binding, Cause(*key, "changed", (part,)))
            return
        parts = new_subjects(binding, others, source) if source else ()
        if parts:
            yield self._cause(binding, Cause(*key, "changed", parts))

    def _gave(self, binding: AnyBinding, others: Sequence[Object]) -> bool:
        """Whether a binding already gave everything, by its former role."""
        rules = [r for role in self._new.world.authorizer.roles_of(binding) for r in rules_of(role)]
        before = self._old.world.authorizer
        return bool(rules) and any(
            covers_all([r for role in before.roles_of(other) for r in rules_of(role)], rules)
            for other in others
            if isinstance(other, _BINDINGS)
        )

    def of_rule(
        self, role: AnyRole, number: int, detail: str, used: UsedRules
    ) -> tuple[Cause, ...]:
        """Return why a role of the new graph has a rule, if its old version gave less."""
        return merged(self._rule(role, number, detail, used))

    def _rule(self, role: AnyRole, number: int, detail: str, used: UsedRules) -> Iterator[Cause]:
        rule = (role.rules or ())[number]
        old = self._old_objects[_key(role)]
        if has_rule(old, rule) or gave(old, used):
            return
        found = None
        if isinstance(role, ClusterRole):
            found = contribution(self._new.world.snapshot.cluster_roles, role, rule)
        if found is None:
            yield from self._own_rule(role, number, detail, used)
            return
        # The rule is in another role; those before it only repeat it.
        own = self._new.world.authorizer.own_detail(role, number, detail)
        roles, number = found
        causes = [
            *self._own_rule(
                roles[-1],
                number,
                own,
                used,
                Happening.AGGREGATED_TO(role.metadata.name),
            ),
            *chain.from_iterable(starmap(self._aggregated, pairwise(roles))),
        ]
        into = tuple(one.metadata.name for one in roles[:-1])
        yield from (replace(cause, into=into) for cause in causes)

    def _used(self, edge: int, role: Role | ClusterRole, number: int) -> UsedRules:
        """Return what an edge uses of a rule, or the whole rule."""
        graph = self._new
        rule, kind = (role.rules or ())[number], graph.kind_at(edge)
        names = rule.resource_names
        rights: Iterable[Sequence[Right]] = ()
        if isinstance(kind, RuleEdge):
            rights = (kind.rights,)  # one of them is enough
            name = graph.nodes[graph.target_of[edge]][2]
            names = (name,) if names and name in names else names
        elif kind.id == HOLDS:
            uses = (use for use in uses_of(graph.basis_of(edge)) if isinstance(use, HeldRight))
            rights = [(use.right,) for use in uses if use.role is role and use.number == number]
        return [
            [
                PolicyRule((verb,), (right.group,), (right.full_resource,), names)
                for right in several
                for verb in right.verbs_in(rule)
            ]
            for several in rights
        ] or [[rule]]

    def _own_rule(
        self,
        role: Role | ClusterRole,
        number: int,
        detail: str,
        used: UsedRules,
        text: CauseText = NO_TEXT,
    ) -> Iterator[Cause]:
        key = _key(role)
        others = self._old_objects[key]
        if not (has_rule(others, (role.rules or ())[number]) or gave(others, used)):
            change: Deed = "changed" if others else "added"
            yield self._cause(role, Cause(*key, change, (Part("rules", number, detail),), text))

    def _aggregated(self, role: ClusterRole, source: ClusterRole) -> Iterator[Cause]:
        """Yield why a role takes another one's rules: the other's label, or its own selector."""
        old_roles, old_sources = (
            [one for one in self._old_objects[_key(known)] if isinstance(one, ClusterRole)]
            for known in (role, source)
        )
        labels = source.metadata.labels or {}
        were = [one.metadata.labels or {} for one in old_sources]
        if any(selector_of(one, before) for one in old_roles for before in were):
            return
        by_selector = not any(selector_of(one, labels) for one in old_roles)
        if by_selector:
            change: Deed = "changed" if old_roles else "added"
            part = Part("aggregationRule", 0, str(Happening.SELECTS(source.metadata.name)))
            yield self._cause(role, Cause(*_key(role), change, (part,)))
        if were and not (by_selector and any(selector_of(role, before) for before in were)):
            parts = _new_labels(selector_of(role, labels), labels, were)
            text = Happening.AGGREGATED_TO(role.metadata.name)
            yield self._cause(source, Cause(*_key(source), "changed", parts, text))

    def _appeared(self, edges: Sequence[int]) -> Iterator[Cause]:
        """Yield the new objects at either end of edges."""
        graph = self._new
        for edge in edges:
            for number in (graph.target_of[edge], graph.source_of[edge]):
                node = graph.nodes[number]
                if node not in self._old.index and node[0] in _OBJECTS and is_named(node):
                    key = (_OBJECTS[node[0]], *node[1:])
                    obj = next(iter(self._new_objects[key]), None)
                    text = NO_TEXT if obj else Happening.IS_REFERRED_TO()
                    yield self._cause(obj, Cause(*key, "added", text=text))

    def _guessed(self) -> tuple[Cause, ...]:
        if self._guess is None:
            changed = tuple(self._all_changed())
            more = tuple(cause for cause in changed if not self._is_less(cause))
            self._guess = tuple(self._settings()) or more or changed
        return self._guess

    def _is_less(self, cause: Cause) -> bool:
        """Whether a role or binding gives only what it gave before."""
        key = identity(cause)[:3]
        new, old = self._new_objects[key], self._old_objects[key]
        if cause.change != "changed" or cause.kind not in _RBAC:
            return False
        return all(
            not new_subjects(one, old, None) and self._gave(one, old)
            if isinstance(one, _BINDINGS)
            else gave(old, [[rule] for rule in rules_of(one)])
            for one in new
        )

    def _settings(self) -> Iterator[Cause]:
        """Yield changes that are no objects: the version, and what was listed completely."""
        old, new = self._old.world.snapshot, self._new.world.snapshot
        was, now = _version(old), _version(new)
        if was != now:
            yield Cause("Kubernetes", "", now, "changed", text=Happening.NEW_VERSION(now, was))
        if old.listed != new.listed:
            cause = Cause("Input", "", "listed", "changed", text=Happening.OTHER_KINDS_LISTED())
            alone = _no_uid(old, new) or _no_uid(new, old)
            if alone:
                said = Happening.OTHER_KINDS_LISTED_AS(alone.message)
                cause = replace(cause, text=said, file=alone.file, line=alone.line)
            yield cause

    def _all_changed(self) -> Iterator[Cause]:
        """Yield the changed objects, first those that are no roles or bindings."""
        old, new = self._old_objects, self._new_objects
        found = []
        for key in sorted({*old, *new}, key=lambda key: (key[0] in _RBAC, key)):
            kind, namespace, name = key
            if not new[key]:
                file, line = old.snapshot.where(old[key][0])
                unseen = new.snapshot.is_partial(kind, namespace)
                change: Deed = "unseen-after" if unseen else "removed"
                found.append(Cause(kind, namespace, name, change, file=file, line=line))
                continue
            found += [
                self._cause(one, Cause(kind, namespace, name, done))
                for one in new[key]
                if (done := deed(one, old[key])) is not None
            ]
            for one in old[key] if len(new[key]) < len(old[key]) else ():
                if deed(one, new[key]):
                    file, line = old.snapshot.where(one)
                    cause = Cause(
                        kind, namespace, name, "changed", text=Happening.VERSION_IS_GONE()
                    )
                    found.append(replace(cause, file=file, line=line))
        yield from found[:MOST_GUESSED]
        if not found:
            yield Cause("Input", "", "", "changed", text=Happening.NOTHING_SHOWS_IT())

    def _cause(self, obj: Object | None, cause: Cause) -> Cause:
        """Return a cause at the place of its object, and without a claim that rests on no list."""
        if cause.change == "added" and self._old.world.snapshot.is_partial(
            cause.kind, cause.namespace
        ):
            cause = replace(cause, change="unseen-before")
        if obj is None:
            return cause
        file, line = self._new_objects.snapshot.where(obj)
        return replace(cause, file=file, line=line)


def _no_uid(one: Snapshot, other: Snapshot) -> Diagnostic | None:
    """Return what shows of a side alone that it proves no absence, if it proves less."""
    if other.listed <= one.listed:
        return None
    known = {(d.code, d.message) for d in other.diagnostics}
    found = (d for d in one.diagnostics if d.code == NO_UID and (d.code, d.message) not in known)
    return next(found, None)


def _said(evidence: Evidence) -> CauseText:
    return Happening.AS_EVIDENCE_SAYS(evidence.detail) if evidence.detail else NO_TEXT


def _new_labels(
    selector: LabelSelector | None, labels: dict[str, str], were: Sequence[dict[str, str]]
) -> tuple[Part, ...]:
    """Return the labels that a selector requires and that changed."""
    asked = {
        *((selector and selector.match_labels) or ()),
        *(one.key for one in (selector and selector.match_expressions) or ()),
    }
    return tuple(
        Part("metadata.labels", number, f"{name}: {value}")
        for number, (name, value) in enumerate(labels.items())
        if name in asked and any(before.get(name) != value for before in were)
    )


def _key(obj: AnyBinding | Role | ClusterRole) -> ObjectKey:
    return type(obj).__name__, obj.metadata.namespace, obj.metadata.name


def _version(snapshot: Snapshot) -> str:
    return ".".join(map(str, snapshot.kubernetes_version or NEWEST_KUBERNETES))


def merged(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Merge the parts of each object."""
    found: dict[Identity, Cause] = {}
    for cause in causes:
        key = identity(cause)
        known = found.get(key)
        found[key] = cause if known is None else united((known, cause))
    return tuple(sorted(found.values()))


def united(causes: Sequence[Cause]) -> Cause:
    """Merge several causes that are the same object."""
    parts = tuple(sorted({part for cause in causes for part in cause.parts}))
    text = next((cause.text for cause in causes if cause.text), NO_TEXT)
    into = tuple(sorted({name for cause in causes for name in cause.into}))
    return replace(causes[0], parts=parts, text=text, into=into)


def identity(cause: Cause) -> Identity:
    """Return the part of a cause that is the same for everything it opens."""
    return cause.kind, cause.namespace, cause.name, cause.file, cause.line
