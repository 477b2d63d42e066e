"""Which ServiceAccounts are an operator's, and which of their bindings are by design.

Each rule has a cluster where it says yes, and its nearest twin, where it says no.
"""

import io

import pytest

import rbacgraph as rg
from rbacgraph.facts.operators.operators import Operators
from rbacgraph.model.node import SERVICE_ACCOUNT
from tests.facts.kept import kept
from tests.facts.operator_manifests import (
    ACCOUNT,
    EVERYTHING,
    IMAGE,
    MARKS,
    SECRETS,
    account,
    binding,
    definition,
    joined,
    pod,
    role,
)


def operators(*documents):
    file = io.BytesIO(joined(*documents).encode())
    return kept(rg.load(file).access_graph.world, Operators)


def name_of(found, node=ACCOUNT):
    operator = found.of(node)
    return operator.name if operator else None


BOUND = binding(role="view")


# --- recognising -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "image",
    [
        IMAGE,
        "argoproj/argocd",
        "mirror.example.com:5000/quay.io/argoproj/argocd@sha256:0123",
        "123.dkr.ecr.eu-west-1.amazonaws.com/quay/argoproj/argocd:v3.1@sha256:0123",
    ],
)
def test_the_image_shows_a_renamed_install(image):
    found = operators(account(), pod(image), BOUND)
    assert name_of(found) == "Argo CD"


@pytest.mark.parametrize(
    "image",
    [
        "quay.io/argoproj/argocd-extra:v1",
        "example.com/notargoproj/argocd",
        "example.com/argocd:v1",
        "argoproj/argocd/extra",
        "quay.io/argoproj/argoexec",
        "gcr.io/knative-releases/knative.dev/serving/cmd/queue@sha256:0123",
    ],
)
def test_another_image_shows_nothing(image):
    assert name_of(operators(account(), pod(image), BOUND)) is None


def test_a_name_alone_shows_nothing():
    named = {"name": "argocd-application-controller", "namespace": "argocd"}
    who = "{kind: ServiceAccount, name: argocd-application-controller, namespace: argocd}"
    found = operators(
        account(**named),
        pod("example.com/app:1", runs_as=named["name"], namespace="argocd"),
        binding(role="view", who=who),
    )
    assert name_of(found, (SERVICE_ACCOUNT, "argocd", named["name"])) is None


def test_labels_show_it_where_its_image_runs_in_the_namespace():
    other = pod(runs_as="other")
    assert name_of(operators(account(MARKS), other, BOUND)) == "Argo CD"
    assert name_of(operators(account(), other, BOUND)) is None
    elsewhere = pod(runs_as="other", namespace="shop")
    assert name_of(operators(account(MARKS), elsewhere, BOUND)) is None


def test_labels_show_it_where_its_resources_are_defined():
    other = pod("example.com/argocd:1")
    own, another = definition("appprojects", "argoproj.io"), definition("rollouts", "argoproj.io")
    assert name_of(operators(account(MARKS), other, own, BOUND)) == "Argo CD"
    assert name_of(operators(account(MARKS), other, another, BOUND)) is None


def test_labels_of_what_runs_show_it():
    defined = definition("externalsecrets", "external-secrets.io")
    labels = "{app.kubernetes.io/name: external-secrets}"
    running = pod("example.com/eso:1", labels)
    assert name_of(operators(account(), running, defined, BOUND)) == "External Secrets"
    assert name_of(operators(account(), pod("example.com/eso:1"), defined, BOUND)) is None


def test_labels_suffice_in_an_input_without_anything_that_runs():
    assert name_of(operators(account(MARKS), BOUND)) == "Argo CD"
    assert name_of(operators(account(), BOUND)) is None


def test_a_chart_shows_it_under_another_name():
    chart = "{app.kubernetes.io/name: cd, helm.sh/chart: argo-cd-8.0.1}"
    assert name_of(operators(account(chart), BOUND)) == "Argo CD"
    other = "{app.kubernetes.io/name: cd, helm.sh/chart: argo-cd-apps-8.0.1}"
    assert name_of(operators(account(other), BOUND)) is None


def test_a_part_of_it_with_a_foreign_name_is_something_else():
    foreign = "{app.kubernetes.io/part-of: argocd, app.kubernetes.io/name: my-tool}"
    assert name_of(operators(account(foreign), BOUND)) is None


def test_the_default_service_account_is_nobodys():
    who = "{kind: ServiceAccount, name: default, namespace: cd}"
    found = operators(pod(runs_as="default"), binding(role="view", who=who))
    assert name_of(found, (SERVICE_ACCOUNT, "cd", "default")) is None


def test_images_of_two_operators_show_neither():
    one, two = pod(), pod("jetstack/cert-manager-controller:v1", name="other")
    assert name_of(operators(account(), one, two, BOUND)) is None
    labels = "{app.kubernetes.io/name: cert-manager}"
    assert name_of(operators(account(labels), one, two, BOUND)) == "cert-manager"
    labels = "{app.kubernetes.io/name: longhorn}"
    assert name_of(operators(account(labels), one, BOUND)) is None


def test_only_service_accounts_are_recognised():
    found = operators(account(MARKS), BOUND)
    assert name_of(found, ("user", "", "controller")) is None


# --- judging -----------------------------------------------------------------------------

KEY = ("ClusterRoleBinding", "", "controller")


def is_by_design(*documents, key=KEY, node=ACCOUNT):
    return operators(*documents).by_design(key, node)


def test_marks_of_binding_and_role_make_it_by_design():
    running = account(MARKS), pod()
    marked = role(labels=MARKS), binding(labels=MARKS)
    assert is_by_design(*running, *marked)
    assert not is_by_design(*running, role(), binding(labels=MARKS))
    assert not is_by_design(*running, role(labels=MARKS), binding())
    assert not is_by_design(account(), pod("example.com/app:1"), *marked)


def test_what_is_added_by_hand_is_not_by_design():
    running = account(MARKS), pod()
    by_hand = binding("helping", "cluster-admin")
    assert not is_by_design(*running, by_hand, key=("ClusterRoleBinding", "", "helping"))
    copied = binding("helping", "cluster-admin", MARKS)
    assert not is_by_design(*running, copied, key=("ClusterRoleBinding", "", "helping"))


def test_another_install_does_not_mark_it():
    def marks(instance):
        return (
            f"{{app.kubernetes.io/name: external-secrets, app.kubernetes.io/instance: {instance}}}"
        )

    def of(instance):
        return role(labels=marks(instance), rule=SECRETS), binding(labels=marks(instance))

    running = account(marks("one")), pod("external-secrets/external-secrets:v1", marks("one"))
    assert is_by_design(*running, *of("one"))
    assert not is_by_design(*running, *of("two"))
    label = "{app.kubernetes.io/name: external-secrets}"
    running = account(label), pod("external-secrets/external-secrets:v1", label)
    assert is_by_design(*running, *of("one")), "no label says that it is another one"


def test_another_component_does_not_mark_it():
    repo = "{app.kubernetes.io/part-of: argocd, app.kubernetes.io/name: argocd-repo-server}"
    marked = role(labels=MARKS), binding(labels=MARKS)
    assert not is_by_design(account(repo), pod(), *marked)


def test_a_helm_release_marks_it():
    def release(name):
        return f'{{meta.helm.sh/release-name: {name}, meta.helm.sh/release-namespace: "cd"}}'

    running = pod(
        "external-secrets/external-secrets:v1", "{app.kubernetes.io/name: external-secrets}"
    )
    own = account(annotations=release("eso"))
    ruled = role(rule=SECRETS, annotations=release("eso"))
    assert is_by_design(own, running, ruled, binding(annotations=release("eso")))
    assert not is_by_design(own, running, ruled, binding(annotations=release("shop")))
    assert not is_by_design(account(), running, ruled, binding(annotations=release("eso")))


def test_names_as_shipped_mark_it():
    image, labels = "registry.k8s.io/csi-secrets-store/driver:v1.6.0", "{app: csi-secrets-store}"
    running = account(), pod(image, labels)
    names = "secretprovidersyncing-rolebinding", "secretprovidersyncing-role"
    key = "ClusterRoleBinding", "", names[0]
    assert is_by_design(*running, role(names[1], rule=SECRETS), binding(*names), key=key)
    other = role("syncing", rule=SECRETS), binding(names[0], "syncing")
    assert not is_by_design(*running, *other, key=key)


def test_more_power_than_it_needs_is_not_by_design():
    labels = "{app.kubernetes.io/name: ingress-nginx}"
    running = account(labels), pod("registry.k8s.io/ingress-nginx/controller:v1.15.1")
    bound = binding(labels=labels)
    assert is_by_design(*running, role(labels=labels, rule=SECRETS), bound)
    for wider in (
        '{apiGroups: [""], resources: [secrets], verbs: [get, list, update]}',
        '{apiGroups: [""], resources: ["*"], verbs: [get]}',
        '{apiGroups: [""], resources: [pods], verbs: [create]}',
        '{apiGroups: ["*"], resources: [secrets, things], verbs: [get, frob]}',
        EVERYTHING,
    ):
        assert not is_by_design(*running, role(labels=labels, rule=wider), bound), wider


def test_some_power_is_by_design_in_its_own_namespace_alone():
    labels = "{app.kubernetes.io/name: ingress-nginx}"
    running = account(labels), pod("registry.k8s.io/ingress-nginx/controller:v1.15.1")
    writing = role(labels=labels, rule='{apiGroups: [""], resources: [secrets], verbs: [create]}')
    own, other = binding(labels=labels, namespace="cd"), binding(labels=labels, namespace="shop")
    key = "RoleBinding", "cd", "controller"
    assert is_by_design(*running, writing, own, key=key)
    key = "RoleBinding", "shop", "controller"
    assert not is_by_design(*running, writing, other, key=key)


def test_a_component_may_need_more():
    labels = "{app.kubernetes.io/name: longhorn, app.kubernetes.io/instance: longhorn}"

    def of(name):
        who = f"{{kind: ServiceAccount, name: {name}, namespace: cd}}"
        bound = binding(role="cluster-admin", labels=labels, who=who)
        running = pod("longhornio/longhorn-manager:v1.10.0", labels, runs_as="manager")
        documents = account(labels, name=name), running, bound
        return is_by_design(*documents, node=(SERVICE_ACCOUNT, "cd", name))

    assert of("longhorn-support-bundle")
    assert not of("longhorn-service-account")


def test_a_binding_without_a_role_is_not_by_design():
    assert not is_by_design(account(MARKS), pod(), binding(labels=MARKS))


def test_a_binding_that_does_not_name_it_is_not_by_design():
    other = binding(labels=MARKS, who="{kind: User, name: alice}")
    assert not is_by_design(account(MARKS), pod(), role(labels=MARKS), other)


def test_every_version_of_a_role_counts():
    labels = "{app.kubernetes.io/name: ingress-nginx}"
    running = account(labels), pod("registry.k8s.io/ingress-nginx/controller:v1.15.1")
    one = role(labels=labels, rule=SECRETS)
    assert not is_by_design(*running, one, role(labels=labels), binding(labels=labels))


def test_a_service_account_is_by_design_if_each_of_its_bindings_is():
    running = account(MARKS), pod(), role(labels=MARKS), binding(labels=MARKS)
    assert operators(*running).is_by_design(ACCOUNT)
    reading = '{apiGroups: [""], resources: [services], verbs: [list]}'
    harmless = role("reader", rule=reading), binding("reader", "reader")
    assert operators(*running, *harmless).is_by_design(ACCOUNT)
    by_hand = role("reader", rule=SECRETS), binding("reader", "reader")
    assert not operators(*running, *by_hand).is_by_design(ACCOUNT)
    assert not operators(account(), *running[2:]).is_by_design(ACCOUNT)


def test_images_and_marks_are_no_second_version():
    documents = [account(MARKS), account(), pod(), pod("argoproj/argocd:v3.2")]
    found = rg.load(io.BytesIO(joined(*documents).encode()))
    assert [one.message for one in found.diagnostics if "differs" in one.message] == []


def test_diagnostics_do_notice_other_changes():
    documents = [pod(), pod(runs_as="other")]
    found = rg.load(io.BytesIO(joined(*documents).encode()))
    assert [one for one in found.diagnostics if "differs" in one.message]


def test_a_job_that_runs_its_image_is_not_the_operator_by_design():
    """It is one's own, with a release of its own."""
    notes = '{meta.helm.sh/release-name: ci, meta.helm.sh/release-namespace: "cd"}'
    own = account(annotations=notes), role(rule=SECRETS, annotations=notes)
    key = "RoleBinding", "cd", "controller"
    bound = binding(annotations=notes, namespace="cd")
    assert not is_by_design(*own, pod(labels="{app: sync}"), bound, key=key)
    assert is_by_design(*own, pod(labels=MARKS), bound, key=key)


def test_everything_is_by_design_of_the_components_that_need_it():
    def of(name, labels):
        who = f"{{kind: ServiceAccount, name: {name}, namespace: cd}}"
        bound = binding(role="cluster-admin", labels="{component: velero}", who=who)
        running = pod("velero/velero:v1.17", labels, runs_as=name)
        node = SERVICE_ACCOUNT, "cd", name
        return is_by_design(account(name=name), running, bound, node=node)

    assert of("velero", "{component: velero}")
    assert of("backup-server", "{component: velero, app.kubernetes.io/name: velero}")
    assert not of("backup-server", "{component: velero}")
    assert not of("velero", "{app: backup}")


def test_a_component_that_is_labelled_by_its_own_name_is_of_the_operator():
    labels = "{app.kubernetes.io/name: cainjector, app.kubernetes.io/instance: cert-manager}"
    documents = account(labels), role(labels=labels, rule=SECRETS), binding(labels=labels)
    assert is_by_design(*documents, pod("jetstack/cert-manager-cainjector:v1.18.0", labels))
    assert not is_by_design(*documents, pod("example.com/cainjector:v1", labels))
