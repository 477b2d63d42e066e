"""Reads the files of dumps of AWS into one record for each account."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import unquote

from msgspec import DecodeError, Raw, Struct, ValidationError, json
from msgspec.structs import replace

from rbacgraph.model.stores.aws_dump import (
    AwsAccess,
    AwsAccount,
    AwsAssociation,
    AwsCluster,
    AwsControl,
    AwsDocument,
    AwsDump,
    AwsEntry,
    AwsGrant,
    AwsIdentity,
    AwsKey,
    AwsManagedPolicy,
    AwsOrganization,
    AwsProvider,
    AwsSecret,
)
from rbacgraph.sources.aws import shapes
from rbacgraph.sources.aws.places import AwsContent, AwsPlace, is_beside, place_of
from rbacgraph.sources.aws.wire_form import details_of_wire
from rbacgraph.sources.diagnostics.problems import Problems

__all__ = ["AwsReader"]

_VALUES = re.compile(rb'"(?:SecretString|SecretBinary|Plaintext|SecretAccessKey)"\s*:')
_ACCOUNT = re.compile(rb"arn:[^:\"]*:[a-z0-9-]+:[^:\"]*:(\d{12}):")
_LAYOUT = "rbacgraph explain aws lists the files of a dump, and the commands that print them"
_FOLLOW = "follow NextToken, as aws does by itself without --max-items and --no-paginate"
_AGAIN = "the command failed, or the file is cut off: run it again"

_Shape = TypeVar("_Shape", bound=Struct)
_Part = TypeVar("_Part", bound=Struct)


class _Account:
    """What was read of one account."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.identities: dict[str, AwsIdentity] = {}
        self.managed: dict[str, AwsManagedPolicy] = {}
        self.providers: dict[str, AwsProvider] = {}
        self.secrets: dict[str, AwsSecret] = {}
        self.resource_policies: dict[str, AwsDocument | None] = {}
        self.keys: dict[str, AwsKey] = {}
        self.key_policies: dict[str, AwsDocument] = {}
        self.grants: dict[str, tuple[AwsGrant, ...]] = {}
        self.aliases: dict[str, str] = {}
        self.clusters: dict[str, AwsCluster] = {}
        self.associations: dict[tuple[str, str], AwsAssociation] = {}
        self.entries: dict[tuple[str, str], AwsEntry] = {}
        self.access: dict[tuple[str, str], tuple[AwsAccess, ...]] = {}
        self.listed: set[tuple[AwsContent, str]] = set()
        self.organization: AwsOrganization | None = None
        self.parents: dict[str, str] = {}
        self.controls: dict[str, AwsControl] = {}
        self.targets: dict[str, tuple[str, ...]] = {}
        self.partial: list[str] = []

    def result(self, account: str) -> AwsAccount:
        return AwsAccount(
            id=account,
            identities=tuple(self.identities.values()),
            managed=tuple(self.managed.values()),
            providers=tuple(self.providers.values()),
            secrets=tuple(self.secrets.values()),
            resource_policies=self.resource_policies,
            keys=tuple(
                replace(key, policy=self._of_key(self.key_policies, arn), grants=self._grants(arn))
                for arn, key in self.keys.items()
            ),
            aliases=self.aliases,
            clusters=tuple(self._cluster(cluster) for cluster in self.clusters.values()),
            organization=self._organization(),
            partial=tuple(self.partial),
            file=self.file,
        )

    @staticmethod
    def _of_key(table: Mapping[str, _Part], arn: str) -> _Part | None:
        return table.get(arn.rpartition("/")[2], table.get(""))

    def _grants(self, arn: str) -> tuple[AwsGrant, ...] | None:
        return self.grants.get(arn.rpartition("/")[2], self.grants.get(""))

    def _cluster(self, cluster: AwsCluster) -> AwsCluster:
        name = cluster.name
        associations = tuple(one for (of, _), one in self.associations.items() if of == name)
        entries = tuple(
            replace(one, policies=self.access.get(key))
            for key, one in self.entries.items()
            if key[0] == name
        )
        return replace(
            cluster,
            associations=associations
            if associations or (AwsContent.ASSOCIATIONS, name) in self.listed
            else None,
            entries=entries if entries or (AwsContent.ENTRIES, name) in self.listed else None,
        )

    def _organization(self) -> AwsOrganization | None:
        if self.organization is None and not self.controls:
            return None
        controls = tuple(
            replace(one, targets=self.targets.get(name, self.targets.get("")))
            for name, one in self.controls.items()
        )
        known = self.organization or AwsOrganization()
        return replace(known, parents=self.parents, controls=controls)


class AwsReader:
    """Collects what the files of dumps hold.

    ``problems``: receives what cannot be read, with file and line.
    """

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._accounts: dict[str, _Account] = {}
        self._saved: list[AwsAccount] = []
        self._flat: dict[str, list[tuple[str, AwsPlace, bytes]]] = {}

    def wants(self, name: str, *, named: bool) -> bool:  # noqa: ARG002 - alike for all
        """Whether a file stands where a dump has one."""
        return place_of(name) is not None or is_beside(name)

    def read(self, name: str, data: bytes | bytearray) -> bool:
        """Read one file.

        Returns whether the file is part of a dump: one that holds a Kubernetes object only lies
        where a dump has a file.
        """
        content, place = bytes(data), place_of(name)
        if self.refuse(name, content):
            return True
        if place is None or _is_kubernetes(content):
            return False
        if place.account:
            self._take(name, place, content, place.account)
        else:
            self._flat.setdefault(place.folder, []).append((name, place, content))
        return True

    def refuse(self, name: str, data: bytes) -> bool:
        """Whether a file holds the value of a secret: it is named, and nothing of it is kept."""
        if not _VALUES.search(data):
            return False
        message = "holds the value of a secret: not read"
        self._problem(name, 0, "aws-secret", message, "take it out of the dump")
        return True

    def take(self, dump: AwsDump, file: str) -> None:  # noqa: ARG002 - its parts name theirs
        """Take over the dump that a snapshot holds; of two of one account, the first counts."""
        self._saved += dump.accounts

    def result(self) -> AwsDump | None:
        """Return what was read; ``None`` if no file was part of a dump."""
        for folder, files in self._flat.items():
            account = _account_of(files)
            for name, place, data in files:
                if account:
                    self._take(name, place, data, account)
            if not account:
                self._problem(folder, 0, "aws-place", "does not say of which account it is")
        self._flat = {}
        found = {name: one.result(name) for name, one in self._accounts.items()}
        for saved in self._saved:
            if found.setdefault(saved.id, saved) != saved:
                self.other_answer(saved.file, 1, f"account {saved.id}", found[saved.id].file)
        return AwsDump(tuple(found[name] for name in sorted(found))) if found else None

    def _take(self, name: str, place: AwsPlace, data: bytes, account: str) -> None:
        into = self._accounts.setdefault(account, _Account(name))
        if place.content is AwsContent.IDENTITIES and data.lstrip()[:1] == b"<":
            try:
                data = details_of_wire(data)
            except ValueError as error:
                self._problem(name, 1, "aws-content", str(error), _AGAIN)
                return
        reading = _READERS.get(place.content)
        if reading is None:
            return
        shape, take = reading
        if place.content is AwsContent.KEY_POLICY and _is_document(data):
            data = json.encode({"Policy": data.decode()})  # as --query Policy --output text prints
        try:
            value = json.decode(data, type=shape)
            page = json.decode(data, type=shapes.WirePage)
        except ValidationError as error:
            message = f"is not what aws {place.content.value} prints: {error}"
            self._problem(name, 1, "aws-content", message, _LAYOUT)
            return
        except (DecodeError, UnicodeDecodeError, RecursionError):
            line = data.count(b"\n") + 1 if data.strip() else 0
            message = "holds no JSON" if data.strip() else "is empty"
            self._problem(name, line, "aws-content", message, _AGAIN)
            return
        if page.is_partial:
            into.partial.append(name)
            message = "holds one page of several: what the others hold is missing"
            self._problem(name, 1, "partial-list", message, _FOLLOW, level="warning")
        take(_File(self, name, place, data, into), value)

    def problem(self, name: str, line: int, message: str) -> None:
        """Report a part that cannot be read."""
        self._problem(name, line, "aws-content", message, _LAYOUT)

    def other_answer(self, name: str, line: int, what: str, first: str) -> None:
        """Report a part of which another file says something else."""
        message = f"says something else of {what} than {first}, which counts"
        advice = "leave one dump of each account in the input"
        self._problem(name, line, "aws-two-dumps", message, advice)

    def _problem(
        self,
        name: str,
        line: int,
        code: str,
        message: str,
        advice: str = "",
        *,
        level: str = "error",
    ) -> None:
        self._problems.add(code, message, file=name, line=line, advice=advice, severity=level)


class _File:
    """One file, and the account that it is part of."""

    def __init__(
        self, reader: AwsReader, name: str, place: AwsPlace, data: bytes, into: _Account
    ) -> None:
        self.name, self.place, self.into = name, place, into
        self._reader, self._data = reader, data
        self._at, self._line = 0, 1

    def items(
        self, items: Iterable[Raw] | None, shape: type[_Shape]
    ) -> Iterator[tuple[int, _Shape]]:
        """Yield the items of a list that have the shape, with their lines; report the others."""
        for item in items or ():
            line = self._line_of(bytes(item))
            try:
                yield line, json.decode(item, type=shape)
            except (DecodeError, UnicodeDecodeError) as error:
                self._reader.problem(self.name, line, f"has an item that is left out: {error}")

    def _line_of(self, text: bytes) -> int:
        at = self._data.find(text, self._at)
        if at >= 0:
            self._line += self._data.count(b"\n", self._at, at)
            self._at = at
        return self._line if at >= 0 else 1

    def put(self, table: dict[Any, Any], key: object, value: object, line: int = 1) -> None:
        """Keep a part; of two that differ, the first."""
        first = table.setdefault(key, value)
        if first is not value and _plain(first) != _plain(value):
            where = getattr(first, "file", "") or self.into.file
            self._reader.other_answer(self.name, line, f"{key}", where)

    def document(self, raw: Raw, name: str, line: int = 1) -> AwsDocument | None:
        """Return a document: an object, its text in a string, or that URL-encoded."""
        text = bytes(raw).decode()
        if text.startswith('"'):
            text = json.decode(text, type=str)
        if text.lstrip()[:1] == "%":
            text = unquote(text)
        return None if text in ("null", "") else AwsDocument(text, name, self.name, line)


def _plain(value: object) -> object:
    """Return a part without where it was read."""
    if isinstance(value, AwsDocument):
        try:
            return json.decode(value.text)
        except DecodeError:
            return value.text
    if isinstance(value, Struct):
        fields = {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
        return {name: part for name, part in fields.items() if name not in ("file", "line")}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _tags(tags: Iterable[shapes.WireTag] | None) -> dict[str, str]:
    return {tag.key: tag.value or "" for tag in tags or ()}


def _take_details(file: _File, details: shapes.WireDetails) -> None:
    for kind in (details.user_detail_list, details.group_detail_list, details.role_detail_list):
        for line, one in file.items(kind, shapes.WireIdentity):
            own = one.user_policy_list or one.group_policy_list or one.role_policy_list or ()
            inline = (file.document(each.policy_document, each.policy_name, line) for each in own)
            boundary = one.permissions_boundary
            identity = AwsIdentity(
                arn=one.arn,
                inline=tuple(document for document in inline if document),
                attached=tuple(each.policy_arn for each in one.attached_managed_policies or ()),
                boundary=boundary.permissions_boundary_arn if boundary else "",
                trust=file.document(one.assume_role_policy_document, "trust policy", line),
                groups=tuple(one.group_list or ()),
                tags=_tags(one.tags),
                profiles=tuple(each.arn for each in one.instance_profile_list or ()),
                file=file.name,
                line=line,
            )
            file.put(file.into.identities, one.arn, identity, line)
    for line, policy in file.items(details.policies, shapes.WireManaged):
        document = None
        for version in policy.policy_version_list or ():
            default = version.version_id == policy.default_version_id
            if version.is_default_version or default:
                document = file.document(version.document, policy.arn, line)
        count = len(policy.policy_version_list or ())
        file.put(file.into.managed, policy.arn, AwsManagedPolicy(policy.arn, document, count), line)


def _take_provider(file: _File, provider: shapes.WireProvider) -> None:
    issuer = provider.url.removeprefix("https://").rstrip("/")
    clients = tuple(provider.client_ids or ())
    file.put(file.into.providers, issuer, AwsProvider(issuer, clients, file.name))


def _take_organization(file: _File, found: shapes.WireOrganization) -> None:
    one = found.organization
    file.into.organization = AwsOrganization(one.id, one.master_account_id)


def _take_control(file: _File, found: shapes.WireControl) -> None:
    one = found.policy
    document = file.document(one.content, one.policy_summary.id)
    if document is not None:
        control = AwsControl(
            one.policy_summary.id,
            document,
            of_resources=one.policy_summary.type == "RESOURCE_CONTROL_POLICY",
        )
        file.put(file.into.controls, control.id, control)


def _take_targets(file: _File, found: shapes.WireTargets) -> None:
    targets = tuple(one.target_id for one in found.targets or ())
    file.put(file.into.targets, file.place.inside, targets)


def _take_parents(file: _File, found: shapes.WireParents) -> None:
    for one in found.parents or ():
        file.put(file.into.parents, file.place.inside, one.id)


def _take_secrets(file: _File, found: shapes.WireSecrets) -> None:
    for line, one in file.items(found.secret_list, shapes.WireSecret):
        secret = AwsSecret(
            one.arn, one.name, one.kms_key_id or "", _tags(one.tags), file=file.name, line=line
        )
        file.put(file.into.secrets, one.arn, secret, line)


def _take_secret_policy(file: _File, found: shapes.WireSecretPolicy) -> None:
    document = file.document(found.resource_policy, "resource policy")
    file.put(file.into.resource_policies, found.arn, document)


def _take_parameters(file: _File, found: shapes.WireParameters) -> None:
    for line, one in file.items(found.parameters, shapes.WireParameter):
        if one.arn:
            secure = one.type == "SecureString"
            key, name = one.key_id or "", file.name
            parameter = AwsSecret(one.arn, one.name, key, secure=secure, file=name, line=line)
            file.put(file.into.secrets, one.arn, parameter, line)


def _take_aliases(file: _File, found: shapes.WireAliases) -> None:
    for one in found.aliases or ():
        if one.target_key_id:
            file.put(file.into.aliases, one.alias_arn, one.target_key_id)


def _take_keys(file: _File, found: shapes.WireKeys) -> None:
    for one in found.keys or ():
        file.into.keys.setdefault(one.key_arn, AwsKey(one.key_arn, file=file.name))


def _take_key(file: _File, found: shapes.WireKeyDescription) -> None:
    one = found.key_metadata
    managed = one.key_manager == "AWS"
    file.into.keys[one.arn] = AwsKey(one.arn, managed, one.enabled, file=file.name)


def _take_key_policy(file: _File, found: shapes.WireKeyPolicy) -> None:
    document = file.document(found.policy, "key policy")
    if document is not None:
        file.put(file.into.key_policies, file.place.inside, document)


def _take_grants(file: _File, found: shapes.WireGrants) -> None:
    grants = tuple(AwsGrant(bytes(one).decode()) for one in found.grants or ())
    file.put(file.into.grants, file.place.inside, grants)


def _take_cluster(file: _File, found: shapes.WireCluster) -> None:
    one = found.cluster
    oidc = one.identity.oidc if one.identity else None
    cluster = AwsCluster(
        one.arn,
        oidc.issuer if oidc else "",
        one.access_config.authentication_mode if one.access_config else "",
        file=file.name,
    )
    file.put(file.into.clusters, one.arn, cluster)


def _take_association(file: _File, found: shapes.WireAssociation) -> None:
    _put_association(file, found.association)


def _take_associations(file: _File, found: shapes.WireAssociations) -> None:
    file.into.listed.add((AwsContent.ASSOCIATIONS, file.place.inside))
    for one in found.associations or ():
        _put_association(file, one)


def _put_association(file: _File, one: shapes.WireAssociationData) -> None:
    key = file.place.inside, one.association_id
    known = file.into.associations.get(key)
    if known is not None and known.role:
        return
    file.into.associations[key] = AwsAssociation(
        one.association_id,
        one.namespace,
        one.service_account,
        one.role_arn,
        one.target_role_arn or "",
        one.policy or "",
        tagged=not one.disable_session_tags,
        file=file.name,
    )


def _take_entries(file: _File, found: shapes.WireEntries) -> None:
    file.into.listed.add((AwsContent.ENTRIES, file.place.inside))
    for principal in found.access_entries or ():
        key = file.place.inside, principal
        file.into.entries.setdefault(key, AwsEntry(principal, file=file.name))


def _take_entry(file: _File, found: shapes.WireEntry) -> None:
    one = found.access_entry
    groups = tuple(one.kubernetes_groups or ())
    file.into.entries[file.place.inside, one.principal_arn] = AwsEntry(
        one.principal_arn, one.username or "", groups, type=one.type, file=file.name
    )


def _take_access(file: _File, found: shapes.WireAccess) -> None:
    policies = []
    for one in found.associated_access_policies or ():
        scoped = one.access_scope is not None and one.access_scope.type == "namespace"
        names = tuple(one.access_scope.namespaces or ()) if one.access_scope and scoped else None
        policies.append(AwsAccess(one.policy_arn, names))
    file.put(file.into.access, (file.place.inside, found.principal_arn), tuple(policies))


_READERS: Mapping[AwsContent, tuple[type[Struct], Callable[[_File, Any], None]]] = {
    AwsContent.IDENTITIES: (shapes.WireDetails, _take_details),
    AwsContent.PROVIDER: (shapes.WireProvider, _take_provider),
    AwsContent.ORGANIZATION: (shapes.WireOrganization, _take_organization),
    AwsContent.CONTROL: (shapes.WireControl, _take_control),
    AwsContent.TARGETS: (shapes.WireTargets, _take_targets),
    AwsContent.PARENTS: (shapes.WireParents, _take_parents),
    AwsContent.SECRETS: (shapes.WireSecrets, _take_secrets),
    AwsContent.SECRET_POLICY: (shapes.WireSecretPolicy, _take_secret_policy),
    AwsContent.PARAMETERS: (shapes.WireParameters, _take_parameters),
    AwsContent.KEYS: (shapes.WireKeys, _take_keys),
    AwsContent.ALIASES: (shapes.WireAliases, _take_aliases),
    AwsContent.KEY: (shapes.WireKeyDescription, _take_key),
    AwsContent.KEY_POLICY: (shapes.WireKeyPolicy, _take_key_policy),
    AwsContent.GRANTS: (shapes.WireGrants, _take_grants),
    AwsContent.CLUSTER: (shapes.WireCluster, _take_cluster),
    AwsContent.ASSOCIATIONS: (shapes.WireAssociations, _take_associations),
    AwsContent.ASSOCIATION: (shapes.WireAssociation, _take_association),
    AwsContent.ENTRIES: (shapes.WireEntries, _take_entries),
    AwsContent.ENTRY: (shapes.WireEntry, _take_entry),
    AwsContent.ACCESS: (shapes.WireAccess, _take_access),
}


def _account_of(files: Iterable[tuple[str, AwsPlace, bytes]]) -> str:
    """Return the account of files that lie flat: the caller's, otherwise that of their ARNs."""
    found = {match[1].decode() for _, _, data in files for match in _ACCOUNT.finditer(data[:4096])}
    for _, place, data in files:
        if place.content is AwsContent.CALLER:
            try:
                return json.decode(data, type=shapes.WireCaller).account
            except (DecodeError, UnicodeDecodeError):
                continue
    return found.pop() if len(found) == 1 else ""


def _is_document(data: bytes) -> bool:
    """Whether a text is a policy document itself."""
    try:
        return "Statement" in json.decode(data, type=dict[str, Raw])
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _is_kubernetes(data: bytes) -> bool:
    """Whether a file holds an object of Kubernetes."""
    try:
        value = json.decode(data, type=_Kind)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return bool(value.kind and value.api_version)


class _Kind(Struct, rename="camel"):
    kind: str = ""
    api_version: str = ""
