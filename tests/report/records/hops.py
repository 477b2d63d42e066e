"""What JSON must say of hops, read from the record field by field."""

from msgspec import UNSET, Struct

from rbacgraph.model.answers.paths import Hop, Path
from rbacgraph.model.inputs.evidence import Evidence


def hop_fields(hop: Hop):
    fields = {
        "edge": hop.edge,
        "source": hop.source,
        "target": hop.target,
        "text": str(hop.text),
        "effort": hop.effort,
        "evidence": [_evidence_fields(one) for one in hop.evidence],
        "condition": str(hop.condition),
        "others": list(hop.others),
    }
    if hop.right is not UNSET:
        fields["right"] = {
            "verbs": list(hop.right.verbs),
            "resources": list(hop.right.resources),
            "names": list(hop.right.names),
            "namespace": hop.right.namespace,
        }
    return fields


def _evidence_fields(evidence: Evidence):
    return {
        "kind": evidence.kind,
        "namespace": evidence.namespace,
        "name": evidence.name,
        "file": evidence.file,
        "line": evidence.line,
        "rule": evidence.rule,
        "detail": str(evidence.detail),
        "assumed": evidence.assumed,
    }


def recorded_hops(record):
    """Yield the hops of each path of a record, in order."""
    if isinstance(record, Path):
        yield [hop_fields(hop) for hop in record.hops]
    elif isinstance(record, Struct):
        for field in record.__struct_fields__:
            yield from recorded_hops(getattr(record, field))
    elif isinstance(record, list | tuple):
        for one in record:
            yield from recorded_hops(one)


def read_hops(read):
    """Yield every list of hops in what JSON says, in order."""
    if isinstance(read, dict):
        if "hops" in read:
            yield read["hops"]
        read = list(read.values())
    if isinstance(read, list):
        for one in read:
            yield from read_hops(one)
