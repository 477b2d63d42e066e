"""Splits a rule into entries, and finds those with a writing verb that no technique judges."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import NamedTuple

from rbacgraph.authz.match import ALL
from rbacgraph.authz.questions.api_resources import STANDARD_VERBS
from rbacgraph.authz.questions.known_resources import Known, is_served, known_in
from rbacgraph.facts.custom_resources.monitoring import MonitoringPrograms, is_followed
from rbacgraph.facts.custom_resources.present import PresentRows
from rbacgraph.facts.custom_resources.row import CustomResourceRow, OperatorAccount
from rbacgraph.facts.custom_resources.rows import custom_resource_rows
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.coverage import full_name
from rbacgraph.model.inputs.snapshot import NEWEST_KUBERNETES
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.query.coverage.api_table import api_table
from rbacgraph.query.coverage.judgements import ResourceKey, counts, judged_rights, judgement_of

_ASKED_ON = "impersonate-on:"
"""The beginning of the verbs by which impersonate-constrained limits requests."""

_URL_READS = frozenset({"get", "head", "options"})
_OF_NO_SERVER = (0, 0)
"""A version before every removal of a resource."""

_OF_OBJECTS = frozenset({"status", "scale"})
"""The subresources that custom resources have; a GET of another may open a connection."""

_OF_OBJECT_PARTS = frozenset({"get", "patch", "update"})

_OWN_NAMESPACE: ResourceKey = ("", "namespaces")
"""A RoleBinding holds for its own Namespace too, though Namespaces are cluster-scoped."""


class UnjudgedEntry(NamedTuple):
    """Verbs on one entry of a rule that no technique judges.

    ``stands_for`` are the full names of the resources that ``*`` stands for.
    """

    verbs: tuple[str, ...]
    group: str
    resource: str
    stands_for: tuple[str, ...] = ()


class UnjudgedEntries:
    """Judges the rules of a cluster."""

    def __init__(self, world: Facts) -> None:
        self._snapshot = world.snapshot
        self._without_operator = _without_operator(world)
        self._version = world.snapshot.kubernetes_version or NEWEST_KUBERNETES
        self._seen: dict[tuple[PolicyRule, bool], Sequence[UnjudgedEntry]] = {}

    def of(self, rule: PolicyRule, scope: str) -> Sequence[UnjudgedEntry]:
        """Return what no technique judges of a rule that holds in a scope."""
        key = rule, bool(scope)
        if key not in self._seen:
            self._seen[key] = tuple(self._entries(rule, inside=bool(scope)))
        return self._seen[key]

    def _entries(self, rule: PolicyRule, *, inside: bool) -> Iterator[UnjudgedEntry]:
        for group in dict.fromkeys(rule.api_groups or ()):
            found = [
                entry
                for resource in dict.fromkeys(rule.resources or ())
                for entry in self._of_entry(rule, group, resource, inside=inside)
            ]
            whole = {(one.group, one.resource): one.verbs for one in found}
            yield from (
                one for one in found if not _is_part((one.group, one.resource), one.verbs, whole)
            )
        yield from _urls(rule)

    def _of_entry(
        self, rule: PolicyRule, group: str, resource: str, *, inside: bool
    ) -> Iterator[UnjudgedEntry]:
        if group != ALL and not _is_wild(resource):
            verbs = self._unjudged(rule, (group, resource), inside=inside)
            if verbs and is_served(self._known, group, resource):
                yield UnjudgedEntry(verbs, group, resource)
            return
        found = {
            key: verbs
            for key in self._meant(group, resource)
            if (verbs := self._unjudged(rule, key, inside=inside))
        }
        if found and not _is_wild(resource):
            yield from (UnjudgedEntry(verbs, *key) for key, verbs in found.items())
        elif found:
            names = tuple(
                sorted(full_name(*key) for key in found if not _is_part(key, found[key], found))
            )
            yield UnjudgedEntry(_union(found.values()), group, resource, names)
        elif not self._is_known(group, resource):
            verbs = self._unjudged(rule, (group, resource), inside=inside)
            if verbs:
                yield UnjudgedEntry(verbs, group, resource)

    def _meant(self, group: str, resource: str) -> Iterator[ResourceKey]:
        """Yield the known resources that an entry with ``*`` stands for, none twice."""
        for one in self._known if group == ALL else (group,):
            for name in sorted(self._known.get(one, ())):
                _, _, subresource = name.partition("/")
                if resource in {ALL, name} or (subresource and resource == f"*/{subresource}"):
                    yield one, name

    def _is_known(self, group: str, resource: str) -> bool:
        """Whether the known resources are all that an entry may stand for."""
        if group != ALL:
            return group in self._known
        return _is_wild(resource) or any(resource in found for found in self._known.values())

    def _unjudged(self, rule: PolicyRule, key: ResourceKey, *, inside: bool) -> tuple[str, ...]:
        """Return the verbs of a rule on a resource that no technique judges, sorted."""
        if inside and key != _OWN_NAMESPACE and self._namespaced.get(key) is False:
            return ()
        group, resource = key
        version = _OF_NO_SERVER if self._is_defined(key) else self._version
        held = {verb for verb in rule.verbs or () if verb != ALL}
        served = self._verbs_of(key)
        if ALL in (rule.verbs or ()):
            held |= served or frozenset(STANDARD_VERBS)
        elif served is not None:
            held &= served
        if rule.resource_names and "" not in rule.resource_names:
            held -= _without_name(held, resource)
        return tuple(
            sorted(
                verb
                for verb in held
                if self._matters(key, verb) and not verb.startswith(_ASKED_ON)
                if key in self._without_operator
                or judgement_of(group, resource, verb, version).judgement
                in {"unknown", "judged-in-part"}
            )
        )

    def _is_defined(self, key: ResourceKey) -> bool:
        """Whether the input defines a resource: then no version of Kubernetes lacks it."""
        group, resource = key
        return (group, resource.partition("/")[0]) in self._snapshot.served

    def _matters(self, key: ResourceKey, verb: str) -> bool:
        """Whether a verb writes, or may disclose something."""
        group, resource = key
        _, _, subresource = resource.partition("/")
        connects = (
            verb == "get"
            and subresource not in {"", *_OF_OBJECTS}
            and group not in _built_in()
            and not _is_wild(resource)
        )
        return connects or counts(group, resource, verb)

    def _verbs_of(self, key: ResourceKey) -> frozenset[str] | None:
        """Return the verbs that servers check on a resource; None if that is not known."""
        return self._verbs.get(key)

    @cached_property
    def _known(self) -> Known:
        found = dict(known_in(self._snapshot))
        for one in api_table().resources:
            found[one.group] = found.get(one.group, frozenset()) | {one.resource}
        return found

    @cached_property
    def _namespaced(self) -> Mapping[ResourceKey, bool]:
        """Whether a resource is namespaced, of those whose definition is known."""
        found = {(one.group, one.resource): one.namespaced for one in api_table().resources}
        for one in self._snapshot.custom_resources:
            for part in ("", "/status", "/scale"):
                found.setdefault((one.group, f"{one.resource}{part}"), one.namespaced)
        return found

    @cached_property
    def _verbs(self) -> Mapping[ResourceKey, frozenset[str]]:
        """The verbs of each resource of the table, with those that techniques ask about.

        Also those of the subresources that custom resources have.
        """
        judged = judged_rights()
        found = {
            (one.group, f"{one.resource}/{part}"): _OF_OBJECT_PARTS
            for one in self._snapshot.custom_resources
            for part in _OF_OBJECTS
        }
        for one in api_table().resources:
            key = one.group, one.resource
            found[key] = frozenset({*one.verbs, *judged.get(key, ())})
        return found


def whole_object(group: str, resource: str) -> str:
    """Return of the status or scale of a custom resource the resource; of all else, itself.

    Those of Kubernetes' own resources are in the table, each judged by itself.

    Source: kubernetes ``apiextensions-apiserver/pkg/registry/customresource/etcd.go``.

    Examples
    --------
    >>> whole_object("example.com", "widgets/status"), whole_object("apps", "deployments/status")
    ('widgets', 'deployments/status')
    """
    whole, _, part = resource.partition("/")
    return whole if part in _OF_OBJECTS and group not in _built_in() else resource


@cache
def _built_in() -> frozenset[str]:
    return frozenset(one.group for one in api_table().resources)


def _is_part(
    key: ResourceKey, verbs: tuple[str, ...], found: Mapping[ResourceKey, tuple[str, ...]]
) -> bool:
    """Whether verbs write to a part of objects that the same verbs write as a whole."""
    whole = key[0], whole_object(*key)
    return whole != key and set(verbs) <= set(found.get(whole, ()))


def _without_operator(world: Facts) -> frozenset[ResourceKey]:
    """Return the custom resources whose operators act by rights of accounts that are not seen.

    Techniques that lead to those accounts find none, though such an operator may run.
    """
    present = world.part(PresentRows)
    programs = world.part(MonitoringPrograms)
    rows = (row for row in custom_resource_rows() if present.counts(row))
    return frozenset(
        row.key
        for row in rows
        if (programs.hides_account(row) if is_followed(row) else _is_without_operator(present, row))
    )


def _is_without_operator(present: PresentRows, row: CustomResourceRow) -> bool:
    if not isinstance(row.rights, OperatorAccount) or row.reach == "namespace":
        return False
    return not (
        present.namespaces(row) if row.reach == "operator-namespace" else present.accounts(row)
    )


def _is_wild(resource: str) -> bool:
    return resource.startswith(ALL)


def _union(found: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({verb for verbs in found for verb in verbs}))


def _without_name(held: set[str], resource: str) -> frozenset[str]:
    """Return the verbs of requests that carry no name: a rule with real names allows none.

    A PATCH or PUT of a missing object, which has a name, needs create besides.
    """
    creates = "/" in resource or not held.isdisjoint({"patch", "update"})
    return frozenset({"deletecollection"} if creates else {"create", "deletecollection"})


def _urls(rule: PolicyRule) -> Iterator[UnjudgedEntry]:
    """Yield the URLs on which a rule allows other verbs than reads, which server-logs judges."""
    verbs = tuple(sorted(set(rule.verbs or ()) - _URL_READS))
    for url in dict.fromkeys(rule.non_resource_urls or ()):
        if verbs:
            yield UnjudgedEntry(verbs, "", url)
