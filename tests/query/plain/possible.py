"""Which Secrets somebody may get, by what depends on more than the input shows.

Techniques for the engine of ``engine.py``: operators, admission, what a port serves.
"""

from itertools import product

from tests.query.plain import pods
from tests.query.plain.classes import class_secrets
from tests.query.plain.disks import disks
from tests.query.plain.hooks import MUTATING, VALIDATING, behind_hooks
from tests.query.plain.identities import account, node_of, user
from tests.query.plain.metadata import from_metadata
from tests.query.plain.nodes import is_a_kubelet
from tests.query.plain.read_secrets import applied, everything, releases_read, unpacked
from tests.query.plain.techniques import TECHNIQUES
from tests.query.plain.tokens import revived

ADMISSION = "admissionregistration.k8s.io"
METHODS = ("get", "create", "update", "patch", "delete")
STREAMS = ("pods/attach", "pods/portforward")
POLICY, POLICY_BINDING = "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"
CHANGES = ("patch", "update")
WITHOUT_NAMESPACE = {"clusterroles", "clusterrolebindings", "persistentvolumes", "nodes/proxy"}
WITHOUT_NAMESPACE |= {"storageclasses", "volumesnapshotclasses"}
WITHOUT_NAMESPACE |= {
    f"certificatesigningrequests{one}" for one in ("", "/nodeclient", "/approval")
}
WRITES = {"create", "update", "patch", "delete", "deletecollection"}
NAMED_WRITES = {"update", "patch", "delete"}
REMADE = ("rollouts@argoproj.io", "prometheuses@monitoring.coreos.com")
MADE = (*REMADE, "workflows@argoproj.io", "taskruns@tekton.dev")
"""Custom resources that an operator makes Pods of: again when one is changed, or once."""

DEPUTIES = {
    "applications@argoproj.io": "argocd-application-controller",
    "kustomizations@kustomize.toolkit.fluxcd.io": "kustomize-controller",
}
ANYTHING = ("helmcharts@helm.cattle.io", "bundles@fleet.cattle.io")
SENDS_SECRETS = (
    "pushsecrets@external-secrets.io",
    "servicemonitors@monitoring.coreos.com",
    "gitrepositories@source.toolkit.fluxcd.io",
)
SENDS_TOKENS = ("secretstores@external-secrets.io",)
WIDE_SECRETS = ("clusterpushsecrets@external-secrets.io",)
WIDE_TOKENS = ("clustersecretstores@external-secrets.io",)


def _changes(mine, resource, *k):
    return any(mine.any_may(verb, resource, *k) for verb in CHANGES)


def _writes(mine, cluster, kind, resource):
    """Whether an object in no namespace is made, or one that is there is changed."""
    full = f"{resource}@{ADMISSION}"
    return any(_changes(mine, full, *k) for k in cluster.of(kind)) or any(
        mine.makes(who, full, "", name) for who, name in product(mine.of("who"), cluster.names)
    )


def own_webhooks(mine, cluster):
    """Secrets are seen as others write them; a mutating one changes what others write."""
    if _writes(mine, cluster, VALIDATING, "validatingwebhookconfigurations"):
        yield from (("secret", k) for k in cluster.of("Secret"))
    if _writes(mine, cluster, MUTATING, "mutatingwebhookconfigurations"):
        yield from everything(cluster)


def own_policies(mine, cluster):
    if cluster.old and not cluster.of(POLICY):
        return
    policies, bindings = "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"
    bound = {obj["spec"]["policyName"] for obj in cluster.of(POLICY_BINDING).values()}
    if (
        _writes(mine, cluster, POLICY, policies)
        and _writes(mine, cluster, POLICY_BINDING, bindings)
    ) or any(
        _changes(mine, f"{policies}@{ADMISSION}", *k) for k in cluster.of(POLICY) if k[1] in bound
    ):
        yield from everything(cluster)


def policy_parameters(mine, cluster):
    """Whoever changes a policy that takes Secrets is told them, in answer to a write."""
    policy, resource = "ValidatingAdmissionPolicy", "validatingadmissionpolicies"
    for obj in cluster.of(f"{policy}Binding").values():
        k, ref = ("", obj["spec"]["policyName"]), obj["spec"]["paramRef"]
        found = k in cluster.of(policy) and _changes(mine, f"{resource}@{ADMISSION}", *k)
        for secret in cluster.of("Secret") if found else ():
            named = ref.get("name", secret[1]) == secret[1]
            if named and ref.get("namespace", secret[0]) == secret[0]:
                inside = WITHOUT_NAMESPACE | ({"namespaces"} if "namespace" not in ref else set())
                places = ("", *cluster.namespaces) if "namespace" in ref else secret[:1]
                if any(_writes_something(mine, place, inside) for place in places):
                    yield "secret", secret


def _writes_something(mine, place, without_namespace):
    """Whether somebody may write anything but policies, which they do not look at.

    In a namespace, only what is in one; and nothing that needs a Pod which may not be there.
    """
    wide = {"pods/exec", *(without_namespace if place else ())}
    roles = {role for who in mine.of("who") for role in mine.roles(who, place, None)}
    rules = (rule for role in roles - {None} for rule in mine.rules(role))
    return None in roles or any(
        not (NAMED_WRITES if rule.get("resourceNames") else WRITES).isdisjoint(rule["verbs"])
        and ADMISSION not in rule["apiGroups"]
        and not wide.issuperset(rule["resources"])
        for rule in rules
    )


def _applies(mine, resource, namespace, *, change=True):
    """Whether a custom resource is made or, if one is there, changed; some rule must name it."""
    name, _, group = resource.partition("@")
    rules = (rule for role in mine.cluster.roles.values() for rule in role["rules"])
    served = any(name in rule["resources"] and group in rule["apiGroups"] for rule in rules)
    return served and any(
        mine.makes(who, resource, namespace, name)
        or (change and any(mine.may(who, verb, resource, namespace, name) for verb in CHANGES))
        for who, name in product(mine.of("who"), mine.cluster.names)
    )


def operators(mine, cluster):
    """Operators make Pods, act for whoever tells them, or send what they are told."""
    for place in cluster.namespaces:
        mine_too = [*mine.accounts_of(place)]
        if any(_applies(mine, one, place, change=one in REMADE) for one in MADE):
            yield from (*mine.secrets_of(place), *mine_too)
        for resource, name in DEPUTIES.items():
            found = [k for k in cluster.of("ServiceAccount") if k[1] == name]
            yield from (("who", account(*k)) for k in found if _applies(mine, resource, place))
        yield from everything(cluster) if _applies_one(mine, ANYTHING, place) else ()
        yield from mine.secrets_of(place) if _applies_one(mine, SENDS_SECRETS, place) else ()
        yield from mine_too if _applies_one(mine, SENDS_TOKENS, place) else ()
        yield from mine.secrets_of(place) if _applies_one(mine, WIDE_SECRETS, "") else ()
        yield from mine_too if _applies_one(mine, WIDE_TOKENS, "") else ()


def _applies_one(mine, resources, place):
    return any(_applies(mine, resource, place) for resource in resources)


def served_by_pods(mine, cluster):
    for k, _ in cluster.running():
        streams = product(("create", "get") if cluster.old else ("create",), STREAMS)
        by_port = any(mine.any_may(verb, resource, *k) for verb, resource in streams)
        if by_port or any(mine.any_may(verb, "pods/proxy", *k) for verb in METHODS):
            yield "pod", k
        for service in cluster.of("Service"):
            if service[0] == k[0] and any(
                mine.any_may(verb, "services/proxy", *service) for verb in METHODS
            ):
                yield "pod", k


def sent_to_itself(mine, cluster):
    """An API server takes itself for the kubelet of a Node that says so."""
    nodes = {name for _, name in cluster.of("Node")}
    own = {*map(node_of, mine.of("who"))}
    for name in nodes | cluster.names:
        if not any(mine.any_may(verb, "nodes/proxy", "", name) for verb in METHODS[:-1]):
            continue
        if name in nodes:
            told = name in own or _changes(mine, "nodes/status", "", name)
        else:
            told = any(mine.makes(who, "nodes", "", name) for who in mine.of("who"))
        if told:
            yield from everything(cluster)


def named_for_a_driver(mine, cluster):
    """A CSI driver logs in with any Secret that a volume, or its class, names."""

    def made(kind, resource, places=("",)):
        wanted = product(mine.of("who"), places)
        return any(mine.makes_new(who, kind, resource, place) for who, place in wanted)

    places = cluster.namespaces
    pods = any(mine.makes_pods(*one) for one in product(mine.of("who"), places))
    snapshots = "snapshot.storage.k8s.io"
    if (
        (pods and made("PersistentVolume", "persistentvolumes"))
        or (
            made("StorageClass", "storageclasses@storage.k8s.io")
            and (pods or made("PersistentVolumeClaim", "persistentvolumeclaims", places))
        )
        or (
            made("VolumeSnapshotClass", f"volumesnapshotclasses@{snapshots}")
            and made("VolumeSnapshot", f"volumesnapshots@{snapshots}", places)
        )
    ):
        yield from (("secret", k) for k in cluster.of("Secret"))


def printed(mine, cluster):
    """Logs of Pods, of their nodes and of the control plane show what containers were given."""
    urls = _reads_logs_of_servers(mine)
    for k, pod in cluster.of("Pod").items():
        spec, node = pod["spec"], pod["spec"].get("nodeName", "unknown")
        reads = mine.any_may("get", "pods/log", *k) or (urls and cluster.is_control_plane(node))
        logs = ("nodes/log", "nodes/proxy")
        if reads or any(mine.any_may("get", one, "", node) for one in logs):
            yield from _given(cluster, k, spec, pod["status"]["phase"])
    if urls:
        yield from (("secret", k) for k in cluster.of("Secret"))


def _reads_logs_of_servers(mine):
    roles = {role for who in mine.of("who") for role in mine.roles(who, "", None)} - {None}
    rules = [rule for role in roles for rule in mine.rules(role)]
    return any("/logs/*" in rule.get("nonResourceURLs", ()) for rule in rules)


def _given(cluster, k, spec, phase):
    inside = {name: one for (place, name), one in cluster.of("Secret").items() if place == k[0]}
    if phase in {"Running", "Succeeded"} and cluster.answers(spec.get("nodeName")):
        yield from (("secret", (k[0], name)) for name in pods.read_inside(spec, inside))
        own = k[0], spec["serviceAccountName"]
        if pods.holds_token(spec) and own in cluster.of("ServiceAccount"):
            yield "who", account(*own)


def mounted_anew(mine, cluster):
    """A container that is added to a Pod mounts what volumes it has, whoever mounted them."""
    for k, spec in cluster.changeable(mine):
        if _changes(mine, "pods/ephemeralcontainers", *k):
            yield from (("secret", (k[0], name)) for _, name, _ in pods.of_volumes(spec))


def renewed_tokens(mine, cluster):
    """A kubelet renews a Pod's token, be the ServiceAccount another one of the name."""
    for k in mine.of("pod"):
        spec = cluster.of("Pod")[k]["spec"]
        if pods.holds_token(spec) and not pods.is_mirror(cluster.of("Pod")[k]):
            yield from revived(mine, k, spec)


def automounted(mine, cluster):
    """Pods are given a token, as their ServiceAccount says, when they are made anew."""
    for k in mine.of("pod"):
        spec = cluster.of("Pod")[k]["spec"]
        found = k[0], spec["serviceAccountName"]
        silent = "automountServiceAccountToken" not in spec and "told" in cluster.of("Pod")[k]
        there = found in cluster.of("ServiceAccount")  # a Pod that is there may have outlived it
        if silent and there and _changes(mine, "serviceaccounts", *found):
            yield "who", account(*found)


def pulled_secrets(mine, cluster):
    """A ServiceAccount's next Pod names what it pulls with, for the kubelet to read."""
    for k in cluster.of("ServiceAccount") if is_a_kubelet(mine) else ():
        if _changes(mine, "serviceaccounts", *k):
            yield from mine.secrets_of(k[0])


def unsealed_secrets(mine, cluster):
    """A key of the controller decrypts what is sealed, wherever its text lies."""
    label = "sealedsecrets.bitnami.com/sealed-secrets-key"
    for k in mine.of("secret"):
        if label in cluster.of("Secret")[k]["metadata"].get("labels", ()):
            sealed = cluster.of("SealedSecret")
            yield from (("secret", one) for one in sealed if one in cluster.of("Secret"))


def older_releases(mine, cluster):
    for kind, k in releases_read(mine, cluster):
        told = unpacked(kind, cluster.of(kind)[k])
        yield from applied(cluster, told)


def held_bootstrap_tokens(mine, cluster):
    for k in () if cluster.takes_tokens() is False else mine.of("secret"):
        if cluster.of("Secret")[k]["type"] == "bootstrap.kubernetes.io/token":
            own = f"system:bootstrap:{k[1].removeprefix('bootstrap-token-')}"
            yield "who", user(own, "system:bootstrappers")


def joined_groups(mine, cluster):
    """A Group of OpenShift's that is written lists a user of one's own, who then logs in."""
    resource = "groups@user.openshift.io"
    found = cluster.groups | {name for _, name in cluster.of("Group")}
    for name in {one for one in found if ":" not in one} if cluster.openshift else ():
        there = ("", name) in cluster.of("Group")
        freed = (
            not there
            or mine.any_may("delete", resource, "", name)
            or mine.any_may("deletecollection", resource)
        )
        made = freed and any(mine.makes(who, resource, "", name) for who in mine.of("who"))
        if made or (there and _changes(mine, resource, "", name)):
            yield "who", user("of its own", name)


POSSIBLE = (
    *TECHNIQUES,
    own_webhooks,
    own_policies,
    policy_parameters,
    behind_hooks,
    operators,
    served_by_pods,
    sent_to_itself,
    named_for_a_driver,
    class_secrets,
    disks,
    from_metadata,
    printed,
    mounted_anew,
    renewed_tokens,
    automounted,
    pulled_secrets,
    unsealed_secrets,
    older_releases,
    held_bootstrap_tokens,
    joined_groups,
)

WITH_PARAMETERS = (*TECHNIQUES, policy_parameters)
"""What is got for certain where policies take Secrets as parameters."""
