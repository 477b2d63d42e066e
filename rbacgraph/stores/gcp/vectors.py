"""One question to Google Cloud, with all its facts in one mapping.

``fixtures/stores/gcp`` holds such questions: derived from the documentation, not recorded.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rbacgraph.model.stores.gcp_dump import GcpCluster, GcpDenyPolicy, GcpDenyRule, GcpPolicy
from rbacgraph.model.stores.records import record
from rbacgraph.stores.gcp.decision import ACCESS, Gate, PolicyLevel, version_of
from rbacgraph.stores.gcp.members import (
    GcpCaller,
    GcpWorkload,
    account_caller,
    normal,
    workload_caller,
)
from rbacgraph.stores.truth import GroupMembers, Truth, all_of, any_of, settled

Vector = Mapping[str, Any]

_SECRET = ("secret", "project", "folder", "organization")
_ABOVE = _SECRET[1:]
_ACCOUNT = ("gsa", "gsa_project", *_ABOVE)
_KIND = {"gsa": "service-account", "gsa_project": "project"}


def decide(vector: Mapping[str, object]) -> bool | None:
    """Decide one question by Google Cloud's documented rules.

    Parameters
    ----------
    vector: ``ask`` and the facts: ``allow_policies`` (bindings by ``secret``, ``project``,
        ``folder``, ``organization``, ``gsa``, ``gsa_project``), ``deny_policies``, ``groups`` and
        ``roles``, where a role that it lacks is unknown; without ``roles`` predefined ones are
        looked up in the packaged table. ``kind`` says what is asked: ``read-secret`` (if there is
        none), ``gain-read``, ``kubernetes-secret``.

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
    >>> member = "serviceAccount:proj.svc.id.goog[shop/api]"
    >>> binding = {"role": "roles/secretmanager.secretAccessor", "members": [member]}
    >>> ask = {"cluster": "c", "cluster_project": "proj", "namespace": "shop"}
    >>> ask |= {"serviceaccount": "api", "secret": "projects/1/secrets/db"}
    >>> decide({"allow_policies": {"secret": [binding]}, "ask": ask})
    True
    """
    kind = str(vector.get("kind", "read-secret"))
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is no kind of question")
    return settled(_KINDS[kind](vector))


def _reads(vector: Vector) -> Truth:
    ask, gate = vector["ask"], _gate(vector)
    now, secret = _now(ask), str(ask["secret"])
    permission = str(ask.get("permission") or ACCESS)
    version = version_of(secret, str(ask.get("version") or ""), now)
    levels = _levels(vector, _SECRET)
    own = workload_caller(_workload(ask)) if "serviceaccount" in ask else None
    caller = own or account_caller(str(ask["principal"]))
    answers = [gate.allows(caller, permission, levels, version)]
    become = gate.becomes(caller, _levels(vector, _ACCOUNT), now)
    for account in _accounts(vector) if become is not False else ():
        reads = gate.allows(account, permission, levels, version)
        answers.append(all_of([become, reads]))
    return any_of(answers)


def _gains(vector: Vector) -> Truth:
    ask = vector["ask"]
    caller = account_caller(str(ask["principal"]))
    return _gate(vector).gains(caller, _levels(vector, _SECRET), str(ask["secret"]), _now(ask))


def _reads_cluster(vector: Vector) -> Truth:
    ask, gate = vector["ask"], _gate(vector)
    caller = account_caller(str(ask["principal"]))
    cluster = record({"name": "", **(vector.get("cluster") or {})}, GcpCluster)
    subjects = any_of(
        gate.bound(caller, cluster, str(one["kind"]), str(one["name"]))
        for one in vector.get("rbac_subjects") or ()
    )
    return any_of([gate.reads_cluster(caller, _levels(vector, _ABOVE), _now(ask)), subjects])


_KINDS: Mapping[str, Callable[[Vector], Truth]] = {
    "read-secret": _reads,
    "gain-read": _gains,
    "kubernetes-secret": _reads_cluster,
}


def _workload(ask: Vector) -> GcpWorkload:
    project, place = ask["cluster_project"], ask.get("location") or "*"
    link = f"projects/{project}/locations/{place}/clusters/{ask['cluster']}"
    return GcpWorkload(
        f"{project}.svc.id.goog",
        str(ask.get("cluster_project_number") or ""),
        str(ask["namespace"]),
        str(ask["serviceaccount"]),
        (f"https://container.googleapis.com/v1/{link}",),
        str(ask.get("uid") or ""),
    )


def _gate(vector: Vector) -> Gate:
    groups = {
        _group(name): None if members is None else tuple(map(normal, members))
        for name, members in (vector.get("groups") or {}).items()
    }
    roles = vector.get("roles")
    rules = [rule for one in vector.get("deny_policies") or () for rule in _rules(one)]
    return Gate(roles or {}, rules, GroupMembers(groups), predefined=roles is None)


def _group(name: str) -> str:
    return normal(name if name.startswith("group:") else f"group:{name}")


def _rules(policy: Vector) -> Iterator[GcpDenyRule]:
    if "rules" in policy:
        yield from (one.deny_rule for one in record({"name": "", **policy}, GcpDenyPolicy).rules)
    else:
        yield record(policy, GcpDenyRule)


def _levels(vector: Vector, names: Sequence[str]) -> tuple[PolicyLevel, ...]:
    policies = vector.get("allow_policies") or {}
    return tuple(
        PolicyLevel(
            _KIND.get(name, name),
            record({"bindings": policies.get(name) or ()}, GcpPolicy).bindings,
        )
        for name in names
    )


def _accounts(vector: Vector) -> Iterator[GcpCaller]:
    """Yield the service accounts that the policies name: ``gsa`` is the policy of each."""
    named = {
        normal(member)
        for level in _levels(vector, _SECRET)
        for binding in level.bindings
        for member in binding.members
        if member.startswith("serviceAccount:") and "[" not in member
    }
    yield from map(account_caller, sorted(named))


def _now(ask: Vector) -> datetime | None:
    return datetime.fromisoformat(ask["now"]) if ask.get("now") else None
