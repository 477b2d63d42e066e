"""One question to Azure, with all its facts in one mapping.

``fixtures/stores/azure`` holds such questions: derived from the documentation, not recorded.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rbacgraph.model.stores.azure_dump import (
    AzureAccessPolicy,
    AzureAssignment,
    AzureCluster,
    AzureCredential,
    AzureDeny,
    AzurePermission,
    AzureRole,
    AzureVault,
)
from rbacgraph.stores.azure.decision import WRITE_CREDENTIAL, Authorization, admits
from rbacgraph.stores.azure.roles import MANAGEMENT_GROUPS, normal
from rbacgraph.stores.truth import Truth, all_of, any_of, settled

Fields = Mapping[str, Any]

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
    return settled(_KINDS[kind](vector))


def _reads(vector: Fields) -> Truth:
    return _reads_as(vector, _id(vector["ask"]["principal"]))


def _reads_as(vector: Fields, principal: str) -> Truth:
    ask = vector["ask"]
    resource = normal(ask["resource"])
    vault = _vault(vector, resource.partition("/secrets/")[0])
    application = _id(ask.get("application"))
    return _authorization(vector).reads(principal, vault, resource, application)


def _federates(vector: Fields) -> Truth:
    token = vector["ask"]["token"]
    audiences = _list(token["audience"])
    return any_of(
        admits(credential, token["issuer"], token["subject"], audience)
        for credential in _credentials(vector)
        for audience in audiences
    )


def _workload(vector: Fields) -> Truth:
    ask = vector["ask"]
    subject = f"system:serviceaccount:{ask['namespace']}:{ask['serviceaccount']}"
    audience = ask.get("audience", _AUDIENCE)
    answers = []
    for identity in _list(vector.get("identities")):
        trusts = any_of(
            admits(credential, ask["issuer"], subject, audience)
            for credential in _credentials(identity)
        )
        answers.append(all_of([trusts, _reads_as(vector, _id(identity["principalId"]))]))
    return any_of(answers)


def _gains(vector: Fields) -> Truth:
    ask = vector["ask"]
    vault = _vault(vector, normal(ask["resource"]).partition("/secrets/")[0])
    return _authorization(vector).gains(_id(ask["principal"]), vault)


def _attaches(vector: Fields) -> Truth:
    ask = vector["ask"]
    return _authorization(vector).allows(_id(ask["principal"]), WRITE_CREDENTIAL, ask["identity"])


def _enters(vector: Fields) -> Truth:
    ask, fields = vector["ask"], vector["cluster"]
    profile = fields.get("aadProfile") or {}
    cluster = AzureCluster(
        normal(fields.get("id") or _CLUSTER),
        entra=bool(profile),
        by_roles=bool(profile.get("enableAzureRBAC") or profile.get("enableAzureRbac")),
        local_accounts=not fields.get("disableLocalAccounts"),
        admin_groups=tuple(map(_id, profile.get("adminGroupObjectIDs") or ())),
    )
    authorization, principal = _authorization(vector), _id(ask["principal"])
    if ask["outcome"] == "admin":
        return authorization.administers(principal, cluster)
    return authorization.reads_cluster(principal, cluster, ask.get("namespace") or "")


_KINDS: Mapping[str, Callable[[Fields], Truth]] = {
    "read-secret": _reads,
    "federate": _federates,
    "workload": _workload,
    "gain-read": _gains,
    "be-identity": _attaches,
    "cluster": _enters,
}


def _authorization(vector: Fields) -> Authorization:
    groups = {
        _id(group): None if members is None else tuple(map(_id, members))
        for group, members in (vector.get("groups") or {}).items()
    }
    above = vector.get("management_groups")
    return Authorization(
        [_role(name, fields) for name, fields in (vector.get("role_definitions") or {}).items()],
        [_assignment(one, groups) for one in _list(vector.get("assignments"))],
        [_deny(one) for one in _list(vector.get("deny_assignments"))],
        {**_of_unknown_members(vector, groups), **groups},
        _ABOVE if above is None else above,
    )


def _of_unknown_members(vector: Fields, groups: Mapping[str, object]) -> dict[str, None]:
    """Return the groups that policies and denials name, for those whose members nothing says."""
    named = [_id(one["objectId"]) for one in _list(vector.get("access_policies"))]
    for one in _list(vector.get("deny_assignments")):
        named += [*_ids(one.get("principals")), *_ids(one.get("excludePrincipals"))]
    return {name: None for name in named if _is_group(name, groups)}


def _is_group(name: str, groups: Mapping[str, object]) -> bool:
    """Whether an id is a group's: real ids have a type beside them, these are called ``g…``."""
    return name in groups or (name.startswith("g") and name[1:].isdigit())


def _role(name: str, fields: Fields) -> AzureRole:
    entries = fields.get("permissions") or [fields]
    return AzureRole(str(fields.get("id", "")), name, tuple(map(_permission, entries)))


def _permission(fields: Fields) -> AzurePermission:
    return AzurePermission(
        tuple(_list(fields.get("actions"))),
        tuple(_list(fields.get("notActions"))),
        tuple(_list(fields.get("dataActions"))),
        tuple(_list(fields.get("notDataActions"))),
    )


def _assignment(fields: Fields, groups: Mapping[str, object]) -> AzureAssignment:
    principal = _id(fields["principal"])
    return AzureAssignment(
        principal,
        str(fields["role"]),
        str(fields["scope"]),
        str(fields.get("condition") or ""),
        of_group=fields.get("principalType") == "Group" or _is_group(principal, groups),
    )


def _deny(fields: Fields) -> AzureDeny:
    return AzureDeny(
        str(fields["scope"]),
        tuple(map(_permission, fields.get("permissions") or [fields])),
        _ids(fields.get("principals")),
        _ids(fields.get("excludePrincipals")),
        only_here=bool(fields.get("doNotApplyToChildScopes")),
        condition=str(fields.get("condition") or ""),
    )


def _vault(vector: Fields, resource: str) -> AzureVault:
    policies = tuple(
        AzureAccessPolicy(
            _id(one["objectId"]),
            tuple(_list((one.get("permissions") or {}).get("secrets"))),
            _id(one.get("applicationId")),
        )
        for one in _list(vector.get("access_policies"))
    )
    return AzureVault(resource, by_roles=vector.get("vault_rbac") is True, policies=policies)


def _credentials(fields: Fields) -> Iterable[AzureCredential]:
    for one in _list(fields.get("federated_credentials")):
        expression = one.get("claimsMatchingExpression") or ""
        yield AzureCredential(
            str(one.get("issuer") or ""),
            str(one.get("subject") or ""),
            tuple(_list(one.get("audiences"))),
            expression.get("value", "") if isinstance(expression, Mapping) else str(expression),
        )


def _id(value: object) -> str:
    return str(value or "").lower()


def _ids(values: object) -> tuple[str, ...]:
    return tuple(_id(one["id"] if isinstance(one, Mapping) else one) for one in _list(values))


def _list(value: object) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, (list, tuple)) else [value]
