"""What each Secret is worth to an attacker: by type, names of keys, and what it leads to.

rbacgraph never reads the values of keys.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache

from rbacgraph.facts.cluster_secrets.credentials import ClusterCredentials
from rbacgraph.facts.cluster_secrets.etcd import etcd_key
from rbacgraph.facts.cluster_secrets.row import credential_rows, words_of
from rbacgraph.facts.gitops.argo_cd import ArgoCD
from rbacgraph.facts.secrets.token_accounts import same_uid
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.answers.risk.secret_value import WORTH_LEVELS, SecretValue, Worth, WorthReason
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.model.kubernetes.core import TOKEN_TYPE, Secret, token_account
from rbacgraph.model.kubernetes.external_secrets import SecretStore
from rbacgraph.model.kubernetes.helm import Release
from rbacgraph.model.kubernetes.secret_types import (
    ARGO_CLUSTER,
    ARGO_WRITERS,
    REGISTRY_TYPES,
    RKE_STATE,
)
from rbacgraph.model.node import (
    AGE,
    AWS_ROLE,
    AWS_USER,
    AZURE_IDENTITY,
    CLUSTER,
    CONFIG_MAP,
    GOOGLE_ACCOUNT,
    PGP,
    REGISTRY,
    SECRET,
    SERVICE_ACCOUNT,
    Node,
)

_OUTSIDE: Mapping[str, Worth] = {
    CLUSTER: Worth.CLUSTER_CREDENTIAL,
    REGISTRY: Worth.REGISTRY_LOGIN,
    AGE: Worth.DECRYPTION_KEY,
    PGP: Worth.DECRYPTION_KEY,
    AWS_ROLE: Worth.CLOUD_IDENTITY,
    AWS_USER: Worth.CLOUD_IDENTITY,
    AZURE_IDENTITY: Worth.CLOUD_IDENTITY,
    GOOGLE_ACCOUNT: Worth.CLOUD_IDENTITY,
}
_BY_TYPE: Mapping[str, Worth] = {
    "kubernetes.io/basic-auth": Worth.LOGIN,
    "kubernetes.io/ssh-auth": Worth.SSH_KEY,
    "kubernetes.io/tls": Worth.TLS_KEY,
    "istio.io/ca-root": Worth.CA_KEY,
}
_ARGO_TYPES: Mapping[str, Worth] = dict.fromkeys(ARGO_WRITERS, Worth.REPOSITORY_WRITE)
_TLS_TYPE = "kubernetes.io/tls"
_PUSHING = frozenset({"push", "pusher", "publish", "publisher"})
_AUTHORITY = "ca"


class SecretValues(WorldPart):
    """Knows what Secrets are worth."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._rules = world.snapshot.value_rules

    def of(self, node: Node, admins: Container[Node] = ()) -> SecretValue:
        """Return what a Secret, or a secret outside the cluster, is worth.

        ``node``: a Secret, a ConfigMap with a Helm release, or what is outside the cluster.
        ``admins``: the nodes that are effectively cluster-admin, as the graph shows: a token of one
            of them, or a Secret that is among them, controls the cluster.
        """
        key = node[1], node[2]
        secret = self._world.secrets.get(key) if node[0] == SECRET else None
        evidence = None if secret is None else self._evidence(secret)
        said = self._said(node, secret, evidence)
        if said is not None:
            return said
        reason, level = self._reason(node, secret, admins)
        if level < ValueLevel.CONTROL and node in admins:
            reason, level = Worth.ADMIN(), ValueLevel.CONTROL
        return SecretValue(level, reason, evidence)

    def level_of(self, node: Node, admins: Container[Node] = ()) -> ValueLevel:
        """Return the level alone, without looking for its evidence: for many Secrets."""
        secret = self._world.secrets.get((node[1], node[2])) if node[0] == SECRET else None
        said = self._said(node, secret, None)
        if said is not None:
            return said.level
        return ValueLevel.CONTROL if node in admins else self._reason(node, secret, admins)[1]

    def _evidence(self, secret: Secret) -> Evidence:
        return self._world.rbac.evidence(secret, "Secret", "")

    def _said(
        self, node: Node, secret: Secret | None, evidence: Evidence | None
    ) -> SecretValue | None:
        """Return what a file, a label or an annotation says, in this order."""
        kind, namespace, name = node
        for rule in self._rules if kind == SECRET else ():
            if fnmatchcase(namespace, rule.namespace) and fnmatchcase(name, rule.name):
                place = Evidence("Secret", namespace, name, rule.file, rule.line)
                return SecretValue(rule.level, Worth.FILE(rule.reason), place)
        level = None if secret is None else secret.metadata.value_level
        if secret is None or level is None:
            return None
        return SecretValue(ValueLevel[level], Worth.LABEL(secret.metadata.value_reason), evidence)

    def _reason(
        self, node: Node, secret: Secret | None, admins: Container[Node]
    ) -> tuple[WorthReason, ValueLevel]:
        kind, _, name = node
        if kind == CONFIG_MAP and (node[1], name) == RKE_STATE:
            return _with_level(Worth.CLUSTER_CREDENTIAL())
        if kind == CONFIG_MAP:
            return self._of_release(self._releases_in_maps.get((node[1], name)), admins)
        if kind in _OUTSIDE:
            return _with_level(_OUTSIDE[kind]())
        if kind != SECRET:
            return _with_level(_of_path(name))
        if secret is not None and secret.holds_release:
            return self._of_release(secret.release, admins)
        return _with_level(self._of_secret((node[1], name), secret, admins))

    def _of_release(
        self, release: Release | None, admins: Container[Node]
    ) -> tuple[WorthReason, ValueLevel]:
        """Return the worth of the most valuable Secret of a release, whose values it holds."""
        reason, level = _with_level(Worth.RELEASE())
        for held in release.secrets if release else ():
            key = held.namespace, held.name
            found = self._world.secrets.get(key)
            if found is not None and found.holds_release:
                continue
            of_name = by_keys(held.keys) if found is None else self._of_secret(key, found, admins)
            held_level = WORTH_LEVELS[_code(of_name)] if of_name else ValueLevel.MEDIUM
            if held_level > level:
                reason, level = Worth.RELEASE_HOLDS(*key), held_level
        return reason, level

    def _of_secret(
        self, key: tuple[str, str], secret: Secret | None, admins: Container[Node]
    ) -> WorthReason:
        if secret is not None and secret.type == TOKEN_TYPE:
            return self._of_token(secret, admins)
        if secret is not None and secret.is_bootstrap_token:
            return Worth.BOOTSTRAP_TOKEN()
        if secret is not None and secret.only_verifies:
            return Worth.ONLY_CERTIFICATES()
        known = self._of_store(key), self._of_argo_cd(key, admins), _of_type(key, secret)
        found = [one for one in known if one is not None]
        found += [] if secret is None else self._of_cluster(secret)
        shown = None if secret is None else by_keys(secret.keys or ())
        found += [shown] if shown is not None else []
        if found:
            return max(found, key=lambda one: WORTH_LEVELS[_code(one)])
        return _unshown(secret)

    def _of_token(self, secret: Secret, admins: Container[Node]) -> WorthReason:
        metadata, account = secret.metadata, token_account(secret)
        key = metadata.namespace, account
        exists = key in self._world.identities.service_accounts
        accounts = self._world.snapshot.service_account_index
        exists = exists and same_uid(secret, accounts.get(key))
        if not exists or (metadata.labels and metadata.labels.invalid_since):
            return Worth.DEAD_TOKEN(metadata.namespace, account)
        node = SERVICE_ACCOUNT, metadata.namespace, account
        worth = Worth.ADMIN_TOKEN if node in admins else Worth.TOKEN
        return worth(metadata.namespace, account)

    def _of_cluster(self, secret: Secret) -> list[WorthReason]:
        """Return what a Secret is worth as a credential of a cluster, by the table of paths."""
        credentials = self._world.part(ClusterCredentials)
        found = [
            Worth[one.row.worth](*([one.key] if one.key else []))
            for one in credentials.of(secret)
            if not one.row.generic  # the names of keys show these
        ]
        key = etcd_key(secret)
        return found if key is None else [*found, Worth.ETCD_CLIENT(key)]

    def _of_store(self, key: tuple[str, str]) -> WorthReason | None:
        store = self._credentials.get(key)
        if store is None:
            return None
        return Worth.STORE_CREDENTIAL(store.kind, store.metadata.namespace, store.metadata.name)

    def _of_argo_cd(self, key: tuple[str, str], admins: Container[Node]) -> WorthReason | None:
        """Return what a Secret that lets its reader into Argo CD leads to."""
        if key not in self._argo_logins:
            return None
        controllers = list(self._world.part(ArgoCD).controllers[key[0]])
        strong = next((one for one in controllers if one in admins), None)
        if strong is not None:
            return Worth.DEPLOYS_AS_ADMIN(strong[1], strong[2])
        return Worth.DEPLOYS(controllers[0][1], controllers[0][2])

    @cached_property
    def _argo_logins(self) -> frozenset[tuple[str, str]]:
        return frozenset(login.place for login in self._world.part(ArgoCD).logins)

    @cached_property
    def _credentials(self) -> Mapping[tuple[str, str], SecretStore]:
        """The Secrets by which stores outside the cluster are logged in to."""
        snapshot, found = self._world.snapshot, dict[tuple[str, str], SecretStore]()
        for store in snapshot.secret_stores:
            for one in store.credentials:
                found.setdefault((store.metadata.namespace, one.name), store)
        for store in snapshot.cluster_secret_stores:
            for one in store.credentials:
                found.setdefault((one.namespace, one.name), store)
        return found

    @cached_property
    def _releases_in_maps(self) -> Mapping[tuple[str, str], Release]:
        return {
            (one.metadata.namespace, one.metadata.name): one.release
            for one in self._world.snapshot.config_maps
            if one.release is not None
        }


def _code(reason: WorthReason) -> Worth:
    code = reason.code
    assert isinstance(code, Worth)
    return code


def _with_level(reason: WorthReason) -> tuple[WorthReason, ValueLevel]:
    return reason, WORTH_LEVELS[_code(reason)]


def _words_of_name(key: tuple[str, str]) -> Sequence[str]:
    return words_of(key[1]).split("_")


def _of_type(key: tuple[str, str], secret: Secret | None) -> WorthReason | None:
    """Return what the type and the labels of a Secret show."""
    if secret is None:
        return None
    labels = secret.metadata.labels
    if labels is not None and labels.sealed_secrets_key:
        return Worth.DECRYPTION_KEY()
    if labels is not None and labels.argocd_type and secret.hosts != ():
        known = _ARGO_TYPES.get(labels.argocd_type, Worth.REPOSITORY_LOGIN)
        return None if labels.argocd_type == ARGO_CLUSTER else known()
    if secret.type in REGISTRY_TYPES:
        pushes = not _PUSHING.isdisjoint(_words_of_name(key))
        return Worth.REGISTRY_PUSH() if pushes else Worth.REGISTRY_LOGIN()
    if secret.type == _TLS_TYPE and _AUTHORITY in _words_of_name(key):
        return Worth.CA_KEY("tls.key")
    worth = _BY_TYPE.get(secret.type)
    return None if worth is None else worth(secret.type)


def _unshown(secret: Secret | None) -> WorthReason:
    """Return the worth of a Secret that neither type nor keys show.

    A manifest without data is filled in later; a server's Secret without data is empty.
    """
    if secret is None or secret.keys is None:
        return Worth.EMPTY() if secret is not None and secret.size == 0 else Worth.NOT_KNOWN()
    if not secret.keys:
        return Worth.EMPTY() if secret.metadata.uid else Worth.NOT_KNOWN()
    return Worth.ONLY_CERTIFICATES() if all(map(is_public, secret.keys)) else Worth.NOT_KNOWN()


def _of_path(path: str) -> WorthReason:
    """Return what the path of a secret in a store shows, by its last parts first."""
    for part in reversed(path.split("/")):
        worth = by_key(part)
        if worth is not None and WORTH_LEVELS[worth] > ValueLevel.MEDIUM:
            return worth(part)
    return Worth.STORED_SECRET()


_ABOUT_ACCOUNTS = r"(.*_)?(service_?account|sa|gcp|gcs|google|credentials?|creds|key)(_.*)?_json"
_CLOUDS = r"(digitalocean|do|hcloud|linode|cloudflare|scaleway|civo)"
_DATABASES = r"(postgres|postgresql|pg|mysql|mariadb|mongo|mongodb|redis|mssql|oracle|db|database)"

_KEYS: Sequence[tuple[Worth, re.Pattern[str]]] = [
    (worth, re.compile("|".join(patterns)))
    for worth, patterns in (
        (Worth.CA_KEY, (r"(.*_)?ca_(private_)?key(_pem)?", r"(.*_)?cakey(_pem)?", r"root_key_pem")),
        (
            Worth.CLOUD_CREDENTIAL,
            (
                r"(.*_)?aws_(secret_)?access_key(_id)?",
                r"(.*_)?aws_(session_token|credentials|secret_key)",
                r"(.*_)?secret_access_key",
                r"(.*_)?(azure|arm)_(client_secret|storage_(account_)?key|json)",
                r"(.*_)?google_(application_)?credentials(_json)?",
                _ABOUT_ACCOUNTS,
                r"clouds?_(config|yaml|conf)|cloud",
                rf"(.*_)?{_CLOUDS}_(api_|access_)?(token|key|secret)",
                r"(.*_)?(alicloud_.*|access_key_secret|ibmcloud_api_?key|vsphere_conf)",
            ),
        ),
        (
            Worth.DECRYPTION_KEY,
            (
                r"(.*_)?age_?key(_txt)?",
                r"(.*_)?sops_.*",
                r"(.*_)?(unseal|recovery)_key.*",
                r"(.*_)?(vault|root|bao)_token",
            ),
        ),
        (Worth.SIGNING_KEY, (r"cosign_key", r"(.*_)?signing_key(_pem)?", r"server_secretkey")),
        (
            Worth.SSH_KEY,
            (
                r"(.*_)?ssh_?(private_?)?key",
                r"(.*_)?id_(rsa|dsa|ecdsa|ed25519)",
                r"identity",
                r"(.*_)?deploy_key",
            ),
        ),
        (Worth.REGISTRY_LOGIN, (r"(.*_)?(registry|docker)_(password|token|auth)", r"config_json")),
        (
            Worth.DATABASE,
            (
                rf"(.*_)?{_DATABASES}_(.*_)?(password|passwd|pass|url|uri|dsn|connection)",
                r"(.*_)?(dsn|jdbc_url|connection_?string|pgpass)",
            ),
        ),
        (
            Worth.TLS_KEY,
            (r"(.*_)?(tls|server|client|private|privkey)_key(_pem)?", r"(.*_)?(key|privkey)_pem"),
        ),
        (
            Worth.TELLING_KEY,
            (
                r".*(password|passwd|passphrase|token|secret|apikey|api_key|credential|htpasswd).*",
                r"(.*_)?(pass|pwd|key|auth|sasl|salt|pin|hmac)(_.*)?",
            ),
        ),
    )
]
"""By what each shows, the names of keys, in lower case and with words between underscores.

The first one that matches counts, after the keys that show a credential of a cluster.
"""

_CLUSTER_ROWS = [row for row in credential_rows() if row.generic]

_CERTIFICATES = re.compile(
    r"(.*_)?(crt|cer|pub|known_hosts)|namespace|(ca|cert|certificate|chain|ca_cert|.*_cert)_pem"
    r"|ca(_?bundle)?|(ca_)?cert(ificate)?"
)
_PLAIN_KEY = "key"


@lru_cache(maxsize=4096)
def by_key(name: str) -> Worth | None:
    """Return what the name of one key shows; None if nothing.

    Examples
    --------
    >>> by_key("AWS_SECRET_ACCESS_KEY").name, by_key("ca.key").name, by_key("tls.key").name
    ('CLOUD_CREDENTIAL', 'CA_KEY', 'TLS_KEY')
    >>> by_key("POSTGRES_PASSWORD").name, by_key("password").name, by_key("config.yaml")
    ('DATABASE', 'TELLING_KEY', None)
    """
    words = words_of(name)
    if is_public(name) and words != _PLAIN_KEY:
        return None
    for row in _CLUSTER_ROWS:
        if row.has_key((name,)) is not None:
            return Worth[row.worth]
    return next((worth for worth, pattern in _KEYS if pattern.fullmatch(words)), None)


@lru_cache(maxsize=4096)
def is_public(name: str) -> bool:
    """Whether the name of a key is that of something public: a certificate, a public key.

    Examples
    --------
    >>> is_public("ca.crt"), is_public("known_hosts"), is_public("tls.key")
    (True, True, False)
    """
    return _CERTIFICATES.fullmatch(words_of(name)) is not None


def by_keys(names: Iterable[str]) -> WorthReason | None:
    """Return what the names of all keys show at most; None if nothing."""
    best: tuple[int, Worth, str] | None = None
    names = tuple(names)
    for name in names:
        worth = by_key(name)
        if worth is Worth.TELLING_KEY and name == _PLAIN_KEY and any(map(is_public, names)):
            worth = Worth.TLS_KEY  # a key next to its certificate
        if worth is not None:
            found = -WORTH_LEVELS[worth], worth, name
            best = found if best is None else min(best, found)
    return None if best is None else best[1](best[2])
