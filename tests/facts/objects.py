"""Objects of small clusters, and the entries to what runs there."""

import io
import json

import rbacgraph as rg
from rbacgraph.facts.entry.entries import Entries
from rbacgraph.facts.world import Facts
from tests.facts.kept import kept

WEB = {"app": "web"}
POD = ("pod", "shop", "web")


def item(kind, name, namespace="shop", version="v1", metadata=None, **fields):
    meta = {"name": name, **({"namespace": namespace} if namespace else {}), **(metadata or {})}
    return {"apiVersion": version, "kind": kind, "metadata": meta, **fields}


def pod(name="web", namespace="shop", labels=None, ports=(), **spec):
    container = {"name": "c", "image": "i", "ports": list(ports)}
    metadata = {"labels": WEB if labels is None else labels}
    return item("Pod", name, namespace, metadata=metadata, spec={"containers": [container], **spec})


def namespace(name, **labels):
    return item("Namespace", name, "", metadata={"labels": labels})


def service(name="web", namespace="shop", selector=None, status=None, metadata=None, **spec):
    spec = {"selector": WEB if selector is None else selector, "ports": [{"port": 80}], **spec}
    more = {"status": status} if status else {}
    return item("Service", name, namespace, metadata=metadata, spec=spec, **more)


def balanced(name="web", namespace="shop", **more):
    return service(name, namespace, type="LoadBalancer", **more)


def policy(name="p", namespace="shop", selector=None, **spec):
    spec = {"podSelector": selector or {}, **spec}
    return item("NetworkPolicy", name, namespace, "networking.k8s.io/v1", spec=spec)


def ingress(name="web", namespace="shop", backend="web", port=80, metadata=None, **spec):
    target = {"service": {"name": backend, "port": {"number": port}}}
    rules = [{"http": {"paths": [{"path": "/", "backend": target}]}}]
    spec = {"rules": rules, **spec}
    return item("Ingress", name, namespace, "networking.k8s.io/v1", metadata, spec=spec)


NGINX = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}


def controller(**spec):
    return pod("nginx", "edge", NGINX, **spec)


def edge(**spec):
    return service("nginx", "edge", NGINX, **{"type": "LoadBalancer", **spec})


def world(*objects):
    text = "\n".join(map(json.dumps, objects)).encode()
    return Facts(rg.load(io.BytesIO(text)).snapshot)


def entries(*objects, of=POD):
    return kept(world(*objects), Entries).of(of)


def kinds(*objects, of=POD):
    """The codes of the entries, and those that depend on something in small letters."""
    found = entries(*objects, of=of)
    return [one.kind.name.lower() if one.condition else one.kind.name for one in found]
