"""Requests for Secrets themselves: reads, and writes that echo."""

from tests.edges.experiments.cluster import (
    FINALIZED,
    IMMUTABLE,
    NO,
    OTHER,
    S1,
    S2,
    YES,
    Row,
    V,
)

ROWS = (
    # Direct reads
    Row("read-get", "get secrets", S1, YES),
    Row("read-get-names", "get secrets names=s1", S1, YES),
    Row("read-get-names-other", "get secrets names=s1", S2, NO),
    Row("read-get-names-star", "get secrets names=*", S1, NO),
    Row("read-list", "list secrets", S1, YES),
    Row("read-list-names-fs", "list secrets names=s1", S1, YES),
    Row("read-list-names-nofs", "list secrets names=s1", S2, NO),
    Row("read-list-names-fs-other", "list secrets names=s1", S2, NO),
    Row("read-list-names-empty", "list secrets names=", S1, YES),
    Row("read-list-allns-with-rolebinding", "list secrets", OTHER, NO),
    Row("read-list-allns", "list secrets @cluster", OTHER, YES),
    Row("read-list-allns-names-fs", "list secrets names=s1 @cluster", S1, YES),
    Row("read-list-allns-names-fs (other namespace)", "list secrets names=s1 @cluster", OTHER, YES),
    Row("read-watch", "watch secrets", S1, YES),
    Row("read-watch-names-fs", "watch secrets names=s1", S1, YES),
    Row("read-watch-names-nofs", "watch secrets names=s1", S2, NO),
    Row("read-watch-oldpath-names", "watch secrets names=s1", S1, YES),
    Row("read-watchlist-sendInitialEvents", "watch secrets", S1, YES),
    Row("watch-names-empty", "watch secrets names=", S1, YES),
    Row("vap-control-direct", "get secrets names=* @cluster", S1, NO),
    Row("vap-control-direct2", "get,list secrets names=* @cluster", S1, NO),
    # Writes that are answered with the object
    *(
        Row(f"patch-{how}", "patch secrets", S1, YES)
        for how in (
            "empty-merge",
            "empty-merge-dryrun",
            "metadata-only",
            "strategic",
            "json",
            "apply-existing",
            "apply-existing-dryrun",
            "as-table-object",
        )
    ),
    Row("patch-empty-names", "patch secrets names=s1", S1, YES),
    Row("patch-empty-names-other", "patch secrets names=s1", S2, NO),
    Row("patch-empty-immutable", "patch secrets", S1, YES, IMMUTABLE),
    *(
        Row(f"delete-{how}", "delete secrets", S1, YES)
        for how in (
            "Foreground-dryrun",
            "Foreground",
            "Orphan-dryrun",
            "Orphan",
            "body-orphan",
        )
    ),
    Row("delete-with-finalizer", "delete secrets", S1, YES, FINALIZED),
    Row("delete-names-foreground-dryrun", "delete secrets names=s1", S1, YES),
    Row("deletecollection-dryrun", "deletecollection secrets", S1, YES),
    Row("deletecollection", "deletecollection secrets", S1, YES),
    Row("deletecollection-dryrun-fs", "deletecollection secrets", S1, YES),
    Row("deletecollection-names-empty", "deletecollection secrets names=", S1, YES),
    # Writes that echo what the caller sent, or nothing
    Row("update-put", "update secrets", S1, NO),
    Row("update-put-create", "update secrets; create secrets", S1, NO),
    Row("delete-names-empty", "delete secrets names=", S1, NO),
    Row("deletecollection-names-fs", "deletecollection secrets names=s1", S1, NO),
    Row("create-exists", "create secrets", S1, NO),
    Row("sa-token-secret-create-only", "create secrets", V, NO),
)
