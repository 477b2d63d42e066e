"""Admission: webhooks of one's own, and policies.

What a webhook sees, others write: the server shows that it is sent there, so that the graph
says if. Rows that only tell what it is sent (reads and token requests: nothing) have the same
rights as these.
"""

from tests.techniques.experiments.cluster import IF, NO, OTHER, S1, S2, Row, V, obj

ADMISSION = "admissionregistration.k8s.io"


def _right(verb, resource, *options):
    return " ".join((verb, f"{resource}.{ADMISSION}", *options, "@cluster"))


MUTATING = _right("create", "mutatingwebhookconfigurations")
VALIDATING = _right("create", "validatingwebhookconfigurations")
POLICY = _right("create", "mutatingadmissionpolicies")
BINDING = _right("create", "mutatingadmissionpolicybindings")
PATCH_VALIDATING = _right("patch", "validatingadmissionpolicies")
TAKING_S1 = [
    obj(
        "ValidatingAdmissionPolicy",
        "",
        "vap",
        f"{ADMISSION}/v1",
        spec={"paramKind": {"apiVersion": "v1", "kind": "Secret"}},
    ),
    obj(
        "ValidatingAdmissionPolicyBinding",
        "",
        "vap",
        f"{ADMISSION}/v1",
        spec={
            "policyName": "vap",
            "paramRef": {"name": "s1", "namespace": "t1"},
            "validationActions": ["Deny"],
        },
    ),
]

ROWS = (
    Row("webhook-mutate-rolebinding", MUTATING, S1, IF, via="mutate-binding"),
    Row("webhook-mut-create (other namespace)", MUTATING, OTHER, IF),
    Row("webhook-val-create (an account)", VALIDATING, V, NO),
    Row("webhook-sa-token-secret", f"{VALIDATING}; create secrets", V, IF),
    Row("webhook-mutate-pod", MUTATING, V, IF),
    Row("webhook-mutate-pod (the Secret)", MUTATING, S1, IF),
    Row(
        "vap-patch-existing-param-policy (others)",
        f"{PATCH_VALIDATING}; create configmaps",
        S2,
        NO,
        TAKING_S1,
    ),
    Row("map-mutate-pod (the account)", f"{POLICY}; {BINDING}", V, IF),
)
