"""``verify`` as a person reads it: how often the server agrees, then each time it does not."""

from rbacgraph.model.answers.verification import Claim, Disagreement, VerifyResult
from rbacgraph.report.documents.document import VerifyDocument, document, right_document
from rbacgraph.report.formats.rows import AnswerColumns
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.look import Look
from rbacgraph.report.text.text import count
from rbacgraph.report.text.words import kind_of, kind_words, short

_ADVICE = (
    "Rights that changed since the collection, refused lists, and authorizers other than Node and "
    "RBAC explain a disagreement; if none of them does, it is a bug of rbacgraph."
)


def verify_text(result: VerifyResult, look: Look) -> str:
    """Lay out the answer."""
    sections = [_head(result, look)]
    sections += [_disagreement(found, look) for found in result.disagreements]
    if result.disagreements:
        sections.append(look.prose(_ADVICE, style="quiet"))
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _head(result: VerifyResult, look: Look) -> list[str]:
    wrong = len(result.disagreements)
    asked = count(result.asked, "claim")
    verdict = f"agrees with {'it' if result.asked == 1 else 'all of them'}"
    if wrong:
        verdict = f"disagrees with {wrong:,} of them"
    drawn = "all claims" if result.seed is None else f"drawn by seed {result.seed}"
    return [
        *look.prose(
            f"{result.server} (context {result.context}) checked {asked} on "
            f"direct rights and {verdict}.",
            style="certain" if wrong else "good",
        ),
        *look.prose(
            f"{result.allowed:,} that something is allowed, {result.denied:,} that it is not, "
            f"of {count(result.principals, 'principal')}: {drawn}.",
            style="quiet",
        ),
    ]


def _disagreement(found: Disagreement, look: Look) -> list[str]:
    claim, server = found.claim, found.server
    who = f"{kind_words(kind_of(claim.principal))} {short(claim.principal)}"
    return [
        *look.prose(f"{who}: {request_words(claim)}", style="heading"),
        *_side("rbacgraph", claim.allowed, claim.reason, look),
        *_side("server", server.allowed, server.reason, look),
    ]


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
    return document(VerifyDocument, result, disagreements=rights)


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
