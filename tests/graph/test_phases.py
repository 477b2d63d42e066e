"""The phases that ground rules, each on a small cluster."""

import json

import pytest

from rbacgraph.facts.world import Facts
from rbacgraph.graph.build import (
    build,
    double_header_identities,
    expand_collections,
    ground_conjunctions,
    hold_abilities,
    join_abilities,
    match_single_rights,
)
from rbacgraph.graph.conjunctions.header_identities import HeaderIdentities
from rbacgraph.graph.grounding.columns import Columns
from rbacgraph.graph.grounding.single_right import RuleEdges, Targets
from rbacgraph.model.node import JOIN, printed_name
from rbacgraph.model.node_keys import NamedRight, RoleName
from rbacgraph.sources.load import load
from rbacgraph.techniques.catalogue import EDGES
from tests.query.plain.clusters.objects import CERTIFICATES, RBAC, _bound, _object, _rule

ALICE, BOB = ({"kind": "User", "name": name, "apiGroup": RBAC} for name in ("alice", "bob"))


def _role(number, rules):
    return _object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules)


OBJECTS = [
    _object("Namespace", "a"),
    _object("ServiceAccount", "x", "a"),
    _object("Secret", "s", "a", type="Opaque"),
    _role(1, [_rule("get", "secrets"), _rule("create", "secrets", ["new"])]),
    _bound(1, "ClusterRole", "a", [ALICE]),
    _role(2, [_rule("patch", "secrets", ["new"]), _rule("impersonate", "users", ["bob"])]),
    _bound(2, "ClusterRole", "", [ALICE]),
    _role(3, [_rule("impersonate", "users", ["carol"])]),
    _bound(3, "ClusterRole", "", [BOB]),
]


def _loaded(objects, folder):
    path = folder / "dump.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    return load(path)


@pytest.fixture
def phases(tmp_path):
    """The phases in their order, by name, each with the edges that it adds."""
    world = Facts(_loaded(OBJECTS, tmp_path))
    columns, found = Columns(world.index), {}
    conjunctions, rules = ground_conjunctions(world), RuleEdges(world.rbac.versions)
    headers = HeaderIdentities(world, rules, *conjunctions[1::-1])
    targets = Targets(world, headers.resolve)

    for name, batches in (
        ("single", match_single_rights(world, conjunctions, rules, targets)),
        ("collections", expand_collections(world, conjunctions, targets, headers)),
        ("joined", join_abilities(conjunctions, headers)),
        ("doubles", double_header_identities(conjunctions, headers, targets)),
        ("held", hold_abilities(world, conjunctions, headers)),
    ):
        start = len(columns.source)
        for kind, edges in batches:
            columns.add(kind, edges)
        ends = zip(columns.source[start:], columns.target[start:], strict=True)
        kinds = map(EDGES.__getitem__, columns.kind[start:])
        found[name] = {
            (world.index.nodes[source], kind.id, world.index.nodes[target])
            for (source, target), kind in zip(ends, kinds, strict=True)
        }
    return conjunctions, found


def test_conjunctions_are_found_of_identities_with_several_bindings(phases):
    conjunctions, _ = phases
    held = {
        (ability.id, node, holder.node)
        for node, ability, holders in conjunctions.abilities.holders(conjunctions.present)
        for holder in holders
    }
    node = ("ability", "a", NamedRight("apply-secret"))
    assert ("apply-secret", node, ("user", "", "alice")) in held
    assert all(holder != ("user", "", "bob") for *_, holder in held)


def test_single_rules_lead_from_grants_to_what_they_give(phases):
    _, found = phases
    grant = "grant", "a", RoleName("ClusterRole", "r1")
    assert (grant, "read-secret", ("secrets", "a", "*")) in {
        (source, kind, (*target[:2], printed_name(target[2])))
        for source, kind, target in found["single"]
    }
    assert {source[0] for source, *_ in found["single"]} <= {"grant"}


def test_collections_lead_to_their_members_alone(phases):
    _, found = phases
    assert {kind for _, kind, _ in found["collections"]} == {"contains"}
    assert ("secret", "a", "s") in {target for *_, target in found["collections"]}


def test_abilities_join_to_what_they_give(phases):
    _, found = phases
    assert "create-token-secret" in {kind for _, kind, _ in found["joined"]}
    assert {source[0] for source, kind, _ in found["joined"] if kind != "needs"} <= {
        "ability",
        JOIN,
    }


def test_who_has_less_by_headers_is_doubled(phases):
    _, found = phases
    bob = "impersonated-user", "", "bob"
    assert bob in {target for *_, target in found["single"]}
    assert bob in {source for source, *_ in found["doubles"]}
    assert not {kind for source, kind, _ in found["doubles"] if source == bob} - {
        "member-of",
        "bound-by",
    }


def test_who_is_able_to_do_something_leads_to_the_ability(phases):
    _, found = phases
    held = ("user", "", "alice"), "holds", ("ability", "a", NamedRight("apply-secret"))
    assert held in found["held"]


def _copies(holders, roles):
    """Users who hold one right of a conjunction, and roles with another that one may bind."""
    requests = "certificatesigningrequests"
    binds = [
        _rule("create", "clusterrolebindings", None, RBAC),
        _rule("bind", "clusterroles", [f"r{number}" for number in range(100, 100 + roles)], RBAC),
    ]
    objects = [_object("Namespace", "a"), _object("Secret", "s", "a"), _object("Node", "n")]
    objects += [_role(1, binds), _bound(1, "ClusterRole", "", [ALICE])]
    for number in range(2, 2 + holders):
        user = {**ALICE, "name": f"u{number}"}
        rules = [_rule("create", requests, ["x"], CERTIFICATES)]
        objects += [_role(number, rules), _bound(number, "ClusterRole", "", [user])]
    for number in range(100, 100 + roles):
        rules = [
            _rule("patch", requests, ["x"], CERTIFICATES),
            _rule("create", f"{requests}/nodeclient", None, CERTIFICATES),
        ]
        objects.append(_role(number, rules))
    return objects


def test_equal_holders_and_roles_share_their_nodes(tmp_path):
    counts = []
    for number in (2, 4, 8):
        graph = build(_loaded(_copies(number, number), tmp_path))
        joins = sum(node[0] == JOIN for node in graph.nodes)
        counts.append((joins, len(graph.nodes), len(graph.source)))
    assert counts[0][0] > 0
    assert len({joins for joins, *_ in counts}) == 1
    for at in (1, 2):
        steps = [counts[place + 1][at] - counts[place][at] for place in (0, 1)]
        assert steps[1] == 2 * steps[0]
