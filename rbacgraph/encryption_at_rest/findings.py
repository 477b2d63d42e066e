"""Makes findings, each with its place in the file."""

from collections.abc import Sequence

from msgspec import Struct

from rbacgraph.encryption_at_rest.entry_matching import ANY, EVERYTHING, parse_resource
from rbacgraph.model.answers.encryption import Finding, Severity
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
        code: str,
        severity: Severity,
        message: str,
        advice: str = "",
        *,
        resources: Sequence[str] = (),
        reference: str = DATA,
        place: FieldPlace | None = None,
    ) -> Finding:
        """Return a finding about a field."""
        place = place or self.config.place(field)
        return Finding(
            id=code,
            severity=severity,
            message=message,
            advice=advice,
            field=field,
            resources=tuple(resources),
            file=self.config.file,
            line=place.line,
            column=place.column,
            reference=reference,
        )


def listed(names: Sequence[str]) -> str:
    """Join resources or names as in a sentence; wildcards come last.

    Examples
    --------
    >>> listed(["secrets", "*.apps", "*.*"])
    'secrets, all else in apps and everything else'
    """
    words = [_words(name) for name in names]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def _words(name: str) -> str:
    if not name.startswith(ANY):
        return name
    group, _ = resource = parse_resource(name)
    if resource == EVERYTHING:
        return "everything else"
    return f"all else in {group or 'the core group'}"
