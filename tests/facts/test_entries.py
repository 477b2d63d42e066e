"""Where an attacker starts: twins of principals, and what the input lacks."""

import io
import json

import pytest

import rbacgraph as rg
from rbacgraph.facts.entry.entries import Entries
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.risk.entry import LEVELS, Enter, EntryLevel, Lack
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, USER
from tests.facts.kept import kept

TOKEN = "kubernetes.io/service-account-token"
CI = (SERVICE_ACCOUNT, "shop", "web")


def account(name="web", namespace="shop", **more):
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, **more}


def token(**metadata):
    found = {"name": "t", "namespace": "shop", **metadata}
    found["annotations"] = {"kubernetes.io/service-account.name": "web"}
    data = {"token": "dG9rZW4="}
    return {"apiVersion": "v1", "kind": "Secret", "type": TOKEN, "metadata": found, "data": data}


def deployment(name="d", namespace="shop", account="web", labels=None, spec=None):
    pod = {
        "serviceAccountName": account,
        "containers": [{"name": "c", "image": "i"}],
        **(spec or {}),
    }
    template = {"metadata": {"labels": labels or {"app": "d"}}, "spec": pod}
    metadata = {"name": name, "namespace": namespace}
    spec = {"template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def pod(account):
    spec = {"serviceAccountName": account, "containers": [{"name": "c", "image": "i"}]}
    metadata = {"name": "p", "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def entries(*objects):
    text = "\n".join(map(json.dumps, objects)).encode()
    return kept(Facts(rg.load(io.BytesIO(text)).snapshot), Entries)


def kinds(found):
    return [one.kind for one in found]


@pytest.mark.parametrize(
    ("node", "kind", "level"),
    [
        ((USER, "", "system:anonymous"), Enter.ANONYMOUS, EntryLevel.ANYONE),
        ((GROUP, "", "system:unauthenticated"), Enter.ANONYMOUS, EntryLevel.ANYONE),
        ((GROUP, "", "system:authenticated"), Enter.EVERY_LOGIN, EntryLevel.EVERY_IDENTITY),
        ((GROUP, "", "system:serviceaccounts"), Enter.EVERY_ACCOUNT, EntryLevel.EVERY_IDENTITY),
        ((GROUP, "", "system:masters"), Enter.MASTERS, EntryLevel.PERSON),
        ((GROUP, "", "system:nodes"), Enter.NODES, EntryLevel.INSIDE),
        ((USER, "", "system:node:n1"), Enter.NODES, EntryLevel.INSIDE),
        ((USER, "", "system:kube-scheduler"), Enter.CONTROL_PLANE, EntryLevel.INSIDE),
        (
            (SERVICE_ACCOUNT, "kube-system", "job-controller"),
            Enter.CONTROL_PLANE,
            EntryLevel.INSIDE,
        ),
        ((USER, "", "alice"), Enter.USER, EntryLevel.PERSON),
        ((GROUP, "", "ops"), Enter.GROUP, EntryLevel.PERSON),
        ((USER, "", "jenkins"), Enter.CI_NAME, EntryLevel.CREDENTIAL),
        ((USER, "", "social"), Enter.USER, EntryLevel.PERSON),
        ((USER, "", "repo:shop/web:ref:refs/heads/main"), Enter.CI_LOGIN, EntryLevel.CREDENTIAL),
        ((GROUP, "", "gitlab:ci_job"), Enter.CI_LOGIN, EntryLevel.CREDENTIAL),
    ],
)
def test_principals_by_their_name(node, kind, level):
    (found,) = entries(account()).of(node)
    assert (found.kind, found.level) == (kind, level)


def test_an_api_server_that_refuses_anonymous_requests_has_no_such_entry():
    flags = ["kube-apiserver", "--anonymous-auth=false", "--authorization-mode=Node,RBAC"]
    server = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "kube-apiserver-a",
            "namespace": "kube-system",
            "uid": "1",
            "labels": {"component": "kube-apiserver", "tier": "control-plane"},
            "annotations": {"kubernetes.io/config.mirror": "x"},
        },
        "spec": {"containers": [{"name": "kube-apiserver", "image": "i", "command": flags}]},
    }
    assert entries(server).of((USER, "", "system:anonymous")) == ()
    flags[1] = "--anonymous-auth=true"
    assert kinds(entries(server).of((USER, "", "system:anonymous"))) == [Enter.ANONYMOUS]


def test_an_account_is_entered_by_its_token_secret_with_its_place():
    (found,) = entries(account(), token()).of(CI)
    assert (found.way, found.level) == (Enter.TOKEN_SECRET("shop", "t"), EntryLevel.CREDENTIAL)
    assert [(one.name, one.line) for one in found.evidence] == [("t", 2)]


def test_a_token_secret_that_servers_refuse_is_no_entry():
    stale = token(labels={"kubernetes.io/legacy-token-invalid-since": "2026-01-01"})
    found = entries(account(), stale, pod(account="other")).of(CI)
    assert kinds(found) == [Enter.NOBODY_HAS_TOKEN]


def test_an_account_is_entered_through_what_runs_as_it():
    (found,) = entries(account(), deployment()).of(CI)
    assert (found.kind, found.through) == (Enter.WORKLOAD, ("deployment", "shop", "d"))


def test_what_mounts_no_token_is_no_entry_to_its_account():
    closed = account(automountServiceAccountToken=False)
    found = entries(closed, deployment(), token(name="u")).of((SERVICE_ACCOUNT, "shop", "web"))
    assert kinds(found) == [Enter.TOKEN_SECRET]
    opened = entries(closed, deployment(spec={"automountServiceAccountToken": True})).of(CI)
    assert kinds(opened) == [Enter.WORKLOAD]


def test_an_unused_account_says_what_the_input_lacks():
    other = token(name="u")
    other["metadata"]["annotations"] = {"kubernetes.io/service-account.name": "z"}
    (alone,) = entries(account()).of(CI)
    assert (alone.kind, alone.level) == (Enter.PODS_NOT_SHOWN, EntryLevel.INSIDE)
    assert alone.lacking == (Lack.PODS("shop"), Lack.TOKEN_SECRETS("shop"))
    (beside,) = entries(account(), account("z"), other, deployment(account="z")).of(CI)
    assert (beside.kind, beside.lacking) == (Enter.PODS_NOT_SHOWN, (Lack.PODS("shop"),))
    (unused,) = entries(account(), account("z"), pod(account="z")).of(CI)
    assert (unused.kind, unused.level) == (Enter.NOBODY_HAS_TOKEN, EntryLevel.UNUSED)
    assert unused.lacking == (Lack.TOKEN_SECRETS("shop"),)
    (seen,) = entries(account(), account("z"), other, pod(account="z")).of(CI)
    assert (seen.kind, seen.lacking) == (Enter.NOBODY_HAS_TOKEN, ())


def test_an_account_that_is_only_named_has_to_be_created():
    listed = {
        "apiVersion": "v1",
        "kind": "ServiceAccountList",
        "metadata": {"resourceVersion": "1"},
        "items": [
            {"metadata": {"name": "a", "namespace": "x", "uid": "1"}},
            {"metadata": {"name": "a", "namespace": "y", "uid": "2"}},
        ],
    }
    assert kinds(entries(listed).of(CI)) == [Enter.ACCOUNT_IS_MISSING]


def test_a_ci_system_is_known_by_the_labels_of_its_pods():
    runner = deployment(labels={"app": "gitlab-runner"})
    found = entries(account(), account("z"), runner)
    assert found.of(CI)[0].way == Enter.CI_WORKLOAD("app=gitlab-runner")
    assert found.of((SERVICE_ACCOUNT, "shop", "z"))[0].way == Enter.CI_NAMESPACE("shop")
    plain = entries(account(), account("z"), deployment(labels={"app": "gitlab-runners"}))
    assert kinds(plain.of(CI)) == [Enter.WORKLOAD]


def test_a_ci_system_is_known_by_its_image():
    def first(image):
        given = deployment(spec={"containers": [{"name": "c", "image": image}]})
        return entries(account(), given).of(CI)[0]

    assert first("x.org/gitlab/gitlab-runner:v18").way == Enter.CI_WORKLOAD(
        "x.org/gitlab/gitlab-runner:v18"
    )
    assert first("x.org/shop/runner:v18").kind == Enter.WORKLOAD


def test_the_group_of_a_namespace_is_entered_as_its_members_are():
    group = (GROUP, "", "system:serviceaccounts:shop")
    assert kinds(entries(account()).of(group))[0] == Enter.ACCOUNTS_OF_NAMESPACE
    found = entries(account(), token()).of(group)
    assert (found[0].way, found[0].level) == (
        Enter.TOKEN_SECRET("shop", "t"),
        EntryLevel.CREDENTIAL,
    )


def test_bootstrap_tokens_are_entries_to_their_user_and_groups():
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "bootstrap.kubernetes.io/token",
        "metadata": {"name": "bootstrap-token-abcdef", "namespace": "kube-system"},
        "data": {"token-id": "eA=="},
    }
    found = entries(secret)
    for node in ((USER, "", "system:bootstrap:abcdef"), (GROUP, "", "system:bootstrappers:x")):
        assert kinds(found.of(node)) == [Enter.BOOTSTRAP_TOKEN]
    assert kinds(found.of((USER, "", "system:bootstrap:bcdefg"))) == [Enter.NODES]


def test_a_role_or_secret_is_no_place_to_start():
    found = entries(token())
    assert found.of(("secret", "shop", "t")) == found.of(("role", "shop", "r")) == ()


def test_every_way_in_has_a_level():
    assert set(LEVELS) == set(Enter)
