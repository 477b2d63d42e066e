"""Among resourceNames ``*`` and the like are names as any other, whatever a technique needs.

Source: ``ResourceNameMatches`` in kubernetes ``pkg/apis/rbac/v1/evaluation_helpers.go``.
"""

from collections import Counter
from functools import cache, partial
from pathlib import Path

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.authz.match import ALL
from rbacgraph.graph.build import build
from rbacgraph.model.node import format_node
from rbacgraph.query.access.reach import reach

FIXTURES = Path(__file__).parents[2] / "fixtures" / "edges"
UNHEARD = {False: "?", True: "?/"}
"""What nothing is called, and no ServiceAccount can be, as none can be ``*``; by whether it has a
slash, as no name of a new object has."""

PATHS = {"rbac.authorization.k8s.io", "certificates.k8s.io"}
"""Groups of objects that may be called anything without a slash or a percent sign."""

OTHERS = ("x/", "ClusterRole/cluster-admin", "a b", "/", "Role/")
"""Names that are each tried for some rules, as ``*`` is in every file for all."""

ASKED_FOR = {"groups", "nodes"}
"""What the API server asks for by ``*`` itself, in constrained impersonation: with many groups at
once, and for the node that the asker runs on.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation/mode.go``.
"""


@cache
def _loaded(folder):
    found = sorted(
        set((FIXTURES / folder).glob("yes*.yaml")) - {FIXTURES / folder / "yes-star.yaml"}
    )
    return [rg.load(one, bootstrap=False, kubernetes_version="1.36").snapshot for one in found]


def _edges(snapshot, called):
    """How many edges there are between nodes, but for what is called so."""
    graph = build(snapshot)
    nodes = [
        (kind, space, "" if name == called else name) if kind not in {"ability", "join"} else kind
        for kind, space, name in graph.nodes
    ]
    return Counter(
        (graph.kind_at(edge).id, nodes[source], nodes[target], not graph.condition_of[edge])
        for edge, (source, target) in enumerate(zip(graph.source_of, graph.target_of, strict=True))
    )


def _reached(snapshot):
    """What each identity reaches, whatever stands between."""
    graph = build(snapshot)
    every = map(format_node, graph.world.identities.principals)
    return {
        source: {(one.target, bool(one.certain)) for one in reach(graph, source=source).reached}
        for source in every
    }


def _narrowed(snapshot):
    """By field and rule: what makes the cluster with that rule for one name, without a verb."""
    for field in ("roles", "cluster_roles"):
        for place, role in enumerate(getattr(snapshot, field)):
            for number, rule in enumerate(role.rules or ()):
                constrained = any(verb.startswith("impersonate:") for verb in rule.verbs or ())
                if not (constrained and ASKED_FOR & {*(rule.resources or ())}):
                    at = (field, place, number)
                    yield (field, rule), partial(_with_name, snapshot, *at)


def _with_name(snapshot, field, place, number, name, *, without=""):
    roles = list(getattr(snapshot, field))
    rules = list(roles[place].rules)
    verbs = tuple(verb for verb in rules[number].verbs or () if without not in {verb, ALL})
    rules[number] = replace(rules[number], resource_names=(name,), verbs=verbs)
    roles[place] = replace(roles[place], rules=tuple(rules))
    return replace(snapshot, **{field: tuple(roles)})


@pytest.mark.parametrize("folder", sorted(path.name for path in FIXTURES.iterdir()))
def test_a_name_of_a_rule_is_that_of_what_is_called_so(folder):
    seen = set()
    for snapshot in _loaded(folder):
        for rule, narrowed in _narrowed(snapshot):
            another = [] if rule in seen else [OTHERS[len(seen) % len(OTHERS)]]
            seen.add(rule)
            for name in ("*", *another):
                unheard = UNHEARD["/" in name]
                assert _edges(narrowed(name), name) == _edges(narrowed(unheard), unheard), (
                    rule,
                    name,
                )


def _is_on_objects(rule):
    """Whether a rule is on objects alone: who is impersonated, say, is called anything."""
    verbs, resources = rule.verbs or (), rule.resources or ()
    unstored = {*("users", "groups", "signers", "securitycontextconstraints"), ALL}
    acts = any(verb.startswith("impersonate") for verb in verbs)
    return not acts and bool(resources) and unstored.isdisjoint(resources)


@pytest.mark.only_in_all
@pytest.mark.parametrize("folder", sorted(path.name for path in FIXTURES.iterdir()))
def test_a_name_that_no_object_has_gives_nothing_for_certain(folder):
    """A rule for such a name gives what no rule does, whatever its verbs are."""
    for snapshot in _loaded(folder):
        for (_, rule), narrowed in _narrowed(snapshot):
            if _is_on_objects(rule):
                name = UNHEARD[not PATHS.isdisjoint(rule.api_groups or ())]
                less = _reached(narrowed(name, without=ALL))
                for source, reached in _reached(narrowed(name)).items():
                    certain = {target for target, sure in reached if sure and name not in target}
                    assert certain <= {target for target, _ in less[source]}, (rule, source)


def _creates(rule):
    """Whether all that a rule lets somebody create by a name is an object of that name."""
    return "create" in (rule.verbs or ()) and not any(
        "/" in resource or resource == "*" for resource in rule.resources or ()
    )


@pytest.mark.parametrize("folder", sorted(path.name for path in FIXTURES.iterdir()))
def test_create_gives_nothing_by_a_name_that_no_object_has(folder):
    """Whatever the technique: a name with a slash is one of no kind."""
    for snapshot in _loaded(folder):
        for (_, rule), narrowed in _narrowed(snapshot):
            if _creates(rule):
                name = UNHEARD[True]
                given, without = narrowed(name), narrowed(name, without="create")
                if _edges(given, name) != _edges(without, name):
                    assert _reached(given) == _reached(without), rule
