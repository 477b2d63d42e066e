"""What a disk of the node gives that is a PersistentVolume, by definition.

A technique for the engine of ``engine.py``. Of volumes of the node only ``local`` may be
devices: one of the mode ``Block`` is handed to containers, of another its file system is mounted.
Source: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#raw-block-volume-support.
"""

from tests.query.plain import pods
from tests.query.plain.identities import kubelet
from tests.query.plain.own_pods import may_be_root
from tests.query.plain.volumes import changes_volume, mounts_volume


def disks(mine, cluster):
    """Raw access to what may be the disk of a node's own system."""
    nodes = [n for _, n in cluster.of("Node") if cluster.answers(n) and cluster.is_linux(n)]
    found = cluster.of("PersistentVolume").values()
    for volume in (
        one for one in found if "local" in one["spec"] and not pods.path_of(one["spec"])
    ):
        for place in mine.of("makes"):
            led = mounts_volume(mine, cluster, volume, place) or changes_volume(mine, volume)
            if led and may_be_root(mine, cluster, place):
                yield from (("node", name) for name in nodes)
        if cluster.has_claim(volume):
            ref = volume["spec"]["claimRef"]
            yield from _of_pods(mine, cluster, (ref["namespace"], ref["name"]))


def _of_pods(mine, cluster, claim):
    for k, pod in cluster.of("Pod").items():
        names = [v for v, name in pods.claims(pod).items() if (k[0], name) == claim]
        nodes = cluster.node_of(pod["spec"])
        held = k in mine.of("pod")
        adds = k in dict(cluster.changeable(mine)) and any(
            mine.any_may(verb, "pods/ephemeralcontainers", *k) for verb in ("patch", "update")
        )
        for name in names:
            writes = name not in pods.read_only(pod["spec"])
            if (held and _has(pod["spec"], name)) or (adds and may_be_root(mine, cluster, k[0])):
                yield from (("node", one) if writes else ("who", kubelet(one)) for one in nodes)


def _has(spec, volume):
    """Whether a container that may run gets a volume, as a device or by its file system."""
    return any(
        volume == one["name"] and not one.get("readOnly")
        for container, _ in pods.containers(spec)
        for field in ("volumeDevices", "volumeMounts")
        for one in container.get(field, ())
    )
