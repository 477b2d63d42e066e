"""Groups the rights of a rule by what they let an operator do.

Every right is of a power, or harmless: a read of anything but Secrets, logs and what leads into
Pods or nodes; a write of what no technique starts from. A right that this module does not know is
:attr:`Power.OTHER`, so that nothing passes for harmless by mistake.
"""

from collections.abc import Collection, Iterable, Iterator
from enum import Enum
from functools import lru_cache

from msgspec import Struct, json

from rbacgraph.authz.match import ALL
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, PolicyRule
from rbacgraph.model.packaged import packaged


class Power(Enum):
    """What rights let their holder do, in one namespace or in all."""

    READ_SECRETS = "read-secrets"
    WRITE_SECRETS = "write-secrets"
    RUN_PODS = "run-pods"
    """Create or change Pods, or what has a Pod template."""
    ENTER_PODS = "enter-pods"
    READ_LOGS = "read-logs"
    WRITE_ACCOUNTS = "write-accounts"
    REQUEST_TOKENS = "request-tokens"
    IMPERSONATE = "impersonate"
    WRITE_RBAC = "write-rbac"
    WRITE_ADMISSION = "write-admission"
    SIGN_CERTIFICATES = "sign-certificates"
    NODE_PROXY = "node-proxy"
    WRITE_NODES = "write-nodes"
    WRITE_STORAGE = "write-storage"
    WRITE_CONFIG_MAPS = "write-configmaps"
    WRITE_NAMESPACES = "write-namespaces"
    WRITE_APIS = "write-apis"
    """CustomResourceDefinitions and APIServices."""
    WRITE_NETWORK = "write-network"
    WRITE_CUSTOM = "write-custom"
    """Custom resources of another project."""
    USE_CONSTRAINTS = "use-constraints"
    """OpenShift's SecurityContextConstraints, and PodSecurityPolicies."""
    OTHER = "other"
    EVERYTHING = "everything"
    """Every verb on every resource."""


class PowerRow(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a write of a resource, or of all others of an API group, gives; None is harmless."""

    source: str
    group: str = ""
    resource: str = ""
    power: Power | None = None


ROWS = tuple(
    json.Decoder(PowerRow).decode_lines(packaged("rbacgraph.facts.operators", "powers.jsonl"))
)
"""The table of writes: resources of the core group, then other groups."""

_READS = frozenset({"get", "list", "watch"})
_DELETES = frozenset({"delete", "deletecollection"})
_ENTERING = frozenset({"exec", "attach", "portforward", "ephemeralcontainers", "proxy"})
_CORE = {row.resource: row.power for row in ROWS if row.resource and row.power}
_BY_GROUP = {row.group: row.power for row in ROWS if row.group and row.power}
_HARMLESS_GROUPS = frozenset(row.group for row in ROWS if row.group and not row.power)
_OF_OTHER_GROUPS = frozenset(
    {
        *("cronjobs", "daemonsets", "deployments", "endpointslices", "ingresses", "jobs", "leases"),
        *("replicasets", "statefulsets"),
    }
)
_HARMLESS = _OF_OTHER_GROUPS | {row.resource for row in ROWS if row.resource and not row.power}
_HARMLESS_PARTS = frozenset({"finalizers", "scale", "eviction", "restricted", "log", "resize"})
_NETWORK = frozenset({"ingresses", "networkpolicies"})
_PODS_OR_SERVICES = frozenset({"pods", "services", ALL})
_EVERY = frozenset(Power) - {Power.EVERYTHING}


def powers_of(rules: Iterable[PolicyRule], own_groups: Collection[str] = ()) -> frozenset[Power]:
    """Return the powers that rules give; rights on the operator's own custom resources give none.

    Names that a rule is limited to do not matter: a Secret by name is a Secret.

    Examples
    --------
    >>> rule = PolicyRule(verbs=("get",), api_groups=("",), resources=("secrets", "services"))
    >>> powers_of([rule])
    frozenset({<Power.READ_SECRETS: 'read-secrets'>})
    """
    own = frozenset(own_groups)
    return frozenset().union(*(_of_rule(rule, own) for rule in rules))


@lru_cache(4096)
def _of_rule(rule: PolicyRule, own: frozenset[str]) -> frozenset[Power]:
    verbs = rule.verbs or ()
    return frozenset(
        power
        for group in rule.api_groups or ()
        for resource in rule.resources or ()
        if group not in own and f"{resource.partition('/')[0]}.{group}" not in own
        for verb in verbs
        for power in _of_right(verb, group, resource)
    )


def _of_right(verb: str, group: str, resource: str) -> Iterable[Power]:
    if (verb, group, resource) == (ALL, ALL, ALL):
        return Power
    if verb == ALL:
        named = (_of_right(one, group, resource) for one in ("get", "create", "delete"))
        return {*(power for found in named for power in found), *_special(verb, group, resource)}
    if special := _special(verb, group, resource):
        return special
    if verb in _READS:
        return _of_read(group, resource)
    return set(_of_write(verb, group, resource))


def _special(verb: str, group: str, resource: str) -> set[Power]:
    """Return the powers of verbs that are no plain reads and writes."""
    found = set[Power]()
    if verb in {"impersonate", ALL} and _is(group, "", "authentication.k8s.io"):
        kinds = {"users", "groups", "serviceaccounts", "uids", "userextras", ALL}
        if resource.partition("/")[0] in kinds:
            found.add(Power.IMPERSONATE)
    elif verb.startswith("impersonate"):
        found.add(Power.IMPERSONATE)
    if verb in {"bind", "escalate", ALL} and _is(group, RBAC_GROUP):
        found.add(Power.WRITE_RBAC)
    if resource in _CONSTRAINTS and verb not in _READS:
        found.add(Power.USE_CONSTRAINTS)
    if verb in {"approve", "sign", "attest", ALL} and _is(group, "certificates.k8s.io"):
        found.add(Power.SIGN_CERTIFICATES)
    return found


_CONSTRAINTS = frozenset({"securitycontextconstraints", "podsecuritypolicies"})


def _of_read(group: str, resource: str) -> set[Power]:
    if not _is(group, ""):
        return set()
    found = set[Power]()
    base, _, part = resource.partition("/")
    if resource in {"secrets", ALL}:
        found.add(Power.READ_SECRETS)
    if resource == ALL or (part in _ENTERING and base in _PODS_OR_SERVICES):
        found.add(Power.ENTER_PODS)
    if resource == ALL or part == "log":
        found.add(Power.READ_LOGS)
    if resource == ALL or (part == "proxy" and base in {"nodes", ALL}):
        found.add(Power.NODE_PROXY)
    return found


def _of_write(verb: str, group: str, resource: str) -> Iterator[Power]:
    """Yield the powers of a write; a verb that rbacgraph does not know counts as one."""
    base, _, part = resource.partition("/")
    if base == ALL and not part:
        yield from _of_any(verb, group)
    elif part in _HARMLESS_PARTS or group in _HARMLESS_GROUPS:
        return
    elif group == ALL:
        core = set(_of_core(verb, base, part)) - {Power.OTHER}
        yield from core or {_in_group(name, base) for name in _BY_GROUP}
        yield Power.WRITE_CUSTOM
        if part == "status":
            yield Power.SIGN_CERTIFICATES
    elif not group:
        yield from _of_core(verb, base, part)
    elif group not in _BY_GROUP:
        yield Power.WRITE_CUSTOM if "." in group else Power.OTHER
    elif part != "status" or base in {"certificatesigningrequests", ALL}:
        power = _in_group(group, base)
        if not (power is Power.RUN_PODS and verb in _DELETES):
            yield power


def _of_any(verb: str, group: str) -> Iterator[Power]:
    """Yield the powers of a write of everything in a group, or in all."""
    if group == ALL:
        yield from _EVERY - {Power.READ_SECRETS, Power.READ_LOGS}
    elif not group:
        yield from _CORE.values()
        yield from (Power.ENTER_PODS, Power.NODE_PROXY, Power.REQUEST_TOKENS, Power.OTHER)
    else:
        yield from _of_write(verb, group, "anything")


def _of_core(verb: str, base: str, part: str) -> Iterator[Power]:
    if part in _ENTERING and base in _PODS_OR_SERVICES:
        yield Power.ENTER_PODS
    if part == "proxy" and base in {"nodes", ALL}:
        yield Power.NODE_PROXY
    elif part == "token":
        yield Power.REQUEST_TOKENS
    elif part == "status" and base in {"nodes", ALL}:
        yield Power.WRITE_NODES
    elif part in {"", "binding"} and base in _CORE:
        if not (_CORE[base] is Power.RUN_PODS and verb in _DELETES):
            yield _CORE[base]
    elif base not in _HARMLESS and part not in {*_ENTERING, "status"}:
        yield Power.OTHER


def _in_group(group: str, base: str) -> Power:
    return Power.WRITE_NETWORK if base in _NETWORK else _BY_GROUP[group]


def _is(group: str, *wanted: str) -> bool:
    return group == ALL or group in wanted
