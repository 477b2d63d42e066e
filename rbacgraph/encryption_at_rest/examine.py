"""Evaluates an EncryptionConfiguration as the API server does."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from rbacgraph.authz.questions.api_resources import known_resources
from rbacgraph.encryption_at_rest import validate
from rbacgraph.encryption_at_rest.entry_matching import (
    ANY,
    EVERYTHING,
    GroupResource,
    ResourceEntries,
    read_rules,
    rule_field,
)
from rbacgraph.encryption_at_rest.findings import DATA, ETCD, FORMAT, FindingMaker
from rbacgraph.encryption_at_rest.providers import provider_findings
from rbacgraph.encryption_at_rest.resource_storage import (
    ProviderUse,
    Stored,
    asked,
    decide,
    names,
    row_of,
    writers,
)
from rbacgraph.model.answers.encryption_at_rest.encryption import (
    SEVERITIES,
    ApiServer,
    EncryptionResult,
    Finding,
    Plaintext,
    Severity,
)
from rbacgraph.model.answers.encryption_at_rest.encryption_text import (
    FindingAdvice,
    FindingCode,
    FindingMessage,
    FindingSubject,
)
from rbacgraph.model.did_you_mean import near
from rbacgraph.model.inputs.encryption_config import EncryptionConfig, Fault
from rbacgraph.model.inputs.snapshot import NEWEST_KUBERNETES, Snapshot
from rbacgraph.model.kubernetes.pods import ApiServerFlags, Pod

_STRICT = (1, 31)
_KMS_V1_OFF = (1, 29)

_Version = tuple[int, int] | None


def examine(
    config: EncryptionConfig | None,
    snapshot: Snapshot | None = None,
    *,
    resources: Sequence[str] = (),
    kubernetes_version: _Version = None,
) -> EncryptionResult:
    """Return how each resource is stored, what the server refuses, and further findings.

    ``config``: the file; None if the question is only about the flags of API servers.
    ``snapshot``: the cluster, if one was read: its API servers and custom resources.
    ``resources``: ``RESOURCE[.GROUP]`` to list besides Secrets, ConfigMaps and what the file names.
    ``kubernetes_version``: the version of the API server, if known; else the newest.
    """
    servers = snapshot.api_servers if snapshot else []
    records = [record_of(snapshot, *server) for server in servers] if snapshot else []
    file = config.file if config else ""
    findings: list[Finding] = []
    if snapshot:
        shown = not snapshot.collected or snapshot.is_listed("Pod", "kube-system")
        findings += server_findings(records, file, shown=shown)
    rows = []
    loads = None
    if config:
        maker = _finding_maker(config, [flags for _, flags in servers], kubernetes_version)
        rules = read_rules(config.entries)
        errors = list(_errors(maker, rules, kubernetes_version))
        loads = not any(error.severity == "error" for error in errors)
        stored = [decide(config, rules, one) for one in asked(rules, tuple(resources))]
        readable = bool(config.entries)
        rows = [row_of(config, one) for one in stored] if readable else []
        findings += errors
        findings += file_findings(maker, rules)
        if readable:
            findings += plaintext_findings(maker, stored)
            findings += provider_findings(maker, stored, kubernetes_version)
            findings += named_findings(maker, rules, snapshot)
            findings += custom_findings(maker, rules, snapshot)
            findings += wildcard_findings(maker, rules, kubernetes_version)
    version = kubernetes_version or NEWEST_KUBERNETES
    return EncryptionResult(
        file=file,
        loads=loads,
        resources=tuple(rows),
        findings=tuple(sorted(_merged(findings), key=_weight)),
        servers=tuple(records),
        searched=snapshot is not None,
        kubernetes_version=".".join(map(str, version)),
    )


def _finding_maker(
    config: EncryptionConfig, flags: Sequence[ApiServerFlags], version: _Version
) -> FindingMaker:
    """Return a maker of findings that knows the servers reading the file."""
    reload = any(found.reload for found in flags)
    kms_v1: bool | None = None
    if flags and all(found.kms_v1 for found in flags):
        kms_v1 = True
    elif flags and version and version >= _KMS_V1_OFF:
        kms_v1 = False
    return FindingMaker(config=config, reload=reload, kms_v1=kms_v1)


def _errors(maker: FindingMaker, rules: ResourceEntries, version: _Version) -> Iterator[Finding]:
    config = maker.config
    for fault in config.faults:
        yield _fault(maker, fault, version)
    broken = not config.entries and bool(config.faults)
    if broken:
        return
    refusals = [*validate.validate(config, reload=maker.reload), *validate.masked(rules.masked)]
    if maker.kms_v1 is False:
        refusals += validate.kms_v1_disabled(config)
    unread = [fault.field for fault in config.faults if not fault.strict and fault.field]
    for refusal in refusals:
        if _is_within(refusal.field, unread):
            continue
        yield maker.at(refusal.field, refusal.code, "error", *refusal.subject, reference=FORMAT)


def _is_within(field: str, fields: Sequence[str]) -> bool:
    """Whether a field is, or is inside, one that could not be read."""
    return any(field == one or field.startswith((f"{one}.", f"{one}[")) for one in fields)


def _fault(maker: FindingMaker, fault: Fault, version: _Version) -> Finding:
    code = FindingCode.FAULT
    severity: Severity = "error"
    subject: tuple[str, ...] = (fault.field, fault.message)
    if fault.strict and version and version < _STRICT:
        code, subject = FindingCode.FAULT_IS_IGNORED, (fault.message, ".".join(map(str, version)))
        severity = "medium"
    elif fault.strict:
        code, subject = FindingCode.STRICT_FAULT, (fault.message,)
    return maker.at(
        fault.field, code, severity, *subject, fault=fault.id, reference=FORMAT, place=fault.place
    )


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """Merge findings about several resources at one place, as behind a YAML alias."""
    found: dict[tuple[object, ...], Finding] = {}
    for one in findings:
        key = (one.id, one.message, one.file, one.line, one.column)
        first = found.setdefault(key, one)
        resources = tuple(dict.fromkeys((*first.resources, *one.resources)))
        found[key] = replace(first, resources=resources)
    return list(found.values())


def _weight(finding: Finding) -> tuple[int, bool, str, int, int]:
    return (
        SEVERITIES.index(finding.severity),
        finding.severity == "error" and not finding.line,
        finding.file,
        finding.line,
        finding.column,
    )


# Evaluates the flags of a cluster's API servers that concern encryption at rest.
#
# Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/server/options/etcd.go``.


def record_of(snapshot: Snapshot, pod: Pod, flags: ApiServerFlags) -> ApiServer:
    file, line = snapshot.where(pod)
    return ApiServer(
        pod=f"{pod.metadata.namespace}/{pod.metadata.name}",
        config=flags.config,
        reload=flags.reload,
        etcd_servers=flags.etcd_servers,
        file=file,
        line=line,
    )


def server_findings(servers: Sequence[ApiServer], file: str, *, shown: bool) -> Iterator[Finding]:
    """Yield findings about the flags; ``file`` is the configuration that was read, if any.

    ``shown`` says whether the input would show their Pods, if there were any.
    """
    if not servers:
        yield _unseen(shown=shown)
        return
    without = [server for server in servers if not server.config]
    if len(without) < len(servers):
        yield from _differ(servers, without)
    else:
        pods = tuple(server.pod for server in servers)
        yield _finding(FindingCode.NO_ENCRYPTION_CONFIG, "high", servers[0], pods, file)
    for server in servers:
        yield from _flags(server)


def _unseen(*, shown: bool) -> Finding:
    code = FindingCode.API_SERVER_UNSEEN
    return Finding(
        id=code.id,
        severity="info",
        message=FindingMessage(code, (shown,)),
        advice=FindingAdvice(code, (shown,)),
        reference=DATA,
    )


def _differ(servers: Sequence[ApiServer], without: Sequence[ApiServer]) -> Iterator[Finding]:
    if without:
        pods = [server.pod for server in without]
        yield _finding(FindingCode.API_SERVERS_DIFFER, "high", without[0], *pods)
    if not all(server.reload for server in servers if server.config):
        first = next(server for server in servers if server.config and not server.reload)
        yield _finding(FindingCode.NO_RELOAD, "info", first)


def _flags(server: ApiServer) -> Iterator[Finding]:
    if server.reload and not server.config:
        yield _finding(FindingCode.RELOAD_WITHOUT_CONFIG, "error", server)
    plain = [url for url in server.etcd_servers if url.startswith("http://")]
    if plain:
        yield _finding(
            FindingCode.ETCD_WITHOUT_TLS, "medium", server, server.pod, *plain, reference=ETCD
        )


def _finding(
    code: FindingCode,
    severity: Severity,
    server: ApiServer,
    *subject: FindingSubject,
    reference: str = DATA,
) -> Finding:
    return Finding(
        id=code.id,
        severity=severity,
        message=FindingMessage(code, subject),
        advice=FindingAdvice(code, subject),
        file=server.file,
        line=server.line,
        reference=reference,
    )


# Finds resources that are written in plaintext, or that may remain so.
#
# Source: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/.

_UNCOVERED: dict[str, tuple[FindingCode, Severity]] = {
    "secrets": (FindingCode.SECRETS_NOT_COVERED, "high"),
    "configmaps": (FindingCode.CONFIGMAPS_NOT_COVERED, "low"),
}


def plaintext_findings(maker: FindingMaker, stored: Sequence[Stored]) -> Iterator[Finding]:
    """Yield findings about the order of the providers, for the resources asked about."""
    yield from _uncovered(maker, stored)
    for use, resources in writers(stored):
        if use.provider.kind == "identity":
            yield _identity_first(maker, use, resources)
    yield from _remains(maker, stored)


def _uncovered(maker: FindingMaker, stored: Sequence[Stored]) -> Iterator[Finding]:
    for one in stored:
        name = str(one.resource)
        if one.rule is None and name in _UNCOVERED:
            yield maker.at("resources", *_UNCOVERED[name], resources=[name])


def _identity_first(maker: FindingMaker, use: ProviderUse, resources: Sequence[str]) -> Finding:
    weight: Severity = "info"
    if "secrets" in resources:
        weight = "high"
    elif "configmaps" in resources:
        weight = "medium"
    others = maker.config.entries[use.entry].providers[use.position + 1 :]
    later = tuple(name for provider in others for name in names(provider))
    return maker.at(
        use.field,
        FindingCode.IDENTITY_FIRST,
        weight,
        tuple(resources),
        later,
        weight == "info",
        resources=resources,
    )


def _remains(maker: FindingMaker, stored: Sequence[Stored]) -> Iterator[Finding]:
    """Yield findings about objects that may be older than the encryption."""
    for field, resources in _grouped(stored, "may-remain").items():
        code = FindingCode.PLAINTEXT_MAY_REMAIN
        yield maker.at(field, code, "low", *resources, resources=resources)
    for field, resources in _grouped(stored, "unreadable").items():
        code = FindingCode.PLAINTEXT_UNREADABLE
        yield maker.at(field, code, "info", *resources, resources=resources)


def _grouped(stored: Sequence[Stored], plaintext: Plaintext) -> dict[str, list[str]]:
    """Group resources by the field to show: identity, or the provider that writes instead."""
    found: dict[str, list[str]] = {}
    for one in stored:
        if one.plaintext == plaintext:
            identity = [use for use in one.uses if use.provider.kind == "identity"]
            found.setdefault([*identity, *one.uses][0].field, []).append(str(one.resource))
    return found


# Checks whether the file is complete, its resources exist, and all resources are covered.

_WILDCARDS = (1, 27)
_NEWEST = ".".join(map(str, NEWEST_KUBERNETES))


def file_findings(maker: FindingMaker, rules: ResourceEntries) -> Iterator[Finding]:
    """Yield findings about the file as a whole."""
    config = maker.config
    if config.legacy:
        yield maker.at("apiVersion", FindingCode.LEGACY_KIND, "info")
    if config.ignored:
        yield maker.at("", FindingCode.IGNORED_TEXT, "medium", place=config.ignored)
    for rule, entries in rules.entries.items():
        if len(entries) > 1:
            yield maker.at(
                f"resources[{entries[1]}]",
                FindingCode.SPLIT_RESOURCE,
                "low",
                str(rule),
                *(f"resources[{at}]" for at in entries),
                resources=[str(rule)],
            )


def named_findings(
    maker: FindingMaker, rules: ResourceEntries, snapshot: Snapshot | None
) -> Iterator[Finding]:
    """Yield names that no API server has, which the server accepts silently."""
    custom = _custom(snapshot)
    known = {GroupResource(found.group, found.resource) for found in known_resources()}
    own = {found.group for found in known}
    known |= {EVERYTHING, *custom}
    known |= {GroupResource(found.group, ANY) for found in known}
    complete = snapshot is not None and snapshot.is_listed("CustomResourceDefinition")
    for rule, field in _fields(maker, rules):
        foreign = "." in rule.group and rule.group not in own
        if rule in known or (foreign and not complete):
            continue
        yield maker.at(
            field,
            FindingCode.UNKNOWN_RESOURCE,
            "medium",
            _NEWEST,
            str(rule),
            *near(str(rule), map(str, known)),
            resources=[str(rule)],
            reference=FORMAT,
        )


def custom_findings(
    maker: FindingMaker, rules: ResourceEntries, snapshot: Snapshot | None
) -> Iterator[Finding]:
    """Yield custom resources that are stored in plaintext because no entry covers them."""
    custom, code = _custom(snapshot), FindingCode.CUSTOM_RESOURCES_NOT_COVERED
    if custom:
        plain = [str(found) for found in custom if rules.decide(found) is None]
        if plain:
            yield maker.at("resources", code, "low", len(custom), *plain, resources=plain)
    elif EVERYTHING not in rules.entries:
        yield maker.at("resources", code, "info", resources=[str(EVERYTHING)])


def wildcard_findings(
    maker: FindingMaker, rules: ResourceEntries, version: tuple[int, int] | None
) -> Iterator[Finding]:
    """Yield wildcards that an old API server reads as a name."""
    if version is None or version >= _WILDCARDS:
        return
    for rule, field in _fields(maker, rules):
        if rule.resource == ANY:
            yield maker.at(
                field,
                FindingCode.WILDCARD_TOO_NEW,
                "high",
                str(rule),
                resources=[str(rule)],
                reference=DATA,
            )


def _custom(snapshot: Snapshot | None) -> list[GroupResource]:
    if snapshot is None:
        return []
    return [GroupResource(found.group, found.resource) for found in snapshot.custom_resources]


def _fields(maker: FindingMaker, rules: ResourceEntries) -> Iterator[tuple[GroupResource, str]]:
    """Yield each rule with its first field."""
    for rule, entries in rules.entries.items():
        yield rule, rule_field(maker.config, rule, entries[0])
