"""What rbacgraph makes of a right: judged, judged in part, harmless or unknown."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from rbacgraph.authz.match import ALL
from rbacgraph.authz.questions.api_resources import STANDARD_VERBS
from rbacgraph.model.answers.coverage import CoverageRow, Judgement
from rbacgraph.model.inputs.snapshot import NEWEST_KUBERNETES, CustomResource
from rbacgraph.query.coverage.api_table import READS, api_table
from rbacgraph.techniques.catalogue import EDGES, Conjunction, RuleEdge
from rbacgraph.techniques.spec.technique import Right

ResourceKey = tuple[str, str]
"""An API group, and a resource with its subresource, as rules write them."""


class Judged(NamedTuple):
    """The judgement of a verb on a resource, with why."""

    judgement: Judgement
    techniques: tuple[str, ...] = ()
    reason: str = ""
    source: str = ""


_UNKNOWN = Judged("unknown")


def judgement_of(
    group: str, resource: str, verb: str, version: tuple[int, int] = NEWEST_KUBERNETES
) -> Judged:
    """Return the judgement of a verb on a resource, as rules write it.

    Examples
    --------
    >>> judgement_of("", "pods/exec", "create").judgement
    'judged'
    >>> judgement_of("example.com", "widgets", "create").judgement
    'unknown'
    """
    table = api_table()
    techniques = judged_rights().get((group, resource), {}).get(verb, ())
    partial = {one.technique: one.reason for one in table.in_part}
    if (group, resource) in _built_in():
        known = by_operators()
        found = (one for one in techniques if (one, (group, resource)) in known)
        partial = {**dict.fromkeys(found, table.of_operators), **partial}
    if techniques:
        reasons = () if verb in READS else tuple(partial.get(one, "") for one in techniques)
        if reasons and all(reasons):
            return Judged("judged-in-part", techniques, "; ".join(dict.fromkeys(reasons)))
        return Judged("judged", techniques)
    harmless = table.why_harmless(group, resource, verb, version)
    if harmless is not None:
        return Judged("harmless", (), harmless.reason, harmless.source)
    return _UNKNOWN


@cache
def _built_in() -> frozenset[ResourceKey]:
    return frozenset((one.group, one.resource) for one in api_table().resources)


def counts(group: str, resource: str, verb: str) -> bool:
    """Whether a verb writes, or is asked about by a technique."""
    return verb not in READS or verb in judged_rights().get((group, resource), {})


def coverage_rows(custom: Iterable[CustomResource] = ()) -> tuple[CoverageRow, ...]:
    """Return the whole table: each resource with its verbs, by what is known of them.

    Besides what Kubernetes serves it lists the custom resources that techniques ask about, and
    those of an input.
    """
    known = {(one.group, one.resource): (one.verbs, one.source) for one in api_table().resources}
    for one in custom:
        known.setdefault((one.group, one.resource), (STANDARD_VERBS, ""))
    keys = sorted({*known, *judged_rights()})
    return tuple(row for key in keys for row in _rows(key, *known.get(key, ((), ""))))


def _rows(key: ResourceKey, served: Iterable[str], source: str) -> Iterator[CoverageRow]:
    group, resource = key
    found: dict[Judged, list[str]] = {}
    for verb in sorted({*served, *judged_rights().get(key, ())}):
        if counts(group, resource, verb):
            found.setdefault(judgement_of(group, resource, verb), []).append(verb)
    for judged, held in _merged(found.items()):
        yield CoverageRow(
            api_group=group,
            resource=resource,
            verbs=tuple(held),
            judgement=judged.judgement,
            techniques=judged.techniques,
            reason=judged.reason,
            source=judged.source or api_table().sources.get(source, ""),
        )


def _merged(found: Iterable[tuple[Judged, list[str]]]) -> Iterator[tuple[Judged, list[str]]]:
    """Yield verbs with one judgement and reason as one, with all of their techniques."""
    rows: dict[tuple[str, str], tuple[Judged, list[str]]] = {}
    for judged, verbs in found:
        key = judged.judgement, judged.reason
        before, held = rows.get(key, (judged._replace(techniques=()), []))
        techniques = tuple(dict.fromkeys((*before.techniques, *judged.techniques)))
        rows[key] = before._replace(techniques=techniques), [*held, *verbs]
    yield from rows.values()


@cache
def judged_rights() -> Mapping[ResourceKey, Mapping[str, tuple[str, ...]]]:
    """Return for each resource and verb the ids of the techniques that ask about it.

    Examples
    --------
    >>> judged_rights()["", "pods/exec"]["create"]
    ('exec',)
    """
    found: dict[ResourceKey, dict[str, dict[str, None]]] = {}
    for edge in EDGES:
        for right in _rights_of(edge):
            if right.resource == ALL:
                continue
            verbs = found.setdefault((right.group, right.full_resource), {})
            for verb in right.verbs:
                verbs.setdefault(verb, {})[edge.id] = None
    return {key: {verb: tuple(ids) for verb, ids in verbs.items()} for key, verbs in found.items()}


@cache
def by_operators() -> frozenset[tuple[str, ResourceKey]]:
    """Return techniques with the resources whose operators they know.

    Examples
    --------
    >>> ("operator-deputy", ("argoproj.io", "applications")) in by_operators()
    True
    """
    return frozenset((edge.id, row.key) for edge in EDGES for row in edge.rows)


def _rights_of(edge: object) -> Iterator[Right]:
    if isinstance(edge, RuleEdge):
        yield from edge.rights
    elif isinstance(edge, Conjunction):
        yield from edge.also_asks
        for ability in edge.abilities:
            yield from ability.rights
