"""The rights that collecting a cluster needs, and no others."""

from collections import defaultdict

from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.sources.kinds import Form
from rbacgraph.sources.objects.object_kinds import KINDS


def collector_rules(*, with_secrets: bool) -> tuple[PolicyRule, ...]:
    """Return the rules of the smallest ClusterRole that lists everything rbacgraph reads.

    Every authenticated user may ask what the API serves, and for its own identity. Secrets have a
    rule of their own, the last one.
    """
    found: defaultdict[tuple[bool, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for wanted in KINDS:
        secret = wanted.form is Form.SECRETS
        if with_secrets or not secret:
            found[secret, wanted.groups[0], wanted.verbs].append(wanted.resource)
    return tuple(
        PolicyRule(verbs=verbs, api_groups=(group,), resources=tuple(sorted(resources)))
        for (_, group, verbs), resources in sorted(found.items())
    )
