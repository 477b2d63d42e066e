"""The fields that decide rights, and what stands in them that nobody can read.

A placeholder stands for what a tool fills in later, a value of SOPS for what its key decrypts. Each
hides a right where it stands in one of :data:`DECIDING`, and nothing elsewhere. A server may hold
a Role ``${x}``: its name is any segment of a path (kubernetes
``pkg/apis/rbac/validation/validation.go``, ``ValidateRBACName``). So an object that a server
printed holds no placeholder, and nobody looks for one there.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple, TypeAlias

from rbacgraph.model.kubernetes.flux import KUSTOMIZATION
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.sources.external.loose import mapping, text
from rbacgraph.sources.objects.object_kinds import KINDS, group_of

ENCRYPTED = "ENC[AES256_GCM,"
"""What SOPS begins a value with; no name or kind of Kubernetes does."""

FieldSteps: TypeAlias = "tuple[str | int, ...]"

_PLACEHOLDER = re.compile(r"\$[{(]|\{\{")
_ENCRYPTED = ENCRYPTED.encode()
_SIGNS = (b"$", b"{{", b"\\u00")
"""One of these is in each text of JSON with a placeholder, which may write characters by number."""

_NAME = ("metadata.name", "metadata.generateName", "metadata.namespace")
_ROLE = (
    *_NAME,
    *("rules.verbs", "rules.apiGroups", "rules.resources"),
    *("rules.resourceNames", "rules.nonResourceURLs"),
)
_BINDING = (
    *(*_NAME, "roleRef.apiGroup", "roleRef.kind", "roleRef.name"),
    *("subjects.apiGroup", "subjects.kind", "subjects.name", "subjects.namespace"),
)
_SELECTORS = "aggregationRule.clusterRoleSelectors."
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_POD = (
    *("serviceAccountName", "serviceAccount", "nodeName", "imagePullSecrets.name"),
    *("volumes.secret.secretName", "volumes.configMap.name", "volumes.hostPath.path"),
    *("volumes.projected.sources.secret.name", "volumes.projected.sources.configMap.name"),
    *("volumes.csi.nodePublishSecretRef.name", "volumes.*.secretRef.name"),
    "volumes.azureFile.secretName",
    *(
        f"{containers}.{source}.name"
        for containers in _CONTAINERS
        for source in (
            *("env.valueFrom.secretKeyRef", "env.valueFrom.configMapKeyRef"),
            *("envFrom.secretRef", "envFrom.configMapRef"),
        )
    ),
)
_TEMPLATES = {
    "Pod": "spec",
    "PodTemplate": "template.spec",
    "CronJob": "spec.jobTemplate.spec.template.spec",
    **dict.fromkeys(
        ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "ReplicationController"),
        "spec.template.spec",
    ),
}
DECIDING = {
    kind: tuple(tuple(path.split(".")) for path in paths)
    for kind, paths in (
        ("Role", _ROLE),
        (
            "ClusterRole",
            (
                *(*_ROLE, "metadata.labels.*", f"{_SELECTORS}matchLabels.*"),
                *(f"{_SELECTORS}matchExpressions.{one}" for one in ("key", "operator", "values")),
            ),
        ),
        ("RoleBinding", _BINDING),
        ("ClusterRoleBinding", _BINDING),
        (
            "ServiceAccount",
            (*_NAME, "secrets.name", "imagePullSecrets.name", "automountServiceAccountToken"),
        ),
        ("Secret", ("metadata.name", "metadata.namespace")),
        ("Group", ("metadata.name", "users")),
        ("SecurityContextConstraints", ("users", "groups")),
        *(
            (kind, ("metadata.namespace", *(f"{above}.{path}" for path in _POD)))
            for kind, above in _TEMPLATES.items()
        ),
    )
}
"""By kind, the paths of the fields; items of lists add no key, and ``*`` is every key."""

GRANTING = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "Group"})
"""The kinds whose fields say who may do what; those of others say who a Pod is, and where."""

_GROUPS = frozenset(group for kind in KINDS for group in kind.groups)
_KINDS = frozenset(kind.name.partition(".")[0] for kind in KINDS)


class HiddenField(NamedTuple):
    """A field that nobody can read: its place, and what stands there."""

    place: FieldSteps
    value: str

    @property
    def words(self) -> str:
        """The place as people write it.

        Examples
        --------
        >>> HiddenField(("rules", 0, "verbs", 1), "").words
        'rules[0].verbs[1]'
        """
        return "".join(
            f"[{key}]" if isinstance(key, int) or not key.isalnum() else f".{key}"
            for key in self.place
        ).lstrip(".")


def is_hidden(value: str) -> bool:
    """Whether a value holds a placeholder, or is SOPS's.

    Examples
    --------
    >>> is_hidden("${NS}-ci"), is_hidden("{{ .ns }}"), is_hidden("$(NS)"), is_hidden("a$b")
    (True, True, True, False)
    """
    return value.startswith(ENCRYPTED) or _PLACEHOLDER.search(value) is not None


def may_hide(
    kind: str, found: Object, text: bytes | bytearray, span: tuple[int, int], *, encrypted: bool
) -> bool:
    """Whether the value of a decoded object is needed, for what it hides or for what it fills.

    ``encrypted`` says whether SOPS may have encrypted a part of the text.
    """
    if encrypted and text.find(_ENCRYPTED, *span) >= 0:
        return True
    metadata = found.metadata
    if _is_printed(metadata.uid, metadata.namespace):
        return False
    return kind == KUSTOMIZATION or (
        kind in DECIDING and any(text.find(sign, *span) >= 0 for sign in _SIGNS)
    )


def is_plain(text: bytes | bytearray, start: int, end: int) -> bool:
    r"""Whether no value of a text in YAML or JSON hides anything, however it is written.

    Two characters of a value stand side by side in the text, or a backslash joins or numbers them.

    Examples
    --------
    >>> [is_plain(text, 0, len(text)) for text in (b"a: {b: 1}", b"a: $", rb'a: "\x24{b}"')]
    [True, False, False]
    """
    return all(text.find(sign, start, end) < 0 for sign in (b"$", b"\\", b"{{", _ENCRYPTED))


def is_printed(value: object) -> bool:
    """Whether a server printed the object of a value."""
    metadata = mapping(value, "metadata")
    return _is_printed(text(metadata.get("uid")), text(metadata.get("namespace")))


def _is_printed(uid: str, namespace: str) -> bool:
    """Whether an object has a uid, and a namespace that a server takes."""
    return bool(uid) and "{" not in namespace and "$" not in namespace


def hidden_fields(kind: str, value: object) -> tuple[HiddenField, ...]:
    """Return the fields of an object that decide rights and that nobody can read.

    Examples
    --------
    >>> account = {"metadata": {"name": "${APP}", "labels": {"app": "${APP}"}}}
    >>> hidden_fields("ServiceAccount", account)
    (HiddenField(place=('metadata', 'name'), value='${APP}'),)
    """
    printed = is_printed(value)
    return tuple(
        HiddenField(place, one)
        for path in DECIDING.get(kind, ())
        for place, one in _below(value, path, ())
        if (one.startswith(ENCRYPTED) if printed else is_hidden(one))
    )


def _below(
    value: object, path: tuple[str, ...], place: FieldSteps
) -> Iterator[tuple[FieldSteps, str]]:
    if isinstance(value, str):
        if not path:
            yield place, value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _below(item, path, (*place, number))
    elif isinstance(value, dict) and path:
        for key in value if path[0] == "*" else path[:1]:
            if not isinstance(key, str) or key not in value:
                continue
            if path[0] == "*":
                yield (*place, key), key
            yield from _below(value[key], path[1:], (*place, key))


def is_selected(field: HiddenField, labels: Collection[str]) -> bool:
    """Whether a field decides: a label does if an aggregated role selects by it, or may.

    Examples
    --------
    >>> is_selected(HiddenField(("metadata", "labels", "team"), "{{ team }}"), {"to-view"})
    False
    >>> is_selected(HiddenField(("metadata", "labels", "to-${ROLE}"), "to-${ROLE}"), {"to-view"})
    True
    """
    if field.place[:2] != ("metadata", "labels"):
        return True
    key = str(field.place[-1])
    beginning = _PLACEHOLDER.split(key)[0]
    return key in labels or (
        beginning != key and any(label.startswith(beginning) for label in labels)
    )


def hides_kind(api_version: str, kind: str) -> str:
    """Return which field of a header hides that an object may be of a kind that is read.

    Examples
    --------
    >>> hides_kind("rbac.authorization.k8s.io/v1", "${KIND}"), hides_kind("${API}", "Role")
    ('kind', 'apiVersion')
    >>> hides_kind("shop.example.com/v1", "${KIND}"), hides_kind("${API}", "Basket")
    ('', '')
    """
    unclear = is_hidden(api_version)
    if is_hidden(kind):
        return "kind" if unclear or (api_version and group_of(api_version) in _GROUPS) else ""
    return "apiVersion" if unclear and kind in _KINDS else ""
