"""Finds faults between objects, or in rules, that no decoder can see.

The snapshot holds all these objects; the diagnostics say what they do not do although it looks as
if. Sources: kubernetes ``pkg/apis/rbac/validation/validation.go``,
``pkg/apis/rbac/v1/evaluation_helpers.go``, ``pkg/registry/rbac/validation/rule.go``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from rbacgraph.model.answers.diff import LineOf
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.operator_decision import names_match
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.meta import VALUE_LABEL, VALUES, Object
from rbacgraph.model.kubernetes.openshift import ROLES_GROUP
from rbacgraph.model.node import misnamed_account
from rbacgraph.model.object_names.rows import name_rows
from rbacgraph.model.request import RESOURCE_VERBS, URL_VERBS
from rbacgraph.sources.checks.pod_checks import check_pods
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.objects.kind_reader import kind_name

_SUBJECTS = {"User": rbac.RBAC_GROUP, "Group": rbac.RBAC_GROUP, "ServiceAccount": ""}
_SINGULAR = {
    "": {
        "configmap": "configmaps",
        "endpoint": "endpoints",
        "event": "events",
        "namespace": "namespaces",
        "node": "nodes",
        "persistentvolume": "persistentvolumes",
        "persistentvolumeclaim": "persistentvolumeclaims",
        "pod": "pods",
        "secret": "secrets",
        "service": "services",
        "serviceaccount": "serviceaccounts",
    },
    "apps": {
        "daemonset": "daemonsets",
        "deployment": "deployments",
        "replicaset": "replicasets",
        "statefulset": "statefulsets",
    },
    "batch": {"cronjob": "cronjobs", "job": "jobs"},
    rbac.RBAC_GROUP: {
        "clusterrole": "clusterroles",
        "clusterrolebinding": "clusterrolebindings",
        "role": "roles",
        "rolebinding": "rolebindings",
    },
}


_IMPERSONATION = ("impersonate:", "impersonate-on:")
"""The prefixes of the verbs of constrained impersonation."""


class _Finding(NamedTuple):
    code: str
    message: str
    advice: str
    severity: str = "warning"
    rule: int = -1


def check(
    snapshot: Snapshot,
    known_cluster_roles: frozenset[str] = frozenset(),
    known_roles: frozenset[tuple[str, str]] = frozenset(),
    *,
    line_of: LineOf = lambda *_: 0,
) -> tuple[Diagnostic, ...]:
    """Return diagnostics about roles and bindings that do not mean what they seem to mean.

    ``known_cluster_roles``, ``known_roles``: names of ClusterRoles, and (namespace, name) of Roles,
        that exist although the input does not hold them: those that every API server creates.
    ``line_of``: return the line of a rule, if it is known.
    """
    problems = Problems()
    roles = {("", role.metadata.name) for role in snapshot.cluster_roles}
    roles |= {(role.metadata.namespace, role.metadata.name) for role in snapshot.roles}
    roles |= {("", name) for name in known_cluster_roles} | known_roles
    all_roles: tuple[rbac.AnyRole, ...] = (*snapshot.roles, *snapshot.cluster_roles)
    all_bindings: tuple[rbac.AnyBinding, ...] = (
        *snapshot.role_bindings,
        *snapshot.cluster_role_bindings,
    )
    reporter = _Reporter(problems, snapshot, line_of)
    for role in all_roles:
        if not (role.assumed or role.reviewed):
            reporter.add(role, _check_role(role, snapshot))
    for binding in all_bindings:
        if not (binding.assumed or binding.reviewed):
            reporter.add(binding, _check_binding(binding, roles, snapshot))
    for field, found, message in misnamed(snapshot):
        finding = _Finding("illegal-name", message, ADVICE)
        reporter.add(found, iter((finding,)), kind_name(field, found))
    for secret in snapshot.secrets:
        said = secret.metadata.said_value
        if said is not None and secret.metadata.value_level is None:
            message = f"says {said!r} in {VALUE_LABEL}, which is no value of a Secret"
            finding = _Finding("unknown-value", message, f"write {', '.join(VALUES)}")
            reporter.add(secret, iter((finding,)))
    check_pods(problems, snapshot, line_of)
    for finding in _check_openshift(snapshot):
        advice, severity = finding.advice, finding.severity
        problems.add(finding.code, finding.message, advice=advice, severity=severity)
    for file, line, missing in unmatched_decisions(snapshot):
        message = f"the entry names {missing}, which is not in the input"
        problems.add("unmatched-operator-entry", message, file=file, line=line)
    return problems.result()


def _check_openshift(snapshot: Snapshot) -> Iterator[_Finding]:
    """Yield kinds that the input holds only in a form of OpenShift's that was not read.

    That is a version of that group which nobody knows yet, or a snapshot that an rbacgraph wrote
    which did not know the form. OpenShift's API server stores no such objects: they stand for those
    of Kubernetes' group. Source: openshift/openshift-apiserver
    ``pkg/authorization/apiserver/registry/role/proxy.go``.
    """
    held: dict[str, Sequence[rbac.AnyRole | rbac.AnyBinding]] = {
        "Role": snapshot.roles,
        "ClusterRole": snapshot.cluster_roles,
        "RoleBinding": snapshot.role_bindings,
        "ClusterRoleBinding": snapshot.cluster_role_bindings,
    }
    for kind, objects in held.items():
        count = snapshot.skipped.get(f"{kind}.{ROLES_GROUP}", 0)
        if count and all(obj.assumed for obj in objects):
            things = kind if count == 1 else f"{kind}s"
            message = (
                f"{count:,} {things} of {ROLES_GROUP} {'was' if count == 1 else 'were'} not read"
            )
            resource = f"{kind.lower()}s.{rbac.RBAC_GROUP}"
            advice = f"OpenShift shows {kind}s of {rbac.RBAC_GROUP} so too: dump {resource} instead"
            yield _Finding("openshift-rbac", message, advice, "error")


class _Reporter(NamedTuple):
    """Collects diagnostics about objects."""

    problems: Problems
    snapshot: Snapshot
    line_of: LineOf

    def add(self, found: Object, findings: Iterator[_Finding], kind: str = "") -> None:
        """Add the findings about one object, each at the line of its rule."""
        for finding in findings:
            title = " ".join((kind or type(found).__name__, _path(found)))
            file, line = self.snapshot.where(found)
            if finding.rule >= 0:
                own = self.line_of(file, line, found.metadata.name, "rules", finding.rule)
                line = own or line
            self.problems.add(
                finding.code,
                f"{title} {finding.message}",
                file=file,
                line=line,
                advice=finding.advice,
                severity=finding.severity,
            )


def _path(found: Object) -> str:
    return "/".join(part for part in (found.metadata.namespace, found.metadata.name) if part)


# --- roles -----------------------------------------------------------------------------


def _check_role(role: rbac.AnyRole, snapshot: Snapshot) -> Iterator[_Finding]:
    aggregated = isinstance(role, rbac.ClusterRole) and role.aggregation_rule is not None
    if not role.rules and not aggregated:
        yield _Finding("no-rules", "has no rules", "it grants nothing", "note")
    for index, rule in enumerate(role.rules or ()):
        found = list(_check_rule(rule, namespaced=bool(role.metadata.namespace)))
        if found and aggregated and not _is_own(rule, role, snapshot):
            continue  # reported at its own place
        for code, message, advice in found:
            yield _Finding(code, f"rules[{index}] {message}", advice, rule=index)


def _is_own(rule: rbac.PolicyRule, role: rbac.AnyRole, snapshot: Snapshot) -> bool:
    """Whether a rule of an aggregated ClusterRole is in no other role of the input."""
    return bool(role.metadata.uid) and not any(
        rule in (other.rules or ())
        for other in snapshot.cluster_roles
        if other.aggregation_rule is None
    )


def _check_rule(rule: rbac.PolicyRule, *, namespaced: bool) -> Iterator[tuple[str, str, str]]:
    if not rule.verbs:
        yield "empty-rule", "has no verbs", "it grants nothing; Kubernetes would refuse the role"
    if rule.non_resource_urls and namespaced:
        yield (
            "empty-rule",
            "names URLs in a Role",
            "only a ClusterRole can grant URLs; Kubernetes would refuse the role",
        )
    if not rule.non_resource_urls or rule.resources or rule.api_groups:
        for field, values in (("resources", rule.resources), ("apiGroups", rule.api_groups)):
            if not values:
                yield (
                    "empty-rule",
                    f"has no {field}",
                    "it grants no resource; Kubernetes would refuse the role",
                )
    words = rule.api_groups or (), rule.resources or (), rule.verbs or ()
    yield from _check_words(*words, urls=bool(rule.non_resource_urls))
    if "*" in (rule.resource_names or ()):
        yield (
            "rule-typo",
            "has '*' among resourceNames",
            "there it is no wildcard; leave resourceNames out to mean every name",
        )


@lru_cache(maxsize=1 << 10)  # most rules are made of the same words
def _check_words(
    groups: tuple[str, ...], resources: tuple[str, ...], verbs: tuple[str, ...], *, urls: bool
) -> tuple[tuple[str, str, str], ...]:
    return tuple(_misspelt(groups, resources, verbs, urls=urls))


def _misspelt(
    groups: tuple[str, ...], resources: tuple[str, ...], verbs: tuple[str, ...], *, urls: bool
) -> Iterator[tuple[str, str, str]]:
    for group in groups:
        if "/" in group or group == "v1":
            name = group.rpartition("/")[0]
            yield "rule-typo", f"has the API group {group!r}", f"it matches nothing; write {name!r}"
        elif group == "core":
            yield (
                "rule-typo",
                "has the API group 'core'",
                "it matches nothing; the core group is ''",
            )
    for resource in resources:
        yield from _check_resource(resource, groups)
    known = URL_VERBS if urls else RESOURCE_VERBS
    for verb in verbs:
        meant = verb.lower()  # an unknown verb may still be checked, exactly as written
        if verb != meant and (meant in known or meant.startswith(_IMPERSONATION)):
            advice = f"it matches nothing that Kubernetes checks; write {meant!r}"
            yield "rule-typo", f"has the verb {verb!r}", advice


def _check_resource(resource: str, groups: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    name, slash, subresource = resource.partition("/")
    if resource != resource.lower():
        advice = "it matches nothing; resources are lower-case and plural"
        yield "rule-typo", f"has the resource {resource!r}", advice
    elif subresource == "*":
        advice = f"it matches nothing; write {name!r}, and each subresource by its name"
        yield "rule-typo", f"has the resource {resource!r}", advice
    else:
        plural = next((_SINGULAR[g][name] for g in groups if name in _SINGULAR.get(g, {})), "")
        if plural:
            advice = f"it matches nothing; write {plural + slash + subresource!r}"
            yield "rule-typo", f"has the resource {resource!r}", advice


# --- bindings --------------------------------------------------------------------------


def _check_binding(
    binding: rbac.AnyBinding, roles: set[tuple[str, str]], snapshot: Snapshot
) -> Iterator[_Finding]:
    yield from _check_role_ref(binding, roles, snapshot)
    for subject in binding.subjects or ():
        yield from _check_subject(subject, binding)
        yield from _check_account(subject, binding, snapshot)


def _check_role_ref(
    binding: rbac.AnyBinding, roles: set[tuple[str, str]], snapshot: Snapshot
) -> Iterator[_Finding]:
    ref = binding.role_ref
    refused = "it grants nothing; Kubernetes would refuse it"
    if ref.kind not in ("Role", "ClusterRole"):
        yield _Finding("bad-role-ref", f"refers to a {ref.kind}, not to a role", refused)
    elif ref.api_group not in (rbac.RBAC_GROUP, ""):
        yield _Finding("bad-role-ref", f"refers to a role of {ref.api_group!r}", refused)
    elif isinstance(binding, rbac.ClusterRoleBinding) and ref.kind == "Role":
        message = f"refers to a Role ({ref.name}), not to a ClusterRole"
        yield _Finding("cluster-binding-to-role", message, refused)
    else:
        namespace = binding.metadata.namespace if ref.kind == "Role" else ""
        if (namespace, ref.name) in roles:
            return
        role = f"{ref.kind} {namespace}{'/' if namespace else ''}{ref.name}"
        if snapshot.is_listed(ref.kind, namespace):
            advice = "it grants nothing until somebody creates that role"
            yield _Finding("dangling-role-ref", f"refers to {role}, which does not exist", advice)
        else:
            advice = "it is taken to grant nothing; add the role to the input if it exists"
            yield _Finding("dangling-role-ref", f"refers to {role}, which is not here", advice)


def _check_account(
    subject: rbac.Subject, binding: rbac.AnyBinding, snapshot: Snapshot
) -> Iterator[_Finding]:
    namespace = subject.namespace or binding.metadata.namespace
    if subject.kind != "ServiceAccount" or not (namespace and subject.name):
        return
    account = namespace, subject.name
    if account in snapshot.service_account_index:
        return
    if snapshot.is_listed("ServiceAccount", namespace):
        message = f"grants to the ServiceAccount {namespace}/{subject.name}, which does not exist"
        advice = "an identity that may create or impersonate it gets the rights: it is a principal"
        yield _Finding("dangling-subject", message, advice, "note")


def _check_subject(subject: rbac.Subject, binding: rbac.AnyBinding) -> Iterator[_Finding]:
    kind, name = subject.kind, subject.name
    if kind not in _SUBJECTS:
        what = f"the subject {name!r} of kind {kind!r}"
        advice = "it matches nobody; subjects are User, Group or ServiceAccount"
        yield _Finding("unknown-subject-kind", f"has {what}", advice)
    elif not name:
        yield _Finding("unnamed-subject", f"has a {kind} without a name", "it matches nobody")
    elif subject.api_group not in ("", _SUBJECTS[kind]):
        advice = "it is taken as it stands; Kubernetes would refuse it"
        what = f"the {kind} {name} of the API group {subject.api_group!r}"
        yield _Finding("subject-api-group", f"has {what}", advice)
    if message := misnamed_subject(subject):
        yield _Finding("illegal-name", message, ADVICE)
    if kind == "ServiceAccount" and name and not subject.namespace:
        if isinstance(binding, rbac.RoleBinding):
            advice = f"it is taken as that of {binding.metadata.namespace}, as Kubernetes does"
            yield _Finding(
                "subject-without-namespace",
                f"has the ServiceAccount {name} without a namespace",
                advice,
                "note",
            )
        else:
            yield _Finding(
                "subject-without-namespace",
                f"has the ServiceAccount {name} without a namespace",
                "it matches nobody; Kubernetes would refuse it",
            )


# Finds names that no API server accepts: mostly placeholders that are not filled in yet.
#
# rbacgraph keeps such objects under that name, so that related objects stay together; the
# diagnostics say that the cluster will use another name. Of subjects, a server judges
# ServiceAccounts as it does the objects: kubernetes ``pkg/apis/rbac/validation/validation.go``.

_OPEN = "{{"
_JUDGED = ("secrets", "serviceaccounts", "namespaces")
"""Core kinds whose every name is judged; of others only whether the name is filled in."""
_EVERY = "system:serviceaccount:*:"
_GROUP = "system:serviceaccounts:"
ADVICE = "it is taken as it stands; if that is a placeholder, a cluster calls it otherwise"


@cache
def _judges() -> Mapping[str, Callable[[str], bool]]:
    """Return how a server judges names, by the field of a snapshot that keeps the objects."""
    return {row.kept: row.allows for one in _JUDGED for row in name_rows()["", one]}


def misnamed(snapshot: Snapshot) -> Iterator[tuple[str, Object, str]]:
    """Yield objects whose name or namespace no API server accepts, with the reason.

    A name with a ``uid`` comes from a server, so a server accepted it.
    """
    judges = _judges()
    namespaces = {"": True}  # legal or not: there are few, with many objects in them
    for field, objects in snapshot.objects():
        is_legal = judges.get(field, _is_filled_in)
        for found in objects:
            name, namespace = found.metadata.name, found.metadata.namespace
            legal = namespaces.get(namespace)
            if legal is None:
                legal = namespaces[namespace] = judges["namespaces"](namespace)
            if not legal:
                yield field, found, f"is in {namespace!r}, which can be no namespace"
            elif not found.metadata.uid and not is_legal(name):
                why = "is yet to be filled in" if _OPEN in name else "an API server refuses"
                yield field, found, f"has a name that {why}"


def _is_filled_in(name: str) -> bool:
    return _OPEN not in name


def misnamed_subject(subject: rbac.Subject) -> str:
    """Return why no cluster can have this subject; ``""`` if there is no reason.

    Examples
    --------
    >>> misnamed_subject(rbac.Subject(kind="ServiceAccount", name="ci", namespace="${NS}"))
    "has the ServiceAccount ci of '${NS}', which can be no namespace"
    """
    kind, name, namespace = subject.kind, subject.name, subject.namespace
    is_namespace, is_account = _judges()["namespaces"], _judges()["service_accounts"]
    if kind == "ServiceAccount" and namespace and not is_namespace(namespace):
        return f"has the ServiceAccount {name} of {namespace!r}, which can be no namespace"
    if kind == "ServiceAccount" and name and not is_account(name):
        return f"has the ServiceAccount {name!r}, a name that an API server refuses"
    if kind == "User" and (misnamed_account(name) or name.startswith(_EVERY)):
        return f"has the user {name!r}, a name that no ServiceAccount can have"
    if kind == "Group" and name.startswith(_GROUP) and not is_namespace(name.removeprefix(_GROUP)):
        return f"has the group {name!r} of ServiceAccounts of what can be no namespace"
    return f"has the {kind} {name!r}, which is yet to be filled in" if _OPEN in name else ""


def unmatched_decisions(snapshot: Snapshot) -> Iterator[tuple[str, int, str]]:
    """Yield the file and line of a decision, and the binding that the input lacks."""
    held = {
        (type(one).__name__, one.metadata.namespace, one.metadata.name)
        for one in (*snapshot.role_bindings, *snapshot.cluster_role_bindings)
    }
    for decision in snapshot.operator_decisions:
        for binding in decision.bindings:
            if not any(names_match(binding, names) for names in held):
                yield decision.file, decision.line, "/".join(filter(None, binding))
