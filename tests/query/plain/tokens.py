"""Techniques that get tokens: of ServiceAccounts, from Secrets that hold them, of bootstrapping."""

from itertools import product

from tests.query.plain import pods, states
from tests.query.plain.identities import account, node_of, user
from tests.query.plain.read_secrets import BY_NAME, WITHOUT_NAME


def tokens(mine, cluster):
    for who, k in product(mine.of("who"), (*cluster.of("ServiceAccount"), *mine.of("account"))):
        there = k[0] in mine.places()  # else nothing can be created in it
        if there and mine.may(who, "create", "serviceaccounts/token", *k):
            yield "who", account(*k)


def revived_accounts(mine, cluster):
    for k in cluster.accounts - cluster.of("ServiceAccount").keys():
        made = any(mine.makes(who, "serviceaccounts", *k) for who in mine.of("who"))
        if made and k[0] in mine.places() and mine.has_room(k[0], "serviceaccounts"):
            yield "account", k


def new_namespaces(mine, cluster):
    """Namespaces that are not there, though bindings name them; each has an account by itself."""
    for namespace in (cluster.mentioned | cluster.names) - {*cluster.namespaces}:
        if any(mine.makes(who, "namespaces", "", namespace) for who in mine.of("who")):
            yield "namespace", namespace
            yield "account", (namespace, "default")


def held_token_secrets(mine, cluster):
    for k in filter(cluster.is_token, mine.of("secret")):
        secret = cluster.of("Secret")[k]
        found = k[0], secret["metadata"]["annotations"]["kubernetes.io/service-account.name"]
        accepted = states.takes_token(secret, version=cluster.version)
        if accepted and found in cluster.of("ServiceAccount"):
            yield "who", account(*found)


def bootstrap_tokens(mine, cluster):
    """Whoever writes one chooses its id, which no other one has, and its groups."""
    if not cluster.takes_tokens():
        return
    named = {name.removeprefix("system:bootstrap:") for name in cluster.users}
    named |= {name.removeprefix("bootstrap-token-") for _, name in cluster.of("Secret")}
    named |= {name.removeprefix("bootstrap-token-") for name in cluster.names}
    for token in (*(one for one in named if len(one) == len("abcdef")), "123456"):
        if _writes_token(mine, cluster, f"bootstrap-token-{token}"):
            own = f"system:bootstrap:{token}"
            yield "who", user(own, "system:bootstrappers")
            for group in cluster.groups:
                if group.startswith("system:bootstrappers:"):
                    yield "who", user(own, "system:bootstrappers", group)


def _writes_token(mine, cluster, name):
    k = "kube-system", name
    there = cluster.of("Secret").get(k)
    if (there and there["type"] == "bootstrap.kubernetes.io/token") and any(
        mine.any_may(verb, "secrets", *k) for verb in ("patch", "update")
    ):
        return True
    room = k in cluster.of("Secret") or mine.has_room(k[0], "secrets")  # one goes, and one comes
    return (
        room
        and mine.frees("Secret", "secrets", *k)
        and any(mine.makes(who, "secrets", *k) for who in mine.of("who"))
    )


def _read_back(mine, namespace, name):
    return any(mine.any_may(verb, "secrets", namespace, name) for verb in BY_NAME) or any(
        mine.any_may(verb, "secrets", namespace) for verb in WITHOUT_NAME
    )


def _debugged(mine, cluster, namespace):
    return any(
        mine.any_may(verb, "pods/ephemeralcontainers", *k)
        for k, spec in cluster.changeable(mine)
        for verb in ("patch", "update")
        if k[0] == namespace and cluster.listed_by(namespace, spec["serviceAccountName"]) is None
    )


def _given_anew(mine, cluster):
    """Secrets that a Pod has in its files, or its kubelet may get, whenever they are written."""
    nodes = set(filter(None, map(node_of, mine.of("who"))))
    for k, pod in cluster.of("Pod").items():
        if k in mine.of("pod"):
            yield from ((k[0], name) for name in pods.renewed(states.running_inside(pod)))
        if pod["spec"].get("nodeName") in nodes and not pods.is_mirror(pod):
            yield from ((k[0], name) for name in pods.read_by_kubelet(pod["spec"]))


def new_token_secrets(mine, cluster):
    for namespace, name in product(mine.places(), cluster.names):
        if (
            mine.has_room(namespace, "secrets")
            and mine.frees("Secret", "secrets", namespace, name)
            and any(mine.makes(who, "secrets", namespace, name) for who in mine.of("who"))
            and (_read_back(mine, namespace, name) or _debugged(mine, cluster, namespace))
        ):
            yield from mine.accounts_of(namespace)
    for k in _given_anew(mine, cluster):
        if k not in cluster.of("Secret") and k[0] not in cluster.closed:
            made = any(mine.makes(who, "secrets", *k) for who in mine.of("who"))
            yield from mine.accounts_of(k[0]) if made else ()


def changed_token_secrets(mine, cluster):
    given = set(_given_anew(mine, cluster))
    for k in filter(cluster.is_token, cluster.of("Secret")):
        if cluster.of("Secret")[k].get("immutable"):
            continue
        if mine.any_may("patch", "secrets", *k) or (
            mine.any_may("update", "secrets", *k)
            and (_read_back(mine, *k) or _debugged(mine, cluster, k[0]) or k in given)
        ):
            yield from mine.accounts_of(k[0])


def idle_token(cluster, k, spec):
    """The ServiceAccount of a Pod with a token, which a new container mounts.

    A kubelet asks for one that no container mounts yet: a namespace that goes refuses this.
    """
    if pods.has_token(spec) and (k[0] not in cluster.closed or pods.keeps_token(spec)):
        yield from own_account(cluster, k, spec)


def own_account(cluster, k, spec):
    found = k[0], spec["serviceAccountName"]
    yield from (("who", account(*one)) for one in cluster.of("ServiceAccount") if one == found)


def revived(mine, k, spec):
    """The ServiceAccount of a Pod, if it was deleted and one creates another."""
    found = k[0], spec["serviceAccountName"]
    yield from (("who", account(*one)) for one in mine.of("account") if one == found)
