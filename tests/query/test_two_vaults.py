"""Dumps of two Vaults: two stores side by side say what each says alone, and nothing more."""

import io
import json
import random
from itertools import product

from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.graph.build import build
from rbacgraph.model.node import (
    JOIN,
    STORE_LOGINS,
    VAULT,
    VAULT_CHOICE,
    VAULT_LOGIN,
    VAULT_NAMESPACE,
    VAULT_SECRETS,
    VAULT_TOKEN,
    format_node,
)
from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry, VaultMount, VaultPolicy
from rbacgraph.techniques.catalogue import EDGES
from tests.query.plain.clusters.objects import ACCOUNTS, SPACES
from tests.query.plain.clusters.store_clusters import objects_of_stores
from tests.query.test_first_edges import agrees
from tests.query.test_vault_dumps import snapshot_of
from tests.query.vault_dumps import random_dump
from tests.stores.vault.test_escalation_law import ACCOUNT, with_both_roles, world_of
from tests.worlds import law

ONE, OTHER, THIRD = "a.example:8200", "b.example:8200", "c.example:8200"
OF_VAULT = {VAULT, VAULT_CHOICE, VAULT_LOGIN, VAULT_NAMESPACE, VAULT_SECRETS, VAULT_TOKEN}


def two_dumps(seed):
    """Return a cluster without stores' objects, and two dumps: of readers, or of attackers."""
    if seed % 2:
        kept = {"vault_mounts": ("auth/k8s",)}
        snapshot = replace(rg.load(io.BytesIO(ACCOUNT.encode()), bootstrap=False).snapshot, **kept)
        return snapshot, *(with_both_roles(world_of(seed + number)[2]) for number in (0, 10_000))
    dumps = (with_engine(random_dump(seed + number), seed) for number in (0, 10_000))
    return snapshot_of(seed), *dumps


def with_engine(dump, seed):
    """Return a dump with an engine that makes tokens of a ServiceAccount."""
    if seed % 3:
        return dump
    text = 'path "kube/creds/+" { capabilities = ["update"] }'
    role = {"service_account_name": ACCOUNTS[1], "allowed_kubernetes_namespaces": ("*",)}
    return replace(
        dump,
        policies=(*dump.policies[1:], VaultPolicy("", "one", text)),
        mounts=(*dump.mounts, VaultMount("", "kube", "kubernetes")),
        entries=(*dump.entries, VaultEntry("", "kube/roles/x", role)),
    )


def beside(snapshot, *stores):
    """Return a cluster with dumps at their addresses, whose mounts are said of each."""
    stores = tuple(
        replace(dump, address=address) for dump, address in zip(stores, (ONE, OTHER), strict=True)
    )
    mounts = [f"{one.address}/{mount}" for one in stores for mount in snapshot.vault_mounts]
    return replace(snapshot, stores=stores, vault_mounts=tuple(mounts))


def arcs(graph):
    """Return each edge, and each AND node as one from all its inputs: ends, kind, condition."""
    joins = {}
    for edge, node in enumerate(graph.target_of):
        if graph.nodes[node][0] == JOIN:
            joins.setdefault(node, set()).add(graph.nodes[graph.source_of[edge]])
    for edge, target in enumerate(graph.target_of):
        source = graph.source_of[edge]
        if target not in joins:
            inputs = joins.get(source, {graph.nodes[source]})
            kind = EDGES[graph.kind_of[edge]].id
            yield frozenset(inputs), graph.nodes[target], kind, graph.condition_at(edge)


def at(node, address):
    """Return a node of the only Vault as it is named where there are several."""
    return (node[0], address, node[2]) if node[0] in OF_VAULT and not node[1] else node


def said(graph, address=""):
    """Return what a graph says of Vault."""
    return {
        (frozenset(at(one, address) for one in inputs), at(target, address), kind, parts)
        for inputs, target, kind, condition in arcs(graph)
        if any(one[0] in OF_VAULT for one in (*inputs, target))
        for parts in [plain(condition)]
    }


def plain(condition):
    """Return a condition without the addresses of the two Vaults."""
    strip = lambda text: text.replace(f"{ONE}/", "").replace(f"{OTHER}/", "")  # noqa: E731
    return frozenset(
        (doubt.code, *(strip(str(one)) for one in doubt.subject)) for doubt in condition.doubts
    )


def of_one_store_each(graph):
    """Whether no edge and no AND node has ends in both Vaults."""
    for inputs, target, _, _ in arcs(graph):
        places = {one[1] for one in (*inputs, target) if one[0] in OF_VAULT}
        assert len(places) <= 1, (inputs, target)
    nodes = graph.nodes
    assert len(set(map(format_node, nodes))) == len(nodes), "two nodes have one name"


@law(two_dumps, 60)
def test_side_by_side_they_say_what_each_says_alone(seed):
    snapshot, *dumps = two_dumps(seed)
    both = build(beside(snapshot, *dumps))
    of_one_store_each(both)
    alone = [
        said(build(replace(snapshot, stores=(dump,))), address)
        for dump, address in zip(dumps, (ONE, OTHER), strict=True)
    ]
    assert said(both) == alone[0] | alone[1]
    assert said(both)


def objects_at_servers(seed):
    """Return a cluster whose objects name two Vaults, a third, and none; and two dumps."""
    rng = random.Random(f"servers {seed}")
    servers = [f"https://{one}" for one in (ONE, OTHER, ONE, OTHER, THIRD)]
    objects = objects_of_stores(seed)
    kept = [one["metadata"] for one in objects if one["kind"] == "ServiceAccount"]
    there = {(one["namespace"], one["name"]) for one in kept}
    for space, name in sorted({*product(SPACES, ACCOUNTS)} - there):
        meta = {"namespace": space, "name": name}
        objects.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
    for one in objects:
        spec, notes = one.get("spec", {}), one["metadata"].get("annotations", {})
        if "vault" in spec.get("provider", ()) and isinstance(spec["provider"], dict):
            spec["provider"]["vault"]["server"] = rng.choice(servers)
        elif spec.get("provider") == "vault" and rng.random() < 0.8:
            spec["parameters"]["vaultAddress"] = rng.choice(servers)
        if notes and rng.random() < 0.8:
            notes["vault.hashicorp.com/service"] = rng.choice(servers)
            notes["vault.hashicorp.com/role"] = "r"
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    snapshot = rg.load(io.BytesIO(text.encode()), kubernetes_version="1.36").snapshot
    snapshot = replace(snapshot, vault_mounts=("auth/kubernetes",))
    return beside(snapshot, random_dump(seed), random_dump(seed + 10_000))


def not_of(graph, address):
    """Return what a graph says of all but one Vault, and of the logins of objects there."""
    external = graph.world.part(ExternalSecrets)
    logins = {node for node, one in external.known_logins.items() if one.address == address}
    reads = [one for one in external.pod_reads if one.maker and one.address == address]
    logins.update(external.class_login(one.maker) for one in reads)
    return {
        (inputs, target, kind, condition)
        for inputs, target, kind, condition in arcs(graph)
        if any(one[0] in {*OF_VAULT, *STORE_LOGINS} for one in (*inputs, target))
        and not any(
            one in logins or (one[0] in OF_VAULT and one[1] == address) for one in (*inputs, target)
        )
    }


@law(objects_at_servers, 40)
def test_what_is_said_of_one_rests_on_its_dump_alone(seed):
    snapshot = objects_at_servers(seed)
    both, (one, other) = build(snapshot), snapshot.stores
    nodes = both.nodes
    assert len(set(map(format_node, nodes))) == len(nodes), "two nodes have one name"
    for gone, stores in (
        (ONE, (VaultDump(address=ONE), other)),
        (OTHER, (one, VaultDump(address=OTHER))),
    ):
        assert not_of(both, gone) == not_of(build(replace(snapshot, stores=stores)), gone)


@law(objects_at_servers, 16)
def test_exposure_says_what_paths_says_of_two(seed):
    rows = agrees(rg.Cluster(objects_at_servers(seed)))
    assert any(row.secret.startswith(f"vault:{ONE}/") for row in rows)
