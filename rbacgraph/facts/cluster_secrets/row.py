"""What the table of cluster credentials says of one kind of Secret."""

import re
from functools import cache
from typing import Literal

from msgspec import Struct, json

from rbacgraph.model.packaged import packaged

CredentialUse = Literal["everything", "accounts", "identity", "secrets", "cluster", "nothing"]
"""What an attacker who has the bytes gets.

``everything``: the cluster of the Secret; ``accounts``: a token of any ServiceAccount;
``identity``: that of ``user`` and ``groups``; ``secrets``: the data of etcd; ``cluster``: another
cluster, or one that need not be this one.
"""


class CredentialRow(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One kind of Secret, how it is recognised, and what it gives.

    ``product``: the project that makes such Secrets; ``""`` if only the names of keys show what it
        is.
    ``holds``: what it holds, in words that follow "holds".
    ``gives``: what this gives an attacker.
    ``worth``: the code of its value (:class:`rbacgraph.model.answers.risk.secret_value.Worth`).
    ``source``: the file that says so, ``OWNER/REPOSITORY:PATH``, or the document's address.
    ``kind``: the kind of the object: RKE keeps its state in a ConfigMap too.
    ``namespace``, ``name``: expressions for the whole of both; ``""`` for any. A group ``cluster``
        is the name of the cluster that the credential is for.
    ``type``: its type; ``""`` for any.
    ``label``: the key of a label, whose value is the name of the cluster; or ``KEY=VALUE``.
    ``owner``: what owns it, ``GROUP/KIND``; ``""`` for anything or nothing.
    ``keys``, ``key_words``: it has one of these keys, or one whose words an expression matches;
        without both, any.
    ``user``, ``groups``: the identity, for ``identity``.
    ``needs``: codes of :class:`rbacgraph.model.condition.If` about its namespace and name.
    """

    product: str
    holds: str
    gives: CredentialUse
    worth: str
    source: str
    kind: Literal["Secret", "ConfigMap"] = "Secret"
    namespace: str = ""
    name: str = ""
    type: str = ""
    label: str = ""
    owner: str = ""
    keys: tuple[str, ...] = ()
    key_words: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def generic(self) -> bool:
        """Whether only the names of keys show what it is."""
        return not self.product

    def has_key(self, keys: tuple[str, ...]) -> str | None:
        """Return the key that shows the credential; ``""`` if any will do, None if none does."""
        if not (self.keys or self.key_words):
            return ""
        for key in keys:
            if key in self.keys or (self.key_words and re.fullmatch(self.key_words, words_of(key))):
                return key
        return None


_BETWEEN = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")


def words_of(name: str) -> str:
    """Write a name in lower case, with underscores between its words.

    Examples
    --------
    >>> words_of("AWS_SECRET_ACCESS_KEY"), words_of("sshPrivateKey"), words_of("tls.key")
    ('aws_secret_access_key', 'ssh_private_key', 'tls_key')
    """
    return "_".join(part for part in _BETWEEN.split(name) if part).lower()


@cache
def credential_rows() -> tuple[CredentialRow, ...]:
    """Return the table: generic rows last, as they count only where no other row does.

    Examples
    --------
    >>> [row.gives for row in credential_rows() if row.name == "kubeadm-certs"]
    ['everything']
    """
    data = packaged("rbacgraph.facts.cluster_secrets", "rows.jsonl")
    rows = json.Decoder(CredentialRow).decode_lines(data)
    return tuple(sorted(rows, key=lambda row: row.generic))
