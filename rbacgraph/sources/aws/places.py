"""Finds what a file of a dump holds, by its place below ``aws/ACCOUNT``.

Files that lie flat, named as their commands are, count in ``aws``, ``aws/dumps`` and an account.
"""

import re
from enum import Enum
from itertools import pairwise
from pathlib import PurePath
from typing import NamedTuple

FOLDER = "aws"
_ACCOUNT = re.compile(r"\d{12}")
_SUFFIX = re.compile(r"\.(?:json|xml|txt)(?:\.gz|\.zst)?$")


class AwsContent(Enum):
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


class AwsPlace(NamedTuple):
    """What a file is by its place.

    ``folder``: the folder of its account's dump.
    ``account``: ``""`` for a file that lies flat, which other files tell.
    ``inside``: the id of the key, policy or child, or the cluster's name, if the place has it.
    """

    content: AwsContent
    folder: str
    account: str = ""
    region: str = ""
    inside: str = ""


_PLACES = tuple(
    (content, re.compile(pattern))
    for content, pattern in (
        (AwsContent.IDENTITIES, r"iam/account-authorization-details"),
        (AwsContent.PROVIDER, r"iam/open-id-connect-providers/[^/]+"),
        (AwsContent.ORGANIZATION, r"organizations/organization"),
        (AwsContent.CONTROL, r"organizations/policies/(?P<inside>[^/]+)"),
        (AwsContent.TARGETS, r"organizations/targets/(?P<inside>[^/]+)"),
        (AwsContent.PARENTS, r"organizations/parents/(?P<inside>[^/]+)"),
        (AwsContent.SECRETS, r"(?P<region>[^/]+)/secretsmanager/secrets"),
        (AwsContent.SECRET_POLICY, r"(?P<region>[^/]+)/secretsmanager/policies/[^/]+"),
        (AwsContent.PARAMETERS, r"(?P<region>[^/]+)/ssm/parameters"),
        (AwsContent.KEYS, r"(?P<region>[^/]+)/kms/keys"),
        (AwsContent.ALIASES, r"(?P<region>[^/]+)/kms/aliases"),
        (AwsContent.KEY, r"(?P<region>[^/]+)/kms/(?P<inside>[^/]+)/key"),
        (AwsContent.KEY_POLICY, r"(?P<region>[^/]+)/kms/(?P<inside>[^/]+)/policy"),
        (AwsContent.GRANTS, r"(?P<region>[^/]+)/kms/(?P<inside>[^/]+)/grants"),
        (AwsContent.CLUSTER, r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/cluster"),
        (
            AwsContent.ASSOCIATIONS,
            r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/pod-identity-associations",
        ),
        (
            AwsContent.ASSOCIATION,
            r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/pod-identity-associations/[^/]+",
        ),
        (AwsContent.ENTRIES, r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/access-entries"),
        (AwsContent.ENTRY, r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/access-entries/[^/]+"),
        (AwsContent.ACCESS, r"(?P<region>[^/]+)/eks/(?P<inside>[^/]+)/access-policies/[^/]+"),
    )
)
_FLAT = {content.value.replace(" ", "-"): content for content in AwsContent} | {
    "iam-account-authorization-details": AwsContent.IDENTITIES,
    "iam-account-authorization-details.wire": AwsContent.IDENTITIES,
    "secretsmanager-get-resource-policy-none": AwsContent.SECRET_POLICY,
}


def is_beside(name: str) -> bool:
    """Whether a file lies in the folder of an account, wherever a dump has none.

    Examples
    --------
    >>> is_beside("aws/111122223333/db.json"), is_beside("aws/db.json")
    (True, False)
    """
    parts = PurePath(name).parts
    return any(one == FOLDER and _ACCOUNT.fullmatch(two) for one, two in pairwise(parts[:-1]))


def place_of(name: str) -> AwsPlace | None:
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
                return AwsPlace(
                    content, folder, account, names.get("region", ""), names.get("inside", "")
                )
    if inner[:-1] not in ([], ["dumps"]) or inner[-1] not in _FLAT:
        return None
    return AwsPlace(_FLAT[inner[-1]], str(PurePath(name).parent), account)
