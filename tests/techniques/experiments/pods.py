"""Making Pods, and getting into those that run; what the default roles give of it."""

from tests.techniques.experiments.cluster import (
    CONTROL_PLANE,
    IF,
    LOW,
    MOUNTABLE,
    MOUNTS_S1,
    NO,
    OTHER,
    S1,
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
    Row("workload-pods (other namespace)", "create pods", OTHER, NO),
    # What Pod Security levels and mountable Secrets forbid, and what they do not
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
    Row(
        "nodes-proxy-named-get (other node)",
        "get nodes/proxy names=n2 @cluster",
        S1,
        NO,
        [*MOUNTS_S1, obj("Node", "", "n2")],
    ),
    # Changing a running Pod
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
    Row(
        "ephemeral-priv-none",
        "patch pods/ephemeralcontainers",
        OTHER,
        YES,
        [*CONTROL_PLANE, *pod(node="n1")],
    ),
    Row(
        "ephemeral-priv-baseline",
        "patch pods/ephemeralcontainers",
        OTHER,
        NO,
        [*CONTROL_PLANE, *pod(node="n1"), *labelled("baseline")],
    ),
    Row(
        "mountable-ephemeral",
        "patch pods/ephemeralcontainers",
        S1,
        NO,
        [*MOUNTABLE, *running_as("v", automount=False)],
    ),
    # Default roles
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
