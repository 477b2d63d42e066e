"""Suggestions that were saved: the JSON of ``suggest``."""

import io
from collections.abc import Sequence
from typing import Any, Literal

from msgspec import MsgspecError, Struct, json

from rbacgraph.errors import InputError
from rbacgraph.model.change import Change, Changed, Key, changeable, key_of
from rbacgraph.model.need import Needing
from rbacgraph.model.saved import SavedSuggestion
from rbacgraph.model.suggestion import Addition, Leftover, Loss, RoleChange, Semantics
from rbacgraph.sources import load
from rbacgraph.sources.locate import Source, locate
from rbacgraph.sources.problems import Problems
from rbacgraph.sources.streams import TooLarge, Window, opened

LARGEST = 1 << 30
_ADVICE = "give what rbacgraph suggest -o json wrote"
_CUT = "rbacgraph/cut/v1"
_ASK_AGAIN = "a cut is proven as it is made: ask rbacgraph cut again"
_KINDS = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ServiceAccount"})


class _Change(Struct, frozen=True):
    kind: str
    namespace: str
    name: str
    why: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class _Schema(Struct, frozen=True):
    schema: str = ""


class _Document(Struct, frozen=True):
    schema: Literal["rbacgraph/suggest/v1"]
    asked: str
    changes: tuple[_Change, ...]
    deletions: tuple[Leftover, ...]
    roles: tuple[RoleChange, ...]
    additions: tuple[Addition, ...]
    needs: tuple[Needing, ...]
    losses: tuple[Loss, ...]
    manner: str = ""
    semantics: Semantics = "strict"


def read_suggestion(source: Source) -> SavedSuggestion:
    """Read a suggestion that was saved as JSON.

    Raises
    ------
    InputError
        Where there is no such file, or it holds no suggestion.
    """
    problems = Problems()
    files = locate([source], problems)
    if len(files) != 1:
        raise InputError("one file at a time holds a suggestion", advice=_ADVICE)
    name = files[0].name
    try:
        saved = _bytes(files[0].source)
        if json.decode(saved, type=_Schema).schema == _CUT:
            raise InputError(f"{name} holds a cut, and no suggestion", advice=_ASK_AGAIN)
        document = json.decode(saved, type=_Document)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from None
    except (MsgspecError, TooLarge, UnicodeDecodeError) as error:
        raise InputError(f"{name} holds no suggestion: {error}", advice=_ADVICE) from None
    if any(one.before is None and one.after is None for one in document.changes):
        text = "a change has neither before nor after"
        raise InputError(f"{name} holds no suggestion: {text}", advice=_ADVICE)
    before = _objects([one.before for one in document.changes if one.before is not None], name)
    after = _objects([one.after for one in document.changes if one.after is not None], name)
    return SavedSuggestion(
        file=name,
        asked=document.asked,
        changes=tuple(
            Change(
                before=_found(before, one, name) if one.before is not None else None,
                after=_found(after, one, name) if one.after is not None else None,
                why=one.why,
            )
            for one in document.changes
        ),
        deletions=document.deletions,
        roles=document.roles,
        additions=document.additions,
        needs=document.needs,
        losses=document.losses,
        manner=document.manner,
        semantics=document.semantics,
    )


def _bytes(source: Source) -> bytes:
    with opened(source) as stream:
        window = Window(stream, limit=LARGEST)
        window.fill()
        return bytes(window.take_all())


def _objects(manifests: Sequence[dict[str, Any]], name: str) -> dict[Key, Changed]:
    """Read manifests as those of a cluster are read."""
    if not manifests:
        return {}
    text = json.encode({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
    found = load(io.BytesIO(text))
    errors = [d.message for d in found.diagnostics if d.severity == "error"]
    if errors:
        raise InputError(f"{name} holds no suggestion: {errors[0]}", advice=_ADVICE)
    return {key_of(obj): obj for obj in changeable(found)}


def _found(objects: dict[Key, Changed], change: _Change, name: str) -> Changed:
    key = change.kind, change.namespace, change.name
    if change.kind not in _KINDS or key not in objects:
        text = f"{change.kind} {change.namespace}/{change.name}"
        raise InputError(f"{name} holds no suggestion: {text} is no manifest of it", advice=_ADVICE)
    return objects[key]
