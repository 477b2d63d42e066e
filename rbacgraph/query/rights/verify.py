"""Compares rbacgraph's claims about direct rights with a live server's answers."""

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
    """Count the claims, and return those with which the server disagrees."""
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
