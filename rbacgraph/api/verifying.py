"""Puts claims to a live server, and keeps its answers for a run that goes on later."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.model.answers.verification import Claim, VerifyResult, VerifyStart
from rbacgraph.query.rights import question_plan, sampling
from rbacgraph.query.rights.claims import Claims
from rbacgraph.query.rights.verify import compare
from rbacgraph.sources.live.asking.access_review import ask_each
from rbacgraph.sources.live.asking.saved_answers import saved_answers
from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.sources.live.load_live import connected


def verified(
    authorizer: Authorizer,
    settings: Settings,
    *,
    sample: int | None,
    seed: int,
    resume: str | None,
    planned: Callable[[VerifyStart], None],
    progress: Callable[[int, int], None],
) -> VerifyResult:
    """Ask the server that the settings name about the claims of an RBAC.

    Parameters
    ----------
    authorizer, settings:
        The RBAC, and the cluster to ask.
    sample, seed, resume, planned, progress:
        See :meth:`rbacgraph.Cluster.verify`.
    """
    claims, grouped = _claims(authorizer, sample, seed)
    with (
        connected(settings) as connection,
        saved_answers(resume, connection, claims) if resume else nullcontext() as saved,
    ):
        connection.get("/version")  # says at once if there is no server
        known = saved.known if saved else {}
        left = [claim for claim in claims if claim not in known]
        planned(
            VerifyStart(
                questions=len(claims),
                kept=len(known),
                dropped=saved.dropped if saved else 0,
                changed=saved is not None and saved.changed,
                seconds=max(0, len(left) - settings.burst) / settings.qps,
                grouped=grouped,
            )
        )
        keep = saved.add if saved else lambda _claim, _review: None
        found = dict(zip(left, ask_each(connection, left, keep, progress), strict=True))
        return compare(
            claims,
            [known.get(claim) or found[claim] for claim in claims],
            context=connection.name,
            server=connection.server,
            seed=None if sample is None else seed,
        )


def _claims(authorizer: Authorizer, sample: int | None, seed: int) -> tuple[Sequence[Claim], bool]:
    if sample is not None:
        return sampling.sample(Claims(authorizer), sample, seed), False
    return question_plan.plan(authorizer)
