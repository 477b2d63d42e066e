"""Maps identities of the cluster to identities of a cloud, and back.

Sources: aws/amazon-eks-pod-identity-webhook ``README.md``; Azure/azure-workload-identity
``docs/book/src/topics/service-account-labels-and-annotations.md``;
cloud.google.com/kubernetes-engine/docs/how-to/workload-identity.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.aws_auth import AWS_AUTH, AwsMapping
from rbacgraph.model.kubernetes.core import ConfigMap, ServiceAccount
from rbacgraph.model.node import (
    AUTHENTICATED,
    AWS_ROLE,
    AWS_USER,
    AZURE_IDENTITY,
    GOOGLE_ACCOUNT,
    GROUP,
    SERVICE_ACCOUNT,
    Node,
    user_node,
)

_AWS_ROLE = re.compile(r"arn:[-a-z]+:iam::[0-9]{12}:role/[\w+=,.@/-]{1,576}", re.ASCII)
_AWS_USER = re.compile(r"arn:[-a-z]+:iam::[0-9]{12}:user/[\w+=,.@/-]{1,576}", re.ASCII)
_AZURE_CLIENT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GOOGLE_ACCOUNT = re.compile(r"[-a-z0-9.]{1,63}@[-a-z0-9.:]{1,253}")

_AWS_AUDIENCE = "sts.amazonaws.com"
_AZURE_AUDIENCE = "api://AzureADTokenExchange"


class CloudIdentity(NamedTuple):
    """One identity of a cloud.

    ``audience``: the audience of the token to exchange; ``""`` if a metadata server does that.
    ``condition``: what the cloud's side must allow: an annotation grants nothing.
    ``annotation``: the annotation of the ServiceAccount that names it.
    ``account``: namespace and name of the ServiceAccount.
    """

    node: Node
    audience: str
    condition: Condition
    annotation: str
    account: tuple[str, str]


class Clouds:
    """Cloud identities of the cluster's accounts, and the other way round, found on first use."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def identities(self) -> Mapping[Node, Sequence[CloudIdentity]]:
        """The cloud identities that ServiceAccounts name."""
        found = {}
        for account in self._snapshot.service_accounts:
            notes = account.metadata.annotations
            identities = cloud_identities(account) if notes else ()
            if identities:
                node = SERVICE_ACCOUNT, account.metadata.namespace, account.metadata.name
                found[node] = identities
        return found

    @cached_property
    def aws_auth(self) -> ConfigMap | None:
        """The ConfigMap that maps AWS identities to users of the cluster, if the input holds it."""
        for config_map in self._snapshot.config_maps:
            if (config_map.metadata.namespace, config_map.metadata.name) == AWS_AUTH:
                return config_map
        return None

    @cached_property
    def on_eks(self) -> bool:
        """Whether some node is one of EKS, judged by its kubelet's version."""
        versions = (node.status.node_info for node in self._snapshot.nodes if node.status)
        return any("-eks-" in info.kubelet_version for info in versions if info)

    @cached_property
    def may_use_aws_auth(self) -> bool:
        """Whether aws-auth may authenticate users: it exists, or some node is one of EKS."""
        return self.on_eks or self.aws_auth is not None

    @cached_property
    def aws_users(self) -> Mapping[Node, None]:
        """Users and groups to which some AWS identity is mapped."""
        mappings = self.aws_auth.mappings if self.aws_auth else ()
        return dict.fromkeys(node for mapping in mappings for node in mapped(mapping))

    @cached_property
    def aws_logins(self) -> Mapping[Node, AwsMapping]:
        """The mapping of each AWS identity in the input that has one."""
        mappings = self.aws_auth.mappings if self.aws_auth else ()
        by_arn = {mapping.arn.lower(): mapping for mapping in mappings}
        named = [aws_identity(mapping.arn) for mapping in mappings]
        named += [identity.node for found in self.identities.values() for identity in found]
        logins = ((one, by_arn.get(signs_in_as(one))) for one in filter(None, named))
        return {identity: mapping for identity, mapping in logins if mapping}


def cloud_identities(account: ServiceAccount) -> Sequence[CloudIdentity]:
    """Return the cloud identities in the annotations of a ServiceAccount."""
    notes = account.metadata.annotations
    if notes is None:
        return ()
    key = account.metadata.namespace, account.metadata.name
    found = []
    role = notes.aws_role
    if role and _AWS_ROLE.fullmatch(role):
        audience = notes.aws_audience or _AWS_AUDIENCE
        trusts = If.ROLE_IS_TRUSTED(*key, audience)
        node = AWS_ROLE, "", role
        found.append(CloudIdentity(node, audience, trusts, "eks.amazonaws.com/role-arn", key))
    client = notes.azure_client
    if client and _AZURE_CLIENT.fullmatch(client):
        trusts = If.IDENTITY_IS_FEDERATED(*key)
        node = AZURE_IDENTITY, "", client.lower()
        annotation = "azure.workload.identity/client-id"
        found.append(CloudIdentity(node, _AZURE_AUDIENCE, trusts, annotation, key))
    google = notes.google_account
    if google and _GOOGLE_ACCOUNT.fullmatch(google):
        trusts = If.ACCOUNT_ACTS_AS_GOOGLE(*key)
        node = GOOGLE_ACCOUNT, "", google
        found.append(CloudIdentity(node, "", trusts, "iam.gke.io/gcp-service-account", key))
    return found


def aws_identity(arn: str) -> Node | None:
    """Return the role or user of an ARN."""
    for kind, form in ((AWS_ROLE, _AWS_ROLE), (AWS_USER, _AWS_USER)):
        if form.fullmatch(arn):
            return kind, "", arn
    return None


def signs_in_as(identity: Node) -> str:
    """Return the name by which the authenticator knows an identity, in lower case.

    A session of a role lacks the path of the role.

    Source: kubernetes-sigs/aws-iam-authenticator ``pkg/arn/arn.go``,
    ``pkg/mapper/configmap/mapper.go``.

    Examples
    --------
    >>> signs_in_as(("aws-role", "", "arn:aws:iam::123456789012:role/team/Web"))
    'arn:aws:iam::123456789012:role/web'
    >>> signs_in_as(("aws-user", "", "arn:aws:iam::123456789012:user/team/Bob"))
    'arn:aws:iam::123456789012:user/team/bob'
    """
    kind, _, arn = identity
    before, _, name = arn.partition(":role/") if kind == AWS_ROLE else ("", "", "")
    return f"{before}:role/{name.rpartition('/')[2]}".lower() if name else arn.lower()


def mapped(mapping: AwsMapping) -> Iterator[Node]:
    """Yield the user and the groups of a mapping, without those of templates.

    An identity with an unknown name and no groups is at least authenticated.

    Examples
    --------
    >>> list(mapped(AwsMapping("", "system:node:{{EC2PrivateDNSName}}", ("system:nodes",))))
    [('group', '', 'system:nodes')]
    >>> list(mapped(AwsMapping("", "{{SessionName}}", ())))
    [('group', '', 'system:authenticated')]
    """
    found: list[Node] = [(GROUP, "", group) for group in mapping.groups if group]
    found = [node for node in found if "{{" not in node[2]]
    if mapping.user and "{{" not in mapping.user:
        found.insert(0, user_node(mapping.user))
    yield from found or [AUTHENTICATED]
