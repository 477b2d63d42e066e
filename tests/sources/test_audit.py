"""The miner finds exactly the calls that were made, and by whom."""

import gzip
import io
import json
from collections import Counter

import pytest

from rbacgraph.sources.audit import audit, tally
from rbacgraph.sources.audit.audit import read_audit
from rbacgraph.sources.audit.wire import decode_lines
from tests.sources.audit_events import asked, event, mined

CONSTRAINED = "impersonate:serviceaccount"
FIELDS = ("verb", "group", "resource", "subresource", "namespace", "name", "path")


@pytest.mark.parametrize("number", [1, 2])
def test_finds_the_calls_of_a_real_log(root, number):
    """The truth tells what clients did: each impersonation is an ``impersonate`` there.

    The server let all of them pass as constrained ones, as the log says, and asked for that
    and for a right on the request.
    """
    folder = root / "fixtures" / "audit"
    calls = json.loads(gzip.decompress((folder / f"usage-{number}.truth.json.gz").read_bytes()))
    truth = Counter(
        ((call["user"], *(call[field] for field in FIELDS)), call["code"] != 403)
        for call in calls["calls"]
    )
    users = {call["user"] for call in calls["calls"]}
    log = read_audit(folder / f"usage-{number}.log.gz")
    found, beside = Counter(), Counter()
    for caller in log.callers:
        if caller.user not in users:
            continue
        for call, allowed in [(c, True) for c in caller.allowed] + [
            (c, False) for c in caller.denied
        ]:
            verb, *rest = (getattr(call.request, field) for field in FIELDS)
            if verb.startswith("impersonate-on:serviceaccount:"):
                beside[caller.user] += call.count
                continue
            if verb == CONSTRAINED:
                assert rest[0] == "authentication.k8s.io"
                verb, rest = "impersonate", ["", *rest[1:]]
            key = (caller.user, verb, *rest[:-1], rest[-1] or "")
            found[key, allowed] += call.count
    assert found == truth
    impersonations = Counter()
    for (key, _), count in truth.items():
        if key[1] == "impersonate":
            impersonations[key[0]] += count
    assert beside == impersonations
    assert log.diagnostics == ()


CASES = {
    "a read": ({}, {"get secrets shop/db"}),
    "create drops the name that the body gave": (
        {"verb": "create", "requestURI": "/api/v1/namespaces/shop/secrets?dryRun=All"},
        {"create secrets shop"},
    ),
    "create drops the namespace that the body gave": (
        {
            "verb": "create",
            "requestURI": "/api/v1/namespaces?x=/namespaces/",
            "objectRef": {"resource": "namespaces", "namespace": "a", "name": "a"},
        },
        {"create namespaces"},
    ),
    "create without its URL": (
        {"verb": "create", "requestURI": ""},
        {"create secrets shop"},
    ),
    "a subresource keeps its name": (
        {
            "verb": "create",
            "objectRef": {
                "resource": "pods",
                "subresource": "exec",
                "namespace": "shop",
                "name": "web",
            },
        },
        {"create pods/exec shop/web"},
    ),
    "server-side apply that makes": (
        {"verb": "patch", "responseStatus": {"code": 201}},
        {"patch secrets shop/db", "create secrets shop/db"},
    ),
    "an update that makes": (
        {"verb": "update", "responseStatus": {"code": 201}},
        {"update secrets shop/db", "create secrets shop/db"},
    ),
    "what a proxied server makes": (
        {
            "verb": "update",
            "responseStatus": {"code": 201},
            "objectRef": {
                "resource": "pods",
                "subresource": "proxy",
                "namespace": "shop",
                "name": "web",
            },
        },
        {"update pods/proxy shop/web"},
    ),
    "a list of one name": (
        {"verb": "list", "requestURI": "/api/v1/namespaces/shop/secrets?fieldSelector=x"},
        {"list secrets shop/db"},
    ),
    "a list of all namespaces": (
        {"verb": "watch", "objectRef": {"resource": "secrets"}},
        {"watch secrets"},
    ),
    "deletecollection has no name": (
        {"verb": "deletecollection"},
        {"deletecollection secrets shop"},
    ),
    "a path without its query": (
        {"objectRef": None, "requestURI": "/metrics?a=/b"},
        {"get /metrics"},
    ),
    "quota": ({"responseStatus": {"code": 403}}, {"get secrets shop/db"}),
    "not found": ({"responseStatus": {"code": 404}}, {"get secrets shop/db"}),
    "no annotation": ({"annotations": None}, {"get secrets shop/db"}),
    "a panic": ({"stage": "Panic", "responseStatus": {"code": 500}}, {"get secrets shop/db"}),
    "denied": (
        {"annotations": {"authorization.k8s.io/decision": "forbid"}},
        set(),
    ),
    "403 without annotation": ({"annotations": None, "responseStatus": {"code": 403}}, set()),
    "401": ({"annotations": None, "responseStatus": {"code": 401}, "user": {}}, set()),
    "no response": ({"annotations": None, "responseStatus": None}, set()),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_needed(case):
    fields, expected = CASES[case]
    assert asked(mined(event(**fields))) == {("alice", text): 1 for text in expected}


def test_denied_is_kept_apart():
    log = mined(event(annotations={"authorization.k8s.io/decision": "forbid"}))
    assert asked(log, allowed=False) == {("alice", "get secrets shop/db"): 1}


IMPERSONATED = {
    "a user": (
        {"username": "bob", "groups": ["system:authenticated"]},
        "",
        {"impersonate users bob"},
    ),
    "groups": (
        {"username": "bob", "groups": ["ops", "system:authenticated"]},
        "",
        {"impersonate users bob", "impersonate groups ops"},
    ),
    "a ServiceAccount": (
        {
            "username": "system:serviceaccount:shop:ci",
            "groups": [
                "system:serviceaccounts",
                "system:serviceaccounts:shop",
                "system:authenticated",
            ],
        },
        "",
        {"impersonate serviceaccounts shop/ci"},
    ),
    "a ServiceAccount with other groups": (
        {
            "username": "system:serviceaccount:shop:ci",
            "groups": ["system:serviceaccounts", "system:authenticated"],
        },
        "",
        {"impersonate serviceaccounts shop/ci", "impersonate groups system:serviceaccounts"},
    ),
    "uid and extra": (
        {"username": "bob", "uid": "7", "extra": {"scopes": ["view"]}},
        "",
        {
            "impersonate users bob",
            "impersonate uids.authentication.k8s.io 7",
            "impersonate userextras/scopes.authentication.k8s.io view",
        },
    ),
    "constrained": (
        {"username": "bob", "groups": ["ops", "system:authenticated"]},
        "impersonate:user-info",
        {
            "impersonate:user-info users.authentication.k8s.io bob",
            "impersonate:user-info groups.authentication.k8s.io ops",
            "impersonate-on:user-info:get secrets shop/db",
        },
    ),
    "any node": (
        {"username": "system:node:n1", "groups": ["system:nodes", "system:authenticated"]},
        "impersonate:arbitrary-node",
        {
            "impersonate:arbitrary-node nodes.authentication.k8s.io n1",
            "impersonate-on:arbitrary-node:get secrets shop/db",
        },
    ),
    "its own node": (
        {"username": "system:node:n1", "groups": ["system:nodes", "system:authenticated"]},
        "impersonate:associated-node",
        {
            "impersonate:associated-node nodes.authentication.k8s.io *",
            "impersonate-on:associated-node:get secrets shop/db",
        },
    ),
}


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("case", IMPERSONATED)
def test_impersonation_is_seen_through(case, allowed):
    other, constraint, expected = IMPERSONATED[case]
    log = mined(
        event(
            impersonatedUser=other,
            authenticationMetadata={"impersonationConstraint": constraint},
            annotations={"authorization.k8s.io/decision": "allow" if allowed else "forbid"},
        )
    )
    own = {text for user, text in asked(log) if user == "alice"}
    assert own == expected
    theirs = asked(log, allowed=allowed)
    assert theirs[other["username"], "get secrets shop/db"] == 1


def test_groups_are_learned_from_those_who_are_themselves():
    log = mined(
        event(auditID="1", user={"username": "bob", "groups": ["ops"]}),
        event(auditID="2", user={"username": "bob", "groups": ["ops", "night"]}),
        event(auditID="3", impersonatedUser={"username": "bob", "groups": ["ops", "root"]}),
    )
    bob = next(caller for caller in log.callers if caller.user == "bob")
    assert (bob.groups, bob.borrowed) == (("night", "ops"), ("root",))


STAGES = [
    event(stage="RequestReceived", annotations=None, responseStatus=None),
    event(stage="ResponseStarted"),
    event(stage="ResponseComplete"),
]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2), (1,), (2, 2), (2, 0), (1, 0)])
def test_a_request_counts_once(order):
    log = mined(*(STAGES[place] for place in order))
    assert asked(log) == {("alice", "get secrets shop/db"): 1}
    assert (log.requests, log.undecided) == (1, 0)


def test_a_request_without_an_answer_is_undecided():
    log = mined(STAGES[0])
    assert (log.requests, log.undecided, log.callers) == (0, 1, ())
    assert "the outcome of 1 request:" in str(log.blind_spots[0])


def test_what_is_remembered_of_requests_is_bounded(monkeypatch):
    monkeypatch.setattr(audit, "_REMEMBERED", 3)
    miner = audit.AuditReducer()
    for number in range(50):
        for part in STAGES[:2]:
            miner.take(decode_lines(json.dumps({**part, "auditID": str(number)}).encode()))
            assert len(miner._pending) <= 3
    assert len(miner._counted) + len(miner._counted_before) <= 8


def test_what_is_remembered_of_names_is_bounded(monkeypatch):
    monkeypatch.setattr(tally, "_MOST", 3)
    refs = [
        {"resource": "pods", "namespace": "shop", "name": f"p{n}"} for n in (0, 1, 2, 3, 4, 1, 3)
    ]
    log = mined(*(event(auditID=str(n), objectRef=ref) for n, ref in enumerate(refs)))
    assert asked(log) == {
        ("alice", "get pods shop/p0"): 1,
        ("alice", "get pods shop/p1"): 2,
        ("alice", "get pods shop/p2"): 1,
        ("alice", "get pods shop"): 3,
    }
    assert log.unnamed == 3
    assert "the names of 3 requests: the log has too many" in map(str, log.blind_spots)


def test_what_is_remembered_of_paths_is_bounded(monkeypatch):
    monkeypatch.setattr(tally, "_MOST", 1)
    paths = ("/a", "/b", "/c", "/a")
    log = mined(*(event(auditID=str(n), objectRef=None, requestURI=p) for n, p in enumerate(paths)))
    assert asked(log) == {("alice", "get /a"): 2, ("alice", "get *"): 2}


def test_an_id_that_a_client_chose_hides_nothing():
    """The header Audit-ID is the client's."""
    log = mined(event(), event(requestURI="/x", objectRef=None))
    assert len(asked(log)) == 2


def test_tells_the_window():
    times = [f"2026-01-{day}T12:00:00.000000Z" for day in (20, 10, 15)]
    log = mined(*(event(auditID=str(n), requestReceivedTimestamp=t) for n, t in enumerate(times)))
    assert (log.first, log.last) == (times[1], times[0])
    assert log.callers[0].allowed[0].last == times[0]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"verb": "delete"}, "reads: there are none"),
        (
            {"objectRef": {"resource": "pods", "subresource": "exec", "name": "x"}},
            "since Kubernetes 1.35",
        ),
        ({}, "watches that ended after the log"),
        ({}, "checks for approve, attest, bind, escalate, sign, use"),
    ],
)
def test_tells_what_it_cannot_show(fields, words):
    assert any(words in str(spot) for spot in mined(event(**fields)).blind_spots)


REFS = {
    "/api/v1/namespaces/shop/secrets/db?x=1": ("secrets", "", "shop", "db", ""),
    "/api/v1/namespaces/shop/pods/web/log": ("pods", "log", "shop", "web", ""),
    "/api/v1/namespaces/shop": ("namespaces", "", "shop", "shop", ""),
    "/api/v1/namespaces/shop/status": ("namespaces", "status", "shop", "shop", ""),
    "/api/v1/namespaces": ("namespaces", "", "", "", ""),
    "/api/v1/watch/namespaces/shop/pods": ("pods", "", "shop", "", ""),
    "/apis/apps/v1/deployments": ("deployments", "", "", "", "apps"),
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab": (
        *("clusterroles", "", "", "a:b", "rbac.authorization.k8s.io"),
    ),
}


@pytest.mark.parametrize("url", REFS)
def test_where_the_object_is_missing_the_url_tells_it(url):
    log = mined(event(objectRef=None, requestURI=url))
    (call,) = log.callers[0].allowed
    r = call.request
    assert (r.resource, r.subresource, r.namespace, r.name, r.group) == REFS[url]
    assert r.path is None


@pytest.mark.parametrize("path", ["/api", "/api/v1", "/apis/apps/v1", "/metrics", "/a%20b/", "/"])
def test_what_is_a_path_alone_stays_one(path):
    (call,) = mined(event(objectRef=None, requestURI=path)).callers[0].allowed
    assert call.request.path == path.replace("%20", " ")


def test_what_is_no_time_tells_no_window():
    times = ("2026-01-20T12:00:00.000000Z", "garbage", "", "2026-01-10T12:00:00.000000Z")
    log = mined(*(event(auditID=str(n), requestReceivedTimestamp=t) for n, t in enumerate(times)))
    assert (log.requests, log.first, log.last) == (4, times[3], times[0])


def test_nothing_of_bodies_is_kept():
    body = {"kind": "Secret", "data": {"k": "CANARY"}}
    broken = json.dumps(event(requestObject=body))[:-1]
    log = mined(event(requestObject=body, responseObject=body))
    assert "CANARY" not in repr(log)
    assert "CANARY" not in repr(read_audit(io.BytesIO(broken.encode())))


@pytest.mark.parametrize("body", ["requestObject", "responseObject"])
def test_what_waits_for_its_last_stage_has_no_body(body):
    miner = audit.AuditReducer()
    waits = event(stage="ResponseStarted", **{body: {"kind": "Secret"}})
    miner.take(decode_lines(json.dumps(waits).encode()))
    (kept,) = miner._pending.values()
    assert (bytes(kept.request_object), bytes(kept.response_object)) == (b"", b"")
