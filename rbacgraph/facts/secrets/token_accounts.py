"""Says whether a token Secret is of the ServiceAccount that it names, and not of a former one."""

from rbacgraph.model.kubernetes.core import Secret, ServiceAccount


def same_uid(secret: Secret, account: ServiceAccount | None) -> bool:
    """Whether a token Secret's UID is that of the ServiceAccount, as far as the input has both.

    API servers refuse a token of a ServiceAccount that was deleted and made again.
    """
    annotations = secret.metadata.annotations
    uid = annotations.service_account_uid if annotations else None
    return not (account and account.metadata.uid and uid) or account.metadata.uid == uid
