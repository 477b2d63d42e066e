"""Answers of ``can-i`` and ``who-can`` made by hand."""

from rbacgraph.model.answers.decision import Decision, Grantee, GranteesResult
from rbacgraph.model.inputs.evidence import Evidence
from tests.report.records.paths import hostile_paths
from tests.report.records.shared import CI, HOSTILE, RBAC, READER, READERS, UNSEEN_BINDINGS


def yes():
    """Allowed, with what allows it."""
    reason = 'RBAC: allowed by RoleBinding "readers/shop" of Role "reader" to User "alice"'
    return Decision(True, reason, (READERS, READER))


def no():
    """Refused."""
    reason = 'User "bob" cannot get resource "secrets" in API group "" in the namespace "shop"'
    return Decision(False, reason)


def unknown():
    """Not refused for certain: a list is missing."""
    reason = 'User "bob" cannot get resource "secrets" in API group "" in the namespace "shop"'
    missing = (UNSEEN_BINDINGS,)
    return Decision(False, f"as far as rights were seen: {reason}", missing=missing)


def grantees():
    """Who may get the Secret directly."""
    masters = Evidence("Group", "", "system:masters", detail="bypasses RBAC")
    named = Evidence("Role", "shop", "one", RBAC, 90, 0, "get on secrets named db")
    return GranteesResult(
        (
            Grantee(principal="group:system:masters", scope="", evidence=(masters,)),
            Grantee(principal="user:alice", scope="shop", evidence=(READERS, READER)),
            Grantee(
                principal="serviceaccount:shop/api",
                scope="shop",
                only_names=("db",),
                evidence=(CI, named),
            ),
        )
    )


def hostile_grantees():
    """Holders of a right with hostile names."""
    evidence = hostile_paths().secrets[0].paths[0].hops[0].evidence
    holder = Grantee(principal=f"user:{HOSTILE}", scope=HOSTILE, evidence=evidence)
    return GranteesResult((holder,))
