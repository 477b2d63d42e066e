"""What is created in a namespace that goes, or where a quota is used up: by every kind of grant.

A table: each technique, however the rights are held, in each state. One cluster has a
namespace that is open, one that goes, and one with a quota that is used up.
"""

import io
import json

import pytest

import rbacgraph as rg

RBAC = "rbac.authorization.k8s.io"
ACTING = "authentication.k8s.io"
VERSION = f"{RBAC}/v1"
SPACES = ("open", "goes", "full")
DB, IDLE, GHOST = "secret:{}/db", "serviceaccount:{}/idle", "serviceaccount:{}/ghost"
GOES = "namespace goes is created again (it is Terminating)"
ROLES, BINDINGS = f"roles@{RBAC}", f"rolebindings@{RBAC}"


def _object(kind, name, namespace="", version="v1", **fields):
    metadata = {"name": name, "uid": f"{kind}-{namespace}-{name}", **fields.pop("metadata", {})}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def _ref(kind, name):
    return {"apiGroup": RBAC, "kind": kind, "name": name}


def _users(*names):
    return [{"apiGroup": RBAC, "kind": "User", "name": name} for name in names]


def _rules(rights, verb="{}"):
    """Rules of ``(verbs, resource@group!names)``; each verb may be told otherwise."""
    for verbs, told in rights:
        full, _, names = told.partition("!")
        resource, _, group = full.partition("@")
        called = [verb.format(one) for one in verbs.split()]
        rule = {"verbs": called, "apiGroups": [group], "resources": [resource]}
        yield {**rule, "resourceNames": names.split(",")} if names else rule


def _cluster_wide(name, rules, *users):
    yield _object("ClusterRole", name, "", VERSION, rules=[*rules])
    about = {"roleRef": _ref("ClusterRole", name), "subjects": _users(*users)}
    yield _object("ClusterRoleBinding", name, "", VERSION, **about)


def _in_each(name, rules, *users):
    """A Role in each namespace, and its binding."""
    rules = [*rules]
    for space in SPACES:
        yield _object("Role", name, space, VERSION, rules=rules)
        about = {"roleRef": _ref("Role", name), "subjects": _users(*users)}
        yield _object("RoleBinding", name, space, VERSION, **about)


def _by_edited(hold, bindings, roles):
    """The rights of a role to which alice may bind herself, by a binding that is there."""

    def held(rights):
        yield from hold("held", _rules(rights))
        edit = [("update", f"{bindings}@{RBAC}!held"), ("bind", f"{roles}@{RBAC}!held")]
        yield from hold("edits", _rules(edit), "alice")

    return held


def _by_new_bindings(rights):
    """The rights of a ClusterRole to which alice binds herself in every namespace."""
    yield _object("ClusterRole", "held", "", VERSION, rules=[*_rules(rights)])
    binds = [("create", BINDINGS), ("bind", f"clusterroles@{RBAC}!held")]
    yield from _cluster_wide("binds", _rules(binds), "alice")


def _by_headers(hold):
    def held(rights):
        yield from hold("held", _rules(rights), "bob")
        yield from _cluster_wide("acts", _rules([("impersonate", "users!bob")]), "alice")

    return held


def _in_part(hold):
    """The rights of bob, as whom alice acts for the same requests."""

    def held(rights):
        yield from hold("held", _rules(rights), "bob")
        acts = _rules([("impersonate:user-info", f"users@{ACTING}!bob")])
        on = _rules(rights, "impersonate-on:user-info:{}")
        yield from _cluster_wide("acts", [*acts, *on], "alice")

    return held


HELD = {
    "in the namespaces": lambda rights: _in_each("held", _rules(rights), "alice"),
    "self-bound in the namespaces": _by_edited(_in_each, "rolebindings", "roles"),
    "by headers, in the namespaces": _by_headers(_in_each),
    "in part, in the namespaces": _in_part(_in_each),
    "everywhere": lambda rights: _cluster_wide("held", _rules(rights), "alice"),
    "self-bound everywhere": _by_edited(_cluster_wide, "clusterrolebindings", "clusterroles"),
    "self-bound in each": _by_new_bindings,
    "by headers, everywhere": _by_headers(_cluster_wide),
    "in part, everywhere": _in_part(_cluster_wide),
}
"""How alice holds some rights."""

READS = {"env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}}]}


def _space(name):
    """A namespace with what techniques need; its Pod runs as nobody who matters."""
    secret = {"type": "Opaque", "data": {"p": "eA=="}}
    yield _object("Secret", "db", name, **secret)
    for account in ("idle", "ci"):
        yield _object("ServiceAccount", account, name)
    rules = [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}]
    yield _object("Role", "reader", name, VERSION, rules=rules)
    dangling = {"roleRef": _ref("Role", "missing"), "subjects": _users("alice")}
    yield _object("RoleBinding", "dangling", name, VERSION, **dangling)
    ghost = [{"kind": "ServiceAccount", "name": "ghost", "namespace": name}]
    named = {"roleRef": _ref("Role", "none"), "subjects": ghost}
    yield _object("RoleBinding", "named", name, VERSION, **named)
    container = {"name": "app", "image": "x"}
    spec = {"serviceAccountName": "ci", "automountServiceAccountToken": False, "nodeName": "n2"}
    status = {"phase": "Running", "containerStatuses": [{"name": "app", "state": {"running": {}}}]}
    yield _object("Pod", "web", name, spec={**spec, "containers": [container]}, status=status)
    template = {"template": {"spec": {"containers": [{**container, **READS}]}}}
    yield _object("Deployment", "d", name, "apps/v1", spec=template)


BASELINE = {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}
PRIVILEGED = {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}


def _base(counted, privileged=SPACES):
    """A cluster; one of its namespaces goes, and another has a quota that is used up."""
    for name in SPACES:
        phase = {"phase": "Terminating" if name == "goes" else "Active"}
        level = PRIVILEGED if name in privileged else BASELINE
        yield _object("Namespace", name, status=phase, metadata=level)
        yield from _space(name)
    for node in ("n1", "n2"):
        yield _object("Node", node, status={"conditions": [{"type": "Ready", "status": "True"}]})
    hard = {counted: "2"}
    status = {"hard": hard, "used": hard}
    yield _object("ResourceQuota", "q", "full", spec={"hard": hard}, status=status)


def _gets(objects):
    """By target the conditions of the way that depends on least."""
    dump = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    cluster = rg.load(
        io.BytesIO(json.dumps(dump).encode()), kubernetes_version="1.36", bootstrap=False
    )
    return {
        found.target: "" if found.certain else "; ".join(map(str, found.conditional.conditions))
        for found in cluster.reach(source="user:alice")
    }


_COUNT_ROLES, _COUNT_BINDINGS = f"count/roles.{RBAC}", f"count/rolebindings.{RBAC}"
MAKES = [("create", "secrets")]
CREATED = {
    "Pod": ([("create", "pods")], (DB, IDLE), "pods"),
    "Pod, counted": ([("create", "pods")], (DB, IDLE), "count/pods"),
    "Deployment": ([("create", "deployments@apps")], (DB, IDLE), "count/deployments.apps"),
    "its ReplicaSet": ([("create", "deployments@apps")], (DB,), "count/replicasets.apps"),
    "its Pods": ([("create", "deployments@apps")], (DB,), "pods"),
    "StatefulSet": ([("create", "statefulsets@apps")], (DB,), "count/controllerrevisions.apps"),
    "Job": ([("create", "jobs@batch")], (DB,), "count/jobs.batch"),
    "CronJob's Job": ([("create", "cronjobs@batch")], (DB,), "count/jobs.batch"),
    "applied CronJob": ([("create patch", "cronjobs@batch!x")], (DB,), "count/jobs.batch"),
    "changed Deployment": ([("patch", "deployments@apps")], (DB, IDLE), "pods"),
    "its new ReplicaSet": ([("patch", "deployments@apps")], (DB,), "count/replicasets.apps"),
    "applied Pod": ([("create patch", "pods!x")], (DB, IDLE), "pods"),
    "token request": ([("create", "serviceaccounts/token")], (IDLE,), None),
    "token request by name": ([("create", "serviceaccounts/token!idle")], (IDLE,), None),
    "token Secret": ([*MAKES, ("list", "secrets")], (IDLE,), "secrets"),
    "token Secret by name": ([*MAKES, ("get", "secrets!new")], (IDLE,), "count/secrets"),
    "applied token Secret": ([("create patch", "secrets!new")], (IDLE,), "secrets"),
    "debugged": ([*MAKES, ("patch", "pods/ephemeralcontainers")], (IDLE,), "secrets"),
    "debugged by name": ([*MAKES, ("patch", "pods/ephemeralcontainers!web")], (IDLE,), "secrets"),
    "RoleBinding": ([("create", BINDINGS), ("bind", ROLES)], (DB,), _COUNT_BINDINGS),
    "to one Role": ([("create", BINDINGS), ("bind", f"{ROLES}!reader")], (DB,), _COUNT_BINDINGS),
    "applied RoleBinding": (
        [("create patch", f"{BINDINGS}!x"), ("bind", f"{ROLES}!reader")],
        (DB,),
        _COUNT_BINDINGS,
    ),
    "Role": ([("create escalate", ROLES)], (DB, IDLE), _COUNT_ROLES),
    "applied Role": ([("create patch escalate", f"{ROLES}!missing")], (DB, IDLE), _COUNT_ROLES),
    "ServiceAccount": (
        [("create", "serviceaccounts"), ("create", "serviceaccounts/token")],
        (GHOST,),
        "count/serviceaccounts",
    ),
    "applied ServiceAccount": (
        [("create patch", "serviceaccounts!ghost"), ("create", "serviceaccounts/token!ghost")],
        (GHOST,),
        "count/serviceaccounts",
    ),
}
"""What is created: the rights, what that gives, and the quota that keeps it from being so."""

THERE = {
    "exec": ([("create", "pods/exec")], "serviceaccount:{}/ci"),
    "read": ([("list", "secrets")], DB),
    "read by name": ([("get", "secrets!db")], DB),
    "acted as": ([("impersonate", "serviceaccounts")], IDLE),
    "acted as by name": ([("impersonate", "serviceaccounts!idle")], IDLE),
    "annotated": ([("patch", "secrets")], IDLE),
}
"""Rights on what is there, and what they give."""


PRIVILEGED_PODS = {
    "Pod": ([("create", "pods")], "pods"),
    "Deployment": ([("create", "deployments@apps")], "count/deployments.apps"),
    "its ReplicaSet": ([("create", "deployments@apps")], "count/replicasets.apps"),
    "CronJob's Job": ([("create", "cronjobs@batch")], "count/jobs.batch"),
    "applied Pod": ([("create patch", "pods!x")], "count/pods"),
}


def _cells(rows):
    return [pytest.param(*row, how, id=f"{name}, {how}") for name, row in rows for how in HELD]


@pytest.mark.parametrize(("rights", "targets", "counted", "how"), _cells(CREATED.items()))
def test_what_is_created_waits_for_its_namespace(rights, targets, counted, how):
    found = _gets([*_base(counted or "services", ["open"]), *HELD[how](rights)])
    for target in targets:
        assert found[target.format("open")] == ""
        assert GOES in found[target.format("goes")]
        room = f"ResourceQuota full/q has room again (its {counted} is used up)"
        assert found[target.format("full")] == (room if counted else "")


@pytest.mark.parametrize("name", CREATED)
def test_what_is_created_by_a_role_in_each_namespace_waits_for_its_binding(name):
    rights, targets, _ = CREATED[name]
    found = _gets([*_base(_COUNT_BINDINGS, ["open"]), *_by_new_bindings(rights)])
    for target in targets:
        assert found[target.format("open")] == ""
        assert f"its {_COUNT_BINDINGS} is used up" in found[target.format("full")]


@pytest.mark.parametrize("space", SPACES)
def test_a_binding_that_is_there_is_edited_although_any_role_is_bound_elsewhere(space):
    every = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    rights = [("create update", BINDINGS), ("bind", f"clusterroles@{RBAC}")]
    reads = {"roleRef": _ref("ClusterRole", "reads"), "subjects": _users("bob")}
    objects = [
        *_base(_COUNT_BINDINGS),
        _object("ClusterRole", "cluster-admin", "", VERSION, rules=every),
        _object("ClusterRole", "reads", "", VERSION, rules=[*_rules([("get", "secrets")])]),
        *_cluster_wide("binds", _rules(rights), "alice"),
        _object("RoleBinding", "there", space, VERSION, **reads),
    ]
    assert _gets(objects)[DB.format(space)] == ""


@pytest.mark.parametrize(("rights", "counted", "how"), _cells(PRIVILEGED_PODS.items()))
def test_a_privileged_pod_waits_for_its_namespace(rights, counted, how):
    held = [*HELD[how](rights)]
    assert _gets([*_base(counted, ["open"]), *held])["node:n1"] == ""
    assert GOES in _gets([*_base(counted, ["goes"]), *held])["node:n1"]
    assert f"its {counted} is used up" in _gets([*_base(counted, ["full"]), *held])["node:n1"]


@pytest.mark.parametrize("how", HELD)
def test_a_privileged_pod_waits_for_a_binding_in_its_namespace(how):
    held = [*HELD[how]([("create", "pods")])]
    assert _gets([*_base(_COUNT_BINDINGS, ["open", "full"]), *held])["node:n1"] == ""
    bound = how == "self-bound in each"
    room = f"ResourceQuota full/q has room again (its {_COUNT_BINDINGS} is used up)"
    found = _gets([*_base(_COUNT_BINDINGS, ["full"]), *held])
    assert found["node:n1"] == (room if bound else "")


@pytest.mark.parametrize("privileged", [[], ["full"]])
@pytest.mark.parametrize("more", [[], [("create", "namespaces")]])
def test_a_new_namespace_lets_privileged_pods_in_whoever_else_makes_pods(more, privileged):
    held = [*_by_new_bindings([("create", "pods")]), *_cluster_wide("more", _rules(more), "alice")]
    others = [*_cluster_wide("pods", _rules([("create", "pods")]), "bob")]
    for beside in ([], others):
        found = _gets([*_base(_COUNT_BINDINGS, privileged), *held, *beside])
        assert (found.get("node:n1") == "") == bool(more)


MOUNTED = {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
ON_IT = {"volumeMounts": [{"name": "token", "mountPath": "/t"}]}


def _with_tokens(objects):
    """The same; each of its Pods has a token, and each namespace a token Secret."""
    for one in objects:
        spec = one.get("spec", {})
        if one["kind"] == "Pod":
            (container,) = spec["containers"]
            spec = {**spec, "volumes": [MOUNTED], "containers": [{**container, **ON_IT}]}
        yield {**one, "spec": spec} if spec else one
    metadata = {"annotations": {"kubernetes.io/service-account.name": "ci"}}
    about = {"type": "kubernetes.io/service-account-token", "data": {"token": "eA=="}}
    for space in SPACES:
        yield _object("Secret", "token", space, metadata=metadata, **about)


def _is_nested(param):
    """Whether somebody would act by headers who is acted as by headers."""
    rights, _, how = param.values
    return "impersonate" in rights[0] and how.startswith(("by headers", "in part"))


@pytest.mark.parametrize(
    ("rights", "target", "how"), [one for one in _cells(THERE.items()) if not _is_nested(one)]
)
def test_what_is_there_waits_for_nothing_but_a_binding(rights, target, how):
    found = _gets(_with_tokens([*_base(_COUNT_BINDINGS, ()), *HELD[how](rights)]))
    assert found[target.format("open")] == ""
    bound = how == "self-bound in each"
    assert found[target.format("goes")] == (GOES if bound else "")
    told = f"ResourceQuota full/q has room again (its {_COUNT_BINDINGS} is used up)"
    assert found[target.format("full")] == (told if bound else "")


ACTS = ("impersonate:serviceaccount", f"serviceaccounts@{ACTING}")
ON = ("impersonate-on:serviceaccount:list", "secrets")


@pytest.mark.parametrize("scope", ["each", "everywhere"])
@pytest.mark.parametrize("bound", [(ACTS, ON), (ACTS,), (ON,)])
def test_acting_for_some_requests_waits_for_a_binding_in_each_namespace(bound, scope):
    rights = [("create", BINDINGS), ("bind", f"clusterroles@{RBAC}!held")]
    objects = [
        _object("ClusterRole", "held", "", VERSION, rules=[*_rules(bound)]),
        *_cluster_wide("binds", _rules(rights), "alice"),
        *_cluster_wide("rest", _rules({ACTS, ON}.difference(bound)), "alice"),
    ]
    lists = [*_rules([("list", "secrets")])]
    objects.append(_object("ClusterRole", "lists", "", VERSION, rules=lists))
    for space in SPACES:
        idle = [{"kind": "ServiceAccount", "name": "idle", "namespace": space}]
        about = {"roleRef": _ref("ClusterRole", "lists"), "subjects": idle}
        kind, at = ("RoleBinding", space) if scope == "each" else ("ClusterRoleBinding", "")
        objects.append(_object(kind, f"lists-{space}", at, VERSION, **about))
    found = _gets([*_base(_COUNT_BINDINGS, ()), *objects])
    assert found[DB.format("open")] == ""
    if ON in bound or scope == "each":  # else the account of the open namespace lists them all
        assert found[DB.format("goes")] == GOES
        assert f"its {_COUNT_BINDINGS} is used up" in found[DB.format("full")]


NOWHERE = "there is a Namespace nowhere, which the input lacks"
GROUP_OF = "system:serviceaccounts:{}"
READ_ALL = "secret:open/db"


def _acted_as(rights, subject):
    """The Secrets that the ServiceAccounts of one namespace list: alice may act as one."""
    binds = [("create", BINDINGS), ("bind", f"clusterroles@{RBAC}!held")]
    yield _object("ClusterRole", "held", "", VERSION, rules=[*_rules(rights)])
    yield from _cluster_wide("binds", _rules(binds), "alice")
    lists = [*_rules([("list", "secrets")])]
    yield _object("ClusterRole", "lists", "", VERSION, rules=lists)
    about = {"roleRef": _ref("ClusterRole", "lists"), "subjects": [subject]}
    yield _object("ClusterRoleBinding", "lists", "", VERSION, **about)


def _account(space):
    return {"kind": "ServiceAccount", "name": "seen", "namespace": space}


def _group(space):
    return {"apiGroup": RBAC, "kind": "Group", "name": GROUP_OF.format(space)}


WHOM = {"an account": _account, "a group": _group}
AS_ACCOUNTS = {
    "any": [("impersonate", "serviceaccounts")],
    "by name": [("impersonate", "serviceaccounts!seen")],
}


@pytest.mark.parametrize("whom", WHOM)
@pytest.mark.parametrize("how", AS_ACCOUNTS)
def test_who_is_acted_as_waits_for_a_binding_in_its_namespace(how, whom):
    base = [*_base(_COUNT_BINDINGS, ())]

    def found(space):
        return _gets([*base, *_acted_as(AS_ACCOUNTS[how], WHOM[whom](space))])[READ_ALL]

    assert found("open") == ""
    assert found("goes") == GOES
    assert f"its {_COUNT_BINDINGS} is used up" in found("full")
    assert found("nowhere") == NOWHERE


@pytest.mark.parametrize("how", AS_ACCOUNTS)
@pytest.mark.parametrize("whom", WHOM)
def test_a_namespace_that_is_only_named_is_in_doubt_though_none_were_listed(how, whom):
    named = [*_acted_as(AS_ACCOUNTS[how], WHOM[whom]("nowhere"))]
    assert _gets([*_space("open"), *named])[READ_ALL] == NOWHERE


def test_acting_for_some_requests_waits_for_the_namespace_to_be_there():
    acts = ACTS[0], f"{ACTS[1]}!seen"
    objects = [*_base(_COUNT_BINDINGS, ()), *_acted_as([acts, ON], _account("nowhere"))]
    assert _gets(objects)[READ_ALL] == NOWHERE


def test_acting_for_some_requests_takes_the_account_that_waits_for_nothing():
    everyone = {"apiGroup": RBAC, "kind": "Group", "name": "system:serviceaccounts"}
    on = _rules([ON])
    objects = [*_acted_as([ACTS], everyone), *_cluster_wide("on", on, "alice")]
    base = [one for one in _base(_COUNT_BINDINGS, ()) if one["metadata"]["name"] != "named"]
    assert _gets([*base, *objects])[READ_ALL] == ""
    assert _gets([*reversed(base), *objects])[READ_ALL] == ""


BINDS_PODS, POINTS = ("create", "pods/binding"), ("create", "persistentvolumes")
AS_A_NODE = ("impersonate:arbitrary-node", f"nodes@{ACTING}")
AS_ONE_READS = ("impersonate-on:arbitrary-node:get", "secrets")
AS_ONE_ASKS = ("impersonate-on:arbitrary-node:create", "serviceaccounts/token")
KUBELETS_GET = {
    "bound Pod": ([BINDS_PODS], AS_ONE_READS, DB),
    "token of a bound Pod": ([BINDS_PODS], AS_ONE_ASKS, "serviceaccount:{}/ci"),
    "volume of a Pod": ([POINTS], AS_ONE_READS, "secret:{}/hidden"),
}
"""What a kubelet gets: by which rights, and by what of it as which somebody acts."""


def _waiting():
    """A Pod in each namespace that waits for a node, and one that runs and has a claim.

    No Pod mounts the Secret hidden.
    """
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    container = {"name": "app", "image": "x"}
    spec = {"nodeName": "n2", "containers": [container], "volumes": [claim]}
    status = {"phase": "Running", "containerStatuses": [{"name": "app", "state": {"running": {}}}]}
    yield _object("Pod", "claims", "open", spec=spec, status=status)
    for space in SPACES:
        yield _object("Secret", "hidden", space, type="Opaque", data={"p": "eA=="})
        spec = {"serviceAccountName": "ci", "containers": [{**container, **READS, **ON_IT}]}
        spec["volumes"] = [MOUNTED]
        yield _object("Pod", "waits", space, spec=spec, status={"phase": "Pending"})


@pytest.mark.parametrize("each", [True, False])
@pytest.mark.parametrize(("rights", "on", "target"), KUBELETS_GET.values(), ids=KUBELETS_GET)
def test_acting_as_a_kubelet_waits_for_a_binding_in_each_namespace(rights, on, target, each):
    hold = _by_new_bindings if each else HELD["everywhere"]
    rest = [*_cluster_wide("rest", _rules([AS_A_NODE, *rights]), "alice")]
    base = [*_base(_COUNT_BINDINGS, SPACES), *_waiting(), *rest]
    base = [one for one in base if one["metadata"]["name"] != "web"]
    found = _gets([*base, *hold([on])])
    without = _gets(base)
    assert target.format("open") not in without
    assert found[target.format("open")] == ""
    room = f"ResourceQuota full/q has room again (its {_COUNT_BINDINGS} is used up)"
    assert found[target.format("full")] == (room if each else "")
    if each:
        assert GOES in found[target.format("goes")]
