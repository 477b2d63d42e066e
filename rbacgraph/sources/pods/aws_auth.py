"""Reads the mappings of ``aws-auth``: two YAML texts in a ConfigMap."""

from collections.abc import Iterator
from typing import Any

from rbacgraph.model.kubernetes.aws_auth import AwsMapping

_LARGEST = 1 << 20


def read_mappings(roles: str | None, users: str | None) -> tuple[AwsMapping, ...]:
    """Return the mappings of ``mapRoles`` and ``mapUsers``; invalid ones are left out.

    The last one for an ARN counts, and roles come first.

    Source: kubernetes-sigs/aws-iam-authenticator ``pkg/mapper/configmap/``.
    """
    found = {one.arn.lower(): one for one in _mappings(roles, "rolearn")}
    others = {one.arn.lower(): one for one in _mappings(users, "userarn")}
    return *found.values(), *(one for arn, one in others.items() if arn not in found)


def _mappings(text: str | None, field: str) -> Iterator[AwsMapping]:
    from rbacgraph.sources.yaml11 import faults, parser

    if not text or len(text) > _LARGEST:
        return
    try:
        value = parser.load(text).value
    except (faults.YamlFault, RecursionError):
        return
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get(field), str):
            groups = entry.get("groups")
            names = groups if isinstance(groups, list) else ()
            yield AwsMapping(entry[field], _text(entry.get("username")), tuple(map(_text, names)))


def _text(value: Any) -> str:  # noqa: ANN401 - whatever stands there
    return value if isinstance(value, str) else ""
