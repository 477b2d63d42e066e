"""Every recorded answer of a real API server, v1.36.2 with --authorization-mode=Node,RBAC."""

import msgspec

from rbacgraph.authz.aggregate import aggregate
from rbacgraph.authz.kubernetes_words import describe_grant
from rbacgraph.authz.match import Request, rule_allows
from rbacgraph.authz.questions.can_i import can_i
from rbacgraph.authz.questions.escalation_check import may_write
from rbacgraph.authz.subjects import MASTERS, first_match
from rbacgraph.model.kubernetes.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding

KINDS = {kind.__name__: kind for kind in (Role, ClusterRole, RoleBinding, ClusterRoleBinding)}
NAMED = {"get", "update", "patch", "delete"}
RECORDED_LENGTH = 400  # longer messages were cut at this many characters


def request_of(review):
    path = review.get("nonResourceAttributes")
    return Request(**path) if path else Request(**review["resourceAttributes"])


def decided_by_node_authorizer(review):
    return (
        review["allowed"]
        and not review["reason"]
        and MASTERS not in review["groups"]
        and review["user"].startswith("system:node:")
    )


def test_every_review_agrees_but_the_node_authorizers(worlds):
    agreed, node, wrong = 0, 0, []
    for world in worlds:
        for review in world.reviews:
            request, user, groups = request_of(review), review["user"], review["groups"]
            decision = world.authorizer.authorize(request, user, groups)
            if decided_by_node_authorizer(review):
                assert not decision
                node += 1
            elif decision.allowed == review["allowed"]:
                agreed += 1
            else:
                wrong.append((review, decision))
    assert wrong == []
    assert (agreed, node) == (23_996, 4)


def test_the_reason_of_the_server_is_one_that_holds(worlds):
    same, other, masters = 0, 0, 0
    for world in worlds:
        for review in world.reviews:
            if not review["allowed"] or decided_by_node_authorizer(review):
                continue
            request, user, groups = request_of(review), review["user"], review["groups"]
            decision = world.authorizer.authorize(request, user, groups)
            if MASTERS in groups:
                assert review["reason"] == ""
                assert [e.name for e in decision.evidence] == [MASTERS]
                masters += 1
            elif decision.reason == review["reason"]:
                same += 1
            else:
                # Several bindings allow it, and the server's order is that of a hash table.
                allowing = [
                    h.binding
                    for h in world.authorizer.rules_for(user, groups, request.namespace)
                    if rule_allows(h.rule, request)
                ]
                assert review["reason"] in {
                    f"RBAC: allowed by {describe_grant(b, first_match(b, user, groups))}"
                    for b in allowing
                }
                other += 1
    assert same + other + masters == 10_682
    assert masters == 387


def test_a_denial_names_the_missing_roles_that_the_server_names(worlds):
    named = 0
    for world in worlds:
        for review in world.reviews:
            if review["allowed"] or '"missing" not found' not in review["reason"]:
                continue
            user, groups = review["user"], review["groups"]
            request = request_of(review)
            errors = world.authorizer.resolution_error(user, groups, request.namespace)
            # Two errors come in the order of a hash table.
            recorded = review["reason"].rpartition("RBAC: ")[2]
            assert sorted(errors.strip("[]").split(", ")) == sorted(
                recorded.strip("[]").split(", ")
            )
            assert '"missing"' in world.authorizer.authorize(request, user, groups).reason
            named += 1
    assert named == 1_679


def test_a_question_in_a_persons_words_is_the_same_question(world):
    for review in world.reviews:
        request, user, groups = request_of(review), review["user"], review["groups"]
        asked = {
            "group": None if request.path else request.group,
            "subresource": request.subresource,
            "namespace": request.namespace,
            "name": request.name,
        }
        what = {"path": request.path} if request.path else {"resource": request.resource}
        decision = can_i(world.authorizer, request.verb, **what, **asked, user=user, groups=groups)
        if (request.resource, request.group, request.namespace) == ("namespaces", "", "") and (
            request.name and request.verb in NAMED
        ):
            # A real request for a Namespace carries it as its namespace too.
            request = msgspec.structs.replace(request, namespace=request.name)
        assert decision == world.authorizer.authorize(request, user, groups)


def attempt(world, escalation):
    obj = msgspec.convert(escalation["object"], KINDS[escalation["object"]["kind"]])
    return may_write(
        world.during_escalations, obj, escalation["user"], escalation["groups"], "create"
    )


def test_every_attempt_to_write_rbac_agrees(worlds):
    created, refused, wrong = 0, 0, []
    for world in worlds:
        for escalation in world.escalations:
            decision = attempt(world, escalation)
            if decision.allowed != escalation["created"]:
                wrong.append((escalation, decision))
            created += decision.allowed
            refused += not decision.allowed
    assert wrong == []
    assert (created, refused) == (826, 1_574)


def test_every_refusal_to_write_says_what_the_server_says(world):
    for escalation in world.escalations:
        if not escalation["created"]:
            reason = attempt(world, escalation).reason
            assert reason[:RECORDED_LENGTH] == escalation["message"]


def test_aggregated_roles_are_what_the_controller_filled_in(world):
    aggregated, diagnostics = aggregate(world.snapshot.cluster_roles)
    assert aggregated == world.snapshot.cluster_roles
    assert diagnostics == ()
    assert sum(role.aggregation_rule is not None for role in aggregated) == 5
