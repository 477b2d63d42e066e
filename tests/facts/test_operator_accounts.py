"""Which accounts an operator may act as: by signs of what runs, of labels, names and rights.

Each sign has a cluster where it says yes, and its nearest twin, where it says no.
"""

import io

import pytest

import rbacgraph as rg
from rbacgraph.facts.custom_resources.row import OperatorAccount
from rbacgraph.facts.custom_resources.rows import custom_resource_rows
from rbacgraph.facts.operators.accounts import OperatorAccounts, shown_programs
from rbacgraph.facts.operators.marks import named_by_images
from rbacgraph.facts.operators.operators import Run
from rbacgraph.facts.operators.table import OPERATORS
from tests.facts.kept import kept
from tests.facts.operator_manifests import IMAGE, account, binding, joined, pod, role

ARGO = "Argo CD", "application-controller", ("argocd-application-controller",)
ROWS = {operator.name: operator for operator in OPERATORS}
PROGRAMS = {name: row for name, row in ROWS.items() if row.programs}


def rights(verbs, group="argoproj.io", resource="applications"):
    rule = f'{{apiGroups: ["{group}"], resources: ["{resource}"], verbs: [{verbs}]}}'
    return role(rule=rule), binding()


WATCHING = rights("get, list, watch")


def names(*documents, of=ARGO):
    file = io.BytesIO(joined(*documents).encode())
    accounts = kept(rg.load(file).access_graph.world, OperatorAccounts)
    return {f"{namespace}/{name}" for _, namespace, name in accounts.of(*of)}


# --- which program -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    [
        "app.kubernetes.io/component: application-controller",
        "app.kubernetes.io/name: argocd-application-controller",
        "app.kubernetes.io/name: openshift-gitops-application-controller",
        "app: cd-argocd-application-controller",
    ],
)
def test_labels_of_what_runs_show_the_program(label):
    assert names(account(), pod(labels=f"{{{label}}}")) == {"cd/controller"}
    other = label.replace("application-controller", "repo-server")
    assert names(account(), pod(labels=f"{{{other}}}"), *WATCHING) == set()


def test_labels_of_the_account_show_it_where_nothing_runs():
    marks = "{{app.kubernetes.io/part-of: argocd, app.kubernetes.io/name: argocd-{}}}"
    assert names(account(marks.format("application-controller"))) == {"cd/controller"}
    assert names(account(marks.format("server")), *WATCHING) == set()


def test_what_runs_comes_before_the_name_of_the_account():
    name = "argocd-application-controller"
    server = pod(labels="{app.kubernetes.io/component: server}", runs_as=name)
    assert names(account(name=name), server) == set()
    plain = pod(labels="{app: cd}", runs_as=name)
    assert names(account(name=name), plain) == {f"cd/{name}"}


def test_an_account_of_several_programs_is_that_of_each():
    one = pod(labels="{app.kubernetes.io/component: server}")
    two = pod(labels="{app.kubernetes.io/component: application-controller}", name="two")
    assert names(account(), one, two) == {"cd/controller"}
    assert names(account(), one) == set()


def test_without_a_sign_of_the_program_it_watches_the_resources():
    assert names(account(), pod(), *WATCHING) == {"cd/controller"}
    assert names(account(), pod(), *rights("get, create")) == set()
    assert names(account(), pod(), *rights("watch", resource="rollouts")) == set()
    assert names(account(), pod(), *rights("watch", resource="*")) == {"cd/controller"}
    assert names(account(), pod(), *rights('"*"', group="*", resource="*")) == {"cd/controller"}


def test_its_image_shows_the_program():
    flux = "Flux", "kustomize-controller", ("kustomize-controller",)
    assert names(account(), pod("fluxcd/kustomize-controller:v1"), of=flux) == {"cd/controller"}
    assert names(account(), pod("fluxcd/source-controller:v1"), of=flux) == set()


@pytest.mark.parametrize(
    "command",
    [
        "command: [argocd-application-controller, --loglevel, debug]",
        "args: [/usr/local/bin/argocd-application-controller]",
        'command: [tini, "--"], args: [argocd-application-controller]',
    ],
)
def test_a_command_line_shows_the_program(command):
    def running(image, line):
        return pod(image).replace("name: main,", f"name: main, {line},")

    other = command.replace("application-controller", "server")
    assert names(account(), running(IMAGE, command)) == {"cd/controller"}
    assert names(account(), running(IMAGE, other), *WATCHING) == set()
    named_later = command.replace("[", "[--of, ", 1)
    assert names(account(), running(IMAGE, named_later)) == set()
    assert names(account(), running("base/cd:v1", command), *WATCHING) == {"cd/controller"}
    assert names(account(), running("base/cd:v1", command), *rights("get")) == set()
    assert names(account(), running("base/cd:v1", other), *WATCHING) == set()


def test_every_account_of_an_operator_counts_where_no_program_is_asked_for():
    velero = "Velero", "", ("velero",)
    running = pod("velero/velero:v1.17")
    assert names(account(), running, of=velero) == {"cd/controller"}
    assert names(account(), pod("example.com/shop/backup:v1"), of=velero) == set()


@pytest.mark.parametrize("row", PROGRAMS.values(), ids=PROGRAMS)
def test_programs_of_an_operator_are_told_apart(row):
    assert len(row.programs) > 1
    assert len({one.name for one in row.programs}) == len(row.programs)
    words = [word for one in row.programs for word in one.words]
    assert len(set(words)) == len(words)
    for one in row.programs:
        for word in one.words:
            assert shown_programs(row, (), {}, word) == {one.name}
            assert shown_programs(row, (), {}, f"release-{word}") == {one.name}
        for image in one.images:
            run = Run((f"registry.example.com/{image.replace('*', 'x')}:v1",), "")
            assert shown_programs(row, (run,), {}, "default") == {one.name}


def test_a_word_counts_behind_a_dash_alone():
    assert shown_programs(ROWS["Argo CD"], (), {}, "webserver") == set()
    assert shown_programs(ROWS["Argo CD"], (), {}, "server-argocd") == set()


def test_each_program_of_the_table_of_custom_resources_is_one_of_its_operator():
    asked = {
        (row.operator, row.rights.component)
        for row in custom_resource_rows()
        if isinstance(row.rights, OperatorAccount) and row.rights.component
    }
    known = {(row.name, one.name) for row in OPERATORS for one in row.programs}
    assert asked - known == set()
    assert {name for name, _ in known} == {name for name, _ in asked}


# --- by weaker signs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["argocd-application-controller", "team-argocd-application-controller"]
)
def test_a_name_that_ends_as_the_shipped_one_needs_a_right(name):
    bound = binding(who=f"{{kind: ServiceAccount, name: {name}, namespace: cd}}")
    watching, reading = rights("watch")[0], rights("get")[0]
    assert names(account(name=name), watching, bound) == {f"cd/{name}"}
    assert names(account(name=name), reading, bound) == set()
    together = binding(who='{kind: Group, name: "system:serviceaccounts:cd"}')
    assert names(account(name=name), watching, together) == set(), "no binding names it"


@pytest.mark.parametrize("name", ["myargocd-application-controller", "application-controller"])
def test_a_similar_name_is_no_sign(name):
    bound = binding(who=f"{{kind: ServiceAccount, name: {name}, namespace: cd}}")
    assert names(account(name=name), WATCHING[0], bound) == set()


def test_an_image_that_is_named_as_the_operator_needs_a_right():
    mirrored = pod("registry.example.com/base/argocd:v3.1")
    assert names(account(), mirrored, *WATCHING) == {"cd/controller"}
    assert names(account(), mirrored, *rights("get, list")) == set()
    for image in ("base/argocd-exporter:v1", "base/controller:v1", "base/myargocd:v1"):
        assert names(account(), pod(image), *WATCHING) == set(), image


def test_labels_alone_need_a_right():
    marks = "{app.kubernetes.io/part-of: argocd, app.kubernetes.io/component: server}"
    marked = marks.replace("server", "application-controller")
    running = pod("example.com/cd:v1", marked)
    assert names(account(), running, *WATCHING) == {"cd/controller"}
    assert names(account(), running, *rights("get")) == set()
    assert names(account(), pod("example.com/cd:v1", marks), *WATCHING) == set()


def test_another_operators_account_is_not_taken_for_it():
    name = "team-argocd-application-controller"
    bound = binding(who=f"{{kind: ServiceAccount, name: {name}, namespace: cd}}")
    other = pod("velero/velero:v1.17", runs_as=name)
    assert names(account(name=name), other, WATCHING[0], bound) == set()


def test_the_default_account_is_nobodys():
    bound = binding(who="{kind: ServiceAccount, name: default, namespace: cd}")
    running = pod("base/argocd:v3.1", runs_as="default")
    assert names(running, WATCHING[0], bound) == set()
    named = bound.replace("name: default", "name: deployer")
    running = pod("base/argocd:v3.1", runs_as="deployer")
    assert names(running, WATCHING[0], named) == {"cd/deployer"}


def test_a_sign_alone_shows_no_operator_by_design():
    """It is enough for a path that depends on a condition, not for less of a finding."""
    file = io.BytesIO(joined(account(), pod("base/argocd:v3.1"), *WATCHING).encode())
    found = kept(rg.load(file).access_graph.world, OperatorAccounts)
    assert found.recognised("Argo CD") == ()


@pytest.mark.parametrize(
    "image", ["base/controller", "base/operator", "base/driver", "base/webhook", "base/node"]
)
def test_an_image_of_an_ordinary_word_is_named_after_no_operator(image):
    assert named_by_images((image,)) == set()


def test_images_are_named_after_operators():
    for image, name in (
        ("base/kyverno:v1", "Kyverno"),
        ("base/keda@sha256:0", "KEDA"),
        ("base/cert-manager-controller:v1", "cert-manager"),
    ):
        assert {row.name for row in named_by_images((image,))} == {name}
