"""Which changes ``cut`` finds, by example: what goes, what is left, and who loses what."""

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.cut import search
from rbacgraph.advice.cut.cut import cut
from rbacgraph.advice.cut.required_rights import kept_tokens
from rbacgraph.advice.edits.apply_edits import apply
from rbacgraph.advice.edits.edit_weight import EditWeights
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import ELSEWHERE, PART, SUBJECT, Edit
from rbacgraph.advice.edits.losers import EditLosses
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.graph.build import build
from rbacgraph.model.inputs.required_requests import Needed, Needing, Needs
from rbacgraph.model.kubernetes.rbac import Subject
from rbacgraph.model.request import Request
from rbacgraph.query.access.paths import paths
from rbacgraph.techniques.spec.technique import Right
from tests.advice.cuts import LOGGED, READ, SECRETS, Case, asked, binding, role


def told(source, secret="shop/db", **asked):
    return source.cut(secret=secret, **asked)


@pytest.fixture
def cluster(tmp_path):
    """From manifests as short as they can be: one function for every cluster."""

    def made(text, *, bootstrap=False):
        path = tmp_path / "cluster.yaml"
        path.write_text(text)
        return rg.load(path, bootstrap=bootstrap)

    return made


RUNS_AS_READER = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: api, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: web, envFrom: [{secretRef: {name: db}}]}
---
"""

EXEC = "[{apiGroups: [''], resources: [pods/exec], verbs: [create]}]"


def edits(answer):
    return [(f"{e.kind} {e.namespace}/{e.name}", str(e.text)) for e in answer]


def test_one_rule_bound_three_times_is_one_change(cluster):
    text = SECRETS + role("reader", READ, "ClusterRole")
    text += binding("a", "ClusterRole/reader", "user:alice")
    text += binding("b", "ClusterRole/reader", "user:bob")
    text += binding("c", "ClusterRole/reader", "group:devs")
    answer = told(cluster(text))
    assert edits(answer) == [
        (
            "ClusterRole /reader",
            "take the resource secrets out of rules[0] (get, list on pods, secrets)",
        )
    ]
    assert answer[0].closes == answer.result.principals == 3
    assert answer[0].loses == ("group:devs", "user:alice", "user:bob")
    assert [*map(str, answer[0].lost)] == ["get, list on secrets"]


STARS = "[{{apiGroups: {}, resources: {}, verbs: {}}}]"


@pytest.mark.parametrize(
    ("rule", "text", "lost", "left"),
    [
        (
            STARS.format("['', apps]", "['*']", "[get, list]"),
            (
                "take get, list on secrets out of rules[0] (get, list on *, *.apps),"
                " and list what else its * is known to stand for"
            ),
            ("get, list on secrets", "what its * stands for and is not known"),
            (("get", "pods", ""), ("list", "deployments", "apps")),
        ),
        (
            STARS.format("['']", "['*']", "[get, list, watch]"),
            (
                "take get, list, watch on secrets out of rules[0] (get, list, watch on *),"
                " and list what else its * is known to stand for"
            ),
            ("get, list, watch on secrets", "what its * stands for and is not known"),
            (("get", "pods", ""), ("watch", "configmaps", "")),
        ),
        (
            STARS.format("['']", "[configmaps, pods/exec]", "['*']"),
            (
                "take create, get on pods/exec out of rules[0] (* on configmaps, pods/exec),"
                " and list what else its * is known to stand for"
            ),
            ("create, get on pods/exec", "what its * stands for and is not known"),
            (("patch", "configmaps", ""), ("delete", "configmaps", "")),
        ),
        (
            STARS.format("['']", "[pods, services]", "[create, get]"),
            "take create on pods out of rules[0] (create, get on pods, services)",
            ("create on pods",),
            (("create", "services", ""), ("get", "pods", "")),
        ),
    ],
    ids=["resources", "reads of all", "verbs", "no star"],
)
def test_of_a_rule_nothing_goes_but_what_opens_the_secret(cluster, rule, text, lost, left):
    runs = RUNS_AS_READER if "exec" in rule else ""
    source = cluster(SECRETS + runs + role("r", rule) + binding("a", "Role/r", "user:al"))
    answer = told(source)
    assert [str(one.text) for one in answer] == [text]
    assert tuple(map(str, answer[0].lost)) == lost
    after = rg.Cluster(applied(source.snapshot, answer.changes))
    for verb, resource, group in left:
        assert after.can_i(verb, resource, group=group, namespace="shop", user="al")


def test_what_is_needed_is_left_of_a_star(cluster):
    """Not the whole rule goes, which would deny it: each technique's part does."""
    every = STARS.format("['*']", "['*']", "['*']")
    text = SECRETS + role("every", every, "ClusterRole")
    text += binding("a", "ClusterRole/every", "user:alice")
    pods = Request("get", resource="pods", namespace="shop")
    source = cluster(text)
    found = asked(source, [("alice", pods)])
    assert not found.uncut
    after = rg.Cluster(applied(source.snapshot, found.changes))
    assert after.can_i("get", "pods", namespace="shop", user="alice")
    assert not after.can_i("get", "secrets", namespace="shop", name="db", user="alice")
    assert "user:alice" not in {path.principal for path in after.paths(secret="shop/db")}
    rules = {
        e.rule for f in found.forcing for h in f.path.hops for e in h.evidence if e.name == "every"
    }
    assert rules == {0}  # as it stands in the input, not as a step of the search left it


def test_others_are_named_in_the_place_of_a_star(cluster):
    rule = STARS.format("['']", "['*']", "[get, list]")
    source = cluster(SECRETS + role("r", rule) + binding("a", "Role/r", "user:al"))
    whole = rg.Cluster(replace(source.snapshot, listed=frozenset({("Secret", "")})))
    web = Request("get", resource="secrets", namespace="shop", name="web")
    found = asked(whole, [("al", web)])
    assert [str(edit.text) for edit in found.edits] == [
        (
            "name the other Secrets (web) in rules[0] (get, list on *), which ends list,"
            " and list what else its * is known to stand for"
        )
    ]
    assert tuple(map(str, found.edits[0].lost)) == (
        "list on secrets",
        "get on secrets named db",
        "what its * stands for and is not known",
    )


def test_who_has_the_same_in_another_way_loses_nothing(cluster):
    text = SECRETS + role("reader", READ, "ClusterRole")
    text += role("pods", "[{apiGroups: [''], resources: [pods], verbs: [get, list]}]")
    text += binding("a", "ClusterRole/reader", "user:alice", "user:bob")
    text += binding("b", "Role/pods", "user:alice")
    rule = Edit(("ClusterRole", "", "reader"), PART, 0, rights=(Right(("get",), "", "pods"),))
    graph = build(cluster(text).snapshot)
    editor = Editor(graph.world, [("shop", "db")], ())
    after = build(apply(editor, [rule]).snapshot).world.authorizer
    losing = EditLosses(editor, EditWeights(editor, graph.world), graph.world, after)
    assert losing.losers(rule) == ("user:bob",)


PODS = "[{apiGroups: [''], resources: [pods], verbs: [get]}]"
URLS = PODS.replace("]}]", "]}, {nonResourceURLs: [/x], verbs: [get]}]")


@pytest.mark.parametrize(
    ("namespace", "rules", "sort", "losers"),
    [
        ("shop", URLS, SUBJECT, ()),  # no RoleBinding gives what its role says of URLs
        ("", URLS, SUBJECT, ("user:alice",)),
        ("", PODS, ELSEWHERE, ("user:alice",)),  # all namespaces at once, though this one stays
    ],
)
def test_who_loses_had_it(cluster, namespace, rules, sort, losers):
    text = SECRETS + role("wide", rules, "ClusterRole") + role("pods", PODS)
    text += binding("own", "Role/pods", "user:alice")
    text += binding("wide", "ClusterRole/wide", "user:alice", namespace=namespace)
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    edit = Edit((kind, namespace, "wide"), sort, what=("user:alice",))
    graph = build(cluster(text).snapshot)
    editor = Editor(graph.world, [("shop", "db")], ())
    after = build(apply(editor, [edit]).snapshot).world.authorizer
    losing = EditLosses(editor, EditWeights(editor, graph.world), graph.world, after)
    assert losing.losers(edit) == losers


def test_a_right_held_directly_and_through_a_group_is_two_changes(cluster):
    """The roles are shipped, so that subjects alone can be taken out."""
    text = SECRETS + binding("a", "ClusterRole/edit", "user:alice")
    text += binding("b", "ClusterRole/edit", "group:devs")
    answer = told(cluster(text, bootstrap=True))
    assert edits(answer) == [
        ("RoleBinding shop/a", "take out user:alice"),
        ("RoleBinding shop/b", "take out group:devs"),
    ]
    assert answer.result.apart
    assert [one.path.principal for one in answer.result.forcing] == ["group:devs", "user:alice"]


def test_a_shared_rule_is_left_where_somebody_is_kept(cluster):
    text = SECRETS + role("reader", READ)
    text += binding("a", "Role/reader", "user:alice", "sa:shop/api")
    answer = told(cluster(text), keep=["sa:shop/api"])
    assert edits(answer) == [("RoleBinding shop/a", "take out user:alice")]
    assert answer.result.kept[0].path.hops[0].edge == "read-secret"


def test_who_is_kept_takes_the_place_of_its_group(cluster):
    text = SECRETS + binding("a", "ClusterRole/edit", "group:system:serviceaccounts:shop")
    text += "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: api, namespace: shop}\n"
    answer = told(cluster(text, bootstrap=True), keep=["sa:shop/api"])
    assert edits(answer) == [
        ("RoleBinding shop/a", "take out group:system:serviceaccounts:shop, put in api")
    ]
    assert answer.changes[0].after.subjects == (Subject("ServiceAccount", "api", "shop"),)
    assert answer.possible


def test_members_of_a_kept_group_are_kept(cluster):
    text = SECRETS + role("reader", READ) + binding("a", "Role/reader", "user:alice")
    snapshot = replace(cluster(text).snapshot, groups={"alice": ("devs",)})
    answer = told(rg.Cluster(snapshot), keep=["group:devs"])
    assert answer.result.principals == 0
    assert not answer


def test_others_do_not_go_through_who_is_kept(cluster):
    text = SECRETS + role("reader", READ) + binding("a", "Role/reader", "sa:shop/api")
    text += role(
        "minter", "[{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}]"
    )
    text += binding("b", "Role/minter", "user:bob")
    text += "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: api, namespace: shop}\n"
    answer = told(cluster(text), keep=["sa:shop/api"])
    assert [one.name for one in answer] in (["minter"], ["b"])
    gone = answer.result.effect.gone.by_principal
    assert [(one.name, one.total) for one in gone] == [("user:bob", 2)]


def test_what_is_needed_stays(cluster):
    rules = "[{apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [db, web]}]"
    text = SECRETS + role("reader", rules) + binding("a", "Role/reader", "user:alice")
    web = Request("get", resource="secrets", namespace="shop", name="web")
    found = asked(cluster(text), [("alice", web)])
    assert [str(edit.text) for edit in found.edits] == [
        "take the name db out of rules[0] (get on secrets named db, web)"
    ]
    assert found.proof.requests == 1


def test_who_needs_it_cannot_be_cut_off(cluster):
    text = SECRETS + role("reader", READ) + binding("a", "Role/reader", "user:alice", "user:bob")
    db = Request("get", resource="secrets", namespace="shop", name="db")
    found = asked(cluster(text), [("alice", db)])
    assert [str(edit.text) for edit in found.edits] == ["take out user:bob"]
    (uncut,) = found.uncut
    assert uncut.principal == "user:alice"
    assert {str(refused.why) for refused in uncut.refused} == {
        "alice would lose get on secrets db in shop (audit log)"
    }
    assert "RoleBinding shop/a: take out user:alice" in {str(one.edit) for one in uncut.refused}


def test_two_supports_may_not_both_go(cluster):
    """Either role allows what is needed; both open the Secret, so one of the two stays whole."""
    text = SECRETS
    for name in ("one", "two"):
        text += role(name, "[{apiGroups: [''], resources: [secrets, pods], verbs: [get]}]")
        text += binding(name, f"Role/{name}", "user:alice")
    pods = Request("get", resource="pods", namespace="shop", name="web")
    found = asked(cluster(text), [("alice", pods)])
    assert len(found.edits) == 2
    assert not found.uncut
    after = applied(cluster(text).snapshot, found.changes)
    assert rg.Cluster(after).can_i("get", "pods", namespace="shop", user="alice")


SECRETS_AND_PODS = "[{apiGroups: [''], resources: [secrets, pods], verbs: [get]}]"


def needing(request, user, *groups):
    needs = (Needed(request=request, evidence=LOGGED),)
    return Needs(needing=(Needing(user=user, groups=groups, needs=needs),))


@pytest.mark.parametrize("together", [False, True])
def test_who_is_bound_twice_by_one_binding_may_not_lose_both(cluster, together):
    """By its own name and as a member: neither is denied alone what it needs, but both are."""
    managed = ", labels: {app.kubernetes.io/managed-by: Helm}"
    text = SECRETS + role("reader", SECRETS_AND_PODS, extra=managed)
    if together:
        text += binding("a", "Role/reader", "user:alice", "group:devs")
    else:
        text += binding("a", "Role/reader", "user:alice") + binding(
            "b", "Role/reader", "group:devs"
        )
    graph = build(cluster(text).snapshot)
    pods = Request("get", resource="pods", namespace="shop", name="web")
    found = cut(graph, secret="shop/db", needs=needing(pods, "alice", "devs"))
    assert found.proven
    assert len(found.edits) == 1
    assert len(found.uncut) == 1
    after = rg.Cluster(applied(cluster(text).snapshot, found.changes))
    assert after.can_i("get", "pods", namespace="shop", user="alice", groups=["devs"])
    free = cut(graph, secret="shop/db", needs=needing(pods, "bob"))
    assert not free.uncut
    after = rg.Cluster(applied(cluster(text).snapshot, free.changes))
    assert not after.can_i("get", "pods", namespace="shop", user="alice", groups=["devs"])


def test_what_an_aggregated_role_gives_stays_though_its_sources_are_unseen(cluster):
    """A server's own word: what it filled in holds, wherever that came from."""
    text = SECRETS + binding("a", "ClusterRole/whole", "user:alice", "user:bob")
    text += role("whole", SECRETS_AND_PODS, "ClusterRole", extra=", uid: a-server-gave-it").replace(
        "rules:", "aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: whole}}]}\nrules:"
    )
    pods = Request("get", resource="pods", namespace="shop", name="web")
    found = asked(cluster(text), [("alice", pods)])
    assert [str(edit.text) for edit in found.edits] == ["take out user:bob"]
    (uncut,) = found.uncut
    assert uncut.principal == "user:alice"
    assert {str(refused.why) for refused in uncut.refused} == {
        "alice would lose get on pods web in shop (audit log)"
    }


def test_it_is_impossible_where_everything_is_shipped(cluster):
    answer = told(cluster(SECRETS, bootstrap=True), system=True)
    assert not answer.possible
    assert not answer
    masters = next(one for one in answer.result.uncut if "masters" in one.principal)
    assert {str(one.why).partition(" (")[0] for one in masters.refused} == {
        "shipped with Kubernetes"
    }


def test_what_somebody_manages_is_told(cluster):
    extra = ", labels: {app.kubernetes.io/managed-by: Helm}"
    text = SECRETS + role("reader", READ, extra=extra)
    text += binding("a", "Role/reader", "user:alice", "user:bob")
    (edit,) = told(cluster(text))
    assert str(edit.text) == "take out user:alice, user:bob"
    assert not edit.note


def test_a_rule_of_an_aggregated_role_is_narrowed_where_it_comes_from(cluster):
    extra = ", labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}"
    text = SECRETS + role("more", READ, "ClusterRole", extra=extra)
    text += binding("a", "ClusterRole/view", "user:alice") + binding(
        "b", "ClusterRole/view", "user:bob"
    )
    (edit,) = told(cluster(text, bootstrap=True))
    assert (edit.kind, edit.name) == ("ClusterRole", "more")
    assert edit.closes == 2


WORKS_AS_API = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: api, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: api, containers: [{name: web, image: web}]}
---
"""


@pytest.mark.parametrize("keep", ["sa:shop/api", "group:system:serviceaccounts:shop"])
def test_who_is_kept_keeps_the_token_of_its_pods(cluster, keep):
    text = SECRETS + role("reader", READ) + binding("a", "Role/reader", keep)
    text += role("dbg", "[{apiGroups: [''], resources: [pods/exec], verbs: [create]}]")
    text += binding("b", "Role/dbg", "user:bob", "user:carol") + WORKS_AS_API
    request = Request("create", resource="pods", subresource="exec", namespace="shop")
    needed = (Needed(request=request, evidence=LOGGED),)
    log = Needs(needing=(Needing(user="bob", groups=(), needs=needed),))
    answer = cut(build(cluster(text).snapshot), secret="shop/db", keep=[keep], needs=log)
    assert [str(one.text) for one in answer.edits] == ["take out user:carol"]
    (uncut,) = answer.uncut
    assert uncut.principal == "user:bob"
    token = next(one for one in uncut.refused if "automount" in str(one.edit))
    assert str(token.why) == "serviceaccount:shop/api would lose its token in Pods (it is kept)"


def test_who_has_needs_keeps_the_token_of_its_pods(cluster):
    text = SECRETS + role("reader", READ) + binding("a", "Role/reader", "sa:shop/api")
    text += WORKS_AS_API
    graph = build(cluster(text).snapshot)
    request = Request("get", resource="pods", namespace="shop")
    one = Needing(
        user="system:serviceaccount:shop:api",
        groups=(),
        needs=(Needed(request=request, evidence=LOGGED),),
    )
    found = kept_tokens(graph.world, (), Needs(needing=(one,)))
    assert {key: str(why) for key, why in found.items()} == {
        ("ServiceAccount", "shop", "api"): (
            "serviceaccount:shop/api would lose its token in Pods (audit log)"
        )
    }


def test_pods_may_be_kept_from_the_token(cluster):
    """Whoever changes the Deployment has the token, unless its Pods mount none."""
    text = SECRETS + role("reader", READ) + binding("a", "Role/reader", "sa:shop/api")
    text += WORKS_AS_API
    found = Case(cluster(text).snapshot, "shop/db")
    accounts = [edit for edit in found.universe() if edit.sort == "automount"]
    assert [edit.key[1:] for edit in accounts if edit.key[1] == "shop"] == [("shop", "api")]
    after = build(apply(found.editor, accounts).snapshot)
    asked = {"secret": "shop/db", "source": "deployment:shop/web"}
    assert paths(found.graph, **asked).secrets[0].paths
    assert not paths(after, **asked).secrets[0].paths


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"secret": "shop/*"}, UsageError, "cut takes one Secret; shop/* matches 2"),
        ({"keep": ["pod:shop/x"]}, NotFoundError, "no pod:shop/x"),
        ({"keep": ["sa:shop/none"]}, NotFoundError, "no serviceaccount:shop/none"),
        ({"keep": ["alice"]}, UsageError, "is not a principal"),
    ],
)
def test_bad_questions(cluster, asked, error, words):
    with pytest.raises(error, match=words.replace("*", r"\*")):
        told(cluster(SECRETS), **asked)


def test_who_does_not_reach_it_is_kept_in_vain(cluster):
    answer = told(cluster(SECRETS), keep=["user:alice"])
    assert answer.notes == ("user:alice is kept, but does not reach it today",)


def test_twice_the_same(root):
    shop = root / "fixtures" / "clusters" / "shop"
    answers = [rg.load(shop).cut(secret="shop/db-credentials") for _ in range(2)]
    assert answers[0].result == answers[1].result
    assert str(answers[0]) == str(answers[1])


@pytest.mark.parametrize(
    "rules",
    [
        "[{apiGroups: [apps, batch], resources: [deployments, jobs, cronjobs], verbs: [create]}]",
        "[{apiGroups: [''], resources: [secrets], verbs: [get, list, watch]}]",
    ],
)
def test_a_right_that_is_given_by_several_verbs_is_cut_at_once(cluster, monkeypatch, rules):
    builds = []
    monkeypatch.setattr(search, "build", lambda *given: builds.append(1) or build(*given))
    text = SECRETS + role("maker", rules) + binding("a", "Role/maker", "user:alice")
    assert len(told(cluster(text))) == 1
    assert len(builds) == 1


def test_constrained_impersonation_is_cut_off_by_its_verb(cluster):
    """Where the rest of both rules is needed; what it may be used on is not enough to take."""
    rules = """
- {apiGroups: [authentication.k8s.io], resources: [serviceaccounts],
   verbs: ['impersonate:serviceaccount', get]}
- {apiGroups: [''], resources: [secrets], verbs: ['impersonate-on:serviceaccount:get', create]}
"""
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ops, namespace: shop}\n---\n"
    text = SECRETS + account + role("actor", rules) + binding("a", "Role/actor", "user:alice")
    text += role("reader", READ) + binding("b", "Role/reader", "sa:shop/ops")
    wanted = Request("get", "authentication.k8s.io", "serviceaccounts", namespace="shop")
    created = Request("create", resource="secrets", namespace="shop")
    source = cluster(text)
    found = asked(source, [("alice", wanted), ("alice", created)], keep=["sa:shop/ops"])
    assert not found.uncut
    (edit,) = found.edits
    assert str(edit.text) == (
        "take the verb impersonate:serviceaccount out of rules[0] (impersonate:serviceaccount, get "
        "on serviceaccounts.authentication.k8s.io)"
    )


def test_what_a_star_is_left_by_one_change_is_found_at_once(cluster, monkeypatch):
    """The cluster is not built anew for each way that a ``*`` gives besides the first."""
    builds = []
    monkeypatch.setattr(search, "build", lambda *given: builds.append(1) or build(*given))
    every = STARS.format("['*']", "['*']", "['*']")
    text = SECRETS + role("every", every, "ClusterRole") + role("reader", READ)
    text += binding("a", "ClusterRole/every", "user:alice", namespace="")
    text += binding("b", "Role/reader", "sa:shop/ops")
    pods = Request("list", resource="pods")
    found = asked(cluster(text), [("alice", pods)], keep=["sa:shop/ops"])
    assert not found.uncut
    assert len(builds) <= 3
