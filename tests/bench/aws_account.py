"""A large account of AWS with a cluster of EKS, as a folder: what teams write, many times."""

import json
from pathlib import Path
from random import Random
from typing import Any

ACCOUNT, REGION = "111122223333", "eu-west-1"
ISSUER = f"oidc.eks.{REGION}.amazonaws.com/id/BENCH"
_TEAMS = 100


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def _allow(action: object, resource: object, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _document(*statements: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _trust(number: int, team: int) -> dict[str, object]:
    """Most roles trust one ServiceAccount; some a namespace, services, or other roles."""
    root = f"arn:aws:iam::{ACCOUNT}"
    federated = {"Federated": f"{root}:oidc-provider/{ISSUER}"}
    web: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": federated,
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    sub, aud = f"{ISSUER}:sub", {f"{ISSUER}:aud": "sts.amazonaws.com"}
    if number % 20 == 0:
        like = {"StringLike": {sub: f"system:serviceaccount:team-{team}:*"}}
        return _document({**web, "Condition": like | {"StringEquals": aud}})
    if number % 20 == 1:
        principal = {"AWS": f"{root}:role/app-{number - 1}"}
        return _document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    if number % 20 == 2:
        principal = {"AWS": f"{root}:root"}
        return _document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    if number % 4 == 3:
        principal = {"Service": "lambda.amazonaws.com"}
        return _document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    name = f"system:serviceaccount:team-{team}:app-{number}"
    return _document({**web, "Condition": {"StringEquals": {sub: name} | aud}})


def write_account(
    folder: Path, roles: int = 2000, policies: int = 1500, secrets: int = 5000, keys: int = 40
) -> None:
    """Write the dump below a folder ``aws``."""
    random = Random(7)
    top = folder / "aws" / ACCOUNT
    here = top / REGION
    root, start = f"arn:aws:iam::{ACCOUNT}", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"
    arn_of_key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key"
    found = []
    for number in range(roles):
        team = number % _TEAMS
        own = _allow(["secretsmanager:GetSecretValue"], f"{start}:team-{team}/app-{number}-??????")
        decrypt = _allow("kms:Decrypt", f"{arn_of_key}/{number % keys}")
        logs = _allow(["logs:CreateLogStream", "logs:PutLogEvents"], "*")
        attached = random.sample(range(policies), 3)
        found.append(
            {
                "RoleName": f"app-{number}",
                "Arn": f"{root}:role/app-{number}",
                "AssumeRolePolicyDocument": _trust(number, team),
                "RolePolicyList": [
                    {"PolicyName": "own", "PolicyDocument": _document(own, decrypt, logs)}
                ],
                "AttachedManagedPolicies": [
                    {"PolicyArn": f"{root}:policy/shared-{one}"} for one in attached
                ],
                "Tags": [{"Key": "team", "Value": f"team-{team}"}],
                "InstanceProfileList": [],
            }
        )
    shared = []
    for number in range(policies):
        statements = [
            _allow(["s3:GetObject", "s3:ListBucket"], f"arn:aws:s3:::bucket-{number}/*"),
            _allow(["sqs:*", "sns:Publish"], "*", Sid="Queues"),
            _allow("dynamodb:*", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t-{number}"),
        ]
        if number % 15 == 0:
            team = f"{start}:team-{number % _TEAMS}/shared-*"
            statements.append(_allow("secretsmanager:Get*", team))
        document = _document(*statements)
        version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document}
        shared.append(
            {
                "PolicyName": f"shared-{number}",
                "Arn": f"{root}:policy/shared-{number}",
                "DefaultVersionId": "v1",
                "PolicyVersionList": [version],
            }
        )
    details = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": found}
    _write(top / "iam" / "account-authorization-details.json", details | {"Policies": shared})
    provider = {"Url": ISSUER, "ClientIDList": ["sts.amazonaws.com"]}
    _write(top / "iam" / "open-id-connect-providers" / "BENCH.json", provider)
    listed = []
    for number in range(secrets):
        team = number % _TEAMS
        own = number < roles
        name = f"team-{team}/app-{number}" if own else f"team-{team}/shared-{number}"
        secret = {"ARN": f"{start}:{name}-a{number % 100000:05}", "Name": name, "Tags": []}
        if number % 2:
            secret["KmsKeyId"] = f"{arn_of_key}/{number % keys}"
        listed.append(secret)
        _write(
            here / "secretsmanager" / "policies" / f"{number}.json",
            {"ARN": secret["ARN"], "Name": name},
        )
    _write(here / "secretsmanager" / "secrets.json", {"SecretList": listed})
    account = _allow("kms:*", "*", Principal={"AWS": f"{root}:root"})
    for number in range(keys):
        at = here / "kms" / str(number)
        about = {"Arn": f"{arn_of_key}/{number}", "KeyManager": "CUSTOMER", "Enabled": True}
        _write(at / "key.json", {"KeyMetadata": about})
        _write(at / "policy.json", {"Policy": json.dumps(_document(account))})
        _write(at / "grants.json", {"Grants": []})
    cluster = {
        "name": "prod",
        "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/prod",
        "identity": {"oidc": {"issuer": f"https://{ISSUER}"}},
        "accessConfig": {"authenticationMode": "API"},
    }
    _write(here / "eks" / "prod" / "cluster.json", {"cluster": cluster})


def write_cluster(folder: Path, accounts: int = 2000) -> None:
    """Write the cluster's ServiceAccounts."""
    items = [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": f"app-{number}", "namespace": f"team-{number % _TEAMS}"},
        }
        for number in range(accounts)
    ]
    _write(folder / "cluster.json", {"apiVersion": "v1", "kind": "List", "items": items})
