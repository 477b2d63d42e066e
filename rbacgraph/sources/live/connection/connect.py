"""The connection to an API server: through the client's pool; answers stay bytes."""

import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from rbacgraph.errors import InputError
from rbacgraph.sources.live.connection.kubeconfig import ClusterTarget, sentence
from rbacgraph.sources.live.connection.rate_limit import Limiter, Pace, backoff, retry_after
from rbacgraph.sources.live.connection.settings import Settings

if TYPE_CHECKING:
    import urllib3

JSON = "application/json"
_ATTEMPTS = 6
_UNAUTHORIZED = 401
_TOO_MANY = 429
_ERRORS = 500
_CONNECTION = re.compile(r"^<?HTTPS?Connection.*?[)>]: ")


class ServerAnswer(NamedTuple):
    """The server's answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether the server did what was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004


class Connection:
    """Sends requests to the API server, at a limited rate, with retries.

    Parameters
    ----------
    target:
        The cluster to ask.
    settings:
        The rate, the timeout, and the user to impersonate.
    pace:
        Clock and sleep.
    """

    def __init__(self, target: ClusterTarget, settings: Settings, pace: Pace) -> None:
        self.name = target.name
        self.namespace = target.namespace
        self.server: str = target.client.configuration.host
        self._configuration = target.client.configuration
        self._target = target
        self._pool: urllib3.PoolManager = target.client.rest_client.pool_manager
        self._settings = settings
        self._pace = pace
        self._limiter = Limiter(settings.qps, settings.burst, pace)
        self._reached = False
        self._closed = False
        self._lock = threading.Lock()

    @property
    def impersonates(self) -> str:
        """The user that the settings have the connection impersonate."""
        return self._settings.connect_as

    @property
    def token(self) -> str:
        """The bearer token; ``""`` without one. It must never be shown."""
        headers = self._headers(JSON, None)
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        return token if scheme == "Bearer" else ""

    def get(self, path: str, accept: str = JSON) -> ServerAnswer:
        """Send a GET request."""
        return self._send("GET", path, accept, None)

    def post(self, path: str, body: bytes) -> ServerAnswer:
        """Post a question with a body: a review, which the server does not store."""
        return self._send("POST", path, JSON, body)

    def try_write(self, method: str, path: str, body: bytes) -> ServerAnswer:
        """Send a write as a dry run: the server stores nothing."""
        return self._send(method, f"{path}?dryRun=All", JSON, body)

    def _send(self, method: str, path: str, accept: str, body: bytes | None) -> ServerAnswer:
        from urllib3.exceptions import HTTPError

        renewed = False
        for attempt in range(_ATTEMPTS):
            last = attempt + 1 == _ATTEMPTS
            self._limiter.wait()
            try:
                answer = self._once(method, path, accept, body)
            except (HTTPError, OSError) as error:
                if last or not self._reached:
                    raise self._unreachable(error) from None
                self._pace.sleep(backoff(attempt, self._pace.jitter()))
                continue
            self._reached = True
            if answer.status == _UNAUTHORIZED:
                if renewed:
                    raise self._unauthorized()
                renewed = True  # the credential may have expired meanwhile
            elif last or not (answer.status == _TOO_MANY or answer.status >= _ERRORS):
                return answer
            else:
                asked = retry_after(answer.headers.get("Retry-After"), self._pace.jitter())
                self._pace.sleep(backoff(attempt, self._pace.jitter()) if asked is None else asked)
        raise self._unauthorized()

    def _once(self, method: str, path: str, accept: str, body: bytes | None) -> ServerAnswer:
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
        if self._closed:  # nobody waits for this answer, and it may have opened another connection
            self._pool.clear()
        return ServerAnswer(answer.status, answer.data, answer.headers)

    def _headers(self, accept: str, body: bytes | None) -> "urllib3.HTTPHeaderDict":
        import urllib3

        found = urllib3.HTTPHeaderDict()
        found["Accept"] = accept
        found["Accept-Encoding"] = "gzip"
        found["User-Agent"] = "rbacgraph"
        if body is not None:
            found["Content-Type"] = JSON
        with self._lock:  # one thread renews a credential, not every one
            for setting in self._configuration.auth_settings().values():
                if setting["in"] == "header" and setting["value"]:
                    found[setting["key"]] = setting["value"]
        if self._settings.connect_as:
            found["Impersonate-User"] = self._settings.connect_as
        for group in self._settings.connect_as_groups:
            found.add("Impersonate-Group", group)
        return found

    def _unreachable(self, error: Exception) -> InputError:
        reason = sentence(getattr(error, "reason", None) or error)
        reason = _CONNECTION.sub("", reason)
        return InputError(
            f"{self.server} (context {self.name}) cannot be reached: {reason}",
            advice=_advice(error),
        )

    def is_unwell(self, answer: ServerAnswer) -> InputError:
        """Return the error for a server that answers only with errors."""
        return InputError(
            f"{self.server} (context {self.name}) answers with errors: {answer.status}",
            advice="is the API server up, and what stands before it?",
        )

    def is_another(self, what: str) -> InputError:
        """Return the error for an answer that does not come from an API server."""
        return InputError(
            f"{self.server} (context {self.name}) is no API server of Kubernetes: {what}",
            advice="is that the whole URL of the server, and does a proxy want a login?",
        )

    def _unauthorized(self) -> InputError:
        return InputError(
            f"{self.server} (context {self.name}) does not accept the credentials: "
            "401 Unauthorized",
            advice="log in again; they may have run out",
        )

    def close(self) -> None:
        """Close all connections, and remove the keys that the client wrote to files."""
        self._closed = True
        self._pool.clear()
        self._target.close()


def _advice(error: Exception) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return (
            "does the kubeconfig's certificate-authority sign for this server, and is its"
            " certificate for this address?"
        )
    return "is the cluster up, and is this the right --context?"
