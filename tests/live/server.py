"""A small real HTTPS server that answers as a kube-apiserver does, and fails on demand.

It serves the objects that it is given, in the forms in which the API serves them (whole,
metadata, Table; page by page), and the recorded answers of a real server where one was
recorded for exactly that request. What went over the wire can be read afterwards.
"""

import base64
import json
import re
import ssl
import threading
import time
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import yaml

from rbacgraph.sources.live.wanted import WANTED, Wanted

HERE = Path(__file__).parent
RECORDINGS = HERE.parents[1] / "fixtures" / "recordings"
TOKEN = "s3cret-token-of-the-test"
USER = "alice"
_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>v[^/]+)"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<resource>[^/]+)(?:/(?P<name>[^/]+))?$"
)
GROUPED = {wanted.kind: wanted for wanted in WANTED}


class Request(NamedTuple):
    """What was asked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def accept(self) -> str:
        return self.headers.get("accept", "")

    @property
    def resource(self) -> str:
        found = _PATH.match(self.path)
        return found["resource"] if found else ""

    @property
    def namespace(self) -> str:
        found = _PATH.match(self.path)
        return (found["namespace"] or "") if found else ""


class Reply(NamedTuple):
    """What is answered.

    ``drop`` closes the connection after so many bytes of the body; ``slow`` waits so many
    seconds before each of its chunks.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})
    drop: int | None = None
    slow: float = 0


Fault = Callable[[Request, Reply], Reply | None]
"""Sees a request and the answer to it, and may put another in its place."""


def status(code: int, reason: str, message: str, **more: Any) -> Reply:
    """Return a refusal as the API words it."""
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    body |= {"message": message, "reason": reason, "code": code} | more
    return Reply(code, json.dumps(body).encode(), {"Content-Type": "application/json"})


def found(value: Any, code: int = 200) -> Reply:
    """Return an answer."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Reply(code, body, {"Content-Type": "application/json"})


class Api:
    """The answers of a cluster that holds these objects.

    Parameters
    ----------
    objects:
        As manifests have them.
    customs:
        Resources that are served beside the usual ones: (group, version, resource, kind,
        namespaced).
    aggregated:
        Whether discovery is answered in one piece, as servers do since 1.26.
    version:
        Of Kubernetes.
    """

    def __init__(
        self,
        objects: Iterable[dict[str, Any]] = (),
        *,
        customs: Iterable[tuple[str, str, str, str, bool]] = (),
        aggregated: bool = True,
        version: str = "v1.36.2",
    ) -> None:
        self.customs = list(customs)
        self.aggregated = aggregated
        self.version = version
        self.user: dict[str, Any] = {"username": USER, "groups": ["devs", "system:authenticated"]}
        self.absent: set[str] = {"bitnami.com"}
        self.faults: list[Fault] = []
        self.rules: dict[str, list[dict[str, list[str]]]] = {}
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
        if wanted.namespaced:
            metadata.setdefault("namespace", "default")
        metadata.setdefault("uid", f"uid-of-{value['kind']}-{metadata['name']}")
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
            return found({"kind": "SelfSubjectRulesReview", "status": told}, 201)
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
            wanted = next(w for w in WANTED if w.resource == resource)
            group = wanted.groups[0]
            kind, version = f"{wanted.kind}List", f"{group}/{_version(wanted)}" if group else "v1"
            items = [{k: v for k, v in o.items() if k not in {"kind", "apiVersion"}} for o in held]
        return {"kind": kind, "apiVersion": version, "metadata": metadata, "items": items}

    # --- discovery -----------------------------------------------------------------

    def _known(self) -> list[tuple[str, str, str, str, bool]]:
        usual = [(w.groups[0], _version(w), w.resource, w.kind, w.namespaced) for w in WANTED]
        return [one for one in (*usual, *self.customs) if one[0] not in self.absent]

    def _serves(self, group: str, resource: str) -> bool:
        return any((one[0], one[2]) == (group, resource) for one in self._known())

    def _discovery(self, request: Request) -> Reply:
        core = request.path == "/api"
        if not self.aggregated and core:
            return found({"kind": "APIVersions", "versions": ["v1"]})
        groups: dict[str, dict[str, list[Any]]] = {}
        for group, version, resource, kind, namespaced in self._known():
            if bool(group) != core:
                entry = {"resource": resource, "verbs": ["get", "list"]}
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
        return found({"kind": "APIGroupDiscoveryList", "items": items})

    def _resources(self, path: str) -> list[dict[str, Any]]:
        group, _, version = path.removeprefix("/apis/").removeprefix("/api/").rpartition("/")
        known = [one for one in self._known() if one[:2] == (group, version)]
        return [
            {"name": one[2], "kind": one[3], "namespaced": one[4], "verbs": ["list"]}
            for one in known
        ]


def _version(wanted: Wanted) -> str:
    return "v1alpha1" if wanted.kind == "SealedSecret" else "v1"


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


def recorded(name: str) -> dict[str, Any]:
    """Return one exchange with a real server."""
    exchange: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text())
    return exchange


def replay(*names: str) -> Fault:
    """Answer the requests of these recordings as the real server did."""
    exchanges = [recorded(name) for name in names]

    def played(request: Request, _reply: Reply) -> Reply | None:
        for exchange in exchanges:
            asked = urlsplit(exchange["request"]["path"])
            query = dict(parse_qsl(asked.query))
            same = (asked.path, query) == (request.path, request.query)
            if same and exchange["request"]["accept"] == request.accept:
                answer = exchange["response"]
                body = answer["body"]
                text = body if isinstance(body, str) else json.dumps(body)
                kind = {"Content-Type": answer["headers"]["Content-Type"]}
                return Reply(answer["status"], text.encode(), kind)
        return None

    return played


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api: Api

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def _serve(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]},{value}" if key in headers else value
        query = dict(parse_qsl(parts.query))
        request = Request(self.command, parts.path, query, headers, body)
        api = self.api
        with api.lock:
            api.requests.append(request)
            api.busy += 1
            api.busiest = max(api.busiest, api.busy)
        try:
            self._send(api.answer(request))
        finally:
            with api.lock:
                api.busy -= 1

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        body = reply.body if reply.drop is None else reply.body[: reply.drop]
        with self.api.lock:
            self.api.wire += body
        if reply.slow:
            for start in range(0, len(body), 1 + len(body) // 4):
                time.sleep(reply.slow)
                self.wfile.write(body[start : start + 1 + len(body) // 4])
        else:
            self.wfile.write(body)
        if reply.drop is not None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that goes away is what some tests want."""


class Running(NamedTuple):
    """A server that runs, and a kubeconfig that leads to it."""

    url: str
    api: Api
    kubeconfig: str


def write_kubeconfig(path: Path, url: str, *, token: str = TOKEN, namespace: str = "shop") -> str:
    """Write a kubeconfig with one context, ``test``."""
    certificate = HERE / "tls" / "cert.pem"
    context = {"cluster": "test", "user": "test", "namespace": namespace}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": context}],
        "clusters": [
            {"name": "test", "cluster": {"server": url, "certificate-authority": str(certificate)}}
        ],
        "users": [{"name": "test", "user": {"token": token}}],
    }
    path.write_text(yaml.safe_dump(config))
    return str(path)


@contextmanager
def serving(api: Api, folder: Path):
    """Serve these answers over TLS until the block ends."""
    handler = type("Handler", (_Handler,), {"api": api})
    server = _Server(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(HERE / "tls" / "cert.pem", HERE / "tls" / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"https://127.0.0.1:{server.server_address[1]}"
    try:
        yield Running(url, api, write_kubeconfig(folder / "kubeconfig", url))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
