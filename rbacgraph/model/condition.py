"""Conditions: what else must hold, that the input does not settle.

A condition is a set of doubts, each a code and what it is about. Words are made of them in
:mod:`rbacgraph.report.text.conditions` alone, so that no wording decides anything.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum, auto
from typing import ClassVar, NamedTuple, TypeAlias, final

DoubtSubject: TypeAlias = "str | int | tuple[DoubtSubject, ...]"
"""What a doubt is about: names, versions, and lists of them."""


class If(IntEnum):
    """What may be doubtful; called with what it is about, it is a condition.

    The order breaks ties between conditions of as many doubts.

    Examples
    --------
    >>> If.NODE_IS_READY_AGAIN("n1")
    Condition(NODE_IS_READY_AGAIN('n1'))
    """

    # of somebody else's doings
    INTRUDER_LOGS_IN_TO_OPENSHIFT = auto()
    INTRUDER_LOGS_IN_AS_LISTED = auto()
    OPENSHIFT_TAKES_LOGIN = auto()
    OPENSHIFT_TAKES_KUBEADMIN = auto()
    OPENSHIFT_READS_PASSWORDS = auto()
    PROJECT_HAS_ADMIN = auto()
    IAM_IDENTITY = auto()
    IAM_IDENTITY_BY_LACKING_MAP = auto()
    IAM_IDENTITY_BY_NEW_MAP = auto()
    CLUSTER_USES_AWS_AUTH = auto()
    SOMEBODY_WRITES_SECRET = auto()
    SOMEBODY_MAKES_POD = auto()
    SOMEBODY_CHANGES_POD = auto()
    SOMEBODY_GRANTS = auto()
    SOMEBODY_GRANTS_IN_NAMESPACE = auto()
    SOMEBODY_CREATES_POD = auto()
    SOMEBODY_CREATES_POD_ON_NODE = auto()
    WEBHOOK_IS_REACHED = auto()
    WEBHOOK_IS_REACHED_BY_GRANT = auto()
    WEBHOOK_IS_REACHED_BY_SECRET = auto()
    WEBHOOK_IS_REACHED_BY_SECRET_OR_POD = auto()
    WEBHOOK_IS_REACHED_BY_POD = auto()
    CONTROLLER_MAKES_POD = auto()
    CONTROLLER_MAKES_POD_BOUND_LATE = auto()
    SOMETHING_IS_WRITTEN = auto()
    SERVER_HAS_MUTATING_POLICIES = auto()
    MUTATING_POLICIES_ARE_ON = auto()
    # of custom resources and their operators
    NAME_IS_FREE = auto()
    OBJECT_IS_THERE = auto()
    OBJECT_IS_IN_NAMESPACE = auto()
    OBJECT_IS_NOT_IN_NAMESPACE = auto()
    SOMEBODY_STARTS_OBJECT = auto()
    SOMEBODY_STARTS_OBJECT_AS_ACCOUNT = auto()
    OPERATOR_RUNS = auto()
    OPERATOR_HEEDS_NAMESPACE = auto()
    OPERATOR_IS_NOT_LIMITED = auto()
    OPERATOR_IS_ALLOWED_MORE = auto()
    OPERATOR_LACKS_FIX = auto()
    OPERATOR_TAKES_SECRET = auto()
    OPERATOR_FINDS_REFERENCE = auto()
    OPERATOR_FINDS_STORE = auto()
    OPERATOR_HAS_PACKAGE = auto()
    OPERATOR_CHANGES_NODES = auto()
    OPERATOR_MAKES_NODES = auto()
    OPERATOR_MAKES_VOLUME = auto()
    OPERATOR_APPLIES_BY_PROJECT = auto()
    OPERATOR_APPLIES_WIDENED_PROJECT = auto()
    OPERATOR_APPLIES_SOURCE = auto()
    OPERATOR_APPLIES_AS_ACCOUNT = auto()
    OPERATOR_GENERATES = auto()
    OPERATOR_INSTALLS_CHARTS = auto()
    OPERATOR_INSTALLS_CHARTS_WITH_VALUES = auto()
    OPERATOR_DEPLOYS_HERE = auto()
    OPERATOR_INSTALLS_OPERATORS = auto()
    OPERATOR_RESTORES_BACKUP = auto()
    OPERATOR_WRITES_TO_STORE = auto()
    OPERATOR_SHOWS_TO_SERVER = auto()
    OPERATOR_SHOWS_LOGIN_TO_SERVER = auto()
    OPERATOR_IS_SCRAPED = auto()
    PROGRAM_FOLLOWS_NAMESPACE = auto()
    OPERATOR_KEEPS_BACKUP = auto()
    OPERATOR_SHOWS_OWN_TOKEN = auto()
    OPERATOR_READS_STORE = auto()
    OPERATOR_RUNS_PROXY = auto()
    OPERATOR_COPIES = auto()
    OPERATOR_COPIES_AS_ACCOUNT = auto()
    OPERATOR_COPIES_ALL = auto()
    OPERATOR_SHOWS_SECRET = auto()
    OPERATOR_SHOWS_BACKUP = auto()
    SECRET_MAY_BE_COPIED = auto()
    COPY_IS_CURRENT = auto()
    OPERATOR_COPIES_BY_SECRET = auto()
    OPERATOR_COPIES_BY = auto()
    OPERATOR_COPIED_BY = auto()
    WRITE_MEETS_RULE = auto()
    OPERATOR_CHANGES_OBJECTS = auto()
    OPERATOR_BINDS = auto()
    OPERATOR_BINDS_IN_TENANTS = auto()
    OPERATOR_BINDS_UNREFUSED = auto()
    OPERATOR_BELIEVES_OBJECT = auto()
    OPERATOR_MAKES_TOKEN_SECRET = auto()
    OPERATOR_SIGNS = auto()
    SECRET_HOLDS_CLUSTERS_CA = auto()
    # of Ingress controllers
    PROXY_WATCHES_NAMESPACE = auto()
    PROXY_TAKES_SNIPPETS = auto()
    PROXY_TAKES_SETTINGS = auto()
    PROXY_HAS_FLAW = auto()
    PROXY_IS_OLDER = auto()
    PROXY_IS_REACHED = auto()
    INTERCEPTORS_ARE_REACHED = auto()
    CONFIG_MAP_ALLOWS_SNIPPETS = auto()
    CODE_LEAVES_CHROOT = auto()
    WEBHOOKS_ALLOW_INGRESS = auto()
    # of what deploys from Git
    ARGO_CD_IS_REACHED = auto()
    ARGO_CD_HAS_ADMIN = auto()
    ARGO_CD_PASSWORD_IS_KEPT = auto()
    ARGO_CD_LETS_IN = auto()
    ARGO_CD_CACHE_IS_REACHED = auto()
    ARGO_CD_STARTS_AGAIN = auto()
    ARGO_CD_DEPLOYS_TO_CLUSTER = auto()
    CREDENTIAL_WRITES_SOURCE = auto()
    FLUX_FETCHES_SOURCE = auto()
    FLUX_APPLIES_UNSEEN = auto()
    FLUX_VALUES_DECIDE = auto()
    # of stores outside the cluster
    OPERATOR_HAS_CLASS = auto()
    STORE_TAKES_NAMESPACE = auto()
    STORE_LETS_IN_ACCOUNT = auto()
    STORE_LETS_IN_CREDENTIAL = auto()
    STORE_LETS_READ = auto()
    RESOURCE_IS_SYNCED = auto()
    SEARCH_FINDS_KEY = auto()
    TEMPLATE_KEEPS_VALUE = auto()
    NOTHING_IS_ADDED = auto()
    INJECTOR_ADDS_AGENT = auto()
    DRIVER_MOUNTS_CLASS = auto()
    ENCRYPTED_FILE_IS_AT_HAND = auto()
    OTHER_KEY_GROUPS_DECRYPT = auto()
    FILE_IS_APPLIED_IN = auto()
    SECRET_HOLDS_KEY = auto()
    CREDENTIAL_DECRYPTS = auto()
    ACCOUNT_DECRYPTS = auto()
    RELEASE_TAKES_FILE = auto()
    FILE_IS_PUBLISHED = auto()
    SEALED_CONTROLLER_UNSEALS = auto()
    # of rights, in answers about them
    LISTS_ARE_SEEN = auto()
    FILES_ARE_READ = auto()
    BINDINGS_ARE_READ = auto()
    KINDS_ARE_READ = auto()
    PAGES_ARE_READ = auto()
    LIST_IS_GIVEN = auto()
    LISTS_ARE_ALLOWED = auto()
    ERRORS_ARE_MENDED = auto()
    GROUP_MEMBERS_ARE_GIVEN = auto()
    GROUPS_ARE_DUMPED = auto()
    VERSIONS_ALLOW = auto()
    ALWAYS_ALLOW_ALLOWS = auto()
    SERVER_ALLOWS = auto()
    # of Vault, by its dump
    POLICY_OF_VAULT_ALLOWS = auto()
    POLICY_OF_VAULT_DOES_NOT_DENY = auto()
    MOUNT_OF_VAULT_IS_THIS_CLUSTERS = auto()
    ROLE_OF_VAULT_ADMITS = auto()
    AUTH_METHODS_OF_VAULT_ARE_SEEN = auto()
    ROLES_OF_VAULT_ARE_SEEN = auto()
    TOKENS_OF_VAULT_OBTAIN_NO_MORE = auto()
    NAMESPACE_IS_SELECTED_BY_VAULT = auto()
    APPROVAL_IS_GIVEN_IN_VAULT = auto()
    SENTINEL_OF_VAULT_ALLOWS = auto()
    LOGIN_HAS_SECOND_FACTOR = auto()
    TOKEN_IS_FOR_AUDIENCE = auto()
    TOKEN_HAS_CLAIMS = auto()
    TEMPLATES_OF_VAULT_DO_NOT_REFUSE = auto()
    ACCOUNT_IS_ENTITY_OF_VAULT = auto()
    ACCOUNT_IS_NO_ENTITY_OF_VAULT = auto()
    CALLER_IS_IN_NETWORKS = auto()
    VAULT_IS_AT_ADDRESS = auto()
    ENGINE_ASKS_THIS_CLUSTER = auto()
    VAULT_MAKES_TOKENS = auto()
    VAULT_REACHES_ATTACKER = auto()
    VAULT_SHOWS_RAW_STORAGE = auto()
    ENTRY_OF_VAULT_IS_WRITABLE = auto()
    # of API servers
    POD_IS_API_SERVER = auto()
    WEBHOOK_DOES_NOT_DENY = auto()
    KUBELET_CLIENT_IS_ADMINISTRATOR = auto()
    SERVER_TAKES_ITSELF_FOR_KUBELET = auto()
    ANONYMOUS_IS_LET_IN = auto()
    # of containers and what they get at
    PORT_SERVES_SECRET = auto()
    SERVICE_LEADS_TO_SERVING_POD = auto()
    PROCESS_TAKES_COMMANDS = auto()
    CONTAINER_PRINTS_IT = auto()
    LOG_HOLDS_IT_STILL = auto()
    KUBELET_SERVES_LOGS = auto()
    KUBELET_IS_REACHED = auto()
    SERVER_SERVES_LOGS = auto()
    AUDIT_LOG_HOLDS_SECRETS = auto()
    SERVICE_LEADS_TO_POD = auto()
    USER_NAMESPACE_IS_BROKEN = auto()
    KERNEL_IS_THE_NODES = auto()
    ACCOUNT_IS_ADMINISTRATOR = auto()
    NO_POLICY_OF_NODE = auto()
    KERNEL_LOADS_MODULES = auto()
    NETWORK_GIVES_CREDENTIAL = auto()
    MEMORY_GIVES_CREDENTIAL = auto()
    SOMEBODY_LOGS_IN_TO_NODE = auto()
    NODE_STARTS_AGAIN = auto()
    NETWORK_PLUGINS_RUN = auto()
    NODE_RUNS_CRON = auto()
    SYSTEMD_READS_UNITS = auto()
    USER_BECOMES_ROOT = auto()
    NODE_LOADS_MODULE = auto()
    ROOT_RUNS_FILES = auto()
    NODE_INSTALLS_PACKAGES = auto()
    DAEMON_LISTENS = auto()
    CONTAINER_RUNS_FILES = auto()
    KUBELET_BELIEVES_FILES = auto()
    SOMEBODY_READS_LOGS = auto()
    RUNTIME_TAKES_PLUGINS = auto()
    CONTAINERD_RUNS_PROGRAMS = auto()
    BUILDER_RUNS_PRIVILEGED = auto()
    DISKS_ARE_OPEN = auto()
    DISK_IS_THE_NODES = auto()
    METADATA_GIVES_CREDENTIAL = auto()
    METADATA_GIVES_IDENTITY = auto()
    CONTAINER_BECOMES_ROOT = auto()
    INIT_CONTAINER_IS_CAUGHT = auto()
    # of what lies on a node
    POD_HAS_FILES = auto()
    PROCESSES_HAVE_SAME_USER = auto()
    VARIABLES_ARE_KEPT = auto()
    LOG_HOLDS_IT = auto()
    FILE_HOLDS_KUBELETS_KEY = auto()
    FILE_HOLDS_TOKEN = auto()
    KUBECONFIG_WAS_LEFT = auto()
    POD_IS_ON_ETCD_NODE = auto()
    POD_IS_ON_CONTROL_PLANE = auto()
    NODE_IS_SET_UP_BY = auto()
    SECRETS_ARE_PLAIN = auto()
    SECRETS_ARE_PLAIN_OR_KEYS_READ = auto()
    POD_IS_ON_VOLUMES_NODE = auto()
    CLAIM_IS_MADE = auto()
    DRIVER_MAKES_VOLUME = auto()
    DRIVER_MAKES_VOLUME_OF = auto()
    DRIVER_SENDS_SECRET = auto()
    # of admission
    CONFIGURATION_SETS_NO_LEVEL = auto()
    GROUPS_GET_USER = auto()
    AUTOPILOT_ALLOWS = auto()
    PLUGINS_ALLOW = auto()
    POLICIES_ALLOW = auto()
    NO_LEVEL_IS_ENFORCED = auto()
    # of what runs
    LEVEL_ALLOWS_POD = auto()
    LEVELS_VERSION_ALLOWS_POD = auto()
    ACCOUNT_MAY_MOUNT = auto()
    UNLISTED_POD_RUNS = auto()
    LACKING_POD_RUNS = auto()
    SECRET_HOLDS_TOKEN = auto()
    UNLISTED_TOKEN_SECRET = auto()
    UNLISTED_WORKLOAD = auto()
    LACKING_WORKLOAD = auto()
    POD_STARTS = auto()
    POD_STILL_RUNS = auto()
    POD_RUNS_UNSEEN = auto()
    POD_OUTLIVES_DELETION = auto()
    TEMPLATES_POD_RUNS = auto()
    WORKLOAD_IS_SCALED_UP = auto()
    WORKLOAD_GETS_POD = auto()
    WORKLOAD_HAS_PODS = auto()
    OBJECT_IS_AS_IN = auto()
    WAITING_POD = auto()
    GATES_ARE_REMOVED = auto()
    NODE_IS_READY_AGAIN = auto()
    NODE_IS_THERE = auto()
    WINDOWS_NODE_RUNS_HOST_PROCESS = auto()
    POD_IS_ON_THAT_NODE = auto()
    POD_IS_ON_SAME_NODE = auto()
    PODS_SHARE_MACHINE = auto()
    SERVICE_RUNS_PRIVILEGED = auto()
    VIRTUAL_NODE_RUNS_PRIVILEGED = auto()
    CONTAINER_RESTARTS = auto()
    MORE_THAN_KEYS_IS_READ = auto()
    VOLUME_HAS_MORE = auto()
    CONTAINER_RUNS_AGAIN = auto()
    CONTAINER_STOPS_WAITING = auto()
    CONTAINER_RUNS_UNSEEN = auto()
    # of tokens and credentials
    KUBELET_RENEWS_TOKEN = auto()
    TOKEN_IS_BOUND_TO_NODE = auto()
    AUDIENCE_IS_ACCEPTED = auto()
    DRIVER_ASKS_FOR_TOKENS = auto()
    DRIVER_OF_VOLUME_ASKS_FOR_TOKENS = auto()
    VOLUME_IS_OF_DRIVER = auto()
    SERVER_IS_OLDER = auto()
    SERVER_IS_NEWER = auto()
    CLIENT_CERTIFICATES_ARE_SIGNED = auto()
    ROLE_IS_TRUSTED = auto()
    IDENTITY_IS_FEDERATED = auto()
    ACCOUNT_ACTS_AS_GOOGLE = auto()
    SECRET_AUTHENTICATES = auto()
    SECRET_AUTHENTICATES_STILL = auto()
    BOOTSTRAP_TOKEN_IS_LACKING = auto()
    BOOTSTRAP_TOKENS_ARE_TAKEN = auto()
    TOKEN_NAMES_GROUP = auto()
    TOKEN_SECRET_STAYS = auto()
    TOKEN_SECRET_LOSES_LABEL = auto()
    SECRET_IS_CREDENTIAL = auto()
    CONFIG_MAP_IS_CREDENTIAL = auto()
    CLUSTER_IS_SET_UP_BY = auto()
    CLUSTER_IS_THIS_ONE = auto()
    CERTIFICATE_KEY_IS_KNOWN = auto()
    KEY_SIGNS_ACCOUNTS = auto()
    ACCOUNT_IDS_ARE_KNOWN = auto()
    BOOTSTRAP_DATA_JOINS = auto()
    PASSWORD_STAYS = auto()
    TALOS_ROLE_ALLOWS = auto()
    SNAPSHOTS_ARE_READ = auto()
    ETCD_IS_REACHED = auto()
    SEALED_SECRET_IS_AT_HAND = auto()
    RELEASE_VALUES_ARE_CURRENT = auto()
    RELEASE_HOLDS_VALUES = auto()
    # of writes
    SECRET_IS_NOT_YET_THERE = auto()
    OBJECT_IS_ABSENT = auto()
    NAME_IS_FREE_OF_KIND = auto()
    KIND_IS_THERE = auto()
    ROLE_IS_ABSENT = auto()
    OTHER_BINDING_GIVES_RIGHTS = auto()
    SECRET_HAS_LABELS = auto()
    BINDING_MATCHES_WRITE = auto()
    NAMESPACE_IS_MADE_AGAIN = auto()
    NAMESPACE_IS_THERE = auto()
    QUOTA_HAS_ROOM = auto()
    EITHER_QUOTA_HAS_ROOM = auto()
    # of OpenShift
    CONSTRAINTS_ARE_USED = auto()
    RUN_LEVEL_IS_LOW = auto()
    CONTROLLER_MAKES_WORKLOADS_POD = auto()
    # of what exists
    ACCOUNT_IS_THERE = auto()
    ACCOUNT_EXISTS = auto()
    ACCOUNT_STAYS = auto()
    # of what reaches Pods
    LOAD_BALANCER_IS_MADE = auto()
    CONTROLLER_IS_REACHED = auto()
    CONTROLLER_SERVES_CLASS = auto()
    GATEWAY_IS_REACHED = auto()
    ROUTE_IS_ADMITTED = auto()
    NAMESPACE_IS_TAKEN_BY_GATEWAY = auto()
    LOGIN_IS_PASSED = auto()
    PROGRAM_LISTENS = auto()
    NETWORK_POLICIES_LET_IN = auto()
    NETWORK_POLICIES_ARE_IGNORED = auto()

    def __call__(self, *subject: DoubtSubject) -> "Condition":
        """Return the condition that this holds of a subject."""
        return Condition((Doubt(self, subject),))


class Doubt(NamedTuple):
    """One thing that the input does not settle."""

    code: If
    subject: tuple[DoubtSubject, ...] = ()

    def __repr__(self) -> str:
        return f"{self.code.name}({', '.join(map(repr, self.subject))})"


@final
class Condition:
    """What must hold besides: a frozen set of doubts, ordered by how much it takes.

    It is false where nothing is doubtful. Fewer doubts come first; of as many, the order of
    the codes and of their subjects decides, never how they are worded.

    Parameters
    ----------
    doubts:
        All of them must turn out well.

    Examples
    --------
    >>> ready, runs = If.NODE_IS_READY_AGAIN("n1"), If.POD_STARTS()
    >>> ready & runs == runs & ready & ready & CERTAIN
    True
    >>> bool(CERTAIN), min(ready & runs, ready) == ready
    (False, True)
    """

    __slots__ = ("_hash", "doubts")

    words: ClassVar[Callable[["Condition"], str] | None] = None
    """What ``str`` gives: :mod:`rbacgraph.report.text.conditions` sets it."""

    doubts: tuple[Doubt, ...]

    def __init__(self, doubts: Iterable[Doubt] = ()) -> None:
        self.doubts = tuple(sorted(set(doubts)))
        self._hash = hash(self.doubts)

    def __and__(self, other: "Condition") -> "Condition":
        if not other.doubts or self is other:
            return self
        if not self.doubts:
            return other
        return Condition((*self.doubts, *other.doubts))

    def __bool__(self) -> bool:
        return bool(self.doubts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and self.doubts == other.doubts

    def __hash__(self) -> int:
        return self._hash

    def __lt__(self, other: "Condition") -> bool:
        one, two = self.doubts, other.doubts
        return one < two if len(one) == len(two) else len(one) < len(two)

    def __reduce__(self) -> tuple[type["Condition"], tuple[tuple[Doubt, ...]]]:
        return Condition, (self.doubts,)

    def __repr__(self) -> str:
        return f"Condition({', '.join(map(repr, self.doubts))})"

    def __str__(self) -> str:
        say = Condition.words
        return repr(self) if say is None else say(self)


CERTAIN = Condition()
"""The condition that always holds."""


def without(condition: Condition, code: If) -> Condition:
    """Return a condition without its doubts of a code.

    Examples
    --------
    >>> without(If.POD_STARTS() & If.NODE_RUNS_CRON(), If.POD_STARTS)
    Condition(NODE_RUNS_CRON())
    """
    return Condition(doubt for doubt in condition.doubts if doubt.code is not code)


def both(*conditions: Condition) -> Condition:
    """Join conditions: all of them must hold.

    Examples
    --------
    >>> both(If.POD_STARTS(), CERTAIN, If.NODE_RUNS_CRON(), If.POD_STARTS())
    Condition(NODE_RUNS_CRON(), POD_STARTS())
    """
    found = CERTAIN
    for condition in conditions:
        if condition.doubts:
            found = found & condition
    return found
