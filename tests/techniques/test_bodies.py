"""The bodies of conjunctions: an ability is had by the rights of one of its bodies, by no less."""

import json
import random
from itertools import product

import pytest

from rbacgraph.facts.world import Facts
from rbacgraph.model.kubernetes.meta import RbacMeta
from rbacgraph.model.kubernetes.rbac import PolicyRule, Role
from rbacgraph.model.node import EACH_NAMESPACE
from rbacgraph.model.node_keys import RoleName
from rbacgraph.sources.load import load
from rbacgraph.techniques.catalogue import EDGES
from rbacgraph.techniques.spec.compound_rights import HeldRight, wider_scopes
from rbacgraph.techniques.spec.conjunction import Conjunction
from rbacgraph.techniques.spec.technique import Match
from tests.query.plain.clusters.objects import _object
from tests.query.plain.clusters.split_clusters import CONJUNCTIONS, objects_of_split

JOINT = {a.id: a for e in EDGES if isinstance(e, Conjunction) for a in e.abilities if a.joint}
FEW = ("system:nodes", "system:node:n1", "kubernetes.io/kube-apiserver-client-kubelet")
TOKEN = "bootstrap-token-abcdef"
TAKEN = (("s",), ("p",), (TOKEN,))
NAMES = ((), (), ("x",), ("mine",), ("x", "mine"), ("reader", "s"), ("",), FEW, *TAKEN)
TRIES = 300


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    path = tmp_path_factory.mktemp("bodies") / "dump.json"
    items = objects_of_split(0, CONJUNCTIONS["new constraint"])
    token = _object("Secret", TOKEN, "kube-system", type="bootstrap.kubernetes.io/token")
    items.append({**token, "immutable": True})
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return Facts(load(path))


def _holding(rng, right, number):
    scope = rng.choice(("", "", "", "a", EACH_NAMESPACE))
    verbs = tuple(rng.sample(right.verbs, rng.randint(1, len(right.verbs))))
    names = rng.choice(NAMES)
    rule = PolicyRule(verbs, (right.group,), (right.full_resource,), names)
    role = Role(metadata=RbacMeta(f"held-{number}", "a"), rules=(rule,))
    return HeldRight(right, Match(verbs, (right.key,), names), scope, role, 0)


def _has(world, ability, held):
    return {(found.scope, found.name) for found in ability.found(world, held)}


def _covers(had, scope, name):
    names = {name, ""}
    if isinstance(name, RoleName):
        admin = RoleName("ClusterRole", "cluster-admin")
        names |= {RoleName(name.kind, ""), RoleName("ClusterRole", ""), admin}
    return any((at, one) in had for at in wider_scopes(scope) for one in names)


@pytest.mark.parametrize("ability", JOINT.values(), ids=JOINT)
def test_all_that_rights_give_one_body_gives(ability, world):
    rng, several = random.Random(ability.id), 0
    for _ in range(TRIES):
        among = rng.choice((None, rng.choice(ability.rights).resource))  # all, or of one resource
        held = {
            right: [_holding(rng, right, number) for number in range(rng.randint(0, 2))]
            for right in ability.rights
            if among in {None, right.resource}
        }
        held = {right: holdings for right, holdings in held.items() if holdings}
        whole = _has(world, ability, held)
        ways = [*ability.together, *((right,) for right in ability.rights)]
        parts = {
            head
            for body in ways
            if held.keys() >= set(body)
            for chosen in product(*(held[right] for right in body))
            for head in _has(world, ability, {one.right: [one] for one in chosen})
        }
        assert all(_covers(parts, *head) for head in whole)
        assert all(_covers(whole, *head) for head in parts)
        several += bool(whole)
    assert several
