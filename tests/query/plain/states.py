"""States of objects in which a server refuses what rights allow, by definition.

Plain functions over plain objects for ``engine.py``, with which nothing of the package
is shared.
"""

UNUSED = "kubernetes.io/legacy-token-invalid-since"


BETWEEN = {
    "CronJob": ("Job",),
    "Deployment": ("ReplicaSet",),
    "StatefulSet": ("ControllerRevision",),
    "DaemonSet": ("ControllerRevision",),
}
"""What stands between a workload and its Pods, or is kept of its template."""


def goes(obj):
    """Whether an object is being deleted."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def takes_token(secret, *, version):
    """Whether the API server accepts the token that a Secret holds."""
    cleans = tuple(map(int, version.split("."))) >= (1, 28)
    unused = secret["metadata"].get("labels", {}).get(UNUSED)
    return not (goes(secret) or (cleans and unused))


CRASHED = ("CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull")
"""Why a container waits that runs once it has another image."""


def tells(pod):
    """Whether a Pod's status tells of its containers."""
    return "containerStatuses" in pod["status"]


def is_up(pod):
    """Whether a Pod has containers: one that waits for others is Pending, though some run."""
    some = any("running" in one["state"] for one in pod["status"].get("containerStatuses", ()))
    return pod["status"]["phase"] == "Running" or (pod["status"]["phase"] == "Pending" and some)


def _states(pod):
    """The containers that a Pod's status tells of, each with its state."""
    for field in ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"):
        for one in pod["status"].get(field, ()):
            yield one["name"], one.get("state") or {"waiting": {}}


def _inside(pod, runs):
    """The spec of a Pod without those containers that do not run, but for what starts it."""
    if not tells(pod):
        return pod["spec"]
    names = {name for name, state in _states(pod) if runs(state)}
    starting = [
        one
        for one in pod["spec"].get("initContainers", ())
        if one["name"] in names or one.get("restartPolicy") != "Always"
    ]
    kept = {"initContainers": starting}
    for field in ("containers", "ephemeralContainers"):
        kept[field] = [one for one in pod["spec"].get(field, ()) if one["name"] in names]
    return {**pod["spec"], **kept}


def running_inside(pod):
    """What somebody finds who gets into the containers of a Pod that run."""
    return _inside(pod, lambda state: "running" in state)


def with_other_images(pod):
    """The same where images of choice run in the containers that start with them."""
    policy = pod["spec"].get("restartPolicy", "Always")

    def runs(state):
        if "terminated" in state:
            ended = state["terminated"]
            return policy == "Always" or (policy == "OnFailure" and ended["exitCode"] != 0)
        return "running" in state or state["waiting"].get("reason") in CRASHED

    found = _inside(pod, runs)
    ended = {name for name, state in _states(pod) if "terminated" in state}
    added = [one for one in found.get("ephemeralContainers", ()) if one["name"] not in ended]
    return {**found, "ephemeralContainers": added}


def is_closed(namespace):
    """Whether nothing is created in a namespace any more."""
    return goes(namespace) or namespace.get("status", {}).get("phase") == "Terminating"


def is_ready(node):
    """Whether a node does not say that it is not ready."""
    said = [one for one in node.get("status", {}).get("conditions", ()) if one["type"] == "Ready"]
    return all(one["status"] == "True" for one in said)


def refused_by_quotas(quotas, *names):
    """Whether a quota that holds of all objects lets no more of something be created."""
    return any(
        int(quota["status"]["used"][name]) >= int(quota["status"]["hard"][name])
        for quota in quotas
        for name in names
        if name in quota["status"]["hard"] and "scopes" not in quota["spec"]
    )


def is_windows(node):
    """Whether a node runs Windows, on which no container is privileged and nobody is root."""
    told = node.get("status", {}).get("nodeInfo", {}).get("operatingSystem")
    return "windows" in {told, node["metadata"].get("labels", {}).get("kubernetes.io/os")}
