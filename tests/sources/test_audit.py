"""The miner finds exactly the calls that were made, in whatever layout the log is kept."""

import gzip
import io
import json
from collections import Counter

import pytest
import zstandard

from rbacgraph.errors import InputError, UsageError
from rbacgraph.sources.audit import audit, tally
from rbacgraph.sources.audit.audit import read_audit

CONSTRAINED = "impersonate:serviceaccount"
FIELDS = ("verb", "group", "resource", "subresource", "namespace", "name", "path")


def event(**fields):
    """One event of alice, who gets a Secret."""
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": "1",
        "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/shop/secrets/db",
        "verb": "get",
        "user": {"username": "alice", "groups": ["devs", "system:authenticated"]},
        "objectRef": {"resource": "secrets", "namespace": "shop", "name": "db"},
        "responseStatus": {"code": 200},
        "requestReceivedTimestamp": "2026-01-31T12:00:00.000000Z",
        "annotations": {"authorization.k8s.io/decision": "allow"},
        **fields,
    }


def mined(*events):
    return read_audit(io.BytesIO("\n".join(map(json.dumps, events)).encode()))


def asked(log, *, allowed=True):
    """Each user's requests in short, with their numbers."""
    return {
        (caller.user, words(call.request)): call.count
        for caller in log.callers
        for call in (caller.allowed if allowed else caller.denied)
    }


def words(request):
    if request.path is not None:
        return f"{request.verb} {request.path}"
    group = f".{request.group}" if request.group else ""
    where = f" {request.namespace}/{request.name}".rstrip("/") if request.namespace else ""
    where = where or f" {request.name}"
    return f"{request.verb} {request.full_resource}{group}{where}".rstrip()


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
    from rbacgraph.sources.audit.wire import decode

    for number in range(50):
        for part in STAGES[:2]:
            miner.take(decode(json.dumps({**part, "auditID": str(number)})))
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


LINES = [event(auditID=str(number)) for number in range(3)]
TEXTS = list(map(json.dumps, LINES))
CLOUDWATCH = [
    {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": text}]} for text in TEXTS
]
LAYOUTS = {
    "lines": "\n".join(TEXTS),
    "CRLF": "\r\n".join([*TEXTS, ""]),
    "blank lines": "\n\n".join([*TEXTS, ""]),
    "byte order mark": "\ufeff" + "\n".join(TEXTS),
    "EventList": json.dumps({"kind": "EventList", "items": LINES}),
    "EventList, indented": json.dumps({"kind": "EventList", "items": LINES}, indent=2),
    "batches": "\n".join(json.dumps({"kind": "EventList", "items": [line]}) for line in LINES),
    "batches, indented": "\n".join(
        json.dumps({"kind": "EventList", "items": [line]}, indent=1) for line in LINES
    ),
    "batches in one line": "".join(json.dumps({"items": [line]}) for line in LINES),
    "array": json.dumps(LINES),
    "array, indented": json.dumps(LINES, indent=4),
    "CloudWatch subscription": "".join(map(json.dumps, CLOUDWATCH)).replace(
        '{"messageType": ', '{"messageType":'
    ),
    "CloudWatch get-log-events": json.dumps(
        {"events": [{"timestamp": 1, "message": text} for text in [*TEXTS, "I0131 klog"]]}, indent=4
    ),
    "Azure Monitor": "\n".join(
        json.dumps({"category": "kube-audit", "properties": {"log": text}}) for text in TEXTS
    ),
    "Azure Event Hub": json.dumps({"records": [{"properties": {"log": text}} for text in TEXTS]}),
    "lines, then a list, then lines": "\n".join(
        [TEXTS[0], json.dumps({"items": LINES[1:2]}, indent=2), TEXTS[2]]
    ),
    "CloudWatch export": "\n".join(f"2026-01-31T12:00:00.000Z {text}" for text in TEXTS),
}


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_reads_every_layout(layout, pack):
    log = read_audit(io.BytesIO(pack(LAYOUTS[layout].encode())))
    assert asked(log) == {("alice", "get secrets shop/db"): 3}
    assert log.diagnostics == ()


def test_reads_globs_and_folders(tmp_path):
    for number, text in enumerate(TEXTS):
        (tmp_path / f"audit-{number}.log").write_text(text)
    assert read_audit(tmp_path / "audit-*.log").requests == 3
    (tmp_path / "x.jsonl").write_text(json.dumps(event(auditID="x")))
    assert read_audit(tmp_path).requests == 4


def test_a_folder_of_logs_as_a_server_rotates_them(tmp_path):
    names = ("audit.log", "audit-2026-01-30T00-00-00.000.log", "audit.log.1", "old.log-20260101")
    for name, text in zip(names, (*TEXTS, json.dumps(event(auditID="x"))), strict=True):
        (tmp_path / name).write_text(text)
    (tmp_path / "audit.log.2.gz").write_bytes(
        gzip.compress(json.dumps(event(auditID="y")).encode())
    )
    (tmp_path / "notes.md").write_text("none")
    log = read_audit(tmp_path)
    assert (log.requests, log.diagnostics) == (5, ())


def test_a_folder_without_logs_is_told(tmp_path):
    (tmp_path / "notes.md").write_text("none")
    (told,) = read_audit(tmp_path).diagnostics
    assert (told.code, told.file) == ("no-audit-events", str(tmp_path))


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


WORD = json.dumps(LINES[:1], indent=0).count("\n") + 1
CUT = json.dumps(LINES, indent=1).rpartition('"auditID"')[0]
CUT_SOONER = json.dumps(LINES[:2], indent=1).rpartition('"auditID"')[0]
DEEP = "[" * 9999 + "]" * 9999
BAD = {
    "zeros after a crash": (f"{TEXTS[0]}\n{chr(0) * 99}\n{TEXTS[1]}", 2, "not-json"),
    "Google's": (
        f'{TEXTS[0]}\n{{"protoPayload": {{}}, "logName": "x"}}\n{TEXTS[1]}',
        2,
        "not-an-audit-event",
    ),
    "a body that is nested deep": (
        "\n".join([TEXTS[0], TEXTS[1][:-1] + f', "requestObject": {DEEP}}}', TEXTS[2]]),
        2,
        "too-deep",
    ),
    "Google's, and a list": (
        f'{TEXTS[0]}\n{{"protoPayload": {{}}, "items": []}}\n{TEXTS[1]}',
        2,
        "not-an-audit-event",
    ),
    "the log of long ago": (f"{TEXTS[0]}\n2016-09-07T13:03 AUDIT: id=1\n{TEXTS[1]}", 2, "not-json"),
    "a word after a list": (
        f"{json.dumps(LINES[:1], indent=1)}\nI0131 klog\n{TEXTS[1]}",
        None,
        "not-json",
    ),
    "cut off": (f"{TEXTS[0]}\n{TEXTS[1][:200]}\n{TEXTS[2]}", 2, "cut-off"),
    "cut off at the end": (f"{TEXTS[0]}\n{TEXTS[1]}\n{TEXTS[2][:99]}", 3, "cut-off"),
    "another object": (f'{TEXTS[0]}\n{TEXTS[1]}\n{{"kind": "Pod"}}', 3, "not-an-audit-event"),
    "another list": (
        f'{TEXTS[0]}\n{{"kind": "PodList", "items": [{{"kind": "Pod"}}]}}\n{TEXTS[1]}',
        2,
        "not-an-audit-event",
    ),
    "a wrong type": (f'{TEXTS[0]}\n{{"auditID": 7}}\n{TEXTS[1]}', 2, "not-an-audit-event"),
    "another log": (f"I0131 12:00 server.go:1\n{TEXTS[0]}\n{TEXTS[1]}", 1, "not-json"),
    "a bare word": (f"{TEXTS[0]}\n7\n{TEXTS[1]}", 2, "not-an-audit-event"),
    "one of a batch": (
        f"{TEXTS[0]}\n{json.dumps({'kind': 'EventList', 'items': [{'auditID': 7}, LINES[1]]})}",
        2,
        "not-an-audit-event",
    ),
    "a word in a list": (json.dumps([LINES[0], 7, LINES[1]], indent=0), WORD, "not-an-audit-event"),
    "one of many nested deep": (
        f'{{"items": [{TEXTS[0]}, {{"requestObject": {DEEP}}}, {TEXTS[1]}]}}',
        1,
        "too-deep",
    ),
    "one of CloudWatch's": (
        json.dumps(
            {"logEvents": [{"message": text} for text in (TEXTS[0], '{"auditID"', TEXTS[1])]}
        ),
        1,
        "cut-off",
    ),
    "a batch that is cut off": (
        f'{{"metadata": {{}}, "items": [{TEXTS[0]},\n{TEXTS[1]}',
        1,
        "cut-off",
    ),
    "an indented list that is cut off": (CUT, CUT.count("\n") - 3, "cut-off"),
    "an indented list that is cut off before another": (
        f"{CUT_SOONER}\n{json.dumps(LINES[2:], indent=1)}",
        None,
        "cut-off",
    ),
    "a list with a word behind it": (
        f"{TEXTS[0]}\n{TEXTS[1]}\n{json.dumps(LINES)} done",
        3,
        "cut-off",
    ),
    "an indented document": (
        f"{json.dumps(LINES[:2], indent=1)}\n[\n" + '{"kind": "Pod"}]',
        None,
        "not-an-audit-event",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_reports_what_is_bad_and_takes_the_rest(case):
    text, line, code = BAD[case]
    log = read_audit(io.BytesIO(text.encode()))
    assert log.requests == 2
    (found,) = log.diagnostics
    assert found.code == code
    assert line in {None, found.line}


@pytest.mark.parametrize("text", ["[" * 9999, '{"a":' * 9999, "{\n" + '{"a":\n' * 9999])
def test_what_is_nested_without_end_is_told(text):
    log = read_audit(io.BytesIO(text.encode()))
    assert log.requests == 0
    assert len(log.diagnostics) > 1


def test_reports_a_damaged_archive():
    data = gzip.compress("\n".join(TEXTS * 500).encode())[:-20]
    log = read_audit(io.BytesIO(data))
    assert "unreadable" in {d.code for d in log.diagnostics}
    assert log.requests == 3


def test_reports_a_file_without_events():
    assert [d.code for d in read_audit(io.BytesIO(b"")).diagnostics] == ["no-audit-events"]


def test_binary_files_are_told_once():
    log = read_audit(
        io.BytesIO(b"audit.log" + b"\0" * 500 + TEXTS[0].encode() + b"\n" + b"x\n" * 9)
    )
    assert [d.code for d in log.diagnostics] == ["binary", "no-audit-events"]


def test_bytes_that_are_no_text():
    log = read_audit(io.BytesIO(TEXTS[0].encode() + b"\n\xff\xfe{\n"))
    assert [d.code for d in log.diagnostics] == ["not-utf-8"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_bytes_that_are_no_text_spoil_one_event_alone(layout):
    text = LAYOUTS[layout].encode()
    inside = text.index(b"alice", text.index(b"alice") + 1) + 1
    log = read_audit(io.BytesIO(text[:inside] + b"\xff" + text[inside:]))
    assert log.requests == 2
    assert {d.code for d in log.diagnostics} == {"not-utf-8"}


def test_refuses_what_is_not_there(tmp_path):
    with pytest.raises(InputError):
        read_audit(tmp_path / "nowhere.log")
    with pytest.raises(UsageError):
        read_audit()


def test_nothing_of_bodies_is_kept():
    body = {"kind": "Secret", "data": {"k": "CANARY"}}
    broken = json.dumps(event(requestObject=body))[:-1]
    log = mined(event(requestObject=body, responseObject=body))
    assert "CANARY" not in repr(log)
    assert "CANARY" not in repr(read_audit(io.BytesIO(broken.encode())))


@pytest.mark.parametrize("alone", [True, False])
def test_an_event_without_an_id_is_said_to_lack_it(tmp_path, alone):
    event = json.loads(TEXTS[0])
    del event["auditID"]
    batch = event if alone else {"kind": "EventList", "items": [json.loads(TEXTS[0]), event]}
    path = tmp_path / "audit.log"
    path.write_text(json.dumps(batch))
    (found,) = (d for d in read_audit(path).diagnostics if d.code == "not-an-audit-event")
    assert found.message.startswith("is an audit event without an auditID")
