"""``verify-suggestion`` as a person reads it."""

from rbacgraph.model.saved import RecheckResult, ServerWord, Standing
from rbacgraph.report.look import Look
from rbacgraph.report.rows import Cell, Rows
from rbacgraph.report.suggest import effect_sentences, proof_sentences
from rbacgraph.report.text import count
from rbacgraph.report.verify import request_words
from rbacgraph.report.words import object_name


def recheck_text(result: RecheckResult, look: Look) -> str:
    """Lay out the answer."""
    sections = [_head(result, look), _changed(result, look), _proof(result, look)]
    if result.server is not None:
        sections.append(_server(result.server, look))
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _head(result: RecheckResult, look: Look) -> list[str]:
    about = f" for {result.asked}" if result.asked else ""
    changes = count(len(result.standing), "change")
    applied = sum(one.state == "applied" for one in result.standing)
    verdict = "holds on this cluster" if result.holds else "does not hold on this cluster"
    done = f", {applied:,} of them applied already" if applied else ""
    text = f"{result.file}: the suggestion{about} {verdict} ({changes}{done})."
    return look.prose(text, style="good" if result.holds else "certain")


def _changed(result: RecheckResult, look: Look) -> list[str]:
    lines = []
    for one in result.standing:
        if one.state == "changed":
            lines += look.prose(f"{_name(one)} has changed since: {one.what}.", hang=2)
    return lines


def _name(one: Standing) -> str:
    return f"{one.kind} {object_name(one.namespace, one.name)}"


def _proof(result: RecheckResult, look: Look) -> list[str]:
    if result.proof is None:
        return look.prose(f"Not proven: {result.failure}.", hang=2, style="certain")
    lines = [look.heading("Proof")]
    proof = result.proof
    rights, whose = count(proof.requests, "right"), count(proof.identities, "principal")
    anew = (
        f"Nobody holds what was not held before, nor loses more than the suggestion says: {rights}"
        f" of {whose} compared one by one."
    )
    sentences = (
        [anew, *effect_sentences(proof)]
        if result.manner
        else proof_sentences(proof, "", result.additions)
    )
    for sentence in sentences:
        lines += look.prose(sentence, indent=2, hang=2)
    return lines


def _server(word: ServerWord, look: Look) -> list[str]:
    lines = look.prose(
        f"{word.server} (context {word.context}) was asked about {count(word.asked, 'request')}"
        f" that must be allowed today, and to write {count(word.tried, 'object')} by dry run."
    )
    for claim in word.denied:
        text = f"denied today: {claim.principal}: {request_words(claim)}"
        lines += look.prose(text, indent=2, hang=2, style="certain")
    for one in word.refused:
        text = f"refused: {one.kind} {object_name(one.namespace, one.name)}: {one.reason}"
        lines += look.prose(text, indent=2, hang=2, style="certain")
    if not word.denied and not word.refused:
        lines += look.prose("It allows and would write all of it.", indent=2, style="good")
    return lines


def recheck_rows(result: RecheckResult) -> Rows:
    """One row per object of the suggestion."""
    rows: list[tuple[Cell, ...]] = [
        (one.action, one.kind, object_name(one.namespace, one.name), one.state, one.what)
        for one in result.standing
    ]
    columns = ("action", "kind", "object", "state", "what")
    return Rows(columns, frozenset({"action", "kind", "state"}), rows)
