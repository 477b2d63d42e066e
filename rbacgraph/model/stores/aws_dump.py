"""A dump of accounts of AWS: identities, policies, keys, clusters; never a secret's value."""

from msgspec import Struct


class AwsDocument(Struct, frozen=True, omit_defaults=True):
    """The text of one policy document in JSON, and where it was read.

    ``name``: the policy's name or ARN, as its holder or the account has it.
    """

    text: str
    name: str = ""
    file: str = ""
    line: int = 0


class AwsManagedPolicy(Struct, frozen=True, omit_defaults=True):
    """A managed policy: its default version alone; ``None`` if the dump lacks it.

    ``versions``: how many there are.
    """

    arn: str
    document: AwsDocument | None = None
    versions: int = 1


class AwsIdentity(Struct, frozen=True, omit_defaults=True):
    """A role, a user or a group.

    ``inline``: its own policies.
    ``attached``: the ARNs of managed policies.
    ``boundary``: the ARN of its permissions boundary.
    ``trust``: a role's trust policy.
    ``groups``: the names of a user's groups.
    ``profiles``: the ARNs of instance profiles that hold a role.
    """

    arn: str
    inline: tuple[AwsDocument, ...] = ()
    attached: tuple[str, ...] = ()
    boundary: str = ""
    trust: AwsDocument | None = None
    groups: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    profiles: tuple[str, ...] = ()
    file: str = ""
    line: int = 0

    @property
    def name(self) -> str:
        """The name, without the path."""
        return self.arn.rpartition("/")[2]


class AwsSecret(Struct, frozen=True, omit_defaults=True):
    """A secret of Secrets Manager, or a parameter of Systems Manager.

    ``key``: the KMS key as the store names it: an ARN, an id or an alias; ``""`` for the
        account's own.
    ``secure``: whether a parameter is encrypted.
    """

    arn: str
    name: str
    key: str = ""
    tags: dict[str, str] = {}
    secure: bool = True
    file: str = ""
    line: int = 0


class AwsGrant(Struct, frozen=True, omit_defaults=True):
    """A grant of a key, as JSON."""

    text: str


class AwsKey(Struct, frozen=True, omit_defaults=True):
    """A KMS key.

    ``managed``: whether AWS manages it, for one service.
    ``policy``, ``grants``: ``None`` if the dump lacks them.
    """

    arn: str
    managed: bool = False
    enabled: bool = True
    policy: AwsDocument | None = None
    grants: tuple[AwsGrant, ...] | None = None
    file: str = ""


class AwsProvider(Struct, frozen=True, omit_defaults=True):
    """A provider of identities: the issuer without ``https://``, and its clients' names."""

    issuer: str
    clients: tuple[str, ...] = ()
    file: str = ""


class AwsAssociation(Struct, frozen=True, omit_defaults=True):
    """A Pod Identity association; ``role`` is ``""`` where only the list names it."""

    id: str
    namespace: str
    account: str
    role: str = ""
    target: str = ""
    policy: str = ""
    tagged: bool = True
    file: str = ""


class AwsAccess(Struct, frozen=True, omit_defaults=True):
    """An access policy that is associated with an entry.

    ``namespaces``: ``None`` for the whole cluster.
    """

    policy: str
    namespaces: tuple[str, ...] | None = None


class AwsEntry(Struct, frozen=True, omit_defaults=True):
    """An access entry of a cluster: who comes in, with which groups and access policies.

    ``policies``: ``None`` where the dump lacks them.
    """

    principal: str
    username: str = ""
    groups: tuple[str, ...] | None = None
    policies: tuple[AwsAccess, ...] | None = None
    type: str = ""
    file: str = ""


class AwsCluster(Struct, frozen=True, omit_defaults=True):
    """A cluster of EKS. ``mode``: who may come in by entries, aws-auth, or both."""

    arn: str
    issuer: str = ""
    mode: str = ""
    associations: tuple[AwsAssociation, ...] | None = None
    entries: tuple[AwsEntry, ...] | None = None
    file: str = ""

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.arn.rpartition("/")[2]


class AwsControl(Struct, frozen=True, omit_defaults=True):
    """A policy of the organisation.

    ``of_resources``: whether it is a resource control policy.
    ``targets``: the ids that it is attached to; ``None`` if the dump lacks them.
    """

    id: str
    document: AwsDocument
    of_resources: bool = False
    targets: tuple[str, ...] | None = None


class AwsOrganization(Struct, frozen=True, omit_defaults=True):
    """An organisation. ``parents``: what each account and unit is below."""

    id: str = ""
    management: str = ""
    parents: dict[str, str] = {}
    controls: tuple[AwsControl, ...] = ()


class AwsAccount(Struct, frozen=True, omit_defaults=True):
    """What the input holds of one account.

    ``resource_policies``: of secrets, by ARN; ``None`` for a secret that has none.
    ``aliases``: the key's id by the alias's ARN.
    ``partial``: the files that hold one page of several.
    """

    id: str
    identities: tuple[AwsIdentity, ...] = ()
    managed: tuple[AwsManagedPolicy, ...] = ()
    providers: tuple[AwsProvider, ...] = ()
    secrets: tuple[AwsSecret, ...] = ()
    resource_policies: dict[str, AwsDocument | None] = {}
    keys: tuple[AwsKey, ...] = ()
    aliases: dict[str, str] = {}
    clusters: tuple[AwsCluster, ...] = ()
    organization: AwsOrganization | None = None
    partial: tuple[str, ...] = ()
    file: str = ""


class AwsDump(Struct, frozen=True, omit_defaults=True):
    """Everything that the input holds of AWS."""

    accounts: tuple[AwsAccount, ...] = ()
