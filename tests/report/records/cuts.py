"""Cuts made by hand: one that is proven, one that cannot be, and names that mean harm."""

from msgspec.structs import replace

from rbacgraph.model.answers.inference import IN_INPUT
from rbacgraph.model.changes.access_effect import Effect, Linked, Pairs, Reaching
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.cut import (
    CutEdit,
    CutProof,
    CutResult,
    Forcing,
    Refused,
    Staying,
    Uncut,
)
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needed, Needing
from rbacgraph.model.kubernetes.meta import RbacMeta
from rbacgraph.model.kubernetes.rbac import PolicyRule, Role, RoleBinding, RoleRef, Subject
from rbacgraph.model.request import Request
from tests.report.records.paths import read
from tests.report.records.shared import BASIS, DB, HOSTILE, RBAC

NEEDED = Needed(
    request=Request("list", resource="pods", namespace="shop"), evidence=NeedEvidence.of(How.LOG)
)
ROLE = Role(
    metadata=RbacMeta("reader", "shop"),
    rules=(
        PolicyRule(("get", "list"), ("",), ("configmaps",)),
        PolicyRule(("get", "list"), ("",), ("secrets",)),
    ),
)
BINDING = RoleBinding(
    metadata=RbacMeta("ops", "shop"),
    role_ref=RoleRef("ClusterRole", "edit"),
    subjects=(Subject("Group", "ops"), Subject("ServiceAccount", "api", "shop")),
)
TAKEN_OUT = Say.EDIT_OF(("RoleBinding", "shop", "ops"), Say.TAKES_SUBJECTS(("group:ops",), ()))
HOSTILE_NEED = Needed(
    request=Request(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
    evidence=NeedEvidence.of(How.STATED, HOSTILE),
)
RULE = CutEdit(
    kind="Role",
    namespace="shop",
    name="reader",
    file=RBAC,
    line=12,
    text=Say.TAKES_RULE((1, "get, list on secrets")),
    closes=2,
    closes_conditional=1,
    loses=("group:devs", "serviceaccount:shop/ci", "user:alice"),
    lost=(Say.LOSES_RIGHTS("get, list on secrets"),),
    note=Say.AS_WRITTEN(
        "managed by Helm (annotation meta.helm.sh/release-name=shop): change it there too"
    ),
)
SUBJECT = CutEdit(
    kind="RoleBinding",
    namespace="shop",
    name="ops",
    file=RBAC,
    line=58,
    text=TAKEN_OUT.subject[1],
    closes=1,
    loses=("group:ops",),
    lost=(Say.LOSES_ROLE("ClusterRole", "edit", "shop"),),
    operators=("Argo CD", "cert-manager"),
)


def reaching(principals, secrets, pairs):
    return Reaching(
        principals=principals,
        conditional_principals=0,
        secrets=secrets,
        conditional_secrets=0,
        pairs=pairs,
        conditional_pairs=0,
    )


def proven():
    """Two changes; somebody will undo one of them."""
    users = [f"user:user-{number:02}" for number in range(10)]
    gone = [*("group:devs", "group:ops", "serviceaccount:shop/ci", "user:alice"), *users]
    told = [Linked(name, (DB,), 1) for name in gone]
    told[0] = Linked("group:ops", (DB, "secret:shop/tls", "secret:shop/web"), 11, 1)
    told[1] = Linked("group:devs", (DB, "secret:shop/tls"), 2)
    told[-1] = Linked("user:user-09", (DB,), 0, 1)
    return CutResult(
        secret=DB,
        inferred=IN_INPUT,
        principals=3,
        principals_conditional=1,
        edits=(RULE, SUBJECT),
        changes=(
            Change(before=ROLE, after=replace(ROLE, rules=ROLE.rules[:1]), why=RULE.text),
            Change(
                before=BINDING,
                after=replace(BINDING, subjects=BINDING.subjects[1:]),
                why=SUBJECT.text,
            ),
        ),
        bound=2,
        proven=True,
        forcing=(
            Forcing(
                read("user:alice"),
                (
                    Say.EDIT_OF(("Role", "shop", "reader"), RULE.text),
                    Say.EDIT_OF(("RoleBinding", "shop", "readers")),
                ),
            ),
            Forcing(
                read("group:ops"),
                tuple(
                    Say.EDIT_OF(("RoleBinding", "shop", "ops"), Say.AS_WRITTEN(str(i)))
                    for i in range(6)
                ),
            ),
        ),
        apart=True,
        uncut=(),
        kept=(Staying("serviceaccount:shop/api", read("serviceaccount:shop/api")),),
        folded=("group:system:masters", "serviceaccount:kube-system/namespace-controller"),
        effect=Effect(
            before=replace(reaching(14, 12, 38), conditional_principals=1, conditional_pairs=2),
            after=reaching(1, 1, 1),
            gone=Pairs(
                total=25,
                conditional_total=2,
                by_principal=tuple(told),
                by_secret=(),
                principals=30,
                conditional_principals=1,
                secrets=12,
            ),
            new=Pairs(),
        ),
        notes=(Say.STILL_KNOWS_IT(),),
        proof=CutProof(
            principals=3,
            principals_conditional=1,
            requests=7,
            left=(),
            unexplained=1,
            covered=3,
        ),
        basis=BASIS,
        needs=(Needing(user="bob", groups=(), needs=(NEEDED,)),),
    )


def keeping_operators():
    """Operators keep what they need by design."""
    kept = Staying("serviceaccount:cd/engine", read("serviceaccount:cd/engine"), "Argo CD")
    return replace(
        proven(), edits=(RULE,), bound=1, kept=(*proven().kept, kept), keep_operators=True
    )


def impossible():
    """Nobody can be cut off."""
    refused = (Refused(TAKEN_OUT, Say.AS_WRITTEN("user:bob would lose its path")),)
    uncut = [Uncut(f"group:ops-{i}", read(f"group:ops-{i}"), refused) for i in range(5)]
    effect = Effect(before=reaching(5, 1, 5), after=reaching(5, 1, 5), gone=Pairs(), new=Pairs())
    return replace(
        proven(),
        principals=5,
        edits=(),
        changes=(),
        bound=0,
        forcing=(),
        uncut=tuple(uncut),
        kept=(Staying("user:bob", None),),
        folded=(),
        effect=effect,
    )


def unproven():
    """A search that was ended, with one left."""
    found = proven()
    return replace(found, bound=1, proven=False, apart=False, uncut=impossible().uncut[:1])


def nobody():
    """Nothing need be done."""
    return replace(impossible(), principals=0, uncut=(), kept=(), notes=())


def hostile():
    """Names that mean harm, wherever one stands."""
    said = Say.AS_WRITTEN(HOSTILE)
    hostile_edit = Say.EDIT_OF(("Role", HOSTILE, HOSTILE), said)
    edit = CutEdit(
        kind="Role",
        namespace=HOSTILE,
        name=HOSTILE,
        file=HOSTILE,
        line=1,
        text=said,
        closes=1,
        loses=(f"user:{HOSTILE}", HOSTILE),
        lost=(said,),
        note=said,
        operators=(HOSTILE,),
    )
    role = Role(
        metadata=RbacMeta(HOSTILE, HOSTILE),
        rules=(PolicyRule((HOSTILE,), (HOSTILE,), (HOSTILE,), (HOSTILE,)),),
    )
    path = read(f"user:{HOSTILE}", f"secret:{HOSTILE}/{HOSTILE}")
    pairs = Pairs(
        total=1,
        by_principal=(Linked(HOSTILE, (HOSTILE,), 1), Linked(HOSTILE, (HOSTILE, HOSTILE), 9)),
        by_secret=(Linked(HOSTILE, (HOSTILE,), 1),),
        principals=2,
        secrets=1,
    )
    return replace(
        proven(),
        secret=f"secret:{HOSTILE}/{HOSTILE}",
        edits=(edit,),
        changes=(Change(before=role, after=role, why=said),),
        forcing=(Forcing(path, (hostile_edit,)),),
        uncut=(Uncut(f"user:{HOSTILE}", path, (Refused(hostile_edit, said),)),),
        kept=(Staying(f"user:{HOSTILE}", path, HOSTILE),),
        folded=(HOSTILE,),
        effect=Effect(before=reaching(1, 1, 1), after=reaching(1, 1, 1), gone=pairs, new=pairs),
        notes=(said,),
        needs=(Needing(user=HOSTILE, groups=(HOSTILE,), needs=(HOSTILE_NEED,)),),
    )
