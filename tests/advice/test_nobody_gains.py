"""What is written gives nobody a right: the proof of that, and all that is written."""

import random
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.changes.nobody_gains import nobody_gains
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.edits.apply_edits import apply
from rbacgraph.advice.risks.risks import RiskRanking
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.prepare import prepare
from rbacgraph.graph.build import build
from rbacgraph.model.changes.change import Change, key_of
from rbacgraph.model.changes.statement import NOTHING, Say
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, LabelSelector, RbacMeta
from rbacgraph.model.kubernetes.rbac import (
    AggregationRule,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacgraph.model.request import Request
from rbacgraph.query.arrays.path_filter import PathFilter
from tests.advice.cuts import Case, dense_snapshot
from tests.advice.gained import gained
from tests.query.clusters import random_snapshot
from tests.query.plain.clusters.operator_clusters import objects_of_operators, objects_of_pairs
from tests.query.plain.clusters.store_clusters import store_snapshot
from tests.query.rbac_clusters import random_rbac
from tests.worlds import law, worlds

# --- the proof, against every request there is -------------------------------------------------

VERBS, GROUPS = ("get", "create", "zz"), ("", "apps", "zz")
FULL = (("pods", ""), ("pods", "exec"), ("zz", "exec"), ("zz", "zz"), ("zz", ""))
REQUESTS = [
    *(
        Request(verb, group, *full, namespace, name)
        for verb, group, full, namespace, name in product(
            VERBS, GROUPS, FULL, ("", "a", "zz"), ("", "x", "y", "zz")
        )
    ),
    *(Request(verb, path=url) for verb, url in product(VERBS, ("/a", "/ab", "/zz"))),
]
SUBJECTS = (
    Subject("User", "amy"),
    Subject("Group", "devs"),
    Subject("ServiceAccount", "ci", "a"),
)
WHO = {
    "user:amy": ("amy", ()),
    "group:devs": ("", ("devs",)),
    "serviceaccount:a/ci": ("system:serviceaccount:a:ci", ()),
}
FIELDS = {
    "verbs": ("get", "create", "*"),
    "api_groups": ("", "apps", "*"),
    "resources": ("pods", "pods/exec", "*/exec", "*"),
    "resource_names": ("x", "y", ""),
    "non_resource_urls": ("/a", "/a*", "*"),
}


def some(rng, field):
    return tuple(rng.sample(FIELDS[field], rng.choice((1, 1, 2))))


def small_rule(rng):
    if rng.random() < 0.15:
        return PolicyRule(some(rng, "verbs"), non_resource_urls=some(rng, "non_resource_urls"))
    names = some(rng, "resource_names") if rng.random() < 0.4 else None
    return PolicyRule(*(some(rng, one) for one in list(FIELDS)[:3]), names)


def small_cluster(rng):
    """A few roles, one of which takes the rules of another, and who has them."""

    def rules():
        return tuple(small_rule(rng) for _ in range(rng.choice((1, 2))))

    def binding(kind, namespace, name):
        ref = (
            ("Role", "r") if namespace and rng.random() < 0.5 else ("ClusterRole", rng.choice("re"))
        )
        subjects = tuple(rng.sample(SUBJECTS, rng.choice((1, 1, 2))))
        return kind(RbacMeta(name, namespace), RoleRef(*ref), subjects)

    into, selector = {"into": "e"}, LabelSelector(match_labels={"into": "e"})
    return Snapshot(
        roles=(Role(RbacMeta("r", "a"), rules()),),
        cluster_roles=(
            ClusterRole(ClusterRoleMeta("r", labels=into), rules()),
            ClusterRole(ClusterRoleMeta("e"), aggregation_rule=AggregationRule((selector,))),
        ),
        role_bindings=tuple(binding(RoleBinding, "a", f"b{number}") for number in range(2)),
        cluster_role_bindings=(binding(ClusterRoleBinding, "", "b"),),
    )


def changed(rng, obj):
    """Return an object with more or less in it."""
    if isinstance(obj, RoleBinding | ClusterRoleBinding):
        subjects = obj.subjects
        if rng.random() < 0.5:
            return replace(obj, subjects=subjects[1:])
        return replace(obj, subjects=tuple(dict.fromkeys((*subjects, rng.choice(SUBJECTS)))))
    rules = list(obj.rules or ())
    if not rules or rng.random() < 0.2:
        return replace(obj, rules=(*rules[1:], *([small_rule(rng)] * rng.choice((0, 1)))))
    number = rng.randrange(len(rules))
    held = [one for one in FIELDS if getattr(rules[number], one)]
    named = "resources" in held and rng.random() < 0.2
    field = "resource_names" if named else rng.choice(held)
    before = getattr(rules[number], field) or ()
    after = {
        "less": before[1:],
        "more": (*before, rng.choice(FIELDS[field])),
        "any": () if field == "resource_names" else (*before, "*"),
    }[rng.choice(("less", "less", "more", "any"))]
    rules[number] = replace(rules[number], **{field: tuple(dict.fromkeys(after)) or None})
    return replace(obj, rules=tuple(rules))


KINDS = ("roles", "cluster_roles", "role_bindings", "cluster_role_bindings")


def small_change(seed):
    """A cluster, perhaps with objects in two versions, and what is written."""
    rng = random.Random(seed)
    snapshot = small_cluster(rng)
    whole = {kind: getattr(snapshot, kind) for kind in KINDS}
    for kind in rng.sample(KINDS, rng.choice((0, 0, 1, 1, 2))):
        whole[kind] = (*whole[kind], changed(rng, whole[kind][0]))
    changes = []
    for kind in rng.sample(KINDS, rng.choice((1, 1, 2))):
        old = rng.choice(
            [one for one in whole[kind] if getattr(one, "aggregation_rule", None) is None]
        )
        new = changed(rng, old)
        made = rng.random() < 0.1 and isinstance(old, RoleBinding)
        if made:
            new = replace(old, metadata=RbacMeta("new", "a"), subjects=(rng.choice(SUBJECTS),))
        changes.append(Change(before=None if made else old, after=new, why=NOTHING))
    return Snapshot(**whole), changes


def choices(snapshot):
    """Yield what a server may hold: one version of each object."""
    every = [(kind, one) for kind in KINDS for one in getattr(snapshot, kind)]
    versions = {}
    for kind, one in every:
        versions.setdefault(key_of(one), []).append((kind, one))
    for chosen in product(*versions.values()):
        held = {kind: tuple(one for its, one in chosen if its == kind) for kind in KINDS}
        yield prepare(Snapshot(**held), bootstrap=False)


def who_gains(snapshot, changes):
    """Return who is allowed something afterwards that it was not before, on some server."""
    found = set()
    for held in choices(snapshot):
        old, new = Authorizer(held), Authorizer(applied(held, changes))
        for name, who in WHO.items():
            if any(new.allows(one, *who) and not old.allows(one, *who) for one in REQUESTS):
                found.add(name)
    return found


@law(small_change, 400, examples=[10, 42, 116, 148, 1286, 936934656])
def test_a_change_is_refused_if_somebody_gains_by_it(seed):
    snapshot, changes = small_change(seed)
    gaining = who_gains(snapshot, changes)
    before = prepare(snapshot, bootstrap=False)
    one, other = Authorizer(before), Authorizer(applied(before, changes))
    if not gaining:
        nobody_gains(one, other)
        return
    with pytest.raises(UnprovenError) as refused:
        nobody_gains(one, other)
    assert refused.value.why.code is Say.GETS_MORE
    assert refused.value.why.subject[0] in gaining


# --- all that is written -----------------------------------------------------------------------


def snapshot_of(made):
    if isinstance(made, Snapshot):
        return made
    with TemporaryDirectory() as folder:
        path = Path(folder, "cluster.yaml")
        path.write_text(yaml.safe_dump_all(made))
        return rg.load(path, bootstrap=False).snapshot


MORE = {
    "verbs": ((), ("get", "list"), ("delete",)),
    "apiGroups": ((), (), ("apps",), ("*",), ("admissionregistration.k8s.io",)),
    "resources": ((), ("pods",), ("*",)),
}


def mixed(make, seed):
    """Objects whose roles have rules with several words, and some with ``*``."""
    rng, objects = random.Random(seed), list(make(seed))
    for one in objects:
        for rule in one.get("rules", ()) if one["kind"] in {"Role", "ClusterRole"} else ():
            for field, more in MORE.items() if "nonResourceURLs" not in rule else ():
                rule[field] = sorted({*rule[field], *rng.choice(more)})
    return objects


def of_operators(seed):
    return mixed(objects_of_operators, seed)


def of_pairs(seed):
    return mixed(objects_of_pairs, seed)


CLUSTERS = (of_pairs, random_rbac, random_snapshot, store_snapshot, dense_snapshot)


@pytest.mark.parametrize("cluster", [of_operators, *CLUSTERS])
def test_no_fix_of_a_cause_gives_anybody_a_right(cluster):
    for seed in worlds(cluster, 40):
        graph = build(snapshot_of(cluster(seed)))
        ranking = RiskRanking(graph, PathFilter())
        before, causes = graph.world.snapshot, tuple(ranking.finder.causes())
        for several in (*((one,) for one in causes), causes):
            assert next(gained(before, ranking.closing.edited(several).snapshot), None) is None


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_no_edit_of_a_cut_gives_anybody_a_right(cluster):
    for seed in worlds(cluster, 40):
        snapshot = snapshot_of(cluster(seed))
        known = sorted(build(snapshot).world.secrets)
        if known:
            one = Case(snapshot, "/".join(known[0]))
            for edit in one.universe():
                after = apply(one.editor, [edit]).snapshot
                assert next(gained(one.graph.world.snapshot, after), None) is None, edit
