"""``diff``: laws on random clusters, held against ``paths`` by definition."""

import random
from functools import cached_property
from itertools import chain, combinations
from operator import itemgetter

from msgspec.structs import replace

from rbacgraph.graph.build import build
from rbacgraph.model.answers.risk.cause_text import Happening
from rbacgraph.model.kubernetes.rbac import ClusterRole, ClusterRoleBinding, RoleBinding
from rbacgraph.model.node import format_node
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import paths
from rbacgraph.query.diff.diff import diff
from tests.query.clusters import random_snapshot
from tests.query.diff.variants import STORES, VARIED, narrowed, told, variant
from tests.query.plain.clusters.store_clusters import store_snapshot
from tests.worlds import another, law


class Asked:
    """Who gets at what, as ``paths`` says."""

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
        if "group:system:masters" in {principal, *groups}:
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


def strongest(found):
    """For each principal and Secret the gain that says the most."""
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


@law(random_snapshot, 40, another)
def test_what_is_gained_and_lost_is_what_paths_tells(seed, change):
    says_what_paths_says(build(random_snapshot(seed)), build(variant(seed, change)))


@law(store_snapshot, 45, another)
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


def with_one_binding_more(after, rng):
    """Both sides of a change that adds a binding; equal sides if there is none."""
    fields = ("role_bindings", "cluster_role_bindings")
    every = [(field, obj) for field in fields for obj in getattr(after, field)]
    if not every:
        return after, after
    field, added = rng.choice(every)
    kept = tuple(obj for obj in getattr(after, field) if obj is not added)
    return replace(after, **{field: kept}), after


def shows_the_shortest_path(before, after):
    """All that is new is one binding, so that each path that a principal had not is by it."""
    graph = build(after)
    for change in diff(build(before), graph).gained:
        for way in change.ways:
            assert way.path.principal in way.principals
            for secret in way.secrets:
                found = paths(graph, secret=secret, certain=way.after == "certain").secrets[0]
                shorter = {p.principal for p in found.paths if p.effort < way.path.effort}
                assert not shorter.intersection(way.principals), (secret, way.path.effort)


# all: there was a path to more Secrets, and a shorter one to some of them
@law(random_snapshot, 40, examples=[115904372, 756983410, 995438966])
def test_no_principal_has_a_shorter_path_than_the_shown_one(seed):
    shows_the_shortest_path(*with_one_binding_more(random_snapshot(seed), random.Random(seed)))


# 596246346: the shorter one is also by a group in which the binding's subject is by its kind
@law(store_snapshot, 40, examples=[598115154, 738902838, 596246346])
def test_no_principal_has_a_shorter_path_to_a_secret_of_a_store(seed):
    shows_the_shortest_path(*with_one_binding_more(store_snapshot(seed), random.Random(seed)))


# 915043204: one object gave it by itself only with what the change takes away; 668614798: nothing
# that is new gives it; the others: another line of the object gives it by itself
ALONE = [
    (915043204, 457820796),
    (668614798, 598558119),
    (653509282, 523902775),
    (508063042, 94892589),
]


@law(random_snapshot, 40, another, examples=ALONE)
def test_every_object_that_gives_it_by_itself_is_named(seed, change):
    """And nothing beside it. Tried with each object alone, beside what does not change."""
    before, after = random_snapshot(seed), variant(seed, change)
    one, other = build(before), build(after)
    changes = diff(one, other).gained
    old, new = Asked(one), Asked(other)
    every, shown = gained(old, new), {pair for change in changes for pair in told(change)}
    by_none = gained(old, Asked(build(shared(before, after))))
    for key, alone in one_by_one(before, after):
        causes = [
            (cause, found)
            for found in changes
            for cause in found.causes
            if (cause.kind, cause.namespace, cause.name) == key
        ]
        named = {pair for _, found in causes for pair in told(found)}
        for pair in (gained(old, Asked(build(alone))) & every) - by_none:
            assert pair in named or covering(new, *pair) & shown or pair[1] not in old.secrets, key
            for cause, found in causes:
                if len(found.causes) > 1 and pair in told(found):
                    lines = [replace(cause, parts=(part,)) for part in cause.parts] or [cause]
                    less = (with_lines(alone, before, key, line) for line in lines)
                    assert not all(pair in gained(old, Asked(build(one))) for one in less), key


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


# 26: one of the causes is a membership, by which an AND node is reached; 524423995: a new binding
# was enough without the other one; 793770133 and 647955862: another binding gives it too, under a
# condition; 47094580: what a group of it gains is enough; 455400710: all that changed is guessed
CAUSES = [
    *((26, 53), (524423995, 875606979), (793770133, 363524484), (647955862, 788288301)),
    *((47094580, 992680626), (455400710, 38890606)),
]


@law(random_snapshot, 40, another, examples=CAUSES)
def test_every_cause_makes_a_difference(seed, change):
    """With some of the other causes taken back, the gain depends on it: less gives nobody more.

    So it may be only where what gives the same without it is taken back too.
    """
    before = random_snapshot(seed)
    after = narrowed(change, before, variant(seed, change))
    one, other = build(before), build(after)
    old = Asked(one)
    worlds = {}

    def gained_without(keys):
        if keys not in worlds:
            less = gained(old, Asked(build(reverted(before, after, keys))))
            worlds[keys] = {
                (*pair[:2], level) for pair in less for level in (pair[3], "conditional")
            }
        return worlds[keys]

    changes = diff(one, other).gained
    for found in changes:
        keys, secrets = roles_and_bindings(found), {pair[1] for pair in told(found)}
        wanted = {(*pair[:2], pair[3]) for pair in told(found)}
        alone = {
            key
            for change in changes
            if secrets & {pair[1] for pair in told(change)}
            for key in roles_and_bindings(change)
        }.difference(keys)
        # What is gone is named only where nothing shows a cause: with all that changed.
        guessed = any(cause.change == "removed" for cause in found.causes)
        for key in keys if len(keys) <= 4 and not guessed else ():
            rest = [each for each in keys if each != key]
            subsets = chain.from_iterable(combinations(rest, n) for n in range(len(rest) + 1))
            assert any(
                wanted & gained_without(frozenset({*taken, *others}))
                > wanted & gained_without(frozenset({*taken, *others, key}))
                for taken in subsets
                for others in ((), alone)
            ), (key, found.causes)


def roles_and_bindings(change):
    return [(c.kind, c.namespace, c.name) for c in change.causes if c.kind in RBAC_FIELDS]


def one_by_one(before, after):
    """Clusters of what both hold, and of one new or changed role or binding."""
    both = shared(before, after)
    for field in ("role_bindings", "cluster_role_bindings", "cluster_roles"):
        known = {place(o): o for o in getattr(before, field)}
        for obj in getattr(after, field):
            if known.get(place(obj)) != obj:
                rest = [one for one in getattr(both, field) if place(one) != place(obj)]
                yield (type(obj).__name__, *place(obj)), replace(both, **{field: (*rest, obj)})


def with_lines(alone, before, key, cause):
    """The cluster, in which an object has what it had, and of the rest a cause's lines only."""
    field = RBAC_FIELDS[key[0]]
    part = "rules" if key[0].endswith("Role") else "subjects"
    lines = {one.index for one in cause.parts if one.field == part}
    had = {each for o in getattr(before, field) if place(o) == key[1:] for each in getattr(o, part)}

    def less(obj):
        every = enumerate(getattr(obj, part))
        kept = tuple(each for number, each in every if number in lines or each in had)
        return replace(obj, **{part: kept}) if lines and place(obj) == key[1:] else obj

    objects = map(less, getattr(alone, field))
    return replace(alone, **{field: tuple(objects)})


def shared(before, after):
    """What both clusters hold, roles and bindings as far as they are the same."""
    fields = {}
    for field in VARIED:
        there = {place(o): o for o in getattr(after, field)}
        pairs = ((one, there.get(place(one))) for one in getattr(before, field))
        fields[field] = tuple(same for pair in pairs if (same := common(*pair)) is not None)
    groups = {
        name: tuple(one for one in several if one in after.groups.get(name, ()))
        for name, several in before.groups.items()
    }
    return replace(before, **fields, groups=groups)


def common(one, other):
    if one == other:
        return one
    part = {ClusterRole: "rules", RoleBinding: "subjects", ClusterRoleBinding: "subjects"}
    field = part.get(type(one))
    if (
        other is None
        or field is None
        or getattr(one, "role_ref", 0) != getattr(other, "role_ref", 0)
    ):
        return None
    there = getattr(other, field) or ()
    return replace(one, **{field: tuple(each for each in getattr(one, field) if each in there)})


@law(random_snapshot, 40, another)
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


@law(random_snapshot, 40)
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


@law(random_snapshot, 40, another)
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
