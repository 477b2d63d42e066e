"""States of objects in which a server refuses what rights allow, by definition.

Plain functions over plain objects for ``plain_engine.py``, with which nothing of the package
is shared.
"""

UNUSED = "kubernetes.io/legacy-token-invalid-since"


def goes(obj):
    """Whether an object is being deleted."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def takes_token(secret, *, version):
    """Whether the API server accepts the token that a Secret holds."""
    cleans = tuple(map(int, version.split("."))) >= (1, 28)
    unused = secret["metadata"].get("labels", {}).get(UNUSED)
    return not (goes(secret) or (cleans and unused))
