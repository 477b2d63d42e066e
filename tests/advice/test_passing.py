"""What servers ask beside requests: escalation prevention, signers, streams."""

import io
import json

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.changes.permissions import rule_of
from rbacgraph.advice.needs.needs import needs_of
from rbacgraph.advice.suggest.suggest import suggest
from rbacgraph.api.cluster import Cluster
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import breakdown
from rbacgraph.authz.questions.escalation_check import may_pass_on, may_write, passing_on
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, RbacMeta
from rbacgraph.model.kubernetes.rbac import (
    RBAC_GROUP,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacgraph.model.request import Request
from rbacgraph.sources.audit.audit import read_audit

CI = "system:serviceaccount:shop:ci"
GROUPS = ("system:authenticated", "system:serviceaccounts", "system:serviceaccounts:shop")
RESOURCES = {
    Role: "roles",
    ClusterRole: "clusterroles",
    RoleBinding: "rolebindings",
    ClusterRoleBinding: "clusterrolebindings",
}


def wire(obj):
    """An object as a client sends it."""
    body = {"apiVersion": f"{RBAC_GROUP}/v1", "kind": type(obj).__name__}
    body["metadata"] = {"name": obj.metadata.name}
    if isinstance(obj, Role | ClusterRole):
        body["rules"] = [
            {k: v for k, v in json.loads(msgspec.json.encode(rule)).items() if v is not None}
            for rule in obj.rules or ()
        ]
    else:
        body["roleRef"] = json.loads(msgspec.json.encode(obj.role_ref))
        body["subjects"] = [json.loads(msgspec.json.encode(s)) for s in obj.subjects or ()]
    return body


def event(verb, obj, code=201, **fields):
    """The event of a write of a role or binding."""
    meta, resource = obj.metadata, RESOURCES[type(obj)]
    place = f"/namespaces/{meta.namespace}" if meta.namespace else ""
    name = "" if verb == "create" else f"/{meta.name}"
    return {
        "stage": "ResponseComplete",
        "requestURI": f"/apis/{RBAC_GROUP}/v1{place}/{resource}{name}",
        "verb": verb,
        "user": {"username": CI, "groups": list(GROUPS)},
        "objectRef": {
            "resource": resource,
            "apiGroup": RBAC_GROUP,
            "namespace": meta.namespace,
            "name": meta.name,
        },
        "responseStatus": {"code": code},
        "annotations": {"authorization.k8s.io/decision": "allow"},
        **fields,
    }


def logged(*events):
    lines = [json.dumps({"auditID": str(number), **one}) for number, one in enumerate(events)]
    return read_audit(io.BytesIO("\n".join(lines).encode()))


def role(name, *rules, namespace="shop"):
    if namespace:
        return Role(metadata=RbacMeta(name, namespace), rules=rules)
    return ClusterRole(metadata=ClusterRoleMeta(name), rules=rules)


def binding(name, to, *, namespace="shop", kind="Role", account="ci"):
    of = RoleBinding if namespace else ClusterRoleBinding
    return of(
        metadata=RbacMeta(name, namespace),
        role_ref=RoleRef(kind, to),
        subjects=(Subject("ServiceAccount", account, "shop"),),
    )


def cluster_of(*objects):
    found = {Role: [], ClusterRole: [], RoleBinding: [], ClusterRoleBinding: []}
    for obj in objects:
        found[type(obj)].append(obj)
    fields = ("roles", "cluster_roles", "role_bindings", "cluster_role_bindings")
    snapshot = Snapshot(**dict(zip(fields, map(tuple, found.values()), strict=True)))
    return Authorizer(snapshot)


def suggested(authorizer, log, **options):
    return suggest(authorizer, needs_of(log), **{"principal": "sa:shop/ci", **options})


def after(authorizer, result):
    return Authorizer(applied(authorizer.snapshot, result.changes))


def given_by(result):
    """The permissions that are written, in words."""
    return sorted(
        f"{one.verb} {one.resource or one.path}{'' if one.name is None else ' ' + one.name}"
        for change in result.roles
        for one in change.kept
    )


WRITES = PolicyRule(("create", "update", "patch"), (RBAC_GROUP,), ("*",))
READ = PolicyRule(("get", "list"), ("",), ("secrets", "pods"))
STAR = PolicyRule(("*",), ("*",), ("*",))
WEB = role("web", PolicyRule(("get",), ("",), ("secrets",)))
TO_WEB = binding("web", "web", account="web")


def held(*rules):
    """A cluster in which ci holds rules in shop."""
    return role("own", *rules), binding("ci", "own")


def on(obj, **fields):
    return event("create", obj, level="Request", requestObject=wire(obj), **fields)


def test_what_a_chart_passes_on_is_kept_where_the_log_holds_its_objects():
    authorizer = cluster_of(*held(WRITES, READ))
    result = suggested(authorizer, logged(on(WEB), on(TO_WEB)))
    assert given_by(result) == ["create rolebindings", "create roles", "get secrets"]
    assert (result.proof.writes, result.proof.doubts) == (2, ())
    for obj in (WEB, TO_WEB):
        new = Authorizer(applied(after(authorizer, result).snapshot, ()))
        with_web = cluster_of(*new.snapshot.roles, *new.snapshot.role_bindings, WEB)
        assert may_write(with_web, obj, CI, GROUPS)


def test_what_a_chart_passes_on_is_kept_where_the_input_holds_its_objects():
    authorizer = cluster_of(*held(WRITES, READ), WEB, TO_WEB)
    result = suggested(authorizer, logged(event("create", WEB), event("create", TO_WEB)))
    assert given_by(result) == ["create rolebindings", "create roles", "get secrets"]
    assert (result.proof.writes, result.proof.doubts) == (2, ())


def test_a_write_of_which_nothing_tells_what_it_passes_on_is_doubted_in_the_first_line():
    answer = Cluster(cluster_of(*held(WRITES, READ)).snapshot)
    lines = [{"auditID": "1", **event("create", WEB)}]
    log = io.BytesIO("\n".join(map(json.dumps, lines)).encode())
    found = answer.suggest(principal="sa:shop/ci", audit=log, effect=False)
    (doubt,) = found.result.proof.doubts
    assert (doubt.principal, doubt.verb, doubt.kind) == ("serviceaccount:shop/ci", "create", "Role")
    assert (doubt.namespace, doubt.name, doubt.known) == ("shop", "web", False)
    text = str(found)
    first = " ".join(text.partition("-o yaml")[0].split())
    assert "may refuse serviceaccount:shop/ci to create Role shop/web" in first
    assert "--need" in first
    assert "Enough:" not in text


NOTHING_DOUBTED = {
    "it was refused": ([WRITES, READ], event("create", WEB, code=403)),
    "escalate stays, as a rule names it": (
        [WRITES, READ, PolicyRule(("escalate",), (RBAC_GROUP,), ("roles",))],
        event("create", WEB),
    ),
    "nothing is lost": ([PolicyRule(("create",), (RBAC_GROUP,), ("roles",))], event("create", WEB)),
    "what the garbage collector patches is not checked": (
        [WRITES, READ],
        event("patch", WEB, 200, requestObject={"metadata": {"finalizers": []}}),
    ),
}


@pytest.mark.parametrize("case", NOTHING_DOUBTED)
def test_nothing_is_doubted_where(case):
    rules, one = NOTHING_DOUBTED[case]
    result = suggested(cluster_of(*held(*rules)), logged(one))
    assert result.proof.doubts == ()


KEPT = {
    "what is held is passed on": ([WRITES, READ], on(WEB), ["create roles", "get secrets"]),
    "a 403 proves that it was not held": ([WRITES, READ], on(WEB, code=403), ["create roles"]),
    "a conflict comes after the check": (
        [WRITES, READ],
        on(WEB, code=409),
        ["create roles", "get secrets"],
    ),
    "a star over all is no reason to keep it": ([STAR], on(WEB), ["create roles", "get secrets"]),
    "who passes on everything may escalate": (
        [STAR],
        on(role("all", STAR)),
        ["create roles", "escalate roles"],
    ),
    "bind, where only a star gives it, by name": (
        [STAR],
        on(binding("x", "view", kind="ClusterRole")),
        ["bind clusterroles view", "create rolebindings"],
    ),
    "an update escalates by name": (
        [STAR],
        event("update", role("all", STAR), 200, requestObject=wire(role("all", STAR))),
        ["escalate roles all", "update roles all"],
    ),
    "a patch at level Request, of rules alone": (
        [WRITES, READ],
        event("patch", WEB, 200, requestObject={"rules": wire(WEB)["rules"]}),
        ["get secrets", "patch roles web"],
    ),
    "a patch as a list, by its result": (
        [WRITES, READ],
        event("patch", WEB, 200, requestObject=[{"op": "add"}], responseObject=wire(WEB)),
        ["get secrets", "patch roles web"],
    ),
    "what is not held is not kept": (
        [WRITES],
        on(WEB),
        ["create roles"],
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_no_more_is_kept_than_a_write_takes(case):
    rules, one, expected = KEPT[case]
    result = suggested(cluster_of(*held(*rules)), logged(one))
    assert given_by(result) == expected
    assert result.proof.doubts == ()


def certificate(resource, subresource, verb="update", code=200, **fields):
    return {
        "stage": "ResponseComplete",
        "requestURI": f"/apis/certificates.k8s.io/v1/{resource}/x/{subresource}",
        "verb": verb,
        "user": {"username": CI, "groups": list(GROUPS)},
        "objectRef": {
            "resource": resource,
            "subresource": subresource,
            "apiGroup": "certificates.k8s.io",
            "name": fields.pop("name", "x"),
        },
        "responseStatus": {"code": code},
        "annotations": {"authorization.k8s.io/decision": "allow"},
        **fields,
    }


SIGNER = {"spec": {"signerName": "example.org/a"}}
CSR = "certificatesigningrequests"
CERTIFICATE = {**SIGNER, "status": {"certificate": "x"}}
SIGNERS = {
    "approval": (certificate(CSR, "approval", requestObject=SIGNER), ["approve example.org/a"]),
    "approval by patch": (
        certificate(CSR, "approval", "patch", responseObject=SIGNER),
        ["approve example.org/a"],
    ),
    "approval of an unknown signer": (certificate(CSR, "approval"), ["approve"]),
    "approval that was refused": (certificate(CSR, "approval", code=403), []),
    "signing": (certificate(CSR, "status", requestObject=CERTIFICATE), ["sign example.org/a"]),
    "a status without a certificate": (
        certificate(CSR, "status", requestObject={**SIGNER, "status": {}}),
        [],
    ),
    "signing for a Pod": (
        certificate("podcertificaterequests", "status", requestObject=CERTIFICATE),
        ["sign example.org/a"],
    ),
    "a bundle": (
        certificate("clustertrustbundles", "", "create", 201, name="example.org:a:x"),
        ["attest example.org/a"],
    ),
    "a bundle of no signer": (certificate("clustertrustbundles", "", "create", 201), []),
}


def with_star():
    return role("own", STAR, namespace=""), binding("ci", "own", namespace="", kind="ClusterRole")


@pytest.mark.parametrize("case", SIGNERS)
def test_a_signer_that_was_checked_is_kept(case):
    approval, expected = SIGNERS[case]
    result = suggested(cluster_of(*with_star()), logged(approval))
    words = [one.replace(" signers", "") for one in given_by(result) if "signers" in one]
    assert words == expected


def test_a_signer_that_was_allowed_by_its_domain_stays_so():
    rule = PolicyRule(("*",), ("certificates.k8s.io",), ("signers",), ("example.org/*",))
    update = PolicyRule(("update",), ("certificates.k8s.io",), (f"{CSR}/approval",))
    own = role("own", rule, update, namespace="")
    bound = binding("ci", "own", namespace="", kind="ClusterRole")
    log = logged(certificate(CSR, "approval", requestObject=SIGNER))
    result = suggested(cluster_of(own, bound), log)
    assert "approve signers example.org/*" in given_by(result)


def test_a_role_that_is_bound_anew_is_not_deleted():
    """Whoever writes bindings to it would fail, though nobody has it now."""
    tenant, bound = role("tenant", READ), binding("tenant", "tenant")
    authorizer = cluster_of(*held(WRITES, READ), tenant, bound)
    result = suggested(authorizer, logged(on(binding("more", "tenant", account="web"))))
    assert not any("delete role tenant" in one.command for one in result.leftovers)


SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n"


def test_a_cut_keeps_what_is_passed_on():
    cluster = with_objects(SECRET, WRITES, READ)
    logs = [logged_bytes(on(WEB)), logged_bytes(event("create", WEB, code=403))]
    kept, cut = (cluster.cut(secret="shop/db", usage=log).result for log in logs)
    assert [one.principal for one in kept.uncut] == ["serviceaccount:shop/ci"]
    assert kept.proof.writes == 1
    assert cut.uncut == ()


def meta(obj):
    return {"name": obj.metadata.name, "namespace": obj.metadata.namespace}


def logged_bytes(*events):
    lines = [json.dumps({"auditID": str(number), **one}) for number, one in enumerate(events)]
    return io.BytesIO("\n".join(lines).encode())


ENTRIES = st.lists(st.sampled_from(["get", "list", "*"]), min_size=1, max_size=2, unique=True)
GROUP_NAMES = st.lists(st.sampled_from(["", "apps", "*"]), min_size=1, max_size=2, unique=True)
THINGS = st.lists(
    st.sampled_from(["secrets", "pods", "pods/log", "*/log", "*"]), min_size=1, max_size=2
)
NAMES = st.sampled_from([None, None, ("a",), ("a", "b")])
RULES = st.builds(
    lambda verbs, groups, things, names: PolicyRule(
        tuple(verbs), tuple(groups), tuple(things), names
    ),
    ENTRIES,
    GROUP_NAMES,
    THINGS,
    NAMES,
)
DELEGATION = st.builds(
    lambda verbs, resources, names: PolicyRule(
        tuple(verbs), (RBAC_GROUP,), tuple(resources), names
    ),
    st.lists(
        st.sampled_from(["create", "update", "patch", "bind", "escalate", "*"]),
        min_size=1,
        max_size=3,
        unique=True,
    ),
    st.lists(st.sampled_from([*RESOURCES.values(), "*"]), min_size=1, max_size=2, unique=True),
    st.sampled_from([None, None, ("w",), ("theirs",)]),
)
URLS = st.just(PolicyRule(("get",), non_resource_urls=("/metrics", "/logs/*")))
SCOPES = st.sampled_from(["shop", "shop", "pay", ""])


@st.composite
def worlds(draw):
    """A cluster, and the write of a role or binding by ci."""
    objects = []
    for number in range(draw(st.integers(1, 3))):
        scope, wide = draw(SCOPES), draw(st.booleans())
        rules = draw(st.lists(st.one_of(RULES, DELEGATION), min_size=1, max_size=3))
        name = f"held{number}"
        if wide or not scope:
            rules += draw(st.lists(URLS, max_size=1))
            objects.append(role(name, *rules, namespace=""))
        else:
            objects.append(role(name, *rules, namespace=scope))
        kind = type(objects[-1]).__name__
        objects.append(binding(f"ci{number}", name, namespace=scope, kind=kind))
    objects.append(role("writer", WRITES, namespace=""))
    objects.append(binding("writer", "writer", namespace="", kind="ClusterRole"))
    own = [rule for obj in objects for rule in getattr(obj, "rules", ())]
    rule = st.one_of(st.sampled_from(own), st.sampled_from(own), RULES)
    scope = draw(SCOPES)
    theirs = role("theirs", *draw(st.lists(rule, max_size=2)), namespace=draw(SCOPES))
    if draw(st.booleans()):
        rules = draw(st.lists(rule, max_size=2))
        made = role(
            "w", *(r for r in rules if not (scope and r.non_resource_urls)), namespace=scope
        )
    else:
        to = draw(st.sampled_from([theirs, *(o for o in objects if hasattr(o, "rules"))]))
        made = binding(
            "w", to.metadata.name, namespace=scope, kind=type(to).__name__, account="web"
        )
    there = draw(st.booleans())
    found = [*objects, theirs, *([made] if there else [])]
    return found, made, draw(st.sampled_from(["create", "update", "patch"])), there


@settings(max_examples=150)
@given(worlds(), st.booleans(), st.sampled_from([{}, {"split": True}, {"principal": None}]))
def test_a_write_that_is_allowed_stays_so(world, told, options):
    """Where the log or the input holds the object; and no more is kept than that takes."""
    objects, made, verb, there = world
    authorizer = cluster_of(*objects)
    assume(may_write(authorizer, made, CI, GROUPS, verb))
    told = told or not there
    body = {"level": "Request", "requestObject": wire(made)} if told else {}
    code = 201 if verb == "create" or not there else 200
    result = suggested(authorizer, logged(event(verb, made, code, **body)), **options)
    stays = bool(may_write(after(authorizer, result), made, CI, GROUPS, verb))
    assert stays or result.proof.doubts
    parts = passed_parts(made, objects)
    inert = made.metadata.namespace and any(part.non_resource_urls for part in parts)
    assert inert or not result.proof.doubts, "URLs that a RoleBinding gives no Role can hold"

    refused = suggested(authorizer, logged(event(verb, made, 403)), **options)
    assert refused.proof.doubts == ()
    kept = {one for change in refused.roles for one in change.kept}
    assert {one.verb for one in kept} <= {"create", "update", "patch", "bind", "escalate"}
    for change in result.roles:
        for one in set(change.kept) - kept:
            asked = one.group == RBAC_GROUP and one.verb in {"create", "bind", "escalate"}
            assert asked or rule_of(one) in parts


def passed_parts(made, objects):
    """The smallest parts of what a write passes on."""
    roles = [made]
    if not hasattr(made, "rules"):
        place = made.metadata.namespace if made.role_ref.kind == "Role" else ""
        key = made.role_ref.kind, place, made.role_ref.name
        roles = [
            obj
            for obj in objects
            if (type(obj).__name__, obj.metadata.namespace, obj.metadata.name) == key
        ]
    return [part for obj in roles for rule in obj.rules or () for part in breakdown(rule)]


@settings(max_examples=100)
@given(worlds())
def test_escalation_prevention_is_one(world):
    """What decides a whole write and what decides on escalation alone agree."""
    objects, made, verb, _ = world
    authorizer = cluster_of(*objects)
    log = logged(event(verb, made, requestObject=wire(made)))
    (caller,) = (one for one in log.callers if one.user == CI)
    write = caller.passed[0].write
    if not write.is_role:
        place = made.metadata.namespace
        found = authorizer.find_role(write.role_kind, place, write.role)
        assume(found)
        write = replace(write, rules=tuple(rule for one in found for rule in one.rules or ()))
    decision = may_write(authorizer, made, CI, GROUPS, verb)
    assume("invalid" not in decision.reason)
    assert bool(decision) is may_pass_on(authorizer, passing_on(write), CI, GROUPS)


def saved(cluster, *events):
    """A suggestion as it is saved, and as it is checked again on the same cluster."""
    answer = cluster.suggest(principal="sa:shop/ci", audit=logged_bytes(*events), effect=False)
    text = answer.report().render("json")
    return cluster.verify_suggestion(io.BytesIO(text.encode()), effect=False)


def test_a_saved_suggestion_is_proven_again_with_its_writes():
    cluster = rg.Cluster(cluster_of(*held(WRITES, READ)).snapshot)
    known = saved(cluster, on(WEB), on(TO_WEB))
    assert known.result.holds
    assert (known.result.proof.writes, known.result.doubts) == (2, ())
    assert "2 writes of roles and bindings pass escalation prevention" in " ".join(
        str(known).split()
    )
    unknown = saved(cluster, event("create", WEB))
    assert [one.known for one in unknown.result.doubts] == [False]
    first = " ".join(str(unknown).partition("Proof")[0].split())
    assert "holds on this cluster as far as rbacgraph knows" in first
    assert "may refuse serviceaccount:shop/ci to create Role shop/web" in first


def test_a_saved_suggestion_does_not_hold_where_a_write_fails_by_it():
    """What the writer holds elsewhere now covers the write, until the suggestion is applied."""
    objects = held(PolicyRule(("create",), (RBAC_GROUP,), ("roles",)), READ)
    cluster = rg.Cluster(cluster_of(*objects).snapshot)
    log = logged_bytes(on(WEB))
    answer = cluster.suggest(principal="sa:shop/ci", audit=log, effect=False)
    document = json.loads(answer.report().render("json"))
    for needing in document["needs"]:
        for write in needing["writes"]:
            write["rules"] = [{"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]}]
    checked = cluster.verify_suggestion(io.BytesIO(json.dumps(document).encode()), effect=False)
    assert not checked.result.holds
    assert "refuses serviceaccount:shop/ci to create Role shop/web" in " ".join(
        str(checked).split()
    )


@pytest.mark.parametrize("is_applied", [False, True])
@pytest.mark.parametrize(
    ("there", "doubts"), [((), [False]), ((WEB,), [True]), ((role("web"),), [])]
)
def test_a_saved_suggestion_is_checked_with_the_roles_that_a_cluster_holds_now(
    there, doubts, is_applied
):
    """Nothing told what the write passes on; before it is applied, and afterwards too."""
    objects = held(WRITES, READ)
    answer = rg.Cluster(cluster_of(*objects).snapshot).suggest(
        principal="sa:shop/ci", audit=logged_bytes(event("create", WEB)), effect=False
    )
    text = answer.report().render("json")
    snapshot = cluster_of(*objects, *there).snapshot
    if is_applied:
        snapshot = applied(snapshot, answer.result.changes)
    checked = rg.Cluster(snapshot).verify_suggestion(io.BytesIO(text.encode()), effect=False)
    assert [one.known for one in checked.result.doubts] == doubts
    assert checked.result.holds is (True not in doubts)


SERVER = """
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver-a, namespace: kube-system, labels: {component: kube-apiserver}}
spec: {containers: [{name: a, image: x, command: [kube-apiserver, FLAG]}]}
"""
FINALIZERS = PolicyRule(("update",), ("example.org",), ("widgets/finalizers",))
ENFORCED = {
    "by default": ("--v=1", False),
    "enabled": ("--enable-admission-plugins=OwnerReferencesPermissionEnforcement", True),
    "another": ("--enable-admission-plugins=NodeRestriction", False),
}


@pytest.mark.parametrize("case", ENFORCED)
def test_finalizers_of_owners_are_asked_for_where_the_plugin_is_on(case):
    """Then whoever sets blockOwnerDeletion must be allowed to update them."""
    flag, kept = ENFORCED[case]
    cluster = with_objects(SERVER.replace("FLAG", flag))
    checked = finalizers_of(cluster)
    assert checked == ({"kept"} if kept else set())


@pytest.mark.parametrize(("name", "kept"), [("openshift-infra", True), ("infra", False)])
def test_openshift_asks_for_finalizers_of_owners(name, kept):
    namespace = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"
    assert finalizers_of(with_objects(namespace)) == ({"kept"} if kept else set())


def with_objects(text, *rules):
    parts = held(*(rules or (PolicyRule(("get",), ("",), ("pods",)), FINALIZERS)))
    objects = "".join(f"---\n{json.dumps({**wire(o), 'metadata': meta(o)})}\n" for o in parts)
    return rg.load(io.BytesIO((text + objects).encode()))


def finalizers_of(cluster):
    """Whether suggest keeps the right, and usage says so."""
    log = {**event("get", WEB, 200), "objectRef": {"resource": "pods", "namespace": "shop"}}
    result = cluster.suggest(principal="sa:shop/ci", audit=logged_bytes(log), effect=False).result
    use = cluster.usage(logged_bytes(log), source="sa:shop/ci").result
    (state,) = {p.state for g in use.grants for p in g.parts if "finalizers" in p.resource}
    asked = Request("update", "example.org", "widgets", "finalizers", "shop", "x")
    kept = after(cluster.authorizer, result).allows(asked, CI, GROUPS) is not None
    assert state == ("unseen" if kept else "never-used")
    return {"kept"} if kept else set()


def test_a_cut_says_in_the_first_lines_which_writes_may_fail():
    """Nothing tells what the role grants, and the cut takes away what the writer holds."""
    found = with_objects(SECRET, WRITES, READ).cut(
        secret="shop/db", usage=logged_bytes(event("create", WEB))
    )
    (doubt,) = found.result.proof.doubts
    assert (doubt.name, doubt.known) == ("web", False)
    first = " ".join(str(found).partition("[1]")[0].split())
    assert "may refuse serviceaccount:shop/ci to create Role shop/web" in first


def test_whoever_is_impersonated_writes():
    """In the groups that it had: the one impersonated passes on, not the one who impersonates."""
    other = {"username": CI, "groups": list(GROUPS)}
    one = on(WEB, impersonatedUser=other, user={"username": "flux", "groups": []})
    result = suggested(cluster_of(*held(WRITES, READ)), logged(one))
    assert given_by(result) == ["create roles", "get secrets"]


RULES_OF_WEB = wire(WEB)["rules"]
BODIES = {
    "whole": (wire(WEB), WEB.rules),
    "without kind": ({"rules": RULES_OF_WEB}, WEB.rules),
    "without rules": ({"kind": "Role"}, ()),
    "of another shape": ({"rules": "all"}, None),
    "a list": ([1], None),
    "nothing": (None, None),
    "deep": ({"x": json.loads("[" * 900 + "]" * 900), "rules": RULES_OF_WEB}, WEB.rules),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_none_leaves_the_write_unknown(case):
    body, rules = BODIES[case]
    fields = {"requestObject": body} if body is not None else {}
    (caller,) = logged(event("create", WEB, **fields)).callers
    (passed,) = caller.passed
    assert (passed.write.name, passed.write.rules) == ("web", rules)


def test_writes_of_too_many_names_are_kept_without_them(monkeypatch):
    monkeypatch.setattr("rbacgraph.sources.audit.audit._MOST_WRITES", 2)
    events = [event("create", role(f"r{number}", *WEB.rules)) for number in range(5)]
    (caller,) = logged(*events).callers
    names = sorted(one.write.name for one in caller.passed)
    assert names == ["", "r0", "r1"]


INFRASTRUCTURE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: openshift-infra}\n"


@pytest.mark.parametrize(
    ("objects", "version", "what"),
    [
        (INFRASTRUCTURE, None, "securitycontextconstraints"),
        (SECRET, (1, 24), "podsecuritypolicies"),
        (SECRET, (1, 25), ""),
        (SECRET, None, ""),
    ],
)
def test_the_use_of_what_pods_need_is_told_where_only_a_star_gave_it(objects, version, what):
    cluster = with_objects(objects, STAR)
    cluster = rg.Cluster(replace(cluster.snapshot, kubernetes_version=version))
    log = {**event("get", WEB, 200), "objectRef": {"resource": "pods", "namespace": "shop"}}
    notes = cluster.suggest(principal="sa:shop/ci", audit=logged_bytes(log), effect=False).notes
    told = [note for note in notes if "use on" in note]
    assert len(told) == bool(what)
    assert all(f"use on {what}" in note for note in told)
