"""The connection to an API server: configuration and credentials as kubectl finds them.

The ``kubernetes`` client reads the configuration and keeps credentials fresh; requests
go through its connection pool, and their answers stay bytes.
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rbacgraph.errors import InputError, UsageError
from rbacgraph.sources.live.pacing import Limiter, Pace, backoff, retry_after
from rbacgraph.sources.live.settings import Settings

if TYPE_CHECKING:
    import urllib3

JSON = "application/json"
_ATTEMPTS = 6
_UNAUTHORIZED = 401
_TOO_MANY = 429
_ERRORS = 500
_IN_CLUSTER = "in-cluster"
_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class Answer(NamedTuple):
    """What the server answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300  # noqa: PLR2004


class Target(NamedTuple):
    """Which cluster, by which credentials.

    ``name`` is the context, ``namespace`` that of the context, ``client`` a
    ``kubernetes.client.ApiClient``.
    """

    name: str
    namespace: str
    client: Any


def find_target(settings: Settings) -> Target:
    """Find the cluster that is meant: that of the kubeconfig, or the one that this runs in.

    Raises
    ------
    InputError
        Where there is none, or no credentials for it are to be had.
    UsageError
        Where the kubeconfig has no such context.
    """
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import KUBE_CONFIG_DEFAULT_LOCATION, KubeConfigMerger
    from yaml import YAMLError

    malformed = (AttributeError, KeyError, TypeError, UnicodeDecodeError, YAMLError)
    path = settings.kubeconfig or KUBE_CONFIG_DEFAULT_LOCATION
    try:
        merged = KubeConfigMerger(path)
    except malformed:
        raise InputError(f"{path} is no kubeconfig") from None
    except (OSError, ConfigException) as error:
        raise InputError(f"the kubeconfig cannot be read: {_sentence(error)}") from None
    if merged.config is not None:
        return _of_kubeconfig(merged, settings)
    if settings.kubeconfig is None and settings.context is None and _POD.exists():
        return _in_cluster()
    raise InputError(
        f"there is no cluster to ask: no kubeconfig {path}",
        advice="give -f FILE, -f FOLDER or -f - to read files, or --kubeconfig",
    )


def _of_kubeconfig(merged: Any, settings: Settings) -> Target:  # noqa: ANN401 - untyped library
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
    try:
        loader = KubeConfigLoader(
            merged.config,
            active_context=name,
            config_base_path=None,
            config_persister=merged.save_changes,
        )
        with _logged() as complaints:
            loader.load_and_set(configuration)
    except (ConfigException, OSError, TypeError, ValueError) as error:
        raise InputError(f"the kubeconfig cannot be used: {_sentence(error)}") from None
    if complaints:
        raise InputError(f"context {name} gives no credentials: {complaints[0]}")
    if not configuration.verify_ssl:
        _expect_unverified()
    namespace = loader.current_context["context"].get("namespace")
    return Target(name, namespace or "default", client.ApiClient(configuration))


def _in_cluster() -> Target:
    from kubernetes import client, config

    configuration = client.Configuration()
    try:
        config.load_incluster_config(configuration)
        namespace = (_POD / "namespace").read_text().strip()
    except (config.ConfigException, OSError) as error:
        raise InputError(f"there is no cluster to ask: {_sentence(error)}") from None
    return Target(_IN_CLUSTER, namespace, client.ApiClient(configuration))


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Catch what the client would only log: that an exec plugin failed."""
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
    """Keep urllib3 from warning of what the kubeconfig asks for."""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


class Connection:
    """Asks the API server, politely and again where that helps.

    Parameters
    ----------
    target:
        Whom to ask.
    settings:
        How fast, how long to wait, and in whose name.
    pace:
        Clock and sleep.
    """

    def __init__(self, target: Target, settings: Settings, pace: Pace) -> None:
        self.name = target.name
        self.namespace = target.namespace
        self.server: str = target.client.configuration.host
        self._client = target.client
        self._pool: urllib3.PoolManager = target.client.rest_client.pool_manager
        self._settings = settings
        self._pace = pace
        self._limiter = Limiter(settings.qps, settings.burst, pace)
        self._reached = False
        self._lock = threading.Lock()

    def get(self, path: str, accept: str = JSON) -> Answer:
        """Ask for something."""
        return self._send("GET", path, accept, None)

    def post(self, path: str, body: bytes) -> Answer:
        """Ask a question that has a body: a review, of which the server keeps nothing."""
        return self._send("POST", path, JSON, body)

    def _send(self, method: str, path: str, accept: str, body: bytes | None) -> Answer:
        from urllib3.exceptions import HTTPError

        renewed = False
        for attempt in range(_ATTEMPTS):
            last = attempt + 1 == _ATTEMPTS
            self._limiter.wait()
            try:
                answer = self._once(method, path, accept, body)
            except HTTPError as error:
                if last or not self._reached:
                    raise self._unreachable(error) from None
                self._pace.sleep(backoff(attempt, self._pace.jitter()))
                continue
            self._reached = True
            if answer.status == _UNAUTHORIZED:
                if renewed:
                    raise self._unauthorized()
                renewed = True  # the credential may have run out meanwhile
            elif last or not (answer.status == _TOO_MANY or answer.status >= _ERRORS):
                return answer
            else:
                asked = retry_after(answer.headers.get("Retry-After"), self._pace.jitter())
                self._pace.sleep(backoff(attempt, self._pace.jitter()) if asked is None else asked)
        raise self._unauthorized()

    def _once(self, method: str, path: str, accept: str, body: bytes | None) -> Answer:
        import urllib3

        timeout = self._settings.timeout
        answer = self._pool.request(
            method,
            self.server + path,
            body=body,
            headers=self._headers(accept, body),
            timeout=urllib3.Timeout(connect=timeout, read=timeout),
            retries=False,
            redirect=False,
        )
        return Answer(answer.status, answer.data, answer.headers)

    def _headers(self, accept: str, body: bytes | None) -> "urllib3.HTTPHeaderDict":
        import urllib3

        found = urllib3.HTTPHeaderDict()
        found["Accept"] = accept
        found["Accept-Encoding"] = "gzip"
        found["User-Agent"] = "rbacgraph"
        if body is not None:
            found["Content-Type"] = JSON
        with self._lock:  # a credential is renewed once, not by every thread
            self._client.update_params_for_auth(found, [], ["BearerToken"], "", "", None)
        if self._settings.connect_as:
            found["Impersonate-User"] = self._settings.connect_as
        for group in self._settings.connect_as_groups:
            found.add("Impersonate-Group", group)
        return found

    def _unreachable(self, error: Exception) -> InputError:
        reason = _sentence(getattr(error, "reason", None) or error)
        reason = reason.partition(">: ")[2] or reason
        return InputError(
            f"{self.server} (context {self.name}) cannot be reached: {reason}",
            advice="is the cluster up, and is this the right --context?",
        )

    def _unauthorized(self) -> InputError:
        return InputError(
            f"{self.server} (context {self.name}) does not accept the credentials: "
            "401 Unauthorized",
            advice="log in again; they may have run out",
        )

    def close(self) -> None:
        """Close what is open."""
        self._client.close()
