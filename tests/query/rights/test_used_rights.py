"""The right of a hop is what the rule in its evidence gives, where its binding gives it."""

import pytest

import rbacgraph as rg
from rbacgraph.authz.match import verb_matches
from rbacgraph.techniques.catalogue import EDGES, RuleEdge

BY_ID = {kind.id: kind for kind in EDGES}
BINDINGS = {"RoleBinding", "ClusterRoleBinding"}


@pytest.fixture(scope="module", params=["shop", "shop-stores", "shop-manifests"])
def cluster(request, root):
    return rg.load(root / "fixtures/clusters" / request.param)


def hops_of(cluster):
    return [hop for path in cluster.paths("*/*") for hop in path.hops]


def test_a_hop_has_a_right_where_one_rule_decides(cluster):
    for hop in hops_of(cluster):
        assert bool(hop.right) == isinstance(BY_ID[hop.edge], RuleEdge), hop


def test_it_is_the_rights_of_the_technique_that_the_rule_gives(cluster):
    snapshot = cluster.snapshot
    roles = {("Role", role.metadata.namespace, role.metadata.name): role for role in snapshot.roles}
    roles |= {("ClusterRole", "", role.metadata.name): role for role in snapshot.cluster_roles}
    found = 0
    for hop in (hop for hop in hops_of(cluster) if hop.right):
        (*_, binding) = [e for e in hop.evidence if e.kind in BINDINGS]
        assert hop.right.namespace == (binding.namespace if binding.kind == "RoleBinding" else "")
        (evidence,) = [e for e in hop.evidence if e.rule is not None]
        role = roles.get((evidence.kind, evidence.namespace, evidence.name))
        if role is None:
            continue  # assumed
        rule = role.rules[evidence.rule]
        rights = BY_ID[hop.edge].rights
        assert set(hop.right.resources) <= {right.full_resource for right in rights}
        assert set(hop.right.verbs) <= {verb for right in rights for verb in right.verbs}
        assert all(verb_matches(rule, verb) for verb in hop.right.verbs)
        assert set(hop.right.names) == {name for name in rule.resource_names or () if name}
        found += 1
    assert found
