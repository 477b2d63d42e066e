"""The catalogue of edges is whole: every part of an edge has all its other parts."""

import importlib
import pkgutil
import re

from click.testing import CliRunner
from msgspec import to_builtins

import rbacgraph.techniques
from rbacgraph.cli.app import app
from rbacgraph.facts.custom_resources.rows import custom_resource_rows
from rbacgraph.techniques.catalogue import EDGES, FOLDERS, Conjunction, RuleEdge, pages
from rbacgraph.techniques.spec.compound_rights import always
from tests.tables import each_of

SECTIONS = ("Precondition", "Use", "Close", "References")
TECHNIQUES = [edge for edge in EDGES if not edge.structural]
EFFORTS = {
    0: ("bound-by contains grants holds member-of needs"),
    1: (
        "always-allow bootstrap-token-of cluster-credential control-plane-host copied-secret "
        "helm-release hosts-pod kubelet-credential mapped-by-aws-auth mounts-secret "
        "mounts-store-secret node-reads-secret own-cluster-credential published-file "
        "pushed-secret read-configmap read-secret registry-login release-values runs-as "
        "sops-key store-entry store-reads synced-copy synced-secret system-masters token-of "
        "vault-policy written-to-store"
    ),
    2: (
        "bind-role cloud-identity edit-aws-auth escalate-role etcd-client "
        "impersonate-constrained impersonate-group impersonate-serviceaccount "
        "impersonate-user join-group node-requests-token patch-secret request-token "
        "revive-binding sops-decrypt store-identity store-login unseal vault-login "
        "vault-token-creation"
    ),
    3: (
        "aggregate-role approve-csr bind-pod create-token-secret delete-secret delete-secrets "
        "edit-openshift-login escape-to-node exec host-files node-client-csr "
        "open-interceptors revive-serviceaccount trigger-copy vault-kubernetes-creds "
        "write-bootstrap-token"
    ),
    4: (
        "create-pod ephemeral-container node-proxy policy-parameters replay-sealed-secret "
        "request-vault-token vault-auth-method vault-auth-role vault-credential "
        "vault-identity vault-policy-write vault-raw-storage vault-token-role "
        "write-external-secret"
    ),
    5: (
        "annotate-token-secret apply-workload argo-cd-login create-privileged-pod "
        "create-workload edit-csi-driver ingress-admission ingress-controller-settings "
        "mount-persistentvolume new-provider-class open-cluster-store open-vault-role "
        "operator-binds operator-copies-secret operator-forges operator-uses-key patch-pod "
        "source-credential store-gain update-token-secret vault-remount vault-two-tokens "
        "volume-secret"
    ),
    6: (
        "argo-cd-settings attach class-secret create-custom-workload create-persistentvolume "
        "ingress-controller operator-runs-on-node pod-proxy port-forward redirect-node-proxy "
        "relabel-namespace update-workload vault-auth-config"
    ),
    7: (
        "add-pull-secret automount-token driver-sends-secret flux-source flux-values "
        "mutating-admission-policy node-log node-metadata operator-deputy operator-mutates "
        "operator-sends-secret pods-log server-logs service-proxy store-without-login "
        "update-custom-workload"
    ),
    8: ("mutate-binding mutating-webhook validating-webhook webhook-backend"),
}
"""Golden: the effort of each technique, on which the order and the words of paths rest."""


def test_each_technique_costs_what_it_did():
    found = {edge.id: edge.effort for edge in EDGES}
    assert found == {one: effort for effort, ids in EFFORTS.items() for one in ids.split()}


def test_what_headers_do_not_carry_is_a_right_of_some_conjunction():
    """By these rights alone the graph knows which identities need a second node."""
    conjunctions = [edge for edge in EDGES if isinstance(edge, Conjunction)]
    abilities = {a for one in conjunctions for a in one.abilities if not a.impersonated}
    rules = [edge for edge in EDGES if isinstance(edge, RuleEdge) and not edge.impersonated]
    assert {right for one in rules for right in one.rights} <= {
        right for ability in abilities if ability.wanted is always for right in ability.rights
    }
    assert rules


def test_each_edge_has_a_file_of_its_name():
    paths = rbacgraph.techniques.__path__
    homes = [found.name for found in pkgutil.walk_packages(paths, "rbacgraph.techniques.")]
    names = [home.rpartition(".")[2] for home in homes]
    modules = [importlib.import_module(home) for home in homes]
    found = {
        name: module.EDGE.id
        for name, module in zip(names, modules, strict=True)
        if hasattr(module, "EDGE")
    }
    assert found == {edge.id.replace("-", "_"): edge.id for edge in EDGES}
    assert len(found) == len(EDGES)


def test_each_folder_of_techniques_is_a_group(root):
    folders = {path.parent.name for path in (root / "rbacgraph/techniques").glob("*/__init__.py")}
    assert folders == {*FOLDERS, "spec"}


def test_each_edge_has_twins(root):
    folders = [path.name for path in (root / "fixtures" / "edges").iterdir()]
    assert sorted(folders) == sorted(edge.id for edge in EDGES)


@each_of([page for page in pages() if page.effort], lambda page: page.id)
def test_each_technique_has_a_page(found):
    title, _, page = found.page.partition("\n")
    assert title.endswith(".")
    heads = re.findall(r"^(\w+)$", page, re.MULTILINE)
    assert tuple(section for section in heads if section != "Variants") == SECTIONS
    assert "Variants" not in heads or heads.index("Variants") == 1
    needed = page.partition("Use")[0].partition("Variants")[0]
    assert len(re.findall(r"^    - ", needed, re.MULTILINE)) <= 5
    assert "https://" in page.partition("References")[2]


def test_each_row_of_the_table_of_custom_resources_is_read_by_a_technique():
    read = {row for edge in EDGES for row in edge.rows}
    assert read == {*custom_resource_rows()}


def test_a_page_lists_what_its_technique_reads():
    printed = CliRunner().invoke(app, ["explain", "operator-deputy"]).output.splitlines()
    (deputy,) = (page for page in pages(resources=True) if page.id == "operator-deputy")
    listed = [line.split(maxsplit=1)[0] for line in printed[printed.index("Resources") + 2 :]]
    assert {*listed} == {one.full_name for one in deputy.resources}
    (line,) = (line for line in printed if line.strip().startswith("applications.argoproj.io "))
    assert "  Argo CD  " in line
    assert line.endswith(
        "  argoproj/argo-cd:manifests/crds/application-crd.yaml"
        "; argoproj/argo-cd:docs/operator-manual/app-any-namespace.md"
    )


def test_a_page_that_reads_nothing_lists_nothing():
    assert not any("resources" in to_builtins(page) for page in pages())
    with_resources = [page.id for page in pages(resources=True) if "resources" in to_builtins(page)]
    assert with_resources == [edge.id for edge in EDGES if edge.rows]
