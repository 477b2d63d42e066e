"""Needs as a log of few events shows them, and those of one user."""

import io
import json

from rbacgraph.model.request import Request
from rbacgraph.sources.audit.audit import read_audit

CI = "system:serviceaccount:shop:ci"
GROUPS_OF_CI = ("system:authenticated", "system:serviceaccounts", "system:serviceaccounts:shop")
SECRET = {"resource": "secrets", "namespace": "shop", "name": "db"}
GET = Request("get", resource="secrets", namespace="shop", name="db")


def event(number, user="alice", groups=(), **fields):
    return {
        "auditID": str(number),
        "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/shop/secrets/db",
        "verb": "get",
        "user": {"username": user, "groups": list(groups)},
        "objectRef": SECRET,
        "responseStatus": {"code": 200},
        **fields,
    }


def mined(*events):
    return read_audit(io.BytesIO("\n".join(map(json.dumps, events)).encode()))


def needed(needs, user="alice", groups=("system:authenticated",)):
    (found,) = [one for one in needs.needing if (one.user, one.groups) == (user, groups)]
    return {one.request: one for one in found.needs}
