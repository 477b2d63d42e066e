"""The table of credentials of clusters: its rows, and that paths and values agree by it."""

import io
import re

import pytest

import rbacgraph as rg
from rbacgraph.facts.cluster_secrets.credentials import ClusterCredentials
from rbacgraph.facts.cluster_secrets.row import CredentialRow, credential_rows
from rbacgraph.facts.value.secret_values import by_key
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.risk.secret_value import WORTH_LEVELS, Worth
from rbacgraph.model.condition import If
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.model.kubernetes.meta import SecretLabels
from tests.facts.kept import kept
from tests.tables import each_of

_SOURCE = re.compile(r"https://\S+|[\w.-]+/[\w.-]+:\S+\.(go|ya?ml|md)")
_AT_LEAST = {
    "everything": ValueLevel.CONTROL,
    "accounts": ValueLevel.CONTROL,
    "cluster": ValueLevel.CONTROL,
    "identity": ValueLevel.HIGH,
    "secrets": ValueLevel.HIGH,
}
EACH = each_of(credential_rows(), lambda row: row.name or row.holds)


@EACH
def test_a_row_says_how_it_is_recognised_and_why(row):
    assert _SOURCE.fullmatch(row.source), row.source
    assert row.generic or row.type or row.label or row.owner or row.name
    assert not row.generic or row.keys or row.key_words
    assert (row.gives == "identity") == bool(row.user)
    for pattern in (row.namespace, row.name, row.key_words):
        re.compile(pattern)
    assert {code for code in row.needs if code not in If.__members__} == set()
    assert row.kind == "Secret" or (row.namespace and row.name)


@EACH
def test_a_row_needs_no_label_that_is_not_read(row):
    known = SecretLabels.__struct_encode_fields__
    assert not row.label or row.label.partition("=")[0] in known


@EACH
def test_what_a_row_gives_is_worth_as_much(row):
    """What needs more may be worth less; what gives nothing controls nothing."""
    level = WORTH_LEVELS[Worth[row.worth]]
    if row.gives == "nothing":
        assert level < ValueLevel.CONTROL
    elif not row.needs:
        assert level >= _AT_LEAST[row.gives]


def test_no_two_rows_are_for_the_same_secrets():
    def recognised(row: CredentialRow) -> tuple[object, ...]:
        return row.kind, row.namespace, row.name, row.type, row.label, row.owner, row.keys

    rows = [*map(recognised, credential_rows())]
    assert len(set(rows)) == len(rows)


def credentials(*objects):
    text = "\n---\n".join(objects).encode()
    return kept(Facts(rg.load(io.BytesIO(text)).snapshot), ClusterCredentials)


def made(name, *keys, more=""):
    data = "".join(f"\n  {key}: eA==" for key in keys)
    return f"""apiVersion: v1
kind: Secret
metadata:
  name: {name}
  namespace: shop{more}
data:{data}
"""


def found(*objects):
    return [
        (obj.metadata.name, one.row.product, one.cluster, one.key)
        for obj, one in credentials(*objects).found
    ]


def test_a_generic_row_counts_only_where_no_other_does():
    sveltos = made("prod-sveltos-kubeconfig", "kubeconfig")
    assert found(sveltos) == [("prod-sveltos-kubeconfig", "Sveltos", "prod", "")]
    assert found(made("admin", "my.kubeconfig")) == [("admin", "", "admin", "my.kubeconfig")]


@pytest.mark.parametrize("key", ["kubeconfig", "admin.conf", "sa.key", "service-account.key"])
def test_the_scale_of_values_knows_the_keys_of_generic_rows(key):
    (row,) = [row for row in credential_rows() if row.generic and row.has_key((key,)) is not None]
    assert by_key(key) is Worth[row.worth]


def test_a_label_that_is_no_text_marks_nothing():
    labels = "\n  labels:\n    kamaji.clastix.io/name: {}"
    assert found(made("a", "ca.key", more=labels.format("prod"))) == [
        ("a", "Kamaji", "prod", "ca.key")
    ]
    assert found(made("a", "ca.key", more=labels.format("[prod]"))) == []


def test_a_secret_without_the_names_of_its_keys_may_hold_a_credential():
    metadata = "metadata: {name: kubeadm-certs, namespace: kube-system, uid: '1'}"
    text = f"apiVersion: v1\nkind: Secret\n{metadata}\n"
    ((_, one),) = credentials(text).found
    assert {doubt.code for doubt in one.condition.doubts} == {
        If.SECRET_IS_CREDENTIAL,
        If.CERTIFICATE_KEY_IS_KNOWN,
    }


def test_a_secret_without_its_type_is_of_cluster_api_by_its_label():
    text = """apiVersion: v1
kind: Secret
metadata: {name: prod-ca, namespace: shop, uid: '1', labels: {%s: prod}}
"""
    assert found(text % "app") == []
    assert found(text % "cluster.x-k8s.io/cluster-name") == [("prod-ca", "Cluster API", "prod", "")]
