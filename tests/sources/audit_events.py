"""Events of an audit log, and what the miner says of them in short."""

import io
import json

from rbacgraph.sources.audit.audit import read_audit


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
