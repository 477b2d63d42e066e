"""Custom resources of which an operator makes Secrets."""

from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta


class SecretMaker(Object, frozen=True, gc=False, rename="camel"):
    """A custom resource by the Secrets that an operator makes of it.

    Parameters
    ----------
    names:
        Of the Secrets.
    namespaces, selected:
        Where they are, of one that is in no namespace: by name, or by the labels of Namespaces.
    """

    kind: str
    api_version: str
    metadata: ObjectMeta
    names: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    selected: tuple[LabelSelector, ...] = ()
