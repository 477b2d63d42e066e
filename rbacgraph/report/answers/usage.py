"""``usage`` as a person reads it: one line per rule that a binding gives a subject."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from rbacgraph.model.answers.usage import (
    GrantUse,
    Requests,
    RulePart,
    UsageResult,
    Verb,
    WhyUnexplained,
)
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.printable import clean
from rbacgraph.model.request import Request
from rbacgraph.report.documents.filling import document
from rbacgraph.report.documents.rights import UsageDocument
from rbacgraph.report.formats.rows import AnswerColumns, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import count, fitting
from rbacgraph.report.text.words import evidence_place, kind_of, object_name, rule_name

_LEAST = 14
"""With less room, columns are left to the wide format: NEVER USED is what one looks for."""
_ROOM = 48
_SHOWN = 10


def usage_text(result: UsageResult, look: Look) -> str:
    """Lay out the table, what stands beside it, and what the log is."""
    compared = result.log.events or not result.store_log.events
    sections = [_grants(result, look)] if compared else []
    beside = (
        (result.unexplained, "allowed, but nothing in the input grants it"),
        (result.denied, "denied, and so not needed"),
    )
    sections += [_requests(found, title, look) for found, title in beside if found]
    if compared:
        sections.append(log_lines(result.log, look))
    if result.store_log.events:
        sections += _stores(result, look)
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _grants(result: UsageResult, look: Look) -> list[str]:
    if not result.grants:
        return ["No binding grants rights to the principals asked about."]
    grants = result.grants
    columns = [
        Column("PRINCIPAL", [clean(use.principal) for use in grants], shrinks=True, names=True),
        Column("SCOPE", [clean(use.scope) or "cluster-wide" for use in grants], expendable=1),
        Column(
            "BINDING",
            [_binding(use, look) for use in grants],
            shrinks=True,
            names=True,
            least=_LEAST,
        ),
        Column("RULE", [_rule(use, look) for use in grants], shrinks=True),
        Column("REQUESTS", [f"{use.requests:,}" for use in grants], number=True),
        Column("USED", [_fitted(_used(use), look) for use in grants], shrinks=True, least=_LEAST),
        Column("NEVER USED", [_never(use, look) for use in grants], shrinks=True),
    ]
    if look.wide:
        columns.append(Column("FILE:LINE", [clean(evidence_place(u.rule)) or "-" for u in grants]))
    lines, left_out = table_lines(columns, look)
    idle = sum(not use.requests and bool(use.of("never-used")) for use in grants)
    words = f"{count(len(grants), 'rule')} granted, {idle:,} of them never used"
    return [*lines, "", f"{words} ({left_out})." if left_out else f"{words}."]


def _binding(use: GrantUse, look: Look) -> str:
    name = clean(object_name(use.binding.namespace, use.binding.name))
    return f"{use.binding.kind} {name}" if look.wide else name


def _rule(use: GrantUse, look: Look) -> str:
    name = rule_name(use.rule)
    return clean(name if look.wide else name.removeprefix(f"{use.rule.kind} "))


def _used(use: GrantUse) -> list[str]:
    """Say what of a rule was used; of a ``*`` what was done by it."""
    used = use.of("used")
    done = {seen: None for part in used for seen in part.seen}
    return parts_words([*(part for part in used if not part.seen), *done])


def _never(use: GrantUse, look: Look) -> str:
    wide = parts_words(part for part in use.of("used") if part.seen)
    words = [*(f"everything else: {part}" for part in wide), *parts_words(use.of("never-used"))]
    words += [f"{part} (not seen in logs)" for part in parts_words(use.of("unseen"))]
    words += [f"{part} (but stated as needed)" for part in parts_words(use.of("stated"))]
    return _fitted(words, look)


def _fitted(words: Sequence[str], look: Look) -> str:
    if not words:
        return "-"
    if look.wide:
        return "; ".join(words)
    return fitting(words, _ROOM, separator="; ")


def parts_words(parts: Iterable[RulePart | Verb]) -> list[str]:
    """Say what parts of a rule allow, those together that differ by their verbs alone.

    Examples
    --------
    >>> secrets = [RulePart(verb=verb, resource="secrets") for verb in ("get", "list")]
    >>> parts_words([*secrets, RulePart(verb="get", path="/metrics")])
    ['get, list on secrets', 'get on /metrics']
    """
    verbs: dict[str, list[str]] = {}
    for part in parts:
        verbs.setdefault(_thing(part), []).append(part.verb)
    return [clean(f"{', '.join(own)} on {thing}") for thing, own in verbs.items()]


def _thing(part: RulePart | Verb) -> str:
    if part.path:
        return part.path
    resource = f"{part.resource}.{part.group}" if part.group else part.resource
    name = part.name if isinstance(part, RulePart) else ""
    return f"{resource} named {name}" if name else resource


def request_words(found: Requests | Request) -> str:
    """Say what was asked for."""
    if found.path:
        return f"{found.verb} {found.path}"
    resource = f"{found.resource}.{found.group}" if found.group else found.resource
    resource += f"/{found.name}" if found.name else ""
    subresource = f" (subresource {found.subresource})" if found.subresource else ""
    place = f" in {found.namespace}" if found.namespace else " at the cluster scope"
    return f"{found.verb} {resource}{subresource}{place}"


def _requests(found: Sequence[Requests], title: str, look: Look) -> list[str]:
    total = count(sum(one.requests for one in found), "request")
    lines = look.prose(f"{total} {title}:", style="heading")
    shown = found if look.wide else found[:_SHOWN]
    for one in shown:
        words = f"{one.principal}: {request_words(one)}"
        lines += look.pair(words, f"{one.requests:,}", indent=2)
    if len(shown) < len(found):
        lines.append(f"  … and {len(found) - len(shown):,} more; -o wide shows them")
    return lines


def log_lines(log: LogSummary, look: Look) -> list[str]:
    """Say what the log is, and what it cannot show."""
    window = f" from {log.first} to {log.last}" if log.first else ""
    words = f"The log holds {count(log.requests, 'request')} ({count(log.events, 'event')})"
    lines = look.prose(f"{words}{window}.", style="quiet")
    for sentence in log.blind_spots:
        lines += look.prose(f"Not seen: {sentence}.", indent=2, hang=2, style="conditional")
    return lines


_WHY: Mapping[WhyUnexplained, str] = {
    "no-trust": "no role of the store lets this ServiceAccount in",
    "no-policy": "no role that lets this ServiceAccount in reads the secret",
    "unknown-session": "the log lacks the beginning of the session",
    "unknown-service-account": "the input lacks this ServiceAccount",
    "unknown-secret": "the input lacks this secret",
    "another-cluster": "a ServiceAccount of another cluster took the role",
    "no-service-account": "this is no ServiceAccount",
}


def _stores(result: UsageResult, look: Look) -> Iterator[list[str]]:
    """Yield who read which secret of a store, and how that compares with the input."""
    uses = result.stores
    if uses:
        columns = [
            Column("WHO", [clean(use.who) for use in uses], shrinks=True, names=True),
            Column("SECRET", [clean(use.secret) for use in uses], shrinks=True, names=True),
            Column("READS", [f"{use.reads:,}" for use in uses], number=True),
            Column("REFUSED", [f"{use.refused:,}" for use in uses], number=True),
            Column("LAST READ", [clean(use.last_read or "-") for use in uses], expendable=1),
        ]
        lines, left_out = table_lines(columns, look)
        yield [*lines, *(["", f"({left_out})."] if left_out else [])]
    if unexplained := result.stores_unexplained:
        words = f"{count(sum(one.reads for one in unexplained), 'read')} not explained by the input"
        rows = [(f"{one.who}: {one.secret}", _WHY[one.why]) for one in unexplained]
        yield _listed(words, rows, look)
    if result.stores_unused:
        by_secret: dict[str, list[str]] = {}
        for one in result.stores_unused:
            doubt = "" if one.certain else " (under a condition)"
            by_secret.setdefault(one.secret, []).append(f"{clean(one.who)}{doubt}")
        rows = [
            (secret, f"{count(len(whom), 'account')}: {_fitted(whom, look)}")
            for secret, whom in by_secret.items()
        ]
        yield _listed("ServiceAccounts that can read a secret and did not", rows, look)
    log = result.store_log
    window = f" of secrets from {log.first} to {log.last}" if log.first else " and no read"
    window = clean(window)
    events = count(log.events, "event")
    yield look.prose(f"The logs of stores hold {events}, reads{window}.", style="quiet")


def _listed(title: str, rows: Sequence[tuple[str, str]], look: Look) -> list[str]:
    lines = look.prose(f"{title}:", style="heading")
    shown = rows if look.wide else rows[:_SHOWN]
    for words, beside in shown:
        lines += look.pair(clean(words), beside, indent=2)
    if len(shown) < len(rows):
        lines.append(f"  … and {len(rows) - len(shown):,} more; -o wide shows them")
    return lines


class _Row(NamedTuple):
    use: GrantUse
    part: RulePart


USAGE = QuestionFormats[UsageResult](
    text=usage_text,
    columns=AnswerColumns[UsageResult, _Row](
        lambda result: [_Row(use, part) for use in result.grants for part in use.parts],
        {
            "principal": lambda row: row.use.principal,
            "principal_kind": lambda row: kind_of(row.use.principal),
            "scope": lambda row: row.use.scope,
            "binding_kind": lambda row: row.use.binding.kind,
            "binding": lambda row: object_name(row.use.binding.namespace, row.use.binding.name),
            "role_kind": lambda row: row.use.rule.kind,
            "role": lambda row: object_name(row.use.rule.namespace, row.use.rule.name),
            "rule": lambda row: row.use.rule.rule or 0,
            "verb": lambda row: row.part.verb,
            "group": lambda row: row.part.group,
            "resource": lambda row: row.part.resource,
            "name": lambda row: row.part.name,
            "path": lambda row: row.part.path,
            "state": lambda row: row.part.state,
            "requests": lambda row: row.part.requests,
            "last": lambda row: row.part.last,
            "seen": lambda row: joined(parts_words(row.part.seen)),
            "file": lambda row: row.use.rule.file,
            "line": lambda row: row.use.rule.line,
        },
        frozenset({"principal_kind", "binding_kind", "role_kind", "verb", "group", "state"}),
        types={"rule": int, "requests": int, "line": int},
        shown=("principal", "role", "verb", "resource", "state"),
    ),
    document=partial(document, UsageDocument),
)
