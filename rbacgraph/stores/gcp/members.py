"""Whom a member of an allow policy, or a principal of a deny policy, stands for.

Source: IAM documentation, "Principal identifiers" (``/iam/docs/principal-identifiers``); GKE
documentation, "About Workload Identity Federation for GKE": the pool is the project's, so the same
names in another cluster of the project are the same principal.
"""

from collections.abc import Mapping
from typing import NamedTuple

from rbacgraph.model.stores.gcp_dump import GcpCluster
from rbacgraph.stores.truth import DoubtKind, Truth, any_of, doubt, member_of

_POOLS = "//iam.googleapis.com/projects/"
_PROJECTS = "//cloudresourcemanager.googleapis.com/"
"""The set of all principals of a project, a folder or an organisation."""

_EMAILS = ("user:", "serviceAccount:", "group:", "domain:")
_EVERYONE = frozenset({"allUsers", "allAuthenticatedUsers", "principalSet://goog/public:all"})
_BASIC = {
    "projectOwner": "roles/owner",
    "projectEditor": "roles/editor",
    "projectViewer": "roles/viewer",
}

Groups = Mapping[str, tuple[str, ...] | None]


class Workload(NamedTuple):
    """A ServiceAccount of a cluster, as IAM sees its tokens. ``uid``: its object's, if known."""

    cluster: GcpCluster
    namespace: str
    name: str
    uid: str = ""


class Caller(NamedTuple):
    """Who asks.

    ``names``: its ways to be named, without those that differ in each policy.
    ``workload``: the ServiceAccount, if it is one.
    """

    names: frozenset[str]
    workload: Workload | None = None

    @property
    def email(self) -> str:
        """The address of a user or a service account; ``""`` for others."""
        for name in self.names:
            kind, _, address = name.partition(":")
            if kind in ("user", "serviceAccount") and "[" not in address:
                return address
        return ""

    @property
    def is_user(self) -> bool:
        """Whether it is a person's account."""
        return any(name.startswith("user:") for name in self.names)


def workload_caller(workload: Workload) -> Caller:
    """Return the caller that a ServiceAccount is, with its own identity."""
    legacy = f"serviceAccount:{workload.cluster.pool}[{workload.namespace}/{workload.name}]"
    return Caller(frozenset({legacy}), workload)


def account_caller(member: str) -> Caller:
    """Return the caller that ``user:ADDRESS`` or ``serviceAccount:ADDRESS`` is.

    Examples
    --------
    >>> sorted(account_caller("user:A@x.example").names)
    ['principal://goog/subject/a@x.example', 'user:a@x.example']
    """
    name = normal(member)
    kind, _, address = name.partition(":")
    if kind == "user":
        return Caller(frozenset({name, f"principal://goog/subject/{address}"}))
    if kind == "serviceAccount":
        v2 = f"principal:{_POOLS}-/serviceAccounts/{address}"
        return Caller(frozenset({name, v2}))
    return Caller(frozenset({name}))


def normal(member: str) -> str:
    """Return a member as it is compared: addresses without case."""
    kind, colon, address = member.partition(":")
    return f"{kind}:{address.lower()}" if colon and f"{kind}:" in _EMAILS else member


def means(member: str, caller: Caller, groups: Groups) -> Truth:
    """Whether a member stands for a caller.

    ``groups``: the members of each group, by ``group:ADDRESS``; one that it lacks is not known.
    """
    name = normal(member)
    if name in _EVERYONE or name in caller.names:
        return True
    kind, _, rest = name.partition(":")
    group = _group_of(name)
    if group:
        known = dict(groups)
        return any_of(member_of(one, group, known) for one in _all_names(caller, known))
    if kind == "domain":
        return caller.is_user and caller.email.endswith(f"@{rest}")
    if rest.startswith(_POOLS) and "/workloadIdentityPools/" in rest:
        return caller.workload is not None and _in_pool(kind, rest, caller.workload)
    of_users = kind == "principalSet" and rest.startswith("//goog/") and caller.is_user
    if kind in _BASIC or of_users or rest.startswith(_PROJECTS):
        return doubt(DoubtKind.MEMBERS, name)
    return False  # another account, or one that is deleted


def basic_role(member: str) -> tuple[str, str] | None:
    """Return the role and the project of ``projectOwner:PROJECT`` and the like."""
    kind, _, project = member.partition(":")
    return (_BASIC[kind], project) if kind in _BASIC else None


def _group_of(name: str) -> str:
    """Return ``group:ADDRESS`` for either way to name a group."""
    address = name.removeprefix("principalSet://goog/group/")
    return f"group:{address.lower()}" if address != name else name * name.startswith("group:")


def _all_names(caller: Caller, groups: Groups) -> frozenset[str]:
    """Return also the pool's names of a workload, among those that the groups hold."""
    if caller.workload is None:
        return caller.names
    listed = {member for members in groups.values() for member in members or ()}
    own = (one for one in listed if one.startswith("principal:") and _POOLS in one)
    inside = {one for one in own if means(one, caller, {}) is True}
    return caller.names | inside


def _in_pool(kind: str, rest: str, workload: Workload) -> bool:
    """Whether a member of a pool's form stands for a ServiceAccount."""
    project, _, inside = rest.removeprefix(_POOLS).partition(
        "/locations/global/workloadIdentityPools/"
    )
    pool, _, tail = inside.partition("/")
    cluster = workload.cluster
    own = project == cluster.number if cluster.number else project.isdigit()
    if not own or pool != cluster.pool:
        return False
    if kind == "principal":
        uid = workload.uid and f"kubernetes.serviceaccount.uid/{workload.uid}"
        return tail in (f"subject/ns/{workload.namespace}/sa/{workload.name}", uid or None)
    return kind == "principalSet" and (
        tail in ("*", f"namespace/{workload.namespace}") or _of_cluster(tail, cluster)
    )


def _of_cluster(tail: str, cluster: GcpCluster) -> bool:
    """Whether a set names this cluster; a location that is not known is not compared."""
    prefix = f"kubernetes.cluster/https://container.googleapis.com/v1/projects/{cluster.project}/"
    if not tail.startswith(prefix):
        return False
    place, _, name = tail.removeprefix(prefix).partition("/clusters/")
    where = place.removeprefix("locations/").removeprefix("zones/")
    return name == cluster.name and (not cluster.location or where == cluster.location)
