"""Conditions in words: the one place where they are made."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from rbacgraph.model.condition import Condition, Doubt, DoubtSubject, If
from rbacgraph.report.text.doubts.of_nodes import OF_NODES
from rbacgraph.report.text.doubts.of_operators import OF_OPERATORS, WhileRunning
from rbacgraph.report.text.doubts.of_stores import OF_STORES
from rbacgraph.report.text.doubts.of_vault import OF_VAULT
from rbacgraph.report.text.doubts.parts import DoubtWords, both, either, object_name
from rbacgraph.report.text.layout.text import count


def condition_words(condition: Condition) -> str:
    """Say what must hold; ``""`` where nothing more must.

    Examples
    --------
    >>> condition_words(If.NODE_IS_READY_AGAIN("n1") & If.POD_STARTS())
    'the pod starts running and node n1 is ready again'
    >>> condition_words(If.OPERATOR_KEEPS_BACKUP("X") & If.OPERATOR_DEPLOYS_HERE("X"))[:62]
    'X runs in the cluster and deploys to this cluster and X keeps '
    """
    return _all(condition.doubts)


def in_order(doubts: Iterable[Doubt]) -> list[Doubt]:
    """Return doubts in the order in which they are said."""
    return sorted(doubts, key=lambda doubt: (_PLACES[doubt.code], doubt))


def _all(doubts: Iterable[Doubt]) -> str:
    return both(_each(sorted(doubts, key=_place)))


def _each(doubts: Iterable[Doubt]) -> Iterator[str]:
    """Yield doubts in words; that an operator runs is said of it once."""
    running: set[DoubtSubject] = set()
    for doubt in doubts:
        words = WORDS[doubt.code]
        if isinstance(words, WhileRunning):
            (operator,) = doubt.subject
            yield words.beside(str(operator)) if operator in running else _doubt(doubt)
            running.add(operator)
        else:
            yield _doubt(doubt)


def _place(doubt: Doubt) -> int:
    return _PLACES[doubt.code]


def _doubt(doubt: Doubt) -> str:
    words = WORDS[doubt.code]
    return words.format(*doubt.subject) if isinstance(words, str) else words(*doubt.subject)


def _called(names: Sequence[str]) -> str:
    return f" called {either(names)}" if names else ""


def _container(words: str) -> Callable[[str, str, str, str], str]:
    def say(container: str, namespace: str, pod: str, reason: str) -> str:
        told = words.format(f": {reason}" if reason else "")
        return f"container {container} of Pod {namespace}/{pod} {told}"

    return say


def _room(namespace: str, name: str, counted: str) -> str:
    return f"ResourceQuota {namespace}/{name} has room again (its {counted} is used up)"


def _either_room(*quotas: tuple[str, str, str]) -> str:
    return either(_room(*quota) for quota in quotas)


def _as_in(kind: str, namespace: str, name: str, places: tuple[tuple[str, int, int], ...]) -> str:
    """Name the versions that an object may be: each by file, and by line and number if needed."""
    return (
        f"{object_name(kind, namespace, name)} is as in {either(_version(*one) for one in places)}"
    )


def _version(file: str, line: int, number: int) -> str:
    place = f"{file}:{line}" if line else file
    return ", ".join(filter(None, (place, f"its version {number}" if number else "")))


_SHOWS = {
    "RoleBinding": "rights in a namespace",
    "ClusterRoleBinding": "rights in the whole cluster",
    "Role": "what many RoleBindings grant",
    "ClusterRole": "what many bindings grant",
}


def _kinds(*kinds: str) -> str:
    shows = _SHOWS.get(kinds[0], "")
    return (
        f"any {either(f'{kind}s' for kind in kinds)}{f': {shows} cannot be seen' if shows else ''}"
    )


_CHANGES = {"CREATE": "creates", "UPDATE": "changes", "DELETE": "deletes"}
_MADE = {
    "pods": "creates a Pod",
    "workloads": "creates or changes a workload",
    "jobs": "creates a Job",
}


def _selected(what: Sequence[str], names: Sequence[str]) -> str:
    return f", which the {both(what)} of {either(names)} match" if names else ""


def _makes_pod(made: Sequence[str]) -> str:
    return f"{either(_MADE[one] for one in made)} in its namespace"


def _writes_secret(
    done: Sequence[str], made: Sequence[str], what: Sequence[str], names: Sequence[str]
) -> str:
    changes = [f"{either(_CHANGES[one] for one in done)} the Secret"] if done else []
    pods = [_makes_pod(made)] if made else []
    return f"somebody {either((*changes, *pods))}{_selected(what, names)}"


_GRANTS = "somebody who may grant anything writes a role or a binding"
_IDENTITY = "the attacker has an IAM identity, and the cluster authenticates by ConfigMap aws-auth"
_REACHED = "the API server reaches the attacker's webhook"
_SERVES = "serves the Secret or runs code"
_POD = "creates a Pod in its namespace"

WORDS: dict[If, DoubtWords] = {
    If.INTRUDER_LOGS_IN_TO_OPENSHIFT: "the attacker logs in to OpenShift as a user",
    If.INTRUDER_LOGS_IN_AS_LISTED: (
        "the attacker logs in to OpenShift as a user, which a Group may list"
    ),
    If.OPENSHIFT_TAKES_LOGIN: (
        "the attacker reaches OpenShift's login server, which takes a login of that name as the"
        " user"
    ),
    If.OPENSHIFT_TAKES_KUBEADMIN: (
        "the attacker reaches OpenShift's login server, which still takes kubeadmin"
    ),
    If.OPENSHIFT_READS_PASSWORDS: (
        "OpenShift's login server reads passwords from Secret openshift-config/{}"
    ),
    If.PROJECT_HAS_ADMIN: "OpenShift makes the identity that requests a project its admin",
    If.IAM_IDENTITY: _IDENTITY,
    If.IAM_IDENTITY_BY_LACKING_MAP: f"{_IDENTITY}, which the input lacks",
    If.IAM_IDENTITY_BY_NEW_MAP: f"{_IDENTITY}, which does not exist yet",
    If.CLUSTER_USES_AWS_AUTH: (
        "the cluster authenticates by ConfigMap aws-auth, not by access entries alone"
    ),
    If.SOMEBODY_WRITES_SECRET: _writes_secret,
    If.SOMEBODY_MAKES_POD: lambda made, *by: f"somebody {_makes_pod(made)}{_selected(*by)}",
    If.SOMEBODY_CHANGES_POD: lambda *by: f"somebody changes the Pod{_selected(*by)}",
    If.SOMEBODY_GRANTS: lambda *by: f"{_GRANTS}{_selected(*by)}",
    If.SOMEBODY_GRANTS_IN_NAMESPACE: lambda *by: f"{_GRANTS} in the namespace{_selected(*by)}",
    If.SOMEBODY_CREATES_POD: "somebody creates a Pod in the namespace",
    If.SOMEBODY_CREATES_POD_ON_NODE: (
        "somebody creates a Pod of the ServiceAccount, without pull Secrets, on the kubelet's node"
    ),
    If.WEBHOOK_IS_REACHED: _REACHED,
    If.WEBHOOK_IS_REACHED_BY_GRANT: f"{_REACHED} while {_GRANTS}",
    If.WEBHOOK_IS_REACHED_BY_SECRET: f"{_REACHED} while somebody writes or deletes the Secret",
    If.WEBHOOK_IS_REACHED_BY_SECRET_OR_POD: (
        f"{_REACHED} while somebody writes or deletes the Secret or {_POD}"
    ),
    If.WEBHOOK_IS_REACHED_BY_POD: f"{_REACHED} while somebody {_POD}",
    If.CONTROLLER_MAKES_POD: "its controller makes such a Pod again",
    If.CONTROLLER_MAKES_POD_BOUND_LATE: (
        "a controller makes such a Pod again, and the scheduler is slower to bind it"
    ),
    If.SOMETHING_IS_WRITTEN: "the API server has something that it may write",
    If.SERVER_HAS_MUTATING_POLICIES: (
        "the API server has MutatingAdmissionPolicies, as Kubernetes does since 1.36"
    ),
    If.MUTATING_POLICIES_ARE_ON: (
        "MutatingAdmissionPolicy is switched on, which it is not before Kubernetes 1.36"
    ),
    If.NAME_IS_FREE: lambda *names: f"nothing is called {either(names)}",
    If.OBJECT_IS_THERE: lambda *names: f"there is such an object{_called(names)}",
    If.OBJECT_IS_IN_NAMESPACE: (
        lambda *names: f"there is such an object{_called(names)} in the namespace"
    ),
    If.OBJECT_IS_NOT_IN_NAMESPACE: (
        lambda *names: f"there is no such object{_called(names)} in the namespace"
    ),
    If.SOMEBODY_STARTS_OBJECT: (
        lambda *names: f"somebody starts such an object{_called(names)} in the namespace"
    ),
    If.SOMEBODY_STARTS_OBJECT_AS_ACCOUNT: (
        lambda *names: (
            f"somebody starts such an object{_called(names)} in the namespace,"
            " as the ServiceAccount,"
        )
    ),
    **OF_OPERATORS,
    **OF_STORES,
    If.LISTS_ARE_SEEN: (
        lambda kind, namespace: (
            f"a complete list of {kind}s{f' in {namespace}' if namespace else ''}"
        )
    ),
    If.FILES_ARE_READ: (
        lambda files, more: (
            f"what could not be read of {', '.join(files)}{f' and {more:,} more' if more else ''}"
        )
    ),
    If.BINDINGS_ARE_READ: ("any RoleBindings or ClusterRoleBindings: nobody's rights can be seen"),
    If.KINDS_ARE_READ: _kinds,
    If.PAGES_ARE_READ: "some {}s: a list of them is one page of many, or cut off",
    If.LIST_IS_GIVEN: "{}",
    If.LISTS_ARE_ALLOWED: (
        lambda *names: (
            f"{count(len(names), 'list')}, or parts, that the API server refuses:"
            f" {', '.join(names)}"
        )
    ),
    If.ERRORS_ARE_MENDED: lambda errors: f"what {count(errors, 'error')} in the input left out",
    If.GROUP_MEMBERS_ARE_GIVEN: "group members: pass --groups FILE",
    If.GROUPS_ARE_DUMPED: "group members: dump groups.user.openshift.io",
    If.VERSIONS_ALLOW: lambda *doubts: f"whether {_all(doubts)}",
    If.ALWAYS_ALLOW_ALLOWS: (
        lambda *doubts: f"whether AlwaysAllow allows it, as it does if {_all(doubts)}"
    ),
    If.SERVER_ALLOWS: "what the API server says of it: {}",
    **OF_VAULT,
    If.POD_IS_API_SERVER: "Pod {}/{} is an API server of this cluster",
    If.WEBHOOK_DOES_NOT_DENY: "the webhook that Pod {}/{} asks first does not deny it",
    If.KUBELET_CLIENT_IS_ADMINISTRATOR: (
        "the API server's client certificate for kubelets is an administrator's, as kubeadm makes"
        " it"
    ),
    If.SERVER_TAKES_ITSELF_FOR_KUBELET: (
        "the API server reaches itself at the address of a Node, and trusts its own certificate"
    ),
    If.ANONYMOUS_IS_LET_IN: (
        "the AuthenticationConfiguration of Pod {}/{} lets in requests without credentials"
    ),
    If.PORT_SERVES_SECRET: f"a port of the Pod {_SERVES}",
    If.SERVICE_LEADS_TO_SERVING_POD: (
        lambda *names: (
            f"{f'Service {either(names)}' if names else 'a Service'} leads to the Pod, which"
            f" {_SERVES}"
        )
    ),
    If.PROCESS_TAKES_COMMANDS: (
        "the main process takes commands from its stdin or prints the value"
    ),
    If.CONTAINER_PRINTS_IT: "a container of {} {}/{} prints it",
    If.LOG_HOLDS_IT_STILL: "the log still holds it",
    If.KUBELET_SERVES_LOGS: "the kubelet serves /logs/ (enableSystemLogHandler)",
    If.KUBELET_IS_REACHED: "the attacker reaches the port of the kubelet, 10250",
    If.SERVER_SERVES_LOGS: "the API server serves /logs/ (--enable-logs-handler)",
    If.AUDIT_LOG_HOLDS_SECRETS: (
        "an audit log below /var/log of the control plane holds what Secrets contain"
    ),
    If.SERVICE_LEADS_TO_POD: "Service {}/{} leads to the Pod",
    If.USER_NAMESPACE_IS_BROKEN: "the user namespace of container {} is broken out of",
    **OF_NODES,
    If.NO_LEVEL_IS_ENFORCED: "namespace {} enforces no Pod Security level",
    If.CONFIGURATION_SETS_NO_LEVEL: (
        lambda *files: f"{both(files)} of the API server sets no Pod Security level"
    ),
    If.GROUPS_GET_USER: (
        "groups of choice get a user other than root at a runtime's socket or the disk"
    ),
    If.AUTOPILOT_ALLOWS: "GKE Autopilot lets it, by an allowlist",
    If.PLUGINS_ALLOW: lambda *names: f"{both(names)} of the API server lets it",
    If.POLICIES_ALLOW: lambda *names: f"{both(names)} {'lets' if len(names) == 1 else 'let'} it",
    If.POD_STARTS: "the pod starts running",
    If.POD_STILL_RUNS: "the pod still runs",
    If.POD_RUNS_UNSEEN: "Pod {}/{} runs, which the input does not show",
    If.POD_OUTLIVES_DELETION: "Pod {}/{} still runs, which is being deleted",
    If.TEMPLATES_POD_RUNS: "a pod of the {} runs at the time",
    If.WORKLOAD_IS_SCALED_UP: "the {} is scaled up from 0",
    If.WORKLOAD_GETS_POD: "the {} gets a Pod, of which its status shows none",
    If.WORKLOAD_HAS_PODS: "the {} has Pods, which the input does not show",
    If.OBJECT_IS_AS_IN: _as_in,
    If.WAITING_POD: "Pod {}/{} waits for a node",
    If.GATES_ARE_REMOVED: "the scheduling gates of Pod {}/{} are removed",
    If.UNLISTED_POD_RUNS: "a Pod runs in {}, which the input lacks",
    If.LACKING_POD_RUNS: "Pod {}/{} runs, which the input lacks",
    If.UNLISTED_TOKEN_SECRET: (
        "there is a ServiceAccount token Secret in {}, which the input lacks"
    ),
    If.UNLISTED_WORKLOAD: "there is a {} in {}, which the input lacks",
    If.LACKING_WORKLOAD: "there is a {} {}/{}, which the input lacks",
    If.SECRET_HOLDS_TOKEN: "Secret {}/{} holds a ServiceAccount's token",
    If.NODE_IS_READY_AGAIN: "node {} is ready again",
    If.NODE_IS_THERE: "there is a Node {}, which the input lacks",
    If.WINDOWS_NODE_RUNS_HOST_PROCESS: "Windows node {} runs HostProcess containers",
    If.LEVEL_ALLOWS_POD: "Pod Security lets {1} of {0} be as it is",
    If.LEVELS_VERSION_ALLOWS_POD: (
        "Pod Security of the version in use lets {1} of {0} be as it is"
    ),
    If.POD_IS_ON_THAT_NODE: "it runs on that node",
    If.POD_IS_ON_SAME_NODE: "it runs on the same node",
    If.PODS_SHARE_MACHINE: "Pods of virtual node {} share a machine",
    If.SERVICE_RUNS_PRIVILEGED: "{} runs privileged Pods",
    If.VIRTUAL_NODE_RUNS_PRIVILEGED: "virtual node {} runs privileged Pods",
    If.CONTAINER_RESTARTS: "container {} restarts",
    If.MORE_THAN_KEYS_IS_READ: lambda *keys: f"more of it than {', '.join(keys)} is to be had",
    If.VOLUME_HAS_MORE: "volume {} has more of it than is public",
    If.CONTAINER_RUNS_AGAIN: _container("runs again (it has ended{})"),
    If.CONTAINER_STOPS_WAITING: _container("runs (it waits{})"),
    If.CONTAINER_RUNS_UNSEEN: "container {} of Pod {}/{} runs, which its status does not show",
    If.ACCOUNT_MAY_MOUNT: "ServiceAccount {}/{} may mount the Secret",
    If.KUBELET_RENEWS_TOKEN: "the kubelet renews the Pod's token, as it does within the hour",
    If.TOKEN_IS_BOUND_TO_NODE: "its token is bound to a Pod on node {}",
    If.AUDIENCE_IS_ACCEPTED: "the API server accepts the audience {}",
    If.DRIVER_ASKS_FOR_TOKENS: (
        lambda driver, audience: (
            f"CSIDriver {driver} asks for its Pods' tokens for {audience or 'the API server'}"
        )
    ),
    If.DRIVER_OF_VOLUME_ASKS_FOR_TOKENS: (
        lambda namespace, audience: (
            f"the CSIDriver of a volume in {namespace} asks for its Pods' tokens for"
            f" {audience or 'the API server'}"
        )
    ),
    If.VOLUME_IS_OF_DRIVER: lambda node, *names: (
        f"the Pod on node {node} has a volume of a CSI driver{_called(names)}"
    ),
    If.SERVER_IS_OLDER: "the API server is older than Kubernetes {}.{}",
    If.SERVER_IS_NEWER: "the API server is Kubernetes {}.{} or newer",
    If.CLIENT_CERTIFICATES_ARE_SIGNED: "client certificates are signed, which EKS does not do",
    If.ROLE_IS_TRUSTED: (
        "the role's trust policy allows system:serviceaccount:{}:{}, with a token for audience {}"
    ),
    If.IDENTITY_IS_FEDERATED: (
        "a federated credential of the identity names system:serviceaccount:{}:{}"
    ),
    If.ACCOUNT_ACTS_AS_GOOGLE: (
        "the service account's policy lets PROJECT.svc.id.goog[{}/{}] act as it"
        " (workloadIdentityUser)"
    ),
    If.SECRET_AUTHENTICATES: "Secret {}/{} is for authentication",
    If.SECRET_AUTHENTICATES_STILL: "Secret {}/{} is for authentication and has not expired",
    If.BOOTSTRAP_TOKEN_IS_LACKING: "{} has a bootstrap token that the input lacks",
    If.BOOTSTRAP_TOKENS_ARE_TAKEN: (
        "the API server takes bootstrap tokens (--enable-bootstrap-token-auth)"
    ),
    If.TOKEN_NAMES_GROUP: "it names group {}",
    If.TOKEN_SECRET_STAYS: "Secret {}/{} stays, which is being deleted",
    If.TOKEN_SECRET_LOSES_LABEL: (
        "Secret {}/{} loses the label kubernetes.io/legacy-token-invalid-since"
    ),
    If.SECRET_IS_CREDENTIAL: "Secret {}/{} holds a credential, which the input does not show",
    If.CONFIG_MAP_IS_CREDENTIAL: (
        "ConfigMap {}/{} holds a credential, which the input does not show"
    ),
    If.CLUSTER_IS_SET_UP_BY: "the cluster is one of {}, which the input does not show",
    If.CLUSTER_IS_THIS_ONE: "cluster {}/{} of Cluster API is this one, as its Nodes say",
    If.CERTIFICATE_KEY_IS_KNOWN: (
        "the attacker has the certificate key of kubeadm, which decrypts Secret {}/{}"
    ),
    If.KEY_SIGNS_ACCOUNTS: "the API server takes tokens that the key of Secret {}/{} signs",
    If.ACCOUNT_IDS_ARE_KNOWN: (
        "the attacker knows the uid of the ServiceAccount, for a token signed with Secret {}/{}"
    ),
    If.BOOTSTRAP_DATA_JOINS: (
        "Secret {}/{} holds a token that is still taken, or keys of the control plane"
    ),
    If.TALOS_ROLE_ALLOWS: (
        "the API of Talos is reached, and the roles of Secret {}/{} let it read or change machines"
    ),
    If.PASSWORD_STAYS: "the password in Secret {}/{} has not been changed",
    If.SNAPSHOTS_ARE_READ: "the login in Secret {}/{} reads the snapshots of etcd",
    If.ETCD_IS_REACHED: (
        "the API server's etcd is reached, and lets the certificate of Secret {}/{} read or write"
        " all"
    ),
    If.SEALED_SECRET_IS_AT_HAND: (
        "the SealedSecret, whose text usually lies in Git, is at hand and sealed with this key"
    ),
    If.RELEASE_VALUES_ARE_CURRENT: (
        "Secret {}/{} still has the values of revision {} of Helm release {}"
    ),
    If.RELEASE_HOLDS_VALUES: "revision {2} of Helm release {3} holds the values of Secret {0}/{1}",
    If.SECRET_IS_NOT_YET_THERE: "Secret {}/{} does not exist yet",
    If.OBJECT_IS_ABSENT: "there is no {} {}/{}, as in the input",
    If.NAME_IS_FREE_OF_KIND: (
        lambda kind, *names: f"there is no {kind} {either(names)}, as in the input"
    ),
    If.KIND_IS_THERE: lambda kind, *names: f"there is a {kind}{_called(names)}",
    If.ROLE_IS_ABSENT: lambda *role: f"{object_name(*role)} does not exist, as in the input",
    If.OTHER_BINDING_GIVES_RIGHTS: (
        lambda namespace, name: (
            f"another binding than {f'{namespace}/' if namespace else ''}{name}"
            " gives it these rights too"
        )
    ),
    If.SECRET_HAS_LABELS: "the Secret has the labels that the binding selects",
    If.BINDING_MATCHES_WRITE: "binding {} matches the write",
    If.NAMESPACE_IS_MADE_AGAIN: "namespace {} is created again (it is Terminating)",
    If.NAMESPACE_IS_THERE: "there is a Namespace {}, which the input lacks",
    If.QUOTA_HAS_ROOM: _room,
    If.EITHER_QUOTA_HAS_ROOM: _either_room,
    If.CONSTRAINTS_ARE_USED: (
        lambda namespace: (
            "OpenShift lets its creator, or its ServiceAccount, use"
            f" SecurityContextConstraints for privileged Pods in {namespace or 'its namespace'}"
        )
    ),
    If.RUN_LEVEL_IS_LOW: "label openshift.io/run-level of namespace {} is 0 or 1",
    If.CONTROLLER_MAKES_WORKLOADS_POD: ("a workload makes it, whose Pods kube-system/{} creates"),
    If.ACCOUNT_IS_THERE: "there is a ServiceAccount {}/{}",
    If.ACCOUNT_EXISTS: "ServiceAccount {}/{} exists, which the input lacks",
    If.ACCOUNT_STAYS: "ServiceAccount {}/{} stays, which is being deleted",
    If.LOAD_BALANCER_IS_MADE: "a load balancer is made for Service {}/{}, which has no address yet",
    If.CONTROLLER_IS_REACHED: (
        lambda name: (
            f"the Ingress controller of {f'class {name}' if name else 'no class'} is reached from"
            " outside"
        )
    ),
    If.CONTROLLER_SERVES_CLASS: "the Ingress controller in namespace {} serves class {}",
    If.GATEWAY_IS_REACHED: "Gateway {}/{} is reached from outside",
    If.ROUTE_IS_ADMITTED: "a router admits Route {}/{}",
    If.NAMESPACE_IS_TAKEN_BY_GATEWAY: "Gateway {1}/{2} takes routes of namespace {0}",
    If.LOGIN_IS_PASSED: "the attacker passes the login of annotation {}",
    If.PROGRAM_LISTENS: "a program of {}/{} listens on an address of its node",
    If.NETWORK_POLICIES_LET_IN: "the NetworkPolicies that select {}/{} let in such requests",
    If.NETWORK_POLICIES_ARE_IGNORED: (
        "the network plugin does not enforce the NetworkPolicies that select {}/{}"
    ),
}
"""The words of each doubt: a text with the subject's parts in place, or a function of them.

Of several doubts those that stand here first are said first.
"""

_PLACES = {code: place for place, code in enumerate(WORDS)}

Condition.words = condition_words
