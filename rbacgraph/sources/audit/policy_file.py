"""Reads the file of an audit Policy as an API server does."""

import re
from collections.abc import Iterator, Mapping

from msgspec import ValidationError, convert
from msgspec.structs import replace

from rbacgraph.errors import InputError
from rbacgraph.model.inputs.audit_policy import LEVELS, STAGES, AuditPolicy, AuditRule
from rbacgraph.model.node import is_subdomain
from rbacgraph.sources.config.documents import DocumentSpot, parse
from rbacgraph.sources.diagnostics.problems import Problems, printable
from rbacgraph.sources.files.locate import Source, locate
from rbacgraph.sources.files.streams import TooLarge, Window, byte_order_mark, opened

_LARGEST = 1 << 24
_GROUP = "audit.k8s.io/"
_URL = re.compile(r"\*|/[^*]*\*?")
_ADVICE = "give what the API server was started with as --audit-policy-file"


def read_audit_policy(source: Source) -> AuditPolicy:
    r"""Read the Policy by which an API server logs.

    ``source``: a file of YAML or JSON, ``"-"`` for standard input, or an open binary file.
    Raises InputError if the file is no Policy, or an API server would refuse it.

    Examples
    --------
    >>> import io
    >>> text = b"apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]"
    >>> read_audit_policy(io.BytesIO(text)).rules[0].level
    'Metadata'
    """
    files = locate([source], Problems())
    if len(files) != 1:
        raise InputError(f"{source} is not one file", advice=_ADVICE)
    (found,) = files
    document = parse(_read(found.source, found.name))
    for fault in document.faults:
        if document.faulty:
            raise InputError(f"{found.name}:{fault.place.line}: {fault.message}", advice=_ADVICE)
    value = document.value
    if not isinstance(value, Mapping) or value.get("kind") != "Policy":
        raise InputError(f"{found.name} is no audit policy", advice=_ADVICE)
    if not str(value.get("apiVersion", "")).startswith(_GROUP):
        version = printable(str(value.get("apiVersion", "")))
        raise InputError(
            f"{found.name} is a Policy of {version!r}, not of {_GROUP}v1", advice=_ADVICE
        )
    try:
        policy = convert(value, AuditPolicy)
    except ValidationError as error:
        raise InputError(f"{found.name} is no audit policy: {error}", advice=_ADVICE) from None
    rules = tuple(_with_lines(policy.rules or (), document.spot))
    if not rules:
        raise InputError(f"{found.name} has no rules", advice="an API server refuses it")
    for rule in rules:
        _check(rule, f"{found.name}:{rule.line}")
    _check_stages(policy.omit_stages, found.name)
    return replace(policy, rules=rules, file=found.name)


def _read(source: Source, name: str) -> bytes:
    try:
        with opened(source) as stream:
            window = Window(stream, limit=_LARGEST)
            window.fill()
            byte_order_mark(window)
            data = bytes(window.take_all())
    except (OSError, UnicodeDecodeError, TooLarge) as error:
        reason = getattr(error, "strerror", None) or "it is no text, or too large"
        raise InputError(f"{name} cannot be read: {reason}", advice=_ADVICE) from None
    if window.fault:
        raise InputError(f"{name} cannot be read to its end: {window.fault}")
    return data


def _with_lines(rules: tuple[AuditRule, ...], spot: DocumentSpot | None) -> Iterator[AuditRule]:
    fields = spot.fields().get("rules", []) if spot else []
    items = fields[-1].value.items() if fields else []
    for number, rule in enumerate(rules):
        yield replace(rule, line=items[number].place.line if number < len(items) else 1)


def _check(rule: AuditRule, place: str) -> None:
    """Refuse what an API server refuses.

    Source: kubernetes
    ``staging/src/k8s.io/apiserver/pkg/apis/audit/validation/validation.go``.
    """
    if rule.level not in LEVELS:
        said = f"level {printable(rule.level)!r}" if rule.level else "no level"
        raise InputError(f"{place}: has {said}", advice=f"levels are {', '.join(LEVELS)}")
    if rule.non_resource_urls and (rule.resources or rule.namespaces):
        raise InputError(f"{place}: applies to resources and to non-resource URLs")
    for url in rule.non_resource_urls or ():
        if not _URL.fullmatch(url):
            raise InputError(
                f"{place}: {printable(url)!r} is no path", advice="a * stands at its end alone"
            )
    for one in rule.resources or ():
        if one.group and not is_subdomain(one.group):
            raise InputError(
                f"{place}: {printable(one.group)!r} is no API group",
                advice="a group stands without its version",
            )
        if one.resource_names and not one.resources:
            raise InputError(f"{place}: has resourceNames without resources")
    _check_stages(rule.omit_stages, place)


def _check_stages(stages: tuple[str, ...] | None, place: str) -> None:
    for stage in stages or ():
        if stage not in STAGES:
            raise InputError(
                f"{place}: omits {printable(stage)!r}", advice=f"stages are {', '.join(STAGES)}"
            )
