"""Cuts by definition: every set of edits is tried."""

from itertools import combinations

from rbacgraph.advice.cut_question import Question
from rbacgraph.advice.cutting import Cutter
from rbacgraph.advice.edited import apply
from rbacgraph.advice.editor import Editor
from rbacgraph.advice.keeping import Keeping, direct_wants
from rbacgraph.advice.weighing import Weighing
from rbacgraph.graph import build
from rbacgraph.model.change import key_of
from rbacgraph.model.node import SERVICE_ACCOUNT, format_node
from rbacgraph.model.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacgraph.query.paths import paths
from rbacgraph.query.secrets import asked_secrets


class Case:
    """One question about a cluster, with all edits that there are."""

    def __init__(self, snapshot, secret, kept=(), *, certain=False, wants=()):
        self.snapshot = snapshot
        self.graph = build(snapshot)
        world = self.graph.world
        self.asked = asked_secrets(world, secret)[0]
        self.secret = secret
        self.kept = tuple(kept)
        self.certain = certain
        key = self.asked.namespace, self.asked.name
        self.editor = Editor(world, key, self.kept)
        self.wants = [*direct_wants(world, self.kept, key), *wants]
        self.weighing = Weighing(self.editor, world)
        self.before = {node: self.effort(self.graph, node) for node in self.kept}

    def cut(self):
        question = Question(self.asked, self.kept, certain=self.certain)
        keeping = Keeping(self.editor, self.graph.world, self.wants)
        return Cutter(self.graph, question, self.editor, keeping).cut()

    def universe(self):
        found = {}
        for obj in self.editor.objects.values():
            if isinstance(obj, Role | ClusterRole):
                for number in range(len(obj.rules or ())):
                    found.update(dict.fromkeys(self.editor.of_rule(obj, number)))
            elif isinstance(obj, RoleBinding | ClusterRoleBinding):
                found.update(dict.fromkeys(self.editor.of_binding(key_of(obj))))
            else:
                place = obj.metadata.namespace, obj.metadata.name
                found.update(dict.fromkeys(self.editor.of_account(place)))
        return sorted(found)

    def weight(self, edits):
        return sum(map(self.weighing.weigh, edits))

    def reachers(self, graph):
        """Everybody with a path of its own, but for those kept and their members."""
        found = paths(graph, secret=self.secret, certain=self.certain).secrets[0]
        allowed = set(map(format_node, self.kept))
        for node in self.kept:
            members = graph.membership.members.get(graph.index.get(node), ())
            allowed |= {format_node(graph.nodes[member]) for member in members}
        return {path.principal for path in found.paths} - allowed

    def effort(self, graph, node):
        if node[0] == SERVICE_ACCOUNT and node not in graph.index:
            return 10**9, 10**9
        found = []
        for certain in (True, self.certain):
            told = paths(graph, secret=self.secret, source=format_node(node), certain=certain)
            efforts = [path.effort for path in told.secrets[0].paths]
            found.append(min(efforts) if efforts else 10**9)
        return tuple(found)

    def denies(self, graph):
        """Whether anything that must stay is denied."""
        for node in self.kept:
            after = self.effort(graph, node)
            if any(new > old for new, old in zip(after, self.before[node], strict=True)):
                return True
        old, new = self.graph.world.authorizer, graph.world.authorizer
        return any(
            old.allows(want.request, want.user, want.groups)
            and not new.allows(want.request, want.user, want.groups)
            for want in self.wants
        )

    def works(self, edits, blocked=frozenset()):
        graph = build(apply(self.editor, edits).snapshot)
        return not self.reachers(graph) - blocked and not self.denies(graph)

    def best(self, most, blocked=frozenset()):
        """The number and weight of the lightest of the fewest edits, None for more than most."""
        universe = self.universe()
        for number in range(most + 1):
            weights = [
                self.weight(edits)
                for edits in combinations(universe, number)
                if self.works(edits, blocked)
            ]
            if weights:
                return number, min(weights)
        return None
