"""What Argo CD's programs get on their command lines, as far as rbacgraph reads it.

Source: argo-cd ``cmd/argocd-application-controller/commands``, ``cmd/main.go``,
``util/security/application_namespaces.go``.
"""

from msgspec import Struct

SETTINGS_MAP = "argocd-cmd-params-cm"
"""The ConfigMap from which the programs take what their flags do not give."""

NAMESPACES_KEY = "application.namespaces"


class ArgoProgram(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A program of Argo CD that a container starts.

    ``name``: its name, such as ``argocd-application-controller``.
    ``namespaces``: ``--application-namespaces`` as given; None without the flag.
    ``by_environment``: whether the container's environment gives the same, not from the ConfigMap.
    """

    name: str
    namespaces: str | None = None
    by_environment: bool = False
