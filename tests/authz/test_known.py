"""What a ``*`` may stand for."""

import pytest

from rbacgraph.authz.bootstrap_policy import bootstrap_objects
from rbacgraph.authz.match import ALL
from rbacgraph.authz.questions.api_resources import STANDARD_VERBS, every_resource
from rbacgraph.authz.questions.known_resources import known_entries, known_in, known_verbs, rules_of
from rbacgraph.model.inputs.snapshot import CustomResource, Snapshot
from rbacgraph.model.kubernetes.meta import LabelledMeta, ObjectMeta
from rbacgraph.model.kubernetes.rbac import ClusterRole, PolicyRule, Role

RBAC = "rbac.authorization.k8s.io"


def rule(groups, resources, verbs=("get",)):
    return PolicyRule(verbs, groups, resources)


@pytest.mark.parametrize(
    ("group", "entry"),
    [
        ("", "secrets"),
        ("", "pods/exec"),
        ("", "users"),
        ("", "nodes/metrics"),
        ("", "nodes/checkpoint"),
        ("", "services/finalizers"),
        ("apps", "deployments/scale"),
        ("authentication.k8s.io", "nodes"),
        ("certificates.k8s.io", "signers"),
        ("certificates.k8s.io", "certificatesigningrequests/nodeclient"),
        ("metrics.k8s.io", "nodes"),
        ("policy", "podsecuritypolicies"),
    ],
)
def test_known_of_any_cluster(group, entry):
    assert entry in known_entries()[group]


def test_all_that_a_server_offers_is_known():
    known = known_entries()
    for resource in every_resource():
        assert resource.resource in known[resource.group]
        assert {f"{resource.resource}/{sub}" for sub in resource.subresources} <= known[
            resource.group
        ]


def test_all_that_bootstrap_roles_name_is_known():
    known = known_entries()
    for role in bootstrap_objects():
        for one in (role.rules or ()) if isinstance(role, Role | ClusterRole) else ():
            for entry in one.resources or ():
                if ALL not in entry:
                    assert any(entry in known[g] for g in one.api_groups if g != ALL)


def test_custom_resources_have_a_status_and_a_scale():
    custom = [CustomResource("example.com", "widgets", "Widget", True)]
    assert known_entries(custom)["example.com"] == {"widgets", "widgets/scale", "widgets/status"}


@pytest.mark.parametrize(
    ("named", "group", "expected"),
    [
        (rule(("example.com",), ("things",)), "example.com", {"things"}),
        (rule(("example.com",), ("things/exec",)), "example.com", {"things/exec"}),
        # where one of a rule's groups has a resource, the others do not
        (rule(("", "example.com"), ("pods", "things")), "example.com", {"things"}),
        (rule(("apps", "example.com"), ("deployments/odd",)), "example.com", set()),
        (rule(("*",), ("things",)), "example.com", set()),
        (rule(("example.com",), ("*", "*/scale", "things/*")), "example.com", set()),
    ],
)
def test_rules_name_more(named, group, expected):
    assert known_entries((), [named]).get(group, set()) == expected


def test_a_subresource_belongs_to_the_group_that_has_the_resource():
    known = known_entries((), [rule(("apps", "example.com"), ("deployments/odd",))])
    assert "deployments/odd" in known["apps"]


def test_a_cluster_knows_what_it_serves():
    served = (("", "pods/resize2"), ("custom.metrics.k8s.io", "pods/rate"))
    known = known_in(Snapshot(offered=served))
    assert "pods/resize2" in known[""]
    assert known["custom.metrics.k8s.io"] == {"pods/rate"}


def test_a_cluster_knows_what_its_roles_name():
    named, more = (
        rule(("example.com",), ("things",)),
        rule(("example.com",), ("others",), ("polish",)),
    )
    snapshot = Snapshot(
        roles=(Role(metadata=ObjectMeta("r", "shop"), rules=(named,)),),
        cluster_roles=(ClusterRole(metadata=LabelledMeta("c"), rules=(more,)),),
        custom_resources=(CustomResource("example.com", "widgets", "Widget", True),),
    )
    assert known_in(snapshot)["example.com"] == {
        *("things", "others", "widgets", "widgets/scale", "widgets/status")
    }
    assert "polish" in known_verbs(rules_of(snapshot))("example.com", "others")


def test_verbs():
    verbs = known_verbs([rule(("example.com",), ("things",), ("polish", "*"))])
    assert verbs("", "secrets") == {*STANDARD_VERBS}
    assert {"bind", "escalate", *STANDARD_VERBS} == verbs(RBAC, "clusterroles")
    assert verbs("", "users") == {"impersonate"}
    assert verbs("certificates.k8s.io", "signers") == {"approve", "attest", "sign"}
    assert verbs("example.com", "things") == {"polish", *STANDARD_VERBS}
    assert "impersonate" in verbs("", "serviceaccounts")
