"""Objects that some of the experiments needed."""

from tests.techniques.experiments.cluster import MOUNT, SECRET_VOLUME, obj, pod, rule, subject
from tests.techniques.table.rights import RBAC

POLICY = "admissionregistration.k8s.io/v1"
READS = [rule("get secrets")[0]]


def role(kind, namespace, name, rules=READS):
    return obj(kind, namespace, name, f"{RBAC}/v1", rules=rules)


def binding(namespace, name, kind, role_name, *subjects):
    ref = {"apiGroup": RBAC, "kind": kind, "name": role_name}
    bound = "RoleBinding" if namespace else "ClusterRoleBinding"
    return obj(bound, namespace, name, f"{RBAC}/v1", roleRef=ref, subjects=list(subjects))


USES_S1 = pod(volume=SECRET_VOLUME, container=MOUNT, serviceAccountName="low")
SERVICE = [
    obj(
        "Service",
        "t1",
        "x",
        spec={"selector": {"app": "x"}, "ports": [{"port": 80, "targetPort": 80}]},
    ),
    *({**one, "metadata": {**one["metadata"], "labels": {"app": "x"}}} for one in USES_S1),
]
KUBEADM = "system:bootstrappers:kubeadm:default-node-token"
BOOTSTRAP_BINDINGS = [
    binding("", f"kubeadm:{name}", "ClusterRole", name, subject("Group", KUBEADM))
    for name in (
        "system:node-bootstrapper",
        "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    )
]
BOOTSTRAP_SECRET = [
    obj(
        "Secret",
        "kube-system",
        "bootstrap-token-abcdef",
        type="bootstrap.kubernetes.io/token",
        data=dict.fromkeys(("token-id", "token-secret", "usage-bootstrap-authentication"), "AAAA"),
    )
]
WEBHOOK = [
    obj(
        "ValidatingWebhookConfiguration",
        "",
        "theirs",
        POLICY,
        webhooks=[
            {
                "name": "theirs.example.com",
                "clientConfig": {"service": {"namespace": "t2", "name": "hook"}},
                "rules": [
                    {
                        "operations": ["*"],
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "resources": ["configmaps"],
                    }
                ],
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    )
]
PARAM_POLICY = [
    obj(
        "ValidatingAdmissionPolicy",
        "",
        "theirs",
        POLICY,
        spec={
            "paramKind": {"apiVersion": "v1", "kind": "Secret"},
            "matchConstraints": {
                "resourceRules": [
                    {
                        "operations": ["CREATE"],
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "resources": ["configmaps"],
                    }
                ]
            },
            "validations": [{"expression": "true"}],
        },
    ),
    obj(
        "ValidatingAdmissionPolicyBinding",
        "",
        "theirs",
        POLICY,
        spec={
            "policyName": "theirs",
            "paramRef": {
                "name": "s1",
                "namespace": "t1",
                "parameterNotFoundAction": "Deny",
            },
            "validationActions": ["Deny"],
        },
    ),
]
