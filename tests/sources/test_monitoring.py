"""Programs of monitoring: read from every form, and kept in snapshots."""

import io
import json

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.model.kubernetes.meta import LabelSelector, LabelSelectorRequirement, ObjectMeta
from rbacgraph.model.kubernetes.monitoring import FOLLOWED, Followed, MonitoringProgram
from tests.sources.test_network import FORMS

PROMETHEUS, VICTORIA = "monitoring.coreos.com/v1", "operator.victoriametrics.com/v1beta1"


def item(api_version, kind, name, **spec):
    metadata = {"name": name, "namespace": "monitoring", "uid": name}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


SELECTOR = {
    "matchLabels": {"team": "web"},
    "matchExpressions": [{"key": "env", "operator": "In", "values": ["prod"]}],
}
OBJECTS = [
    item(
        PROMETHEUS,
        "Prometheus",
        "k8s",
        serviceMonitorSelector={},
        serviceMonitorNamespaceSelector=SELECTOR,
        probeNamespaceSelector={},
        secrets=["remote"],
        volumes=[
            {"name": "a", "secret": {"secretName": "own"}},
            {"name": "b", "projected": {"sources": [{"secret": {"name": "joined"}}]}},
        ],
        arbitraryFSAccessThroughSMs={"deny": True},
        scrapeClasses=[
            {"name": "a", "authorization": {"credentialsFile": "/etc/prometheus/secrets/remote/k"}},
            {"name": "b", "tlsConfig": {"keyFile": "/etc/prometheus/secrets/own/k"}},
        ],
    ),
    item(PROMETHEUS, "Alertmanager", "main", alertmanagerConfiguration={"name": "all"}),
    item(VICTORIA, "VMAgent", "vm", nodeScrapeNamespaceSelector={}),
    item(VICTORIA, "VMSingle", "one", selectAllByDefault=True),
]
PROGRAMS = (
    MonitoringProgram(
        kind="Prometheus",
        api_version=PROMETHEUS,
        metadata=ObjectMeta("k8s", "monitoring", "k8s"),
        account="default",
        secrets=("remote", "own", "joined"),
        reads_files=False,
        shown=("remote",),
        follows=(
            Followed(
                "servicemonitors",
                LabelSelector({"team": "web"}, (LabelSelectorRequirement("env", "In", ("prod",)),)),
            ),
        ),
    ),
    MonitoringProgram(
        kind="Alertmanager",
        api_version=PROMETHEUS,
        metadata=ObjectMeta("main", "monitoring", "main"),
        account="default",
        follows=(Followed("alertmanagerconfigs"),),
    ),
    MonitoringProgram(
        kind="VMAgent",
        api_version=VICTORIA,
        metadata=ObjectMeta("vm", "monitoring", "vm"),
        account="vmagent-vm",
        follows=(Followed("vmnodescrapes", LabelSelector()),),
    ),
    MonitoringProgram(
        kind="VMSingle",
        api_version=VICTORIA,
        metadata=ObjectMeta("one", "monitoring", "one"),
        account="vmsingle-one",
    ),
)


def read(data):
    return rg.load(io.BytesIO(data)).snapshot


def bare(snapshot):
    return sorted(repr(replace(one, origin=0)) for one in snapshot.monitoring_programs)


def of(**spec):
    agent = item(VICTORIA, "VMAgent", "vm", **spec)
    (found,) = read(json.dumps(agent).encode()).monitoring_programs
    return found


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_alike(form):
    snapshot = read(FORMS[form](OBJECTS).encode())
    assert bare(snapshot) == sorted(map(repr, PROGRAMS))
    assert snapshot.skipped == {}


def test_a_snapshot_keeps_them():
    cluster = rg.load(io.BytesIO("\n".join(map(json.dumps, OBJECTS)).encode()))
    target = io.BytesIO()
    cluster.save(target)
    assert bare(read(target.getvalue())) == sorted(map(repr, PROGRAMS))


def test_an_agent_selects_all_only_by_its_option():
    everything = tuple(Followed(one, LabelSelector()) for one in FOLLOWED["VMAgent"])
    assert of(selectAllByDefault=True).follows == everything
    assert of(selectAllByDefault=True, ingestOnlyMode=True).follows == ()
    assert of().follows == ()


def test_a_selector_of_objects_means_the_own_namespace():
    assert of(serviceScrapeSelector={}).follows == (Followed("vmservicescrapes"),)


@pytest.mark.parametrize(
    ("spec", "account"),
    [
        ({"serviceAccountName": "scraper"}, "scraper"),
        ({"useLegacyNaming": True}, "vm"),
        ({"disableAutomountServiceAccountToken": True, "serviceAccountName": "scraper"}, ""),
    ],
)
def test_the_account_is_that_of_its_pods(spec, account):
    assert of(**spec).account == account


TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"


@pytest.mark.parametrize(
    ("scrape_class", "shows"),
    [
        ({"bearerTokenFile": TOKEN}, True),
        ({"authorization": {"credentialsFile": TOKEN}}, True),
        ({"basicAuth": {"password_file": TOKEN}}, True),
        ({"tlsConfig": {"caFile": TOKEN}}, False),
        ({"authorization": {"credentialsFile": "/etc/vm/secrets/remote/token"}}, False),
        ("all", False),
    ],
)
def test_a_scrape_class_may_send_the_token(scrape_class, shows):
    assert of(scrapeClasses=[scrape_class]).shows_token == shows


def test_parts_of_another_shape_count_as_missing():
    found = of(serviceScrapeSelector="all", secrets={"a": 1}, volumes=[1], serviceAccountName=2)
    assert (found.follows, found.secrets, found.account) == ((), (), "vmagent-vm")
