"""Reads the flags of Ingress controllers that are proxies; the rest of the arguments is dropped.

Sources: as in :mod:`rbacgraph.model.kubernetes.ingress_proxies`; the images are those of the
projects and of their distributors (RKE, AKS, Bitnami, Chainguard).
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from rbacgraph.model.go.boolean import parse_bool
from rbacgraph.model.kubernetes.ingress_proxies import ProxyFlags, ProxyProgram
from rbacgraph.sources.external.loose import texts
from rbacgraph.sources.pods import wire_pods as wire

_NAME, _COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"
_BINARY = "/nginx-ingress-controller"
_BY_LABEL = {
    "ingress-nginx": ProxyProgram.INGRESS_NGINX,
    "rke2-ingress-nginx": ProxyProgram.INGRESS_NGINX,
}
_COMMON = "ingress"
"""What the name of each such image holds: most images need no closer look."""
_REPOSITORY = re.compile(r"(?P<path>[^@]*?)(?::[^/@]*)?(?:@.*)?")
_IMAGES = tuple(
    (re.compile(rf"(?:.*/)?(?:{pattern})"), program)
    for pattern, program in (
        (r"ingress-nginx/controller(?:-chroot)?", ProxyProgram.INGRESS_NGINX),
        (r"(?:[a-z0-9-]*-)?ingress-nginx-controller(?:-chroot)?", ProxyProgram.INGRESS_NGINX),
        (r"(?:[a-z0-9-]*-)?nginx-ingress-controller(?:-chroot)?", ProxyProgram.INGRESS_NGINX),
        (r"nginx-ingress|nginx-plus-ingress", ProxyProgram.NGINX_INGRESS),
        (r"haproxy-ingress", ProxyProgram.HAPROXY_INGRESS),
        (r"haproxytech/kubernetes-ingress", ProxyProgram.HAPROXY_KUBERNETES),
    )
)
_SWITCHES = frozenset({"enable-annotation-validation", "enable-snippets"})
_ALL = "all"
_NO_KEYWORD = "*"


def proxy_flags(
    containers: Sequence[wire.Container], labels: Mapping[str, object] | None
) -> ProxyFlags | None:
    """Return the flags of the Ingress controller that a Pod runs; None if it runs none.

    The program that a container starts shows it, else its image, else the labels of the Pod.
    """
    for one in containers:
        started = _starts(one.args) or _starts(one.command)
        program = ProxyProgram.INGRESS_NGINX if started else _by_image(one.image or "")
        if program is not None:
            return _flags(program, one.image or "", _words(one))
    if labels and len(containers) == 1 and labels.get(_COMPONENT) == "controller":
        named = labels.get(_NAME)
        program = _BY_LABEL.get(named) if isinstance(named, str) else None
        if program is not None:
            return _flags(program, containers[0].image or "", _words(containers[0]))
    return None


def _starts(words: object) -> bool:
    """Whether a command line names the program of ingress-nginx, as every Pod is asked."""
    if isinstance(words, list):
        for word in words:
            if isinstance(word, str) and _BINARY in word and not word.startswith("-"):
                return any(one.endswith(_BINARY) for one in _split(word))
    return False


@lru_cache(4096)
def _by_image(image: str) -> ProxyProgram | None:
    if _COMMON not in image:
        return None
    found = _REPOSITORY.fullmatch(image)
    path = found["path"] if found else image
    return next((program for pattern, program in _IMAGES if pattern.fullmatch(path)), None)


def _words(container: wire.Container) -> Sequence[str]:
    """Return the words of a command line; a shell may precede it."""
    words: list[str] = []
    for text in (*texts(container.command), *texts(container.args)):
        words += _split(text) if " " in text.strip() and text[0] != "-" else (text,)
    return words


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _flags(program: ProxyProgram, image: str, words: Sequence[str]) -> ProxyFlags:
    given = _given(words)

    def last(*names: str) -> str:
        return next((given[name][-1] for name in names if name in given), "")

    snippets, of_config_map = _snippets(program, given)
    return ProxyFlags(
        program=program,
        image=image,
        config_map=last("configmap", "nginx-configmaps"),
        watches=_namespaces(
            given.get("watch-namespace", ())[-1:], given.get("namespace-whitelist")
        ),
        ignores=_namespaces(given.get("namespace-blacklist")),
        selector=last("watch-namespace-selector", "watch-namespace-label"),
        validates=parse_bool(last("enable-annotation-validation")),
        webhook=_port(last("validating-webhook")),
        snippets=snippets,
        global_snippets=of_config_map,
    )


def _given(words: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the values of the flags: with one dash or two, after ``=`` or as the next word."""
    found: dict[str, list[str]] = {}
    for at, word in enumerate(words):
        if not word.startswith("-"):
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not equals:
            following = next(iter(words[at + 1 : at + 2]), "")
            bare = name in _SWITCHES or following.startswith("-")
            value = "true" if bare else following
        found.setdefault(name, []).append(value)
    return found


def _snippets(
    program: ProxyProgram, given: Mapping[str, Sequence[str]]
) -> tuple[bool | None, bool | None]:
    """Return what flags say of snippets in Ingresses, and in the ConfigMap."""
    if program is ProxyProgram.NGINX_INGRESS:
        said = parse_bool(next(iter(given.get("enable-snippets", ())[-1:]), "false"))
        return said, None
    if program is ProxyProgram.HAPROXY_INGRESS:
        keywords = next(iter(given.get("disable-config-keywords", ())[-1:]), "")
        return _NO_KEYWORD not in _parts(keywords), None
    if program is ProxyProgram.HAPROXY_KUBERNETES:
        kinds = _parts(next(iter(given.get("disable-config-snippets", ())[-1:]), ""))
        whole = _ALL in kinds or kinds >= {"global", "frontend"}
        return kinds.isdisjoint({_ALL, "backend"}), not whole
    return None, None


def _namespaces(*values: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(sorted({one for few in values for value in few or () for one in _parts(value)}))


def _parts(value: str) -> frozenset[str]:
    return frozenset(map(str.strip, value.split(","))) - {""}


def _port(address: str) -> int:
    number = address.rpartition(":")[2]
    return int(number) if number.isdecimal() and len(number) <= 5 else 0  # noqa: PLR2004 - digits


def flag_value(flag: str, *command: object) -> str:
    """Return the value that the parts of a command line give a flag; ``""`` for none.

    Examples
    --------
    >>> flag_value("--controller-class", ["manager"], ["--controller-class=team", "--v=1"])
    'team'
    >>> flag_value("--controller-class", None, ["--controller-class", "team"])
    'team'
    >>> flag_value("--controller-class", None, [])
    ''
    """
    words = [word for part in command if part for word in texts(part)]
    for word, following in pairwise((*words, "")):
        if word == flag:
            return following
        if word.startswith(f"{flag}="):
            return word.removeprefix(f"{flag}=")
    return ""


def switched_off(flag: str, *command: object) -> bool:
    """Whether the parts of a command line switch a boolean flag off, which takes an equals sign.

    Examples
    --------
    >>> switched_off("--watch-all-namespaces", ["manager"], ["--watch-all-namespaces=false"])
    True
    >>> switched_off("--watch-all-namespaces", None, ["--watch-all-namespaces", "false"])
    False
    """
    words = (word for part in command if part for word in texts(part))
    given = [word.partition("=")[2] for word in words if word.partition("=")[0] == flag]
    return bool(given) and parse_bool(given[-1]) is False
