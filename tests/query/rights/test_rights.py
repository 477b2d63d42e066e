"""What a principal may do directly, held to can-i, to recorded servers, and to its paths."""

import json
import random
from functools import cache
from itertools import groupby, product

import msgspec
import pytest

import rbacgraph as rg
from rbacgraph.authz.coverage import breakdown
from rbacgraph.authz.match import Request, rule_allows
from rbacgraph.authz.prepare import prepare
from rbacgraph.authz.questions.can_i import can_i
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.graph.build import build
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, USER, format_node
from rbacgraph.query.access.reach import reach
from rbacgraph.query.access.rights import rights
from rbacgraph.techniques.catalogue import EDGES, KINDS, ObjectEdge
from tests.authz.conftest import read_world
from tests.authz.test_oracle import decided_by_node_authorizer, request_of
from tests.query.clusters import random_snapshot
from tests.query.rbac_clusters import random_rbac
from tests.techniques.test_twins import ROWS, load
from tests.worlds import worlds

USERS = ("alice", "bob", "system:serviceaccount:a:x", "system:serviceaccount:b:y", "who")
VERBS = ("get", "list", "create", "patch", "update", "bind", "impersonate", "some-verb")
THINGS = (
    *(("", one, "") for one in ("secrets", "pods", "serviceaccounts")),
    *(("", "pods", "exec"), ("", "serviceaccounts", "token"), ("apps", "deployments", "")),
    *(("rbac.authorization.k8s.io", one, "") for one in ("roles", "clusterroles", "rolebindings")),
    ("some.example", "some", ""),
)
REQUESTS = (
    *(
        Request(verb, *thing, namespace, name)
        for verb, thing, namespace, name in product(
            VERBS, THINGS, ("", "a", "b"), ("", "s0", "x", "r0")
        )
    ),
    *(Request("get", path=path) for path in ("/api", "/healthz", "/metrics")),
)


def policy_rule(one):
    """The listed rule as the authorizer takes it."""
    return PolicyRule(
        one.verbs,
        one.api_groups or None,
        one.resources or None,
        one.resource_names or None,
        one.non_resource_urls or None,
    )


def allows(result, request):
    """Whether a listed rule allows a request in one of its scopes."""
    return any(
        rule_allows(policy_rule(one), request)
        for one in result.rules
        if request.path is not None or {"", request.namespace} & set(one.scopes)
    )


def asked(authorizer, request, user, groups=None):
    """What can-i says: yes, or that some version of the objects allows it."""
    decision = can_i(
        authorizer,
        request.verb,
        request.resource or None,
        user=user,
        groups=groups,
        group=None if request.path else request.group,
        subresource=request.subresource,
        namespace=request.namespace,
        name=request.name,
        path=request.path,
    )
    return bool(decision)


def requests_of(part, scope):
    """A request that a smallest part of a rule allows."""
    (verb,) = part.verbs
    verb = verb.replace("*", "some-verb")
    if part.non_resource_urls:
        return Request(verb, path=part.non_resource_urls[0].replace("*", "/x"))
    (resource,), (group,) = part.resources, part.api_groups
    resource, _, subresource = resource.replace("*", "some").partition("/")
    name = (part.resource_names or ("",))[0]
    return Request(verb, group.replace("*", "some.example"), resource, subresource, scope, name)


@cache
def cluster_of(make, seed):
    return build(prepare(make(seed), bootstrap=seed % 2 == 0))


@pytest.mark.parametrize("make", [random_rbac, random_snapshot])
def test_a_request_is_allowed_exactly_if_a_rule_is_listed_that_allows_it(make):
    for seed in worlds(make, 90):
        graph = cluster_of(make, seed)
        authorizer = graph.world.authorizer
        for user in USERS:
            found = rights(graph, f"user:{user}") if known(graph, user) else None
            if found is None:
                continue
            for request in random.Random(seed).sample(REQUESTS, 200):
                assert allows(found, request) == asked(authorizer, request, user), (user, request)
            for one in found.rules:
                for source, part in product(one.sources, breakdown(policy_rule(one))):
                    request = requests_of(part, source.scope)
                    if (request.group, request.resource) != ("", "namespaces"):
                        assert asked(authorizer, request, user), (user, request)


def known(graph, user):
    """Whether the graph knows a ServiceAccount; a user need not be known."""
    try:
        rights(graph, f"user:{user}")
    except NotFoundError:
        return False
    return True


@pytest.mark.parametrize("number", range(8))
def test_the_rules_listed_are_what_a_real_server_allowed(number):
    world = read_world(number + 1)
    graph = build(world.snapshot)
    tried = 0

    def who(review):
        return review["user"], sorted(review["groups"])

    reviews = sorted((one for one in world.reviews if not decided_by_node_authorizer(one)), key=who)
    for (user, groups), theirs in groupby(reviews, key=who):
        try:
            found = rights(graph, f"user:{user}", groups=groups)
        except NotFoundError:
            continue
        for review in theirs:
            assert allows(found, request_of(review)) == review["allowed"], review
            tried += 1
    assert tried > 2_000


def test_a_recorded_list_of_rights_is_what_rights_lists(root):
    """SelfSubjectRulesReview of a ServiceAccount, read as rules, gives the same rules again."""
    read = json.loads((root / "fixtures/recordings/52-selfsubjectrulesreview.json").read_text())
    status = read["response"]["body"]["status"]
    objects = msgspec.convert(
        {
            "cluster_roles": [
                {
                    "metadata": {"name": "seen"},
                    "rules": [*status["resourceRules"], *status["nonResourceRules"]],
                }
            ],
            "cluster_role_bindings": [
                {
                    "metadata": {"name": "seen"},
                    "roleRef": {"kind": "ClusterRole", "name": "seen"},
                    "subjects": [{"kind": "ServiceAccount", "namespace": "n", "name": "bot"}],
                }
            ],
        },
        Snapshot,
        strict=False,
    )
    found = rights(build(objects), "sa:n/bot")
    listed = {policy_rule(one) for one in found.rules}
    assert listed == {
        msgspec.convert(one, PolicyRule)
        for one in (*status["resourceRules"], *status["nonResourceRules"])
    }


BY_RULES = {edge.id for edge in EDGES if not isinstance(edge, ObjectEdge)}


@pytest.mark.parametrize(
    "row",
    [
        row
        for row in ROWS
        if row.id in BY_RULES
        and row.file == "yes"
        and row.source.startswith(("user:", "group:", "sa:", "serviceaccount:"))
    ],
    ids=str,
)
def test_a_technique_that_works_is_marked_at_a_rule(row):
    cluster = load(row.input)
    via = cluster.reach(row.source, via=[row.id])
    first = BY_RULES & {
        hop.edge
        for reached in via
        for path in (reached.certain, reached.conditional)
        if path
        for hop in path.hops[:1]
    }
    marked = {one.technique for rule in cluster.rights(row.source) for one in rule.techniques}
    assert first <= marked


@pytest.mark.parametrize("make", [random_rbac, random_snapshot])
def test_the_rules_of_a_first_step_are_marked_with_its_technique(make):
    for seed in worlds(make, 90):
        graph = cluster_of(make, seed)
        for number in graph.principals_unfolded.numbers:
            node = graph.nodes[number]
            if node[0] in {USER, GROUP, SERVICE_ACCOUNT}:
                follow(graph, format_node(node))


def follow(graph, principal):
    """Compare the first steps of what a principal reaches with what its rules open."""
    marked = {}
    for rule in rights(graph, principal).rules:
        for source in rule.sources:
            for one in source.techniques:
                key = place(source.evidence[-1]), one.technique
                marked[key] = marked.get(key, False) or one.certain
    for reached in reach(graph, source=principal).reached:
        for path in (reached.certain, reached.conditional):
            hop = path.hops[0] if path else None
            if hop is None or isinstance(EDGES[KINDS[hop.edge]], ObjectEdge):
                continue
            for evidence in hop.evidence:
                if evidence.rule is not None:
                    assert (place(evidence), hop.edge) in marked, (principal, hop)
                    assert marked[place(evidence), hop.edge] or hop.condition, (principal, hop)


def place(evidence):
    return evidence.kind, evidence.namespace, evidence.name, evidence.rule


SHOP = "fixtures/clusters/shop"


@pytest.fixture(scope="module")
def shop(root):
    return rg.load(root / SHOP)


def test_equal_rules_of_several_bindings_are_one(tmp_path):
    role = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [secrets], verbs: [get, list]}
- {apiGroups: [""], resources: [secrets], verbs: [list, get]}
- {nonResourceURLs: [/metrics], verbs: [get]}
- {apiGroups: [""], resources: [secrets], verbs: []}
---
"""
    binding = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: NS}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: User, name: alice}]
---
"""
    (tmp_path / "all.yaml").write_text(
        role + binding.replace("NS", "a") + binding.replace("NS", "b")
    )
    (rule,) = rg.load(tmp_path, bootstrap=False).rights("user:alice")
    assert rule.scopes == ("a", "b")
    assert [(one.scope, one.evidence[1].rule) for one in rule.sources] == [
        *(("a", 0), ("a", 1), ("b", 0), ("b", 1)),
    ]
    assert [one.technique for one in rule.techniques] == ["read-secret"]
    (only,) = rg.load(tmp_path, bootstrap=False).rights("user:alice", namespace="b")
    assert only.scopes == ("b",)
    assert list(rg.load(tmp_path, bootstrap=False).rights("user:alice", namespace="c")) == []


def test_rights_of_groups_are_those_of_members(shop, root):
    own = shop.rights("user:erin", groups=["oncall", "system:authenticated"])
    assert {one.subject for rule in own for one in rule.sources} >= {"group:oncall"}
    assert "group:oncall" not in str(shop.rights("user:erin"))
    mapped = rg.load(root / SHOP, groups={"erin": ["oncall"]}).rights("user:erin")
    assert mapped.rules == own.rules


def test_an_aggregated_rule_names_the_role_that_it_comes_from(shop):
    edit = [one for rule in shop.rights("user:dana") for one in rule.sources]
    assert {one.aggregated_from for one in edit if one.evidence[1].name == "edit"} == {
        "system:aggregate-to-edit",
        "system:aggregate-to-view",
    }


def test_masters_and_an_api_server_that_always_allows_may_do_everything(shop, root):
    for cluster, who in (
        (shop, "group:system:masters"),
        (load_twin(root, "always-allow"), "user:nobody"),
    ):
        found = cluster.rights(who)
        assert allows(found, Request("some-verb", "some.example", "some", "x", "here", "n"))
        assert allows(found, Request("post", path="/some"))
        assert found[0].techniques[0].technique in {"system-masters", "always-allow"}


def load_twin(root, name):
    return rg.load(root / "fixtures/edges" / name / "yes.yaml")


@pytest.mark.parametrize(
    ("asked_about", "advice"),
    [
        ("sa:ci/runer", "sa:ci/runner"),
        ("alice", "user:alice"),
        ("node:node-a", "kubelet:node-a"),
        ("deployment:shop/api", "pod:shop/api"),
    ],
)
def test_what_holds_no_rights_is_an_error_that_helps(shop, asked_about, advice):
    with pytest.raises((UsageError, NotFoundError)) as raised:
        shop.rights(asked_about)
    assert advice in raised.value.advice


def test_a_pod_names_its_service_account(shop):
    pod = next(one.metadata for one in shop.snapshot.pods if one.metadata.namespace == "shop")
    with pytest.raises(UsageError) as raised:
        shop.rights(f"pod:shop/{pod.name}")
    assert raised.value.advice.startswith("did you mean sa:shop/")


def test_an_unknown_user_has_what_everybody_has_and_a_note(shop):
    found = shop.rights("user:daana")
    assert found.basis.notes == ("nothing in the input names user:daana; did you mean user:dana?",)
    assert {one.subject for rule in found for one in rule.sources} == {"group:system:authenticated"}
