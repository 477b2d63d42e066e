"""Roles, bindings and ServiceAccounts as manifests that can be applied."""

from collections.abc import Iterable

from rbacgraph.model.change import Change
from rbacgraph.model.printable import clean
from rbacgraph.report.as_yaml import yaml_lines
from rbacgraph.report.objects import manifest


def manifests_text(changes: Iterable[Change]) -> str:
    """Write what changes make or write anew as YAML, one document each.

    Deletions are no manifests: they are left out.

    Examples
    --------
    >>> from rbacgraph.model.meta import RbacMeta
    >>> from rbacgraph.model.rbac import Role
    >>> role = Role(metadata=RbacMeta("reader", "shop"))
    >>> print(manifests_text([Change(before=role, after=role, why="nobody uses it")]), end="")
    ---
    # nobody uses it
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: reader
      namespace: shop
    rules: []
    """
    return "".join(
        f"---\n# {clean(change.why)}\n" + "\n".join(yaml_lines(manifest(change.after))) + "\n"
        for change in changes
        if change.after is not None
    )
