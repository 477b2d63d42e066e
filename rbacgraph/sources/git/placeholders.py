"""Fills in placeholders, and reports what is left of them where it decides rights."""

from collections.abc import Collection, Sequence
from contextlib import suppress

from msgspec import ValidationError

from rbacgraph.model.kubernetes.flux import KUSTOMIZATION, FluxApplier
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.sources.files.locate import FoundFile
from rbacgraph.sources.objects import deciding_fields
from rbacgraph.sources.objects.collector import Collector, Doubtful
from rbacgraph.sources.objects.duplicates import SHIPPED, selected_by
from rbacgraph.sources.objects.place_object import made_of, title_of


def settle(
    collector: Collector, files: Sequence[FoundFile], default_namespace: str
) -> dict[str, str]:
    """Fill in what is known of the objects that hide something; report the rest as unread.

    Returns, by reported file, a digest that is the same while what might fill it in is.
    """
    if not collector.doubtful:
        return {}
    from rbacgraph.sources.git.flux_variables import FluxVariables

    kept = collector.objects["flux_appliers"]
    count = sum(isinstance(one, FluxApplier) and one.kind == KUSTOMIZATION for one in kept)
    known = collector.kustomizations
    variables = FluxVariables(known, files, default_namespace, elsewhere=count > len(known))
    filled: list[tuple[Doubtful, Object]] = []
    left: list[Doubtful] = []
    present = {id(one) for objects in collector.objects.values() for one in objects}
    for one in collector.doubtful:
        if one.found and id(one.found) not in present:
            continue  # it was left out, which is reported
        value = variables.filled(one.value, one.file)
        if value != one.value and (found := _made(one, value)):
            filled.append((one, found))
            left.append(one._replace(value=value, refuse=None))
        else:
            left.append(one)
    collector.settle(filled)
    labels = SHIPPED.union(*map(selected_by, collector.objects["cluster_roles"]))
    reported = {one.file for one in left if _report(collector, one, labels)}
    return {file: variables.sign(file) for file in sorted(reported)}


def _made(one: Doubtful, value: object) -> Object | None:
    with suppress(ValidationError, RecursionError):
        return made_of(one.slot, value, _silent)
    return None


def _silent(_code: str, _message: str, _advice: str, _severity: str = "", /) -> None:
    """Report nothing: what is to say about an object was said as it was read."""


def _report(collector: Collector, one: Doubtful, labels: Collection[str]) -> bool:
    """Report what an object hides; return whether it does."""
    reports, kind = collector.report, one.slot.kind.name
    reports.begin(one.file)
    if one.refuse:
        one.refuse()
        return True
    fields = [
        one
        for one in deciding_fields.hidden_fields(kind, one.value)
        if deciding_fields.is_selected(one, labels)
    ]
    lines = _lines(one, fields)
    for field, line in zip(fields, lines, strict=True):
        shown = "" if field.value.startswith(deciding_fields.ENCRYPTED) else field.value
        title = title_of(kind, one.value)
        reports.hidden(line, title, field.words, shown, grants=kind in deciding_fields.GRANTING)
    return bool(fields)


def _lines(one: Doubtful, fields: Sequence[deciding_fields.HiddenField]) -> list[int]:
    """Return the lines of fields; where objects share a text, the line of the object."""
    from rbacgraph.sources.config.documents import parse

    top = parse(one.text).spot if one.text and fields else None
    found = []
    for field in fields:
        spot, line = top, 1
        for key in field.place:
            if spot is not None and isinstance(key, int):
                spot = dict(enumerate(spot.items())).get(key)
            elif spot is not None and isinstance(key, str):
                named = spot.fields().get(key)
                spot = named[-1].value if named else None
            line = spot.place.line if spot else line
        found.append(one.line + line - 1)
    return found
