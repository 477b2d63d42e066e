"""The shapes of AWS's answers: what of them decides something, and no value of a secret.

Source: the service models of IAM, Organizations, Secrets Manager, Systems Manager, KMS and EKS.
"""

from msgspec import Raw, Struct, field

Documents = list[Raw] | None


class Named(Struct, rename="pascal"):
    """An inline policy."""

    policy_name: str = ""
    policy_document: Raw = Raw()


class Attached(Struct, rename="pascal"):
    """A managed policy's ARN."""

    policy_arn: str


class Tag(Struct, rename="pascal"):
    """A tag."""

    key: str
    value: str | None = ""


class Boundary(Struct, rename="pascal"):
    """A permissions boundary."""

    permissions_boundary_arn: str = ""


class Profile(Struct, rename="pascal"):
    """An instance profile."""

    arn: str = ""


class Identity(Struct, rename="pascal"):
    """A role, user or group."""

    arn: str
    assume_role_policy_document: Raw = Raw()
    user_policy_list: list[Named] | None = None
    group_policy_list: list[Named] | None = None
    role_policy_list: list[Named] | None = None
    attached_managed_policies: list[Attached] | None = None
    permissions_boundary: Boundary | None = None
    group_list: list[str] | None = None
    tags: list[Tag] | None = None
    instance_profile_list: list[Profile] | None = None


class Version(Struct, rename="pascal"):
    """A version of a managed policy."""

    version_id: str = ""
    is_default_version: bool = False
    document: Raw = Raw()


class Managed(Struct, rename="pascal"):
    """A managed policy."""

    arn: str
    default_version_id: str = ""
    policy_version_list: list[Version] | None = None


class Details(Struct, rename="pascal"):
    """``get-account-authorization-details``."""

    role_detail_list: Documents
    user_detail_list: Documents = None
    group_detail_list: Documents = None
    policies: Documents = None


class Provider(Struct, rename="pascal"):
    """``get-open-id-connect-provider``."""

    url: str
    client_ids: list[str] | None = field(name="ClientIDList", default=None)


class OrganizationData(Struct, rename="pascal"):
    """An organisation."""

    id: str
    master_account_id: str = ""


class Organization(Struct, rename="pascal"):
    """``describe-organization``."""

    organization: OrganizationData


class Summary(Struct, rename="pascal"):
    """What a policy of an organisation is."""

    id: str
    type: str = ""


class ControlData(Struct, rename="pascal"):
    """A policy of an organisation."""

    policy_summary: Summary
    content: Raw = Raw()


class Control(Struct, rename="pascal"):
    """``describe-policy``."""

    policy: ControlData


class Target(Struct, rename="pascal"):
    """What a policy is attached to."""

    target_id: str


class Targets(Struct, rename="pascal"):
    """``list-targets-for-policy``."""

    targets: list[Target] | None


class Parent(Struct, rename="pascal"):
    """A root or unit."""

    id: str


class Parents(Struct, rename="pascal"):
    """``list-parents``."""

    parents: list[Parent] | None


class Secret(Struct, rename="pascal"):
    """A secret's description."""

    name: str
    arn: str = field(name="ARN")
    kms_key_id: str | None = None
    tags: list[Tag] | None = None


class Secrets(Struct, rename="pascal"):
    """``list-secrets``."""

    secret_list: Documents


class SecretPolicy(Struct, rename="pascal"):
    """``get-resource-policy``."""

    arn: str = field(name="ARN")
    resource_policy: Raw = Raw()


class Parameter(Struct, rename="pascal"):
    """A parameter's description."""

    name: str
    arn: str = field(name="ARN", default="")
    type: str = ""
    key_id: str | None = None


class Parameters(Struct, rename="pascal"):
    """``describe-parameters``."""

    parameters: Documents


class Key(Struct, rename="pascal"):
    """A key's ARN."""

    key_arn: str


class Keys(Struct, rename="pascal"):
    """``list-keys``."""

    keys: list[Key] | None


class Alias(Struct, rename="pascal"):
    """An alias."""

    alias_arn: str
    target_key_id: str | None = None


class Aliases(Struct, rename="pascal"):
    """``list-aliases``."""

    aliases: list[Alias] | None


class KeyMetadata(Struct, rename="pascal"):
    """A key's description."""

    arn: str
    key_manager: str = ""
    enabled: bool = True


class KeyDescription(Struct, rename="pascal"):
    """``describe-key``."""

    key_metadata: KeyMetadata


class KeyPolicy(Struct, rename="pascal"):
    """``get-key-policy``."""

    policy: Raw


class Grants(Struct, rename="pascal"):
    """``list-grants``."""

    grants: Documents


class Oidc(Struct):
    """A cluster's issuer."""

    issuer: str = ""


class ClusterIdentity(Struct):
    """A cluster's identity."""

    oidc: Oidc | None = None


class AccessConfig(Struct, rename="camel"):
    """How principals come in."""

    authentication_mode: str = ""


class ClusterData(Struct, rename="camel"):
    """A cluster."""

    arn: str
    identity: ClusterIdentity | None = None
    access_config: AccessConfig | None = None


class Cluster(Struct):
    """``describe-cluster``."""

    cluster: ClusterData


class AssociationData(Struct, rename="camel"):
    """A Pod Identity association."""

    association_id: str
    namespace: str
    service_account: str
    role_arn: str = ""
    target_role_arn: str | None = None
    policy: str | None = None
    disable_session_tags: bool | None = None


class Association(Struct):
    """``describe-pod-identity-association``."""

    association: AssociationData


class Associations(Struct):
    """``list-pod-identity-associations``."""

    associations: list[AssociationData] | None


class EntryData(Struct, rename="camel"):
    """An access entry."""

    principal_arn: str
    username: str | None = None
    kubernetes_groups: list[str] | None = None
    type: str = ""


class Entry(Struct, rename="camel"):
    """``describe-access-entry``."""

    access_entry: EntryData


class Entries(Struct, rename="camel"):
    """``list-access-entries``."""

    access_entries: list[str] | None


class Scope(Struct, rename="camel"):
    """Where an access policy holds."""

    type: str = ""
    namespaces: list[str] | None = None


class AccessPolicy(Struct, rename="camel"):
    """An access policy of an entry."""

    policy_arn: str
    access_scope: Scope | None = None


class Access(Struct, rename="camel"):
    """``list-associated-access-policies``."""

    principal_arn: str
    associated_access_policies: list[AccessPolicy] | None


class Caller(Struct, rename="pascal"):
    """``get-caller-identity``."""

    account: str


class Page(Struct):
    """What says that more pages follow."""

    next_token: str | None = field(name="NextToken", default=None)
    next_token_of_eks: str | None = field(name="nextToken", default=None)
    marker: str | None = field(name="Marker", default=None)
    truncated: bool = field(name="Truncated", default=False)
    is_truncated: bool = field(name="IsTruncated", default=False)

    @property
    def is_partial(self) -> bool:
        """Whether more pages follow."""
        more = self.next_token or self.next_token_of_eks or self.truncated or self.is_truncated
        return bool(more)
