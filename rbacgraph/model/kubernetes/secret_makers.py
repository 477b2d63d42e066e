"""Custom resources from which operators make Secrets."""

from rbacgraph.model.kubernetes.external_secrets import RemoteSecret, RoleLogin
from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta


class SecretMaker(Object, frozen=True, gc=False, rename="camel"):
    """A custom resource, reduced to the Secrets that an operator makes from it.

    ``names``: the names of the Secrets whose namespaces are the resource's own, or are in
        ``namespaces``.
    ``elsewhere``: the namespaces and names of the Secrets whose namespaces the resource names one
        by one.
    ``namespaces``, ``selected``: the namespaces of a cluster-scoped resource's Secrets: by name, or
        by labels of Namespaces.
    ``remotes``: the secrets of stores outside from which it makes them.
    ``shared_login``: the identity that reads these, if it is one that all Pods of a node share.
    ``ready``: whether the operator says that it has made them.
    ``login``: the role of Vault by which the Pods that mount it log in.
    ``templated``: whether it adds to what it reads, or keeps only a part.
    """

    kind: str
    api_version: str
    metadata: ObjectMeta
    names: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()
    namespaces: tuple[str, ...] = ()
    selected: tuple[LabelSelector, ...] = ()
    remotes: tuple[RemoteSecret, ...] = ()
    shared_login: str = ""
    ready: bool = False
    templated: bool = False
    login: RoleLogin | None = None
