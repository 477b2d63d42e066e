"""Suggestions and cuts where the input holds roles and bindings in several versions."""

import io
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.changes.changeable_grants import ChangeableGrants
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.planning.passing_on import replayed_writes
from rbacgraph.advice.planning.plan import AllowedRequests
from rbacgraph.advice.proof.suggestion_proof import enough
from rbacgraph.advice.suggest.suggest import suggest
from rbacgraph.api.cluster import Cluster
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.questions.escalation_check import may_pass_on, passing_on
from rbacgraph.model.changes.change import key_of
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.rbac_write import RbacWrite
from rbacgraph.model.inputs.required_requests import Needed, Needing, Needs
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.meta import RbacMeta, SecretMeta
from rbacgraph.model.kubernetes.rbac import PolicyRule, Role, RoleBinding, RoleRef, Subject
from rbacgraph.model.request import Request
from tests.worlds import fewer

USERS = ("amy", "bob")
STATED = NeedEvidence.of(How.STATED, "need.txt:1")


def role(name, *rules):
    return Role(
        metadata=RbacMeta(name, "shop"),
        rules=tuple(PolicyRule((verb,), ("",), (resource,)) for verb, resource in rules),
    )


def binding(name, to, *users):
    subjects = tuple(Subject("User", user) for user in users)
    return RoleBinding(
        metadata=RbacMeta(name, "shop"), role_ref=RoleRef("Role", to), subjects=subjects
    )


def snapshot_of(objects, **rest):
    roles = tuple(obj for obj in objects if isinstance(obj, Role))
    bindings = tuple(obj for obj in objects if isinstance(obj, RoleBinding))
    return Snapshot(roles=roles, role_bindings=bindings, **rest)


def needing(user, *requests):
    return Needing(
        user=user,
        groups=(),
        needs=tuple(
            Needed(request=Request(verb, "", resource, namespace="shop"), evidence=STATED)
            for verb, resource in requests
        ),
    )


def servers(objects):
    """What a server may hold: one version of each object."""
    versions = {}
    for obj in objects:
        versions.setdefault(key_of(obj), []).append(obj)
    return [snapshot_of(choice) for choice in product(*versions.values())]


def is_allowed(snapshot, user, request):
    return Authorizer(snapshot).allows(request, user, ()) is not None


RIGHTS = st.tuples(st.sampled_from(["get", "*"]), st.sampled_from(["secrets", "pods"]))
ASKED = st.tuples(st.just("get"), st.sampled_from(["secrets", "pods"]))
ROLES = st.lists(RIGHTS, max_size=2).map(tuple)
BOUND = st.tuples(st.sampled_from("rq"), st.lists(st.sampled_from(USERS), unique=True).map(tuple))


def one_or_two(versions):
    return st.lists(versions, min_size=1, max_size=2, unique=True)


@st.composite
def inputs(draw):
    found = [role(name, *rules) for name in "rq" for rules in draw(one_or_two(ROLES))]
    bound = [(name, one) for name in "ab" for one in draw(one_or_two(BOUND))]
    return (*found, *(binding(name, to, *users) for name, (to, users) in bound))


QUESTIONS = [{"principal": "user:amy"}, {"role": "shop/r"}, {}, {"role": "shop/r", "split": False}]


@settings(max_examples=fewer(200))
@given(inputs(), st.lists(ASKED, min_size=1, unique=True), st.sampled_from(QUESTIONS))
def test_what_is_needed_and_sure_stays_so_whatever_a_server_holds(objects, asked, question):
    authorizer = Authorizer(snapshot_of(objects))
    needs = Needs(needing=tuple(needing(user, *asked) for user in USERS))
    assume("role" not in question or ("Role", "shop", "r") in ChangeableGrants(authorizer).by_role)
    result = suggest(authorizer, needs, **question)
    several = authorizer.versions.several
    assert not [change.key for change in result.changes if change.key in several]
    for one in needs.needing:
        for request in (needed.request for needed in one.needs):
            if authorizer.surely_allows(request, one.user, ()):
                for server in servers(objects):
                    assert is_allowed(applied(server, result.changes), one.user, request)
    gives_nobody_more(objects, result)


def gives_nobody_more(objects, result):
    """Whatever a server holds, it allows afterwards only what it allowed, and what is added."""
    added = {
        (one.principal, one.permission.verb, one.permission.resource) for one in result.additions
    }
    for server in servers(objects):
        after = applied(server, result.changes)
        for user, verb, resource in product(USERS, ("get", "other"), ("secrets", "pods", "other")):
            request = Request(verb, "", resource, namespace="shop")
            if is_allowed(after, user, request) and not is_allowed(server, user, request):
                assert (f"user:{user}", verb, resource) in added


OWN = role("own", ("get", "secrets"), ("get", "pods"))
TO_OWN = binding("own", "own", "amy")
VERSIONS = (role("r", ("get", "secrets")), role("r", ("get", "pods")))
TO_R = binding("r", "r", "amy")


def test_what_one_version_gives_is_no_reason_to_take_away_the_rest():
    authorizer = Authorizer(snapshot_of([OWN, TO_OWN, *VERSIONS, TO_R]))
    needs = Needs(needing=(needing("amy", ("get", "secrets")),))
    result = suggest(authorizer, needs, role="shop/own")
    (kept,) = result.roles
    assert [(one.verb, one.resource) for one in kept.kept] == [("get", "secrets")]


@pytest.mark.parametrize("logged", [False, True])
def test_a_new_role_makes_certain_what_a_log_shows_and_no_more(logged):
    authorizer = Authorizer(snapshot_of([*VERSIONS, TO_R]))
    (need,) = (one := needing("amy", ("get", "secrets"))).needs
    evidence = NeedEvidence.of(How.LOG) if logged else STATED
    need = replace(need, evidence=evidence, count=int(logged))
    result = suggest(authorizer, Needs(needing=(replace(one, needs=(need,)),)), role="shop/r")
    made = [change.after for change in result.changes if isinstance(change.after, Role)]
    assert [one.rules for one in made] == ([role("r", ("get", "secrets")).rules] if logged else [])
    (left,) = result.changes[-1:] or (None,)
    assert left is None or left.after.subjects == ()


def test_nobody_is_taken_out_of_a_binding_whose_versions_differ():
    """Written again, it would give the role of one version to the subjects of both."""
    other = role("other", ("get", "pods"))
    twice = [binding("b", "own", "amy"), binding("b", "other", "bob")]
    authorizer = Authorizer(snapshot_of([OWN, other, *twice]))
    needs = Needs(needing=(needing("amy", ("get", "pods")),))
    result = suggest(authorizer, needs, principal="user:amy")
    assert result.changes == ()
    assert any(
        "holds RoleBinding shop/b, which gives it, in several" in str(n) for n in result.notes
    )


@pytest.mark.parametrize("kept", [True, False])
def test_a_proof_takes_no_version_for_a_certainty(kept):
    before = Authorizer(snapshot_of([OWN, TO_OWN, *VERSIONS, TO_R]))
    left = [OWN, TO_OWN] if kept else [*VERSIONS, TO_R]
    after = Authorizer(snapshot_of(left))
    needs = [needing("amy", ("get", "secrets"))]
    if kept:
        assert enough(AllowedRequests(before), AllowedRequests(after), needs)[1] == 0
    else:
        with pytest.raises(UnprovenError) as refused:
            enough(AllowedRequests(before), AllowedRequests(after), needs)
        assert refused.value.why.code is Say.IS_DENIED


def test_a_cut_leaves_what_is_needed_to_no_version():
    """Helm keeps the role, so nothing but the subject could be taken out."""
    labels = {"app.kubernetes.io/managed-by": "Helm"}
    kept = replace(OWN, metadata=RbacMeta("own", "shop", labels=labels))
    objects = [kept, TO_OWN, role("r", ("get", "pods")), role("r", ("get", "nodes")), TO_R]
    secret = Secret(metadata=SecretMeta("s", "shop"))
    cluster = Cluster(snapshot_of(objects, secrets=(secret,)))
    need = io.BytesIO(b"user:amy get pods -n shop\n")
    result = cluster.cut(secret="shop/s", need=need).result
    assert [one.principal for one in result.uncut] == ["user:amy"]
    assert result.changes == ()


WRITES = st.lists(RIGHTS, min_size=1, max_size=2, unique=True)
LEFT = st.lists(st.booleans(), min_size=8, max_size=8)


def written(*rules):
    passed = role("new", *rules).rules
    return RbacWrite(
        verb="create", kind="Role", namespace="shop", name="new", rules=passed, evidence=STATED
    )


def passes(snapshot, write):
    return may_pass_on(Authorizer(snapshot), passing_on(write), "amy", ())


@settings(max_examples=fewer(300))
@given(inputs(), WRITES, LEFT)
def test_a_replayed_write_passes_whatever_a_server_holds(objects, rules, left):
    """The proof counts what each choice of versions lets pass, and says what may fail."""
    write, own = written(*rules), [OWN, TO_OWN]
    kept = [obj for obj, stays in zip(own, left, strict=False) if stays]
    before, after = ([*objects, *own], [*objects, *kept])
    one = replace(needing("amy"), writes=(write,))
    number, doubts = replayed_writes(
        Authorizer(snapshot_of(before)), Authorizer(snapshot_of(after)), [one]
    )
    had = [passes(server, write) for server in servers(before)]
    has = [passes(server, write) for server in servers(after)]
    assert number == (any(had) and all(has))
    assert len(doubts) == (any(had) and not all(has) and (all(had) or not any(has)))


@pytest.mark.parametrize("kept", [True, False])
def test_a_write_of_unknown_rules_may_fail_where_one_version_alone_gives_as_much(kept):
    write = replace(written(), rules=None)
    one = replace(needing("amy"), writes=(write,))
    before = Authorizer(snapshot_of([OWN, TO_OWN, *VERSIONS, TO_R]))
    after = Authorizer(snapshot_of([*([OWN, TO_OWN] if kept else []), *VERSIONS, TO_R]))
    _, doubts = replayed_writes(before, after, [one])
    assert len(doubts) == (not kept)
