"""Finds the values of a document: the keys above each, its line, and whether SOPS encrypted it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rbacgraph.model.stores.sops import KeyPlace

if TYPE_CHECKING:  # loading the parser takes time
    from rbacgraph.sources.config.documents import DocumentSpot

SOPS = "sops"
_ENCRYPTED = re.compile(r"ENC\[AES256_GCM,data:.+,iv:.+,tag:.+,type:.+\]", re.DOTALL)
_SECTION = re.compile(r"\[([^\]]+)\]")
_PAIR = re.compile(r"([^=:]+?)\s*[=:]\s*(.*)")
_FLAT = re.compile(r"(?<=.)(?=__(?:map|list)_)")
_MOST = 1_000_000
_DIGITS = 8


class Leaf(NamedTuple):
    """A value that is not empty: its place, and whether it is encrypted."""

    place: KeyPlace
    encrypted: bool


def is_encrypted(value: str) -> bool:
    """Whether SOPS encrypted a value.

    Examples
    --------
    >>> is_encrypted("ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]"), is_encrypted("ENC[x]")
    (True, False)
    """
    return _ENCRYPTED.fullmatch(value) is not None


def leaves(spot: "DocumentSpot", line: int) -> Iterator[Leaf]:
    """Yield the values of a document but those of SOPS's metadata; items of lists add no key."""
    count = 0
    for field, spots in spot.fields().items():
        for one in spots if field != SOPS else ():
            for leaf in _below(one.value, (field,), line):
                count += 1
                if count > _MOST:
                    return
                yield leaf


def _below(spot: "DocumentSpot", keys: tuple[str, ...], line: int) -> Iterator[Leaf]:
    value = spot.scalar
    if value:
        yield Leaf(KeyPlace(line + spot.place.line - 1, keys), is_encrypted(value))
        return
    for field, spots in spot.fields().items():
        for one in spots:
            yield from _below(one.value, (*keys, field), line)
    for item in spot.items():
        yield from _below(item, keys, line)


# --- dotenv and INI ----------------------------------------------------------------------


class FlatFile(NamedTuple):
    """The values of a dotenv or INI file, and SOPS's metadata, if it has any."""

    leaves: tuple[Leaf, ...]
    metadata: dict[str, object] | None


def flat_file(text: str, *, ini: bool) -> FlatFile:
    r"""Read a dotenv or INI file.

    Examples
    --------
    >>> found = flat_file("KEY=x\nsops_age__list_0__map_recipient=age1", ini=False)
    >>> [leaf.place for leaf in found.leaves], found.metadata
    ([KeyPlace(line=1, keys=('KEY',))], {'age': [{'recipient': 'age1'}]})
    """
    found: list[Leaf] = []
    metadata: list[tuple[str, str]] = []
    section = "DEFAULT"
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        head = _SECTION.fullmatch(stripped) if ini else None
        if not stripped or stripped[0] in "#;":
            continue
        if head:
            section = head[1]
            continue
        key, separator, value = _pair(stripped, ini=ini)
        if not separator:
            continue
        if ini and section == SOPS:
            metadata.append((key, value))
        elif not ini and key.startswith(f"{SOPS}_"):
            metadata.append((key.removeprefix(f"{SOPS}_"), value))
        elif value:
            keys = (section, key) if ini else (key,)
            found.append(Leaf(KeyPlace(number, keys), is_encrypted(value)))
    return FlatFile(tuple(found[:_MOST]), _unflattened(metadata) if metadata else None)


def _pair(line: str, *, ini: bool) -> tuple[str, str, str]:
    if not ini:
        return line.partition("=")
    pair = _PAIR.match(line)
    return (pair[1], "=", pair[2].strip('`"')) if pair else (line, "", "")


def _unflattened(pairs: list[tuple[str, str]]) -> dict[str, object]:
    """Return metadata as in YAML: keys like ``age__list_0__map_recipient`` are taken apart."""
    root: dict[str, object] = {}
    for key, value in pairs:
        holder = root
        first, *rest = _FLAT.split(key)
        parts = [first, *(part.removeprefix("__map_") for part in rest)]
        for part in parts[:-1]:
            inner = holder.setdefault(part, {})
            if not isinstance(inner, dict):
                break
            holder = inner
        else:
            holder.setdefault(parts[-1], value)
    return {key: _listed(value) for key, value in root.items()}


def _listed(value: object) -> object:
    """Turn mappings whose keys are positions into lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    positions = [key.removeprefix("__list_") for key in inner]
    if all(
        key.startswith("__list_") and position.isdecimal() and len(position) <= _DIGITS
        for key, position in zip(inner, positions, strict=True)
    ):
        return [inner[f"__list_{number}"] for number in sorted(positions, key=int)]
    return inner
