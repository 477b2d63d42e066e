r"""What a Pod on a node of Windows gives of it, by definition.

Techniques for the engine of ``engine.py``:
https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/ and
https://kubernetes.io/docs/concepts/windows/intro/.
"""

from ntpath import normpath

from tests.query.plain import pods, states
from tests.query.plain.identities import kubelet

SYSTEM = r"nt authority\system"
WRITTEN = (r"c:\windows", r"c:\program files", r"c:\var\lib\kubelet")
"""Folders whose programs the system runs."""

PIPES = (r"\\.\pipe\containerd-containerd", r"\\.\pipe\docker_engine")
KEY = r"c:\var\lib\kubelet\pki\kubelet-client-current.pem"


def options(spec, container):
    """What a container says of Windows, field by field before what its Pod says."""
    said = [one.get("securityContext", {}).get("windowsOptions", {}) for one in (spec, container)]
    return {**said[0], **said[1]}


def is_host_process(spec, container):
    return options(spec, container).get("hostProcess") is True


def _entered(mine, cluster):
    """Pods on nodes of Windows that one is in, with those of their containers that run."""
    found = [(k, states.running_inside(cluster.of("Pod")[k])) for k in mine.of("pod")]
    found += [(k, states.with_other_images(cluster.of("Pod")[k])) for k in mine.of("image")]
    for _, spec in found:
        node = spec.get("nodeName")
        if ("", node) in cluster.of("Node") and not cluster.is_linux(node):
            yield node, spec


def systems(mine, cluster):
    """A HostProcess container that runs as the system is its node's."""
    for node, spec in _entered(mine, cluster):
        for one in pods.staying(spec):
            said = options(spec, one)
            if is_host_process(spec, one) and said.get("runAsUserName", "").lower() == SYSTEM:
                yield "node", node


def administrators(mine, cluster):
    """Other accounts, which may be administrators, what these write and read, and new Pods."""
    if any(cluster.level(place) == "privileged" for place in mine.of("makes")):
        names = [name for _, name in cluster.of("Node") if cluster.answers(name)]
        yield from (("node", name) for name in names if not cluster.is_linux(name))
    for node, spec in _entered(mine, cluster):
        for one, _ in pods.containers(spec):
            if is_host_process(spec, one):
                yield "node", node
            for path, writes in _mounted(spec, one):
                if path in PIPES or (writes and any(_meet(path, other) for other in WRITTEN)):
                    yield "node", node
                if _is_above(path, KEY):
                    yield "who", kubelet(node)


def _mounted(spec, container):
    paths = {v["name"]: v["hostPath"]["path"] for v in spec["volumes"] if "hostPath" in v}
    for mount in container.get("volumeMounts", ()):
        if mount["name"] in paths:
            path = normpath(f"{paths[mount['name']]}\\{mount.get('subPath', '.')}").lower()
            path = f"c:{path}" if path.startswith("\\") and path[1:2] != "\\" else path
            yield path, not mount.get("readOnly")


def _meet(path, folder):
    """Whether a path is a folder, below it or above it."""
    return _is_above(path, folder) or _is_above(folder, path)


def _is_above(folder, path):
    """Whether a folder holds what is at a path, or is it."""
    one, other = (f"{each.rstrip(chr(92))}\\" for each in (folder, path))
    return other.startswith(one)
