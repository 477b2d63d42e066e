"""The answers of each question: what their records are, and which attributes matter most."""

from collections.abc import Iterable, Sequence
from pathlib import Path as FilePath

from rbacgraph.api.answers.base import Answer, AnswerKind, DrawnAnswer
from rbacgraph.api.answers.to_networkx import AnswerEdge, path_steps
from rbacgraph.errors import RbacGraphError
from rbacgraph.model.answers import diff, paths, some_records
from rbacgraph.model.answers.admins import AdminsResult
from rbacgraph.model.answers.coverage import UnjudgedRight
from rbacgraph.model.answers.decision import Grantee, GranteesResult
from rbacgraph.model.answers.encryption_at_rest.encrypted_files import (
    EncryptedFile,
    SopsFinding,
    SopsResult,
)
from rbacgraph.model.answers.encryption_at_rest.encryption import (
    ApiServer,
    EncryptionResult,
    Finding,
    ResourceEncryption,
)
from rbacgraph.model.answers.exposure_by import ExposureByResult, ExposureGroup
from rbacgraph.model.answers.policy_check import CheckResult, Excess, ExcessAdmin, Expired
from rbacgraph.model.answers.rights import DirectRule, RightsResult
from rbacgraph.model.answers.risk.risks import Risk, RisksResult
from rbacgraph.model.answers.risk.severities import RiskSeverity
from rbacgraph.model.answers.survey import SurveyResult
from rbacgraph.model.answers.usage import GrantUse, UsageResult
from rbacgraph.model.answers.verification import Disagreement, Unanswered, VerifyResult
from rbacgraph.model.changes.change import Change as ObjectChange
from rbacgraph.model.changes.cut import CutEdit, CutResult
from rbacgraph.model.changes.risk_fix import FixProof, RiskFixResult
from rbacgraph.model.changes.saved_suggestion import RecheckResult, Standing
from rbacgraph.model.changes.suggestion import Leftover, RoleChange, SuggestResult
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.unread import Unread, UnreadKind
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.words import binding_of, chain, object_name, rules_of


def _every_path(result: paths.PathsResult) -> tuple[paths.Path, ...]:
    return tuple(path for secret in result.secrets for path in secret.paths)


def _pages() -> tuple[paths.EdgePage, ...]:
    from rbacgraph.techniques.catalogue import pages  # few need them

    return pages()


def _manifests(changes: Iterable[ObjectChange]) -> str:
    from rbacgraph.report.advice.manifests import manifests_text

    return manifests_text(changes)


def _granted(
    principal: str, binding: Evidence | None, rules: tuple[Evidence, ...]
) -> Iterable[AnswerEdge]:
    """Yield the steps from a principal to a binding, and from that to its role."""
    if binding and rules:
        name = _node(binding.kind, binding.namespace, binding.name)
        role = _node(rules[0].kind, rules[0].namespace, rules[0].name)
        yield AnswerEdge(principal, name, "bound-by", evidence=(binding,))
        yield AnswerEdge(name, role, "grants", evidence=rules)


def _node(kind: str, namespace: str, name: str) -> str:
    return f"{kind.lower()}:{object_name(namespace, name)}"


class Paths(DrawnAnswer[paths.PathsResult, paths.Path]):
    """Paths to one or many Secrets, by Secret, least effort first."""

    secrets: Sequence[paths.SecretPaths]
    basis: paths.Basis
    unjudged: tuple[UnjudgedRight, ...]
    unjudged_holders: int

    kind = AnswerKind[paths.PathsResult](
        items=_every_path,
        only=some_records.only_paths,
        title=lambda result: (
            f"Paths: {count(len(_every_path(result)), 'path')}"
            f" to {count(len(result.secrets), 'Secret')}"
        ),
        steps=lambda result: path_steps(_every_path(result)),
    )


class Reach(DrawnAnswer[paths.ReachResult, paths.Reached]):
    """The blast radius of one source: Secrets first, then identities.

    ``len()`` counts targets; a frame has a row for the certain path to a target and one for the
    conditional path, where each is there.
    """

    basis: paths.Basis
    unjudged: tuple[UnjudgedRight, ...]

    kind = AnswerKind[paths.ReachResult](
        items=lambda result: result.reached,
        only=some_records.only_in("reached"),
        title=lambda result: f"Reach of {result.source}: {count(len(result.reached), 'target')}",
        steps=lambda result: path_steps(
            path for one in result.reached for path in (one.certain, one.conditional) if path
        ),
    )


class Exposure(Answer[paths.ExposureResult, paths.SecretExposure]):
    """Every Secret with its readers beside operators and admins, the most severe first.

    The graph has one edge for each reached Secret: its path of the lowest effort found.
    """

    basis: paths.Basis

    kind = AnswerKind[paths.ExposureResult](
        items=lambda result: result.rows,
        only=some_records.only_in("rows"),
        title=lambda result: f"Exposure of {count(len(result.rows), 'Secret')}",
        steps=lambda result: (
            AnswerEdge(row.principal, row.secret, chain(row.cheapest), effort=row.effort)
            for row in result.rows
            if row.cheapest
        ),
    )


class ExposureBy(Answer[ExposureByResult, ExposureGroup]):
    """Pairs of principals and Secrets by principal, namespace, last technique or binding.

    What opens most to readers comes first. The graph is empty: a row is no path.
    """

    basis: paths.Basis

    kind = AnswerKind[ExposureByResult](
        items=lambda result: result.groups,
        only=some_records.only_in("groups"),
        title=lambda result: f"Exposure by {result.by}: {count(len(result.groups), 'row')}",
    )


class Admins(Answer[AdminsResult, paths.Admin]):
    """Who is effectively cluster-admin, and how: those who are it for certain first.

    ``admins`` and ``conditional`` are the two apart, and ``operators`` those that need it by
    design, which come last; ``shipped`` are the control plane's own identities, which the sequence
    and the frame leave out.
    """

    admins: tuple[paths.Admin, ...]
    conditional: tuple[paths.Admin, ...]
    operators: tuple[paths.Admin, ...]
    shipped: tuple[paths.Admin, ...]
    basis: paths.Basis

    kind = AnswerKind[AdminsResult](
        items=lambda result: result.listed,
        only=some_records.only_admins,
        title=lambda result: f"Admins: {count(len(result.admins), 'principal')}",
        steps=lambda result: path_steps(one.path for one in result.listed if one.path),
    )


class Risks(Answer[RisksResult, Risk]):
    """The causes of access, the most severe first.

    The sequence and the frame begin with those that are not by design; ``risks`` and
    ``by_design`` are the two apart. ``counts`` says how many of ``risks`` each severity has. The
    graph has the example path of each.
    """

    risks: tuple[Risk, ...]
    by_design: tuple[Risk, ...]
    counts: dict[RiskSeverity, int]
    basis: paths.Basis

    kind = AnswerKind[RisksResult](
        items=lambda result: (*result.risks, *result.by_design),
        only=some_records.only_risks,
        title=lambda result: f"Risks: {count(len(result.risks), 'cause')}",
        steps=lambda result: path_steps(one.path for one in result.risks if one.path),
    )


class Survey(Answer[SurveyResult, paths.SecretExposure]):
    """Every Secret with all paths to it, to be written as one page: ``render("report.html")``."""

    basis: paths.Basis

    kind = AnswerKind[SurveyResult](
        items=lambda result: result.exposure.rows,
        only=some_records.only_survey_rows,
        title=lambda result: (
            f"Survey of {count(len(result.exposure.rows), 'Secret')}"
            f" and {count(len(result.principals), 'principal')}"
        ),
        steps=lambda result: path_steps(
            path for secret in result.secrets for path in secret.paths(result.ways[secret.ways])
        ),
    )


class Check(Answer[CheckResult, Excess | ExcessAdmin | Expired]):
    """What a policy does not allow: cluster-admins, then findings, then expired entries.

    A finding is principals with the same path to the same Secrets: ``len()`` counts findings,
    cluster-admins by the same way, and expired entries; a frame has a row for each principal and
    Secret of a finding, for each cluster-admin, and for each expired entry. ``admins``,
    ``findings`` and ``expired`` hold the three apart; ``failed`` says whether there is one of any.
    ``unread`` lists files that were not read completely: their rights are unknown. ``unread_kinds``
    holds the kinds that rbacgraph does not look into, and ``not_manifests`` how many files hold no
    object.
    """

    findings: tuple[Excess, ...]
    expired: tuple[Expired, ...]
    admins: tuple[ExcessAdmin, ...]
    unread: tuple[Unread, ...]
    unread_kinds: tuple[UnreadKind, ...]
    not_manifests: int
    failed: bool
    basis: paths.Basis

    kind = AnswerKind[CheckResult](
        items=lambda result: (*result.admins, *result.findings, *result.expired),
        only=some_records.only_findings,
        title=lambda result: (
            f"Check: {count(len(result.findings) + len(result.admins), 'finding')},"
            f" {count(len(result.expired), 'expired entry', 'expired entries')}"
        ),
        steps=lambda result: path_steps(found.path for found in result.findings),
        pages=_pages,
    )

    def write_baseline(self, path: str | FilePath) -> FilePath:
        """Write the findings as known, for ``baseline`` of :meth:`rbacgraph.Cluster.check`.

        Parameters
        ----------
        path:
            The file.

        Raises
        ------
        RbacGraphError
            If it cannot be written.
        """
        from rbacgraph.report.review.check import baseline_text

        path = FilePath(path)
        try:
            path.write_text(baseline_text(self.findings, self.admins), encoding="utf-8")
        except OSError as error:
            raise RbacGraphError(f"cannot write {path}: {error.strerror}") from None
        return path


class Diff(DrawnAnswer[diff.DiffResult, diff.AccessChange]):
    """The changes between two clusters: those that open paths first.

    ``len()`` counts changes: the objects that together open or close something. A frame has a row
    for each principal and Secret of each change, and, with ``cluster_admin``, for each principal of
    ``admins``: who becomes effectively cluster-admin, and who ceases to be it.

    ``gained`` and ``lost`` hold changes of rights, without changes of Secrets alone. ``unread``
    lists changed files that were not read completely: what they open is unknown. ``identities``
    holds who gains or loses which identities and Nodes, ``without_effect`` the RBAC objects that
    changed without effect on Secrets, and ``compared`` how many objects were compared. Of changed
    files ``unread_kinds`` holds the kinds that rbacgraph does not look into, and ``not_manifests``
    how many hold no object.
    """

    gained: tuple[diff.AccessChange, ...]
    lost: tuple[diff.AccessChange, ...]
    unread: tuple[Unread, ...]
    identities: tuple[diff.GainedIdentity, ...]
    without_effect: tuple[diff.ChangedObject, ...]
    compared: tuple[diff.ComparedKind, ...]
    unread_kinds: tuple[UnreadKind, ...]
    not_manifests: int
    admins: tuple[diff.AdminChange, ...]
    basis: paths.Basis

    kind = AnswerKind[diff.DiffResult](
        items=lambda result: result.changes,
        only=some_records.only_in("changes"),
        title=lambda result: (
            f"Diff: {count(len(result.gained), 'change opens', 'changes open')} paths,"
            f" {count(len(result.lost), 'closes', 'close')} some"
        ),
        steps=lambda result: path_steps(way.path for one in result.changes for way in one.ways),
        pages=_pages,
    )


class Cut(Answer[CutResult, CutEdit]):
    """The fewest edits after which only the kept principals reach a Secret.

    ``possible`` says whether all others are cut off. The graph has the paths that force the edits.
    """

    changes: tuple[ObjectChange, ...]
    possible: bool

    kind = AnswerKind[CutResult](
        items=lambda result: result.edits,
        only=some_records.only_in("edits"),
        title=lambda result: f"Cut: {count(len(result.edits), 'edit')} for {result.secret}",
        steps=lambda result: path_steps(one.path for one in result.forcing),
    )

    @property
    def notes(self) -> tuple[str, ...]:
        """What else to know, in sentences."""
        return tuple(map(str, self.result.notes))

    def manifests(self) -> str:
        """Return the objects as YAML that can be applied."""
        return _manifests(self.changes)


class RiskFix(Answer[RiskFixResult, Risk]):
    """Causes with the changes that close them all, and what is left then."""

    changes: tuple[ObjectChange, ...]
    proof: FixProof

    kind = AnswerKind[RiskFixResult](
        items=lambda result: result.risks,
        only=some_records.only_in("risks"),
        title=lambda result: f"Fix: {count(len(result.risks), 'cause')}",
        steps=lambda result: path_steps(one.path for one in result.risks if one.path),
    )

    def manifests(self) -> str:
        """Return the objects as YAML that can be applied."""
        return _manifests(self.changes)


class Suggestion(Answer[SuggestResult, RoleChange]):
    """The changes of each role, proven to be enough and no more.

    ``len()`` counts roles; a frame has a row for each permission that a role keeps, loses or gets.

    ``changes`` are the objects to apply, in order; ``leftovers`` are to be deleted afterwards. The
    graph has the roles of each principal after the changes.
    """

    changes: tuple[ObjectChange, ...]
    leftovers: tuple[Leftover, ...]

    kind = AnswerKind[SuggestResult](
        items=lambda result: result.roles,
        only=some_records.only_in("roles"),
        title=lambda result: (
            f"Suggestion: {count(len(result.changes), 'change')},"
            f" {count(len(result.roles), 'role')}"
        ),
        steps=lambda result: (
            AnswerEdge(principal, _node(role.kind, role.namespace, role.name), "grants")
            for role in result.roles
            for principal in role.principals
        ),
    )

    @property
    def notes(self) -> tuple[str, ...]:
        """What else to know, in sentences."""
        return tuple(map(str, self.result.notes))

    def manifests(self) -> str:
        """Return the objects to apply as YAML.

        Returns
        -------
        str
            One document for each object that is made or changed, ``""`` for no change.
        """
        return _manifests(self.changes)


class Recheck(Answer[RecheckResult, Standing]):
    """How each object of a saved suggestion stands; ``.result.holds`` says the whole."""

    kind = AnswerKind[RecheckResult](
        items=lambda result: result.standing,
        only=some_records.only_in("standing"),
        title=lambda result: (
            f"Recheck: {count(len(result.standing), 'change')},"
            f" {'holds' if result.holds else 'does not hold'}"
        ),
    )


class Usage(Answer[UsageResult, GrantUse]):
    """Each rule that a binding gives a subject, with its used and never used parts.

    ``len()`` counts these rules; a frame has a row for each part: a verb, resource and name.
    """

    kind = AnswerKind[UsageResult](
        items=lambda result: result.grants,
        only=some_records.only_in("grants"),
        title=lambda result: (
            f"Usage: {count(len(result.grants), 'rule')}, {count(result.log.requests, 'request')}"
        ),
        steps=lambda result: (
            step
            for use in result.grants
            for step in _granted(use.principal, use.binding, (use.rule,))
        ),
    )


class Grantees(Answer[GranteesResult, Grantee]):
    """Who holds a right directly, one for each binding that gives it.

    ``missing`` lists what rbacgraph could not see.
    """

    missing: tuple[Condition, ...]

    kind = AnswerKind[GranteesResult](
        items=lambda result: result.grantees,
        only=some_records.only_in("grantees"),
        title=lambda result: f"Grantees: {count(len(result.grantees), 'grant')}",
        steps=lambda result: (
            step
            for one in result.grantees
            for step in _granted(one.principal, binding_of(one.evidence), rules_of(one.evidence))
        ),
    )


class Rights(Answer[RightsResult, DirectRule]):
    """The rules that a principal holds, what opens techniques first.

    ``len()`` counts rules; a frame has a row for each binding that gives a rule. ``groups`` are
    the groups whose rights count too.
    """

    principal: str
    groups: tuple[str, ...]
    basis: paths.Basis

    kind = AnswerKind[RightsResult](
        items=lambda result: result.rules,
        only=some_records.only_in("rules"),
        title=lambda result: f"Rights of {result.principal}: {count(len(result.rules), 'rule')}",
        steps=lambda result: (
            step
            for rule in result.rules
            for one in rule.sources
            for step in _granted(one.subject, binding_of(one.evidence), rules_of(one.evidence))
        ),
    )


class Verification(Answer[VerifyResult, Disagreement]):
    """Every claim with which the server disagrees.

    ``unanswered`` are the claims about which it gave no answer: they are not verified.
    """

    unanswered: tuple[Unanswered, ...]

    kind = AnswerKind[VerifyResult](
        items=lambda result: result.disagreements,
        only=some_records.only_in("disagreements"),
        title=lambda result: (
            f"Verification: {count(result.asked, 'claim')},"
            f" {count(len(result.disagreements), 'disagreement')}"
        ),
    )


class Encryption(Answer[EncryptionResult, Finding]):
    """The findings about encryption at rest, the most serious first.

    ``resources`` says how each resource is stored; ``servers`` are the API servers of the input,
    with the flags that decide on encryption; ``loads`` says whether the API server accepts the
    file, None without a file.
    """

    resources: tuple[ResourceEncryption, ...]
    servers: tuple[ApiServer, ...]
    loads: bool | None

    kind = AnswerKind[EncryptionResult](
        items=lambda result: result.findings,
        only=some_records.only_in("findings"),
        title=lambda result: f"Encryption: {count(len(result.findings), 'finding')}",
        steps=lambda result: (
            AnswerEdge(f"resource:{row.resource}", f"provider:{provider}", edge)
            for row in result.resources
            for provider, edge in [
                (row.writes, "written-by"),
                *((reader, "read-by") for reader in row.reads),
            ]
        ),
    )


class GitSecretFindings(Answer[SopsResult, SopsFinding]):
    """The findings about files that SOPS encrypts, the most serious first.

    ``files`` are the encrypted files, each with its recipients.
    """

    files: tuple[EncryptedFile, ...]

    kind = AnswerKind[SopsResult](
        items=lambda result: result.findings,
        only=some_records.only_in("findings"),
        title=lambda result: f"SOPS: {count(len(result.findings), 'finding')}",
        steps=lambda result: (
            AnswerEdge(recipient, f"sops:{one.file}", "decrypts")
            for one in result.files
            for group in one.groups
            for recipient in group
        ),
    )
