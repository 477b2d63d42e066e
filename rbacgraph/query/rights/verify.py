"""Whether a live server sees direct rights as they are claimed."""

from collections.abc import Sequence

from rbacgraph.model.answers.verification import Claim, Disagreement, Review, VerifyResult


def compare(
    claims: Sequence[Claim],
    reviews: Sequence[Review],
    *,
    context: str,
    server: str,
    seed: int | None,
) -> VerifyResult:
    """Count what was asked, and tell each claim that the server says the contrary of."""
    allowed = sum(claim.allowed for claim in claims)
    return VerifyResult(
        context=context,
        server=server,
        allowed=allowed,
        denied=len(claims) - allowed,
        principals=len({claim.principal for claim in claims}),
        seed=seed,
        disagreements=tuple(
            Disagreement(claim, review)
            for claim, review in zip(claims, reviews, strict=True)
            if claim.allowed != review.allowed
        ),
    )
