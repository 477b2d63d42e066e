"""Finds what a file of a dump holds, by its place below ``aws/ACCOUNT``.

Files that lie flat, named as their commands are, count in ``aws``, ``aws/dumps`` and an account.
"""

import re
from enum import Enum
from pathlib import PurePath
from typing import NamedTuple

FOLDER = "aws"
_ACCOUNT = re.compile(r"\d{12}")
_SUFFIX = re.compile(r"\.(?:json|xml|txt)(?:\.gz|\.zst)?$")


class Content(Enum):
    """What a file of a dump holds: the command that prints it."""

    IDENTITIES = "iam get-account-authorization-details"
    PROVIDER = "iam get-open-id-connect-provider"
    ORGANIZATION = "organizations describe-organization"
    CONTROL = "organizations describe-policy"
    TARGETS = "organizations list-targets-for-policy"
    PARENTS = "organizations list-parents"
    SECRETS = "secretsmanager list-secrets"
    SECRET_POLICY = "secretsmanager get-resource-policy"  # noqa: S105 - a command
    PARAMETERS = "ssm describe-parameters"
    KEYS = "kms list-keys"
    ALIASES = "kms list-aliases"
    KEY = "kms describe-key"
    KEY_POLICY = "kms get-key-policy"
    GRANTS = "kms list-grants"
    CLUSTER = "eks describe-cluster"
    ASSOCIATIONS = "eks list-pod-identity-associations"
    ASSOCIATION = "eks describe-pod-identity-association"
    ENTRIES = "eks list-access-entries"
    ENTRY = "eks describe-access-entry"
    ACCESS = "eks list-associated-access-policies"
    CALLER = "sts get-caller-identity"


class DumpPlace(NamedTuple):
    """What a file is by its place.

    ``folder``: the folder of its account's dump.
    ``account``: ``""`` for a file that lies flat, which other files tell.
    ``inside``: the id of the key, policy or child, or the cluster's name, if the place has it.
    """

    content: Content
    folder: str
    account: str = ""
    region: str = ""
    inside: str = ""


_PLACES = tuple(
    (content, re.compile(pattern))
    for content, pattern in (
        (Content.IDENTITIES, r"iam/account-authorization-details"),
        (Content.PROVIDER, r"iam/open-id-connect-providers/[^/]+"),
        (Content.ORGANIZATION, r"organizations/organization"),
        (Content.CONTROL, r"organizations/policies/(?P<inside>[^/]+)"),
        (Content.TARGETS, r"organizations/targets/(?P<inside>[^/]+)"),
        (Content.PARENTS, r"organizations/parents/(?P<inside>[^/]+)"),
        (Content.SECRETS, r"(?P<region>[^/]+)/secretsmanager/secrets"),
        (Content.SECRET_POLICY, r"(?P<region>[^/]+)/secretsmanager/policies/[^/]+"),
        (Content.PARAMETERS, r"(?P<region>[^/]+)/ssm/parameters"),
        (Content.KEYS, r"(?P<region>[^/]+)/kms/keys"),
        (Content.ALIASES, r"(?P<region>[^/]+)/kms/aliases"),
        (Content.KEY, r"(?P<region>[^/]+)/kms/(?P<inside>[^/]+)/key"),
        (Content.KEY_POLICY, r"(?P<region>[^/]+)/kms/(?P<inside>[^/]+)/policy"),
        (Content.GRANTS, r"(?P<region>[^/]+)/kms/(?P<inside>[^/]+)/grants"),
        (Content.CLUSTER, r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/cluster"),
        (
            Content.ASSOCIATIONS,
            r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/pod-identity-associations",
        ),
        (
            Content.ASSOCIATION,
            r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/pod-identity-associations/[^/]+",
        ),
        (Content.ENTRIES, r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/access-entries"),
        (Content.ENTRY, r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/access-entries/[^/]+"),
        (Content.ACCESS, r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/access-policies/[^/]+"),
    )
)
_FLAT = {content.value.replace(" ", "-"): content for content in Content} | {
    "iam-account-authorization-details": Content.IDENTITIES,
    "iam-account-authorization-details.wire": Content.IDENTITIES,
    "secretsmanager-get-resource-policy-none": Content.SECRET_POLICY,
}


def place_of(name: str) -> DumpPlace | None:
    """Return what a file is; ``None`` if it stands where no dump has a file.

    Examples
    --------
    >>> place_of("dump/aws/111122223333/eu-west-1/kms/1234/grants.json").content.value
    'kms list-grants'
    >>> place_of("dump/aws/111122223333/deployment.json") is None
    True
    """
    parts = PurePath(name).parts
    if FOLDER not in parts[:-1] or not _SUFFIX.search(name):
        return None
    at = len(parts) - 1 - parts[::-1].index(FOLDER, 1)
    inner = [*parts[at + 1 : -1], _SUFFIX.sub("", parts[-1])]
    account = inner[0] if _ACCOUNT.fullmatch(inner[0]) else ""
    folder = str(PurePath(*parts[: at + 1], *inner[: 1 if account else 0]))
    if account:
        del inner[0]
        for content, pattern in _PLACES:
            if found := pattern.fullmatch("/".join(inner)):
                names = found.groupdict()
                return DumpPlace(
                    content, folder, account, names.get("region", ""), names.get("inside", "")
                )
    if inner[:-1] not in ([], ["dumps"]) or inner[-1] not in _FLAT:
        return None
    return DumpPlace(_FLAT[inner[-1]], str(PurePath(name).parent), account)
