"""Collects what the files of the input hold of secrets in Git."""

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple, get_args

from rbacgraph.model.stores import sops
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.external.loose import items, mapping, text
from rbacgraph.sources.git.leaves import SOPS, Leaf, flat_file, leaves
from rbacgraph.sources.git.recipients import RecipientFault, of_metadata
from rbacgraph.sources.git.references import (
    KINDS_THAT_DECRYPT,
    MARK,
    decryptions,
    is_helmfile,
    references,
)
from rbacgraph.sources.git.sops_config import has_header, values_of
from rbacgraph.sources.objects.deciding_fields import ENCRYPTED
from rbacgraph.stores.sops.creation_rules import encrypts, rule_for

if TYPE_CHECKING:  # loading the parser takes time
    from rbacgraph.sources.config.documents import ConfigDocument


LARGEST = 2 << 20
"""The largest file that is looked into; a Secret holds 1 MiB."""

_ENCRYPTED = b"ENC[AES256_GCM,"
_WORDS = (_ENCRYPTED, b"sops", b"secrets://", b"secrets+")
"""One of these is in every text that matters; to look for words is fast."""

_METADATA = re.compile(rb"""["'\s]sops["']?:[ \r]*[\n{]""")
_FLAT = (".env", ".ini")
_COPY = ".dec"
_SHOWN = 5


class _Rule(NamedTuple):
    """The creation rule of a file, if one matches it."""

    place: sops.CreationRulePlace
    selection: sops.Selection
    general: bool


class _Spot(NamedTuple):
    """A document: its file, its line, and the creation rule of the file."""

    file: str
    line: int
    rule: _Rule | None


_Keys = tuple[tuple[str, str], ...]
"""Namespace and name of Secrets."""


class GitReader:
    """Collects secrets in Git.

    ``default_namespace``: the namespace of an object that names none.
    """

    def __init__(
        self, problems: Problems, configs: Mapping[str, sops.SopsConfig], default_namespace: str
    ) -> None:
        self._problems = problems
        self._configs = {_absolute(name).parent: one for name, one in configs.items()}
        self._default = default_namespace
        self._documents: list[sops.EncryptedDocument] = []
        self._plain: list[sops.PlainDocument] = []
        self._references: list[sops.ValuesReference] = []
        self._decryptions: list[sops.FluxDecryption] = []
        self._copies: list[str] = []
        self._passed_over: dict[str, list[str]] = {}
        self._large: set[str] = set()

    def result(self) -> sops.GitSecrets | None:
        """Return what was read; None if there was nothing."""
        encrypted = {one.file for one in self._documents}
        for name, kinds in self._passed_over.items() if encrypted else ():
            self._problems.add(
                "left-out",
                f"has more than {LARGEST >> 20} MiB: what its objects of the kinds"
                f" {', '.join(kinds)} say of encrypted files was not read",
                file=name,
                advice="give those objects in a file of their own",
            )
        found = sops.GitSecrets(
            documents=tuple(self._documents),
            plain=tuple(self._plain),
            configs=tuple(self._configs.values()),
            copies=tuple(one for one in self._copies if one.removesuffix(_COPY) in encrypted),
            references=tuple(self._references),
            decryptions=tuple(self._decryptions),
        )
        return None if found == sops.GitSecrets() else found

    def passed_over(self, name: str, found: Collection[str]) -> None:
        """Keep which objects of a large file might have named encrypted files, or keys."""
        kinds = sorted(KINDS_THAT_DECRYPT.intersection(found))
        if name in self._large and kinds:
            self._passed_over[name] = kinds

    def found_copy(self, name: str) -> bool:
        """Keep the name of a file that may be a decrypted copy; False if it is none."""
        if name.endswith(_COPY):
            self._copies.append(name)
        return name.endswith(_COPY)

    def wants(self, name: str, data: bytearray, start: int, end: int) -> bool:
        """Whether a file holds anything of SOPS, or a creation rule says that it should."""
        if end - start > LARGEST:
            self._large.add(name)
            return False
        return (
            is_flat(name)
            or is_helmfile(name)
            or _is_marked(data, start, end)
            or self._rule_of(name) is not None
        )

    def read(self, name: str, data: bytes, *, named: bool) -> bool:
        """Look into a file that :meth:`wants` names.

        kubectl reads objects in a file that it is given by name, whatever its suffix.

        Returns whether that is all there is to it: no reader of objects reads such a format.
        """
        rule = self._rule_of(name)
        if is_flat(name):
            self._read_flat(name, data, rule)
            return not (named and any(map(has_header, values_of(data))))
        from rbacgraph.sources.config.documents import parse
        from rbacgraph.sources.yaml.from_yaml import documents

        covered = False
        pieces = [(1, data)] if data.lstrip()[:1] == b"{" else documents(data)
        for line, piece in pieces:
            if rule or is_helmfile(name) or _is_marked(piece, 0, len(piece)):
                document = parse(piece)
                covered |= self._read_document(name, line, document, rule, covered=covered)
        return False

    # --- one document --------------------------------------------------------------

    def _read_document(
        self, name: str, line: int, document: "ConfigDocument", rule: _Rule | None, *, covered: bool
    ) -> bool:
        """Read one document; return whether its metadata is for all that follow."""
        value = document.value
        if document.faulty or not isinstance(value, dict):
            return False  # the reader of objects reports it
        self._references += references(name, line, value, self._default)
        self._decryptions += decryptions(name, line, value, self._default)
        spot = _Spot(name, line, rule)
        found = list(leaves(document.spot, line)) if document.spot else []
        secrets = secrets_of(value, self._default)
        if is_metadata(value.get(SOPS)):
            self._encrypted(spot, value[SOPS], found, secrets, value)
            return True
        if SOPS in value and any(leaf.encrypted for leaf in found):
            self._broken(name, line, "sops is no metadata of SOPS")
        else:
            # SOPS takes the metadata of the first document for all.
            kept = [leaf for leaf in found if not (covered and leaf.encrypted)]
            self._plaintext(spot, kept, secrets, value)
        return False

    def _read_flat(self, name: str, data: bytes, rule: _Rule | None) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return
        found = flat_file(text, ini=name.endswith(".ini"))
        if is_metadata(found.metadata):
            self._encrypted(_Spot(name, 1, rule), found.metadata, found.leaves, (), {})
        else:
            self._plaintext(_Spot(name, 1, rule), found.leaves, (), {})

    def _encrypted(
        self, spot: _Spot, metadata: object, found: Sequence[Leaf], secrets: _Keys, value: object
    ) -> None:
        name, line, rule = spot
        try:
            groups, threshold = of_metadata(metadata)
        except RecipientFault as error:
            self._broken(name, line, str(error))
            groups, threshold = (), 0
        else:
            if not any(groups):
                self._broken(name, line, "the metadata of SOPS names no recipient")
        selection = selection_of(metadata)
        if selection is None:
            self._broken(name, line, "the metadata of SOPS selects values in several ways")
        chosen = [selection or sops.Selection(), *([rule.selection] if rule else [])]
        plain = [
            leaf.place for leaf in found if not leaf.encrypted and _wanted(leaf, chosen, secrets)
        ]
        self._documents.append(
            sops.EncryptedDocument(
                file=name,
                line=line,
                groups=groups,
                threshold=threshold,
                selection=chosen[0],
                secrets=secrets,
                placed=says_namespaces(value) or not secrets,
                whole=holds_only_secrets(value, self._default),
                mac=bool(mapping(metadata).get("mac")),
                mac_only_encrypted=mapping(metadata).get("mac_only_encrypted") in (True, "true"),
                plain=tuple(plain[:_SHOWN]),
                plain_count=len(plain),
                config=self._config_of(name).file,
                rule=rule.place if rule else None,
            )
        )

    def _plaintext(self, spot: _Spot, found: Sequence[Leaf], secrets: _Keys, value: object) -> None:
        """Keep a document without metadata where a rule wants it encrypted, or it once was."""
        name, line, rule = spot
        encrypted = [leaf.place for leaf in found if leaf.encrypted]
        plain: list[sops.KeyPlace] = []
        if rule and (secrets or not rule.general):
            is_secret = mapping(value).get("kind") in KINDS_OF_SECRETS
            of = secrets if is_secret else ()
            plain = [
                leaf.place
                for leaf in found
                if not leaf.encrypted and _wanted(leaf, [rule.selection], of)
            ]
        if encrypted or plain:
            self._plain.append(
                sops.PlainDocument(
                    file=name,
                    line=line,
                    secrets=secrets,
                    plain=tuple(plain[:_SHOWN]),
                    plain_count=len(plain),
                    encrypted=tuple(encrypted[:_SHOWN]),
                    rule=rule.place if rule and plain else None,
                )
            )

    # --- creation rules ------------------------------------------------------------

    def _config_of(self, name: str) -> sops.SopsConfig:
        """Return the nearest ``.sops.yaml`` above a file; an empty one if there is none."""
        parents = _absolute(name).parents if self._configs else ()
        return next((self._configs[one] for one in parents if one in self._configs), _NO_CONFIG)

    def _rule_of(self, name: str) -> _Rule | None:
        """Return the creation rule of a file."""
        config = self._config_of(name)
        if not config.rules:
            return None
        path = _absolute(name)
        inner = path.relative_to(_absolute(config.file).parent)
        number = rule_for(config, inner.as_posix()).number
        if number is None:
            return None
        others = (f"{_ANY}{path.suffix}", f"{_ANY}/{_ANY}{path.suffix}")
        general = any(rule_for(config, other).number == number for other in others)
        return _Rule(
            sops.CreationRulePlace(config.file, number), config.rules[number].selection, general
        )

    def _broken(self, name: str, line: int, message: str) -> None:
        self._problems.add(
            "sops-metadata",
            message,
            file=name,
            line=line,
            advice="SOPS refuses the file; nobody can decrypt it as it is",
        )


_NO_CONFIG = sops.SopsConfig("")
_ANY = "rbacgraph-any-name"
"""A name that no rule means: a rule that matches it matches every file of that suffix."""


def _absolute(name: str) -> PurePath:
    return PurePath(os.path.normpath(Path(name).absolute()))


def _is_marked(data: bytes | bytearray, start: int, end: int) -> bool:
    """Whether a text holds an encrypted value, metadata of SOPS, or a reference to its files."""
    if all(data.find(word, start, end) < 0 for word in _WORDS):
        return False
    return (
        data.find(_ENCRYPTED, start, end) >= 0
        or _METADATA.search(data, start, end) is not None
        or MARK.search(data, start, end) is not None
    )


def is_flat(name: str) -> bool:
    """Whether a file is of dotenv or INI by its name."""
    return name.endswith(_FLAT)


def _wanted(leaf: Leaf, chosen: list[sops.Selection], secrets: _Keys) -> bool:
    """Whether a value should be encrypted: a selection says so, or it is a Secret's."""
    if secrets and leaf.place.keys[0] in {"data", "stringData"}:
        return True
    return any(encrypts(selection, leaf.place.keys) for selection in chosen)


# Reads what SOPS's metadata says of a document, and which Secrets the cluster makes of it.
#
# Source: getsops/sops ``stores/stores.go``; isindir/sops-secrets-operator ``README.md``.

_SIGNS = ("mac", "lastmodified")
_FIELDS: tuple[sops.SelectionField, ...] = get_args(sops.SelectionField)
KINDS_OF_SECRETS = frozenset({"Secret", "SopsSecret"})


def is_metadata(value: object) -> bool:
    """Whether a mapping is SOPS's metadata, and not only called ``sops``.

    Examples
    --------
    >>> is_metadata({"lastmodified": "2026-01-01T00:00:00Z"}), is_metadata({"enabled": True})
    (True, False)
    """
    return any(sign in mapping(value) for sign in _SIGNS)


def selection_of(metadata: object) -> sops.Selection | None:
    """Return which values are encrypted; None if the metadata says that in several ways."""
    chosen = [
        sops.Selection(field, text(mapping(metadata)[field]))
        for field in _FIELDS
        if text(mapping(metadata).get(field))
    ]
    if len(chosen) > 1:
        return None
    return chosen[0] if chosen else sops.Selection()


def secrets_of(value: object, default: str) -> tuple[tuple[str, str], ...]:
    """Return namespace and name of the Secrets that the cluster makes of a document.

    Examples
    --------
    >>> secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}}
    >>> secrets_of(secret, "shop"), secrets_of({"kind": "ConfigMap"}, "shop")
    ((('shop', 'db'),), ())
    """
    return tuple(dict.fromkeys(_secrets(value, default)))


def _secrets(value: object, default: str) -> Iterator[tuple[str, str]]:
    kind = text(mapping(value).get("kind"))
    if kind.endswith("List"):
        for item in items(mapping(value).get("items")):
            yield from _secrets(item, default)
        return
    own = mapping(value, "metadata")
    namespace = text(own.get("namespace"))
    names: list[str] = []
    if kind == "Secret" and mapping(value).get("apiVersion") == "v1":
        names = [text(own.get("name"))]
    elif kind == "SopsSecret":
        templates = items(mapping(value, "spec").get("secretTemplates"))
        names = [text(mapping(one).get("name")) for one in templates]
    for name in names:
        if name and not (name.startswith(ENCRYPTED) or namespace.startswith(ENCRYPTED)):
            yield namespace or default, name


def says_namespaces(value: object) -> bool:
    """Whether each object of a document names its namespace.

    Examples
    --------
    >>> says_namespaces({"metadata": {"namespace": "shop"}}), says_namespaces({"metadata": {}})
    (True, False)
    """
    if text(mapping(value).get("kind")).endswith("List"):
        return all(map(says_namespaces, items(mapping(value).get("items"))))
    return bool(mapping(value, "metadata").get("namespace"))


def holds_only_secrets(value: object, default: str) -> bool:
    """Whether the Secrets of a document hold all that it encrypts."""
    kind = text(mapping(value).get("kind"))
    if kind.endswith("List"):
        found = items(mapping(value).get("items"))
        return bool(found) and all(holds_only_secrets(item, default) for item in found)
    return bool(secrets_of(value, default))
