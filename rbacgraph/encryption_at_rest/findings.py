"""Makes findings, each with its place in the file."""

from collections.abc import Sequence

from msgspec import Struct

from rbacgraph.model.answers.encryption_at_rest.encryption import Finding, Severity
from rbacgraph.model.answers.encryption_at_rest.encryption_text import (
    FindingAdvice,
    FindingCode,
    FindingMessage,
    FindingSubject,
)
from rbacgraph.model.inputs.encryption_config import EncryptionConfig, FieldPlace

DATA = "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/"
KMS = "https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/"
ETCD = "https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/"
FORMAT = "https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/"


class FindingMaker(Struct, frozen=True, kw_only=True):
    """Makes findings about a file; ``reload`` and ``kms_v1`` are known facts of the server."""

    config: EncryptionConfig
    reload: bool = False
    kms_v1: bool | None = None

    def at(
        self,
        field: str,
        code: FindingCode,
        severity: Severity,
        *subject: FindingSubject,
        fault: str = "",
        resources: Sequence[str] = (),
        reference: str = DATA,
        place: FieldPlace | None = None,
    ) -> Finding:
        """Return a finding about a field; ``fault`` is the id of a fault, which it keeps."""
        place = place or self.config.place(field)
        return Finding(
            id=fault or code.id,
            severity=severity,
            message=FindingMessage(code, subject),
            advice=FindingAdvice(code, subject),
            field=field,
            resources=tuple(resources),
            file=self.config.file,
            line=place.line,
            column=place.column,
            reference=reference,
        )
