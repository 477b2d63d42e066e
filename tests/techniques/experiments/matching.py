"""How rules and subjects are matched."""

from tests.techniques.experiments.cluster import (
    MOUNTS_S1,
    NO,
    OTHER,
    S1,
    YES,
    Row,
    V,
    reads,
    subject,
)

ROWS = (
    # Rule matching
    Row("read-list-allns-names-fs (other namespace)", "list secrets names=s1 @cluster", OTHER, YES),
    Row("match-secrets-star", "get secrets/*", S1, NO),
    Row("match-group-other", "get secrets.example.com", S1, NO),
    Row("match-upper", "GET secrets", S1, NO),
    Row("match-pods-star", "create pods/*", S1, NO, MOUNTS_S1),
    Row("match-star-exec", "create */exec", S1, YES, MOUNTS_S1),
    Row("match-star", "create *", S1, YES, MOUNTS_S1, via="exec"),
    Row("match-star-star", "create */*", S1, NO, MOUNTS_S1),
    Row("match-pods", "create pods", S1, NO, MOUNTS_S1, via="exec"),
    Row("match-star-token", "create */token", V, YES),
    Row("match-verb-star-impersonate", "* serviceaccounts", V, YES),
    # Subjects
    Row(
        "subject-sa-no-namespace-crb",
        "",
        S1,
        NO,
        reads(subject("ServiceAccount", "p"), namespace=""),
    ),
)
