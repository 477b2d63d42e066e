"""Reads settings that the caller gives: groups of users, the version of Kubernetes."""

import os
import re
from collections.abc import Mapping, Sequence

from rbacgraph.errors import InputError, UsageError
from rbacgraph.sources.config.whole_file import whole_file

_LARGEST = 1 << 28
GroupsInput = str | os.PathLike[str] | Mapping[str, Sequence[str]] | None

# A server that is built without a version reports v0.0.0-master.
_VERSION = re.compile(r"v?([1-9]\d*)\.(\d+)(?:[.+-].*)?$")
_ADVICE = "write a mapping of user names to lists of group names: {alice: [devs, ops]}"


def read_groups(groups: GroupsInput) -> dict[str, tuple[str, ...]]:
    """Return the groups of each user, from a mapping or from a YAML or JSON file of one.

    Raises InputError if the file cannot be read or is not such a mapping.
    """
    if groups is None:
        return {}
    if isinstance(groups, Mapping):
        return _groups(groups, "groups")
    path = os.fspath(groups)
    from rbacgraph.sources.yaml11 import faults, parser

    try:
        data = whole_file(path, path, largest=_LARGEST, kind="list of groups", advice=_ADVICE)
        value = parser.load(data.decode()).value
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8", advice=_ADVICE) from None
    except faults.YamlFault as fault:
        message = f"{path}:{fault.line + 1}: {fault.message}"
        raise InputError(message, advice=_ADVICE) from None
    return _groups({} if value is None else value, path)


def _groups(value: object, name: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise InputError(f"{name} is no mapping of users to groups", advice=_ADVICE)
    found: dict[str, tuple[str, ...]] = {}
    for user, names in value.items():
        if isinstance(names, str) or not isinstance(names, Sequence):
            raise InputError(f"{name}: the groups of {user} are no list", advice=_ADVICE)
        if not all(isinstance(text, str) for text in (user, *names)):
            raise InputError(f"{name}: {user} has a group that is no string", advice=_ADVICE)
        found[user] = tuple(dict.fromkeys(names))
    return found


def parse_version(text: str) -> tuple[int, int] | None:
    """Return major and minor of a version as Kubernetes prints it; None for another text.

    Examples
    --------
    >>> parse_version("1.35"), parse_version("v1.33.4-eks-1a2b3c"), parse_version("v0.0.0-master")
    ((1, 35), (1, 33), None)
    """
    found = _VERSION.match(text.strip())
    return (int(found[1]), int(found[2])) if found else None


def wanted_version(text: str | None) -> tuple[int, int] | None:
    """Return the version that the caller names."""
    if text is None:
        return None
    version = parse_version(text)
    if version is None:
        raise UsageError(f"{text!r} is no Kubernetes version", advice="write it as 1.35")
    return version


def wanted_issuers(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the issuers that the caller names."""
    for text in texts:
        if not text.startswith(("https://", "http://")):
            raise UsageError(
                f"the issuer {text!r} is no URL",
                advice="write it as the tokens' claim iss, or --service-account-issuer of the"
                " API server, has it: https://…",
            )
    return tuple(dict.fromkeys(texts))


def found_version(servers: Sequence[str], kubelets: Sequence[str]) -> tuple[int, int] | None:
    """Return the version of the input: the server's own, else its newest kubelet's."""
    for texts in (servers, kubelets):
        versions = [version for text in texts if (version := parse_version(text))]
        if versions:
            return max(versions)
    return None
