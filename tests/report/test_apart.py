"""Each number of a document, a table or a page counts certain access, and its twin the rest."""

import json

from rbacgraph.report.documents.as_json import json_schema

TWINS = {
    ("SecretExposure", "certain"): "conditional",
    ("ExposureGroup", "secrets"): "conditional",
    ("Linked", "total"): "conditional",
}
"""Twins with names of their own; the others end or start with ``conditional``."""

EXCEPTIONS = {
    "a place in a file": """
        ApiServer.line Cause.line ChangedObject.line CutEdit.line EncryptedFile.line Evidence.line
        Evidence.rule Expired.line ExposureGroup.line Finding.line Finding.column Part.index
        Part.line Reference.line ResourceEncryption.entry ResourceEncryption.line
        ResourceEncryption.column RiskDocument.line SecretPathsDocument.line
        SopsFindingDocument.line Suppression.line Unmatched.line Unread.line VaultPolicyAdvice.line
        WidePattern.line ExcessDocument.secrets_as
    """,
    "an effort": """
        AdminDocument.effort EdgePage.effort Hop.effort PathDocument.effort SecretExposure.effort
        SecretExposure.reader_effort
    """,
    "of the input, of requests or of objects: no access is counted": """
        Basis.diagnostics Basis.max_hops CheckDocument.secrets ComparedKind.before
        ComparedKind.after ComparedKind.differing CutCheck.edits CutDocument.bound
        CutProof.requests CutProof.unexplained CutProof.covered CutProof.fewest CutProof.writes
        EncryptedFile.needed ExposureByDocument.secrets FixProof.requests GrantUse.requests
        LogSummary.events LogSummary.requests LogSummary.undecided Needed.count
        PathsDocument.unjudged_holders Proof.requests Proof.identities Proof.unexplained
        Proof.permissions Proof.covered Proof.writes Requests.requests RoleChange.rules_before
        RoleChange.rules RoleChange.bound RulePart.requests ServerWord.asked ServerWord.tried
        SopsDocument.rules SopsFindingDocument.count StoreUse.reads StoreUse.refused
        UnexplainedRead.reads Unread.files UnreadKind.files
        CheckDocument.not_manifests DiffDocument.not_manifests
        RisksReviewDocument.not_manifests VerifyDocument.asked
        VerifyDocument.allowed VerifyDocument.denied VerifyDocument.principals VerifyDocument.seed
    """,
    "causes by a severity, which says itself what depends on a condition": "RisksDocument.counts",
    "members of one group, whose path says whether it is certain": """
        Members.service_accounts Members.users
    """,
    "paths that the caller's limit leaves out": "SecretPathsDocument.truncated",
    "a bound of a search that weighs all pairs alike": "RiskFixDocument.most",
}


def has_numbers(schema):
    return '"integer"' in json.dumps(schema) and "$ref" not in json.dumps(schema)


def without_twin(kind, names):
    """The numbers that have no twin among the names."""
    own = {(kind, name): f"{name}_conditional" for name in names} | TWINS
    others = {name for name in names if "conditional" in name}
    firsts = {name for name in names if own[kind, name] in names or f"conditional_{name}" in names}
    seconds = {
        *(own[kind, name] for name in firsts),
        *(f"conditional_{name}" for name in firsts),
    }
    assert others <= seconds, (kind, others - seconds)
    return set(names) - firsts - others


def test_every_number_of_a_document_has_a_twin_or_a_reason_to_have_none():
    found = {
        f"{kind}.{name}"
        for kind, schema in json_schema()["$defs"].items()
        for name in without_twin(
            kind, [n for n, one in schema.get("properties", {}).items() if has_numbers(one)]
        )
    }
    excused = [name for names in EXCEPTIONS.values() for name in names.split()]
    assert len(excused) == len(set(excused))
    assert found == set(excused)
