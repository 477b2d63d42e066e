"""Dumps of two Vaults: two stores side by side say what each says alone, and nothing more."""

import io
import json
import random
import re
from itertools import product

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.graph.build import build
from rbacgraph.model.inputs.snapshot import Snapshot
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
from rbacgraph.report.text.layout.look import Look
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
    snapshot = snapshot_of(seed)
    mounts = (*snapshot.vault_mounts, *(("kube",) if seed % 4 else ()))
    return replace(snapshot, vault_mounts=mounts), *dumps


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
    return replace(snapshot, dumps={"vault": stores}, vault_mounts=tuple(mounts))


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
        said(build(replace(snapshot, dumps={"vault": (dump,)})), address)
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
    asked = {"kubernetes_version": "1.36", "bootstrap": False}
    snapshot = rg.load(io.BytesIO(text.encode()), **asked).snapshot
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
        assert not_of(both, gone) == not_of(build(replace(snapshot, dumps={"vault": stores})), gone)


@law(objects_at_servers, 16)
def test_exposure_says_what_paths_says_of_two(seed):
    # A path without an address is asked of each Vault.
    named = re.compile(r"vault:[abc]\.example:8200/").match
    rows = agrees(rg.Cluster(objects_at_servers(seed)), named)
    assert any(row.secret.startswith(f"vault:{ONE}/") for row in rows)


DUMP, CLUSTER = "fixtures/edges/vault-policy/dump", "fixtures/edges/vault-policy/yes.yaml"
STORED = """\
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: vault, namespace: shop}
spec:
  provider:
    vault:
      SERVER
      path: kv
      auth: {kubernetes: {mountPath: kubernetes, role: shop, serviceAccountRef: {name: api}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: shop}
spec:
  secretStoreRef: {name: vault}
  data: [{secretKey: k, remoteRef: {key: prod/db}}]
"""


SEARCHED = f"""\
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
    vault.hashicorp.com/agent-inject: "true"
    vault.hashicorp.com/agent-inject-status: injected
    vault.hashicorp.com/service: http://vault.shop.svc:8200
    vault.hashicorp.com/role: shop
    vault.hashicorp.com/agent-inject-secret-a: kv/data/prod/injected
spec: {{serviceAccountName: api, containers: [{{name: c, image: i}}]}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: all, namespace: shop}}
spec:
  secretStoreRef: {{name: vault}}
  target: {{name: all}}
  dataFrom: [{{find: {{path: prod}}}}]
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {{name: same, namespace: shop}}
spec: {{provider: {{vault: {{server: "https://{OTHER}", path: kv, auth: {{}}}}}}}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: pay, namespace: shop}}
spec:
  secretStoreRef: {{name: same}}
  target: {{name: pay}}
  data: [{{secretKey: k, remoteRef: {{key: prod/pay}}}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: r, namespace: shop}}
rules: [{{apiGroups: [""], resources: [secrets], resourceNames: [all], verbs: [get]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: r, namespace: shop}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}}
subjects: [{{kind: User, name: reader}}]
"""


@pytest.fixture
def load(root, tmp_path):
    """Return a function that loads a cluster beside two dumps that differ in their address."""
    dump = rg.load(root / DUMP, bootstrap=False).snapshot.vault
    files = [tmp_path / f"{name}.json" for name in "ab"]
    for file, address in zip(files, (ONE, OTHER), strict=True):
        rg.Cluster(Snapshot(dumps={"vault": (replace(dump, address=address),)})).save(file)

    def loaded(server=None, beside="", **settings):
        more = tmp_path / "more.yaml"
        more.write_text("" if server is None else STORED.replace("SERVER", server) + beside)
        return rg.load(root / CLUSTER, more, *files, bootstrap=False, **settings)

    loaded.files = files
    return loaded


def ways(cluster, path, source="sa:shop/api"):
    """Return by secret whether a principal gets at it, and for certain."""
    found = cluster.paths(secret=f"vault:{path}", source=source).result.secrets
    return {
        one.secret.removeprefix("vault:"): max((path.certain for path in one.paths), default=None)
        for one in found
    }


OF_ONE, OF_OTHER = f"{ONE}/kv/data/prod/db", f"{OTHER}/kv/data/prod/db"


def test_a_path_that_both_have_is_told_apart_by_address(load):
    cluster = load(vault_mounts=[f"{ONE}/kubernetes=this"])
    assert ways(cluster, "kv/data/prod/db") == {OF_ONE: True, OF_OTHER: False}
    assert ways(cluster, OF_OTHER) == {OF_OTHER: False}
    assert f"(--vault-mount {OTHER}/auth/kubernetes=this)" in text_of(
        cluster.paths(f"vault:{OF_OTHER}")
    )
    assert ways(cluster, "kv/data/prod/x") == {
        f"{ONE}/kv/data/prod/x": True,
        f"{OTHER}/kv/data/prod/x": False,
    }
    assert ways(cluster, f"{ONE}/kv/data/prod/x") == {f"{ONE}/kv/data/prod/x": True}
    for path in ("kv/prod/db", f"{ONE}/kv/prod/db"):
        with pytest.raises(UsageError, match="keeps versions"):
            ways(cluster, path)


def test_a_mount_of_several_vaults_is_asked_back(load):
    with pytest.raises(UsageError, match=f"have a mount kubernetes: {ONE}, {OTHER}") as refused:
        load(vault_mounts=["kubernetes"])
    assert refused.value.advice == f"say of which it is: --vault-mount {ONE}/kubernetes=this"


def test_a_mount_of_one_vault_needs_no_address(load):
    dump = load().snapshot.stores[1]
    other = replace(dump, entries=(), lists=(), mounts=dump.mounts[1:])
    rg.Cluster(Snapshot(dumps={"vault": (other,)})).save(load.files[1])
    cluster = load(vault_mounts=["auth/kubernetes", "nowhere"])
    assert cluster.snapshot.vault_mounts == (f"{ONE}/auth/kubernetes", "nowhere")


def test_what_is_said_of_a_saved_dump_stays_said_of_it_alone(load, root, tmp_path):
    one, _ = load.files
    said = {"vault_mounts": ["kubernetes"], "vault_addresses": ["vault.shop"]}
    saved = rg.load(root / CLUSTER, one, bootstrap=False, **said)
    saved.save(one)
    cluster = load("server: https://vault.shop")
    assert ways(cluster, "kv/data/prod/db") == {OF_ONE: True, OF_OTHER: False}
    assert cluster.snapshot.vault_addresses == (f"vault.shop={ONE}",)
    rg.load(root / CLUSTER, bootstrap=False, vault_mounts=["kubernetes"]).save(one)
    kept, _ = cluster.snapshot.stores
    rg.Cluster(Snapshot(dumps={"vault": (kept,)})).save(tmp_path / "kept.json")
    beside = rg.load(one, tmp_path / "kept.json", load.files[1], bootstrap=False)
    assert ways(beside, "kv/data/prod/db") == {OF_ONE: False, OF_OTHER: False}


def test_objects_mean_the_dump_of_their_address(load):
    """The role of the one dump is gone: there the store does not log in, and nothing is unsure."""
    dump = load().snapshot.stores[0]
    gone = [one for one in dump.entries if not one.path.endswith("/shop")]
    left = replace(dump.lists[0], names=("own",))
    lists = (*(one for one in dump.lists if one.path != "auth/kubernetes/role"),)
    lists += (replace(left, path="auth/kubernetes/role"),)
    rg.Cluster(Snapshot(dumps={"vault": (replace(dump, entries=tuple(gone), lists=lists),)})).save(
        load.files[0]
    )
    settings = {"vault_mounts": [f"{one}/kubernetes" for one in (ONE, OTHER)]}
    named = load(f"server: https://{ONE}", **settings)
    assert ways(named, OF_ONE) == {OF_ONE: None}
    other = load(f"server: https://{OTHER}", **settings)
    assert ways(other, OF_OTHER) == {OF_OTHER: True}
    assert "store-login" in edges(other, OF_OTHER)
    assert "store-login" not in edges(named, OF_OTHER)


def edges(cluster, path):
    found = cluster.paths(secret=f"vault:{path}", source="sa:shop/api")
    return {hop.edge for one in found for hop in one.hops}


def test_another_address_may_be_of_either(load):
    mounts = {"vault_mounts": [f"{one}/kubernetes" for one in (ONE, OTHER)]}
    unsure = load("server: https://vault.shop.svc:8200", **mounts)
    assert ways(unsure, "vault.shop:8200/kv/data/prod/db") == {
        "vault.shop:8200/kv/data/prod/db": False
    }
    answer = unsure.paths("vault:vault.shop:8200/kv/data/prod/db", without=["store-login"])
    said = text_of(answer)
    assert f"the Vault at {ONE} is also at vault.shop:8200" in said
    assert f"(--vault-address vault.shop:8200={ONE})" in said
    known = load(
        "server: https://vault.shop.svc:8200",
        SEARCHED,
        vault_addresses=[f"http://vault.shop.svc.cluster.local:8200=https://{OTHER}"],
        **mounts,
    )
    assert ways(known, "kv/data/prod/db") == {OF_ONE: True, OF_OTHER: True}
    assert "store-login" in edges(known, OF_OTHER)
    assert ways(known, f"{OTHER}/kv/data/prod/injected") == {f"{OTHER}/kv/data/prod/injected": True}
    assert not any(row.secret.startswith("vault:vault.shop") for row in known.exposure())
    pay = f"{OTHER}/kv/data/prod/pay"  # the search of one store finds what another names
    assert ways(known, pay, "user:reader") == {pay: False}
    with pytest.raises(UsageError, match=r"vault\.shop:8200 does not say which"):
        load(vault_addresses=["https://me:CANARY@vault.shop.svc:8200"])


def text_of(answer):
    return " ".join(answer.report().render("wide", Look(width=1000)).split())


OF_EACH = "---\n" + STORED.replace("SERVER", "OTHER").replace("vault}", "same}").replace(
    "name: vault,", "name: same,"
).replace("{name: db,", "{name: again,")


def test_what_objects_name_without_an_address_may_be_of_either(load):
    mounts = [f"{one}/kubernetes" for one in (ONE, OTHER)]
    cluster = load("version: v2", vault_mounts=mounts)
    assert ways(cluster, "kv/data/prod/db") == {
        OF_ONE: True,
        OF_OTHER: True,
        "kv/data/prod/db": False,
    }
    named = OF_EACH.replace("OTHER", f"server: https://{ONE}")
    beside = load("version: v2", named, vault_mounts=mounts)
    tokens = {
        one[1]
        for inputs, target, _, _ in arcs(beside.access_graph)
        for one in inputs
        if target == (VAULT, "", "kv/data/prod/db") and one[0] == VAULT_TOKEN
    }
    assert tokens == {ONE, OTHER}
    said = text_of(cluster.paths("vault:kv/data/prod/db", without=["store-login"]))
    assert f"objects that name no server mean the Vault at {ONE}" in said


@pytest.mark.parametrize("addresses", [(ONE, OTHER), (OTHER, ONE)])
def test_a_missing_account_that_one_names_may_log_in_at_the_other(root, addresses):
    """Somebody may create it; a role by pattern admits all that are nodes."""
    role = {
        "bound_service_account_names": ("gone",),
        "bound_service_account_namespaces": ("shop",),
        "token_policies": ("p",),
        "token_no_default_policy": True,
    }
    policy = VaultPolicy("", "p", 'path "kv/data/a" { capabilities = ["read"] }')
    stores = [
        VaultDump(
            address=address,
            policies=(policy,),
            entries=(VaultEntry("", "auth/kubernetes/role/r", {**role, field: value}),),
        )
        for address, field, value in zip(
            addresses,
            ("token_policies", "bound_service_account_names"),
            (("p",), ("*",)),
            strict=True,
        )
    ]
    snapshot = rg.load(root / CLUSTER, bootstrap=False).snapshot
    mounts = tuple(f"{one}/auth/kubernetes" for one in (ONE, OTHER))
    stores = tuple(sorted(stores, key=lambda one: one.address))
    cluster = rg.Cluster(replace(snapshot, dumps={"vault": stores}, vault_mounts=mounts))
    found = {f"{address}/kv/data/a": False for address in (ONE, OTHER)}
    assert ways(cluster, "kv/data/a", "sa:shop/gone") == found


def test_questions_of_one_vault_name_it(load):
    mount = f"{OTHER}/kubernetes"
    cluster = load(f"server: https://{OTHER}", vault_mounts=[mount])
    for ask in (lambda: cluster.vault_can_i("GET", "kv/data/a", user=API), cluster.vault_suggest):
        with pytest.raises(UsageError, match=f"of several Vaults: {ONE}, {OTHER}"):
            ask()
    assert cluster.vault_can_i("GET", f"vault:{OF_OTHER}", user=API)
    unknown = cluster.vault_can_i("GET", f"vault:{OF_ONE}", user=API)
    assert unknown.unknown
    assert unknown.missing[0].doubts[0].subject == (f"{ONE}/auth/kubernetes",) * 2
    about = {}
    for address in (ONE, OTHER):
        settings = {"vault_mounts": [mount], "vault_addresses": [f"https://{address}"]}
        result = load(f"server: https://{OTHER}", **settings).vault_suggest()
        about[address] = {one.path: bool(one.objects) for one in result.roles}
    assert (about[ONE][SHOP], about[OTHER][SHOP]) == (False, True)


API, SHOP = "sa:shop/api", "auth/kubernetes/role/shop"


def test_each_address_of_one_dump_names_its_secrets(load, root):
    """What objects call it, and what the dump says that it is; two of them are two secrets."""
    names = ["vault.shop:8200", "vault.more:8200"]
    _ = load(f"server: https://{names[0]}", OF_EACH.replace("OTHER", f"server: https://{names[1]}"))
    more = load.files[0].with_name("more.yaml")
    several = {"vault_mounts": ["kubernetes"], "vault_addresses": names, "bootstrap": False}
    cluster = rg.load(root / CLUSTER, more, load.files[0], **several)
    both = {f"{one}/kv/data/prod/db": True for one in names}
    assert ways(cluster, "kv/data/prod/db") == both
    shown = rg.diff(rg.load(root / CLUSTER, load.files[0], bootstrap=False), cluster).result
    assert {*shown.new_secrets} >= {f"vault:{one}" for one in both}
    _ = load(f"server: https://{names[0]}")
    cluster = rg.load(root / CLUSTER, more, load.files[0], **several)
    for name in ("", f"{names[0]}/", f"{ONE}/"):
        assert ways(cluster, f"{name}kv/data/prod/db") == {"kv/data/prod/db": True}
    with pytest.raises(NotFoundError):
        ways(cluster, f"{OTHER}/kv/data/prod/d*")


def test_cut_says_how_to_name_one_of_several(load):
    with pytest.raises(UsageError, match="matches 2") as refused:
        load().cut(secret="vault:kv/data/prod/db")
    assert refused.value.advice == f"choose one: vault:{OF_ONE}, vault:{OF_OTHER}"
    assert load().cut(secret=f"vault:{OF_ONE}").result.secret == f"vault:{OF_ONE}"


def test_a_second_dump_opens_nothing_of_the_first(load, root):
    one, other = load.files
    changes = rg.diff([root / CLUSTER, one], [root / CLUSTER, one, other])
    (gained,) = changes.result.changes
    assert (gained.gained, gained.secrets) == (True, (f"vault:{OF_OTHER}",))
    assert all(one.startswith(f"vault:{OTHER}/") for one in changes.result.new_secrets)
