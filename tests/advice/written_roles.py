"""Roles and bindings that somebody writes: the objects, the log of it, and what is suggested."""

import io
import json

import msgspec

import rbacgraph as rg
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.needs.needs import needs_of
from rbacgraph.advice.suggest.suggest import suggest
from rbacgraph.authz.authorizer import Authorizer
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


SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n"


def meta(obj):
    return {"name": obj.metadata.name, "namespace": obj.metadata.namespace}


def logged_bytes(*events):
    lines = [json.dumps({"auditID": str(number), **one}) for number, one in enumerate(events)]
    return io.BytesIO("\n".join(lines).encode())


FINALIZERS = PolicyRule(("update",), ("example.org",), ("widgets/finalizers",))


def with_objects(text, *rules):
    parts = held(*(rules or (PolicyRule(("get",), ("",), ("pods",)), FINALIZERS)))
    objects = "".join(f"---\n{json.dumps({**wire(o), 'metadata': meta(o)})}\n" for o in parts)
    return rg.load(io.BytesIO((text + objects).encode()))
