"""What Pods give to whom, by definition: to what runs in them, to their kubelet, of their node.

Plain functions over plain objects for ``engine.py``, with which nothing of the package
is shared.
"""

from posixpath import normpath

PRIVATE = {
    "kubernetes.io/service-account-token": "token",
    "kubernetes.io/tls": "tls.key",
    "bootstrap.kubernetes.io/token": "token-secret",
}
"""Of Secrets that are public in part, by type, the key that is not."""

DRIVERS = ("flexVolume", "cephfs", "rbd", "iscsi")
BINARIES = ("/usr/bin", "/opt/cni/bin", "/etc/kubernetes/manifests")
"""What root runs on each node."""

SOCKETS = ("/run/containerd/containerd.sock", "/run/docker/containerd/containerd.sock")
"""Where runtimes listen for those who have containers started."""

LINKS = (("/proc/1/root", "/"), ("/var/run", "/run"))
"""Paths that lead elsewhere on every node."""

KUBELET = "/var/lib/kubelet/pki/kubelet-client-current.pem"
ETCD = "/var/lib/etcd"
CLUSTER = ("/etc/kubernetes/pki/ca.key", "/etc/kubernetes/admin.conf")


def is_mirror(pod):
    return "kubernetes.io/config.mirror" in pod["metadata"].get("annotations", {})


def containers(spec):
    """Each container, with whether it is gone once the Pod runs."""
    yield from ((one, False) for one in spec["containers"])
    for one in spec.get("initContainers", ()):
        yield one, one.get("restartPolicy") != "Always"
    yield from ((one, False) for one in spec.get("ephemeralContainers", ()))


def staying(spec):
    return [container for container, starts in containers(spec) if not starts]


def of_volumes(spec):
    """The Secrets of each volume, with the files that are made of each key; None for all."""
    for volume in spec["volumes"]:
        if "secret" in volume:
            source = volume["secret"]
            yield volume["name"], source["secretName"], source.get("items")
        for source in volume.get("projected", {}).get("sources", ()):
            if "secret" in source:
                yield volume["name"], source["secret"]["name"], source["secret"].get("items")


def in_environment(container):
    """The Secrets in a container's variables, with the one key, or None for all."""
    for one in container.get("env", ()):
        source = one.get("valueFrom", {}).get("secretKeyRef")
        if source:
            yield source["name"], source["key"]
    for one in container.get("envFrom", ()):
        yield one["secretRef"]["name"], None


def tells(secret, keys):
    """Whether such keys of a Secret are there, and not only what is public of it."""
    found = keys & secret["data"].keys()
    return bool(found) and PRIVATE.get(secret["type"], min(found)) in found


def _keys_below(secret, items, path):
    """The keys of the files of a volume that lie at a path of it, or below."""
    files = {one["path"]: one["key"] for one in items or ()} or {k: k for k in secret["data"]}
    path = normpath(path.removeprefix("..data/"))
    return {k for file, k in files.items() if path == "." or f"{file}/".startswith(f"{path}/")}


def read_inside(spec, found):
    """Names of the Secrets of the namespace that running containers read; ``found`` has them."""
    for container in staying(spec):
        for name, one in in_environment(container):
            if name in found and tells(found[name], {one} if one else {*found[name]["data"]}):
                yield name
        for mount in container.get("volumeMounts", ()):
            for volume, name, items in of_volumes(spec):
                if volume == mount["name"] and name in found:
                    keys = _keys_below(found[name], items, mount.get("subPath", "."))
                    if tells(found[name], keys):
                        yield name


def audiences(spec):
    """The volumes with a token, each with the audience of it; empty for the API server."""
    return [
        (volume["name"], source["serviceAccountToken"].get("audience", ""))
        for volume in spec["volumes"]
        for source in volume.get("projected", {}).get("sources", ())
        if "serviceAccountToken" in source
    ]


def has_token(spec):
    """Whether the Pod has a token for the API server, be it mounted or not."""
    return "" in [audience for _, audience in audiences(spec)]


def mounted_audiences(spec):
    """The audiences of the tokens that running containers have among their files."""
    return _mounted_by(spec, staying(spec))


def _mounted_by(spec, some):
    mounted = {mount["name"] for one in some for mount in one.get("volumeMounts", ())}
    return {audience for volume, audience in audiences(spec) if volume in mounted}


def holds_token(spec):
    return "" in mounted_audiences(spec)


def keeps_token(spec):
    """Whether a kubelet has such a token's files, for a container that started with the Pod."""
    return "" in _mounted_by(spec, [*spec["containers"], *spec.get("initContainers", ())])


def read_by_kubelet(spec):
    """Names of the Secrets of its namespace that a Pod names for its kubelet."""
    for container, _ in containers(spec):
        yield from (name for name, _ in in_environment(container))
    yield from (name for _, name, _ in of_volumes(spec))
    yield from (one["name"] for one in spec.get("imagePullSecrets", ()))
    for volume in spec["volumes"]:
        if "nodePublishSecretRef" in volume.get("csi", {}):
            yield volume["csi"]["nodePublishSecretRef"]["name"]
        if "azureFile" in volume:
            yield volume["azureFile"]["secretName"]
        for driver in DRIVERS:
            if driver in volume:
                yield volume[driver]["secretRef"]["name"]


def claims(pod):
    """The claims of a Pod, by volume."""
    k, found = pod["metadata"]["name"], {}
    for volume in pod["spec"]["volumes"]:
        if "persistentVolumeClaim" in volume:
            found[volume["name"]] = volume["persistentVolumeClaim"]["claimName"]
        if "ephemeral" in volume:
            found[volume["name"]] = f"{k}-{volume['name']}"
    return found


def drivers(sources):
    """The CSI drivers of what is written of volumes, those of migrated in-tree volumes too."""
    for source in sources:
        if "csi" in source:
            yield source["csi"]["driver"]
        if "azureFile" in source:
            yield "file.csi.azure.com"


def read_only(spec):
    """The volumes that no container may write to."""
    found = [one for one in spec["volumes"] if "persistentVolumeClaim" in one]
    return {one["name"] for one in found if one["persistentVolumeClaim"].get("readOnly")}


def of_volume(spec):
    """Namespaces and names of the Secrets that a PersistentVolume names for a kubelet."""
    for field in ("nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef"):
        if field in spec.get("csi", {}):
            yield spec["csi"][field]["namespace"], spec["csi"][field]["name"]
    if "azureFile" in spec:
        source = spec["azureFile"]
        yield source.get("secretNamespace") or spec["claimRef"]["namespace"], source["secretName"]
    for driver in DRIVERS:
        if driver in spec:
            ref = spec[driver]["secretRef"]
            yield ref.get("namespace") or spec["claimRef"]["namespace"], ref["name"]


def path_of(spec):
    """The path of the node that a PersistentVolume is; none of a disk."""
    path = {**spec.get("hostPath", {}), **spec.get("local", {})}.get("path", "")
    disk = spec.get("volumeMode") == "Block" or ("local" in spec and path.startswith("/dev/"))
    return "" if disk else path


def is_root(spec, container):
    """Whether a container runs as root, as far as it and its Pod say."""
    said = {**spec.get("securityContext", {}), **container.get("securityContext", {})}
    if "runAsUser" in said:
        return said["runAsUser"] == 0
    return not said.get("runAsNonRoot")


OUTSIDE = ("flexVolume", "azureFile", "cephfs", "rbd", "iscsi", "nfs", "hostPath")
"""Volumes that the level restricted forbids."""


def meets(spec, level):
    """Whether Pod Security lets a Pod in, by what Pods here have of what it looks at."""
    if level == "privileged":
        return True
    every = [(spec.get("securityContext", {}), one) for one, _ in containers(spec)]
    contexts = [(pod, one.get("securityContext", {})) for pod, one in every]
    if any("hostPath" in volume for volume in spec.get("volumes", ())):
        return False
    if any(own.get("privileged") for _, own in contexts):
        return False
    if any(one.get("windowsOptions", {}).get("hostProcess") for pair in contexts for one in pair):
        return False
    if level == "baseline":
        return True
    outside = [one for one in spec.get("volumes", ()) if not one.keys().isdisjoint(OUTSIDE)]
    said = [spec.get("securityContext", {}), *(own for _, own in contexts)]
    as_root = any(one.get("runAsUser") == 0 or one.get("runAsNonRoot") is False for one in said)
    return not (outside or as_root) and all(
        own.get("runAsNonRoot", pod.get("runAsNonRoot"))
        and own.get("seccompProfile", pod.get("seccompProfile"))
        and own.get("allowPrivilegeEscalation") is False
        and "ALL" in own.get("capabilities", {}).get("drop", ())
        for pod, own in contexts
    )


def covers(path, other):
    return path in {"/", other} or other.startswith(f"{path}/")


def of_host(pod, claimed):
    """Paths of the node that root reads in a Pod, each with whether it may write there."""
    paths = {v["name"]: v["hostPath"]["path"] for v in pod["spec"]["volumes"] if "hostPath" in v}
    paths |= {name: claimed[claim] for name, claim in claims(pod).items() if claim in claimed}
    for container in staying(pod["spec"]):
        for mount in container.get("volumeMounts", ()):
            if mount["name"] in paths and is_root(pod["spec"], container):
                path = normpath(f"{paths[mount['name']]}/{mount.get('subPath', '.')}")
                fixed = mount["name"] in read_only(pod["spec"])
                yield path.replace("//", "/"), not (fixed or mount.get("readOnly"))


def is_apart(spec):
    """Whether containers may have a kernel of their own, with the node's files but no sockets."""
    name = spec.get("runtimeClassName", "runc")
    return name not in {"runc", "crun"} and not name.startswith("nvidia")


def by_path(path, *, writes, apart=False):
    """What one has of a node by a path of it: itself, its kubelet, the keys of the cluster."""
    for link, end in LINKS:
        path = normpath(f"{end}{path.removeprefix(link)}") if covers(link, path) else path
    path = path.replace("//", "/")
    if (not apart and any(covers(path, one) for one in SOCKETS)) or (
        writes and any(covers(path, one) for one in BINARIES)
    ):
        yield "node"
    if covers(path, KUBELET):
        yield "kubelet"
    if any(covers(path, one) for one in CLUSTER):
        yield "cluster"
    if covers(path, ETCD) or covers(ETCD, path):
        yield "etcd"


def has_host(spec):
    """Whether a running container has the whole host."""
    return (
        spec.get("hostUsers", True)
        and not is_apart(spec)
        and any(
            one.get("securityContext", {}).get("privileged") and is_root(spec, one)
            for one in staying(spec)
        )
    )


def renewed(spec):
    """Names of the Secrets whose tokens a running container has in its files as they change."""
    for container in staying(spec):
        for mount in container.get("volumeMounts", ()):
            for volume, name, items in of_volumes(spec):
                keys = {one["key"] for one in items or ({"key": "token"},)}
                if volume == mount["name"] and "subPath" not in mount and "token" in keys:
                    yield name


def owner(pod):
    """What made a Pod: a namespace, a kind and a name."""
    for one in pod["metadata"].get("ownerReferences", ()):
        kind, name = one["kind"], one["name"]
        if kind == "ReplicaSet" and "-" in name:  # named after its Deployment
            kind, name = "Deployment", name.rpartition("-")[0]
        return pod["metadata"]["namespace"], kind, name
    return None


TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"


def account(template):
    return template["spec"].get("serviceAccountName", "default") if template else ""


def admitted(spec, account):
    """The spec of a Pod as admission completes it."""
    mounts = spec.get("automountServiceAccountToken")
    if mounts is None:
        mounts = account.get("automountServiceAccountToken", True)
    spec = {"volumes": [], **spec, "serviceAccountName": account["metadata"]["name"]}
    if not mounts:
        return spec
    token = {"name": "api", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
    spec["volumes"] = [*spec["volumes"], token]
    for field in ("containers", "initContainers"):
        spec[field] = [_with_token(one) for one in spec.get(field, ())]
    return spec


def _with_token(container):
    mounts = container.get("volumeMounts", [])
    if TOKEN in [mount["mountPath"] for mount in mounts]:
        return container
    return {**container, "volumeMounts": [*mounts, {"name": "api", "mountPath": TOKEN}]}
