"""Fills in aggregated ClusterRoles with the rules of the ClusterRoles that they select.

The control plane overwrites ``rules`` of a ClusterRole that has an ``aggregationRule``. So
rbacgraph keeps the rules that came from a server, and computes those of a manifest, to a fixpoint,
because aggregated roles may select each other.

Source: kubernetes ``pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go``
and ``staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go`` (``LabelSelectorAsSelector``).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product

from msgspec.structs import replace

from rbacgraph.authz.coverage import covers
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.kubernetes.meta import LabelSelector, LabelSelectorRequirement, Object
from rbacgraph.model.kubernetes.rbac import ClusterRole, PolicyRule

Where = Callable[[Object], tuple[str, int]]
_Rules = tuple[PolicyRule, ...]


def _nowhere(_: Object) -> tuple[str, int]:
    return "", 0


def aggregate(
    cluster_roles: Sequence[ClusterRole], *, complete: bool = False, where: Where = _nowhere
) -> tuple[tuple[ClusterRole, ...], tuple[Diagnostic, ...]]:
    """Return the ClusterRoles with the rules of aggregated ones filled in.

    ``cluster_roles``: all known ClusterRoles, in any order.
    ``complete``: whether these are all ClusterRoles of a server; only then is a difference between
        its rules and those that follow from the labels worth a diagnostic.
    Returns the same roles in the same order. Those with an ``aggregationRule`` that did not come
        from a server (which gives every object a ``uid``) have computed rules.
    Returns what was ignored, or differs.
    """
    aggregated = [role for role in cluster_roles if role.aggregation_rule is not None]
    if not aggregated:
        return tuple(cluster_roles), ()
    fill = _Fill(cluster_roles, aggregated)
    roles = tuple(
        role if role.aggregation_rule is None else replace(role, rules=fill.rules(role) or None)
        for role in cluster_roles
    )
    diagnostics = []
    for role in aggregated:
        file, line = where(role)
        if any(_is_invalid(selector) for selector in _selectors(role)):
            text = f"ClusterRole {role.metadata.name} has an invalid selector in aggregationRule"
            advice = "that selector was taken to match nothing"
            diagnostics.append(Diagnostic(file, line, "invalid-selector", text, advice))
        if not role.metadata.uid:
            diagnostics += _ignored(role, fill.rules(role), file, line)
        elif complete:
            diagnostics += _differing(role, fill.sources(role), file, line)
    return roles, tuple(diagnostics)


def refilled(
    before: Sequence[ClusterRole], after: Sequence[ClusterRole]
) -> tuple[ClusterRole, ...]:
    """Return aggregated ClusterRoles as the control plane fills them in after other roles changed.

    ``before``, ``after``: all ClusterRoles, filled in, before and after the changes.
    Returns the roles after the changes. If an aggregated role selects, or selected, a changed role,
        its rules are computed, even if a server had filled them in.
    """
    old, new = _by_name(before), _by_name(after)
    stale = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    selections = _Selection(before), _Selection(after)
    waiting = {role.metadata.name for role in after if role.aggregation_rule is not None} - stale
    grown = True
    while grown:
        grown = False
        for name in sorted(waiting):
            sources = (one for s, role in product(selections, new[name]) for one in s.by(role))
            if any(source.metadata.name in stale for source in sources):
                stale.add(name)
                waiting.discard(name)
                grown = True
    bare = [
        replace(role, metadata=replace(role.metadata, uid=""))
        if role.aggregation_rule is not None and role.metadata.name in stale
        else role
        for role in after
    ]
    filled, _ = aggregate(bare)
    return tuple(
        replace(role, rules=own.rules) if role.metadata.name in stale else role
        for role, own in zip(after, filled, strict=True)
    )


def _by_name(roles: Iterable[ClusterRole]) -> Mapping[str, list[ClusterRole]]:
    """Return roles by name: the input may hold several of one."""
    found: dict[str, list[ClusterRole]] = defaultdict(list)
    for role in roles:
        found[role.metadata.name].append(role)
    return found


def _ignored(role: ClusterRole, rules: _Rules, file: str, line: int) -> Iterable[Diagnostic]:
    covered, uncovered = covers(rules, role.rules or ())
    if not covered:
        yield Diagnostic(
            file,
            line,
            "aggregated-rules-ignored",
            f"ClusterRole {role.metadata.name} is aggregated, so that its rules are overwritten:"
            f" {len(uncovered)} of the rights written there come from no role that it selects",
            "its rules were computed from labels; put such rules into a labelled ClusterRole",
        )


def _differing(
    role: ClusterRole, sources: Sequence[ClusterRole], file: str, line: int
) -> Iterable[Diagnostic]:
    filled = {_key(rule) for rule in role.rules or ()}
    wanted = {_key(rule) for source in sources for rule in source.rules or ()}
    if filled != wanted:
        yield Diagnostic(
            file,
            line,
            "aggregation-differs",
            f"the server's rules of aggregated ClusterRole {role.metadata.name} are not those of"
            f" the roles it selects: {len(wanted - filled)} missing, {len(filled - wanted)} more",
            "the server's rules were used; is its aggregation controller running?",
        )


def contributor(
    cluster_roles: Iterable[ClusterRole], role: ClusterRole, rule: PolicyRule
) -> tuple[ClusterRole, int] | None:
    """Return the ClusterRole, and the rule's index in it, from which a filled-in rule comes.

    None for a role that is not aggregated, or whose own text has the rule.
    """
    found = contribution(cluster_roles, role, rule)
    return (found[0][-1], found[1]) if found else None


def contribution(
    cluster_roles: Iterable[ClusterRole], role: ClusterRole, rule: PolicyRule
) -> tuple[Sequence[ClusterRole], int] | None:
    """Return the chain of ClusterRoles that gives a filled-in rule, and its index in the last one.

    The first is the role itself, and each role selects the next one. None for a role that is not
    aggregated, or whose own text has the rule.
    """
    return next(contributions(cluster_roles, role, rule), None)


def contributions(
    cluster_roles: Iterable[ClusterRole], role: ClusterRole, rule: PolicyRule
) -> Iterator[tuple[Sequence[ClusterRole], int]]:
    """Yield the chain for each role that a rule comes from, the nearest first.

    For a role that a server filled, the sources are selected manifests that the server has not
    seen.
    """
    if role.aggregation_rule is None:
        return
    selection, wanted = _Selection(cluster_roles), _key(rule)
    waiting: list[tuple[ClusterRole, ...]] = [(role,)]
    seen = {id(role)}
    for roles in waiting:  # the list grows while it is read
        to = roles[-1]
        for source in selection.by(to):
            if id(source) in seen or (to.metadata.uid and source.assumed):
                continue
            seen.add(id(source))
            if source.aggregation_rule is not None:
                waiting.append((*roles, source))
            if _has_own(selection, source, to, wanted):
                for index, found in enumerate(source.rules or ()):
                    if _key(found) == wanted:
                        yield (*roles, source), index


def _has_own(
    selection: "_Selection", source: ClusterRole, to: ClusterRole, wanted: tuple[object, ...]
) -> bool:
    """Whether a role may take a rule from another role's own text."""
    if to.metadata.uid and source.metadata.uid:
        return False  # the server has seen the other role, and copied its rules
    if source.aggregation_rule is None:
        return True
    return bool(source.metadata.uid) and not any(
        _key(rule) == wanted
        for more in selection.by(source)
        if not (more.metadata.uid or more.assumed or more.aggregation_rule)
        for rule in more.rules or ()
    )


def selector_of(role: ClusterRole, labels: dict[str, str]) -> LabelSelector | None:
    """Return the first selector by which an aggregated ClusterRole selects some labels."""
    found = (one for one in _selectors(role) if selector_matches(one, labels))
    return next(found, None)


class _Fill:
    """Computes the rules of aggregated ClusterRoles until nothing changes.

    A role of a manifest takes the rules of all roles that it selects. A role that a server filled
    keeps its rules, and takes those of selected manifests that the server has not seen.
    """

    def __init__(self, roles: Sequence[ClusterRole], aggregated: Sequence[ClusterRole]) -> None:
        selection = _Selection(roles)
        self._sources = {id(role): selection.by(role) for role in aggregated}
        self._gained: dict[int, _Rules] = {id(role): () for role in aggregated}
        self._converge(sorted(aggregated, key=lambda role: role.metadata.name))

    def sources(self, role: ClusterRole) -> tuple[ClusterRole, ...]:
        """Return the ClusterRoles that ``role`` selects, in the order of their evaluation."""
        return self._sources[id(role)]

    def rules(self, role: ClusterRole) -> _Rules:
        """Return the rules of any ClusterRole, aggregated or not."""
        gained = self._gained.get(id(role))
        if gained is None:
            return role.rules or ()
        if not role.metadata.uid:
            return gained
        own = role.rules or ()
        known = set(map(_key, own))
        return (*own, *(rule for rule in gained if _key(rule) not in known))

    def _converge(self, ordered: Sequence[ClusterRole]) -> None:
        """Repeat until nothing changes.

        The sets only grow, so they converge. Their order need not, if roles select each other in a
        circle: it stays as it is some rounds after the sets last grew.
        """
        settled = 0
        while settled <= len(ordered):
            before = dict(self._gained)
            for role in ordered:
                self._gained[id(role)] = _distinct(
                    *(self._contribution(source, role) for source in self.sources(role))
                )
            if before == self._gained:
                break
            grown = any(len(before[key]) != len(gained) for key, gained in self._gained.items())
            settled = 0 if grown else settled + 1

    def _contribution(self, source: ClusterRole, to: ClusterRole) -> _Rules:
        if not to.metadata.uid:
            return self.rules(source)
        if source.metadata.uid:
            return self._gained.get(id(source), ())
        return () if source.assumed else self.rules(source)


def _distinct(*lists: _Rules) -> _Rules:
    found: dict[tuple[tuple[str, ...], ...], PolicyRule] = {}
    for rules in lists:
        for rule in rules:
            found.setdefault(_key(rule), rule)
    return tuple(found.values())


def _key(rule: PolicyRule) -> tuple[tuple[str, ...], ...]:
    """Return the key that equal rules share: Kubernetes treats an absent list as an empty one."""
    return (
        rule.verbs or (),
        rule.api_groups or (),
        rule.resources or (),
        rule.resource_names or (),
        rule.non_resource_urls or (),
    )


def _selectors(role: ClusterRole) -> tuple[LabelSelector, ...]:
    return (role.aggregation_rule and role.aggregation_rule.cluster_role_selectors) or ()


class _Selection:
    """Indexes ClusterRoles by name and label, so that a selector is tried on few of them."""

    def __init__(self, roles: Iterable[ClusterRole]) -> None:
        self._all = sorted(roles, key=lambda role: role.metadata.name)
        self._labelled: dict[tuple[str, str], list[ClusterRole]] = defaultdict(list)
        for role in self._all:
            for label in (role.metadata.labels or {}).items():
                self._labelled[label].append(role)

    def by(self, role: ClusterRole) -> tuple[ClusterRole, ...]:
        """Return the roles whose rules ``role`` takes: by selector, then by name; never itself."""
        return tuple(
            candidate
            for selector in _selectors(role)
            for candidate in self._candidates(selector)
            if candidate.metadata.name != role.metadata.name
            and selector_matches(selector, candidate.metadata.labels or {})
        )

    def _candidates(self, selector: LabelSelector) -> Sequence[ClusterRole]:
        lists = [self._labelled.get(label, []) for label in (selector.match_labels or {}).items()]
        return min(lists, key=len, default=self._all)


def selector_matches(selector: LabelSelector, labels: dict[str, str]) -> bool:
    """Whether a label selector matches labels; the empty one matches everything.

    Examples
    --------
    >>> selector_matches(LabelSelector(), {"a": "b"})
    True
    >>> selector_matches(LabelSelector(match_labels={"a": "b"}), {"a": "c"})
    False
    """
    return all(
        labels.get(key) == value for key, value in (selector.match_labels or {}).items()
    ) and all(_requirement_matches(r, labels) for r in selector.match_expressions or ())


def selected_labels(role: ClusterRole) -> dict[str, str] | None:
    """Return labels by which an aggregated ClusterRole selects others; None if there are none.

    Examples
    --------
    >>> from rbacgraph.model.kubernetes.meta import ClusterRoleMeta
    >>> from rbacgraph.model.kubernetes.rbac import AggregationRule
    >>> rule = AggregationRule((LabelSelector(match_labels={"to-view": "true"}),))
    >>> selected_labels(ClusterRole(metadata=ClusterRoleMeta("view"), aggregation_rule=rule))
    {'to-view': 'true'}
    """
    found = map(_matching_labels, _selectors(role))
    return next((labels for labels in found if labels is not None), None)


def _matching_labels(selector: LabelSelector) -> dict[str, str] | None:
    """Return labels that match a selector: a matching value for each key."""
    labels, expressions = selector.match_labels or {}, selector.match_expressions or ()
    found: dict[str, str] = {}
    for key in sorted({*labels, *(expression.key for expression in expressions)}):
        own = tuple(expression for expression in expressions if expression.key == key)
        equal = {key: labels[key]} if key in labels else {}
        values = sorted({*equal.values(), *(v for one in own for v in one.values or ())})
        options = ({}, *({key: value} for value in (*values, "x".join(("", *values, "")))))
        of_key = LabelSelector(equal, own)
        matching = next((option for option in options if selector_matches(of_key, option)), None)
        if matching is None:
            return None
        found.update(matching)
    return found


def _requirement_matches(requirement: LabelSelectorRequirement, labels: dict[str, str]) -> bool:
    key, values = requirement.key, requirement.values or ()
    if _is_invalid_requirement(requirement):
        return False
    match requirement.operator:
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels


def _is_invalid(selector: LabelSelector) -> bool:
    return any(_is_invalid_requirement(r) for r in selector.match_expressions or ())


def _is_invalid_requirement(requirement: LabelSelectorRequirement) -> bool:
    """Whether the operator is unknown, or its values are missing or not allowed."""
    if requirement.operator in {"In", "NotIn"}:
        return not requirement.values
    return requirement.operator not in {"Exists", "DoesNotExist"} or bool(requirement.values)
