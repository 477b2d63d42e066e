"""Logs of stores: exactly the recorded reads, in any order, split, packed, and doubled."""

import gzip
import io
import json
from functools import cache
from pathlib import Path
from random import Random

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.sources.audit.audit import read_audit
from rbacgraph.sources.audit.stores import reducer
from tests.tables import each_of

LOGS = Path("fixtures/stores/audit")
STORES = ("cloudtrail", "openbao", "keyvault", "gcp")


def shown(log):
    """Each row in short: the reads, the refusals, and when the last read was."""
    found = {}
    for one in log.stores:
        kind, _, path, below, _ = one.secret
        secret = f"{'below ' if below else ''}{kind}:{path}"
        reads, refused, last = found.get((one.who, secret), (0, 0, ""))
        row = (reads + one.reads, refused + one.refused, max(last, one.last))
        found[one.who, secret] = row
    return found


def truth(store):
    rows = json.loads((LOGS / store / "truth.json").read_text())["rows"]
    return {
        tuple(key.split(" | ")): (row["reads"], row["refused"], row.get("last_read", True) or "")
        for key, row in rows.items()
    }


def assert_true(log, store):
    found, expected = shown(log), truth(store)
    assert found.keys() == expected.keys()
    for key, (reads, refused, last) in expected.items():
        assert found[key][:2] == (reads, refused), key
        assert last is True or found[key][2] == last, key


def files(store):
    return sorted(path for path in (LOGS / store).iterdir() if path.name != "truth.json")


@cache
def events(store):
    """Every event of a store's log, each as one line, the broken one left out."""
    found = []
    for path in files(store):
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        try:
            documents = [json.loads(text)]
        except json.JSONDecodeError:
            documents = [parsed for line in text.splitlines() if (parsed := tried(line))]
        for one in documents:
            batch = one if isinstance(one, list) else [one]
            for key in ("Records", "Events", "records"):
                batch = one[key] if isinstance(one, dict) and key in one else batch
            found += map(json.dumps, batch)
    return found


def tried(line):
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None


def of_lines(*lines):
    return read_audit(io.BytesIO("\n".join(lines).encode()))


def of(*found):
    return of_lines(*map(json.dumps, found))


@each_of(STORES)
def test_rows_are_the_recorded_ones(store):
    log = read_audit(*files(store))
    assert_true(log, store)
    assert (log.events, log.callers) == (0, ())
    codes = [(Path(one.file).name, one.line, one.code) for one in log.diagnostics]
    assert codes == ([("events.jsonl", 43, "cut-off")] if store == "cloudtrail" else [])


@each_of(STORES)
@given(st.randoms(use_true_random=False), st.integers(1, 5))
def test_order_files_and_packing_do_not_matter(store, random, number):
    """Every event as a line of its own, some of them twice, in files of each packing."""
    lines = list(events(store))
    lines += random.sample(lines, len(lines) // 3)
    random.shuffle(lines)
    parts = [lines[start::number] for start in range(number)]
    packed = []
    for part in parts:
        data = "\n".join(part).encode()
        pack = random.choice([bytes, gzip.compress, zstandard.ZstdCompressor().compress])
        packed.append(io.BytesIO(pack(data)))
    log = read_audit(*packed)
    assert_true(log, store)
    assert log.diagnostics == ()


@each_of(STORES)
def test_layouts_do_not_matter(store):
    whole = list(map(json.loads, events(store)))
    for indent in (None, 1):
        assert_true(read_audit(io.BytesIO(json.dumps(whole, indent=indent).encode())), store)


def test_all_stores_and_the_api_server_in_one_stream():
    """Each line is of the log whose shape it has."""
    own = Path("fixtures/audit/shop.log").read_text().splitlines()
    lines = [line for group in map(events, STORES) for line in group] + own
    log = of_lines(*lines[1::2], *lines[::2])
    expected = {key: row for store in STORES for key, row in truth(store).items()}
    assert {key: row[:2] for key, row in shown(log).items()} == {
        key: row[:2] for key, row in expected.items()
    }
    assert log.callers == read_audit("fixtures/audit/shop.log").callers
    assert log.diagnostics == ()


def test_rotated_files_of_a_folder_are_read(tmp_path):
    lines = events("openbao")
    (tmp_path / "audit.log").write_text("\n".join(lines[100:]))
    (tmp_path / "audit.log.1.gz").write_bytes(gzip.compress("\n".join(lines[:110]).encode()))
    assert_true(read_audit(tmp_path), "openbao")


def test_a_trail_that_is_cut_off_keeps_what_came_before(tmp_path):
    (packed,) = (path for path in files("cloudtrail") if path.suffix == ".gz")
    records = json.loads(gzip.decompress(packed.read_bytes()))["Records"]
    cut = json.dumps({"Records": records})[:-40]
    (tmp_path / "cut.json").write_text(cut)
    log = read_audit(tmp_path / "cut.json")
    assert shown(log) == shown(of(*records[:-1]))
    assert [(one.line, one.code) for one in log.diagnostics] == [(1, "cut-off")]


def test_no_key_token_or_value_is_in_the_answer():
    log = read_audit(*(path for store in STORES for path in files(store)))
    text = repr(log)
    assert not any(word in text for word in ("ASIA", "AKIA", "hmac-sha256", "HIDDEN"))


@pytest.mark.parametrize("store", STORES)
def test_what_is_remembered_is_bounded(store, monkeypatch):
    """Logs in order are counted the same with a memory for a few events and sessions."""
    for name in ("_REMEMBERED", "_WAITING", "_MOST_SHARED"):
        monkeypatch.setattr(reducer, name, 64)
    lines = sorted(dict.fromkeys(events(store)), key=time_of)
    assert_true(of_lines(*lines), store)


def time_of(line):
    event = json.loads(line)
    event = event.get("detail") or json.loads(event.get("CloudTrailEvent", "null")) or event
    return next(event[key] for key in ("eventTime", "time", "timestamp") if key in event)


# --- AWS -------------------------------------------------------------------------------

ACCOUNT, REGION = "111122223333", "eu-west-1"
ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example/id/A"
NUMBERS = iter(range(10**9))


def trail(name, source="secretsmanager", /, *, user=None, given=None, **fields):
    """An event of CloudTrail; other names are fields of the request."""
    own = {key: fields.pop(key) for key in ("errorCode", "errorMessage") if key in fields}
    shared = {"sharedEventID": fields.pop("shared")} if "shared" in fields else {}
    return {
        "eventID": str(next(NUMBERS)),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "eventTime": "2026-03-01T10:00:00Z",
        "awsRegion": REGION,
        "recipientAccountId": ACCOUNT,
        "userIdentity": session("ASIA1") if user is None else user,
        "requestParameters": fields or None,
        "responseElements": given,
        **own,
        **shared,
    }


def decrypt(arn, user=None):
    by_service = {**session("ASIA1"), "invokedBy": "secretsmanager.amazonaws.com"}
    return trail("Decrypt", "kms", user=user or by_service, encryptionContext={"SecretARN": arn})


def session(key, role=ROLE):
    return {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/x",
        "accessKeyId": key,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role}},
    }


def began(key, subject="system:serviceaccount:shop:api", provider=PROVIDER):
    return trail(
        *("AssumeRoleWithWebIdentity", "sts"),
        user={"type": "WebIdentityUser", "userName": subject, "identityProvider": provider},
        given={"credentials": {"accessKeyId": key}, "subjectFromWebIdentityToken": subject},
        roleArn=ROLE,
    )


def assumed(key, *, by, **asked):
    given = {"credentials": {"accessKeyId": key}}
    return trail("AssumeRole", "sts", user=by, given=given, **asked)


POD_IDENTITY = assumed(
    "ASIA1",
    by={"type": "AWSService", "invokedBy": "pods.eks.amazonaws.com"},
    tags=[
        {"key": "kubernetes-namespace", "value": "shop"},
        {"key": "kubernetes-service-account", "value": "pod"},
    ],
)
READ = trail("GetSecretValue", secretId="db")
DB = "aws:secretsmanager/db"
API, APP = "sa:shop/api", f"aws-role:{ROLE}"
PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter"
AS = {
    "a session": ([began("ASIA1"), READ], {(API, DB): (1, 0)}),
    "a session that began later": ([READ, began("ASIA1")], {(API, DB): (1, 0)}),
    "another session": ([began("ASIA2"), READ], {(APP, DB): (1, 0)}),
    "no ServiceAccount": ([began("ASIA1", "repo:org/x"), READ], {(APP, DB): (1, 0)}),
    "EKS Pod Identity": ([POD_IDENTITY, READ], {("sa:shop/pod", DB): (1, 0)}),
    "a role of a session": (
        [READ, assumed("ASIA1", by=session("ASIA0")), began("ASIA0")],
        {(API, DB): (1, 0)},
    ),
    "a role of a user": (
        [assumed("ASIA1", by={"type": "IAMUser", "accessKeyId": "AKIA0", "arn": "u"}), READ],
        {(APP, DB): (1, 0)},
    ),
    "sessions in a circle": (
        [assumed("ASIA1", by=session("ASIA0")), assumed("ASIA0", by=session("ASIA1")), READ],
        {(APP, DB): (1, 0)},
    ),
    "a role whose session says it alone": (
        [trail("GetSecretValue", user={**session("K"), "sessionContext": {}}, secretId="db")],
        {(APP, DB): (1, 0)},
    ),
    "a federated user": (
        [
            trail(
                "GetSecretValue",
                user={
                    "type": "FederatedUser",
                    "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/x",
                    "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:user/x"}},
                },
                secretId="db",
            )
        ],
        {(f"aws-user:arn:aws:iam::{ACCOUNT}:user/x", DB): (1, 0)},
    ),
    "the root of an account": (
        [trail("GetSecretValue", user={"type": "Root", "accountId": ACCOUNT}, secretId="db")],
        {(f"aws-account:{ACCOUNT}", DB): (1, 0)},
    ),
    "an ARN with and without its letters": (
        [READ, *(trail("GetSecretValue", secretId=ARN + name) for name in ("db", "db-AbCd12"))],
        {(APP, DB): (3, 0)},
    ),
    "letters that a name ends in, by a name": (
        [trail("GetSecretValue", secretId=name) for name in ("a-secret", f"{ARN}a-secret")],
        {(APP, "aws:secretsmanager/a-secret"): (2, 0)},
    ),
    "letters that a name ends in, by its whole ARN": (
        [
            trail("GetSecretValue", secretId=f"{ARN}a-secret"),
            decrypt(f"{ARN}a-secret-AbCd12"),
        ],
        {(APP, "aws:secretsmanager/a-secret"): (1, 0)},
    ),
    "letters that a name ends in, before other letters": (
        [trail("GetSecretValue", secretId=f"{ARN}a-secret{end}") for end in ("", "-AbCd12")],
        {(APP, "aws:secretsmanager/a-secret"): (2, 0)},
    ),
    "letters of AWS, by its whole ARN": (
        [
            trail("GetSecretValue", secretId=f"{ARN}a-secret"),
            decrypt(f"{ARN}a-secret"),
        ],
        {(APP, "aws:secretsmanager/a"): (1, 0)},
    ),
    "letters that a caller of KMS made up": (
        [
            trail("GetSecretValue", secretId=f"{ARN}a-secret"),
            decrypt(f"{ARN}a-secret-AbCd12", user=session("ASIA1")),
        ],
        {(APP, "aws:secretsmanager/a"): (1, 0)},
    ),
    "a refusal without parameters": (
        [
            trail(
                "GetSecretValue",
                errorCode="AccessDenied",
                errorMessage=f"User: x is not authorized to perform: y on resource: {ARN}db-AbCd12"
                " because no identity-based policy allows it",
            )
        ],
        {(APP, DB): (0, 1)},
    ),
    "no such secret": (
        [trail("GetSecretValue", secretId="db", errorCode="ResourceNotFoundException")],
        {},
    ),
    "what reads nothing": (
        [
            trail("DescribeSecret", secretId="db"),
            trail("BatchGetSecretValue", secretIdList=["db"]),
            trail("ListSecrets"),
            trail("GetSecretValue"),
            trail("GetSecretValue", "imaginary", secretId="db"),
            trail("GetParameter", "ssm", name="/db"),
            trail("GetParameter", "ssm", name="/db", withDecryption=False),
            trail(
                "GetParameter", "ssm", name="/aws/reference/secretsmanager/db", withDecryption=True
            ),
        ],
        {},
    ),
    "parameters": (
        [
            trail("GetParameter", "ssm", name="/db:3", withDecryption=True),
            trail("GetParameters", "ssm", names=["/db", "x"], withDecryption="true"),
            trail("GetParameterHistory", "ssm", name=f"{PARAMETER}/db", withDecryption=True),
            trail("GetParametersByPath", "ssm", path="/", withDecryption=True),
        ],
        {
            (APP, "aws:ssm/db"): (3, 0),
            (APP, "aws:ssm/x"): (1, 0),
            (APP, "below aws:ssm/"): (1, 0),
        },
    ),
    "one event in the logs of two accounts": (
        [
            trail("GetSecretValue", user={"type": "AWSAccount"}, secretId=f"{ARN}db", shared="s"),
            trail("GetSecretValue", secretId=f"{ARN}db-AbCd12", shared="s"),
            trail("GetSecretValue", user={"type": "AWSAccount"}, secretId=f"{ARN}db", shared="s"),
        ],
        {(APP, DB): (1, 0)},
    ),
    "text of Lake in place of objects": (
        [
            {
                **READ,
                "eventTime": "2026-03-01 10:00:00.000",
                "requestParameters": json.dumps({"secretId": "db"}),
                "userIdentity": json.dumps(session("ASIA1")),
            }
        ],
        {(APP, DB): (1, 0)},
    ),
    "a user that is none": ([{**READ, "userIdentity": 7}], {("aws-account:", DB): (1, 0)}),
}


@pytest.mark.parametrize("case", AS)
def test_reads_of_aws(case):
    given, expected = AS[case]
    for events_of in (given, given[::-1]):
        log = of(*events_of)
        assert {key: row[:2] for key, row in shown(log).items()} == expected
        assert all(
            last == "2026-03-01T10:00:00Z" for reads, _, last in shown(log).values() if reads
        )


def test_the_issuer_of_a_session_is_kept():
    (read,) = of(began("ASIA1"), READ).stores
    assert (read.issuer, read.role) == ("oidc.example/id/A", APP)


def test_secrets_of_two_regions_are_two():
    (one, other) = of(READ, {**READ, "eventID": "other", "awsRegion": "us-east-1"}).stores
    assert {one.secret.address, other.secret.address} == {
        f"{ACCOUNT}/{REGION}",
        f"{ACCOUNT}/us-east-1",
    }


# --- Vault -----------------------------------------------------------------------------

BOB = {"display_name": "userpass-bob", "metadata": {"username": "bob"}, "accessor": "hmac-b"}
OF_ACCOUNT = {"service_account_namespace": "shop", "service_account_name": "api"}
SA = {"display_name": "kubernetes-shop-api", "metadata": OF_ACCOUNT, "accessor": "hmac-s"}
VALUE = {"data": {"v": "hmac-sha256:1"}}
DENIED = {"error": "1 error occurred:\n\t* permission denied\n\n"}


def device(path, *, auth=BOB, mount="kv/", kind="kv", answer=None, **fields):
    """The response of the file device."""
    request = {
        "id": str(next(NUMBERS)),
        "operation": "read",
        "path": path,
        "mount_point": mount,
        "mount_type": kind,
    }
    request |= fields.pop("request", {})
    response = VALUE if answer is None else answer
    return {
        "type": "response",
        "time": "2026-03-01T10:00:00.1Z",
        "auth": auth,
        "request": request,
        "response": response,
        **fields,
    }


def login(made, path="auth/x/login", kind="kubernetes", auth=None, mount="auth/x/"):
    return device(
        path,
        auth=auth or {},
        mount=mount,
        kind=kind,
        answer={"auth": made},
        request={"operation": "update"},
    )


LEASE = {**VALUE, "secret": {"lease_id": ""}}
FORGED = {"display_name": "approle", "metadata": {**OF_ACCOUNT, "role_name": "ci"}, "accessor": "f"}
CHILD = {"display_name": "token", "metadata": {}, "accessor": "c"}
KV = "vault:kv/data/db"
IN_VAULT = {
    "a user": ([device("kv/data/db")], {("vault:userpass/bob", KV): (1, 0)}),
    "metadata": ([device("kv/data/db", auth=SA)], {(API, KV): (1, 0)}),
    "metadata that AppRole's caller chose": (
        [device("kv/data/db", auth=FORGED)],
        {("vault:approle/ci", KV): (1, 0)},
    ),
    "metadata that the maker of a token chose": (
        [device("kv/data/db", auth={**CHILD, "metadata": OF_ACCOUNT})],
        {("vault:token", KV): (1, 0)},
    ),
    "metadata of a login that is none of a ServiceAccount": (
        [device("kv/data/db", auth=SA), login(SA, kind="cert")],
        {("vault:x/kubernetes-shop-api", KV): (1, 0)},
    ),
    "a login whose token has no metadata": (
        [login(SA), device("kv/data/db", auth={**SA, "metadata": None})],
        {(API, KV): (1, 0)},
    ),
    "a subject as name": (
        [device("kv/data/db", auth={"display_name": "jwt-system:serviceaccount:shop:api"})],
        {(API, KV): (1, 0)},
    ),
    "a token of a ServiceAccount's token": (
        [
            device("kv/data/db", auth=CHILD),
            login(CHILD, "auth/token/create", "token", auth=SA),
            login(SA),
        ],
        {(API, KV): (1, 0)},
    ),
    "a renewed token": (
        [
            device("kv/data/db", auth=CHILD),
            login(CHILD, "auth/token/create", "token", auth=SA),
            login(CHILD, "auth/token/renew-self", "token", auth=CHILD),
            login(CHILD, "auth/token/renew", "token", auth=BOB),
            login(SA),
        ],
        {(API, KV): (1, 0)},
    ),
    "a token of a user's token": (
        [device("kv/data/db", auth=CHILD), login(CHILD, "auth/token/create", "token", auth=BOB)],
        {("vault:token", KV): (1, 0)},
    ),
    "no token that the server knows": ([device("kv/data/db", auth={}, **DENIED)], {}),
    "a refusal": ([device("kv/data/db", **DENIED)], {("vault:userpass/bob", KV): (0, 1)}),
    "another error": ([device("kv/data/db", error="internal error")], {}),
    "a request that was not answered": (
        [{**device("kv/data/db"), "type": "request", "response": None}],
        {},
    ),
    "a wrapped value": (
        [device("kv/data/db", answer={"wrap_info": {"ttl": 60}})],
        {("vault:userpass/bob", KV): (1, 0)},
    ),
    "no secret": ([device("kv/data/db", answer={})], {}),
    "a deleted version": (
        [device("kv/data/db", answer={"data": {"http_status_code": 404, "http_raw_body": "h"}})],
        {},
    ),
    "version 2 beside data": (
        [
            device(f"kv/{name}/db", **more)
            for name in ("metadata", "subkeys")
            for more in ({}, DENIED)
        ],
        {},
    ),
    "version 1 with the same words": (
        [device("old/metadata/db", mount="old/", answer=LEASE)],
        {("vault:userpass/bob", "vault:old/metadata/db"): (1, 0)},
    ),
    "a list": ([device("kv/metadata/", request={"operation": "list"})], {}),
    "a write": ([device("kv/data/db", request={"operation": "update"})], {}),
    "another engine": ([device("db/creds/x", mount="db/", kind="database")], {}),
    "a server that names no engine": (
        [device(path, mount="", kind="") for path in ("kv/data/db", "kv/metadata/db", "sys/x")],
        {("vault:userpass/bob", KV): (1, 0)},
    ),
    "a namespace": (
        [device("kv/data/db", request={"namespace": {"id": "1", "path": "team/"}})],
        {("vault:userpass/bob", "vault:team/kv/data/db"): (1, 0)},
    ),
    "both lines of a refusal": (
        [
            {**device("kv/data/db", request={"id": "1"}, **DENIED), "type": kind}
            for kind in ("request", "response")
        ],
        {("vault:userpass/bob", KV): (0, 1)},
    ),
}


@pytest.mark.parametrize("case", IN_VAULT)
def test_reads_of_vault(case):
    given, expected = IN_VAULT[case]
    for events_of in (given, given[::-1]):
        assert {key: row[:2] for key, row in shown(of(*events_of)).items()} == expected


# --- Azure and Google ------------------------------------------------------------------

BLOB = {
    "time": "2026-03-01T10:00:00.1234567Z",
    "category": "AuditEvent",
    "correlationId": "c",
    "operationName": "SecretGet",
    "identity": {"claim": {"oid": "o-1"}},
    "properties": {"id": "https://Shop-KV.vault.azure.net/secrets/DB/0123", "httpStatusCode": 200},
}
COLUMNS = {
    "TimeGenerated": "2026-03-01T10:00:00.123Z",
    "Category": "AuditEvent",
    "OperationName": "SecretGet",
    "CorrelationId": "c",
    "identity_claim_oid_g": "o-1",
    "id_s": "https://shop-kv.vault.azure.net/secrets/db",
    "httpStatusCode_d": "200",
}
FEW = {"TimeGenerated": COLUMNS["TimeGenerated"], "Category": "AuditEvent"}
READER, SECRET = "azure-identity:o-1", "azure:shop-kv/db"
IN_AZURE = {
    "a blob": ([BLOB], (1, 0)),
    "columns": ([COLUMNS], (1, 0)),
    "columns as the API prints them": ([{**COLUMNS, "httpStatusCode_d": 200.0}], (1, 0)),
    "both of one event": ([BLOB, COLUMNS], (1, 0)),
    "two events": ([BLOB, {**COLUMNS, "CorrelationId": "d"}], (2, 0)),
    "two events without correlation": (
        [
            {**BLOB, "correlationId": ""},
            {**BLOB, "correlationId": "", "time": "2026-03-01T10:00:01Z"},
        ],
        (2, 0),
    ),
    "a refusal without id": (
        [{**COLUMNS, "id_s": None, "requestUri_s": COLUMNS["id_s"], "httpStatusCode_d": 403}],
        (0, 1),
    ),
    "another operation": ([{**BLOB, "operationName": "SecretList"}, FEW], None),
    "no login": ([{**COLUMNS, "httpStatusCode_d": "401"}], None),
    "no status": ([{**COLUMNS, "httpStatusCode_d": "?"}], None),
    "no identity": ([{**BLOB, "identity": {}}], None),
}


@pytest.mark.parametrize("case", IN_AZURE)
def test_reads_of_azure(case):
    given, row = IN_AZURE[case]
    log = of(*given)
    assert {key: found[:2] for key, found in shown(log).items()} == (
        {(READER, SECRET): row} if row else {}
    )
    assert log.diagnostics == ()


POOL = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools"
SUBJECTS = {
    "google:a@example.com": {"principalEmail": "a@example.com"},
    "sa:shop/api": {"principalSubject": f"{POOL}/p.svc.id.goog/subject/ns/shop/sa/api"},
    "sa:shop/far": {"principalSubject": f"{POOL}/own/subject/system:serviceaccount:shop:far"},
    f"google:{POOL}/own/subject/repo:x": {"principalSubject": f"{POOL}/own/subject/repo:x"},
    "sa:batch/imp": {
        "principalEmail": "r@p.iam.gserviceaccount.com",
        "serviceAccountDelegationInfo": [
            {"principalSubject": "serviceAccount:p.svc.id.goog[batch/imp]"},
            {"principalSubject": "serviceAccount:other@p.iam.gserviceaccount.com"},
        ],
    },
}


def entry(who, *, code=None, method="AccessSecretVersion", service="secretmanager.googleapis.com"):
    return {
        "logName": "projects/p/logs/x",
        "timestamp": "2026-03-01T10:00:00Z",
        "insertId": str(next(NUMBERS)),
        "resource": {"labels": {"project_id": "p"}},
        "protoPayload": {
            "serviceName": service,
            "methodName": f"google.cloud.secretmanager.v1.SecretManagerService.{method}",
            "resourceName": "projects/1/secrets/db/versions/latest",
            "status": {"code": code} if code else {},
            "authenticationInfo": who,
        },
    }


@pytest.mark.parametrize("who", SUBJECTS)
def test_reads_of_google(who):
    known = SUBJECTS[who]
    log = of(
        *(entry(known, code=code) for code in (None, 7, 5)),
        entry(known, method="GetSecretVersion"),
        entry(known, service="storage.googleapis.com", method="x"),
    )
    assert {key: row[:2] for key, row in shown(log).items()} == {(who, "gcp:p/db"): (1, 1)}


def test_an_audit_log_of_kubernetes_by_google_is_still_reported():
    log = of(entry({}, service="k8s.io"))
    assert [one.code for one in log.diagnostics] == ["no-audit-events", "not-an-audit-event"]


@pytest.mark.parametrize("seed", range(20))
def test_logs_that_are_spoiled_give_no_traceback(seed):
    """Values of other types, fields of other names, lost bytes: what is left counts."""
    draw = Random(seed)
    for _ in range(10):
        lines = [spoiled(draw, json.loads(line)) for line in draw.sample(events_of_all(), 8)]
        data = bytearray("\n".join(map(json.dumps, lines)).encode())
        for _ in range(draw.randrange(3)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        log = read_audit(io.BytesIO(bytes(data[: draw.randrange(len(data))])))
        assert all(one.who and one.secret.path for one in log.stores)


@cache
def events_of_all():
    return [line for store in STORES for line in events(store)]


def spoiled(draw, value):
    if draw.random() < 1 / 12:
        return draw.choice([None, 7, 1.5, "", "x", [], {}, True, [None], {"a": None}])
    if isinstance(value, dict):
        names = ("Records", "Events", "detail", "records", "items", "events")
        return {
            draw.choice(names) if draw.random() < 1 / 50 else key: spoiled(draw, inner)
            for key, inner in value.items()
        }
    return [spoiled(draw, inner) for inner in value] if isinstance(value, list) else value
