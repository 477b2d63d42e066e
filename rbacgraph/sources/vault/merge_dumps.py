"""Joins the dumps of one input: those of one server that agree are one, and others are refused.

Which of two answers of a server holds, the input does not say, and either may be a *no*.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

from rbacgraph.errors import InputError
from rbacgraph.model.stores.vault_dump import (
    VaultDump,
    VaultEntry,
    VaultList,
    VaultMount,
    VaultPolicy,
)

__all__ = [
    "FoundDump",
    "VaultAnswer",
    "answer_of",
    "merged_dump",
    "merged_stores",
    "mounts_answer",
    "same_answer",
]

_POLICIES = "sys/policies/acl"
_ADVICE = (
    "they are of two servers, or of two times: give one of them, or of two servers what rbacgraph"
    " vault dump writes, which has their addresses"
)
_Part = TypeVar("_Part", VaultPolicy, VaultEntry, VaultList, VaultMount)


class FoundDump(NamedTuple):
    """A dump; ``file`` is what holds all of it, and ``""`` if its parts name their files."""

    dump: VaultDump
    file: str = ""


class VaultAnswer(NamedTuple):
    """One answer of a server.

    ``about``: what it is about: a kind, the namespace of Vault, and a name.
    ``says``: what it says, to be compared.
    ``file``: the file that holds it.
    """

    about: tuple[str, str, str]
    says: object
    file: str

    @property
    def words(self) -> str:
        """What it is about, in words."""
        kind, namespace, name = self.about
        inside = f"in namespace {namespace}" if namespace else ""
        return " ".join(filter(None, (kind, name, inside)))


def answer_of(part: VaultPolicy | VaultEntry | VaultList, file: str = "") -> VaultAnswer:
    """Return a part of a dump as an answer; the order of names counts for nothing.

    Nor do blanks around a policy, which ``vault policy read`` takes away (``strings.TrimSpace`` in
    ``command/policy_read.go``).
    """
    file = file or part.file
    if isinstance(part, VaultPolicy):
        return VaultAnswer(("policy", part.namespace, part.name), part.text.strip(), file)
    if isinstance(part, VaultList):
        return VaultAnswer(("the list", part.namespace, part.path), frozenset(part.names), file)
    fields = {
        key: frozenset(value) if isinstance(value, tuple) else value
        for key, value in part.data.items()
    }
    return VaultAnswer(("", part.namespace, part.path), fields, file)


def mounts_answer(mounts: Collection[VaultMount], file: str = "") -> VaultAnswer:
    """Return a list of auth methods, or of engines, as an answer: it has some."""
    first = next(iter(mounts))
    says = {(one.path, one.type, one.accessor, one.version) for one in mounts}
    return VaultAnswer((_kind(first.path), first.namespace, ""), says, file or first.file)


def same_answer(one: VaultAnswer, other: VaultAnswer) -> None:
    """Look whether two answers to one question are the same.

    Raises InputError if they are not.
    """
    if one.says != other.says:
        raise InputError(
            f"{one.file} and {other.file} disagree about {one.words} of Vault", advice=_ADVICE
        )


def merged_stores(found: Sequence[FoundDump]) -> tuple[VaultDump, ...]:
    """Join the dumps of each address: two addresses are two stores.

    Raises InputError if dumps of one address disagree, or one of no address may be of several.
    """
    by_address: dict[str, list[FoundDump]] = {}
    for one in found:
        by_address.setdefault(one.dump.address, []).append(one)
    known = sorted(by_address.keys() - {""})
    if len(known) > 1 and "" in by_address:
        first, other = (f"{by_address[one][0].file} of that at {one}" for one in known[:2])
        raise InputError(
            f"{_file(by_address[''][0])} does not say of which Vault it is, and the input holds"
            f" dumps of several: {first}, {other}",
            advice="rbacgraph vault dump writes the address; or give it with one of them alone",
        )
    parts = [by_address[one] for one in known] if len(known) > 1 else [found]
    return tuple(one for one in map(merged_dump, parts) if one is not None)


def _file(one: FoundDump) -> str:
    dump = one.dump
    parts = chain[VaultPolicy | VaultMount | VaultEntry | VaultList](
        dump.policies, dump.mounts, dump.entries, dump.lists
    )
    return one.file or next((part.file for part in parts), "")


def merged_dump(found: Sequence[FoundDump]) -> VaultDump | None:
    """Join the parts of one dump; their order changes nothing.

    Raises InputError if two of them disagree.
    """
    if len(found) <= 1:
        return found[0].dump if found else None
    known: dict[tuple[str, str, str], VaultAnswer] = {}
    for answer in (answer for one in found for answer in _answers(one)):
        same_answer(known.setdefault(answer.about, answer), answer)
    for one in found:
        for other in found:
            if one is not other:
                _lists_what_is_there(one, other)
    dumps = [one.dump for one in found]
    return VaultDump(
        policies=_joined((one.namespace, one.name, one) for dump in dumps for one in dump.policies),
        mounts=_joined((one.namespace, one.path, one) for dump in dumps for one in dump.mounts),
        entries=_joined((one.namespace, one.path, one) for dump in dumps for one in dump.entries),
        lists=_joined((one.namespace, one.path, one) for dump in dumps for one in dump.lists),
        flavour="openbao" if any(one.flavour == "openbao" for one in dumps) else "vault",
        address=next((one.address for one in dumps if one.address), ""),
    )


def _joined(parts: Iterable[tuple[str, str, _Part]]) -> tuple[_Part, ...]:
    """Return each part once, sorted."""
    found: dict[tuple[str, str], _Part] = {}
    for namespace, name, part in parts:
        key = namespace, name
        found[key] = min(found.get(key, part), part, key=lambda one: one.file)
    return tuple(found[key] for key in sorted(found))


def _answers(one: FoundDump) -> Iterator[VaultAnswer]:
    parts = chain[VaultPolicy | VaultEntry | VaultList](
        one.dump.policies, one.dump.entries, one.dump.lists
    )
    yield from (answer_of(part, one.file) for part in parts)
    for mounts in _mounts(one.dump).values():
        yield mounts_answer(mounts, one.file)


def _kind(path: str) -> str:
    return "the auth methods" if path.startswith("auth/") else "the secrets engines"


def _mounts(dump: VaultDump) -> Mapping[tuple[str, str], Sequence[VaultMount]]:
    """Return the mounts of each list: that of auth methods or of engines in a namespace."""
    found: dict[tuple[str, str], list[VaultMount]] = {}
    for mount in dump.mounts:
        found.setdefault((mount.namespace, _kind(mount.path)), []).append(mount)
    return found


def _lists_what_is_there(one: FoundDump, other: FoundDump) -> None:
    """Look whether the lists of one dump name what another one has.

    Raises InputError if they do not.
    """
    lists = {(found.namespace, found.path): found for found in one.dump.lists}
    mounts = _mounts(one.dump)
    for part in chain[VaultPolicy | VaultEntry](other.dump.policies, other.dump.entries):
        if isinstance(part, VaultPolicy):
            folder, name = _POLICIES, part.name
        else:
            folder, _, name = part.path.rpartition("/")
        listing = lists.get((part.namespace, folder))
        if listing is not None and name not in listing.names:
            _refuse(one.file or listing.file, answer_of(part, other.file))
        there = () if folder == _POLICIES else mounts.get((part.namespace, _kind(folder)), ())
        mounted = any(f"{folder}/".startswith(f"{mount.path}/") for mount in there)
        if there and not mounted and not folder.startswith("identity/"):
            _refuse(one.file or there[0].file, answer_of(part, other.file))


def _refuse(listing: str, there: VaultAnswer) -> None:
    raise InputError(
        f"{listing} does not list {there.words}, which {there.file} has", advice=_ADVICE
    )
