"""Finds the cluster to ask, and credentials for it, as kubectl does.

The ``kubernetes`` client reads the configuration and keeps credentials fresh.
"""

import logging
import os
import re
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from msgspec import Struct, ValidationError, convert

from rbacgraph.errors import InputError, NoClusterError, UsageError
from rbacgraph.model.inputs.snapshot import IN_CLUSTER
from rbacgraph.sources.external.addresses import without_login
from rbacgraph.sources.live.connection.failures import system_words
from rbacgraph.sources.live.connection.settings import Settings

# The user whom a connection impersonates: by the kubeconfig, by options, or by both.
#
# Source: kubernetes ``staging/src/k8s.io/client-go/tools/clientcmd/api/v1/types.go`` (AuthInfo),
# ``tools/clientcmd/client_config.go`` and ``transport/round_trippers.go``.

_ESCAPED = re.compile(rb"[^0-9A-Za-z!#$&'*+.^_`|~-]")
"""Bytes that no header's name has, and ``%``."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


_FIELDS = {"user": "as", "uid": "as-uid", "groups": "as-groups", "extra": "as-user-extra"}


class _AuthInfo(Struct, frozen=True, rename=_FIELDS):
    """The fields of ``users[].user`` that impersonate."""

    user: str | None = None
    uid: str | None = None
    groups: tuple[str, ...] | None = None
    extra: dict[str, tuple[str, ...] | None] | None = None


class ActingAs(NamedTuple):
    """Whom a connection impersonates; nobody if ``user`` is ``""``."""

    user: str = ""
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, str], ...] = ()

    def headers(self) -> Iterator[tuple[str, str]]:
        """Yield the headers of each request, as client-go sends them."""
        if not self.user:
            return
        yield "Impersonate-User", self.user
        if self.uid:
            yield "Impersonate-Uid", self.uid
        for group in self.groups:
            yield "Impersonate-Group", group
        for key, value in self.extra:
            yield f"Impersonate-Extra-{_escaped(key)}", value

    def __str__(self) -> str:
        """Say who it is: ``bob (groups ops, devs)``."""
        groups = "groups" if self.groups[1:] else "group"
        return f"{self.user} ({groups} {', '.join(self.groups)})" if self.groups else self.user


def impersonation_of(entry: Mapping[str, Any], name: str, settings: Settings) -> ActingAs:
    """Return whom a user of the kubeconfig impersonates; each option overrides its field.

    Raises InputError if the kubeconfig's fields are not what kubectl would read; UsageError if
        there are groups without a user.
    """
    held = f"the kubeconfig cannot be used: user {name}"
    try:
        written = convert(entry, _AuthInfo)
    except ValidationError:
        raise InputError(
            f"{held} has an as, as-uid, as-groups or as-user-extra of another form",
            advice="as and as-uid are strings, as-groups is a list of strings, and as-user-extra"
            " maps keys to lists of strings",
        ) from None
    found = ActingAs(
        settings.connect_as or written.user or "",
        settings.connect_as_groups or written.groups or (),
        written.uid or "",
        tuple(
            (key, value) for key, values in (written.extra or {}).items() for value in values or ()
        ),
    )
    if found.user:
        _check(found)
    elif settings.connect_as_groups:
        raise UsageError(
            "a group to connect as needs a user to connect as",
            advice="impersonation has no groups without a user",
        )
    elif any(found):
        raise InputError(
            f"{held} has as-groups, as-uid or as-user-extra without as",
            advice="impersonation needs a user: add as, or remove the others",
        )
    return found


def _check(found: ActingAs) -> None:
    for _, value in found.headers():
        if _CONTROL.search(value):
            raise UsageError(f"no user, group, uid or extra value can be called {value!r}")


def _escaped(key: str) -> str:
    """Encode a key as a header's name.

    Examples
    --------
    >>> _escaped("example.com/über")
    'example.com%2F%C3%BCber'
    """
    return _ESCAPED.sub(lambda found: b"%%%02X" % ord(found[0]), key.encode()).decode()


_ENTRY = re.compile(r"\{.*\}", re.DOTALL)
_DECODE = re.compile(r"failed to decode process output: .*")
_GONE_PROVIDERS = {
    "gcp": "install gke-gcloud-auth-plugin, and write the kubeconfig again with: gcloud container"
    " clusters get-credentials CLUSTER",
    "azure": "install kubelogin (github.com/Azure/kubelogin), and convert the kubeconfig with:"
    " kubelogin convert-kubeconfig",
}
_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class ClusterTarget(NamedTuple):
    """A cluster and credentials for it.

    ``name`` is the context, ``namespace`` the namespace of the context, ``client`` a
    ``kubernetes.client.ApiClient``, ``impersonation`` whom to impersonate, ``folder`` holds its
    certificates and keys.
    """

    name: str
    namespace: str
    client: Any
    impersonation: ActingAs = ActingAs()
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

    Raises InputError if there is none, or no credentials for it; UsageError if the kubeconfig has
        no such context.
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
    except ConfigException as error:
        raise InputError(f"the kubeconfig cannot be read: {sentence(error)}") from None
    except OSError as error:
        raise InputError(f"the kubeconfig cannot be read: {system_words(error)}") from None
    if merged.config is not None:
        return _of_kubeconfig(merged, settings)
    if settings.kubeconfig is None and settings.context is None and _POD.exists():
        return _in_cluster(settings)
    raise NoClusterError(f"there is no cluster to ask: no kubeconfig {path}")


def _of_kubeconfig(merged: Any, settings: Settings) -> ClusterTarget:  # noqa: ANN401 - untyped library
    value = merged.config.value
    with _usable("an entry in it is not what kubectl would read"):
        _leave_out_nulls(merged)
        names = [context["name"] for context in value["contexts"]]
    name = settings.context or value.get("current-context") or ""
    if name not in names:
        wanted = f"no context {name!r}" if name else "no current context"
        held = ", ".join(sorted(map(str, names)))
        raise UsageError(
            f"the kubeconfig has {wanted}",
            advice=f"name one with --context: {held}" if held else "it has no contexts at all",
        )
    folder = TemporaryDirectory(prefix="rbacgraph-", ignore_cleanup_errors=True)
    try:
        return _loaded(merged, name, folder, settings)
    except BaseException:
        folder.cleanup()
        raise


def _loaded(
    merged: Any,  # noqa: ANN401 - untyped library
    name: str,
    folder: "TemporaryDirectory[str]",
    settings: Settings,
) -> ClusterTarget:
    from kubernetes import client
    from kubernetes.config.kube_config import KubeConfigLoader

    configuration = client.Configuration()
    with _usable("a value in it is not what kubectl would read"):
        loader = KubeConfigLoader(
            merged.config,
            active_context=name,
            config_base_path=None,
            config_persister=merged.save_changes,
            temp_file_path=folder.name,
        )
        context = loader.current_context["context"]
        user, entry = _user(merged, context)
        impersonation = impersonation_of(entry, user, settings)
        _check_provider(entry, user)
        if not isinstance(entry.get("token") or "", str):
            raise TypeError
        renewal = f"user {user} has an oidc login that could not be renewed"
        with _logged() as complaints, _usable(renewal if "auth-provider" in entry else ""):
            loader.load_and_set(configuration)
    if complaints:
        hint = _mapping(entry.get("exec")).get("installHint")
        advice = " ".join(hint.split()) if isinstance(hint, str) else ""
        raise InputError(f"context {name} gives no credentials: {complaints[0]}", advice=advice)
    if not configuration.host:
        raise InputError(f"the kubeconfig cannot be used: context {name} leads to no server")
    server = without_login(configuration.host)
    if not server.startswith(("https://", "http://")):
        raise InputError(f"the server of context {name} is no URL: {server!r}")
    if not configuration.verify_ssl:
        _expect_unverified()
    with _usable("proxy-url, or HTTPS_PROXY of the environment, is no URL of a proxy"):
        asking = client.ApiClient(configuration)
    namespace = context.get("namespace") or "default"
    return ClusterTarget(name, namespace, asking, impersonation, folder)


def _leave_out_nulls(merged: Any) -> None:  # noqa: ANN401 - untyped library
    """Remove null fields, which kubectl reads as empty: the client takes them for faults."""
    for part, field in (("clusters", "cluster"), ("contexts", "context"), ("users", "user")):
        for node in merged.config.value[part]:
            entry = node.value
            if entry.get(field, ()) is None:
                entry[field] = {}
            for key in [key for key, held in _mapping(entry.get(field)).items() if held is None]:
                del entry[field][key]
    merged.config_saved = deepcopy(merged.config_files)  # a renewed login alone rewrites the file


def _user(merged: Any, context: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:  # noqa: ANN401
    """Return the user of a context, and the user's entry: empty if there is none."""
    name = context.get("user") or ""
    found = merged.config["users"].get_with_name(name, safe=True) if name else None
    return name, _mapping(found.value.get("user") if found else None)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _check_provider(entry: Mapping[str, Any], user: str) -> None:
    """Refuse an ``auth-provider`` that kubectl refuses: only oidc is left.

    Source: kubernetes ``staging/src/k8s.io/client-go/plugin/pkg/client/auth``.
    """
    provider = entry.get("auth-provider")
    if provider is None:
        return
    name = _mapping(provider).get("name")
    if name == "oidc":
        return
    if name is None:
        held = "an auth-provider without a name"
    elif name in _GONE_PROVIDERS:
        held = f"the auth-provider {name}, which Kubernetes has removed in 1.26"
    else:
        held = f"the auth-provider {name}, which is not known"
    raise InputError(
        f"the kubeconfig cannot be used: user {user} has {held}",
        advice=_GONE_PROVIDERS.get(str(name), "use an exec plugin instead of it, as kubectl does"),
    )


@contextmanager
def _usable(otherwise: str) -> Iterator[None]:
    """Raise an InputError for what the client raises about a kubeconfig.

    ``otherwise``: the reason, if the client's error says none to people; ``""`` leaves such an
        error alone.
    """
    from kubernetes.config import ConfigException

    try:
        yield
    except (InputError, UsageError):
        raise
    except Exception as error:
        if isinstance(error, ConfigException):
            reason = _ENTRY.sub("…", sentence(error))  # it prints entries with their tokens
        elif isinstance(error, ssl.SSLError):
            reason = "a certificate or key in it is no PEM file"
        else:
            reason = system_words(error) or otherwise
        if not reason:
            raise
        raise InputError(f"the kubeconfig cannot be used: {reason}") from None


def _in_cluster(settings: Settings) -> ClusterTarget:
    from kubernetes import client, config

    configuration = client.Configuration()
    try:
        config.load_incluster_config(configuration)
        namespace = (_POD / "namespace").read_text().strip()
    except config.ConfigException as error:
        raise InputError(f"there is no cluster to ask: {sentence(error)}") from None
    except OSError as error:
        raise InputError(f"there is no cluster to ask: {system_words(error)}") from None
    impersonation = impersonation_of({}, "", settings)
    return ClusterTarget(IN_CLUSTER, namespace, client.ApiClient(configuration), impersonation)


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Collect what the client would only log: that an exec plugin failed."""
    found: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: found.append(_complaint(record))  # type: ignore[method-assign]
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield found
    finally:
        root.removeHandler(handler)


def _complaint(record: logging.LogRecord) -> str:
    """Return why an exec plugin failed; the client logs the text of an exception."""
    from kubernetes.config import ConfigException

    error = sys.exc_info()[1]
    if error is None or isinstance(error, ConfigException):
        words = " ".join(record.getMessage().split())
        return _DECODE.sub("its output is no JSON", words)
    words = system_words(error) if isinstance(error, OSError) else ""
    return f"exec: {words or 'the plugin does not print an ExecCredential'}"


@contextmanager
def renewing(context: str) -> Iterator[None]:
    """Renew a credential: a failed plugin is no error yet, as the old one may still be good.

    Raises InputError if the client cannot go on.
    """
    with _logged():
        try:
            yield
        except InputError:
            raise
        except Exception:  # noqa: BLE001 - an untyped library, which raises what it likes
            raise InputError(
                f"context {context} gives no credentials: they could not be renewed",
                advice="log in again",
            ) from None


def _expect_unverified() -> None:
    """Silence urllib3's warning about what the kubeconfig asks for."""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def sentence(error: Exception) -> str:
    """Return the message of an error, on one line."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
