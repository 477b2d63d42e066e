"""Finds the ServiceAccounts of operators, however an install calls them.

Some are recognised for certain (:mod:`rbacgraph.facts.operators.operators`). Of others a sign is
seen that something else might share: their name ends as the shipped one, the last part of an image
is the operator's name, a command line names a program of the operator, or labels show the operator
but nothing else does. Such an account counts if it also watches the operator's own resources, as
every controller does.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property

from rbacgraph.authz.match import ALL
from rbacgraph.facts.operators.known_names import known_by_name
from rbacgraph.facts.operators.marks import COMPONENT, NAME, AnyLabels, last_part, named_by_images
from rbacgraph.facts.operators.operators import EVERYBODYS, Operators, Run
from rbacgraph.facts.operators.table import OPERATORS, Operator
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.kubernetes.pods import labels_of_pack
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, service_accounts_group

_BY_NAME = {operator.name: operator for operator in OPERATORS}


class OperatorAccounts(WorldPart):
    """The existing ServiceAccounts of each operator of a cluster, by whatever shows them."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._operators = world.part(Operators)
        self._found: dict[str, list[Node]] = {}
        self._others: dict[str, list[Node]] = {}
        self._of: dict[tuple[str, str, tuple[str, ...]], Sequence[Node]] = {}
        for namespace, name in world.identities.service_accounts:
            node: Node = (SERVICE_ACCOUNT, namespace, name)
            operator = self._operators.of(node)
            if operator is None:
                self._others.setdefault(name, []).append(node)
            else:
                self._found.setdefault(operator.name, []).append(node)

    def recognised(self, operator: str) -> Sequence[Node]:
        """Return the accounts that are recognised for certain as an operator's."""
        return self._found.get(operator, ())

    def of(self, operator: str, program: str, names: tuple[str, ...]) -> Sequence[Node]:
        """Return the accounts as which a program of an operator may run.

        ``program``: the program's name in that table; ``""`` for every account of the operator.
        """
        key = operator, program, names
        if key not in self._of:
            row = _BY_NAME.get(operator)
            found = (*self.recognised(operator), *(self._likely(row, names) if row else ()))
            self._of[key] = [
                node for node in found if not (row and program) or self._runs(node, row, program)
            ]
        return self._of[key]

    def called(self, name: str) -> Sequence[Node]:
        """Return the accounts of a name that nothing shows to be those of an operator."""
        return self._others.get(name, ())

    def _runs(self, node: Node, operator: Operator, program: str) -> bool:
        """Whether a program of an operator may run as one of its accounts.

        Where nothing shows which one does, it is one that watches the operator's resources.
        """
        operators = self._operators
        labels, name = operators.account_labels(node), str(node[2])
        shown = shown_programs(operator, operators.runs_as(node), labels, name)
        return program in shown if shown else self._watches(node, operator.groups)

    # --- by weaker signs -------------------------------------------------------------

    def _likely(self, operator: Operator, names: tuple[str, ...]) -> Sequence[Node]:
        if not operator.groups:
            return ()
        signs = (
            *(node for name in names for node in self._ending_in(name)),
            *self._by_mark.get(operator.name, ()),
        )
        return [node for node in dict.fromkeys(signs) if self._watches(node, operator.groups)]

    @cached_property
    def _bound(self) -> Sequence[Node]:
        """The accounts that nothing shows for certain, and that some binding names."""
        bound = self._world.rbac.bindings_by_subject
        return [
            node
            for name, nodes in self._others.items()
            if name != EVERYBODYS
            for node in nodes
            if node in bound
        ]

    def _ending_in(self, name: str) -> Sequence[Node]:
        """Return those of a name, or whose names end in it behind a dash."""
        ending = f"-{name}"
        return [node for node in self._bound if node[2] == name or str(node[2]).endswith(ending)]

    @cached_property
    def _by_mark(self) -> Mapping[str, Sequence[Node]]:
        """Those by the operators that labels, the last parts of images or programs show."""
        found: dict[str, list[Node]] = {}
        for node in self._bound:
            shown = {one.name: None for one in self._operators.labelled(node)}
            for run in self._operators.runs_as(node):
                shown.update((one.name, None) for one in named_by_images(run.images))
                if run.program:
                    shown[known_by_name(run.program)] = None
            for name in shown:
                found.setdefault(name, []).append(node)
        return found

    def _watches(self, node: Node, groups: Collection[str]) -> bool:
        rbac, authorizer = self._world.rbac, self._world.authorizer
        together: Node = (GROUP, "", service_accounts_group(node[1])[2])
        return any(
            _watches(rule, groups)
            for subject in (node, together)
            for place in rbac.bindings_by_subject.get(subject, ())
            for role in authorizer.roles_of(rbac.bindings[place][0])
            for rule in role.rules or ()
        )


def _watches(rule: PolicyRule, groups: Collection[str]) -> bool:
    """Whether a rule lets its holder watch one of the resources of an operator."""
    if not {ALL, "watch"}.intersection(rule.verbs or ()):
        return False
    resources = rule.resources or ()
    return any(
        group == ALL
        or group in groups
        or any(
            f"{one}.{group}" in groups or (one == ALL and _has(groups, group)) for one in resources
        )
        for group in rule.api_groups or ()
    )


def _has(groups: Collection[str], group: str) -> bool:
    return any(one.endswith(f".{group}") for one in groups)


_KEYS = (COMPONENT, "app", "control-plane", "k8s-app", NAME)
"""Labels that may name a program: the first that names one decides."""


def shown_programs(
    operator: Operator,
    runs: Iterable[Run],
    labels: AnyLabels,
    name: str,
) -> frozenset[str]:
    """Return the programs of an operator that a ServiceAccount runs; none if nothing shows one.

    What runs shows it: the program that its command line names, then its image, then its labels.
    Without that the labels of the ServiceAccount show it, and at last its name.
    """
    running = frozenset[str]().union(*(_by_run(operator, one) for one in runs))
    return running or _by_labels(operator, labels) or _by_word(operator, name)


def _by_run(operator: Operator, run: Run) -> frozenset[str]:
    return (
        _by_word(operator, run.program)
        or _by_images(operator, run.images)
        or _by_labels(operator, labels_of_pack(run.labels))
    )


def _by_images(operator: Operator, images: Iterable[str]) -> frozenset[str]:
    parts = [last_part(image) for image in images]
    return frozenset(
        one.name
        for one in operator.programs
        if any(fnmatchcase(part, own) for part in parts for own in one.images)
    )


def _by_labels(operator: Operator, labels: AnyLabels) -> frozenset[str]:
    values = (value for key in _KEYS if isinstance(value := labels.get(key), str))
    return next(filter(None, (_by_word(operator, value) for value in values)), frozenset())


def _by_word(operator: Operator, value: str) -> frozenset[str]:
    """Return the program with the longest word that a name is, or ends with behind a dash."""
    found = {
        word: one.name
        for one in operator.programs
        for word in one.words
        if value == word or value.endswith(f"-{word}")
    }
    return frozenset({found[max(found, key=len)]}) if found else frozenset()
