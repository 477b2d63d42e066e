"""Making Pods, and getting into those that run; what the default roles give of it."""

from tests.edges.experiments.cluster import (
    CONTROL_PLANE,
    DEPLOYMENT,
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
    obj,
    pod,
    running_as,
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
    # Changing a workload
    *(
        Row("workload-patch-deployment", "patch deployments.apps names=x", target, YES, DEPLOYMENT)
        for target in (S1, V)
    ),
    Row(
        "workload-patch-deployment-status",
        "patch deployments/status.apps names=x",
        S1,
        NO,
        DEPLOYMENT,
    ),
    # What Pod Security levels and mountable Secrets forbid, and what they do not
    Row("psa-baseline-secret-mount", "create pods", S1, YES, labelled("baseline")),
    Row("psa-restricted-secret-mount", "create pods", S1, YES, labelled("restricted")),
    Row("mountable-projected", "create pods", S1, YES, MOUNTABLE),
    Row("mountable-other-sa", "create pods", LOW, YES, MOUNTABLE),
    Row("psa-none-privileged", "create pods", OTHER, YES, CONTROL_PLANE),
    *(
        Row(f"psa-{level}-privileged", "create pods", OTHER, NO, [*CONTROL_PLANE, *labelled(level)])
        for level in ("baseline", "restricted")
    ),
    *(
        Row(
            f"psa-{level}-deployment-privileged",
            "create deployments.apps",
            OTHER,
            NO,
            [*CONTROL_PLANE, *labelled(level)],
        )
        for level in ("baseline", "restricted")
    ),
    *(
        Row(name, f"{held}; create pods", OTHER, works, [*CONTROL_PLANE, *labelled("restricted")])
        for name, held, works in (
            ("psa-relabel", "patch namespaces names=t1", YES),
            ("psa-relabel (another name)", "patch namespaces names=t2", NO),
            ("psa-relabel-update", "update namespaces names=t1", YES),
            ("psa-relabel-status-patch", "patch namespaces/status names=t1", YES),
            ("psa-relabel-status-update", "update namespaces/status names=t1", YES),
            ("psa-relabel-finalize-patch", "patch namespaces/finalize names=t1", NO),
            ("psa-relabel-finalize-update", "update namespaces/finalize names=t1", YES),
        )
    ),
    *(
        Row("psa-relabel", held, OTHER, NO, [*CONTROL_PLANE, *labelled("restricted")])
        for held in ("patch namespaces names=t1", "create pods")
    ),
    # Running Pods
    Row("pods-exec-get", "get pods/exec", S1, NO, MOUNTS_S1),
    Row("pods-exec-create", "create pods/exec", S1, YES, MOUNTS_S1),
    Row("pods-exec-get+create", "get,create pods/exec", S1, YES, MOUNTS_S1),
    Row("pods-attach-get", "get pods/attach", S1, NO, MOUNTS_S1),
    Row("pods-attach-create", "create pods/attach", S1, IF, MOUNTS_S1),
    Row("pods-attach-get+create", "get,create pods/attach", S1, IF, MOUNTS_S1),
    Row("pods-portforward-get", "get pods/portforward", S1, NO, MOUNTS_S1),
    Row("pods-portforward-create", "create pods/portforward", S1, IF, MOUNTS_S1),
    Row("pods-portforward-get+create", "get,create pods/portforward", S1, IF, MOUNTS_S1),
    Row("pods-proxy-get", "get pods/proxy", S1, IF, MOUNTS_S1),
    Row("pods-proxy-create", "create pods/proxy", S1, IF, MOUNTS_S1),
    Row("pods-proxy-get+create", "get,create pods/proxy", S1, IF, MOUNTS_S1),
    Row("services-proxy-get", "get services/proxy", S1, IF, MOUNTS_S1),
    Row("nodes-proxy-get", "get nodes/proxy @cluster", S1, YES, MOUNTS_S1),
    Row("nodes-proxy-create", "create nodes/proxy @cluster", S1, YES, MOUNTS_S1),
    Row("nodes-proxy-get+create", "get,create nodes/proxy @cluster", S1, YES, MOUNTS_S1),
    Row("nodes-proxy-named-get", "get nodes/proxy names=n1 @cluster", S1, YES, MOUNTS_S1),
    Row(
        "nodes-proxy-named-get (other node)",
        "get nodes/proxy names=n2 @cluster",
        S1,
        NO,
        [*MOUNTS_S1, obj("Node", "", "n2")],
    ),
    Row("nodes-proxy-rolebinding", "get nodes/proxy", S1, NO, MOUNTS_S1),
    Row("nodes-star-not-proxy", "* nodes @cluster", S1, NO, MOUNTS_S1),
    # Changing a running Pod
    Row("pod-patch-image", "patch pods names=x", S1, YES, MOUNTS_S1),
    Row("pod-patch-env", "patch pods names=x", S2, NO, MOUNTS_S1),
    Row("pod-patch-volume", "patch pods names=x", S2, NO, MOUNTS_S1),
    Row("pod-patch-sa", "patch pods names=x", V, NO, MOUNTS_S1),
    Row("ephemeral-patch-env", "patch pods/ephemeralcontainers names=x", S1, YES, pod()),
    Row(
        "ephemeral-patch-env (pending)",
        "patch pods/ephemeralcontainers names=x",
        S1,
        IF,
        pod(node="", phase="Pending"),
    ),
    Row("ephemeral-update-env", "update pods/ephemeralcontainers names=x", S1, YES, pod()),
    Row(
        "ephemeral-tokenmount",
        "patch pods/ephemeralcontainers",
        LOW,
        YES,
        running_as("low"),
    ),
    Row(
        "ephemeral-tokenmount (another account)",
        "patch pods/ephemeralcontainers",
        V,
        NO,
        running_as("low"),
    ),
    Row("ephemeral-by-pods-patch", "patch pods names=x", S2, NO, MOUNTS_S1),
    Row(
        "mountable-ephemeral",
        "patch pods/ephemeralcontainers",
        S1,
        IF,  # the server refused a Secret that the ServiceAccount does not list
        [*MOUNTABLE, *running_as("v", automount=False)],
    ),
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
