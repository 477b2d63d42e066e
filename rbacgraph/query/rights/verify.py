"""Compares rbacgraph's claims about direct rights with a live server's answers."""

from collections.abc import Sequence

from rbacgraph.model.answers import verification


def compare(
    claims: Sequence[verification.Claim],
    reviews: Sequence[verification.Review | str],
    *,
    context: str,
    server: str,
    seed: int | None,
    impersonated: str = "",
    certificate_checked: bool = True,
) -> verification.VerifyResult:
    """Count the claims, and return those with which the server disagrees.

    ``reviews``: the answer to each, or why there is none.
    ``context``, ``server``, ``seed``: the cluster that was asked, and the seed of the sample.
    ``impersonated``, ``certificate_checked``: see :class:`.VerifyResult`.
    """
    pairs = list(zip(claims, reviews, strict=True))
    answered = [claim for claim, review in pairs if isinstance(review, verification.Review)]
    allowed = sum(claim.allowed for claim in answered)
    return verification.VerifyResult(
        context=context,
        server=server,
        allowed=allowed,
        denied=len(answered) - allowed,
        principals=len({claim.principal for claim in claims}),
        seed=seed,
        disagreements=tuple(
            verification.Disagreement(claim, review)
            for claim, review in pairs
            if isinstance(review, verification.Review) and claim.allowed != review.allowed
        ),
        unanswered=tuple(
            verification.Unanswered(claim, review)
            for claim, review in pairs
            if isinstance(review, str)
        ),
        impersonated=impersonated,
        certificate_checked=certificate_checked,
    )
