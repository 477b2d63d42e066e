"""Reads for which class of stores a controller of External Secrets runs, from its arguments.

Source: external-secrets ``cmd/controller/root.go``.
"""

from collections.abc import Mapping

from rbacgraph.sources.external.flags import flag_value

_LABEL, _NAME = "app.kubernetes.io/name", "external-secrets"


def is_controller(labels: Mapping[str, object] | None) -> bool:
    """Whether a Pod with these labels is a controller, as the chart marks it."""
    return labels is not None and labels.get(_LABEL) == _NAME


def controller_class(*command: object) -> str:
    """Return the class that the parts of a command line set; ``""`` for none."""
    return flag_value("--controller-class", *command)
