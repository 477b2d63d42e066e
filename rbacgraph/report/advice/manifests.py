"""Writes roles and bindings as manifests, and the commands for everything else."""

from collections.abc import Iterable, Iterator
from shlex import quote

from msgspec import json

from rbacgraph.model.changes.change import Change, key_of
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, PolicyRule
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.as_yaml import yaml_lines
from rbacgraph.report.documents.object_mappings import manifest

COLLECTOR = "rbacgraph-collector"
_HEAD = f"""\
# What rbacgraph asks a cluster for: the kinds that it reads. No right to change anything.
# kubectl create clusterrolebinding {COLLECTOR} --clusterrole={COLLECTOR} --user=USER
apiVersion: {RBAC_GROUP}/v1
kind: ClusterRole
metadata:
  name: {COLLECTOR}
rules:
"""
_SECRETS = """\
# To list Secrets is to read them: a holder of this role can read every Secret of the cluster.
# rbacgraph asks for their names, types and metadata; for a whole Secret only on request.
"""
_NO_SECRETS = """\
# No Secrets: to list them is to read them. rbacgraph infers those that something refers to.
"""


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


def collector_manifest(rules: Iterable[PolicyRule]) -> str:
    """Return the ClusterRole of these rules, with a comment on what they mean for Secrets."""
    rules = tuple(rules)
    secrets = [rule for rule in rules if "secrets" in (rule.resources or ())]
    others = [rule for rule in rules if rule not in secrets]
    lines = [*_rules(others), _SECRETS if secrets else _NO_SECRETS, *_rules(secrets)]
    return _HEAD + "".join(lines)


def _rules(rules: Iterable[PolicyRule]) -> Iterator[str]:
    for rule in rules:
        groups = ", ".join(group or '""' for group in rule.api_groups or ())
        yield f"- apiGroups: [{groups}]\n  resources:\n"
        yield from (f"  - {resource}\n" for resource in rule.resources or ())
        yield f"  verbs: [{', '.join(rule.verbs or ())}]\n"
