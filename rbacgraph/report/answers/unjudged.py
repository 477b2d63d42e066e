"""The write rights that no technique judges, below an answer without a path."""

from collections.abc import Iterator, Sequence

from rbacgraph.model.answers.coverage import UnjudgedRight
from rbacgraph.model.answers.paths import PathsResult
from rbacgraph.model.printable import clean
from rbacgraph.report.text.look import Look
from rbacgraph.report.text.text import count, listing
from rbacgraph.report.text.words import binding_of, evidence_place, rule_name, rules_of

_FEW = 3
_MANY = 10
_EVERY_WRITE = ("create", "delete", "deletecollection", "patch", "update")


def unjudged_lines(result: PathsResult, look: Look) -> list[str]:
    """Return one line that counts them; in the wide format, each with the rule that gives it."""
    if result.unjudged_holders:
        words = (
            f"Not judged: rights of {count(result.unjudged_holders, 'principal')} that no"
            " technique asks about (--from PRINCIPAL lists them)."
        )
        return look.prose(words, style="conditional")
    if not result.unjudged:
        return []
    if not look.wide:
        return look.prose(_summary(result.unjudged), style="conditional")
    title = f"NOT JUDGED: {_resources(result.unjudged)} that no technique asks about"
    lines = [look.paint(clean(title), "conditional")]
    for rights in _alike(result.unjudged):
        place = next((evidence_place(one) for one in rules_of(rights[0].evidence)), "")
        words = _words(rights, result.source)
        lines += look.pair(words, place, indent=2, styles=("", "place"))
    return [*lines, ""]


def _summary(rights: Sequence[UnjudgedRight]) -> str:
    shown = next((one.full_name for one in rights if not one.stands_for), "")
    names = _names(rights)
    if len(names) == 1:
        return f"Not judged: rights on {names[0]} (-o wide)."
    such = f", such as {shown}" if shown else ""
    return f"Not judged: {_resources(rights)}{such} (-o wide)."


def _resources(rights: Sequence[UnjudgedRight]) -> str:
    names = _names(rights)
    groups = {name.partition("/")[0].partition(".")[2] for name in names if name[:1] != "/"}
    of = f" of {len(groups):,} API groups" if len(names) > _MANY else ""
    return f"rights on {count(len(names), 'resource')}{of}"


def _names(rights: Sequence[UnjudgedRight]) -> list[str]:
    return list(dict.fromkeys(name for right in rights for name in right.resources))


def _alike(rights: Sequence[UnjudgedRight]) -> Iterator[list[UnjudgedRight]]:
    """Yield rights that differ in the resource alone, as one."""
    found: dict[object, list[UnjudgedRight]] = {}
    for one in rights:
        key = (one.holder, one.verbs, one.scope, one.resource_names, one.evidence)
        found.setdefault((*key, one.stands_for), []).append(one)
    yield from found.values()


def _words(rights: Sequence[UnjudgedRight], source: str) -> str:
    lead = rights[0]
    by = "" if lead.holder == source else f"{lead.holder}: "
    verbs = ", ".join(lead.verbs)
    if set(_EVERY_WRITE) <= set(lead.verbs):
        more = [verb for verb in lead.verbs if verb not in _EVERY_WRITE]
        verbs = ", ".join(["every write", *more])
    names = _names(rights)
    things = listing(names) if len(names) <= _FEW or not lead.stands_for else ""
    things = things or _resources(rights).removeprefix("rights on ")
    called = f" named {', '.join(lead.resource_names)}" if lead.resource_names else ""
    where = f"in {lead.scope}" if lead.scope else "cluster-wide"
    binding = binding_of(lead.evidence)
    through = f", by {rule_name(binding)}" if binding else ""
    return f"{by}{verbs} on {things}{called} {where}{through}"
