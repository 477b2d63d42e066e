"""What is suggested is enough and no more: worlds of all sorts, decided by another evaluator."""

from itertools import permutations, product
from math import lcm

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.needs.widen import Widening
from rbacgraph.advice.notes.notes import resting
from rbacgraph.advice.planning.plan import plan
from rbacgraph.advice.planning.write_roles import RoleDrafting
from rbacgraph.advice.saved.recheck import contradictions, recheck
from rbacgraph.advice.suggest.suggest import asked_of, suggest
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import breakdown
from rbacgraph.authz.prepare import prepare
from rbacgraph.model.changes.change import Change, key_of
from rbacgraph.model.changes.saved_suggestion import SavedSuggestion
from rbacgraph.model.changes.statement import NOTHING
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needed, Needing, Needs
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, RbacMeta
from rbacgraph.model.kubernetes.rbac import (
    RBAC_GROUP,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacgraph.model.request import Request
from tests.worlds import fewer

VERBS = ("get", "list", "bind")
RESOURCES = ("secrets", "pods", "pods/log", "nodes")
NAMES = ("", "x", "y")
SCOPES = ("", "shop", "pay")
PATHS = ("/metrics", "/logs/a")
TWICE = "granted twice"
STATED = NeedEvidence.of(How.STATED, "need.txt:1")
ACCOUNT = "system:serviceaccount:shop:ci"
IDENTITIES = (
    (ACCOUNT, ("system:authenticated", "system:serviceaccounts", "system:serviceaccounts:shop")),
    ("alice", ("ops", "system:authenticated")),
    ("bob", ("system:authenticated",)),
)
REQUESTS = (
    *(
        Request(verb, "", *resource.partition("/")[::2], namespace, name)
        for verb, resource, namespace, name in product(VERBS, RESOURCES, SCOPES, NAMES)
    ),
    *(Request("get", path=path) for path in PATHS),
)


def allows(snapshot, user, groups, request):
    """Decide a request without any of the product's code."""
    for binding in (*snapshot.cluster_role_bindings, *snapshot.role_bindings):
        namespace = binding.metadata.namespace
        if namespace and namespace != request.namespace:
            continue
        if not any(is_subject(s, namespace, user, groups) for s in binding.subjects or ()):
            continue
        roles = snapshot.roles if binding.role_ref.kind == "Role" else snapshot.cluster_roles
        for role in roles:
            place = namespace if binding.role_ref.kind == "Role" else ""
            named = (role.metadata.namespace, role.metadata.name) == (place, binding.role_ref.name)
            if named and any(rule_says(rule, request) for rule in role.rules or ()):
                return True
    return False


def is_subject(subject, namespace, user, groups):
    if subject.kind == "Group":
        return subject.name in groups
    if subject.kind == "User":
        return subject.name == user
    return user == f"system:serviceaccount:{subject.namespace or namespace}:{subject.name}"


def rule_says(rule, request):
    if not {request.verb, "*"} & set(rule.verbs or ()):
        return False
    if request.path is not None:
        urls = rule.non_resource_urls or ()
        return any(
            u == request.path or (u[-1] == "*" and request.path.startswith(u[:-1])) for u in urls
        )
    full = request.resource + (f"/{request.subresource}" if request.subresource else "")
    wanted = {"*", full} | ({f"*/{request.subresource}"} if request.subresource else set())
    return bool(
        {request.group, "*"} & set(rule.api_groups or ())
        and wanted & set(rule.resources or ())
        and (not rule.resource_names or request.name in rule.resource_names)
    )


def some(values, most, least=1):
    """Several values in any order, each number of them as often: one draw, not one for each."""
    found = [[*permutations(values, number)] for number in range(least, most + 1)]
    times = lcm(*map(len, found))
    return st.sampled_from([one for same in found for one in same * (times // len(same))])


rules = st.builds(
    lambda verbs, groups, resources, names: PolicyRule(verbs, groups, resources, names or None),
    some((*VERBS, "*"), 2),
    some(("", "*", "apps"), 1),
    some((*RESOURCES, "*", "*/log"), 2),
    some(NAMES, 2, least=0),
)
url_rules = st.builds(
    lambda urls: PolicyRule(("get",), non_resource_urls=urls),
    some(("/metrics", "/logs/*", "*"), 2),
)
SUBJECTS = (
    Subject("ServiceAccount", "ci", "shop"),
    Subject("User", "alice"),
    Subject("Group", "ops"),
    Subject("Group", "system:serviceaccounts"),
    Subject("User", "nobody"),
)
subjects_of_one = some(SUBJECTS, 2)
LABELS = (None, None, None, {"app.kubernetes.io/managed-by": "Helm"})


@st.composite
def worlds(draw):
    cluster_roles = [
        ClusterRole(
            metadata=ClusterRoleMeta(name, labels=draw(st.sampled_from(LABELS))),
            rules=tuple(draw(st.lists(st.one_of(rules, url_rules), max_size=2))),
        )
        for name in ("one", "two")
    ]
    roles = [
        Role(metadata=RbacMeta("local", scope), rules=tuple(draw(st.lists(rules, max_size=2))))
        for scope in ("shop", "pay")
    ]
    bindings, cluster_bindings = [], []
    for number in range(draw(st.integers(1, 4))):
        subjects = draw(subjects_of_one)
        scope = draw(st.sampled_from(SCOPES))
        kind = draw(st.sampled_from(("Role", "ClusterRole"))) if scope else "ClusterRole"
        name = "local" if kind == "Role" else draw(st.sampled_from(("one", "two")))
        ref = RoleRef(kind, name)
        meta = RbacMeta(f"b{number}", scope)
        if scope:
            bindings.append(RoleBinding(metadata=meta, role_ref=ref, subjects=subjects))
        else:
            cluster_bindings.append(
                ClusterRoleBinding(metadata=meta, role_ref=ref, subjects=subjects)
            )
    snapshot = Snapshot(
        cluster_roles=tuple(cluster_roles),
        roles=tuple(roles),
        role_bindings=tuple(bindings),
        cluster_role_bindings=tuple(cluster_bindings),
    )
    return prepare(snapshot, bootstrap=False)


@st.composite
def needed(draw, snapshot):
    """What each identity asked for; of the log what was allowed, of statements anything."""
    found = []
    for user, groups in IDENTITIES:
        asked = draw(st.lists(st.sampled_from(REQUESTS), max_size=5, unique=True))
        seen = [r for r in asked if allows(snapshot, user, groups, r)]
        stated = draw(st.lists(st.sampled_from(REQUESTS), max_size=1))
        needs = [Needed(request=r, evidence=NeedEvidence.of(How.LOG), count=1) for r in seen]
        needs += [Needed(request=r, evidence=STATED) for r in stated if r not in seen]
        if needs:
            found.append(Needing(user=user, groups=groups, needs=tuple(needs)))
    return Needs(needing=tuple(found))


questions = st.sampled_from(
    (
        {"principal": "sa:shop/ci"},
        {"principal": "user:alice"},
        {"principal": "group:ops"},
        {"role": "one"},
        {"role": "shop/local"},
        {},
    )
)


def answer(snapshot, needs, question, split, widening=None):
    authorizer = Authorizer(snapshot)
    asked = askable(authorizer, question)
    return suggest(authorizer, needs, split=split, widening=widening, **asked)


def askable(authorizer, question):
    """Return the question, or that about every role where nobody has that role."""
    if role := question.get("role"):
        namespace, _, name = role.rpartition("/")
        kind = "Role" if namespace else "ClusterRole"
        bound = any(
            (b.role_ref.kind, b.role_ref.name) == (kind, name)
            and b.metadata.namespace in ({namespace} if namespace else set(SCOPES))
            for b in authorizer.bindings
        )
        if not bound:
            return {}
    return question


@given(st.data(), worlds(), questions, st.sampled_from((None, True, False)))
@settings(max_examples=fewer(300))
def test_a_suggestion_is_enough_and_no_more(data, snapshot, question, split):
    needs = data.draw(needed(snapshot))
    found = answer(snapshot, needs, question, split)
    after = applied(snapshot, found.changes)
    told = {(one.principal, one.scope) for one in found.additions}
    for user, groups in IDENTITIES:
        own = next(
            (one.needs for one in found.needs if (one.user, one.groups) == (user, groups)), ()
        )
        wanted = {one.request for one in own}
        for request in REQUESTS:
            before = allows(snapshot, user, groups, request)
            now = allows(after, user, groups, request)
            if before and request in wanted:
                assert now, ("not enough", user, request)
            if now and not before:
                assert told, ("more", user, request)
                assert any(is_within(request, one) for one in wanted), ("more", user, request)
        if question.get("principal") == "sa:shop/ci" and user == ACCOUNT:
            assert all(allows(after, user, groups, one) for one in wanted)
    each_permission_is_needed(snapshot, found)


def is_within(request, need):
    return (
        (request.verb, request.resource, request.subresource, request.path)
        == (need.verb, need.resource, need.subresource, need.path)
        and need.name in {"", request.name}
        and need.namespace in {"", request.namespace}
    )


def each_permission_is_needed(snapshot, found):
    """Take away one permission after another of what is written: each time somebody misses it."""
    for change in found.changes:
        if not isinstance(change.after, Role | ClusterRole):
            continue
        parts = [part for rule in change.after.rules or () for part in breakdown(rule)]
        for part in parts:
            if any(covers_part(other, part) for other in parts if other != part):
                continue
            less = replace(change.after, rules=tuple(other for other in parts if other != part))
            others = [c for c in found.changes if c.key != change.key]
            world = applied(
                snapshot, [*others, Change(before=change.before, after=less, why=NOTHING)]
            )
            assert any(
                not allows(world, one.user, one.groups, need.request)
                for one in found.needs
                for need in one.needs
                if allows(applied(snapshot, found.changes), one.user, one.groups, need.request)
            ), ("idle", change.key, part)


def covers_part(wide, part):
    """Whether one smallest part allows all that another does."""
    if part.non_resource_urls or wide.non_resource_urls:
        return False
    (resource,), (other,) = part.resources, wide.resources
    sub = resource.partition("/")[2]
    return (
        wide.verbs in {part.verbs, ("*",)}
        and wide.api_groups in {part.api_groups, ("*",)}
        and (other in {resource, "*"} or (bool(sub) and other == f"*/{sub}"))
        and (not wide.resource_names or wide.resource_names == part.resource_names)
    )


@given(st.data(), worlds(), questions, st.sampled_from((None, True, False)))
@settings(max_examples=fewer(200))
def test_what_a_suggestion_says_follows_from_its_changes(data, snapshot, question, split):
    found = answer(snapshot, data.draw(needed(snapshot)), question, split)
    saved = SavedSuggestion(
        file="",
        asked=found.asked,
        changes=found.changes,
        deletions=found.leftovers,
        roles=found.roles,
        additions=found.additions,
        needs=found.needs,
        losses=found.losses,
    )
    after = Authorizer(applied(snapshot, found.changes))
    assert list(contradictions(Authorizer(snapshot), after, saved)) == []
    for now in (snapshot, after.snapshot):
        result = recheck(Authorizer(now), saved)
        assert result.holds, str(result.failure)


@given(st.data(), worlds(), questions, st.sampled_from((None, True, False)))
@settings(max_examples=fewer(200))
def test_what_somebody_is_said_to_lose_it_had_and_has_no_more(data, snapshot, question, split):
    found = answer(snapshot, data.draw(needed(snapshot)), question, split)
    after = applied(snapshot, found.changes)
    for loss in found.losses:
        user, groups = who_is(loss.principal)
        for one in (*loss.lost, *loss.narrowed):
            request = an_instance(one, loss.scope)
            assert allows(snapshot, user, groups, request), (loss.principal, request)
            assert not allows(after, user, groups, request), (loss.principal, request)


def who_is(principal):
    kind, _, name = principal.partition(":")
    if kind == "serviceaccount":
        return f"system:serviceaccount:{name.replace('/', ':')}", ()
    return ("", (name,)) if kind == "group" else (name, ())


def an_instance(one, scope):
    """Return a request that a permission allows, and nothing that is less than it."""
    verb = "other" if one.verb == "*" else one.verb
    if one.path:
        return Request(verb, path=one.path.replace("*", "other"))
    resource, _, sub = one.resource.replace("*", "other").partition("/")
    group = "other" if one.group == "*" else one.group
    name = "other" if one.name is None else one.name
    return Request(verb, group, resource, sub, scope, name)


splits = st.sampled_from((None, True, False))
widenings = st.builds(
    Widening,
    reads=st.booleans(),
    any_name=st.booleans(),
    max_names=st.none() | st.just(1),
    secrets=st.booleans(),
)


@given(st.data(), worlds(), questions, splits, widenings)
@settings(max_examples=fewer(250))
def test_what_was_applied_is_not_suggested_again(data, snapshot, question, split, widening):
    snapshot = replace(snapshot, groups=data.draw(st.sampled_from(({}, {"eve": ("ops",)}))))
    needs = data.draw(needed(snapshot))
    found = answer(snapshot, needs, question, split, widening)
    again = answer(applied(snapshot, found.changes), needs, question, split, widening)
    assert again.changes == ()
    assert again.losses == ()


@given(st.data(), worlds(), questions, st.sampled_from((None, True)), st.booleans())
@settings(max_examples=fewer(200))
def test_of_whom_nothing_tells_loses_nothing(data, snapshot, question, split, member):
    snapshot = replace(snapshot, groups={"eve": ("ops",)} if member else {})
    needs = data.draw(needed(snapshot))
    found = answer(snapshot, needs, question, split)
    after = applied(snapshot, found.changes)
    told = {one.user for one in needs.needing} | {g for one in needs.needing for g in one.groups}
    told -= {"ops"} if member else set()  # of eve nothing tells
    for subject in SUBJECTS:
        account = f"system:serviceaccount:{subject.namespace}:{subject.name}"
        name = account if subject.kind == "ServiceAccount" else subject.name
        if name in told:
            continue
        user, groups = ("", (name,)) if subject.kind == "Group" else (name, ())
        for request in REQUESTS:
            if allows(snapshot, user, groups, request):
                assert allows(after, user, groups, request), (name, request)


@given(st.data(), worlds(), questions, splits)
@settings(max_examples=fewer(200))
def test_who_needs_nothing_of_a_binding_needs_nothing_that_it_gives(
    data, snapshot, question, split
):
    found = answer(snapshot, data.draw(needed(snapshot)), question, split)
    for change in found.changes:
        if isinstance(change.before, RoleBinding | ClusterRoleBinding):
            for subject in set(change.before.subjects) - set(change.after.subjects):
                one = replace(change.before, subjects=(subject,))
                local = isinstance(one, RoleBinding)
                alone = replace(
                    snapshot,
                    role_bindings=(one,) if local else (),
                    cluster_role_bindings=() if local else (one,),
                )
                needs = any(
                    allows(alone, who.user, who.groups, need.request)
                    for who in found.needs
                    for need in who.needs
                )
                said = f"{subject.name}, which needs nothing of it" in str(change.why)
                other = f"{subject.name}, which needs of it only what other" in str(change.why)
                assert not (said and needs)
                assert not other or needs


@given(st.data(), worlds())
@settings(max_examples=fewer(150))
def test_two_answers_go_together_unless_one_says_otherwise(data, snapshot):
    user, groups = IDENTITIES[1]
    pool = [request for request in REQUESTS if allows(snapshot, user, groups, request)]
    asked = data.draw(st.lists(st.sampled_from(pool), max_size=3)) if pool else []
    own = tuple(
        Needed(request=r, evidence=NeedEvidence.of(How.LOG), count=1) for r in dict.fromkeys(asked)
    )
    needs = Needs(needing=(Needing(user=user, groups=groups, needs=own),))
    asked_of = ({"principal": "user:alice"}, {"principal": "group:ops"})
    both = [answer(snapshot, needs, question, True) for question in asked_of]
    if any(TWICE in str(note) for found in both for note in found.notes):
        return
    after = applied(applied(snapshot, both[0].changes), both[1].changes)
    for one in needs.needing:
        for request in (need.request for need in one.needs):
            if allows(snapshot, one.user, one.groups, request):
                assert allows(after, one.user, one.groups, request), (one.user, request)


def grants(snapshot, user, groups, request):
    """Yield what allows a request, each binding with one of its subjects, and nothing of ours."""
    for binding in (*snapshot.cluster_role_bindings, *snapshot.role_bindings):
        field = "role_bindings" if binding.metadata.namespace else "cluster_role_bindings"
        for subject in binding.subjects or ():
            alone = {"role_bindings": (), "cluster_role_bindings": ()}
            alone[field] = (replace(binding, subjects=(subject,)),)
            if allows(replace(snapshot, **alone), user, groups, request):
                yield key_of(binding), subject


@given(st.data(), worlds(), questions.filter(bool), st.sampled_from((None, True, False)))
@settings(max_examples=fewer(200))
def test_what_is_said_to_be_granted_twice_was(data, snapshot, question, split):
    needing = []
    for user, groups in IDENTITIES[:2]:
        allowed = [r for r in REQUESTS if allows(snapshot, user, groups, r)]
        often = [r for r in allowed if len(set(grants(snapshot, user, groups, r))) > 1]
        pool = often or allowed
        asked = data.draw(st.lists(st.sampled_from(pool), max_size=3)) if pool else []
        own = tuple(
            Needed(request=r, evidence=NeedEvidence.of(How.LOG), count=1)
            for r in dict.fromkeys(asked)
        )
        needing.append(Needing(user=user, groups=groups, needs=own))
    needs = Needs(needing=tuple(needing))
    question = askable(Authorizer(snapshot), question)
    found = answer(snapshot, needs, question, split)
    if not question:
        assert not any(TWICE in str(note) for note in found.notes)
        return
    asked = asked_of(Authorizer(snapshot), question.get("principal"), question.get("role"))
    made = plan(Authorizer(snapshot), needs.needing, asked, split=split)
    draft = RoleDrafting(made).draft()
    changed = applied(snapshot, draft.changes)
    told = list(resting(made, draft, Authorizer(changed), asked))
    assert any(TWICE in str(note) for note in found.notes) == bool(told)
    for request, left in told:
        event(f"{len(left.nodes)} subjects of one binding")
        asking = [one for one in made.needing if request in {n.request for n in one.needs}]
        both = (
            [set(grants(world, one.user, one.groups, request)) for world in (snapshot, changed)]
            for one in asking
        )
        assert any(was_twice(before, after, left) for before, after in both), (request, left)


def was_twice(before, after, left):
    """Whether what was granted by several grants is left to some of them, by these bindings."""
    gone = {binding for binding, _ in before - after}
    by_another = not gone <= set(left.bindings)
    return (
        after < before
        and {b for b, _ in after} == set(left.bindings)
        and (by_another or bool(left.nodes))
    )


def test_a_grant_in_a_namespace_is_not_replaced_by_a_wider_one_that_needs_less():
    ops = [{"kind": "Group", "name": "ops"}]
    role = msgspec.convert(
        {
            "metadata": {"name": "two"},
            "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}],
        },
        ClusterRole,
    )
    fields = {"roleRef": {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": "two"}}
    local = {"metadata": {"name": "b1", "namespace": "pay"}, "subjects": ops, **fields}
    wide = {"metadata": {"name": "b0"}, "subjects": ops, **fields}
    snapshot = Snapshot(
        cluster_roles=(role,),
        role_bindings=(msgspec.convert(local, RoleBinding),),
        cluster_role_bindings=(msgspec.convert(wide, ClusterRoleBinding),),
    )
    requests = (
        Request(verb="get", group="", resource="secrets", name="x"),
        Request(verb="get", group="", resource="secrets", namespace="pay"),
    )
    needed_of_alice = tuple(
        Needed(request=request, evidence=NeedEvidence.of(How.LOG)) for request in requests
    )
    groups = ("ops", "system:authenticated")
    needs = Needs(needing=(Needing(user="alice", groups=groups, needs=needed_of_alice),))
    assert answer(snapshot, needs, {"principal": "group:ops"}, False).changes == ()
