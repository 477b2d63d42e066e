"""Laws of escalation prevention on random roles, bindings and writes of them."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rbacgraph.advice.changes.permissions import rule_of
from rbacgraph.authz.coverage import breakdown
from rbacgraph.authz.questions.escalation_check import may_pass_on, may_write, passing_on
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, PolicyRule
from tests.advice.written_roles import (
    CI,
    GROUPS,
    RESOURCES,
    WRITES,
    after,
    binding,
    cluster_of,
    event,
    logged,
    role,
    suggested,
    wire,
)
from tests.worlds import fewer

ENTRIES = st.lists(st.sampled_from(["get", "list", "*"]), min_size=1, max_size=2, unique=True)
GROUP_NAMES = st.lists(st.sampled_from(["", "apps", "*"]), min_size=1, max_size=2, unique=True)
THINGS = st.lists(
    st.sampled_from(["secrets", "pods", "pods/log", "*/log", "*"]), min_size=1, max_size=2
)
NAMES = st.sampled_from([None, None, ("a",), ("a", "b")])
RULES = st.builds(
    lambda verbs, groups, things, names: PolicyRule(
        tuple(verbs), tuple(groups), tuple(things), names
    ),
    ENTRIES,
    GROUP_NAMES,
    THINGS,
    NAMES,
)
DELEGATION = st.builds(
    lambda verbs, resources, names: PolicyRule(
        tuple(verbs), (RBAC_GROUP,), tuple(resources), names
    ),
    st.lists(
        st.sampled_from(["create", "update", "patch", "bind", "escalate", "*"]),
        min_size=1,
        max_size=3,
        unique=True,
    ),
    st.lists(st.sampled_from([*RESOURCES.values(), "*"]), min_size=1, max_size=2, unique=True),
    st.sampled_from([None, None, ("w",), ("theirs",)]),
)
URLS = st.just(PolicyRule(("get",), non_resource_urls=("/metrics", "/logs/*")))
SCOPES = st.sampled_from(["shop", "shop", "pay", ""])


@st.composite
def worlds(draw):
    """A cluster, and the write of a role or binding by ci."""
    objects = []
    for number in range(draw(st.integers(1, 3))):
        scope, wide = draw(SCOPES), draw(st.booleans())
        rules = draw(st.lists(st.one_of(RULES, DELEGATION), min_size=1, max_size=3))
        name = f"held{number}"
        if wide or not scope:
            rules += draw(st.lists(URLS, max_size=1))
            objects.append(role(name, *rules, namespace=""))
        else:
            objects.append(role(name, *rules, namespace=scope))
        kind = type(objects[-1]).__name__
        objects.append(binding(f"ci{number}", name, namespace=scope, kind=kind))
    objects.append(role("writer", WRITES, namespace=""))
    objects.append(binding("writer", "writer", namespace="", kind="ClusterRole"))
    own = [rule for obj in objects for rule in getattr(obj, "rules", ())]
    rule = st.one_of(st.sampled_from(own), st.sampled_from(own), RULES)
    scope = draw(SCOPES)
    theirs = role("theirs", *draw(st.lists(rule, max_size=2)), namespace=draw(SCOPES))
    if draw(st.booleans()):
        rules = draw(st.lists(rule, max_size=2))
        made = role(
            "w", *(r for r in rules if not (scope and r.non_resource_urls)), namespace=scope
        )
    else:
        to = draw(st.sampled_from([theirs, *(o for o in objects if hasattr(o, "rules"))]))
        made = binding(
            "w", to.metadata.name, namespace=scope, kind=type(to).__name__, account="web"
        )
    there = draw(st.booleans())
    found = [*objects, theirs, *([made] if there else [])]
    return found, made, draw(st.sampled_from(["create", "update", "patch"])), there


@settings(max_examples=fewer(150))
@given(worlds(), st.booleans(), st.sampled_from([{}, {"split": True}, {"principal": None}]))
def test_a_write_that_is_allowed_stays_so(world, told, options):
    """Where the log or the input holds the object; and no more is kept than that takes."""
    objects, made, verb, there = world
    authorizer = cluster_of(*objects)
    assume(may_write(authorizer, made, CI, GROUPS, verb))
    told = told or not there
    body = {"level": "Request", "requestObject": wire(made)} if told else {}
    code = 201 if verb == "create" or not there else 200
    result = suggested(authorizer, logged(event(verb, made, code, **body)), **options)
    stays = bool(may_write(after(authorizer, result), made, CI, GROUPS, verb))
    assert stays or result.proof.doubts
    parts = passed_parts(made, objects)
    inert = made.metadata.namespace and any(part.non_resource_urls for part in parts)
    assert inert or not result.proof.doubts, "URLs that a RoleBinding gives no Role can hold"

    refused = suggested(authorizer, logged(event(verb, made, 403)), **options)
    assert refused.proof.doubts == ()
    kept = {one for change in refused.roles for one in change.kept}
    assert {one.verb for one in kept} <= {"create", "update", "patch", "bind", "escalate"}
    for change in result.roles:
        for one in set(change.kept) - kept:
            asked = one.group == RBAC_GROUP and one.verb in {"create", "bind", "escalate"}
            assert asked or rule_of(one) in parts


def passed_parts(made, objects):
    """The smallest parts of what a write passes on."""
    roles = [made]
    if not hasattr(made, "rules"):
        place = made.metadata.namespace if made.role_ref.kind == "Role" else ""
        key = made.role_ref.kind, place, made.role_ref.name
        roles = [
            obj
            for obj in objects
            if (type(obj).__name__, obj.metadata.namespace, obj.metadata.name) == key
        ]
    return [part for obj in roles for rule in obj.rules or () for part in breakdown(rule)]


@settings(max_examples=fewer(100))
@given(worlds())
def test_escalation_prevention_is_one(world):
    """What decides a whole write and what decides on escalation alone agree."""
    objects, made, verb, _ = world
    authorizer = cluster_of(*objects)
    log = logged(event(verb, made, requestObject=wire(made)))
    (caller,) = (one for one in log.callers if one.user == CI)
    write = caller.passed[0].write
    if not write.is_role:
        place = made.metadata.namespace
        found = authorizer.find_role(write.role_kind, place, write.role)
        assume(found)
        write = replace(write, rules=tuple(rule for one in found for rule in one.rules or ()))
    decision = may_write(authorizer, made, CI, GROUPS, verb)
    assume("invalid" not in decision.reason)
    assert bool(decision) is may_pass_on(authorizer, passing_on(write), CI, GROUPS)
