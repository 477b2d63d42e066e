"""Google's Data Access logs: the array that gcloud prints, and a sink's lines.

Source: https://cloud.google.com/secret-manager/docs/audit-logging and
https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog.
"""

import re
from collections.abc import Iterable

from msgspec import Raw, Struct, field

from rbacgraph.model.inputs.store_log import StoredSecret
from rbacgraph.model.node import GCP
from rbacgraph.sources.audit.stores.facts import (
    Attempt,
    StoreEvent,
    StoreFact,
    account_of,
    fields_of,
    text,
)

_READ = "SecretManagerService.AccessSecretVersion"
_KUBERNETES = "k8s.io"
_PERMISSION_DENIED = 7
_SECRET = re.compile(r"projects/([^/]+)/(?:locations/[^/]+/)?secrets/([^/]+)")
_MEMBER = re.compile(r"(?:serviceAccount:)?[^/\[]+\.svc\.id\.goog\[([^/\]]+)/([^/\]]+)\]")
_SUBJECT = re.compile(r"principal://.*/workloadIdentityPools/[^/]+/subject/(.+)")
_KUBERNETES_SUBJECT = re.compile(r"ns/([^/]+)/sa/([^/]+)")


class _Status(Struct, frozen=True, gc=False):
    code: int = 0


class _Payload(Struct, frozen=True, gc=False, rename="camel"):
    service_name: str = ""
    method_name: str = ""
    resource_name: str = ""
    status: _Status | None = None
    authentication_info: Raw = Raw()


class _Resource(Struct, frozen=True, gc=False):
    labels: dict[str, str] = {}


class GoogleAudit(StoreEvent, frozen=True, gc=False, rename="camel"):
    """A log entry with an audit log in it, but for those of Kubernetes."""

    proto_payload: _Payload | None = None
    log_name: str = ""
    timestamp: str = ""
    insert_id: str = field(default="", name="insertId")
    resource: _Resource | None = None

    @property
    def is_own(self) -> bool:
        """Whether it is an entry of Cloud Audit Logs."""
        payload = self.proto_payload
        return payload is not None and payload.service_name not in {"", _KUBERNETES}

    def facts(self) -> Iterable[StoreFact]:
        """Yield the read of a secret's version: no other method returns a value."""
        payload = self.proto_payload
        assert payload is not None, "is_own says so"
        found = _SECRET.match(payload.resource_name)
        code = payload.status.code if payload.status else 0
        if found is None or not payload.method_name.endswith(_READ):
            return
        if code not in {0, _PERMISSION_DENIED}:
            return
        labels = self.resource.labels if self.resource else {}
        project = labels.get("project_id") or found[1]
        yield Attempt(
            ("gcp", self.log_name, self.timestamp, self.insert_id),
            self.timestamp,
            _identity(payload.authentication_info),
            "",
            (StoredSecret(GCP, "", f"{project}/{found[2]}"),),
            code == 0,
        )


def _identity(raw: Raw) -> str:
    """Return who asked: the ServiceAccount that acts, by itself or as a Google service account."""
    said = fields_of(raw)
    chain = said.get("serviceAccountDelegationInfo")
    links = [one for one in chain if isinstance(one, dict)] if isinstance(chain, list) else []
    subjects = [text(one, "principalSubject") for one in (*links, said)]
    accounts = filter(None, map(_account, subjects))
    own = text(said, "principalEmail") or text(said, "principalSubject")
    return next(accounts, f"google:{own}")


def _account(subject: str) -> str:
    """Return the ServiceAccount of a subject, printed; ``""`` if it is none.

    Examples
    --------
    >>> _account("serviceAccount:shop.svc.id.goog[batch/imp]"), _account("user:a@example.com")
    ('sa:batch/imp', '')
    """
    if member := _MEMBER.fullmatch(subject):
        return f"sa:{member[1]}/{member[2]}"
    of_pool = _SUBJECT.fullmatch(subject)
    if of_pool is None:
        return ""
    named = _KUBERNETES_SUBJECT.fullmatch(of_pool[1])
    return f"sa:{named[1]}/{named[2]}" if named else account_of(of_pool[1])
