"""What logs show to be needed: of real servers, by those who act as others, by laws."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.advice.needs.needs import needs_of
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needed, is_met
from rbacgraph.model.request import Request
from rbacgraph.sources.audit.audit import read_audit
from rbacgraph.sources.load import load
from tests.advice.mined_needs import GET, SECRET, event, mined, needed

FIELDS = ("verb", "group", "resource", "subresource", "namespace", "name")


def acting(number, other, mode="", **fields):
    """Alice does something as somebody else."""
    constraint = {"impersonationConstraint": f"impersonate:{mode}"} if mode else {}
    return event(number, impersonatedUser=other, authenticationMetadata=constraint, **fields)


@pytest.mark.parametrize("number", [1, 2])
def test_needs_of_a_real_log_are_the_calls_that_were_allowed(root, number):
    """Also where the server let it act as another by constrained impersonation."""
    folder = root / "fixtures" / "audit"
    truth = json.loads(gzip.decompress((folder / f"usage-{number}.truth.json.gz").read_bytes()))
    calls = [call for call in truth["calls"] if call["code"] != 403]
    wanted = {
        (call["user"], Request(*(call[field] for field in FIELDS), path=call["path"] or None))
        for call in calls
    }
    needs = needs_of(read_audit(folder / f"usage-{number}.log.gz"))
    users = {call["user"] for call in truth["calls"]}
    found = {
        (one.user, need.request) for one in needs.needing if one.user in users for need in one.needs
    }
    assert found == wanted


@pytest.mark.parametrize("number", [1, 2])
def test_needs_of_a_real_log_are_met_by_the_rbac_of_its_server(root, number):
    """By the groups that the log tells, constrained impersonation and all."""
    folder = root / "fixtures" / "audit"
    truth = json.loads(gzip.decompress((folder / f"usage-{number}.truth.json.gz").read_bytes()))
    users = {call["user"] for call in truth["calls"]}
    authorizer = Authorizer(load(folder / f"usage-{number}.objects.json.gz"))
    needs = needs_of(read_audit(folder / f"usage-{number}.log.gz"))
    asked = [one for one in needs.needing if one.user in users]
    assert {one.user for one in asked} == users
    for one in asked:
        for need in one.needs:
            assert is_met(need, lambda r, o=one: authorizer.allows(r, o.user, o.groups) is not None)


def test_what_was_denied_is_not_needed():
    denied = {"annotations": {"authorization.k8s.io/decision": "forbid"}}
    assert needs_of(mined(event(1, **denied))).needing == ()


def test_a_log_tells_groups_and_the_caller_tells_more():
    needs = needs_of(mined(event(1, groups=["devs"])), groups={"alice": ("night",)})
    (alice,) = needs.needing
    assert alice.groups == ("devs", "night", "system:authenticated")
    assert alice.needs == (Needed(request=GET, evidence=NeedEvidence.of(How.LOG), count=1),)


BOB = {"username": "bob", "groups": ["ops", "system:authenticated"]}
AS_BOB, AS_OPS = (
    Request("impersonate", "", "users", name="bob"),
    Request("impersonate", "", "groups", name="ops"),
)
AUTHENTICATION = "authentication.k8s.io"
CONSTRAINED = (
    Request("impersonate:user-info", AUTHENTICATION, "users", name="bob"),
    Request("impersonate:user-info", AUTHENTICATION, "groups", name="ops"),
    Request("impersonate-on:user-info:get", "", "secrets", "", "shop", "db"),
)


def test_acting_as_another_may_be_allowed_in_two_ways():
    needs = needed(needs_of(mined(acting(1, BOB, "user-info"))))
    assert needs.keys() == {AS_BOB, AS_OPS}
    assert set(needs[AS_BOB].instead) == set(CONSTRAINED)

    def met(*allowed):
        return all(is_met(one, allowed.__contains__) for one in needs.values())

    assert met(AS_BOB, AS_OPS)
    assert met(*CONSTRAINED)
    assert not met(AS_BOB, *CONSTRAINED[1:])
    assert not met(*CONSTRAINED[:2])
    assert not met()


def test_one_way_must_do_for_all_that_was_done():
    other = {**SECRET, "name": "tls"}
    needs = needed(
        needs_of(mined(acting(1, BOB, "user-info"), acting(2, BOB, "user-info", objectRef=other)))
    )
    assert len(needs[AS_BOB].instead) == 4
    assert needs[AS_BOB].count == 2


def test_where_constrained_impersonation_failed_the_old_right_must_stay():
    needs = needed(needs_of(mined(acting(1, BOB, "user-info"), acting(2, BOB))))
    assert needs[AS_BOB].instead == needs[AS_OPS].instead == ()
    assert needs[AS_BOB].count == 2


def test_as_a_node_nobody_acts_by_the_old_right():
    node = {"username": "system:node:n1", "groups": ["system:nodes", "system:authenticated"]}
    needs = needed(needs_of(mined(acting(1, node, "arbitrary-node"))))
    assert {one.verb for one in needs} == {
        "impersonate:arbitrary-node",
        "impersonate-on:arbitrary-node:get",
    }
    assert all(one.instead == () for one in needs.values())


def test_a_user_in_groups_of_headers_is_another_identity():
    log = mined(event(1, "bob", ["devs"]), acting(2, BOB), acting(3, {"username": "bob"}))
    groups = {one.groups for one in needs_of(log).needing if one.user == "bob"}
    assert groups == {
        ("devs", "system:authenticated"),
        ("ops", "system:authenticated"),
        ("system:authenticated",),
    }


def on(verb, url, code=200, **ref):
    return event(
        f"{verb} {url}",
        verb=verb,
        requestURI=url,
        objectRef=ref or None,
        responseStatus={"code": code},
    )


SHOP = "/api/v1/namespaces/shop"
POD = {"resource": "pods", "namespace": "shop", "name": "web-0"}
FIELD = {
    "two Secrets stay two": (
        [
            on("get", f"{SHOP}/secrets/a", resource="secrets", namespace="shop", name="a"),
            on("get", f"{SHOP}/secrets/b", resource="secrets", namespace="shop", name="b"),
        ],
        {
            Request("get", "", "secrets", "", "shop", "a"),
            Request("get", "", "secrets", "", "shop", "b"),
        },
    ),
    "two namespaces stay two": (
        [
            on("list", f"{SHOP}/pods", resource="pods", namespace="shop"),
            on("list", "/api/v1/namespaces/pay/pods", resource="pods", namespace="pay"),
        ],
        {
            Request("list", "", "pods", "", "shop"),
            Request("list", "", "pods", "", "pay"),
        },
    ),
    "list brings no watch": (
        [on("list", "/api/v1/pods", resource="pods")],
        {Request("list", "", "pods")},
    ),
    "update brings no patch": (
        [on("update", f"{SHOP}/pods/web-0", **POD)],
        {Request("update", "", "pods", "", "shop", "web-0")},
    ),
    "denied is not needed": ([on("get", f"{SHOP}/secrets/a", 403, **SECRET)], set()),
    "exec by WebSocket is get alone": (
        [on("get", f"{SHOP}/pods/web-0/exec?command=sh", 101, **POD, subresource="exec")],
        {Request("get", "", "pods", "exec", "shop", "web-0")},
    ),
    "exec keeps its name": (
        [on("create", f"{SHOP}/pods/web-0/exec?command=sh", 101, **POD, subresource="exec")],
        {Request("create", "", "pods", "exec", "shop", "web-0")},
    ),
    "a token request keeps its name": (
        [
            on(
                "create",
                f"{SHOP}/serviceaccounts/ci/token",
                201,
                resource="serviceaccounts",
                namespace="shop",
                name="ci",
                subresource="token",
            )
        ],
        {Request("create", "", "serviceaccounts", "token", "shop", "ci")},
    ),
    "create has none, though the log names one": (
        [on("create", f"{SHOP}/pods", 201, **POD)],
        {Request("create", "", "pods", "", "shop")},
    ),
    "a path has no query": ([on("get", "/logs/x?follow=true")], {Request("get", path="/logs/x")}),
    "a list of one name keeps it": (
        [on("list", f"{SHOP}/secrets?fieldSelector=metadata.name%3Ddb", **SECRET)],
        {Request("list", "", "secrets", "", "shop", "db")},
    ),
    "server-side apply that made needs create by name": (
        [on("patch", f"{SHOP}/pods/web-0?fieldManager=x", 201, **POD)],
        {
            Request("patch", "", "pods", "", "shop", "web-0"),
            Request("create", "", "pods", "", "shop", "web-0"),
        },
    ),
    "server-side apply that changed needs none": (
        [on("patch", f"{SHOP}/pods/web-0?fieldManager=x", 200, **POD)],
        {Request("patch", "", "pods", "", "shop", "web-0")},
    ),
}


@pytest.mark.parametrize("case", FIELD)
def test_what_others_get_wrong(case):
    """Each is what some tool of the field makes more of."""
    events, expected = FIELD[case]
    needs = needs_of(mined(*events))
    assert {need.request for one in needs.needing for need in one.needs} == expected


@pytest.mark.parametrize(("code", "blind"), [(101, False), (400, True), (404, True)])
def test_a_websocket_that_was_not_opened_is_a_blind_spot(code, blind):
    """One that was opened proves that create was allowed where the server asks for it."""
    log = mined(on("get", f"{SHOP}/pods/web-0/exec?command=sh", code, **POD, subresource="exec"))
    assert any("since Kubernetes 1.35" in str(spot) for spot in log.blind_spots) is blind


ACTS = st.tuples(
    st.sampled_from(["bob", "eve"]),
    st.sets(st.sampled_from(["ops", "devs"])).map(lambda names: tuple(sorted(names))),
    st.sampled_from(["", "user-info"]),
    st.sampled_from(["a", "b"]),
)
UNIVERSE = [
    *(Request("impersonate", "", "users", name=name) for name in ("bob", "eve")),
    *(Request("impersonate", "", "groups", name=name) for name in ("ops", "devs")),
    *(Request("impersonate:user-info", AUTHENTICATION, "users", name=n) for n in ("bob", "eve")),
    *(Request("impersonate:user-info", AUTHENTICATION, "groups", name=n) for n in ("ops", "devs")),
    *(Request("impersonate-on:user-info:get", "", "secrets", "", "shop", n) for n in ("a", "b")),
]


def passes(act, allowed):
    """Whether a server lets one act pass; what a log shows as legacy passed as that alone."""
    user, groups, mode, name = act

    def asked(verb, group):
        whom = Request(verb, group, "users", name=user)
        return {whom, *(Request(verb, group, "groups", name=one) for one in groups)}

    on = Request("impersonate-on:user-info:get", "", "secrets", "", "shop", name)
    legacy = asked("impersonate", "") <= allowed
    return legacy or (
        bool(mode) and {*asked("impersonate:user-info", AUTHENTICATION), on} <= allowed
    )


FEW = st.sets(st.sampled_from(UNIVERSE), max_size=4)
ALLOWED = FEW | FEW.map(lambda gone: set(UNIVERSE) - gone)


@given(st.lists(ACTS, min_size=1, max_size=4), ALLOWED)
def test_needs_are_met_where_a_server_lets_every_act_pass(acts, allowed):
    log = mined(
        *(
            acting(
                number,
                {"username": user, "groups": [*groups, "system:authenticated"]},
                mode,
                objectRef={**SECRET, "name": name},
            )
            for number, (user, groups, mode, name) in enumerate(acts)
        )
    )
    needs = needed(needs_of(log)).values()
    met = all(is_met(one, allowed.__contains__) for one in needs)
    assert met == all(passes(act, allowed) for act in acts)
