"""Random clusters with some objects in several versions, and every choice of these."""

import random
from itertools import product

from tests.query.plain.cluster import WORKLOADS, key
from tests.query.plain.clusters.objects import _subject
from tests.query.plain.clusters.rights import Rights

ROLES, BINDINGS = ("Role", "ClusterRole"), ("RoleBinding", "ClusterRoleBinding")


PODS = ("Pod", *WORKLOADS)


def with_versions(make, seed):
    """Give some roles and bindings of a random cluster further versions."""
    objects, rng = make(seed), random.Random(seed)
    objects = [_without_uid(obj) for obj in objects]
    roles = [obj for obj in objects if obj["kind"] in ROLES and "aggregationRule" not in obj]
    bindings = [obj for obj in objects if obj["kind"] in BINDINGS]
    found = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        several = rng.choice([one for one in (roles, bindings) if one])
        obj = rng.choice(several)
        found.append(
            _other_role(rng, obj) if obj["kind"] in ROLES else _other_binding(rng, obj, roles)
        )
    mixed = [*objects, *found]
    rng.shuffle(mixed)
    return mixed


def with_pod_versions(make, seed):
    """Give some Pods and workloads the spec of another one beside their own."""
    objects, rng = make(seed), random.Random(seed)
    by_kind = {}
    for obj in objects:
        if obj["kind"] in PODS and obj["metadata"].get("namespace") != "kube-system":
            by_kind.setdefault(obj["kind"], []).append(obj)
    several = [one for one in by_kind.values() if len(one) > 1]
    found = []
    for _ in range(rng.choice((1, 1, 2)) if several else 0):
        obj, other = rng.sample(rng.choice(several), 2)
        found.append({**obj, **{name: other[name] for name in ("spec", "status") if name in other}})
    mixed = [*objects, *found]
    rng.shuffle(mixed)
    return mixed


def _without_uid(obj):
    metadata = {name: value for name, value in obj["metadata"].items() if name != "uid"}
    from_files = obj["kind"] in {*ROLES, *BINDINGS} and "aggregationRule" not in obj
    return {**obj, "metadata": metadata} if from_files else obj


def _other_role(rng, role):
    kept = [rule for rule in role["rules"] if rng.random() < 0.5]
    more = Rights(rng).of_a_technique()
    return {**role, "rules": [*more, *kept] if rng.random() < 0.5 else [*kept, *more]}


def _other_binding(rng, binding, roles):
    subjects = [one for one in binding["subjects"] if rng.random() < 0.6] + [_subject(rng)]
    space = binding["metadata"].get("namespace", "")
    wanted = [one for one in roles if one["kind"] == "ClusterRole" or key(one)[0] == space]
    if not wanted or rng.random() < 0.4:
        return {**binding, "subjects": subjects}
    other = rng.choice(wanted)
    ref = {**binding["roleRef"], "kind": other["kind"], "name": key(other)[1]}
    return {**binding, "roleRef": ref, "subjects": subjects}


def choices(objects):
    """Every cluster that a server may hold: of each object one version."""
    by_name = {}
    for obj in objects:
        by_name.setdefault((obj["kind"], *key(obj)), []).append(obj)
    return [list(choice) for choice in product(*by_name.values())]
