"""Finds the cluster to ask, and credentials for it, as kubectl does.

The ``kubernetes`` client reads the configuration and keeps credentials fresh.
"""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from rbacgraph.errors import InputError, NoClusterError, UsageError
from rbacgraph.sources.live.connection.settings import Settings

_IN_CLUSTER = "in-cluster"
_ENTRY = re.compile(r"\{.*\}", re.DOTALL)
_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class ClusterTarget(NamedTuple):
    """A cluster and credentials for it.

    ``name`` is the context, ``namespace`` the namespace of the context, ``client`` a
    ``kubernetes.client.ApiClient``, ``folder`` holds its certificates and keys.
    """

    name: str
    namespace: str
    client: Any
    folder: TemporaryDirectory[str] | None = None

    def close(self) -> None:
        """Remove the keys that the client wrote to files, and its record of them."""
        if self.folder is None:
            return
        from kubernetes.config import kube_config

        # Older clients would hand removed files to the next client.
        written: dict[str, str] = getattr(kube_config, "_temp_files", {})
        for content, path in list(written.items()):
            if Path(path).parent == Path(self.folder.name):
                del written[content]
        self.folder.cleanup()


def find_target(settings: Settings) -> ClusterTarget:
    """Return the cluster of the kubeconfig, or the one that this process runs in.

    Raises
    ------
    InputError
        If there is none, or no credentials for it.
    UsageError
        If the kubeconfig has no such context.
    """
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import KubeConfigMerger
    from yaml import YAMLError

    malformed = (AttributeError, KeyError, TypeError, UnicodeDecodeError, YAMLError)
    path = settings.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    try:
        merged = KubeConfigMerger(path)
    except malformed:
        raise InputError(f"{path} is no kubeconfig") from None
    except (OSError, ConfigException) as error:
        raise InputError(f"the kubeconfig cannot be read: {sentence(error)}") from None
    if merged.config is not None:
        return _of_kubeconfig(merged, settings)
    if settings.kubeconfig is None and settings.context is None and _POD.exists():
        return _in_cluster()
    raise NoClusterError(f"there is no cluster to ask: no kubeconfig {path}")


def _of_kubeconfig(merged: Any, settings: Settings) -> ClusterTarget:  # noqa: ANN401 - untyped library
    from kubernetes import client
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import KubeConfigLoader

    value = merged.config.value
    names = [context["name"] for context in value["contexts"]]
    name = settings.context or value.get("current-context") or ""
    if name not in names:
        wanted = f"no context {name!r}" if name else "no current context"
        held = ", ".join(sorted(names))
        raise UsageError(
            f"the kubeconfig has {wanted}",
            advice=f"name one with --context: {held}" if held else "it has no contexts at all",
        )
    configuration = client.Configuration()
    folder = TemporaryDirectory(prefix="rbacgraph-", ignore_cleanup_errors=True)
    try:
        loader = KubeConfigLoader(
            merged.config,
            active_context=name,
            config_base_path=None,
            config_persister=merged.save_changes,
            temp_file_path=folder.name,
        )
        with _logged() as complaints:
            loader.load_and_set(configuration)
    except (ConfigException, OSError, TypeError, ValueError) as error:
        folder.cleanup()
        reason = _ENTRY.sub("…", sentence(error))  # the client prints entries with their tokens
        raise InputError(f"the kubeconfig cannot be used: {reason}") from None
    if not configuration.host.startswith(("https://", "http://")):
        folder.cleanup()
        raise InputError(f"the server of context {name} is no URL: {configuration.host!r}")
    if complaints:
        folder.cleanup()
        raise InputError(f"context {name} gives no credentials: {complaints[0]}")
    if not configuration.verify_ssl:
        _expect_unverified()
    namespace = loader.current_context["context"].get("namespace")
    return ClusterTarget(name, namespace or "default", client.ApiClient(configuration), folder)


def _in_cluster() -> ClusterTarget:
    from kubernetes import client, config

    configuration = client.Configuration()
    try:
        config.load_incluster_config(configuration)
        namespace = (_POD / "namespace").read_text().strip()
    except (config.ConfigException, OSError) as error:
        raise InputError(f"there is no cluster to ask: {sentence(error)}") from None
    return ClusterTarget(_IN_CLUSTER, namespace, client.ApiClient(configuration))


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Collect what the client would only log: that an exec plugin failed."""
    found: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: found.append(" ".join(record.getMessage().split()))  # type: ignore[method-assign]
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield found
    finally:
        root.removeHandler(handler)


def _expect_unverified() -> None:
    """Silence urllib3's warning about what the kubeconfig asks for."""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def sentence(error: Exception) -> str:
    """Return the message of an error, on one line."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
