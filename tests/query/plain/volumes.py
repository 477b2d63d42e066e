"""What volumes give: paths of a node, and the Secrets that PersistentVolumes name."""

from itertools import product

from tests.query.plain import pods
from tests.query.plain.cluster import key
from tests.query.plain.identities import kubelet, node_of, user
from tests.query.plain.nodes import is_of_kubelets


def from_claim(cluster, namespace, claim, nodes, **how):
    """What the path of a node gives that a claim is."""
    found = cluster.claimed_paths(namespace)
    if claim in found:
        yield from from_path(cluster, found[claim], nodes, **how)


def from_path(cluster, path, nodes, **how):
    for what, node in product(pods.by_path(path, **how), nodes):
        if what == "node":
            yield "node", node
        elif what == "kubelet":
            yield "who", kubelet(node)
        elif what == "etcd":
            if cluster.has_etcd(node) and cluster.has_plaintext():
                yield from (("secret", k) for k in cluster.of("Secret"))
        elif cluster.is_control_plane(node):
            yield "who", user("admin", "system:masters")


def mounts_volume(mine, cluster, volume, namespace):
    """Whether Pods of one's own in a namespace mount a volume that nobody changes."""
    ref = volume["spec"].get("claimRef")
    if not ref or ref["namespace"] != namespace:
        return not ref
    if cluster.has_claim(volume):
        return True
    if "uid" in ref or cluster.claim_of(volume):
        return False  # it waits for one that was deleted, or that has another volume
    return any(
        mine.makes(who, "persistentvolumeclaims", namespace, ref["name"])
        or ("-" in ref["name"] and mine.makes(who, "pods", namespace, "any"))
        for who in mine.of("who")
    )


def creates_volumes(mine):
    resource = "persistentvolumes"
    return any(mine.makes_new(who, "PersistentVolume", resource, "") for who in mine.of("who"))


def changes_volume(mine, volume):
    return any(mine.any_may(v, "persistentvolumes", *key(volume)) for v in ("patch", "update"))


def volume_secrets(mine, cluster):
    """Secrets that a PersistentVolume names, for a kubelet of whose Pods one has its claim."""
    nodes = set(filter(None, map(node_of, mine.of("who"))))
    if not nodes:
        return
    found = cluster.of("Pod").items()
    held = [k[0] for k, pod in found if pods.claims(pod) and is_of_kubelets(mine, nodes, k, pod)]
    made = mine.of("makes")
    if (held or made) and creates_volumes(mine):
        yield from (("secret", k) for k in cluster.of("Secret"))
    for volume in cluster.of("PersistentVolume").values():
        spec = volume["spec"]
        changes = changes_volume(mine, volume)
        if changes or "claimRef" not in spec:
            places = [*made, *held] if changes else made
        else:
            places = [one for one in made if one == spec["claimRef"]["namespace"]]
        for place in places:
            led = {**spec, "claimRef": {"namespace": place}}
            yield from (("secret", one) for one in pods.of_volume(led))
