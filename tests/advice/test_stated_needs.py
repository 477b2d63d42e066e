"""What statements, roles and bindings of manifests say is needed, and what is doubted."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.advice.needs.manifest_needs import stated_by
from rbacgraph.advice.needs.needs import needs_of
from rbacgraph.advice.planning.passing_on import passing_needs
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.prepare import prepare
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.rbac_write import RbacWrite
from rbacgraph.model.inputs.required_requests import ServerChecks, Stated, is_stated
from rbacgraph.model.inputs.snapshot import CustomResource, Snapshot
from rbacgraph.model.kubernetes.meta import RbacMeta
from rbacgraph.model.kubernetes.rbac import PolicyRule, Role, RoleBinding, RoleRef, Subject
from rbacgraph.model.request import Request
from rbacgraph.sources.advice.need_files import read_needs
from tests.advice.mined_needs import CI, GET, GROUPS_OF_CI, event, mined, needed

OTHERS = frozenset(How) - {How.STATED}


def stated(verbs, resource, *names, who="", namespace=None, groups=None):
    rule = PolicyRule(tuple(verbs.split(",")), groups, (resource,), names or None)
    return Stated(principal=who, rule=rule, namespace=namespace, file="need.txt", line=3)


def test_what_is_stated_joins_what_was_seen():
    log = mined(event(1, CI))
    needs = needs_of(log, [stated("get,list", "secret", "db")], source="sa:shop/ci")
    found = needed(needs, CI, GROUPS_OF_CI)
    assert str(found[GET].evidence) == "audit log, need.txt:3"
    assert found[GET].count == 1
    listed = Request("list", resource="secrets", namespace="shop", name="db")
    assert str(found[listed].evidence) == "need.txt:3"


CUSTOM = (CustomResource("example.com", "widgets", "Widget", False, ("wd",)),)
STATED = {
    "in the ServiceAccount's own namespace": (
        stated("get", "pods"),
        Request("get", "", "pods", "", "shop"),
    ),
    "in another": (stated("get", "pods", namespace="pay"), Request("get", "", "pods", "", "pay")),
    "in all": (stated("get", "pods", namespace=""), Request("get", "", "pods")),
    "a short name": (stated("get", "deploy"), Request("get", "apps", "deployments", "", "shop")),
    "a subresource": (
        stated("create", "pods/exec", "web"),
        Request("create", "", "pods", "exec", "shop", "web"),
    ),
    "cluster-scoped": (stated("get", "nodes"), Request("get", "", "nodes")),
    "a custom resource": (stated("get", "widgets"), Request("get", "example.com", "widgets")),
    "its short name": (stated("get", "wd"), Request("get", "example.com", "widgets")),
    "a short name with its group": (
        stated("get", "wd.example.com"),
        Request("get", "example.com", "widgets"),
    ),
    "a namespace": (stated("get", "ns", "pay"), Request("get", "", "namespaces", "", "pay", "pay")),
    "a group that a rule has": (
        stated("get", "ingresses", groups=("extensions",)),
        Request("get", "extensions", "ingresses", "", "shop"),
    ),
    "all": (
        stated("*", "*", groups=("*",), namespace=""),
        Request("*", "*", "*"),
    ),
    "a wildcard of subresources": (
        stated("get", "*/scale", groups=("apps",)),
        Request("get", "apps", "*", "scale", "shop"),
    ),
}


@pytest.mark.parametrize("case", STATED)
def test_what_a_statement_means(case):
    said, request = STATED[case]
    needs = needs_of(None, [said], source="sa:shop/ci", custom_resources=CUSTOM)
    assert needs.diagnostics == ()
    assert list(needed(needs, CI, GROUPS_OF_CI)) == [request]


def test_a_statement_of_a_path():
    rule = PolicyRule(("get",), non_resource_urls=("/metrics", "/logs/*"))
    needs = needs_of(None, [Stated(principal="user:bob", rule=rule, file="f", line=1)])
    assert list(needed(needs, "bob")) == [
        Request("get", path="/logs/*"),
        Request("get", path="/metrics"),
    ]


@pytest.mark.parametrize(
    ("group", "groups"),
    [
        ("devs", ("devs", "system:authenticated")),
        ("system:unauthenticated", ("system:unauthenticated",)),
        ("system:serviceaccounts:shop", GROUPS_OF_CI),
    ],
)
def test_members_of_a_group_need_what_the_group_needs(group, groups):
    needs = needs_of(None, [stated("get", "pods", who=f"group:{group}", namespace="shop")])
    assert [(one.user, one.groups) for one in needs.needing] == [("", groups)]


BAD = {
    "nobody": (stated("get", "pods"), "nobody is named"),
    "a pod": (stated("get", "pods", who="pod:shop/web"), "has no rights"),
    "no principal": (stated("get", "pods", who="ci"), "is not a principal"),
    "no such resource": (stated("get", "podz", who="sa:shop/ci"), "no resource is called 'podz'"),
    "no namespace": (stated("get", "pods", who="user:bob"), "no namespace is named"),
    "what is no namespace": (
        stated("get", "pods", who="user:bob", namespace="Shop_1"),
        "no namespace can be called 'Shop_1'",
    ),
    "no name of a namespace": (
        stated("get", "namespaces", "*", who="user:bob"),
        "no namespace can be called '*'",
    ),
    "nodes in a namespace": (
        stated("get", "nodes", who="user:bob", namespace="shop"),
        "nodes are in no namespace",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_statement_that_means_nothing_is_told(case):
    said, words = BAD[case]
    good = stated("get", "secrets", "db", who="sa:shop/ci")
    needs = needs_of(None, [said, good])
    (told,) = needs.diagnostics
    assert words in told.message
    assert (told.file, told.line, told.severity) == ("need.txt", 3, "error")
    assert len(needs.needing) == 1


MANIFESTS = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: api, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], resourceNames: [db], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: nodes}
rules: [{apiGroups: [""], resources: [nodes], verbs: [list]}]
"""
BINDINGS = """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: api, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: api}
subjects: [{kind: ServiceAccount, name: api}, {kind: Group, name: devs}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: viewer, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: api}]
"""


def test_roles_without_bindings_are_needed_by_whoever_is_asked_about():
    found = list(stated_by(read_needs(io.BytesIO(MANIFESTS.encode())).manifests))
    assert [(one.principal, one.namespace) for one in found] == [("", "shop"), ("", "")]
    needs = needs_of(None, found, source="sa:pay/x")
    (sa,) = needs.needing
    assert [(n.request, str(n.evidence)) for n in sa.needs] == [
        (Request("list", resource="nodes"), "<stream>:7"),
        (GET, "<stream>:2"),
    ]


def test_bindings_say_whose_needs_roles_state():
    found = list(stated_by(read_needs(io.BytesIO((MANIFESTS + BINDINGS).encode())).manifests))
    who = [(one.principal, one.namespace) for one in found if isinstance(one, Stated)]
    assert who == [("serviceaccount:shop/api", "shop"), ("group:devs", "shop")]
    told = {one.code: one for one in found if not isinstance(one, Stated)}
    assert "ClusterRole view, which is not there" in told["need-without-role"].message
    assert "ClusterRole nodes is bound to nobody here" in told["need-of-nobody"].message


TYPOS = {
    "a name for a subresource": (stated("get", "secrets/db"), "bad-need", "a name stands by itse"),
    "another": (stated("get", "pods/web"), "bad-need", "pods web"),
    "a verb": (stated("gte", "pods"), "odd-verb", "did you mean get?"),
}


@pytest.mark.parametrize("case", TYPOS)
def test_typing_errors_are_told(case):
    said, code, advice = TYPOS[case]
    (told,) = needs_of(None, [said], source="sa:shop/ci").diagnostics
    assert told.code == code
    assert advice in told.advice


@pytest.mark.parametrize("what", ["nodes/metrics", "pods/log", "widgets/any", "*/scale"])
def test_subresources_that_no_server_serves_are_known(what):
    needs = needs_of(None, [stated("get", what)], source="sa:shop/ci", custom_resources=CUSTOM)
    assert needs.diagnostics == ()


@pytest.mark.parametrize("verb", ["create", "deletecollection"])
def test_a_name_that_no_request_carries_is_dropped_and_told(verb):
    needs = needs_of(
        None, read_needs(io.BytesIO(f"{verb},get pods p1".encode())).stated, source="sa:shop/ci"
    )
    (one,) = needs.needing
    assert {needed.request for needed in one.needs} == {
        Request(verb, "", "pods", "", "shop"),
        Request("get", "", "pods", "", "shop", "p1"),
    }
    (told,) = needs.diagnostics
    assert (told.code, told.line) == ("no-name", 1)
    assert f"a request to {verb} carries no name" in told.message


def told_of(text):
    """The requests that a file of needs states, and a code for what is wrong in each line."""
    read = read_needs(io.BytesIO(text.encode()))
    needs = needs_of(None, read.stated, source="sa:shop/ci", custom_resources=[WIDGETS])
    found = {one.request for needing in needs.needing for one in needing.needs}
    return found, {(d.code, d.line): f"{d.message}; {d.advice}" for d in needs.diagnostics}


WIDGETS = CustomResource("example.com", "widgets", "Widget", namespaced=True)


def test_a_rule_with_names_states_what_a_server_allows_by_it_and_no_more():
    verbs = "[get, list, create, deletecollection]"
    rule = f'{{apiGroups: [""], resources: [secrets], verbs: {verbs}, resourceNames: [db]}}'
    found, told = told_of(f"rules:\n- {rule}\n")
    by_name = {Request(v, "", "secrets", "", "shop", "db") for v in ("get", "list", "create")}
    assert found == by_name
    assert "left out" in told["no-name", 2], "the last verb shows it: no request carries a name"
    assert "metadata.name=db" in told["name-of-a-list", 2]
    bare = verbs.replace("deletecollection", "delete")
    assert "by server-side apply" in told_of(f"- {rule.replace(verbs, bare)}\n")[1]["no-name", 1]
    assert told_of(f"- {rule.replace('[db]', '[]')}\n")[1] == {}


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("gte secrets db", "odd-verb", "did you mean get?"),
        ("LIST pods", "odd-verb", "did you mean list?"),
        ("post pods", "odd-verb", "did you mean create?"),
        ("read pods", "odd-verb", "did you mean get, list, watch?"),
        ("frobnicate pods", "odd-verb", "it was taken as it stands"),
        ("list /metrics", "odd-verb", "uses of URLs"),
        ("get deploymnts.apps", "odd-resource", "did you mean deployments?"),
        ("get widgest.example.com", "odd-resource", "did you mean widgets?"),
        ("watch secrets db", "name-of-a-list", "metadata.name=db"),
    ],
)
def test_what_may_be_mistyped_is_doubted_and_taken_as_it_stands(line, code, words):
    found, told = told_of(line)
    assert [(key, words in told[key]) for key in told] == [((code, 1), True)]
    assert {one.verb for one in found} == {line.partition(" ")[0]}


@pytest.mark.parametrize(
    "line",
    [
        *("bind clusterroles view", "impersonate users bob", "approve signers a/b", "* *"),
        *("use podsecuritypolicies x", "impersonate-on:user-info:get pods", "post /metrics"),
        *("create serviceaccounts/token ci", "get widgets.example.com", "get odd.nowhere.org x"),
        *("get nodes/metrics -A", "sign signers a/b", "delete pods p", "* /metrics"),
    ],
)
def test_verbs_and_resources_that_are_known_are_not_doubted(line):
    found, told = told_of(f"sa:shop/ci {line}")
    assert found
    assert told == {}


@pytest.mark.parametrize("what", ["bind clusterroles view", "use podsecuritypolicies p"])
def test_what_is_checked_in_the_namespace_of_a_binding_or_pod_may_be_stated_there(what):
    (request,), _ = told_of(f"{what} -n pay")
    assert request.namespace == "pay"
    (request,), _ = told_of(what)
    assert request.namespace == ""
    assert told_of(what.replace(what.split()[0], "get") + " -n pay")[0] == set()


def test_a_role_for_many_is_doubted_once():
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "r", "namespace": "shop"},
        "rules": [{"apiGroups": ["apps"], "resources": ["deploymnts"], "verbs": ["gte"]}],
    }
    subjects = [{"kind": "User", "name": name} for name in ("ann", "bob")]
    ref = {"kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"}
    binding = {**role, "kind": "RoleBinding", "roleRef": ref, "subjects": subjects}
    text = "\n".join(map(json.dumps, (role, binding)))
    manifests = read_needs(io.BytesIO(text.encode())).manifests
    needs = needs_of(None, stated_by(manifests))
    assert {one.user for one in needs.needing} == {"ann", "bob"}
    assert sorted(d.code for d in needs.diagnostics) == ["odd-resource", "odd-verb"]


NAMES_LIKE_WORDS = st.sampled_from(
    [
        *(
            "audit log",
            "audit log: asked beside a request that passed",
            "it is kept",
            "--names any",
        ),
        *("kept: no log can show it", "kept: the audit policy leaves it out of the log"),
        *("x:7", "", ", ", "audit log, need.txt", "audit log, need.txt:3"),
    ]
)


@given(NAMES_LIKE_WORDS | st.text(), st.integers(0, 9))
def test_no_name_of_a_file_passes_for_other_evidence(name, line):
    rule = PolicyRule(("get",), ("",), ("pods",))
    (one,) = needs_of(None, [Stated(rule=rule, file=name, line=line)], source="sa:a/b").needing
    (needed,) = one.needs
    assert is_stated(needed)
    assert all(needed.evidence != NeedEvidence.of(how, str(needed.evidence)) for how in OTHERS)
    assert not any(how in needed.evidence for how in OTHERS)


@given(NAMES_LIKE_WORDS)
def test_no_name_of_a_written_role_passes_for_a_statement(name):
    """The words of a write end with the role's name, those of a statement with a line."""
    secrets, roles = PolicyRule(("get",), ("",), ("secrets",)), ("rbac.authorization.k8s.io",)
    role = Role(
        metadata=RbacMeta("writer", "shop"),
        rules=(secrets, PolicyRule(("update",), roles, ("roles",))),
    )
    binding = RoleBinding(
        metadata=RbacMeta("writer", "shop"),
        role_ref=RoleRef("Role", "writer"),
        subjects=(Subject("User", "alice"),),
    )
    write = RbacWrite(
        verb="update",
        kind="Role",
        namespace="shop",
        name=name,
        rules=(secrets,),
        evidence=NeedEvidence.of(How.LOG),
    )
    checks = ServerChecks(user="alice", groups=(), writes=(write,))
    authorizer = Authorizer(prepare(Snapshot(roles=(role,), role_bindings=(binding,))))
    (needing,) = passing_needs(authorizer, [checks])
    assert [needed.request.resource for needed in needing.needs] == ["secrets"]
    assert not any(map(is_stated, needing.needs))
