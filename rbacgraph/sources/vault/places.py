"""Finds what a file of a dump holds, by its place below the folder ``vault``."""

import re
from enum import Enum
from pathlib import PurePath
from typing import NamedTuple

FOLDER = "vault"
NAMESPACES = "namespace"
_SUFFIX = re.compile(r"\.(?:hcl|json)(?:\.gz|\.zst)?$")
_HCL = re.compile(r"\.hcl(?:\.gz|\.zst)?$")


class Content(Enum):
    """What a file of a dump holds."""

    POLICY = "a policy"
    AUTH_METHODS = "the auth methods"
    SECRETS_ENGINES = "the secrets engines"
    ENTRY = "a role, a group, an entity or a configuration"
    LIST = "the names under a path"
    VALUES = "the values of a secret"
    UNKNOWN = "nothing that rbacgraph knows"


class DumpPlace(NamedTuple):
    """What a file is by its place.

    ``content``: what it holds.
    ``namespace``: the namespace of Vault; ``""`` for the root namespace.
    ``path``: the path by which the API reads it; for a policy its name.
    """

    content: Content
    namespace: str = ""
    path: str = ""


def is_hcl(name: str) -> bool:
    """Whether a file's name says that it holds HCL."""
    return bool(_HCL.search(name))


def place_of(name: str) -> DumpPlace | None:
    """Return what a file is; ``None`` if it lies in no folder ``vault``.

    Examples
    --------
    >>> place_of("dump/vault/policy/shop.hcl")
    DumpPlace(content=<Content.POLICY: 'a policy'>, namespace='', path='shop')
    >>> place_of("dump/vault/auth/k8s/role/shop.json").path
    'auth/k8s/role/shop'
    >>> place_of("manifests/shop.json") is None
    True
    """
    folder = folder_of(name)
    if not folder or not _SUFFIX.search(name):
        return None
    inner = list(PurePath(name).parts[len(PurePath(folder).parts) :])
    inner[-1] = _SUFFIX.sub("", inner[-1])
    namespace = ""
    while inner[0] == NAMESPACES and inner[2:]:
        namespace = f"{namespace}/{inner[1]}".lstrip("/")
        inner = inner[2:]
    return _place("/".join(inner), namespace, hcl=is_hcl(name))


def folder_of(name: str) -> str:
    """Return the folder of the dump in which a file lies; ``""`` if it lies in none.

    Examples
    --------
    >>> folder_of("dump/vault/auth/k8s/role/shop.json")
    'dump/vault'
    """
    parts = PurePath(name).parts
    if FOLDER not in parts[:-1]:
        return ""
    return str(PurePath(*parts[: len(parts) - parts[::-1].index(FOLDER, 1)]))


_POLICY = re.compile(r"(?:polic(?:y|ies)|sys/policy|sys/policies/acl)/(.+)")
_POLICIES = "sys/policies/acl"
_POLICY_LISTS = frozenset({"policy", "policies", "sys/policy", _POLICIES})
_PLACES = (
    (Content.AUTH_METHODS, re.compile(r"(?:sys/)?auth")),
    (Content.SECRETS_ENGINES, re.compile(r"secrets|sys/mounts")),
    (Content.LIST, re.compile(r"polic(?:y|ies)|sys/policy|sys/policies/(?:acl|egp|rgp)")),
    (
        Content.ENTRY,
        re.compile(r"sys/policies/(?:egp|rgp)/.+|identity/mfa/login-enforcement/[^/]+"),
    ),
    (Content.VALUES, re.compile(r"(?!auth/|identity/)[^/]+/data/.+")),
    (Content.LIST, re.compile(r"auth/.+/(?:roles?|users)|identity/[^/]+/[^/]+|[^/]+/roles")),
    (Content.ENTRY, re.compile(r"auth/.+/(?:roles?|users)/[^/]+|auth/.+/config")),
    (Content.ENTRY, re.compile(r"identity/(?:group|entity)/(?:id|name)/[^/]+")),
    (Content.ENTRY, re.compile(r"[^/]+/roles/[^/]+|[^/]+/config")),
    (Content.LIST, re.compile(r"[^/]+/metadata(?:/.+)?")),
)
"""What a path of the API holds; the first that matches counts."""


def _place(path: str, namespace: str, *, hcl: bool) -> DumpPlace:
    policy = _POLICY.fullmatch(path)
    if policy:
        return DumpPlace(Content.POLICY, namespace, policy.group(1))
    for content, pattern in () if hcl else _PLACES:
        if pattern.fullmatch(path):
            is_policies = content is Content.LIST and path in _POLICY_LISTS
            return DumpPlace(content, namespace, _POLICIES if is_policies else path)
    return DumpPlace(Content.UNKNOWN, namespace, path)
