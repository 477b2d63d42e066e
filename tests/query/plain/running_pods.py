"""Techniques that enter running Pods, and what is inside."""

from itertools import product

from tests.query.plain import pods, states
from tests.query.plain.identities import account
from tests.query.plain.own_pods import lets_in_privileged, may_be_root
from tests.query.plain.tokens import idle_token, own_account
from tests.query.plain.volumes import from_claim, from_path


def entered_pods(mine, cluster):
    for who, (k, _) in product(mine.of("who"), cluster.running()):
        verbs = ("create", "get") if cluster.old else ("create",)
        if any(mine.may(who, verb, "pods/exec", *k) for verb in verbs):
            yield "pod", k
    for k, spec in cluster.changeable(mine):
        if any(mine.any_may(verb, "pods", *k) for verb in ("patch", "update")):
            yield "pod", k
            yield "image", k
        if any(mine.any_may(v, "pods/ephemeralcontainers", *k) for v in ("patch", "update")):
            yield from _debugging(mine, cluster, k, spec)


def _debugging(mine, cluster, k, spec):
    """What a container gets that is added to a Pod: its volumes, and Secrets as variables."""
    yield "pod", k
    listed = cluster.listed_by(k[0], spec["serviceAccountName"])
    yield from mine.secrets_of(k[0]) if listed is None else (("secret", one) for one in listed)
    yield from idle_token(cluster, k, spec)
    node = cluster.node_of(spec)
    its_account = account(k[0], spec["serviceAccountName"])
    let_in = lets_in_privileged(mine, cluster, k[0], [its_account], _debuggers(mine, k))
    if let_in and not pods.is_apart(spec):
        yield from (("node", name) for name in node)
    for name, claim in pods.claims(cluster.of("Pod")[k]).items():
        if may_be_root(mine, cluster, k[0]):
            writes, apart = name not in pods.read_only(spec), pods.is_apart(spec)
            yield from from_claim(cluster, k[0], claim, node, writes=writes, apart=apart)


def _debuggers(mine, k):
    """Those of one's identities that add containers to a Pod, where OpenShift lets them."""
    for who in mine.of("who"):
        if any(mine.may(who, v, "pods/ephemeralcontainers", *k) for v in ("patch", "update")):
            yield who


def what_pods_hold(mine, cluster):
    found = [(k, states.running_inside(cluster.of("Pod")[k])) for k in mine.of("pod")]
    found += [(k, states.with_other_images(cluster.of("Pod")[k])) for k in mine.of("image")]
    for k, spec in found:
        pod = {**cluster.of("Pod")[k], "spec": spec}
        node = cluster.node_of(spec)
        inside = {name: one for (place, name), one in cluster.of("Secret").items() if place == k[0]}
        yield from (("secret", (k[0], name)) for name in pods.read_inside(spec, inside))
        if pods.holds_token(spec):
            yield from own_account(cluster, k, spec)
        if pods.has_host(spec):
            yield from (("node", name) for name in node)
        for path, writes in pods.of_host(pod, cluster.claimed_paths(k[0])):
            apart = pods.is_apart(spec)
            yield from from_path(cluster, path, node, writes=writes, apart=apart)


def node_proxies(mine, cluster):
    for k, spec in cluster.running():
        for verb in ("get", "create"):
            if mine.any_may(verb, "nodes/proxy", "", spec.get("nodeName", "unknown")):
                yield "pod", k
