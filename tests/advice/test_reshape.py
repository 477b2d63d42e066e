"""Roles written anew where nothing tells what is needed: end to end, request by request."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.proof.suggestion_proof import held_by
from rbacgraph.advice.rewrite import reshape
from rbacgraph.advice.rewrite.rewriter import Manner, Rewriter
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import covers
from rbacgraph.authz.match import Request
from rbacgraph.errors import UsageError
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, ObjectMeta, RbacMeta
from rbacgraph.model.kubernetes.pods import Delivery, Pod, PodSpec, SecretUse
from rbacgraph.model.kubernetes.rbac import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacgraph.model.node import SERVICE_ACCOUNT, USER
from tests.worlds import fewer

BOT = "system:serviceaccount:shop:bot"
OPS = (Path(__file__).parents[1] / "report/records/messy.yaml").read_text()


MESSY = OPS[OPS.index("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n") :]


@pytest.fixture(scope="module")
def ops():
    return rg.load(io.BytesIO(OPS.encode()))


def after(cluster, answer):
    return Authorizer(applied(cluster.snapshot, answer.changes))


def may(rbac, user, verb, resource, **where):
    request = Request(verb, resource=resource, **where)
    return bool(rbac.authorize(request, user, ()))


def secret(rbac, user, verb, name="", namespace="shop"):
    return may(rbac, user, verb, "secrets", namespace=namespace, name=name)


def test_tidy(ops):
    answer = ops.suggest(tidy=True)
    (role,) = answer
    assert (role.kind, role.name, role.action) == ("Role", "messy", "tidy")
    assert (role.rules_before, role.rules, role.bound) == (5, 2, 2)
    assert not answer.result.losses
    (change,) = answer.changes
    assert covers(change.after.rules, change.before.rules)[0]
    assert covers(change.before.rules, change.after.rules)[0]


def test_tidy_leaves_alone_what_cannot_be_edited():
    managed = OPS.replace(
        "{name: messy, namespace: shop}",
        "{name: messy, namespace: shop, labels: {app.kubernetes.io/managed-by: Helm}}",
    )
    answer = rg.load(io.BytesIO(managed.encode())).suggest(tidy=True, principal="sa:shop/bot")
    assert not answer.changes
    assert any("managed by Helm" in note for note in answer.notes)


def test_without_secrets_for_all_who_have_a_role(ops):
    answer = ops.suggest(role="ops", without="secrets")
    rbac = after(ops, answer)
    for user in (BOT, "olga"):
        assert not secret(rbac, user, "get", "x")
        assert not secret(rbac, user, "list", namespace="")
        assert may(rbac, user, "get", "pods", namespace="shop")
        assert may(rbac, user, "create", "pods", subresource="exec", namespace="shop", name="p")
        assert may(rbac, user, "impersonate", "users", name="root")
        assert may(rbac, user, "bind", "clusterroles", group="rbac.authorization.k8s.io", name="x")
        assert bool(rbac.authorize(Request("get", path="/metrics"), user, ()))
    assert secret(rbac, BOT, "get", "a"), "another role gives it, which was not asked about"
    assert "other grants still give what was to be taken away to serviceaccount:shop/bot" in (
        answer.notes
    )
    assert any("API groups that are not known" in note for note in answer.notes)


def test_without_secrets_of_one_principal_leaves_the_others_alone(ops):
    rbac = after(ops, ops.suggest(principal="sa:shop/bot", without="secrets"))
    assert secret(rbac, "olga", "get", "x")
    assert not secret(rbac, BOT, "get", "a")
    assert may(rbac, BOT, "get", "pods", namespace="shop")


def test_no_split_narrows_a_role_for_all(ops):
    answer = ops.suggest(principal="sa:shop/bot", without="secrets", split=False)
    assert {change.key[2] for change in answer.changes} == {"ops", "messy"}
    assert not secret(after(ops, answer), "olga", "get", "x")


def test_from_references(ops):
    answer = ops.suggest(principal="sa:shop/bot", from_references=True)
    rbac = after(ops, answer)
    assert secret(rbac, BOT, "get", "a")
    assert secret(rbac, BOT, "delete", "a")
    for verb, name, namespace in [
        ("get", "b", "shop"),
        ("get", "a", "other"),
        ("list", "", "shop"),
        ("create", "", "shop"),
        ("create", "a", "shop"),
        ("deletecollection", "", "shop"),
    ]:
        assert not secret(rbac, BOT, verb, name, namespace)
    assert may(rbac, BOT, "list", "pods", namespace="other")
    assert secret(rbac, "olga", "get", "b")


def test_only_service_accounts_have_pods(ops):
    answer = ops.suggest(role="ops", from_references=True)
    rbac = after(ops, answer)
    assert secret(rbac, "olga", "get", "b")
    assert not secret(rbac, BOT, "get", "a", "other")


def test_who_has_no_pods_is_told(ops):
    text = MESSY.replace(
        "{kind: ServiceAccount, name: bot, namespace: shop}", "{kind: User, name: u}"
    )
    users = rg.load(io.BytesIO(text.encode()))
    kept = users.suggest(role="shop/messy", from_references=True)
    assert not kept.changes
    assert "only ServiceAccounts have Pods, and none has Role shop/messy" in kept.notes
    everybody = ops.suggest(role="ops", from_references=True, split=False)
    words = "only ServiceAccounts have Pods: no Secret is left to user:olga"
    assert words in everybody.notes


def test_why_a_role_stays_is_not_said_of_a_holder_that_nobody_asked_about():
    both = rg.load(io.BytesIO(OPS[: OPS.rindex("---")].encode()))  # without the Pod
    bot, every = (
        both.suggest(from_references=True, **whom).result
        for whom in ({"principal": "sa:shop/bot"}, {})
    )
    (left,) = bot.left_alone
    assert left.principal == "serviceaccount:shop/bot"
    assert not any("only ServiceAccounts have Pods" in str(note) for note in bot.notes)
    assert any("only ServiceAccounts have Pods" in str(note) for note in every.notes)


def test_without_a_subresource(ops):
    rbac = after(ops, ops.suggest(principal="user:olga", without="pods/exec"))
    assert not may(rbac, "olga", "create", "pods", subresource="exec", namespace="shop", name="p")
    assert may(rbac, "olga", "create", "pods", subresource="attach", namespace="shop", name="p")
    assert may(rbac, "olga", "create", "pods", namespace="shop")


def test_without_two_resources_in_the_fewest_rules(ops):
    answer = ops.suggest(role="shop/messy", without=["secrets", "services"], tidy=True)
    (change,) = answer.changes
    assert change.after.rules == (PolicyRule(("get", "list"), ("",), ("pods",)),)
    assert str(answer.result.manner) == "without secrets and services, in the fewest rules"


def test_a_suggestion_has_as_few_rules_as_can_be_and_is_proven_again(root, tmp_path):
    shop = rg.load(str(root / "fixtures/clusters/shop"))
    log = str(root / "fixtures/audit/shop.log")
    for answer in (
        shop.suggest(principal="user:dana", without="secrets", tidy=True),
        shop.suggest(tidy=True),
        shop.suggest(principal="sa:ci/runner", audit=log),
    ):
        assert all(role.rules == role.bound for role in answer)
        path = tmp_path / "suggestion.json"
        answer.render(path)
        assert shop.verify_suggestion(str(path), effect=False).result.proof


def test_nothing_to_change(ops):
    assert not ops.suggest(principal="user:nobody", without="secrets").changes
    assert not ops.suggest(role="ops", tidy=True).changes


def test_needs_and_rewriting_are_two_questions(ops, root):
    log = str(root / "fixtures/audit/shop.log")
    with pytest.raises(
        UsageError, match="audit and need exclude tidy, without and from_references"
    ):
        ops.suggest(principal="sa:shop/bot", audit=log, tidy=True)
    with pytest.raises(UsageError, match="no evidence of what is needed given"):
        ops.suggest(principal="sa:shop/bot")
    with pytest.raises(UsageError, match="no resource is called"):
        ops.suggest(principal="sa:shop/bot", without="secretz")


def test_what_is_not_proven_is_not_shown(monkeypatch):
    def bad(self, rules, grants):
        return self.original(rules[:1], grants)

    monkeypatch.setattr(Rewriter, "original", Rewriter.shares, raising=False)
    monkeypatch.setattr(Rewriter, "shares", bad)
    with pytest.raises(UnprovenError) as refused:
        rg.load(io.BytesIO(MESSY.encode())).suggest(role="shop/messy", tidy=True)
    assert refused.value.why.code is Say.IS_LOST


def test_what_was_to_go_may_not_be_written(ops):
    rewriter = Rewriter(ops.snapshot, Manner(without=(("", "secrets"),)))
    (change,) = ops.suggest(role="shop/messy", tidy=True).changes
    rbac = Authorizer(applied(ops.snapshot, [change]))
    with pytest.raises(UnprovenError) as refused:
        reshape.prove_reshaped(ops.authorizer, rbac, [change], rewriter)
    assert refused.value.why.code is Say.IS_STILL_WRITTEN


def test_of_secrets_only_those_that_pods_name_may_be_written(ops):
    rewriter = Rewriter(ops.snapshot, Manner(references=True))
    for names, forbidden in ((("a",), False), (("a", "b"), True), (None, True)):
        assert rewriter.forbids(PolicyRule(("get",), ("",), ("secrets",), names)) is forbidden
        assert not rewriter.forbids(PolicyRule(("get",), ("",), ("pods",), names))
    assert rewriter.forbids(PolicyRule(("get",), ("*",), ("*",)))


def test_of_a_right_on_all_secrets_the_proof_asks_for_those_that_pods_name(ops):
    rewriter = Rewriter(ops.snapshot, Manner(references=True))
    node = (SERVICE_ACCOUNT, "shop", "bot")
    reading = PolicyRule(("get",), ("",), ("secrets",))
    assert list(rewriter.kept(reading, node, "shop")) == [replace(reading, resource_names=("a",))]
    assert not list(rewriter.kept(reading, node, "other"))


SHARED = """kind: Role
apiVersion: rbac.authorization.k8s.io/v1
metadata: {{name: {role}, namespace: shop}}
rules:
- {{apiGroups: [""], resources: [{resource}, secrets], verbs: [get]}}
- {{apiGroups: [""], resources: [{resource}, secrets], verbs: [{verb}]}}
---
kind: RoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata: {{name: {role}, namespace: shop}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {role}}}
subjects: [{{kind: User, name: olga}}, {{kind: User, name: peter}}]
---
"""


@pytest.mark.parametrize(
    ("verb", "written"),
    [
        ("list", [(("get", "list"), ("pods", "services"))]),
        ("watch", [(("get", "watch"), ("services",)), (("get", "list"), ("pods",))]),
    ],
    ids=["fewer", "as many"],
)
def test_the_rules_of_two_roles_are_written_again_where_fewer_are_enough(verb, written):
    first = SHARED.format(role="first", resource="services", verb=verb)
    text = first + SHARED.format(role="second", resource="pods", verb="list")
    cluster = rg.load(io.BytesIO(text.encode()), bootstrap=False)
    answer = cluster.suggest(principal="user:olga", tidy=True, without="secrets")
    (role,) = [change for change in answer.changes if change.key[0] == "Role"]
    assert [(rule.verbs, rule.resources) for rule in role.after.rules] == written


def test_every_change_of_the_shop_is_proven(root):
    shop = rg.load(str(root / "fixtures/clusters/shop"))
    for how in ({"tidy": True}, {"without": "secrets"}, {"from_references": True}):
        for split in (None,) if how == {"tidy": True} else (True, False, None):
            answer = shop.suggest(split=split, effect=False, **how)
            assert answer.result.proof.covered >= len(answer.result.roles)
    for binding in shop.authorizer.bindings:
        for subject in binding.subjects or ():
            if subject.kind == "User":
                shop.suggest(principal=f"user:{subject.name}", without="secrets", effect=False)


VERBS, ENTRIES = ("get", "list", "create", "*"), ("*", "secrets", "pods", "pods/exec", "*/exec")


def some(entries):
    return st.lists(st.sampled_from(entries), min_size=1, max_size=2, unique=True).map(tuple)


rules = st.lists(
    st.builds(
        PolicyRule,
        verbs=some(VERBS),
        api_groups=some(("", "apps", "*")),
        resources=some(ENTRIES),
        resource_names=st.none() | some(("a", "b")),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
SUBJECTS = (
    Subject("ServiceAccount", "bot", "shop"),
    Subject("ServiceAccount", "bot", "other"),
    Subject("User", "olga"),
)


@st.composite
def clusters(draw):
    role = Role(metadata=RbacMeta("r", "shop"), rules=draw(rules))
    urls = PolicyRule(("get",), non_resource_urls=("/metrics",))
    cluster_role = ClusterRole(metadata=ClusterRoleMeta("c"), rules=(*draw(rules), urls))
    refs = (RoleRef("Role", "r"), RoleRef("ClusterRole", "c"))
    return Snapshot(
        roles=(role,),
        cluster_roles=(cluster_role,),
        role_bindings=tuple(
            RoleBinding(
                metadata=RbacMeta(f"b{i}", "shop"), role_ref=ref, subjects=draw(some(SUBJECTS))
            )
            for i, ref in enumerate(refs)
        ),
        cluster_role_bindings=(
            ClusterRoleBinding(
                metadata=RbacMeta("cb"), role_ref=refs[1], subjects=draw(some(SUBJECTS))
            ),
        ),
    )


REQUESTS = [
    Request(verb, group, resource, subresource, "shop", name)
    for verb in ("get", "list", "create")
    for group, resource, subresource in (
        *(("", "secrets", ""), ("", "pods", ""), ("", "pods", "exec"), ("apps", "deployments", "")),
    )
    for name in ("", "a", "b")
]
NODES = ((SERVICE_ACCOUNT, "shop", "bot"), (SERVICE_ACCOUNT, "other", "bot"), (USER, "", "olga"))


@settings(max_examples=fewer(60))
@given(clusters(), st.sampled_from([None, True, False]), st.booleans())
def test_without_secrets_takes_secrets_from_all_and_nothing_else(snapshot, split, tidy):
    cluster = rg.Cluster(snapshot)
    answer = cluster.suggest(without="secrets", tidy=tidy, split=split, effect=False)
    rbac = after(cluster, answer)
    for node in NODES:
        old = held_by(cluster.authorizer, node, "shop")
        new = held_by(rbac, node, "shop")
        for request in REQUESTS:
            before, now = (allows(held, request) for held in (old, new))
            assert now == (before and request.resource != "secrets")
        url = Request("get", path="/metrics")
        old, new = held_by(cluster.authorizer, node, ""), held_by(rbac, node, "")
        assert allows(old, url) == allows(new, url)


@settings(max_examples=fewer(60))
@given(clusters(), st.sampled_from([None, True, False]), st.booleans())
def test_references_leave_what_pods_name_and_nothing_else(snapshot, split, tidy):
    bot = SUBJECTS[0]
    uses = (SecretUse("a", (), False, "c", Delivery.ENV, "k"),)
    pod = Pod(
        metadata=ObjectMeta("p", bot.namespace),
        spec=PodSpec(service_account=bot.name, secrets=uses),
    )
    cluster = rg.Cluster(replace(snapshot, pods=(pod,)))
    answer = cluster.suggest(from_references=True, tidy=tidy, split=split, effect=False)
    rbac = after(cluster, answer)
    for node in NODES:
        old = held_by(cluster.authorizer, node, "shop")
        new = held_by(rbac, node, "shop")
        for request in REQUESTS:
            before, now = (allows(held, request) for held in (old, new))
            if request.resource != "secrets":
                assert now == before
            elif node == NODES[0] and split is None:
                own = request.name == "a"
                assert not now or (before and own)
                if own and request.verb == "get":
                    assert now == before
            elif split is None:
                assert now == before, "no Pod tells of it"
            assert before or not now


def allows(held, request):
    from rbacgraph.authz.match import rule_allows

    return any(rule_allows(rule, request) for rule in held)


MANNERS = st.builds(
    lambda without, references, tidy: {
        "without": without,
        "from_references": references,
        "tidy": tidy or not (without or references),
    },
    st.sampled_from([(), ("secrets",), ("pods/exec",)]),
    st.booleans(),
    st.booleans(),
)
WHOM = st.sampled_from(
    [{}, {"role": "c"}, {"role": "shop/r"}]
    + [{"principal": who} for who in ("sa:shop/bot", "sa:other/bot", "user:olga")]
)


@st.composite
def pods(draw):
    return tuple(
        Pod(
            metadata=ObjectMeta(f"p{number}", subject.namespace),
            spec=PodSpec(
                service_account=subject.name,
                secrets=tuple(
                    SecretUse(name, (), False, "c", Delivery.ENV, "k")
                    for name in draw(st.lists(st.sampled_from("ab"), unique=True))
                ),
            ),
        )
        for number, subject in enumerate(SUBJECTS[:2])
        if draw(st.booleans())
    )


@settings(max_examples=fewer(200))
@given(clusters(), pods(), MANNERS, WHOM, st.sampled_from([None, True, False]))
def test_what_was_rewritten_is_not_rewritten_again(snapshot, found, manner, whom, split):
    if not (manner["without"] or manner["from_references"]):
        split = None  # nobody loses anything that way
    if manner["from_references"] and whom == {"principal": "user:olga"}:
        whom = {"principal": "sa:shop/bot"}  # only ServiceAccounts have Pods
    cluster = rg.Cluster(replace(snapshot, pods=found))
    answer = cluster.suggest(split=split, effect=False, **manner, **whom)
    then = rg.Cluster(applied(cluster.snapshot, answer.changes))
    again = then.suggest(split=split, effect=False, **manner, **whom)
    assert again.changes == ()
    assert again.result.losses == ()
