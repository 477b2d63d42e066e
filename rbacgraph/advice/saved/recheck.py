"""Checks whether a saved suggestion still holds on a cluster."""

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.planning.assignment import identity_nodes
from rbacgraph.advice.planning.passing_on import completed
from rbacgraph.advice.planning.plan import AllowedRequests
from rbacgraph.advice.proof.suggestion_proof import concerned, prove, prove_losses
from rbacgraph.advice.saved.compare_objects import objects_of, opened, refusals, standing_of, undone
from rbacgraph.advice.saved.consequences import contradictions
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.changes.saved_suggestion import RecheckResult, SavedCut, SavedSuggestion
from rbacgraph.model.changes.statement import all_of
from rbacgraph.model.changes.suggestion import Proof
from rbacgraph.model.node import Node, format_node

if TYPE_CHECKING:
    from rbacgraph.graph.attack_graph import AccessGraph

_MOST_REPORTED = 3
"""The number of wrong statements to report."""


def recheck(
    authorizer: Authorizer,
    saved: SavedSuggestion,
    graph: "Callable[[Authorizer], AccessGraph] | None" = None,
) -> RecheckResult:
    """Compare a suggestion with a cluster, and prove it again.

    ``graph``: builds the graph of one state of the cluster; None leaves out the effect on Secrets.
    """
    there = objects_of(authorizer)
    standing = tuple(standing_of(change, there.get(change.key)) for change in saved.changes)
    after = Authorizer(applied(authorizer.snapshot, opened(saved.changes, there)))
    taken_back = undone(saved.changes, standing)
    was = Authorizer(applied(authorizer.snapshot, taken_back)) if taken_back else authorizer
    proof: Proof | None = None
    failures = list(islice(refusals(saved.changes, there), _MOST_REPORTED))
    try:
        if saved.manner:
            proof = prove_losses(authorizer, after, saved.changes, saved.losses)
        else:
            needs = completed(authorizer, saved.needs)
            proof = prove(was, after, saved.changes, needs, saved.additions)
        if not any(one.state == "changed" for one in standing):
            failures += islice(contradictions(was, after, saved), _MOST_REPORTED)
    except UnprovenError as error:
        failures.append(error.why)
    if failures:
        proof = None
    if proof is not None and graph is not None and saved.changes:
        from rbacgraph.advice.changes.access_effect import effect

        proof = replace(proof, effect=effect(graph(authorizer), graph(after)))
    return RecheckResult(
        file=saved.file,
        asked=saved.asked,
        manner=saved.manner,
        standing=standing,
        failure=all_of(failures),
        proof=proof,
        additions=saved.additions,
    )


def claims_of(authorizer: Authorizer, saved: SavedSuggestion | SavedCut) -> list[Claim]:
    """Return what must be allowed today to the identities of a suggestion or cut.

    A server that disagrees decides by something that the input lacks.
    """
    nodes = _subjects(authorizer, saved)
    rights = AllowedRequests(authorizer)
    found: dict[Claim, None] = {}
    for one in saved.needs:
        if nodes.isdisjoint(identity_nodes(one)):
            continue
        for needed in one.needs:
            request = needed.request
            if rights.allowed(one, request):
                claim = Claim.of(
                    request,
                    principal=format_node(identity_nodes(one)[0]),
                    user=one.user,
                    groups=one.groups,
                    allowed=True,
                    reason="needed",
                )
                found[claim] = None
    return list(found)


def _subjects(authorizer: Authorizer, saved: SavedSuggestion | SavedCut) -> set[Node]:
    """Return the subjects that have, or had, the written roles."""
    return {node for node, _ in concerned(authorizer, saved.changes)}
