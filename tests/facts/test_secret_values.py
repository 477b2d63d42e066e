"""What Secrets are worth: twins of types, names of keys, and what these lead to."""

import io
import json

import pytest

import rbacgraph as rg
from rbacgraph.errors import InputError
from rbacgraph.facts.value.secret_values import SecretValues, by_key, by_keys, is_public
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.risk.secret_value import WORTH_LEVELS, Worth
from rbacgraph.model.inputs.value_rule import ValueLevel, ValueRule
from rbacgraph.model.node import AGE, CLUSTER, SECRET, SERVICE_ACCOUNT, VAULT
from rbacgraph.sources.config.secret_values import read_value_rules
from tests.facts.kept import kept

TOKEN = "kubernetes.io/service-account-token"
CI = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "ci", "namespace": "shop"}}


def secret(name="db", namespace="shop", kind="Opaque", keys=("x",), **metadata):
    data = dict.fromkeys(keys, "dmFsdWU=")
    found = {"name": name, "namespace": namespace, **metadata}
    return {"apiVersion": "v1", "kind": "Secret", "type": kind, "data": data, "metadata": found}


def values(*objects, rules=()):
    text = "\n".join(map(json.dumps, objects)).encode()
    return kept(
        Facts(rg.load(io.BytesIO(text), allow_empty=True).snapshot.about_values(rules)),
        SecretValues,
    )


def value(*objects, admins=(), rules=()):
    metadata = objects[0]["metadata"]
    node = SECRET, metadata["namespace"], metadata["name"]
    known = values(*objects, rules=rules)
    found = known.of(node, admins)
    assert known.level_of(node, admins) is found.level
    return found


def token(**metadata):
    annotations = {"kubernetes.io/service-account.name": "ci"}
    return secret("t", kind=TOKEN, keys=("token",), annotations=annotations, **metadata)


@pytest.mark.parametrize(
    ("given", "worth"),
    [
        (secret("kubeadm-certs", "kube-system", keys=("ca.key",)), Worth.KUBEADM_CERTIFICATES),
        (secret("kubeadm-certs", keys=("ca.key",)), Worth.CA_KEY),
        (secret("x-ca", kind="cluster.x-k8s.io/secret", keys=("tls.key",)),
         Worth.CLUSTER_CREDENTIAL),
        (secret("x-ca", kind="cluster.x-k8s.io/secret", keys=("tls.crt",)),
         Worth.ONLY_CERTIFICATES),
        (secret("node-system-admin-signer", "openshift-kube-apiserver-operator",
                "kubernetes.io/tls", ("tls.crt", "tls.key")), Worth.CLUSTER_SIGNING_KEY),
        (secret("kubelet-client", "openshift-kube-apiserver", keys=("tls.key",)),
         Worth.CLUSTER_CLIENT),
        (secret("calico-etcd-secrets", "kube-system", keys=("etcd-cert", "etcd-key")),
         Worth.ETCD_CLIENT),
        (secret(keys=("kubeconfig",)), Worth.CLUSTER_CREDENTIAL),
        (secret(labels={"argocd.argoproj.io/secret-type": "cluster"}), Worth.CLUSTER_CREDENTIAL),
        (secret(labels={"argocd.argoproj.io/secret-type": "repo-creds"}), Worth.REPOSITORY_LOGIN),
        (
            secret(labels={"argocd.argoproj.io/secret-type": "repository-write"}),
            Worth.REPOSITORY_WRITE,
        ),
        (secret(keys=("sa.key", "sa.pub")), Worth.ACCOUNT_SIGNING_KEY),
        (
            secret("internal-ca", kind="kubernetes.io/tls", keys=("tls.crt", "tls.key")),
            Worth.CA_KEY,
        ),
        (secret("cafe", kind="kubernetes.io/tls", keys=("tls.crt", "tls.key")), Worth.TLS_KEY),
        (
            secret(
                "sealed",
                kind="kubernetes.io/tls",
                keys=("tls.key", "tls.crt"),
                labels={"sealedsecrets.bitnami.com/sealed-secrets-key": "active"},
            ),
            Worth.DECRYPTION_KEY,
        ),
        (secret("registry-push", kind="kubernetes.io/dockercfg"), Worth.REGISTRY_PUSH),
        (secret("pushover", kind="kubernetes.io/dockercfg"), Worth.REGISTRY_LOGIN),
        (secret(kind="kubernetes.io/basic-auth", keys=("username",)), Worth.LOGIN),
        (secret(kind="kubernetes.io/ssh-auth", keys=("ssh-privatekey",)), Worth.SSH_KEY),
        (secret("bootstrap-token-abcdef", "kube-system", "bootstrap.kubernetes.io/token"),
         Worth.BOOTSTRAP_TOKEN),
        (secret("bootstrap-token-abcdef", kind="bootstrap.kubernetes.io/token"), Worth.NOT_KNOWN),
        (secret("sh.helm.release.v1.a.v1", kind="helm.sh/release.v1", keys=("release",)),
         Worth.RELEASE),
        (secret(keys=(), uid="1"), Worth.EMPTY),
        (secret(keys=()), Worth.NOT_KNOWN),
        (secret(keys=("ca.crt", "service.pub")), Worth.ONLY_CERTIFICATES),
        (secret(keys=("ca.crt", "settings.yaml")), Worth.NOT_KNOWN),
        (secret("ca", kind="kubernetes.io/tls", keys=("tls.crt",)), Worth.ONLY_CERTIFICATES),
        (
            secret(
                keys=("known_hosts", "deploy.pub"),
                labels={"argocd.argoproj.io/secret-type": "repository"},
            ),
            Worth.ONLY_CERTIFICATES,
        ),
        (
            secret(keys=("ca.crt",), labels={"istio/multiCluster": "true"}),
            Worth.ONLY_CERTIFICATES,
        ),
    ],
)  # fmt: skip
def test_type_labels_and_keys_say_what_a_secret_is_worth(given, worth):
    found = value(given)
    assert (found.reason.code, found.level) == (worth, WORTH_LEVELS[worth])
    assert (found.evidence.name, found.evidence.line) == (given["metadata"]["name"], 1)


@pytest.mark.parametrize(
    ("key", "worth"),
    [
        ("AWS_SECRET_ACCESS_KEY", Worth.CLOUD_CREDENTIAL),
        ("aws-access-key-id", Worth.CLOUD_CREDENTIAL),
        ("accessKeyId", Worth.TELLING_KEY),
        ("service-account.json", Worth.CLOUD_CREDENTIAL),
        ("key.json", Worth.CLOUD_CREDENTIAL),
        ("package.json", None),
        ("AZURE_CLIENT_SECRET", Worth.CLOUD_CREDENTIAL),
        ("OIDC_CLIENT_SECRET", Worth.TELLING_KEY),
        ("cloud", Worth.CLOUD_CREDENTIAL),
        ("cloudy", None),
        ("ca-key.pem", Worth.CA_KEY),
        ("cakey.pem", Worth.CA_KEY),
        ("server-key.pem", Worth.TLS_KEY),
        ("ca-cert.pem", None),
        ("age.agekey", Worth.DECRYPTION_KEY),
        ("pagekey", None),
        ("cosign.key", Worth.SIGNING_KEY),
        ("id_ed25519", Worth.SSH_KEY),
        ("sshPrivateKey", Worth.SSH_KEY),
        ("known_hosts", None),
        ("DATABASE_URL", Worth.DATABASE),
        ("SHOP_DB_PASSWORD", Worth.DATABASE),
        ("adminPassword", Worth.TELLING_KEY),
        ("monkey", None),
        ("passenger", None),
        ("username", None),
    ],
)
def test_names_of_keys_say_what_they_hold(key, worth):
    assert by_key(key) == worth


def test_the_most_valuable_key_counts():
    assert by_keys(("password", "AWS_SECRET_ACCESS_KEY")) == Worth.CLOUD_CREDENTIAL(
        "AWS_SECRET_ACCESS_KEY"
    )


def test_a_key_next_to_its_certificate_is_that_of_the_certificate():
    assert by_keys(("key", "cert")) == Worth.TLS_KEY("key")
    assert by_keys(("key", "url")) == Worth.TELLING_KEY("key")


@pytest.mark.parametrize("key", ["tls.key", "key", "ca.key", "token", "id_rsa", "tls.pem"])
def test_no_name_of_a_key_that_may_be_private_is_public(key):
    assert not is_public(key)


def test_a_token_is_worth_what_its_account_is():
    admin = (SERVICE_ACCOUNT, "shop", "ci")
    plain, ruling = value(token(), CI), value(token(), CI, admins={admin})
    assert (plain.level, plain.reason) == (ValueLevel.MEDIUM, Worth.TOKEN("shop", "ci"))
    assert (ruling.level, ruling.reason) == (ValueLevel.CONTROL, Worth.ADMIN_TOKEN("shop", "ci"))
    other = value(token(), CI, admins={(SERVICE_ACCOUNT, "shop", "web")})
    assert other == plain


def test_a_token_that_servers_refuse_is_worth_nothing():
    stale = token(labels={"kubernetes.io/legacy-token-invalid-since": "2026-01-01"})
    admins = {(SERVICE_ACCOUNT, "shop", "ci")}
    assert value(stale, CI, admins=admins).reason == Worth.DEAD_TOKEN("shop", "ci")
    assert value(stale, CI, admins=admins).level == ValueLevel.LOW


@pytest.mark.parametrize(("uid", "worth"), [("one", Worth.ADMIN_TOKEN), ("two", Worth.DEAD_TOKEN)])
def test_a_token_of_an_account_that_was_made_again_is_worth_nothing(uid, worth):
    held = token()
    held["metadata"]["annotations"]["kubernetes.io/service-account.uid"] = "one"
    account = {**CI, "metadata": {**CI["metadata"], "uid": uid}}
    found = value(held, account, admins={(SERVICE_ACCOUNT, "shop", "ci")})
    assert found.reason == worth("shop", "ci")


def test_a_token_of_an_account_that_does_not_exist_is_worth_nothing():
    accounts = [{"metadata": {"name": "z", "namespace": n, "uid": n}} for n in ("shop", "web")]
    listed = {
        "apiVersion": "v1",
        "kind": "ServiceAccountList",
        "metadata": {"resourceVersion": "1"},
        "items": accounts,
    }
    assert value(token(), listed).reason == Worth.DEAD_TOKEN("shop", "ci")
    accounts[0]["metadata"]["name"] = "ci"
    assert value(token(), listed).reason == Worth.TOKEN("shop", "ci")


def test_a_secret_that_the_graph_shows_to_control_the_cluster_does():
    given = secret(keys=("settings.yaml",))
    assert value(given, admins={(SECRET, "shop", "db")}).level == ValueLevel.CONTROL
    assert value(given, admins={(SECRET, "shop", "web")}).level == ValueLevel.MEDIUM


def test_a_secret_that_logs_in_to_a_store_opens_it():
    keys = {"id": {"name": "aws", "key": "id"}, "secret": {"name": "aws", "key": "secret"}}
    refs = {"accessKeyIDSecretRef": keys["id"], "secretAccessKeySecretRef": keys["secret"]}
    store = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": "s", "namespace": "shop"},
        "spec": {"provider": {"aws": {"service": "SecretsManager", "auth": {"secretRef": refs}}}},
    }
    here, there = secret("aws", keys=("id",)), secret("aws", "other", keys=("id",))
    assert value(here, store).reason == Worth.STORE_CREDENTIAL("SecretStore", "shop", "s")
    assert value(there, store).level == ValueLevel.MEDIUM


@pytest.mark.parametrize("where", ["labels", "annotations"])
def test_its_owner_says_what_a_secret_is_worth(where):
    said = value(secret(keys=("password",), **{where: {"rbacgraph.io/value": "high"}}))
    assert (said.level, said.reason) == (ValueLevel.HIGH, Worth.LABEL(""))
    other = value(secret(keys=("password",), **{where: {"rbacgraph.io/value": "HIGH"}}))
    assert other.level == ValueLevel.MEDIUM


def test_the_reason_of_its_owner_is_kept():
    notes = {"rbacgraph.io/value-reason": "payroll"}
    labels = {"rbacgraph.io/value": "low"}
    assert value(secret(labels=labels, annotations=notes)).reason == Worth.LABEL("payroll")


def test_a_file_says_more_than_a_label_and_its_first_match_counts():
    rules = (
        ValueRule("shop", "d*", ValueLevel.CONTROL, "all orders", "v.yaml", 3),
        ValueRule("*", "*", ValueLevel.LOW, "", "v.yaml", 4),
    )
    labelled = secret(labels={"rbacgraph.io/value": "medium"})
    found = value(labelled, rules=rules)
    assert (found.level, found.reason) == (ValueLevel.CONTROL, Worth.FILE("all orders"))
    assert (found.evidence.file, found.evidence.line) == ("v.yaml", 3)
    assert value(secret("web"), rules=rules).level == ValueLevel.LOW


def test_secrets_outside_are_judged_by_their_path():
    of = values().of
    assert of((VAULT, "", "secret/data/shop/aws_secret_access_key")).level == ValueLevel.HIGH
    assert of((VAULT, "", "secret/data/shop/db")).reason == Worth.STORED_SECRET()
    assert of((CLUSTER, "", "edge-1")).level == ValueLevel.CONTROL
    assert of((AGE, "", "age1x")).reason == Worth.DECRYPTION_KEY()


def test_every_reason_has_a_level_or_one_of_its_own():
    assert set(Worth) - set(WORTH_LEVELS) == {Worth.LABEL, Worth.FILE, Worth.RELEASE_HOLDS}


def unknown_values(given):
    text = json.dumps(given).encode()
    return [one for one in rg.load(io.BytesIO(text)).diagnostics if one.code == "unknown-value"]


def test_a_label_that_is_no_level_is_reported_with_its_place():
    (found,) = unknown_values(secret(labels={"rbacgraph.io/value": "hihg"}))
    assert found.line == 1
    assert "'hihg'" in found.message
    assert "high" in found.advice
    assert unknown_values(secret(labels={"rbacgraph.io/value": "high"})) == []


FILE = """\
# what our Secrets are worth
values:
- secret: shop/d*
  value: control
  reason: all orders
- secret: [web/*, api/token]
  value: low
"""


def test_a_file_of_values_is_read_with_its_lines(tmp_path):
    file = tmp_path / "values.yaml"
    file.write_text(FILE, encoding="utf-8")
    name = str(file)
    assert read_value_rules(file) == (
        ValueRule("shop", "d*", ValueLevel.CONTROL, "all orders", name, 3),
        ValueRule("web", "*", ValueLevel.LOW, "", name, 6),
        ValueRule("api", "token", ValueLevel.LOW, "", name, 6),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("value: control", "value: controll", 4, "'controll' is no level"),
        ("value: control", "level: control", 4, "unknown key 'level'"),
        ("  value: control\n", "", 3, "the entry has no value"),
        ("secret: shop/d*", "secret: shop", 3, "'shop' names no Secret"),
        ("api/token", "a/b/c", 6, "'a/b/c' names no Secret"),
        ("values:", "worth:", 2, "unknown key 'worth'"),
        ("reason: all orders", "reason: [", 6, ""),
    ],
)
def test_a_mistake_in_a_file_of_values_has_its_line(tmp_path, old, new, line, words):
    file = tmp_path / "values.yaml"
    file.write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_value_rules(file)
    assert str(error.value).startswith(f"{file}:{line}: ")
    assert words in str(error.value)


def test_a_secret_of_argo_cd_is_worth_what_its_controller_is():
    name = "argocd-application-controller"
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "argocd"}
    metadata = {"name": name, "namespace": "cd", "labels": labels}
    controller = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    held = secret("argocd-secret", "cd", keys=("server.secretkey",))
    plain = value(held, controller)
    assert (plain.level, plain.reason) == (ValueLevel.HIGH, Worth.DEPLOYS("cd", name))
    ruling = value(held, controller, admins={(SERVICE_ACCOUNT, "cd", name)})
    assert ruling.level == ValueLevel.CONTROL
    assert ruling.reason == Worth.DEPLOYS_AS_ADMIN("cd", name)
    assert value(held).reason == Worth.SIGNING_KEY("server.secretkey")


def test_a_cluster_of_argo_cd_without_a_credential_is_worth_no_cluster():
    held = secret(keys=(), labels={"argocd.argoproj.io/secret-type": "cluster"})
    given = {"server": "https://kubernetes.default.svc", "config": '{"tlsClientConfig":{}}'}
    assert value({**held, "stringData": given}).reason == Worth.NOT_KNOWN()
    given["config"] = '{"bearerToken":"CANARY"}'
    assert value({**held, "stringData": given}).reason == Worth.CLUSTER_CREDENTIAL()
