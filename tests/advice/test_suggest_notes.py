"""What is said beside a suggestion is true, and about this answer."""

import io

import pytest

import rbacgraph as rg
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import Request
from tests.advice.logged_calls import ADMIN, SHARED, call, cluster_of, log

CI = "sa:shop/ci"


def notes(answer, words):
    return [note for note in answer.notes if words in note]


def need(*lines):
    return io.BytesIO("\n".join(lines).encode())


@pytest.mark.parametrize(
    ("options", "end"),
    [
        ({}, "what keeps a cache needs both, which --verbs read gives"),
        ({"names": "any"}, "what keeps a cache needs both, which --verbs read gives"),
    ],
)
def test_a_list_alone_is_told_with_the_knob_that_helps(options, end):
    answer = cluster_of(ADMIN).suggest(
        principal=CI, audit=log(call("list", "pods", "shop")), **options
    )
    assert notes(answer, "alone") == [f"list or watch alone: Role shop/ci-minimal (pods); {end}"]


def test_a_knob_that_was_given_or_would_not_help_is_not_advised():
    events = [call("list", "pods", "shop"), call("list", "secrets", "shop")]
    cluster = cluster_of(ADMIN)
    answer = cluster.suggest(principal=CI, audit=log(*events), verbs="read")
    (told,) = notes(answer, "alone")
    assert told.endswith("(secrets); what keeps a cache needs both, which --widen-secrets gives")
    answer = cluster.suggest(principal=CI, audit=log(*events))
    assert any(
        "(secrets)" in n and "--verbs read with --widen-secrets" in n
        for n in notes(answer, "alone")
    )
    less = cluster_of(ADMIN.replace('verbs: ["*"]', "verbs: [list]"))
    assert notes(less.suggest(principal=CI, audit=log(events[0])), "alone") == []


@pytest.mark.parametrize(
    "lines",
    [
        ["list pods -n shop"],
        ["list /metrics"],
        ["get pods a b -n shop"],
        ["get pods/exec -n shop"],
    ],
)
def test_what_somebody_states_is_not_odd(lines):
    answer = cluster_of(ADMIN).suggest(principal=CI, need=need(*lines))
    assert notes(answer, "alone") + notes(answer, "come and go") + notes(answer, "stream") == []


def test_what_another_grant_gives_is_not_lacking():
    more = ADMIN.replace("name: everything", "name: watcher").replace("{name: ci}", "{name: all}")
    more = more.replace('verbs: ["*"]', "verbs: [watch, create]").replace(
        "{kind: ServiceAccount, name: ci, namespace: shop}",
        "{kind: Group, name: system:serviceaccounts}",
    )
    events = [
        call("list", "pods", "shop"),
        call("get", "pods", "shop", "web-0", subresource="exec", code=101),
    ]
    answer = cluster_of(f"{ADMIN}---{more}").suggest(principal=CI, audit=log(*events))
    assert notes(answer, "alone") + notes(answer, "stream") == []


@pytest.mark.parametrize("wide", [{"names": "any"}, {"max_names": 1}])
def test_pods_of_all_names_are_not_odd(wide):
    events = [call("get", "pods", "shop", name) for name in ("a", "b")]
    answer = cluster_of(ADMIN).suggest(principal=CI, audit=log(*events), **wide)
    assert notes(answer, "come and go") == []


def test_a_stream_that_cannot_be_created_today_is_not_odd():
    event = call("get", "pods", "shop", "web-0", subresource="exec", code=400)
    less = cluster_of(ADMIN.replace('verbs: ["*"]', "verbs: [get]"))
    assert notes(less.suggest(principal=CI, audit=log(event)), "stream") == []
    assert notes(cluster_of(ADMIN).suggest(principal=CI, audit=log(event)), "stream")


def test_pods_by_name_are_told_with_the_knob_where_it_helps():
    events = [call("get", "pods", "shop", name) for name in ("a", "b")]
    (told,) = notes(cluster_of(ADMIN).suggest(principal=CI, audit=log(*events)), "come and go")
    assert told.endswith("Role shop/ci-minimal (pods); --names any takes them all")
    named = ADMIN.replace('verbs: ["*"]', "resourceNames: [a, b], verbs: [get]")
    assert notes(cluster_of(named).suggest(principal=CI, audit=log(*events)), "come and go") == []
    one = cluster_of(ADMIN).suggest(principal=CI, audit=log(events[0]))
    assert notes(one, "come and go") == []


def test_checks_that_are_stated_or_still_held_are_not_called_lost():
    cluster = cluster_of(ADMIN)
    answer = cluster.suggest(principal=CI, need=need("bind clusterroles view", "list pods"))
    (told,) = notes(answer, "not kept")
    assert told.startswith(
        "bind, escalate on roles; escalate on clusterroles; approve, sign, attest on signers: not"
    )
    both = need(
        *("bind roles -n shop", "bind clusterroles x -n shop", "escalate roles r -n shop"),
        "escalate clusterroles x",
    )
    (told,) = notes(cluster.suggest(principal=CI, need=both), "not kept")
    assert told.startswith("approve, sign, attest on signers: not kept")
    twice = ADMIN.replace("{name: ci}", "{name: all}").replace(
        "{kind: ServiceAccount, name: ci, namespace: shop}", "{kind: User, name: olga}"
    )
    binding = twice[twice.index("---") :]
    answer = cluster_of(ADMIN + binding).suggest(principal="user:olga", need=need("* *.* -A"))
    assert notes(answer, "not kept") == []
    own = "{kind: ServiceAccount, name: ci, namespace: shop}"
    group = ADMIN.replace(own, f"{own}, {{kind: Group, name: 'system:serviceaccounts:shop'}}")
    answer = cluster_of(group).suggest(principal=CI, need=need("list pods"), split=True)
    assert answer.result.changes
    assert notes(answer, "not kept") == []


def test_kept_checks_are_told_only_of_what_is_written():
    label = SHARED.replace("LABEL", "")
    answer = cluster_of(label).suggest(role="shop/reader", audit=log(call("list", "pods", "shop")))
    assert notes(answer, "kept: no log can show it: bind on roles")
    every = [f"{v} {r}" for v in ("get", "list") for r in ("pods", "configmaps")]
    whole = cluster_of(label).suggest(role="shop/reader", need=need(*(f"{CI} {w}" for w in every)))
    assert whole.changes == () or not notes(whole, "kept:")


NAMESPACE = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: NAME, uid: u}\n"


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ([], None),
        (["shop", "pr-1"], None),
        (["shop"], "a namespace that the input does not hold: pr-1; kubectl apply refuses"),
        (["other"], "2 namespaces that the input does not hold: pr-1, shop; kubectl apply refuses"),
    ],
)
def test_namespaces_that_may_be_gone_are_told(held, told):
    text = ADMIN + "".join(NAMESPACE.replace("NAME", name) for name in held)
    calls = [call("list", "pods", "shop"), call("list", "pods", "pr-1"), call("list", "nodes")]
    found = notes(cluster_of(text).suggest(principal=CI, audit=log(*calls)), "are written for")
    assert [True] * bool(told) == [str(told) in note for note in found]


GROUPED = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: NAME, namespace: shop}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: NAME, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: NAME}
subjects: [SUBJECT]
"""


def grouped(*pairs):
    return "---".join(
        GROUPED.replace("NAME", name).replace("SUBJECT", f"{{{subject}}}")
        for name, subject in pairs
    )


TWICE = grouped(("own", "kind: User, name: ann"), ("ops", "kind: Group, name: ops"))


def of_ann(cluster, **question):
    events = [{**call("list", "pods", "shop", user="x:ann"), **ANN}]
    return cluster.suggest(audit=log(*events), **question)


ANN = {"user": {"username": "ann", "groups": ["ops", "system:authenticated"]}}


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ({"principal": "user:ann"}, "ops"),
        ({"principal": "group:ops"}, "own"),
        ({"role": "shop/own"}, "ops"),
        ({"role": "shop/ops"}, "own"),
    ],
)
def test_what_rests_on_the_right_of_another_is_told(question, left):
    (told,) = notes(of_ann(cluster_of(TWICE), **question), "granted twice")
    assert f"is left to RoleBinding shop/{left} alone: list on pods" in told


def test_what_two_answers_may_take_away_all_together_does_not():
    cluster = cluster_of(TWICE)
    wanted = Request("list", resource="pods", namespace="shop")
    answers = [of_ann(cluster, principal=who) for who in ("user:ann", "group:ops")]
    both = applied(cluster.snapshot, [change for one in answers for change in one.changes])
    assert not Authorizer(both).authorize(wanted, "ann", ["ops"]), "which is why it is told"
    whole = of_ann(cluster)
    after = Authorizer(applied(cluster.snapshot, whole.changes))
    assert after.authorize(wanted, "ann", ["ops"])
    assert whole.result.proof.requests == 1
    assert notes(whole, "granted twice") == []


def test_what_is_granted_once_or_by_a_shipped_binding_rests_on_nobody_else():
    once = cluster_of(grouped(("own", "kind: User, name: ann")))
    assert notes(of_ann(once, principal="user:ann"), "granted twice") == []
    shipped = TWICE.replace(
        "metadata: {name: ops, namespace: shop}",
        "metadata: {name: ops, namespace: shop,"
        " labels: {kubernetes.io/bootstrapping: rbac-defaults}}",
    )
    assert notes(of_ann(cluster_of(shipped), principal="user:ann"), "granted twice") == []


def test_what_a_binding_gives_by_another_subject_is_not_said_to_be_of_another_binding():
    both = grouped(("own", "kind: User, name: ann}, {kind: Group, name: ops"))
    for found in (of_ann(cluster_of(both), principal=who) for who in ("user:ann", "group:ops")):
        (without,) = (why for one in found.changes if (why := str(one.why)).startswith("without"))
        assert "which needs of it only what other grants give" in without


PLACES = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [pods, secrets], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: own, namespace: pay}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: User, name: ann}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ops, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: Group, name: ops}]
"""


def test_what_another_binding_alone_granted_was_not_granted_twice():
    """The role is that of an own binding elsewhere: here it was never given but by the group's."""
    answer = of_ann(cluster_of(PLACES), principal="user:ann")
    assert answer.result.changes
    assert notes(answer, "granted twice") == []


def test_what_one_binding_grants_to_two_subjects_is_left_to_one_of_them():
    both = PLACES.replace(
        "{kind: Group, name: ops}", "{kind: Group, name: ops}, {kind: User, name: ann}"
    )
    (told,) = notes(of_ann(cluster_of(both), principal="user:ann", split=True), "granted twice")
    assert "left to RoleBinding shop/ops, which grants it to group:ops, alone: list on pods" in told


SEVERAL = grouped(("r", "kind: ServiceAccount, name: ci")).replace(
    "kind: Role\n", "kind: ClusterRole\n"
)
SEVERAL = SEVERAL.replace(
    "metadata: {name: r, namespace: shop}\nrules", "metadata: {name: r}\nrules"
)
SEVERAL = SEVERAL.replace("kind: Role,", "kind: ClusterRole,")
SEVERAL += (
    SEVERAL[SEVERAL.index("---") :]
    .replace("namespace: shop}", "namespace: pay}")
    .replace("name: ci}", "name: ci, namespace: shop}")
)


def test_what_a_role_gives_beyond_need_as_it_stays_one_is_told():
    events = [call("get", "pods", "shop"), call("list", "pods", "pay")]
    answer = cluster_of(SEVERAL).suggest(principal=CI, audit=log(*events))
    (told,) = notes(answer, "one role serves all")
    assert (
        "ClusterRole r (serviceaccount:shop/ci 1 in pay, serviceaccount:shop/ci 1 in shop)" in told
    )
    split = cluster_of(SEVERAL).suggest(principal=CI, audit=log(*events), split=True)
    assert notes(split, "one role serves all") == []
    assert {(role.namespace, role.kept[0].verb) for role in split} == {
        ("shop", "get"),
        ("pay", "list"),
    }


RUNNING = """---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: c, image: i}]}
"""
ACCOUNTS = """---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
"""


@pytest.mark.parametrize(
    ("group", "more", "groups", "edited"),
    [
        ("ops", "", None, True),
        ("ops", "", {"ann": ["ops"]}, True),
        ("ops", "", {"bob": ["ops"]}, False),
        ("system:serviceaccounts:shop", "", None, True),
        ("system:serviceaccounts:shop", ACCOUNTS, None, False),
        ("system:serviceaccounts:shop", RUNNING, None, False),
        ("system:serviceaccounts:shop", RUNNING.replace("Name: web", "Name: ci"), None, True),
        ("system:serviceaccounts:shop", ACCOUNTS.replace("shop", "pay"), None, True),
        ("system:serviceaccounts", ACCOUNTS.replace("shop", "pay"), None, False),
        ("system:authenticated", "", None, False),
    ],
)
def test_a_group_is_known_where_no_member_that_is_known_is_left_out(
    group, more, groups, edited, tmp_path
):
    path = tmp_path / "groups.yaml"
    path.write_text(str(groups or {}))
    text = grouped(("r", f"kind: Group, name: '{group}'")) + more
    cluster = rg.load(io.BytesIO(text.encode()), groups=str(path))
    events = [{**call("list", "pods", "shop", user="x:ann"), **ANN}, call("list", "pods", "shop")]
    answer = cluster.suggest(audit=log(*events))
    assert bool(answer.changes) is edited
    assert bool(notes(answer, "no evidence about all who have it: Role shop/r")) is not edited
    stated = cluster.suggest(need=need(f"group:{group} list pods -n shop"))
    assert len(stated.changes) == 1, "whoever states what the group needs answers for all of it"


def test_members_of_whom_nothing_tells_are_named_and_lose_nothing_unless_it_is_said():
    text = grouped(("r", "kind: Group, name: 'system:serviceaccounts:shop'")) + ACCOUNTS
    group = "group:system:serviceaccounts:shop"
    cluster, one = cluster_of(text), [call("list", "pods", "shop")]
    for question in ({"principal": group}, {"role": "shop/r"}, {}):
        answer = cluster.suggest(audit=log(*one), **question)
        assert answer.changes == ()
        assert notes(answer, "1 role is left alone, no evidence about")
    (told,) = notes(cluster.suggest(principal=group, audit=log(*one)), "by --need what the group")
    assert told.startswith(f"no evidence about these members of {group}: serviceaccount:shop/web;")
    for question in ({"principal": group}, {"role": "shop/r"}):
        answer = cluster.suggest(audit=log(*one), split=False, **question)
        (told,) = notes(answer, "without evidence lose")
        assert told.endswith("lose what the others do not need: serviceaccount:shop/web")
        assert [change.key for change in answer.changes] == [("Role", "shop", "r")]
    seen = [call("list", "pods", "shop", user=name) for name in ("ci", "web")]
    answer = cluster.suggest(principal=group, audit=log(*seen))
    assert answer.changes
    assert notes(answer, "without evidence lose") == []


@pytest.mark.parametrize(
    ("question", "holders"),
    [
        ({"principal": CI}, ["ci"]),
        ({"role": "shop/r"}, ["ci"]),
        ({"role": "shop/r"}, ["ci", "web"]),
        ({}, ["ci"]),
        ({}, ["ci", "web"]),
    ],
)
@pytest.mark.parametrize("split", [None, True, False])
def test_of_whom_no_log_tells_loses_nothing_however_many_they_are(question, holders, split):
    subjects = "}, {".join(f"kind: ServiceAccount, name: {name}" for name in holders)
    events = [call("list", "pods", "shop", user="other")]
    answer = cluster_of(grouped(("r", subjects))).suggest(
        audit=log(*events), split=split, **question
    )
    assert answer.changes == ()
    assert notes(answer, "1 role is left alone, no evidence about")
    (*stated,) = notes(answer, "no evidence about serviceaccount:shop/ci, which keeps all rights")
    assert len(stated) == ("principal" in question)


def test_a_role_that_was_split_among_all_is_left_without_holders():
    cluster = cluster_of(SHARED.replace("LABEL", ""))
    events = [call("list", "pods", "shop", user=name) for name in ("ci", "web")]
    answer = cluster.suggest(role="shop/reader", audit=log(*events), split=True)
    then = rg.Cluster(applied(cluster.snapshot, answer.changes))
    again = then.suggest(role="shop/reader", audit=log(*events), split=True)
    assert again.changes == ()
    assert notes(again, "no binding that can be changed gives Role shop/reader to anybody")


def test_who_loses_unseen_as_the_role_is_not_split_is_named():
    cluster = cluster_of(SHARED.replace("LABEL", ""))
    for question in ({"principal": CI}, {"role": "shop/reader"}, {}):
        answer = cluster.suggest(audit=log(call("list", "pods", "shop")), split=False, **question)
        (told,) = notes(answer, "no evidence about")
        assert told.startswith("no evidence about serviceaccount:shop/web, who loses what")
    every = [f"{v} {r}" for v in ("get", "list") for r in ("pods", "configmaps")]
    whole = cluster.suggest(
        role="shop/reader", need=need(*(f"{CI} {w}" for w in every)), split=False
    )
    assert whole.changes == ()
    assert notes(whole, "loses") == []


PODS = """---
apiVersion: v1
kind: Pod
metadata: {name: ci-1, namespace: shop}
spec:
  serviceAccountName: ci
  containers: [{name: c, image: i, envFrom: [{secretRef: {name: db}}, {secretRef: {name: tls}}]}]
"""


def test_nobody_asked_for_a_split_where_names_of_secrets_are_kept():
    text = grouped(("r", "kind: ServiceAccount, name: ci}, {kind: User, name: olga"))
    text = text.replace("[pods]", "[secrets]") + PODS
    (told,) = notes(cluster_of(text).suggest(from_references=True), "is not edited")
    assert told == "Role shop/r is not edited: others have it too"
    (told,) = notes(cluster_of(text).suggest(from_references=True, split=True), "is not edited")
    assert told.endswith("others have it too, and it is to be split")


def test_what_pods_are_given_without_any_right_is_told_where_the_right_goes():
    cluster = cluster_of(f"{ADMIN}{PODS}")
    answer = cluster.suggest(principal=CI, audit=log(call("get", "secrets", "shop", "tls")))
    (told,) = notes(answer, "the kubelet gives")
    assert told.endswith("no right is needed: shop/db (Pod shop/ci-1)")
    kept = [call("get", "secrets", "shop", name) for name in ("db", "tls")]
    assert notes(cluster.suggest(principal=CI, audit=log(*kept)), "the kubelet gives") == []
