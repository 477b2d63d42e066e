"""The kinds of programs of monitoring: where each is decoded and kept."""

from rbacgraph.model.kubernetes.monitoring import PROGRAMS
from rbacgraph.sources.kept_kind import KeptKind
from rbacgraph.sources.monitoring.programs import ProgramWire, to_program

_HIDES = "whose objects Prometheus, Alertmanager and VictoriaMetrics follow"

MONITORING_KINDS = tuple(
    KeptKind(kind, (group,), resource, "monitoring_programs", ProgramWire, to_program, _HIDES)
    for kind, (group, resource) in PROGRAMS.items()
)
