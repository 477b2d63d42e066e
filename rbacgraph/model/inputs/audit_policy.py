"""``audit.k8s.io/v1`` Policy: which requests an API server logs.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/apis/audit/v1/types.go``.
"""

from msgspec import Struct, field

RESPONSE_STARTED, RESPONSE_COMPLETE = "ResponseStarted", "ResponseComplete"
STAGES = ("RequestReceived", RESPONSE_STARTED, RESPONSE_COMPLETE, "Panic")
NONE = "None"
LEVELS = (NONE, "Metadata", "Request", "RequestResponse")


class GroupResources(Struct, frozen=True, rename="camel"):
    """Resources of one API group; all of them where none is named."""

    group: str = ""
    resources: tuple[str, ...] | None = None
    resource_names: tuple[str, ...] | None = None


class AuditRule(Struct, frozen=True, rename="camel"):
    """One rule of a Policy: the first rule that matches a request decides.

    ``line`` is its place; a field that is not given matches everything.
    """

    level: str = ""
    users: tuple[str, ...] | None = None
    user_groups: tuple[str, ...] | None = None
    verbs: tuple[str, ...] | None = None
    resources: tuple[GroupResources, ...] | None = None
    namespaces: tuple[str, ...] | None = None
    non_resource_urls: tuple[str, ...] | None = field(default=None, name="nonResourceURLs")
    omit_stages: tuple[str, ...] | None = None
    line: int = field(default=0, name="(line)")


class AuditPolicy(Struct, frozen=True, rename="camel"):
    """The Policy of an API server; a request that no rule matches is not logged."""

    rules: tuple[AuditRule, ...] | None = None
    omit_stages: tuple[str, ...] | None = None
    file: str = field(default="", name="(file)")
