"""The table of custom resources: nothing is hidden by another of its name, all is on the page."""

from rbacgraph.edges import create_custom_workload, custom_workloads, update_custom_workload
from rbacgraph.edges.custom_workloads import CHANGED, CREATED, RUN


def test_no_resource_hides_another():
    told = (*custom_workloads._REMADE, *custom_workloads._MADE_ONCE)
    assert len(CREATED) == len(told)
    assert {right.resource for right in create_custom_workload.EDGE.rights} == CREATED.keys()


def test_the_pages_name_every_operator_or_resource():
    for edge, customs in (
        (create_custom_workload.EDGE, CREATED),
        (update_custom_workload.EDGE, CHANGED | RUN),
    ):
        page = " ".join(edge.page.split())
        for custom in customs.values():
            operator = custom.operator.removeprefix("the ")
            assert operator in page or custom.resource in page, custom


def test_what_is_made_anew_is_made():
    assert CHANGED.items() <= CREATED.items()


def test_what_waits_to_be_started_makes_nothing_itself():
    assert CREATED.keys().isdisjoint(RUN)
    assert len(RUN) == len(custom_workloads._RUN)
