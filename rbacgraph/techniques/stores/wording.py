"""Evidence and names that the techniques of stores share."""

from rbacgraph.facts.world import Facts
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.external_secrets import SecretPush, SecretStore
from rbacgraph.model.kubernetes.secret_makers import SecretMaker


def resource_evidence(
    world: Facts, resource: SecretMaker | SecretPush | SecretStore, detail: str
) -> Evidence:
    """Return a custom resource as evidence, with what it says."""
    return world.rbac.evidence(resource, resource.kind, detail)
