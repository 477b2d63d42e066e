"""Says in words how somebody gets full control of the cluster."""

from rbacgraph.model.answers.paths import Admin
from rbacgraph.report.text.words import (
    binding_of,
    chain,
    describe,
    object_name,
    rules_of,
)


def admin_sentence(admin: Admin) -> str:
    """Return how a principal is effectively cluster-admin, step by step."""
    given = " and ".join(map(str, admin.conditions))
    head = f"Cluster-admin equivalent, if {given}" if given else "Cluster-admin equivalent"
    if admin.path is None:
        return f"{head}: holds every right on every resource by {_rights(admin)}."
    steps = [hop.text for hop in admin.path.hops]
    if admin.rights:
        steps.append(f"{describe(admin.path.target)}, which has every right by {_rights(admin)}")
    return f"{head}: {' → '.join(steps)}."


def admin_chain(admin: Admin) -> str:
    """Return the techniques, and the identity or role with every right that they lead to."""
    if admin.path is None:
        return "own rights"
    techniques = chain(hop.edge for hop in admin.path.hops)
    return f"{techniques} → {describe(admin.path.target)}" if admin.rights else techniques


def _rights(admin: Admin) -> str:
    """Return the binding and the role that give every right."""
    binding, roles = binding_of(admin.rights), rules_of(admin.rights)
    words = f"{roles[0].kind} {object_name(roles[0].namespace, roles[0].name)}" if roles else ""
    if binding is None:
        return words or ", ".join(one.detail for one in admin.rights)
    return f"{binding.kind} {object_name(binding.namespace, binding.name)} of {words}"
