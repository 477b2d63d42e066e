"""Checks whether a saved cut still holds on a cluster."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rbacgraph.advice.changes.access_effect import effect as effect_of
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.cut.cut import cut, only_secret
from rbacgraph.advice.cut.proof import prove_cut
from rbacgraph.advice.cut.question import CutQuestion
from rbacgraph.advice.planning.passing_on import completed
from rbacgraph.advice.saved.compare_objects import objects_of, opened, refusals, standing_of, undone
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.saved_suggestion import CutCheck, RecheckResult, SavedCut
from rbacgraph.model.changes.statement import Say, all_of
from rbacgraph.model.inputs.required_requests import Needs
from rbacgraph.model.node import SERVICE_ACCOUNT, Node
from rbacgraph.model.principal import parse_principal
from rbacgraph.query.arrays.path_filter import PathFilter

if TYPE_CHECKING:
    from rbacgraph.graph.attack_graph import AccessGraph

_MOST_REPORTED = 3
"""The number of refused objects to report."""


def recheck_cut(
    authorizer: Authorizer,
    saved: SavedCut,
    graph: "Callable[[Authorizer], AccessGraph]",
    *,
    effect: bool = True,
) -> RecheckResult:
    """Compare a cut with a cluster, prove it again, and check whether fewer changes are enough.

    ``effect``: whether to add who reaches which Secrets before and after.
    """
    there = objects_of(authorizer)
    standing = tuple(standing_of(change, there.get(change.key)) for change in saved.changes)
    made, taken_back = opened(saved.changes, there), undone(saved.changes, standing)
    after = graph(_after(authorizer, made))
    before = graph(_after(authorizer, taken_back))
    check: CutCheck | None = None
    failures = list(islice(refusals(saved.changes, there), _MOST_REPORTED))
    try:
        asked = only_secret(before.world, saved.secret)
        kept = tuple(map(parse_principal, saved.kept))
        question = CutQuestion(asked, kept, saved.certain, saved.system)
        needs = completed(authorizer, saved.needs)
        proof = prove_cut(before, after, question, saved.changes, needing=needs, uncut=saved.uncut)
    except UnprovenError as error:
        failures.append(error.why)
    except (NotFoundError, UsageError) as error:
        failures.append(Say.AS_WRITTEN(error.message))
    else:
        if not failures:
            limits = PathFilter(certain=saved.certain)
            reached = effect_of(before, after, limits=limits, system=saved.system)
            check = CutCheck(
                proof=replace(proof, fewest=_fewest(before, saved)),
                edits=saved.edits,
                effect=reached if effect else None,
            )
    return RecheckResult(
        file=saved.file,
        what="cut",
        asked=saved.secret,
        standing=standing,
        failure=all_of(failures),
        proof=None,
        cut=check,
    )


def _after(authorizer: Authorizer, changes: Sequence[Change]) -> Authorizer:
    return Authorizer(applied(authorizer.snapshot, changes)) if changes else authorizer


def _fewest(graph: "AccessGraph", saved: SavedCut) -> int | None:
    """Return how many changes are enough on a cluster; None if that is not proven."""
    here = [text for text in saved.kept if _is_here(graph, parse_principal(text))]
    found = cut(
        graph,
        secret=saved.secret,
        keep=here,
        needs=Needs(needing=saved.needs),
        certain=saved.certain,
        system=saved.system,
    )
    return found.proof.fewest


def _is_here(graph: "AccessGraph", node: Node) -> bool:
    return node[0] != SERVICE_ACCOUNT or node in graph.index
