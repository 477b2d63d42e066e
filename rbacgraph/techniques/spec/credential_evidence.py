"""The evidence that an object holds a credential of a cluster."""

from rbacgraph.facts.cluster_secrets.credentials import FoundCredential
from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.core import ConfigMap, Secret


def shown_by(world: Facts, obj: Secret | ConfigMap, found: FoundCredential) -> Evidence:
    """Return the evidence for a credential: its key, or else its label or type."""
    row, kind = found.row, "ConfigMap" if isinstance(obj, ConfigMap) else "Secret"
    detail = f"a {kind} of {row.product}" if row.product else ""
    if row.type:
        detail = f"type {row.type}"
    elif row.label:
        detail = f"label {row.label}"
    elif found.key:
        detail = f"key {found.key}"
    return world.rbac.evidence(obj, kind, detail)
