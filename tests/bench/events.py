"""Audit logs as an API server writes them: two events for each request."""

import gzip
import random
from pathlib import Path

import msgspec

EVENTS = {"XS": 10_000, "S": 100_000, "M": 1_000_000, "L": 3_000_000}
_VERBS = {"get": 200, "list": 200, "watch": 200, "update": 200, "patch": 200, "create": 201}
_RESOURCES = (("", "pods"), ("", "secrets"), ("", "configmaps"), ("apps", "deployments"))


def write_events(path: Path, size: str, seed: int) -> None:
    """Write a log of JSON lines, of a few hundred ServiceAccounts that do the same every day."""
    draw = random.Random(seed)
    calls = [_call(draw) for _ in range(20_000)]
    packed = path.suffix == ".gz"
    with gzip.open(path, "wb", 6) if packed else path.open("wb", 1 << 20) as file:
        for number in range(EVENTS[size] // 2):
            for event in draw.choice(calls):
                received = (
                    f"2026-01-31T{number // 36000 % 24:02}:{number // 600 % 60:02}:00.000000Z"
                )
                event["auditID"] = f"{number:08x}-0000-4000-8000-000000000000"
                event["requestReceivedTimestamp"] = event["stageTimestamp"] = received
                file.write(msgspec.json.encode(event) + b"\n")


def _call(draw: random.Random) -> tuple[dict[str, object], dict[str, object]]:
    home, name = f"team-{draw.randrange(100)}", f"app-{draw.randrange(5)}"
    verb = draw.choice(list(_VERBS))
    group, resource = draw.choice(_RESOURCES)
    ref = {"resource": resource, "namespace": home, "apiVersion": "v1"}
    if group:
        ref["apiGroup"] = group
    if verb not in ("list", "watch"):
        ref["name"] = f"{name}-{draw.randrange(20)}"
    prefix = f"/apis/{group}/v1" if group else "/api/v1"
    event = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": "",
        "stage": "RequestReceived",
        "requestURI": f"{prefix}/namespaces/{home}/{resource}/{ref.get('name', '')}",
        "verb": verb,
        "user": {
            "username": f"system:serviceaccount:{home}:{name}",
            "uid": f"{draw.getrandbits(128):032x}",
            "groups": [
                "system:serviceaccounts",
                f"system:serviceaccounts:{home}",
                "system:authenticated",
            ],
            "extra": {
                "authentication.kubernetes.io/credential-id": [f"JTI={draw.getrandbits(128):032x}"],
                "authentication.kubernetes.io/node-name": [f"node-{draw.randrange(500)}"],
                "authentication.kubernetes.io/pod-name": [f"{name}-{draw.getrandbits(40):010x}"],
            },
        },
        "sourceIPs": ["10.1.2.3"],
        "userAgent": "controller/v1.2.3 (linux/amd64) kubernetes/8e16b12",
        "objectRef": ref,
    }
    reason = f'RBAC: allowed by RoleBinding "{name}/{home}" of Role "{name}" to ServiceAccount'
    annotations = {
        "authorization.k8s.io/decision": "allow",
        "authorization.k8s.io/reason": reason,
    }
    status = {"metadata": {}, "code": _VERBS[verb]}
    done = {
        **event,
        "stage": "ResponseComplete",
        "responseStatus": status,
        "annotations": annotations,
    }
    return event, done
