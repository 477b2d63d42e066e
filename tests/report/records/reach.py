"""Answers of ``reach`` made by hand: a blast radius, one of an admin, and names that mean harm."""

from msgspec.structs import replace

from rbacgraph.model.answers.paths import Hop, Path, Reached, ReachResult
from tests.report.records.admins import shop_admins
from tests.report.records.paths import create_pod, hostile_paths, through_pod
from tests.report.records.shared import BASIS, CI, EDIT


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


def admin_reach():
    """A source that is cluster-admin, if a policy lets it."""
    return replace(ci_reach(), admin=shop_admins().conditional[1])


def hostile_reach():
    """A blast radius in which every name is hostile."""
    path = hostile_paths().secrets[0].paths[0]
    reached = Reached(target=path.target, kind="secret", conditional=path)
    return ReachResult(path.principal, (reached,), hostile_paths().basis)
