"""Experiments with one request, rather than with what it leads to."""

from tests.techniques.experiments.cluster import Request


def _secret(verb, name="", namespace="t1"):
    return {"verb": verb, "resource": "secrets", "namespace": namespace, "name": name}


REQUESTS = (
    Request("read-list-holding-get", "get secrets", _secret("list"), False),
    Request("read-list-holding-get-fs", "get secrets", _secret("list", "s1"), False),
    Request("read-get-holding-list", "list secrets", _secret("get", "s1"), False),
    Request("read-list-names-nofs", "list secrets names=s1", _secret("list"), False),
    Request("read-list-names-fs", "list secrets names=s1", _secret("list", "s1"), True),
    Request("read-list-names-fs-other", "list secrets names=s1", _secret("list", "s2"), False),
    Request("read-list-names-empty", "list secrets names=", _secret("list"), True),
    Request(
        "read-list-allns-with-rolebinding",
        "list secrets",
        _secret("list", namespace=""),
        False,
    ),
    Request("read-list-allns", "list secrets @cluster", _secret("list", namespace=""), True),
    Request("read-watch-holding-list", "list secrets", _secret("watch"), False),
    Request("read-watch-names-nofs", "watch secrets names=s1", _secret("watch"), False),
    Request("read-get-named-watch-param", "watch secrets", _secret("get", "s1"), False),
    Request("patch-empty-names", "patch secrets names=s1", _secret("patch", "s1"), True),
    Request("patch-empty-names-other", "patch secrets names=s1", _secret("patch", "s2"), False),
    Request("ssa-existing-create-only", "create secrets", _secret("patch", "s1"), False),
    Request("post-create-names", "create secrets names=x1", _secret("create"), False),
    Request("post-create-names-empty", "create secrets names=", _secret("create"), True),
    Request(
        "deletecollection-holding-delete", "delete secrets", _secret("deletecollection"), False
    ),
    Request(
        "deletecollection-names-fs",
        "deletecollection secrets names=s1",
        _secret("deletecollection"),
        False,
    ),
    Request(
        "deletecollection-names-empty",
        "deletecollection secrets names=",
        _secret("deletecollection"),
        True,
    ),
    Request("delete-names-empty", "delete secrets names=", _secret("delete", "s1"), False),
    Request("vap-control-direct2", "list secrets names=* @cluster", _secret("list", "*"), True),
    Request(
        "nodes-proxy-rolebinding",
        "get nodes/proxy",
        {"verb": "get", "resource": "nodes", "subresource": "proxy", "name": "n1"},
        False,
    ),
    Request(
        "nodes-star-not-proxy",
        "* nodes @cluster",
        {"verb": "get", "resource": "nodes", "subresource": "proxy", "name": "n1"},
        False,
    ),
)
