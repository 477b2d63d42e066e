"""A dump of projects of Google Cloud: policies, roles, secrets, clusters; never a value."""

from msgspec import Struct


class GcpBinding(Struct, frozen=True, omit_defaults=True):
    """One binding of an allow policy. ``condition``: its expression in CEL; ``""`` for none."""

    role: str
    members: tuple[str, ...] = ()
    condition: str = ""
    file: str = ""
    line: int = 0


class GcpDenyRule(Struct, frozen=True, omit_defaults=True):
    """One rule of a deny policy, with permissions as that API names them."""

    principals: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    excepted_principals: tuple[str, ...] = ()
    excepted_permissions: tuple[str, ...] = ()
    condition: str = ""
    file: str = ""
    line: int = 0


class GcpCluster(Struct, frozen=True, omit_defaults=True):
    """A cluster of GKE.

    ``pool``: the pool of its workloads' identities: ``PROJECT.svc.id.goog``.
    ``security_group``: the group whose member groups RBAC may name; ``""`` if it may name none.
    """

    name: str
    location: str = ""
    project: str = ""
    number: str = ""
    pool: str = ""
    security_group: str = ""
    file: str = ""
