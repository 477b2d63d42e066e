"""The text of ``cut``: what to change, why fewer changes are not enough, who loses what."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rbacgraph.model.answers.paths import Path
from rbacgraph.model.changes.cut import CutEdit, CutResult, Forcing, Refused, Uncut
from rbacgraph.model.changes.statement import Statement
from rbacgraph.model.phrase import object_words
from rbacgraph.model.printable import clean
from rbacgraph.report.advice.effect import effect_lines
from rbacgraph.report.advice.manifests import manifests_text
from rbacgraph.report.advice.suggest import doubt_sentences, write_words
from rbacgraph.report.answers.usage import log_lines
from rbacgraph.report.documents.advice import CutDocument, written_document
from rbacgraph.report.documents.filling import document
from rbacgraph.report.formats.rows import AnswerColumns, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count, count_both, fitting, listing, plus_words
from rbacgraph.report.text.paths.fold_paths import fold_principals
from rbacgraph.report.text.paths.routes import evidence_lines
from rbacgraph.report.text.words import chain, count_kinds, describe, object_name, place, short

_LABEL = 5
_FORCING = 5
_CLOSING = 2
_UNCUT = 3
_REASONS = 2
_ROOM = 70


def cut_text(result: CutResult, look: Look) -> str:
    """Return the text of the answer."""
    sections = [
        [
            look.heading(result.secret),
            *look.prose(_answer(result)),
            *(look.prose(words) if (words := _operators(result)) else ()),
            *_doubts(result, look),
        ],
        *(_edit(edit, number, look) for number, edit in enumerate(result.edits, 1)),
        _section("CANNOT BE CUT OFF", _uncut(result.uncut, look), look),
        _section("KEPT", _kept(result, look), look),
        _section("WHY NOT FEWER", _forcing(result, look), look),
        _section("EFFECT", effect_lines(result.effect, look) if result.edits else [], look),
        [line for note in result.notes for line in look.prose(f"Note: {note}.", hang=2)],
        _folded(result, look),
        log_lines(result.log, look) if result.log is not None else [],
        basis_lines(result.basis, look),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _section(title: str, lines: Sequence[str], look: Look) -> list[str]:
    return [look.heading(title), *lines] if lines else []


def _answer(result: CutResult) -> str:
    """Return a summary of one or two sentences."""
    kept = [one.principal for one in result.kept if not one.operator]
    if len(kept) < len(result.kept):
        kept.append(count(len(result.kept) - len(kept), "ServiceAccount") + " of operators")
    but = f" but {listing(kept)}" if kept else ""
    sure, only = result.principals, result.principals_conditional
    if not (sure or only):
        return f"Nobody{but} reaches it: no change needed."
    reach = f"{count_both(sure, only, 'principal')}{' other than those kept' if kept else ''}"
    reach += " reaches it" if (sure, only) == (1, 0) else " reach it"
    reach += plus_words(only)
    left = len(result.uncut)
    if not result.edits:
        return f"{reach}, and no allowed change stops them."
    changes = count(len(result.edits), "change")
    who = f"nobody{but} does"
    if left:
        who = f"{count(left, 'of them', 'of them')} still {'does' if left == 1 else 'do'}"
    fewest = "no fewer are enough"
    if not result.proven:
        fewest = f"at least {result.bound:,} are needed"
    return f"{reach}. After {changes} {who}; {fewest}."


def _operators(result: CutResult) -> str:
    """Say what the changes take from operators that need it by design; or that they keep it."""
    if result.keep_operators:
        names = sorted({one.operator for one in result.kept if one.operator})
        if not names:
            return "No operator that needs it by design reaches it."
        return f"Kept, since they need it by design: {listing(names)}."
    names = sorted({name for edit in result.edits for name in edit.operators})
    if not names:
        return ""
    edits = sum(1 for edit in result.edits if edit.operators)
    touch = "touches" if edits == 1 else "touch"
    rights = f"rights that {listing(names)} {_need(names)} by design"
    return f"{count(edits, 'change')} {touch} {rights}: --keep-operators leaves them."


def _need(names: Sequence[str]) -> str:
    return "needs" if len(names) == 1 else "need"


def _doubts(result: CutResult, look: Look) -> list[str]:
    sentences = doubt_sentences(result.proof.doubts)
    return [line for words in sentences for line in look.prose(words, style="certain")]


def _edit(edit: CutEdit, number: int, look: Look) -> list[str]:
    name = f"{edit.kind} {object_name(edit.namespace, edit.name)}"
    head = f"{f'[{number}] ':<{_LABEL}}{clean(name)}"
    lines = look.pair(head, place(edit.file, edit.line), styles=("name", "place"))
    lines += look.prose(str(edit.text), indent=_LABEL, hang=2)
    several = count_both(edit.closes, edit.closes_conditional, "identity", "identities")
    closes = f"blocks {several}"
    lines += look.prose(f"{closes}; {_losing(edit, look)}", indent=_LABEL, hang=2, style="quiet")
    if edit.operators:
        words = f"{listing(edit.operators)} {_need(edit.operators)} by design what this takes"
        lines += look.prose(words, indent=_LABEL, hang=2, style="conditional")
    if edit.note:
        lines += look.prose(str(edit.note), indent=_LABEL, hang=2, style="conditional")
    return lines


def _losing(edit: CutEdit, look: Look) -> str:
    if not edit.loses:
        return "nobody loses anything else"
    names = edit.loses
    shown = [short(name) for name in names]
    several = f"{count_kinds(names)} ({_names(shown, look)})" if len(names) > 1 else names[0]
    verb = "lose" if len(names) > 1 else "loses"
    return f"{several} {verb} {joined(map(str, edit.lost))}"


def _names(names: Sequence[str], look: Look) -> str:
    return ", ".join(names) if look.wide else fitting(names, _ROOM)


def _kept(result: CutResult, look: Look) -> list[str]:
    lines: list[str] = []
    for one in result.kept:
        if one.path is not None:
            of = f" ({one.operator})" if one.operator else ""
            lines += look.prose(f"{one.principal}{of} {_path(one.path)}", indent=2, hang=2)
            if look.wide:
                lines += _evidence(one.path, look)
    if result.needs:
        proof = result.proof
        words = f"{count(proof.requests, 'request')} from logs and statements"
        words += ", replayed: all allowed afterwards"
        if proof.unexplained:
            are = "is" if proof.unexplained == 1 else "are"
            words += f"; {proof.unexplained:,} more {are} not allowed today either"
        words += write_words(proof.writes)
        lines += look.prose(words, indent=2, hang=2)
    return lines


def _path(path: Path) -> str:
    """Return a path in words, hop by hop."""
    hops = [path.hops[0].text]
    hops += [f"{describe(hop.source)} {hop.text}" for hop in path.hops[1:]]
    return f"{'; '.join(hops)} [{chain(hop.edge for hop in path.hops)}]"


def _evidence(path: Path, look: Look) -> list[str]:
    evidence = dict.fromkeys(one for hop in path.hops for one in hop.evidence)
    return evidence_lines(evidence, look)


def _forcing(result: CutResult, look: Look) -> list[str]:
    forcing = result.forcing
    if not forcing:
        return []
    paths = count(len(forcing), "path")
    if result.apart:
        words = f"{paths}; no change closes two of them:"
        if len(forcing) == 1:
            words = "1 path; only one of these changes closes it:"
    else:
        words = f"{paths}; no {result.bound - 1:,} changes close them all:"
    lines = look.prose(words, indent=2)
    shown = forcing if look.wide else forcing[:_FORCING]
    for one in shown:
        lines += _forced(one, look)
    if len(shown) < len(forcing):
        lines.append(f"  … and {len(forcing) - len(shown):,} more; -o wide shows them")
    return lines


def _forced(one: Forcing, look: Look) -> list[str]:
    lines = look.prose(f"{one.path.principal} {_path(one.path)}", indent=2, hang=2)
    if look.wide:
        lines += _evidence(one.path, look)
    shown = one.edits if look.wide or len(one.edits) <= _CLOSING else one.edits[:1]
    for number, edit in enumerate(shown):
        lines += look.prose(f"{'or ' if number else ''}{edit}", indent=6, hang=2, style="quiet")
    if len(shown) < len(one.edits):
        rest = _by_object(one.edits[1:], look)
        lines += look.prose(f"or another change of {rest}", indent=6, hang=2, style="quiet")
    return lines


def _by_object(edits: Sequence[Statement], look: Look) -> str:
    """Return the objects of edits, each with its number of edits."""
    counts = Counter(object_words(*edit.subject[0]) for edit in edits)
    words = [f"{name} ({number})" if number > 1 else name for name, number in counts.items()]
    return _names(words, look)


def _uncut(uncut: Sequence[Uncut], look: Look) -> list[str]:
    """Return who cannot be cut off, grouped by path."""
    lines: list[str] = []
    refused = {one.principal: one.refused for one in uncut}
    routes = fold_principals(one.path for one in uncut)
    shown = routes if look.wide else routes[:_UNCUT]
    for route in shown:
        lines += look.prose(f"{_names(route.names, look)}: {_path(route.lead)}", indent=2, hang=2)
        lines += _evidence(route.lead, look)
        for words in _refused(refused[route.names[0]], look):
            lines += look.prose(f"unchanged: {words}", indent=6, hang=2, style="conditional")
    left = sum(len(route.names) for route in routes[len(shown) :])
    if left:
        lines.append(f"  … and {left:,} more; -o wide shows them")
    return lines


def _refused(refused: Sequence[Refused], look: Look) -> Iterator[str]:
    """Yield what is not changed and why, grouped by object."""
    several: dict[str, list[Refused]] = {}
    for one in refused:
        edited = str(one.edit) if look.wide else object_words(*one.edit.subject[0])
        several.setdefault(edited, []).append(one)
    for name, own in several.items():
        reasons = list(dict.fromkeys(str(one.why) for one in own))
        more = len(reasons) - _REASONS
        why = "; ".join(reasons if look.wide else reasons[:_REASONS])
        if more > 0 and not look.wide:
            why += f"; and {count(more, 'more such reason')}"
        what = str(own[0].edit) if len(own) == 1 else f"{name} ({len(own)} changes)"
        yield f"{what}; {why}"


def _folded(result: CutResult, look: Look) -> list[str]:
    if not result.folded:
        return []
    names = [short(name) for name in result.folded]
    words = f"Not counted: {len(names)} of the control plane's own identities"
    shown = ", ".join(names) if look.wide else fitting(names, _ROOM)
    return look.prose(f"{words}, by shipped bindings: {shown}.", hang=2, style="quiet")


def _cut_document(result: CutResult) -> CutDocument:
    return document(CutDocument, result, changes=tuple(map(written_document, result.changes)))


CUT = QuestionFormats[CutResult](
    text=cut_text,
    columns=AnswerColumns[CutResult, CutEdit](
        lambda result: result.edits,
        {
            "kind": lambda edit: edit.kind,
            "object": lambda edit: object_name(edit.namespace, edit.name),
            "change": lambda edit: str(edit.text),
            "closes": lambda edit: edit.closes,
            "loses": lambda edit: joined(edit.loses),
            "lost": lambda edit: joined(map(str, edit.lost)),
            "note": lambda edit: str(edit.note),
            "file": lambda edit: edit.file,
            "line": lambda edit: edit.line,
            "operators": lambda edit: joined(edit.operators),
            "closes_conditional": lambda edit: edit.closes_conditional,
        },
        frozenset({"kind"}),
        types=dict.fromkeys(("closes", "closes_conditional", "line"), int),
        shown=("kind", "object", "change", "loses", "note"),
    ),
    document=_cut_document,
    extras={"yaml": lambda result, _: manifests_text(result.changes)},
)
