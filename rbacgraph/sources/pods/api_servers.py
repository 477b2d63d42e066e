"""Reads flags of kube-apiservers that run as Pods; the rest of the command line is dropped."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.kubernetes.pods import ALWAYS_ALLOW, ApiServerFlags, Pod

_PROGRAM = "kube-apiserver"
_NAMED = "apiserver"
_CONFIG = "encryption-provider-config"
_RELOAD = f"{_CONFIG}-automatic-reload"
_ETCD = "etcd-servers"
_GATES = "feature-gates"
_TOKENS = "enable-bootstrap-token-auth"
_MODES = "authorization-mode"
_AUTHORIZERS = "authorization-config"
_ANONYMOUS = "anonymous-auth"
_AUTHENTICATION = "authentication-config"
_ADMISSION = "admission-control-config-file"
_DISABLED = "disable-admission-plugins"
_ENABLED = "enable-admission-plugins"
_REFUSING = frozenset(
    {"AlwaysDeny", "ImagePolicyWebhook", "PodSecurityPolicy", "SecurityContextDeny"}
)
"""Plugins that are off by default, and may refuse Pods."""

_ISSUER = "service-account-issuer"
_OWNERS = "OwnerReferencesPermissionEnforcement"

_SWITCHES = frozenset({_RELOAD, _TOKENS, _ANONYMOUS})
_VALUED = frozenset(
    {
        _CONFIG,
        _ETCD,
        _GATES,
        _MODES,
        _AUTHORIZERS,
        _AUTHENTICATION,
        _ADMISSION,
        _DISABLED,
        _ENABLED,
        _ISSUER,
    }
)
_KEPT = _VALUED | _SWITCHES
_ELSEWHERE = frozenset({"openshift-config"})
"""Flags that read further flags from a file."""

_EXPANDED = re.compile(r"[$`]")

_KNOWN_MODES = frozenset({ALWAYS_ALLOW, "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node"})
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_PLUGIN = re.compile(r"\b[A-Z][A-Za-z]+\b")
_URL = re.compile(r"(?P<scheme>[a-z]+://)?(?:[^/@]*@)?(?P<host>[^/?#@]*)")


class _Container(Struct, frozen=True):
    name: str = ""
    command: tuple[str, ...] | None = None
    args: tuple[str, ...] | None = None


class _Spec(Struct, frozen=True):
    containers: tuple[_Container, ...] | None = None


class _Meta(Struct, frozen=True):
    labels: dict[str, str] | None = None


class _Pod(Struct, frozen=True):
    metadata: _Meta = _Meta()
    spec: _Spec | None = None


def with_flags(pod: Pod, source: Any) -> Pod:  # noqa: ANN401 - bytes or what was parsed
    """Return a Pod with the flags of the API server that it runs, if it runs one.

    ``pod``: a Pod of kube-system; only one that mirrors a static Pod, or is named like an API
        server, is examined: system Pods run on every node.
    ``source``: the JSON that it was decoded from, or the value that it was converted from.
    """
    if not (pod.mirror or _NAMED in pod.metadata.name):
        return pod
    try:
        if isinstance(source, dict):
            found = msgspec.convert(source, _Pod)
        elif _PROGRAM.encode() in bytes(source):
            found = msgspec.json.decode(source, type=_Pod)
        else:
            return pod
    except msgspec.MsgspecError:
        return pod
    labels = found.metadata.labels or {}
    for container in (found.spec.containers if found.spec else None) or ():
        words = _command(container, labelled=labels.get("component") == _PROGRAM)
        if words is not None:
            shown = bool(container.command) and not any(map(_hides, words))
            return replace(pod, api_server=_flags(words, shown=shown))
    return pod


def _command(container: _Container, *, labelled: bool) -> list[str] | None:
    """Return the arguments of the API server; None if the container runs something else.

    A shell, ``hyperkube`` or a log wrapper may precede it. If the command is in the image, the
    label and the container's name decide.
    """
    words = [
        word
        for text in (*(container.command or ()), *(container.args or ()))
        for word in (_split(text) if " " in text.strip() else (text,))
    ]
    if words and words[0].rpartition("/")[2] != "kubectl":
        for at, word in enumerate(words):
            if word.rpartition("/")[2] == _PROGRAM and not word.startswith("-"):
                return words[at + 1 :]
    if labelled and container.name == _PROGRAM and not container.command:
        return words
    return None


def _split(text: str) -> list[str]:
    import shlex

    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _hides(word: str) -> bool:
    """Whether a word of a command line may hide further flags."""
    name = word.partition("=")[0].lstrip("-")
    return name in _ELSEWHERE or bool(_EXPANDED.search(word if name == _MODES else name))


def _flags(words: Sequence[str], *, shown: bool) -> ApiServerFlags:
    """Return the values of the flags; ``shown`` says whether there are no others."""
    given = list(_given(words))
    found = dict(given)
    authorizers = tuple(_authorizers(found))
    by_file = bool(found.get(_AUTHORIZERS))
    none = shown and not by_file and not found.get(_MODES)
    gate = re.search(r"(?:^|,)\s*KMSv1=(\w+)", found.get(_GATES, ""))
    return ApiServerFlags(
        config=found.get(_CONFIG, ""),
        reload=found.get(_RELOAD, "") in _TRUE,
        etcd_servers=tuple(_bare(url) for url in found.get(_ETCD, "").split(",") if url),
        kms_v1=gate[1] in _TRUE if gate else None,
        bootstrap_tokens=found.get(_TOKENS, "") in _TRUE,
        authorizers=authorizers,
        authorizer_file=by_file,
        no_authorizer=none,
        anonymous=_takes_anonymous(found, always_allows=none or ALWAYS_ALLOW in authorizers),
        admission=found.get(_ADMISSION, ""),
        refusing=tuple(one for one in _plugins(found, _ENABLED) if one in _REFUSING),
        disabled=tuple(_plugins(found, _DISABLED)),
        owners=_OWNERS in _plugins(found, _ENABLED),
        issuers=_issuers(given) if shown else (),
    )


def _issuers(given: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return every issuer; none if one is only known where the Pod runs."""
    issuers = tuple(dict.fromkeys(value for name, value in given if name == _ISSUER and value))
    return () if any(map(_EXPANDED.search, issuers)) else issuers


def _plugins(found: Mapping[str, str], flag: str) -> list[str]:
    return _PLUGIN.findall(found.get(flag, ""))


def _authorizers(found: Mapping[str, str]) -> Iterator[str]:
    modes = found.get(_MODES, "").split(",")
    yield from (mode for mode in map(str.strip, modes) if mode in _KNOWN_MODES)


def _takes_anonymous(found: Mapping[str, str], *, always_allows: bool) -> bool:
    """Whether requests without credentials may be allowed.

    AlwaysAllow turns the flag off; an AuthenticationConfiguration, which excludes the flag, does
    not.

    Source: kubernetes ``pkg/kubeapiserver/options/authentication.go`` (``ApplyAuthorization``,
    ``ToAuthenticationConfig``).
    """
    if found.get(_ANONYMOUS) in _FALSE:
        return False
    return _AUTHENTICATION in found or not always_allows


def _given(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the flags that matter, as pflag reads them: dash or underscore, the last one wins."""
    for at, word in enumerate(words):
        name, equals, value = word.lstrip("-").partition("=")
        name = name.replace("_", "-")
        if not word.startswith("--") or name not in _KEPT:
            continue
        if not equals:
            value = "true" if name in _SWITCHES else next(iter(words[at + 1 : at + 2]), "")
        yield name, value


def _bare(url: str) -> str:
    """Return scheme and host of a URL."""
    found = _URL.match(url.strip())
    return f"{found['scheme'] or ''}{found['host']}" if found else ""
