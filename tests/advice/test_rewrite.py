"""Rules written anew: what they allow afterwards, request by request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.advice.rewrite.rewrite import expanded, only_secrets, tidied
from rbacgraph.advice.rewrite.subtract_resource import without
from rbacgraph.authz.coverage import covers
from rbacgraph.authz.match import Request, rule_allows
from rbacgraph.authz.questions.known_resources import known_entries, known_verbs
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.kubernetes.rbac import PolicyRule

KNOWN = {
    "": frozenset({"pods", "pods/exec", "secrets", "serviceaccounts", "pods/scale"}),
    "apps": frozenset({"deployments", "deployments/scale"}),
    "example.com": frozenset({"secrets", "secrets/scale", "things"}),
}
VERBS = ("get", "list", "create", "delete", "bind")
NAMES = ("", "db", "web")


def verbs_of(_group, resource):
    return frozenset(VERBS) if resource == "secrets" else frozenset(VERBS[:4])


def rule(verbs, resources, *, groups=("",), names=None):
    return PolicyRule(tuple(verbs.split()), groups, tuple(resources.split()), names)


def some(entries, least=0):
    return st.lists(st.sampled_from(entries), min_size=least, max_size=3, unique=True).map(tuple)


rules = st.lists(
    st.builds(
        PolicyRule,
        verbs=some((*VERBS, "*"), 1),
        api_groups=some((*KNOWN, "*", "odd.io"), 1),
        resources=some(
            ("*", "pods", "pods/exec", "secrets", "*/scale", "*/exec", "things", "odd", "*/odd"), 1
        ),
        resource_names=st.none() | some(NAMES),
    )
    | st.just(PolicyRule(("*",), non_resource_urls=("*",))),
    max_size=4,
).map(tuple)


def requests(group, entry, verbs=(*VERBS, "odd")):
    resource, _, subresource = entry.partition("/")
    return [Request(v, group, resource, subresource, "ns", n) for v in verbs for n in NAMES]


SEEN = [r for group, entries in KNOWN.items() for entry in entries for r in requests(group, entry)]
UNSEEN = [
    r
    for group in (*KNOWN, "odd.io", "odder.io")
    for entry in ("odd", "pods/odd", "secrets", "secrets/odd", "pods")
    if entry not in KNOWN.get(group, ())
    for r in requests(group, entry)
]
URLS = [Request("get", path="/a")]


def allows(held, request):
    return any(rule_allows(one, request) for one in held)


def is_secret(request):
    return (request.group, request.resource, request.subresource) == ("", "secrets", "")


@given(rules)
def test_tidy_allows_the_same(old):
    new = tidied(old)
    assert len(new) <= len(old)
    assert covers(new, old)[0]
    assert covers(old, new)[0]
    for request in (*SEEN, *UNSEEN, *URLS):
        assert allows(new, request) == allows(old, request)


@given(rules)
def test_without_takes_exactly_the_resource(old):
    new, lost = without(old, "", "secrets", KNOWN)
    assert covers(old, new)[0]
    for request in (*SEEN, *URLS):
        assert allows(new, request) == (allows(old, request) and not is_secret(request))
    less = [r for r in UNSEEN if allows(old, r) and not allows(new, r)]
    assert not less or lost
    assert not any(allows(new, r) for r in UNSEEN if not allows(old, r))


@given(rules)
def test_without_takes_the_subresources_too(old):
    new, lost = without(old, "", "pods", KNOWN, subresources=True)
    assert covers(old, new)[0]
    for request in (*SEEN, *UNSEEN):
        if (request.group, request.resource) == ("", "pods"):
            assert not allows(new, request)
        elif request in SEEN:
            assert allows(new, request) == allows(old, request)
        elif allows(old, request) and not allows(new, request):
            assert lost


@given(rules)
def test_without_takes_a_subresource(old):
    new, lost = without(old, "", "pods/exec", KNOWN)
    assert covers(old, new)[0]
    for request in (*SEEN, *UNSEEN):
        if (request.group, request.full_resource) == ("", "pods/exec"):
            assert not allows(new, request)
        elif request in SEEN:
            assert allows(new, request) == allows(old, request)
        elif allows(old, request) and not allows(new, request):
            assert lost


@given(rules)
def test_expanded_holds_no_wildcard(old):
    new, lost = expanded(old, KNOWN, verbs_of)
    assert covers(old, new)[0]
    for one in new:
        if one.resources:
            entries = (*one.verbs, *one.api_groups, *(r[:2].rstrip("/") for r in one.resources))
            assert "*" not in entries
    for request in SEEN:
        if request.verb in verbs_of(request.group, request.full_resource):
            assert allows(new, request) == allows(old, request)
    less = [r for r in (*SEEN, *UNSEEN) if allows(old, r) and not allows(new, r)]
    assert not less or lost
    assert all(allows(new, r) == allows(old, r) for r in URLS)


@given(rules, some(("db", "web")))
def test_only_the_secrets_named_stay(old, names):
    new, lost = only_secrets(old, names, KNOWN)
    assert covers(old, new)[0]
    for request in (*SEEN, *URLS):
        before, after = allows(old, request), allows(new, request)
        if not is_secret(request):
            assert after == before
        elif request.name not in names:
            assert not after
        elif request.verb in {"get", "delete"}:
            assert after == before
    less = [r for r in UNSEEN if allows(old, r) and not allows(new, r)]
    assert not less or lost


EVERYTHING = rule("*", "*", groups=("*",))


def test_everything_without_secrets():
    (others, core), lost = without([EVERYTHING], "", "secrets", known_entries())
    assert others.resources == ("*",)
    assert "" not in others.api_groups
    assert {"apps", "metrics.k8s.io", "rbac.authorization.k8s.io"} <= set(others.api_groups)
    assert core.api_groups == ("",)
    assert "secrets" not in core.resources
    assert {"pods", "configmaps", "*/exec", "*/token", "users", "groups"} <= set(core.resources)
    assert core.verbs == others.verbs == ("*",)
    assert lost == (Say.OF_UNKNOWN_GROUPS("*"), Say.UNKNOWN_IN_GROUP("*", ""))


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (rule("get", "pods"), [rule("get", "pods")]),
        (rule("get", "secrets"), []),
        (rule("get", "pods secrets"), [rule("get", "pods")]),
        (rule("get", "secrets/odd"), [rule("get", "secrets/odd")]),
        (rule("get", "*", groups=("apps",)), [rule("get", "*", groups=("apps",))]),
        (
            rule("get", "secrets pods", groups=("", "example.com")),
            [
                rule("get", "pods", groups=("", "example.com")),
                rule("get", "secrets", groups=("example.com",)),
            ],
        ),
        (
            rule("*", "*", names=("db",)),
            [rule("*", "*/exec */scale pods serviceaccounts", names=("db",))],
        ),
        (
            rule("get", "* odd", groups=("", "apps")),
            [
                rule("get", "odd", groups=("", "apps")),
                rule("get", "*", groups=("apps",)),
                rule("get", "*/exec */scale pods serviceaccounts"),
            ],
        ),
        (rule("get", "secrets", groups=("*",)), [rule("get", "secrets", groups=("example.com",))]),
    ],
)
def test_without_secrets(old, expected):
    assert list(without([old], "", "secrets", KNOWN).rules) == expected


def test_what_is_not_touched_is_the_same_rule():
    old = (rule("get", "pods"), EVERYTHING, rule("get list", "*/scale"))
    new = without(old, "", "secrets", KNOWN).rules
    assert new[0] is old[0]
    assert new[-1] is old[-1]


def test_everything_expanded_keeps_the_special_verbs():
    new, lost = expanded([EVERYTHING], known_entries(), known_verbs())
    for verb, group, resource in [
        ("bind", "rbac.authorization.k8s.io", "clusterroles"),
        ("escalate", "rbac.authorization.k8s.io", "roles"),
        ("impersonate", "", "users"),
        ("impersonate", "", "serviceaccounts"),
        ("impersonate:user-info", "authentication.k8s.io", "groups"),
        ("approve", "certificates.k8s.io", "signers"),
        ("attest", "certificates.k8s.io", "signers"),
        ("sign", "certificates.k8s.io", "signers"),
        ("use", "policy", "podsecuritypolicies"),
    ]:
        assert allows(new, Request(verb, group, resource))
    assert not allows(new, Request("bind", "", "pods"))
    assert set(lost) >= {Say.UNKNOWN_GROUPS(), Say.UNKNOWN_VERBS()}


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (rule("get", "pods"), [rule("get", "pods")]),
        (rule("get", "secrets"), [rule("get", "secrets", names=("db", "web"))]),
        (
            rule("get list watch create", "secrets"),
            [rule("get", "secrets", names=("db", "web"))],
        ),
        (rule("list", "secrets"), []),
        (
            rule("get list", "secrets", names=("db", "other")),
            [rule("get list", "secrets", names=("db",))],
        ),
        (rule("get", "secrets", names=("other",)), []),
        (
            rule("*", "secrets pods"),
            [
                rule("*", "pods"),
                rule("get update patch delete", "secrets", names=("db", "web")),
            ],
        ),
    ],
)
def test_only_secrets(old, expected):
    new = only_secrets([old], ["web", "db"], KNOWN)
    assert list(new.rules) == expected
    assert new.lost == ()


def test_tidy_leaves_alone_what_is_as_few():
    old = (rule("list get", "secrets pods"), rule("get", "things", groups=("example.com",)))
    assert tidied(old) is old
    assert tidied([*old, rule("get", "pods")]) == (
        rule("get list", "pods secrets"),
        rule("get", "things", groups=("example.com",)),
    )
