"""Cuts by definition: every set of edits is tried."""

import io
import random
from functools import cache
from itertools import combinations
from math import comb
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

import rbacgraph as rg
from rbacgraph.advice.cut.cut import cut
from rbacgraph.advice.cut.proof import prove_cut
from rbacgraph.advice.cut.question import CutQuestion
from rbacgraph.advice.cut.required_rights import RequiredRights
from rbacgraph.advice.cut.search import ImplicitHittingSet
from rbacgraph.advice.edits.apply_edits import apply
from rbacgraph.advice.edits.edit_weight import EditWeights
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.required_support import direct_wants
from rbacgraph.graph.build import build
from rbacgraph.model.changes.change import key_of
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needed, Needing, Needs
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacgraph.model.node import SERVICE_ACCOUNT, format_node
from rbacgraph.query.access.paths import paths
from rbacgraph.query.subject.secrets import asked_secrets

LOGGED = NeedEvidence.of(How.LOG)
FEW = 40
"""Of how many sets of edits at most each is tried."""


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
        spared = CutQuestion(self.asked, self.kept).spared(self.graph)
        self.wants = [*direct_wants(world, self.kept, spared), *wants]
        self.editor = Editor(world, spared, self.kept, self.wants)
        self.weighing = EditWeights(self.editor, world)
        self.before = {node: self.effort(self.graph, node) for node in self.kept}

    def cut(self):
        question = CutQuestion(self.asked, self.kept, certain=self.certain)
        return ImplicitHittingSet(
            self.graph, question, self.editor, RequiredRights(self.editor)
        ).cut()

    def prove(self, edits, blocked=()):
        made = apply(self.editor, edits)
        needing = [
            Needing(user=user, groups=groups, needs=(Needed(request=request, evidence=why),))
            for _, user, groups, request, why in self.wants
        ]
        return prove_cut(
            self.graph,
            build(made.snapshot, self.graph.world.secrets),
            CutQuestion(self.asked, self.kept, certain=self.certain),
            made.changes,
            needing=needing,
            uncut=blocked,
        )

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
        return sorted(edit for edit in found if not self.editor.fading(edit))

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

    def check_fewest(self):
        """Hold what is found against every set of edits, as far as these are few enough."""
        found = self.cut()
        number, blocked = len(found.edits), frozenset(found.blocked)
        assert found.proven
        assert self.works(found.edits, blocked)
        if comb(len(self.universe()), number) <= FEW:
            assert self.best(number, blocked) == (number, self.weight(found.edits))

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


BASE = """
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: other}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s0, namespace: shop}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s1, namespace: shop}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s2, namespace: other}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: api, containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: shop}
spec: {containers: [{name: db, image: db, envFrom: [{secretRef: {name: s0}}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tool-0, namespace: shop}
spec: {automountServiceAccountToken: false, containers: [{name: tool, image: tool}]}
"""

DENSE = (
    ("", "*", "get list"),
    (" apps", "*", "get"),
    ("", "secrets configmaps", "*"),
    ("*", "secrets pods", "get"),
    ("*", "*", "get"),
    ("", "pods services", "create get"),
    ("", "pods/exec pods/log", "get create"),
    ("", "pods/exec", "create"),
    ("", "*/exec", "create"),
    ("", "secrets", "get list create"),
    ("", "secrets", "get update", "s0 s1"),
    ("", "secrets", "*", "s0 s1"),
    ("", "secrets", "get"),
    ("apps", "deployments daemonsets", "update get"),
    ("", "configmaps", "get"),
)
"""Rules as API groups, resources, verbs, names; several of them are open in most ways."""

DENSE_SUBJECTS = (
    {"kind": "User", "name": "alice"},
    {"kind": "User", "name": "bob"},
    {"kind": "Group", "name": "devs"},
    {"kind": "ServiceAccount", "name": "api", "namespace": "shop"},
)


@cache
def base():
    return rg.load(io.BytesIO(BASE.encode())).snapshot


def loaded(text, *, bootstrap=False):
    """From manifests as short as they can be."""
    with TemporaryDirectory() as folder:
        Path(folder, "cluster.yaml").write_text(text)
        return rg.load(folder, bootstrap=bootstrap)


def dense_snapshot(seed, *, listed=True):
    """A small cluster in which nearly everybody reaches shop/s0, by rules with and without *."""
    rng = random.Random(seed)
    kinds = ("Role", "ClusterRole", "ClusterRole")
    roles = [(rng.choice(kinds), f"r{n}") for n in range(rng.randint(1, 3))]
    found = {"Role": [], "ClusterRole": [], "RoleBinding": [], "ClusterRoleBinding": []}
    for kind, name in roles:
        rules = [_dense_rule(*one) for one in rng.sample(DENSE, rng.randint(1, 2))]
        found[kind].append(_object(kind, name, rules=rules))
    for n in range(rng.randint(1, 3)):
        kind, name = rng.choice(roles)
        bound = "RoleBinding" if kind == "Role" or rng.random() < 0.6 else "ClusterRoleBinding"
        subjects = rng.sample(DENSE_SUBJECTS, rng.randint(1, 2))
        ref = {"kind": kind, "name": name}
        found[bound].append(_object(bound, f"b{n}", roleRef=ref, subjects=subjects))
    return msgspec.structs.replace(
        base(),
        listed=frozenset({("Secret", "")}) if rng.random() < 0.7 and listed else frozenset(),
        groups=rng.choice(({}, {"alice": ("devs",)})),
        roles=tuple(found["Role"]),
        cluster_roles=tuple(found["ClusterRole"]),
        role_bindings=tuple(found["RoleBinding"]),
        cluster_role_bindings=tuple(found["ClusterRoleBinding"]),
    )


def _dense_rule(groups, resources, verbs, names=""):
    rule = {
        "apiGroups": groups.split(" "),
        "resources": resources.split(),
        "verbs": verbs.split(),
    }
    return {**rule, "resourceNames": names.split()} if names else rule


def _object(kind, name, **fields):
    namespace = "" if kind.startswith("Cluster") else "shop"
    metadata = {"name": name, "namespace": namespace}
    return msgspec.convert({"metadata": metadata, **fields}, getattr(rbac, kind))


SECRETS = """
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: web, namespace: shop}
---
"""

READ = "[{apiGroups: [''], resources: [pods, secrets], verbs: [get, list]}]"


def role(name, rules, kind="Role", namespace="shop", extra=""):
    place = f", namespace: {namespace}" if kind == "Role" else ""
    return f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata: {{name: {name}{place}{extra}}}
rules: {rules}
---
"""


def binding(name, ref, *subjects, namespace="shop"):
    kind, role_name = ref.split("/")
    whole = f"RoleBinding\nmetadata: {{name: {name}, namespace: {namespace}}}"
    if not namespace:
        whole = f"ClusterRoleBinding\nmetadata: {{name: {name}}}"
    named = [subject.split(":", 1) for subject in subjects]
    told = [
        f"{{kind: ServiceAccount, namespace: {n.split('/')[0]}, name: {n.split('/')[1]}}}"
        if k == "sa"
        else f"{{kind: {k.title()}, name: '{n}'}}"
        for k, n in named
    ]
    return f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: {whole}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {kind}, name: {role_name}}}
subjects: [{", ".join(told)}]
---
"""


def asked(source, requests, secret="shop/db", **more):
    """Ask with needs that are made by hand."""
    needing = tuple(
        Needing(
            user=user,
            groups=("system:authenticated",),
            needs=(Needed(request=request, evidence=LOGGED),),
        )
        for user, request in requests
    )
    return cut(source.access_graph, secret=secret, needs=Needs(needing=needing), **more)
