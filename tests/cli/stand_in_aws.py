"""Answers as AWS's command line does: with what lies in the folder ESTATE, by the arguments."""

import json
import os
import sys
from pathlib import Path

FOLDER = Path(os.environ["ESTATE"])
ANSWERS = {
    file.relative_to(FOLDER).with_suffix("").as_posix(): json.loads(file.read_text())
    for file in sorted(FOLDER.rglob("*.json"))
}


def at(end):
    """Return the answer at a place; as AWS, exit if there is none."""
    found = [value for place, value in ANSWERS.items() if place.endswith(end)]
    return found[0] if found else sys.exit(254)


def naming(place, name):
    """Return the answer below a place that has a name in it."""
    found = [v for at, v in ANSWERS.items() if place in at and json.dumps(name) in json.dumps(v)]
    return found[0] if found else sys.exit(254)


def listed(command, options):
    """Return what a list has that no file holds."""
    if command == "sts get-caller-identity":
        return [FOLDER.name]
    if command == "eks list-clusters":
        return ["prod"]
    if command == "iam list-open-id-connect-providers":
        urls = [value["Url"] for place, value in ANSWERS.items() if "connect-providers" in place]
        return [f"arn:aws:iam::{FOLDER.name}:oidc-provider/{url}" for url in urls]
    if command == "organizations list-policies":
        policies = [v["Policy"] for at, v in ANSWERS.items() if "organizations/policies" in at]
        summaries = [one["PolicySummary"] for one in policies]
        return [one["Id"] for one in summaries if one["Type"] == options["--filter"]]
    return None


def answer(command, options):
    """Return what a command prints."""
    one = options.get
    key = one("--key-id")
    return {
        "iam get-account-authorization-details": lambda: at("account-authorization-details"),
        "iam get-open-id-connect-provider": lambda: naming(
            "connect-providers", one("--open-id-connect-provider-arn").partition("provider/")[2]
        ),
        "organizations describe-organization": lambda: at("organizations/organization"),
        "organizations describe-policy": lambda: at(f"policies/{one('--policy-id')}"),
        "organizations list-targets-for-policy": lambda: at(f"targets/{one('--policy-id')}"),
        "organizations list-parents": lambda: at(f"parents/{one('--child-id')}"),
        "secretsmanager list-secrets": lambda: at("secretsmanager/secrets"),
        "secretsmanager get-resource-policy": lambda: naming(
            "secretsmanager/policies", one("--secret-id")
        ),
        "ssm describe-parameters": lambda: at("ssm/parameters"),
        "kms list-keys": lambda: at("kms/keys"),
        "kms list-aliases": lambda: at("kms/aliases"),
        "kms describe-key": lambda: at(f"{key}/key"),
        "kms get-key-policy": lambda: at(f"{key}/policy"),
        "kms list-grants": lambda: at(f"{key}/grants"),
        "eks describe-cluster": lambda: at("prod/cluster"),
        "eks list-pod-identity-associations": lambda: at("pod-identity-associations"),
        "eks describe-pod-identity-association": lambda: at(f"/{one('--association-id')}"),
        "eks list-access-entries": lambda: at("prod/access-entries"),
        "eks describe-access-entry": lambda: naming("access-entries/", one("--principal-arn")),
        "eks list-associated-access-policies": lambda: naming(
            "access-policies/", one("--principal-arn")
        ),
    }[command]()


def main():
    """Print one answer: as JSON, or as one line of names."""
    command, rest = " ".join(sys.argv[1:3]), sys.argv[3:]
    options = dict(zip(rest[::2], rest[1::2], strict=True))
    value = listed(command, options)
    if value is None:
        value = answer(command, options)
        for step in options.get("--query", "").replace("[]", "").split("."):
            if step and isinstance(value, list):
                value = [one[step] for one in value]
            elif step:
                value = value[step]
    text = "\t".join(value) if options["--output"] == "text" else json.dumps(value)
    sys.stdout.write(f"{text}\n")


main()
