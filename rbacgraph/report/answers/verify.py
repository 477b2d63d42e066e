"""``verify`` as a person reads it: how often the server agrees, then each time it does not."""

from collections import Counter
from collections.abc import Iterator

from rbacgraph.model.answers.verification import Claim, Disagreement, VerifyResult, VerifyStart
from rbacgraph.report.documents.filling import document
from rbacgraph.report.documents.rights import VerifyDocument, right_document, unanswered_document
from rbacgraph.report.formats.rows import AnswerColumns
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.words import kind_of, kind_words, short

_ADVICE = (
    "Rights that changed since the collection, refused lists, and authorizers other than Node and "
    "RBAC explain a disagreement; if none of them does, it is a bug of rbacgraph."
)


_SHOWN = 10
_MINUTE = 60
_HOUR = 3600


def start_text(start: VerifyStart, file: str | None = None) -> list[str]:
    """Return what a person wants to know before the first question is asked."""
    left = start.questions - start.kept
    time = f"{_time(start.seconds)} at this --qps, if the server keeps up"
    lines = [f"rbacgraph asks {count(left, 'question')}: {time}"] if left else []
    if start.kept or start.dropped:
        lines.append(f"{file} holds the answers to {start.kept:,} of {start.questions:,} questions")
    if start.changed:
        lines.append(
            f"the rights changed since {file} was begun: {count(start.dropped, 'answer')} in it"
            f" {'is' if start.dropped == 1 else 'are'} to other questions, and not used"
        )
    if start.grouped:
        lines.append(
            "there are too many principals to ask about each in every namespace:"
            " of those with the same bindings there, rbacgraph asks about one"
        )
    return lines


def interrupted_text(file: str) -> str:
    """Return how to go on after an interrupt."""
    return f"{file} keeps the answers so far: the same command with --resume {file} goes on"


def _time(seconds: float) -> str:
    if seconds < 1:
        return "less than a second"
    if seconds < 2 * _MINUTE:
        return f"about {count(round(seconds), 'second')}"
    if seconds < 2 * _HOUR:
        return f"about {count(round(seconds / _MINUTE), 'minute')}"
    return f"about {count(round(seconds / _HOUR), 'hour')}"


def verify_text(result: VerifyResult, look: Look) -> str:
    """Lay out the answer."""
    sections = [_head(result, look)]
    sections += [_disagreement(found, look) for found in result.disagreements]
    if result.disagreements:
        sections.append(look.prose(_ADVICE, style="quiet"))
    if result.unanswered:
        sections.append(_gaps(result, look))
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _head(result: VerifyResult, look: Look) -> list[str]:
    wrong = len(result.disagreements)
    asked = count(result.asked, "claim")
    gaps = len(result.unanswered)
    verdict = f"agrees with {'it' if result.asked == 1 else 'all of them'}"
    if wrong:
        verdict = f"disagrees with {wrong:,} of them"
    if gaps:
        verdict += f", and did not answer about {gaps:,} more: they are not verified"
    drawn = (
        "one for each binding, subject, word of a rule, and scope"
        if result.seed is None
        else f"drawn by seed {result.seed}"
    )
    return [
        *look.prose(
            f"{result.server} (context {result.context}) checked {asked} on "
            f"direct rights and {verdict}.",
            style="certain" if wrong or gaps else "good",
        ),
        *look.prose(
            f"{result.allowed:,} that something is allowed, {result.denied:,} that it is not, "
            f"of {count(result.principals, 'principal')}: {drawn}.",
            style="quiet",
        ),
        *asking_lines(result.impersonated, look, certificate_checked=result.certificate_checked),
    ]


def asking_lines(impersonated: str, look: Look, *, certificate_checked: bool) -> Iterator[str]:
    """Yield as whom rbacgraph asked, and whether the server need not be the right one."""
    if impersonated:
        yield from look.prose(f"rbacgraph asked as {impersonated}, whom it impersonates.", hang=2)
    if not certificate_checked:
        words = (
            "The certificate of the API server was not checked: another server may have answered."
        )
        yield from look.prose(words, hang=2, style="certain")


def _disagreement(found: Disagreement, look: Look) -> list[str]:
    claim, server = found.claim, found.server
    who = f"{kind_words(kind_of(claim.principal))} {short(claim.principal)}"
    return [
        *look.prose(f"{who}: {request_words(claim)}", style="heading"),
        *_side("rbacgraph", claim.allowed, claim.reason, look),
        *_side("server", server.allowed, server.reason, look),
    ]


def _gaps(result: VerifyResult, look: Look) -> list[str]:
    """Say which claims have no answer, and why: the same reason once."""
    lines = look.prose("No answer", style="heading")
    for why, number in Counter(one.why for one in result.unanswered).most_common():
        lines += look.prose(f"{count(number, 'claim')}: {why}", indent=2, hang=2)
    for one in result.unanswered[:_SHOWN]:
        who = f"{kind_words(kind_of(one.claim.principal))} {short(one.claim.principal)}"
        lines += look.prose(f"{who}: {request_words(one.claim)}", indent=2, hang=2)
    more = len(result.unanswered) - _SHOWN
    if more > 0:
        lines += look.prose(f"… and {more:,} more; -o json lists all", indent=2, hang=2)
    return lines


def _side(name: str, allowed: bool, reason: str, look: Look) -> list[str]:
    why = f": {reason}" if reason else ""
    return look.prose(f"{name} says {'yes' if allowed else 'no'}{why}", indent=2, hang=2)


def request_words(claim: Claim) -> str:
    """Say what is asked.

    Examples
    --------
    >>> request_words(
    ...     Claim(principal="user:a", user="a", groups=(), verb="get", resource="secrets",
    ...           namespace="shop", name="db", allowed=True, reason="")
    ... )
    'get secrets/db in shop'
    """
    if claim.path is not None:
        return f"{claim.verb} {claim.path}"
    resource = f"{claim.resource}.{claim.group}" if claim.group else claim.resource
    name = f"/{claim.name}" if claim.name else ""
    subresource = f" (subresource {claim.subresource})" if claim.subresource else ""
    place = f" in {claim.namespace}" if claim.namespace else " at the cluster scope"
    return f"{claim.verb} {resource}{name}{subresource}{place}"


def _verify_document(result: VerifyResult) -> VerifyDocument:
    rights = tuple(map(right_document, result.disagreements))
    gaps = tuple(map(unanswered_document, result.unanswered))
    return document(VerifyDocument, result, disagreements=rights, unanswered=gaps)


VERIFY = QuestionFormats[VerifyResult](
    text=verify_text,
    columns=AnswerColumns[VerifyResult, Disagreement](
        lambda result: result.disagreements,
        {
            "principal": lambda found: found.claim.principal,
            "principal_kind": lambda found: kind_of(found.claim.principal),
            "verb": lambda found: found.claim.verb,
            "group": lambda found: found.claim.group,
            "resource": lambda found: found.claim.resource,
            "subresource": lambda found: found.claim.subresource,
            "namespace": lambda found: found.claim.namespace,
            "name": lambda found: found.claim.name,
            "path": lambda found: found.claim.path or "",
            "claimed": lambda found: found.claim.allowed,
            "reason": lambda found: found.claim.reason,
            "allowed": lambda found: found.server.allowed,
            "server_reason": lambda found: found.server.reason,
        },
        frozenset({"principal_kind", "verb", "group", "resource", "subresource", "namespace"}),
        types={"claimed": bool, "allowed": bool},
        shown=("principal", "verb", "resource", "namespace", "claimed"),
    ),
    document=_verify_document,
)
