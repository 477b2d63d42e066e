"""Rates findings for code scanning: by certainty, effort, who starts and what is reached.

GitHub reads the number of a rule, not that of a result
(https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning#reportingdescriptor-object):
so each severity of a technique is a rule of its own.
"""

from collections.abc import Iterable, Sequence

from rbacgraph.model import node
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.effort import is_high, path_effort
from rbacgraph.report.formats.sarif import SecuritySeverity
from rbacgraph.report.text.layout.text import count, listing
from rbacgraph.report.text.words import namespace_of

CRITICAL = SecuritySeverity("critical", 9.5)
HIGH = SecuritySeverity("high", 8.0)
MEDIUM = SecuritySeverity("medium", 5.5)
LOW = SecuritySeverity("low", 2.5)

_MANY = frozenset(
    map(
        node.format_node,
        (node.ANONYMOUS, node.UNAUTHENTICATED, node.AUTHENTICATED, node.EVERY_SERVICE_ACCOUNT),
    )
)


class Rated:
    """Principals that each reach some Secrets or identities by a path of this kind.

    ``principals``, ``targets``: printed nodes; a target without a namespace, such as a Node, is of
        the whole cluster.
    ``path``: the path of the lowest effort.
    ``certain``: whether the path depends on no condition.
    """

    def __init__(
        self, principals: Iterable[str], targets: Sequence[str], path: Path, *, certain: bool
    ) -> None:
        self._effort = path.effort
        self._certain = certain
        self._many = sorted(_MANY & set(principals))
        self._namespaces = len({namespace_of(target) for target in targets} - {""})
        self._cluster = any(not namespace_of(target) for target in targets)

    @property
    def severity(self) -> SecuritySeverity:
        """Return the severity: a certain path is high at least, a conditional one high at most."""
        wide = bool(self._many) or self._namespaces > 1 or self._cluster
        hard = is_high(self._effort)
        if self._certain:
            return CRITICAL if wide else HIGH
        if wide:
            return MEDIUM if hard else HIGH
        return LOW if hard else MEDIUM

    @property
    def sentence(self) -> str:
        """Return the severity with its factors."""
        factors = ["certain" if self._certain else "conditional", path_effort(self._effort)]
        if self._many:
            factors.append(f"from {listing(self._many)}")
        if self._namespaces > 1:
            factors.append(f"in {count(self._namespaces, 'namespace')}")
        if self._cluster:
            factors.append("of the whole cluster")
        return f"Severity {self.severity.name}: {', '.join(factors)}."
