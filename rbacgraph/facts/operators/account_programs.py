"""Finds which of an operator's programs run as a ServiceAccount.

What runs shows it: the program that its command line names, then its image, then its labels.
Without that the labels of the ServiceAccount show it, and at last its name.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from rbacgraph.facts.operators.marks import COMPONENT, NAME, AnyLabels, last_part
from rbacgraph.facts.operators.operators import Run
from rbacgraph.facts.operators.table import Operator
from rbacgraph.model.kubernetes.pods import labels_of_pack

_KEYS = (COMPONENT, "app", "control-plane", "k8s-app", NAME)
"""Labels that may name a program: the first that names one decides."""


def shown_programs(
    operator: Operator,
    runs: Iterable[Run],
    labels: AnyLabels,
    name: str,
) -> frozenset[str]:
    """Return the programs of an operator that a ServiceAccount runs; none if nothing shows one."""
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
