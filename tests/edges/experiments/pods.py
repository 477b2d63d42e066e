"""Making Pods, and getting into those that run; what the default roles give of it."""

from tests.edges.experiments.cluster import (
    IF,
    LOW,
    MOUNTABLE,
    MOUNTS_S1,
    NO,
    OTHER,
    S1,
    S2,
    YES,
    Row,
    V,
    default_role,
    labelled,
)

ROWS = (
    # Becoming a workload
    *(
        Row(f"workload-{resource.partition('.')[0]}", f"create {resource}", target, YES)
        for resource in (
            "pods",
            "deployments.apps",
            "replicasets.apps",
            "statefulsets.apps",
            "daemonsets.apps",
            "replicationcontrollers",
            "jobs.batch",
            "cronjobs.batch",
        )
        for target in (S1, V)
    ),
    Row("workload-pods (other namespace)", "create pods", OTHER, NO),
    Row("workload-patch-deployment-status", "patch deployments/status.apps names=x", S1, NO),
    Row("psa-baseline-secret-mount", "create pods", S1, YES, labelled("baseline")),
    Row("psa-restricted-secret-mount", "create pods", S1, YES, labelled("restricted")),
    Row("mountable-projected", "create pods", S1, YES, MOUNTABLE),
    Row("mountable-other-sa", "create pods", LOW, YES, MOUNTABLE),
    # Running Pods
    Row("pods-exec-get", "get pods/exec", S1, NO, MOUNTS_S1),
    Row("pods-exec-create", "create pods/exec", S1, YES, MOUNTS_S1),
    Row("pods-exec-get+create", "get,create pods/exec", S1, YES, MOUNTS_S1),
    Row("pods-attach-get", "get pods/attach", S1, NO, MOUNTS_S1),
    Row("pods-attach-create", "create pods/attach", S1, IF, MOUNTS_S1),
    Row("pods-attach-get+create", "get,create pods/attach", S1, IF, MOUNTS_S1),
    Row("pods-portforward-get", "get pods/portforward", S1, NO, MOUNTS_S1),
    Row("ephemeral-by-pods-patch", "patch pods names=x", S2, NO, MOUNTS_S1),
    # Default roles
    Row("default-view-in-ns", "", S1, NO, [*default_role("view"), *MOUNTS_S1]),
    Row("default-view-in-ns (account)", "", V, NO, default_role("view")),
    *(
        Row(f"default-{role}-in-ns ({technique})", "", target, YES, default_role(role), via=via)
        for role in ("edit", "admin")
        for technique, target, via in (
            ("get secrets", S1, "read-secret"),
            ("token", V, "request-token"),
            ("impersonate", V, "impersonate-serviceaccount"),
            ("create pods", V, "create-pod"),
        )
    ),
)
