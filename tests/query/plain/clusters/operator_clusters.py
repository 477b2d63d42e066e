"""Small random clusters with operators, admission webhooks and policies."""

import random

from tests.query.plain.clusters.objects import (
    ACCOUNTS,
    PODS,
    RBAC,
    SECRETS,
    SPACES,
    _bound,
    _cluster,
    _object,
    _rule,
    _subject,
)
from tests.query.plain.clusters.rights import READS, Rights

ADMISSION = "admissionregistration.k8s.io"
CUSTOM = (
    *("rollouts.argoproj.io", "workflows.argoproj.io", "applications.argoproj.io"),
    *("prometheuses.monitoring.coreos.com", "servicemonitors.monitoring.coreos.com"),
    *("kustomizations.kustomize.toolkit.fluxcd.io", "gitrepositories.source.toolkit.fluxcd.io"),
    *("helmcharts.helm.cattle.io", "bundles.fleet.cattle.io", "taskruns.tekton.dev"),
    *("pushsecrets.external-secrets.io", "clusterpushsecrets.external-secrets.io"),
    *("secretstores.external-secrets.io", "clustersecretstores.external-secrets.io"),
)
CONFIGURED = (
    *("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
    *("mutatingadmissionpolicies", "mutatingadmissionpolicybindings"),
    *("validatingadmissionpolicies", "validatingadmissionpolicies"),
)
OPERATORS = ("argocd-application-controller", "kustomize-controller")


def _on_operators(rights):
    """What lets one have an operator, or a webhook of one's own, do something."""
    verbs = rights.one_of("create", "patch", "update", "create patch", "get list")
    names = rights.one_of(None, None, ["x"], ["hook"])
    resource, _, group = rights.one_of(*CUSTOM).partition(".")
    served = rights.one_of("pods/attach", "pods/portforward", "pods/proxy")
    return rights.one_of(
        [_rule(verbs, resource, names, group)],
        [_rule(verbs, resource, names, group)],
        [_rule(verbs, rights.one_of(*CONFIGURED), names, ADMISSION)],
        [_rule(verbs, one, names, ADMISSION) for one in CONFIGURED[2:4]],
        [_rule(rights.one_of("create", "get"), served, rights.names(PODS))],
        [_rule(rights.one_of("get", "list"), "services/proxy", rights.names(["svc"]))],
        [_rule(rights.change(), "serviceaccounts", rights.names(ACCOUNTS)), *rights.nodes()],
        [_rule(rights.one_of(*READS), "secrets", ["sealed"])],
    )


def _admission(rng):
    """A webhook that Pods serve, and a policy that is bound."""
    service = {"namespace": rng.choice(SPACES), "name": "svc"}
    rules = {
        "apiGroups": ["*"],
        "apiVersions": ["*"],
        "operations": ["CREATE", "UPDATE"],
        "resources": [rng.choice(("secrets", "pods", "clusterrolebindings", "nodes"))],
    }
    webhook = {"name": "hook.example.com", "clientConfig": {"service": service}, "rules": [rules]}
    kind = rng.choice(("Mutating", "Validating")) + "WebhookConfiguration"
    version = f"{ADMISSION}/v1"
    if rng.random() < 0.6:
        yield _object(kind, "hook", "", version, webhooks=[webhook])
        selector = {"selector": {"app": rng.choice(PODS)}}
        yield _object("Service", "svc", rng.choice(SPACES), spec=selector)
    if rng.random() < 0.4:
        yield _object("MutatingAdmissionPolicy", "hook", "", version, spec={})
        spec = {"policyName": rng.choice(("hook", "x"))}
        yield _object("MutatingAdmissionPolicyBinding", "hook", "", version, spec=spec)


def _sealing(rng):
    """A key of the Sealed Secrets controller, and what is sealed with it."""
    labels = {"sealedsecrets.bitnami.com/sealed-secrets-key": "active"}
    tls = {"type": "kubernetes.io/tls", "data": {"tls.key": "eA=="}}
    yield _object("Secret", "sealed", "b", metadata={"labels": labels}, **tls)
    yield _object("SealedSecret", rng.choice(SECRETS), "a", "bitnami.com/v1alpha1", spec={})


def _with_parameters(rng):
    """A policy that takes Secrets as parameters, with those that its binding names."""
    taking = {"paramKind": {"apiVersion": "v1", "kind": "Secret"}}
    version = f"{ADMISSION}/v1"
    yield _object("ValidatingAdmissionPolicy", "hook", "", version, spec=taking)
    ref = rng.choice(({"name": "s"}, {"name": "t"}, {"selector": {}}))
    place = rng.choice(({}, {"namespace": "a"}))
    spec = {
        "policyName": rng.choice(("hook", "hook", "x")),
        "paramRef": {**ref, **place, "parameterNotFoundAction": "Allow"},
        "validationActions": ["Deny"],
    }
    yield _object("ValidatingAdmissionPolicyBinding", "hook", "", version, spec=spec)


def objects_of_operators(seed):
    """Operators, admission and ports beside other techniques; few of them give anything."""
    rng = random.Random(seed)
    objects, rights = [*_cluster(rng), *_admission(rng)], Rights(rng)
    objects += [_object("ServiceAccount", rng.choice(OPERATORS), "b"), *_with_parameters(rng)]
    objects += _sealing(rng) if rng.random() < 0.3 else []
    for number in range(rng.randint(3, 6)):
        find = rng.choice(rights.finds())
        rules = _on_operators(rights) if rng.random() < 0.6 else find()
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        subject = _subject(rng)
        if rng.random() < 0.2:
            subject = {"kind": "ServiceAccount", "namespace": "b", "name": rng.choice(OPERATORS)}
        space = rng.choice((*SPACES, ""))
        objects.append(_bound(number, "ClusterRole", space, [subject]))
    return objects


def objects_of_pairs(seed):
    """A user with a few single rules, each for itself somewhere, as techniques need them."""
    rng = random.Random(seed)
    objects, rights = [*_cluster(rng), *_admission(rng), *_with_parameters(rng)], Rights(rng)
    alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
    for number in range(rng.randint(2, 4)):
        rule = rng.choice(
            (
                _rule("create", "pods"),
                _rule(rights.change(), "serviceaccounts"),
                _rule("create", "persistentvolumes"),
                _rule(rights.change(), rng.choice(CONFIGURED), None, ADMISSION),
                _rule("create", rng.choice(("configmaps", "events", "pods/exec"))),
                rng.choice(rng.choice(rights.finds())()),
            )
        )
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=[rule]))
        objects.append(_bound(number, "ClusterRole", rng.choice((*SPACES, "", "")), [alice]))
    return objects
