"""Answers made by hand: a small shop, a blast radius, and names that mean harm."""

from typing import get_args

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.answers.admins import AdminsResult
from rbacgraph.model.answers.assumption import Assume
from rbacgraph.model.answers.coverage import CoverageRow, UnjudgedRight
from rbacgraph.model.answers.decision import Decision, Grantee, GranteesResult
from rbacgraph.model.answers.encryption_at_rest.encrypted_files import (
    SOPS_SEVERITIES,
    EncryptedFile,
    SopsFinding,
    SopsFindingId,
    SopsResult,
)
from rbacgraph.model.answers.encryption_at_rest.encryption import (
    ApiServer,
    EncryptionResult,
    Finding,
    ResourceEncryption,
)
from rbacgraph.model.answers.inference import IN_INPUT, Inferred
from rbacgraph.model.answers.paths import (
    Admin,
    Basis,
    Changer,
    EdgePage,
    ExposureResult,
    Hop,
    Members,
    Path,
    PathsResult,
    Reached,
    ReachResult,
    Reference,
    SecretExposure,
    SecretPaths,
    UsedRight,
)
from rbacgraph.model.answers.rights import (
    DirectRule,
    OpenedTechnique,
    RightsResult,
    RuleSource,
)
from rbacgraph.model.answers.risk.risk_text import RiskText
from rbacgraph.model.answers.survey import (
    ClusterSize,
    SecretChangers,
    SurveyedPrincipal,
    SurveyedSecret,
    SurveyResult,
)
from rbacgraph.model.answers.usage import GrantUse, Requests, RulePart, UsageResult, Verb
from rbacgraph.model.answers.verification import (
    Claim,
    Disagreement,
    Review,
    Unanswered,
    VerifyResult,
)
from rbacgraph.model.condition import CERTAIN, If
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.blind_spot import Unseen
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Collected
from rbacgraph.model.inputs.unread import Unread
from rbacgraph.report.picture.canvas import Canvas
from rbacgraph.report.picture.shapes import FileLine
from tests.report.survey_risks import ranked

RBAC = "k8s/shop/rbac.yaml"
EDGES = ("read-secret", "mounts-secret", "create-pod", "create-workload", "exec", "request-token")
DB = "secret:shop/db-credentials"
HOSTILE = "a\x1b[2J\"'<b>|`;\n=x--\u202e\u3164"
BEFORE_1_35 = If.SERVER_IS_OLDER(1, 35)
POLICY = If.POLICIES_ALLOW("ClusterPolicy baseline")
HOSTILE_NODE = If.NODE_IS_READY_AGAIN(HOSTILE)
UNSEEN_BINDINGS = If.LISTS_ARE_SEEN("RoleBinding", "shop")
UNKNOWN_MEMBERS = If.GROUP_MEMBERS_ARE_GIVEN()
HOSTILE_LACK = If.LIST_IS_GIVEN(HOSTILE)
CONDITIONS = (
    BEFORE_1_35,
    POLICY,
    HOSTILE_NODE,
    UNSEEN_BINDINGS,
    UNKNOWN_MEMBERS,
    HOSTILE_LACK,
)

READERS = Evidence("RoleBinding", "shop", "readers", RBAC, 31)
READER = Evidence("Role", "shop", "reader", RBAC, 12, 1, "get, list on secrets")
CI = Evidence("RoleBinding", "shop", "ci-deploys", RBAC, 58)
EDIT = Evidence("ClusterRole", "", "edit", rule=7, detail="create, delete on pods", assumed=True)
EVERYONE = Evidence(
    "Group", "", "system:serviceaccounts", detail="holds every ServiceAccount, implied"
)
BASIS = Basis(
    kubernetes_version="1.36",
    edges=EDGES,
    assumptions=(
        Assume.ASKED_LIKE_THIS(
            "the bootstrap roles and bindings of Kubernetes 1.36, which the input lacks"
        ),
    ),
    missing=(UNKNOWN_MEMBERS,),
    diagnostics=3,
)


UNJUDGED = (
    UnjudgedRight(
        holder="serviceaccount:shop/ci",
        verbs=("create", "patch"),
        api_group="networking.k8s.io",
        resource="ingresses",
        scope="shop",
        evidence=(CI, EDIT),
    ),
    UnjudgedRight(
        holder="serviceaccount:shop/ci",
        verbs=("create", "patch"),
        api_group="networking.k8s.io",
        resource="networkpolicies",
        scope="shop",
        evidence=(CI, EDIT),
    ),
    UnjudgedRight(
        holder="serviceaccount:shop/web",
        verbs=("create", "delete", "deletecollection", "patch", "sync", "update"),
        api_group="*",
        resource="*",
        scope="",
        resource_names=("blue", "green"),
        stands_for=tuple(f"things{n}.group{n % 3}.example" for n in range(12)),
        evidence=(CI, READER),
    ),
    UnjudgedRight(
        holder="serviceaccount:shop/web",
        verbs=("put",),
        api_group="",
        resource="/debug/flags/v",
        scope="",
        evidence=(CI, READER),
    ),
)


def read(principal, target=DB, *, binding=READERS, role=READER, source=None):
    """One hop that reads every Secret of shop."""
    hop = Hop(
        "read-secret",
        source or principal,
        target,
        "can get, list every one of the Secrets in shop",
        1,
        (binding, role),
        right=UsedRight(("get", "list"), ("secrets",), (), "shop"),
    )
    return Path(principal, target, (hop,))


def create_pod(principal, target=DB):
    """A pod made in shop mounts what it likes."""
    right = UsedRight(("create",), ("pods",), (), "shop")
    text = "can create pods in shop"
    hop = Hop("create-pod", principal, target, text, 2, (CI, EDIT), right=right)
    return Path(principal, target, (hop,))


def through_pod(principal, target=DB):
    """Exec into a pod that mounts the Secret, where the version lets get do it."""
    binding = Evidence("ClusterRoleBinding", "", "debuggers", "k8s/cluster.yaml", 4)
    role = Evidence("ClusterRole", "", "debug", "k8s/cluster.yaml", 21, 0, "get on pods/exec")
    pod = Evidence("Pod", "shop", "api-7d9f", "k8s/shop/pods.yaml", 8, detail="env DB_PASSWORD")
    return Path(
        principal,
        target,
        (
            Hop(
                "exec",
                principal,
                "pod:shop/api-7d9f",
                "can exec into every one of the running Pods in every namespace",
                2,
                (binding, role),
                BEFORE_1_35,
                right=UsedRight(("get",), ("pods/exec",)),
            ),
            Hop(
                "mounts-secret", "pod:shop/api-7d9f", target, "reads it in container api", 1, (pod,)
            ),
        ),
    )


def tenant(number):
    """One of many ServiceAccounts that the same ClusterRole serves."""
    namespace = f"tenant-{number:02}"
    binding = Evidence("ClusterRoleBinding", "", f"{namespace}-ops", "k8s/tenants.yaml", 9 * number)
    role = Evidence("ClusterRole", "", "ops", "k8s/cluster.yaml", 40, 0, "* on *")
    return Path(
        f"serviceaccount:{namespace}/operator",
        DB,
        (
            Hop(
                "read-secret",
                f"serviceaccount:{namespace}/operator",
                DB,
                "can get, list, watch every one of the Secrets in every namespace",
                1,
                (binding, role),
                right=UsedRight(("get", "list", "watch"), ("secrets",)),
            ),
        ),
    )


def shop_paths():
    """Everything that an answer about one Secret may hold."""
    delete = Evidence("Role", "shop", "cleaner", RBAC, 77, 0, "update, delete on secrets")
    secret = SecretPaths(
        secret=DB,
        type="Opaque",
        inferred=IN_INPUT,
        file="k8s/shop/secrets.yaml",
        line=4,
        paths=(
            read("user:alice"),
            *(tenant(n) for n in range(1, 13)),
            create_pod("serviceaccount:shop/ci"),
            through_pod("group:system:serviceaccounts"),
        ),
        members=(
            Members("group:system:serviceaccounts", 34, 0, True),
            Members("group:dev", 0, 2, False),
        ),
        folded=(
            "serviceaccount:kube-system/generic-garbage-collector",
            "user:system:kube-scheduler",
        ),
        truncated=2,
        changers=(
            Changer("serviceaccount:shop/janitor", ("update", "delete"), (READERS, delete)),
            Changer("user:carol", ("update", "delete"), (CI, delete)),
        ),
        references=(Reference("ingress:shop/web", "spec.tls[0]", "k8s/shop/ingress.yaml", 2),),
    )
    return PathsResult("", (secret,), BASIS)


def alice_paths():
    """The same Secret, asked of one source."""
    whole = shop_paths()
    (secret,) = whole.secrets
    alone = replace(secret, paths=(read("user:alice"),), members=(), folded=(), truncated=0)
    return replace(whole, source="user:alice", secrets=(alone,))


def no_paths():
    """Nobody gets there, and the Secret itself is only inferred."""
    secret = SecretPaths(
        secret="secret:shop/ghost",
        type="",
        inferred=Inferred.MAY_BE_UNLISTED("shop/db"),
        file="",
        line=0,
        paths=(),
    )
    return PathsResult("serviceaccount:shop/ci", (secret,), BASIS, unjudged=UNJUDGED)


def nobody():
    """Nobody at all gets there, but many write what no technique asks about."""
    return replace(no_paths(), source="", unjudged=(), unjudged_holders=1204)


def coverage():
    """A row of each judgement."""
    return (
        CoverageRow(
            api_group="",
            resource="pods/exec",
            verbs=("create", "get"),
            judgement="judged",
            techniques=("exec", "one", "two", "three", "four"),
            source="a discovery",
        ),
        CoverageRow(
            api_group="",
            resource="configmaps",
            verbs=("create",),
            judgement="judged-in-part",
            techniques=("edit-aws-auth",),
            reason="looks at one ConfigMap alone",
        ),
        CoverageRow(
            api_group="events.k8s.io",
            resource="events",
            verbs=("create",),
            judgement="harmless",
            reason="no component of Kubernetes acts on them",
            source="https://kubernetes.io/docs/",
        ),
        CoverageRow(
            api_group="apps",
            resource="deployments/scale",
            verbs=("patch", "update"),
            judgement="unknown",
        ),
    )


def tenants_canvas():
    """Tenants alike but for the namespace: a group acts for an account that reads the Secret."""
    canvas = Canvas()
    canvas.asked(DB, FileLine("k8s/shop/secrets.yaml", 4))
    tokens = "can create tokens of all ServiceAccounts in {}"
    for number in range(1, 6):
        last = tenant(number).hops
        place = f"tenant-{number:02}"
        binding = Evidence("RoleBinding", place, "ops", "k8s/tenants.yaml", 9 * number + 3)
        for who in (f"group:{place}", f"serviceaccount:{place}/ci"):
            right = UsedRight(("create",), ("serviceaccounts/token",), (), place)
            text = tokens.format(place)
            hop = Hop("request-token", who, last[0].source, text, 1, (binding,), right=right)
            canvas.starts(who)
            canvas.draw(Path(who, DB, (hop, *last)), DB)
    return canvas


def three_secrets():
    """Two Secrets that are reached in the same way, and one that is not."""
    secrets = tuple(
        SecretPaths(
            secret=f"secret:shop/{name}",
            type=kind,
            inferred=inferred,
            file="" if inferred else "k8s/shop/secrets.yaml",
            line=line,
            paths=tuple(read(who, f"secret:shop/{name}") for who in readers),
        )
        for name, kind, inferred, line, readers in (
            ("api-key", "Opaque", IN_INPUT, 9, ("user:alice", "user:bob")),
            ("db-credentials", "Opaque", IN_INPUT, 4, ("user:alice",)),
            ("tls", "", Inferred.IS_REFERRED_TO(), 0, ("user:alice", "user:bob")),
        )
    )
    return PathsResult("", secrets, BASIS)


def ci_reach():
    """A blast radius with a folded route, an identity and a conditional path."""
    ci = "serviceaccount:shop/ci"
    secrets = [f"secret:shop/{name}" for name in ("api-key", "db-credentials", "tls")]
    token = Hop(
        "create-pod", ci, "serviceaccounts:shop/*", "can create pods in shop", 2, (CI, EDIT)
    )
    pod = Path(ci, "pod:shop/api-7d9f", through_pod(ci).hops[:1])
    reached = (
        *(
            Reached(target=secret, kind="secret", certain=create_pod(ci, secret))
            for secret in secrets
        ),
        Reached(
            target="serviceaccount:shop/deployer",
            kind="serviceaccount",
            certain=Path(ci, "serviceaccount:shop/deployer", (token,)),
        ),
        Reached(target="pod:shop/api-7d9f", kind="pod", conditional=pod),
    )
    return ReachResult(ci, reached, BASIS)


def shop_exposure():
    """Rows as different as they get."""
    rows = (
        SecretExposure(
            secret=DB,
            type="Opaque",
            inferred=False,
            certain=14,
            conditional=1,
            members=36,
            opening=("read-secret", "create-pod", "mounts-secret"),
            principal="user:root",
            cheapest=("read-secret",),
            effort=1,
            readers=9,
            operators=3,
            admins=2,
            readers_conditional=1,
            value="high",
            entry="internet",
            severity="high",
            reader="user:alice",
            reader_techniques=("create-pod", "read-secret"),
            reader_effort=3,
        ),
        SecretExposure(
            secret="secret:shop/deployer-token",
            type="kubernetes.io/service-account-token",
            inferred=False,
            certain=1,
            conditional=0,
            members=0,
            opening=("read-secret",),
            principal="serviceaccount:shop/ci",
            cheapest=("create-pod", "read-secret"),
            effort=3,
            operators=1,
            value="medium",
        ),
        SecretExposure(
            secret="secret:shop/ghost",
            type="",
            inferred=True,
            certain=0,
            conditional=0,
            members=0,
            opening=(),
            principal="",
            cheapest=(),
            effort=0,
            value="medium",
        ),
    )
    return ExposureResult(rows, BASIS)


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


def rights():
    """What a ServiceAccount may do: itself and by a group, by one binding and by several."""
    edit = Evidence(
        "ClusterRole", "", "edit", rule=2, detail="create on pods, pods/exec", assumed=True
    )
    everybody = Evidence("ClusterRoleBinding", "", "system:discovery", assumed=True)
    discovery = Evidence(
        "ClusterRole", "", "system:discovery", rule=0, detail="get on /api", assumed=True
    )
    one = RuleSource(
        subject="serviceaccount:shop/api",
        scope="shop",
        techniques=(
            OpenedTechnique("exec", True, ("pods/exec",)),
            OpenedTechnique("attach", False, ("pods/exec",)),
        ),
        aggregated_from="system:aggregate-to-edit",
        condition=CERTAIN,
        evidence=(CI, edit),
    )
    another = replace(one, scope="tools", techniques=one.techniques[1:], condition=POLICY)
    named = Evidence("Role", "shop", "one", RBAC, 90, 0, "get on secrets named db, ")
    return RightsResult(
        principal="serviceaccount:shop/api",
        groups=("group:system:serviceaccounts", "group:system:authenticated"),
        namespace="",
        rules=(
            DirectRule(
                verbs=("create",),
                api_groups=("",),
                resources=("pods", "pods/exec"),
                sources=(one, another),
            ),
            DirectRule(
                verbs=("patch",),
                api_groups=("x.io",),
                resources=("bolts", "nuts"),
                sources=(replace(one, techniques=()),),
                unjudged=("nuts.x.io",),
            ),
            DirectRule(
                verbs=("get",),
                api_groups=("",),
                resources=("secrets",),
                resource_names=("db", ""),
                sources=(
                    RuleSource(
                        subject="group:system:serviceaccounts",
                        scope="shop",
                        condition=CERTAIN,
                        techniques=(OpenedTechnique("read-secret", True, ("secrets",)),),
                        evidence=(READERS, named),
                    ),
                ),
            ),
            DirectRule(
                verbs=("*",),
                api_groups=("*",),
                resources=("*",),
                sources=(
                    RuleSource(
                        subject="serviceaccount:shop/api",
                        scope="",
                        condition=CERTAIN,
                        evidence=(READERS, READER),
                    ),
                ),
            ),
            DirectRule(
                verbs=("get",),
                non_resource_urls=("/api", "/api/*"),
                sources=(
                    RuleSource(
                        subject="group:system:authenticated",
                        scope="",
                        condition=CERTAIN,
                        evidence=(everybody, discovery),
                    ),
                ),
            ),
        ),
        basis=BASIS,
    )


def no_rights():
    """A kubelet without any, in one namespace."""
    return RightsResult(
        principal="kubelet:node-1", groups=(), namespace="shop", rules=(), basis=BASIS
    )


ADMINS = Evidence("ClusterRoleBinding", "", "admins", "k8s/cluster.yaml", 4)
EVERY_RIGHT = Evidence("ClusterRole", "", "every", "k8s/cluster.yaml", 21, 0, "* on *.*")


def shop_admins():
    """Who controls the cluster: by own rights, by an account, by a node, and if."""
    alice = Admin(
        principal="group:admins", path=None, rights=(ADMINS, EVERY_RIGHT), condition=CERTAIN
    )
    through = [
        Admin(
            principal=f"serviceaccount:shop/{name}",
            path=create_pod(f"serviceaccount:shop/{name}", "serviceaccount:shop/operator"),
            rights=(ADMINS, EVERY_RIGHT),
            condition=CERTAIN,
        )
        for name in ("api", "ci")
    ]
    privileged = Hop(
        "create-privileged-pod",
        "user:bob",
        "node:cp-1",
        "can have privileged Pods made in shop",
        5,
        (CI, EDIT),
    )
    sign = Evidence("Node", "", "cp-1", "k8s/nodes.yaml", 3, detail="has the label")
    keys = Hop("control-plane-host", "node:cp-1", "all:*", "holds the keys", 1, (sign,))
    bob = Admin(
        principal="user:bob",
        path=Path("user:bob", "all:*", (privileged, keys)),
        rights=(),
        condition=CERTAIN,
    )
    carol = Admin(principal="user:carol", path=None, rights=(ADMINS, EVERY_RIGHT), condition=POLICY)
    if_allowed = replace(privileged, source="user:dana", condition=POLICY)
    way = Path("user:dana", "all:*", (if_allowed, keys))
    dana = replace(bob, principal="user:dana", path=way)
    masters = Admin(
        principal="group:system:masters", path=None, rights=(EVERY_RIGHT,), condition=CERTAIN
    )
    engine = replace(alice, principal="serviceaccount:cd/engine", operator="Argo CD")
    return AdminsResult(
        admins=(alice, *through, bob),
        conditional=(carol, dana),
        operators=(engine,),
        shipped=(masters,),
        members=(Members("group:admins", 0, 2, implied=False),),
        basis=BASIS,
    )


def no_admins():
    """Nobody is it."""
    return AdminsResult(
        admins=(), conditional=(), operators=(), shipped=(), members=(), basis=BASIS
    )


def admin_reach():
    """A source that is cluster-admin, if a policy lets it."""
    return replace(ci_reach(), admin=shop_admins().conditional[1])


def pages():
    """Two edge kinds."""
    page = "Read a Secret through the API.\n\nPrecondition: ``get``, ``list`` or ``watch``."
    return (
        EdgePage("member-of", "A principal has the rights of its groups.", 0, "certain", page),
        EdgePage("read-secret", "Read a Secret through the API.", 1, "certain", page),
    )


def hostile_paths():
    """The same answer with every name and place hostile."""
    h = HOSTILE
    binding = Evidence("RoleBinding", h, h, h, 1)
    role = Evidence("Role", h, h, h, 2, 0, h)
    hop = Hop("read-secret", f"user:{h}", f"secret:{h}/{h}", h, 1, (binding, role), HOSTILE_NODE)
    path = Path(f"user:{h}", f"secret:{h}/{h}", (hop,))
    secret = SecretPaths(
        secret=f"secret:{h}/{h}",
        type=h,
        inferred=Inferred.IS_MADE(h),
        file=h,
        line=3,
        paths=(path,),
        members=(Members(f"group:{h}", 1, 1, False),),
        folded=(f"user:{h}",),
        truncated=1,
        changers=(Changer(f"user:{h}", (h,), (binding, role)),),
        references=(Reference(f"ingress:{h}/{h}", h, h, 1),),
    )
    basis = Basis(
        kubernetes_version="1.36",
        edges=("read-secret",),
        assumptions=(Assume.ASKED_LIKE_THIS(h),),
        missing=(HOSTILE_LACK,),
    )
    right = UnjudgedRight(
        holder=f"user:{h}",
        verbs=(h,),
        api_group=h,
        resource=h,
        scope=h,
        resource_names=(h,),
        evidence=(binding, role),
    )
    return PathsResult("", (secret,), basis, unjudged=(right,))


def hostile_reach():
    """A blast radius in which every name is hostile."""
    path = hostile_paths().secrets[0].paths[0]
    reached = Reached(target=path.target, kind="secret", conditional=path)
    return ReachResult(path.principal, (reached,), hostile_paths().basis)


def hostile_exposure():
    """A row in which every name is hostile."""
    row = SecretExposure(
        secret=f"secret:{HOSTILE}/{HOSTILE}",
        type=HOSTILE,
        inferred=True,
        certain=1,
        conditional=0,
        members=0,
        opening=("read-secret",),
        principal=f"user:{HOSTILE}",
        cheapest=("read-secret",),
        effort=1,
    )
    return ExposureResult((row,), hostile_paths().basis)


def shop_survey():
    """Everything that a page may hold; two of its Secrets are alike."""
    (secret,) = shop_paths().secrets
    lead = replace(secret, changers=(), references=())
    exposure = shop_exposure()
    names = [row.secret for row in exposure.rows]
    first = SurveyedSecret(
        secret=DB,
        inferred=IN_INPUT,
        file="k8s/shop/secrets.yaml",
        line=4,
        ways=0,
        beside=0,
        references=secret.references,
    )
    principals = [
        SurveyedPrincipal(name, ("group:dev",) if name == "user:alice" else (), ())
        for name in sorted({path.principal for path in lead.paths})
    ]
    ci = ci_reach()
    others = tuple(item for item in ci.reached if item.kind != "secret")
    principals[-1] = replace(principals[-1], others=others)
    return SurveyResult(
        exposure=exposure,
        secrets=(first, *(replace(first, secret=name, references=()) for name in names[1:2])),
        ways=(lead,),
        beside=(SecretChangers(secret.changers),),
        principals=tuple(principals),
        left_out=len(names) - 2,
        silent=3,
        diagnostics=(
            Diagnostic("k8s/broken.yaml", 7, "bad-yaml", "not YAML", "mend it", "error"),
            Diagnostic("", 0, "no-namespaces", "no Namespace objects", severity="note"),
        ),
        techniques=pages(),
        files=("k8s/shop/rbac.yaml", "k8s/shop/secrets.yaml"),
        size=ClusterSize(namespaces=2, service_accounts=3),
        admins=shop_admins(),
        risks=ranked(exposure.basis, lead.paths[0], "user:alice"),
    )


def hostile_survey(h=HOSTILE):
    """A page in which every name is hostile."""
    (secret,) = hostile_paths().secrets
    lead = replace(secret, changers=(), references=())
    whole = SurveyResult(
        exposure=hostile_exposure(),
        secrets=(
            SurveyedSecret(
                secret=secret.secret,
                inferred=Inferred.IS_MADE(HOSTILE),
                file=HOSTILE,
                line=1,
                ways=0,
                beside=0,
                references=secret.references,
            ),
        ),
        ways=(lead,),
        beside=(SecretChangers(secret.changers),),
        principals=(
            SurveyedPrincipal(f"user:{HOSTILE}", (f"group:{HOSTILE}",), hostile_reach().reached),
        ),
        diagnostics=(Diagnostic(HOSTILE, 1, "code", HOSTILE, HOSTILE),),
        files=(HOSTILE,),
        collected=Collected(context=HOSTILE, server=HOSTILE, time=HOSTILE),
        admins=hostile_admins(),
        risks=ranked(hostile_exposure().basis, lead.paths[0], f"user:{HOSTILE}"),
    )
    return whole if h == HOSTILE else _renamed(whole, h)


def _renamed(value, name):
    """The same record with another hostile name."""
    if isinstance(value, str):
        return value.replace(HOSTILE, name)
    if isinstance(value, tuple):
        return tuple(_renamed(item, name) for item in value)
    if isinstance(value, Struct):
        fields = {f: _renamed(getattr(value, f), name) for f in value.__struct_fields__}
        return type(value)(**fields)
    if isinstance(value, RiskText):
        return RiskText(value.code, _renamed(value.subject, name))
    return value


def hostile_grantees():
    """Holders of a right with hostile names."""
    evidence = hostile_paths().secrets[0].paths[0].hops[0].evidence
    holder = Grantee(principal=f"user:{HOSTILE}", scope=HOSTILE, evidence=evidence)
    return GranteesResult((holder,))


def hostile_rights():
    """A rule with hostile words."""
    h = HOSTILE
    evidence = hostile_paths().secrets[0].paths[0].hops[0].evidence
    source = RuleSource(
        subject=f"user:{h}",
        scope=h,
        techniques=(OpenedTechnique("read-secret", True, (h,)),),
        aggregated_from=h,
        condition=HOSTILE_NODE,
        evidence=evidence,
    )
    return RightsResult(
        principal=f"user:{h}",
        groups=(f"group:{h}",),
        namespace=h,
        rules=(
            DirectRule(
                verbs=(h,),
                api_groups=(h,),
                resources=(h,),
                resource_names=(h,),
                sources=(source,),
            ),
            DirectRule(verbs=(h,), non_resource_urls=(h,), sources=(source,), unjudged=(h,)),
        ),
        basis=BASIS,
    )


def hostile_admins():
    """Admins with hostile names."""
    path = hostile_paths().secrets[0].paths[0]
    evidence = path.hops[0].evidence
    one = Admin(principal=path.principal, path=path, rights=evidence, condition=HOSTILE_NODE)
    return AdminsResult(
        admins=(replace(one, path=None, condition=CERTAIN),),
        conditional=(one,),
        operators=(replace(one, operator=HOSTILE),),
        shipped=(one,),
        members=(),
        basis=BASIS,
    )


ENC = "/etc/kubernetes/enc.yaml"
DOC = "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/"


def stored(resource, plaintext, *names, rule="", entry=None, line=0):
    """One row: the first provider writes."""
    return ResourceEncryption(
        resource=resource,
        rule=rule,
        entry=entry,
        writes=names[0],
        reads=names[1:],
        prefix="" if names[0] == "identity" else f"k8s:enc:{names[0].replace(' ', ':v1:')}:",
        plaintext=plaintext,
        file=ENC if line else "",
        line=line,
        column=5 if line else 0,
    )


def encryption():
    """A file that the server loads; one of two API servers does not know it."""
    findings = (
        Finding(
            id="api-servers-differ",
            severity="high",
            message="kube-system/kube-apiserver-b runs without --encryption-provider-config.",
            advice="Give every API server the same configuration.",
            file="dump.yaml",
            line=40,
            reference=DOC,
        ),
        Finding(
            id="weak-aescbc",
            severity="medium",
            message="aescbc key1 writes secrets with AES-CBC.",
            advice="Use a kms v2 provider, or secretbox.",
            field="resources[0].providers[0].aescbc",
            resources=("secrets",),
            file=ENC,
            line=7,
            column=9,
            reference=DOC,
        ),
        Finding(
            id="custom-resources-not-covered",
            severity="info",
            message="Custom resources without an entry of their own are stored in plaintext.",
            field="resources",
            resources=("*.*",),
            file=ENC,
            line=3,
            column=1,
        ),
    )
    servers = (
        ApiServer(
            pod="kube-system/kube-apiserver-a",
            config=ENC,
            reload=True,
            etcd_servers=("https://127.0.0.1:2379", "https://etcd-1:2379"),
            file="dump.yaml",
            line=1,
        ),
        ApiServer(
            pod="kube-system/kube-apiserver-b",
            config="",
            reload=False,
            etcd_servers=(),
            file="dump.yaml",
            line=40,
        ),
    )
    return EncryptionResult(
        file=ENC,
        loads=True,
        resources=(
            stored(
                "secrets", "may-remain", "aescbc key1", "identity", rule="secrets", entry=0, line=5
            ),
            stored("configmaps", "unreadable", "secretbox k", rule="*.", entry=1, line=14),
            stored("*.*", "written", "identity"),
        ),
        findings=findings,
        servers=servers,
        searched=True,
        kubernetes_version="1.36",
    )


def refused():
    """A file that the server does not load, so that nothing can be answered."""
    finding = Finding(
        id="empty-file",
        severity="error",
        message="encryption provider configuration file is empty",
        file=ENC,
    )
    return EncryptionResult(
        file=ENC,
        loads=False,
        resources=(),
        findings=(finding,),
        servers=(),
        searched=False,
        kubernetes_version="1.30",
    )


def unseen():
    """No file, and no API server to look at."""
    return EncryptionResult(
        file="",
        loads=None,
        resources=(),
        findings=(),
        servers=(),
        searched=True,
        kubernetes_version="1.36",
    )


def sops():
    """A repository with one finding of each kind."""
    findings = tuple(
        SopsFinding(
            id=name,
            severity=SOPS_SEVERITIES[number % len(SOPS_SEVERITIES)],
            file=f"apps/secret-{number}.yaml",
            line=number,
            keys=("stringData.password", "stringData.user"),
            count=number + 2,
            recipients=("age:age1cluster", "vault:transit/decrypt/shop"),
            secrets=(f"shop/db-{number}",) if number % 2 else (),
            rule=".sops.yaml:3",
        )
        for number, name in enumerate(get_args(SopsFindingId))
    )
    files = (
        EncryptedFile(
            file="apps/secret-1.yaml",
            line=1,
            secrets=("shop/db-1",),
            groups=(("age:age1cluster", "vault:transit/decrypt/shop"),),
            needed=1,
            rule=".sops.yaml:3",
        ),
        EncryptedFile(
            file="values/prod.env",
            line=1,
            secrets=(),
            groups=(("age:age1cluster",), ("pgp:85D77543",), ("azure:shop/keys/sops",)),
            needed=2,
            rule="",
        ),
    )
    return SopsResult(files=files, findings=findings, rules=2)


def no_sops():
    """Files without anything of SOPS."""
    return SopsResult(files=(), findings=(), rules=0)


def hostile_sops():
    """Names that mean harm, in every place that has one."""
    h = HOSTILE
    findings = tuple(
        SopsFinding(
            id=name,
            severity="high",
            file=h,
            line=1,
            keys=(h,),
            count=1,
            recipients=(h,),
            secrets=(h,),
            rule=h,
        )
        for name in get_args(SopsFindingId)
    )
    file = EncryptedFile(file=h, line=1, secrets=(h,), groups=((h,),), needed=1, rule=h)
    unread = Unread(file=h, line=1, message=h)
    return SopsResult(files=(file,), findings=findings, rules=1, unread=(unread,))


def hostile_encryption():
    """Names that mean harm, in every place that has one."""
    h = HOSTILE
    finding = Finding(
        id="unknown-resource",
        severity="medium",
        message=h,
        advice=h,
        field=h,
        resources=(h,),
        file=h,
        line=1,
        column=1,
        reference=DOC,
    )
    row = replace(stored(h, "unknown", h, h, rule=h, entry=0, line=1), file=h)
    server = ApiServer(
        pod=f"kube-system/{h}", config=h, reload=True, etcd_servers=(h,), file=h, line=1
    )
    return EncryptionResult(
        file=h,
        loads=False,
        resources=(row,),
        findings=(finding,),
        servers=(server,),
        searched=True,
        kubernetes_version="1.36",
    )


def verified():
    """A server that agrees with a sample."""
    return VerifyResult(
        context="prod",
        server="https://10.0.0.1:6443",
        allowed=84,
        denied=116,
        principals=31,
        seed=0,
        disagreements=(),
    )


def disputed():
    """A server that sees one right more, and one less."""
    more = Claim(
        principal="serviceaccount:shop/ci",
        user="system:serviceaccount:shop:ci",
        groups=("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"),
        verb="get",
        resource="secrets",
        namespace="shop",
        name="db-credentials",
        allowed=False,
        reason='User "system:serviceaccount:shop:ci" cannot get resource "secrets"',
    )
    less = Claim(
        principal="group:ops",
        user="",
        groups=("ops", "system:authenticated"),
        verb="create",
        group="apps",
        resource="deployments",
        subresource="scale",
        allowed=True,
        reason='RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "edit" to Group "ops"',
    )
    path = replace(less, verb="get", group="", resource="", subresource="", path="/metrics")
    reason = 'RBAC: allowed by RoleBinding "new/shop" of Role "reader" to ServiceAccount "ci/shop"'
    found = (
        Disagreement(more, Review(allowed=True, reason=reason)),
        Disagreement(less, Review(allowed=False, reason="")),
        Disagreement(path, Review(allowed=False, reason="")),
    )
    return replace(verified(), seed=None, disagreements=found)


def hostile_verification():
    """Names that mean harm, in every place that has one."""
    h = HOSTILE
    claim = Claim(
        principal=f"user:{h}",
        user=h,
        groups=(h,),
        verb=h,
        group=h,
        resource=h,
        subresource=h,
        namespace=h,
        name=h,
        allowed=True,
        reason=h,
    )
    found = Disagreement(claim, Review(allowed=False, reason=h))
    gap = Unanswered(claim, h)
    return replace(verified(), context=h, server=h, disagreements=(found,), unanswered=(gap,) * 12)


NOON = "2026-01-31T12:00:00.000000Z"


def usage():
    """A ServiceAccount that uses half of its rules, and an operator with wildcards."""
    reader = GrantUse(
        principal="serviceaccount:shop/ci",
        scope="shop",
        binding=READERS,
        rule=READER,
        requests=12,
        parts=(
            RulePart(
                verb="get", resource="secrets", name="db", state="used", requests=12, last=NOON
            ),
            RulePart(verb="list", resource="secrets"),
        ),
    )
    roles = GrantUse(
        principal="serviceaccount:shop/ci",
        scope="shop",
        binding=CI,
        rule=EDIT,
        requests=0,
        parts=(
            RulePart(verb="delete", group="rbac.authorization.k8s.io", resource="roles"),
            RulePart(
                verb="update",
                group="rbac.authorization.k8s.io",
                resource="roles",
                state="stated",
            ),
            RulePart(
                verb="bind", group="rbac.authorization.k8s.io", resource="roles", state="unseen"
            ),
        ),
    )
    seen = (
        Verb(verb="get", resource="pods"),
        Verb(verb="list", resource="pods"),
        Verb(verb="create", group="apps", resource="deployments/scale"),
    )
    operator = GrantUse(
        principal="group:ops",
        scope="",
        binding=Evidence("ClusterRoleBinding", "", "ops", RBAC, 70),
        rule=Evidence("ClusterRole", "", "operator", RBAC, 80, 0, "* on *"),
        requests=1234,
        parts=(
            RulePart(
                verb="*",
                group="*",
                resource="*",
                state="used",
                requests=1234,
                last=NOON,
                seen=seen,
            ),
        ),
    )
    path = replace(
        operator,
        rule=replace(operator.rule, rule=1),
        parts=(RulePart(verb="get", path="/metrics"),),
        requests=0,
    )
    denied = tuple(
        Requests(
            principal="user:alice",
            verb="get",
            resource="secrets",
            namespace="shop",
            name=f"db-{number}",
            requests=number,
            last=NOON,
        )
        for number in range(1, 13)
    )
    unexplained = (
        Requests(
            principal="user:bob",
            verb="create",
            group="apps",
            resource="deployments",
            subresource="scale",
            namespace="shop",
            name="web",
            requests=1,
            last=NOON,
        ),
        Requests(principal="user:bob", verb="get", path="/metrics", requests=2, last=NOON),
        Requests(principal="user:bob", verb="list", resource="nodes", requests=2, last=NOON),
    )
    return UsageResult(
        source="",
        grants=(operator, path, reader, roles),
        unexplained=unexplained,
        denied=denied,
        log=LogSummary(
            events=4000,
            requests=2000,
            undecided=3,
            first="2026-01-01T00:00:00.000000Z",
            last=NOON,
            blind_spots=(Unseen.RARE(), Unseen.CHECKS("bind")),
        ),
    )


def no_usage():
    """Nobody has rights, and the log is empty."""
    log = LogSummary(events=0, requests=0, undecided=0, first="", last="", blind_spots=())
    return UsageResult(source="user:bob", grants=(), unexplained=(), denied=(), log=log)


def hostile_usage():
    """Names that mean harm, wherever one stands."""
    part = RulePart(verb=HOSTILE, group=HOSTILE, resource=HOSTILE, name=HOSTILE, last=HOSTILE)
    evidence = Evidence("Role", HOSTILE, HOSTILE, HOSTILE, 1, 0, HOSTILE)
    use = GrantUse(
        principal=f"user:{HOSTILE}",
        scope=HOSTILE,
        binding=replace(evidence, kind="RoleBinding", rule=None),
        rule=evidence,
        requests=1,
        parts=(
            part,
            replace(part, state="unseen"),
            replace(part, state="used", requests=1, seen=(Verb(verb=HOSTILE, path=HOSTILE),)),
        ),
    )
    asked = Requests(
        principal=f"user:{HOSTILE}",
        verb=HOSTILE,
        group=HOSTILE,
        resource=HOSTILE,
        subresource=HOSTILE,
        namespace=HOSTILE,
        name=HOSTILE,
        requests=1,
        last=HOSTILE,
    )
    spot = Unseen.NO_RULE(HOSTILE)
    log = LogSummary(
        events=1,
        requests=1,
        undecided=0,
        first=HOSTILE,
        last=HOSTILE,
        blind_spots=(spot,),
    )
    return UsageResult(
        source=HOSTILE, grants=(use,), unexplained=(asked,), denied=(asked,), log=log
    )
