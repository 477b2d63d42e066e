"""Writes a role as a manifest that can be applied."""

from collections.abc import Iterable, Iterator

from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, PolicyRule

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
