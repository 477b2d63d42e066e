"""The resources and subresources that a ``*`` in a rule may stand for.

They come from the discovery of an API server v1.36, and of the live cluster if one was read; from
authorization alone (``users``, ``signers``); from custom resources, with ``status`` and ``scale``;
and from rules: kubelets use ``nodes/metrics``, admission uses ``deployments/finalizers``, and
aggregated APIs such as ``metrics.k8s.io`` are in no table. Resources of other versions, and behind
feature gates, are listed by hand from Kubernetes' sources: one list for all versions, so that it
lacks none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

from rbacgraph.authz.bootstrap_policy import bootstrap_objects
from rbacgraph.authz.match import ALL
from rbacgraph.authz.questions.api_resources import (
    STANDARD_VERBS,
    VIRTUAL,
    every_resource,
)
from rbacgraph.model.inputs.snapshot import CustomResource, Snapshot
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, AnyRole, ClusterRole, PolicyRule, Role

Known = Mapping[str, frozenset[str]]
"""By API group, its resources and subresources as rules write them: ``pods``, ``pods/exec``."""

_MORE: Known = {
    # kubelets request these (kubernetes pkg/kubelet/server/auth.go)
    "": frozenset({"nodes/spec", "nodes/checkpoint"}),
    # the targets of constrained impersonation
    "authentication.k8s.io": frozenset({"nodes", "serviceaccounts", "users", "groups"}),
    # served by a separate API server, in most clusters
    "metrics.k8s.io": frozenset({"nodes", "pods"}),
    # behind a feature gate, or in other versions: from the sources, tried on no server
    "certificates.k8s.io": frozenset(
        {"clustertrustbundles", "podcertificaterequests", "podcertificaterequests/status"}
    ),
    "coordination.k8s.io": frozenset({"leasecandidates"}),
    "internal.apiserver.k8s.io": frozenset({"storageversions", "storageversions/status"}),
    "networking.k8s.io": frozenset({"clustercidrs"}),
    "resource.k8s.io": frozenset({"devicetaintrules", "podschedulingcontexts", "resourceclasses"}),
    "scheduling.k8s.io": frozenset({"podgroups", "podgroups/status", "workloads"}),
    "storagemigration.k8s.io": frozenset(
        {"storageversionmigrations", "storageversionmigrations/status"}
    ),
}
"""Resources that neither discovery of a plain server nor a bootstrap role names."""


def known_entries(
    custom_resources: Iterable[CustomResource] = (),
    rules: Iterable[PolicyRule] = (),
    served: Iterable[tuple[str, str]] = (),
) -> Known:
    """Return the known resources, by API group.

    ``rules``: the rules of the input, which may name more. Rules of the bootstrap roles always
        count.

    Examples
    --------
    >>> known = known_entries()
    >>> sorted(known["batch"])[:3]
    ['cronjobs', 'cronjobs/finalizers', 'cronjobs/status']
    """
    found = {group: set(entries) for group, entries in _MORE.items()}
    custom = tuple(custom_resources)
    for resource in every_resource(custom):
        entries = found.setdefault(resource.group, set())
        entries.add(resource.resource)
        entries.update(f"{resource.resource}/{sub}" for sub in resource.subresources)
    for one in custom:
        found[one.group] |= {f"{one.resource}/status", f"{one.resource}/scale"}
    for group, entry in served:
        found.setdefault(group, set()).add(entry)
    for rule in (*_bootstrap_rules(), *rules):
        _take_named(found, rule)
    return {group: frozenset(entries) for group, entries in sorted(found.items())}


def is_served(known: Known, group: str, resource: str) -> bool:
    """Whether an API may have a resource of a rule: an unknown one may exist.

    Examples
    --------
    >>> known = known_entries()
    >>> is_served(known, "apps", "pods"), is_served(known, "example.com", "pods")
    (False, True)
    """
    return resource.startswith(ALL) or group not in known or resource in known[group]


def known_in(snapshot: Snapshot) -> Known:
    """Return the known resources of a cluster: what it serves, as far as known, and the others."""
    return known_entries(snapshot.custom_resources, rules_of(snapshot), snapshot.offered)


def named_types(rules: Iterable[PolicyRule]) -> frozenset[tuple[str, str]]:
    """Return what rules name outside the API groups of Kubernetes itself, by (group, resource).

    An entry may be ``*``: it names the group with whatever it has.
    """
    return frozenset(
        (group, resource)
        for rule in rules
        for group in rule.api_groups or ()
        if "." in group
        for resource in rule.resources or ()
    )


def groups_to_spell(snapshot: Snapshot, known: Known) -> frozenset[str]:
    """Return the API groups in which a new rule must name each resource, and not write ``*``.

    A rule that names such a group with ``*`` would be the first sign of types that the input does
    not show. Where all definitions are listed, and in Kubernetes' own groups, rules are no sign.
    """
    if snapshot.is_listed("CustomResourceDefinition"):
        return frozenset()
    whole = {group for group, resource in named_types(rules_of(snapshot)) if resource == ALL}
    return frozenset(group for group in known if "." in group) - known_entries().keys() - whole


def types_named_first(before: Snapshot, after: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield the types that only the rules of a changed cluster name, and that nothing else shows.

    Where the definitions of types are listed, rules are no sign of any.
    """
    if before.is_listed("CustomResourceDefinition"):
        return
    new = named_types(rules_of(after)) - named_types(rules_of(before))
    known = known_in(before) if new else {}
    spelled = groups_to_spell(before, known)
    for group, resource in sorted(new):
        entries = known.get(group, frozenset())
        shown = bool(entries) and resource.startswith(ALL)
        if not (shown or resource in entries) or (resource == ALL and group in spelled):
            yield group, resource


def rules_of(snapshot: Snapshot) -> Iterator[PolicyRule]:
    """Yield the rules of all roles of a cluster."""
    roles: tuple[AnyRole, ...] = (*snapshot.roles, *snapshot.cluster_roles)
    for role in roles:
        yield from role.rules or ()


def _bootstrap_rules() -> Iterable[PolicyRule]:
    for obj in bootstrap_objects():
        if isinstance(obj, Role | ClusterRole):
            yield from obj.rules or ()


def _take_named(found: dict[str, set[str]], rule: PolicyRule) -> None:
    """Add a resource to all groups of a rule that names it, unless one is known to have it."""
    groups = [group for group in rule.api_groups or () if group != ALL]
    for resource in rule.resources or ():
        base, _, subresource = resource.partition("/")
        if ALL in {base, subresource} or any(resource in found.get(g, ()) for g in groups):
            continue
        having = [group for group in groups if base in found.get(group, ())]
        for group in having or groups:
            found.setdefault(group, set()).add(resource)


KnownVerbs = Callable[[str, str], frozenset[str]]
"""Returns the verbs for an API group and a resource."""

_SPECIAL: Mapping[tuple[str, str], frozenset[str]] = {
    (RBAC_GROUP, "roles"): frozenset({"bind", "escalate"}),
    (RBAC_GROUP, "clusterroles"): frozenset({"bind", "escalate"}),
    ("", "serviceaccounts"): frozenset({"impersonate"}),
    ("policy", "podsecuritypolicies"): frozenset({"use"}),
    ("security.openshift.io", "securitycontextconstraints"): frozenset({"use"}),
    ("authentication.k8s.io", "serviceaccounts"): frozenset({"impersonate:serviceaccount"}),
    ("authentication.k8s.io", "users"): frozenset({"impersonate:user-info"}),
    ("authentication.k8s.io", "groups"): frozenset({"impersonate:user-info"}),
    ("authentication.k8s.io", "uids"): frozenset({"impersonate:user-info"}),
    ("authentication.k8s.io", "userextras"): frozenset({"impersonate:user-info"}),
    ("authentication.k8s.io", "nodes"): frozenset(
        {"impersonate:associated-node", "impersonate:arbitrary-node"}
    ),
}
"""Verbs that authorization checks besides those of the HTTP methods."""


def known_verbs(rules: Iterable[PolicyRule] = ()) -> KnownVerbs:
    """Return a function that lists the known verbs of a resource.

    ``rules``: the rules of the input, which may name more. Rules of the bootstrap roles always
        count.

    Examples
    --------
    >>> sorted(known_verbs()("rbac.authorization.k8s.io", "roles"))[:3]
    ['bind', 'create', 'delete']
    """
    found = {key: set(verbs) for key, verbs in _SPECIAL.items()}
    for virtual in VIRTUAL:
        found.setdefault((virtual.group, virtual.resource), set()).update(virtual.verbs)
    for rule in (*_bootstrap_rules(), *rules):
        for pair in product(rule.api_groups or (), rule.resources or ()):
            found.setdefault(pair, set()).update(verb for verb in rule.verbs or () if verb != ALL)

    unserved = {(one.group, one.resource) for one in VIRTUAL}

    def verbs(group: str, resource: str) -> frozenset[str]:
        usual = () if (group, resource) in unserved else STANDARD_VERBS
        return frozenset({*usual, *found.get((group, resource), ())})

    return verbs
