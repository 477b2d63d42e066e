"""One question to Azure, with all its facts in one mapping.

``fixtures/stores/azure`` holds such questions: derived from the documentation, not recorded.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from rbacgraph.model.stores.azure_dump import (
    AzureAccessPolicy,
    AzureAssignment,
    AzureCluster,
    AzureCredential,
    AzureDeny,
    AzureRole,
    AzureVault,
    plain,
)
from rbacgraph.model.stores.records import record
from rbacgraph.stores.azure.decision import WRITE_CREDENTIAL, Authorization, admits
from rbacgraph.stores.azure.roles import MANAGEMENT_GROUPS
from rbacgraph.stores.truth import Truth, all_of, any_of, settled

_Record = TypeVar("_Record")
Vector = Mapping[str, Any]

_AUDIENCE = "api://AzureADTokenExchange"
_ABOVE = (f"{MANAGEMENT_GROUPS}mg1", f"{MANAGEMENT_GROUPS}root")
_CLUSTER = (
    "/subscriptions/s1/resourceGroups/rg1/providers/Microsoft.ContainerService/managedClusters/c1"
)


def decide(vector: Mapping[str, object]) -> bool | None:
    """Decide one question by Azure's documented rules.

    Parameters
    ----------
    vector: ``ask`` and the facts: ``vault_rbac``, ``assignments``, ``role_definitions``,
        ``access_policies``, ``deny_assignments``, ``groups``, ``management_groups``. ``kind`` says
        what is asked: ``read-secret`` (if there is none), ``federate`` and ``workload`` (a token
        of a ServiceAccount), ``gain-read``, ``be-identity``, ``cluster``.

    Returns
    -------
    bool or None
        ``None`` if the facts do not settle it.

    Raises
    ------
    ValueError
        If ``kind`` is none of these.

    Examples
    --------
    >>> vault = "/subscriptions/s/resourceGroups/r/providers/Microsoft.KeyVault/vaults/v"
    >>> role = {"principal": "p", "role": "Key Vault Secrets User", "scope": vault}
    >>> ask = {"principal": "p", "resource": f"{vault}/secrets/db"}
    >>> decide({"vault_rbac": True, "assignments": [role], "ask": ask})
    True
    """
    kind = str(vector.get("kind", "read-secret"))
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is no kind of question")
    ask: Any = vector["ask"]
    return settled(_KINDS[kind](vector, ask))


def _reads(vector: Vector, ask: Vector) -> Truth:
    return _reads_as(vector, ask, ask["principal"])


def _reads_as(vector: Vector, ask: Vector, principal: str) -> Truth:
    application = str(ask.get("application") or "").lower()
    vault = _vault(vector, ask)
    return _authorization(vector).reads(principal.lower(), vault, ask["resource"], application)


def _federates(vector: Vector, ask: Vector) -> Truth:
    return _admits(vector, ask["token"])


def _admits(fields: Vector, token: Vector) -> Truth:
    audience = token["audience"]
    return any_of(
        admits(credential, token["issuer"], token["subject"], one)
        for credential in _records(fields.get("federated_credentials"), AzureCredential)
        for one in (audience if isinstance(audience, list) else [audience])
    )


def _workload(vector: Vector, ask: Vector) -> Truth:
    subject = f"system:serviceaccount:{ask['namespace']}:{ask['serviceaccount']}"
    token = {"audience": _AUDIENCE, "subject": subject, **ask}
    return any_of(
        all_of([_admits(one, token), _reads_as(vector, ask, one["principalId"])])
        for one in vector.get("identities") or ()
    )


def _gains(vector: Vector, ask: Vector) -> Truth:
    return _authorization(vector).gains(ask["principal"].lower(), _vault(vector, ask))


def _attaches(vector: Vector, ask: Vector) -> Truth:
    principal = ask["principal"].lower()
    return _authorization(vector).allows(principal, WRITE_CREDENTIAL, ask["identity"])


def _enters(vector: Vector, ask: Vector) -> Truth:
    fields = {"id": _CLUSTER, **vector["cluster"]}
    fields["aadProfile"] = fields.get("aadProfile") or None
    cluster = record(fields, AzureCluster, plain)
    authorization, principal = _authorization(vector), ask["principal"].lower()
    if ask["outcome"] == "admin":
        return authorization.administers(principal, cluster)
    return authorization.reads_cluster(principal, cluster, ask.get("namespace") or "")


_KINDS: Mapping[str, Callable[[Vector, Vector], Truth]] = {
    "read-secret": _reads,
    "federate": _federates,
    "workload": _workload,
    "gain-read": _gains,
    "be-identity": _attaches,
    "cluster": _enters,
}


def _vault(vector: Vector, ask: Vector) -> AzureVault:
    policies = _records(vector.get("access_policies"), AzureAccessPolicy)
    by_roles, at = vector.get("vault_rbac") is True, ask["resource"].lower().find("/secrets/")
    vault = ask["resource"][: at if at >= 0 else None]
    return AzureVault(vault, "", by_roles, tuple(policies))


def _authorization(vector: Vector) -> Authorization:
    groups = {
        group.lower(): None if members is None else tuple(map(str.lower, members))
        for group, members in (vector.get("groups") or {}).items()
    }
    roles = vector.get("role_definitions") or {}
    denials = []
    for one in vector.get("deny_assignments") or ():
        objects = {
            field: [
                each if isinstance(each, dict) else {"id": each} for each in one.get(field) or ()
            ]
            for field in ("principals", "excludePrincipals")
        }
        denials.append({"permissions": [one], **one, **objects})
    named = [one["objectId"] for one in vector.get("access_policies") or ()]
    named += [one["id"] for deny in denials for one in deny["principals"]]
    named += [one["id"] for deny in denials for one in deny["excludePrincipals"]]
    assignments = [
        {
            **one,
            "principalId": one["principal"],
            "roleDefinitionName": one["role"],
            "principalType": "Group" if _is_group(one["principal"]) else one.get("principalType"),
        }
        for one in vector.get("assignments") or ()
    ]
    above = vector.get("management_groups")
    return Authorization(
        _records(
            [
                {"name": one.get("id", ""), "roleName": name, "permissions": [one], **one}
                for name, one in roles.items()
            ],
            AzureRole,
        ),
        _records(assignments, AzureAssignment),
        _records(denials, AzureDeny),
        {**{name.lower(): None for name in named if _is_group(name)}, **groups},
        _ABOVE if above is None else above,
    )


def _is_group(name: str) -> bool:
    """Whether an id is a group's: real ids have a type beside them, these are called ``g…``."""
    return name[:1].lower() == "g" and name[1:].isdigit()


def _records(fields: Iterable[Vector] | None, shape: type[_Record]) -> Iterable[_Record]:
    return [record(one, shape, plain) for one in fields or ()]
