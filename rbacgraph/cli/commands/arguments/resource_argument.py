"""Parses ``RESOURCE[.GROUP][/NAME]`` as ``kubectl auth can-i`` does."""

from typing import TYPE_CHECKING, Any, NamedTuple

from rbacgraph.cli.commands.arguments.suspicious_arguments import (
    namespace_doubt,
    scope_doubt,
    verb_doubt,
)
from rbacgraph.cli.shared.error_handling import note
from rbacgraph.errors import UsageError

if TYPE_CHECKING:
    from rbacgraph.model.inputs.snapshot import Snapshot

_SUBRESOURCES = frozenset(
    {
        *("approval", "attach", "binding", "ephemeralcontainers", "eviction", "exec", "finalize"),
        *("log", "portforward", "proxy", "resize", "scale", "status", "token"),
    }
)


class RequestTarget(NamedTuple):
    """The target of the question; ``path`` is a non-resource URL, instead of all else."""

    resource: str | None
    name: str
    path: str | None = None


def parse_target(text: str, name: str = "") -> RequestTarget:
    """Split the name off a resource, or parse a URL, which begins with a slash.

    The resource stays as written, with its group: its name is looked up later.
    """
    if text.startswith("/"):
        if name:
            raise UsageError(f"{text} is a URL and takes no name: leave out {name!r}")
        return RequestTarget(None, "", text)
    kind, slash, own = text.partition("/")
    if (slash and not own) or not kind:
        raise UsageError(f"{text!r} is not a resource", advice="write RESOURCE[.GROUP][/NAME]")
    if own and name:
        raise UsageError(f"two names given: {own} and {name}")
    return RequestTarget(kind, own or name)


class AskedRequest(NamedTuple):
    """The request of ``can-i`` and ``who-can``.

    ``request``: the parameters of :meth:`rbacgraph.Cluster.who_can`.
    ``everywhere``: whether the question is about all namespaces.
    """

    request: dict[str, Any]
    everywhere: bool

    def doubt(self, snapshot: "Snapshot") -> None:
        """Print a doubt if a part of the request may not be intended."""
        verb, text, path = (self.request[key] for key in ("verb", "resource", "path"))
        namespace = self.request["namespace"]
        resource, slash, own = (text or "").partition("/")
        name = own or self.request["name"]
        if slash and name in _SUBRESOURCES and not self.request["subresource"]:
            note(
                f"{resource}/{name} is the object named {name}; "
                f"for the subresource write --subresource {name}"
            )
        note(verb_doubt(verb, url=path is not None))
        note(namespace_doubt(snapshot, namespace))
        if resource and not (namespace or self.everywhere):
            note(scope_doubt(snapshot, resource, name))


def asked_request(
    verb: str, resource: str, name: str, *, namespace: str, all_namespaces: bool, subresource: str
) -> AskedRequest:
    """Return the request of the arguments of :func:`rbacgraph.cli.shared.options.request`.

    Raises UsageError if they contradict each other.
    """
    if namespace and all_namespaces:
        raise UsageError("-n and -A cannot be used together")
    target = parse_target(resource, name)
    request = {
        "verb": verb,
        "resource": None if target.path else resource,
        "subresource": subresource,
        "namespace": namespace,
        "name": name,
        "path": target.path,
    }
    return AskedRequest(request, all_namespaces)
