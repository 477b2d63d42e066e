"""Doubts about stores outside the cluster, and files in Git, in words."""

from rbacgraph.model.condition import If
from rbacgraph.report.text.doubts.parts import WordsByDoubt, object_name
from rbacgraph.report.text.layout.text import count


def _synced(kind: str, namespace: str, name: str) -> str:
    return f"{object_name(kind, namespace, name)} is in sync, which the input does not show"


def _other_groups(number: int, file: str) -> str:
    return f"keys of {count(number, 'other key group')} of {file} are at hand"


OF_STORES: WordsByDoubt = {
    If.OPERATOR_HAS_CLASS: (
        "a controller of {} runs for the class {}, which the input does not show"
    ),
    If.STORE_TAKES_NAMESPACE: (
        "the conditions of ClusterSecretStore {} admit namespace {}, which the input does not show"
    ),
    If.STORE_LETS_IN_ACCOUNT: (
        "the store's own policy, which the input does not show, lets ServiceAccount {}/{} in"
    ),
    If.STORE_LETS_IN_CREDENTIAL: (
        "the store's own policy, which the input does not show, lets the credential in Secret"
        " {}/{} in"
    ),
    If.STORE_LETS_READ: (
        "the store's own policy, which the input does not show, lets that login read it"
    ),
    If.RESOURCE_IS_SYNCED: _synced,
    If.SEARCH_FINDS_KEY: "the search of {} {}/{} finds it",
    If.TEMPLATE_KEEPS_VALUE: "the template of {} {}/{} keeps the value",
    If.NOTHING_IS_ADDED: "{} {}/{} adds nothing secret to it",
    If.INJECTOR_ADDS_AGENT: "Vault's Agent Injector runs and adds its agent to the Pod",
    If.DRIVER_MOUNTS_CLASS: "the Secrets Store CSI driver runs and its provider lets the Pod in",
    If.ENCRYPTED_FILE_IS_AT_HAND: "the encrypted file {}, which lies in Git, is at hand",
    If.OTHER_KEY_GROUPS_DECRYPT: _other_groups,
    If.FILE_IS_APPLIED_IN: "{}, which names no namespace, is applied in namespace {}",
    If.SECRET_HOLDS_KEY: "Secret {}/{} holds the private key of {}",
    If.CREDENTIAL_DECRYPTS: "Secret {}/{} holds a credential that may decrypt with {}",
    If.ACCOUNT_DECRYPTS: "the identity of ServiceAccount {}/{} outside may decrypt with {}",
    If.RELEASE_TAKES_FILE: "revision {} of Helm release {}/{} was made with {}",
    If.FILE_IS_PUBLISHED: "sops publish has written {} there",
    If.SEALED_CONTROLLER_UNSEALS: (
        "the Sealed Secrets controller runs, and the text of a SealedSecret, which usually lies in"
        " Git, is at hand"
    ),
}
