"""Whom a member of an allow policy, or a principal of a deny policy, stands for.

Source: IAM documentation, "Principal identifiers" (``/iam/docs/principal-identifiers``); GKE
documentation, "About Workload Identity Federation for GKE": the pool is the project's, so the same
names in another cluster of the project are the same principal.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from rbacgraph.stores.truth import DoubtKind, Truth, doubt

_POOLS = "//iam.googleapis.com/projects/"
_IN_POOL = "/locations/global/workloadIdentityPools/"
_PROJECTS = "//cloudresourcemanager.googleapis.com/"
"""The set of all principals of a project, a folder or an organisation."""

_EMAILS = ("user:", "serviceAccount:", "group:", "domain:")
_EVERYONE = frozenset({"allUsers", "allAuthenticatedUsers", "principalSet://goog/public:all"})
_BASIC = {
    "projectOwner": "roles/owner",
    "projectEditor": "roles/editor",
    "projectViewer": "roles/viewer",
}


class GcpWorkload(NamedTuple):
    """A ServiceAccount of a cluster, as IAM sees its tokens.

    ``pool``, ``number``: the pool of its identities, and the number of the pool's project; ``""``
        if that is not known.
    ``clusters``: the links of the clusters that may be its own.
    ``uid``: that of its object, if it is known.
    """

    pool: str
    number: str
    namespace: str
    name: str
    clusters: tuple[str, ...] = ()
    uid: str = ""


class GcpCaller(NamedTuple):
    """Who asks.

    ``names``: its ways to be named, without those that differ in each policy.
    ``workload``: the ServiceAccount, if it is one.
    """

    names: frozenset[str]
    workload: GcpWorkload | None = None

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


def workload_caller(workload: GcpWorkload) -> GcpCaller:
    """Return the caller that a ServiceAccount is, with its own identity."""
    own = f"{workload.namespace}/{workload.name}"
    names = {f"serviceAccount:{workload.pool}[{own}]"}
    if workload.number:
        pool = f"{_POOLS}{workload.number}{_IN_POOL}{workload.pool}"
        names.add(f"principal:{pool}/subject/ns/{workload.namespace}/sa/{workload.name}")
        names.update(
            f"principalSet:{pool}/{one}" for one in ("*", f"namespace/{workload.namespace}")
        )
    return GcpCaller(frozenset(names), workload)


def account_caller(member: str) -> GcpCaller:
    """Return the caller that ``user:ADDRESS`` or ``serviceAccount:ADDRESS`` is.

    Examples
    --------
    >>> sorted(account_caller("user:A@x.example").names)
    ['principal://goog/subject/a@x.example', 'user:a@x.example']
    """
    name = normal(member)
    kind, _, address = name.partition(":")
    if kind == "user":
        return GcpCaller(frozenset({name, f"principal://goog/subject/{address}"}))
    if kind == "serviceAccount":
        v2 = f"principal:{_POOLS}-/serviceAccounts/{address}"
        return GcpCaller(frozenset({name, v2}))
    return GcpCaller(frozenset({name}))


@lru_cache(1 << 14)
def normal(member: str) -> str:
    """Return a member as it is compared: addresses without case."""
    kind, colon, address = member.partition(":")
    return f"{kind}:{address.lower()}" if colon and f"{kind}:" in _EMAILS else member


def means(member: str, caller: GcpCaller, in_group: Callable[[str], Truth]) -> Truth:
    """Whether a member stands for a caller.

    ``in_group``: whether the caller is in ``group:ADDRESS``.
    """
    name = normal(member)
    if name in _EVERYONE or name in caller.names:
        return True
    kind, _, rest = name.partition(":")
    address = name.removeprefix("principalSet://goog/group/")
    if kind == "group" or address != name:
        return in_group(f"group:{address.removeprefix('group:').lower()}")
    if kind == "domain":
        return caller.is_user and caller.email.endswith(f"@{rest}")
    if is_of_pool(name):
        return caller.workload is not None and _in_pool(kind, rest, caller.workload)
    of_users = kind == "principalSet" and rest.startswith("//goog/") and caller.is_user
    if kind in _BASIC or of_users or rest.startswith(_PROJECTS):
        return doubt(DoubtKind.MEMBERS, name)
    return False  # another account, or one that is deleted


def is_of_pool(name: str) -> bool:
    """Whether a member is of a pool of workloads' identities."""
    return f":{_POOLS}" in name and "/workloadIdentityPools/" in name


def basic_role(member: str) -> tuple[str, str] | None:
    """Return the role and the project of ``projectOwner:PROJECT`` and the like."""
    kind, _, project = member.partition(":")
    return (_BASIC[kind], project) if kind in _BASIC else None


def _in_pool(kind: str, rest: str, workload: GcpWorkload) -> Truth:
    """Whether a member of a pool's form stands for a ServiceAccount."""
    project, _, inside = rest.removeprefix(_POOLS).partition(_IN_POOL)
    pool, _, tail = inside.partition("/")
    own = project == workload.number if workload.number else project.isdigit()
    if not own or pool != workload.pool:
        return False
    if kind == "principal":
        uid = workload.uid and f"kubernetes.serviceaccount.uid/{workload.uid}"
        return tail in (f"subject/ns/{workload.namespace}/sa/{workload.name}", uid or None)
    if kind != "principalSet":
        return False
    named = tail.removeprefix("kubernetes.cluster/")
    if named == tail:
        return tail in ("*", f"namespace/{workload.namespace}")
    if not any(_is_link(named, own) for own in workload.clusters):
        return False
    return len(workload.clusters) == 1 or doubt(DoubtKind.ISSUER, named)


def _is_link(named: str, link: str) -> bool:
    """Whether a cluster's name is a link, of which ``*`` stands for a location not known."""
    parts = named.replace("/zones/", "/locations/").split("/")
    own = link.replace("/zones/", "/locations/").split("/")
    return len(parts) == len(own) and all(b in (a, "*") for a, b in zip(parts, own, strict=True))
