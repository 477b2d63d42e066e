"""The write rights that no technique judges, below an answer without a path."""

from collections.abc import Iterator, Sequence

from rbacgraph.model.answers.coverage import UnjudgedRight
from rbacgraph.model.answers.paths import PathsResult, ReachResult
from rbacgraph.model.printable import clean
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count, fitting, listing
from rbacgraph.report.text.words import binding_of, evidence_place, rule_name, rules_of

_FEW = 3
_MANY = 10
_ROOM = 40
_CHANGES = frozenset({"create", "patch", "update"})
_EVERY_WRITE = ("create", "delete", "deletecollection", "patch", "update")


def unjudged_lines(result: PathsResult | ReachResult, look: Look) -> list[str]:
    """Return one line that counts them; in the wide format, each with the rule that gives it."""
    if isinstance(result, PathsResult) and result.unjudged_holders:
        words = (
            f"Not judged: {count(result.unjudged_holders, 'principal')}"
            f" {'holds' if result.unjudged_holders == 1 else 'hold'} rights whose effect rbacgraph"
            " does not know (--from PRINCIPAL lists them)."
        )
        return look.prose(words, style="conditional")
    if not result.unjudged:
        return []
    if not look.wide:
        return look.prose(_summary(result.unjudged), style="conditional")
    on = _resources(result.unjudged).removeprefix("rights ")
    title = f"NOT JUDGED: rights whose effect rbacgraph does not know, {on}"
    lines = [look.paint(clean(title), "conditional")]
    for rights, scopes in _alike(result.unjudged):
        place = next((evidence_place(one) for one in rules_of(rights[0].evidence)), "")
        words = _words(rights, scopes, result.source)
        lines += look.pair(words, place, indent=2, styles=("", "place"))
    return [*lines, ""]


def _summary(rights: Sequence[UnjudgedRight]) -> str:
    names = _names(rights)
    if len(names) == 1:
        return f"Not judged: rights on {names[0]} (-o wide)."
    example = _example(rights)
    such = f", such as {example}" if example else ""
    return f"Not judged: {_resources(rights)}{such} (-o wide)."


def _example(rights: Sequence[UnjudgedRight]) -> str:
    """Return the name of one resource: of a right that changes whole objects, if there is one."""
    found = [
        (bool(one.stands_for), _CHANGES.isdisjoint(one.verbs), "/" in name, name)
        for one in rights
        for name in one.resources
        if "*" not in name
    ]
    return min(found, key=lambda one: one[:3])[3] if found else ""


def _resources(rights: Sequence[UnjudgedRight]) -> str:
    names = _names(rights)
    groups = {_group_of(name) for name in names if not name.startswith("/")}
    of = f" of {count(len(groups), 'API group')}" if len(names) > _MANY else ""
    return f"rights on {count(len(names), 'resource')}{of}"


def _names(rights: Sequence[UnjudgedRight]) -> list[str]:
    return list(dict.fromkeys(name for right in rights for name in right.resources))


def _group_of(name: str) -> str:
    """Return the API group of a resource; for a URL, as for the core group, ``""``."""
    return "" if name.startswith("/") else name.partition("/")[0].partition(".")[2]


def _by_group(names: Sequence[str]) -> str:
    """List resources, each API group once."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(_group_of(name), []).append(name)
    things = []
    for group, members in found.items():
        if group and len(members) > 1:
            plurals = listing([name.replace(f".{group}", "") for name in members])
            things.append(f"{plurals} of {group}")
        else:
            things += members
    return listing(things)


def _alike(rights: Sequence[UnjudgedRight]) -> Iterator[tuple[list[UnjudgedRight], list[str]]]:
    """Yield rights that differ in the resource alone, as one, with all scopes of such."""
    by_rule: dict[object, list[UnjudgedRight]] = {}
    for one in rights:
        key = (one.holder, one.verbs, one.scope, one.resource_names, one.evidence)
        by_rule.setdefault((*key, one.stands_for), []).append(one)
    by_scope: dict[object, tuple[list[UnjudgedRight], list[str]]] = {}
    for found in by_rule.values():
        lead = found[0]
        same = (lead.holder, lead.verbs, lead.resource_names, tuple(_names(found)))
        by_scope.setdefault(same, (found, []))[1].append(lead.scope)
    yield from by_scope.values()


def _words(rights: Sequence[UnjudgedRight], scopes: Sequence[str], source: str) -> str:
    lead = rights[0]
    by = "" if lead.holder == source else f"{lead.holder}: "
    verbs = ", ".join(lead.verbs)
    if set(_EVERY_WRITE) <= set(lead.verbs):
        more = [verb for verb in lead.verbs if verb not in _EVERY_WRITE]
        verbs = ", ".join(["every write", *more])
    names = _names(rights)
    things = _by_group(names) if len(names) <= _FEW or not lead.stands_for else ""
    things = things or _resources(rights).removeprefix("rights on ")
    called = f" named {', '.join(lead.resource_names)}" if lead.resource_names else ""
    where = f"in {fitting(scopes, _ROOM)}" if all(scopes) else "cluster-wide"
    binding = binding_of(lead.evidence)
    through = f", by {rule_name(binding)}" if binding else ""
    others = f" (+{len(scopes) - 1:,} more)" if through and len(scopes) > 1 else ""
    return f"{by}{verbs} on {things}{called} {where}{through}{others}"
