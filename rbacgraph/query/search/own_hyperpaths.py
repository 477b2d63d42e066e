"""Hyperpaths that are a principal's own: none that a group of it has already."""

from collections.abc import Callable, Collection, Container

from rbacgraph.query.search.hyperpaths import HyperpathSearch
from rbacgraph.query.search.steiner_trees import SteinerSearch
from rbacgraph.query.search.steps import BORROWED, LAST, UNMET, Steps


class OwnHyperpaths(HyperpathSearch):
    """Searches a principal's own hyperpaths, each through some AND node.

    An AND node is the principal's own where it says so, or where a premise is reached by an own
    way. From the last AND node on, which is one of these, no group is passed through.

    ``steps``: the steps of the graph, toward where the hyperpaths are to lead.
    ``is_own``: whether an AND node is the principal's own by whatever ways its premises are
        reached.
    ``sharing``: as for :class:`HyperpathSearch`.
    """

    def __init__(
        self,
        steps: Steps,
        *,
        is_own: Callable[[int], bool],
        groups: Collection[int] = (),
        sharing: SteinerSearch | None = None,
    ) -> None:
        super().__init__(steps, sharing=None if steps.limits.via else sharing)
        self._is_own = is_own
        self._groups = groups
        self._unmet = UNMET if steps.limits.via else 0
        self._strict = False
        self._avoid_groups(LAST)

    def start_with(self, node: int, first: Container[int] | None) -> None:
        """Start from the principal by some edges, or by all."""
        self.start(node, first, self._unmet)

    def start_strictly(self, node: int, own: Container[int], first: Container[int]) -> None:
        """Start by some edges; the principal must hold a premise by one of its own."""
        self._strict = True
        self._avoid_groups(0)
        self.start(node, first, self._unmet | BORROWED)
        self.start(node, own, self._unmet)

    def _avoid_groups(self, layer: int) -> None:
        size = self._steps.size
        self.avoid(n * size + group for n in {layer, layer | self._unmet} for group in self._groups)

    def _pass_on(self, state: int) -> None:
        layer, node = divmod(state, self._steps.size)
        if layer & LAST:
            return
        if layer & BORROWED:
            if self._is_own(node):
                self._go_on(state, layer & ~BORROWED)
        elif self._strict or self._is_own(node):
            self._go_on(state, layer | LAST)
