"""The text of ``suggest``: what changes, who loses what, and the proof."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rbacgraph.model.changes.access_effect import Effect, Linked
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.changes.suggestion import (
    Addition,
    LeftAlone,
    Loss,
    Permission,
    Proof,
    RoleChange,
    SuggestResult,
)
from rbacgraph.model.inputs.need_evidence import NeedEvidence
from rbacgraph.model.inputs.rbac_write import DoubtfulWrite
from rbacgraph.model.kubernetes.rbac import ClusterRole, PolicyRule, Role
from rbacgraph.model.printable import clean
from rbacgraph.report.advice.effect import who_reaches
from rbacgraph.report.advice.manifests import manifests_text
from rbacgraph.report.answers.usage import log_lines
from rbacgraph.report.documents.advice import SuggestDocument, written_document
from rbacgraph.report.documents.filling import document
from rbacgraph.report.formats.rows import AnswerColumns, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import count, count_both, fitting, listing, plus_words
from rbacgraph.report.text.words import object_name

_SHOWN = 12
_ROOM = 60
_DOUBTS = 200
_NAMED = 2
_GUESSED = (
    "Not proven: that the Secrets left are enough. The kubelet reads the Secrets that Pods name;"
    " only an audit log shows which Secrets they read by the API."
)


def suggest_text(result: SuggestResult, look: Look) -> str:
    """Return the text of the answer."""
    sections = [_head(result, look)]
    if result.changes:
        written = {change.key: change for change in result.changes}
        sections += [
            _role(role, written.get((role.kind, role.namespace, role.name)), look)
            for role in result.roles
        ]
        sections.append(_bindings(result.changes, look))
        sections.append(_losses(result, look))
        sections.append(_proof(result, look))
    sections.append(_left_alone(result, look))
    sections.append(_notes(result, look))
    if result.log is not None:
        sections.append(log_lines(result.log, look))
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _head(result: SuggestResult, look: Look) -> list[str]:
    who = result.asked or f"every role{' that can be edited' if result.manner else ''}"
    who = f"{who}, {result.manner}" if result.manner else who
    who = f"Guessed from references: {who}" if result.guessed else who
    first = [f"Note: {note}." for note in _in_the_head(result)]
    still = [line for words in first for line in look.prose(words, style="certain")]
    if not result.changes:
        style = "heading" if still else "good"
        return [*look.prose(f"{who}: nothing to change.", style=style), *still]
    words = f"{who}: {count(len(result.changes), 'change')}. -o yaml writes the manifests to apply."
    doubts = doubt_sentences(result.proof.doubts)
    if not doubts:
        return [*look.prose(words, style="heading"), *still]
    lines = look.prose(
        f"{who}: {count(len(result.changes), 'change')}. {doubts[0]}", style="certain"
    )
    for sentence in doubts[1:]:
        lines += look.prose(sentence, style="certain")
    return [*lines, *still, *look.prose("-o yaml writes the manifests to apply.", style="heading")]


def _in_the_head(result: SuggestResult) -> list[Statement]:
    return [note for note in result.notes if note.code in _FIRST]


def _role(role: RoleChange, change: Change | None, look: Look) -> list[str]:
    name = f"{role.kind} {object_name(role.namespace, role.name)}"
    whom = clean(fitting(role.principals, _ROOM)) or "nobody"
    made = _MADE[role.action]
    if role.action == "tidy":
        made = f"{count(role.rules_before, 'rule')} {_become(role.rules_before)} {role.rules:,}"
    where = _scopes(role.scopes)
    why = f", {role.why}" if role.action == "make" else ""
    lines = look.prose(f"{name}: {made}{why}, for {whom} {where}", style="heading")
    if role.action == "tidy" and change is not None:
        return [*lines, *_rules_anew(change, look)]
    lines += _signed(" ", permission_words(role.kept), look, "")
    lines += _signed("+", permission_words(role.added), look, "good")
    lines += _signed("-", _missing(role.removed, role.narrowed), look, "conditional")
    if not role.kept and not role.added:
        lines.append("    nothing is left of it")
    return lines


def _rules_anew(change: Change, look: Look) -> list[str]:
    """Return rules before and after: kept, removed and added ones."""
    old, new = (
        tuple(obj.rules or ()) if isinstance(obj, Role | ClusterRole) else ()
        for obj in (change.before, change.after)
    )
    left = Counter(map(_entries, new))
    staying: list[str] = []
    gone: list[str] = []
    for rule in old:
        same = left[_entries(rule)] > 0
        left[_entries(rule)] -= same
        (staying if same else gone).append(rule_words(rule))
    come: list[str] = []
    for rule in new:
        if left[_entries(rule)] > 0:
            left[_entries(rule)] -= 1
            come.append(rule_words(rule))
    return [
        *_signed(" ", staying, look, ""),
        *_signed("-", gone, look, "conditional"),
        *_signed("+", come, look, "good"),
    ]


def _entries(rule: PolicyRule) -> tuple[frozenset[str], ...]:
    """Return the entries of a rule, ignoring their order and repetition."""
    lists = (rule.verbs, rule.api_groups, rule.resources, rule.resource_names)
    return tuple(frozenset(entries or ()) for entries in (*lists, rule.non_resource_urls))


def rule_words(rule: PolicyRule) -> str:
    """Return in words what one rule allows.

    Examples
    --------
    >>> rule_words(PolicyRule(("get", "list"), ("", "apps"), ("pods", "deployments"), ("web",)))
    'get, list on pods, deployments of core, apps named web'
    >>> rule_words(PolicyRule(("get",), non_resource_urls=("/metrics",)))
    'get on /metrics'
    """
    verbs = ", ".join(rule.verbs or ())
    if rule.non_resource_urls:
        return clean(f"{verbs} on {', '.join(rule.non_resource_urls)}")
    groups = [group or "core" for group in rule.api_groups or ()]
    of = "" if groups == ["core"] else f" of {', '.join(groups)}"
    names = _named(rule.resource_names or ())
    return clean(f"{verbs} on {', '.join(rule.resources or ())}{of}{names}")


_FIRST = frozenset({Say.IS_STILL_ADMIN, Say.IS_STILL_ADMIN_OF})
"""Notes that stand in the first lines."""

_MADE = {"make": "new", "narrow": "narrowed", "tidy": ""}


def _become(number: int) -> str:
    return "becomes" if number == 1 else "become"


def _missing(gone: Iterable[Permission], narrowed: Iterable[Permission]) -> list[str]:
    parts: dict[str, list[Permission]] = {"everything else": [], "all other objects": []}
    for one in narrowed:
        parts["everything else" if _is_wild(one) else "all other objects"].append(one)
    rest = (f"{what}: {words}" for what, some in parts.items() for words in permission_words(some))
    return [*rest, *permission_words(gone)]


def _is_wild(one: Permission) -> bool:
    """Whether a narrowed permission may differ from the rest by more than names."""
    return bool(one.path) or any("*" in words for words in (one.verb, one.group, one.resource))


def _scopes(scopes: Sequence[str]) -> str:
    if not scopes or "" in scopes:
        return "in the whole cluster" if "" in scopes else ""
    return f"in {clean(fitting(scopes, _ROOM))}"


def _signed(sign: str, words: Sequence[str], look: Look, style: str) -> list[str]:
    shown = words if look.wide else words[:_SHOWN]
    lines = [line for text in shown for line in look.prose(text, indent=4, hang=2, style=style)]
    for number, line in enumerate(lines):
        if not line.startswith("      "):
            lines[number] = f"  {look.paint(sign, style)} {line[4:]}" if sign != " " else line
    if len(shown) < len(words):
        lines.append(f"  {sign} … and {len(words) - len(shown):,} more; -o wide shows them")
    return lines


def permission_words(permissions: Iterable[Permission]) -> list[str]:
    """Return in words what permissions allow, merging those that differ in verbs or names.

    Examples
    --------
    >>> secrets = [Permission(verb=v, resource="secrets", name="db") for v in ("get", "patch")]
    >>> permission_words([*secrets, Permission(verb="get", path="/metrics")])
    ['get, patch on secrets named db', 'get on /metrics']
    """
    verbs: dict[tuple[str, str, str, str | None], list[str]] = {}
    for one in permissions:
        own = verbs.setdefault((one.path, one.group, one.resource, one.name), [])
        if one.verb not in own:
            own.append(one.verb)
    names: dict[tuple[str, str, str, tuple[str, ...]], list[str | None]] = {}
    for (path, group, resource, name), own in verbs.items():
        names.setdefault((path, group, resource, tuple(own)), []).append(name)
    return [
        clean(f"{', '.join(own)} on {_thing(path, group, resource)}{_named(found)}")
        for (path, group, resource, own), found in names.items()
    ]


def _thing(path: str, group: str, resource: str) -> str:
    if path:
        return path
    return f"{resource}.{group}" if group else resource


def _named(names: Sequence[str | None]) -> str:
    found = [name or '""' for name in names if name is not None]
    return f" named {', '.join(found)}" if found else ""


def _bindings(changes: Iterable[Change], look: Look) -> list[str]:
    lines = []
    for change in changes:
        kind, namespace, name = change.key
        if change.action == "update" and kind.endswith("Binding"):
            text = f"{kind} {object_name(namespace, name)}: {change.why}"
            lines += look.prose(text, hang=2)
    return lines


def _losses(result: SuggestResult, look: Look) -> list[str]:
    losses = result.losses
    if not losses:
        return []
    columns = [
        Column("WHO LOSES", [clean(loss.principal) for loss in losses], shrinks=True, names=True),
        Column("SCOPE", [clean(loss.scope) or "cluster-wide" for loss in losses]),
        Column(
            "RIGHTS", [f"{len(loss.lost) + len(loss.narrowed):,}" for loss in losses], number=True
        ),
        Column("WHAT", [_lost(loss, look) for loss in losses], shrinks=True),
    ]
    if not result.manner:
        columns.insert(3, Column("SEEN", ["yes" if loss.seen else "no" for loss in losses]))
    lines, _ = table_lines(columns, look)
    return lines


def _number(loss: Loss) -> int:
    return len(loss.lost) + len(loss.narrowed)


def _lost(loss: Loss, look: Look) -> str:
    words = _missing(loss.lost, loss.narrowed)
    return "; ".join(words) if look.wide else fitting(words, _ROOM, separator="; ")


def _proof(result: SuggestResult, look: Look) -> list[str]:
    rules = f" in {_rules(result.roles)}"
    sentences = (
        [*_anew(result), *effect_sentences(result.proof)]
        if result.manner
        else proof_sentences(result.proof, rules, result.additions)
    )
    lines = [look.heading("Proof")]
    for sentence in sentences:
        lines += look.prose(sentence, indent=2, hang=2)
    return lines


def _anew(result: SuggestResult) -> list[str]:
    proof = result.proof
    rights = count(proof.requests, "right")
    whose = count(proof.identities, "principal")
    held = f"{rights} of {whose} compared one by one, all rights to keep are held."
    return [
        *([_GUESSED, f"Of the rest: {held}"] if result.guessed else [f"Enough: {held}"]),
        f"No more: nobody gains a right; {_rules(result.roles)} written.",
    ]


def proof_sentences(proof: Proof, rules: str, additions: Sequence[Addition]) -> list[str]:
    """Return what was proven; ``rules`` is the number of rules in words, and may be empty."""
    requests = count(proof.requests, "needed request")
    identities = count(proof.identities, "identity", "identities")
    added = count(len(additions), "permission")
    but = f", but {added} that {_is(len(additions))} added" if additions else ""
    needed = count(proof.permissions, "permission")
    written = f"{needed} written{rules}, each needed by some request"
    more = (
        f"No more: {written if proof.permissions else 'no role is written'}; "
        f"nobody gains a right{but}."
    )
    replayed = f"{requests} of {identities} replayed, all allowed afterwards"
    return [
        f"{enough_words(proof.doubts)}: {replayed}{write_words(proof.writes)}.",
        more,
        *effect_sentences(proof),
    ]


def enough_words(doubts: Sequence[DoubtfulWrite]) -> str:
    """Return whether it is enough; it is not certain if a write may fail."""
    if not doubts:
        return "Enough"
    return "Not enough" if any(one.known for one in doubts) else "Not known to be enough"


def write_words(writes: int) -> str:
    """Return how many writes were replayed, to be appended; ``""`` if there were none."""
    if not writes:
        return ""
    passes = "passes" if writes == 1 else "pass"
    return f"; {count(writes, 'write')} of roles and bindings {passes} escalation prevention"


def doubt_sentences(doubts: Sequence[DoubtfulWrite]) -> list[str]:
    """Return which writes of roles and bindings fail, or may fail, and what to do."""
    found = []
    for known in (True, False):
        own = [one for one in doubts if one.known is known]
        if not own:
            continue
        words = list(dict.fromkeys(map(_doubt, own)))
        whose = fitting(list(dict.fromkeys(one.principal for one in own)), _ROOM)
        what = fitting(words, _DOUBTS, separator="; ")
        if known:
            found.append(
                clean(f"Afterwards the API server refuses {whose} to {what}: state by --need what")
                + " these grant, or escalate and bind."
            )
        else:
            named = any(one.name for one in own)
            state = "Give the objects with -f, or state it" if named else "State it"
            found.append(
                clean(f"Afterwards the API server may refuse {whose} to {what}: the input does not")
                + " say what these grant, and their writer must hold that, or escalate and bind."
                f" {state} by --need: rbacgraph keeps what you state."
            )
    return found


def _doubt(one: DoubtfulWrite) -> str:
    if one.name:
        return f"{one.verb} {one.kind} {object_name(one.namespace, one.name)}"
    where = f" in {one.namespace}" if one.namespace else ""
    return f"{one.verb} any {one.kind}{where}"


def _rules(roles: Sequence[RoleChange]) -> str:
    number, bound = sum(role.rules for role in roles), sum(role.bound for role in roles)
    least = "the fewest there can be" if number == bound else f"at least {bound:,} are needed"
    return f"{count(number, 'rule')} ({least})"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def effect_sentences(proof: Proof) -> list[str]:
    """Return who reaches which Secrets before and after, if that was asked for."""
    if proof.effect is None:
        return []
    found = [f"Effect: {effect_words(proof.effect)}."]
    if proof.cleaned is not None and proof.cleaned != proof.effect:
        found.append(f"With the deletions: {effect_words(proof.cleaned)}.")
    return found


def effect_words(effect: Effect) -> str:
    """Return who reaches which Secrets before and after, in one sentence."""
    before, after = effect.before, effect.after
    plus = plus_words(before.conditional_pairs, after.conditional_pairs)
    if before == after and not effect.gone.by_principal:
        return f"as before, {who_reaches(before)}{plus}"
    gone = [f"{link.name} to {_first(link)}" for link in effect.gone.by_principal]
    words = f"{who_reaches(before)}; afterwards {who_reaches(after)}{plus}"
    return f"{words}. Gone: {clean(fitting(gone, 200, separator='; '))}" if gone else words


def _first(link: Linked) -> str:
    names = link.first[:_NAMED]
    if link.whole and len(names) == len(link.first):
        return listing(names)
    if link.conditional:
        return f"{count_both(link.total, link.conditional, 'Secret')}, such as {listing(names)}"
    return f"{', '.join(names)} and {link.total - len(names):,} more"


def _left_alone(result: SuggestResult, look: Look) -> list[str]:
    every = result.left_alone
    shown = every if look.wide else every[:_SHOWN]
    if not shown:
        return []
    columns = [
        Column("LEFT ALONE", [clean(one.principal) for one in shown], shrinks=True, names=True),
        Column("WHY", [_why_left(one) for one in shown], shrinks=True),
    ]
    lines, _ = table_lines(columns, look)
    if len(shown) < len(every):
        lines.append(f"… and {len(every) - len(shown):,} more; -o wide shows them")
    return lines


def left_alone_words(result: SuggestResult) -> list[str]:
    """Return that the answer is a guess, and whom it leaves alone; empty if it is none.

    Examples
    --------
    >>> from rbacgraph.model.changes.statement import Say
    >>> from rbacgraph.model.changes.suggestion import LeftAlone
    >>> one = LeftAlone("serviceaccount:shop/eso", "External Secrets", Say.BY_ITS_NAME())
    >>> _why_left(one)
    'External Secrets: its name'
    """
    if not result.guessed:
        return []
    alone = (f"left alone, {one.principal}: {_why_left(one)}" for one in result.left_alone)
    return ["guessed from references: no log and no statement says what is needed", *alone]


def _why_left(one: LeftAlone) -> str:
    if not one.operator:
        return "the input holds no Pod and no Pod template of it"
    return clean(f"{one.operator}: {one.sign}")


def _notes(result: SuggestResult, look: Look) -> list[str]:
    lines: list[str] = []
    for words in addition_words(result.additions):
        lines += look.prose(f"Added, {words}.", hang=2, style="conditional")
    first = _in_the_head(result)
    for note in (note for note in result.notes if note not in first):
        lines += look.prose(f"Note: {note}.", hang=2)
    if result.leftovers:
        number = count(len(result.leftovers), "object")
        text = f"Applying deletes nothing: {number} that nobody needs any more: delete by hand."
        lines += look.prose(text, hang=2)
    return lines


def addition_words(additions: Iterable[Addition]) -> list[str]:
    """Return what is added, grouped by statement, principal and namespace.

    Examples
    --------
    >>> get = Permission(verb="get", resource="secrets", name="db")
    >>> from rbacgraph.model.inputs.need_evidence import How
    >>> said = NeedEvidence.of(How.STATED, "needs.txt:1")
    >>> addition_words([Addition("user:alice", "shop", get, said)])
    ['as nothing grants it today: get on secrets named db in shop to user:alice (needs.txt:1)']
    """
    together: dict[tuple[str, str, NeedEvidence], list[Permission]] = {}
    for one in additions:
        key = one.principal, one.scope, one.evidence
        together.setdefault(key, []).append(one.permission)
    return [
        f"as nothing grants it today: {'; '.join(permission_words(own))}"
        f" {f'in {scope}' if scope else 'in the whole cluster'} to {principal} ({evidence})"
        for (principal, scope, evidence), own in together.items()
    ]


class _Row(NamedTuple):
    role: RoleChange
    state: str
    one: Permission


def _rows(result: SuggestResult) -> list[_Row]:
    return [
        _Row(role, state, one)
        for role in result.roles
        for state in ("kept", "narrowed", "removed", "added")
        for one in getattr(role, state)
    ]


def _suggest_document(result: SuggestResult) -> SuggestDocument:
    changes = tuple(map(written_document, result.changes))
    return document(SuggestDocument, result, changes=changes, deletions=result.leftovers)


SUGGEST = QuestionFormats[SuggestResult](
    text=suggest_text,
    columns=AnswerColumns[SuggestResult, _Row](
        _rows,
        {
            "role_kind": lambda row: row.role.kind,
            "role": lambda row: object_name(row.role.namespace, row.role.name),
            "action": lambda row: row.role.action,
            "principals": lambda row: joined(row.role.principals),
            "scopes": lambda row: joined(row.role.scopes),
            "state": lambda row: row.state,
            "verb": lambda row: row.one.verb,
            "group": lambda row: row.one.group,
            "resource": lambda row: row.one.resource,
            "name": lambda row: row.one.name or "",
            "path": lambda row: row.one.path,
        },
        frozenset({"role_kind", "action", "state", "verb", "group"}),
        shown=("role", "state", "verb", "resource", "name"),
    ),
    document=_suggest_document,
    extras={"yaml": lambda result, _: manifests_text(result.changes)},
)
