"""Azure Key Vault's AuditEvent: blobs, event hubs, and the columns of AzureDiagnostics.

Source: https://learn.microsoft.com/azure/key-vault/general/logging and
https://learn.microsoft.com/azure/azure-monitor/reference/tables/azurediagnostics.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Self

from msgspec import Raw, Struct, field

from rbacgraph.model.inputs.store_log import StoredSecret
from rbacgraph.model.node import AZURE
from rbacgraph.sources.audit.stores.facts import (
    Attempt,
    StoreEvent,
    StoreFact,
    fields_of,
    inner,
    text,
)

_AUDIT, _READ = "AuditEvent", "SecretGet"
_SECRET = re.compile(r"https://([^./]+)\.[^/]+/secrets/([^/?]+)")
_OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_READ_STATUS, _REFUSED_STATUS = 200, 403


class _Properties(Struct, frozen=True, gc=False):
    id: str | None = None
    uri: str | None = field(default=None, name="requestUri")
    status: float | str | None = field(default=None, name="httpStatusCode")


class KeyVault(StoreEvent, frozen=True, gc=False):
    """An event, a batch of an event hub, or a row of AzureDiagnostics."""

    category: str = ""
    time: str = ""
    operation: str = field(default="", name="operationName")
    correlation: str | None = field(default=None, name="correlationId")
    identity: Raw = Raw()
    properties: _Properties | None = None
    records: "tuple[KeyVault, ...] | None" = None
    row_category: str = field(default="", name="Category")
    row_time: str = field(default="", name="TimeGenerated")
    row_operation: str = field(default="", name="OperationName")
    row_correlation: str | None = field(default=None, name="CorrelationId")
    row_id: str | None = field(default=None, name="id_s")
    row_uri: str | None = field(default=None, name="requestUri_s")
    row_status: float | str | None = field(default=None, name="httpStatusCode_d")
    row_oid: str | None = field(default=None, name="identity_claim_oid_g")
    row_object_id: str | None = field(
        default=None,
        name="identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g",
    )

    @property
    def is_own(self) -> bool:
        """Whether it is an event of Key Vault's category, or a batch with one."""
        if self.records is not None:
            return any(record.is_own for record in self.records)
        return _AUDIT in {self.category, self.row_category}

    def unpacked(self) -> Iterator[Self]:
        """Yield the events of a batch, or the event itself."""
        yield from (self,) if self.records is None else self.records  # type: ignore[misc]

    def facts(self) -> Iterable[StoreFact]:
        """Yield the read of a secret."""
        said = self.properties or _Properties(self.row_id, self.row_uri, _number(self.row_status))
        if (self.operation or self.row_operation) != _READ:
            return
        found = _SECRET.match(said.id or "") or _SECRET.match(said.uri or "")
        status, who = _number(said.status), self._object_id()
        if found is None or not who or status not in {_READ_STATUS, _REFUSED_STATUS}:
            return
        time, path = self.time or self.row_time, f"{found[1]}/{found[2]}".lower()
        correlation = self.correlation or self.row_correlation
        # AzureDiagnostics writes fewer digits of the same time than a blob.
        when = time[: len("2026-03-01T00:00:00")] if correlation else time
        yield Attempt(
            ("azure", correlation or "", when, path, who, str(status)),
            time,
            f"azure-identity:{who}",
            "",
            (StoredSecret(AZURE, "", path),),
            status == _READ_STATUS,
        )

    def _object_id(self) -> str:
        """Return the object id of the identity: not its client id, by which nothing is granted."""
        claims: dict[str, Any] = inner(fields_of(self.identity), "claim")
        own = text(claims, "oid") or text(claims, _OBJECT_ID)
        return own or self.row_oid or self.row_object_id or ""


def _number(status: float | str | None) -> int:
    """Return a status, which ``az`` prints as text."""
    try:
        return int(float(status or 0))
    except ValueError:
        return 0
