"""Access entries of a cluster of EKS: which identities of AWS come in, as whom, with which rights.

Source: EKS User Guide, "Create access entries" and "Migrating existing aws-auth ConfigMap entries"
(an access entry takes precedence over a mapping of the same identity).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache

from msgspec import Struct, json
from msgspec.structs import replace

from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, RbacMeta, pack_origin
from rbacgraph.model.kubernetes.rbac import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacgraph.model.node import AWS, GROUP, Node, user_node
from rbacgraph.model.packaged import packaged
from rbacgraph.model.stores.aws_dump import AwsAccess, AwsEntry
from rbacgraph.stores.aws.arns import session_arn
from rbacgraph.stores.aws.estate import Estate

NOT_BY_ENTRIES = "CONFIG_MAP"
NOT_BY_AWS_AUTH = "API"
_STANDARD = "STANDARD"
_NODES = "system:nodes"
_NAME = "eks/"


class AccessPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """What an access policy gives: its rules, beside those of ``like``."""

    name: str
    rules: tuple[PolicyRule, ...]
    source: str
    like: str = ""


@cache
def access_policies() -> Mapping[str, tuple[PolicyRule, ...]]:
    """Return the rules of every access policy that is known, by its name.

    Examples
    --------
    >>> access_policies()["AmazonEKSSecretReaderPolicy"][0].resources
    ('secrets',)
    """
    data = packaged("rbacgraph.facts.external", "access_policies.jsonl")
    found: dict[str, tuple[PolicyRule, ...]] = {}
    for row in json.Decoder(AccessPolicy).decode_lines(data):
        found[row.name] = (*found.get(row.like, ()), *row.rules)
    return found


def rules_of(access: AwsAccess) -> tuple[PolicyRule, ...] | None:
    """Return the rules of an associated access policy; None if it is not known."""
    return access_policies().get(access.policy.rpartition("/")[2])


def username_of(entry: AwsEntry) -> str:
    """Return the username of an entry, with ``{{SessionName}}`` for what each session fills in."""
    return entry.username or session_arn(entry.principal, "{{SessionName}}")


def identities_of(entry: AwsEntry) -> Iterator[Node]:
    """Yield the user and the groups of an entry."""
    groups = entry.groups or ()
    if entry.type in {"", _STANDARD}:
        yield user_node(username_of(entry))
    elif _NODES not in groups:
        groups = (*groups, _NODES)
    yield from ((GROUP, "", group) for group in groups)


def with_access_policies(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot with what access policies grant, as roles and bindings that are no objects.

    EKS authorizes by them beside RBAC, so they grant as roles do, and nobody in the cluster can
    bind, change or remove them. Only entries of the cluster of the input count.
    """
    dump = snapshot.dumps.get(AWS)
    if dump is None:
        return snapshot
    cluster = Estate(dump, snapshot.issuers, snapshot.eks_cluster).cluster
    if cluster is None or cluster.mode == NOT_BY_ENTRIES:
        return snapshot
    files = {name: number for number, name in enumerate(snapshot.files)}
    roles: dict[str, ClusterRole] = {}
    wide: list[ClusterRoleBinding] = []
    narrow: list[RoleBinding] = []
    shared = Counter(username_of(one) for one in cluster.entries or ())
    for entry in cluster.entries or ():
        origin = pack_origin(files.setdefault(entry.file, len(files)), 1)
        # Of several entries with one username each has its own policies: its ARN tells it apart.
        name = username_of(entry) if shared[username_of(entry)] == 1 else entry.principal
        subjects = (Subject("User", name),)
        for access in entry.policies or ():
            rules = rules_of(access)
            if not rules:
                continue
            called = f"{_NAME}{access.policy.rpartition('/')[2]}"
            meta = ClusterRoleMeta(called)
            roles[called] = ClusterRole(metadata=meta, rules=rules, origin=origin, reviewed=True)
            ref = RoleRef("ClusterRole", called)
            bound = f"{called}/{entry.principal}"
            for namespace in access.namespaces if access.namespaces is not None else ("",):
                made = RbacMeta(bound, namespace)
                if namespace:
                    narrow.append(
                        RoleBinding(
                            metadata=made,
                            role_ref=ref,
                            subjects=subjects,
                            origin=origin,
                            reviewed=True,
                        )
                    )
                else:
                    wide.append(
                        ClusterRoleBinding(
                            metadata=made,
                            role_ref=ref,
                            subjects=subjects,
                            origin=origin,
                            reviewed=True,
                        )
                    )
    return replace(
        snapshot,
        files=tuple(files),
        cluster_roles=(*snapshot.cluster_roles, *roles.values()),
        cluster_role_bindings=(*snapshot.cluster_role_bindings, *wide),
        role_bindings=(*snapshot.role_bindings, *narrow),
    )
