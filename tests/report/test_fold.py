"""What is one route, and what is not."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Hop, Path, UsedRight
from rbacgraph.model.condition import CERTAIN, If
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.paths.fold_paths import fold_principals, fold_targets, shared_evidence
from rbacgraph.report.text.paths.fold_secrets import PathCoder, fold_secrets, routes_to
from rbacgraph.report.text.paths.routes import route_lines
from tests.report.records.paths import create_pod, read, tenant, three_secrets, through_pod
from tests.report.records.shared import DB


def test_principals_of_the_same_rule_fold_whatever_binds_them():
    (route,) = fold_principals([tenant(1), tenant(2)])
    assert route.names == ("serviceaccount:tenant-01/operator", "serviceaccount:tenant-02/operator")
    common, differing = shared_evidence(route)
    assert [e.kind for e in common] == ["ClusterRole"]
    assert [e.name for e in differing] == ["tenant-01-ops", "tenant-02-ops"]


def test_a_membership_before_the_grant_does_not_keep_paths_apart():
    direct = read("user:alice")
    group = Evidence("Group", "", "dev", detail="holds user:bob")
    hop = replace(direct.hops[0], source="user:bob", evidence=(group, *direct.hops[0].evidence))
    assert len(fold_principals([direct, replace(direct, principal="user:bob", hops=(hop,))])) == 1


def test_another_rule_condition_effort_or_target_keeps_paths_apart():
    path = read("user:alice")
    (hop,) = path.hops
    binding, role = hop.evidence
    others = [
        replace(hop, evidence=(binding, replace(role, rule=0))),
        replace(hop, condition=If.POD_STARTS()),
        replace(hop, effort=9),
        replace(hop, edge="other"),
    ]
    paths = [replace(path, principal=f"user:{n}", hops=(h,)) for n, h in enumerate(others)]
    elsewhere = replace(path, target="secret:shop/tls")
    assert len(fold_principals([path, *paths, elsewhere])) == 6


def test_later_hops_must_be_the_same_to_the_last_evidence():
    one, two = through_pod("user:a"), through_pod("user:b")
    assert len(fold_principals([one, two])) == 1
    pod = replace(two.hops[1], evidence=(replace(two.hops[1].evidence[0], line=9),))
    assert len(fold_principals([one, replace(two, hops=(two.hops[0], pod))])) == 2


def test_order_is_that_of_the_first_path():
    routes = fold_principals([tenant(2), create_pod("user:c"), tenant(1)])
    assert [route.names[0] for route in routes] == [
        "serviceaccount:tenant-02/operator",
        "user:c",
    ]
    assert len(routes[0].paths) == 2


def test_targets_fold_where_only_the_last_target_differs():
    tls = "secret:shop/tls"
    paths = [(DB, read("user:a", DB)), (tls, read("user:a", tls))]
    (route,) = fold_targets(paths)
    assert route.names == (DB, tls)


def test_targets_of_two_kinds_do_not_fold():
    one, two = create_pod("user:a", DB), create_pod("user:a", "serviceaccount:shop/ci")
    assert len(fold_targets([(DB, one), ("serviceaccount:shop/ci", two)])) == 2


def test_folding_loses_no_path():
    paths = [tenant(n) for n in range(1, 13)] + [read("user:a"), create_pod("user:a")]
    folded = [path for route in fold_principals(paths) for path in route.paths]
    assert sorted(folded, key=repr) == sorted(paths, key=repr)


def test_secrets_fold_where_the_same_principals_reach_them_the_same_way():
    groups = fold_secrets(three_secrets().secrets).groups
    assert [[s.secret for s in group.secrets] for group in groups] == [
        ["secret:shop/api-key", "secret:shop/tls"],
        ["secret:shop/db-credentials"],
    ]


def test_folded_secrets_stay_in_order_and_groups_hold_the_paths_to_their_first():
    secrets = three_secrets().secrets
    folded = fold_secrets(secrets)
    assert folded.secrets == [replace(one, paths=()) for one in secrets]
    assert [group.lead for group in folded.groups] == [secrets[0], secrets[1]]
    assert [path.target for path in secrets[2].paths] == [secrets[2].secret] * len(secrets[2].paths)


def test_one_secret_has_a_line_for_each_route_in_their_order():
    (first, *_) = three_secrets().secrets
    twice = replace(first, paths=first.paths * 2)
    folded = fold_secrets([twice])
    routes = routes_to(twice.paths)
    assert [line.names for line in folded.lines] == [route.names for route in routes]
    assert folded.paths(folded.lines) == [route.paths for route in routes]
    assert list(folded.groups[0].lines) == list(range(len(routes)))


def test_routes_that_read_alike_are_one_line_about_all_secrets():
    secrets = three_secrets().secrets
    folded = fold_secrets(secrets)
    for number, line in enumerate(folded.lines):
        assert [number in group.lines for group in folded.groups] == [
            place in line.groups for place in range(len(folded.groups))
        ]
        assert line.secrets == len(folded.secrets_of(line))
        (paths,) = folded.paths([line])
        assert tuple(path.principal for path in paths) == line.names
        assert {path.certain for path in paths} == {line.certain}
    assert sum(len(line.groups) for line in folded.lines) == sum(
        len(routes_to(group.paths)) for group in folded.groups
    )


def test_what_stands_beside_keeps_secrets_apart():
    one, _, two = three_secrets().secrets
    assert len(fold_secrets([one, replace(two, folded=("user:x",))]).groups) == 2
    assert len(fold_secrets([one, replace(two, truncated=1)]).groups) == 2


_WORDS = st.sampled_from(["a", "b"])
_HOPS = st.builds(
    Hop,
    edge=_WORDS,
    source=_WORDS,
    target=_WORDS,
    text=_WORDS,
    effort=st.integers(1, 2),
    evidence=st.sampled_from([(), (Evidence("Role", "x", "y", rule=1),)]),
    condition=st.sampled_from([CERTAIN, If.POD_STARTS()]),
    others=st.sampled_from([(), ("a",)]),
    right=st.sampled_from([UNSET, UsedRight(("get",), ("secrets",))]),
)
_PATHS = st.builds(Path, _WORDS, _WORDS, st.lists(_HOPS, min_size=1, max_size=3).map(tuple))


def _apart(path):
    """What keeps paths to Secrets of different groups apart."""
    return path.principal, path.hops[:-1], path.hops[-1].deed


@given(st.lists(st.lists(_PATHS, max_size=3), max_size=4))
def test_coded_paths_come_back_and_are_as_different_as_before(several):
    coder = PathCoder()
    coded = [coder.code(paths) for paths in several]
    for paths, (_, made) in zip(several, coded, strict=True):
        assert list(made) == paths
        assert [made[place] for place in range(len(paths))] == paths
    for (one, (code, _)), (other, (its, _)) in combinations(zip(several, coded, strict=True), 2):
        assert (code == its) is ([*map(_apart, one)] == [*map(_apart, other)])


def test_a_kind_whose_name_is_a_plural_gets_no_s_more():
    listing = [Evidence("SecurityContextConstraints", "", name) for name in ("ours", "theirs")]
    paths = [read("user:alice"), read("user:bob")]
    listed = [
        replace(path, hops=(replace(path.hops[0], evidence=(*path.hops[0].evidence, one)),))
        for path, one in zip(paths, listing, strict=True)
    ]
    (route,) = fold_principals(listed)
    assert "  2 SecurityContextConstraints: ours, theirs" in "\n".join(
        route_lines(route, 1, Look())
    )


def test_names_leave_room_for_the_place_that_they_share():
    def with_constraint(number):
        constraint = f"constraint-{number}"
        more = Evidence("SecurityContextConstraints", "", constraint, file="scc.yaml", line=7)
        path = read(f"user:{number}")
        (hop,) = path.hops
        return replace(path, hops=(replace(hop, evidence=(*hop.evidence, more)),))

    (route,) = fold_principals(map(with_constraint, range(30)))
    (line,) = (one for one in route_lines(route, 1, Look(width=90)) if ": constraint-0" in one)
    names = "       30 SecurityContextConstraints: constraint-0, constraint-1 (+28 more)"
    assert line == f"{names}     scc.yaml:7"
