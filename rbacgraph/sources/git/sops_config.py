"""Reads ``.sops.yaml``: which files SOPS encrypts, to whom, and where it publishes them.

Source: getsops/sops ``config/config.go``.
"""

from pathlib import PurePath
from typing import TYPE_CHECKING, get_args

from msgspec.structs import replace

from rbacgraph.model.go.regex import is_refused
from rbacgraph.model.stores import sops
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.external.addresses import server
from rbacgraph.sources.external.loose import mapping, text
from rbacgraph.sources.git.recipients import RecipientFault, needed, of_rule

if TYPE_CHECKING:  # loading the parser takes time
    from rbacgraph.sources.config.documents import DocumentSpot

_NAME = ".sops.yaml"
_MISNAMED = ".sops.yml"
_FIELDS: tuple[sops.SelectionField, ...] = get_args(sops.SelectionField)
_TARGETS = {
    "s3_bucket": ("s3", "s3_prefix"),
    "gcs_bucket": ("gcs", "gcs_prefix"),
    "vault_path": ("vault", "vault_kv_mount_name"),
}
_STOPS = "SOPS refuses the file"


def is_config(name: str) -> bool:
    """Whether a file is a configuration of SOPS.

    Examples
    --------
    >>> is_config("repo/.sops.yaml"), is_config("repo/db.sops.yaml")
    (True, False)
    """
    return PurePath(name).name in {_NAME, _MISNAMED}


def values_of(data: bytes) -> list[object]:
    """Return the values of all documents of a text; None for one that cannot be read."""
    from rbacgraph.sources.config.documents import parse
    from rbacgraph.sources.yaml.from_yaml import documents

    if data.lstrip()[:1] == b"{":
        return [parse(data).value]
    return [parse(piece).value for _, piece in documents(data)]


def has_header(value: object) -> bool:
    """Whether a document is an object of Kubernetes, well or badly written."""
    return "kind" in mapping(value) or "apiVersion" in mapping(value)


def has_rules(value: object) -> bool:
    """Whether a document is a configuration of SOPS, and no object."""
    given = mapping(value)
    return not has_header(value) and ("creation_rules" in given or "destination_rules" in given)


def is_read_as_objects(name: str, data: bytes) -> bool:
    """Whether a file of that name holds an object, or may: :func:`read_config` does not look."""
    found = values_of(data)
    others = found if PurePath(name).name == _MISNAMED else found[1:]
    return any(map(has_header, found)) or not all(map(mapping, others))


def read_config(name: str, data: bytes, problems: Problems) -> sops.SopsConfig | None:
    """Read a ``.sops.yaml``; report what SOPS refuses, and return None where nothing is left."""
    from rbacgraph.sources.config.documents import parse

    if PurePath(name).name == _MISNAMED:
        if has_header(parse(data).value) and not any(map(has_rules, values_of(data))):
            return None
        problems.add(
            "sops-config",
            "is not read by SOPS, which wants .sops.yaml",
            file=name,
            advice="rename it",
        )
        return None
    document = parse(data)
    if has_header(document.value):
        if any(has_rules(value) for value in values_of(data)):
            problems.add(
                "sops-config",
                "has rules in a document that SOPS does not read: it reads the first one alone",
                file=name,
                advice="put them first",
            )
        return sops.SopsConfig(name)
    for fault in document.faults if document.faulty else ():
        problems.add(
            "sops-config",
            f"is no YAML: {fault.message}",
            file=name,
            line=fault.place.line if fault.place else 1,
            advice=_STOPS,
            severity="error",
        )
        return None
    if not isinstance(document.value, dict):
        problems.add(
            "sops-config", "is no mapping", file=name, line=1, advice=_STOPS, severity="error"
        )
        return None
    reader = _Reader(name, problems, document.spot)
    rules = document.value.get("creation_rules")
    destinations = document.value.get("destination_rules")
    found = reader.items(rules, "creation_rules")
    return sops.SopsConfig(
        name,
        None if found is None else tuple(reader.rule(*one) for one in found),
        tuple(
            reader.destination(*one)
            for one in reader.items(destinations, "destination_rules") or ()
        ),
    )


class _Reader:
    def __init__(self, name: str, problems: Problems, spot: "DocumentSpot | None") -> None:
        self._name = name
        self._problems = problems
        self._fields = spot.fields() if spot else {}

    def items(self, value: object, field: str) -> list[tuple[object, int]] | None:
        """Return the entries of a list with their lines; None if there is no list."""
        if value is None:
            return None
        spots = self._fields.get(field, [])
        line = spots[-1].place.line if spots else 1
        if not isinstance(value, list):
            self._refused(line, f"{field} is no list")
            return []
        lines = [one.place.line for one in spots[-1].value.items()] if spots else []
        lines += [line] * (len(value) - len(lines))
        return list(zip(value, lines, strict=False))

    def rule(self, value: object, line: int) -> sops.CreationRule:
        """Read one creation rule."""
        regex = text(mapping(value).get("path_regex"))
        fault = ""
        try:
            groups = of_rule(value)
        except RecipientFault as error:
            groups, fault = (), str(error)
        chosen = [field for field in _FIELDS if text(mapping(value).get(field))]
        selection = sops.Selection()
        if not isinstance(value, dict):
            fault = "the rule is no mapping"
        elif len(chosen) > 1:
            fault = f"only one of {' and '.join(chosen)} may be given"
        elif chosen:
            selection = sops.Selection(chosen[0], text(value.get(chosen[0])))
        if regex and is_refused(regex):
            fault = "path_regex is no regular expression of Go"
        if not fault and not any(groups):
            fault = "the rule names no recipient"
        given = mapping(value).get("shamir_threshold")
        if len(groups) > 1 and given and given not in range(2, len(groups) + 1):
            fault = f"shamir_threshold must be from 2 to {len(groups)}, the number of key groups"
        if fault:
            self._refused(line, fault)
        return sops.CreationRule(
            line=line,
            path_regex=regex,
            groups=groups,
            threshold=needed(groups, given),
            selection=selection,
            fault=fault,
        )

    def destination(self, value: object, line: int) -> sops.DestinationRule:
        """Read one destination rule."""
        given = mapping(value)
        fields = {name: text(one) for name, one in given.items()}
        targets = [name for name in _TARGETS if fields.get(name)]
        if len(targets) > 1:
            self._refused(line, f"only one of {' and '.join(targets)} may be given")
        rule = sops.DestinationRule(
            line=line,
            path_regex=fields.get("path_regex", ""),
            omit_extensions=given.get("omit_extensions") is True,
        )
        if len(targets) != 1:
            return rule
        kind, prefix = _TARGETS[targets[0]]
        parts = [fields[targets[0]], fields.get(prefix, "")]
        if kind == "vault":
            data = "" if given.get("vault_kv_version") == 1 else "data"
            parts = [fields.get(prefix) or "secret", data, fields[targets[0]]]
        target = "/".join(part.strip("/") for part in parts if part.strip("/"))
        place = server(fields.get("vault_address", "")) if kind == "vault" else ""
        return replace(rule, kind=kind, target=f"{target}/", place=place)

    def _refused(self, line: int, message: str) -> None:
        self._problems.add(
            "sops-config", message, file=self._name, line=line, advice=_STOPS, severity="error"
        )
