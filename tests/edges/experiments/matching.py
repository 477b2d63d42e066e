"""How rules and subjects are matched."""

from tests.edges.experiments.cluster import MOUNTS_S1, NO, S1, YES, Row, V, reads, subject

ROWS = (
    # Rule matching
    Row("rule-star-all", "get *.*", S1, YES),
    Row("rule-core-star", "get *", S1, YES),
    Row("rule-star-secrets", "get secrets.*", S1, YES),
    Row("rule-apps-star", "get *.apps", S1, NO),
    Row("rule-caps", "get Secrets", S1, NO),
    Row("rule-singular", "get secret", S1, NO),
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
        "subject-user-named-sa",
        "",
        S1,
        YES,
        reads(subject("User", "system:serviceaccount:attackers:x")),
        source="sa:attackers/x",
    ),
    Row(
        "subject-group-sas",
        "",
        S1,
        YES,
        reads(subject("Group", "system:serviceaccounts:attackers")),
    ),
    Row("subject-group-all-sas", "", S1, YES, reads(subject("Group", "system:serviceaccounts"))),
    Row(
        "subject-group-authenticated", "", S1, YES, reads(subject("Group", "system:authenticated"))
    ),
    Row("subject-sa-no-namespace", "", S1, NO, reads(subject("ServiceAccount", "p"))),
    Row(
        "subject-user-wrong-case",
        "",
        S1,
        NO,
        reads(subject("User", "system:serviceaccount:attackers:P")),
    ),
    Row(
        "subject-sa-no-namespace-own",
        "",
        S1,
        YES,
        reads(subject("ServiceAccount", "low")),
        source="sa:t1/low",
    ),
    Row(
        "subject-sa-no-namespace-crb",
        "",
        S1,
        NO,
        reads(subject("ServiceAccount", "p"), namespace=""),
    ),
    Row(
        "anon-bound-unauthenticated",
        "",
        S1,
        YES,
        reads(subject("Group", "system:unauthenticated")),
        source="user:system:anonymous",
    ),
    Row(
        "anon-bound-anonymous",
        "",
        S1,
        YES,
        reads(subject("User", "system:anonymous")),
        source="user:system:anonymous",
    ),
    Row(
        "anon-bound-authenticated",
        "",
        S1,
        NO,
        reads(subject("Group", "system:authenticated")),
        source="user:system:anonymous",
    ),
)
