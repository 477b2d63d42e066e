"""Stores outside the cluster: what is kept of the objects that name them."""

import json
from random import Random

import pytest

import rbacgraph as rg
from rbacgraph.authz.prepare import prepare
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.external.namespaces import admits
from rbacgraph.graph.build import build
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.go.regex import search
from rbacgraph.model.kubernetes.external_secrets import SecretStore, StoreCondition
from rbacgraph.model.kubernetes.meta import LabelSelector, ObjectMeta

ESO, VSO = "external-secrets.io/v1", "secrets.hashicorp.com/v1beta1"
CSI = "secrets-store.csi.x-k8s.io/v1"
KUBERNETES = {"mountPath": "kubernetes", "role": "r", "serviceAccountRef": {"name": "ci"}}


def obj(version, kind, name, spec, namespace="shop", **more):
    place = {"namespace": namespace} if namespace else {}
    meta = {"name": name, **place}
    return {"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec, **more}


def loaded(tmp_path, *objects):
    path = tmp_path / "input.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    return rg.load(path)


def vault(**fields):
    auth = fields.pop("auth", {"kubernetes": KUBERNETES})
    return {"vault": {"server": "https://v.example.com", "auth": auth, **fields}}


def external(*keys, store="store", **more):
    data = [{"secretKey": f"k{n}", "remoteRef": {"key": key}} for n, key in enumerate(keys)]
    return obj(
        ESO, "ExternalSecret", "db", {"secretStoreRef": {"name": store}, "data": data}, **more
    )


def outside(cluster):
    """The secrets outside that an input names."""
    return sorted(row.secret for row in cluster.exposure() if not row.secret.startswith("secret:"))


NAMED = (
    (vault(path="kv", version="v2"), ["prod/db"], ["vault:kv/data/prod/db"]),
    (vault(path="kv"), ["kv/data/prod/db", "prod/db"], ["vault:kv/data/prod/db"]),
    (vault(path="kv", version="v1"), ["prod/db"], ["vault:kv/prod/db"]),
    (vault(), ["kv/prod/db"], ["vault:kv/data/prod/db"]),
    (vault(), ["kv/data/prod/db"], ["vault:kv/data/prod/db"]),
    (vault(path="kv", namespace="team/a"), ["db"], ["vault:team/a/kv/data/db"]),
    ({"openbao": vault(path="kv")["vault"]}, ["db"], ["vault:kv/data/db"]),
    (
        {"aws": {"service": "SecretsManager", "region": "eu", "prefix": "prod/"}},
        ["db"],
        ["aws:secretsmanager/prod/db"],
    ),
    (
        {"aws": {"service": "ParameterStore", "region": "eu"}},
        ["/prod/db", "prod/db"],
        ["aws:ssm/prod/db"],
    ),
    (
        {"aws": {"service": "SecretsManager"}},
        ["arn:aws:secretsmanager:eu:1:secret:db-a1b2c3", "arn:aws:ssm:eu:1:parameter/db"],
        ["aws:secretsmanager/db", "aws:ssm/db"],
    ),
    (
        {"azurekv": {"vaultUrl": "https://Shop.vault.azure.net"}},
        ["db", "secret/key", "cert/tls", "key/rsa"],
        ["azure:shop/db", "azure:shop/key"],
    ),
    ({"gcpsm": {"projectID": "shop"}}, ["db"], ["gcp:shop/db"]),
    ({"onepassword": {"connectHost": "https://x"}}, ["db"], ["external:onepassword/db"]),
    ({"vault": {}, "aws": {}}, ["db"], []),  # two providers: the operator refuses it
    ({"vault": None}, ["db"], []),
)


@pytest.mark.parametrize(("provider", "keys", "names"), NAMED)
def test_a_key_is_named_as_the_store_knows_it(provider, keys, names, tmp_path):
    store = obj(ESO, "SecretStore", "store", {"provider": provider})
    assert outside(loaded(tmp_path, store, external(*keys))) == names


def test_one_path_at_two_addresses_is_two_secrets(tmp_path):
    stores = [
        obj(ESO, "SecretStore", "store", {"provider": vault(path="kv", server=url)}, place)
        for place, url in (("shop", "https://a.example.com"), ("pay", "https://b.example.com:8200"))
    ]
    found = loaded(tmp_path, *stores, external("db"), external("db", namespace="pay"))
    names = ["vault:a.example.com/kv/data/db", "vault:b.example.com:8200/kv/data/db"]
    assert outside(found) == names
    asked = found.paths(secret="vault:kv/data/db").result.secrets
    assert [one.secret for one in asked] == names
    (asked,) = found.paths(secret=names[1]).result.secrets
    assert asked.secret == names[1]


def test_one_server_has_one_name_however_it_is_written(tmp_path):
    urls = ["http://vault.vault:8200", "https://vault.vault.svc:8200"]
    urls.append("https://vault.vault.svc.cluster.local:8200/")
    objects = []
    for number, url in enumerate(urls):
        place = f"n{number}"
        spec = {"provider": vault(path="kv", server=url)}
        objects += [obj(ESO, "SecretStore", "store", spec, place), external("db", namespace=place)]
    assert outside(loaded(tmp_path, *objects)) == ["vault:kv/data/db"]


def test_one_name_in_two_accounts_is_two_secrets(tmp_path):
    objects = []
    for place, account in (("shop", "111111111111"), ("pay", "222222222222")):
        aws = {
            "region": "eu",
            "service": "SecretsManager",
            "role": f"arn:aws:iam::{account}:role/x",
        }
        spec = {"provider": {"aws": aws}}
        objects += [obj(ESO, "SecretStore", "store", spec, place), external("db", namespace=place)]
    names = [f"aws:{one * 12}/eu/secretsmanager/db" for one in "12"]
    assert outside(loaded(tmp_path, *objects)) == names


def test_secrets_of_the_same_cluster_are_secrets_of_it(tmp_path):
    """The provider kubernetes without an address reads another namespace as a ServiceAccount."""
    provider = {
        "kubernetes": {"remoteNamespace": "pay", "auth": {"serviceAccount": {"name": "ci"}}}
    }
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "pay"}}
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "ci", "namespace": "shop"},
    }
    store = obj(ESO, "SecretStore", "store", {"provider": provider})
    cluster = loaded(tmp_path, secret, account, store, external("db", namespace="shop"))
    assert outside(cluster) == []
    (path,) = cluster.paths(secret="pay/db", source="sa:shop/ci")
    assert [hop.edge for hop in path.hops] == ["store-login", "store-reads"]
    assert not path.certain


def test_an_address_loses_its_password(tmp_path):
    provider = vault(path="kv", server="https://user:CANARY@v.example.com/CANARY")
    store = obj(ESO, "SecretStore", "store", {"provider": provider})
    cluster = loaded(tmp_path, store, external("db"))
    assert cluster.snapshot.secret_stores[0].place == "v.example.com"
    assert "CANARY" not in repr(cluster.snapshot)


AUTHS = (
    ({"kubernetes": KUBERNETES}, ["ci"], [], False),
    ({"kubernetes": {"mountPath": "k", "role": "r"}}, [], [], True),
    ({"kubernetes": {"secretRef": {"name": "jwt", "key": "k"}}}, [], ["jwt"], False),
    ({"tokenSecretRef": {"name": "token", "key": "k"}}, [], ["token"], False),
    (
        {"appRole": {"roleRef": {"name": "id"}, "secretRef": {"name": "key", "key": "k"}}},
        [],
        ["key"],
        False,
    ),
    (
        {"jwt": {"kubernetesServiceAccountToken": {"serviceAccountRef": {"name": "ci"}}}},
        ["ci"],
        [],
        False,
    ),
    ([], [], [], True),
    ("CANARY", [], [], True),
)


@pytest.mark.parametrize(("auth", "accounts", "credentials", "own"), AUTHS)
def test_a_store_says_who_logs_in(auth, accounts, credentials, own, tmp_path):
    provider = vault(auth=auth, caProvider={"type": "Secret", "name": "ca", "key": "ca.crt"})
    (store,) = loaded(
        tmp_path, obj(ESO, "SecretStore", "store", {"provider": provider})
    ).snapshot.secret_stores
    assert [one.name for one in store.accounts] == accounts
    assert [one.name for one in store.credentials] == credentials
    assert store.own is own


def test_a_certificate_authority_is_no_login(tmp_path):
    server = {"caProvider": {"type": "ConfigMap", "name": "kube-root-ca.crt", "key": "ca.crt"}}
    auth = {"token": {"bearerToken": {"name": "token", "key": "k"}}}
    provider = {"kubernetes": {"server": server, "auth": auth}}
    cluster = loaded(tmp_path, obj(ESO, "SecretStore", "store", {"provider": provider}))
    (store,) = cluster.snapshot.secret_stores
    assert [one.name for one in store.credentials] == ["token"]
    assert [row.secret for row in cluster.exposure()] == ["secret:shop/token"]


def test_only_a_cluster_store_may_name_the_namespace_of_its_login(tmp_path):
    ref = {"name": "ci", "namespace": "ops"}
    provider = vault(path="kv", auth={"kubernetes": {"role": "r", "serviceAccountRef": ref}})
    accounts = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "ci", "namespace": one}}
        for one in ("ops", "shop")
    ]
    own = obj(ESO, "SecretStore", "store", {"provider": provider})
    wide = obj(ESO, "ClusterSecretStore", "store", {"provider": provider}, "")
    by_wide = external("db")
    by_wide["spec"]["secretStoreRef"]["kind"] = "ClusterSecretStore"
    for objects, account in (((own, external("db")), "shop"), ((wide, by_wide), "ops")):
        cluster = loaded(tmp_path, *accounts, *objects)
        paths = cluster.paths(secret="vault:kv/data/db")
        assert {path.principal for path in paths} == {f"serviceaccount:{account}/ci"}


def test_what_a_store_logs_in_with_and_what_is_pushed_are_secrets_of_the_cluster(tmp_path):
    token = {"tokenSecretRef": {"name": "token", "namespace": "ops", "key": "k"}}
    own = obj(ESO, "SecretStore", "own", {"provider": vault(auth=token)})
    wide = obj(ESO, "ClusterSecretStore", "wide", {"provider": vault(auth=token)}, "")
    push = obj(ESO, "PushSecret", "push", {"selector": {"secret": {"name": "db"}}})
    cluster = loaded(tmp_path, own, wide, push)
    references = {
        one.secret: [(each.source, each.detail) for each in one.references]
        for secret in ("shop/token", "ops/token", "shop/db")
        for one in cluster.paths(secret=secret).result.secrets
    }
    assert references == {
        "secret:shop/token": [("secretstore:shop/own", "spec")],
        "secret:ops/token": [("clustersecretstore:wide", "spec")],
        "secret:shop/db": [("pushsecret:shop/push", "spec.selector.secret.name")],
    }
    assert all(row.inferred and not row.made_by for row in cluster.exposure())


CLASSES = (
    ("vault", {"objects": "- {objectName: a, secretPath: v1/kv/data/db}"}, ["vault:kv/data/db"]),
    ("vault", {"vaultNamespace": "t", "objects": "- secretPath: kv/db"}, ["vault:t/kv/db"]),
    (
        "aws",
        {"objects": "- {objectName: db, objectType: secretsmanager}"},
        ["aws:secretsmanager/db"],
    ),
    ("aws", {"objects": "- {objectName: /prod/db, objectType: ssmparameter}"}, ["aws:ssm/prod/db"]),
    (
        "azure",
        {
            "keyvaultName": "Shop",
            "objects": "array:\n- |\n  objectName: db\n  objectType: secret\n- |\n  objectName: c\n"
            "  objectType: cert\n",
        },
        ["azure:shop/db"],
    ),
    (
        "gcp",
        {"secrets": "- {resourceName: projects/shop/secrets/db/versions/latest, path: db}"},
        ["gcp:shop/db"],
    ),
    ("vault", {"objects": "- ["}, []),
    ("vault", {"objects": "[" * 5000}, []),
    ("vault", {"objects": ["a"]}, []),
    ("other", {"objects": "- {objectName: db}"}, []),
)


@pytest.mark.parametrize(("provider", "parameters", "names"), CLASSES)
def test_a_provider_class_names_its_entries(provider, parameters, names, tmp_path):
    spec = {"provider": provider, "parameters": parameters}
    assert outside(loaded(tmp_path, obj(CSI, "SecretProviderClass", "db", spec))) == names


def test_what_the_vault_operator_reads(tmp_path):
    objects = [
        obj(VSO, "VaultStaticSecret", "a", {"mount": "kv", "path": "db", "type": "kv-v2"}),
        obj(VSO, "VaultStaticSecret", "b", {"mount": "kv1", "path": "db", "type": "kv-v1"}),
        obj(VSO, "VaultDynamicSecret", "c", {"mount": "db", "path": "creds/app", "namespace": "t"}),
        obj(VSO, "VaultPKISecret", "d", {"mount": "pki", "role": "web"}),
    ]
    auth = obj(VSO, "VaultAuth", "default", {"method": "kubernetes"})
    for one in objects:
        one["spec"]["vaultAuthRef"] = "default"
    names = ["vault:kv/data/db", "vault:kv1/db", "vault:pki/issue/web", "vault:t/db/creds/app"]
    assert outside(loaded(tmp_path, auth, *objects)) == names


@pytest.mark.parametrize(("allowed", "principals"), [(["shop"], {"ci"}), (["pay"], set())])
def test_a_vault_auth_takes_what_it_lacks_from_a_global_one_that_lets_it(
    allowed, principals, tmp_path
):
    shared = {"kubernetes": {"serviceAccount": "ci"}, "allowedNamespaces": allowed}
    auth = {"method": "kubernetes", "vaultAuthGlobalRef": {"name": "all", "namespace": "ops"}}
    static = {"vaultAuthRef": "login", "mount": "kv", "path": "db", "type": "kv-v2"}
    account = {"apiVersion": "v1", "kind": "ServiceAccount"}
    cluster = loaded(
        tmp_path,
        {**account, "metadata": {"name": "ci", "namespace": "shop"}},
        obj(VSO, "VaultAuthGlobal", "all", shared, "ops"),
        obj(VSO, "VaultAuth", "login", auth),
        obj(VSO, "VaultStaticSecret", "db", static),
    )
    found = cluster.paths(secret="vault:kv/data/db")
    assert {path.principal for path in found} == {
        f"serviceaccount:shop/{one}" for one in principals
    }


@pytest.mark.parametrize("spec", [None, {}, {"provider": {}}, {"data": 3}, {"dataFrom": [3, {}]}])
@pytest.mark.parametrize("kind", ["SecretStore", "ExternalSecret", "PushSecret"])
def test_an_object_without_what_it_should_have_names_nothing(kind, spec, tmp_path):
    cluster = loaded(tmp_path, obj(ESO, kind, "db", spec))
    assert outside(cluster) == []
    assert not [one for one in cluster.snapshot.diagnostics if one.severity == "error"]


def test_a_snapshot_keeps_what_was_read(tmp_path):
    store = obj(ESO, "SecretStore", "store", {"provider": vault(path="kv")})
    push = {
        "secretStoreRefs": [{"name": "store"}],
        "selector": {"secret": {"name": "db"}},
        "data": [{"match": {"secretKey": "a", "remoteRef": {"remoteKey": "copy"}}}],
    }
    cluster = loaded(tmp_path, store, external("db"), obj(ESO, "PushSecret", "push", push))
    cluster.save(tmp_path / "kept.json.gz")
    again = rg.load(tmp_path / "kept.json.gz")
    assert outside(again) == outside(cluster) == ["vault:kv/data/copy", "vault:kv/data/db"]


# --- what a PushSecret writes, and where

WRITTEN = {"match": {"secretKey": "a", "remoteRef": {"remoteKey": "copy"}}}
SYNCED = {"syncedPushSecrets": {"SecretStore/store": {"copy/": WRITTEN}}}
BY_NAME, BY_LABELS = [{"name": "store"}], [{"labelSelector": {"matchLabels": {"a": "b"}}}]
PUSHES = {
    "a key of data": ({"secretStoreRefs": BY_NAME, "data": [WRITTEN]}, {}),
    "all keys in one": (
        {
            "secretStoreRefs": BY_NAME,
            "dataTo": [{"storeRef": {"name": "store"}, "remoteKey": "copy"}],
        },
        {},
    ),
    "stores by labels": ({"secretStoreRefs": BY_LABELS, "data": [WRITTEN]}, SYNCED),
    "keys that the operator made": (
        {"secretStoreRefs": BY_NAME, "dataTo": [{"storeRef": {"name": "store"}}]},
        SYNCED,
    ),
}


@pytest.mark.parametrize(("spec", "status"), PUSHES.values(), ids=PUSHES)
@pytest.mark.parametrize("chosen", [{"name": "db"}, {"selector": {}}])
def test_the_keys_that_a_push_secret_writes(spec, status, chosen, tmp_path):
    store = obj(ESO, "SecretStore", "store", {"provider": vault(path="kv")})
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}}
    push = obj(ESO, "PushSecret", "p", {"selector": {"secret": chosen}, **spec}, status=status)
    graph = build(prepare(loaded(tmp_path, store, secret, push).snapshot))
    (pushed,) = ExternalSecrets(graph.world).pushes
    assert pushed.secret == ("shop", "db")
    assert pushed.remote == ("vault", "", "kv/data/copy")


def test_what_a_generator_makes_is_named_and_its_store_reads_it(tmp_path):
    store = obj(ESO, "SecretStore", "store", {"provider": vault(path="kv")})
    account = obj("v1", "ServiceAccount", "ci", None)
    selector = {"generatorRef": {"kind": "Password", "name": "made"}}
    push = {"secretStoreRefs": BY_NAME, "selector": selector, "data": [WRITTEN]}
    found = loaded(tmp_path, store, account, obj(ESO, "PushSecret", "push", push))
    paths = found.paths(secret="vault:kv/data/copy")
    assert {path.principal for path in paths} == {"serviceaccount:shop/ci"}
    assert {path.hops[-1].edge for path in paths} == {"store-reads"}


# --- which namespaces a ClusterSecretStore admits

TEAMS = ("a", "b")
NAMES = ("prod", "nonprod", "pay", "prod-eu", "shop")
PATTERNS = ("prod", "^prod", "prod$", "^prod$", "p.y", "^(pay|shop)$", "x", "")


def store_of(*conditions):
    return SecretStore(
        kind="ClusterSecretStore", api_version=ESO, metadata=ObjectMeta("s"), conditions=conditions
    )


def random_condition(random):
    selector = random.choice((None, LabelSelector(match_labels={"team": random.choice(TEAMS)})))
    return StoreCondition(
        tuple(random.sample(NAMES, random.randrange(2))),
        tuple(random.sample(PATTERNS, random.randrange(2))),
        selector,
    )


BY_HAND = {
    "prod": {"prod", "nonprod", "prod-eu"},
    "^prod": {"prod", "prod-eu"},
    "prod$": {"prod", "nonprod"},
    "^prod$": {"prod"},
    "p.y": {"pay"},
    "^(pay|shop)$": {"pay", "shop"},
    "x": set(),
    "": set(NAMES),
}
"""Which names each pattern matches, as Go's MatchString does: anywhere in the name."""


def expected(conditions, name, team):
    """Whether a store is open to a namespace: any part of any condition is enough."""
    return not conditions or any(
        name in one.namespaces
        or any(name in BY_HAND[pattern] for pattern in one.regexes)
        or (one.selector is not None and one.selector.match_labels == {"team": team})
        for one in conditions
    )


def test_a_store_admits_what_one_part_of_one_condition_admits():
    random, seen = Random(1), set()
    for _ in range(2000):
        conditions = tuple(random_condition(random) for _ in range(random.randrange(4)))
        name, team = random.choice(NAMES), random.choice(TEAMS)
        labels = {name: {"team": team, "kubernetes.io/metadata.name": name}}
        found = admits(store_of(*conditions), name, labels)
        assert found in {None, CERTAIN}
        assert (found == CERTAIN) == expected(conditions, name, team), (conditions, name, team)
        unseen = admits(store_of(*conditions), name, {})
        # Without the namespace's labels nothing that was open is closed.
        assert (unseen is None) <= (found is None)
        seen.add((found is None, bool(unseen)))
    assert seen == {(True, False), (True, True), (False, False), (False, True)}


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*$", "a*a*a*a*a*$", "(", "(?P<x"])
def test_a_pattern_that_is_not_tried_leaves_it_open(pattern):
    name = "a" * 62 + "b"
    assert search(pattern, name) is None
    found = admits(store_of(StoreCondition(regexes=(pattern,))), name, {})
    assert found is not None
    assert found != CERTAIN
