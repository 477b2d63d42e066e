"""Acting as others: what the log shows of constrained impersonation stays that."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rbacgraph.advice.needs.needs import needs_of
from rbacgraph.advice.suggest.suggest import suggest
from rbacgraph.model.kubernetes.rbac import PolicyRule
from tests.advice.written_roles import CI, GROUPS, after, binding, cluster_of, logged, role
from tests.worlds import fewer

AUTHENTICATION = "authentication.k8s.io"
OTHERS = {
    "serviceaccount": {"username": "system:serviceaccount:pay:bot"},
    "user-info": {"username": "bob", "groups": ["ops", "system:authenticated"]},
}


def acting(verb="get", resource="pods", mode="serviceaccount", user=CI, who="serviceaccount"):
    """The event of a request as somebody else; no mode is the old impersonation."""
    return {
        "stage": "ResponseComplete",
        "requestURI": f"/api/v1/namespaces/shop/{resource}",
        "verb": verb,
        "user": {"username": user, "groups": list(GROUPS)},
        "impersonatedUser": OTHERS[who],
        "authenticationMetadata": {"impersonationConstraint": f"impersonate:{mode}"}
        if mode
        else {},
        "objectRef": {"resource": resource, "namespace": "shop"},
        "responseStatus": {"code": 200},
        "annotations": {"authorization.k8s.io/decision": "allow"},
    }


LEGACY = (PolicyRule(("impersonate",), ("",), ("serviceaccounts", "users", "groups")),)
AS = PolicyRule(
    ("impersonate:serviceaccount", "impersonate:user-info"),
    (AUTHENTICATION,),
    ("serviceaccounts", "users", "groups"),
)
ON = PolicyRule(
    tuple(f"impersonate-on:{mode}:{verb}" for mode in OTHERS for verb in ("get", "list")),
    ("",),
    ("pods", "secrets"),
)
STAR = PolicyRule(("*",), ("*",), ("*",))


def held(*rules, account="ci", name="own"):
    return (
        role(name, *rules, namespace=""),
        binding(f"{name}-{account}", name, namespace="", kind="ClusterRole", account=account),
    )


def written(result):
    return {
        f"{one.verb} {one.resource}" + ("" if one.name is None else f" {one.name}")
        for change in result.roles
        for one in (*change.kept, *change.added)
    }


CONSTRAINED = {
    "impersonate:serviceaccount serviceaccounts bot",
    "impersonate-on:serviceaccount:get pods",
}
OLD = {"impersonate serviceaccounts bot"}
KEPT = {
    "both are held": ([*LEGACY, AS, ON], [acting()], CONSTRAINED),
    "a star holds both": ([STAR], [acting()], CONSTRAINED),
    "only the old right is held today": ([*LEGACY], [acting()], OLD),
    "a part of the new one is held, and the old one": ([*LEGACY, AS], [acting()], OLD),
    "nothing is held today": ([PolicyRule(("get",), ("",), ("nodes",))], [acting()], CONSTRAINED),
    "the old right was used, too": ([*LEGACY, AS, ON], [acting(), acting(mode="")], OLD),
    "as a user in a group": (
        [STAR],
        [acting(mode="user-info", who="user-info")],
        {
            "impersonate:user-info users bob",
            "impersonate:user-info groups ops",
            "impersonate-on:user-info:get pods",
        },
    ),
    "two requests": (
        [*LEGACY, AS, ON],
        [acting(), acting("list", "secrets")],
        {*CONSTRAINED, "impersonate-on:serviceaccount:list secrets"},
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_constrained_impersonation_is_kept_as_it_was(case):
    rules, events, expected = KEPT[case]
    result = suggest(cluster_of(*held(*rules)), needs_of(logged(*events)), principal="sa:shop/ci")
    assert written(result) == expected


def test_whoever_shares_a_role_with_one_who_needs_the_old_right_gets_no_other():
    """Of two that do the same, the role holds what one of them needs, and each part is needed."""
    own = held(*LEGACY, AS, ON)
    other = binding("own-other", "own", namespace="", kind="ClusterRole", account="other")
    user = CI.replace(":ci", ":other")
    log = logged(acting(), acting(mode="", user=user))
    result = suggest(cluster_of(*own, other), needs_of(log), role="own", split=False)
    assert written(result) == OLD


def test_names_are_not_widened_to_the_old_right():
    from rbacgraph.advice.needs.widen import widening

    log = logged(acting(), {**acting(), "impersonatedUser": {"username": f"{CI}2"}})
    result = suggest(
        cluster_of(*held(STAR)),
        needs_of(log),
        principal="sa:shop/ci",
        widening=widening("exact", "any", None, secrets=False),
    )
    assert not any(words.startswith("impersonate ") for words in written(result))


EVENTS = st.builds(
    acting,
    st.sampled_from(["get", "list"]),
    st.sampled_from(["pods", "secrets"]),
    st.sampled_from(["serviceaccount", "", "user-info"]),
    st.sampled_from([CI, CI.replace(":ci", ":other")]),
    st.sampled_from(["serviceaccount", "user-info"]),
).filter(
    lambda one: (
        one["authenticationMetadata"].get("impersonationConstraint")
        in {
            None,
            f"impersonate:{next(k for k, v in OTHERS.items() if v == one['impersonatedUser'])}",
        }
    )
)
PARTS = st.lists(
    st.one_of(
        st.sampled_from([*LEGACY, AS, ON, STAR]),
        st.sampled_from([*LEGACY, AS, ON]).flatmap(
            lambda rule: st.sampled_from(rule.verbs).map(
                lambda verb: PolicyRule((verb,), rule.api_groups, rule.resources)
            )
        ),
    ),
    min_size=1,
    max_size=3,
)


BOT = PolicyRule(("impersonate:serviceaccount",), AS.api_groups, AS.resources)
GETS = PolicyRule(("impersonate-on:serviceaccount:get",), ON.api_groups, ON.resources)


@example([BOT, GETS], [STAR], [acting(), acting("list")], False, False)
@settings(max_examples=fewer(150))
@given(PARTS, PARTS, st.lists(EVENTS, min_size=1, max_size=4), st.booleans(), st.booleans())
def test_every_act_that_passes_today_passes_afterwards(mine, theirs, events, shared, split):
    """By all that was checked, or by all of the old right; and that is not given for nothing."""
    objects = [*held(*mine), *held(*theirs, account="other", name="their")]
    if shared:
        objects.append(binding("shared", "own", namespace="", kind="ClusterRole", account="other"))
    authorizer, log = cluster_of(*objects), logged(*events)
    result = suggest(authorizer, needs_of(log), split=split or None)
    changed = after(authorizer, result)

    def passes(rbac, user, act):
        return any(
            all(rbac.allows(request, user, GROUPS) for request in way)
            for way in (act.checked, act.legacy)
        )

    for caller in log.callers:
        for act in caller.impersonations:
            if passes(authorizer, caller.user, act):
                assert passes(changed, caller.user, act)
    used = any(not one["authenticationMetadata"] for one in events)
    whole = all(
        authorizer.allows(request, caller.user, GROUPS)
        for caller in log.callers
        for act in caller.impersonations
        for request in act.checked
    )
    if whole and not used and result.changes:
        assert not any(words.startswith("impersonate ") for words in written(result))
