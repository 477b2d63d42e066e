"""Secrets in Git: files that SOPS encrypts, its creation rules, and what refers to such files.

No value is kept, neither encrypted nor in plaintext: only the names of keys and recipients.
"""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.node import AGE, AWS, AZURE, EXTERNAL, GCP, PGP, VAULT, Node

RecipientKind = Literal[
    "age", "pgp", "aws-kms", "gcp-kms", "azure-kv", "hc-vault", "huaweicloud-kms"
]

SelectionField = Literal[
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
]


_NODES: dict[str, str] = {
    "age": AGE,
    "pgp": PGP,
    "aws-kms": AWS,
    "gcp-kms": GCP,
    "azure-kv": AZURE,
    "hc-vault": VAULT,
    "huaweicloud-kms": EXTERNAL,
}


class Recipient(Struct, frozen=True, order=True, omit_defaults=True):
    """A key that decrypts what is encrypted to it.

    ``kind``: the system that holds it.
    ``name``: the public key, fingerprint, ARN, resource id, ``VAULT/KEY`` of Azure, or the path in
        Vault that decrypts.
    ``place``: the address of the Vault server.
    """

    kind: RecipientKind
    name: str
    place: str = ""

    @property
    def node(self) -> Node:
        """The node of its key, without the address of a server of Vault."""
        kind = _NODES[self.kind]
        return kind, "", f"{self.kind}/{self.name}" if kind == EXTERNAL else self.name


KeyGroups = tuple[tuple[Recipient, ...], ...]


class Selection(Struct, frozen=True):
    """Which values of a file SOPS encrypts: by the keys above them."""

    field: SelectionField = "unencrypted_suffix"
    pattern: str = "_unencrypted"


class KeyPlace(Struct, frozen=True, order=True):
    """The keys above a value, and its line."""

    line: int
    keys: tuple[str, ...]


class CreationRulePlace(Struct, frozen=True, order=True):
    """A creation rule: its file, and its number from 0."""

    file: str
    number: int


class EncryptedDocument(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A document that SOPS encrypted: a file, or one document of a YAML file.

    ``file``, ``line``: where it begins.
    ``groups``, ``threshold``: the recipients of the parts of its data key, and how many parts
        decrypt it.
    ``selection``: which values are encrypted.
    ``secrets``: namespace and name of the Secrets that the cluster makes of it.
    ``placed``: whether it says itself in which namespaces these are: Kustomize and Flux may set
        another.
    ``whole``: whether these Secrets hold all that it encrypts.
    ``mac``, ``mac_only_encrypted``: whether it has a MAC, and whether that covers the encrypted
        values alone.
    ``plain``: the values in plaintext that its own selection, or its rule's, wants encrypted, and
        values of Secrets; at most a few, ``plain_count`` counts them.
    ``config``, ``rule``: the nearest ``.sops.yaml`` above it, and its creation rule that matches.
    """

    file: str
    line: int
    groups: KeyGroups
    threshold: int
    selection: Selection = Selection()
    secrets: tuple[tuple[str, str], ...] = ()
    placed: bool = True
    whole: bool = False
    mac: bool = True
    mac_only_encrypted: bool = False
    plain: tuple[KeyPlace, ...] = ()
    plain_count: int = 0
    config: str = ""
    rule: CreationRulePlace | None = None


class PlainDocument(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A document without SOPS's metadata that should have it.

    ``file``, ``line``: where it begins.
    ``secrets``: namespace and name of the Secrets in it.
    ``plain``, ``plain_count``: the values in plaintext that the creation rule wants encrypted, at
        most a few, and their number.
    ``encrypted``: the values that are encrypted: nobody can decrypt them without the metadata.
    ``rule``: the creation rule that matches the file.
    """

    file: str
    line: int
    secrets: tuple[tuple[str, str], ...] = ()
    plain: tuple[KeyPlace, ...] = ()
    plain_count: int = 0
    encrypted: tuple[KeyPlace, ...] = ()
    rule: CreationRulePlace | None = None


class CreationRule(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One of the creation rules of a ``.sops.yaml``; the first that matches a file counts.

    ``line``: where it begins.
    ``path_regex``: searched in the file's path below the folder of the ``.sops.yaml``; ``""``
        matches all.
    ``groups``, ``threshold``, ``selection``: as of a document.
    ``fault``: why SOPS refuses it; ``""`` if it does not.
    """

    line: int
    path_regex: str = ""
    groups: KeyGroups = ()
    threshold: int = 0
    selection: Selection = Selection()
    fault: str = ""


class DestinationRule(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where ``sops publish`` writes files whose path matches.

    ``line``, ``path_regex``: as of a creation rule; the path is the whole one.
    ``kind``: the system.
    ``target``: the bucket and prefix, or the path in Vault, before the file's name.
    ``place``: the address of the Vault server.
    ``omit_extensions``: whether the file's extension is left out.
    """

    line: int
    path_regex: str = ""
    kind: Literal["s3", "gcs", "vault", ""] = ""
    target: str = ""
    place: str = ""
    omit_extensions: bool = False


class SopsConfig(Struct, frozen=True, omit_defaults=True):
    """A ``.sops.yaml``; ``rules`` is None if it has no creation rules at all."""

    file: str
    rules: tuple[CreationRule, ...] | None = None
    destinations: tuple[DestinationRule, ...] = ()


class ValuesReference(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An encrypted file whose values a Helm release takes.

    ``file``, ``line``: where it is named.
    ``path``: the encrypted file as it is named there.
    ``namespace``, ``release``: of the Helm release; without a name if the reference belongs to
        none.
    ``key_secret``: the namespace and name of the Secret with the private key, if the reference
        names it.
    ``imports``: the kind of that key.
    """

    file: str
    line: int
    path: str
    namespace: str = ""
    release: str = ""
    key_secret: tuple[str, str] | None = None
    imports: Literal["age", "pgp", ""] = ""


class FluxDecryption(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A Kustomization of Flux that decrypts with SOPS.

    ``file``, ``line``: where it begins.
    ``namespace``, ``name``: its own.
    ``secret``: the name of the Secret of its namespace that holds private keys, or credentials.
    ``account``: the ServiceAccount whose identity in a cloud decrypts.
    """

    file: str
    line: int
    namespace: str
    name: str
    secret: str = ""
    account: str = ""


class GitSecrets(Struct, frozen=True, omit_defaults=True):
    """What the input holds of secrets in Git.

    ``copies`` are files whose names say that they are decrypted copies of files of ``documents``.
    """

    documents: tuple[EncryptedDocument, ...] = ()
    plain: tuple[PlainDocument, ...] = ()
    configs: tuple[SopsConfig, ...] = ()
    copies: tuple[str, ...] = ()
    references: tuple[ValuesReference, ...] = ()
    decryptions: tuple[FluxDecryption, ...] = ()
