"""What a kube-apiserver answers that holds some objects: whole, as metadata, as Tables, paged."""

import base64
import json
import threading
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from rbacgraph.sources.objects.object_kinds import KINDS, Kind
from tests.live.replies import _PATH, Fault, Reply, Request, found, status

TOKEN = "s3cret-token-of-the-test"
USER = "alice"
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
GROUPED = {wanted.name: wanted for wanted in KINDS}
USUAL = {wanted.groups[0] for wanted in KINDS} - {"bitnami.com"}
"""The groups of nearly all operators that rbacgraph reads."""


class Api:
    """The answers of a cluster that holds these objects.

    Parameters
    ----------
    objects:
        As manifests have them.
    groups:
        API groups that are served beside core, RBAC and those of the objects.
    customs:
        Resources that are served beside those: (group, version, resource, kind, namespaced).
    aggregated:
        Whether discovery is answered in one piece, as servers do since 1.26.
    version:
        Of Kubernetes.
    """

    def __init__(
        self,
        objects: Iterable[dict[str, Any]] = (),
        *,
        groups: Iterable[str] = (),
        customs: Iterable[tuple[str, str, str, str, bool]] = (),
        aggregated: bool = True,
        version: str = "v1.36.2",
    ) -> None:
        self.customs = list(customs)
        self.aggregated = aggregated
        self.version = version
        self.user: dict[str, Any] = {"username": USER, "groups": ["devs", "system:authenticated"]}
        self.versions = {"sealedsecrets": "v1alpha1"}
        self.groups = {"", "rbac.authorization.k8s.io", *groups}
        self.faults: list[Fault] = []
        self.rules: dict[str, list[dict[str, list[str]]]] = {}
        self.decide: Callable[[dict[str, str]], bool] | None = None
        self.incomplete: set[str] = set()
        self.forbidden: set[tuple[str, str]] = set()
        self.requests: list[Request] = []
        self.wire = bytearray()
        self.busy = self.busiest = 0
        self.lock = threading.Lock()
        self.objects: dict[str, list[dict[str, Any]]] = {}
        for value in objects:
            self.add(value)

    # --- what there is -------------------------------------------------------------

    def add(self, value: dict[str, Any]) -> None:
        """Add an object, or those of a List."""
        if value["kind"] == "List":
            for item in value["items"]:
                self.add(item)
            return
        metadata = value.setdefault("metadata", {})
        wanted = GROUPED[value["kind"]]
        self.groups.add(wanted.groups[0])
        if wanted.namespaced:
            metadata.setdefault("namespace", "default")
        metadata.setdefault("uid", f"uid-of-{value['kind']}-{_key(value)}")
        insort(self.objects.setdefault(wanted.resource, []), value, key=_key)

    def forbid(self, resource: str, namespace: str = "") -> None:
        """Refuse a list: of the whole cluster, or of one namespace."""
        self.forbidden.add((resource, namespace))

    def forbid_everywhere(self, resource: str) -> None:
        """Refuse all lists of a resource."""
        self.forbidden.add((resource, "*"))

    def times(self, count: int, fault: Fault, resource: str = "") -> None:
        """Let something go wrong so many times, with one resource."""
        left = Counter({"": count})

        def once(request: Request, reply: Reply) -> Reply | None:
            if request.resource != resource and resource:
                return None
            with self.lock:
                if not left[""]:
                    return None
                changed = fault(request, reply)
                if changed is not None:
                    left[""] -= 1
                return changed

        self.faults.append(once)

    # --- answers -------------------------------------------------------------------

    def answer(self, request: Request) -> Reply:
        """Return what the server says, faults and all."""
        reply = self._answer(request)
        for fault in self.faults:
            reply = fault(request, reply) or reply
        return reply

    def _answer(self, request: Request) -> Reply:
        if request.headers.get("authorization", "").split()[1:] != [TOKEN]:
            return status(401, "Unauthorized", "Unauthorized")
        return self._known_path(request) or self._resource(request)

    def _known_path(self, request: Request) -> Reply | None:
        if request.path == "/version":
            return found({"major": "1", "minor": "36", "gitVersion": self.version})
        if request.path in {"/api", "/apis"}:
            return self._discovery(request)
        if request.path.endswith("/selfsubjectreviews"):
            user = dict(self.user)
            if "impersonate-user" in request.headers:
                groups = request.headers.get("impersonate-group", "").split(",")
                user = {"username": request.headers["impersonate-user"], "groups": groups}
            return found({"kind": "SelfSubjectReview", "status": {"userInfo": user}}, 201)
        if request.path.endswith("/selfsubjectrulesreviews"):
            namespace = json.loads(request.body)["spec"]["namespace"]
            rules = self.rules.get(namespace)
            told = {"resourceRules": rules or [], "incomplete": rules is None}
            told["incomplete"] |= namespace in self.incomplete
            return found({"kind": "SelfSubjectRulesReview", "status": told}, 201)
        if request.path.endswith("/selfsubjectaccessreviews") and self.decide is not None:
            asked = json.loads(request.body)["spec"]["resourceAttributes"]
            told = {"allowed": self.decide(asked)}
            return found({"kind": "SelfSubjectAccessReview", "status": told}, 201)
        served = self._resources(request.path)
        return found({"kind": "APIResourceList", "resources": served}) if served else None

    def _resource(self, request: Request) -> Reply:
        match = _PATH.match(request.path)
        if match is None or not self._serves(match["group"] or "", match["resource"]):
            return Reply(404, b"404 page not found\n", {"Content-Type": "text/plain"})
        resource, namespace = match["resource"], match["namespace"] or ""
        if match["name"]:
            return self._one(resource, namespace, match["name"])
        if (resource, namespace) in self.forbidden or (resource, "*") in self.forbidden:
            where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
            message = f'{resource} is forbidden: User "{USER}" cannot list resource "{resource}"'
            return status(403, "Forbidden", f'{message} in API group "" {where}')
        return self._list(resource, namespace, request)

    def _one(self, resource: str, namespace: str, name: str) -> Reply:
        for value in self.objects.get(resource, ()):
            if _key(value) == f"{namespace}/{name}".lstrip("/"):
                return found(value)
        return status(404, "NotFound", f'{resource} "{name}" not found')

    def _list(self, resource: str, namespace: str, request: Request) -> Reply:
        held = self.objects.get(resource, [])
        if namespace:
            held = [v for v in held if v["metadata"].get("namespace") == namespace]
        selector = request.query.get("fieldSelector", "")
        if selector.startswith("type="):
            held = [v for v in held if v.get("type", "Opaque") == selector[5:]]
        metadata: dict[str, Any] = {"resourceVersion": "5633"}
        token = request.query.get("continue", "")
        if token:
            start = json.loads(base64.urlsafe_b64decode(token))["start"]
            held = [v for v in held if _key(v) >= start]
        limit = int(request.query.get("limit", "0"))
        if limit and len(held) > limit:
            following = {"v": "meta.k8s.io/v1", "rv": 5633, "start": _key(held[limit])}
            encoded = base64.urlsafe_b64encode(json.dumps(following).encode())
            metadata["continue"] = encoded.decode()
            held = held[:limit]
        return found(self._form(resource, held, metadata, request))

    def _form(
        self, resource: str, held: list[dict[str, Any]], metadata: dict[str, Any], request: Request
    ) -> dict[str, Any]:
        if "as=Table" in request.accept:
            names = ["Name", "Type", "Data", "Age"] if resource == "secrets" else ["Name", "Age"]
            rows = [_row(resource, v, request.query.get("includeObject", "Metadata")) for v in held]
            columns = [{"name": name, "type": "string"} for name in names]
            return {
                "kind": "Table",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata,
                "columnDefinitions": columns,
                "rows": rows,
            }
        if "as=PartialObjectMetadataList" in request.accept:
            kind, version = "PartialObjectMetadataList", "meta.k8s.io/v1"
            items = [_partial(value) for value in held]
        else:
            wanted = next(w for w in KINDS if w.resource == resource)
            group = wanted.groups[0]
            kind, version = (
                f"{kind_of(wanted)}List",
                f"{group}/{self.versions.get(resource, 'v1')}" if group else "v1",
            )
            items = [{k: v for k, v in o.items() if k not in {"kind", "apiVersion"}} for o in held]
        return {"kind": kind, "apiVersion": version, "metadata": metadata, "items": items}

    # --- discovery -----------------------------------------------------------------

    def _known(self) -> list[tuple[str, str, str, str, bool]]:
        usual = [
            (w.groups[0], self.versions.get(w.resource, "v1"), w.resource, kind_of(w), w.namespaced)
            for w in KINDS
            if w.groups[0] in self.groups
        ]
        return [*usual, *self.customs]

    def _serves(self, group: str, resource: str) -> bool:
        return any((one[0], one[2]) == (group, resource) for one in self._known())

    def _discovery(self, request: Request) -> Reply:
        core = request.path == "/api"
        if not self.aggregated and core:
            return found({"kind": "APIVersions", "versions": ["v1"]})
        groups: dict[str, dict[str, list[Any]]] = {}
        for group, version, resource, kind, namespaced in self._known():
            if bool(group) != core:
                entry: dict[str, Any] = {"resource": resource, "verbs": ["get", "list"]}
                entry["shortNames"] = [resource[:3]]
                entry["scope"] = "Namespaced" if namespaced else "Cluster"
                entry["responseKind"] = {"group": group, "version": version, "kind": kind}
                groups.setdefault(group, {}).setdefault(version, []).append(entry)
        if not self.aggregated:
            listed = [
                {"name": name, "versions": [{"groupVersion": f"{name}/{v}"} for v in versions]}
                for name, versions in groups.items()
            ]
            return found({"kind": "APIGroupList", "groups": listed})
        items = [
            {
                "metadata": {"name": name} if name else {},
                "versions": [
                    {"version": v, "freshness": "Current", "resources": resources}
                    for v, resources in versions.items()
                ],
            }
            for name, versions in groups.items()
        ]
        reply = found({"kind": "APIGroupDiscoveryList", "items": items})
        return reply._replace(
            headers={**reply.headers, "Content-Type": _DISCOVERY}
        )  # kubectl looks

    def _resources(self, path: str) -> list[dict[str, Any]]:
        group, _, version = path.removeprefix("/apis/").removeprefix("/api/").rpartition("/")
        known = [one for one in self._known() if one[:2] == (group, version)]
        return [
            {
                "name": one[2],
                "kind": one[3],
                "namespaced": one[4],
                "verbs": ["list"],
                "shortNames": [one[2][:3]],
            }
            for one in known
        ]


def kind_of(wanted: Kind) -> str:
    """Return the kind as a server says it: without the group that tells it from another."""
    return wanted.name.partition(".")[0]


def _key(value: dict[str, Any]) -> str:
    metadata = value["metadata"]
    return "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))


def _partial(value: dict[str, Any]) -> dict[str, Any]:
    kind = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    return {**kind, "metadata": value["metadata"]}


def _row(resource: str, value: dict[str, Any], include: str) -> dict[str, Any]:
    cells: list[Any] = [value["metadata"]["name"], "1s"]
    if resource == "secrets":
        cells[1:1] = [value.get("type", "Opaque"), len(value.get("data") or {})]
    return {"cells": cells, "object": _partial(value) if include == "Metadata" else None}
