"""The text of ``verify-suggestion``."""

from collections.abc import Iterable, Iterator
from functools import partial

from rbacgraph.model.changes.saved_suggestion import CutCheck, RecheckResult, ServerWord, Standing
from rbacgraph.report.advice.suggest import (
    doubt_sentences,
    effect_sentences,
    effect_words,
    enough_words,
    proof_sentences,
    write_words,
)
from rbacgraph.report.answers.verify import asking_lines, request_words
from rbacgraph.report.documents.advice import RecheckDocument
from rbacgraph.report.documents.filling import document
from rbacgraph.report.formats.rows import AnswerColumns
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count, fitting
from rbacgraph.report.text.words import object_name

_ROOM = 70


def recheck_text(result: RecheckResult, look: Look) -> str:
    """Return the text of the answer."""
    sections = [_head(result, look), _changed(result, look), _proof(result, look)]
    if result.server is not None:
        sections.append(_server(result.server, look))
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _head(result: RecheckResult, look: Look) -> list[str]:
    of = "of" if result.what == "cut" else "for"
    about = f" {of} {result.asked}" if result.asked else ""
    changes = count(len(result.standing), "change")
    applied = sum(one.state == "applied" for one in result.standing)
    verdict = "holds on this cluster" if result.holds else "does not hold on this cluster"
    verdict += " as far as rbacgraph knows" if result.holds and result.doubts else ""
    done = f", {applied:,} of them applied already" if applied else ""
    text = f"{result.file}: the {result.what}{about} {verdict} ({changes}{done})."
    doubts = doubt_sentences(result.doubts)
    lines = look.prose(text, style="good" if result.holds and not doubts else "certain")
    return [*lines, *(line for words in doubts for line in look.prose(words, style="certain"))]


def _changed(result: RecheckResult, look: Look) -> list[str]:
    lines = []
    for one in result.standing:
        if one.state == "changed":
            lines += look.prose(f"{_name(one)} has changed since: {one.what}.", hang=2)
    return lines


def _name(one: Standing) -> str:
    return f"{one.kind} {object_name(one.namespace, one.name)}"


def _proof(result: RecheckResult, look: Look) -> list[str]:
    if result.cut is not None:
        return [look.heading("Proof"), *_lines(_cut_sentences(result.cut), look)]
    if result.proof is None:
        return look.prose(f"Not proven: {result.failure}.", hang=2, style="certain")
    lines = [look.heading("Proof")]
    proof = result.proof
    rights, whose = count(proof.requests, "right"), count(proof.identities, "principal")
    compared_rights = (
        f"Nobody gains a right, nor loses more than the suggestion says: {rights}"
        f" of {whose} compared one by one."
    )
    sentences = (
        [compared_rights, *effect_sentences(proof)]
        if result.manner
        else proof_sentences(proof, "", result.additions)
    )
    return [*lines, *_lines(sentences, look)]


def _lines(sentences: Iterable[str], look: Look) -> Iterator[str]:
    for sentence in sentences:
        yield from look.prose(sentence, indent=2, hang=2)


def _cut_sentences(check: CutCheck) -> Iterator[str]:
    """Yield what was proven about a cut."""
    proof = check.proof
    left = (
        f"but {fitting(proof.left, _ROOM)}, as the cut says"
        if proof.left
        else "other than those kept"
    )
    reach = "reaches" if proof.principals == 1 else "reach"
    before = f"{count(proof.principals, 'principal')} {reach} it without the changes"
    yield f"Cut off: {before}; with them nobody {left}."
    yield (
        f"{enough_words(proof.doubts)}: {count(proof.requests, 'needed request')} replayed, all"
        f" allowed afterwards{write_words(proof.writes)}; those kept reach it as directly."
    )
    yield "No more: nobody gains a right."
    if proof.fewest is None:
        yield "Whether fewer changes are enough here is not proven."
    elif proof.fewest < check.edits:
        are = "is" if proof.fewest == 1 else "are"
        yield f"{count(proof.fewest, 'change')} {are} enough here: run rbacgraph cut again."
    else:
        yield "Fewest: no fewer changes are enough here."
    if check.effect is not None:
        yield f"Effect: {effect_words(check.effect)}."


def _server(word: ServerWord, look: Look) -> list[str]:
    lines = look.prose(
        f"{word.server} (context {word.context}) decided {count(word.asked, 'request')}"
        f" that must be allowed today, and tried to write {count(word.tried, 'object')} by dry run."
    )
    lines += asking_lines(word.impersonated, look, certificate_checked=word.certificate_checked)
    for claim in word.denied:
        text = f"denied today: {claim.principal}: {request_words(claim)}"
        lines += look.prose(text, indent=2, hang=2, style="certain")
    for one in word.refused:
        text = f"refused: {one.kind} {object_name(one.namespace, one.name)}: {one.reason}"
        lines += look.prose(text, indent=2, hang=2, style="certain")
    if not word.denied and not word.refused:
        lines += look.prose("It allows and would write all of it.", indent=2, style="good")
    return lines


RECHECK = QuestionFormats[RecheckResult](
    text=recheck_text,
    columns=AnswerColumns[RecheckResult, Standing](
        lambda result: result.standing,
        {
            "action": lambda one: one.action,
            "kind": lambda one: one.kind,
            "object": lambda one: object_name(one.namespace, one.name),
            "state": lambda one: one.state,
            "what": lambda one: str(one.what),
        },
        frozenset({"action", "kind", "state"}),
    ),
    document=partial(document, RecheckDocument),
)
