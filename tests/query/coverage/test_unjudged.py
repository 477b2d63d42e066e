"""The net under "no path": which write rights no technique judges, rule by rule and by answers."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.authz.match import Request, rule_allows
from rbacgraph.authz.prepare import prepare
from rbacgraph.authz.questions.api_resources import STANDARD_VERBS
from rbacgraph.authz.questions.known_resources import known_entries
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.coverage import full_name
from rbacgraph.model.inputs.snapshot import CustomResource, Snapshot
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.meta import AnnotatedMeta, LabelSelector, ObjectMeta
from rbacgraph.model.kubernetes.monitoring import Followed, MonitoringProgram
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.query.coverage.api_table import TableResource, api_table
from rbacgraph.query.coverage.judgements import counts, judgement_of
from rbacgraph.query.coverage.unjudged_entries import UnjudgedEntries
from rbacgraph.report.answer_formats import report_of
from tests.worlds import fewer

APPLICATIONS = CustomResource("argoproj.io", "applications", "Application", namespaced=True)
WIDGETS = CustomResource("example.com", "widgets", "Widget", namespaced=True)
PLANETS = CustomResource("example.com", "planets", "Planet", namespaced=False)
WRITES = "create delete deletecollection patch update"


def entries(
    verbs, groups="", resources="", names="", *, scope="shop", version=(1, 36), urls="", custom=()
):
    """What no technique judges of a rule, as text: verbs, entry, and what ``*`` stands for."""
    snapshot = Snapshot(custom_resources=(PLANETS, WIDGETS, *custom), kubernetes_version=version)
    judge = UnjudgedEntries(Facts(prepare(snapshot)))
    rule = PolicyRule(
        verbs=tuple(verbs.split()),
        api_groups=tuple("" if one == "core" else one for one in groups.split()) or None,
        resources=tuple(resources.split()) or None,
        resource_names=tuple(names.split()) or None,
        non_resource_urls=tuple(urls.split()) or None,
    )
    return [
        (
            " ".join(one.verbs),
            one.group,
            one.resource,
            *([one.stands_for] if one.stands_for else []),
        )
        for one in judge.of(rule, scope)
    ]


ROWS = {
    "judged": (("create", "core", "pods"), []),
    "read": (("get list watch", "core", "services"), []),
    "harmless": (("create patch", "core", "events"), []),
    "unknown": (
        ("create get", "networking.k8s.io", "networkpolicies"),
        [("create", "networking.k8s.io", "networkpolicies")],
    ),
    "in part": (("get patch", "core", "configmaps"), [("patch", "", "configmaps")]),
    "logs are judged": (("get", "core", "pods/log nodes/log"), []),
    "proxy is judged": (("get create", "core", "services/proxy"), []),
    "subresource": (("patch", "core", "pods/status"), [("patch", "", "pods/status")]),
    "subresource of any resource": (
        ("update", "apps", "*/scale"),
        [
            (
                "update",
                "apps",
                "*/scale",
                ("deployments.apps/scale", "replicasets.apps/scale", "statefulsets.apps/scale"),
            )
        ],
    ),
    "slash and star is no wildcard": (("update", "core", "pods/*"), []),
    "not served": (("create", "apps", "pods"), []),
    "verb that no server checks": (("sync", "core", "services"), []),
    "custom resource": (
        ("create", "example.com", "widgets"),
        [("create", "example.com", "widgets")],
    ),
    "custom verb": (("launch", "example.com", "widgets"), [("launch", "example.com", "widgets")]),
    "custom status": (
        ("patch get", "example.com", "widgets/status"),
        [("patch", "example.com", "widgets/status")],
    ),
    "finalizers": (("update", "example.com apps", "widgets/finalizers deployments/finalizers"), []),
    "group that nothing defines": (
        ("*", "nobody.knows", "*"),
        [(WRITES, "nobody.knows", "*")],
    ),
    "resource that nothing defines": (
        ("create", "nobody.knows", "things"),
        [("create", "nobody.knows", "things")],
    ),
    "a get that may open a connection": (
        ("get", "nobody.knows", "things/console"),
        [("get", "nobody.knows", "things/console")],
    ),
    "star of one group": (
        ("create", "example.com", "*"),
        [("create", "example.com", "*", ("widgets.example.com",))],
    ),
    "star of one group and every verb": (
        ("*", "example.com", "*"),
        [(WRITES, "example.com", "*", ("widgets.example.com",))],
    ),
    "an object and its parts": (
        ("patch update", "example.com", "widgets widgets/status widgets/scale"),
        [("patch update", "example.com", "widgets")],
    ),
    "a part alone": (
        ("patch", "example.com", "widgets/status"),
        [("patch", "example.com", "widgets/status")],
    ),
    "parts of every object": (
        ("patch", "example.com", "*/status"),
        [("patch", "example.com", "*/status", ("widgets.example.com/status",))],
    ),
    "star of a group that is judged": (("create get", "batch", "*"), []),
    "any group": (
        ("create", "*", "widgets networkpolicies"),
        [
            ("create", "example.com", "widgets"),
            ("create", "networking.k8s.io", "networkpolicies"),
        ],
    ),
    "every verb": (
        ("*", "core", "serviceaccounts"),
        [("delete deletecollection", "", "serviceaccounts")],
    ),
    "create carries no name": (("create deletecollection", "example.com", "widgets", "blue"), []),
    "apply creates with a name": (
        ("create patch", "example.com", "widgets", "blue"),
        [("create patch", "example.com", "widgets")],
    ),
    "a subresource's create has a name": (
        ("create", "core", "pods/eviction", "web"),
        [("create", "", "pods/eviction")],
    ),
    "cluster-scoped in a namespace": (("create", "example.com", "planets"), []),
    "node in a namespace": (("patch", "core", "nodes/status"), []),
    "own namespace": (("delete", "core", "namespaces"), [("delete", "", "namespaces")]),
    "impersonate-on is judged": (("impersonate-on:user-info:create", "core", "services"), []),
    "empty": (("create", "example.com", ""), []),
    "PodSecurityPolicies": (("use", "policy", "podsecuritypolicies"), []),
}
EVERYWHERE = {
    "cluster-scoped": (
        ("create", "example.com", "planets"),
        [("create", "example.com", "planets")],
    ),
    "node": (("delete", "core", "nodes"), [("delete", "", "nodes")]),
}


ARGO_CD = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  labels: {app.kubernetes.io/name: argocd-NAME, app.kubernetes.io/part-of: argocd}
  name: my-NAME
  namespace: argocd
"""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("application-controller", []),
        ("redis", [("create", "argoproj.io", "applications")]),
    ],
)
def test_a_resource_counts_as_judged_if_its_operators_account_is_seen(tmp_path, name, found):
    """Else the technique leads to no account, though such an operator may run."""
    (tmp_path / "account.yaml").write_text(ARGO_CD.replace("NAME", name), encoding="utf-8")
    snapshot = rg.load(tmp_path).snapshot
    world = Facts(prepare(replace(snapshot, custom_resources=(APPLICATIONS,))))
    rule = PolicyRule(
        verbs=("create", "get"), api_groups=("argoproj.io",), resources=("applications",)
    )
    assert [
        (*one.verbs, one.group, one.resource) for one in UnjudgedEntries(world).of(rule, "")
    ] == (found)


MONITORS = CustomResource(
    "monitoring.coreos.com", "servicemonitors", "ServiceMonitor", namespaced=True
)
PROMETHEUS = MonitoringProgram(
    kind="Prometheus",
    api_version="monitoring.coreos.com/v1",
    metadata=ObjectMeta("k8s", "monitoring"),
    account="prometheus",
    follows=(Followed("servicemonitors", LabelSelector()),),
)


@pytest.mark.parametrize(
    ("programs", "accounts", "found"),
    [
        ((), (), True),
        ((PROMETHEUS,), (), True),
        ((PROMETHEUS,), ("prometheus",), False),
        ((replace(PROMETHEUS, reads_files=False),), (), False),
        ((replace(PROMETHEUS, account=""),), (), False),
        ((replace(PROMETHEUS, follows=()),), (), False),
        ((), ("prometheus-k8s",), False),
    ],
)
def test_files_of_a_program_whose_account_is_not_seen_are_not_judged(programs, accounts, found):
    snapshot = Snapshot(
        custom_resources=(MONITORS,),
        monitoring_programs=programs,
        service_accounts=tuple(
            ServiceAccount(metadata=AnnotatedMeta(name, "monitoring")) for name in accounts
        ),
    )
    world = Facts(prepare(snapshot))
    rule = PolicyRule(
        verbs=("create",), api_groups=("monitoring.coreos.com",), resources=("servicemonitors",)
    )
    assert bool(UnjudgedEntries(world).of(rule, "")) == found


@pytest.mark.parametrize(
    ("group", "plural"),
    [
        ("core.oam.dev", "applications"),
        ("kustomize.toolkit.fluxcd.io", "kustomizations"),
        ("keda.sh", "triggerauthentications"),
    ],
)
def test_what_an_operator_does_besides_hides_no_account_that_is_not_seen(group, plural):
    """It also acts by an account that the object names, or in the object's namespace."""
    defined = CustomResource(group, plural, "Thing", namespaced=True)
    assert entries("create", group, plural, custom=(defined,)) == [("create", group, plural)]


def test_what_an_operator_does_in_the_objects_namespace_is_judged_without_its_account():
    """Capsule's rows lead to the Secrets and accounts of that namespace."""
    group, plural = "capsule.clastix.io", "tenantresources"
    defined = CustomResource(group, plural, "TenantResource", namespaced=True)
    assert entries("create", group, plural, custom=(defined,)) == []


@pytest.mark.parametrize(("rule", "expected"), ROWS.values(), ids=ROWS)
def test_what_a_rule_gives_in_a_namespace(rule, expected):
    assert entries(*rule) == expected


@pytest.mark.parametrize(("rule", "expected"), EVERYWHERE.values(), ids=EVERYWHERE)
def test_what_a_rule_gives_everywhere(rule, expected):
    assert entries(*rule, scope="") == expected


def test_old_servers_have_more():
    old = {"scope": "", "version": (1, 24)}
    assert entries("use", "policy", "podsecuritypolicies", **old) == [
        ("use", "policy", "podsecuritypolicies")
    ]


def test_a_group_that_kubernetes_dropped_may_be_defined_again():
    assert entries("create", "extensions", "networkpolicies") == []
    ours = CustomResource("extensions", "plugins", "Plugin", namespaced=True)
    assert entries("create", "extensions", "plugins networkpolicies", custom=(ours,)) == [
        ("create", "extensions", "plugins")
    ]


def test_urls():
    given = {"scope": "", "groups": "", "resources": ""}
    assert entries("get", urls="/metrics /healthz", **given) == []
    assert entries("put get", urls="/debug/flags/v", **given) == [("put", "", "/debug/flags/v")]
    assert entries("get", urls="/logs/*", **given) == []
    assert entries("get", urls="*", **given) == []


def test_everything_in_a_namespace_is_summed_up():
    ((verbs, group, resource, stands_for),) = entries("*", "*", "*")
    assert (group, resource) == ("*", "*")
    assert set(WRITES.split()) <= set(verbs.split())
    assert {"widgets.example.com", "services", "resourcequotas/status"} <= set(stands_for)
    assert not {"planets.example.com", "nodes", "events", "pods/exec"} & set(stands_for)
    assert not {"widgets.example.com/status", "widgets.example.com/scale"} & set(stands_for)


def role(kind, name, *rules, namespace=""):
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    api = "rbac.authorization.k8s.io/v1"
    return {"apiVersion": api, "kind": kind, "metadata": meta, "rules": list(rules)}


def binding(name, to, *subjects, namespace=""):
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": kind,
        "metadata": meta,
        "roleRef": {"apiGroup": group, "kind": to["kind"], "name": to["metadata"]["name"]},
        "subjects": [
            {"kind": "ServiceAccount", "namespace": "shop", "name": one[3:]}
            if one.startswith("sa:")
            else {"kind": one.partition(":")[0], "apiGroup": group, "name": one.partition(":")[2]}
            for one in subjects
        ],
    }


def rule(groups, resources, verbs, names=()):
    found = {"apiGroups": groups.split(",") if groups else [""], "resources": resources.split()}
    return {**found, "verbs": verbs.split(), **({"resourceNames": names} if names else {})}


POLICIES = role(
    "ClusterRole", "policies", rule("networking.k8s.io", "networkpolicies", "create get")
)
WIDGET = role("ClusterRole", "widget", rule("example.com", "widgets", "create update"))
TOKENS = role(
    "Role", "tokens", rule("", "serviceaccounts/token", "create", ["ci"]), namespace="shop"
)
VIEW = role("ClusterRole", "read", rule("apps", "deployments", "get list"))
EXEC = role("ClusterRole", "exec", rule("", "pods/exec", "create"))
OBJECTS = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bank"}},
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "bank"}},
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "ci", "namespace": "shop"}},
    *(POLICIES, WIDGET, TOKENS, VIEW, EXEC),
    binding("writers", POLICIES, "Group:writers"),
    binding("widgets", WIDGET, "sa:ci", namespace="shop"),
    binding("tokens", TOKENS, "User:token-maker", namespace="shop"),
    binding("readers", VIEW, "User:reader"),
    binding("exec", EXEC, "User:exec", namespace="shop"),
]


@pytest.fixture
def cluster(tmp_path):
    def load(*more):
        path = tmp_path / "objects.yaml"
        path.write_text(yaml.safe_dump_all([*OBJECTS, *more]), encoding="utf-8")
        groups = tmp_path / "groups.yaml"
        groups.write_text("alice: [writers]\n", encoding="utf-8")
        return rg.load(path, groups=groups, kubernetes_version="1.36")

    return load


def held(answer):
    return [(one.holder, " ".join(one.verbs), one.full_name, one.scope) for one in answer.unjudged]


TWINS = {
    "user:alice": [("user:alice", "create", "networkpolicies.networking.k8s.io", "")],
    "group:writers": [("group:writers", "create", "networkpolicies.networking.k8s.io", "")],
    "sa:shop/ci": [("serviceaccount:shop/ci", "create update", "widgets.example.com", "shop")],
    "user:token-maker": [
        ("serviceaccount:shop/ci", "create update", "widgets.example.com", "shop")
    ],
    "user:reader": [],
    "user:exec": [],
    "user:stranger": [],
}


@pytest.mark.parametrize("source", TWINS)
def test_what_a_source_without_a_path_holds(cluster, source):
    """Its own rights, those of its groups, and those of an account whose token it makes."""
    answer = cluster().paths("bank/db", source=source)
    assert not answer.secrets[0].paths
    assert held(answer) == TWINS[source]


@pytest.mark.parametrize("source", TWINS)
def test_reach_without_a_secret_lists_the_same(cluster, source):
    answer = cluster().reach(source)
    assert held(answer) == TWINS[source]
    assert ("Not judged: " in str(answer)) == bool(TWINS[source])


@pytest.mark.parametrize(
    ("verbs", "also"),
    [
        ("update", []),
        (
            "patch update",
            [("serviceaccount:shop/ci", "patch update", "widgets.example.com/status", "shop")],
        ),
    ],
)
def test_a_part_is_listed_with_its_object_once(cluster, verbs, also):
    """Also if another role gives it, but not if that allows more."""
    part = role("ClusterRole", "part", rule("example.com", "widgets/status", verbs))
    bound = binding("part", part, "sa:ci", namespace="shop")
    whole = ("serviceaccount:shop/ci", "create update", "widgets.example.com", "shop")
    answer = cluster(part, bound).paths("bank/db", source="sa:shop/ci")
    assert sorted(held(answer)) == sorted([whole, *also])


def test_the_example_is_a_resource_and_no_pattern(cluster):
    wide = role("ClusterRole", "wide", rule("un.known", "*", "create update"))
    bound = binding("wide", wide, "User:reader", namespace="shop")
    defined = [
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.example.com"},
            "spec": {
                "group": "example.com",
                "scope": "Namespaced",
                "names": {"plural": plural, "kind": plural.title()},
            },
        }
        for plural in ("widgets", "gears")
    ]
    shown = str(cluster(wide, bound).paths("bank/db", source="user:reader"))
    assert "Not judged: rights on *.un.known (-o wide)." in shown
    more = role("ClusterRole", "more", rule("example.com", "*", "create"))
    also = binding("more", more, "User:reader", namespace="shop")
    shown = str(cluster(wide, bound, *defined, more, also).paths("bank/db", source="user:reader"))
    assert "Not judged: rights on 3 resources, such as gears.example.com (-o wide)." in shown
    alike = role("ClusterRole", "wide", rule("un.known", "zebras apples", "create"))
    shown = str(cluster(alike, bound).paths("bank/db", source="user:reader"))
    assert "Not judged: rights on 2 resources, such as zebras.un.known (-o wide)." in shown


def test_rights_say_of_each_rule_what_is_not_judged(cluster):
    more = role(
        "ClusterRole",
        "more",
        rule("", "secrets services", "update"),
        rule("", "services", "get"),
        rule("", "nodes/status", "patch"),
    )
    bound = binding("more", more, "User:alice", namespace="shop")
    answer = cluster(more, bound).rights("user:alice")
    found = {one.resources: one.unjudged for one in answer if not one.non_resource_urls}
    assert found["networkpolicies",] == ("networkpolicies.networking.k8s.io",)
    assert found["secrets", "services"] == ("services",)
    assert found["services",] == ()
    assert found["nodes/status",] == (), "a RoleBinding gives nothing of the cluster scope"
    assert "not judged" in str(answer)


def test_a_filter_of_techniques_counts(cluster):
    answer = cluster().paths("bank/db", source="user:token-maker", without=["request-token"])
    assert held(answer) == []


def test_who_has_a_path_gets_no_list(cluster):
    reader = role("ClusterRole", "secrets", rule("", "secrets", "get"))
    reading = cluster(reader, binding("all", reader, "sa:ci"))
    answer = reading.paths("bank/db", source="sa:shop/ci")
    assert answer.secrets[0].paths
    assert held(answer) == held(reading.reach("sa:shop/ci")) == []


def test_a_path_of_others_hides_no_right_of_a_source_without_one(cluster):
    reader = role("ClusterRole", "secrets", rule("", "secrets", "get"))
    secret = {"metadata": {"name": "tls", "namespace": "bank"}}
    second = {"apiVersion": "v1", "kind": "Secret", **secret}
    reading = cluster(second, reader, binding("all", reader, "User:admin"))
    for secrets in ("bank/db", "bank/*"):
        assert held(reading.paths(secrets, source="user:alice")) == TWINS["user:alice"]
        assert held(reading.paths(secrets, source="user:admin")) == []


def test_evidence_names_the_binding_and_the_rule(cluster):
    (right,) = cluster().paths("bank/db", source="user:alice").unjudged
    bound, ruled = right.evidence
    assert (bound.kind, bound.name) == ("ClusterRoleBinding", "writers")
    assert (ruled.kind, ruled.name, ruled.rule) == ("ClusterRole", "policies", 0)
    assert ruled.line


def test_two_rules_on_one_resource_are_one_right(cluster):
    more = role("ClusterRole", "more", rule("example.com", "widgets", "delete patch"))
    wide = role("ClusterRole", "wide", rule("example.com", "*", "update"))
    answer = cluster(
        *(more, wide),
        binding("more", more, "sa:ci", namespace="shop"),
        binding("wide", wide, "sa:ci"),
    ).paths("bank/db", source="sa:shop/ci")
    assert held(answer) == [
        ("serviceaccount:shop/ci", "update", "*.example.com", ""),
        ("serviceaccount:shop/ci", "create delete patch update", "widgets.example.com", "shop"),
    ]


def test_nobody_reaches_it_and_some_hold_unjudged_rights(cluster):
    answer = cluster().paths("bank/db")
    assert not answer.secrets[0].paths
    assert answer.unjudged == ()
    assert answer.unjudged_holders == 2, "the group, and the account"


def test_text_lists_a_right_in_many_namespaces_once(cluster):
    names = [f"tenant-{n}" for n in range(9)]
    more = [binding("here", WIDGET, "User:tenant", namespace=name) for name in names]
    answer = cluster(*more).paths("bank/db", source="user:tenant")
    assert len(answer.unjudged) == len(names)
    wide = report_of(answer.result).render("wide")
    assert wide.count("widgets.example.com") == 1
    assert "in tenant-0, tenant-1" in wide
    assert "by RoleBinding tenant-0/here (+8 more)" in " ".join(wide.split())


def test_text_and_json_list_them(cluster):
    answer = cluster().paths("bank/db", source="user:alice")
    table, wide, text = (report_of(answer.result).render(f) for f in ("table", "wide", "json"))
    assert "Not judged: rights on networkpolicies.networking.k8s.io (-o wide)." in table
    assert "create on networkpolicies.networking.k8s.io cluster-wide" in wide
    (read,) = json.loads(text)["unjudged"]
    assert (read["resource"], read["verbs"], read["scope"]) == ("networkpolicies", ["create"], "")


SERVED = {
    **{(one.group, one.resource): one for one in api_table().resources},
    ("example.com", "widgets"): TableResource("example.com", "widgets", True, STANDARD_VERBS, ""),
    ("example.com", "planets"): TableResource("example.com", "planets", False, STANDARD_VERBS, ""),
}
KNOWN = known_entries((PLANETS, WIDGETS))
WORLD = UnjudgedEntries(Facts(prepare(Snapshot(custom_resources=(PLANETS, WIDGETS)))))
SOME = ["pods", "pods/log", "pods/status", "services", "nodes/status", "configmaps", "events"]
few = st.lists(st.sampled_from(["", "apps", "example.com", "networking.k8s.io", "*"]), max_size=2)
rules = st.builds(
    PolicyRule,
    verbs=st.lists(st.sampled_from([*STANDARD_VERBS, "*"]), max_size=3).map(tuple),
    api_groups=few.map(tuple),
    resources=st.lists(
        st.sampled_from([*SOME, "widgets", "planets", "deployments/scale", "*/status", "*"]),
        max_size=3,
    ).map(tuple),
    resource_names=st.sampled_from([None, None, ("x",), ("",)]),
)


@settings(max_examples=fewer(400))
@given(rules, st.sampled_from(["", "shop"]))
def test_each_request_that_a_rule_allows_and_none_judges_is_listed(rule, scope):
    """Held to the authorizer's own matching, request by request."""
    listed = {
        (name, verb)
        for one in WORLD.of(rule, scope)
        for name in one.stands_for or (full_name(one.group, one.resource),)
        for verb in one.verbs
    }
    for (group, resource), served in SERVED.items():
        for verb in served.verbs:
            plural, _, subresource = resource.partition("/")
            nameless = verb == "deletecollection" or (verb == "create" and not subresource)
            request = Request(verb, group, plural, subresource, scope, "" if nameless else "x")
            if scope and not served.namespaced and (group, plural) != ("", "namespaces"):
                continue
            if not rule_allows(rule, request) or not counts(group, resource, verb):
                continue
            judged = judgement_of(group, resource, verb).judgement
            if judged in {"unknown", "judged-in-part"}:
                assert (full_name(group, resource), verb) in listed
    known = {full_name(group, name) for group, names in KNOWN.items() for name in names}
    assert {name for name, _ in listed if "*" not in name} <= known | {
        full_name(*key) for key in SERVED
    }
