"""Who starts and what is by design, in risks: exact names of kubeadm, entries on a condition."""

import pytest

from rbacgraph.model.answers.risk.entry import Lack
from tests.advice.test_risks import READER, binding, risks_of  # noqa: F401 - a fixture

ADMINS = "kubeadm:cluster-admins"


@pytest.mark.parametrize(
    ("names", "subject", "kind", "needed"),
    [
        ((ADMINS, "cluster-admin"), f"group:{ADMINS}", "ClusterRoleBinding", True),
        ((ADMINS, "cluster-admin"), "user:mallory", "ClusterRoleBinding", False),
        (("kubeadm:more-admins", "cluster-admin"), f"group:{ADMINS}", "ClusterRoleBinding", False),
        ((ADMINS, "admin"), f"group:{ADMINS}", "ClusterRoleBinding", False),
        ((ADMINS, "cluster-admin"), f"group:{ADMINS}", "RoleBinding", False),
    ],
)
def test_only_what_kubeadm_makes_is_by_design(risks_of, names, subject, kind, needed):  # noqa: F811
    name, role = names
    bound = binding(name, f"ClusterRole/{role}", [subject], kind=kind)
    answer = risks_of(bound, bootstrap=True).result
    assert bool(answer.by_design) is needed
    assert bool(answer.risks) is not needed


SERVED = """---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  serviceAccountName: api
  containers: [{name: web, image: web}]
"""
SERVICE = """---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, uid: u2}
spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, selector: {app: web}, \
ports: [{port: 80}]}
status: {loadBalancer: %s}
"""
READS = READER + binding("b", "Role/reader", ["sa:shop/api"])


def test_an_address_makes_it_reached_from_the_internet(risks_of):  # noqa: F811
    made = SERVICE % "{ingress: [{ip: 8.8.8.8}]}"
    (risk,) = risks_of(READS, SERVED, made)
    entry = risk.factor("entry")
    assert (entry.level, bool(entry.condition), risk.severity) == ("internet", False, "high")


def test_without_an_address_that_is_a_condition_and_one_step_less(risks_of):  # noqa: F811
    (risk,) = risks_of(READS, SERVED, SERVICE % "{}")
    entry = risk.factor("entry")
    assert (entry.level, bool(entry.condition), risk.severity) == ("internet", True, "medium")


def test_without_a_service_its_program_is_the_way_in(risks_of):  # noqa: F811
    answer = risks_of(READS, SERVED)
    entry = answer[0].factor("entry")
    assert (entry.level, answer[0].severity) == ("inside", "low")
    assert Lack.SERVICES("shop") in entry.lacking
    assert "the input does not show all ways in" in str(answer)


JOB = """---
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: shop}
spec:
  template:
    spec:
      serviceAccountName: api
      restartPolicy: Never
      containers: [{name: once, image: once}]
"""


def test_only_a_way_on_a_condition_is_no_way_for_nobody(risks_of):  # noqa: F811
    (risk,) = risks_of(READS, JOB)
    entry = risk.factor("entry")
    assert (entry.level, bool(entry.condition)) == ("inside", True)


def test_an_account_is_unused_only_if_the_input_has_pods(risks_of):  # noqa: F811
    other = SERVED.replace("serviceAccountName: api", "serviceAccountName: default")
    levels = [risks_of(READS, *more)[0].factor("entry").level for more in ((), (other,))]
    assert levels == ["inside", "unused"]
