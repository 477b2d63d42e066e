"""Answers of ``diff`` made by hand: what a change opens and closes, and names that mean harm."""

from msgspec.structs import replace

from rbacgraph.model.answers.diff import (
    AccessChange,
    AdminChange,
    Cause,
    ChangedObject,
    ComparedKind,
    DiffResult,
    GainedIdentity,
    Opened,
    Part,
)
from rbacgraph.model.answers.paths import Admin, Hop, Path
from rbacgraph.model.answers.policy_check import (
    CheckResult,
    Excess,
    ExcessAdmin,
    Expired,
    Unmatched,
    WidePattern,
)
from rbacgraph.model.answers.risk.cause_text import NO_TEXT, Happening
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.inputs.evidence import Evidence
from tests.report.records.paths import create_pod, hostile_paths, read
from tests.report.records.shared import BASIS, DB, HOSTILE, HOSTILE_NODE, POLICY

SUBJECT = Part("subjects", 1, "user:bob", 40)
RULE = Part("rules", 2, "get, list on secrets", 19)


def way(path, *, before="none", after="certain", principals=None, secrets=(DB,)):
    """One way, of the path's principal to one Secret."""
    return Opened(
        principals=principals or (path.principal,),
        secrets=secrets,
        before=before,
        after=after,
        path=path,
    )


def conditional(path):
    """The same path, under a condition."""
    (hop,) = path.hops
    condition = POLICY
    told = replace(hop, condition=condition)
    return Path(path.principal, path.target, (told,))


def shop_diff():
    """A subject, a rule and a ClusterRole are added; a binding goes; a Secret comes."""
    several = tuple(f"serviceaccount:shop/job-{n}" for n in range(12))
    gained = (
        AccessChange(
            gained=True,
            causes=(
                Cause(
                    "RoleBinding",
                    "shop",
                    "readers",
                    "changed",
                    (SUBJECT,),
                    NO_TEXT,
                    "new/rbac.yaml",
                    31,
                ),
            ),
            ways=(
                way(read("user:bob"), secrets=("secret:shop/api", DB)),
                way(create_pod("user:bob"), before="conditional", secrets=("secret:shop/tls",)),
            ),
        ),
        AccessChange(
            gained=True,
            causes=(
                Cause(
                    "ClusterRole",
                    "",
                    "edit-more",
                    "added",
                    (RULE,),
                    Happening.AGGREGATED_TO("edit"),
                    "new/roles.yaml",
                    3,
                ),
                Cause("RoleBinding", "shop", "jobs", "added", (), NO_TEXT, "new/jobs.yaml", 8),
            ),
            ways=(
                way(
                    conditional(create_pod("serviceaccount:shop/job-0")),
                    after="conditional",
                    principals=several,
                ),
            ),
        ),
    )
    lost = AccessChange(
        gained=False,
        causes=(
            Cause(
                "RoleBinding",
                "shop",
                "old",
                "removed",
                (Part("subjects", 0, "group:ops", 12),),
                NO_TEXT,
                "old/rbac.yaml",
                4,
            ),
        ),
        ways=(way(read("group:ops"), before="certain", after="none"),),
    )
    came = AccessChange(
        gained=True,
        causes=(Cause("Secret", "shop", "new", "added", (), NO_TEXT, "new/secrets.yaml", 9),),
        ways=(way(read("user:alice", "secret:shop/new"), secrets=("secret:shop/new",)),),
        only_secrets=True,
    )
    token = read("group:ops", "serviceaccount:shop/api")
    identities = (
        GainedIdentity(
            gained=True,
            principals=("user:bob",),
            identities=("node:worker-1", *several),
            before="none",
            after="certain",
            causes=gained[0].causes,
            path=read("user:bob", "node:worker-1"),
        ),
        GainedIdentity(
            gained=True,
            principals=("group:ops", "user:eve"),
            identities=("serviceaccount:shop/api",),
            before="none",
            after="conditional",
            causes=(
                Cause("Role", "shop", "tokens", "changed", (RULE,), NO_TEXT, "new/roles.yaml", 9),
            ),
            path=conditional(token),
        ),
        GainedIdentity(
            gained=False,
            principals=("group:ops",),
            identities=("serviceaccount:shop/api",),
            before="certain",
            after="conditional",
            causes=lost.causes,
            path=token,
        ),
        GainedIdentity(
            gained=True,
            principals=("group:ops",),
            identities=("serviceaccount:shop/new",),
            before="none",
            after="certain",
            appeared=True,
        ),
    )
    binding = Evidence("ClusterRoleBinding", "", "root", "new/rbac.yaml", 7)
    rights = (binding, Evidence("ClusterRole", "", "cluster-admin", rule=0, detail="* on *"))
    admins = (
        AdminChange(
            gained=True,
            principals=("user:bob",),
            before="none",
            after="certain",
            causes=gained[0].causes,
            way=Admin(principal="user:bob", path=None, rights=rights, condition=CERTAIN),
        ),
        AdminChange(
            gained=True,
            principals=several,
            before="none",
            after="conditional",
            causes=gained[1].causes,
            way=Admin(
                principal=several[0],
                path=conditional(read(several[0], "serviceaccount:shop/root")),
                rights=rights,
                condition=CERTAIN,
            ),
        ),
        AdminChange(
            gained=False,
            principals=("group:ops",),
            before="certain",
            after="conditional",
            causes=lost.causes,
            way=Admin(principal="group:ops", path=token, rights=rights, condition=CERTAIN),
        ),
    )
    return DiffResult(
        before="old",
        after="new",
        admins=admins,
        changes=(*gained, lost, came),
        new_secrets=("secret:shop/new",),
        new_principals=("user:bob",),
        identities=identities,
        without_effect=(
            ChangedObject("ClusterRole", "", "viewer", "removed", (), (), "old/roles.yaml", 2),
            ChangedObject(
                "RoleBinding",
                "shop",
                "viewers",
                "changed",
                (SUBJECT,),
                (Part("roleRef", 0, "Role viewer"),),
                "new/rbac.yaml",
                51,
            ),
        ),
        compared=(ComparedKind("RoleBinding", 4, 5, 3), ComparedKind("Secret", 1200, 1201, 1)),
        basis=BASIS,
    )


def no_diff():
    """Nothing that matters changed."""
    compared = (ComparedKind("Role", 2, 2, 0), ComparedKind("Secret", 9, 9, 0))
    return DiffResult(before="old", after="new", changes=(), compared=compared, basis=BASIS)


def hostile_diff():
    """Every name, place and text hostile."""
    h = HOSTILE
    binding = Evidence("RoleBinding", h, h, h, 1)
    hop = Hop("read-secret", f"user:{h}", f"secret:{h}/{h}", h, 1, (binding,), HOSTILE_NODE)
    path = Path(f"user:{h}", f"secret:{h}/{h}", (hop,))
    opened = way(path, after="conditional", secrets=(path.target,))
    text = Happening.AS_EVIDENCE_SAYS(h)
    cause = Cause("RoleBinding", h, h, "changed", (Part("subjects", 0, h, 2),), text, h, 1)
    return DiffResult(
        before=h,
        after=h,
        changes=(AccessChange(gained=True, causes=(cause,), ways=(opened,)),),
        new_secrets=(path.target,),
        new_principals=(path.principal,),
        identities=(
            GainedIdentity(
                gained=True,
                principals=(path.principal,),
                identities=(f"serviceaccount:{h}/{h}",),
                before="none",
                after="conditional",
                causes=(replace(cause, name=f"{h}{h}"),),
                path=path,
            ),
        ),
        without_effect=(
            ChangedObject("Role", h, h, "changed", (Part("rules", 0, h, 2),), (), h, 1),
        ),
        compared=(ComparedKind(h, 1, 1, 0),),
        admins=(
            AdminChange(
                gained=True,
                principals=(path.principal,),
                before="none",
                after="conditional",
                causes=(cause,),
                way=Admin(
                    principal=path.principal, path=path, rights=(binding,), condition=CERTAIN
                ),
            ),
        ),
        basis=hostile_paths().basis,
    )


def shop_check():
    """One who may not for certain, many who may not under a condition, an entry of last year."""
    several = tuple(f"serviceaccount:shop/job-{n}" for n in range(12))
    return CheckResult(
        policy="access.yaml",
        today="2026-07-01",
        findings=(
            Excess(
                principals=("user:bob",),
                secrets=("secret:shop/api", DB),
                certain=True,
                path=read("user:bob"),
            ),
            Excess(
                principals=several,
                secrets=(DB,),
                certain=False,
                path=conditional(create_pod(several[0])),
            ),
        ),
        expired=(
            Expired(
                secrets=("shop/*",),
                allow=("user:bob",),
                until="2026-06-30",
                reason="the audit",
                line=7,
            ),
        ),
        unmatched=(Unmatched("nowhere/*", 12),),
        wide=(WidePattern("group:system:*", "group:system:serviceaccounts", 4),),
        secrets=9,
        without_entry=("secret:shop/tls",),
        known=3,
        gone=1,
        admins=tuple(
            ExcessAdmin(principals=one.principals, certain=one.after == "certain", way=one.way)
            for one in shop_diff().admins
            if one.gained
        ),
        basis=BASIS,
    )


def no_check():
    """Nobody gets at anything who may not."""
    return CheckResult(
        policy="access.yaml", today="2026-07-01", findings=(), secrets=9, basis=BASIS
    )


def hostile_check():
    """Every name, place and text hostile."""
    h = HOSTILE
    way = hostile_diff().changes[0].ways[0]
    return CheckResult(
        policy=h,
        today="2026-07-01",
        findings=(
            Excess(principals=way.principals, secrets=way.secrets, certain=False, path=way.path),
        ),
        expired=(Expired(secrets=(h,), allow=(h,), until="2026-06-30", reason=h, line=1),),
        unmatched=(Unmatched(h, 1),),
        wide=(WidePattern(h, h, 1),),
        admins=(
            ExcessAdmin(principals=way.principals, certain=False, way=hostile_diff().admins[0].way),
        ),
        without_entry=way.secrets,
        basis=hostile_paths().basis,
    )
