"""The table of kinds that may hold roles or bindings."""

import re
from typing import get_args

import pytest

from rbacgraph.facts.custom_resources.rows import custom_resource_rows
from rbacgraph.model.role_carriers import RoleWay, may_hold_roles, role_carriers
from rbacgraph.sources.objects.object_kinds import KINDS, find, title

PLACE = re.compile(r"[\w-]+/[\w-]+:[\w./-]+\.(go|md|yaml)")
APART = {
    ("argoproj.io", "appprojects"),  # says what Applications may apply
    ("olm.operatorframework.io", "clustercatalogs"),  # a list of what may be installed
    ("operator.openshift.io", "kubeapiservers"),  # flags of the API server
    ("operators.coreos.com", "catalogsources"),  # as of clustercatalogs
    ("resolution.tekton.dev", "resolutionrequests"),  # what is fetched is a Pipeline or Task
    ("velero.io", "backups"),  # runs commands in Pods
    ("velero.io", "schedules"),  # makes Backups
}
"""Resources whose operator applies something else for their authors."""


def test_each_kind_is_named_once_and_in_order():
    rows = [(row.group, row.kind) for row in role_carriers()]
    assert rows == sorted(set(rows))
    assert len(rows) > 60


def test_each_row_says_how_and_where():
    assert [row for row in role_carriers() if not PLACE.fullmatch(row.source)] == []
    order = get_args(RoleWay)
    for row in role_carriers():
        assert row.ways == tuple(way for way in order if way in row.ways) != (), row
    assert {way for row in role_carriers() for way in row.ways} == set(order)


def test_a_kind_goes_by_the_name_that_is_printed():
    for row in role_carriers():
        assert may_hold_roles(title(f"{row.group}/v1", row.kind)), row


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("work.open-cluster-management.io/v1", "ManifestWork", True),
        ("kubernetes.crossplane.io/v1alpha2", "Object", True),
        ("template.openshift.io/v1", "Template", True),
        ("kyverno.io/v1", "ClusterPolicy", True),
        ("capsule.clastix.io/v1beta2", "Tenant", True),
        ("helm.toolkit.fluxcd.io/v2", "HelmRelease", True),
        ("helm.cattle.io/v1", "HelmChart", True),
        ("source.toolkit.fluxcd.io/v1", "HelmChart", False),
        ("argoproj.io/v1alpha1", "Application", True),
        ("argoproj.io/v1alpha1", "AppProject", False),
        ("hnc.x-k8s.io/v1alpha2", "HNCConfiguration", False),
        ("other.example.com/v1", "Application", False),
        ("v1", "ConfigMap", False),
        ("v1", "Template", False),
        ("", "", False),
    ],
)
def test_which_may(api_version, kind, expected):
    assert may_hold_roles(title(api_version, kind)) is expected


def test_what_operators_apply_for_authors_is_here():
    """The table of custom resources knows plurals, this one kinds."""
    named = {
        (row.group, plural)
        for row in role_carriers()
        for kind in (row.kind.lower(),)
        for plural in (f"{kind}s", f"{kind[:-1]}ies")
    }
    applied = {
        (row.group, row.plural) for row in custom_resource_rows() if row.mechanism == "applies"
    }
    assert applied - named == APART


def test_what_flux_applies_may_also_where_it_is_read():
    appliers = [one for one in KINDS if one.field == "flux_appliers"]
    assert all(may_hold_roles(f"{one.name}.{group}") for one in appliers for group in one.groups)
    assert len(appliers) == 2


def test_no_role_is_in_the_table():
    for row in role_carriers():
        found = find(f"{row.group}/v1", row.kind)
        assert found is None or not found.field.endswith(("roles", "role_bindings")), row
