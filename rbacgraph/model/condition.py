"""Conditions: what else must hold, that the input does not settle.

A condition is a set of doubts, each a code and what it is about. No wording decides anything.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias, final

from rbacgraph.model.phrase import Code, Words, count, fill, object_words

DoubtSubject: TypeAlias = "str | int | tuple[DoubtSubject, ...]"
"""What a doubt is about: names, versions, and lists of them."""


def _cut(words: str) -> tuple[str, str]:
    """Return words, and those without what stands in brackets if something does."""
    short = re.sub(r"\[.*?\]", "", words)
    return re.sub(r"[\[\]]", "", words), short if short != words else ""


class RunsAnd:
    """What an operator does, beside that it runs: a clause without a subject."""

    subject = "{} "

    def __init__(self, clause: str) -> None:
        self.clause, short = _cut(clause)
        self.short = short and self.subject + short

    def __call__(self, operator: str) -> str:
        """Return the whole sentence."""
        return f"{operator} runs in the cluster and {self.clause}"

    def beside(self, operator: str) -> str:
        """Return what is said after a sentence that has said that the operator runs."""
        return self.subject.format(operator) + self.clause


class RunsWhile(RunsAnd):
    """What else holds while an operator runs: a clause with a subject of its own."""

    subject = ""


_either, _both = " or ".join, " and ".join


_CHANGES = {"CREATE": "creates", "UPDATE": "changes", "DELETE": "deletes"}
_MADE = {
    "pods": "creates a Pod",
    "workloads": "creates or changes a workload",
    "jobs": "creates a Job",
}


def _selected(what: Sequence[str], names: Sequence[str]) -> str:
    return f", which the {_both(what)} of {_either(names)} match" if names else ""


def _makes_pod(made: Sequence[str]) -> str:
    return f"{_either(_MADE[one] for one in made)} in its namespace"


def _writes_secret(
    done: Sequence[str], made: Sequence[str], what: Sequence[str], names: Sequence[str]
) -> str:
    changes = [f"{_either(_CHANGES[one] for one in done)} the Secret"] if done else []
    pods = [_makes_pod(made)] if made else []
    return f"somebody {_either((*changes, *pods))}{_selected(what, names)}"


_NAMED_FLAWS = 3
"""How many flaws a condition names."""


def _flaw(  # noqa: PLR0917 - the parts of one sentence
    program: str, kind: str, namespace: str, name: str, version: str, cves: Sequence[str]
) -> str:
    newest = cves[-_NAMED_FLAWS:]
    older = len(cves) - len(newest)
    flaws = _either((*newest, count(older, "older flaw")) if older else newest)
    return f"{program} {version} of {object_words(kind, namespace, name)} still has {flaws}"


_SHOWS = {
    "RoleBinding": "rights in a namespace",
    "ClusterRoleBinding": "rights in the whole cluster",
    "Role": "what many RoleBindings grant",
    "ClusterRole": "what many bindings grant",
}


def _kinds(*kinds: str) -> str:
    shows = _SHOWS.get(kinds[0], "")
    return (
        f"any {_either(f'{kind}s' for kind in kinds)}{f': {shows} cannot be seen' if shows else ''}"
    )


def _of(server: str = "") -> str:
    return f" of the Vault at {server}" if server else ""


def _is_at(address: str, server: str = "") -> str:
    if not server:
        return f"the dump of Vault is of the server at {address}"
    if not address:
        return f"objects that name no server mean the Vault at {server}"
    return f"the Vault at {server} is also at {address} (--vault-address {address}={server})"


def _container(words: str) -> Callable[[str, str, str, str], str]:
    def say(container: str, namespace: str, pod: str, reason: str) -> str:
        told = words.format(f": {reason}" if reason else "")
        return f"container {container} of Pod {namespace}/{pod} {told}"

    return say


def _as_in(kind: str, namespace: str, name: str, places: tuple[tuple[str, int, int], ...]) -> str:
    """Name the versions that an object may be: each by file, and by line and number if needed."""
    versions = _either(_version(*one) for one in places)
    return f"{object_words(kind, namespace, name)} is as in {versions}"


def _version(file: str, line: int, number: int) -> str:
    place = f"{file}:{line}" if line else file
    return ", ".join(filter(None, (place, f"its version {number}" if number else "")))


def _room(namespace: str, name: str, counted: str) -> str:
    return f"ResourceQuota {namespace}/{name} has room again (its {counted} is used up)"


_LOGS_IN = "the attacker logs in to OpenShift"
_IAM = "the attacker has an IAM identity"
_IDENTITY = f"{_IAM}, and the cluster authenticates by ConfigMap aws-auth"
_WRITES = "somebody writes the Secret"
_MAKES_POD = "somebody makes a Pod"
_GRANTS = "somebody who may grant anything writes a role or a binding"
_GRANTS_SHORT = "somebody grants rights"
_REACHED = "the API server reaches the attacker's webhook"
_WEBHOOK = "the API server reaches the webhook"
_SERVES = "serves the Secret or runs code"
_POD = "creates a Pod in its namespace"
_STARTS = "somebody starts such an object"


class If(Code):
    """What may be doubtful; called with what it is about, it is a condition.

    A row holds the words; for a column of a table, shorter ones beside them or the same without
    what stands in brackets. The order breaks ties between conditions of as many doubts.

    Examples
    --------
    >>> If.NODE_IS_READY_AGAIN("n1")
    Condition(NODE_IS_READY_AGAIN('n1'))
    """

    def __init__(self, words: Words, short: Words = "") -> None:
        if isinstance(words, str) and not short:
            words, short = _cut(words)
        elif isinstance(words, RunsAnd):
            short = short or words.short
        super().__init__(words)
        self.short: Words = short or words

    def __call__(self, *subject: DoubtSubject) -> "Condition":
        """Return the condition that this holds of a subject."""
        return Condition((Doubt(self, subject),))

    # of somebody else's doings
    INTRUDER_LOGS_IN_TO_OPENSHIFT = ("the attacker logs in to OpenShift as a user", _LOGS_IN)
    INTRUDER_LOGS_IN_AS_LISTED = (
        "the attacker logs in to OpenShift as a user, which a Group may list",
        _LOGS_IN,
    )
    OPENSHIFT_TAKES_LOGIN = (
        (
            "the attacker reaches OpenShift's login server, which takes a login of that name as the"
            " user"
        ),
        "OpenShift takes the login",
    )
    OPENSHIFT_TAKES_KUBEADMIN = (
        "the attacker reaches OpenShift's login server, which still takes kubeadmin",
        "OpenShift takes kubeadmin",
    )
    OPENSHIFT_READS_PASSWORDS = (
        "OpenShift['s login server] reads passwords from [Secret openshift-config/]{}"
    )
    PROJECT_HAS_ADMIN = (
        "OpenShift makes the identity that requests a project its admin",
        "OpenShift makes its requester admin",
    )
    IAM_IDENTITY = (_IDENTITY, _IAM)
    IAM_IDENTITY_BY_LACKING_MAP = (f"{_IDENTITY}, which the input lacks", _IAM)
    IAM_IDENTITY_BY_NEW_MAP = (f"{_IDENTITY}, which does not exist yet", _IAM)
    CLUSTER_USES_AWS_AUTH = (
        "the cluster authenticates by ConfigMap aws-auth, not by access entries alone",
        "the cluster uses aws-auth",
    )
    SOMEBODY_WRITES_SECRET = (_writes_secret, lambda done, *_: _WRITES if done else _MAKES_POD)
    SOMEBODY_MAKES_POD = (
        lambda made, *by: f"somebody {_makes_pod(made)}{_selected(*by)}",
        _MAKES_POD,
    )
    SOMEBODY_CHANGES_POD = (
        lambda *by: f"somebody changes the Pod{_selected(*by)}",
        "somebody changes the Pod",
    )
    SOMEBODY_GRANTS = (lambda *by: f"{_GRANTS}{_selected(*by)}", _GRANTS_SHORT)
    SOMEBODY_GRANTS_IN_NAMESPACE = (
        lambda *by: f"{_GRANTS} in the namespace{_selected(*by)}",
        _GRANTS_SHORT,
    )
    SOMEBODY_CREATES_POD = ("somebody creates a Pod in the namespace", _MAKES_POD)
    SOMEBODY_CREATES_POD_ON_NODE = (
        "somebody creates a Pod of the ServiceAccount, without pull Secrets, on the kubelet's node",
        "somebody makes a Pod on the node",
    )
    WEBHOOK_IS_REACHED = (_REACHED, _WEBHOOK)
    WEBHOOK_IS_REACHED_BY_GRANT = (f"{_REACHED} while {_GRANTS}", _WEBHOOK)
    WEBHOOK_IS_REACHED_BY_SECRET = (
        f"{_REACHED} while somebody writes or deletes the Secret",
        _WEBHOOK,
    )
    WEBHOOK_IS_REACHED_BY_SECRET_OR_POD = (
        f"{_REACHED} while somebody writes or deletes the Secret or {_POD}",
        _WEBHOOK,
    )
    WEBHOOK_IS_REACHED_BY_POD = (f"{_REACHED} while somebody {_POD}", _WEBHOOK)
    CONTROLLER_MAKES_POD = (
        "its controller makes such a Pod again",
        "a controller makes the Pod again",
    )
    CONTROLLER_MAKES_POD_BOUND_LATE = (
        "a controller makes such a Pod again, and the scheduler is slower to bind it",
        "a controller makes the Pod again",
    )
    SOMETHING_IS_WRITTEN = (
        "the API server has something that it may write",
        "there is something to write",
    )
    SERVER_HAS_MUTATING_POLICIES = (
        "the API server has MutatingAdmissionPolicies, as Kubernetes does since 1.36",
        "MutatingAdmissionPolicies work",
    )
    MUTATING_POLICIES_ARE_ON = (
        "MutatingAdmissionPolicy is [switched ]on[, which it is not before Kubernetes 1.36]"
    )
    # of custom resources and their operators
    NAME_IS_FREE = "nothing is called {all:or}"
    OBJECT_IS_THERE = ("there is such an object{all:called}", "such an object{all:called} exists")
    OBJECT_IS_IN_NAMESPACE = (
        "there is such an object{all:called} in the namespace",
        "such an object{all:called} exists",
    )
    OBJECT_IS_NOT_IN_NAMESPACE = (
        "there is no such object{all:called} in the namespace",
        "no such object{all:called} exists",
    )
    SOMEBODY_STARTS_OBJECT = (
        "somebody starts such an object{all:called} in the namespace",
        _STARTS,
    )
    SOMEBODY_STARTS_OBJECT_AS_ACCOUNT = (
        "somebody starts such an object{all:called} in the namespace, as the ServiceAccount,",
        _STARTS,
    )
    OPERATOR_RUNS = (
        lambda *names: f"{_either(names) or 'an operator of custom workloads'} runs in the cluster",
        lambda *names: f"{_either(names) or 'its operator'} runs",
    )
    OPERATOR_HEEDS_NAMESPACE = RunsAnd("heeds the namespace[ (by default, its own alone)]")
    OPERATOR_IS_NOT_LIMITED = (
        RunsWhile("no option limits what it reads or with whose rights it acts"),
        "no option limits {}",
    )
    OPERATOR_IS_ALLOWED_MORE = (
        "{} runs in the cluster with an option, or rights, that its manifests do not give it",
        "{} has more than it ships with",
    )
    OPERATOR_LACKS_FIX = (
        "{} runs in the cluster in a release with a known flaw that allows it",
        "{} has a known flaw",
    )
    OPERATOR_TAKES_SECRET = RunsAnd("takes the Secret[, for its label or as a workload uses it]")
    OPERATOR_FINDS_REFERENCE = (
        RunsWhile("another object refers to that of the attacker"),
        "another object refers to it",
    )
    OPERATOR_FINDS_STORE = RunsAnd("finds a store or generator[ for the attacker's object]")
    OPERATOR_HAS_PACKAGE = (
        RunsWhile("a catalog has a package whose installation gives these rights"),
        "a catalog of {} has such a package",
    )
    OPERATOR_CHANGES_NODES = (RunsAnd("does on nodes what the object says"), "{} changes nodes")
    OPERATOR_MAKES_NODES = (
        RunsAnd("replaces nodes by new ones that start as the object says"),
        "{} makes nodes",
    )
    OPERATOR_MAKES_VOLUME = (
        RunsAnd("makes or deletes a volume on the node"),
        "{} makes or deletes a volume there",
    )
    OPERATOR_APPLIES_BY_PROJECT = RunsWhile("the Application's project lets it[ apply that]")
    OPERATOR_APPLIES_WIDENED_PROJECT = (
        RunsAnd("applies an Application of the changed project, whose source the attacker writes"),
        "{} applies such an Application",
    )
    OPERATOR_APPLIES_SOURCE = (
        (
            "{} runs in the cluster without --default-service-account, applying a source that the"
            " attacker writes"
        ),
        "{} applies the attacker's source",
    )
    OPERATOR_APPLIES_AS_ACCOUNT = (
        RunsAnd(
            "applies, as the ServiceAccount that the object names, a source that the attacker"
            " writes"
        ),
        "{} applies it as that account",
    )
    OPERATOR_GENERATES = (RunsAnd("lets a policy generate or change that"), "{} generates it")
    OPERATOR_INSTALLS_CHARTS = RunsAnd("installs charts[ as cluster-admin]")
    OPERATOR_INSTALLS_CHARTS_WITH_VALUES = RunsAnd(
        "installs charts[ as cluster-admin, which the attacker gives values that do that]"
    )
    OPERATOR_DEPLOYS_HERE = (RunsAnd("deploys to this cluster"), "{} deploys here")
    OPERATOR_INSTALLS_OPERATORS = (
        RunsWhile(
            "an OperatorGroup of the namespace lets it install operators for the whole cluster"
        ),
        "{} installs operators",
    )
    OPERATOR_RESTORES_BACKUP = RunsAnd("restores a backup[ that the attacker writes]")
    OPERATOR_WRITES_TO_STORE = RunsAnd("writes it to a store[ that the attacker reads]")
    OPERATOR_SHOWS_TO_SERVER = RunsAnd("shows it to a server[ of the attacker's]")
    OPERATOR_SHOWS_LOGIN_TO_SERVER = RunsAnd(
        "shows it to a server[ of the attacker's, as its keys are those of a login]"
    )
    OPERATOR_IS_SCRAPED = (
        RunsWhile("what it runs sends it to a server of the attacker's"),
        "{} sends it to a server",
    )
    PROGRAM_FOLLOWS_NAMESPACE = (
        "{} {}/{} follows [objects of ]namespace {}[, whose labels the input does not show]"
    )
    OPERATOR_KEEPS_BACKUP = (
        RunsAnd("keeps the backup where the attacker reads it"),
        "{} keeps a backup",
    )
    OPERATOR_SHOWS_OWN_TOKEN = RunsAnd("shows its [own ]token[ to a server of the attacker's]")
    OPERATOR_READS_STORE = RunsAnd("reads the store[ for the attacker's object]")
    OPERATOR_RUNS_PROXY = (
        RunsWhile("its proxy runs beside the token, in a Pod of the ServiceAccount"),
        "a proxy of {} holds the token",
    )
    OPERATOR_COPIES = RunsAnd("copies it[ as the attacker's object says]")
    OPERATOR_COPIES_AS_ACCOUNT = RunsAnd(
        "copies it[ as a ServiceAccount that the attacker's object names]"
    )
    OPERATOR_COPIES_ALL = (
        "{} runs [in the cluster ]with --allow-all[, which it does not by default]"
    )
    OPERATOR_SHOWS_SECRET = RunsAnd(
        "shows it[ in a message, or in an object, that the attacker sees]"
    )
    OPERATOR_SHOWS_BACKUP = RunsAnd("has a backup[ of it, which the attacker can download]")
    SECRET_MAY_BE_COPIED = (
        "the annotations of Secret {}/{} let it be copied there",
        "Secret {}/{} may be copied",
    )
    COPY_IS_CURRENT = "what {} copied is still the same in both Secrets"
    OPERATOR_COPIES_BY_SECRET = RunsAnd("copies it as the annotation of the copy says")
    OPERATOR_COPIES_BY = "{0} runs in the cluster and copies it as {rest:object} says"
    OPERATOR_COPIED_BY = "{0} has copied it there as {rest:object} says"
    WRITE_MEETS_RULE = (
        "the write meets what else {all:object} asks for: preconditions, or who writes"
    )
    OPERATOR_CHANGES_OBJECTS = (
        RunsAnd("changes what others write as the attacker's object says"),
        "{} changes objects",
    )
    OPERATOR_BINDS = (RunsAnd("grants what the attacker's object says"), "{} grants it")
    OPERATOR_BINDS_IN_TENANTS = (
        RunsAnd("grants what the attacker's object says in the namespaces of a tenant"),
        "{} grants it in tenants",
    )
    OPERATOR_BINDS_UNREFUSED = (
        RunsAnd("grants what the attacker's object says, which its webhook does not refuse"),
        "{} grants it",
    )
    OPERATOR_BELIEVES_OBJECT = RunsAnd("lets the attacker in[ as the attacker's object says]")
    OPERATOR_MAKES_TOKEN_SECRET = (
        RunsAnd("makes the Secret of the type that the attacker's object names"),
        "{} makes the token Secret",
    )
    OPERATOR_SIGNS = (RunsAnd("signs what the attacker's object asks for"), "{} signs it")
    SECRET_HOLDS_CLUSTERS_CA = (
        "the API server accepts client certificates of the CA in Secret {}/{}",
        "Secret {}/{} holds the cluster's CA",
    )
    # of Ingress controllers
    PROXY_WATCHES_NAMESPACE = (
        "{0}[ of {1} {2}/{3}] watches the namespace[, which the input does not show]"
    )
    PROXY_TAKES_SNIPPETS = (
        "{0}[ of {1} {2}/{3}] takes the snippet[, which no policy and no list of words refuses]"
    )
    PROXY_TAKES_SETTINGS = (
        "{0} of {1} {2}/{3} loads the snippets that the attacker writes into ConfigMap {4}/{5}",
        "{0} loads its ConfigMap",
    )
    PROXY_HAS_FLAW = (
        _flaw,
        lambda program, _kind, _space, _name, version, cves: (
            f"{program} {version} still has {cves[-1]}"
        ),
    )
    PROXY_IS_OLDER = (
        "{0}[ of {1} {2}/{3}, whose version the input does not show,] is older than {4}"
    )
    PROXY_IS_REACHED = (
        "packets from the Pod reach port {3} of {0} {1}/{2}",
        "packets reach the webhook",
    )
    INTERCEPTORS_ARE_REACHED = (
        "packets from the Pod reach port 8443 of {0} {1}/{2}",
        "packets reach the interceptors",
    )
    CONFIG_MAP_ALLOWS_SNIPPETS = (
        "ConfigMap {}/{}[, whose settings the input does not show,] allows snippets[ in Ingresses]"
    )
    CODE_LEAVES_CHROOT = "the attacker's code leaves the chroot of NGINX"
    WEBHOOKS_ALLOW_INGRESS = "{all:and} lets the Ingress in"
    # of what deploys from Git
    ARGO_CD_IS_REACHED = (
        "the attacker reaches the API of Argo CD in namespace {}",
        "the API of Argo CD is reached",
    )
    ARGO_CD_HAS_ADMIN = (
        "the account admin of Argo CD in namespace {} is not switched off",
        "Argo CD has its admin",
    )
    ARGO_CD_PASSWORD_IS_KEPT = (
        "the admin of Argo CD in namespace {} has the first password",
        "the first password is kept",
    )
    ARGO_CD_LETS_IN = (
        "the attacker may log in to Argo CD in namespace {}",
        "Argo CD lets the attacker in",
    )
    ARGO_CD_CACHE_IS_REACHED = (
        "the attacker reaches the Redis of Argo CD in namespace {}",
        "Argo CD's Redis is reached",
    )
    ARGO_CD_STARTS_AGAIN = (
        "the Pods of Argo CD in namespace {} start again",
        "Argo CD's Pods start again",
    )
    ARGO_CD_DEPLOYS_TO_CLUSTER = (
        "Argo CD in namespace {} has an Application for the cluster that the Secret names",
        "Argo CD deploys to the Secret's cluster",
    )
    CREDENTIAL_WRITES_SOURCE = (
        "the credential in Secret {}/{} may write to the source that {} applies",
        "Secret {}/{} lets write the source",
    )
    FLUX_FETCHES_SOURCE = (
        "Flux runs in the cluster and reaches the attacker's server",
        "Flux fetches the source",
    )
    FLUX_APPLIES_UNSEEN = (
        "Flux has a {} of that source, without an account of its own, that the input lacks",
        "Flux has a {} of it",
    )
    FLUX_VALUES_DECIDE = (
        "the values that {} {}/{} takes decide what Flux applies",
        "values of {} {}/{} decide",
    )
    # of stores outside the cluster
    OPERATOR_HAS_CLASS = "a controller of {} runs[ for the class {}, which the input does not show]"
    STORE_TAKES_NAMESPACE = (
        "the conditions of ClusterSecretStore {} admit namespace {}, which the input does not show",
        "ClusterSecretStore {} admits {}",
    )
    STORE_LETS_IN_ACCOUNT = (
        "the store['s own policy, which the input does not show,] lets [ServiceAccount ]{}/{} in"
    )
    STORE_LETS_IN_CREDENTIAL = (
        "the store['s own policy, which the input does not show,] lets [the credential in ]Secret"
        " {}/{} in"
    )
    STORE_LETS_READ = (
        "the store's own policy, which the input does not show, lets that login read it",
        "the store's policy allows it",
    )
    RESOURCE_IS_SYNCED = "{all:object} is in sync[, which the input does not show]"
    SEARCH_FINDS_KEY = "the search of {} {}/{} finds it"
    TEMPLATE_KEEPS_VALUE = "the template of {} {}/{} keeps the value"
    NOTHING_IS_ADDED = "{} {}/{} adds nothing secret to it"
    INJECTOR_ADDS_AGENT = "Vault's Agent Injector runs[ and adds its agent to the Pod]"
    DRIVER_MOUNTS_CLASS = (
        "the Secrets Store CSI driver runs and its provider lets the Pod in",
        "the CSI driver mounts it",
    )
    ENCRYPTED_FILE_IS_AT_HAND = "[the encrypted file ]{}[, which lies in Git,] is at hand"
    OTHER_KEY_GROUPS_DECRYPT = (
        lambda number, file: f"keys of {count(number, 'other key group')} of {file} are at hand",
    )
    FILE_IS_APPLIED_IN = "{}[, which names no namespace,] is applied in [namespace ]{}"
    SECRET_HOLDS_KEY = "Secret {}/{} holds the private key of {}"
    CREDENTIAL_DECRYPTS = "Secret {}/{} holds a credential that may decrypt with {}"
    ACCOUNT_DECRYPTS = "the identity of ServiceAccount {}/{} outside may decrypt with {}"
    RELEASE_TAKES_FILE = "revision {} of Helm release {}/{} was made with {}"
    FILE_IS_PUBLISHED = "sops publish has written {} there"
    SEALED_CONTROLLER_UNSEALS = (
        (
            "the Sealed Secrets controller runs, and the text of a SealedSecret, which usually lies"
            " in Git, is at hand"
        ),
        "the Sealed Secrets controller unseals it",
    )
    # of rights, in answers about them
    LISTS_ARE_SEEN = (
        lambda kind, namespace: (
            f"a complete list of {kind}s{f' in {namespace}' if namespace else ''}"
        ),
    )
    FILES_ARE_READ = (
        lambda files, more: (
            f"what could not be read of {', '.join(files)}{f' and {more:,} more' if more else ''}"
        ),
    )
    BINDINGS_ARE_READ = "any RoleBindings or ClusterRoleBindings: nobody's rights can be seen"
    KINDS_ARE_READ = (_kinds,)
    PAGES_ARE_READ = "some {}s: a list of them is one page of many, or cut off"
    LIST_IS_GIVEN = "{}"
    LISTS_ARE_ALLOWED = (
        lambda *names: (
            f"{count(len(names), 'list')}, or parts, that the API server refuses:"
            f" {', '.join(names)}"
        ),
    )
    ERRORS_ARE_MENDED = (lambda errors: f"what {count(errors, 'error')} in the input left out",)
    GROUP_MEMBERS_ARE_GIVEN = "group members: pass --groups FILE"
    GROUPS_ARE_DUMPED = "group members: dump groups.user.openshift.io"
    VERSIONS_ALLOW = (lambda *doubts: f"whether {Condition(doubts)}",)
    ALWAYS_ALLOW_ALLOWS = (
        lambda *doubts: f"whether AlwaysAllow allows it, as it does if {Condition(doubts)}",
    )
    SERVER_ALLOWS = "what the API server says of it: {}"
    # of Vault, by its dump
    POLICY_OF_VAULT_ALLOWS = "policy {rest:or} [of {0}, which the input lacks, ]allows it"
    POLICY_OF_VAULT_DOES_NOT_DENY = (
        "policy {rest:and} [of {0}, which the input lacks, ]does not deny it"
    )
    MOUNT_OF_VAULT_IS_THIS_CLUSTERS = (
        "{} of Vault admits ServiceAccounts of this cluster (--vault-mount {}=this)",
        "{} of Vault is this cluster's",
    )
    ROLE_OF_VAULT_ADMITS = (
        lambda mount, names, more: (
            f"whom role {_either(names)}{f' and {more:,} more' if more else ''} of {mount} admits"
        ),
    )
    AUTH_METHODS_OF_VAULT_ARE_SEEN = (
        lambda *server: f"the list of auth methods{_of(*server)} (vault/auth.json)",
    )
    ROLES_OF_VAULT_ARE_SEEN = (
        lambda mount, *server: (
            f"the list of the roles of {mount}{_of(*server)} (vault/{mount}/role.json)"
        ),
    )
    TOKENS_OF_VAULT_OBTAIN_NO_MORE = "what {:,} more tokens of Vault, or pairs of them, obtain"
    NAMESPACE_IS_SELECTED_BY_VAULT = (
        "namespace {} has the labels that {} selects: {}",
        "namespace {} has Vault's labels",
    )
    APPROVAL_IS_GIVEN_IN_VAULT = "others approve[, as policy {} asks of them]"
    SENTINEL_OF_VAULT_ALLOWS = (
        "Vault's Sentinel, by policy {all:and}, lets the request pass",
        "Sentinel's {all:and} lets it pass",
    )
    LOGIN_HAS_SECOND_FACTOR = (
        "who logs in by {} gives the second factor that login enforcement {} asks for",
        "a second factor is given",
    )
    TOKEN_IS_FOR_AUDIENCE = (
        lambda role, audience: (
            f"the token is for the audience {audience}, which {role} asks for"
            if audience
            else f"the token is for no audience, as {role} asks"
        ),
        "the token's audience is right",
    )
    TOKEN_HAS_CLAIMS = ("the token's claims {1} are as {0} asks", "the token's claims are right")
    TEMPLATES_OF_VAULT_DO_NOT_REFUSE = (
        "the templates of {} do not refuse ServiceAccount {}/{}, whose alias the input lacks",
        "the templates of {} allow it",
    )
    ACCOUNT_IS_ENTITY_OF_VAULT = (
        "[ServiceAccount ]{}/{}[, whose alias the input lacks,] is entity {}[ of Vault]"
    )
    ACCOUNT_IS_NO_ENTITY_OF_VAULT = (
        "[ServiceAccount ]{}/{}[, whose alias the input lacks,] is not entity {}[ of Vault]"
    )
    CALLER_IS_IN_NETWORKS = "the attacker reaches Vault[ from {1}, as {0} asks]"
    VAULT_IS_AT_ADDRESS = (_is_at,)
    ENGINE_ASKS_THIS_CLUSTER = (
        "[the secrets engine ]{0} of Vault asks this cluster[ (--vault-mount {0}=this)]"
    )
    VAULT_MAKES_TOKENS = (
        "the secrets engine {} of Vault has the rights that its roles need",
        "{} of Vault has its rights",
    )
    VAULT_REACHES_ATTACKER = (
        "Vault reaches an API server of the attacker, which {} then asks",
        "Vault reaches the attacker",
    )
    VAULT_SHOWS_RAW_STORAGE = (
        "the server's configuration has raw_storage_endpoint",
        "raw_storage_endpoint is set",
    )
    ENTRY_OF_VAULT_IS_WRITABLE = (
        "{} exists or not as the policy asks: create and update differ, and the input lacks it",
        "{} is writable",
    )
    # of stores by their dumps: the store, and what is open
    KEY_OF_STORE_FITS = (
        "{1}, which the input does not show, is as the policies of {0} ask",
        "{1} is as {0} asks",
    )
    POLICY_OF_STORE_IS_KNOWN = (
        "{1}, a part of a policy that is not of {0}'s policy language, changes nothing"
    )
    STORE_DECIDES_SO = (
        "{0} lets it pass, which its documentation leaves open[ for {1}]",
        "{0} lets it pass",
    )
    POLICY_OF_RESOURCE_ALLOWS = (
        "the policy of {1}, which the dump of {0} lacks, lets it pass",
        "the policy of {1} lets it pass",
    )
    GRANT_OF_KEY_ALLOWS = (
        "a grant of {1}, whose grants the dump of {0} lacks, lets it pass",
        "a grant of {1} lets it pass",
    )
    AWS_SECRET_IS_THERE = "{} is that at {}, whose account and region the object does not name"
    CONTROLS_OF_AWS_TAKE_NOTHING = "SCPs and RCPs of account {}, which may take away"
    IDENTITIES_OF_AWS_ARE_READ = "the roles and policies of account {}"
    ASSOCIATIONS_OF_AWS_ARE_READ = "the Pod Identity associations of cluster {}"
    PAGES_OF_DUMP_ARE_READ = "what follows the one page of {}"
    DUMP_LACKS_NOTHING = (
        "{1}, which the dump of {0} lacks, lets it pass",
        "{1} lets it pass",
    )
    CLUSTER_OF_AWS_IS_THIS = "cluster {} of the dump of AWS is this one (--cluster {})"
    OTHER_VERSION_ALLOWS_MORE = "another version of {} allows more"
    ATTACKER_RUNS_POD = (
        "the attacker runs a Pod in a namespace without such an association",
        "the attacker runs a Pod",
    )
    POD_REACHES_METADATA = (
        (
            "the node lets Pods reach its metadata (a hop limit of 2 or more, or hostNetwork),"
            " and has the role {}"
        ),
        "the Pod reaches the node's metadata",
    )
    NODE_HAS_ROLE = "the node has the role {}"
    ACCESS_POLICY_GIVES_THAT = (
        "access policy {}, which rbacgraph does not know, gives that",
        "access policy {} gives that",
    )
    CONDITION_OF_STORE_HOLDS = (
        "the condition {1}, which the input does not settle, holds in {0}",
        "a condition of {0} holds",
    )
    IS_MEMBER_IN_STORE = (
        "it is a member of {1}, whose members the dump of {0} lacks",
        "it is a member of {1}",
    )
    ROLE_OF_STORE_GIVES_THAT = (
        "the role {1} of {0}, whose permissions the input lacks, gives that",
        "the role {1} gives that",
    )
    ISSUER_IS_THIS_CLUSTERS = (
        "{1}, which {0} trusts, issues this cluster's tokens (--oidc-issuer)",
        "{1} is this cluster's",
    )
    PROJECTS_ARE_ONE = "{} is the number of the project {}"
    UNSEEN_TAKES_NOTHING = "{:some}, which may take away"
    UNSEEN_GIVES_NO_MORE = "{:some}, which may give more"
    UNSEEN_MEMBERS_READ_NO_MORE = "members of {:some}, who may read more"
    # of API servers
    POD_IS_API_SERVER = "Pod {}/{} is an API server of this cluster"
    WEBHOOK_DOES_NOT_DENY = "the webhook that Pod {}/{} asks first does not deny it"
    KUBELET_CLIENT_IS_ADMINISTRATOR = (
        "the API server's client certificate for kubelets is an administrator's, as kubeadm makes"
        " it"
    )
    SERVER_TAKES_ITSELF_FOR_KUBELET = (
        "the API server reaches itself at the address of a Node, and trusts its own certificate"
    )
    ANONYMOUS_IS_LET_IN = (
        "the AuthenticationConfiguration of Pod {}/{} lets in requests without credentials",
        "Pod {}/{} lets anonymous requests in",
    )
    # of containers and what they get at
    PORT_SERVES_SECRET = (f"a port of the Pod {_SERVES}", "a port of the Pod opens it")
    SERVICE_LEADS_TO_SERVING_POD = (
        lambda *names: (
            f"{f'Service {_either(names)}' if names else 'a Service'} leads to the Pod, which"
            f" {_SERVES}"
        ),
        "a Service leads to the Pod",
    )
    PROCESS_TAKES_COMMANDS = "the main process takes commands[ from its stdin or prints the value]"
    CONTAINER_PRINTS_IT = "a container of {} {}/{} prints it"
    LOG_HOLDS_IT_STILL = "the log still holds it"
    KUBELET_SERVES_LOGS = "the kubelet serves /logs/ (enableSystemLogHandler)"
    KUBELET_IS_REACHED = "the attacker reaches the port of the kubelet, 10250"
    SERVER_SERVES_LOGS = "the API server serves /logs/ (--enable-logs-handler)"
    AUDIT_LOG_HOLDS_SECRETS = (
        "an audit log below /var/log of the control plane holds what Secrets contain"
    )
    SERVICE_LEADS_TO_POD = "Service {}/{} leads to the Pod"
    USER_NAMESPACE_IS_BROKEN = (
        "the user namespace of container {} is broken out of",
        "a user namespace is broken",
    )
    KERNEL_IS_THE_NODES = "RuntimeClass {} runs containers on the node's own kernel"
    ACCOUNT_IS_ADMINISTRATOR = "the account of container {} is an administrator"
    NO_POLICY_OF_NODE = "no [AppArmor or SELinux ]policy of the node prevents it"
    KERNEL_LOADS_MODULES = "the node's kernel loads any module"
    NETWORK_GIVES_CREDENTIAL = (
        "the node's network gives a credential away, by a metadata service or an open port",
        "the node's network gives it away",
    )
    MEMORY_GIVES_CREDENTIAL = (
        "a process of the node keeps in shared memory what gives it away",
        "shared memory gives it away",
    )
    SOMEBODY_LOGS_IN_TO_NODE = "somebody logs in to the node"
    NODE_STARTS_AGAIN = "the node starts again"
    NETWORK_PLUGINS_RUN = (
        "the network plugins run what their configuration names",
        "the network plugins run it",
    )
    NODE_RUNS_CRON = "the node runs cron"
    SYSTEMD_READS_UNITS = "systemd reads its units again"
    USER_BECOMES_ROOT = "one of the node's users may become root"
    NODE_LOADS_MODULE = "the node loads a module from there"
    ROOT_RUNS_FILES = "root runs what lies there"
    NODE_INSTALLS_PACKAGES = "the node installs or updates packages"
    DAEMON_LISTENS = "a daemon of the node that makes containers or machines listens there"
    CONTAINER_RUNS_FILES = (
        "a container that has the node runs what lies there",
        "a container of the node runs it",
    )
    KUBELET_BELIEVES_FILES = ("the kubelet believes what it finds there", "the kubelet believes it")
    SOMEBODY_READS_LOGS = "somebody reads the node's logs[ through its kubelet]"
    RUNTIME_TAKES_PLUGINS = "the node's runtime takes plugins and hooks from there"
    CONTAINERD_RUNS_PROGRAMS = (
        "the node's containerd looks for programs there first, as it does by default",
        "containerd starts programs from there",
    )
    BUILDER_RUNS_PRIVILEGED = "its builder runs steps of a build with privileges"
    DISKS_ARE_OPEN = "the container may open the node's disks"
    DISK_IS_THE_NODES = "{} is a disk of the node's own system"
    METADATA_GIVES_CREDENTIAL = (
        "the metadata service of {} answers Pods, and gives them their node's credential",
        "{}'s metadata service answers the Pod",
    )
    METADATA_GIVES_IDENTITY = (
        (
            "the metadata service of {} answers Pods, and the managed identity that it gives them"
            " obtains the certificate of their node's kubelet"
        ),
        "{}'s metadata service lets the Pod be its node",
    )
    CONTAINER_BECOMES_ROOT = "container {} may become root"
    INIT_CONTAINER_IS_CAUGHT = (
        "the Pod is caught while its init container {} runs",
        "init container {} is caught running",
    )
    # of what lies on a node
    POD_HAS_FILES = "the Pod [there ]has it in files[, not in variables]"
    PROCESSES_HAVE_SAME_USER = (
        "[the ]processes [there ]run as the same user[, with no more capabilities]"
    )
    VARIABLES_ARE_KEPT = (
        "the node's runtime keeps the variables of containers in that folder",
        "the runtime keeps variables there",
    )
    LOG_HOLDS_IT = "a container of the Pod there prints it"
    FILE_HOLDS_KUBELETS_KEY = "the kubeconfig there holds the kubelet's key"
    FILE_HOLDS_TOKEN = "the kubeconfig there holds its token"
    KUBECONFIG_WAS_LEFT = "an administrator of the cluster left a kubeconfig there"
    POD_IS_ON_ETCD_NODE = "it runs on a node of etcd"
    POD_IS_ON_CONTROL_PLANE = "it runs on a node of the control plane"
    NODE_IS_SET_UP_BY = "the node is set up by {all:or}"
    SECRETS_ARE_PLAIN = "Secrets are not encrypted at rest"
    SECRETS_ARE_PLAIN_OR_KEYS_READ = (
        "Secrets are not encrypted at rest, or the keys in {} are read too",
        "Secrets are plain at rest, or keys read",
    )
    POD_IS_ON_VOLUMES_NODE = "it runs on the node of the volume"
    CLAIM_IS_MADE = "PersistentVolumeClaim {}/{} is made"
    DRIVER_MAKES_VOLUME = "a CSI driver runs that makes the volume"
    DRIVER_MAKES_VOLUME_OF = "the CSI driver of StorageClass {} runs and makes the volume"
    DRIVER_SENDS_SECRET = (
        "a CSI driver logs in with the Secret at the server that the volume or its class names"
    )
    # of admission
    CONFIGURATION_SETS_NO_LEVEL = (
        "{all:and} of the API server sets no Pod Security level",
        "no Pod Security level is set",
    )
    GROUPS_GET_USER = (
        "groups of choice get a user other than root at a runtime's socket or the disk",
        "groups get another user than root",
    )
    AUTOPILOT_ALLOWS = "GKE Autopilot lets it[, by an allowlist]"
    PLUGINS_ALLOW = "{all:and} [of the API server ]lets it"
    POLICIES_ALLOW = (lambda *names: f"{_both(names)} {'lets' if len(names) == 1 else 'let'} it",)
    NO_LEVEL_IS_ENFORCED = "[namespace ]{} enforces no Pod Security[ level]"
    # of what runs
    LEVEL_ALLOWS_POD = ("Pod Security lets {1} of {0} be as it is", "Pod Security lets it")
    LEVELS_VERSION_ALLOWS_POD = (
        "Pod Security of the version in use lets {1} of {0} be as it is",
        "Pod Security lets it",
    )
    ACCOUNT_MAY_MOUNT = "ServiceAccount {}/{} may mount the Secret"
    UNLISTED_POD_RUNS = "a Pod runs in {}[, which the input lacks]"
    LACKING_POD_RUNS = "Pod {}/{} runs[, which the input lacks]"
    SECRET_HOLDS_TOKEN = "Secret {}/{} holds a ServiceAccount's token"
    UNLISTED_TOKEN_SECRET = (
        "there is a ServiceAccount token Secret in {}, which the input lacks",
        "{} has a token Secret",
    )
    UNLISTED_WORKLOAD = "there is a {} in {}[, which the input lacks]"
    LACKING_WORKLOAD = "there is a {} {}/{}[, which the input lacks]"
    POD_STARTS = "the pod starts running"
    POD_STILL_RUNS = "the pod still runs"
    POD_RUNS_UNSEEN = "Pod {}/{} runs[, which the input does not show]"
    POD_OUTLIVES_DELETION = "Pod {}/{} still runs[, which is being deleted]"
    TEMPLATES_POD_RUNS = "a pod of the {} runs at the time"
    WORKLOAD_IS_SCALED_UP = "the {} is scaled up from 0"
    WORKLOAD_GETS_POD = "the {} gets a Pod, of which its status shows none"
    WORKLOAD_HAS_PODS = "the {} has Pods, which the input does not show"
    OBJECT_IS_AS_IN = (_as_in, lambda *of: f"one version of {object_words(*of[:3])} holds")
    WAITING_POD = "Pod {}/{} waits for a node"
    GATES_ARE_REMOVED = "the scheduling gates of Pod {}/{} are removed"
    NODE_IS_READY_AGAIN = "node {} is ready again"
    NODE_IS_THERE = "there is a Node {}[, which the input lacks]"
    WINDOWS_NODE_RUNS_HOST_PROCESS = "Windows node {} runs HostProcess containers"
    POD_IS_ON_THAT_NODE = "it runs on that node"
    POD_IS_ON_SAME_NODE = "it runs on the same node"
    PODS_SHARE_MACHINE = "Pods of virtual node {} share a machine"
    SERVICE_RUNS_PRIVILEGED = "{} runs privileged Pods"
    VIRTUAL_NODE_RUNS_PRIVILEGED = "virtual node {} runs privileged Pods"
    CONTAINER_RESTARTS = "container {} restarts"
    MORE_THAN_KEYS_IS_READ = (
        "more of it than {all:list} is to be had",
        "more of its keys are to be had",
    )
    VOLUME_HAS_MORE = "volume {} has more of it than is public"
    CONTAINER_RUNS_AGAIN = (_container("runs again (it has ended{})"), "{1}/{2}: {0} runs again")
    CONTAINER_STOPS_WAITING = (_container("runs (it waits{})"), "{1}/{2}: {0} runs")
    CONTAINER_RUNS_UNSEEN = (
        "container {} of Pod {}/{} runs, which its status does not show",
        "{1}/{2}: {0} runs",
    )
    # of tokens and credentials
    KUBELET_RENEWS_TOKEN = "the kubelet renews the [Pod's ]token[, as it does within the hour]"
    TOKEN_IS_BOUND_TO_NODE = "its token is bound to a Pod on node {}"
    AUDIENCE_IS_ACCEPTED = "the API server accepts the audience {}"
    DRIVER_ASKS_FOR_TOKENS = (
        lambda driver, audience: (
            f"CSIDriver {driver} asks for its Pods' tokens for {audience or 'the API server'}"
        ),
    )
    DRIVER_OF_VOLUME_ASKS_FOR_TOKENS = (
        lambda namespace, audience: (
            f"the CSIDriver of a volume in {namespace} asks for its Pods' tokens for"
            f" {audience or 'the API server'}"
        ),
    )
    VOLUME_IS_OF_DRIVER = "the Pod on node {0} has a volume of a CSI driver{rest:called}"
    SERVER_IS_OLDER = (
        "the API server is older than Kubernetes {}.{}",
        "Kubernetes is before {}.{}",
    )
    SERVER_IS_NEWER = (
        "the API server is Kubernetes {}.{} or newer",
        "Kubernetes is {}.{} or newer",
    )
    CLIENT_CERTIFICATES_ARE_SIGNED = "client certificates are signed[, which EKS does not do]"
    ROLE_IS_TRUSTED = (
        "the role's trust policy allows system:serviceaccount:{}:{}, with a token for audience {}",
        "the role trusts {0}:{1}",
    )
    IDENTITY_IS_FEDERATED = (
        "a federated credential of the identity names system:serviceaccount:{}:{}",
        "the identity trusts {}:{}",
    )
    ACCOUNT_ACTS_AS_GOOGLE = (
        (
            "the service account's policy lets PROJECT.svc.id.goog[{}/{}] act as it"
            " (workloadIdentityUser)"
        ),
        "Google's policy trusts {}/{}",
    )
    SECRET_AUTHENTICATES = "Secret {}/{} is for authentication"
    SECRET_AUTHENTICATES_STILL = "Secret {}/{} [is for authentication and ]has not expired"
    BOOTSTRAP_TOKEN_IS_LACKING = "{} has a bootstrap token[ that the input lacks]"
    BOOTSTRAP_TOKENS_ARE_TAKEN = (
        "the API server takes bootstrap tokens (--enable-bootstrap-token-auth)",
        "bootstrap tokens are taken",
    )
    TOKEN_NAMES_GROUP = "it names group {}"
    TOKEN_SECRET_STAYS = "Secret {}/{} stays[, which is being deleted]"
    TOKEN_SECRET_LOSES_LABEL = (
        "Secret {}/{} loses the label kubernetes.io/legacy-token-invalid-since",
        "Secret {}/{} loses its label",
    )
    SECRET_IS_CREDENTIAL = "Secret {}/{} holds a credential[, which the input does not show]"
    CONFIG_MAP_IS_CREDENTIAL = "ConfigMap {}/{} holds a credential[, which the input does not show]"
    CLUSTER_IS_SET_UP_BY = "the cluster is [one ]of {}[, which the input does not show]"
    CLUSTER_IS_THIS_ONE = "cluster {}/{}[ of Cluster API] is this one[, as its Nodes say]"
    CERTIFICATE_KEY_IS_KNOWN = (
        "the attacker has the certificate key of kubeadm, which decrypts Secret {}/{}",
        "the certificate key of {}/{} is known",
    )
    KEY_SIGNS_ACCOUNTS = (
        "the API server takes tokens that the key of Secret {}/{} signs",
        "the key of {}/{} signs tokens",
    )
    ACCOUNT_IDS_ARE_KNOWN = (
        "the attacker knows the uid of the ServiceAccount, for a token signed with Secret {}/{}",
        "the ServiceAccount's uid is known",
    )
    BOOTSTRAP_DATA_JOINS = (
        "Secret {}/{} holds a token that is still taken, or keys of the control plane",
        "{}/{} lets a machine join",
    )
    PASSWORD_STAYS = (
        "the password in Secret {}/{} has not been changed",
        "the password in {}/{} stays",
    )
    TALOS_ROLE_ALLOWS = (
        "the API of Talos is reached, and the roles of Secret {}/{} let it read or change machines",
        "Talos allows {}/{} enough",
    )
    SNAPSHOTS_ARE_READ = (
        "the login in Secret {}/{} reads the snapshots of etcd",
        "{}/{} reads etcd's snapshots",
    )
    ETCD_IS_REACHED = (
        (
            "the API server's etcd is reached, and lets the certificate of Secret {}/{} read or"
            " write all"
        ),
        "etcd is reached with Secret {}/{}",
    )
    SEALED_SECRET_IS_AT_HAND = (
        "the SealedSecret[, whose text usually lies in Git,] is at hand[ and sealed with this key]"
    )
    RELEASE_VALUES_ARE_CURRENT = (
        "Secret {}/{} still has the values of revision {} of Helm release {}",
        "Secret {}/{} still has these values",
    )
    RELEASE_HOLDS_VALUES = "[revision {2} of Helm ]release {3} holds [the values of Secret ]{0}/{1}"
    # of writes
    SECRET_IS_NOT_YET_THERE = "Secret {}/{} does not exist yet"
    OBJECT_IS_ABSENT = "there is no {} {}/{}[, as in the input]"
    NAME_IS_FREE_OF_KIND = "there is no {0} {rest:or}[, as in the input]"
    KIND_IS_THERE = "there is a {0}{rest:called}"
    ROLE_IS_ABSENT = ("{all:object} does not exist, as in the input", "there is no {all:object}")
    OTHER_BINDING_GIVES_RIGHTS = (
        lambda namespace, name: (
            f"another binding than {f'{namespace}/' if namespace else ''}{name}"
            " gives it these rights too"
        ),
        "another binding gives it these rights",
    )
    SECRET_HAS_LABELS = "the Secret has the labels[ that the binding selects]"
    BINDING_MATCHES_WRITE = "binding {} matches the write"
    NAMESPACE_IS_MADE_AGAIN = "namespace {} is created again[ (it is Terminating)]"
    NAMESPACE_IS_THERE = "there is a Namespace {}[, which the input lacks]"
    QUOTA_HAS_ROOM = (_room, "ResourceQuota {0}/{1} has room")
    EITHER_QUOTA_HAS_ROOM = (
        lambda *quotas: _either(_room(*one) for one in quotas),
        lambda *quotas: _either(f"ResourceQuota {one[0]}/{one[1]} has room" for one in quotas),
    )
    # of OpenShift
    CONSTRAINTS_ARE_USED = (
        lambda namespace: (
            "OpenShift lets its creator, or its ServiceAccount, use"
            f" SecurityContextConstraints for privileged Pods in {namespace or 'its namespace'}"
        ),
        "OpenShift lets privileged Pods run",
    )
    RUN_LEVEL_IS_LOW = (
        "label openshift.io/run-level of namespace {} is 0 or 1",
        "run-level of namespace {} is low",
    )
    CONTROLLER_MAKES_WORKLOADS_POD = "a workload makes it[, whose Pods kube-system/{} creates]"
    # of what exists
    ACCOUNT_IS_THERE = "there is a ServiceAccount {}/{}"
    ACCOUNT_EXISTS = "ServiceAccount {}/{} exists[, which the input lacks]"
    ACCOUNT_STAYS = "ServiceAccount {}/{} stays[, which is being deleted]"
    # of what reaches Pods
    LOAD_BALANCER_IS_MADE = "a load balancer is made for Service {}/{}, which has no address yet"
    CONTROLLER_IS_REACHED = (
        lambda name: (
            f"the Ingress controller of {f'class {name}' if name else 'no class'} is reached from"
            " outside"
        ),
    )
    CONTROLLER_SERVES_CLASS = "the Ingress controller in namespace {} serves class {}"
    GATEWAY_IS_REACHED = "Gateway {}/{} is reached from outside"
    ROUTE_IS_ADMITTED = "a router admits Route {}/{}"
    NAMESPACE_IS_TAKEN_BY_GATEWAY = "Gateway {1}/{2} takes routes of namespace {0}"
    LOGIN_IS_PASSED = "the attacker passes the login of annotation {}"
    PROGRAM_LISTENS = "a program of {}/{} listens on an address of its node"
    NETWORK_POLICIES_LET_IN = "the NetworkPolicies that select {}/{} let in such requests"
    NETWORK_POLICIES_ARE_IGNORED = (
        "the network plugin does not enforce the NetworkPolicies that select {}/{}"
    )


_SAID_AFTER: dict[If, tuple[If, ...]] = {
    If.OPERATOR_CHANGES_NODES: (If.OPERATOR_MAKES_VOLUME,),
    If.OPERATOR_APPLIES_WIDENED_PROJECT: (If.OPERATOR_APPLIES_AS_ACCOUNT,),
    If.ENTRY_OF_VAULT_IS_WRITABLE: (If.VAULT_IS_AT_ADDRESS,),
    If.DRIVER_SENDS_SECRET: (If.NO_LEVEL_IS_ENFORCED,),
    If.GATES_ARE_REMOVED: (
        *(If.UNLISTED_POD_RUNS, If.LACKING_POD_RUNS, If.UNLISTED_TOKEN_SECRET),
        *(If.UNLISTED_WORKLOAD, If.LACKING_WORKLOAD, If.SECRET_HOLDS_TOKEN),
    ),
    If.WINDOWS_NODE_RUNS_HOST_PROCESS: (If.LEVEL_ALLOWS_POD, If.LEVELS_VERSION_ALLOWS_POD),
    If.CONTAINER_RUNS_UNSEEN: (If.ACCOUNT_MAY_MOUNT,),
    If.BOOTSTRAP_DATA_JOINS: (If.TALOS_ROLE_ALLOWS,),
}
"""Doubts that are said after others than those behind which they stand."""

_MOVED = frozenset(code for codes in _SAID_AFTER.values() for code in codes)
_SAID = (one for code in If if code not in _MOVED for one in (code, *_SAID_AFTER.get(code, ())))
_PLACES = {code: place for place, code in enumerate(_SAID)}


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

    ``doubts``: all of them must turn out well.

    Examples
    --------
    >>> ready, runs = If.NODE_IS_READY_AGAIN("n1"), If.POD_STARTS()
    >>> ready & runs == runs & ready & ready & CERTAIN
    True
    >>> bool(CERTAIN), min(ready & runs, ready) == ready
    (False, True)
    >>> str(ready & runs)
    'the pod starts running and node n1 is ready again'
    >>> str(If.OPERATOR_KEEPS_BACKUP("X") & If.OPERATOR_DEPLOYS_HERE("X"))[:62]
    'X runs in the cluster and deploys to this cluster and X keeps '
    """

    __slots__ = ("_hash", "doubts")

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
        return _both(_each(in_order(self.doubts)))


def in_order(doubts: Iterable[Doubt]) -> list[Doubt]:
    """Return doubts in the order in which they are said."""
    return sorted(doubts, key=lambda doubt: (_PLACES[doubt.code], doubt))


def _each(doubts: Iterable[Doubt]) -> Iterator[str]:
    """Yield doubts in words; that an operator runs is said of it once."""
    running: set[DoubtSubject] = set()
    for code, subject in doubts:
        if isinstance(code.words, RunsAnd):
            (operator,) = subject
            said = code.words.beside if operator in running else code.words
            yield said(str(operator))
            running.add(operator)
        else:
            yield fill(code.words, subject)


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
