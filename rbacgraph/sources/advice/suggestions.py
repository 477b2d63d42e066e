"""Reads saved suggestions and cuts: the JSON of ``suggest`` and of ``cut``."""

import io
from collections.abc import Sequence
from typing import Any

from msgspec import MsgspecError, Raw, Struct, json

from rbacgraph.errors import InputError, UsageError
from rbacgraph.model.changes.change import Change, Changed, ObjectKey, changeable, key_of
from rbacgraph.model.changes.saved_suggestion import SavedCut, SavedSuggestion
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.changes.suggestion import Addition, Leftover, Loss, RoleChange
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.model.node import EXTERNAL_SECRETS, PRINCIPALS, SECRET
from rbacgraph.model.principal import parse_principal
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.locate import Source, locate
from rbacgraph.sources.files.streams import TooLarge, Window, opened
from rbacgraph.sources.load import load

LARGEST = 1 << 30
_ADVICE = "give what rbacgraph suggest -o json or cut -o json wrote"
_KINDS = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ServiceAccount"})


class _Change(Struct, frozen=True):
    kind: str
    namespace: str
    name: str
    why: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class _Document(Struct, frozen=True, tag_field="schema", tag="rbacgraph/suggest/v1"):
    asked: str
    changes: tuple[_Change, ...]
    deletions: tuple[Leftover, ...]
    roles: tuple[RoleChange, ...]
    additions: tuple[Addition, ...]
    needs: tuple[Needing, ...]
    losses: tuple[Loss, ...]
    manner: str = ""


class _Principal(Struct, frozen=True):
    principal: str


class _Cut(Struct, frozen=True, tag_field="schema", tag="rbacgraph/cut/v1"):
    secret: str
    changes: tuple[_Change, ...]
    edits: tuple[Raw, ...]
    kept: tuple[_Principal, ...]
    uncut: tuple[_Principal, ...]
    needs: tuple[Needing, ...]
    certain: bool
    system: bool


def read_suggestion(source: Source) -> SavedSuggestion | SavedCut:
    """Read a suggestion or a cut that was saved as JSON.

    Raises InputError if there is no such file, or it holds neither.
    """
    problems = Problems()
    files = locate([source], problems)
    if len(files) != 1:
        raise InputError("one file at a time holds a suggestion", advice=_ADVICE)
    name = files[0].name
    try:
        saved = _bytes(name, files[0].source)
        document = json.decode(saved, type=_Document | _Cut, dec_hook=_as_written)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from None
    except (MsgspecError, TooLarge, UnicodeDecodeError) as error:
        raise InputError(f"{name} holds no suggestion: {error}", advice=_ADVICE) from None
    changes = _changes(document.changes, name)
    if isinstance(document, _Cut):
        return _cut(document, changes, name)
    return SavedSuggestion(
        file=name,
        asked=document.asked,
        changes=changes,
        deletions=document.deletions,
        roles=document.roles,
        additions=document.additions,
        needs=document.needs,
        losses=document.losses,
        manner=document.manner,
    )


def _as_written(kind: type, value: object) -> NeedEvidence | Statement:
    """Read evidence or a statement, whose words decide nothing."""
    if not isinstance(value, str):
        raise TypeError(f"Expected `str`, got `{type(value).__name__}`")
    return Say.AS_WRITTEN(value) if kind is Statement else NeedEvidence.of(How.SAVED, value)


def _cut(document: _Cut, changes: tuple[Change, ...], name: str) -> SavedCut:
    kept = tuple(one.principal for one in document.kept)
    kind, _, secret = document.secret.partition(":")
    is_secret = bool(secret) and (kind in EXTERNAL_SECRETS or (kind == SECRET and "/" in secret))
    try:
        nodes = list(map(parse_principal, kept))
    except UsageError as error:
        raise InputError(f"{name} holds no cut: {error.message}", advice=_ADVICE) from None
    if not is_secret or any(node[0] not in PRINCIPALS for node in nodes):
        text = "it does not say which Secret, and who is kept"
        raise InputError(f"{name} holds no cut: {text}", advice=_ADVICE)
    return SavedCut(
        file=name,
        secret=document.secret,
        kept=kept,
        uncut=tuple(one.principal for one in document.uncut),
        edits=len(document.edits),
        changes=changes,
        needs=document.needs,
        certain=document.certain,
        system=document.system,
    )


def _changes(changes: Sequence[_Change], name: str) -> tuple[Change, ...]:
    if any(one.before is None and one.after is None for one in changes):
        text = "a change has neither before nor after"
        raise InputError(f"{name} holds no suggestion: {text}", advice=_ADVICE)
    before = _objects([one.before for one in changes if one.before is not None], name)
    after = _objects([one.after for one in changes if one.after is not None], name)
    return tuple(
        Change(
            before=_found(before, one, name) if one.before is not None else None,
            after=_found(after, one, name) if one.after is not None else None,
            why=Say.AS_WRITTEN(one.why),
        )
        for one in changes
    )


def _bytes(name: str, source: Source) -> bytes:
    with opened(source) as stream:
        window = Window(stream, limit=LARGEST)
        window.fill()
        data = bytes(window.take_all())
    if window.fault:
        raise InputError(f"{name} cannot be read to its end: {window.fault}")
    return data


def _objects(manifests: Sequence[dict[str, Any]], name: str) -> dict[ObjectKey, Changed]:
    """Read manifests in the same way as those of a cluster."""
    if not manifests:
        return {}
    text = json.encode({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
    found = load(io.BytesIO(text))
    errors = [d.message for d in found.diagnostics if d.severity == "error"]
    if errors:
        raise InputError(f"{name} holds no suggestion: {errors[0]}", advice=_ADVICE)
    return {key_of(obj): obj for obj in changeable(found)}


def _found(objects: dict[ObjectKey, Changed], change: _Change, name: str) -> Changed:
    key = change.kind, change.namespace, change.name
    if change.kind not in _KINDS or key not in objects:
        text = f"{change.kind} {change.namespace}/{change.name}"
        raise InputError(f"{name} holds no suggestion: {text} is no manifest of it", advice=_ADVICE)
    return objects[key]
