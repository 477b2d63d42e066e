"""The API resources that every server has, and the ways to write one.

The data comes from the discovery documents of an API server v1.36, in its order. Source of the
notation: kubectl ``pkg/cmd/auth/cani.go`` (``resourceFor``) and
``ParseResourceArg`` of ``k8s.io/apimachinery/pkg/runtime/schema``.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import cache

import msgspec
from msgspec import Struct

from rbacgraph.authz.match import ALL
from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.snapshot import CustomResource
from rbacgraph.model.packaged import packaged

STANDARD_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_VERSION = re.compile(r"v[0-9]+((alpha|beta)[0-9]+)?")


class ApiResource(Struct, frozen=True, rename="camel"):
    """A resource that a server serves, or that only authorization knows.

    ``namespaced`` is None if it is not known.
    """

    group: str
    resource: str
    kind: str = ""
    namespaced: bool | None = None
    short_names: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = STANDARD_VERBS

    @property
    def full_name(self) -> str:
        """``resource.group``, or ``resource`` of the core group."""
        return f"{self.resource}.{self.group}" if self.group else self.resource


VIRTUAL = (
    ApiResource("", "users", namespaced=False, verbs=("impersonate",)),
    ApiResource("", "groups", namespaced=False, verbs=("impersonate",)),
    ApiResource("authentication.k8s.io", "uids", namespaced=False, verbs=("impersonate",)),
    ApiResource("authentication.k8s.io", "userextras", namespaced=False, verbs=("impersonate",)),
    ApiResource(
        "certificates.k8s.io", "signers", namespaced=False, verbs=("approve", "attest", "sign")
    ),
    ApiResource("policy", "podsecuritypolicies", "PodSecurityPolicy", False, ("psp",)),
)
"""Resources that rules name but no server serves (PodSecurityPolicies: since v1.25)."""


class ResourceTarget(Struct, frozen=True):
    """The meaning of a written ``RESOURCE[.GROUP][/NAME]`` or ``/path``."""

    resource: ApiResource
    subresource: str = ""
    name: str = ""
    path: str | None = None


@cache
def known_resources() -> tuple[ApiResource, ...]:
    """Return the resources of an API server v1.36, core first, in the order of discovery."""
    data = packaged("rbacgraph.authz", "data/resources.json")
    return msgspec.json.decode(data, type=tuple[ApiResource, ...])


def resolve_resource(
    text: str, group: str | None = None, custom_resources: Iterable[CustomResource] = ()
) -> ResourceTarget:
    """Return the resource that a written name means.

    ``text``: ``secrets``, ``secret``, ``deploy``, ``deployments.apps``, ``deployments.v1.apps``,
        ``secrets/db``, ``/metrics`` or ``*``, as in ``kubectl auth can-i``. The text after a slash
        is a name, never a subresource; but ``userextras/KEY`` is a KEY.
    ``group``: the API group, literally, ``""`` being core; the resource is then literal as well.
    Returns the resource. Those that every server has win over custom ones, and the core group over
        others. A resource with a given group need not be known.
    Raises UsageError if the resource is not known, or several groups define it.

    Examples
    --------
    >>> resolve_resource("deploy/web").resource.full_name
    'deployments.apps'
    """
    if text.startswith("/"):
        return ResourceTarget(ApiResource("", ""), path=text)
    resource, _, name = text.partition("/")
    if not resource:
        raise UsageError("no resource is named", advice="say what, e.g. secrets or pods")
    found = _find(resource, group, tuple(custom_resources))
    if found.resource == "userextras":
        return ResourceTarget(found, subresource=name)
    return ResourceTarget(found, name=name)


def _find(text: str, group: str | None, custom: Sequence[CustomResource]) -> ApiResource:
    if group is not None:
        exact = [r for r in every_resource(custom) if (r.resource, r.group) == (text, group)]
        return exact[0] if exact else ApiResource(group, text)
    if text == ALL:
        return ApiResource("", ALL)
    resource, dot, suffix = text.partition(".")
    if not dot:
        return _unique(resource, custom)
    version, _, rest = suffix.partition(".")
    wanted = rest if _VERSION.fullmatch(version) else suffix
    same = [r for r in every_resource(custom) if _is_called(r, resource.lower())]
    for candidate in same:
        if candidate.group == wanted.lower():
            return candidate
    for candidate in same:
        if candidate.group.startswith(wanted.lower()) and wanted:
            return candidate
    return ApiResource(wanted, resource)


def every_resource(custom: Iterable[CustomResource] = ()) -> Iterator[ApiResource]:
    """Yield every server's resources, those that only rules name, and the custom ones."""
    yield from known_resources()
    yield from VIRTUAL
    for crd in sorted(custom):
        yield ApiResource(crd.group, crd.resource, crd.kind, crd.namespaced, crd.short_names)


def _is_called(resource: ApiResource, name: str) -> bool:
    return name in {resource.resource, resource.kind.lower(), *resource.short_names}


def _unique(text: str, custom: Sequence[CustomResource]) -> ApiResource:
    """Return a resource by name only: names before short names, served before custom ones."""
    name = text.lower()
    found = [r for r in every_resource(custom) if name in {r.resource, r.kind.lower()}]
    found = found or [r for r in every_resource(custom) if name in r.short_names]
    if not found:
        raise _unknown(name, text, custom)
    if len(found) == 1 or _is_served(found[0]):
        return found[0]
    names = ", ".join(r.full_name for r in found)
    raise UsageError(f"{text!r} may be any of {names}", advice="say which, with its group")


def _is_served(resource: ApiResource) -> bool:
    return resource in known_resources() or resource in VIRTUAL


def _unknown(name: str, text: str, custom: Sequence[CustomResource]) -> UsageError:
    names = {
        n: r.full_name for r in every_resource(custom) for n in (r.resource, r.kind.lower()) if n
    }
    near = dict.fromkeys(
        names[match] for match in get_close_matches(name, sorted(names), cutoff=0.75)
    )
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return UsageError(
        f"no resource is called {text!r}",
        advice=f"{meant}A custom resource whose definition the input lacks is named whole, with"
        " its group: widgets.example.com",
    )
