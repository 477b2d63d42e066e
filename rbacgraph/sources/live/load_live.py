"""Reads a live cluster into a snapshot, at a limited rate, and never a Secret's data.

The official client serves only for configuration and credentials; rbacgraph decodes the server's
answers as it decodes files.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec.structs import replace

from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.progress import Progress
from rbacgraph.sources.config.groups_and_version import (
    GroupsInput,
    read_groups,
    wanted_issuers,
    wanted_version,
)
from rbacgraph.sources.live.asking.access_review import ask, ask_all
from rbacgraph.sources.live.asking.dry_run import KINDS, Write, word_of
from rbacgraph.sources.live.collect import collect
from rbacgraph.sources.live.connection.connect import Connection
from rbacgraph.sources.live.connection.kubeconfig import find_target
from rbacgraph.sources.live.connection.settings import Settings

__all__ = [
    "KINDS",
    "Settings",
    "Write",
    "ask",
    "ask_all",
    "connected",
    "load_live",
    "word_of",
]


@contextmanager
def connected(settings: Settings) -> Iterator[Connection]:
    """Connect to the cluster that the settings name.

    Raises InputError if there is none; UsageError if the settings are invalid.
    """
    connection = Connection(find_target(settings.checked()), settings)
    try:
        yield connection
    finally:
        connection.close()


def load_live(
    settings: Settings,
    *,
    groups: GroupsInput = None,
    kubernetes_version: str | None = None,
    oidc_issuers: Sequence[str] = (),
    progress: Progress = lambda _: None,
) -> Snapshot:
    """Collect everything that a live cluster shows into one snapshot.

    ``settings``: which cluster, as which user, how much of it and how fast.
    ``groups``, ``kubernetes_version``, ``oidc_issuers``: as for
        :func:`rbacgraph.sources.load.load`; the server reports its own version.
    ``progress``: is called with each list when it is complete.
    Returns the objects, and a diagnostic for everything that the server did not show.
    Raises InputError if there is no cluster, it cannot be reached, or it refuses the credentials;
        UsageError if the settings are invalid.
    """
    version = wanted_version(kubernetes_version)
    members = read_groups(groups)
    issuers = wanted_issuers(oidc_issuers)
    with connected(settings) as connection:
        snapshot = collect(connection, settings, groups=members, version=version, progress=progress)
    return replace(snapshot, oidc_issuers=issuers) if issuers else snapshot
