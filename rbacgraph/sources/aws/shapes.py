"""The shapes of AWS's answers: what of them decides something, and no value of a secret.

Source: the service models of IAM, Organizations, Secrets Manager, Systems Manager, KMS and EKS.
"""

from msgspec import Raw, Struct, field

Documents = list[Raw] | None


class WireNamed(Struct, rename="pascal"):
    policy_name: str = ""
    policy_document: Raw = Raw()


class WireAttached(Struct, rename="pascal"):
    policy_arn: str


class WireTag(Struct, rename="pascal"):
    key: str
    value: str | None = ""


class WireBoundary(Struct, rename="pascal"):
    permissions_boundary_arn: str = ""


class WireProfile(Struct, rename="pascal"):
    arn: str = ""


class WireIdentity(Struct, rename="pascal"):
    arn: str
    assume_role_policy_document: Raw = Raw()
    user_policy_list: list[WireNamed] | None = None
    group_policy_list: list[WireNamed] | None = None
    role_policy_list: list[WireNamed] | None = None
    attached_managed_policies: list[WireAttached] | None = None
    permissions_boundary: WireBoundary | None = None
    group_list: list[str] | None = None
    tags: list[WireTag] | None = None
    instance_profile_list: list[WireProfile] | None = None


class WireVersion(Struct, rename="pascal"):
    version_id: str = ""
    is_default_version: bool = False
    document: Raw = Raw()


class WireManaged(Struct, rename="pascal"):
    arn: str
    default_version_id: str = ""
    policy_version_list: list[WireVersion] | None = None


class WireDetails(Struct, rename="pascal"):
    role_detail_list: Documents
    user_detail_list: Documents = None
    group_detail_list: Documents = None
    policies: Documents = None


class WireProvider(Struct, rename="pascal"):
    url: str
    client_ids: list[str] | None = field(name="ClientIDList", default=None)


class WireOrganizationData(Struct, rename="pascal"):
    id: str
    master_account_id: str = ""


class WireOrganization(Struct, rename="pascal"):
    organization: WireOrganizationData


class WireSummary(Struct, rename="pascal"):
    id: str
    type: str = ""


class WireControlData(Struct, rename="pascal"):
    policy_summary: WireSummary
    content: Raw = Raw()


class WireControl(Struct, rename="pascal"):
    policy: WireControlData


class WireTarget(Struct, rename="pascal"):
    target_id: str


class WireTargets(Struct, rename="pascal"):
    targets: list[WireTarget] | None


class WireParent(Struct, rename="pascal"):
    id: str


class WireParents(Struct, rename="pascal"):
    parents: list[WireParent] | None


class WireSecret(Struct, rename="pascal"):
    name: str
    arn: str = field(name="ARN")
    kms_key_id: str | None = None
    tags: list[WireTag] | None = None


class WireSecrets(Struct, rename="pascal"):
    secret_list: Documents


class WireSecretPolicy(Struct, rename="pascal"):
    arn: str = field(name="ARN")
    resource_policy: Raw = Raw()


class WireParameter(Struct, rename="pascal"):
    name: str
    arn: str = field(name="ARN", default="")
    type: str = ""
    key_id: str | None = None


class WireParameters(Struct, rename="pascal"):
    parameters: Documents


class WireKey(Struct, rename="pascal"):
    key_arn: str


class WireKeys(Struct, rename="pascal"):
    keys: list[WireKey] | None


class WireAlias(Struct, rename="pascal"):
    alias_arn: str
    target_key_id: str | None = None


class WireAliases(Struct, rename="pascal"):
    aliases: list[WireAlias] | None


class WireKeyMetadata(Struct, rename="pascal"):
    arn: str
    key_manager: str = ""
    enabled: bool = True


class WireKeyDescription(Struct, rename="pascal"):
    key_metadata: WireKeyMetadata


class WireKeyPolicy(Struct, rename="pascal"):
    policy: Raw


class WireGrants(Struct, rename="pascal"):
    grants: Documents


class WireOidc(Struct):
    issuer: str = ""


class WireClusterIdentity(Struct):
    oidc: WireOidc | None = None


class WireAccessConfig(Struct, rename="camel"):
    authentication_mode: str = ""


class WireClusterData(Struct, rename="camel"):
    arn: str
    identity: WireClusterIdentity | None = None
    access_config: WireAccessConfig | None = None


class WireCluster(Struct):
    cluster: WireClusterData


class WireAssociationData(Struct, rename="camel"):
    association_id: str
    namespace: str
    service_account: str
    role_arn: str = ""
    target_role_arn: str | None = None
    policy: str | None = None
    disable_session_tags: bool | None = None


class WireAssociation(Struct):
    association: WireAssociationData


class WireAssociations(Struct):
    associations: list[WireAssociationData] | None


class WireEntryData(Struct, rename="camel"):
    principal_arn: str
    username: str | None = None
    kubernetes_groups: list[str] | None = None
    type: str = ""


class WireEntry(Struct, rename="camel"):
    access_entry: WireEntryData


class WireEntries(Struct, rename="camel"):
    access_entries: list[str] | None


class WireScope(Struct, rename="camel"):
    type: str = ""
    namespaces: list[str] | None = None


class WireAccessPolicy(Struct, rename="camel"):
    policy_arn: str
    access_scope: WireScope | None = None


class WireAccess(Struct, rename="camel"):
    principal_arn: str
    associated_access_policies: list[WireAccessPolicy] | None


class WireCaller(Struct, rename="pascal"):
    account: str


class WirePage(Struct):
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
