"""The law of ``verify --all``: a server that differs in one thing is found out by some claim."""

import random
from itertools import product

import pytest
from msgspec.structs import replace

import rbacgraph
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import Request
from rbacgraph.authz.prepare import prepare
from rbacgraph.authz.subjects import MASTERS
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.meta import AnnotatedMeta, ClusterRoleMeta, RbacMeta
from rbacgraph.model.kubernetes.rbac import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacgraph.query.rights.claims import UNNAMED, Claims
from rbacgraph.query.rights.question_plan import plan
from rbacgraph.query.rights.rule_bits import RuleBits
from tests.worlds import law

VERBS = ("get", "list", "create", "patch", "bind", "*")
GROUPS = ("", "apps", "example.com", "*")
RESOURCES = (
    *("secrets", "configmaps", "pods", "pods/exec", "pods/log", "deployments"),
    *("deployments/scale", "widgets", "*/scale", "*"),
)
NAMES = ("", "a", "b", "*")
URLS = ("/metrics", "/healthz", "/healthz/*", "*")
NAMESPACES = ("n0", "n1", "n2")
SUBJECTS = (
    *(Subject("User", name) for name in ("alice", "bob", "system:serviceaccount:n1:x")),
    *(Subject("Group", name) for name in ("devs", "system:authenticated", "system:masters")),
    Subject("Group", "system:serviceaccounts:n0"),
    *(Subject("ServiceAccount", "x", namespace) for namespace in ("n0", "n1")),
)
FIELDS = {"verbs": VERBS, "api_groups": GROUPS, "resources": RESOURCES, "resource_names": NAMES}


def some(rng, words, most=3):
    return tuple(rng.sample(words, rng.randint(1, most)))


def random_rule(rng):
    if rng.random() < 0.15:
        return PolicyRule(some(rng, VERBS), non_resource_urls=some(rng, URLS))
    names = some(rng, NAMES, 2) if rng.random() < 0.3 else None
    return PolicyRule(some(rng, VERBS), some(rng, GROUPS, 2), some(rng, RESOURCES), names)


def random_cluster(rng):
    def rules():
        return tuple(random_rule(rng) for _ in range(rng.randint(1, 3)))

    def binding(number, namespace):
        kind = rng.choice(("Role", "ClusterRole")) if namespace else "ClusterRole"
        made = RoleBinding if namespace else ClusterRoleBinding
        subjects = tuple(rng.sample(SUBJECTS, rng.randint(1, 3)))
        return made(
            metadata=RbacMeta(f"b{number}", namespace),
            role_ref=RoleRef(kind, f"r{rng.randint(0, 2)}"),
            subjects=subjects,
        )

    return prepare(
        Snapshot(
            kubernetes_version=(1, 36),
            groups=rng.choice(({}, {"alice": ("devs",)})),
            service_accounts=tuple(
                ServiceAccount(metadata=AnnotatedMeta(name, namespace))
                for namespace in NAMESPACES
                for name in ("x", "default")
            ),
            roles=tuple(
                Role(metadata=RbacMeta(f"r{i}", n), rules=rules()) for i, n in enumerate(NAMESPACES)
            ),
            cluster_roles=tuple(
                ClusterRole(metadata=ClusterRoleMeta(f"r{i}"), rules=rules()) for i in range(3)
            ),
            role_bindings=tuple(binding(i, rng.choice(NAMESPACES)) for i in range(4)),
            cluster_role_bindings=tuple(binding(i, "") for i in range(rng.randint(0, 3))),
        ),
        bootstrap=False,
    )


# --- one deviation ---------------------------------------------------------------------


def changed(snapshot, field, number, *new):
    objects = getattr(snapshot, field)
    return replace(snapshot, **{field: (*objects[:number], *new, *objects[number + 1 :])})


def pick(rng, snapshot, *fields):
    field = rng.choice([one for one in fields if getattr(snapshot, one)])
    number = rng.randrange(len(getattr(snapshot, field)))
    return field, number, getattr(snapshot, field)[number]


BINDINGS = ("role_bindings", "cluster_role_bindings")
ROLES = ("roles", "cluster_roles")


def without_binding(rng, snapshot):
    field, number, _ = pick(rng, snapshot, *BINDINGS)
    return changed(snapshot, field, number)


def without_subject(rng, snapshot):
    field, number, binding = pick(rng, snapshot, *BINDINGS)
    at = rng.randrange(len(binding.subjects))
    fewer = (*binding.subjects[:at], *binding.subjects[at + 1 :])
    return changed(snapshot, field, number, replace(binding, subjects=fewer))


def with_subject(rng, snapshot):
    field, number, binding = pick(rng, snapshot, *BINDINGS)
    named = {s for one in BINDINGS for b in getattr(snapshot, one) for s in b.subjects}
    accounts = [
        Subject("ServiceAccount", a.metadata.name, a.metadata.namespace)
        for a in snapshot.service_accounts
    ]
    more = rng.choice([*sorted(named, key=repr), *accounts])
    return changed(snapshot, field, number, replace(binding, subjects=(*binding.subjects, more)))


def elsewhere(rng, snapshot):
    """A RoleBinding counts in another namespace."""
    binding, rest, ref, subjects = with_own_role(rng, snapshot)
    place = rng.choice([n for n in NAMESPACES if n != binding.metadata.namespace])
    moved = RoleBinding(metadata=RbacMeta("moved", place), role_ref=ref, subjects=subjects)
    return replace(rest, role_bindings=(*rest.role_bindings, moved))


def everywhere(rng, snapshot):
    """A RoleBinding counts in the whole cluster."""
    _, rest, ref, subjects = with_own_role(rng, snapshot)
    wide = ClusterRoleBinding(metadata=RbacMeta("wide", ""), role_ref=ref, subjects=subjects)
    return replace(rest, cluster_role_bindings=(*rest.cluster_role_bindings, wide))


def with_own_role(rng, snapshot):
    """Take a RoleBinding out, and put its rules into a ClusterRole."""
    field, number, binding = pick(rng, snapshot, "role_bindings")
    rest, home = changed(snapshot, field, number), binding.metadata.namespace
    rules = tuple(r for role in Authorizer(snapshot).roles_of(binding) for r in role.rules)
    role = ClusterRole(metadata=ClusterRoleMeta("own"), rules=rules)
    subjects = tuple(replace(s, namespace=s.namespace or home) for s in binding.subjects)
    rest = replace(rest, cluster_roles=(*rest.cluster_roles, role))
    return binding, rest, RoleRef("ClusterRole", "own"), subjects


def only_somewhere(rng, snapshot):
    """A ClusterRoleBinding counts in one namespace only."""
    field, number, binding = pick(rng, snapshot, "cluster_role_bindings")
    narrow = RoleBinding(
        metadata=RbacMeta("narrow", rng.choice(NAMESPACES)),
        role_ref=binding.role_ref,
        subjects=binding.subjects,
    )
    rest = changed(snapshot, field, number)
    return replace(rest, role_bindings=(*rest.role_bindings, narrow))


def of_another_role(rng, snapshot):
    field, number, binding = pick(rng, snapshot, *BINDINGS)
    bound = {b.role_ref for one in BINDINGS for b in getattr(snapshot, one)}
    ref = rng.choice(sorted((r for r in bound if r.kind == "ClusterRole"), key=repr) or [RoleRef()])
    return changed(snapshot, field, number, replace(binding, role_ref=ref))


def _with_rules(rng, snapshot, change):
    field, number, role = pick(rng, snapshot, *ROLES)
    at = rng.randrange(len(role.rules))
    new = change(role.rules[at])
    rules = (*role.rules[:at], *([new] if new else []), *role.rules[at + 1 :])
    return changed(snapshot, field, number, replace(role, rules=rules))


def without_rule(rng, snapshot):
    return _with_rules(rng, snapshot, lambda _: None)


def without_word(rng, snapshot):
    def fewer(rule):
        field = rng.choice([f for f in (*FIELDS, "non_resource_urls") if getattr(rule, f)])
        words = getattr(rule, field)
        gone = rng.choice(words)
        left = tuple(word for word in words if word != gone)
        if field == "resource_names" and not left:
            return None
        return replace(rule, **{field: left})

    return _with_rules(rng, snapshot, fewer)


def with_word(rng, snapshot):
    def more(rule):
        if rule.non_resource_urls:
            field, words = rng.choice((("verbs", VERBS), ("non_resource_urls", URLS)))
        else:
            fields = [f for f in FIELDS if f != "resource_names" or rule.resource_names]
            field = rng.choice(fields)
            words = FIELDS[field] if field != "resource_names" else _names_for(snapshot, rule)
        return replace(rule, **{field: (*getattr(rule, field), rng.choice(words))})

    return _with_rules(rng, snapshot, more)


def _names_for(snapshot, rule):
    claims = Claims(Authorizer(snapshot))
    return [name for one in rule.resources for name in claims.names_for(one.partition("/")[0])]


def without_names(rng, snapshot):
    return _with_rules(rng, snapshot, lambda rule: replace(rule, resource_names=None))


def with_names(rng, snapshot):
    def named(rule):
        return rule if rule.resource_names else replace(rule, resource_names=(rng.choice("ab"),))

    return _with_rules(rng, snapshot, named)


DEVIATIONS = (
    *(without_binding, without_subject, with_subject, elsewhere, everywhere, only_somewhere),
    *(of_another_role, without_rule, without_word, with_word, without_names, with_names),
)


# --- the law ---------------------------------------------------------------------------


def every_request(snapshot):
    """Yield all requests that words of the input's rules make, and words that no rule has.

    A resource and a group belong together if a rule of the input has both.
    """
    rules = [rule for field in ROLES for role in getattr(snapshot, field) for rule in role.rules]
    belonging = {
        pair for rule in rules for pair in product(rule.api_groups or (), rule.resources or ())
    }

    def words(field, *more):
        found = dict.fromkeys(word for rule in rules for word in getattr(rule, field) or ())
        return [*(word for word in found if "*" not in word), *more]

    every = [word for rule in rules for word in rule.resources or ()]
    parts = {f"others/{part}" for word in every if (part := word.partition("/")[2])}
    verbs = (*VERBS[:-1], "other")
    for verb, group, resource, name in product(
        verbs,
        words("api_groups", "other"),
        words("resources", "others", "others/more", *sorted(parts)),
        (*NAMES, UNNAMED),
    ):
        unknown = group == "other" or resource.startswith("others")
        if not unknown and (group, resource) not in belonging:
            continue
        kind, _, sub = resource.partition("/")
        yield Request(verb, group, kind, sub, "", name)
    urls = {url.replace("/*", "/a") for rule in rules for url in rule.non_resource_urls or ()}
    for verb, url in product(verbs, [*sorted(urls - {"*"}), "/other"]):
        yield Request(verb, path=url)


def difference(askers, one, other, requests):
    """Return who may do what by one RBAC only, by looking at everything; None if nobody may."""
    sides = [RuleBits(one, askers), RuleBits(other, askers)]
    held = [[bits.held(asker) for bits in sides] for asker in askers]
    for request in requests:
        allowing = [bits.allowing(request) for bits in sides]
        for asker, (mine, its) in zip(askers, held, strict=True):
            for scope in ("",) if request.path is not None else ("", *NAMESPACES):
                if bool(allowing[0] & mine.at(scope)) != bool(allowing[1] & its.at(scope)):
                    return asker, scope, request
    return None


def cluster_of(seed):
    return random_cluster(random.Random(seed))


# 537296180: another role gives less than a grant, but what its subject is asked about
@law(cluster_of, 24, examples=[537296180])
@pytest.mark.parametrize("deviate", DEVIATIONS, ids=lambda one: one.__name__)
def test_one_deviation_is_found(seed, deviate):
    one_deviation_is_found(seed, deviate)


# In order: a group more where a rule gives */scale; */scale where the rule's groups show none; a
# resource that other rules give with every group; a resource, and a URL, that no rule names.
@pytest.mark.parametrize("seed", [507593595, 257, 554, 341899996, 127])
def test_one_word_more_is_found(seed):
    one_deviation_is_found(seed, with_word)


def one_deviation_is_found(seed, deviate):
    rng = random.Random(f"{seed}/{deviate.__name__}")
    snapshot = random_cluster(rng)
    while deviate is only_somewhere and not snapshot.cluster_role_bindings:
        snapshot = random_cluster(rng)
    authorizer = Authorizer(snapshot)
    claims = plan(authorizer).claims
    for claim in claims:
        assert authorizer.authorize(_asked(claim), claim.user, claim.groups).allowed is (
            claim.allowed
        )
    for _ in range(6):
        other = deviate(rng, snapshot)
        server = Authorizer(other)
        if not any(
            server.authorize(_asked(c), c.user, c.groups).allowed != c.allowed for c in claims
        ):
            askers = [a for a in Claims(authorizer).askers.values() if MASTERS not in a.groups]
            assert difference(askers, authorizer, server, every_request(snapshot)) is None


def _asked(claim):
    return Request(
        claim.verb,
        claim.group,
        claim.resource,
        claim.subresource,
        claim.namespace,
        claim.name,
        claim.path,
    )


@law(cluster_of, 24)
def test_bits_decide_as_the_authorizer(seed):
    rng = random.Random(seed)
    snapshot = random_cluster(rng)
    authorizer = Authorizer(snapshot)
    askers = list(Claims(authorizer).askers.values())
    bits = RuleBits(authorizer, askers)
    requests = list(every_request(snapshot))
    for asker in askers:
        held = bits.held(asker)
        for request in rng.sample(requests, min(300, len(requests))):
            scope = "" if request.path is not None else rng.choice(("", *NAMESPACES))
            placed = replace(request, namespace=scope)
            allowed = authorizer.allows(placed, asker.user, asker.groups) is not None
            assert bool(bits.allowing(placed) & held.at(scope)) is allowed


def test_each_question_once(root):
    cluster = rbacgraph.load(root / "fixtures" / "clusters" / "shop", bootstrap=False)
    claims = plan(cluster.authorizer).claims
    assert len(set(claims)) == len(claims)
    asked = {(c.principal, c.namespace) for c in claims if c.resource == "secrets"}
    askers = Claims(cluster.authorizer)
    for node in askers.askers:
        for namespace in askers.namespaces:
            assert (rbacgraph.model.node.format_node(node), namespace) in asked


def test_one_request_shows_two_grants_that_no_word_of_a_rule_shows_together():
    """By ``*`` of either rule alone, other requests come first: two in place of one."""
    given = {"a": PolicyRule(("*",), ("",), ("pods",)), "b": PolicyRule(("patch",), ("",), ("*",))}
    snapshot = Snapshot(
        kubernetes_version=(1, 36),
        service_accounts=(ServiceAccount(metadata=AnnotatedMeta("x", "n0")),),
        cluster_roles=tuple(
            ClusterRole(metadata=ClusterRoleMeta(name), rules=(one,)) for name, one in given.items()
        ),
        cluster_role_bindings=tuple(
            ClusterRoleBinding(
                metadata=RbacMeta(name, ""),
                role_ref=RoleRef("ClusterRole", name),
                subjects=(Subject("User", f"holder-of-{name}"),),
            )
            for name in given
        ),
    )
    claims = plan(Authorizer(prepare(snapshot, bootstrap=False))).claims
    asked = [c for c in claims if c.principal == "serviceaccount:n0/x" and not c.namespace]
    assert [(c.verb, c.resource) for c in asked] == [("get", "secrets"), ("patch", "pods")]


def test_where_there_are_too_many_principals_alike_ones_count_as_one(root):
    cluster = rbacgraph.load(root / "fixtures" / "clusters" / "shop", bootstrap=False)
    whole, part = plan(cluster.authorizer), plan(cluster.authorizer, most=100)
    assert (whole.grouped, part.grouped) == (False, True)
    assert len(part.claims) < len(whole.claims)
    assert set(part.claims) <= set(whole.claims)


def large_cluster():
    """50 namespaces with 170 accounts and 11 users, 150 RoleBindings, 40 ClusterRoleBindings."""
    rng = random.Random("large")
    names = [f"n{number}" for number in range(50)]
    accounts = [(n, f"a{number}") for n in names for number in range(3)] + [
        (name, "b") for name in names[:20]
    ]
    users = tuple(Subject("User", f"u{number}") for number in range(11))

    def holder():
        namespace, name = rng.choice(accounts)
        return rng.choice((*users, *[Subject("ServiceAccount", name, namespace)] * 11))

    kinds = [f"kind{number}" for number in range(30)]

    def rules():
        made = (PolicyRule(some(rng, VERBS[:5]), ("example.com",), some(rng, kinds)),)
        return (*made, random_rule(rng)) if rng.random() < 0.5 else made

    return prepare(
        Snapshot(
            kubernetes_version=(1, 36),
            service_accounts=tuple(
                ServiceAccount(metadata=AnnotatedMeta(name, namespace))
                for namespace, name in accounts
            ),
            cluster_roles=tuple(
                ClusterRole(metadata=ClusterRoleMeta(f"r{number}"), rules=rules())
                for number in range(60)
            ),
            role_bindings=tuple(
                RoleBinding(
                    metadata=RbacMeta(f"b{number}", names[number % 50]),
                    role_ref=RoleRef("ClusterRole", f"r{rng.randrange(60)}"),
                    subjects=(holder(), *users) if number == 0 else (holder(),),
                )
                for number in range(150)
            ),
            cluster_role_bindings=tuple(
                ClusterRoleBinding(
                    metadata=RbacMeta(f"b{number}", ""),
                    role_ref=RoleRef("ClusterRole", f"r{rng.randrange(60)}"),
                    subjects=(holder(),),
                )
                for number in range(40)
            ),
        ),
        bootstrap=False,
    )


def test_a_cluster_of_181_principals_and_50_namespaces():
    authorizer = Authorizer(large_cluster())
    claims = Claims(authorizer)
    assert (len(claims.askers), len(claims.namespaces)) == (181, 50)
    found = plan(authorizer)
    assert not found.grouped
    assert 10_000 < len(found.claims) < 50_000
