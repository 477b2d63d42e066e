"""``diff``: laws on random clusters, held against ``paths`` by definition; causes by example."""

import io
import random
from functools import cached_property
from itertools import chain, combinations
from operator import itemgetter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.graph.build import build
from rbacgraph.model.answers.risk.cause_text import Happening
from rbacgraph.model.node import format_node
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import paths
from rbacgraph.query.diff.diff import diff
from tests.query.clusters import random_snapshot
from tests.query.plain.clusters.store_clusters import store_snapshot
from tests.trials import trials

seeds = st.integers(min_value=0, max_value=10**9)
few = settings(max_examples=trials(45), deadline=None, derandomize=True)
laws = settings(max_examples=40, deadline=None, derandomize=True)


VARIED = ("role_bindings", "cluster_role_bindings", "cluster_roles", "secrets", "pods")
STORES = ("secret_makers", "secret_stores", "cluster_secret_stores", "secret_pushes")


def variant(seed, change, cluster=random_snapshot, varied=VARIED):
    """A cluster like another one, with some of everything left out or taken from a third."""
    rng, base, other = random.Random(change), cluster(seed), cluster(change)
    fields = {}
    for field in varied:
        if rng.random() < 0.5:
            kept = [obj for obj in getattr(base, field) if rng.random() < 0.7]
            names = {(obj.metadata.namespace, obj.metadata.name) for obj in kept}
            more = [
                obj
                for obj in getattr(other, field)
                if rng.random() < 0.3 and (obj.metadata.namespace, obj.metadata.name) not in names
            ]
            fields[field] = (*kept, *more)
    if rng.random() < 0.3:
        fields["groups"] = other.groups
    return replace(base, **fields)


class Asked:
    """Who gets at what, as ``paths`` tells."""

    def __init__(self, graph):
        self.graph = graph
        rows = exposure(graph).rows
        secrets = [paths(graph, secret=row.secret).secrets[0] for row in rows]
        self.secrets = {secret.secret for secret in secrets}
        self.sure = {
            (p.principal, secret.secret) for secret in secrets for p in secret.paths if p.certain
        }
        self.every = {(p.principal, secret.secret) for secret in secrets for p in secret.paths}
        self.people = {format_node(graph.nodes[n]) for n in graph.principals.numbers}

    def groups(self, principal, *, implied=False):
        return self._groups[implied].get(principal, set())

    @cached_property
    def _groups(self):
        graph, found = self.graph, {True: {}, False: {}}
        for implied, members in (
            (True, graph.membership.implied_members),
            (False, graph.membership.members),
        ):
            for group, inside in members.items():
                for node in inside:
                    name = format_node(graph.nodes[node])
                    found[implied].setdefault(name, set()).add(format_node(graph.nodes[group]))
        return found

    def has(self, pairs, principal, secret):
        """Whether somebody gets at a Secret, also as a member of a group."""
        groups = self.groups(principal)
        if "group:system:masters" in groups:
            return secret in self.secrets
        return any((one, secret) in pairs for one in (principal, *groups))


def gained(old, new):
    """Everything that is gained, with how it was before and is now: by definition."""
    found = set()
    joined = {
        (person, group)
        for person in new.people
        for group in new.groups(person) - new.groups(person, implied=True)
        if person not in old.people or group not in old.groups(person)
    }

    def had(pairs, principal, secret):
        if principal in old.people:
            return old.has(pairs, principal, secret)
        implied = new.groups(principal, implied=True)
        return any((group, secret) in pairs for group in implied)

    for level, now, was in (("certain", new.sure, old.sure), ("conditional", new.every, old.every)):
        pairs = now | {
            (person, secret) for person, group in joined for one, secret in now if one == group
        }
        sure = new.sure | {
            (person, secret) for person, group in joined for one, secret in new.sure if one == group
        }
        for principal, secret in pairs:
            if had(was, principal, secret) or (
                level == "conditional" and (principal, secret) in sure
            ):
                continue
            before = "conditional" if had(old.every, principal, secret) else "none"
            found.add((principal, secret, before, level))
    return found


def covering(new, principal, secret, before, level):
    """The gains of groups that one of a member may be told with."""
    levels = {(before, level), ("none", level), (before, "certain")}
    return {(group, secret, *of) for group in new.groups(principal) for of in levels}


def told(change):
    turned = 1 if change.gained else -1
    return [
        (principal, secret, *(way.before, way.after)[::turned])
        for way in change.ways
        for principal in way.principals
        for secret in way.secrets
    ]


def strongest(found):
    """For each principal and Secret the gain that tells the most."""
    order = ("conditional", "certain")
    return {
        (principal, secret, *max(levels, key=lambda of: order.index(of[1])))
        for (principal, secret), levels in by_pair(found).items()
    }


def by_pair(found):
    pairs = {}
    for principal, secret, *levels in found:
        pairs.setdefault((principal, secret), []).append(levels)
    return pairs


@laws
@given(seeds, seeds)
def test_what_is_gained_and_lost_is_what_paths_tells(seed, change):
    says_what_paths_says(build(random_snapshot(seed)), build(variant(seed, change)))


@few
@given(seeds, seeds)
def test_secrets_of_stores_are_gained_and_lost_like_others(seed, change):
    other = variant(seed, change, store_snapshot, (*VARIED, *STORES))
    says_what_paths_says(build(store_snapshot(seed)), build(other))


def says_what_paths_says(one, other):
    old, new = Asked(one), Asked(other)
    found = diff(one, other)
    for is_gained, before, after in ((True, old, new), (False, new, old)):
        changes = [told(change) for change in found.changes if change.gained is is_gained]
        assert all(len(pairs) == len(set(map(itemgetter(0, 1), pairs))) for pairs in changes)
        every, wanted = {one for pairs in changes for one in pairs}, gained(before, after)
        with_group = {one for one in wanted - every if covering(after, *one) & every}
        assert wanted <= every | with_group
        # By one more line a member may gain less than it does with its group.
        assert strongest(every | with_group) <= wanted


@laws
@given(seeds, seeds)
def test_every_object_that_gives_it_by_itself_is_named(seed, change):
    """And nothing beside it. Tried by changing each object alone."""
    before, after = random_snapshot(seed), variant(seed, change)
    one, other = build(before), build(after)
    changes = diff(one, other).gained
    old, new = Asked(one), Asked(other)
    every, shown = gained(old, new), {pair for change in changes for pair in told(change)}
    for key, alone in one_by_one(before, after):
        named = {
            pair
            for change in changes
            if key in {(c.kind, c.namespace, c.name) for c in change.causes}
            for pair in told(change)
        }
        beside = {
            pair
            for change in changes
            if key in (objects := {(c.kind, c.namespace, c.name) for c in change.causes})
            and len(objects) > 1
            for pair in told(change)
        }
        for pair in gained(old, Asked(build(alone))) & every:
            assert pair in named or covering(new, *pair) & shown or pair[1] not in old.secrets, key
            assert pair not in beside, key


def narrowed(seed, before, after):
    """The same change, and rules of roles that give less than before, which cause no gain."""
    rng, fields = random.Random(seed), {}
    for field in ("roles", "cluster_roles"):
        known = {(o.metadata.namespace, o.metadata.name): o for o in getattr(before, field)}
        fields[field] = tuple(
            replace(role, rules=tuple(less(rng, rule) for rule in known[name].rules or ()))
            if (name := (role.metadata.namespace, role.metadata.name)) in known
            and rng.random() < 0.5
            else role
            for role in getattr(after, field)
        )
    return replace(after, **fields)


def less(rng, rule):
    if rule.verbs and len(rule.verbs) > 1 and rng.random() < 0.5:
        return replace(rule, verbs=tuple(rng.sample(rule.verbs, len(rule.verbs) - 1)))
    if rule.resource_names is None and rng.random() < 0.5:
        return replace(rule, resource_names=("s0", "s1"))
    return rule


RBAC_FIELDS = {
    "Role": "roles",
    "ClusterRole": "cluster_roles",
    "RoleBinding": "role_bindings",
    "ClusterRoleBinding": "cluster_role_bindings",
}


def reverted(before, after, keys):
    """The cluster after the change, with some objects as they were before it."""
    fields = {}
    for kind, field in RBAC_FIELDS.items():
        gone = {key[1:] for key in keys if key[0] == kind}
        fields[field] = (
            *(o for o in getattr(after, field) if place(o) not in gone),
            *(o for o in getattr(before, field) if place(o) in gone),
        )
    return replace(after, **fields)


def place(obj):
    return obj.metadata.namespace, obj.metadata.name


@laws
@given(seeds, seeds)
@example(26, 53)  # one of the causes is a membership, by which an AND node is reached
def test_every_cause_makes_a_difference(seed, change):
    """With some of the other causes taken back, the gain depends on it: less gives nobody more."""
    before = random_snapshot(seed)
    after = narrowed(change, before, variant(seed, change))
    one, other = build(before), build(after)
    old = Asked(one)
    worlds = {}

    def gained_without(keys):
        if keys not in worlds:
            worlds[keys] = gained(old, Asked(build(reverted(before, after, keys))))
        return worlds[keys]

    for found in diff(one, other).gained:
        keys = [(c.kind, c.namespace, c.name) for c in found.causes if c.kind in RBAC_FIELDS]
        pairs = {pair[:2] for pair in told(found)}
        for key in keys if len(keys) <= 4 else ():
            rest = [each for each in keys if each != key]
            subsets = chain.from_iterable(combinations(rest, n) for n in range(len(rest) + 1))
            assert any(
                pairs & {p[:2] for p in gained_without(frozenset(taken))}
                > pairs & {p[:2] for p in gained_without(frozenset({*taken, key}))}
                for taken in subsets
            ), (key, found.causes)


def one_by_one(before, after):
    """Clusters in which one role or binding alone is as it is after the change."""
    for field in ("role_bindings", "cluster_role_bindings", "cluster_roles"):
        known = {(o.metadata.namespace, o.metadata.name): o for o in getattr(before, field)}
        for obj in getattr(after, field):
            name = obj.metadata.namespace, obj.metadata.name
            if known.get(name) != obj:
                rest = [one for key, one in known.items() if key != name]
                yield (type(obj).__name__, *name), replace(before, **{field: (*rest, obj)})


@laws
@given(seeds, seeds)
def test_the_other_way_round_is_the_mirror(seed, change):
    one, other = build(random_snapshot(seed)), build(variant(seed, change))
    there, back = diff(one, other), diff(other, one)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}

    def mirrored(change):
        return replace(
            change,
            gained=not change.gained,
            causes=tuple(replace(c, change=turned[c.change]) for c in change.causes),
            ways=tuple(replace(w, before=w.after, after=w.before) for w in change.ways),
        )

    assert sorted(map(repr, map(mirrored, there.changes))) == sorted(map(repr, back.changes))
    assert (there.new_secrets, there.new_principals) == (back.gone_secrets, back.gone_principals)


@laws
@given(seeds)
def test_the_same_cluster_in_another_order_is_no_change(seed):
    snapshot, rng = random_snapshot(seed), random.Random(seed)
    shuffled = {
        field: tuple(rng.sample(objects, len(objects)))
        for field, objects in snapshot.objects()
        if objects
    }
    found = diff(build(snapshot), build(replace(snapshot, **shuffled)))
    assert found.changes == ()
    assert not found.new_secrets
    assert not found.gone_principals


@laws
@given(seeds, seeds)
def test_every_path_is_one_that_the_other_cluster_lacks(seed, change):
    """Some hop of it is new, and the causes are objects that are not the same in both."""
    one, other = build(random_snapshot(seed)), build(variant(seed, change))
    before, after = (dict(_objects(graph.world.snapshot)) for graph in (one, other))
    for found in diff(one, other).changes:
        assert found.causes
        for cause in found.causes:
            key = cause.kind, cause.namespace, cause.name
            if cause.kind in {"Group", "Input", "Kubernetes"}:
                continue
            if not (key in before or key in after):
                assert cause.text == Happening.IS_REFERRED_TO()
            elif key in before and key in after:
                assert before[key] != after[key]


def _objects(snapshot):
    for _, objects in snapshot.objects():
        for obj in objects:
            yield (type(obj).__name__, obj.metadata.namespace, obj.metadata.name), obj


BASE = """
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: api, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
- {apiGroups: [""], resources: [configmaps], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}
"""
RULE = '- {apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [db]}\n'
READER = '- {apiGroups: [""], resources: [configmaps], verbs: [get]}\n'
BOB = "- {apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}\n"


def named(text, name):
    """An open file of a name."""
    stream = io.BytesIO(text.encode())
    stream.name = name
    return stream


@pytest.fixture
def compared(tmp_path):
    def compare(before, after):
        for name, text in (("before", before), ("after", after)):
            (tmp_path / f"{name}.yaml").write_text(text)
        found = rg.diff(tmp_path / "before.yaml", tmp_path / "after.yaml")
        return [
            (
                change.gained,
                [
                    (c.kind, c.name, c.change, [(p.field, p.index, p.line) for p in c.parts])
                    for c in change.causes
                ],
                change.principals,
                change.secrets,
            )
            for change in found
        ]

    return compare


def line_of(text, piece):
    return text[: text.index(piece)].count("\n") + 1


def test_a_new_rule_is_blamed_by_its_line(compared):
    after = BASE.replace(READER, READER + RULE)
    cause = ("Role", "reader", "changed", [("rules", 1, line_of(after, RULE))])
    assert compared(BASE, after) == [(True, [cause], ("user:alice",), ("secret:shop/db",))]
    assert compared(after, BASE) == [(False, [cause], ("user:alice",), ("secret:shop/db",))]


def test_every_new_rule_that_opens_it_is_blamed(compared):
    """Whoever takes out one of them alone still leaves the path."""
    other = RULE.replace("[get]", "[list]")
    after = BASE.replace(READER, RULE + READER + other)
    parts = [("rules", 0, line_of(after, RULE)), ("rules", 2, line_of(after, other))]
    cause = ("Role", "reader", "changed", parts)
    assert compared(BASE, after) == [(True, [cause], ("user:alice",), ("secret:shop/db",))]


def test_a_new_subject_is_blamed_by_its_line(compared):
    before = BASE.replace(READER, READER + RULE)
    after = before + BOB
    cause = ("RoleBinding", "readers", "changed", [("subjects", 1, line_of(after, BOB))])
    assert compared(before, after) == [(True, [cause], ("user:bob",), ("secret:shop/db",))]


def test_a_rule_that_says_less_is_no_cause(compared):
    """Bob gains by the new subject: that the rule names the Secret now takes something away."""
    wide = RULE.replace("[get]", "[get, list]").replace(", resourceNames: [db]", "")
    before = BASE.replace(READER, READER + wide)
    after = BASE.replace(READER, READER + RULE) + BOB
    cause = ("RoleBinding", "readers", "changed", [("subjects", 1, line_of(after, BOB))])
    (gain,) = [found for found in compared(before, after) if found[0]]
    assert gain == (True, [cause], ("user:bob",), ("secret:shop/db",))


def test_a_role_ref_that_gives_less_is_no_cause(compared):
    other = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: wide, namespace: shop}
rules:
- {apiGroups: [""], resources: [secrets, pods], verbs: [get, list]}
"""
    ref = "kind: Role, name: reader}"
    before = BASE.replace(READER, RULE).replace(ref, ref.replace("reader", "wide")) + other
    after = BASE.replace(READER, RULE) + BOB + other
    cause = ("RoleBinding", "readers", "changed", [("subjects", 1, line_of(after, BOB))])
    (gain,) = [found for found in compared(before, after) if found[0]]
    assert gain == (True, [cause], ("user:bob",), ("secret:shop/db",))


def test_a_new_binding_is_one_change_for_all_it_opens(compared):
    binding = (
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n"
        "metadata: {name: admins}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n"
        f"subjects:\n{BOB}"
    )
    cause = (
        "ClusterRoleBinding",
        "admins",
        "added",
        [("subjects", 0, line_of(BASE + binding, BOB))],
    )
    both = ("secret:shop/api", "secret:shop/db")
    assert compared(BASE, BASE + binding) == [(True, [cause], ("user:bob",), both)]


def test_another_role_is_blamed_on_the_role_ref(compared):
    before = (
        BASE + "---\n" + BASE.split("---\n")[2].replace("reader", "other").replace(READER, RULE)
    )
    after = before.replace("kind: Role, name: reader}", "kind: Role, name: other}")
    line = line_of(after, "roleRef")
    cause = ("RoleBinding", "readers", "changed", [("roleRef", 0, line)])
    assert compared(before, after) == [(True, [cause], ("user:alice",), ("secret:shop/db",))]


def test_a_role_that_was_missing_is_blamed_itself(compared):
    documents = BASE.replace(READER, RULE).split("---\n")
    before = "---\n".join((*documents[:2], *documents[3:]))
    after = "---\n".join(documents)
    cause = ("Role", "reader", "added", [("rules", 0, line_of(after, RULE))])
    assert compared(before, after) == [(True, [cause], ("user:alice",), ("secret:shop/db",))]


def test_a_new_secret_within_old_rights_is_apart(compared, tmp_path):
    every = RULE.replace(", resourceNames: [db]", "")
    before = BASE.replace(READER, every)
    after = before + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: new, namespace: shop}\n"
    cause = ("Secret", "new", "added", [])
    assert compared(before, after) == [(True, [cause], ("user:alice",), ("secret:shop/new",))]
    found = rg.diff(tmp_path / "before.yaml", tmp_path / "after.yaml")
    assert not found.gained
    assert found[0].only_secrets


def test_what_only_moved_is_no_change(tmp_path):
    documents = BASE.replace(READER, RULE).split("---\n")
    for name, several in (("before", documents), ("after", documents[::-1])):
        (tmp_path / name).mkdir()
        for number, text in enumerate(several):
            (tmp_path / name / f"{name}-{number}.yaml").write_text("# a comment\n" * number + text)
    assert len(rg.diff(tmp_path / "before", tmp_path / "after")) == 0


def test_a_member_of_the_group_has_gained_nothing_by_a_binding_of_its_own(tmp_path):
    before = BASE.replace(READER, RULE).replace(
        "kind: User, name: alice", "kind: Group, name: devs"
    )
    (tmp_path / "before.yaml").write_text(before)
    (tmp_path / "after.yaml").write_text(before + BOB)
    old, new = (
        rg.load(tmp_path / f"{side}.yaml", groups={"bob": ["devs"]}) for side in ("before", "after")
    )
    assert len(rg.diff(old, new)) == 0
    alone = rg.load(tmp_path / "before.yaml")
    (change,) = rg.diff(alone, old)
    assert change.principals == ("user:bob",)
    assert [(c.kind, c.name) for c in change.causes] == [("Group", "devs")]


def test_a_member_of_a_group_that_gains_is_told_with_it(compared):
    accounts = (
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\n"
        "metadata: {name: accounts}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n"
        "subjects:\n"
        "- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:serviceaccounts'}\n"
        "- {kind: ServiceAccount, name: ci, namespace: shop}\n"
    )
    account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ci, namespace: shop}\n"
    alone = accounts.partition("- {kind: ServiceAccount")[0]
    both = ("group:system:serviceaccounts", "serviceaccount:shop/ci")
    for text, told in ((alone, both[:1]), (accounts, both)):
        ((*_, principals, _),) = compared(BASE + account, BASE + account + text)
        assert principals == told
        ((*_, principals, _),) = compared(BASE + account + text, BASE + account)
        assert principals == told


def test_every_binding_that_lets_somebody_at_it_is_told(compared):
    """So is that of an account beside its group's, which is of no more use once that is gone."""
    account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ci, namespace: shop}\n"
    base = BASE.replace(READER, RULE) + account
    binding = "---\n" + BASE.split("---\n")[3]
    group = binding.replace("readers", "group").replace("kind: User, name: alice", "GROUP")
    group = group.replace("GROUP", "kind: Group, name: 'system:serviceaccounts:shop'")
    own = binding.replace("readers", "own").replace(
        "{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}",
        "{kind: ServiceAccount, name: ci, namespace: shop}",
    )
    again = own.replace("name: own", "name: again")
    told = {
        cause[1]: principals
        for _, (cause,), principals, _ in compared(base, base + group + own + again)
    }
    assert told == {
        "group": ("group:system:serviceaccounts:shop",),
        "own": ("serviceaccount:shop/ci",),
        "again": ("serviceaccount:shop/ci",),
    }


def test_what_a_cheaper_way_uses_beside_is_not_named(compared):
    """Impersonation alone is enough, by the Pods of old; to read the Secret is but cheaper."""
    binding = "---\n" + BASE.split("---\n")[3]
    account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ci, namespace: shop}\n"
    own = binding.replace("readers", "own").replace("name: reader", "name: maker")
    own = own.replace(
        "{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}",
        "{kind: ServiceAccount, name: ci, namespace: shop}",
    )
    maker = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: maker, namespace: shop}
rules:
- {apiGroups: [""], resources: [pods], verbs: [create]}
"""
    act = '- {apiGroups: [""], resources: [serviceaccounts], verbs: [impersonate]}\n'
    read = RULE.replace(", resourceNames: [db]", "")
    base = BASE.replace(READER, act.replace("impersonate", "get")) + account + own
    after = base.replace("verbs: [get]}", "verbs: [impersonate]}", 1)
    for before, changed, roles in (
        (base + maker, after + maker + read, {("reader",)}),
        (base + maker.replace("create", "get"), after + maker + read, {("maker", "reader")}),
    ):
        found = compared(before, changed)
        named = {
            tuple(cause[1] for cause in causes)
            for _, causes, principals, _ in found
            if principals == ("user:alice",)
        }
        assert named == roles


def test_a_rule_with_names_beside_one_without_is_told(compared):
    after = BASE.replace(READER, RULE + RULE.replace(", resourceNames: [db]", ""))
    lines = (line_of(after, RULE), line_of(after, RULE) + 1)
    parts = [("rules", number, line) for number, line in enumerate(lines)]
    ((_, causes, _, secrets),) = compared(BASE, after)
    assert causes == [("Role", "reader", "changed", parts)]
    assert secrets == ("secret:shop/api", "secret:shop/db")


def test_the_control_plane_gains_nothing_that_it_has_by_shipped_bindings(compared):
    subject = BOB.replace("bob", "system:kube-controller-manager")
    every = RULE.replace(", resourceNames: [db]", "")
    assert compared(BASE, BASE.replace(READER, every) + subject)[0][2] == ("user:alice",)


def test_an_aggregated_rule_is_blamed_where_it_stands(compared):
    roles = (
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
        "metadata: {name: more, labels: {part: whole}}\nrules:\n- RULE\n"
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
        "metadata: {name: whole}\n"
        "aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: whole}}]}\nrules: []\n"
    )
    base = BASE.replace("kind: Role, name: reader", "kind: ClusterRole, name: whole")
    before = base + roles.replace("- RULE\n", READER)
    after = base + roles.replace("- RULE\n", READER + RULE)
    cause = ("ClusterRole", "more", "changed", [("rules", 1, line_of(after, RULE))])
    assert compared(before, after) == [(True, [cause], ("user:alice",), ("secret:shop/db",))]
    unlabelled = after.replace("labels: {part: whole}", "labels: {part: none}", 1)
    ((_, causes, *_),) = compared(unlabelled, after)
    part = ("metadata.labels", 0, line_of(after, "labels: {part: whole}"))
    assert causes == [("ClusterRole", "more", "changed", [part])]
    apart = after.replace("matchLabels: {part: whole}", "matchLabels: {part: other}")
    ((_, causes, *_),) = compared(apart, after)
    part = ("aggregationRule", 0, line_of(after, "aggregationRule"))
    assert causes == [("ClusterRole", "whole", "changed", [part])]


POD = """---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - {name: c, image: i, envFrom: [{secretRef: {name: db}}]}
status: {phase: Running}
"""
EXEC = '- {apiGroups: [""], resources: [pods/exec], verbs: [create, get]}\n'


def test_a_pod_that_mounts_it_is_blamed_itself(compared):
    before = BASE.replace(READER, EXEC) + POD.replace("name: db", "name: api")
    after = BASE.replace(READER, EXEC) + POD
    opened, closed = compared(before, after)
    assert opened == (True, [("Pod", "web", "changed", [])], ("user:alice",), ("secret:shop/db",))
    assert closed == (False, [("Pod", "web", "changed", [])], ("user:alice",), ("secret:shop/api",))


NODE = """---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {node-role.kubernetes.io/control-plane: ""}}
"""
NAMESPACE = """---
apiVersion: v1
kind: Namespace
metadata: {name: tools, labels: {pod-security.kubernetes.io/enforce: LEVEL}}
"""


def test_what_no_evidence_names_is_blamed_as_it_changed(tmp_path):
    """The level of a namespace makes paths: a condition's end is a gain, its coming a loss."""
    maker = BASE.replace("namespace: shop}\nrules", "namespace: tools}\nrules")
    maker = maker.replace("readers, namespace: shop", "readers, namespace: tools") + NODE
    maker = maker.replace(READER, READER.replace("configmaps", "pods").replace("get", "create"))
    for level in ("restricted", "privileged"):
        (tmp_path / f"{level}.yaml").write_text(maker + NAMESPACE.replace("LEVEL", level))
    (tmp_path / "unknown.yaml").write_text(maker)

    def told(one, other):
        found = rg.diff(tmp_path / f"{one}.yaml", tmp_path / f"{other}.yaml")
        return {
            (change.gained, cause.kind, cause.change, way.before, way.after)
            for change in found
            for cause in change.causes
            for way in change.ways
        }

    changed = (True, "Namespace", "changed", "none", "certain")
    assert told("restricted", "privileged") == {changed}
    removed = (True, "Namespace", "removed", "none", "conditional")
    assert told("restricted", "unknown") == {removed}
    weaker = (False, "Namespace", "removed", "certain", "conditional")
    assert told("privileged", "unknown") == {weaker}
    stronger = (True, "Namespace", "added", "conditional", "certain")
    assert told("unknown", "privileged") == {stronger}
