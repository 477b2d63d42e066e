"""Conditions in as few words as say what to look at: for a column of a table."""

from collections.abc import Callable, Iterable

from rbacgraph.model.condition import Condition, Doubt, If
from rbacgraph.report.text.conditions import WORDS, in_order
from rbacgraph.report.text.layout.text import fitting

_ROOM = 60
"""How wide all conditions of a path may be."""


def short_condition(conditions: Iterable[Condition]) -> str:
    """Return what a path depends on: the first doubts in short words, and the number of others.

    Examples
    --------
    >>> short_condition([If.OPERATOR_RUNS("Argo CD") & If.OBJECT_IS_THERE()])
    'if such an object exists and Argo CD runs'
    """
    doubts = {doubt for condition in conditions for doubt in condition.doubts}
    words = dict.fromkeys(map(_doubt, in_order(doubts)))
    return f"if {fitting(list(words), _ROOM, separator=' and ')}" if words else ""


def _doubt(doubt: Doubt) -> str:
    words = SHORT.get(doubt.code, WORDS[doubt.code])
    return words.format(*doubt.subject) if isinstance(words, str) else words(*doubt.subject)


def _called(names: tuple[str, ...]) -> str:
    return f" called {' or '.join(names)}" if names else ""


def _room(namespace: str, name: str, _counted: str) -> str:
    return f"ResourceQuota {namespace}/{name} has room"


def _container(words: str) -> Callable[[str, str, str, str], str]:
    return lambda container, namespace, pod, _reason: f"{namespace}/{pod}: {container} {words}"


def _object(kind: str, namespace: str, name: str) -> str:
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


_LOGS_IN = "the attacker logs in to OpenShift"
_IAM = "the attacker has an IAM identity"
_WRITES = "somebody writes the Secret"
_MAKES_POD = "somebody makes a Pod"
_GRANTS = "somebody grants rights"
_REACHED = "the API server reaches the webhook"
_STARTS = "somebody starts such an object"

SHORT: dict[If, str | Callable[..., str]] = {
    If.INTRUDER_LOGS_IN_TO_OPENSHIFT: _LOGS_IN,
    If.INTRUDER_LOGS_IN_AS_LISTED: _LOGS_IN,
    If.OPENSHIFT_TAKES_LOGIN: "OpenShift takes the login",
    If.OPENSHIFT_TAKES_KUBEADMIN: "OpenShift takes kubeadmin",
    If.OPENSHIFT_READS_PASSWORDS: "OpenShift reads passwords from {}",
    If.PROJECT_HAS_ADMIN: "OpenShift makes its requester admin",
    If.IAM_IDENTITY: _IAM,
    If.IAM_IDENTITY_BY_LACKING_MAP: _IAM,
    If.IAM_IDENTITY_BY_NEW_MAP: _IAM,
    If.CLUSTER_USES_AWS_AUTH: "the cluster uses aws-auth",
    If.SOMEBODY_WRITES_SECRET: lambda done, *_: _WRITES if done else _MAKES_POD,
    If.SOMEBODY_MAKES_POD: lambda *_: _MAKES_POD,
    If.SOMEBODY_CHANGES_POD: lambda *_: "somebody changes the Pod",
    If.SOMEBODY_GRANTS: lambda *_: _GRANTS,
    If.SOMEBODY_GRANTS_IN_NAMESPACE: lambda *_: _GRANTS,
    If.SOMEBODY_CREATES_POD: _MAKES_POD,
    If.SOMEBODY_CREATES_POD_ON_NODE: "somebody makes a Pod on the node",
    If.WEBHOOK_IS_REACHED: _REACHED,
    If.WEBHOOK_IS_REACHED_BY_GRANT: _REACHED,
    If.WEBHOOK_IS_REACHED_BY_SECRET: _REACHED,
    If.WEBHOOK_IS_REACHED_BY_SECRET_OR_POD: _REACHED,
    If.WEBHOOK_IS_REACHED_BY_POD: _REACHED,
    If.CONTROLLER_MAKES_POD: "a controller makes the Pod again",
    If.CONTROLLER_MAKES_POD_BOUND_LATE: "a controller makes the Pod again",
    If.SOMETHING_IS_WRITTEN: "there is something to write",
    If.SERVER_HAS_MUTATING_POLICIES: "MutatingAdmissionPolicies work",
    If.MUTATING_POLICIES_ARE_ON: "MutatingAdmissionPolicy is on",
    If.OBJECT_IS_THERE: lambda *names: f"such an object{_called(names)} exists",
    If.OBJECT_IS_IN_NAMESPACE: lambda *names: f"such an object{_called(names)} exists",
    If.OBJECT_IS_NOT_IN_NAMESPACE: lambda *names: f"no such object{_called(names)} exists",
    If.SOMEBODY_STARTS_OBJECT: lambda *_: _STARTS,
    If.SOMEBODY_STARTS_OBJECT_AS_ACCOUNT: lambda *_: _STARTS,
    If.OPERATOR_RUNS: lambda *names: f"{' or '.join(names) or 'its operator'} runs",
    If.OPERATOR_HEEDS_NAMESPACE: "{} heeds the namespace",
    If.OPERATOR_IS_NOT_LIMITED: "no option limits {}",
    If.OPERATOR_IS_ALLOWED_MORE: "{} has more than it ships with",
    If.OPERATOR_LACKS_FIX: "{} has a known flaw",
    If.OPERATOR_TAKES_SECRET: "{} takes the Secret",
    If.OPERATOR_FINDS_REFERENCE: "another object refers to it",
    If.OPERATOR_FINDS_STORE: "{} finds a store or generator",
    If.OPERATOR_HAS_PACKAGE: "a catalog of {} has such a package",
    If.OPERATOR_CHANGES_NODES: "{} changes nodes",
    If.OPERATOR_MAKES_NODES: "{} makes nodes",
    If.OPERATOR_MAKES_VOLUME: "{} makes or deletes a volume there",
    If.OPERATOR_APPLIES_BY_PROJECT: "the Application's project lets it",
    If.OPERATOR_APPLIES_WIDENED_PROJECT: "{} applies such an Application",
    If.OPERATOR_APPLIES_SOURCE: "{} applies the attacker's source",
    If.OPERATOR_APPLIES_AS_ACCOUNT: "{} applies it as that account",
    If.OPERATOR_GENERATES: "{} generates it",
    If.OPERATOR_INSTALLS_CHARTS: "{} installs charts",
    If.OPERATOR_INSTALLS_CHARTS_WITH_VALUES: "{} installs charts",
    If.OPERATOR_DEPLOYS_HERE: "{} deploys here",
    If.OPERATOR_INSTALLS_OPERATORS: "{} installs operators",
    If.OPERATOR_RESTORES_BACKUP: "{} restores a backup",
    If.OPERATOR_WRITES_TO_STORE: "{} writes it to a store",
    If.OPERATOR_SHOWS_TO_SERVER: "{} shows it to a server",
    If.OPERATOR_SHOWS_LOGIN_TO_SERVER: "{} shows it to a server",
    If.OPERATOR_IS_SCRAPED: "{} sends it to a server",
    If.PROGRAM_FOLLOWS_NAMESPACE: "{} {}/{} follows namespace {}",
    If.OPERATOR_KEEPS_BACKUP: "{} keeps a backup",
    If.OPERATOR_SHOWS_OWN_TOKEN: "{} shows its token",
    If.OPERATOR_READS_STORE: "{} reads the store",
    If.OPERATOR_RUNS_PROXY: "a proxy of {} holds the token",
    If.OPERATOR_COPIES: "{} copies it",
    If.OPERATOR_COPIES_AS_ACCOUNT: "{} copies it",
    If.OPERATOR_COPIES_ALL: "{} runs with --allow-all",
    If.OPERATOR_SHOWS_SECRET: "{} shows it",
    If.OPERATOR_SHOWS_BACKUP: "{} has a backup",
    If.SECRET_MAY_BE_COPIED: "Secret {}/{} may be copied",
    If.OPERATOR_CHANGES_OBJECTS: "{} changes objects",
    If.OPERATOR_BINDS: "{} grants it",
    If.OPERATOR_BINDS_IN_TENANTS: "{} grants it in tenants",
    If.OPERATOR_BINDS_UNREFUSED: "{} grants it",
    If.OPERATOR_BELIEVES_OBJECT: "{} lets the attacker in",
    If.OPERATOR_MAKES_TOKEN_SECRET: "{} makes the token Secret",
    If.OPERATOR_SIGNS: "{} signs it",
    If.SECRET_HOLDS_CLUSTERS_CA: "Secret {}/{} holds the cluster's CA",
    If.PROXY_WATCHES_NAMESPACE: "{0} watches the namespace",
    If.PROXY_TAKES_SNIPPETS: "{0} takes the snippet",
    If.PROXY_TAKES_SETTINGS: "{0} loads its ConfigMap",
    If.PROXY_HAS_FLAW: lambda program, _kind, _space, _name, version, cves: (
        f"{program} {version} still has {cves[-1]}"
    ),
    If.PROXY_IS_OLDER: "{0} is older than {4}",
    If.PROXY_IS_REACHED: "packets reach the webhook",
    If.INTERCEPTORS_ARE_REACHED: "packets reach the interceptors",
    If.CONFIG_MAP_ALLOWS_SNIPPETS: "ConfigMap {}/{} allows snippets",
    If.ARGO_CD_IS_REACHED: "the API of Argo CD is reached",
    If.ARGO_CD_HAS_ADMIN: "Argo CD has its admin",
    If.ARGO_CD_PASSWORD_IS_KEPT: "the first password is kept",
    If.ARGO_CD_LETS_IN: "Argo CD lets the attacker in",
    If.ARGO_CD_CACHE_IS_REACHED: "Argo CD's Redis is reached",
    If.ARGO_CD_STARTS_AGAIN: "Argo CD's Pods start again",
    If.ARGO_CD_DEPLOYS_TO_CLUSTER: "Argo CD deploys to the Secret's cluster",
    If.CREDENTIAL_WRITES_SOURCE: "Secret {}/{} lets write the source",
    If.FLUX_FETCHES_SOURCE: "Flux fetches the source",
    If.FLUX_APPLIES_UNSEEN: "Flux has a {} of it",
    If.FLUX_VALUES_DECIDE: "values of {} {}/{} decide",
    If.OPERATOR_HAS_CLASS: "a controller of {} runs",
    If.STORE_TAKES_NAMESPACE: "ClusterSecretStore {} admits {}",
    If.STORE_LETS_IN_ACCOUNT: "the store lets {}/{} in",
    If.STORE_LETS_IN_CREDENTIAL: "the store lets Secret {}/{} in",
    If.STORE_LETS_READ: "the store's policy allows it",
    If.RESOURCE_IS_SYNCED: lambda *of: f"{_object(*of)} is in sync",
    If.INJECTOR_ADDS_AGENT: "Vault's Agent Injector runs",
    If.DRIVER_MOUNTS_CLASS: "the CSI driver mounts it",
    If.ENCRYPTED_FILE_IS_AT_HAND: "{} is at hand",
    If.FILE_IS_APPLIED_IN: "{} is applied in {}",
    If.SEALED_CONTROLLER_UNSEALS: "the Sealed Secrets controller unseals it",
    If.POLICY_OF_VAULT_ALLOWS: lambda _role, *names: f"policy {' or '.join(names)} allows it",
    If.POLICY_OF_VAULT_DOES_NOT_DENY: (
        lambda _role, *names: f"policy {' and '.join(names)} does not deny it"
    ),
    If.MOUNT_OF_VAULT_IS_THIS_CLUSTERS: "{} of Vault is this cluster's",
    If.NAMESPACE_IS_SELECTED_BY_VAULT: "namespace {} has Vault's labels",
    If.APPROVAL_IS_GIVEN_IN_VAULT: "others approve",
    If.SENTINEL_OF_VAULT_ALLOWS: lambda *names: f"Sentinel's {' and '.join(names)} lets it pass",
    If.LOGIN_HAS_SECOND_FACTOR: "a second factor is given",
    If.TOKEN_IS_FOR_AUDIENCE: "the token's audience is right",
    If.TOKEN_HAS_CLAIMS: "the token's claims are right",
    If.TEMPLATES_OF_VAULT_DO_NOT_REFUSE: "the templates of {} allow it",
    If.ACCOUNT_IS_ENTITY_OF_VAULT: "{}/{} is entity {}",
    If.ACCOUNT_IS_NO_ENTITY_OF_VAULT: "{}/{} is not entity {}",
    If.CALLER_IS_IN_NETWORKS: "the attacker reaches Vault",
    If.ENGINE_ASKS_THIS_CLUSTER: "{0} of Vault asks this cluster",
    If.VAULT_MAKES_TOKENS: "{} of Vault has its rights",
    If.VAULT_REACHES_ATTACKER: "Vault reaches the attacker",
    If.VAULT_SHOWS_RAW_STORAGE: "raw_storage_endpoint is set",
    If.ENTRY_OF_VAULT_IS_WRITABLE: "{} is writable",
    If.ANONYMOUS_IS_LET_IN: "Pod {}/{} lets anonymous requests in",
    If.PORT_SERVES_SECRET: "a port of the Pod opens it",
    If.SERVICE_LEADS_TO_SERVING_POD: "a Service leads to the Pod",
    If.PROCESS_TAKES_COMMANDS: "the main process takes commands",
    If.USER_NAMESPACE_IS_BROKEN: "a user namespace is broken",
    If.NO_POLICY_OF_NODE: "no policy of the node prevents it",
    If.CONTAINERD_RUNS_PROGRAMS: "containerd starts programs from there",
    If.METADATA_GIVES_CREDENTIAL: "{}'s metadata service answers the Pod",
    If.METADATA_GIVES_IDENTITY: "{}'s metadata service lets the Pod be its node",
    If.VARIABLES_ARE_KEPT: "the runtime keeps variables there",
    If.NETWORK_GIVES_CREDENTIAL: "the node's network gives it away",
    If.MEMORY_GIVES_CREDENTIAL: "shared memory gives it away",
    If.NETWORK_PLUGINS_RUN: "the network plugins run it",
    If.CONTAINER_RUNS_FILES: "a container of the node runs it",
    If.KUBELET_BELIEVES_FILES: "the kubelet believes it",
    If.SOMEBODY_READS_LOGS: "somebody reads the node's logs",
    If.INIT_CONTAINER_IS_CAUGHT: "init container {} is caught running",
    If.POD_HAS_FILES: "the Pod has it in files",
    If.PROCESSES_HAVE_SAME_USER: "processes run as the same user",
    If.SECRETS_ARE_PLAIN_OR_KEYS_READ: "Secrets are plain at rest, or keys read",
    If.CONFIGURATION_SETS_NO_LEVEL: "no Pod Security level is set",
    If.NO_LEVEL_IS_ENFORCED: "{} enforces no Pod Security",
    If.GROUPS_GET_USER: "groups get another user than root",
    If.AUTOPILOT_ALLOWS: "GKE Autopilot lets it",
    If.PLUGINS_ALLOW: lambda *names: f"{' and '.join(names)} lets it",
    If.POD_RUNS_UNSEEN: "Pod {}/{} runs",
    If.POD_OUTLIVES_DELETION: "Pod {}/{} still runs",
    If.UNLISTED_POD_RUNS: "a Pod runs in {}",
    If.LACKING_POD_RUNS: "Pod {}/{} runs",
    If.UNLISTED_TOKEN_SECRET: "{} has a token Secret",
    If.UNLISTED_WORKLOAD: "there is a {} in {}",
    If.LACKING_WORKLOAD: "there is a {} {}/{}",
    If.OBJECT_IS_AS_IN: lambda *of: f"one version of {_object(*of[:3])} holds",
    If.NODE_IS_THERE: "there is a Node {}",
    If.LEVEL_ALLOWS_POD: "Pod Security lets it",
    If.LEVELS_VERSION_ALLOWS_POD: "Pod Security lets it",
    If.MORE_THAN_KEYS_IS_READ: lambda *_: "more of its keys are to be had",
    If.CONTAINER_RUNS_AGAIN: _container("runs again"),
    If.CONTAINER_STOPS_WAITING: _container("runs"),
    If.CONTAINER_RUNS_UNSEEN: "{1}/{2}: {0} runs",
    If.KUBELET_RENEWS_TOKEN: "the kubelet renews the token",
    If.SERVER_IS_OLDER: "Kubernetes is before {}.{}",
    If.SERVER_IS_NEWER: "Kubernetes is {}.{} or newer",
    If.CLIENT_CERTIFICATES_ARE_SIGNED: "client certificates are signed",
    If.ROLE_IS_TRUSTED: "the role trusts {0}:{1}",
    If.IDENTITY_IS_FEDERATED: "the identity trusts {}:{}",
    If.ACCOUNT_ACTS_AS_GOOGLE: "Google's policy trusts {}/{}",
    If.SECRET_AUTHENTICATES_STILL: "Secret {}/{} has not expired",
    If.BOOTSTRAP_TOKEN_IS_LACKING: "{} has a bootstrap token",
    If.BOOTSTRAP_TOKENS_ARE_TAKEN: "bootstrap tokens are taken",
    If.TOKEN_SECRET_STAYS: "Secret {}/{} stays",
    If.TOKEN_SECRET_LOSES_LABEL: "Secret {}/{} loses its label",
    If.SECRET_IS_CREDENTIAL: "Secret {}/{} holds a credential",
    If.CONFIG_MAP_IS_CREDENTIAL: "ConfigMap {}/{} holds a credential",
    If.CLUSTER_IS_SET_UP_BY: "the cluster is of {}",
    If.CLUSTER_IS_THIS_ONE: "cluster {}/{} is this one",
    If.CERTIFICATE_KEY_IS_KNOWN: "the certificate key of {}/{} is known",
    If.KEY_SIGNS_ACCOUNTS: "the key of {}/{} signs tokens",
    If.ACCOUNT_IDS_ARE_KNOWN: "the ServiceAccount's uid is known",
    If.BOOTSTRAP_DATA_JOINS: "{}/{} lets a machine join",
    If.TALOS_ROLE_ALLOWS: "Talos allows {}/{} enough",
    If.PASSWORD_STAYS: "the password in {}/{} stays",
    If.SNAPSHOTS_ARE_READ: "{}/{} reads etcd's snapshots",
    If.ETCD_IS_REACHED: "etcd is reached with Secret {}/{}",
    If.SEALED_SECRET_IS_AT_HAND: "the SealedSecret is at hand",
    If.RELEASE_VALUES_ARE_CURRENT: "Secret {}/{} still has these values",
    If.RELEASE_HOLDS_VALUES: "release {3} holds {0}/{1}",
    If.OBJECT_IS_ABSENT: "there is no {} {}/{}",
    If.NAME_IS_FREE_OF_KIND: lambda kind, *names: f"there is no {kind} {' or '.join(names)}",
    If.ROLE_IS_ABSENT: lambda *role: f"there is no {_object(*role)}",
    If.OTHER_BINDING_GIVES_RIGHTS: lambda *_: "another binding gives it these rights",
    If.SECRET_HAS_LABELS: "the Secret has the labels",
    If.NAMESPACE_IS_MADE_AGAIN: "namespace {} is created again",
    If.NAMESPACE_IS_THERE: "there is a Namespace {}",
    If.QUOTA_HAS_ROOM: _room,
    If.EITHER_QUOTA_HAS_ROOM: lambda *quotas: " or ".join(_room(*one) for one in quotas),
    If.CONSTRAINTS_ARE_USED: lambda _: "OpenShift lets privileged Pods run",
    If.RUN_LEVEL_IS_LOW: "run-level of namespace {} is low",
    If.CONTROLLER_MAKES_WORKLOADS_POD: "a workload makes it",
    If.ACCOUNT_EXISTS: "ServiceAccount {}/{} exists",
    If.ACCOUNT_STAYS: "ServiceAccount {}/{} stays",
}
"""Shorter words of those doubts whose words are long; ``--explain`` shows the whole ones."""
