"""Whom a ServiceAccount says it is in a cloud, by its annotations.

Sources: aws/amazon-eks-pod-identity-webhook ``README.md``; Azure/azure-workload-identity
``docs/book/src/topics/service-account-labels-and-annotations.md``;
cloud.google.com/kubernetes-engine/docs/how-to/workload-identity.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rbacgraph.model.core import ServiceAccount
from rbacgraph.model.node import AWS_ROLE, AZURE_IDENTITY, GOOGLE_ACCOUNT, Node

_AWS_ROLE = re.compile(r"arn:[-a-z]+:iam::[0-9]{12}:role/[\w+=,.@/-]{1,576}", re.ASCII)
_AZURE_CLIENT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GOOGLE_ACCOUNT = re.compile(r"[-a-z0-9.]{1,63}@[-a-z0-9.:]{1,253}")

_AWS_AUDIENCE = "sts.amazonaws.com"
_AZURE_AUDIENCE = "api://AzureADTokenExchange"


class CloudIdentity(NamedTuple):
    """One identity of a cloud.

    Parameters
    ----------
    node:
        The identity.
    audience:
        Of the token that is exchanged for it; ``""`` where a metadata server does that.
    condition:
        What its side must hold: an annotation grants nothing.
    annotation:
        By which the ServiceAccount says so.
    """

    node: Node
    audience: str
    condition: str
    annotation: str


def cloud_identities(account: ServiceAccount) -> Sequence[CloudIdentity]:
    """Return whom the annotations of a ServiceAccount name."""
    notes = account.metadata.annotations
    if notes is None:
        return ()
    namespace, name = account.metadata.namespace, account.metadata.name
    user = f"system:serviceaccount:{namespace}:{name}"
    found = []
    role = notes.aws_role
    if role and _AWS_ROLE.fullmatch(role):
        audience = notes.aws_audience or _AWS_AUDIENCE
        trusts = f"the role's trust policy allows {user}, with a token for audience {audience}"
        node = AWS_ROLE, "", role
        found.append(CloudIdentity(node, audience, trusts, "eks.amazonaws.com/role-arn"))
    client = notes.azure_client
    if client and _AZURE_CLIENT.fullmatch(client):
        trusts = f"a federated credential of the identity names {user}"
        node = AZURE_IDENTITY, "", client.lower()
        annotation = "azure.workload.identity/client-id"
        found.append(CloudIdentity(node, _AZURE_AUDIENCE, trusts, annotation))
    google = notes.google_account
    if google and _GOOGLE_ACCOUNT.fullmatch(google):
        member = f"PROJECT.svc.id.goog[{namespace}/{name}]"
        trusts = f"the service account's policy lets {member} act as it (workloadIdentityUser)"
        node = GOOGLE_ACCOUNT, "", google
        found.append(CloudIdentity(node, "", trusts, "iam.gke.io/gcp-service-account"))
    return found
