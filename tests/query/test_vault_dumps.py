"""The graph says of a dump of Vault what ``vault can-i`` says, and exposure what paths say."""

import io
import json

from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.facts.external.vault_can_i import vault_can_i
from rbacgraph.graph.build import build
from rbacgraph.model.condition import CERTAIN, If, both
from rbacgraph.model.node import VAULT
from rbacgraph.techniques.catalogue import KINDS
from tests.query.plain.clusters.objects import ACCOUNTS, SPACES
from tests.query.plain.clusters.store_clusters import store_snapshot
from tests.query.test_first_edges import agrees
from tests.query.vault_dumps import random_dump
from tests.worlds import law, worlds

GRANTED = {If.TOKEN_IS_FOR_AUDIENCE, If.CALLER_IS_IN_NETWORKS}
UNSEEN = {
    If.AUTH_METHODS_OF_VAULT_ARE_SEEN,
    If.ROLES_OF_VAULT_ARE_SEEN,
    If.ROLE_OF_VAULT_ADMITS,
}
ASKED = f"kv/data/{ACCOUNTS[0]}/other"


def snapshot_of(seed):
    """Return ServiceAccounts with uids, some of their Namespaces, and a dump."""
    objects = [
        {"kind": "ServiceAccount", "metadata": {"name": name, "namespace": space, "uid": uid}}
        for space in SPACES
        for name in ACCOUNTS
        if (uid := f"uid-{space}-{name}")
    ]
    for number, space in enumerate(SPACES):
        if (seed + number) % 3:
            labels = {"team": "b" if number % 2 else "a"}
            objects.append({"kind": "Namespace", "metadata": {"name": space, "labels": labels}})
    listed = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [{"apiVersion": "v1", **o} for o in objects],
    }
    snapshot = rg.load(io.BytesIO(json.dumps(listed).encode()), kubernetes_version="1.36").snapshot
    mounts = ("auth/kubernetes", "auth/jwt") if seed % 4 else ()
    return replace(snapshot, dumps={"vault": (random_dump(seed),)}, vault_mounts=mounts)


def ways_of(graph, account):
    """Return by path the conditions on which a ServiceAccount's own logins read it."""
    found = {}
    start = graph.index.get(("serviceaccount", *account))
    waiting = [] if start is None else [(start, CERTAIN, False)]
    while waiting:
        node, condition, inside = waiting.pop()
        for edge in graph.outgoing.of(node):
            wanted = ("vault-policy", "contains") if inside else ("vault-login",)
            if graph.kind_of[edge] not in {KINDS[one] for one in wanted}:
                continue
            target, joined = graph.target_of[edge], both(condition, graph.condition_at(edge))
            waiting.append((target, joined, True))
            if graph.nodes[target][0] == VAULT:
                found.setdefault(graph.nodes[target][2], []).append(joined)
    return found


def doubts_of(condition):
    return {doubt.code for doubt in condition.doubts} - GRANTED


@law(snapshot_of, 90)
def test_the_graph_says_what_can_i_says(seed):
    snapshot = snapshot_of(seed)
    graph = build(snapshot, outside=[ASKED])
    paths = [node[2] for node in graph.nodes if node[0] == VAULT]
    assert ASKED in paths
    for account in ((space, name) for space in SPACES for name in ACCOUNTS):
        ways = ways_of(graph, account)
        for path in paths:
            method = "POST" if "pki/issue" in path else "GET"
            decision = vault_can_i(
                snapshot, method=method, path=path, namespace=account[0], name=account[1]
            )
            found = [doubts_of(one) for one in ways.get(path, ())]
            said = {doubt.code for one in decision.missing for doubt in one.doubts} - UNSEEN
            assert decision.allowed == (set() in found), (account, path)
            assert (decision.allowed or bool(said)) == bool(found), (account, path)


def test_the_worlds_have_every_answer():
    """The law above sees logins that are certain, conditional by each doubt, and refused."""
    seen = set()
    for seed in worlds(snapshot_of, 90):
        graph = build(snapshot_of(seed))
        for account in ((space, name) for space in SPACES for name in ACCOUNTS):
            for conditions in ways_of(graph, account).values():
                seen.update(doubt.code for one in conditions for doubt in one.doubts)
                seen.update("certain" for one in conditions if not one)
    assert seen >= {
        *("certain", *GRANTED, If.POLICY_OF_VAULT_ALLOWS, If.POLICY_OF_VAULT_DOES_NOT_DENY),
        *(If.MOUNT_OF_VAULT_IS_THIS_CLUSTERS, If.NAMESPACE_IS_SELECTED_BY_VAULT),
    }


@law(store_snapshot, 30)
def test_exposure_says_what_paths_says_by_a_dump(seed):
    snapshot = replace(
        store_snapshot(seed),
        dumps={"vault": (random_dump(seed),)},
        vault_mounts=("auth/kubernetes",),
    )
    rows = agrees(rg.Cluster(snapshot))
    assert any(row.secret.startswith("vault:") for row in rows)
