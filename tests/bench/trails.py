"""CloudTrail as EventBridge writes it: sessions of ServiceAccounts, reads, and all other calls."""

import random
from pathlib import Path

import msgspec

EVENTS = {"XS": 10_000, "S": 100_000, "M": 700_000, "L": 2_000_000}
_ACCOUNT, _REGION = "111122223333", "eu-west-1"
_PROVIDER = f"arn:aws:iam::{_ACCOUNT}:oidc-provider/oidc.eks.{_REGION}.amazonaws.com/id/EXAMPLE"
_OTHERS = ("DescribeInstances", "AssumeRole", "GetObject", "PutMetricData", "ListSecrets")
_SESSIONS = 300
_READS = 3
"""In how many of ten events a secret is read, each with its ``Decrypt``."""


def write_trail(path: Path, size: str, seed: int) -> None:
    """Write one event a line, of 300 ServiceAccounts that renew their sessions now and then."""
    draw = random.Random(seed)
    keys = [""] * _SESSIONS
    with path.open("wb", 1 << 20) as file:
        for number in range(EVENTS[size]):
            at = draw.randrange(_SESSIONS)
            event = _event(draw, number, at)
            if not keys[at] or draw.random() < 1 / 50:
                keys[at] = f"ASIA{number:016}"
                event |= _login(at, keys[at])
            else:
                event["userIdentity"]["accessKeyId"] = keys[at]
            file.write(msgspec.json.encode(event) + b"\n")


def _event(draw: random.Random, number: int, at: int) -> dict[str, object]:
    name, secret = f"app-{at}", f"team-{at % 20}/secret-{draw.randrange(30)}"
    arn = f"arn:aws:secretsmanager:{_REGION}:{_ACCOUNT}:secret:{secret}-AbCd12"
    event: dict[str, object] = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLE{name}:session-{at}",
            "arn": f"arn:aws:sts::{_ACCOUNT}:assumed-role/{name}/session-{at}",
            "accountId": _ACCOUNT,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": f"AROAEXAMPLE{name}",
                    "arn": f"arn:aws:iam::{_ACCOUNT}:role/{name}",
                    "accountId": _ACCOUNT,
                    "userName": name,
                },
                "webIdFederationData": {"federatedProvider": _PROVIDER, "attributes": {}},
                "attributes": {"creationDate": "2026-03-01T00:00:00Z", "mfaAuthenticated": "false"},
            },
        },
        "eventTime": f"2026-03-01T{number // 36000 % 24:02}:{number // 600 % 60:02}:00Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": draw.choice(_OTHERS),
        "awsRegion": _REGION,
        "sourceIPAddress": "10.0.2.9",
        "userAgent": "aws-sdk-go-v2/1.30 os/linux lang/go#1.24 md/GOOS#linux md/GOARCH#amd64",
        "requestParameters": {"filterSet": {"items": [{"name": "vpc-id"}]}, "maxResults": 1000},
        "responseElements": None,
        "requestID": f"{draw.getrandbits(128):032x}",
        "eventID": f"{number:08x}-0000-4000-8000-000000000000",
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": _ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }
    kind = draw.randrange(10)
    if kind < _READS:
        event |= {"eventSource": "secretsmanager.amazonaws.com", "eventName": "GetSecretValue"}
        event["requestParameters"] = {"secretId": draw.choice((secret, arn))}
    elif kind < 2 * _READS:
        event |= {"eventSource": "kms.amazonaws.com", "eventName": "Decrypt"}
        event["requestParameters"] = {"encryptionContext": {"SecretARN": arn}}
    return event


def _login(at: int, key: str) -> dict[str, object]:
    subject = f"system:serviceaccount:team-{at % 20}:app-{at}"
    return {
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRoleWithWebIdentity",
        "userIdentity": {
            "type": "WebIdentityUser",
            "userName": subject,
            "identityProvider": _PROVIDER,
        },
        "requestParameters": {"roleArn": f"arn:aws:iam::{_ACCOUNT}:role/app-{at}"},
        "responseElements": {
            "credentials": {"accessKeyId": key, "sessionToken": "HIDDEN_DUE_TO_SECURITY_REASONS"},
            "subjectFromWebIdentityToken": subject,
            "provider": _PROVIDER,
        },
    }
