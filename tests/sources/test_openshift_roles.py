"""Roles and bindings of OpenShift's group are what OpenShift makes of them in Kubernetes' group.

The functions ``stored`` and ``shown`` follow openshift/openshift-apiserver, folder
``pkg/authorization/apis/authorization``: ``v1/defaults.go``, ``v1/conversion.go``, ``helpers.go``
and ``rbacconversion/conversion.go``.
"""

import io
import json
import re
from functools import lru_cache
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

import rbacgraph as rg
from rbacgraph.authz.subjects import subject_node
from rbacgraph.facts.admission.security_context_constraints import shows_openshift
from rbacgraph.model.kubernetes.rbac import Subject
from rbacgraph.sources.checks.object_checks import check
from rbacgraph.sources.load import load

SHOP = Path(__file__).parents[2] / "fixtures" / "clusters" / "shop"
RBAC = "rbac.authorization.k8s.io"
OWN = "authorization.openshift.io/v1"
WORDS = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
ACCOUNT = re.compile(r"system:serviceaccount:([-a-z0-9]+):([-a-z0-9]+)")
CI = "system:serviceaccount:shop:ci"


def read(*objects):
    return load(io.BytesIO("\n---\n".join(map(json.dumps, objects)).encode()))


def role(*rules, kind="Role", api_version=OWN, **metadata):
    metadata = {"name": "x", **({"namespace": "shop"} if kind == "Role" else {}), **metadata}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "rules": list(rules)}


def binding(*subjects, kind="RoleBinding", ref=None, **rest):
    metadata = {"name": "x", **({"namespace": "shop"} if kind == "RoleBinding" else {})}
    body = {"roleRef": {"name": "view"} if ref is None else ref, "subjects": list(subjects)}
    return {"apiVersion": OWN, "kind": kind, "metadata": metadata, **body, **rest}


def said(role_):
    """The rules of a role, in no order of rules or words."""
    return frozenset(
        tuple(frozenset(getattr(rule, name) or ()) for name in rule.__struct_fields__)
        for rule in role_.rules or ()
    )


def whom(subjects, namespace):
    return {subject_node(one, namespace) for one in subjects} - {None}


def meant(snapshot):
    """What the roles and bindings of an input say, and of whom."""
    roles = {
        (type(one), one.metadata.namespace, said(one))
        for one in (*snapshot.roles, *snapshot.cluster_roles)
    }
    bindings = {
        (type(one), namespace, one.role_ref, frozenset(whom(held, namespace)))
        for one in (*snapshot.role_bindings, *snapshot.cluster_role_bindings)
        for namespace, held in [(one.metadata.namespace, one.subjects or ())]
    }
    return roles, bindings


# --- what a server makes of them -------------------------------------------------------


def stored(sent):
    """What a server stores of what it is sent; None if it refuses it."""
    rest = {"apiVersion": f"{RBAC}/v1", "kind": sent["kind"], "metadata": sent["metadata"]}
    if "roleRef" not in sent:
        return {**rest, "rules": [one for rule in sent["rules"] for one in split(defaulted(rule))]}
    own, of = sent["metadata"].get("namespace", ""), sent["roleRef"].get("namespace") or ""
    if of and of != own:
        return None
    ref = {
        "apiGroup": RBAC,
        "kind": "Role" if of else "ClusterRole",
        "name": sent["roleRef"]["name"],
    }
    users, groups = sent.get("userNames"), sent.get("groupNames")
    subjects = sent["subjects"]
    if users is not None or groups is not None:
        subjects = [built(user) for user in users or ()]
        subjects += [{"kind": "SystemGroup", "name": group} for group in groups or ()]
    return {**rest, "roleRef": ref, "subjects": [converted(one) for one in subjects]}


def defaulted(rule):
    rule = {name: value for name, value in rule.items() if value is not None}
    bare = {name for name, value in rule.items() if value or name in {"apiGroups", RESTRICTIONS}}
    groups = rule.get("apiGroups", [])
    if bare == {"verbs", "resources"} and rule["verbs"] == rule["resources"] == ["*"]:
        groups = ["*"]
    if rule.get("resources") and not groups:
        groups = [""]
    return {**{name: rule.get(name, []) for name in WORDS}, "apiGroups": groups}


def split(rule):
    if rule["nonResourceURLs"] and any(rule[name] for name in WORDS[1:4]):
        yield {**rule, "nonResourceURLs": []}
        rule = {"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]}
    yield rule


def built(user):
    found = ACCOUNT.fullmatch(user)
    if found:
        return {"kind": "ServiceAccount", "namespace": found[1], "name": found[2]}
    return {"kind": "SystemUser", "name": user}


def converted(subject):
    if subject["kind"] == "ServiceAccount":
        names = {name: subject.get(name, "") for name in ("name", "namespace")}
        return {"kind": "ServiceAccount", **names}
    kind = subject["kind"].removeprefix("System")
    return {"apiGroup": RBAC, "kind": kind, "name": subject["name"]}


def shown(held):
    """How a server shows in its own group what it stores."""
    if "roleRef" not in held:
        return {**held, "apiVersion": OWN, "rules": [*map(shown_rule, held["rules"])]}
    own = held["metadata"].get("namespace", "")
    ref = {"name": held["roleRef"]["name"]}
    if held["roleRef"]["kind"] == "Role":
        ref["namespace"] = own
    users, groups, subjects = [], [], []
    for one in held["subjects"]:
        name, system = one["name"], "System" if ":" in one["name"] else ""
        if one["kind"] == "ServiceAccount":
            subjects.append(
                {name: one[name] for name in ("kind", "name", "namespace") if one[name]}
            )
            users.append(f"system:serviceaccount:{one['namespace'] or own}:{name}")
        else:
            subjects.append({"kind": system + one["kind"], "name": name})
            (groups if one["kind"] == "Group" else users).append(name)
    names = {"userNames": users or None, "groupNames": groups or None}
    return {**held, "apiVersion": OWN, "roleRef": ref, "subjects": subjects, **names}


def shown_rule(rule):
    kept = {name: sorted(set(rule.get(name, ()))) for name in WORDS}
    kept["apiGroups"] = rule.get("apiGroups")
    always = {"verbs", "resources"}
    return {RESTRICTIONS: None} | {n: v for n, v in kept.items() if v or n in always}


# --- one by one ------------------------------------------------------------------------

RESTRICTIONS = "attributeRestrictions"
GET = {"verbs": ["get"], "resources": ["secrets"]}
EVERYTHING = {"verbs": ["*"], "resources": ["*"]}
URLS = {"verbs": ["get"], "nonResourceURLs": ["/metrics"]}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (GET, [(["get"], [""], ["secrets"], [], [])]),
        (GET | {"apiGroups": None}, [(["get"], [""], ["secrets"], [], [])]),
        (GET | {"apiGroups": []}, [(["get"], [""], ["secrets"], [], [])]),
        (GET | {"apiGroups": ["", "apps"]}, [(["get"], ["", "apps"], ["secrets"], [], [])]),
        (GET | {RESTRICTIONS: {"kind": "X"}}, [(["get"], [""], ["secrets"], [], [])]),
        (GET | {"resourceNames": ["a"]}, [(["get"], [""], ["secrets"], ["a"], [])]),
        (EVERYTHING, [(["*"], ["*"], ["*"], [], [])]),
        (EVERYTHING | {"apiGroups": None}, [(["*"], ["*"], ["*"], [], [])]),
        (EVERYTHING | {"resourceNames": []}, [(["*"], ["*"], ["*"], [], [])]),
        (EVERYTHING | {RESTRICTIONS: None}, [(["*"], ["*"], ["*"], [], [])]),
        (EVERYTHING | {"apiGroups": []}, [(["*"], [""], ["*"], [], [])]),
        (EVERYTHING | {RESTRICTIONS: {}}, [(["*"], [""], ["*"], [], [])]),
        (EVERYTHING | {"resourceNames": ["a"]}, [(["*"], [""], ["*"], ["a"], [])]),
        (EVERYTHING | {"verbs": ["*", "get"]}, [(["*", "get"], [""], ["*"], [], [])]),
        (URLS | {"resources": []}, [(["get"], [], [], [], ["/metrics"])]),
        (
            EVERYTHING | {"nonResourceURLs": ["*"]},
            [(["*"], [""], ["*"], [], []), (["*"], [], [], [], ["*"])],
        ),
        (
            URLS | {"apiGroups": [""]},
            [(["get"], [""], [], [], []), (["get"], [], [], [], ["/metrics"])],
        ),
    ],
)
def test_what_a_rule_says(rule, expected):
    for kind, field in (("Role", "roles"), ("ClusterRole", "cluster_roles")):
        (found,) = getattr(read(role(rule, kind=kind)), field)
        fields = [
            [list(getattr(r, name) or ()) for name in r.__struct_fields__] for r in found.rules
        ]
        assert [tuple(one) for one in fields] == expected
        assert all(getattr(r, name) != () for r in found.rules for name in r.__struct_fields__)


def test_rules_for_urls_that_are_split_off_leave_the_others_their_numbers():
    mixed = GET | {"nonResourceURLs": ["/version"]}
    (found,) = read(role(mixed, GET | {"verbs": ["list"]}, kind="ClusterRole")).cluster_roles
    assert [rule.verbs for rule in found.rules] == [("get",), ("list",), ("get",)]
    assert [rule.non_resource_urls for rule in found.rules] == [None, None, ("/version",)]


ANN, OPS = {"kind": "User", "name": "ann"}, {"kind": "Group", "name": "ops"}
SYSTEM = {"kind": "SystemUser", "name": "system:admin"}


@pytest.mark.parametrize(
    ("subjects", "names", "expected"),
    [
        ([ANN, OPS], {}, ["user::ann", "group::ops"]),
        ([ANN, OPS], {"userNames": None, "groupNames": None}, ["user::ann", "group::ops"]),
        ([SYSTEM], {}, ["user::system:admin"]),
        ([{"kind": "SystemGroup", "name": "system:masters"}], {}, ["group::system:masters"]),
        ([{"kind": "ServiceAccount", "name": "ci"}], {}, ["serviceaccount:shop:ci"]),
        (
            [{"kind": "ServiceAccount", "name": "ci", "namespace": "b"}],
            {},
            ["serviceaccount:b:ci"],
        ),
        ([ANN], {"userNames": []}, []),
        ([ANN], {"groupNames": []}, []),
        ([ANN], {"groupNames": ["ops"]}, ["group::ops"]),
        ([ANN], {"userNames": ["bob", CI]}, ["user::bob", "serviceaccount:shop:ci"]),
        ([], {"userNames": ["system:serviceaccount:A:ci"]}, ["user::system:serviceaccount:A:ci"]),
        ([OPS, ANN], {"userNames": ["ann"], "groupNames": ["ops"]}, ["group::ops", "user::ann"]),
        ([{"kind": "user", "name": "ann"}], {"userNames": ["ann"]}, ["user::ann"]),
    ],
)
@pytest.mark.parametrize("ref", [{"name": "view"}, {"name": "x", "namespace": "shop"}])
def test_whom_a_binding_is_of(subjects, names, expected, ref):
    (found,) = read(binding(*subjects, ref=ref, **names)).role_bindings
    nodes = [subject_node(one, "shop") for one in found.subjects]
    assert [":".join(node) for node in nodes] == expected


def test_an_account_that_a_list_of_users_names_is_a_serviceaccount():
    (found,) = read(binding(userNames=[CI])).role_bindings
    assert found.subjects == (Subject("ServiceAccount", "ci", "shop"),)


@pytest.mark.parametrize(
    ("ref", "kind"),
    [
        ({"name": "view"}, "ClusterRole"),
        ({"name": "view", "kind": "Role"}, "ClusterRole"),
        ({"name": "view", "namespace": ""}, "ClusterRole"),
        ({"name": "view", "namespace": None}, "ClusterRole"),
        ({"name": "view", "namespace": "shop"}, "Role"),
        ({"name": "view", "namespace": "shop", "kind": "ClusterRole"}, "Role"),
    ],
)
def test_the_namespace_says_which_role_is_meant(ref, kind):
    (found,) = read(binding(ANN, ref=ref)).role_bindings
    ref = found.role_ref
    assert (ref.kind, ref.name, ref.api_group) == (kind, "view", RBAC)


def test_without_a_namespace_a_binding_is_in_that_of_its_role():
    sent = binding(ANN, ref={"name": "x", "namespace": "b"})
    del sent["metadata"]["namespace"]
    found = read(sent)
    assert [one.metadata.namespace for one in found.role_bindings] == ["b"]
    assert found.diagnostics == ()


ABSENT = {"name": "x", "namespace": "b"}
AS_YAML = """\
apiVersion: authorization.openshift.io/v1
kind: RoleBinding
metadata:
  name: x
  namespace: shop
  uid: u
roleRef:
  name: x
  namespace: b
subjects: []
"""


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(binding(ANN, ref=ABSENT)),
        json.dumps({"apiVersion": "v1", "kind": "List", "items": [binding(ref=ABSENT)]}),
        AS_YAML,
        AS_YAML.replace("  uid: u\n", ""),
    ],
    ids=["json", "list", "yaml of a server", "yaml"],
)
def test_a_binding_to_the_role_of_another_namespace_is_refused(data):
    found = load(io.BytesIO(data.encode()))
    assert found.role_bindings == ()
    told = found.diagnostics[0]
    assert (told.code, told.line) == ("bad-role-ref", 1)
    assert told.message == "RoleBinding shop/x refers to a role of another namespace"
    assert told.advice == "it grants nothing; OpenShift would refuse it"


def test_a_clusterrolebinding_to_a_role_grants_nothing():
    found = read(binding(ANN, kind="ClusterRoleBinding", ref=ABSENT), role(GET, namespace="b"))
    assert [one.code for one in check(found)] == ["cluster-binding-to-role"]


def test_an_unknown_kind_of_subject_is_told():
    found = read(binding({"kind": "fancy", "name": "ann"}, ref={"name": "x", "namespace": "shop"}))
    assert "unknown-subject-kind" in [one.code for one in check(found)]


@pytest.mark.parametrize("without", ["roleRef", "metadata"])
def test_what_a_binding_cannot_do_without(without):
    sent = binding(ANN)
    del sent[without]
    found = load(io.BytesIO(json.dumps(sent).encode()))
    assert found.role_bindings == ()
    codes = {"roleRef": "missing-role-ref", "metadata": "missing-name"}
    assert found.diagnostics[0].code == codes[without]


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({"openshift.io/reconcile-protect": "false"}, "true"),
        ({"openshift.io/reconcile-protect": "true"}, "false"),
        ({"openshift.io/reconcile-protect": "no"}, None),
        ({"rbac.authorization.kubernetes.io/autoupdate": "true"}, "true"),
        ({}, None),
    ],
)
def test_who_restores_a_role(annotations, expected):
    (found,) = read(role(GET, kind="ClusterRole", annotations=annotations)).cluster_roles
    assert found.metadata.annotations.autoupdate == expected


def test_a_clusterrole_is_aggregated():
    sent = role(GET, kind="ClusterRole", labels={"a": "b"})
    sent["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}
    (found,) = read(sent).cluster_roles
    assert found.metadata.labels == {"a": "b"}
    assert found.aggregation_rule.cluster_role_selectors[0].match_labels == {"a": "b"}


# --- laws ------------------------------------------------------------------------------


def words(*values):
    return st.lists(st.sampled_from(values), max_size=2)


def maybe(values):
    return st.one_of(st.none(), values)


SENT_RULES = st.fixed_dictionaries(
    {"verbs": words("*", "get", "list")},
    optional={
        "apiGroups": maybe(words("*", "", "apps")),
        "resources": maybe(words("*", "secrets", "pods")),
        "resourceNames": maybe(words("a", "b")),
        "nonResourceURLs": maybe(words("*", "/metrics")),
        RESTRICTIONS: maybe(st.just({})),
    },
)
NAMES = st.sampled_from(["ann", "system:admin", CI, "system:serviceaccount:A:ci"])
SENT_SUBJECTS = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["User", "SystemUser", "Group", "SystemGroup"]), "name": NAMES}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("ServiceAccount"), "name": st.just("ci")},
        optional={"namespace": st.sampled_from(["", "shop", "b"])},
    ),
)
SENT_BINDINGS = st.builds(
    lambda kind, ref, subjects, names: binding(*subjects, kind=kind, ref=ref, **names),
    st.sampled_from(["RoleBinding", "ClusterRoleBinding"]),
    st.fixed_dictionaries(
        {"name": st.just("x")},
        optional={
            "namespace": st.sampled_from([None, "", "shop", "b"]),
            "kind": st.sampled_from(["Role", "ClusterRole"]),
        },
    ),
    st.lists(SENT_SUBJECTS, max_size=3),
    st.fixed_dictionaries(
        {},
        optional={
            "userNames": maybe(st.lists(NAMES, max_size=2)),
            "groupNames": maybe(words("ops")),
        },
    ),
)
SENT = st.one_of(
    SENT_BINDINGS,
    st.builds(
        lambda rules, kind: role(*rules, kind=kind),
        st.lists(SENT_RULES, max_size=3),
        st.sampled_from(["Role", "ClusterRole"]),
    ),
)


@given(SENT)
def test_it_means_what_a_server_makes_of_it(sent):
    kept = stored(sent)
    found = load(io.BytesIO(json.dumps(sent).encode()))
    if kept is not None:
        assert meant(found) == meant(read(kept))
    elif sent["kind"] == "RoleBinding":
        assert found.role_bindings == ()
    else:  # kept, with the role that it names: no ClusterRoleBinding grants one
        assert [one.role_ref.kind for one in found.cluster_role_bindings] == ["Role"]


def is_valid(held):
    """Whether a server stores it: a ClusterRoleBinding says where an account is."""
    return held is not None and (
        held["kind"] != "ClusterRoleBinding"
        or all(one.get("namespace", "-") for one in held["subjects"])
    )


HELD = SENT.map(stored).filter(is_valid)


@given(HELD)
@example(
    role(GET | {"apiGroups": ["apps", ""], "verbs": ["list", "get"]}, api_version=f"{RBAC}/v1")
)
def test_shown_in_both_forms_it_is_one(held):
    held["metadata"] |= {"uid": "u"}
    alone, own = read(held), shown(held)
    assert meant(read(own)) == meant(alone)
    for both in (read(held, own), read(own, held)):
        assert meant(both) == meant(alone)
        assert sum(len(objects) for _, objects in both.objects()) == 1
        notes = [(one.code, one.severity) for one in both.diagnostics]
        assert notes == [("duplicate-object", "note")]


def test_two_forms_that_differ_are_two():
    found = read(role(GET, api_version=f"{RBAC}/v1"), role(GET | {"verbs": ["list"]}))
    assert [one.severity for one in found.diagnostics] == ["warning"]


# --- of the whole input ----------------------------------------------------------------


def test_a_list_of_them_is_complete():
    items = [role(GET, name=n, namespace=n, uid=n) for n in ("a", "b")]
    listed = {"apiVersion": "v1", "kind": "List", "items": items}
    assert read(listed).is_listed("Role")
    typed = {"apiVersion": OWN, "kind": "RoleList", "metadata": {"resourceVersion": "1"}}
    bare = [{key: one[key] for key in ("metadata", "rules")} for one in items]
    found = read(typed | {"items": bare})
    assert found.is_listed("Role")
    assert [said(one) for one in found.roles] == [said(one) for one in read(listed).roles]


@pytest.mark.parametrize("kind", ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"])
def test_they_show_openshift(kind, tmp_path):
    sent = binding(ANN, kind=kind) if kind.endswith("Binding") else role(GET, kind=kind)
    found = read(sent)
    assert shows_openshift(found)
    assert found.skipped == {}
    path = tmp_path / "saved.json"
    rg.load(io.BytesIO(json.dumps(sent).encode())).save(path)
    assert shows_openshift(load(path))
    (other := tmp_path / "other.json").write_text(json.dumps(stored(sent)))
    assert shows_openshift(load(path, other))
    assert not shows_openshift(read(stored(sent)))


def test_in_version_1_of_the_core_group_there_are_none():
    """OpenShift 3 had them there; a server of OpenShift 4 refuses them."""
    found = load(io.BytesIO(json.dumps(role(GET, api_version="v1")).encode()))
    assert found.diagnostics[0].code == "wrong-api-version"


@lru_cache(1)
def objects_of_shop():
    texts = [path.read_text(encoding="utf-8") for path in sorted(SHOP.glob("*.yaml"))]
    read_ = [one for text in texts for one in yaml.safe_load_all(text) if one]
    return [one for whole in read_ for one in whole.get("items", [whole])]


def of_rbac(one):
    return one["apiVersion"].startswith(RBAC)


def edges(*objects):
    """The edges of the graph of some objects of an OpenShift cluster, without their places."""
    project = {
        "apiVersion": "project.openshift.io/v1",
        "kind": "Project",
        "metadata": {"name": "x"},
    }
    data = "\n---\n".join(map(json.dumps, (project, *objects))).encode()
    graph = rg.load(io.BytesIO(data)).graph()
    return {(a, b, one["edge"], one["condition"]) for a, b, one in graph.edges(data=True)}


@lru_cache(1)
def edges_of_shop():
    return edges(*objects_of_shop())


@pytest.mark.parametrize("beside", [False, True], ids=["in place of them", "beside them"])
def test_a_cluster_in_that_form_is_the_same_cluster(beside):
    own = [shown(filled(one)) for one in objects_of_shop() if of_rbac(one)]
    assert len(own) > 20
    others = [one for one in objects_of_shop() if beside or not of_rbac(one)]
    assert edges(*own, *others) == edges_of_shop()


def filled(held):
    """An object as a server stores it, with what may be left out."""
    if "roleRef" not in held:
        return {**held, "rules": held.get("rules") or []}
    subjects = [{"namespace": "", **one} for one in held.get("subjects") or ()]
    return {**held, "subjects": subjects}
