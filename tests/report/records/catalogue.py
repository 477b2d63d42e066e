"""Pages of techniques, and rows of the table of what they judge, made by hand."""

from rbacgraph.model.answers.coverage import CoverageRow
from rbacgraph.model.answers.paths import EdgePage


def coverage():
    """A row of each judgement."""
    return (
        CoverageRow(
            api_group="",
            resource="pods/exec",
            verbs=("create", "get"),
            judgement="judged",
            techniques=("exec", "one", "two", "three", "four"),
            source="a discovery",
        ),
        CoverageRow(
            api_group="",
            resource="configmaps",
            verbs=("create",),
            judgement="judged-in-part",
            techniques=("edit-aws-auth",),
            reason="looks at one ConfigMap alone",
        ),
        CoverageRow(
            api_group="events.k8s.io",
            resource="events",
            verbs=("create",),
            judgement="harmless",
            reason="no component of Kubernetes acts on them",
            source="https://kubernetes.io/docs/",
        ),
        CoverageRow(
            api_group="apps",
            resource="deployments/scale",
            verbs=("patch", "update"),
            judgement="unknown",
        ),
    )


def pages():
    """Two edge kinds."""
    page = "Read a Secret through the API.\n\nPrecondition: ``get``, ``list`` or ``watch``."
    return (
        EdgePage("member-of", "A principal has the rights of its groups.", 0, "certain", page),
        EdgePage("read-secret", "Read a Secret through the API.", 1, "certain", page),
    )
