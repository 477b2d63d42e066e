"""Reads from an audit event which further checks it proves: other verbs, other resources.

No event shows these checks, but a request that passed proves that they were made and allowed. A
refused request (403) proves only that something was missing.

Source: kubernetes ``pkg/registry/rbac/*/policybased/storage.go`` and ``escalation_check.go``;
``plugin/pkg/admission/certificates/`` (approval, signing, ctbattest) with
``pkg/certauthorization``; ``pkg/registry/core/pod/rest/authorize.go`` of v1.35.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import DecodeError, Raw, Struct, field, json

from rbacgraph.model.inputs.rbac_write import KINDS, WRITES, RbacKind, RbacWrite
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, AggregationRule, PolicyRule, RoleRef
from rbacgraph.sources.audit.requests import AuthorizationCheck
from rbacgraph.sources.audit.wire import Event

CERTIFICATES = "certificates.k8s.io"
_GROUPS = frozenset({RBAC_GROUP, CERTIFICATES})
_STREAMS = frozenset({"attach", "exec", "portforward"})
_SWITCHED = 101
_PASSED = frozenset({0, 409, 422})
"""Statuses besides 200 and 201 that follow the checks: escalation prevention comes before the test
whether the object exists or is invalid. 0 stands for a status that the log lacks."""

_UNCHECKED = frozenset({"finalizers", "ownerReferences", "managedFields"})
"""Metadata that may change without a check (``IsOnlyMutatingGCFields``)."""

_VERBS = {
    ("certificatesigningrequests", "approval"): "approve",
    ("certificatesigningrequests", "status"): "sign",
    ("podcertificaterequests", "status"): "sign",
    ("clustertrustbundles", ""): "attest",
}


class _Meta(Struct, frozen=True):
    name: str = ""


class _Spec(Struct, frozen=True):
    signer_name: str = field(default="", name="signerName")


class _Body(Struct, frozen=True, rename="camel"):
    """The fields read of a body; its kind shows whether it is the object or an error."""

    kind: str = ""
    metadata: _Meta | None = None
    rules: tuple[PolicyRule, ...] | None = None
    aggregation_rule: AggregationRule | None = None
    role_ref: RoleRef | None = None
    spec: _Spec | None = None


_BODIES = json.Decoder(_Body)
_FIELDS = json.Decoder(dict[str, Raw])


class SecondaryCheck(NamedTuple):
    """A further check of a request, or the write of a role or binding."""

    asked: AuthorizationCheck | None = None
    write: RbacWrite | None = None


def may_ask_more(event: Event) -> bool:
    """Whether an event may have further checks: few requests have any."""
    ref, status = event.object_ref, event.response_status
    if ref is None or ref.api_group in _GROUPS:
        return True
    return status is not None and status.code == _SWITCHED


def beside(event: Event, request: AuthorizationCheck) -> Iterator[SecondaryCheck]:
    """Yield the further checks of a request that authorization allowed."""
    code = event.response_status.code if event.response_status else 0
    if request.path is not None:
        return
    if code == _SWITCHED:
        if request.verb == "get" and request.resource == "pods" and request.subresource in _STREAMS:
            yield SecondaryCheck(request._replace(verb="create"))
    elif request.verb in WRITES and (code in _PASSED or 200 <= code < 300):  # noqa: PLR2004
        if request.group == RBAC_GROUP and not request.subresource:
            kind = KINDS.get(request.resource)
            write = kind and _written(event, request, kind)
            if write:
                yield SecondaryCheck(write=write)
        elif request.group == CERTIFICATES:
            yield from _signer(event, request)


def _written(event: Event, request: AuthorizationCheck, kind: RbacKind) -> RbacWrite | None:
    """Return the write of a role or binding; None if nothing is checked."""
    name = request.name or (event.object_ref.name if event.object_ref else "")
    write = RbacWrite(verb=request.verb, kind=kind, namespace=request.namespace, name=name)
    if request.verb == "patch" and _is_unchecked(event.request_object):
        return None
    body = _object(event.response_object, kind)
    whole = body is not None or request.verb != "patch"
    body = body or _body(event.request_object)
    if body is None:
        return write
    name = write.name or (body.metadata.name if body.metadata else "")
    changes: dict[str, Any] = {"name": name}
    if write.is_role:
        if whole or body.rules is not None:
            changes["rules"] = body.rules or ()
        rule = body.aggregation_rule
        changes["aggregated"] = bool(rule and rule.cluster_role_selectors)
    elif body.role_ref is not None:
        changes |= {"role_kind": body.role_ref.kind, "role": body.role_ref.name}
    return RbacWrite(
        verb=write.verb,
        kind=kind,
        namespace=write.namespace,
        **changes,
    )


def _signer(event: Event, request: AuthorizationCheck) -> Iterator[SecondaryCheck]:
    """Yield the check of a signer: its name is in the body, and in a trust bundle's."""
    verb = _VERBS.get((request.resource, request.subresource))
    if verb is None or (verb != "attest" and request.verb == "create"):
        return
    sent = _fields(event.request_object)
    if verb == "sign" and sent and not _may_sign(sent):
        return
    name = ""
    for raw in (event.response_object, event.request_object):
        body = _body(raw)
        if body is not None and body.spec is not None:
            name = name or body.spec.signer_name
    if verb == "attest" and not name:
        named = request.name or (event.object_ref.name if event.object_ref else "")
        parts = named.split(":")
        if len(parts) < 3:  # noqa: PLR2004 - DOMAIN:PATH:REST
            return  # a bundle without signer
        name = f"{parts[0]}/{parts[1]}"
    yield SecondaryCheck(
        AuthorizationCheck(
            *(request.user, True, verb, CERTIFICATES, "signers"),
            name=name,
            borrowed=request.borrowed,
        )
    )


def _may_sign(sent: dict[str, Raw]) -> bool:
    """Whether a sent status holds a certificate, or says that there will be none."""
    status = bytes(sent.get("status", b""))
    return any(word in status for word in (b'"certificate', b'"Failed"'))


def _is_unchecked(raw: Raw) -> bool:
    """Whether a patch changes only what escalation prevention ignores."""
    sent = _fields(raw)
    if not sent or sent.keys() - {"metadata"}:
        return False
    metadata = _fields(sent["metadata"])
    return bool(metadata) and metadata.keys() <= {*_UNCHECKED, "uid", "$setElementOrder/finalizers"}


def _object(raw: Raw, kind: str) -> _Body | None:
    body = _body(raw)
    return body if body is not None and body.kind == kind else None


def _body(raw: Raw) -> _Body | None:
    """Decode the interesting part of a body; None if there is none, or something else."""
    try:
        return _BODIES.decode(raw) if raw else None
    except (DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _fields(raw: Raw) -> dict[str, Raw]:
    try:
        return _FIELDS.decode(raw) if raw else {}
    except (DecodeError, RecursionError, UnicodeDecodeError):
        return {}
