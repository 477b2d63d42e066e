"""Of Secrets never the data: what is asked for, what goes over the wire, what is kept."""

import base64
import json
import pickle

import pytest

from tests.live.api import Api
from tests.live.replies import recorded

CANARY = "CANARY-of-the-live-tests"
ENCODED = base64.b64encode(CANARY.encode()).decode()
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
TOKEN_TYPE = "kubernetes.io/service-account-token"


def secret(name, namespace="shop", **more):
    metadata = {"name": name, "namespace": namespace, **more.pop("metadata", {})}
    data = {"password": ENCODED}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data} | more


def applied(name, namespace="shop"):
    """A Secret as kubectl applies it: with its data in an annotation."""
    whole = json.dumps({"kind": "Secret", "data": {"password": ENCODED}})
    return secret(name, namespace, metadata={"annotations": {APPLIED: whole}})


def planted():
    annotations = {"kubernetes.io/service-account.name": "ci"}
    return Api(
        [
            {"kind": "Namespace", "metadata": {"name": "shop"}},
            {"kind": "Namespace", "metadata": {"name": "pay"}},
            secret("db"),
            secret("empty", data={}),
            secret("card", "pay", type="kubernetes.io/tls"),
            secret("ci-token", type=TOKEN_TYPE, metadata={"annotations": annotations}),
            applied("applied"),
            applied("applied", "pay"),
        ]
    )


def told(found):
    return [(s.metadata.namespace, s.metadata.name, s.type, s.size, s.keys) for s in found.secrets]


TOLD = [
    ("pay", "applied", "Opaque", 1, None),
    ("pay", "card", "kubernetes.io/tls", 1, None),
    ("shop", "applied", "Opaque", 1, None),
    ("shop", "ci-token", TOKEN_TYPE, 1, None),
    ("shop", "db", "Opaque", 1, None),
    ("shop", "empty", "Opaque", 0, ()),
]


def test_no_data_goes_over_the_wire(live):
    api = planted()
    assert told(live(api)) == TOLD
    wire = bytes(api.wire)
    assert b'"data"' not in wire
    assert wire.count(ENCODED.encode()) == 2  # the annotations of what kubectl applied


def test_annotations_that_hold_data_are_not_kept(live):
    found = live(planted())
    kept = repr(found) + pickle.dumps(found).decode("latin-1")
    assert CANARY not in kept
    assert ENCODED not in kept
    assert APPLIED not in kept


def test_without_metadata_nothing_of_it_goes_over_the_wire(live):
    api = planted()
    found = live(api, secret_metadata=False)
    assert sorted(told(found)) == TOLD
    wire = bytes(api.wire)
    assert ENCODED.encode() not in wire
    assert CANARY.encode() not in wire
    assert b'"data"' not in wire
    (token,) = [s for s in found.secrets if s.type == TOKEN_TYPE]
    assert token.metadata.annotations.service_account_name == "ci"
    assert found.is_listed("Secret")
    names, keys = found.diagnostics
    assert (names.code, keys.code) == ("secret-names", "secret-keys")
    assert "Argo CD" in names.message


def test_without_metadata_a_namespace_that_is_refused_is_told_once(live):
    api = planted()
    api.forbid("secrets", "pay")
    found = live(api, secret_metadata=False)
    assert {s.metadata.namespace for s in found.secrets} == {"shop"}
    (error,) = [d for d in found.diagnostics if d.severity == "error"]
    assert error.message.startswith("secrets may not be listed in pay, which hides")
    assert found.collected.forbidden == (("Secret", "pay"),)


def test_what_is_asked_for(live):
    api = planted()
    live(api)
    asked = [r for r in api.requests if r.resource == "secrets"]
    assert [(r.path, r.query["includeObject"]) for r in asked] == [("/api/v1/secrets", "Metadata")]
    assert asked[0].accept == "application/json;as=Table;g=meta.k8s.io;v=v1"
    live(api, secret_metadata=False)
    asked = [r for r in api.requests[len(api.requests) // 2 :] if r.resource == "secrets"]
    for request in asked:
        selected = request.query.get("fieldSelector") == f"type={TOKEN_TYPE}"
        assert request.query["includeObject"] == ("Metadata" if selected else "None")
    assert len(asked) == 4


def test_a_server_that_gives_whole_secrets_is_not_listened_to(live):
    api = planted()

    def whole(request, reply):
        if request.resource == "secrets":
            body = json.dumps({"kind": "SecretList", "metadata": {}, "items": [secret("db")]})
            return reply._replace(body=body.encode())
        return None

    api.faults.append(whole)
    found = live(api)
    assert found.secrets == ()
    assert not found.is_listed("Secret")
    (error,) = [d for d in found.diagnostics if d.severity == "error"]
    assert "the list of secrets broke off: the answer is no list" in error.message
    assert ENCODED not in repr(found)


def test_rows_of_all_namespaces_that_do_not_say_theirs_are_no_list(live):
    api = planted()

    def bare(request, reply):
        if request.resource == "secrets":
            return reply._replace(body=reply.body.replace(b'"object":{', b'"ignored":{'))
        return None

    api.faults.append(bare)
    found = live(api)
    assert found.secrets == ()
    (error,) = [d for d in found.diagnostics if d.severity == "error"]
    assert "the list of secrets broke off: the answer is no list" in error.message


def test_the_table_of_a_real_server(live):
    api = Api([{"kind": "Namespace", "metadata": {"name": "rec-demo"}}])
    for name in ("17-secrets-table-includeObject-Metadata", "16-secrets-table-includeObject-None"):
        body = recorded(name)["response"]["body"]

        def played(request, reply, body=body):
            if request.resource != "secrets" or "fieldSelector" in request.query:
                return None
            return reply._replace(body=json.dumps(body).encode())

        api.faults = [played]
        bare = name.endswith("None")
        found = live(api, secret_metadata=not bare)
        assert len(found.secrets) == (9 if bare else 10)  # tokens are asked for by themselves
        types = {s.metadata.name: (s.type, s.size) for s in found.secrets}
        assert types["app-0"] == ("Opaque", 2)
        assert {s.metadata.namespace for s in found.secrets} == {"rec-demo"}
        assert not any(s.is_bootstrap_token for s in found.secrets)
        if not bare:
            assert types["sa-token"] == (TOKEN_TYPE, 3)
            (token,) = [s for s in found.secrets if s.type == TOKEN_TYPE]
            assert token.metadata.annotations.service_account_name == "default"
            assert "TEFTVEFQUExJRURDQU5BUlk" not in repr(found)


def test_a_406_is_said(live):
    api = planted()
    answer = recorded("27-secrets-406")["response"]

    def refused(request, reply):
        if request.resource != "secrets":
            return None
        return reply._replace(status=406, body=json.dumps(answer["body"]).encode())

    api.faults.append(refused)
    (error,) = [d for d in live(api).diagnostics if d.severity == "error"]
    assert "the list of secrets broke off: 406: Not Acceptable" in error.message


@pytest.mark.parametrize("read", [False, True])
def test_helm_releases_are_read_where_that_is_wanted(live, read):
    release = {
        "name": "web",
        "namespace": "shop",
        "version": 1,
        "info": {"status": "deployed"},
        "manifest": "apiVersion: v1\nkind: Secret\nmetadata: {name: made}\nstringData: "
        f"{{key: {CANARY}}}\n",
    }
    once = base64.b64encode(json.dumps(release).encode())
    twice = base64.b64encode(once).decode()
    name, holder = "sh.helm.release.v1.web.v1", "helm.sh/release.v1"
    api = planted()
    api.add(secret(name, type=holder, data={"release": twice}))
    metadata = {"name": "sh.helm.release.v1.old.v2", "namespace": "pay"}
    data = {"release": once.decode()}
    api.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    found = live(api, helm_releases=read)
    (kept,) = [s for s in found.secrets if s.type == holder]
    (config_map,) = found.config_maps
    whole = [r.path for r in api.requests if r.path.endswith((".v1", ".v2"))]
    if read:
        assert [(s.name, s.keys) for s in kept.release.secrets] == [("made", ("key",))]
        assert [s.name for s in config_map.release.secrets] == ["made"]
        assert whole == [f"/api/v1/namespaces/shop/secrets/{name}", whole[1]]
        assert (kept.keys, found.where(kept)) == (("release",), ("test", 0))
    else:
        assert (kept.release, config_map.release, whole) == (None, None, [])
        assert twice.encode() not in bytes(api.wire)
    assert CANARY not in repr(found)
