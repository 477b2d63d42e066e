"""What the Pods behind webhooks are shown, by definition, for ``possible.py``.

As the API server's ``pkg/admission/plugin/webhook/predicates`` match requests.
"""

from itertools import product

from tests.query.plain.identities import account
from tests.query.plain.read_secrets import everything

MUTATING, VALIDATING = "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"
WRITES = ("CREATE", "UPDATE", "DELETE")
SECRET = "", "v1", "secrets"
POD = "", "v1", "pods"
TEMPLATES = {
    **{("apps", "v1", f"{one}s"): WRITES[:2] for one in ("deployment", "statefulset", "daemonset")},
    ("apps", "v1", "replicasets"): WRITES[:2],
    ("", "v1", "replicationcontrollers"): WRITES[:2],
    ("batch", "v1", "cronjobs"): WRITES[:2],
    ("batch", "v1", "jobs"): WRITES[:1],  # whose template stays as it is
    POD: WRITES[:1],
}
BINDINGS = (
    ("rbac.authorization.k8s.io", "v1", "clusterrolebindings"),
    ("rbac.authorization.k8s.io", "v1", "clusterroles"),
)


def _has(told, one):
    return one in told or "*" in told


def _names(resources, resource):
    """Whether rules name a resource itself: behind a slash stands a subresource, or any."""
    pairs = [one.partition("/") for one in resources]
    return any(name in {"*", resource} and sub in {"", "*"} for name, _, sub in pairs)


def matches(rule, kind, operation, scope):
    group, version, resource = kind
    return (
        _has(rule["operations"], operation)
        and _has(rule["apiGroups"], group)
        and _has(rule["apiVersions"], version)
        and _names(rule["resources"], resource)
        and rule.get("scope", "*") in {"*", scope}
    )


def selects(selector, labels):
    """Whether a selector of labels matches; an empty one matches all."""
    for name, value in selector.get("matchLabels", {}).items():
        if labels.get(name) != value:
            return False
    for one in selector.get("matchExpressions", ()):
        name, values = one["key"], one.get("values", ())
        found = {
            "In": labels.get(name) in values,
            "NotIn": labels.get(name) not in values,
            "Exists": name in labels,
            "DoesNotExist": name not in labels,
        }
        if not found[one["operator"]]:
            return False
    return True


def _called(webhook, kind, operations, scope="Namespaced"):
    rules = product(webhook["rules"], operations)
    never = any(one["expression"] == "false" for one in webhook.get("matchConditions", ()))
    return not never and any(matches(rule, kind, one, scope) for rule, one in rules)


def _heeds(cluster, webhook, namespace):
    found = cluster.of("Namespace").get(("", namespace), {"metadata": {}})
    labels = {**found["metadata"].get("labels", {}), "kubernetes.io/metadata.name": namespace}
    return selects(webhook.get("namespaceSelector", {}), labels)


def _behind(cluster, webhook, k):
    """Whether a Pod stands behind the Service that a webhook calls."""
    at = webhook["clientConfig"]["service"]
    service = cluster.of("Service").get((at["namespace"], at["name"]))
    if k[0] != at["namespace"] or not service:
        return False
    labels = cluster.of("Pod")[k]["metadata"].get("labels", {})
    return service["spec"]["selector"].items() <= labels.items()


def behind_hooks(mine, cluster):
    hooks = [
        (m, w)
        for m in (MUTATING, VALIDATING)
        for o in cluster.of(m).values()
        for w in o["webhooks"]
    ]
    for k, (kind, webhook) in product(mine.of("pod"), hooks):
        if _behind(cluster, webhook, k):
            yield from _shown(cluster, webhook)
            if kind == MUTATING:
                yield from _changed(mine, cluster, webhook)


def _shown(cluster, webhook):
    for k, secret in cluster.of("Secret").items():
        labels = secret["metadata"].get("labels", {})
        if (
            _called(webhook, SECRET, WRITES)
            and _heeds(cluster, webhook, k[0])
            and selects(webhook.get("objectSelector", {}), labels)
        ):
            yield "secret", k


def _changed(mine, cluster, webhook):
    """Pods of others are given what one likes; whoever may grant anything grants it."""
    if any(_called(webhook, *one) for one in TEMPLATES.items()):
        for place in filter(lambda one: _heeds(cluster, webhook, one), cluster.namespaces):
            yield from mine.secrets_of(place)
            yield from (("who", account(*k)) for k in cluster.of("ServiceAccount") if k[0] == place)
    for k, _ in cluster.changeable(mine) if _called(webhook, POD, WRITES[1:2]) else ():
        labels = cluster.of("Pod")[k]["metadata"].get("labels", {})
        if _heeds(cluster, webhook, k[0]) and selects(webhook.get("objectSelector", {}), labels):
            yield "pod", k
    if any(_called(webhook, one, WRITES[:2], "Cluster") for one in BINDINGS):
        yield from everything(cluster)
