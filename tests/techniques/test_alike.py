"""Laws of what is found once for all equal rules: it is what each of them gives by itself."""

import random
from itertools import combinations, product

import pytest
from msgspec.structs import replace

from rbacgraph.facts.world import Facts
from rbacgraph.graph.conjunctions.compound_rights import _ABILITIES
from rbacgraph.graph.conjunctions.role_rights import RightsOfRoles
from rbacgraph.graph.grounding.single_right import RuleEdges, Targets
from rbacgraph.model.kubernetes.core import Namespace
from rbacgraph.model.kubernetes.meta import NamespaceMeta, ObjectMeta
from rbacgraph.model.kubernetes.rbac import PolicyRule, Role
from rbacgraph.model.node import EACH_NAMESPACE
from rbacgraph.model.node_keys import RoleName
from rbacgraph.sources.load import load
from rbacgraph.techniques.catalogue import EDGES, Conjunction
from rbacgraph.techniques.spec.compound_rights import uses_of, wider_scopes
from rbacgraph.techniques.tokens.write_bootstrap_token import WRITE_TOKEN
from tests.worlds import law

SCOPES = ("shop", "payments", "kube-system", "x", "", EACH_NAMESPACE)
NAMES = (None, ("x",), ("",), ("bootstrap-token-abcdef",), ("cluster-admin", "shop"), ("x", "s"))
VERBS = ("*", "get", "list", "create", "update", "patch", "delete", "bind", "escalate")
RIGHTS = sorted({right for ability in _ABILITIES for right in ability.rights})
JOINT = [a for kind in EDGES if isinstance(kind, Conjunction) for a in kind.abilities if a.joint]


@pytest.fixture(scope="module", params=["as it is", "with a namespace that goes"])
def world(request):
    snapshot = load("fixtures/clusters/shop", kubernetes_version="1.36")
    if request.param != "as it is":
        goes = Namespace(metadata=NamespaceMeta(name="payments", deletion_timestamp="2026-01-01"))
        others = [one for one in snapshot.namespaces if one.metadata.name != "payments"]
        snapshot = replace(snapshot, namespaces=(*others, goes))
    return Facts(snapshot)


def rights_of(rng, among=None):
    """Return the rules of a role: of a few rights, with all or one of their verbs."""
    rules = []
    for right in rng.choices(among or RIGHTS, k=rng.randint(1, 4)):
        verbs = rng.choice((right.verbs, right.verbs[:1], rng.choices(VERBS, k=2)))
        rule = PolicyRule(
            verbs=tuple(verbs),
            api_groups=(right.group,),
            resources=(right.full_resource,),
            resource_names=rng.choice(NAMES),
        )
        rules.append(rule)
    return tuple(rules)


def role(rng, rules=None, among=None):
    name = rng.choice(("r", "system:kube-scheduler"))
    metadata = ObjectMeta(name=name, namespace=rng.choice(("shop", "payments")))
    return Role(metadata=metadata, rules=rules or rights_of(rng, among))


def rights_at(seed):
    return rights_of(random.Random(seed))


def plainly(told):
    return [
        (h.ability.id, h.scope, h.name, tuple(map(str, uses_of(h.uses))), h.condition) for h in told
    ]


@law(rights_at, 40)
def test_equal_rules_give_what_each_gives_by_itself(seed, world):
    rng = random.Random(seed)
    rights, held_alike = RightsOfRoles(world, _ABILITIES), 0
    for _ in range(10):
        rules = rights_of(rng)
        for scope in SCOPES:
            one = role(rng, rules)
            found = rights.of_grant(rights.grant((one,), scope))
            held = rights.held((one,), scope)
            apart = rights._found_rights(held, rights._made_of(rights.of((one,)), scope))
            assert plainly(found) == plainly(apart), (scope, rules)
            held_alike += len(found)
    assert held_alike


ONCE = {
    "make-pods": ("", "pods", "create"),
    "create-secret": ("", "secrets", "create"),
    "create-serviceaccount": ("", "serviceaccounts", "create"),
    "bind-pod": ("", "pods/binding", "create"),
}
"""Compound rights that one rule gives in any ordinary namespace, whatever else a cluster holds."""


@pytest.mark.parametrize("ability", ONCE)
def test_what_depends_on_rules_alone_is_found_once(world, ability):
    group, resource, verb = ONCE[ability]
    rules = (PolicyRule(verbs=(verb,), api_groups=(group,), resources=(resource,)),)
    rights = RightsOfRoles(world, _ABILITIES)
    for name in ("a", "b"):
        given = rights.grant((Role(ObjectMeta(name=name, namespace="shop"), rules),), "shop")
        rights.of_grant(given)
    once = {part[0].id: found for part, found in given.gives.alike}
    assert once[ability] is not None


@law(rights_at, 20)
def test_targets_at_one_scope_are_those_at_any_other(seed, world):
    rng = random.Random(seed)
    rules, targets = RuleEdges(world.rbac.versions), Targets(world, lambda node: node)
    for _ in range(20):
        wide = PolicyRule(verbs=("*",), api_groups=("*",), resources=("*",))
        one = role(rng, rng.choice((None, (wide,))))
        for scope, (given, *_) in product(SCOPES, rules.of_roles((one,))):
            found = list(targets.of(given, scope))
            inert = scope and given.edge.cluster_scoped
            assert found == ([] if inert else list(targets._find(given, scope))), (given, scope)


AS_GOOD = {"apply-secret": ("create-secret", "read-new-secret"), "apply-pods": ("make-pods",)}
"""What a POST does that needs no name."""


FREE_TOKENS = (501351955, 885350703)
"""One binding allows to create any Secret, and to patch; another to create a token by its name."""


def covered(had, alone, world):
    """Whether somebody who has some abilities has another anyway: at wider scopes, for any name."""
    names = {had.name, ""}
    if had.ability is WRITE_TOKEN and (had.scope, had.name) not in world.secrets:
        names.add("new")  # a token under any name that is free
    if isinstance(had.name, RoleName):
        admin = RoleName("ClusterRole", "cluster-admin")
        names |= {RoleName(had.name.kind, ""), RoleName("ClusterRole", ""), admin}
    return any(
        all(any((one, scope, name) in alone for name in names) for one in as_good)
        for as_good in ((had.ability.id,), AS_GOOD.get(had.ability.id, ()))
        for scope in wider_scopes(had.scope)
        if as_good
    )


@law(rights_at, 40, examples=FREE_TOKENS)
def test_bindings_that_add_nothing_up_give_nothing_together(seed, world):
    rng = random.Random(seed)
    rights = RightsOfRoles(world, _ABILITIES)
    asked = spared = 0
    for _ in range(60):
        ability = rng.choice(JOINT)
        grants = [(role(rng, among=ability.rights), rng.choice(SCOPES)) for _ in range(3)]
        for few in (*combinations(grants, 2), grants):
            if rights.may_add_up(rights.grant((one,), scope) for one, scope in few):
                asked += 1
                continue
            spared += 1
            held = {}
            for one, scope in few:
                for right, more in rights.held((one,), scope).items():
                    held.setdefault(right, []).extend(more)
            alone = {
                (had.ability.id, had.scope, had.name)
                for one, scope in few
                for had in rights.of_grant(rights.grant((one,), scope))
            }
            bits = rights.of([one for one, _ in few])
            for had in rights.together(held, bits):
                assert covered(had, alone, world), (had, few)
    assert asked > 10
    assert spared > 10


@pytest.mark.parametrize("ability", [a for a in _ABILITIES if a.needs], ids=lambda a: a.id)
def test_nobody_has_an_ability_without_what_it_needs(world, ability):
    rng = random.Random(ability.id)
    rights = RightsOfRoles(world, [ability])
    others = [right for right in ability.rights if right not in ability.needs]
    for _ in range(100):
        one = role(rng, among=others or [next(iter(RIGHTS))])
        held = rights.held((one,), rng.choice(SCOPES))
        held = {right: found for right, found in held.items() if right not in ability.needs}
        assert list(ability.found(world, held)) == []
