"""Techniques of nodes: what a host has, what a kubelet may ask for, and certificates of either."""

from itertools import product

from tests.query.plain import pods
from tests.query.plain.identities import AUTHENTICATED, account, kubelet, node_of, user
from tests.query.plain.read_secrets import BY_NAME, WITHOUT_NAME
from tests.query.plain.tokens import own_account, revived


def is_of_kubelets(mine, nodes, k, pod):
    """Whether a Pod is on a node of one's kubelets, or is bound to one."""
    if pods.is_mirror(pod):
        return False
    node = pod["spec"].get("nodeName")
    return node in nodes if node or "told" in pod else _binds_pod(mine, k, pod)


def _binds_pod(mine, k, pod):
    asked = ("pods/binding", *k), ("bindings", k[0])
    gated = "schedulingGates" in pod["spec"] or k[0] in mine.cluster.closed
    return not gated and any(mine.any_may("create", *request) for request in asked)


def is_a_kubelet(mine):
    return any(node_of(who) for who in mine.of("who"))


def hosts(mine, cluster):
    for node in mine.of("node"):
        yield "who", kubelet(node)
        if cluster.is_control_plane(node) or cluster.has_etcd(node):
            yield "who", user("admin", "system:masters")
        for k, spec in cluster.running():
            if spec.get("nodeName") == node:
                yield "pod", k


def kubelets(mine, cluster):
    nodes = set(filter(None, map(node_of, mine.of("who"))))
    for k, pod in cluster.of("Pod").items() if nodes else ():
        if is_of_kubelets(mine, nodes, k, pod):
            yield from (("secret", (k[0], name)) for name in pods.read_by_kubelet(pod["spec"]))
            yield from (("secret", one) for one in cluster.read_for_claims(pod))
            asks = cluster.lets_ask(nodes, k, pod) or _has_driver_ask(mine, cluster, nodes, pod)
            asks = asks and k[0] not in cluster.closed
            yield from own_account(cluster, k, pod["spec"]) if asks else ()
            if asks and pod["spec"].get("nodeName") in nodes:
                yield from revived(mine, k, pod["spec"])


def _has_driver_ask(mine, cluster, nodes, pod):
    """Whether a driver of a Pod is made to ask for tokens, on a node of one's kubelets."""
    if pod["spec"].get("nodeName") not in nodes:
        return False
    drivers = [driver for driver in cluster.drivers_of(pod) if driver]
    there = [driver for driver in drivers if ("", driver) in cluster.of("CSIDriver")]
    edits = product(("patch", "update"), there)
    return any(mine.any_may(verb, "csidrivers", "", driver) for verb, driver in edits) or any(
        mine.makes(who, "csidrivers", "", driver)
        for who, driver in product(mine.of("who"), {*drivers} - {*there})
    )


def certified_nodes(mine, cluster):
    requests = "certificatesigningrequests"
    whole = any(mine.any_may(verb, requests) for verb in WITHOUT_NAME)
    for who, name in () if cluster.on_eks else product(mine.of("who"), cluster.names):
        if mine.makes(who, requests, "", name) and mine.may(
            who,
            "create",
            f"{requests}/nodeclient",
            beside=True,  # it is asked later
        ):
            read = [(verb, requests) for verb in (*BY_NAME, "update")]
            read += [("get", f"{requests}/approval"), ("get", f"{requests}/status")]
            if whole or any(mine.any_may(*one, "", name) for one in read):
                yield from _any_kubelet(cluster)


def certified(mine, cluster):
    requests = "certificatesigningrequests"
    for name in () if cluster.on_eks else cluster.names:
        if any(mine.makes(who, requests, "", name) for who in mine.of("who")):
            for who in mine.of("who"):
                yield from _approved(mine, cluster, who, name)


def _approved(mine, cluster, who, name):
    approval = "certificatesigningrequests/approval"
    if not any(mine.may(who, verb, approval, "", name) for verb in ("patch", "update")):
        return
    for signer, whom in (("", _anybody), ("-kubelet", _any_kubelet)):
        of = (f"kubernetes.io/kube-apiserver-client{signer}", "kubernetes.io/*")
        if any(mine.may(who, "approve", "signers", "", one) for one in of):
            yield from whom(cluster)


def _any_kubelet(cluster):
    return [("who", kubelet(name)) for _, name in cluster.of("Node")]


def _anybody(cluster):
    yield from _any_kubelet(cluster)
    accounts = {account(*k).user for k in cluster.accounts}
    for name, group in product(cluster.users | accounts, {AUTHENTICATED, *cluster.groups}):
        if group != "system:masters":
            yield "who", user(name, group)
