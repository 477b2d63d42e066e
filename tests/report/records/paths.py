"""Answers of ``paths`` made by hand: a small shop, its tenants, and names that mean harm."""

from msgspec.structs import replace

from rbacgraph.model.answers.assumption import Assume
from rbacgraph.model.answers.coverage import UnjudgedRight
from rbacgraph.model.answers.inference import IN_INPUT, Inferred
from rbacgraph.model.answers.paths import (
    Basis,
    Changer,
    Hop,
    Members,
    Path,
    PathsResult,
    Reference,
    SecretPaths,
    UsedRight,
)
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.picture.canvas import Canvas
from rbacgraph.report.picture.shapes import FileLine
from tests.report.records.shared import (
    BASIS,
    BEFORE_1_35,
    CI,
    DB,
    EDIT,
    HOSTILE,
    HOSTILE_LACK,
    HOSTILE_NODE,
    RBAC,
    READER,
    READERS,
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
