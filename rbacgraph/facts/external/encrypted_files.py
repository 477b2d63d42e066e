"""The files in Git that SOPS encrypts: who decrypts each, and what its values become."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.paths import Place
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.kubernetes.helm import release_of
from rbacgraph.model.node import (
    CONFIG_MAP,
    SECRET,
    SERVICE_ACCOUNT,
    SOPS_FILE,
    VAULT,
    Node,
)
from rbacgraph.model.stores.sops import (
    EncryptedDocument,
    FluxDecryption,
    GitSecrets,
    Recipient,
    ValuesReference,
)
from rbacgraph.stores.sops.creation_rules import destination_for

_CLOUDS = frozenset({"aws-kms", "gcp-kms", "azure-kv"})
_KEYS = {
    ".agekey": "age",
    ".asc": "pgp",
    "sops.vault-token": "hc-vault",
    "sops.aws-kms": "aws-kms",
    "sops.gcp-kms": "gcp-kms",
    "sops.azure-kv": "azure-kv",
}
"""What a key of Flux's Secret holds, by the end of its name; kustomize-controller
``internal/decryptor/decryptor.go``."""

_PRIVATE = frozenset({"age", "pgp"})


class Decryption(NamedTuple):
    """A recipient that decrypts a document, and what that gives, each on a condition."""

    recipient: Place
    document: EncryptedDocument
    targets: "tuple[Target, ...]"
    condition: Condition


Target = tuple[Node, Condition]
"""What a document holds, and the condition on which it does."""


class KeyHolder(NamedTuple):
    """A Secret or a ServiceAccount by which a recipient's key can be used.

    ``named_by`` says so: a resource, a reference, or the Secret itself by the name of a key.
    """

    holder: Node
    recipient: Place
    named_by: FluxDecryption | ValuesReference | Secret
    condition: Condition


class ReleasedValues(NamedTuple):
    """A Helm release that holds what an encrypted file holds, and where the file is named."""

    holder: Node
    target: Node
    line: tuple[str, int]
    condition: Condition


class Published(NamedTuple):
    """A secret in Vault that holds what an encrypted file holds, and the rule that says so."""

    place: Place
    target: Node
    line: tuple[str, int]
    condition: Condition


class EncryptedFiles:
    """What the input holds of files that SOPS encrypts."""

    def __init__(self, world: Facts) -> None:
        # The world keeps this, which must not keep the world.
        self._git = world.snapshot.git or GitSecrets()
        self._names = world.secret_numbers
        self._secrets, self._accounts = world.secrets, world.identities.usable_accounts
        self._releases = world.releases

    @cached_property
    def places(self) -> Sequence[Place]:
        """Every recipient, what files hold besides Secrets, and where they are published."""
        found = dict.fromkeys(one.recipient for one in self.decryptions)
        for document in self._git.documents:
            targets = self._targets(document)
            found |= {Place(*node): None for node, _ in targets if node[0] != SECRET}
        found |= {one.place: None for one in self.published}
        return list(found)

    @cached_property
    def decryptions(self) -> Sequence[Decryption]:
        """What each recipient decrypts."""
        found: list[Decryption] = []
        for document in self._git.documents:
            targets = self._targets(document)
            others = document.threshold - 1
            condition = If.ENCRYPTED_FILE_IS_AT_HAND(document.file)
            if others > 0:
                more = If.OTHER_KEY_GROUPS_DECRYPT(others, document.file)
                condition = both(condition, more)
            recipients = dict.fromkeys(one for group in document.groups for one in group)
            found += [
                Decryption(place_of_recipient(one), document, targets, condition)
                for one in recipients
            ]
        return found

    def _targets(self, document: EncryptedDocument) -> tuple[Target, ...]:
        """Return what a document holds: Secrets of the cluster, or the content of the file.

        A Secret without a namespace may be that of its name in any namespace.
        """
        secrets: list[Target] = [
            ((SECRET, *key), CERTAIN) for key in document.secrets if key in self._secrets
        ]
        content: tuple[Target, ...] = (((SOPS_FILE, "", document.file), CERTAIN),)
        if document.whole and len(secrets) == len(document.secrets):
            content = ()
        for default, name in () if document.placed else document.secrets:
            secrets += [
                ((SECRET, namespace, name), If.FILE_IS_APPLIED_IN(document.file, namespace))
                for namespace, names in self._names.items()
                if namespace != default and name in names
            ]
        return *secrets, *content

    # --- who holds keys ------------------------------------------------------------

    @cached_property
    def key_holders(self) -> Sequence[KeyHolder]:
        """What in the cluster holds the recipients' keys, or decrypts with them."""
        found = [*self._of_flux(), *self._of_references(), *self._of_key_names()]
        return list({(one.holder, one.recipient): one for one in reversed(found)}.values())[::-1]

    @cached_property
    def _recipients(self) -> Sequence[Recipient]:
        return list(
            dict.fromkeys(
                one
                for document in self._git.documents
                for group in document.groups
                for one in group
            )
        )

    def _of_flux(self) -> Iterator[KeyHolder]:
        for decryption in self._git.decryptions:
            key = decryption.namespace, decryption.secret
            if decryption.secret and key in self._secrets:
                kinds = _held(self._secrets[key])
                for recipient in self._recipients:
                    if recipient.kind in kinds:
                        yield self._holder(key, recipient, decryption)
            account = decryption.namespace, decryption.account
            if decryption.account and account in self._accounts:
                for recipient in self._recipients:
                    if recipient.kind in _CLOUDS:
                        place = place_of_recipient(recipient)
                        lets = If.ACCOUNT_DECRYPTS(*account, place.path)
                        condition = both(self._accounts[account], lets)
                        holder = (SERVICE_ACCOUNT, *account)
                        yield KeyHolder(holder, place, decryption, condition)

    def _of_key_names(self) -> Iterator[KeyHolder]:
        """Yield Secrets that no resource of the input names, by what their keys are called."""
        if not self._recipients:
            return
        for key, secret in self._secrets.items():
            if secret is None or not secret.keys or not _is_for_sops(secret):
                continue
            kinds = _held(secret)
            for recipient in self._recipients:
                if recipient.kind in kinds:
                    yield self._holder(key, recipient, secret)

    def _of_references(self) -> Iterator[KeyHolder]:
        for reference in self._git.references:
            key = reference.key_secret
            if key is None or key not in self._secrets:
                continue
            for document in self._named(reference):
                for recipient in (one for group in document.groups for one in group):
                    if recipient.kind == reference.imports:
                        yield self._holder(key, recipient, reference)

    def _holder(
        self, key: Key, recipient: Recipient, named_by: FluxDecryption | ValuesReference | Secret
    ) -> KeyHolder:
        place = place_of_recipient(recipient)
        holds = If.SECRET_HOLDS_KEY if recipient.kind in _PRIVATE else If.CREDENTIAL_DECRYPTS
        return KeyHolder((SECRET, *key), place, named_by, holds(*key, place.path))

    # --- where the values end up ---------------------------------------------------

    def _named(self, reference: ValuesReference) -> Iterator[EncryptedDocument]:
        """Yield the documents that a reference means: its path may begin at any folder."""
        wanted = [part for part in PurePosixPath(reference.path).parts if part not in {"..", "/"}]
        for document in self._git.documents:
            if list(PurePosixPath(document.file).parts[-len(wanted) :]) == wanted:
                yield document

    @cached_property
    def released(self) -> Sequence[ReleasedValues]:
        """The Helm releases that hold the values of encrypted files."""
        references = [one for one in self._git.references if one.release]
        found: list[ReleasedValues] = []
        for holder in self._releases.holders if references else ():
            named = release_of(holder.metadata.name)
            kind = SECRET if isinstance(holder, Secret) else CONFIG_MAP
            node: Node = (kind, holder.metadata.namespace, holder.metadata.name)
            for reference in references:
                if named and (reference.namespace, reference.release) == (node[1], named[0]):
                    found += self._taken(node, named[1], reference)
        return found

    def _taken(
        self, node: Node, revision: int, reference: ValuesReference
    ) -> Iterator[ReleasedValues]:
        for document in self._named(reference):
            release = reference.namespace, reference.release
            condition = If.RELEASE_TAKES_FILE(revision, *release, document.file)
            for target, applied in self._targets(document):
                place = reference.file, reference.line
                yield ReleasedValues(node, target, place, both(condition, applied))

    @cached_property
    def published(self) -> Sequence[Published]:
        """The secrets of Vault to which ``sops publish`` writes the values of files."""
        found: list[Published] = []
        for config in self._git.configs:
            folder = PurePosixPath(config.file).parent
            for document in self._git.documents if config.destinations else ():
                path = PurePosixPath(document.file)
                rule = destination_for(config, document.file)
                if rule and rule.kind == "vault" and path.is_relative_to(folder):
                    name = path.stem if rule.omit_extensions else path.name
                    place = Place(VAULT, rule.place, f"{rule.target}{name}")
                    condition = If.FILE_IS_PUBLISHED(document.file)
                    found += [
                        Published(place, node, (config.file, rule.line), both(condition, applied))
                        for node, applied in self._targets(document)
                    ]
        return found


def place_of_recipient(recipient: Recipient) -> Place:
    """Return where a recipient's key is."""
    kind, _, name = recipient.node
    return Place(kind, recipient.place, name)


def _is_for_sops(secret: Secret) -> bool:
    """Whether a key's name shows that a Secret is for SOPS; ``.asc`` may be anything."""
    return any(key.endswith(".agekey") or key in _KEYS for key in secret.keys or ())


def _held(secret: Secret | None) -> frozenset[str]:
    """Return the kinds of recipients whose keys a Secret of Flux may hold."""
    if secret is None or secret.keys is None:
        return frozenset(_KEYS.values())
    return frozenset(
        kind for end, kind in _KEYS.items() if any(key.endswith(end) for key in secret.keys)
    )
