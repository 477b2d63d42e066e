"""Parses ``RESOURCE[.GROUP][/NAME]`` as ``kubectl auth can-i`` does."""

from typing import TYPE_CHECKING, NamedTuple

from rbacgraph.cli.commands.suspicious_arguments import namespace_doubt, scope_doubt, verb_doubt
from rbacgraph.cli.shared.error_handling import note
from rbacgraph.errors import UsageError

if TYPE_CHECKING:
    from rbacgraph.api.cluster import Cluster

_SUBRESOURCES = frozenset(
    {
        *("approval", "attach", "binding", "ephemeralcontainers", "eviction", "exec", "finalize"),
        *("log", "portforward", "proxy", "resize", "scale", "status", "token"),
    }
)


class Target(NamedTuple):
    """The target of the question; ``path`` is a non-resource URL, instead of all else."""

    resource: str | None
    name: str
    path: str | None = None


def parse_target(text: str, name: str = "") -> Target:
    """Split the name off a resource, or parse a URL, which begins with a slash.

    The resource stays as written, with its group: its name is looked up later.
    """
    if text.startswith("/"):
        if name:
            raise UsageError(f"{text} is a URL and takes no name: leave out {name!r}")
        return Target(None, "", text)
    kind, slash, own = text.partition("/")
    if (slash and not own) or not kind:
        raise UsageError(f"{text!r} is not a resource", advice="write RESOURCE[.GROUP][/NAME]")
    if own and name:
        raise UsageError(f"two names given: {own} and {name}")
    return Target(kind, own or name)


def hint(target: Target, subresource: str) -> None:
    """Print a hint if a name looks like an intended subresource."""
    if target.name in _SUBRESOURCES and not subresource:
        note(
            f"{target.resource}/{target.name} is the object named {target.name}; "
            f"for the subresource write --subresource {target.name}"
        )


def doubt(
    cluster: "Cluster", verb: str, target: Target, namespace: str, *, everywhere: bool
) -> None:
    """Print a doubt if the verb, the namespace or its absence may not be intended."""
    note(verb_doubt(verb, url=target.path is not None))
    note(namespace_doubt(cluster.snapshot, namespace))
    if target.resource and not (namespace or everywhere):
        note(scope_doubt(cluster.snapshot, target.resource, target.name))
