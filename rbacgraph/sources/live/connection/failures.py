"""Says why a connection failed, in words of its own: no exception's text reaches people."""

import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from typing import NamedTuple
from urllib.parse import urlsplit

_USUAL = "is the cluster up, and is this the right --context?"
_CERTIFICATE = (
    "does the kubeconfig's certificate-authority sign for this server, and is its certificate for"
    " this address?"
)
_CLIENT = "look at client-certificate and client-key of the kubeconfig's user"
_PROXY = "look at proxy-url of the kubeconfig and at HTTPS_PROXY; NO_PROXY names exceptions"
_HTTPS = "an API server usually wants https:// before its address"
_HTTP = "is that its port? The address of a server without TLS begins with http://"

_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_DEPTH = 12
_CLOSED = (
    *(ConnectionResetError, ConnectionAbortedError, BrokenPipeError, RemoteDisconnected),
    *(ssl.SSLEOFError, ssl.SSLZeroReturnError),
)


class DeadlineError(Exception):
    """An exchange took longer than ``--timeout``, or a list than ``--list-timeout``."""


class Failure(NamedTuple):
    """Why a connection failed, and what to look at; ``slow`` says that time ran out."""

    reason: str
    advice: str = _USUAL
    slow: bool = False


_UNTRUSTED = Failure("no authority that is trusted here has signed its certificate", _CERTIFICATE)
_OTHER_NAME = frozenset({62, 64})
"""OpenSSL's ``X509_V_ERR_HOSTNAME_MISMATCH`` and ``X509_V_ERR_IP_ADDRESS_MISMATCH``."""
_OF_CERTIFICATE = {
    9: Failure("its certificate is not valid yet", "is the clock of this machine right?"),
    10: Failure("its certificate has expired", "the server needs a new certificate"),
}
"""By the codes of OpenSSL's ``x509_vfy.h``."""
_OF_TLS = (
    (
        ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"),
        Failure("it does not speak TLS there", _HTTP),
    ),
    (
        ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"),
        Failure("the client's key does not belong to its certificate", _CLIENT),
    ),
    (
        ("PEM", "NO_START_LINE", "NO_CERTIFICATE_OR_CRL", "ASN1"),
        Failure("a certificate or key of the kubeconfig is no PEM file", _CLIENT),
    ),
    (
        ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "NO_PROTOCOLS", "HANDSHAKE_FAILURE"),
        Failure(
            "it refuses the TLS handshake: it wants another version or cipher, or a client"
            " certificate",
            _CLIENT,
        ),
    ),
    (("ALERT",), Failure("it does not accept the client's certificate", _CLIENT)),
)
"""By parts of OpenSSL's reasons."""


def explain(error: BaseException, url: str, timeout: float) -> Failure:
    """Return why an exchange with the server at ``url`` failed."""
    from urllib3.exceptions import (
        DecodeError,
        LocationParseError,
        NewConnectionError,
        ProxyError,
    )
    from urllib3.exceptions import TimeoutError as UrllibTimeoutError
    from urllib3.util.ssl_match_hostname import CertificateError

    # urllib3 counts a refused connection among the timeouts; the cause of it is the next one.
    causes = [cause for cause in _causes(error) if not isinstance(cause, NewConnectionError)]
    address = urlsplit(url)
    host = address.hostname or url
    maybe_tls = _HTTPS if address.scheme == "http" else _USUAL
    for kinds, failure in (
        (
            (DeadlineError, UrllibTimeoutError, TimeoutError),
            Failure(f"no complete answer within {timeout:g} s (--timeout)", slow=True),
        ),
        ((ProxyError,), _of_proxy(causes)),
        ((socket.gaierror,), Failure(f"no address is known for {host}")),
        ((ssl.SSLError,), _of_tls(causes, host)),
        ((CertificateError,), _other_name(host)),
        ((ConnectionRefusedError,), Failure("nothing accepts connections there")),
        ((DecodeError,), Failure("its compressed answer is damaged")),
        ((IncompleteRead,), Failure("it closes the connection in the middle of its answer")),
        (_CLOSED, Failure("it closes the connection without an answer", maybe_tls)),
        ((LocationParseError, UnicodeError), Failure("that is no address of a server")),
        ((HTTPException,), Failure("its answer is not HTTP", maybe_tls)),
    ):
        if any(isinstance(cause, kinds) for cause in causes):
            return failure
    return Failure(next(filter(None, map(system_words, causes)), "the connection failed"))


def system_words(error: BaseException) -> str:
    """Return the operating system's words for an error; ``""`` if it has none.

    Examples
    --------
    >>> system_words(FileNotFoundError(2, "No such file or directory", "ca.pem"))
    'ca.pem: no such file or directory'
    """
    if not isinstance(error, OSError) or isinstance(error, ssl.SSLError | socket.gaierror):
        return ""
    # The table lacks None too: only the type checker needs the first part.
    if error.errno is None or error.errno not in errno.errorcode:
        return ""
    words = os.strerror(error.errno)
    place = f"{error.filename}: " if isinstance(error.filename, str) else ""
    return f"{place}{words[:1].lower()}{words[1:]}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and those that it wraps."""
    seen: set[int] = set()
    waiting = [error]
    while waiting and len(seen) < _DEPTH:
        found = waiting.pop(0)
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        inner = (
            getattr(found, "reason", None),
            getattr(found, "original_error", None),
            *found.args,
            found.__cause__,
            found.__context__,
        )
        waiting += [one for one in inner if isinstance(one, BaseException)]


def _of_proxy(causes: list[BaseException]) -> Failure:
    for cause in causes:
        if isinstance(cause, OSError) and (found := _TUNNEL.search(str(cause))):
            status = int(found[1])
            login = " (the proxy wants a login)" if status == 407 else ""  # noqa: PLR2004
            return Failure(f"the proxy refuses to connect: {status}{login}", _PROXY)
    words = next(filter(None, map(system_words, causes)), "")
    return Failure(f"its proxy cannot be reached{words and f': {words}'}", _PROXY)


def _of_tls(causes: list[BaseException], host: str) -> Failure:
    """Return why TLS failed: the certificate, the client's certificate, or the protocol."""
    error = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if isinstance(error, ssl.SSLCertVerificationError):
        code = error.verify_code
        return _other_name(host) if code in _OTHER_NAME else _OF_CERTIFICATE.get(code, _UNTRUSTED)
    reason = getattr(error, "reason", None) or ("PEM" if "PEM lib" in str(error) else "")
    if isinstance(error, _CLOSED) or not reason:  # OpenSSL has no reason for a closed connection
        return Failure("it closes the connection without an answer")
    found = next((found for words, found in _OF_TLS if any(word in reason for word in words)), None)
    return found or Failure(f"TLS failed: {reason.replace('_', ' ').lower()}")


def _other_name(host: str) -> Failure:
    return Failure(f"its certificate is not for {host}", _CERTIFICATE)
