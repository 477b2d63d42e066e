"""The connection to an API server: through the client's pool; answers stay bytes."""

import queue
import threading
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, TypeVar

from rbacgraph.errors import InputError
from rbacgraph.sources.external.addresses import without_login
from rbacgraph.sources.live.connection import rate_limit
from rbacgraph.sources.live.connection.failures import DeadlineError, Failure, explain
from rbacgraph.sources.live.connection.kubeconfig import ClusterTarget, renewing
from rbacgraph.sources.live.connection.server_answer import ServerAnswer
from rbacgraph.sources.live.connection.settings import Settings
from rbacgraph.sources.live.connection.unexpected import foreign, wants_tls

if TYPE_CHECKING:
    import urllib3


JSON = "application/json"
_ATTEMPTS = 6
_SLOW_ATTEMPTS = 2
"""An answer that does not come in time is asked for once more: each try takes all the time."""
_HOPELESS = 4
"""After so many requests in a row without any answer, none is tried again."""
_UNAUTHORIZED = 401
_TOO_MANY = 429
_ERRORS = 500


class Connection:
    """Sends requests to the API server, at a limited rate, with retries."""

    def __init__(self, target: ClusterTarget, settings: Settings) -> None:
        self.name = target.name
        self.namespace = target.namespace
        self.server = without_login(target.client.configuration.host)
        self.impersonation = target.impersonation
        self.unverified: bool = not target.client.configuration.verify_ssl
        self._configuration = target.client.configuration
        self._target = target
        self._pool: urllib3.PoolManager = target.client.rest_client.pool_manager
        self._settings = settings
        self._pace = settings.pace or rate_limit.Pace()
        self._limiter = rate_limit.Limiter(settings.qps, settings.burst, self._pace)
        self._reached = False
        self._lost_in_a_row = 0
        self._closed = False
        self._lock = threading.Lock()

    @property
    def token(self) -> str:
        """The bearer token; ``""`` without one. It must never be shown."""
        headers = self._headers(JSON, None)
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        return token if scheme == "Bearer" else ""

    def end_of_list(self) -> float:
        """Return when a list that begins now must have ended, by the clock of the requests."""
        return self._pace.clock() + self._settings.list_timeout

    def get(self, path: str, accept: str = JSON, until: float = inf) -> ServerAnswer:
        """Send a GET request; ``until`` is the end of the list of which it is a part."""
        try:
            return self._send("GET", path, accept, None, until)
        except DeadlineError:
            late = f"no end within {self._settings.list_timeout:g} s (--list-timeout)"
            return ServerAnswer(0, b"", {}, late)

    def post(self, path: str, body: bytes) -> ServerAnswer:
        """Post a question with a body: a review, which the server does not store."""
        return self._send("POST", path, JSON, body)

    def try_write(self, method: str, path: str, body: bytes) -> ServerAnswer:
        """Send a write as a dry run: the server stores nothing."""
        return self._send(method, f"{path}?dryRun=All", JSON, body)

    def _send(
        self, method: str, path: str, accept: str, body: bytes | None, until: float = inf
    ) -> ServerAnswer:
        renewed, slow, wait = False, 0, 0.0
        for attempt in range(_ATTEMPTS):
            last = attempt + 1 == _ATTEMPTS
            timeout = self._wait(wait, until)
            headers = self._headers(accept, body)
            try:
                answer = self._once(method, path, headers, body, timeout)
            except _unanswered() as error:
                failure = explain(error, self.server, self._settings.timeout)
                slow += failure.slow
                if not self._reached:
                    raise self._unreachable(failure) from None
                self._left(until)
                if last or slow == _SLOW_ATTEMPTS or self._lost_in_a_row >= _HOPELESS:
                    self._lost_in_a_row += 1
                    return ServerAnswer(0, b"", {}, failure.reason)
                wait = rate_limit.backoff(attempt, self._pace.jitter())
                continue
            if not self._reached and answer.status < _ERRORS:
                self._expect_api_server(path, answer)
            self._reached, self._lost_in_a_row = True, 0
            asked = rate_limit.retry_after(answer.headers.get("Retry-After"), self._pace.jitter())
            wait = rate_limit.backoff(attempt, self._pace.jitter()) if asked is None else asked
            if answer.status == _UNAUTHORIZED:
                if renewed:
                    raise self._unauthorized()
                renewed, wait = True, 0.0  # the credential may have expired meanwhile
            elif last or not (answer.status == _TOO_MANY or answer.status >= _ERRORS):
                return answer
            elif wait > rate_limit.LONGEST:
                words = f"{answer.status}, and a Retry-After of more than {rate_limit.LONGEST:g} s"
                return answer._replace(lost=words)
        raise self._unauthorized()

    def _wait(self, seconds: float, until: float) -> float:
        """Wait for the next request, and return how long it may take."""
        self._left(until - seconds)
        if seconds:
            self._pace.sleep(seconds)
        if not self._limiter.wait(until):
            raise DeadlineError
        return min(self._settings.timeout, self._left(until))

    def _left(self, until: float) -> float:
        """Return the time that is left, or raise a DeadlineError."""
        left = until - self._pace.clock()
        if left <= 0:
            raise DeadlineError
        return left

    def _once(
        self,
        method: str,
        path: str,
        headers: "urllib3.HTTPHeaderDict",
        body: bytes | None,
        timeout: float,
    ) -> ServerAnswer:
        import urllib3

        def exchange() -> ServerAnswer:
            answer = self._pool.request(
                method,
                self.server + path,
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(connect=timeout, read=timeout),
                retries=False,
                redirect=False,
            )
            if self._closed:  # nobody waits for it, and it may have opened another connection
                self._pool.clear()
            return ServerAnswer(answer.status, answer.data, answer.headers)

        return within(timeout, exchange)

    def _headers(self, accept: str, body: bytes | None) -> "urllib3.HTTPHeaderDict":
        import urllib3

        found = urllib3.HTTPHeaderDict()
        found["Accept"] = accept
        found["Accept-Encoding"] = "gzip"
        found["User-Agent"] = "rbacgraph"
        if body is not None:
            found["Content-Type"] = JSON
        with self._lock, renewing(self.name):  # one thread renews a credential, not every one
            for setting in self._configuration.auth_settings().values():
                if setting["in"] == "header" and (value := setting["value"]):
                    found[setting["key"]] = self._credential(value)
        for name, value in self.impersonation.headers():
            found.add(name, value.encode().decode("latin-1"))  # http.client encodes it so
        return found

    def _credential(self, value: str) -> str:
        """Return a credential without the newline that ends many token files."""
        bare = value.strip()
        if not (bare.isascii() and bare.isprintable()):
            raise InputError(
                f"context {self.name} gives no credentials: the token or password holds characters"
                " that no header can carry",
                advice="is its file whole, and is it the right one?",
            )
        return bare

    def _unreachable(self, failure: Failure) -> InputError:
        return InputError(
            f"{self.server} (context {self.name}) cannot be reached: {failure.reason}",
            advice=failure.advice,
        )

    def _expect_api_server(self, path: str, answer: ServerAnswer) -> None:
        """Raise an InputError if the first answer cannot come from an API server."""
        if wants_tls(answer):
            raise InputError(
                f"{self.server} (context {self.name}) speaks TLS, and its address begins with"
                " http://",
                advice="write https:// into the kubeconfig: clusters[].cluster.server",
            )
        if what := foreign(answer):
            raise self.is_another(f"it answers {path} with {what}")

    def refuses_impersonation(self, words: str) -> InputError:
        """Return the error for a server that does not let the caller impersonate."""
        return InputError(
            f"{self.server} (context {self.name}) does not let rbacgraph ask as"
            f" {self.impersonation}: {words}",
            advice="the kubeconfig's as, or --connect-as, wants that; it takes a role with the verb"
            " impersonate for what the server names",
        )

    def is_unwell(self, what: str) -> InputError:
        """Return the error for a server that answers only with errors."""
        return InputError(
            f"{self.server} (context {self.name}) answers with errors: {what}",
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


def _unanswered() -> tuple[type[Exception], ...]:
    """Return what an exchange raises if no whole answer came."""
    from http.client import HTTPException

    from urllib3.exceptions import HTTPError

    return HTTPError, HTTPException, OSError, DeadlineError, UnicodeError


# Bounds how long an exchange takes, however slowly the server answers.

_R = TypeVar("_R")


def within(seconds: float, do: Callable[[], _R]) -> _R:
    """Return what ``do`` returns, or raise what it raises.

    A socket's own timeout begins again with each byte; so ``do`` runs in a thread, which is left
    to itself when the time is over.

    Examples
    --------
    >>> within(60, lambda: 6 * 7)
    42
    """
    finished = queue.SimpleQueue[tuple[_R] | BaseException]()

    def work() -> None:
        try:
            finished.put((do(),))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            finished.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        result = finished.get(timeout=seconds)
    except queue.Empty:
        raise DeadlineError from None
    if isinstance(result, BaseException):
        raise result
    return result[0]
