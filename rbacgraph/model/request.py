"""A request as an authorizer sees it."""

from msgspec import Struct

RESOURCE_VERBS = (
    *("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"),
    *("impersonate", "bind", "escalate", "use", "approve", "sign", "attest"),
)
"""The verbs that Kubernetes itself uses on resources."""

VERBS_OF_WORDS = {
    **dict.fromkeys(("read", "view"), ("get", "list", "watch")),
    "write": ("create", "update", "patch"),
    "edit": ("update", "patch"),
    **dict.fromkeys(("remove", "destroy"), ("delete", "deletecollection")),
}
"""The verbs for what people call otherwise, as roles are called."""

URL_VERBS = ("get", "head", "post", "put", "patch", "delete", "options")
"""The verbs of requests for other URLs: their HTTP methods."""


class Request(Struct, frozen=True, gc=False, order=True):
    """The attributes of a request that an authorizer sees, taken literally.

    ``verb``: ``get``, ``list``, … ``impersonate``; the lower-case HTTP method on a path.
    ``group``, ``resource``, ``subresource``: the API group (``""`` is core) and the resource, in
        the plural.
    ``namespace``, ``name``: ``""`` where the request has none. A request for ``namespaces/NAME``
        carries NAME as both.
    ``path``: the URL path of a non-resource request, else None.

    Examples
    --------
    >>> Request("create", resource="pods", subresource="exec", namespace="shop", name="web-0")
    Request(verb='create', group='', resource='pods', subresource='exec', namespace='shop', \
name='web-0', path=None)
    """

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str | None = None

    @property
    def full_resource(self) -> str:
        """``resource`` or ``resource/subresource``."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource
