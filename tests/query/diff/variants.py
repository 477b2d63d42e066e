"""Random clusters with some objects changed, and whom a change opens what."""

import random

from msgspec.structs import replace

from tests.query.clusters import random_snapshot

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


def told(change):
    turned = 1 if change.gained else -1
    return [
        (principal, secret, *(way.before, way.after)[::turned])
        for way in change.ways
        for principal in way.principals
        for secret in way.secrets
    ]


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
