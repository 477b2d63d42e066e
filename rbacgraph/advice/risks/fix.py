"""Answers ``risks --fix`` and ``--fix-set``: the changes that close causes, proven."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from rbacgraph.advice.changes.access_effect import effect
from rbacgraph.advice.changes.nobody_gains import nobody_gains
from rbacgraph.advice.edits.described_edit import EditDescriber
from rbacgraph.advice.edits.edit_weight import EditWeights
from rbacgraph.advice.edits.edits import Edit
from rbacgraph.advice.edits.losers import EditLosses
from rbacgraph.advice.planning.plan import AllowedRequests, acting_needs, joined
from rbacgraph.advice.risks.best_set import BestSetSearch
from rbacgraph.advice.risks.cause import RiskCause
from rbacgraph.advice.risks.describe_cause import CauseDescriber
from rbacgraph.advice.risks.risks import RiskRanking, limits_of_risks
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.risk.risk_text import RiskText
from rbacgraph.model.answers.risk.risks import Risk
from rbacgraph.model.changes.risk_fix import FixProof, RiskFixResult
from rbacgraph.model.inputs.required_requests import Needing, Needs
from rbacgraph.query.subject.basis import basis_of


def fix_risks(
    graph: AccessGraph,
    *,
    which: Sequence[str] = (),
    best: int = 0,
    needs: Needs | None = None,
    certain: bool = False,
    without: Sequence[str] = (),
    system: bool = False,
) -> RiskFixResult:
    """Return the changes that close causes, with what is left and who loses what.

    ``which``: the causes: their ids, or their numbers in the list that starts with 1.
    ``best``: or how many causes to choose, so that they remove most together.
    ``needs``: requests of logs and statements: the answer says which of them would be denied.
    Raises UsageError, NotFoundError if an edge kind or a cause is unknown; UnprovenError if the
        changes would give a principal a right.
    """
    limits = limits_of_risks(certain=certain, without=without)
    ranking = RiskRanking(graph, limits, system=system)
    found = ranking.risks()
    listed = [risk for risk in found if not risk.by_design]
    most, proven = None, False
    if best:
        principals = graph.principals_unfolded if system else graph.principals
        causes = [ranking.causes[risk.id] for risk in listed]
        search = BestSetSearch(graph, ranking.counter, principals, limits, causes)
        result = search.best(best)
        chosen = [listed[number] for number in result.chosen]
        most, proven = result.most, result.proven
    else:
        chosen = [_chosen(text, listed, found) for text in which]
    fixing = _Fixing(graph, ranking, [ranking.causes[risk.id] for risk in chosen])
    proof = fixing.proof()
    answer = RiskFixResult(
        risks=tuple(chosen),
        edits=tuple(map(fixing.describer.describe, fixing.edits)),
        changes=fixing.made.changes,
        by_hand=tuple(fixing.by_hand()),
        proof=proof,
        denied=(),
        effect=effect(graph, fixing.after, limits=limits, shut=fixing.shut, system=system),
        most=most,
        proven=proven and most == proof.removed,
        basis=basis_of(graph, limits),
    )
    if needs is None:
        return answer
    denied, kept = fixing.denied(needs)
    return replace(
        answer,
        denied=denied,
        proof=replace(answer.proof, requests=kept),
        log=needs.log.summary(None) if needs.log else None,
        diagnostics=needs.diagnostics,
    )


def _chosen(text: str, listed: Sequence[Risk], found: Sequence[Risk]) -> Risk:
    """Return the cause that a number or an id means."""
    by_id = {risk.id: risk for risk in found}
    if text in by_id:
        return by_id[text]
    if text.isascii() and text.isdecimal() and len(text) < len(found[0].id if found else text):
        number = int(text)
        if 1 <= number <= len(listed):
            return listed[number - 1]
        raise UsageError(f"there is no cause {number}: the list has {len(listed)}")
    raise NotFoundError(
        f"there is no cause {text!r}", advice="risks -o wide lists causes with their ids"
    )


class _Fixing:
    """Closes some causes.

    ``ranking``: the ranking of its causes.
    ``causes``: the causes to close.
    """

    def __init__(
        self, graph: AccessGraph, ranking: RiskRanking, causes: Sequence[RiskCause]
    ) -> None:
        self._graph = graph
        self._ranking = ranking
        self._causes = causes
        self._editor = ranking.finder.editor
        self.edits: tuple[Edit, ...] = tuple(
            dict.fromkeys(edit for cause in causes for edit in cause.edits)
        )
        self.made = ranking.closing.edited(causes)
        self.after = ranking.closing.graph(causes) if causes else graph
        self.shut = ranking.closing.shut_in(self.after, causes)
        weights = EditWeights(self._editor, graph.world)
        authorizer = self.after.world.authorizer
        losing = EditLosses(self._editor, weights, graph.world, authorizer)
        self.describer = EditDescriber(self._editor, graph.world, losing)

    def by_hand(self) -> Iterator[RiskText]:
        """Yield the changes that are no RBAC."""
        describer = CauseDescriber(self._graph, self._editor)
        for cause in self._causes:
            if not cause.edits:
                yield describer.change(cause)

    def proof(self) -> FixProof:
        """Return what is left, or raise.

        Raises UnprovenError if a principal holds a right that it did not hold before.
        """
        before = self._ranking.counter.all
        after = self._ranking.removed.counted(self.after, self._causes)
        nobody_gains(self._graph.world.authorizer, self.after.world.authorizer)
        return FixProof(
            pairs_before=before.pairs,
            pairs_before_conditional=before.pairs_conditional,
            pairs_after=after.pairs,
            pairs_after_conditional=after.pairs_conditional,
            admins_before=before.admins,
            admins_before_conditional=before.admins_conditional,
            admins_after=after.admins,
            admins_after_conditional=after.admins_conditional,
        )

    def denied(self, needs: Needs) -> tuple[tuple[Needing, ...], int]:
        """Return what is allowed now and will be denied, and how many requests stay allowed."""
        old = AllowedRequests(self._graph.world.authorizer)
        new = AllowedRequests(self.after.world.authorizer)
        found, kept = list[Needing](), 0
        for one in joined((*needs.needing, *acting_needs(old, needs.needing, needs.log))):
            met = [needed for needed in one.needs if old.met(one, needed)]
            lost = tuple(needed for needed in met if not new.still_met(old, one, needed))
            kept += len(met) - len(lost)
            if lost:
                found.append(replace(one, needs=lost, writes=()))
        return tuple(found), kept
