"""Writes roles and bindings as manifests, and the commands for everything else."""

from collections.abc import Iterable, Iterator
from shlex import quote

from msgspec import json

from rbacgraph.model.changes.change import Change, key_of
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.as_yaml import yaml_lines
from rbacgraph.report.documents.object_mappings import manifest


def manifests_text(changes: Iterable[Change]) -> str:
    """Return the created and replaced objects as YAML, one document each.

    Deletions are left out, as no manifest deletes. So are ServiceAccounts, which :func:`patches`
    changes: a manifest with only part of one removes what ``kubectl apply`` once set, such as its
    image pull Secrets and most of its annotations.

    Examples
    --------
    >>> from rbacgraph.model.kubernetes.meta import RbacMeta
    >>> from rbacgraph.model.changes.statement import Say
    >>> from rbacgraph.model.kubernetes.rbac import Role
    >>> role = Role(metadata=RbacMeta("reader", "shop"))
    >>> print(manifests_text([Change(before=role, after=role, why=Say.NOBODY_HAS_IT())]), end="")
    ---
    # nobody has it any more
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: reader
      namespace: shop
    rules: []
    """
    return "".join(
        f"---\n# {clean(str(change.why))}\n" + "\n".join(yaml_lines(manifest(change.after))) + "\n"
        for change in changes
        if change.after is not None and not isinstance(change.after, ServiceAccount)
    )


def patches(changes: Iterable[Change]) -> Iterator[str]:
    """Yield the commands that change ServiceAccounts, and nothing else of them.

    Examples
    --------
    >>> from rbacgraph.model.changes.statement import Say
    >>> from rbacgraph.model.kubernetes.meta import AnnotatedMeta
    >>> metadata = AnnotatedMeta("api", "shop")
    >>> account = ServiceAccount(metadata=metadata, automount_service_account_token=False)
    >>> print(*patches([Change(before=None, after=account, why=Say.MOUNTS_NO_TOKEN())]))
    kubectl patch serviceaccount api -n shop -p '{"automountServiceAccountToken":false}'
    """
    for change in changes:
        account = change.after
        if isinstance(account, ServiceAccount):
            _, namespace, name = key_of(account)
            mounts = json.encode(account.automount_service_account_token).decode()
            patch = f'{{"automountServiceAccountToken":{mounts}}}'
            where = f"{quote(name)} -n {quote(namespace)}"
            yield f"kubectl patch serviceaccount {where} -p {quote(patch)}"
