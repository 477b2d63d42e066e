"""Wire formats of objects that are reduced on reading.

Values of Secrets end here: they are decoded to check that they are strings, as the API server
requires, and only the names of the keys are kept. The few types of Secrets that name other things
(Helm releases, logins) keep those names too.

Source of ingress-nginx's settings: kubernetes/ingress-nginx
``docs/user-guide/nginx-configuration/configmap.md``.
"""

import re
from collections.abc import Container
from sys import intern
from typing import TypeVar

from msgspec import Raw, Struct, field
from msgspec.structs import replace

from rbacgraph.model.go.boolean import parse_bool
from rbacgraph.model.inputs.snapshot import CustomResource
from rbacgraph.model.kubernetes.argo_cd import NAMESPACES_KEY, SETTINGS_MAP
from rbacgraph.model.kubernetes.aws_auth import AWS_AUTH, AwsMapping
from rbacgraph.model.kubernetes.core import READY, ConfigMap, Node, Secret
from rbacgraph.model.kubernetes.helm import RELEASE_TYPE, Release
from rbacgraph.model.kubernetes.ingress_proxies import ProxySettings
from rbacgraph.model.kubernetes.meta import Object, ObjectMeta, SecretMeta
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, ClusterRoleBinding, RoleBinding, Subject
from rbacgraph.model.kubernetes.secret_types import ARGO_CLUSTER, KUBECONFIG, REGISTRY_TYPES

_KEPT_NAMES = re.compile(
    r"sh\.helm\.release\.v1\.|(aws-auth|full-cluster-state|argocd-cmd-params-cm)(?![-.a-z0-9])"
)
SNIPPETS, RISK = "allow-snippet-annotations", "annotations-risk-level"
NAME_LABEL = "app.kubernetes.io/name"
SETTINGS_NAMES = re.compile(r"nginx|ingress")
"""In the names, or labels, of such ConfigMaps."""

_LABELS = frozenset({"ingress-nginx", "rke2-ingress-nginx", "nginx-ingress-controller"})
_LEVELS = frozenset({"low", "medium", "high", "critical"})


def may_hold_settings(name: str, label: object, keys: Container[str]) -> bool:
    """Whether a ConfigMap of this name, label and keys may be an Ingress controller's."""
    return bool(SETTINGS_NAMES.search(name)) or label in _LABELS or SNIPPETS in keys or RISK in keys


def read_settings(snippets: str | None, risk: str | None) -> ProxySettings:
    """Return the settings that a ConfigMap's values say.

    Examples
    --------
    >>> read_settings("true", "Critical")
    ProxySettings(snippets=True, critical=True, unclear=False)
    >>> read_settings(None, "ENC[AES256_GCM,data:x]").unclear
    True
    """
    level, allowed = (risk or "").lower(), parse_bool(snippets)
    return ProxySettings(
        snippets=None if snippets is None else allowed is True,
        critical=None if risk is None else level == "critical",
        unclear=(snippets is not None and allowed is None) or level not in _LEVELS | {""},
    )


KEPT_CONFIG_MAPS = re.compile(
    f"{_KEPT_NAMES.pattern}|{SETTINGS_NAMES.pattern}|{SNIPPETS}|{RISK}".encode()
)
"""What the text of each ConfigMap holds that is kept, and of few others."""

_Binding = TypeVar("_Binding", RoleBinding, ClusterRoleBinding)


class Header(Struct, frozen=True, rename="camel"):
    """The apiVersion and kind of an object."""

    kind: str | None = None
    api_version: str | None = None


class ItemHeader(Header, frozen=True, rename="camel"):
    """The header of what may be a List, and its items."""

    items: Raw = Raw()


class ListMeta(Struct, frozen=True, rename="camel"):
    """``metadata`` of a List: a server fills it in, a person does not."""

    resource_version: str | None = None
    continue_: str | None = field(default=None, name="continue")


class Envelope(Struct, frozen=True, rename="camel"):
    """Any JSON document: an object, a List of objects, or a server's version."""

    kind: Raw = Raw()
    api_version: Raw = Raw()
    items: Raw = Raw()
    metadata: Raw = Raw()
    server_version: Raw = Raw()
    git_version: Raw = Raw()


class SecretWire(Object, frozen=True, gc=False, rename="camel"):
    """A Secret in its wire format."""

    metadata: SecretMeta
    type: str | None = None
    data: dict[str, str | None] | None = None
    string_data: dict[str, str | None] | None = None
    immutable: bool | None = None


_ENCRYPTED = "ENC[AES256_GCM,"

# Types whose Secrets the API server refuses without data: missing data was removed.
_HOLDS_DATA = frozenset(
    {
        "kubernetes.io/dockercfg",
        "kubernetes.io/dockerconfigjson",
        "kubernetes.io/ssh-auth",
        "kubernetes.io/tls",
        RELEASE_TYPE,
    }
)


def to_secret(wire: SecretWire) -> Secret:
    """Return the Secret without values; a server's object without data keeps that fact."""
    data = wire.data
    if wire.string_data is not None:
        data = (data or {}) | wire.string_data
    keys: tuple[str, ...] | None
    if data is None:
        bare = bool(wire.metadata.uid) and not wire.type
        keys = None if bare or wire.type in _HOLDS_DATA else ()
    else:
        keys = tuple(sorted(data))
    release = _release(wire) if wire.type == RELEASE_TYPE else None
    readable = "" if wire.type and wire.type.startswith(_ENCRYPTED) else wire.type
    return Secret(
        metadata=wire.metadata,
        type=intern(readable or "Opaque"),
        keys=keys,
        release=release,
        hosts=_hosts(wire, keys) if keys else None,
        immutable=wire.immutable is True,
    )


def _hosts(wire: SecretWire, keys: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the hosts that a Secret logs in to, if its type names any."""
    labels = wire.metadata.labels
    argo = labels is not None and labels.argocd_type == ARGO_CLUSTER
    if not (argo or wire.type in REGISTRY_TYPES or KUBECONFIG in keys):
        return None
    from rbacgraph.sources.pods import login_hosts

    def text(key: str) -> str:
        return login_hosts.text_of(wire.data, wire.string_data, key)

    if argo:
        return login_hosts.argo_cluster(text("server"), text("config"))
    if KUBECONFIG in keys:
        return login_hosts.kubeconfig(text(KUBECONFIG))
    old = wire.type == "kubernetes.io/dockercfg"
    return login_hosts.registries(text(".dockercfg" if old else ".dockerconfigjson"), old=old)


def _release(wire: SecretWire) -> Release | None:
    from rbacgraph.sources.pods.helm import read_release

    if wire.string_data and "release" in wire.string_data:
        return read_release(wire.string_data["release"], layers=1)
    return read_release((wire.data or {}).get("release"), layers=2)


class ConfigMapData(Struct, frozen=True, gc=False, rename="camel"):
    """``data`` of a ConfigMap, as far as rbacgraph reads it."""

    release: str | None = None
    map_roles: str | None = None
    map_users: str | None = None
    snippets: str | None = field(default=None, name=SNIPPETS)
    risk: str | None = field(default=None, name=RISK)
    namespaces: str | None = field(default=None, name=NAMESPACES_KEY)


class ConfigMapLabels(Struct, frozen=True, gc=False):
    """The label of a ConfigMap that shows whose it is."""

    name: object = field(default=None, name=NAME_LABEL)


class ConfigMapMeta(ObjectMeta, frozen=True, gc=False):
    """``metadata`` of a ConfigMap."""

    labels: ConfigMapLabels | None = None


class ConfigMapWire(Object, frozen=True, gc=False):
    """A ConfigMap in its wire format."""

    metadata: ConfigMapMeta
    data: ConfigMapData | None = None


def to_config_map(wire: ConfigMapWire) -> ConfigMap:
    """Keep of a ConfigMap only what concerns access."""
    release = None
    if wire.data and wire.data.release and wire.metadata.name.startswith("sh.helm.release."):
        from rbacgraph.sources.pods.helm import read_release

        release = read_release(wire.data.release, layers=1)
    mappings: tuple[AwsMapping, ...] = ()
    if wire.data and wire.metadata.name == AWS_AUTH[1]:
        from rbacgraph.sources.pods.aws_auth import read_mappings

        mappings = read_mappings(wire.data.map_roles, wire.data.map_users)
    metadata = ObjectMeta(wire.metadata.name, wire.metadata.namespace, wire.metadata.uid)
    return ConfigMap(
        metadata=metadata,
        release=release,
        mappings=mappings,
        settings=_settings(wire),
        application_namespaces=_application_namespaces(wire),
    )


def _application_namespaces(wire: ConfigMapWire) -> str | None:
    if wire.metadata.name != SETTINGS_MAP:
        return None
    given = (wire.data and wire.data.namespaces) or ""  # the shipped one has no data
    return None if given.startswith(_ENCRYPTED) else given


def _settings(wire: ConfigMapWire) -> ProxySettings | None:
    data, labels = wire.data or ConfigMapData(), wire.metadata.labels
    given = [key for key, value in ((SNIPPETS, data.snippets), (RISK, data.risk)) if value]
    if not may_hold_settings(wire.metadata.name, labels and labels.name, given):
        return None
    return read_settings(data.snippets, data.risk)


def is_kept_config_map(found: ConfigMap) -> bool:
    """Whether a ConfigMap concerns access: a release, a mapping of users, or settings."""
    return found.settings is not None or _KEPT_NAMES.match(found.metadata.name) is not None


def may_be_kept_config_map(name: str, labels: object, data: object) -> bool:
    """Whether a ConfigMap may concern access, from parts of its parsed value."""
    label = labels.get(NAME_LABEL) if isinstance(labels, dict) else None
    keys = data if isinstance(data, dict) else ()
    return _KEPT_NAMES.match(name) is not None or may_hold_settings(name, label, keys)


def to_node(node: Node) -> Node:
    """Keep of a Node's conditions only whether it is ready."""
    status = node.status
    if status is None or status.conditions is None:
        return node
    ready = tuple(one for one in status.conditions if one.type == READY)
    return replace(node, status=replace(status, conditions=ready))


class DefinitionNames(Struct, frozen=True, rename="camel"):
    """``spec.names`` of a CustomResourceDefinition."""

    kind: str = ""
    plural: str = ""
    short_names: tuple[str, ...] | None = None


class CustomResourceDefinitionSpec(Struct, frozen=True):
    """``spec`` of a CustomResourceDefinition, the part that names the resource."""

    group: str = ""
    names: DefinitionNames = DefinitionNames()
    scope: str = "Namespaced"


class CustomResourceDefinition(Object, frozen=True):
    """A CustomResourceDefinition."""

    metadata: ObjectMeta
    spec: CustomResourceDefinitionSpec | None = None


def to_custom_resource(wire: CustomResourceDefinition) -> CustomResource | None:
    """Return the resource that a definition serves; None if it does not say."""
    spec = wire.spec
    if spec is None or not (spec.group and spec.names.plural):
        return None
    names, namespaced = spec.names, spec.scope == "Namespaced"
    short = tuple(names.short_names or ())
    return CustomResource(spec.group, names.plural, names.kind, namespaced, short)


def from_v1alpha1(binding: _Binding) -> _Binding:
    """Read a v1alpha1 binding by its own meaning: User ``*`` is every authenticated user.

    Source: kubernetes ``pkg/apis/rbac/v1alpha1/conversion.go``.
    """
    everybody = Subject("Group", "system:authenticated", api_group=RBAC_GROUP)
    subjects = binding.subjects
    if subjects is None:
        return binding
    meant = tuple(everybody if (s.kind, s.name) == ("User", "*") else s for s in subjects)
    return replace(binding, subjects=meant)
