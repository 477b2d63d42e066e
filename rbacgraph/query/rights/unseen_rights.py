"""Finds rights whose use no log shows: they are checked within other requests.

Source: kubernetes ``plugin/pkg/admission/gc/gc_admission.go``: to set ``blockOwnerDeletion``, a
user needs ``update`` on the owner's ``finalizers``. The plugin is off by default, and on in
OpenShift.
"""

from rbacgraph.facts.admission.security_context_constraints import is_openshift
from rbacgraph.model.inputs.audit import UNSEEN_VERBS
from rbacgraph.model.inputs.snapshot import Snapshot

_PLUGIN = "OwnerReferencesPermissionEnforcement"
_FINALIZERS = "/finalizers"


class UnseenRights:
    """Decides which rights no log can show to be used."""

    def __init__(self, snapshot: Snapshot) -> None:
        flags = [flags for _, flags in snapshot.api_servers]
        self._owners = not any(_PLUGIN in one.disabled for one in flags) and (
            any(one.owners for one in flags) or is_openshift(snapshot)
        )

    @property
    def more(self) -> bool:
        """Whether this depends on more than verbs."""
        return self._owners

    def holds(self, verb: str, resource: str) -> bool:
        """Whether a verb on a resource, or on its subresource, is such a right."""
        if verb in UNSEEN_VERBS:
            return True
        return self._owners and verb == "update" and resource.endswith(_FINALIZERS)
